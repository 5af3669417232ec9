//! A benchmark as an experiment file declares it.

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::policy::{CalibrationPolicy, Duplicates, Incumbent, Invalid, Missing, Overrun, Replicate, SamplerKind};

/// A benchmark as it is declared; what is left out gets its default when the table is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchmarkSpec {
    /// Its name, which keys the random streams.
    pub name: String,
    /// What figures call it.
    #[serde(default)]
    pub title: Option<String>,
    /// The table, by path or name.
    pub table: String,
    /// The task.
    pub task: String,
    /// What strategies are told; `valid_acc` of the table's last schedule if left out.
    #[serde(default)]
    pub objective: Option<MeasureSpec>,
    /// What is reported of the incumbent.
    #[serde(default)]
    pub report: ReportSpec,
    /// What a trial costs; `train_seconds` of the objective's schedule if left out and present; `[]` for none.
    #[serde(default)]
    pub cost: Option<CostSpec>,
    /// Which of a row's trainings a trial meets.
    #[serde(default)]
    pub replicate: Replicate,
    /// See [`Duplicates`].
    #[serde(default)]
    pub duplicates: Duplicates,
    /// See [`Invalid`].
    #[serde(default)]
    pub invalid: Invalid,
    /// See [`Overrun`].
    #[serde(default)]
    pub overrun: Overrun,
    /// See [`Missing`].
    #[serde(default)]
    pub missing: Missing,
    /// How missing rows are trained, where `missing = "train"`.
    #[serde(default)]
    pub train: TrainSpec,
    /// Whether such trainings must have been compared with the table's rows.
    #[serde(default)]
    pub calibration: CalibrationPolicy,
    /// See [`Incumbent`].
    #[serde(default)]
    pub incumbent: Incumbent,
    /// See [`SamplerKind`].
    #[serde(default)]
    pub sampler: SamplerKind,
    /// Must be set when the objective is a test metric.
    #[serde(default)]
    pub allow_test_objective: bool,
    /// Replaces the experiment's budget.
    #[serde(default)]
    pub budget: Option<Budget>,
}

/// What is asked of a training; what is left out is as the table was trained, where it was trained by this program.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// The data set: the name of an embedded one, or a kind of files and their path.
    #[serde(default)]
    pub data: Option<String>,
    /// What tables call the data set; the data set's usual name if left out.
    #[serde(default)]
    pub task: Option<String>,
    /// How many images are trained on; half of those meant for training if left out.
    #[serde(default)]
    pub training_images: Option<usize>,
    /// How many images validate; the others meant for training if left out.
    #[serde(default)]
    pub validation_images: Option<usize>,
    /// How many images test; all that there are if left out.
    #[serde(default)]
    pub test_images: Option<usize>,
    /// The network's name.
    #[serde(default)]
    pub network: Option<String>,
    /// The network's channels, where it has a number of them.
    #[serde(default)]
    pub channels: Option<usize>,
    /// The network's cells a stage, where it has a number of them.
    #[serde(default)]
    pub cells: Option<usize>,
    /// The recipe's name, or a TOML file.
    #[serde(default)]
    pub recipe: Option<String>,
    /// What the trainings' random streams are derived from.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Where tensors live: `cpu` if left out.
    #[serde(default)]
    pub device: Option<String>,
    /// The overlay's file; beside the table, or in the user's data folder for an embedded one, if left out.
    #[serde(default)]
    pub overlay: Option<std::path::PathBuf>,
}

/// A metric of the benchmark's task; what is left out gets its default when the table is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a metric, such as { metric = \"valid_acc\" }")]
pub struct MeasureSpec {
    /// The metric.
    pub metric: String,
    /// Its schedule; for the objective, the table's last, otherwise the objective's.
    #[serde(default)]
    pub schedule: Option<String>,
    /// Its epoch; the objective's where the schedule is the same and the metric has it, otherwise the last.
    #[serde(default)]
    pub epoch: Option<u32>,
}

/// What is reported of the incumbent.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSpec {
    /// The validation metric; the objective if left out.
    #[serde(default)]
    pub valid: Option<MeasureSpec>,
    /// The test metric; `test_acc` at the schedule of `valid` if left out and present.
    #[serde(default)]
    pub test: Option<MeasureSpec>,
}

/// What a trial costs: one metric in seconds, or several that are added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a metric, such as { metric = \"train_seconds\" }, or a list of metrics")]
pub enum CostSpec {
    /// One metric.
    One(MeasureSpec),
    /// Several, added; none for no cost.
    Sum(Vec<MeasureSpec>),
}

impl CostSpec {
    /// The metrics.
    pub fn measures(&self) -> &[MeasureSpec] {
        match self {
            Self::One(measure) => std::slice::from_ref(measure),
            Self::Sum(measures) => measures,
        }
    }
}
