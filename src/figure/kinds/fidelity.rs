//! How well fewer epochs rank architectures as the reported metric does.

use rayon::prelude::*;

use super::scene::Scene;
use crate::analysis::Study;
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Curve, Figure, Panel, Points, Quantity, Style};
use crate::stats::{kendall_tau_b, spearman};

/// Rank correlations of the objective's metric at every fidelity with the reported one (the "budget correlation" of DeepCAVE).
pub(super) fn fidelity(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let panels = scene.panels(
        |study| panel(scene, study),
        "no benchmark's table has its objective at more than one fidelity",
        "choose a table with learning curves or several schedules",
    )?;
    let caption = format!(
        "Rank correlation, over all architectures of the table, between the mean of the objective's metric at an epoch of a schedule and the mean of the \
         reported {} metric. Every schedule is a training of its own.",
        scene.metric().to_lowercase(),
    );
    Ok(scene.figure(panels, caption))
}

fn panel(scene: &Scene<'_>, study: &Study<'_>) -> Result<Option<Panel>, ExperimentError> {
    let benchmark = study.benchmark();
    let (task, objective) = (&benchmark.resolved.task, &benchmark.resolved.objective);
    let Some(schedules) = benchmark.table.catalogue().tasks.get(task) else { return Ok(None) };
    let reported = &study.side().reported;
    let mut curves: Vec<(String, Vec<Correlations>)> = Vec::new();
    let mut left_out = Vec::new();
    for (schedule, metrics) in schedules.iter().filter(|(_, metrics)| metrics.contains_key(&objective.metric)) {
        let epochs = &metrics[&objective.metric].epochs;
        let column = benchmark.table.metric(task, schedule, &objective.metric)?;
        let correlation = |place: usize| {
            let pairs = reported
                .means
                .iter()
                .enumerate()
                .filter_map(|(row, &reported)| Some((column.mean(row, place)?, reported)));
            let (told, reported): (Vec<f64>, Vec<f64>) = pairs.filter(|pair| !pair.1.is_nan()).unzip();
            (f64::from(epochs[place]), spearman(&told, &reported), kendall_tau_b(&told, &reported))
        };
        let (points, holes): (Vec<Correlations>, Vec<Correlations>) = (0..epochs.len())
            .into_par_iter()
            .map(correlation)
            .partition(|(_, spearman, kendall)| !(spearman + kendall).is_nan());
        left_out.extend(holes.iter().map(|(epoch, ..)| format!("schedule {schedule} at epoch {epoch}")));
        curves.extend((!points.is_empty()).then(|| (schedule.clone(), points)));
    }
    if curves.iter().map(|(_, points)| points.len()).sum::<usize>() < 2 {
        return Ok(None);
    }
    let y = Axis { at_least: Some((0.0, 1.0)), ..Axis::linear("Rank correlation", Quantity::Points) };
    let mut panel = Panel::new(scene.title(study), Axis::log("Epochs", Quantity::Count), y);
    if !left_out.is_empty() {
        let remark = "Left out, where fewer than two architectures (or only equal values) are there to rank: ";
        panel.remarks.push(format!("{remark}{}", shortened(&left_out)));
    }
    for (place, (schedule, points)) in curves.into_iter().enumerate() {
        for (part, (name, of)) in COEFFICIENTS.into_iter().enumerate() {
            let label = format!("{name}, schedule {schedule}");
            let (style, places) = (Style::strategy(2 * place + part), points.iter().map(of).collect::<Vec<_>>());
            if places.len() == 1 {
                panel.points.push(Points::new(label, style, places));
            } else {
                panel.curves.push(Curve { label, style, steps: places, band: Vec::new() });
            }
        }
    }
    Ok(Some(panel))
}

/// The first few of a list, and how many more there are.
fn shortened(list: &[String]) -> String {
    const SHOWN: usize = 4;
    match list.len().checked_sub(SHOWN) {
        None | Some(0) => list.join(", "),
        Some(more) => format!("{} and {more} more", list[..SHOWN].join(", ")),
    }
}

/// An epoch with Spearman's and Kendall's coefficient.
type Correlations = (f64, f64, f64);

/// A coefficient's name, and how it is read.
type Coefficient = (&'static str, fn(&Correlations) -> (f64, f64));

const COEFFICIENTS: [Coefficient; 2] = [
    ("Spearman", |&(epoch, spearman, _)| (epoch, spearman)),
    ("Kendall tau-b", |&(epoch, _, kendall)| (epoch, kendall)),
];
