//! The mapping language: a TOML file that says which column of a CSV file is what. It is described in `docs/mapping.md`.

use std::path::Path;

use serde::Deserialize;

use super::ImportError;
use crate::base::{StrictError, from_toml};
use crate::space::SpaceSpec;
use crate::table::{Direction, ElementType};

/// What a mapping file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The table's name.
    pub name: String,
    /// The table's space.
    pub space: SpaceSpec,
    /// Which columns say what a line is about.
    pub line: Line,
    /// Where the data come from.
    pub provenance: Origin,
    /// Texts that mean "not measured", beside the empty one and `nan`.
    #[serde(default)]
    pub missing: Vec<String>,
    /// The metrics that depend on task and schedule.
    #[serde(default)]
    pub metric: Vec<MetricMap>,
    /// The metrics of an architecture alone.
    #[serde(default, rename = "static")]
    pub fixed: Vec<StaticMap>,
}

/// Which columns say what a line is about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The column with the architecture's published name ...
    #[serde(default)]
    pub arch: Option<String>,
    /// ... or, for a space of choices, one column a choice, in the order of the choices.
    #[serde(default)]
    pub choices: Option<Vec<String>>,
    /// The column with the published row number; without it rows are numbered as the architectures appear.
    #[serde(default)]
    pub row: Option<String>,
    /// The column that names the line's task, where a file has a line for each.
    #[serde(default)]
    pub task: Option<String>,
    /// The column that names the line's replicate, where a file has a line for each.
    #[serde(default)]
    pub replicate: Option<String>,
    /// The column that names the line's epoch, where a file has a line for each.
    #[serde(default)]
    pub epoch: Option<String>,
    /// The column that names the line's schedule, where a file has a line for each.
    #[serde(default)]
    pub schedule: Option<String>,
}

/// Where the data come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Who measured it, and where it was published.
    pub origin: String,
    /// The licence of the data.
    pub licence: String,
    /// What a user should know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// One metric, for one or several tasks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricMap {
    /// The metric's name in the table.
    pub name: String,
    /// The tasks that have it.
    pub tasks: Vec<String>,
    /// The schedule that it belongs to.
    pub schedule: String,
    /// The epochs at which it stands, rising.
    pub epochs: Vec<u32>,
    /// The published labels of the replicates, in the publisher's order.
    #[serde(default = "one_label")]
    pub replicates: Vec<String>,
    /// The column; `{task}`, `{replicate}`, `{schedule}` and `{epoch}` stand for the present ones.
    pub column: String,
    /// The unit, as published.
    pub unit: String,
    /// Which values are better.
    pub direction: Direction,
    /// What was trained on and what was measured.
    pub split: String,
    /// Set when a published value is already an average, and over what.
    #[serde(default)]
    pub aggregated: Option<String>,
    /// What every number is multiplied by.
    #[serde(default = "one")]
    pub scale: f64,
    /// Set when the values are computed rather than published, and how; needed with `scale`.
    #[serde(default)]
    pub derived: Option<String>,
    /// How the numbers are stored.
    #[serde(default = "f64_type", rename = "type")]
    pub element: ElementType,
}

/// One static.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticMap {
    /// The static's name in the table.
    pub name: String,
    /// The column.
    pub column: String,
    /// The unit.
    pub unit: String,
    /// Which values are better.
    pub direction: Direction,
    /// What every number is multiplied by.
    #[serde(default = "one")]
    pub scale: f64,
    /// Set when the values are computed rather than published, and how; needed with `scale`.
    #[serde(default)]
    pub derived: Option<String>,
}

fn one() -> f64 {
    1.0
}

fn one_label() -> Vec<String> {
    vec!["all".to_owned()]
}

fn f64_type() -> ElementType {
    ElementType::F64
}

impl Mapping {
    /// Reads a mapping's file.
    ///
    /// # Errors
    /// Says line and column and the nearest known key, or which rule of the language is broken.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ImportError::Io { file: file.clone(), source })?;
        Self::parse(&text).map_err(|fault| ImportError::Mapping { file, fault })
    }

    /// Reads a mapping's text.
    ///
    /// # Errors
    /// As [`Mapping::read`].
    pub fn parse(text: &str) -> Result<Self, StrictError> {
        let mapping: Self = from_toml(text)?;
        match mapping.broken_rule() {
            Some(message) => Err(StrictError { message, hint: None }),
            None => Ok(mapping),
        }
    }

    fn broken_rule(&self) -> Option<String> {
        if self.line.arch.is_some() == self.line.choices.is_some() {
            return Some(
                "`line` needs either `arch` (the column with the name) or `choices` (a column for each choice)".into(),
            );
        }
        if self.line.choices.is_some() && !matches!(self.space, SpaceSpec::Choices { .. }) {
            return Some("`line.choices` needs a space of kind `choices`".into());
        }
        if self.metric.is_empty() && self.fixed.is_empty() {
            return Some("declares no metric; add `[[metric]]` or `[[static]]`".into());
        }
        self.metric
            .iter()
            .find_map(|metric| self.broken_metric(metric))
            .or_else(|| self.fixed.iter().find_map(broken_static))
    }

    fn broken_metric(&self, metric: &MetricMap) -> Option<String> {
        let name = &metric.name;
        if metric.tasks.is_empty() || metric.epochs.is_empty() || metric.replicates.is_empty() {
            return Some(format!("metric `{name}`: `tasks`, `epochs` and `replicates` must not be empty"));
        }
        let axes = [
            ("{task}", "task", metric.tasks.len(), self.line.task.is_some()),
            ("{replicate}", "replicate", metric.replicates.len(), self.line.replicate.is_some()),
            ("{epoch}", "epoch", metric.epochs.len(), self.line.epoch.is_some()),
        ];
        for (mark, axis, count, has_column) in axes {
            if count > 1 && !has_column && !metric.column.contains(mark) {
                return Some(format!(
                    "metric `{name}` has {count} {axis}s but one column: write {mark} into `column`, or name `line.{axis}`"
                ));
            }
        }
        broken_scale(name, metric.scale, metric.derived.as_deref())
    }
}

fn broken_static(fixed: &StaticMap) -> Option<String> {
    broken_scale(&fixed.name, fixed.scale, fixed.derived.as_deref())
}

fn broken_scale(name: &str, scale: f64, derived: Option<&str>) -> Option<String> {
    if !scale.is_finite() || scale == 0.0 {
        return Some(format!("metric `{name}`: `scale` is {scale}, expected a finite number other than 0"));
    }
    (scale != 1.0 && derived.is_none())
        .then(|| format!("metric `{name}` has a `scale`: say in `derived` how and from what"))
}

impl MetricMap {
    /// The column of one task, replicate and epoch.
    pub(super) fn column_of(&self, task: &str, replicate: &str, epoch: u32) -> String {
        self.column
            .replace("{task}", task)
            .replace("{replicate}", replicate)
            .replace("{schedule}", &self.schedule)
            .replace("{epoch}", &epoch.to_string())
    }
}
