//! `nasreplay table`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::audit::Audit;
use super::export::Export;
use super::merge::Merge;
use super::query::Query;
use super::slice::Slice;
use super::{Answer, CliError, import::announce, output};
use crate::table::{Found, Metric, MetricColumn, Table, TableError, convert, known_tables};

/// Lists, describes, queries and checks tables.
#[derive(Debug, Subcommand)]
pub enum TableCommand {
    /// Lists the tables that can be opened by name
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Prints what a table holds
    Info {
        /// A table, by path or name
        table: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Looks architectures up
    Query(Query),
    /// Prints the best architecture by a metric
    Best {
        /// A table, by path or name
        table: String,
        #[command(flatten)]
        place: Place,
        /// The metric, or a static
        #[arg(long)]
        metric: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Reads a whole table and checks it against its digest; exit code 1 when something is wrong
    Verify {
        /// A table, by path or name
        table: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Reads everything and reports what makes comparisons wrong; exit code 1 when something is
    Audit(Audit),
    /// Writes a chunked, compressed, unaligned or big-endian table anew, so that it can be mapped
    Convert {
        /// The table's file
        table: PathBuf,
        /// The new table's file
        #[arg(short, long, value_name = "TABLE.h5")]
        out: PathBuf,
    },
    Export(Export),
    Merge(Merge),
    Slice(Slice),
}

/// A place in a table.
#[derive(Debug, Args)]
pub struct Place {
    /// The task
    #[arg(long)]
    pub task: String,
    /// The schedule; the task's last if left out
    #[arg(long)]
    pub schedule: Option<String>,
    /// The epoch; the metric's last if left out
    #[arg(long)]
    pub epoch: Option<u32>,
}

impl TableCommand {
    pub(super) fn run(self) -> Answer {
        match self {
            Self::List { json } => list(json)?,
            Self::Info { table, json } => {
                let table = Table::find(&table)?;
                if json { output::print_json(&info(&table))? } else { output::print(&info_text(&table))? }
            }
            Self::Query(query) => query.run()?,
            Self::Best { table, place, metric, json } => best(&Table::find(&table)?, &place, &metric, json)?,
            Self::Verify { table, json } => return verify(&Table::find(&table)?, json),
            Self::Audit(audit) => return audit.run(),
            Self::Convert { table, out } => announce(&convert(&table, &out)?, &out),
            Self::Export(export) => return export.run(),
            Self::Merge(merge) => return merge.run(),
            Self::Slice(slice) => return slice.run(),
        }
        Ok(true)
    }
}

fn list(as_json: bool) -> Result<(), CliError> {
    let found = known_tables();
    if as_json {
        let value = |found: &Found| json!({ "name": found.name, "path": found.path });
        return output::print_json(&found.iter().map(value).collect::<Vec<_>>());
    }
    let line = |found: Found| {
        let place = found.path.map_or("part of the program".to_owned(), |path| path.display().to_string());
        format!("{}  {place}\n", found.name)
    };
    output::print(&found.into_iter().map(line).collect::<String>())
}

fn info(table: &Table) -> Value {
    let catalogue = table.catalogue();
    let metrics = |metrics: &indexmap::IndexMap<String, Metric>| {
        metrics.iter().map(|(name, metric)| (name.clone(), describe(table, metric))).collect::<serde_json::Map<_, _>>()
    };
    let schedules = |schedules: &crate::table::Schedules| {
        schedules
            .iter()
            .map(|(name, inner)| (name.clone(), Value::Object(metrics(inner))))
            .collect::<serde_json::Map<_, _>>()
    };
    let tasks: serde_json::Map<_, _> =
        catalogue.tasks.iter().map(|(task, inner)| (task.clone(), Value::Object(schedules(inner)))).collect();
    json!({
        "name": table.name(),
        "digest": table.digest(),
        "space": { "name": table.space().name(), "size": table.space().size() },
        "rows": table.rows(),
        "tasks": tasks,
        "static": metrics(&catalogue.statics),
        "provenance": table.provenance(),
    })
}

fn describe(table: &Table, metric: &Metric) -> Value {
    let optimum = metric
        .optimum
        .as_ref()
        .map(|best| json!({ "value": best.value, "row": best.row, "arch": table.space().write(best.arch) }));
    json!({
        "unit": metric.unit,
        "direction": metric.direction,
        "split": metric.split,
        "replicates": metric.labels.len(),
        "labels": metric.labels,
        "epochs": metric.epochs,
        "aggregated": metric.aggregated,
        "derived": metric.derived,
        "optimum": optimum,
    })
}

fn info_text(table: &Table) -> String {
    let (catalogue, provenance) = (table.catalogue(), table.provenance());
    let mut text = format!(
        "{}: {} rows of space {} ({} architectures)\ndigest {}\norigin: {}\nlicence: {}\n",
        table.name(),
        table.rows(),
        table.space().name(),
        table.space().size(),
        table.digest(),
        provenance.origin,
        provenance.licence
    );
    text.extend(provenance.notes.iter().map(|note| format!("note: {note}\n")));
    for (task, schedules) in &catalogue.tasks {
        for (schedule, metrics) in schedules {
            text += &format!("\ntask {task}, schedule {schedule}\n");
            text.extend(metrics.iter().map(|(name, metric)| metric_line(name, metric)));
        }
    }
    text += if catalogue.statics.is_empty() { "" } else { "\nstatic\n" };
    text.extend(catalogue.statics.iter().map(|(name, metric)| metric_line(name, metric)));
    text
}

fn metric_line(name: &str, metric: &Metric) -> String {
    let best = metric.optimum.as_ref();
    let best = best.map_or("nothing measured".to_owned(), |best| format!("best {} in row {}", best.value, best.row));
    let replicates = match metric.labels.as_slice() {
        [_] => String::new(),
        labels => format!(", replicates {}", labels.join(" ")),
    };
    let epochs = match metric.epochs.as_slice() {
        [_] => String::new(),
        [first, .., last] => format!(", {} epochs from {first} to {last}", metric.epochs.len()),
        [] => String::new(),
    };
    let better = if metric.direction.sign() > 0.0 { "higher" } else { "lower" };
    let marks = [("average of", &metric.aggregated), ("derived:", &metric.derived)];
    let marks = marks.iter().filter_map(|(what, value)| value.as_ref().map(|value| format!(", {what} {value}")));
    format!("  {name} ({}, {better} is better{replicates}{epochs}): {best}{}\n", metric.unit, marks.collect::<String>())
}

/// A metric of the schedule or, where it has none of that name, a static.
pub(super) fn metric_or_static(
    table: &Table,
    task: &str,
    schedule: &str,
    name: &str,
) -> Result<MetricColumn, TableError> {
    let has = table.catalogue().metrics(task, schedule)?.contains_key(name);
    if !has && table.catalogue().statics.contains_key(name) {
        table.fixed(name)
    } else {
        table.metric(task, schedule, name)
    }
}

pub(super) fn schedule(table: &Table, place: &Place) -> Result<String, TableError> {
    match &place.schedule {
        Some(schedule) => Ok(schedule.clone()),
        None => table.catalogue().last_schedule(&place.task).map(str::to_owned),
    }
}

pub(super) fn epoch_place(metric: &Metric, epoch: Option<u32>) -> Option<usize> {
    epoch.map_or(Some(metric.epochs.len() - 1), |epoch| metric.epoch_place(epoch))
}

pub(super) fn bad_epoch(table: &Table, name: &str, metric: &Metric, epoch: Option<u32>) -> CliError {
    let within = format!("`{}`: metric `{name}`", table.label());
    let number = u64::from(epoch.unwrap_or(0));
    TableError::Range { what: "epoch", number, within, expected: format!("one of {:?}", metric.epochs) }.into()
}

fn best(table: &Table, place: &Place, metric: &str, as_json: bool) -> Result<(), CliError> {
    let schedule = schedule(table, place)?;
    let column = metric_or_static(table, &place.task, &schedule, metric)?;
    let epoch = epoch_place(column.metric(), place.epoch)
        .ok_or_else(|| bad_epoch(table, metric, column.metric(), place.epoch))?;
    let (row, value) = column.best(epoch).ok_or_else(|| TableError::Content {
        table: table.name().to_owned(),
        what: format!("no row was measured by `{metric}` at this epoch"),
    })?;
    let arch = table.space().write(table.arch(row));
    if as_json {
        return output::print_json(&json!({ "row": row, "arch": arch, "task": place.task, "schedule": schedule,
            "epoch": column.metric().epochs[epoch], "metric": metric, "replicate": "mean", "value": value }));
    }
    output::print(&format!("row {row}  {arch}  {metric} (mean)  {value} {}\n", column.metric().unit))
}

fn verify(table: &Table, as_json: bool) -> Answer {
    let findings = table.verify()?;
    let sound = findings.is_empty();
    if as_json {
        let findings: Vec<_> =
            findings.iter().map(|finding| json!({ "place": finding.place, "what": finding.what })).collect();
        output::print_json(
            &json!({ "table": table.label(), "digest": table.digest(), "sound": sound, "findings": findings }),
        )?;
        return Ok(sound);
    }
    output::print(
        &findings.iter().map(|finding| format!("{}: {}\n", finding.place, finding.what)).collect::<String>(),
    )?;
    if sound {
        output::print(&format!("{} is sound: {} rows, digest {}\n", table.label(), table.rows(), table.digest()))?;
    }
    Ok(sound)
}
