//! `nasreplay table`.

use std::io::BufRead;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Answer, CliError, import::announce, output};
use crate::base::{Key, Rng};
use crate::benchmark::{Replicate, training_labels};
use crate::space::Arch;
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
        /// The metric
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
    /// Writes a chunked, compressed, unaligned or big-endian table anew, so that it can be mapped
    Convert {
        /// The table's file
        table: PathBuf,
        /// The new table's file
        #[arg(short, long, value_name = "TABLE.h5")]
        out: PathBuf,
    },
}

/// A place in a table.
#[derive(Debug, Args)]
pub struct Place {
    /// The task
    #[arg(long)]
    task: String,
    /// The schedule; the task's last if left out
    #[arg(long)]
    schedule: Option<String>,
    /// The epoch; the metric's last if left out
    #[arg(long)]
    epoch: Option<u32>,
}

/// Looks architectures up.
#[derive(Debug, Args)]
pub struct Query {
    /// A table, by path or name
    table: String,
    #[command(flatten)]
    place: Place,
    /// The metric; all of the schedule if left out
    #[arg(long)]
    metric: Option<String>,
    /// `mean` over the measured ones, `random` (see --seed), or a replicate's label
    #[arg(long, default_value = "mean")]
    replicate: String,
    /// What random replicates are drawn from
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The architecture's published name; `-` reads names from stdin, one a line, and answers one JSON a line
    #[arg(long, required_unless_present = "row")]
    arch: Option<String>,
    /// The row, instead of an architecture
    #[arg(long, conflicts_with = "arch")]
    row: Option<usize>,
    /// Prints JSON, one line a metric
    #[arg(long)]
    json: bool,
}

/// A metric that is asked for.
struct Asked {
    metric: String,
    column: MetricColumn,
    /// The place of the epoch among the metric's.
    epoch: usize,
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
            Self::Convert { table, out } => announce(&convert(&table, &out)?, &out),
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
    text += "\nstatic\n";
    text.extend(catalogue.statics.iter().map(|(name, metric)| metric_line(name, metric)));
    text
}

fn metric_line(name: &str, metric: &Metric) -> String {
    let best =
        metric.optimum.as_ref().map(|best| format!("best {} in row {}", best.value, best.row)).unwrap_or_default();
    let replicates =
        if metric.labels.len() > 1 { format!(", {} replicates", metric.labels.len()) } else { String::new() };
    let marks = [("average of", &metric.aggregated), ("derived:", &metric.derived)];
    let marks: String =
        marks.iter().filter_map(|(what, value)| value.as_ref().map(|value| format!(", {what} {value}"))).collect();
    format!("  {name} ({}){replicates}: {best}{marks}\n", metric.unit)
}

impl Query {
    fn run(self) -> Result<(), CliError> {
        let table = Table::find(&self.table)?;
        let schedule = schedule(&table, &self.place)?;
        let metrics = self.metrics(&table, &schedule)?;
        match self.arch.as_deref() {
            Some("-") => self.answer_stdin(&table, &schedule, &metrics),
            arch => {
                let row = self.row_of(&table, arch)?;
                let answers = self.answers(&table, &schedule, &metrics, row)?;
                let text: String =
                    answers.iter().map(|answer| if self.json { line(answer) } else { text_line(answer) }).collect();
                output::print(&text)
            }
        }
    }

    fn row_of(&self, table: &Table, arch: Option<&str>) -> Result<(usize, Arch), CliError> {
        let row = match (self.row, arch) {
            (Some(row), _) if row >= table.rows() => {
                let expected = format!("below {}, the number of rows", table.rows());
                return Err(TableError::Range {
                    what: "row",
                    number: row as u64,
                    within: table.label().into(),
                    expected,
                }
                .into());
            }
            (Some(row), _) => row,
            (None, arch) => return find(table, arch.unwrap_or_default()),
        };
        Ok((row, table.arch(row)))
    }

    fn metrics(&self, table: &Table, schedule: &str) -> Result<Vec<Asked>, CliError> {
        let known = table.catalogue().metrics(&self.place.task, schedule)?;
        let names: Vec<String> = self.metric.clone().map_or_else(|| known.keys().cloned().collect(), |name| vec![name]);
        let mut columns = Vec::new();
        for name in names {
            let column = table.metric(&self.place.task, schedule, &name)?;
            match (epoch_place(column.metric(), self.place.epoch), &self.metric) {
                (Some(place), _) => columns.push(Asked { metric: name, column, epoch: place }),
                (None, None) => {} // a metric that was not asked for by name and does not stand at this epoch
                (None, Some(_)) => return Err(bad_epoch(table, &name, column.metric(), self.place.epoch)),
            }
        }
        if columns.is_empty() {
            let what = format!("no metric of schedule `{schedule}` stands at epoch {}", self.place.epoch.unwrap_or(0));
            return Err(CliError::usage(what, "`nasreplay table info` lists the epochs of each metric"));
        }
        Ok(columns)
    }

