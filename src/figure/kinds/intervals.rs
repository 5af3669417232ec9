//! Interval estimates of normalised final regret over all data sets.

use rayon::prelude::*;

use super::curves::failures;
use super::profile::benchmarks;
use super::scene::{RESAMPLES, Scene};
use crate::analysis::{Entry, Measure};
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
    let panels = ESTIMATES.par_iter().map(|&(name, centre, capped)| {
        let cap = |value: f64| if capped { value.min(1.0) } else { value };
        let finals: Vec<Vec<Vec<f64>>> = common
            .iter()
            .map(|(_, entries)| {
                let sets = scene.finals(entries, Measure::Normalised).into_iter();
                sets.map(|runs| runs.into_iter().map(cap).collect()).collect()
            })
            .collect();
        let strategies: Vec<Vec<&[f64]>> = finals.iter().map(|sets| sets.iter().map(Vec::as_slice).collect()).collect();
        let key = scene.studies[0].key(&format!("interval estimate {name}")); // views without benchmarks are refused before
        let intervals = stratified_intervals(&strategies, centre, RESAMPLES, key, scene.options.task_bootstrap);
        let x = Axis::linear("Normalised regret", Quantity::Points);
        let names = common.iter().map(|(title, _)| (*title).to_owned()).collect();
        let mut panel = Panel::new(name, x, Axis { reversed: true, ..Axis::named("", names) });
        if centre != Centre::Mean {
            let pooled =
                |(place, (title, _)): (usize, &(&str, Vec<&Entry<'_>>))| ((*title).to_owned(), finals[place].concat());
            panel.remarks = failures(common.iter().enumerate().map(pooled));
        }
        for (place, interval) in intervals.iter().enumerate() {
            let pooled: Vec<f64> = finals[place].iter().flatten().copied().collect();
            panel.ranges.push(Range {
                label: common[place].0.to_owned(),
                style: scene.style(common[place].0),
                at: place as f64,
                low: interval.low,
                centre: centre.of(&pooled),
                high: interval.high,
            });
        }
        panel
    });
    let panels = panels.collect();
    let caption = format!(
        "Normalised final {} regret over {}: 0 is the optimum, 1 the average architecture. Bars are 95 % stratified bootstrap intervals \
         (10,000 resamples, the same runs for all strategies, {}). Optimality gap: the mean of min(regret, 1). {}.",
        scene.metric().to_lowercase(),
        benchmarks(scene),
        scene.resampled(),
        scene.runs(),
    );
    Ok(Figure { columns: 2, aspect: 0.32, ..scene.figure(panels, caption) })
}
