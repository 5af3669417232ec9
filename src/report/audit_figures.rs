//! The figures of an audit: distributions, validation against test, and rank correlations.

use crate::analysis::audit::{Audit, BINS, Correlation, Fidelity, Histogram, Joint, Place, SHARES, short};
use crate::figure::{Axis, Curve, Figure, Panel, Points, Quantity, Style, Tile};

/// Panels of a figure at most: of more tasks, the first.
const MOST_PANELS: usize = 9;

/// Widths in inches of a figure of one panel, and of one of several.
const WIDTHS: (f64, f64) = (4.2, 6.9);

/// A figure with the name of its files.
pub struct AuditFigure {
    /// The name.
    pub id: &'static str,
    /// What the horizontal axis counts, as a page's figures say it.
    pub axis: &'static str,
    /// The figure.
    pub figure: Figure,
}

/// The figures that the table can carry.
pub fn audit_figures(audit: &Audit) -> Vec<AuditFigure> {
    let is_time = |histogram: &&Histogram| histogram.unit == "seconds";
    let (times, values): (Vec<_>, Vec<_>) = audit.histograms.iter().partition(is_time);
    let figures = [
        ("distribution", "value", figure(values.into_iter().map(distribution), DISTRIBUTION)),
        ("validation-test", "value", figure(audit.joints.iter().map(|one| joint(audit, one)), JOINT)),
        ("ranks", "share", figure(tasks(audit).into_iter().filter_map(|task| ranks(audit, task)), RANKS)),
        ("fidelity", "epochs", figure(tasks(audit).into_iter().filter_map(|task| fidelity(audit, task)), FIDELITY)),
        ("times", "seconds", figure(times.into_iter().map(distribution), TIMES)),
    ];
    let drawn = figures.into_iter().filter_map(|(id, axis, figure)| Some(AuditFigure { id, axis, figure: figure? }));
    drawn.collect()
}

const DISTRIBUTION: &str =
    "How many rows have which mean over replicates at the last epoch, without the worst 5 % of the rows.";

const TIMES: &str =
    "How many rows take which training time (mean over replicates, last epoch), without the slowest 5 % of the rows.";

const JOINT: &str = "Validation and test of the better half of the rows by validation (means over replicates, last epochs): darker squares hold more \
                     rows, on a logarithmic scale.";

const RANKS: &str = "Kendall's tau-b among all rows and among the best: between two replicates of one metric, between validation and test, and between \
                     the last epoch of earlier schedules and the last schedule.";

const FIDELITY: &str = "Kendall's tau-b between the mean at an epoch of a schedule and at the last epoch of the last schedule, among all rows and among \
                        the best by the latter. Every schedule is a training of its own.";

fn figure(panels: impl Iterator<Item = Panel>, caption: &str) -> Option<Figure> {
    let mut panels: Vec<Panel> = panels.collect();
    let left_out = panels.len().saturating_sub(MOST_PANELS);
    panels.truncate(MOST_PANELS);
    let width = if panels.len() == 1 { WIDTHS.0 } else { WIDTHS.1 };
    let caption = match left_out {
        0 => caption.to_owned(),
        count => format!("{caption} {count} more tasks are not shown."),
    };
    (!panels.is_empty()).then(|| Figure { caption, ..Figure::new(width, panels) })
}

/// The tasks that have an objective.
fn tasks(audit: &Audit) -> Vec<&str> {
    audit.optima.iter().map(|selection| selection.place.task.as_str()).collect()
}

/// A histogram as a step curve that begins and ends at 0.
fn distribution(histogram: &Histogram) -> Panel {
    let Histogram { place, unit, from, to, counts, .. } = histogram;
    let width = (to - from) / counts.len() as f64;
    let edge = |bin: usize| from + bin as f64 * width;
    let mut steps = vec![(*from, 0.0)];
    steps.extend(counts.iter().enumerate().map(|(bin, &count)| (edge(bin), count as f64)));
    steps.push((*to, 0.0));
    let is_time = unit == "seconds";
    let quantity = if is_time { Quantity::Seconds } else { Quantity::Points };
    let label = if is_time { "Training time".to_owned() } else { format!("{} ({unit})", place.metric) };
    let mut panel =
        Panel::new(place.task.clone(), Axis::linear(label, quantity), Axis::linear("Rows", Quantity::Count));
    let style = Style { marker: None, ..Style::strategy(0) };
    panel.curves.push(Curve { label: String::new(), style, steps, band: Vec::new() });
    panel
}

