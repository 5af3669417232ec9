//! The arrays that an import fills.

use std::collections::HashSet;

use ndarray::Array3;

use super::labels;
use crate::import::mapping::{MetricMap, StaticMap};
use crate::import::records::{RecordFile, no_column};
use crate::import::{ImportError, Mapping};
use crate::table::{Metric, MetricData, TableBuilder};

/// A metric of one task, or a static, and its numbers `[rows, replicates, epochs]`, NaN until they are found.
pub(super) struct Target<M> {
    pub map: M,
    /// The task; empty for a static.
    pub task: String,
    pub values: Array3<f64>,
}

/// All targets of an import.
pub(super) struct Targets<'m> {
    pub rows: usize,
    pub metrics: Vec<Target<&'m MetricMap>>,
    pub statics: Vec<Target<&'m StaticMap>>,
}

impl<'m> Targets<'m> {
    pub(super) fn new(mapping: &'m Mapping, statics: &'m [StaticMap], rows: usize) -> Self {
        let empty =
            |replicates: &[String], epochs: &[u32]| Array3::from_elem((rows, replicates.len(), epochs.len()), f64::NAN);
        let of_metric = |map: &'m MetricMap| {
            let target =
                move |task: &String| Target { map, task: task.clone(), values: empty(&map.replicates, &map.epochs) };
            map.tasks.iter().map(target)
        };
        let metrics = mapping.metric.iter().flat_map(of_metric).collect();
        let of_static =
            |map: &'m StaticMap| Target { map, task: String::new(), values: empty(&map.replicates, &map.epochs) };
        Self { rows, metrics, statics: statics.iter().map(of_static).collect() }
    }

    /// A metric without any number is a misspelt task or label, unless the mapping says that it is empty.
    pub(super) fn check_none_empty(&self, files: &[RecordFile]) -> Result<(), ImportError> {
        let is_empty =
            |target: &&Target<&MetricMap>| !target.map.empty && target.values.iter().all(|value| value.is_nan());
        let Some(Target { map, task, .. }) = self.metrics.iter().find(is_empty) else { return Ok(()) };
        let what =
            format!("no line has a number for metric `{}` of task `{task}`, schedule `{}`", map.name, map.schedule);
        let hint = "check the mapping's `tasks`, `schedule`, `replicates` and `epochs` against the file, or say `empty = true`";
        Err(ImportError::Content { file: labels(files), what, hint: Some(hint.into()) })
    }

    /// Every column of the mapping must feed its target from one of the files.
    pub(super) fn check_all_found(
        &self,
        mapping: &Mapping,
        found: &HashSet<String>,
        files: &[RecordFile],
    ) -> Result<(), ImportError> {
        let Some((absent, map)) = self.columns().find(|(column, _)| !found.contains(column)) else { return Ok(()) };
        let axis = map.and_then(|map| {
            let there = files.iter().find(|file| file.columns.contains(&absent))?;
            mapping.absent_axis(map, &there.columns).map(|axis| (there, axis))
        });
        match axis {
            Some((file, axis)) => Err(ImportError::content(
                &file.label,
                format!("has column `{absent}`, but no column `{axis}`, which `[line]` names"),
            )),
            None => {
                let known = files.iter().flat_map(|file| file.columns.iter().map(String::as_str));
                Err(no_column(&labels(files), &absent, known))
            }
        }
    }

    /// The columns that the mapping names for metrics and statics.
    fn columns(&self) -> impl Iterator<Item = (String, Option<&'m MetricMap>)> + use<'_, 'm> {
        let metrics = self
            .metrics
            .iter()
            .flat_map(|target| target.map.columns(&target.task).map(|column| (column.name, Some(target.map))));
        metrics.chain(self.statics.iter().flat_map(|target| target.map.columns().map(|column| (column.name, None))))
    }

    pub(super) fn add_to(self, table: &mut TableBuilder) -> Result<(), ImportError> {
        for Target { map, task, values } in self.metrics {
            table.metric(&task, &map.schedule, &map.name, MetricData { metric: describe(map), values })?;
        }
        for Target { map, values, .. } in self.statics {
            table.fixed(&map.name, MetricData { metric: describe_static(map), values })?;
        }
        Ok(())
    }
}

fn describe(map: &MetricMap) -> Metric {
    Metric {
        unit: map.unit.clone(),
        direction: map.direction,
        split: map.split.clone(),
        labels: map.replicates.clone(),
        epochs: map.epochs.clone(),
        element: map.element,
        aggregated: map.aggregated.clone(),
        derived: map.derived.clone(),
        optimum: None,
    }
}

fn describe_static(map: &StaticMap) -> Metric {
    Metric {
        unit: map.unit.clone(),
        direction: map.direction,
        split: map.split.clone(),
        labels: map.replicates.clone(),
        epochs: map.epochs.clone(),
        element: map.element,
        aggregated: map.aggregated.clone(),
        derived: map.derived.clone(),
        optimum: None,
    }
}
