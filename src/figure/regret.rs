//! Regret curves: the mean over runs with its 95 % bootstrap interval, beside random search from the table alone and the average
//! architecture.

use rayon::prelude::*;

use super::{Axis, Curve, Figure, Level, Panel, Points, Quantity, Style};
use crate::base::{Digest, Hasher, nearest};
use crate::benchmark::{Benchmark, Duplicates, Invalid, Missing, Projection, SamplerKind};
use crate::experiment::{CellResults, ExperimentError, Results, Scores, Side, Stop};
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

/// Makes the figure of some results, one panel a benchmark; a strategy's title looks the same in all panels.
///
/// # Errors
/// Says when no benchmark has what is to be shown, or names a benchmark that no results have.
pub fn regret(results: &[Results], view: &RegretView) -> Result<Figure, ExperimentError> {
    check_names(results, view)?;
    let shown: Vec<(&Results, usize)> =
        wanted(results, view).filter(|(results, place)| lacks(results, view, *place).is_none()).collect();
    if shown.is_empty() {
        return Err(nothing_to_show(results, view));
    }
    let looks = Looks::of(shown.iter().map(|(results, _)| *results));
    let panels = shown.into_par_iter().map(|(inner, place)| {
        let mut panel = panel(inner, view, place, &looks)?;
        if results.len() > 1 {
            panel.title = format!("{} ({})", panel.title, inner.folder.display());
        }
        Ok(panel)
    });
    let panels = panels.collect::<Result<Vec<_>, ExperimentError>>()?;
    let width = view.width.unwrap_or(if panels.len() == 1 { 3.3 } else { 6.75 });
    Ok(Figure::new(width, panels))
}

/// What a figure of these results leaves out, a sentence each: benchmarks that lack what is shown.
pub fn left_out(results: &[Results], view: &RegretView) -> Vec<String> {
    let sentence = |(results, place): (&Results, usize)| {
        let name = &results.plan.benchmarks[place].0.resolved.name;
        let folder = results.folder.display();
        lacks(results, view, place)
            .map(|what| format!("benchmark `{name}` of `{folder}` is left out: it has no {what}"))
    };
    wanted(results, view).filter_map(sentence).collect()
}

/// The benchmarks that a view asks for.
fn wanted<'r>(results: &'r [Results], view: &'r RegretView) -> impl Iterator<Item = (&'r Results, usize)> {
    let each = results.iter().flat_map(|results| (0..results.plan.benchmarks.len()).map(move |place| (results, place)));
    each.filter(|(results, place)| {
        let name = &results.plan.benchmarks[*place].0.resolved.name;
        view.benchmarks.is_empty() || view.benchmarks.contains(name)
    })
}

/// What a benchmark lacks of what a view shows.
fn lacks(results: &Results, view: &RegretView, place: usize) -> Option<&'static str> {
    let resolved = &results.plan.benchmarks[place].0.resolved;
    if view.by == By::Test && resolved.test.is_none() {
        return Some("test metric");
    }
    if view.over == Over::Seconds && resolved.cost.is_empty() {
        return Some("cost in seconds");
    }
    results.of_benchmark(place).next().is_none().then_some("finished run")
}

/// The titles of all strategies, in the order of their looks.
struct Looks(Vec<String>);

impl Looks {
    fn of<'r>(results: impl Iterator<Item = &'r Results>) -> Self {
        let mut titles: Vec<String> = Vec::new();
        for strategy in results.flat_map(|results| &results.plan.strategies) {
            if !titles.contains(&strategy.title) {
                titles.push(strategy.title.clone());
            }
        }
        Self(titles)
    }

    fn style(&self, title: &str) -> Style {
        Style::strategy(self.0.iter().position(|known| known == title).unwrap_or(self.0.len()))
    }
}

fn names(results: &[Results]) -> Vec<&str> {
    let benchmarks = results.iter().flat_map(|results| &results.plan.benchmarks);
    benchmarks.map(|(benchmark, _)| benchmark.resolved.name.as_str()).collect()
}

