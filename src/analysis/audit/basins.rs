//! Local optima of the one-change neighbourhood, and how many rows climb to each.

use rayon::prelude::*;
use serde::Serialize;

use super::finding::{Finding, Place, Severity, grouped, percent, short};
use super::opened::{Objective, ranked};
use crate::space::Arch;
use crate::stats::quantile;
use crate::table::Table;

const SUBJECT: &str = "local optima";

/// Neighbours that are looked up at most before rows are sampled.
const MOST: usize = 20_000_000;

/// Basins that are listed.
const LISTED: usize = 10;

/// How the neighbourhood of single changes leads to optima.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Basins {
    /// The objective that is climbed, at its last epoch.
    pub place: Place,
    /// Rows from which the steepest ascent was followed: all measured ones, or every n-th in large tables.
    pub starts: usize,
    /// Whether these are all measured rows.
    pub exhaustive: bool,
    /// Local optima that ascents end in: rows without a better neighbour in the table.
    pub optima: usize,
    /// Ascents that end in the global optimum, or in a row with the same value.
    pub to_global: usize,
    /// The share of neighbours that the table has.
    pub neighbours_held: f64,
    /// The largest basins: row, objective and number of ascents that end there, the largest first.
    pub largest: Vec<Basin>,
    /// The median value of the local optima, an ascent each.
    pub median_end: f64,
}

/// A local optimum and its basin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Basin {
    /// The local optimum's row.
    pub row: usize,
    /// Its objective.
    pub value: f64,
    /// Ascents that end there.
    pub starts: usize,
}

/// The best neighbour of a row, itself where none is better; and how many neighbours are in the table, of how many.
struct Step {
    to: u32,
    held: u64,
    all: u64,
}

/// Follows the steepest ascent from the rows; `None` where nothing was measured or rows have no neighbours.
pub(super) fn basins(table: &Table, objective: &Objective<'_>) -> Option<Basins> {
    let (told, sign) = (objective.told, objective.sign());
    let heights: Vec<f64> = told.means(told.last()).iter().map(|mean| sign * mean).collect();
    let measured: Vec<u32> = (0..heights.len() as u32).filter(|&row| !heights[row as usize].is_nan()).collect();
    let best = heights[*ranked(&heights, 1.0).first()?];
    let mut neighbours = Vec::new();
    table.space().neighbours(table.arch(*measured.first()? as usize), &mut neighbours);
    let stride = (measured.len() * neighbours.len()).div_ceil(MOST).max(1);
    let starts: Vec<u32> = measured.iter().copied().step_by(stride).collect();
    let steps = steps(table, &heights, &starts);
    let (held, all) = steps.iter().fold((0, 0), |(held, all), step| (held + step.held, all + step.all));
    if all == 0 {
        return None;
    }
    let ends = ends(table, &heights, &starts, &steps);
    let mut counts = vec![0u32; heights.len()];
    ends.iter().for_each(|&end| counts[end as usize] += 1);
    let mut order: Vec<usize> = (0..counts.len()).filter(|&row| counts[row] > 0).collect();
    order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(heights[b].total_cmp(&heights[a])).then(a.cmp(&b)));
    let basin = |&row: &usize| Basin { row, value: sign * heights[row], starts: counts[row] as usize };
    let values: Vec<f64> = order.iter().map(|&row| sign * heights[row]).collect();
    Some(Basins {
        place: told.place.clone(),
        starts: starts.len(),
        exhaustive: stride == 1,
        optima: order.len(),
        to_global: ends.iter().filter(|&&end| heights[end as usize] == best).count(),
        neighbours_held: held as f64 / all as f64,
        largest: order.iter().take(LISTED).map(basin).collect(),
        median_end: quantile(&values, 0.5),
    })
}

/// The first step from each of some rows.
fn steps(table: &Table, heights: &[f64], starts: &[u32]) -> Vec<Step> {
    starts.par_iter().map_init(Vec::new, |scratch, &row| step(table, heights, row, scratch)).collect()
}

/// The steepest step up from a row: to its best neighbour, of equals to the first row.
fn step(table: &Table, heights: &[f64], row: u32, scratch: &mut Vec<Arch>) -> Step {
    table.space().neighbours(table.arch(row as usize), scratch);
    let mut found = Step { to: row, held: 0, all: 0 };
    for neighbour in scratch.iter().filter(|arch| table.space().canonical(**arch).is_some()) {
        let Some(other) = table.row(*neighbour) else {
            found.all += 1;
            continue;
        };
        let (other, own) = (other as u32, u64::from(other as u32 != row)); // a table has fewer than 2^32 rows
        found.all += own;
        found.held += own;
        let (height, reached) = (heights[other as usize], heights[found.to as usize]);
        if height > reached || height == reached && found.to != row && other < found.to {
            found.to = other;
        }
    }
    found
}

/// Where the ascents from the starts end.
fn ends(table: &Table, heights: &[f64], starts: &[u32], steps: &[Step]) -> Vec<u32> {
    const UNKNOWN: u32 = u32::MAX; // no row has that number
    let mut next = vec![UNKNOWN; heights.len()];
    starts.iter().zip(steps).for_each(|(&row, step)| next[row as usize] = step.to);
    let mut scratch = Vec::new();
    let mut ends = Vec::with_capacity(starts.len());
    for &start in starts {
        let mut row = start;
        loop {
            if next[row as usize] == UNKNOWN {
                next[row as usize] = step(table, heights, row, &mut scratch).to;
            }
            if next[row as usize] == row {
                break;
            }
            row = next[row as usize];
        }
        ends.push(row);
    }
    ends
}

/// What local search meets.
pub(super) fn findings(basins: &Basins) -> Vec<Finding> {
    let how = if basins.exhaustive { "all rows" } else { "a sample of rows" };
    let what = format!(
        "steepest ascent by single changes from {how} ({}) ends in {} local optima; {} of the ascents ({}) reach the optimum, the median local optimum is {}",
        grouped(basins.starts),
        grouped(basins.optima),
        grouped(basins.to_global),
        percent(basins.to_global, basins.starts),
        short(basins.median_end),
    );
    let advice = "That share is what one run of noiseless local search reaches: strategies should beat it.";
    let mut findings = vec![Finding::at(&basins.place, Severity::Fact, SUBJECT, what, advice)];
    if basins.neighbours_held < 1.0 {
        let what = format!(
            "only {:.1} % of the architectures one change away from a row are in the table",
            100.0 * basins.neighbours_held
        );
        let advice = "Local optima are then partly holes: local search and mutation meet missing rows. Compare only strategies that draw rows (`uniform-row`), \
                      or let missing rows be trained.";
        findings.push(Finding::at(&basins.place, Severity::Caution, SUBJECT, what, advice));
    }
    findings
}
