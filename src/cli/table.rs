//! `nasreplay table`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::audit::Audit;
use super::destination::{self, Kind, Replace};
use super::export::Export;
use super::merge::Merge;
use super::query::Query;
use super::slice::Slice;
use super::{Answer, CliError, import::announce, output};
use crate::base::thousands;
use crate::table::{Found, Metric, MetricColumn, Table, TableError, convert, known_tables};
use crate::trainer::{TrainedProvenance, provenance_of};

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
        #[command(flatten)]
        replace: Replace,
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
    /// The schedule; the task's last that was measured if left out
    #[arg(long)]
    pub schedule: Option<String>,
    /// The epoch; the metric's last that was measured if left out
    #[arg(long)]
    pub epoch: Option<u32>,
}

impl TableCommand {
    pub(super) fn run(self) -> Answer {
        match self {
            Self::List { json } => list(json)?,
            Self::Info { table, json } => {
                let table = Table::find(&table)?;
                if json { output::print_json(&info(&table)?)? } else { output::print(&info_text(&table)?)? }
            }
            Self::Query(query) => query.run()?,
            Self::Best { table, place, metric, json } => best(&Table::find(&table)?, &place, &metric, json)?,
            Self::Verify { table, json } => return verify(&Table::find(&table)?, json),
            Self::Audit(audit) => return audit.run(),
            Self::Convert { table, out, replace } => {
                destination::check(&out, Kind::Table, replace, std::slice::from_ref(&table))?;
                announce(&convert(&table, &out)?, &out);
            }
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

/// The best of a metric with its epoch: of the last epoch, as the catalogue says, or of the last that was measured.
struct BestOf {
    value: f64,
    row: usize,
    epoch: u32,
}

impl BestOf {
    fn new(
        metric: &Metric,
        open: impl FnOnce() -> Result<MetricColumn, TableError>,
    ) -> Result<Option<Self>, TableError> {
        if let Some(best) = &metric.optimum {
            return Ok(Some(Self { value: best.value, row: best.row, epoch: metric.last_epoch() }));
        }
        let column = open()?;
        let measured = column.last_measured();
        let best = measured.and_then(|place| column.best(place).map(|(row, value)| (row, value, metric.epochs[place])));
        Ok(best.map(|(row, value, epoch)| Self { value, row, epoch }))
    }
}

fn info(table: &Table) -> Result<Value, TableError> {
    let catalogue = table.catalogue();
    let mut tasks = serde_json::Map::new();
    for (task, schedules) in &catalogue.tasks {
        let mut of_task = serde_json::Map::new();
        for (schedule, metrics) in schedules {
            let mut of_schedule = serde_json::Map::new();
            for (name, metric) in metrics {
                let best = BestOf::new(metric, || table.metric(task, schedule, name))?;
                of_schedule.insert(name.clone(), describe(table, metric, best.as_ref()));
            }
            of_task.insert(schedule.clone(), Value::Object(of_schedule));
        }
        tasks.insert(task.clone(), Value::Object(of_task));
    }
    let mut statics = serde_json::Map::new();
    for (name, metric) in &catalogue.statics {
        let best = BestOf::new(metric, || table.fixed(name))?;
        statics.insert(name.clone(), describe(table, metric, best.as_ref()));
    }
    Ok(json!({
        "name": table.name(),
        "digest": table.digest(),
        "space": { "name": table.space().name(), "size": table.space().size() },
        "rows": table.rows(),
        "tasks": tasks,
        "static": statics,
        "provenance": table.provenance(),
    }))
}

fn describe(table: &Table, metric: &Metric, best: Option<&BestOf>) -> Value {
    let arch = |row: usize| table.space().write(table.arch(row));
    let optimum =
        best.map(|best| json!({ "value": best.value, "row": best.row, "arch": arch(best.row), "epoch": best.epoch }));
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

fn info_text(table: &Table) -> Result<String, TableError> {
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
    text.extend(provenance_of(table).map(|trained| trained_text(&trained)));
    for (task, schedules) in &catalogue.tasks {
        for (schedule, metrics) in schedules {
            text += &format!("\ntask {task}, schedule {schedule}\n");
            for (name, metric) in metrics {
                let best = BestOf::new(metric, || table.metric(task, schedule, name))?;
                text += &metric_line(name, metric, best.as_ref());
            }
        }
    }
    text += if catalogue.statics.is_empty() { "" } else { "\nstatic\n" };
    for (name, metric) in &catalogue.statics {
        text += &metric_line(name, metric, BestOf::new(metric, || table.fixed(name))?.as_ref());
    }
    Ok(text)
}

/// How a table was trained here: images, recipe and seed, and what diverged.
fn trained_text(trained: &TrainedProvenance) -> String {
    let spec = &trained.spec;
    let [channels, height, width] = spec.image;
    let mut text = format!(
        "trained: recipe {}, {} epochs, seed {}, {} classes, {channels}x{height}x{width}\n",
        spec.schedule, spec.recipe.epochs, spec.seed, spec.classes
    );
    if let Some(data) = &trained.data {
        let [train, valid, test] = data.images.map(thousands);
        text += &format!("images: {train} train, {valid} valid, {test} test\n");
        if !data.class_names.is_empty() {
            text += &format!("classes: {}\n", data.class_names.join(", "));
        }
    }
    text.extend(trained.diverged.map(|[lost, all]| format!("diverged: {lost} of {all} trainings\n")));
    text
}

fn metric_line(name: &str, metric: &Metric, best: Option<&BestOf>) -> String {
    let best = best.map_or("nothing measured".to_owned(), |BestOf { value, row, epoch }| {
        let at = if *epoch == metric.last_epoch() {
            String::new()
        } else {
            format!(" at epoch {epoch}, the last that was measured")
        };
        format!("best {value} in row {row}{at}")
    });
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

/// The schedule that is asked for, or the last in which the metric was measured; without a metric, in which `valid_acc` was.
pub(super) fn schedule(table: &Table, place: &Place, metric: Option<&str>) -> Result<String, TableError> {
    match &place.schedule {
        Some(schedule) => Ok(schedule.clone()),
        None => table.last_measured_schedule(&place.task, metric.unwrap_or("valid_acc")).map(str::to_owned),
    }
}

/// The place of the epoch that is asked for, or of the last that was measured; `None` where the metric does not stand at that epoch.
pub(super) fn epoch_place(column: &MetricColumn, epoch: Option<u32>) -> Option<usize> {
    match epoch {
        Some(epoch) => column.metric().epoch_place(epoch),
        None => Some(column.last_measured().unwrap_or(column.metric().epochs.len() - 1)), // a metric has an epoch at least
    }
}

pub(super) fn bad_epoch(table: &Table, name: &str, metric: &Metric, epoch: Option<u32>) -> CliError {
    let within = format!("`{}`: metric `{name}`", table.label());
    let number = u64::from(epoch.unwrap_or(0));
    TableError::Range { what: "epoch", number, within, expected: format!("one of {:?}", metric.epochs) }.into()
}

fn best(table: &Table, place: &Place, metric: &str, as_json: bool) -> Result<(), CliError> {
    let schedule = schedule(table, place, Some(metric))?;
    let column = metric_or_static(table, &place.task, &schedule, metric)?;
    let epoch =
        epoch_place(&column, place.epoch).ok_or_else(|| bad_epoch(table, metric, column.metric(), place.epoch))?;
    let (row, value) = column.best(epoch).ok_or_else(|| TableError::Content {
        table: table.name().to_owned(),
        what: format!(
            "no row was measured by `{metric}` of schedule `{schedule}` at epoch {}",
            column.metric().epochs[epoch]
        ),
    })?;
    let arch = table.space().write(table.arch(row));
    if as_json {
        return output::print_json(&json!({ "row": row, "arch": arch, "task": place.task, "schedule": schedule,
            "epoch": column.metric().epochs[epoch], "metric": metric, "replicate": "mean", "value": value }));
    }
    let at = format!("schedule {schedule}, epoch {}", column.metric().epochs[epoch]);
    output::print(&format!("row {row}  {arch}  {metric} (mean; {at})  {value} {}\n", column.metric().unit))
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
