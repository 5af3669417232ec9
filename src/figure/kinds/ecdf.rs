//! The share of (target, run) pairs that were reached, over time.

use rayon::prelude::*;

use super::curves::followed;
use super::scene::{POINTS, Scene};
use crate::analysis::{Measure, Study, grid};
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Curve, Figure, Panel, Points, Quantity, Style};
use crate::stats::{TARGETS, ecdf as shares, hitting, log_targets};

/// Run lengths to many targets at once (Hansen et al., "COCO", Optimization Methods and Software 2021).
pub(super) fn ecdf(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let panels = scene.studies.par_iter().map(|study| panel(scene, study)).collect();
    let caption = format!(
        "Empirical distribution of run lengths: the share of pairs of a target and a run in which the incumbent's {} regret has reached the \
         target by then. Targets: {TARGETS} from the average architecture's regret to the smallest positive one in the table, equally far apart \
         in their logarithms, and the optimum. A target counts from its first hit on, held or not. {}. Crosses mark where the axis ends: with the longest run, or on the time axis when the first run ends.",
        scene.metric().to_lowercase(),
        scene.runs(),
    );
    Ok(scene.figure(panels, caption))
}

fn panel(scene: &Scene<'_>, study: &Study<'_>) -> Panel {
    let over = scene.over();
    let grid = grid(study, over, POINTS);
    let average = study.value(Measure::Regret, None);
    let targets = log_targets(average, study.smallest_positive(), TARGETS);
    let y = Axis { at_least: Some((0.0, 1.0)), ..Axis::linear("Share of targets reached", Quantity::Points) };
    let mut panel = Panel::new(scene.title(study), scene.x_axis(), y);
    let mut ends = Vec::new();
    for entry in &study.entries {
        let of_run =
            |run| targets.iter().map(move |&target| hitting(study.steps(run, Measure::Regret, over), average, target));
        let hits: Vec<Option<f64>> = entry.runs.iter().flat_map(of_run).collect();
        let grid = followed(study, entry, over, &grid);
        let shares = shares(&hits, grid);
        ends.extend(grid.last().copied().zip(shares.last().copied()));
        panel.curves.push(Curve {
            label: entry.title.clone(),
            style: scene.style(&entry.title),
            steps: grid.iter().copied().zip(shares).collect(),
            band: Vec::new(),
        });
    }
    panel.points.push(Points::new("End of the axis", Style::end(), ends));
    panel
}
