//! Calibration: rows that a table has are trained here too, and the differences are reported.

use serde::{Deserialize, Serialize};

use super::overlay::Content;
use super::sample::sample;
use super::spec::TrainingSpec;
use crate::base::Digest;
use crate::space::Arch;
use crate::stats::{mean, spearman, standard_deviation};
use crate::table::{MetricColumn, Table, TableError};

/// The metric that is compared.
const METRIC: &str = "valid_acc";

/// A mean difference up to so many percentage points passes, or one that the noise explains.
const TOLERANCE: f64 = 1.0;

/// Fewer rows than this are no comparison.
const FEWEST: usize = 3;

/// A rank correlation of at least this passes.
const RANKS: f64 = 0.5;

/// How trainings here compare with a table's rows, in the metric's unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The digest of what was trained.
    pub training: Digest,
    /// The digest of the table.
    pub table: Digest,
    /// The table's task.
    pub task: String,
    /// The metric that was compared.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// Rows that were compared.
    pub rows: usize,
    /// Mean of (mean trained here - published mean) over the rows.
    pub mean: f64,
    /// Standard deviation of the same.
    pub sd: f64,
    /// Spearman's rank correlation.
    pub rank_correlation: f64,
    /// Mean of (seconds here / published seconds); absent where the table has no seconds.
    pub seconds_ratio: Option<f64>,
}

impl Calibration {
    /// Whether trainings here may stand beside the table's rows: the mean difference is within one percentage point or within two
    /// standard errors of 0, and the rank correlation is at least 0.5.
    pub fn passed(&self) -> bool {
        let points = if self.unit == "fraction" { 100.0 } else { 1.0 };
        let close = points * self.mean.abs() <= TOLERANCE;
        let by_noise = self.mean.abs() <= 2.0 * self.sd / (self.rows as f64).sqrt();
        (close || by_noise) && self.rank_correlation >= RANKS
    }

    /// The calibration for people.
    pub fn text(&self) -> String {
        let seconds = match self.seconds_ratio {
            Some(ratio) => format!("seconds here / published  {ratio:.3}\n"),
            None => String::new(),
        };
        format!(
            "rows compared             {}\n{} here - published  mean {:+.5} {}, sd {:.5}\nrank correlation          {:.3}\n{seconds}{}\n",
            self.rows,
            self.metric,
            self.mean,
            self.unit,
            self.sd,
            self.rank_correlation,
            if self.passed() { "passed" } else { "not passed: trainings here do not agree with the table" }
        )
    }
}

/// The columns of a table that are compared.
struct Columns {
    metric: MetricColumn,
    epoch: usize,
    seconds: Option<(MetricColumn, usize)>,
}

impl Columns {
    fn open(table: &Table, task: &str, spec: &TrainingSpec) -> Result<Self, TableError> {
        let metric = table.metric(task, &spec.schedule, METRIC)?;
        let epoch = metric.metric().epochs.len() - 1;
        let seconds = table.metric(task, &spec.schedule, "train_seconds").ok();
        let seconds = seconds.map(|column| (column.clone(), column.metric().epochs.len() - 1));
        Ok(Self { metric, epoch, seconds })
    }
}

/// Some rows that a table has, drawn alike among its architectures: those that are trained to compare.
///
/// # Errors
/// Names what the table lacks.
pub fn rows(table: &Table, task: &str, spec: &TrainingSpec, count: u64) -> Result<Vec<Arch>, TableError> {
    let columns = Columns::open(table, task, spec)?;
    let measured = |arch: &Arch| table.row(*arch).is_some_and(|row| columns.metric.mean(row, columns.epoch).is_some());
    let space = table.space().as_ref();
    let (mut asked, mut found) = (count.max(1), Vec::new());
    while found.len() < count as usize {
        found = sample(space, spec.seed, asked).into_iter().filter(measured).take(count as usize).collect();
        if asked >= space.size().min(1 << 24) {
            break;
        }
        asked = asked.saturating_mul(2);
    }
    Ok(found)
}

/// Compares trainings in an overlay with a table's rows.
///
/// # Errors
/// Names what the table lacks.
pub fn compare(
    content: &Content,
    spec: &TrainingSpec,
    (table, task): (&Table, &str),
    archs: &[Arch],
    replicates: u32,
) -> Result<Calibration, TableError> {
    let columns = Columns::open(table, task, spec)?;
    let unit = columns.metric.metric().unit.clone();
    let scale = if unit == "percent" { 100.0 } else { 1.0 };
    let digest = spec.digest();
    let (mut here, mut published, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for &arch in archs {
        let trainings = (0..replicates).filter_map(|replicate| content.trained.get(&(digest, arch, replicate)));
        let last: Vec<_> = trainings.filter_map(|trained| trained.outcome.last().copied()).collect();
        let row = table.row(arch).and_then(|row| Some((row, columns.metric.mean(row, columns.epoch)?)));
        let (Some((row, mean)), false) = (row, last.is_empty()) else { continue };
        here.push(scale * last.iter().map(|measured| measured.valid_acc).sum::<f64>() / last.len() as f64);
        published.push(mean);
        if let Some(seconds) = columns.seconds.as_ref().and_then(|(column, epoch)| column.mean(row, *epoch)) {
            ratios.push(last.iter().map(|measured| measured.train_seconds).sum::<f64>() / last.len() as f64 / seconds);
        }
    }
    let differences: Vec<f64> = here.iter().zip(&published).map(|(here, published)| here - published).collect();
    if differences.len() < FEWEST {
        let what = format!("only {} rows could be compared, expected at least {FEWEST}", differences.len());
        return Err(TableError::Content { table: table.name().to_owned(), what });
    }
    let correlation = spearman(&here, &published);
    Ok(Calibration {
        training: digest,
        table: table.digest(),
        task: task.to_owned(),
        metric: METRIC.to_owned(),
        unit,
        rows: differences.len(),
        mean: mean(&differences),
        sd: standard_deviation(&differences),
        rank_correlation: if correlation.is_nan() { 0.0 } else { correlation }, // one side does not vary
        seconds_ratio: (!ratios.is_empty()).then(|| ratios.iter().sum::<f64>() / ratios.len() as f64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_differences_and_lost_ranks_do_not_pass() {
        let calibration = |mean, sd, rank_correlation| Calibration {
            training: Digest([0; 32]),
            table: Digest([0; 32]),
            task: "t".into(),
            metric: METRIC.into(),
            unit: "percent".into(),
            rows: 25,
            mean,
            sd,
            rank_correlation,
            seconds_ratio: None,
        };
        assert!(calibration(0.9, 0.1, 0.6).passed());
        assert!(calibration(1.5, 4.0, 0.6).passed()); // within two standard errors
        assert!(!calibration(1.5, 0.5, 0.6).passed());
        assert!(!calibration(0.0, 0.1, 0.4).passed());
    }
}
