//! A benchmark as an experiment file declares it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    #[serde(default, deserialize_with = "only_table")]
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
    #[serde(default, deserialize_with = "only_table")]
    pub train: TrainSpec,
    /// Whether such trainings must have been compared with the table's rows.
    #[serde(default)]
    pub calibration: CalibrationPolicy,
    /// See [`Incumbent`].
    #[serde(default)]
    pub incumbent: Incumbent,
    /// See [`SamplerKind`]; every row alike if left out, or with `missing = "train"` every architecture of the space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampler: Option<SamplerKind>,
    /// Must be set when the objective is a test metric.
    #[serde(default)]
    pub allow_test_objective: bool,
    /// Replaces the experiment's budget.
    #[serde(default, deserialize_with = "maybe_table", skip_serializing_if = "Option::is_none")]
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

/// A metric of the benchmark's task: its name alone, or a table; what is left out gets its default when the benchmark's table is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct MeasureSpec {
    /// The metric.
    pub metric: String,
    /// Its schedule; for the objective, the table's last, otherwise the objective's.
    #[serde(default)]
    pub schedule: Option<String>,
    /// Its epoch; the objective's where the schedule is the same and the metric has it, otherwise the last.
    #[serde(default)]
    pub epoch: Option<u32>,
    /// Of a cost that stands at another epoch than the objective: how it is shared out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
}

/// How the cost of a training is shared out among its epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Share {
    /// Every epoch costs the same: the objective's epoch by the cost's.
    Epochs,
}

impl MeasureSpec {
    /// A metric with all defaults.
    pub fn named(metric: &str) -> Self {
        Self { metric: metric.to_owned(), schedule: None, epoch: None, share: None }
    }
}

impl Serialize for MeasureSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for MeasureSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrTable;
        impl<'de> Visitor<'de> for NameOrTable {
            type Value = MeasureSpec;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a metric, such as \"valid_acc\" or { metric = \"valid_acc\", epoch = 12 }")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<MeasureSpec, E> {
                Ok(MeasureSpec::named(name))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MeasureSpec, A::Error> {
                MeasureSpec::deserialize(MapAccessDeserializer::new(map)) // the derived one
            }
        }
        deserializer.deserialize_any(NameOrTable)
    }
}

/// Reads a table of settings; an array is none, whose values would be taken for the first settings.
pub(crate) fn only_table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Table<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a table, such as { key = value }")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_any(Table(PhantomData))
}

/// As [`only_table`], for a setting that may be left out.
fn maybe_table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    only_table(deserializer).map(Some)
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
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CostSpec {
    /// One metric.
    One(MeasureSpec),
    /// Several, added; none for no cost.
    Sum(Vec<MeasureSpec>),
}

impl<'de> Deserialize<'de> for CostSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = CostSpec;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a metric, such as \"train_seconds\", or a list of metrics that are added")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<CostSpec, E> {
                Ok(CostSpec::One(MeasureSpec::named(name)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CostSpec, A::Error> {
                MeasureSpec::deserialize(MapAccessDeserializer::new(map)).map(CostSpec::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<CostSpec, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(CostSpec::Sum)
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
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
