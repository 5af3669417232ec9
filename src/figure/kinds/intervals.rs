//! Interval estimates of normalised final regret over all data sets.

use rayon::prelude::*;

use super::curves::failures;
use super::profile::benchmarks;
use super::scene::{RESAMPLES, Scene};
use crate::analysis::Measure;
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Figure, Panel, Quantity, Range};
use crate::stats::{Centre, stratified_intervals};

/// What is estimated: its name, the centre, and whether regrets above the average architecture's count as that.
const ESTIMATES: [(&str, Centre, bool); 4] = [
    ("Mean", Centre::Mean, false),
    ("Interquartile mean", Centre::InterquartileMean, false),
    ("Median", Centre::Median, false),
    ("Optimality gap", Centre::Mean, true),
];

/// Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice", NeurIPS 2021, figure 9.
pub(super) fn intervals(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let common = scene.common_or_refuse()?;
    let finals: Vec<Vec<Vec<f64>>> =
        common.iter().map(|(_, entries)| scene.finals(entries, Measure::Normalised)).collect();
    let titles: Vec<&str> = common.iter().map(|(title, _)| *title).collect();
    let panel = |&(name, centre, capped): &(&str, Centre, bool)| {
        let cap = |value: &f64| if capped { value.min(1.0) } else { *value };
        let of_set = |runs: &Vec<f64>| runs.iter().map(cap).collect();
        let finals = finals.iter().map(|sets| sets.iter().map(of_set).collect()).collect::<Vec<Vec<Vec<f64>>>>();
        panel(scene, name, centre, &titles, &finals)
    };
    let panels = ESTIMATES.par_iter().map(panel).collect();
    let caption = format!(
        "Normalised final {} regret over {}: 0 is the optimum, 1 the average architecture. Bars are 95 % stratified bootstrap intervals \
         (10,000 resamples, the same runs for all strategies, {}). Optimality gap: the mean of min(regret, 1). {}.",
        scene.metric().to_lowercase(),
        benchmarks(scene),
        scene.resampled(),
        scene.runs_compared(),
    );
    Ok(Figure { columns: 2, aspect: 0.32, ..scene.figure(panels, caption) })
}

/// One estimate of all strategies; `finals` are `[strategy][data set][run]`.
fn panel(scene: &Scene<'_>, name: &str, centre: Centre, titles: &[&str], finals: &[Vec<Vec<f64>>]) -> Panel {
    let strategies: Vec<Vec<&[f64]>> = finals.iter().map(|sets| sets.iter().map(Vec::as_slice).collect()).collect();
    let key = scene.studies[0].key(&format!("interval estimate {name}")); // views without benchmarks are refused before
    let intervals = stratified_intervals(&strategies, centre, RESAMPLES, key, scene.options.task_bootstrap);
    let names = titles.iter().map(|title| (*title).to_owned()).collect();
    let x = Axis::linear("Normalised regret", Quantity::Points);
    let mut panel = Panel::new(name, x, Axis { reversed: true, ..Axis::named("", names) });
    let pooled = |place: usize| (titles[place].to_owned(), finals[place].concat());
    if centre != Centre::Mean {
        panel.remarks = failures((0..titles.len()).map(pooled));
    }
    for (place, interval) in intervals.iter().enumerate() {
        let (label, runs) = pooled(place);
        let style = scene.style(&label);
        panel.ranges.push(Range {
            label,
            style,
            at: place as f64,
            low: interval.low,
            centre: centre.of(&runs),
            high: interval.high,
        });
    }
    panel
}
