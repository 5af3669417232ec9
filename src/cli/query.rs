//! `nasreplay table query`.

use std::collections::HashMap;
use std::io::BufRead;

use clap::Args;
use serde_json::{Value, json};

use super::table::{Place, bad_epoch, epoch_place, metric_or_static, schedule};
use super::{CliError, output};
use crate::base::{Key, Rng};
use crate::benchmark::{Replicate, named_label, training_labels};
use crate::space::Arch;
use crate::table::{MetricColumn, Table, TableError};

/// Looks architectures up.
#[derive(Debug, Args)]
pub struct Query {
    /// A table, by path or name
    table: String,
    #[command(flatten)]
    place: Place,
    /// The metric, or a static; all metrics of the schedule if left out
    #[arg(long)]
    metric: Option<String>,
    /// `mean` over the measured ones, `random` (see --seed), a replicate's label, or its place (from 0) where no label is
    /// a number
    #[arg(long, default_value = "mean")]
    replicate: String,
    /// What random replicates are drawn from; on stdin, an architecture that is asked for again meets a new draw
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

impl Query {
    pub(super) fn run(self) -> Result<(), CliError> {
        let table = Table::find(&self.table)?;
        let schedule = schedule(&table, &self.place, self.metric.as_deref())?;
        let metrics = self.metrics(&table, &schedule)?;
        match self.arch.as_deref() {
            Some("-") => self.answer_stdin(&table, &schedule, &metrics),
            arch => {
                let row = self.row_of(&table, arch)?;
                let answers = self.answers(&table, &schedule, &metrics, row, 0)?;
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
            let column = metric_or_static(table, &self.place.task, schedule, &name)?;
            match (epoch_place(&column, self.place.epoch), &self.metric) {
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
        before: u64,
    ) -> Result<Vec<Value>, CliError> {
        let (row, arch) = at;
        let name = table.space().write(arch);
        let label = self.label(metrics, row, arch, before)?;
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

    /// The replicate that is asked for, the same for all metrics of an architecture; `None` for the mean. A random one is drawn anew
    /// each time that an architecture is asked for again.
    fn label(&self, metrics: &[Asked], row: usize, arch: Arch, before: u64) -> Result<Option<String>, CliError> {
        let labels = training_labels(metrics.iter().map(|asked| asked.column.metric().labels.as_slice()));
        match Replicate::from(self.replicate.as_str()) {
            Replicate::Mean => Ok(None),
            Replicate::Label(text) => named_label(labels, &text).cloned().map(Some).ok_or_else(|| {
                CliError::usage(
                    format!("--replicate is `{text}`; expected `mean`, `random`, or one of {}", labels.join(", ")),
                    "`nasreplay table info` lists the labels of each metric",
                )
            }),
            Replicate::Random => {
                let several = metrics.iter().find(|asked| asked.column.metric().labels.len() > 1);
                let is_measured =
                    |place: &usize| several.is_none_or(|asked| !asked.column.value(row, *place, asked.epoch).is_nan());
                let measured: Vec<usize> = (0..labels.len()).filter(is_measured).collect();
                let again = if before == 0 { Vec::new() } else { vec![before.to_string()] };
                let again: Vec<&str> = again.iter().map(String::as_str).collect();
                let drawn = Rng::new(Key::derive(self.seed, "query", &again, arch.0)).below(measured.len() as u32);
                Ok(Some(measured.get(drawn as usize).map_or("none", |&place| &labels[place]).to_owned()))
            }
        }
    }

    fn answer_stdin(&self, table: &Table, schedule: &str, metrics: &[Asked]) -> Result<(), CliError> {
        let mut asked: HashMap<Arch, u64> = HashMap::new();
        for (number, arch) in std::io::stdin().lock().lines().enumerate() {
            let arch = arch.map_err(|source| CliError::Stream { doing: "read stdin", source })?;
            if arch.trim().is_empty() {
                continue;
            }
            let row = find(table, arch.trim()).map_err(|error| {
                CliError::usage(format!("stdin, line {}: {error}", number + 1), "the lines before it were answered")
            })?;
            let count = asked.entry(row.1).or_default();
            *count += 1;
            output::print(
                &self.answers(table, schedule, metrics, row, *count - 1)?.iter().map(line).collect::<String>(),
            )?;
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

fn line(answer: &Value) -> String {
    answer.to_string() + "\n"
}

fn text_line(answer: &Value) -> String {
    let field = |name: &str| answer[name].as_str().map_or_else(|| answer[name].to_string(), str::to_owned);
    let value = if answer["value"].is_null() { "not measured".to_owned() } else { field("value") };
    format!("row {}  {}  {} ({})  {value}\n", field("row"), field("arch"), field("metric"), field("replicate"))
}
