//! What a run's incumbents are worth: by the means of the table's replicates, against its reference values.

use std::collections::BTreeMap;

use super::error::ExperimentError;
use super::import_runs::FOREIGN_LABEL;
use super::results::{Results, Run};
use crate::base::Nanos;
use crate::benchmark::{Benchmark, Level, NO_ROW, Reported, TrainedRow};
use crate::table::{MetricColumn, mean_of_measured};

/// Scores the incumbents of one benchmark's runs.
pub struct Scores {
    /// The reported validation metric.
    pub valid: Side,
    /// The reported test metric, where there is one.
    pub test: Option<Side>,
    sign: f64,
    replicates: Option<(MetricColumn, usize)>,
    /// The objective of each training of the trained rows.
    told: BTreeMap<u32, Vec<f64>>,
}

/// One reported metric with its reference values.
pub struct Side {
    /// Each row's mean, and how it becomes regret.
    pub reported: Reported,
    /// The best of the table and of the rows that the results' own runs trained, and the average of the table.
    pub level: Level,
    /// The means of trained rows.
    trained: BTreeMap<u32, f64>,
}

/// A change of the incumbent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// How many trials had finished then, at least 1.
    pub trials: u32,
    /// When it happened; 0 where the benchmark has no cost.
    pub end: Nanos,
    /// The new incumbent's row.
    pub row: u32,
    /// The place of its label among the table's replicates.
    pub replicate: u8,
    /// What it told, in the metric's own unit.
    pub told: f64,
}

/// What a run ended with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Final {
    /// The incumbent's mean by the validation metric.
    pub valid: f64,
    /// Its regret by that metric.
    pub valid_regret: f64,
    /// The incumbent's mean by the test metric.
    pub test: Option<f64>,
    /// Its regret by that metric.
    pub test_regret: Option<f64>,
    /// The incumbent's mean minus the mean of its replicates that were not told, where the objective is the reported metric
    /// and there is such a replicate.
    pub optimism: Option<f64>,
}

impl Side {
    fn new(
        reported: Reported,
        level: &Level,
        trained: &BTreeMap<u32, &TrainedRow>,
        of: fn(&TrainedRow) -> f64,
    ) -> Self {
        let trained: BTreeMap<u32, f64> = trained.iter().map(|(&row, trained)| (row, of(trained))).collect();
        let measured = trained.iter().filter(|(_, mean)| !mean.is_nan());
        let level = measured.fold(level.clone(), |level, (&row, &mean)| {
            let better = reported.sign * mean > reported.sign * level.optimum;
            if better { Level { optimum: mean, row: row as usize, ..level } } else { level }
        });
        Self { reported, level, trained }
    }

    /// The regret of a row; of the average architecture before there is an incumbent.
    pub fn regret(&self, row: Option<u32>) -> f64 {
        self.reported.regret(&self.level, self.value(row))
    }

    /// The mean of a row, in the metric's unit; the average architecture's before there is an incumbent.
    pub fn value(&self, row: Option<u32>) -> f64 {
        let mean = row.map(|row| match self.reported.means.get(row as usize) {
            Some(mean) => *mean,
            None => self.trained.get(&row).copied().unwrap_or(f64::NAN),
        });
        mean.filter(|mean| !mean.is_nan()).unwrap_or(self.level.average)
    }
}

impl Scores {
    /// Reads the reported metrics of a benchmark of some results.
    ///
    /// # Errors
    /// Names what the table lacks.
    pub fn new(results: &Results, benchmark: usize) -> Result<Self, ExperimentError> {
        let trained = results.trained(benchmark);
        let (benchmark, reference) = &results.plan.benchmarks[benchmark];
        let resolved = &benchmark.resolved;
        let reported = |measure| Reported::read(benchmark, measure);
        let valid = Side::new(reported(&resolved.valid)?, &reference.valid, &trained, |row| row.valid);
        let test = match (&resolved.test, &reference.test) {
            (Some(measure), Some(level)) => Some(Side::new(reported(measure)?, level, &trained, |row| row.test)),
            _ => None,
        };
        let (column, epoch) = benchmark.column(&resolved.objective)?;
        let sign = column.metric().direction.sign();
        let replicates = has_optimism(benchmark, &column).then_some((column, epoch));
        let told = trained.iter().map(|(&row, trained)| (row, trained.told.clone())).collect();
        Ok(Self { valid, test, sign, replicates, told })
    }

    /// The changes of a run's incumbent, in their order: the best told value so far, the first of equals.
    pub fn steps<'r>(&self, run: Run<'r>) -> impl Iterator<Item = Step> + 'r {
        let sign = self.sign;
        let mut best = f64::NEG_INFINITY;
        run.told.iter().enumerate().filter_map(move |(trial, &told)| {
            if sign * told <= best || run.row[trial] == NO_ROW {
                return None;
            }
            best = sign * told;
            let end = Nanos(run.end.get(trial).copied().unwrap_or(0));
            Some(Step { trials: trial as u32 + 1, end, row: run.row[trial], replicate: run.replicate[trial], told })
        })
    }

    /// What a run ended with.
    pub fn last(&self, run: Run<'_>) -> Final {
        let step = self.steps(run).last();
        let row = step.map(|step| step.row);
        Final {
            valid: self.valid.value(row),
            valid_regret: self.valid.regret(row),
            test: self.test.as_ref().map(|test| test.value(row)),
            test_regret: self.test.as_ref().map(|test| test.regret(row)),
            optimism: step.and_then(|step| self.optimism(step)),
        }
    }

    fn optimism(&self, step: Step) -> Option<f64> {
        let (column, epoch) = self.replicates.as_ref()?;
        if step.replicate == FOREIGN_LABEL {
            return None;
        }
        let of_table = |place: usize| column.value(step.row as usize, place, *epoch);
        let values: Vec<f64> = match self.told.get(&step.row) {
            Some(told) => told.clone(),
            None => (0..column.metric().labels.len()).map(of_table).collect(),
        };
        let others = values.iter().enumerate().filter(|(place, _)| *place != usize::from(step.replicate));
        let others: Vec<f64> = others.map(|(_, value)| *value).filter(|value| !value.is_nan()).collect();
        let mean = mean_of_measured(values.iter().copied())?;
        (!others.is_empty()).then(|| mean - others.iter().sum::<f64>() / others.len() as f64)
    }
}

/// The told replicate is part of the mean that scores it only where the objective is the reported metric and has replicates.
fn has_optimism(benchmark: &Benchmark, column: &MetricColumn) -> bool {
    let resolved = &benchmark.resolved;
    let told_one = resolved.replicate != crate::benchmark::Replicate::Mean;
    resolved.objective == resolved.valid && column.metric().labels.len() > 1 && told_one
}
