//! What was not measured: by column, replicate and epoch, and whether what is missing could be random.

use serde::Serialize;

use super::finding::{Finding, Place, Severity, grouped, percent, short};
use super::opened::{Objective, Opened};
use super::ranges::Extent;
use crate::base::counted;
use crate::stats::standard_deviation;

const SUBJECT: &str = "missing values";

/// Replicates are missing at random as far as means tell: rows with and without all of them differ by less than this share of the
/// standard deviation over rows (Cohen's d, "small").
const SMALL: f64 = 0.2;

/// What a column lacks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Missing {
    /// The column.
    pub place: Place,
    /// All rows of the table.
    pub rows: usize,
    /// The most trainings a row can have.
    pub replicates: usize,
    /// Rows without any value at the last epoch.
    pub rows_without: usize,
    /// Rows with some but not all replicates at the last epoch.
    pub rows_with_fewer: usize,
    /// For each replicate, its label and the rows that lack it at the last epoch.
    pub by_replicate: Vec<(String, usize)>,
    /// The epochs at which rows have no value, and how many.
    pub by_epoch: Vec<(u32, usize)>,
    /// The mean over rows with all replicates, of their means at the last epoch.
    pub mean_of_complete: Option<f64>,
    /// The mean over rows with some but not all replicates.
    pub mean_of_fewer: Option<f64>,
}

impl Missing {
    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.rows_without == 0 && self.rows_with_fewer == 0 && self.by_epoch.is_empty()
    }
}

/// Counts what a column lacks.
pub(super) fn missing(opened: &Opened) -> Missing {
    let (rows, replicates, last) = (opened.column.rows(), opened.replicates(), opened.last());
    let counts: Vec<usize> = (0..rows).map(|row| opened.measured(row, last).count()).collect();
    let lacks = |replicate: usize| (0..rows).filter(|&row| opened.column.value(row, replicate, last).is_nan()).count();
    let labels = opened.metric().labels.iter().enumerate();
    let empty = |place: usize| (0..rows).filter(|&row| opened.column.mean(row, place).is_none()).count();
    let epochs = opened.metric().epochs.iter().enumerate().map(|(place, &epoch)| (epoch, empty(place)));
    let is_fewer = |count: usize| count > 0 && count < replicates;
    Missing {
        place: opened.place.clone(),
        rows,
        replicates,
        rows_without: counts.iter().filter(|&&count| count == 0).count(),
        rows_with_fewer: counts.iter().filter(|&&count| is_fewer(count)).count(),
        by_replicate: labels.map(|(place, label)| (label.clone(), lacks(place))).collect(),
        by_epoch: epochs.filter(|(_, rows)| *rows > 0).collect(),
        mean_of_complete: mean_where(opened, &counts, |count| count == replicates),
        mean_of_fewer: mean_where(opened, &counts, is_fewer),
    }
}

fn mean_where(opened: &Opened, counts: &[usize], is_wanted: impl Fn(usize) -> bool) -> Option<f64> {
    let wanted = (0..counts.len()).filter(|&row| is_wanted(counts[row]));
    let means = wanted.filter_map(|row| opened.column.mean(row, opened.last()));
    let (sum, count) = means.fold((0.0, 0u32), |(sum, count), mean| (sum + mean, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// A table without a single measured value of a task.
pub(super) fn nothing(extents: &[Extent]) -> Option<Finding> {
    let of_tasks = || extents.iter().filter(|extent| !extent.place.task.is_empty());
    of_tasks().all(|extent| extent.values == 0).then(|| {
        let what = "the table holds no measured value of any task".to_owned();
        Finding::of_table(Severity::Wrong, SUBJECT, what, "Nothing can be compared on it: import or train it again.")
    })
}

/// What to know of a column's holes.
pub(super) fn findings(missing: &Missing, objectives: &[Objective<'_>]) -> Vec<Finding> {
    let at = |severity, what, advice: &str| Finding::at(&missing.place, severity, SUBJECT, what, advice);
    let rows = missing.rows;
    let mut findings = Vec::new();
    if missing.rows_without == rows && rows > 0 {
        let what = "no row has a value".to_owned();
        findings.push(at(Severity::Caution, what, "The column says nothing; do not compare by it."));
        return findings;
    }
    if missing.rows_without > 0 {
        let (lacking, share) = (grouped(missing.rows_without), percent(missing.rows_without, rows));
        let what = format!("{lacking} of {} rows ({share}) have no value at the last measured epoch", grouped(rows));
        let advice = "The optimum is that of the measured rows. Say how a search meets the others (`missing` in an experiment), and compare only \
                      searches that met them alike.";
        findings.push(at(Severity::Caution, what, advice));
    }
    if missing.rows_with_fewer > 0 {
        let lacking = missing.by_replicate.iter().filter(|(_, lacks)| *lacks > missing.rows_without);
        let lacking = lacking.map(|(label, lacks)| format!("`{label}` in {}", grouped(lacks - missing.rows_without)));
        let what = format!(
            "{} of {} rows have fewer than {} replicates; missing: {}",
            grouped(missing.rows_with_fewer),
            grouped(rows),
            missing.replicates,
            lacking.collect::<Vec<_>>().join(", ")
        );
        let advice = "Their means are noisier than others, and one replicate picked for all rows leaves rows out: draw replicates at random, and score by \
                      means. Never fill the gaps.";
        findings.push(at(Severity::Caution, what, advice));
    }
    findings.extend(earlier_epochs(missing).map(|what| {
        let advice = "Strategies that stop early meet holes there: choose epochs that all rows have.";
        at(Severity::Caution, what, advice)
    }));
    let objective = objectives.iter().find(|objective| objective.told.place == missing.place);
    findings.extend(objective.and_then(|objective| not_at_random(missing, objective.told)));
    findings
}

fn earlier_epochs(missing: &Missing) -> Option<String> {
    let more: Vec<&(u32, usize)> = missing.by_epoch.iter().filter(|(_, rows)| *rows > missing.rows_without).collect();
    let most = more.iter().max_by_key(|(_, rows)| *rows)?;
    let (epochs, rows, epoch) = (counted(more.len(), "other epoch"), grouped(most.1), most.0);
    Some(format!("more rows lack a value at {epochs} than at the last, up to {rows} rows at epoch {epoch}"))
}

/// Whether rows with fewer replicates are better or worse than others.
fn not_at_random(missing: &Missing, opened: &Opened) -> Option<Finding> {
    let (complete, fewer) = (missing.mean_of_complete?, missing.mean_of_fewer?);
    let means: Vec<f64> = opened.means(opened.last()).into_iter().filter(|mean| !mean.is_nan()).collect();
    let spread = standard_deviation(&means);
    ((complete - fewer).abs() > SMALL * spread).then(|| {
        let what = format!(
            "replicates are not missing at random: the mean is {} over rows with all replicates and {} over rows with fewer",
            short(complete),
            short(fewer)
        );
        let advice = "A mean over replicates column by column mixes different rows: average within rows first.";
        Finding::at(&missing.place, Severity::Caution, SUBJECT, what, advice)
    })
}
