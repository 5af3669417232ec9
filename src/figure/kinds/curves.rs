//! Curves of the incumbent over time: regret, and percentile rank.

use rayon::prelude::*;

use super::scene::{BAND_RESAMPLES, POINTS, Scene, Spread};
use crate::analysis::{Entry, Measure, Over, Study, grid};
use crate::base::Digest;
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Curve, Figure, Level, Panel, Points, Quantity, Style};
use crate::stats::{Centre, Interval, centre_intervals, mean, quantile, simultaneous_band, standard_deviation};

/// Regret over time, beside random search from the table alone, the average architecture and the selection reference.
pub(super) fn regret(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let panels: Vec<Panel> = scene.studies.par_iter().map(|study| regret_panel(scene, study)).collect();
    let unit = scene.studies.first().map_or("", |study| study.unit());
    let mut caption = format!(
        "{} regret of the incumbent ({unit}) over {}: the best mean over trainings in the table minus the incumbent's. {} {}. Dotted: the \
         average architecture.",
        scene.metric(),
        axis_words(scene.over()),
        centre_words(scene),
        scene.runs(),
    );
    if panels.iter().flat_map(|panel| &panel.curves).any(|curve| curve.style == Style::random_search()) {
        let by_time = if scene.over() == Over::Seconds { " by the mean cost of a trial" } else { "" };
        caption += &format!(" Dashed: the expected regret of random search, computed from the table alone{by_time}.");
    }
    if panels.iter().flat_map(|panel| &panel.levels).any(|level| level.style == Style::selection()) {
        caption += " Dash-dotted: the architecture with the best mean told value, which a search that has seen everything would return.";
    }
    caption += " Curves are step functions.";
    Ok(scene.figure(panels, caption))
}

/// The share of the table's architectures that are better, over time.
pub(super) fn percentile(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let panels = scene.studies.par_iter().map(|study| {
        let y = y_axis(scene, "Better architectures (%)".to_owned());
        let mut panel = curve_panel(scene, study, Measure::Percentile, y);
        panel.zero_label = "best".to_owned();
        panel
    });
    let caption = format!(
        "Percentile rank of the incumbent: the share of the table's architectures whose mean {} metric is better, over {}. {} {}",
        scene.metric().to_lowercase(),
        axis_words(scene.over()),
        centre_words(scene),
        scene.runs() + ".",
    );
    Ok(scene.figure(panels.collect(), caption))
}

fn axis_words(over: Over) -> &'static str {
    match over {
        Over::Trials => "finished trials",
        Over::Epochs => "epochs trained by all trials together",
        Over::Seconds => "simulated training time",
    }
}

fn centre_words(scene: &Scene<'_>) -> String {
    let centre = match scene.options.centre {
        Centre::Mean => "mean",
        Centre::InterquartileMean => "interquartile mean (of the middle half of the runs)",
        Centre::Median => "median",
    };
    format!("Lines are the {centre} over runs; {}.", scene.options.spread.words())
}

fn y_axis(scene: &Scene<'_>, label: String) -> Axis {
    if scene.options.log { Axis::log(label, Quantity::Points) } else { Axis::linear(label, Quantity::Points) }
}

fn regret_panel(scene: &Scene<'_>, study: &Study<'_>) -> Panel {
    let y = y_axis(scene, format!("{} regret ({})", scene.metric(), study.unit()));
    let mut panel = curve_panel(scene, study, Measure::Regret, y);
    let average = study.value(Measure::Regret, None);
    panel.levels.push(Level { label: "Average architecture".into(), style: Style::level(), value: average });
    let Some(law) = &study.law else { return panel };
    if law.selection > 0.0 {
        panel.levels.push(Level {
            label: "Best by mean told value".into(),
            style: Style::selection(),
            value: law.selection,
        });
    }
    let grid = grid(study, scene.over(), POINTS);
    let ends = (grid.first().copied().unwrap_or(1.0), grid.last().copied().unwrap_or(1.0));
    if let Some(steps) = law.steps(scene.over(), ends, average, POINTS) {
        let by_time = if scene.over() == Over::Seconds { ", by mean cost" } else { "" };
        let label = format!("Random search (from the table{by_time})");
        panel.curves.push(Curve { label, style: Style::random_search(), steps, band: Vec::new() }); // last: its dashes hide nothing
    }
    panel
}

/// A panel with a curve for each strategy.
fn curve_panel(scene: &Scene<'_>, study: &Study<'_>, measure: Measure, y: Axis) -> Panel {
    let (over, centre) = (scene.over(), scene.options.centre);
    let grid = grid(study, over, POINTS);
    let columns: Vec<Vec<Vec<f64>>> =
        study.entries.par_iter().map(|entry| study.columns(entry, measure, over, &grid)).collect();
    let flat: Vec<&[f64]> = columns.iter().flatten().map(Vec::as_slice).collect();
    let key = study.key(&format!("{measure:?} band over {over:?}, {}", centre.name()));
    let bands = bands(scene.options.spread, centre, &flat, grid.len(), key);
    let mut panel = Panel::new(scene.title(study), scene.x_axis(), y);
    for (place, (entry, columns)) in study.entries.iter().zip(&columns).enumerate() {
        let centres: Vec<f64> = columns.iter().map(|column| centre.of(column)).collect();
        panel.points.extend(trained_points(study, entry, over, &grid, &centres));
        let band = bands.get(place * grid.len()..(place + 1) * grid.len()).unwrap_or_default();
        let grid = followed(study, entry, over, &grid);
        panel.points.extend(stop(study, entry, over, grid, &centres));
        panel.curves.push(Curve {
            label: entry.title.clone(),
            style: scene.style(&entry.title),
            steps: grid.iter().copied().zip(centres).collect(),
            band: grid.iter().zip(band).map(|(&x, interval)| (x, interval.low, interval.high)).collect(),
        });
    }
    panel.remarks = hidden_failures(study, centre);
    panel
}