    fn answers(
        &self,
        table: &Table,
        schedule: &str,
        metrics: &[Asked],
        at: (usize, Arch),
    ) -> Result<Vec<Value>, CliError> {
        let (row, arch) = at;
        let name = table.space().write(arch);
        let label = self.label(metrics, row, arch)?;
        let answer = |Asked { metric, column, epoch }: &Asked| {
            let (replicate, value) = self.value(column, row, *epoch, label.as_deref());
            json!({
                "row": row,
                "arch": name,
                "task": self.place.task,
                "schedule": schedule,
                "epoch": column.metric().epochs[*epoch],
                "metric": metric,
                "replicate": replicate,
                "value": value,
            })
        };
        Ok(metrics.iter().map(answer).collect())
    }

    /// The value asked for, and the replicate that it comes from; a metric with one replicate serves all.
    fn value(&self, column: &MetricColumn, row: usize, epoch: usize, label: Option<&str>) -> (String, Option<f64>) {
        let labels = &column.metric().labels;
        let Some(label) = label else { return ("mean".into(), column.mean(row, epoch)) };
        let place = if labels.len() == 1 { Some(0) } else { labels.iter().position(|known| known == label) };
        let value = place.map(|place| column.value(row, place, epoch)).filter(|value| !value.is_nan());
        (place.map_or(label, |place| &labels[place]).to_owned(), value)
    }

    /// The replicate that is asked for, the same for all metrics of an architecture; `None` for the mean.
    fn label(&self, metrics: &[Asked], row: usize, arch: Arch) -> Result<Option<String>, CliError> {
        let labels = training_labels(metrics.iter().map(|asked| asked.column.metric().labels.as_slice()));
        match Replicate::from(self.replicate.as_str()) {
            Replicate::Mean => Ok(None),
            Replicate::Label(label) if labels.contains(&label) => Ok(Some(label)),
            Replicate::Label(label) => Err(CliError::usage(
                format!("--replicate is `{label}`; expected `mean`, `random`, or one of {}", labels.join(", ")),
                "`nasreplay table info` lists the labels of each metric",
            )),
            Replicate::Random => {
                let several = metrics.iter().find(|asked| asked.column.metric().labels.len() > 1);
                let is_measured =
                    |place: &usize| several.is_none_or(|asked| !asked.column.value(row, *place, asked.epoch).is_nan());
                let measured: Vec<usize> = (0..labels.len()).filter(is_measured).collect();
                let drawn = Rng::new(Key::derive(self.seed, "query", &[], arch.0)).below(measured.len() as u32);
                Ok(Some(measured.get(drawn as usize).map_or("none", |&place| &labels[place]).to_owned()))
            }
        }
    }

    fn answer_stdin(&self, table: &Table, schedule: &str, metrics: &[Asked]) -> Result<(), CliError> {
        for (number, arch) in std::io::stdin().lock().lines().enumerate() {
            let arch = arch.map_err(|source| CliError::Stream { doing: "read stdin", source })?;
            if arch.trim().is_empty() {
                continue;
            }
            let row = find(table, arch.trim()).map_err(|error| {
                CliError::usage(format!("stdin, line {}: {error}", number + 1), "the lines before it were answered")
            })?;
            output::print(&self.answers(table, schedule, metrics, row)?.iter().map(line).collect::<String>())?;
        }
        Ok(())
    }
}

fn find(table: &Table, name: &str) -> Result<(usize, Arch), CliError> {
    let arch = table.space().parse(name)?;
    let row = table.row(arch).ok_or_else(|| TableError::Content {
        table: table.name().to_owned(),
        what: format!("holds no row for architecture `{name}`"),
    })?;
    Ok((row, arch))
}

fn schedule(table: &Table, place: &Place) -> Result<String, TableError> {
    match &place.schedule {
        Some(schedule) => Ok(schedule.clone()),
        None => table.catalogue().last_schedule(&place.task).map(str::to_owned),
    }
}

fn epoch_place(metric: &Metric, epoch: Option<u32>) -> Option<usize> {
    epoch.map_or(Some(metric.epochs.len() - 1), |epoch| metric.epoch_place(epoch))
}

fn bad_epoch(table: &Table, name: &str, metric: &Metric, epoch: Option<u32>) -> CliError {
    let within = format!("`{}`: metric `{name}`", table.label());
    let number = u64::from(epoch.unwrap_or(0));
    TableError::Range { what: "epoch", number, within, expected: format!("one of {:?}", metric.epochs) }.into()
}

fn line(answer: &Value) -> String {
    answer.to_string() + "\n"
}

fn text_line(answer: &Value) -> String {
    let field = |name: &str| answer[name].as_str().map_or_else(|| answer[name].to_string(), str::to_owned);
    let value = if answer["value"].is_null() { "not measured".to_owned() } else { field("value") };
    format!("row {}  {}  {} ({})  {value}\n", field("row"), field("arch"), field("metric"), field("replicate"))
}

fn best(table: &Table, place: &Place, metric: &str, as_json: bool) -> Result<(), CliError> {
    let schedule = schedule(table, place)?;
    let column = table.metric(&place.task, &schedule, metric)?;
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
