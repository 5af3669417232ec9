//! The columns that a mapping names: of metrics by their labels, of families of statics by what the files have.

use std::collections::HashSet;

use indexmap::IndexSet;

use super::{Mapping, MetricMap, Names, StaticMap};
use crate::import::ImportError;
use crate::import::records::RecordFile;

/// A column that a mapping names, and the places of its replicate and epoch; a column of curves has no epoch.
pub(in crate::import) struct ColumnName {
    pub name: String,
    pub replicate: usize,
    pub epoch: Option<usize>,
}

/// The most statics that a family of all fitting columns makes: each is a column of the table with a description of its own.
const MOST_MEMBERS: usize = 10_000;

impl Mapping {
    /// The column that `[line]` names and a file does not have, although the metric needs it to tell its numbers apart.
    pub(in crate::import) fn absent_axis(&self, map: &MetricMap, columns: &[String]) -> Option<&String> {
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
    pub(in crate::import) fn statics(&self, files: &[RecordFile]) -> Result<Vec<StaticMap>, ImportError> {
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
        if names.len() > MOST_MEMBERS {
            let label = files.first().map_or("", |file| &file.label);
            let what = format!(
                "has {} columns like `{}`, at most {MOST_MEMBERS} make statics: name those that are meant",
                names.len(),
                family.column
            );
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

impl MetricMap {
    /// The columns of a task: one for each replicate and epoch, or one for each replicate where cells hold curves.
    pub(in crate::import) fn columns(&self, task: &str) -> impl Iterator<Item = ColumnName> + use<> {
        let pattern = self.column.replace("{task}", task).replace("{schedule}", &self.schedule);
        let epochs = if self.curve { &[] } else { self.epochs.as_slice() };
        column_names(&pattern, &self.replicates, epochs).into_iter()
    }
}

impl StaticMap {
    /// The columns, one for each replicate and epoch.
    pub(in crate::import) fn columns(&self) -> impl Iterator<Item = ColumnName> + use<> {
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