/// Where the curve of a strategy with censored runs stops.
fn stop(study: &Study<'_>, entry: &Entry<'_>, over: Over, grid: &[f64], centres: &[f64]) -> Option<Points> {
    study.followed(entry, over)?;
    let end = grid.len().checked_sub(1)?;
    Some(Points::new("A censored run stops", Style::end(), vec![(grid[end], centres[end])]))
}

/// The points of a grid at which all runs of a strategy were still followed: beyond the end of a censored run nobody knows.
pub(super) fn followed<'g>(study: &Study<'_>, entry: &Entry<'_>, over: Over, grid: &'g [f64]) -> &'g [f64] {
    let end = study.followed(entry, over).unwrap_or(f64::INFINITY);
    &grid[..grid.partition_point(|&place| place <= end)]
}

/// The bands of all columns, a curve after another; none at all without bands.
fn bands(spread: Spread, centre: Centre, columns: &[&[f64]], points: usize, key: Digest) -> Vec<Interval> {
    let each = |of: fn(&[f64]) -> (f64, f64)| {
        let interval = |column: &&[f64]| {
            let (low, high) = of(column);
            Interval { low: low.max(0.0), high } // neither regret nor a share is negative
        };
        columns.par_iter().map(interval).collect()
    };
    match spread {
        Spread::Interval => centre_intervals(centre, columns, BAND_RESAMPLES, key),
        Spread::Simultaneous => {
            let band = |curve: &[&[f64]]| simultaneous_band(centre, curve, BAND_RESAMPLES, key);
            let clamped = |interval: Interval| Interval { low: interval.low.max(0.0), ..interval };
            columns.chunks(points.max(1)).flat_map(band).map(clamped).collect()
        }
        Spread::Quartiles => each(|column| (quantile(column, 0.25), quantile(column, 0.75))),
        Spread::Deviation => each(|column| around(mean(column), standard_deviation(column))),
        Spread::Error => each(|column| around(mean(column), standard_deviation(column) / (column.len() as f64).sqrt())),
        Spread::Range => each(|column| (quantile(column, 0.0), quantile(column, 1.0))),
        Spread::None => Vec::new(),
    }
}

/// A single run has no deviation: its band has no width.
fn around(centre: f64, width: f64) -> (f64, f64) {
    if width.is_nan() { (centre, centre) } else { (centre - width, centre + width) }
}

/// A centre that hides failed runs has their share beside it.
fn hidden_failures(study: &Study<'_>, centre: Centre) -> Vec<String> {
    let normalised = |entry: &Entry<'_>| (entry.title.clone(), study.finals(entry, Measure::Normalised));
    if centre == Centre::Mean { Vec::new() } else { failures(study.compared().map(normalised)) }
}

/// The shares of runs that ended worse than the average architecture, and at the optimum, by strategy and normalised regret.
pub(super) fn failures(strategies: impl Iterator<Item = (String, Vec<f64>)> + Clone) -> Vec<String> {
    let list = |counts: fn(f64) -> bool| {
        let share = |(title, runs): (String, Vec<f64>)| {
            let counted = runs.iter().filter(|run| counts(**run)).count() as f64 / runs.len() as f64;
            format!("{title} {:.0} %", 100.0 * counted)
        };
        strategies.clone().map(share).collect::<Vec<_>>().join(", ")
    };
    vec![
        format!("Worse than average at the end: {}", list(|regret| regret > 1.0)),
        format!("At the optimum: {}", list(|regret| regret <= 0.0)),
    ]
}

/// Where the trials of a cell stand on architectures that were trained here, on the cell's own curve.
fn trained_points(study: &Study<'_>, entry: &Entry<'_>, over: Over, grid: &[f64], centres: &[f64]) -> Option<Points> {
    let benchmark = study.benchmark();
    let all = entry.cell.runs().flat_map(|run| {
        let trained = move |trial: &usize| benchmark.trained_arch(run.row[*trial]).is_some();
        let seconds = move |trial: usize| run.end.get(trial).map_or(0.0, |&nanos| nanos as f64 / 1e9);
        (0..run.row.len()).filter(trained).map(move |trial| study.place_of(over, trial as u32 + 1, seconds(trial)))
    });
    let within = grid.first().copied().unwrap_or(0.0)..=grid.last().copied().unwrap_or(0.0);
    let mut places: Vec<f64> = all.filter(|x| within.contains(x)).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let height = |x: f64| centres[grid.partition_point(|&place| place <= x).max(1) - 1]; // the grid begins before every place
    let places: Vec<(f64, f64)> = places.into_iter().map(|x| (x, height(x))).collect();
    (!places.is_empty()).then(|| Points::new("A trial trained here", Style::points(), places))
}
