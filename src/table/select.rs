//! Choosing a part of a table by tasks, schedules and metrics.

use super::schema::{Metric, unknown};
use super::{Table, TableError};

/// Which metrics of a table are meant; an empty list means all. Statics always are.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The tasks.
    pub tasks: Vec<String>,
    /// The schedules.
    pub schedules: Vec<String>,
    /// The metrics; a static may be named too.
    pub metrics: Vec<String>,
}

/// A metric with where it stands in the table.
pub(super) struct Chosen<'t> {
    pub task: &'t str,
    pub schedule: &'t str,
    pub name: &'t str,
    pub metric: &'t Metric,
}

impl Selection {
    /// Whether everything is meant.
    pub fn is_whole(&self) -> bool {
        self.tasks.is_empty() && self.schedules.is_empty() && self.metrics.is_empty()
    }

    /// The chosen metrics in the order of the table.
    ///
    /// # Errors
    /// Names what the table does not have, with the nearest that it has, and refuses a choice that leaves no metric.
    pub(super) fn of<'t>(&self, table: &'t Table) -> Result<Vec<Chosen<'t>>, TableError> {
        self.check_known(table)?;
        let is_chosen = |wanted: &[String], name: &str| wanted.is_empty() || wanted.iter().any(|known| known == name);
        let mut chosen = all(table);
        let has_metrics = !chosen.is_empty();
        chosen.retain(|one| {
            is_chosen(&self.tasks, one.task)
                && is_chosen(&self.schedules, one.schedule)
                && is_chosen(&self.metrics, one.name)
        });
        let statics = &table.catalogue.statics;
        let asks_statics = match self.metrics.as_slice() {
            [] => !has_metrics && !statics.is_empty(),
            names => names.iter().all(|name| statics.contains_key(name)),
        };
        if chosen.is_empty() && !asks_statics {
            return Err(TableError::Content {
                table: table.name().to_owned(),
                what: "no metric has the chosen task, schedule and name together; `nasreplay table info` lists them"
                    .into(),
            });
        }
        Ok(chosen)
    }

    fn check_known(&self, table: &Table) -> Result<(), TableError> {
        let (catalogue, metrics) = (&table.catalogue, all(table));
        let schedules: Vec<String> = distinct(metrics.iter().map(|one| one.schedule));
        let names = metrics.iter().map(|one| one.name).chain(catalogue.statics.keys().map(String::as_str));
        let tasks: Vec<String> = catalogue.tasks.keys().cloned().collect();
        let asked = [
            ("task", &self.tasks, tasks),
            ("schedule", &self.schedules, schedules),
            ("metric", &self.metrics, distinct(names)),
        ];
        for (what, wanted, known) in asked {
            if let Some(absent) = wanted.iter().find(|name| !known.contains(name)) {
                return Err(unknown(what, absent, "the table", known.iter()));
            }
        }
        Ok(())
    }
}

/// All metrics of a table.
fn all(table: &Table) -> Vec<Chosen<'_>> {
    let mut metrics = Vec::new();
    for (task, schedules) in &table.catalogue.tasks {
        for (schedule, inner) in schedules {
            metrics.extend(inner.iter().map(|(name, metric)| Chosen { task, schedule, name, metric }));
        }
    }
    metrics
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if !distinct.iter().any(|known| known == name) {
            distinct.push(name.to_owned());
        }
    }
    distinct
}