fn check_names(results: &[Results], view: &RegretView) -> Result<(), ExperimentError> {
    let known = names(results);
    match view.benchmarks.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(ExperimentError::Folder {
            folder: folders(results),
            what: format!("no benchmark is called `{name}`; there are {}", known.join(", ")),
            hint: nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?")),
        }),
    }
}

fn nothing_to_show(results: &[Results], view: &RegretView) -> ExperimentError {
    ExperimentError::Folder {
        folder: folders(results),
        what: format!("there is nothing to show: {}", left_out(results, view).join("; ")),
        hint: Some("try `--by valid --over trials`".into()),
    }
}

fn folders(results: &[Results]) -> String {
    results.iter().map(|results| results.folder.display().to_string()).collect::<Vec<_>>().join("`, `")
}

fn panel(results: &Results, view: &RegretView, place: usize, looks: &Looks) -> Result<Panel, ExperimentError> {
    let scores = Scores::new(results, place)?;
    // a benchmark that lacks the metric is left out
    let side = if view.by == By::Test { scores.test.as_ref().unwrap_or(&scores.valid) } else { &scores.valid };
    let benchmark = &results.plan.benchmarks[place].0;
    let cells: Vec<&CellResults> = results.of_benchmark(place).collect();
    let grid = grid(&cells, view.over, benchmark.resolved.budget.seconds);
    let mut panel = Panel::new(title(benchmark), x_axis(view.over), y_axis(view.by, side));
    let style = Style::level();
    panel.levels.push(Level { label: "Average architecture".into(), style, value: side.regret(None) });
    let sampled: Vec<Sampled> =
        cells.par_iter().map(|cell| Sampled::new(cell, &scores, side, view.over, &grid)).collect();
    let bands = bands(&sampled, grid.len(), bootstrap_key(results, view, &benchmark.resolved.name));
    for ((cell, sampled), band) in cells.iter().zip(&sampled).zip(bands) {
        let title = &results.plan.strategy(cell.cell).title;
        panel.points.extend(trained_points(benchmark, cell, view.over, &grid, &sampled.0));
        panel.curves.push(Curve {
            label: title.clone(),
            style: looks.style(title),
            steps: grid.iter().zip(&sampled.0).map(|(&x, column)| (x, mean(column))).collect(),
            band: grid.iter().zip(band).map(|(&x, interval)| (x, interval.low, interval.high)).collect(),
        });
    }
    panel.curves.extend(random_search(benchmark, side, view.over, &grid)?); // last: its dashes hide nothing
    Ok(panel)
}

/// Where the trials of a cell stand on architectures that were trained here, on the cell's own curve.
fn trained_points(
    benchmark: &Benchmark,
    cell: &CellResults,
    over: Over,
    grid: &[f64],
    columns: &[Vec<f64>],
) -> Option<Points> {
    let trials = cell.runs().flat_map(|run| {
        let trained = move |trial: &usize| benchmark.trained_arch(run.row[*trial]).is_some();
        let x = move |trial: usize| match over {
            Over::Trials => (trial + 1) as f64,
            Over::Seconds => run.end.get(trial).map_or(0.0, |&nanos| nanos as f64 / 1e9),
        };
        (0..run.row.len()).filter(trained).map(x)
    });
    let within = grid.first().copied().unwrap_or(0.0)..=grid.last().copied().unwrap_or(0.0);
    let mut places: Vec<f64> = trials.filter(|x| within.contains(x)).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let height = |x: f64| mean(&columns[grid.partition_point(|&place| place <= x).max(1) - 1]);
    let places: Vec<(f64, f64)> = places.into_iter().map(|x| (x, height(x))).collect();
    let label = "A trial trained here".to_owned();
    (!places.is_empty()).then(|| Points { label, style: Style::points(), places })
}

/// Every output says so when strategies are told a test metric.
fn title(benchmark: &Benchmark) -> String {
    let resolved = &benchmark.resolved;
    if resolved.test_objective { format!("{} (told the test metric)", resolved.title) } else { resolved.title.clone() }
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
}