fn joint(audit: &Audit, joint: &Joint) -> Panel {
    let label = |place: &Place, unit: &str| format!("{} ({unit})", place.metric);
    let x = Axis::linear(label(&joint.x, &joint.x_unit), Quantity::Points);
    let y = Axis::linear(label(&joint.y, &joint.y_unit), Quantity::Points);
    let mut panel = Panel::new(joint.x.task.clone(), x, y);
    let most = joint.counts.iter().map(|(_, _, count)| *count).max().unwrap_or(1);
    let cell = |(from, to): (f64, f64), place: usize| {
        let size = (to - from) / BINS as f64;
        (from + place as f64 * size, from + (place as f64 + 1.0) * size)
    };
    panel.tiles = joint
        .counts
        .iter()
        .map(|&(column, row, count)| Tile {
            x: cell(joint.across, column),
            y: cell(joint.upwards, row),
            shade: libm::log1p(count as f64) / libm::log1p(most as f64),
        })
        .collect();
    let all = audit.agreements.iter().find(|agreement| agreement.place == joint.x);
    let tau = all.and_then(|agreement| agreement.correlations.first());
    panel.remarks.extend(tau.map(|one| format!("Kendall's tau-b over all rows: {:.2}", one.kendall)));
    panel
}

/// Correlations by share: a line for each pair of columns.
fn ranks(audit: &Audit, task: &str) -> Option<Panel> {
    let mut lines: Vec<(String, &[Correlation])> = Vec::new();
    let noise = audit.noise.iter().filter(|noise| noise.place.task == task && !noise.between_replicates.is_empty());
    lines.extend(noise.map(|noise| (format!("{}, two replicates", noise.place.metric), &noise.between_replicates[..])));
    let agreements = audit.agreements.iter().filter(|agreement| agreement.place.task == task);
    lines
        .extend(agreements.map(|one| (format!("{} and {}", one.place.metric, one.with.metric), &one.correlations[..])));
    lines.extend(
        schedule_ends(audit, task)
            .into_iter()
            .map(|end| (format!("schedule {}", end.place.schedule), &end.correlations[..])),
    );
    lines.retain(|(_, correlations)| !correlations.is_empty());
    let names =
        SHARES.map(|share| if share == 1.0 { "all".into() } else { format!("best {} %", short(100.0 * share)) });
    let mut panel = Panel::new(task, Axis::named("Rows", names.to_vec()), tau_axis());
    for (number, (label, correlations)) in lines.iter().enumerate() {
        let place =
            |one: &Correlation| SHARES.iter().position(|share| *share == one.share).map(|at| (at as f64, one.kendall));
        let places = correlations.iter().filter(|one| one.kendall.is_finite()).filter_map(place).collect();
        panel.points.push(Points::new(label.clone(), Style::strategy(number), places));
    }
    (!lines.is_empty()).then_some(panel)
}

/// The last epoch of each schedule but the last.
fn schedule_ends<'a>(audit: &'a Audit, task: &str) -> Vec<&'a Fidelity> {
    let of_task: Vec<&Fidelity> = audit.fidelities.iter().filter(|fidelity| fidelity.place.task == task).collect();
    let schedules = of_task.chunk_by(|a, b| a.place == b.place);
    schedules.filter_map(|curve| curve.last().copied()).filter(|end| end.place != end.with).collect()
}

fn fidelity(audit: &Audit, task: &str) -> Option<Panel> {
    let of_task: Vec<&Fidelity> = audit.fidelities.iter().filter(|fidelity| fidelity.place.task == task).collect();
    let mut panel = Panel::new(task, Axis::log("Epochs", Quantity::Count), tau_axis());
    let mut number = 0;
    for curve in of_task.chunk_by(|a, b| a.place == b.place) {
        for (place, &share) in SHARES.iter().enumerate() {
            let at = |fidelity: &&Fidelity| {
                let one = fidelity.correlations.iter().find(|one| one.share == share && one.kendall.is_finite())?;
                Some((f64::from(fidelity.epoch), one.kendall))
            };
            let points: Vec<(f64, f64)> = curve.iter().filter_map(at).filter(|(epoch, _)| *epoch > 0.0).collect();
            add_curve(&mut panel, curve_label(curve[0], place), Style::strategy(number), points); // no chunk is empty
            number += 1;
        }
    }
    (!panel.curves.is_empty() || !panel.points.is_empty()).then_some(panel)
}

fn curve_label(fidelity: &Fidelity, share: usize) -> String {
    let rows = if share == 0 { "all rows".to_owned() } else { format!("best {} %", short(100.0 * SHARES[share])) };
    format!("{}: {rows}", fidelity.place.schedule)
}

fn add_curve(panel: &mut Panel, label: String, style: Style, points: Vec<(f64, f64)>) {
    match points.len() {
        0 => {}
        1 => panel.points.push(Points::new(label, style, points)),
        _ => panel.curves.push(Curve { label, style, steps: points, band: Vec::new() }),
    }
}

fn tau_axis() -> Axis {
    Axis { at_least: Some((0.0, 1.0)), ..Axis::linear("Kendall's tau-b", Quantity::Points) }
}
