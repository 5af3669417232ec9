//! Whose values a list told, where they are not the benchmark's: another task's, another metric's, rounded or turned ones.

use rayon::prelude::*;

use super::trial_list::ListedTrial;
use crate::benchmark::Benchmark;
use crate::stats::spearman;
use crate::table::MetricColumn;

/// Values are compared up to this relative difference, as those of the benchmark are.
pub(super) const TOLERANCE: f64 = 1e-6;

/// Of so many trials, values are looked for.
const LOOKED_AT: usize = 300;

/// A correlation below this says that a list is upside down.
const TURNED: f64 = -0.3;

/// Fewer trials say nothing about a correlation.
const FEW: usize = 10;

/// Told values with the rows that they belong to.
pub(super) struct ToldValues {
    pairs: Vec<(usize, f64)>,
}

/// How a told value may have been made of a published one: in words, and by numbers.
type Form = (&'static str, fn(f64) -> f64);

const FORMS: [Form; 5] = [
    ("", |value| value),
    ("100 - ", |value| 100.0 - value),
    ("1 - ", |value| 1.0 - value),
    ("100 x ", |value| 100.0 * value),
    ("1/100 x ", |value| value / 100.0),
];

impl ToldValues {
    /// The told values of a list's first trials whose architectures the table has.
    pub(super) fn of(benchmark: &Benchmark, listed: &[ListedTrial]) -> Self {
        let space = benchmark.table.space();
        let pair = |trial: &ListedTrial| {
            let told = trial.told.filter(|told| told.is_finite())?;
            Some((benchmark.table.row(space.parse(&trial.architecture).ok()?)?, told))
        };
        Self { pairs: listed.iter().filter_map(pair).take(LOOKED_AT).collect() }
    }

    /// The metric of the table that most values are of, in words; `None` where no metric has most of them.
    pub(super) fn source(&self, benchmark: &Benchmark) -> Option<String> {
        let columns: Vec<(String, MetricColumn)> = columns(benchmark);
        let found = |(name, column): &(String, MetricColumn)| {
            let epochs = (0..column.metric().epochs.len()).rev();
            epochs.into_iter().find_map(|epoch| {
                let form = FORMS.iter().find(|(_, form)| self.are_mostly(column, epoch, *form, false));
                let rounded = || FORMS.iter().find(|(_, form)| self.are_mostly(column, epoch, *form, true));
                let at = format!("{name} at epoch {}", column.metric().epochs[epoch]);
                match form {
                    Some((word, _)) => Some(format!("{word}{at}")),
                    None => rounded().map(|(word, _)| format!("{word}{at}, rounded or averaged over replicates")),
                }
            })
        };
        columns.par_iter().find_map_first(found)
    }

    /// Whether more than half of the values are the column's at an epoch: of one of its trainings, or `loosely` of their mean or rounded.
    fn are_mostly(&self, column: &MetricColumn, epoch: usize, form: fn(f64) -> f64, loosely: bool) -> bool {
        let is_of = |&&(row, told): &&(usize, f64)| {
            let labels = 0..column.metric().labels.len();
            let mut values = labels.map(|label| column.value(row, label, epoch)).filter(|value| !value.is_nan());
            match loosely {
                false => values.any(|value| same(form(value), told)),
                true => {
                    let mean = column.mean(row, epoch);
                    values.chain(mean).any(|value| (form(value) - told).abs() <= half_of_last_digit(told))
                }
            }
        };
        2 * self.pairs.iter().filter(is_of).count() > self.pairs.len()
    }

    /// Whether the told values fall where the table's rise.
    pub(super) fn are_upside_down(&self, benchmark: &Benchmark) -> Option<f64> {
        let (column, epoch) = benchmark.column(&benchmark.resolved.objective).ok()?;
        let pairs = self.pairs.iter().filter_map(|&(row, told)| Some((column.mean(row, epoch)?, told)));
        let (table, told): (Vec<f64>, Vec<f64>) = pairs.unzip();
        let correlation = spearman(&table, &told);
        (table.len() >= FEW && correlation < TURNED).then_some(correlation)
    }
}

/// Whether a listed value is a published one, read and written by somebody else.
pub(super) fn same(value: f64, told: f64) -> bool {
    (value - told).abs() <= TOLERANCE * value.abs().max(1e-3)
}

/// Half a unit of the last decimal that a number is written with, and a little for the rounding itself.
fn half_of_last_digit(told: f64) -> f64 {
    let text = told.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    0.51 * libm::pow(10.0, -(decimals as f64))
}

/// The metrics of all tasks and schedules, those of the benchmark's own task first.
fn columns(benchmark: &Benchmark) -> Vec<(String, MetricColumn)> {
    let table = &benchmark.table;
    let mut columns = Vec::new();
    for (task, schedules) in &table.catalogue().tasks {
        for (schedule, metrics) in schedules.iter().rev() {
            for metric in metrics.keys() {
                if let Ok(column) = table.metric(task, schedule, metric) {
                    columns.push((format!("`{metric}` of task `{task}`, schedule {schedule},"), column));
                }
            }
        }
    }
    columns.sort_by_key(|(name, _)| !name.contains(&format!("of task `{}`,", benchmark.resolved.task)));
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_says_how_far_a_value_was_rounded() {
        assert!((half_of_last_digit(91.5) - 0.051).abs() < 1e-12 && (half_of_last_digit(91.0) - 0.51).abs() < 1e-12);
        assert!(same(91.503_334, 91.503_334_01) && !same(91.503_334, 91.5));
    }
}