/// The bands of some cells at the points of a grid.
fn bands(sampled: &[Sampled], points: usize, key: Digest) -> Vec<Vec<Interval>> {
    let columns: Vec<&[f64]> = sampled.iter().flat_map(|cell| &cell.0).map(Vec::as_slice).collect();
    mean_intervals(&columns, RESAMPLES, key).chunks(points).map(<[Interval]>::to_vec).collect()
}

fn bootstrap_key(results: &Results, view: &RegretView, benchmark: &str) -> Digest {
    let mut hasher = Hasher::default();
    hasher
        .part("results", &results.digest().0)
        .part("statistic", format!("regret band {:?} {:?}", view.over, view.by).as_bytes());
    hasher.part("benchmark", benchmark.as_bytes()).finish()
}

/// Trials: 1 to the longest run. Seconds: from the earliest first result to the budget where the clock ends all runs, or else to the
/// first end of a run that something else ends, so that all runs are under way on the whole axis.
fn grid(cells: &[&CellResults], over: Over, budget: Option<f64>) -> Vec<f64> {
    let runs = || cells.iter().flat_map(|cell| cell.runs());
    if over == Over::Trials {
        return log_counts(runs().map(|run| run.row.len() as u32).max().unwrap_or(1), POINTS);
    }
    let seconds = |nanos: u64| nanos as f64 / 1e9;
    let first = runs().filter_map(|run| run.end.first().copied()).min().filter(|&nanos| nanos > 0).map_or(1.0, seconds);
    let ended_otherwise = runs().filter(|run| run.stop != Some(Stop::Clock));
    let first_end = ended_otherwise.filter_map(|run| run.end.last().copied()).min().map(seconds);
    let last = first_end.or(budget).unwrap_or(first);
    if last > first { log_grid(first, last, POINTS) } else { vec![first, 2.0 * first] }
}

/// Random search from the table alone; on a time axis the number of trials is the time by the mean cost of a trial.
///
/// `None` where the law is another: repeated rows that are no new trainings, missing rows that are penalised or trained, trials without
/// cost.
fn random_search(
    benchmark: &Benchmark,
    side: &Side,
    over: Over,
    grid: &[f64],
) -> Result<Option<Curve>, ExperimentError> {
    let resolved = &benchmark.resolved;
    let projection = Projection::new(benchmark)?;
    let unit = if over == Over::Trials { 1.0 } else { projection.mean_cost().seconds() };
    let penalised = resolved.missing == Missing::Skip && resolved.invalid == Invalid::Penalise;
    let beyond_table = resolved.missing == Missing::Train && resolved.sampler == SamplerKind::UniformSpace;
    if resolved.duplicates != Duplicates::Charge || penalised || beyond_table || unit <= 0.0 {
        return Ok(None);
    }
    let sign = projection.sign();
    let outcomes = projection.outcomes().flat_map(|(row, told)| {
        let regret = side.regret(Some(row));
        let probability = 1.0 / told.len().max(1) as f64;
        told.iter().map(move |&value| (sign * value, probability, regret))
    });
    let law = RandomSearchLaw::new(outcomes.collect());
    let (first, last) = (grid.first().copied().unwrap_or(1.0), grid.last().copied().unwrap_or(1.0));
    let most = (last / unit).min(f64::from(benchmark.limits.trials)) as u32;
    let counts: Vec<u32> = log_counts(most, POINTS).iter().map(|&count| count as u32).collect();
    let regrets = law.expected_regret(&counts);
    let mut steps: Vec<(f64, f64)> =
        counts.iter().zip(regrets).map(|(&count, regret)| (unit * f64::from(count), regret)).collect();
    if over == Over::Seconds && unit > first {
        steps.insert(0, (first, side.regret(None)));
    }
    steps.retain(|(x, _)| *x <= last);
    steps.extend(steps.last().map(|&(_, regret)| (last, regret)));
    let by_time = if over == Over::Seconds { ", by mean cost" } else { "" };
    let label = format!("Random search (from the table{by_time})");
    Ok(Some(Curve { label, style: Style::random_search(), steps, band: Vec::new() }))
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
