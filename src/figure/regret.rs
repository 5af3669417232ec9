//! Regret curves: the mean over runs with its 95 % bootstrap interval, beside random search from the table alone and the average
//! architecture.

use rayon::prelude::*;

use super::{Axis, Curve, Figure, Level, Panel, Quantity, Style};
use crate::base::{Digest, Hasher};
use crate::benchmark::{Duplicates, Projection};
use crate::experiment::{CellResults, ExperimentError, Results, Scores, Side};
use crate::stats::{Interval, RandomSearchLaw, log_counts, log_grid, mean, mean_intervals, sample};

/// Points of a drawn curve.
const POINTS: usize = 256;

/// Resamples of a band.
const RESAMPLES: usize = 2_000;

/// What a regret figure shows.
#[derive(Debug, Clone, PartialEq)]
pub struct RegretView {
    /// The horizontal axis.
    pub over: Over,
    /// The reported metric.
    pub by: By,
    /// Only the benchmarks with these names; all if empty.
    pub benchmarks: Vec<String>,
    /// The figure's width in inches; 3.3 for one panel and 6.75 for more, if left out.
    pub width: Option<f64>,
}

/// A horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Finished trials.
    Trials,
    /// Simulated seconds.
    Seconds,
}

/// A reported metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The validation metric.
    Valid,
    /// The test metric.
    Test,
}

/// Makes the figure of some results, one panel a benchmark.
///
/// # Errors
/// Says when no benchmark has what is to be shown.
pub fn regret(results: &Results, view: &RegretView) -> Result<Figure, ExperimentError> {
    let shown: Vec<usize> = (0..results.plan.benchmarks.len()).filter(|&place| shows(results, view, place)).collect();
    if shown.is_empty() {
        return Err(nothing_to_show(results, view));
    }
    let panels = shown.into_par_iter().map(|place| panel(results, view, place)).collect::<Result<Vec<_>, _>>()?;
    let width = view.width.unwrap_or(if panels.len() == 1 { 3.3 } else { 6.75 });
    Ok(Figure::new(width, panels))
}

fn shows(results: &Results, view: &RegretView, place: usize) -> bool {
    let resolved = &results.plan.benchmarks[place].0.resolved;
    let named = view.benchmarks.is_empty() || view.benchmarks.contains(&resolved.name);
    let has_metric = view.by == By::Valid || resolved.test.is_some();
    let has_axis = view.over == Over::Trials || !resolved.cost.is_empty();
    named && has_metric && has_axis && results.of_benchmark(place).next().is_some()
}

fn nothing_to_show(results: &Results, view: &RegretView) -> ExperimentError {
    let names: Vec<String> =
        results.plan.benchmarks.iter().map(|(benchmark, _)| format!("`{}`", benchmark.resolved.name)).collect();
    let wanted = match (view.by, view.over) {
        (By::Test, _) => "a test metric",
        (_, Over::Seconds) => "a cost in seconds",
        _ => "finished runs",
    };
    ExperimentError::Folder {
        folder: results.manifest.name.clone(),
        what: format!("no benchmark that is to be shown has {wanted}; the results hold {}", names.join(", ")),
        hint: Some("try `--by valid --over trials`, and check the names given to --benchmark".into()),
    }
}

fn panel(results: &Results, view: &RegretView, place: usize) -> Result<Panel, ExperimentError> {
    let scores = Scores::new(&results.plan, place)?;
    // `shows` has seen to it that the metric is there
    let side = if view.by == By::Test { scores.test.as_ref().unwrap_or(&scores.valid) } else { &scores.valid };
    let benchmark = &results.plan.benchmarks[place].0;
    let projection = Projection::new(benchmark)?;
    let cells: Vec<&CellResults> = results.of_benchmark(place).collect();
    let grid = grid(&cells, view.over, benchmark.resolved.budget.seconds);
    let mut panel = Panel::new(benchmark.resolved.title.clone(), x_axis(view.over), y_axis(view.by, side));
    let style = Style::level();
    panel.levels.push(Level { label: "Average architecture".into(), style, value: side.regret(None) });
    let sampled: Vec<Sampled> =
        cells.par_iter().map(|cell| Sampled::new(cell, &scores, side, view.over, &grid)).collect();
    let bands = bands(&sampled, bootstrap_key(results, view, &benchmark.resolved.name));
    for ((cell, sampled), band) in cells.iter().zip(&sampled).zip(bands) {
        panel.curves.push(Curve {
            label: results.plan.strategy(cell.cell).title.clone(),
            style: Style::strategy(cell.cell.strategy),
            steps: grid.iter().zip(&sampled.0).map(|(&x, column)| (x, mean(column))).collect(),
            band: grid.iter().zip(band).map(|(&x, interval)| (x, interval.low, interval.high)).collect(),
        });
    }
    if benchmark.resolved.duplicates == Duplicates::Charge {
        panel.curves.push(random_search(&projection, side, view.over, &grid)); // last: dashes on top hide nothing
    }
    Ok(panel)
}

