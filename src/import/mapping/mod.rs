//! The mapping language: a TOML file that says which column of a file is what. It is described in `docs/mapping.md`.

mod columns;
mod label;
mod rules;

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use self::label::{label, labels};
use super::ImportError;
use super::cell101_line::Cell101Columns;
use crate::base::{StrictError, from_toml, read_text};
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
    /// What stands between the cells of a CSV line, where it is no comma.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// What metrics have in common unless they say otherwise.
    #[serde(default)]
    pub shared: Shared,
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
    /// ... or, for NAS-Bench-101's cells, the columns with vertices, edges and operations.
    #[serde(default)]
    pub cell101: Option<Cell101Columns>,
    /// The column with a published name of the architecture beside `arch`, such as a hash.
    #[serde(default)]
    pub name: Option<String>,
    /// For a space `listed`, the columns with the numbers that describe an architecture.
    #[serde(default)]
    pub features: Option<Vec<String>>,
    /// What cells of `arch` or `choices` are called in the space, where a file writes something else.
    #[serde(default)]
    pub aliases: HashMap<String, String>,
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

/// What metrics have in common unless they say otherwise.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shared {
    /// The tasks.
    #[serde(deserialize_with = "labels")]
    pub tasks: Vec<String>,
    /// The schedule.
    #[serde(deserialize_with = "label")]
    pub schedule: String,
    /// Several schedules with the same epochs.
    #[serde(deserialize_with = "labels")]
    pub schedules: Vec<String>,
    /// The epochs.
    pub epochs: Vec<u32>,
    /// The published labels of the replicates.
    #[serde(deserialize_with = "labels")]
    pub replicates: Vec<String>,
}

/// One metric, for one or several tasks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricMap {
    /// The metric's name in the table.
    pub name: String,
    /// The tasks that have it.
    #[serde(default, deserialize_with = "labels")]
    pub tasks: Vec<String>,
    /// The schedule that it belongs to ...
    #[serde(default, deserialize_with = "label")]
    pub schedule: String,
    /// ... or several, each of which has it. Once a mapping is read, there is a metric for each and none is left here.
    #[serde(default, deserialize_with = "labels")]
    pub schedules: Vec<String>,
    /// The epochs at which it stands, rising.
    #[serde(default)]
    pub epochs: Vec<u32>,
    /// The published labels of the replicates, in the publisher's order.
    #[serde(default, deserialize_with = "labels")]
    pub replicates: Vec<String>,
    /// The column; `{task}`, `{replicate}`, `{schedule}` and `{epoch}` stand for the present ones.
    pub column: String,
    /// Whether a cell holds the list of the values at all epochs.
    #[serde(default)]
    pub curve: bool,
    /// Whether such a list may be shorter than the epochs: the rest was not measured.
    #[serde(default)]
    pub ragged: bool,
    /// Whether it is right that no line has a number, which is otherwise taken for a mistake.
    #[serde(default)]
    pub empty: bool,
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

/// One static, or a family of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticMap {
    /// The static's name in the table; in a family, `{name}` stands for the present one.
    pub name: String,
    /// The names of a family, or `"*"` for all that fit a column which nothing else uses.
    #[serde(default)]
    pub names: Option<Names>,
    /// The column; in a family, `{name}` stands for the present one, and `{replicate}` and `{epoch}` as for metrics.
    pub column: String,
    /// The unit.
    pub unit: String,
    /// Which values are better.
    pub direction: Direction,
    /// What was measured, where that needs saying.
    #[serde(default)]
    pub split: String,
    /// The published labels of the replicates.
    #[serde(default = "one_label", deserialize_with = "labels")]
    pub replicates: Vec<String>,
    /// The epochs at which it stands: 0 where training plays no part.
    #[serde(default = "no_epoch")]
    pub epochs: Vec<u32>,
    /// Set when a published value is already an average, and over what.
    #[serde(default)]
    pub aggregated: Option<String>,
    /// How the numbers are stored.
    #[serde(default = "f64_type", rename = "type")]
    pub element: ElementType,
    /// What every number is multiplied by.
    #[serde(default = "one")]
    pub scale: f64,
    /// Set when the values are computed rather than published, and how; needed with `scale`.
    #[serde(default)]
    pub derived: Option<String>,
}

/// The names of a family of statics.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// `"*"`: all that fit.
    Fitting(String),
    /// These.
    Listed(Vec<String>),
}

fn one() -> f64 {
    1.0
}

fn no_epoch() -> Vec<u32> {
    vec![0]
}

fn one_label() -> Vec<String> {
    vec!["all".to_owned()]
}

fn f64_type() -> ElementType {
    ElementType::F64
}

impl Line {
    /// The columns that together say a line's architecture.
    pub(in crate::import) fn arch_columns(&self) -> impl Iterator<Item = &String> {
        let cell = self.cell101.iter().flat_map(|cell| [&cell.vertices, &cell.edges, &cell.operations]);
        self.arch.iter().chain(self.choices.iter().flatten()).chain(cell)
    }

    /// The columns that name a line's task, schedule, replicate and epoch.
    pub(in crate::import) fn axes(&self) -> [Option<&String>; 4] {
        [&self.task, &self.schedule, &self.replicate, &self.epoch].map(Option::as_ref)
    }
}

impl Mapping {
    /// Reads a mapping's file.
    ///
    /// # Errors
    /// Says line and column and the nearest known key, or which rule of the language is broken.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let text = read_text(path).map_err(|source| ImportError::Io { file: file.clone(), source })?;
        Self::parse(&text).map_err(|fault| ImportError::Mapping { file, fault })
    }

    /// Reads a mapping's text.
    ///
    /// # Errors
    /// As [`Mapping::read`].
    pub fn parse(text: &str) -> Result<Self, StrictError> {
        let mut mapping: Self = from_toml(text)?;
        mapping.metric.iter_mut().for_each(|metric| metric.complete(&mapping.shared));
        if let Some(message) = mapping.broken_rule() {
            return Err(StrictError { message, hint: None });
        }
        mapping.metric = mapping.metric.iter().flat_map(MetricMap::of_each_schedule).collect();
        Ok(mapping)
    }
}

impl MetricMap {
    /// Takes what is left out from what metrics have in common; without labels there is one replicate.
    fn complete(&mut self, shared: &Shared) {
        let mut complete = [(&mut self.tasks, &shared.tasks), (&mut self.replicates, &shared.replicates)];
        for (own, common) in complete.iter_mut().filter(|(own, _)| own.is_empty()) {
            (*own).clone_from(common);
        }
        if self.schedule.is_empty() && self.schedules.is_empty() {
            self.schedule.clone_from(&shared.schedule);
            self.schedules.clone_from(&shared.schedules);
        }
        if self.epochs.is_empty() {
            self.epochs.clone_from(&shared.epochs);
        }
        if self.replicates.is_empty() {
            self.replicates = one_label();
        }
    }

    /// The metric for each of its schedules.
    fn of_each_schedule(&self) -> Vec<Self> {
        let one = |schedule: &String| Self { schedule: schedule.clone(), schedules: Vec::new(), ..self.clone() };
        if self.schedules.is_empty() { vec![self.clone()] } else { self.schedules.iter().map(one).collect() }
    }
}
