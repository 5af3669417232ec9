//! From a table and an overlay to a larger table.

use std::path::Path;

use ndarray::Array3;

use super::merge::fill;
use super::overlay::Content;
use super::spec::TrainingSpec;
use crate::space::Arch;
use crate::table::{Metric, MetricColumn, MetricData, Table, TableBuilder, TableError};

/// Writes a table with the rows that it lacks and an overlay has for one of its tasks, after its own rows in the order of their codes.
/// What trainings do not measure, such as other tasks or latencies, is not measured in the new rows.
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
    let mut new = content.of(digest);
    new.retain(|arch, _| table.row(*arch).is_none());
    let archs: Vec<Arch> = table.archs().chain(new.keys().copied()).collect();
    let mut provenance = table.provenance().clone();
    let lost = new.values().flatten().filter(|trained| trained.outcome.diverged.is_some()).count();
    if lost > 0 {
        let all = new.values().flatten().count();
        provenance
            .notes
            .push(format!("{lost} of {all} trainings of the last rows diverged: their values are not measured"));
    }
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
                let mut values = longer(&table.metric(of, schedule, metric)?, new.len());
                if of == task && *schedule == spec.schedule {
                    fill(&mut values, table.rows(), metric, description, &new);
                }
                builder.metric(of, schedule, metric, MetricData { metric: bare(description), values })?;
            }
        }
    }
    for (metric, description) in &table.catalogue().statics {
        let values = longer(&table.fixed(metric)?, new.len());
        builder.fixed(metric, MetricData { metric: bare(description), values })?;
    }
    builder.write(path)
}

/// The description without what is computed when a table is written.
fn bare(metric: &Metric) -> Metric {
    Metric { optimum: None, ..metric.clone() }
}

/// A column's numbers, then `new` rows that are not measured.
fn longer(column: &MetricColumn, new: usize) -> Array3<f64> {
    let rows = column.rows();
    Array3::from_shape_fn(column.metric().shape(rows + new), |(row, replicate, epoch)| {
        if row < rows { column.value(row, replicate, epoch) } else { f64::NAN }
    })
}
