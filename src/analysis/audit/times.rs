//! Training times: whether they rise over the epochs, and whether any training took no time.

use serde::Serialize;

use super::finding::{Finding, Place, Severity, grouped};
use super::opened::Opened;

const SUBJECT: &str = "times";

/// What holds of a column of times.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Times {
    /// The column.
    pub place: Place,
    /// Trainings, of all rows and replicates.
    pub trainings: usize,
    /// Trainings whose cumulative time falls from one epoch to a later one.
    pub falling: usize,
    /// The first row with such a training.
    pub falling_row: Option<usize>,
    /// Trainings with a time of 0 at the last epoch.
    pub zero: usize,
    /// The first row with such a training.
    pub zero_row: Option<usize>,
}

/// Looks at a column in seconds; `None` for others. Only `train_seconds` must rise over the epochs.
pub(super) fn times(opened: &Opened) -> Option<Times> {
    if !opened.is_time() {
        return None;
    }
    let trainings = (0..opened.column.rows())
        .flat_map(|row| (0..opened.replicates()).map(move |replicate| (row, replicate)))
        .map(|(row, replicate)| (row, curve(opened, row, replicate)))
        .filter(|(_, curve)| !curve.is_empty());
    let mut times =
        Times { place: opened.place.clone(), trainings: 0, falling: 0, falling_row: None, zero: 0, zero_row: None };
    let is_cumulative = opened.place.metric == "train_seconds";
    for (row, curve) in trainings {
        times.trainings += 1;
        if is_cumulative && !curve.is_sorted() {
            times.falling += 1;
            times.falling_row.get_or_insert(row);
        }
        if curve.last() == Some(&0.0) {
            times.zero += 1;
            times.zero_row.get_or_insert(row);
        }
    }
    Some(times)
}

/// The measured times of a training, over the epochs.
fn curve(opened: &Opened, row: usize, replicate: usize) -> Vec<f64> {
    let values = (0..=opened.last()).map(|epoch| opened.column.value(row, replicate, epoch));
    values.filter(|value| !value.is_nan()).collect()
}

/// What is wrong with times.
pub(super) fn findings(times: &Times) -> Vec<Finding> {
    let at = |severity, what, advice: &str| Finding::at(&times.place, severity, SUBJECT, what, advice);
    let falling = times.falling_row.map(|row| {
        let what = format!(
            "the cumulative time of {} of {} trainings falls over the epochs, first in row {row}",
            grouped(times.falling),
            grouped(times.trainings)
        );
        at(Severity::Wrong, what, "Continuing such a training would give time back: the column holds times of single epochs, or damaged ones. Cumulate them.")
    });
    let zero = times.zero_row.map(|row| {
        let what = format!(
            "{} of {} trainings took 0 seconds, first in row {row}",
            grouped(times.zero),
            grouped(times.trainings)
        );
        at(Severity::Caution, what, "Such trials are free, and a search bounded by time alone may never end: bound trials too, or store them as not measured.")
    });
    falling.into_iter().chain(zero).collect()
}
