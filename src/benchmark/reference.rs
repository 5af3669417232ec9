//! What incumbents are compared with: the best and the average architecture by each reported metric.

use serde::{Deserialize, Serialize};

use super::error::BenchmarkError;
use super::resolve::{Benchmark, Measure};

/// The reference values of a benchmark, stored with its results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// By the reported validation metric.
    pub valid: Level,
    /// By the reported test metric.
    pub test: Option<Level>,
}

/// The reference values by one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// The best mean over replicates.
    pub optimum: f64,
    /// The row where it stands.
    pub row: usize,
    /// The mean over all measured rows of the mean over replicates: the average architecture of a sampler that draws every row
    /// alike.
    pub average: f64,
}

/// A reported metric: each row's mean over replicates, and how a value becomes regret.
pub struct Reported {
    /// The metric's unit.
    pub unit: String,
    /// Each row's mean over its measured replicates; NaN where none was measured.
    pub means: Vec<f64>,
    /// 1 where higher is better, -1 where lower is.
    pub sign: f64,
    /// What a difference is multiplied by: 100 for fractions, so that the regret of an accuracy is in percentage points.
    pub scale: f64,
}

impl Reported {
    /// Reads a reported metric.
    ///
    /// # Errors
    /// Names what the table lacks.
    pub fn read(benchmark: &Benchmark, measure: &Measure) -> Result<Self, BenchmarkError> {
        let (column, epoch) = benchmark.column(measure)?;
        let means = (0..benchmark.table.rows()).map(|row| column.mean(row, epoch).unwrap_or(f64::NAN)).collect();
        let scale = if measure.unit == "fraction" { 100.0 } else { 1.0 };
        Ok(Self { unit: measure.unit.clone(), means, sign: column.metric().direction.sign(), scale })
    }

    /// The best and the average of all rows.
    pub fn level(&self) -> Option<Level> {
        let measured = || self.means.iter().copied().enumerate().filter(|(_, mean)| !mean.is_nan());
        let better = |a: (usize, f64), b: (usize, f64)| if self.sign * b.1 > self.sign * a.1 { b } else { a };
        let (row, optimum) = measured().reduce(better)?;
        let average = measured().map(|(_, mean)| mean).sum::<f64>() / measured().count() as f64;
        Some(Level { optimum, row, average })
    }

    /// The regret of a value: never negative for a row's mean.
    pub fn regret(&self, level: &Level, value: f64) -> f64 {
        let loss = if self.sign > 0.0 { level.optimum - value } else { value - level.optimum };
        self.scale * loss
    }
}

impl Level {
    fn is_finite(&self) -> bool {
        self.optimum.is_finite() && self.average.is_finite()
    }
}

impl Reference {
    /// Computes the reference values from the table.
    ///
    /// # Errors
    /// Names the metric that no row has.
    pub fn compute(benchmark: &Benchmark) -> Result<Self, BenchmarkError> {
        let level = |measure: &Measure| {
            Reported::read(benchmark, measure)?.level().filter(Level::is_finite).ok_or_else(|| {
                BenchmarkError::Setting {
                    name: benchmark.resolved.name.clone(),
                    what: format!(
                        "the reported metric `{}` of schedule {} has no finite optimum at epoch {}: no row of the table was measured there",
                        measure.metric, measure.schedule, measure.epoch
                    ),
                    hint: Some("choose an epoch that was measured, for the objective and under `report`: `nasreplay table info` names the last".into()),
                }
            })
        };
        let test = benchmark.resolved.test.as_ref().map(level).transpose()?;
        Ok(Self { valid: level(&benchmark.resolved.valid)?, test })
    }
}
