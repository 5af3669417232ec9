//! From a table and an overlay to a larger table.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::Array3;

use super::fallback::value_of;
use super::overlay::{Content, Trained};
use super::spec::TrainingSpec;
use crate::benchmark::Measure;
use crate::space::Arch;
use crate::table::{Metric, MetricColumn, MetricData, Table, TableBuilder, TableError};

/// Writes a table with the rows that it lacks and an overlay has for one of its tasks, after its own rows in the order of their codes. What trainings do not
/// measure, such as other tasks or latencies, is not measured in the new rows.
///
/// # Errors
/// Says what the table's file lacks, or why the new one could not be written.
pub fn extend(
    (table, task): (&Table, &str),
    content: &Content,
    spec: &TrainingSpec,
    name: &str,
    path: &Path,
) -> Result<Table, TableError> {
    let digest = spec.digest();
    let mut new: BTreeMap<Arch, Vec<&Trained>> = BTreeMap::new();
    let of_spec = content.trained.values().filter(|trained| trained.training == digest);
    of_spec
        .filter(|trained| table.row(trained.code).is_none())
        .for_each(|trained| new.entry(trained.code).or_default().push(trained));
    let archs: Vec<Arch> = table.archs().chain(new.keys().copied()).collect();
    let mut provenance = table.provenance().clone();
    provenance.notes.push(format!(
        "the last {} rows were trained by nasreplay {}: data {}, recipe `{}`, training {}",
        new.len(),
        env!("CARGO_PKG_VERSION"),
        spec.task,
        spec.schedule,
        digest.short()
    ));
    let mut builder = TableBuilder::new(name, spec.space.clone(), archs, provenance);
    for (of, schedules) in &table.catalogue().tasks {
        for (schedule, metrics) in schedules {
            for (metric, description) in metrics {
                let trained = (of == task && *schedule == spec.schedule).then_some(&new);
                let column = table.metric(of, schedule, metric)?;
                let values = values(&column, metric, schedule, trained, new.len());
                builder.metric(of, schedule, metric, MetricData { metric: bare(description), values })?;
            }
        }
    }
    for (metric, description) in &table.catalogue().statics {
        let values = values(&table.fixed(metric)?, metric, "", None, new.len());
        builder.fixed(metric, MetricData { metric: bare(description), values })?;
    }
    builder.write(path)
}

/// The description without what is computed when a table is written.
fn bare(metric: &Metric) -> Metric {
    Metric { optimum: None, ..metric.clone() }
}

/// A column's numbers, then those of the new rows as far as they were trained for it.
fn values(
    column: &MetricColumn,
    name: &str,
    schedule: &str,
    trained: Option<&BTreeMap<Arch, Vec<&Trained>>>,
    new: usize,
) -> Array3<f64> {
    let metric = column.metric();
    let (replicates, epochs) = (metric.labels.len(), metric.epochs.len());
    let rows = column.rows();
    let mut values = Array3::from_elem((rows + new, replicates, epochs), f64::NAN);
    for ((row, replicate, epoch), value) in values.indexed_iter_mut().filter(|((row, ..), _)| *row < rows) {
        *value = column.value(row, replicate, epoch);
    }
    for (place, trainings) in trained.into_iter().flat_map(|trained| trained.values().enumerate()) {
        for training in trainings.iter().filter(|training| (training.replicate as usize) < replicates) {
            for (epoch, &at) in metric.epochs.iter().enumerate() {
                let measure =
                    Measure { metric: name.into(), schedule: schedule.into(), epoch: at, unit: metric.unit.clone() };
                values[[rows + place, training.replicate as usize, epoch]] = value_of(&training.outcome, &measure);
            }
        }
    }
    values
}