/// The regret of a cell's runs at the points of a grid: a column a point, with a value a run.
struct Sampled(Vec<Vec<f64>>);

impl Sampled {
    fn new(cell: &CellResults, scores: &Scores, side: &Side, over: Over, grid: &[f64]) -> Self {
        let mut columns = vec![Vec::with_capacity(cell.len()); grid.len()];
        for run in cell.runs() {
            let steps = scores.steps(run).map(|step| {
                let x = if over == Over::Trials { f64::from(step.trials) } else { step.end.seconds() };
                (x, side.regret(Some(step.row)))
            });
            let values = sample(steps, side.regret(None), grid);
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        }
        Self(columns)
    }

    fn runs(&self) -> usize {
        self.0.first().map_or(0, Vec::len)
    }
}

/// The bands of some cells. Cells of equally many runs are resampled together; where one is still growing, each alone.
fn bands(sampled: &[Sampled], key: Digest) -> Vec<Vec<Interval>> {
    let together = sampled.windows(2).all(|pair| pair[0].runs() == pair[1].runs());
    let groups = if together { sampled.chunks(sampled.len().max(1)) } else { sampled.chunks(1) };
    let of_group = |group: &[Sampled]| {
        let columns: Vec<&[f64]> = group.iter().flat_map(|cell| &cell.0).map(Vec::as_slice).collect();
        let intervals = mean_intervals(&columns, RESAMPLES, key);
        intervals.chunks(group[0].0.len()).map(<[Interval]>::to_vec).collect::<Vec<_>>()
    };
    groups.flat_map(of_group).collect()
}

fn bootstrap_key(results: &Results, view: &RegretView, benchmark: &str) -> Digest {
    let mut hasher = Hasher::default();
    hasher
        .part("results", &results.digest().0)
        .part("statistic", format!("regret band {:?} {:?}", view.over, view.by).as_bytes());
    hasher.part("benchmark", benchmark.as_bytes()).finish()
}

/// Trials: 1 to the longest run. Seconds: from the earliest first result to the budget, or else to the first end of a run, so that
/// all runs are under way on the whole axis.
fn grid(cells: &[&CellResults], over: Over, budget: Option<f64>) -> Vec<f64> {
    let runs = || cells.iter().flat_map(|cell| cell.runs());
    if over == Over::Trials {
        return log_counts(runs().map(|run| run.row.len() as u32).max().unwrap_or(1), POINTS);
    }
    let seconds = |nanos: Option<u64>| nanos.map_or(1.0, |nanos| nanos as f64 / 1e9);
    let first = seconds(runs().filter_map(|run| run.end.first().copied()).min().filter(|&nanos| nanos > 0));
    let last = budget.unwrap_or_else(|| seconds(runs().filter_map(|run| run.end.last().copied()).min()));
    if last > first { log_grid(first, last, POINTS) } else { vec![first, 2.0 * first] }
}

/// Random search from the table alone; on a time axis the number of trials is the time by the mean cost of a trial.
fn random_search(projection: &Projection, side: &Side, over: Over, grid: &[f64]) -> Curve {
    let outcomes = projection.outcomes().flat_map(|(row, told)| {
        let regret = side.regret(Some(row));
        let probability = 1.0 / told.len().max(1) as f64;
        told.iter().map(move |&value| (projection.sign() * value, probability, regret))
    });
    let law = RandomSearchLaw::new(outcomes.collect());
    let (first, last) = (grid.first().copied().unwrap_or(1.0), grid.last().copied().unwrap_or(1.0));
    let by_time = if over == Over::Seconds { ", by mean cost" } else { "" };
    let label = format!("Random search (from the table{by_time})");
    let style = Style::random_search();
    let unit = if over == Over::Trials { 1.0 } else { projection.mean_cost().seconds() };
    let counts: Vec<u32> = log_counts((last / unit) as u32, POINTS).iter().map(|&count| count as u32).collect();
    let regrets = law.expected_regret(&counts);
    let mut steps: Vec<(f64, f64)> =
        counts.iter().zip(regrets).map(|(&count, regret)| (unit * f64::from(count), regret)).collect();
    if over == Over::Seconds && unit > first {
        steps.insert(0, (first, side.regret(None)));
    }
    steps.extend(steps.last().map(|&(_, regret)| (last, regret)));
    Curve { label, style, steps, band: Vec::new() }
}

fn x_axis(over: Over) -> Axis {
    match over {
        Over::Trials => Axis::log("Trials", Quantity::Count),
        Over::Seconds => Axis::log("Simulated time", Quantity::Seconds),
    }
}

fn y_axis(by: By, side: &Side) -> Axis {
    let unit = match side.reported.unit.as_str() {
        "percent" | "fraction" => "points",
        other => other,
    };
    let metric = if by == By::Test { "Test" } else { "Validation" };
    Axis::log(format!("{metric} regret ({unit})"), Quantity::Points)
}
