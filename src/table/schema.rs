//! What a table's file says of itself: the catalogue, as JSON in an attribute, and its provenance.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::error::TableError;
use crate::base::Nanos;
use crate::space::{Arch, SpaceSpec};

/// The value of attribute `format`.
pub const FORMAT: &str = "nasreplay-table";

/// The version of the format that this build reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// The most rows of a table without a metric: no numbers vouch for them, and a damaged catalogue may claim any.
const MOST_BARE: u64 = 1 << 20;

/// Everything a table holds, without the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The space of the architectures.
    pub space: SpaceSpec,
    /// How many architectures the table holds.
    pub rows: usize,
    /// How an architecture's row is found.
    pub index: IndexKind,
    /// How many bytes the rows' published names take; absent where rows have none beside those of the space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<usize>,
    /// How many numbers describe each row of a space `listed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<usize>,
    /// Metrics by task, schedule and name, in the publisher's order.
    pub tasks: IndexMap<String, Schedules>,
    /// Metrics that belong to an architecture whatever it is trained on.
    #[serde(rename = "static")]
    pub statics: IndexMap<String, Metric>,
}

/// The schedules of a task, each with its metrics.
pub type Schedules = IndexMap<String, IndexMap<String, Metric>>;

/// How an architecture's row is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexKind {
    /// The row is the architecture's code.
    Identity,
    /// `/index/rows` holds the row of every code.
    Dense,
    /// `/index/slots` is an open-addressing hash table of rows, by the codes in `/arch/codes`.
    Hash,
}

/// What was measured, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The unit, as published: `percent`, `fraction`, `seconds` ...
    pub unit: String,
    /// Which values are better.
    pub direction: Direction,
    /// What was trained on and what was measured; empty for statics.
    #[serde(default)]
    pub split: String,
    /// The published labels of the replicates, in the publisher's order; one for a metric without replicates.
    pub labels: Vec<String>,
    /// The epochs at which the metric stands in the table, rising; one for a metric of the finished training.
    pub epochs: Vec<u32>,
    /// How the numbers are stored.
    #[serde(rename = "type")]
    pub element: ElementType,
    /// Set when a published value is already an average, and over what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregated: Option<String>,
    /// Set when the values were computed rather than published, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<String>,
    /// The best mean over replicates at the last epoch; absent where nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimum: Option<Optimum>,
}

/// Which values of a metric are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Higher is better.
    Maximise,
    /// Lower is better.
    Minimise,
}

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElementType {
    /// 4-byte floats.
    F32,
    /// 8-byte floats.
    F64,
}

/// The best of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimum {
    /// The best mean over the measured replicates at the last epoch.
    pub value: f64,
    /// Where it stands; the first of equals.
    pub row: usize,
    /// The architecture of that row.
    pub arch: Arch,
}

/// Where a table comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Who measured it, and where it was published.
    pub origin: String,
    /// The licence of the data.
    pub licence: String,
    /// The files that were read.
    pub sources: Vec<Source>,
    /// What read them, with its version.
    pub importer: String,
    /// What a user should know: mistakes of the publication, derived columns and how they were made.
    pub notes: Vec<String>,
    /// How it was trained, where this program did that: see the trainer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<serde_json::Value>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The file's name, without its folder.
    pub file: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Direction {
    /// 1 where higher is better, -1 where lower is.
    pub fn sign(self) -> f64 {
        match self {
            Self::Maximise => 1.0,
            Self::Minimise => -1.0,
        }
    }
}

impl Metric {
    /// Whether the metric is measured on data that a search must not see: its name begins with `test`, or its split says so.
    pub fn is_test(&self, name: &str) -> bool {
        name.starts_with("test") || self.split.contains("measured on test")
    }

    /// What makes the description impossible, if anything does.
    pub(super) fn broken_rule(&self) -> Option<String> {
        if self.epochs.is_empty() || !self.epochs.is_sorted_by(|early, late| early < late) {
            return Some(format!("epochs {:?} must be listed once each, rising", self.epochs));
        }
        if self.labels.iter().any(|label| label == "mean" || label == "random") {
            return Some("a replicate cannot be called `mean` or `random`, which mean something else".into());
        }
        let mut seen = HashSet::new();
        let listed_once = !self.labels.is_empty() && self.labels.iter().all(|label| seen.insert(label));
        (!listed_once).then(|| format!("replicates {:?} must be listed once each", self.labels))
    }

    /// Whether a number can be stored as a value of the metric: finite as it is stored and, for seconds, a time.
    pub(super) fn can_hold(&self, value: f64) -> bool {
        let stored = match self.element {
            ElementType::F32 => f64::from(value as f32),
            ElementType::F64 => value,
        };
        stored.is_finite() && (self.unit != "seconds" || Nanos::from_seconds(stored).is_ok())
    }

