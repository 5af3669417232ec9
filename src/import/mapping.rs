//! The mapping language: a TOML file that says which column of a file is what. It is described in `docs/mapping.md`.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use indexmap::IndexSet;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use super::ImportError;
use super::cell101_line::Cell101Columns;
use super::records::RecordFile;
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

/// A column that a mapping names, and the places of its replicate and epoch; a column of curves has no epoch.
pub(super) struct ColumnName {
    pub name: String,
    pub replicate: usize,
    pub epoch: Option<usize>,
}

/// A label: a text, or a whole number, which is written as its digits.
struct Label(String);

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(LabelVisitor).map(Self)
    }
}

struct LabelVisitor;

impl Visitor<'_> for LabelVisitor {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a label: a whole number, or a text between quotation marks, as the file has it")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

fn label<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    Label::deserialize(value).map(|label| label.0)
}

fn labels<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    Vec::<Label>::deserialize(value).map(|labels| labels.into_iter().map(|label| label.0).collect())
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
    pub(super) fn arch_columns(&self) -> impl Iterator<Item = &String> {
        let cell = self.cell101.iter().flat_map(|cell| [&cell.vertices, &cell.edges, &cell.operations]);
        self.arch.iter().chain(self.choices.iter().flatten()).chain(cell)
    }
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
        let mut mapping: Self = from_toml(text)?;
        mapping.metric.iter_mut().for_each(|metric| metric.complete(&mapping.shared));
        if let Some(message) = mapping.broken_rule() {
            return Err(StrictError { message, hint: None });
        }
        mapping.metric = mapping.metric.iter().flat_map(MetricMap::of_each_schedule).collect();
        Ok(mapping)
    }

    fn broken_rule(&self) -> Option<String> {
        if self.metric.is_empty() && self.fixed.is_empty() {
            return Some("declares no metric; add `[[metric]]` or `[[static]]`".into());
        }
        if self.delimiter.is_some_and(|letter| !letter.is_ascii() || letter == '"') {
            return Some("`delimiter` must be one ASCII character other than a quotation mark".into());
        }
        self.broken_line()
            .or_else(|| self.metric.iter().find_map(|metric| self.broken_metric(metric)))
            .or_else(|| self.fixed.iter().find_map(broken_static))
    }

    fn broken_line(&self) -> Option<String> {
        let (line, is_list) = (&self.line, matches!(self.space, SpaceSpec::Listed { .. }));
        let by_choices = line.choices.as_ref().is_some_and(|columns| !columns.is_empty());
        let ways = [line.arch.is_some(), by_choices, line.cell101.is_some()];
        let counts = match (&line.choices, &self.space) {
            (Some(columns), SpaceSpec::Choices { choice, .. }) => [columns.len(), choice.len()],
            _ => [0, 0],
        };
        if counts[0] != counts[1] {
            let [columns, choices] = counts;
            return Some(format!(
                "`line.choices` names {columns} columns for a space of {choices} choices: each has one"
            ));
        }
        let broken = if ways.iter().filter(|way| **way).count() != 1 {
            "`line` needs either `arch` (the column with the name), `choices` (a column for each choice) or `cell101`"
        } else if line.cell101.is_some() && self.space != SpaceSpec::Cell101 {
            "`line.cell101` needs the space `cell101`"
        } else if line.choices.is_some() && !matches!(self.space, SpaceSpec::Choices { .. }) {
            "`line.choices` needs a space of kind `choices`"
        } else if line.features.as_ref().is_some_and(|columns| !is_list || columns.is_empty()) {
            "`line.features` needs a space of kind `listed`, and at least one column"
        } else if line.name.is_some() && is_list {
            "`line.name` is for spaces whose architectures have names of their own; in a space `listed`, `line.arch` is the name"
        } else {
            return None;
        };
        Some(broken.into())
    }

    fn broken_metric(&self, metric: &MetricMap) -> Option<String> {
        let name = &metric.name;
        let schedules = metric.schedules.len() + usize::from(!metric.schedule.is_empty());
        if metric.tasks.is_empty() || schedules == 0 || metric.epochs.is_empty() {
            return Some(format!("metric `{name}` needs `tasks`, `schedule` and `epochs`, there or in `[shared]`"));
        }
        if !metric.schedule.is_empty() && !metric.schedules.is_empty() {
            return Some(format!("metric `{name}` has both `schedule` and `schedules`: one says it"));
        }
        if metric.ragged && !metric.curve {
            return Some(format!("metric `{name}`: `ragged` is for lists of values: say `curve = true`, too"));
        }
        if metric.curve && (self.line.epoch.is_some() || metric.column.contains("{epoch}")) {
            return Some(format!(
                "metric `{name}`: with `curve` a cell holds all epochs; leave `line.epoch` and {{epoch}} out"
            ));
        }
        let axes = [
            ("{task}", "task", metric.tasks.len(), self.line.task.is_some()),
            ("{schedule}", "schedule", schedules, self.line.schedule.is_some()),
            ("{replicate}", "replicate", metric.replicates.len(), self.line.replicate.is_some()),
            ("{epoch}", "epoch", metric.epochs.len(), self.line.epoch.is_some() || metric.curve),
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

    /// The column that `[line]` names and a file does not have, although the metric needs it to tell its numbers apart.
    pub(super) fn absent_axis(&self, map: &MetricMap, columns: &[String]) -> Option<&String> {
        let marks = ["{task}", "{schedule}", "{replicate}", "{epoch}"];
        let needed = [true, true, map.replicates.len() > 1, map.epochs.len() > 1];
        let axes = self.line.axes().into_iter().zip(marks).zip(needed);
        let needed = axes.filter(|((_, mark), needed)| *needed && !map.column.contains(mark));
        needed.filter_map(|((column, _), _)| column).find(|column| !columns.contains(column))
    }

    /// All statics, families by their members.
    ///
    /// # Errors
    /// Says which family has no column in the files.
    pub(super) fn statics(&self, files: &[RecordFile]) -> Result<Vec<StaticMap>, ImportError> {
        let mut statics = Vec::new();
        for map in &self.fixed {
            let names = match &map.names {
                None => {
                    statics.push(map.clone());
                    continue;
                }
                Some(Names::Listed(names)) => names.iter().cloned().collect(),
                Some(Names::Fitting(_)) => self.fitting(map, files)?,
            };
            statics.extend(names.iter().map(|name| map.member(name)));
        }
        Ok(statics)
    }

    /// The names of a family by the columns that fit and that nothing else uses, in the order of the files.
    fn fitting(&self, family: &StaticMap, files: &[RecordFile]) -> Result<IndexSet<String>, ImportError> {
        let used = self.used_columns();
        let (before, after) = family.column.split_once("{name}").unwrap_or_default(); // the mapping was checked
        let name = |column: &String| {
            let name = column.strip_prefix(before)?.strip_suffix(after)?;
            (!name.is_empty() && !used.contains(column)).then(|| name.to_owned())
        };
        let names: IndexSet<String> = files.iter().flat_map(|file| &file.columns).filter_map(name).collect();
        if names.is_empty() {
            let label = files.first().map_or("", |file| &file.label);
            let what = format!("has no column like `{}` that nothing else in the mapping uses", family.column);
            return Err(ImportError::content(label, what));
        }
        Ok(names)
    }

    /// The columns that anything but an open family of statics uses.
    fn used_columns(&self) -> HashSet<String> {
        let line = &self.line;
        let single = [&line.arch, &line.name, &line.row].into_iter().flatten().chain(line.axes().into_iter().flatten());
        let listed = line.choices.iter().chain(&line.features).flatten();
        let mut used: HashSet<String> = single.chain(listed).cloned().collect();
        for metric in &self.metric {
            used.extend(metric.tasks.iter().flat_map(|task| metric.columns(task)).map(|column| column.name));
        }
        for map in &self.fixed {
            match &map.names {
                None => used.extend(map.columns().map(|column| column.name)),
                Some(Names::Listed(names)) => {
                    used.extend(names.iter().map(|name| map.column.replace("{name}", name)));
                }
                Some(Names::Fitting(_)) => {}
            }
        }
        used
    }
}

fn broken_static(fixed: &StaticMap) -> Option<String> {
    let name = &fixed.name;
    let marked = [name, &fixed.column].map(|text| text.contains("{name}"));
    match &fixed.names {
        None if marked != [false; 2] => {
            return Some(format!("static `{name}`: `{{name}}` stands for one of `names`, which are not given"));
        }
        Some(_) if marked != [true; 2] => {
            return Some(format!("static `{name}` has `names`: write {{name}} into `name` and `column`"));
        }
        Some(Names::Fitting(text)) if text != "*" => {
            return Some(format!(
                "static `{name}`: `names` is `{text}`, expected a list of names, or \"*\" for all columns that fit"
            ));
        }
        _ => {}
    }
    for (mark, axis, count) in
        [("{replicate}", "replicate", fixed.replicates.len()), ("{epoch}", "epoch", fixed.epochs.len())]
    {
        if count != 1 && !fixed.column.contains(mark) {
            return Some(format!("static `{name}` has {count} {axis}s but one column: write {mark} into `column`"));
        }
    }
    broken_scale(name, fixed.scale, fixed.derived.as_deref())
}

fn broken_scale(name: &str, scale: f64, derived: Option<&str>) -> Option<String> {
    if !scale.is_finite() || scale == 0.0 {
        return Some(format!("metric `{name}`: `scale` is {scale}, expected a finite number other than 0"));
    }
    (scale != 1.0 && derived.is_none())
        .then(|| format!("metric `{name}` has a `scale`: say in `derived` how and from what"))
}

impl Line {
    /// The columns that name a line's task, schedule, replicate and epoch.
    pub(super) fn axes(&self) -> [Option<&String>; 4] {
        [&self.task, &self.schedule, &self.replicate, &self.epoch].map(Option::as_ref)
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

    /// The columns of a task: one for each replicate and epoch, or one for each replicate where cells hold curves.
    pub(super) fn columns(&self, task: &str) -> impl Iterator<Item = ColumnName> + use<> {
        let pattern = self.column.replace("{task}", task).replace("{schedule}", &self.schedule);
        let epochs = if self.curve { &[] } else { self.epochs.as_slice() };
        column_names(&pattern, &self.replicates, epochs).into_iter()
    }
}

impl StaticMap {
    /// The columns, one for each replicate and epoch.
    pub(super) fn columns(&self) -> impl Iterator<Item = ColumnName> + use<> {
        column_names(&self.column, &self.replicates, &self.epochs).into_iter()
    }

    /// The member of the family with a name.
    fn member(&self, name: &str) -> Self {
        let fill = |text: &str| text.replace("{name}", name);
        Self { name: fill(&self.name), column: fill(&self.column), names: None, ..self.clone() }
    }
}

/// The columns of a pattern; without epochs, cells hold curves.
fn column_names(pattern: &str, replicates: &[String], epochs: &[u32]) -> Vec<ColumnName> {
    let mut columns = Vec::new();
    for (replicate, label) in replicates.iter().enumerate() {
        let name = pattern.replace("{replicate}", label);
        let with_epoch = |(place, epoch): (usize, &u32)| {
            let name = name.replace("{epoch}", &epoch.to_string());
            ColumnName { name, replicate, epoch: Some(place) }
        };
        columns.extend(epochs.iter().enumerate().map(with_epoch));
        if epochs.is_empty() {
            columns.push(ColumnName { name, replicate, epoch: None });
        }
    }
    columns
}
