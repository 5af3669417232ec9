//! Performance profiles: how large a share of the runs ends at or below a normalised regret.

use rayon::prelude::*;

use super::scene::{BAND_RESAMPLES, Scene};
use crate::analysis::Measure;
use crate::base::counted;
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Curve, Figure, Panel, Quantity};
use crate::stats::{Centre, Interval, log_grid, performance_profile, stratified_intervals};

/// Thresholds of normalised regret (STATISTICS of Agarwal et al., NeurIPS 2021, figure 6, on a logarithmic axis).
const THRESHOLDS: (f64, f64, usize) = (1e-3, 1.0, 49);

/// The profile of all data sets together.
pub(super) fn profile(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let (low, high, count) = THRESHOLDS;
    let grid = log_grid(low, high, count);
    let common = scene.common_or_refuse()?;
    let finals: Vec<Vec<Vec<f64>>> =
        common.iter().map(|(_, entries)| scene.finals(entries, Measure::Normalised)).collect();
    let bands: Vec<Vec<Interval>> = grid.par_iter().map(|&threshold| intervals(scene, &finals, threshold)).collect();
    let x = Axis::log("Normalised regret τ", Quantity::Points);
    let y = Axis { at_least: Some((0.0, 1.0)), ..Axis::linear("Share of runs at or below τ", Quantity::Points) };
    let mut panel = Panel::new("", x, y);
    for (place, (title, _)) in common.iter().enumerate() {
        let pooled: Vec<f64> = finals[place].iter().flatten().copied().collect();
        let shares = performance_profile(&pooled, &grid);
        panel.curves.push(Curve {
            label: (*title).to_owned(),
            style: scene.style(title),
            steps: grid.iter().copied().zip(shares).collect(),
            band: grid.iter().zip(&bands).map(|(&x, band)| (x, band[place].low, band[place].high)).collect(),
        });
    }
    let caption = format!(
        "Performance profile over {}: the share of runs whose final {} regret, divided by the average architecture's, is at or below τ. {}; \
         bands are 95 % stratified bootstrap intervals (2,000 resamples, {}).",
        benchmarks(scene),
        scene.metric().to_lowercase(),
        scene.runs_compared(),
        scene.resampled(),
    );
    Ok(scene.figure(vec![panel], caption))
}

/// The intervals of all strategies' shares at or below a threshold: every run counts 1 where it ends there.
fn intervals(scene: &Scene<'_>, finals: &[Vec<Vec<f64>>], threshold: f64) -> Vec<Interval> {
    let counts = |runs: &Vec<f64>| runs.iter().map(|&run| f64::from(u8::from(run <= threshold))).collect();
    let counted: Vec<Vec<Vec<f64>>> = finals.iter().map(|sets| sets.iter().map(counts).collect()).collect();
    let strategies: Vec<Vec<&[f64]>> = counted.iter().map(|sets| sets.iter().map(Vec::as_slice).collect()).collect();
    let key = scene.studies[0].key("performance profile"); // views without benchmarks are refused before
    stratified_intervals(&strategies, Centre::Mean, BAND_RESAMPLES, key, scene.options.task_bootstrap)
}

pub(super) fn benchmarks(scene: &Scene<'_>) -> String {
    counted(scene.studies.len(), "benchmark")
}
