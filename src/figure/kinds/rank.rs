//! Mean rank of the strategies among one another, over time.

use rayon::prelude::*;

use super::curves::followed;
use super::scene::{BAND_RESAMPLES, POINTS, Scene};
use crate::analysis::{Measure, Study, grid};
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Curve, Figure, Panel, Quantity};
use crate::stats::{expected_ranks, mean, mean_intervals, rank_columns};

/// The mean rank over runs: run j of every strategy is ranked among the runs j of the others or, where those are other runs, among all.
pub(super) fn rank(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    if scene.studies.iter().all(|study| study.entries.len() < 2) {
        return Err(scene.refusal("ranks need at least two strategies", "add a strategy to the experiment"));
    }
    let panels = scene.studies.par_iter().map(|study| panel(scene, study)).collect();
    let caption = format!(
        "Mean rank of the incumbent's {} regret among the strategies (1 is best, ties share their ranks), {}. {}; bands are \
         95 % percentile bootstrap intervals over whole runs (2,000 resamples).",
        scene.metric().to_lowercase(),
        ranked_words(scene),
        scene.runs(),
    );
    Ok(scene.figure(panels, caption))
}

/// Whether run j of every strategy can be ranked among the runs j of the others.
fn are_paired(study: &Study<'_>) -> bool {
    study.entries.windows(2).all(|pair| pair[0].streams().are_paired(&pair[1].streams()))
}

fn ranked_words(scene: &Scene<'_>) -> &'static str {
    if scene.studies.iter().all(are_paired) {
        "ranked run by run"
    } else {
        "ranked run by run where runs are paired, otherwise each among all runs of the others"
    }
}

fn panel(scene: &Scene<'_>, study: &Study<'_>) -> Panel {
    let over = scene.over();
    let all = grid(study, over, POINTS);
    let grid = study.entries.iter().fold(all.as_slice(), |grid, entry| followed(study, entry, over, grid));
    let columns: Vec<Vec<Vec<f64>>> =
        study.entries.iter().map(|entry| study.columns(entry, Measure::Regret, over, grid)).collect();
    // [grid point][strategy][run]
    let ranks: Vec<Vec<Vec<f64>>> = (0..grid.len())
        .into_par_iter()
        .map(|point| {
            let values: Vec<&[f64]> = columns.iter().map(|column| column[point].as_slice()).collect();
            if are_paired(study) { rank_columns(&values) } else { expected_ranks(&values) }
        })
        .collect();
    let y = Axis { reversed: true, ..Axis::linear("Mean rank", Quantity::Points) };
    let mut panel = Panel::new(scene.title(study), scene.x_axis(), y);
    let key = study.key(&format!("rank over {over:?}"));
    for (place, entry) in study.entries.iter().enumerate() {
        let own: Vec<&[f64]> = ranks.iter().map(|point| point[place].as_slice()).collect();
        let band = mean_intervals(&own, BAND_RESAMPLES, key);
        panel.curves.push(Curve {
            label: entry.title.clone(),
            style: scene.style(&entry.title),
            steps: grid.iter().zip(&own).map(|(&x, ranks)| (x, mean(ranks))).collect(),
            band: grid.iter().zip(band).map(|(&x, interval)| (x, interval.low, interval.high)).collect(),
        });
    }
    panel
}
