//! The noise of a table, and what of a difference it makes meaningless.

use super::study::Study;
use super::view::By;
use crate::experiment::ExperimentError;

/// The share of the best architectures whose noise counts: elsewhere trainings vary more, and no search ends there.
const TOP: f64 = 0.01;

/// How much repeated trainings of one architecture differ.
#[derive(Debug, Clone, PartialEq)]
pub struct TableNoise {
    /// The pooled standard deviation within architectures among the best 1 %, in the unit of regret.
    pub sigma: f64,
    /// How many trainings an architecture has on average there.
    pub replicates: f64,
    /// The metric that it was measured on.
    pub metric: String,
    /// Whether that is another metric than the reported one, which has no replicates.
    pub substitute: bool,
}

impl TableNoise {
    /// The margin within which a difference of regrets is none: half of the noise of one training.
    pub fn margin(&self) -> f64 {
        self.sigma / 2.0
    }

    /// The standard error of one architecture's mean: what stands beside every interval, which does not contain it.
    pub fn error_of_mean(&self) -> f64 {
        self.sigma / self.replicates.sqrt()
    }
}

/// The noise of the reported metric, or of the validation metric where that has no replicates; `None` where neither has.
///
/// # Errors
/// Names what the table lacks.
pub fn table_noise(study: &Study<'_>) -> Result<Option<TableNoise>, ExperimentError> {
    let own = pooled(study, study.by)?;
    match own {
        None if study.by == By::Test => {
            Ok(pooled(study, By::Valid)?.map(|noise| TableNoise { substitute: true, ..noise }))
        }
        own => Ok(own),
    }
}

/// The square root of the pooled variance within the best rows.
fn pooled(study: &Study<'_>, by: By) -> Result<Option<TableNoise>, ExperimentError> {
    let benchmark = study.benchmark();
    let (measure, side) = match (by, &benchmark.resolved.test, &study.scores.test) {
        (By::Test, Some(measure), Some(side)) => (measure, side),
        _ => (&benchmark.resolved.valid, &study.scores.valid),
    };
    let (column, epoch) = benchmark.column(measure)?;
    let labels = column.metric().labels.len();
    let best = best_rows(&side.reported.means, side.reported.sign);
    let (mut squares, mut freedom, mut trainings) = (0.0, 0.0, 0.0);
    for &row in &best {
        let values: Vec<f64> =
            (0..labels).map(|label| column.value(row, label, epoch)).filter(|value| !value.is_nan()).collect();
        let mean = side.reported.means[row];
        squares += values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        freedom += values.len() as f64 - 1.0;
        trainings += values.len() as f64;
    }
    let noise = || TableNoise {
        sigma: side.reported.scale * (squares / freedom).sqrt(),
        replicates: trainings / best.len() as f64,
        metric: measure.metric.clone(),
        substitute: false,
    };
    Ok((freedom > 0.0 && squares > 0.0).then(noise))
}

/// The rows of the best 1 % by their means, at least two.
fn best_rows(means: &[f64], sign: f64) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..means.len()).filter(|&row| !means[row].is_nan()).collect();
    rows.sort_by(|&a, &b| (sign * means[b]).total_cmp(&(sign * means[a])));
    let count = ((rows.len() as f64 * TOP).round() as usize).max(2);
    rows.truncate(count);
    rows
}