    /// Whether the metric stands at many epochs of one training.
    pub fn kind(&self) -> &'static str {
        if self.epochs.len() > 1 { "curve" } else { "final" }
    }

    /// The shape `[rows, replicates, epochs]` of the metric's values.
    pub fn shape(&self, rows: usize) -> [usize; 3] {
        [rows, self.labels.len(), self.epochs.len()]
    }

    /// The place of an epoch among the metric's epochs.
    pub fn epoch_place(&self, epoch: u32) -> Option<usize> {
        self.epochs.binary_search(&epoch).ok()
    }

    /// The last epoch; 0 for a static.
    pub fn last_epoch(&self) -> u32 {
        self.epochs.last().copied().unwrap_or(0)
    }
}

impl Catalogue {
    /// Whether the catalogue can describe a table of a space of this size.
    pub(super) fn check(&self, space_size: u64) -> Result<(), String> {
        let rows = self.rows as u64;
        if rows > u64::from(u32::MAX) - 1 || self.index == IndexKind::Identity && rows > space_size {
            return Err(format!("{rows} rows are more than the space or the format allows"));
        }
        if self.features.is_some() && !matches!(self.space, SpaceSpec::Listed { .. }) {
            return Err("features need a space `listed`".into());
        }
        if rows > MOST_BARE && self.columns().next().is_none() {
            return Err(format!("{rows} rows have no metric"));
        }
        for (path, metric) in self.columns() {
            let optimum = metric.optimum.as_ref();
            let possible = |best: &Optimum| best.row < self.rows && best.arch.0 < space_size && best.value.is_finite();
            if let Some(what) = metric.broken_rule() {
                return Err(format!("`{path}`: {what}"));
            }
            if !optimum.is_none_or(possible) {
                return Err(format!("`{path}`: the optimum is impossible, such as a mean that is not finite"));
            }
        }
        Ok(())
    }

    /// The schedules of a task.
    ///
    /// # Errors
    /// Names the nearest task.
    pub fn schedules(&self, task: &str) -> Result<&Schedules, TableError> {
        self.tasks.get(task).ok_or_else(|| unknown("task", task, "the table", self.tasks.keys()))
    }

    /// The metrics of a task's schedule.
    ///
    /// # Errors
    /// Names the nearest task or schedule.
    pub fn metrics(&self, task: &str, schedule: &str) -> Result<&IndexMap<String, Metric>, TableError> {
        let schedules = self.schedules(task)?;
        schedules
            .get(schedule)
            .ok_or_else(|| unknown("schedule", schedule, &format!("task `{task}`"), schedules.keys()))
    }

    /// A metric of a task's schedule.
    ///
    /// # Errors
    /// Names the nearest task, schedule or metric.
    pub fn metric(&self, task: &str, schedule: &str, metric: &str) -> Result<&Metric, TableError> {
        let metrics = self.metrics(task, schedule)?;
        let within = format!("schedule `{schedule}` of task `{task}`");
        metrics.get(metric).ok_or_else(|| unknown("metric", metric, &within, metrics.keys()))
    }

    /// The last schedule of a task that trains, which is what is meant where none is named: measurements of hardware stand at epoch 0, and so
    /// do trainings whose epochs were not published, which are taken where there is nothing else.
    ///
    /// # Errors
    /// Names the nearest task, or says that the task has no schedule.
    pub fn last_schedule(&self, task: &str) -> Result<&str, TableError> {
        let schedules = self.schedules(task)?;
        let last = schedules.iter().rev().find(|(_, metrics)| trains(metrics)).map(|(name, _)| name);
        last.or_else(|| schedules.keys().next_back())
            .map(String::as_str)
            .ok_or_else(|| unknown("schedule", "", &format!("task `{task}`"), [].iter()))
    }

    /// Every metric with the path of its data set, in the order of the catalogue.
    pub fn columns(&self) -> impl Iterator<Item = (String, &Metric)> {
        let tasks = self.tasks.iter().flat_map(|(task, schedules)| {
            schedules.iter().flat_map(move |(schedule, metrics)| {
                metrics.iter().map(move |(name, metric)| (metric_path(task, schedule, name), metric))
            })
        });
        tasks.chain(self.statics.iter().map(|(name, metric)| (static_path(name), metric)))
    }
}

/// Where a metric's data set stands in the file.
pub fn metric_path(task: &str, schedule: &str, metric: &str) -> String {
    format!("tasks/{task}/{schedule}/{metric}")
}

/// Where a static's data set stands in the file.
pub fn static_path(name: &str) -> String {
    format!("static/{name}")
}

/// Whether a schedule trains for so many epochs that were published.
pub(super) fn trains(metrics: &IndexMap<String, Metric>) -> bool {
    metrics.values().any(|metric| metric.last_epoch() > 0)
}

pub(super) fn unknown<'a>(
    what: &'static str,
    name: &str,
    within: &str,
    known: impl Iterator<Item = &'a String>,
) -> TableError {
    TableError::Unknown { what, name: name.to_owned(), within: within.to_owned(), known: known.cloned().collect() }
}
