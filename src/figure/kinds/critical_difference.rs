//! The critical-difference diagram of Demsar (JMLR 2006), refused where it means nothing.

use super::scene::Scene;
use crate::analysis::Measure;
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Figure, Note, Panel, Side, Stroke, Style};
use crate::stats::{FEWEST_DATA_SETS, Friedman, cliques, friedman, mean, nemenyi_critical_difference};

/// The level of the Friedman and Nemenyi tests.
const LEVEL: f64 = 0.05;

/// Mean ranks of the strategies over data sets; those that do not differ by the critical difference are joined.
pub(super) fn critical_difference(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let common = scene.common();
    let data_sets = scene.studies.len();
    if common.len() < 2 {
        return Err(scene.refusal("ranks need two strategies that every benchmark has", "add a strategy"));
    }
    if data_sets < FEWEST_DATA_SETS && !scene.options.force {
        let what = format!(
            "a critical-difference diagram of {data_sets} data sets would show nothing: it takes at least {FEWEST_DATA_SETS}, and runs are no data sets"
        );
        return Err(scene.refusal(
            what,
            "use `figure improvement` or the tests of each benchmark in `report`; `--force` draws it with a note",
        ));
    }
    // [data set][strategy]
    let table: Vec<Vec<f64>> = (0..data_sets)
        .map(|set| {
            common.iter().map(|(_, entries)| mean(&scene.studies[set].finals(entries[set], Measure::Regret))).collect()
        })
        .collect();
    let critical = nemenyi_critical_difference(common.len(), data_sets, LEVEL);
    let (Some(test), Some(critical)) = (friedman(&table), critical) else {
        let what = format!("no critical difference is known for {} strategies on {data_sets} data sets", common.len());
        return Err(scene.refusal(what, "choose 2 to 20 strategies"));
    };
    let mut order: Vec<usize> = (0..common.len()).collect();
    order.sort_by(|&a, &b| test.mean_ranks[a].total_cmp(&test.mean_ranks[b]));
    let titles: Vec<&str> = order.iter().map(|&place| common[place].0).collect();
    let ranks: Vec<f64> = order.iter().map(|&place| test.mean_ranks[place]).collect();
    let panel = diagram(scene, &titles, &ranks, critical, data_sets);
    Ok(Figure { width: 5.5, aspect: 0.1, ..scene.figure(vec![panel], caption(scene, &test, critical, data_sets)) })
}

/// The axis of ranks on top; below it bars that join what does not differ, then the names, each led to its rank.
fn diagram(scene: &Scene<'_>, titles: &[&str], ranks: &[f64], critical: f64, data_sets: usize) -> Panel {
    let last = titles.len() as f64;
    let x = Axis { at_least: Some((1.0, last)), ..Axis::hidden() };
    let mut panel = Panel::new("", x, Axis { lines: true, ..Axis::hidden() });
    draw_scale(&mut panel, titles.len(), critical);
    let bars = cliques(ranks, critical);
    let nudge = 0.01 * (last - 1.0);
    for (number, &(from, to)) in bars.iter().enumerate() {
        let height = -0.6 - 0.6 * number as f64;
        panel.strokes.push(line(2.5, vec![(ranks[from] - nudge, height), (ranks[to] + nudge, height)]));
    }
    let half = titles.len().div_ceil(2);
    for (place, (&title, &rank)) in titles.iter().zip(ranks).enumerate() {
        let on_left = place < half;
        let level = if on_left { place } else { titles.len() - 1 - place };
        let height = -(1.2 + 0.6 * bars.len() as f64 + level as f64);
        let (end, side) = if on_left { (1.0 - 3.0 * nudge, Side::Left) } else { (last + 3.0 * nudge, Side::Right) };
        panel.strokes.push(line(0.8, vec![(rank, 0.0), (rank, height), (end, height)]));
        panel.notes.push(Note { text: format!("{title} ({rank:.2})"), at: (end, height), side });
    }
    if data_sets < FEWEST_DATA_SETS {
        panel.remarks.push(format!(
            "{data_sets} data sets are fewer than the {FEWEST_DATA_SETS} that this diagram takes: it has hardly any power."
        ));
    }
    if shared_tables(scene) {
        panel.remarks.push("Some benchmarks share a table: they are no independent data sets.".to_owned());
    }
    panel
}

/// The axis with its ranks, and above it the length of the critical difference.
fn draw_scale(panel: &mut Panel, strategies: usize, critical: f64) {
    let last = strategies as f64;
    panel.strokes.push(line(0.8, vec![(1.0, 0.0), (last, 0.0)]));
    for rank in 1..=strategies {
        let at = rank as f64;
        panel.strokes.push(line(0.8, vec![(at, 0.0), (at, 0.25)]));
        panel.notes.push(Note { text: rank.to_string(), at: (at, 0.85), side: Side::Centre });
    }
    let end = (1.0 + critical).min(last);
    panel.strokes.push(line(1.2, vec![(1.0, 2.2), (end, 2.2)]));
    let beyond = if 1.0 + critical > last { " (longer than the axis)" } else { "" };
    panel.notes.push(Note { text: format!("CD = {critical:.2}{beyond}"), at: (1.0, 3.1), side: Side::Right });
}

fn line(width: f64, path: Vec<(f64, f64)>) -> Stroke {
    Stroke { label: String::new(), style: Style::line(width), path }
}

fn shared_tables(scene: &Scene<'_>) -> bool {
    let tables: std::collections::BTreeSet<_> =
        scene.studies.iter().map(|study| study.benchmark().table.digest().0).collect();
    tables.len() < scene.studies.len()
}

fn caption(scene: &Scene<'_>, test: &Friedman, critical: f64, data_sets: usize) -> String {
    format!(
        "Mean ranks of the mean final {} regret over N = {data_sets} data sets (not runs). Friedman test with Iman and Davenport's correction: \
         {}. Strategies joined by a bar do not differ by the critical difference CD = {critical:.2} (Nemenyi, level .05).",
        scene.metric().to_lowercase(),
        statistic(test),
    )
}

/// The statistic and its p-value; where all data sets rank alike, F has no bound and its law says nothing.
fn statistic(test: &Friedman) -> String {
    if test.iman_davenport.is_finite() {
        let p = if test.p < 0.0001 { "p < .0001".to_owned() } else { format!("p = {:.4}", test.p) };
        format!("F = {:.2}, {p}", test.iman_davenport)
    } else {
        "F is unbounded, since all data sets rank the strategies alike".to_owned()
    }
}
