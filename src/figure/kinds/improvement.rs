//! The probability that a run of one strategy ends better than a run of another.

use rayon::prelude::*;

use super::profile::benchmarks;
use super::scene::{BAND_RESAMPLES, Scene};
use crate::analysis::Measure;
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Figure, Panel, Quantity, Range, Stroke, Style};
use crate::stats::probability_of_improvement;

/// Of more strategies than this, only the first one is compared with all others.
const ALL_PAIRS: usize = 6;

/// Agarwal et al., NeurIPS 2021, section 4.3; each probability is A12 of Vargha and Delaney, averaged over data sets. A panel for each
/// strategy that the others are compared with.
pub(super) fn improvement(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let common = scene.common();
    if common.len() < 2 {
        return Err(scene.refusal("a comparison needs two strategies that every benchmark has", "add a strategy"));
    }
    let finals: Vec<Vec<Vec<f64>>> = common.iter().map(|(_, entries)| scene.finals(entries, Measure::Regret)).collect();
    let titles: Vec<&str> = common.iter().map(|(title, _)| *title).collect();
    let others = if common.len() > ALL_PAIRS { 1 } else { common.len() };
    let panels: Vec<Panel> = (0..others).into_par_iter().map(|other| panel(scene, &titles, &finals, other)).collect();
    let caption = format!(
        "Probability that a run of a strategy ends with less {} regret than a run of the one above the panel (ties count half), averaged over {}. \
         Bars are 95 % stratified bootstrap intervals (2,000 resamples); one that lies above 0.5 shows an improvement. {}.",
        scene.metric().to_lowercase(),
        benchmarks(scene),
        scene.runs_compared(),
    );
    Ok(Figure { columns: 2, aspect: 0.4, ..scene.figure(panels, caption) })
}

fn panel(scene: &Scene<'_>, titles: &[&str], finals: &[Vec<Vec<f64>>], other: usize) -> Panel {
    let sides = |place: usize| finals[place].iter().map(Vec::as_slice).collect::<Vec<&[f64]>>();
    let x = Axis { at_least: Some((0.0, 1.0)), ..Axis::linear("Probability of improvement", Quantity::Points) };
    let names = titles.iter().map(|title| (*title).to_owned()).collect();
    let mut panel = Panel::new(format!("over {}", titles[other]), x, Axis { reversed: true, ..Axis::named("", names) });
    let last = titles.len() as f64 - 0.5;
    panel.strokes.push(Stroke { label: String::new(), style: Style::level(), path: vec![(0.5, -0.5), (0.5, last)] });
    for place in (0..titles.len()).filter(|place| *place != other) {
        let key = scene.studies[0].key(&format!("improvement {} {}", titles[place], titles[other])); // views without benchmarks are refused before
        let (centre, interval) = probability_of_improvement(&sides(place), &sides(other), BAND_RESAMPLES, key);
        let (label, style) = (titles[place].to_owned(), scene.style(titles[place]));
        panel.ranges.push(Range { label, style, at: place as f64, low: interval.low, centre, high: interval.high });
    }
    panel
}
