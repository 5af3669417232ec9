//! A table's columns as an audit takes them: open, with their places, and which of them a task's rows are compared by.

use super::finding::Place;
use crate::table::{Metric, MetricColumn, Table, TableError, is_accuracy};

/// An open column and where it stands.
pub(super) struct Opened {
    pub(super) place: Place,
    pub(super) column: MetricColumn,
    /// The place of the last epoch at which a row was measured; of the last one where none was.
    last: usize,
}

/// The columns that a task's rows are compared by, at the last epoch that was measured.
#[derive(Clone, Copy)]
pub(super) struct Objective<'o> {
    /// What a search is told: validation, or test where nothing else was published.
    pub(super) told: &'o Opened,
    /// What is reported of what a search finds.
    pub(super) test: Option<&'o Opened>,
}

/// Opens every column, in the order of the catalogue: the tasks' first, then the statics.
pub(super) fn open_all(table: &Table) -> Result<Vec<Opened>, TableError> {
    let mut all = Vec::new();
    for (task, schedules) in &table.catalogue().tasks {
        for (schedule, metrics) in schedules {
            for metric in metrics.keys() {
                let place = Place { task: task.clone(), schedule: schedule.clone(), metric: metric.clone() };
                all.push(Opened::new(place, table.metric(task, schedule, metric)?));
            }
        }
    }
    for metric in table.catalogue().statics.keys() {
        let place = Place { task: String::new(), schedule: String::new(), metric: metric.clone() };
        all.push(Opened::new(place, table.fixed(metric)?));
    }
    Ok(all)
}

/// The objective of each task that has one: `valid_acc` and `test_acc` of the last schedule in which `valid_acc` was measured; without that, the first
/// metric of the last schedule that is neither measured on test or training data nor a time, with the test metric of the same name;
/// without that, the first test metric.
pub(super) fn objectives(all: &[Opened]) -> Vec<Objective<'_>> {
    let mut tasks: Vec<&str> = all.iter().map(|opened| opened.place.task.as_str()).collect();
    tasks.dedup();
    tasks.retain(|task| !task.is_empty());
    tasks.into_iter().filter_map(|task| objective(all, task)).collect()
}

fn objective<'o>(all: &'o [Opened], task: &str) -> Option<Objective<'o>> {
    let of_task = || all.iter().filter(move |opened| opened.place.task == task);
    let is_measured = |opened: &&Opened| opened.column.last_measured().is_some();
    let usual = of_task().rev().filter(is_measured).find(|opened| opened.place.metric == "valid_acc");
    let schedule = usual.or_else(|| of_task().next_back()).map(|opened| &opened.place.schedule)?;
    let of_schedule = || of_task().filter(move |opened| opened.place.schedule == *schedule);
    let test = || of_schedule().find(|opened| opened.is_test());
    let Some(told) = usual.or_else(|| of_schedule().find(|opened| opened.can_be_told())) else {
        return test().map(|told| Objective { told, test: None });
    };
    let partner = told.place.metric.replacen("valid", "test", 1);
    let namesake = of_schedule().find(|opened| opened.is_test() && opened.place.metric == partner);
    Some(Objective { told, test: namesake.or_else(test) })
}

impl Opened {
    fn new(place: Place, column: MetricColumn) -> Self {
        let last = column.last_measured().unwrap_or(column.metric().epochs.len() - 1); // a metric has an epoch at least
        Self { place, column, last }
    }

    /// What was measured.
    pub(super) fn metric(&self) -> &Metric {
        self.column.metric()
    }

    /// The number of replicates.
    pub(super) fn replicates(&self) -> usize {
        self.metric().labels.len()
    }

    /// The place of the last epoch at which a row was measured.
    pub(super) fn last(&self) -> usize {
        self.last
    }

    /// Whether the metric stands in the static group.
    pub(super) fn is_static(&self) -> bool {
        self.place.task.is_empty()
    }

    /// Whether the metric is a share of images that were classified rightly.
    pub(super) fn is_accuracy(&self) -> bool {
        is_accuracy(&self.place.metric, self.metric())
    }

    /// Whether the metric counts time.
    pub(super) fn is_time(&self) -> bool {
        self.metric().unit == "seconds"
    }

    fn is_test(&self) -> bool {
        self.metric().is_test(&self.place.metric)
    }

    fn can_be_told(&self) -> bool {
        !self.is_test() && !self.is_time() && !self.place.metric.starts_with("train")
    }

    /// The mean over the measured replicates of every row at an epoch place; NaN where none was measured.
    pub(super) fn means(&self, epoch: usize) -> Vec<f64> {
        (0..self.column.rows()).map(|row| self.column.mean(row, epoch).unwrap_or(f64::NAN)).collect()
    }

    /// The measured values of a row at an epoch place, in the order of the replicates.
    pub(super) fn measured(&self, row: usize, epoch: usize) -> impl Iterator<Item = f64> + '_ {
        let values = (0..self.replicates()).map(move |replicate| self.column.value(row, replicate, epoch));
        values.filter(|value| !value.is_nan())
    }

    /// All measured values: by rows, replicates, epochs.
    pub(super) fn all_measured(&self) -> impl Iterator<Item = f64> + '_ {
        let [rows, replicates, epochs] = self.metric().shape(self.column.rows());
        let of_row = move |row| {
            (0..replicates)
                .flat_map(move |replicate| (0..epochs).map(move |epoch| self.column.value(row, replicate, epoch)))
        };
        (0..rows).flat_map(of_row).filter(|value| !value.is_nan())
    }
}

impl Objective<'_> {
    /// 1 where higher is better, -1 where lower is.
    pub(super) fn sign(&self) -> f64 {
        self.told.metric().direction.sign()
    }
}

/// The rows with a value, best first by `sign` times it; of equals the first row first.
pub(super) fn ranked(values: &[f64], sign: f64) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
    rows.sort_by(|&a, &b| (sign * values[b]).total_cmp(&(sign * values[a])));
    rows
}
