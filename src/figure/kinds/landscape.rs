//! The table itself: test against validation metric of every architecture, and where the strategies ended.

use super::scene::Scene;
use crate::analysis::Study;
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Figure, Panel, Points, Quantity, Tile};
use crate::stats::{quantile, spearman};

/// Squares along each axis.
const BINS: usize = 60;

/// The share of the architectures, by the validation metric, that is left out: there no search ends.
const LEFT_OUT: f64 = 0.5;

/// A panel for each benchmark that has a test metric.
pub(super) fn landscape(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let panels = scene.panels(
        |study| Ok(panel(scene, study)),
        "no benchmark has a test metric beside its validation metric",
        "choose results on a table with test accuracies",
    )?;
    let caption = "Every architecture of the better half of the table (by the mean validation metric): darker squares hold more of them, on a \
                   logarithmic scale. Markers: the final incumbents of the runs."
        .to_owned();
    Ok(scene.figure(panels, caption))
}

fn panel(scene: &Scene<'_>, study: &Study<'_>) -> Option<Panel> {
    let (valid, test) = (&study.scores.valid, study.scores.test.as_ref()?);
    let both = |(&valid, &test): (&f64, &f64)| (!valid.is_nan() && !test.is_nan()).then_some((valid, test));
    let all: Vec<(f64, f64)> = valid.reported.means.iter().zip(&test.reported.means).filter_map(both).collect();
    let (sign, valids) = (valid.reported.sign, all.iter().map(|pair| pair.0).collect::<Vec<f64>>());
    let cut = quantile(&valids.iter().map(|value| sign * value).collect::<Vec<f64>>(), LEFT_OUT);
    let better: Vec<(f64, f64)> = all.into_iter().filter(|pair| sign * pair.0 >= cut).collect();
    let unit = &valid.reported.unit;
    let x = Axis::linear(format!("Validation ({unit})"), Quantity::Points);
    let y = Axis::linear(format!("Test ({unit})"), Quantity::Points);
    let mut panel = Panel::new(scene.title(study), x, y);
    panel.tiles = density(&better);
    for entry in study.compared() {
        let mut places: Vec<(f64, f64)> = entry
            .runs
            .iter()
            .filter_map(|run| run.steps.last())
            .map(|step| (valid.value(Some(step.row)), test.value(Some(step.row))))
            .filter(|pair| sign * pair.0 >= cut)
            .collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        places.dedup();
        panel
            .points
            .push(Points { opacity: 0.8, ..Points::new(entry.title.clone(), scene.style(&entry.title), places) });
    }
    let (x, y): (Vec<f64>, Vec<f64>) = better.into_iter().unzip();
    let correlation = spearman(&x, &y);
    panel.remarks.push(match correlation.is_nan() {
        true => "No correlation: the better half has fewer than two values to rank".to_owned(),
        false => format!("Spearman correlation of the better half: {correlation:.3}"),
    });
    Some(panel)
}

/// Counts of architectures in squares, as shades by their logarithm.
fn density(pairs: &[(f64, f64)]) -> Vec<Tile> {
    let span = |of: fn(&(f64, f64)) -> f64| {
        let values = pairs.iter().map(of);
        (values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max))
    };
    let ((x_low, x_high), (y_low, y_high)) = (span(|pair| pair.0), span(|pair| pair.1));
    let (width, height) = ((x_high - x_low) / BINS as f64, (y_high - y_low) / BINS as f64);
    if width.is_nan() || height.is_nan() || width <= 0.0 || height <= 0.0 {
        return Vec::new();
    }
    let mut counts = vec![0u32; BINS * BINS];
    let bin = |value: f64, low: f64, size: f64| (((value - low) / size) as usize).min(BINS - 1);
    for &(x, y) in pairs {
        counts[bin(y, y_low, height) * BINS + bin(x, x_low, width)] += 1;
    }
    let most = libm::log1p(f64::from(counts.iter().copied().max().unwrap_or(1)));
    let tile = |(place, &count): (usize, &u32)| {
        let (column, row) = ((place % BINS) as f64, (place / BINS) as f64);
        (count > 0).then(|| Tile {
            x: (x_low + column * width, x_low + (column + 1.0) * width),
            y: (y_low + row * height, y_low + (row + 1.0) * height),
            shade: libm::log1p(f64::from(count)) / most,
        })
    };
    counts.iter().enumerate().filter_map(tile).collect()
}
