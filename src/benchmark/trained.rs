//! Rows that a table lacks and that are trained for a benchmark.

use serde::{Deserialize, Serialize};

use super::projection::MEAN_LABEL;
use super::resolve::{Benchmark, Measure};
use super::{Missing, NO_ROW, Replicate, SecondsFit, training_labels};
use crate::base::Nanos;
use crate::space::Arch;
use crate::table::{ElementType, MetricColumn, mean_of_measured};

/// What can train an architecture that a table lacks.
pub trait Trainer: Send + Sync {
    /// The values of some measures for each of the architecture's trainings, in the measures' units; NaN where a training diverged.
    ///
    /// # Errors
    /// Says why it cannot be trained.
    fn train(&self, arch: Arch, measures: &[&Measure]) -> Result<Vec<Vec<f64>>, String>;
}

/// How missing rows are trained, frozen with the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolvedTraining {
    /// What is trained: the trainer's specification.
    pub spec: serde_json::Value,
    /// Trainings of each architecture: as many as the table's rows have.
    pub replicates: u32,
    /// How trainings here were compared with the table's rows; null where the benchmark asked for no comparison.
    pub calibration: Option<serde_json::Value>,
    /// What a training is charged; null where the benchmark has no cost.
    pub seconds: Option<SecondsFit>,
    /// What a training that diverged tells; absent in results of earlier versions, whose searches asked again for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<Diverged>,
}

/// What a training that diverged tells a search, which is charged for it as for any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Diverged {
    /// The worst value of the table.
    Worst,
}

/// A row that a table lacks, as a benchmark sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedRow {
    /// The architecture.
    pub arch: Arch,
    /// The objective of each training, in the order of the table's labels; NaN where it diverged.
    pub told: Vec<f64>,
    /// What each training is charged.
    pub cost: Nanos,
    /// The mean by the reported validation metric; NaN where all trainings diverged.
    pub valid: f64,
    /// The mean by the reported test metric; NaN where there is none.
    pub test: f64,
}

impl Benchmark {
    /// The first row of what is trained: rows from here on are this plus the architecture's code.
    pub fn trained_rows_from(&self) -> u32 {
        self.table.rows() as u32
    }

    /// The architecture that a trial's row stands for, if it was trained.
    pub fn trained_arch(&self, row: u32) -> Option<Arch> {
        let trained = self.resolved.missing == Missing::Train && row != NO_ROW && row >= self.trained_rows_from();
        trained.then(|| Arch(u64::from(row - self.trained_rows_from())))
    }

    /// Whether every architecture of the space can have a row.
    pub fn has_rows_for_all(&self) -> bool {
        self.table.space().size().saturating_add(self.table.rows() as u64) < u64::from(NO_ROW)
    }

    /// Trains an architecture, or finds it trained.
    ///
    /// # Errors
    /// Says why it cannot be trained.
    pub fn train(&self, arch: Arch) -> Result<TrainedRow, String> {
        let trainer = self.trainer.as_ref().ok_or("nothing is there to train what the table lacks")?;
        let resolved = &self.resolved;
        let measures: Vec<&Measure> =
            [&resolved.objective, &resolved.valid].into_iter().chain(&resolved.test).collect();
        let values = trainer.train(arch, &measures)?;
        let column = |place: usize| -> Result<Vec<f64>, String> {
            let (column, _) = self.column(measures[place]).map_err(|error| error.to_string())?;
            Ok(values.iter().map(|training| stored(&column, training[place])).collect())
        };
        let mean = |values: Vec<f64>| mean_of_measured(values.into_iter()).unwrap_or(f64::NAN);
        let cost = resolved.training.as_ref().and_then(|training| training.seconds.as_ref());
        Ok(TrainedRow {
            arch,
            told: column(0)?,
            cost: cost.map_or(Nanos(0), |fit| fit.cost(&self.table.space().operation_counts(arch))),
            valid: mean(column(1)?),
            test: if measures.len() > 2 { mean(column(2)?) } else { f64::NAN },
        })
    }

    /// The trainings of a trained row that a run can meet, each with the place of its label: as the benchmark's `replicate` says. One that
    /// diverged tells `worst`, the worst value of the table.
    pub fn trainings(&self, row: &TrainedRow, worst: f64) -> Vec<(f64, u8)> {
        let tells_worst = self.resolved.training.as_ref().is_some_and(|training| training.diverged.is_some());
        let told = |value: &f64| if value.is_nan() && tells_worst { worst } else { *value };
        let told: Vec<f64> = row.told.iter().map(told).collect();
        let measured = told.iter().copied().zip(0u8..).filter(|(value, _)| !value.is_nan());
        match &self.resolved.replicate {
            Replicate::Random => measured.collect(),
            Replicate::Mean => {
                mean_of_measured(told.iter().copied()).map(|mean| (mean, MEAN_LABEL)).into_iter().collect()
            }
            Replicate::Label(label) => {
                let place = self.labels().iter().position(|known| known == label);
                measured.filter(|(_, own)| Some(usize::from(*own)) == place).collect()
            }
        }
    }

    /// The labels by which the table's trainings are told apart.
    pub fn labels(&self) -> Vec<String> {
        let measures = std::iter::once(&self.resolved.objective).chain(&self.resolved.cost);
        let columns: Vec<MetricColumn> =
            measures.filter_map(|measure| self.column(measure).ok()).map(|(column, _)| column).collect();
        training_labels(columns.iter().map(|column| column.metric().labels.as_slice())).to_vec()
    }

    /// Fits what a training costs on the counts of operations of the table's rows; none where the benchmark has no cost.
    ///
    /// # Errors
    /// Says when too few rows have seconds.
    pub fn fit_seconds(&self) -> Result<Option<SecondsFit>, String> {
        if self.resolved.cost.is_empty() {
            return Ok(None);
        }
        let columns: Vec<(MetricColumn, usize)> = self
            .resolved
            .cost
            .iter()
            .map(|measure| self.column(measure).map_err(|error| error.to_string()))
            .collect::<Result<_, _>>()?;
        let charged: Vec<f64> = self.resolved.cost.iter().map(|cost| cost.charged(&self.resolved.objective)).collect();
        let seconds = |row: usize| {
            let each = columns
                .iter()
                .zip(&charged)
                .map(|((column, epoch), charged)| Some(charged * column.mean(row, *epoch)?));
            each.sum::<Option<f64>>()
        };
        let counts = |row: usize| self.table.space().operation_counts(self.table.arch(row));
        let rows: Vec<(Vec<f64>, f64)> =
            (0..self.table.rows()).filter_map(|row| Some((counts(row), seconds(row)?))).collect();
        SecondsFit::new(&rows).map(Some)
    }
}

/// A value as the table would store it, so that a row trained for a replay and the same row merged into the table tell the same.
fn stored(column: &MetricColumn, value: f64) -> f64 {
    match column.metric().element {
        ElementType::F32 => f64::from(value as f32),
        ElementType::F64 => value,
    }
}
