//! Histograms: how a column's rows are distributed, and two columns' together. What a card's figures show.

use serde::Serialize;

use super::finding::Place;
use super::opened::{Objective, Opened};

/// Bins of a histogram, and of each axis of a joint one.
pub const BINS: usize = 40;

/// The share of the rows that a histogram leaves out at the worse end: there values spread far and no search ends.
const LEFT_OUT: f64 = 0.05;

/// How the means of a column's rows at its last epoch are distributed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// The column.
    pub place: Place,
    /// Its unit.
    pub unit: String,
    /// Where the first bin begins.
    pub from: f64,
    /// Where the last bin ends.
    pub to: f64,
    /// Rows in each of [`BINS`] bins of one width.
    pub counts: Vec<usize>,
    /// Rows left out at the worse end.
    pub left_out: usize,
}

/// How the means of two columns at their last epochs are distributed together: the better half by the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Joint {
    /// The column across.
    pub x: Place,
    /// The column upwards.
    pub y: Place,
    /// The unit of the first.
    pub x_unit: String,
    /// The unit of the second.
    pub y_unit: String,
    /// What the bins span across.
    pub across: (f64, f64),
    /// What the bins span upwards.
    pub upwards: (f64, f64),
    /// Bins that hold rows: place across, place upwards, rows.
    pub counts: Vec<(usize, usize, usize)>,
}

/// The histogram of a column; `None` where the means do not vary.
pub(super) fn histogram(opened: &Opened) -> Option<Histogram> {
    let sign = opened.metric().direction.sign();
    let mut values: Vec<f64> = opened.means(opened.last()).into_iter().filter(|mean| mean.is_finite()).collect();
    values.sort_by(|a, b| (sign * b).total_cmp(&(sign * a)));
    let kept = values.len() - libm::floor(LEFT_OUT * values.len() as f64) as usize;
    let left_out = values.len() - kept;
    values.truncate(kept);
    let (from, to) = span(values.iter().copied())?;
    let mut counts = vec![0; BINS];
    values.iter().for_each(|&value| counts[bin(value, from, to)] += 1);
    let (place, unit) = (opened.place.clone(), opened.metric().unit.clone());
    Some(Histogram { place, unit, from, to, counts, left_out })
}

/// The joint histogram of what is told and what is reported.
pub(super) fn joint(objective: &Objective<'_>) -> Option<Joint> {
    let (told, test) = (objective.told, objective.test?);
    let pairs = told.means(told.last()).into_iter().zip(test.means(test.last()));
    let mut pairs: Vec<(f64, f64)> = pairs.filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    pairs.sort_by(|a, b| (objective.sign() * b.0).total_cmp(&(objective.sign() * a.0)));
    pairs.truncate(pairs.len().div_ceil(2));
    let across = span(pairs.iter().map(|pair| pair.0))?;
    let upwards = span(pairs.iter().map(|pair| pair.1))?;
    let mut counts = vec![0; BINS * BINS];
    for &(x, y) in &pairs {
        counts[bin(y, upwards.0, upwards.1) * BINS + bin(x, across.0, across.1)] += 1;
    }
    let held = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
    Some(Joint {
        x: told.place.clone(),
        y: test.place.clone(),
        x_unit: told.metric().unit.clone(),
        y_unit: test.metric().unit.clone(),
        across,
        upwards,
        counts: held.map(|(place, count)| (place % BINS, place / BINS, count)).collect(),
    })
}

/// What values span; `None` where they do not vary.
fn span(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let ends = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (value.min(low), value.max(high)));
    (ends.0 < ends.1).then_some(ends)
}

fn bin(value: f64, from: f64, to: f64) -> usize {
    (((value - from) / (to - from) * BINS as f64) as usize).min(BINS - 1)
}
