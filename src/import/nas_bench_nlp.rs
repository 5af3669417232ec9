//! The training logs of NAS-Bench-NLP (Klyuchnikov et al., arXiv 2006.07116; `fmsnew/nas-bench-nlp-release`, Apache-2.0): one JSON file a
//! training of a recurrent network, in a zip or a folder.
//!
//! A network is its recipe, the text of a JSON object `{node: {op, input: [nodes]}}`; logs of equal recipes, whatever the order of
//! their nodes, are replicates. The rows' names are the numbers (`recepie_id`, sic) under which recipes were published first.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use ndarray::{Array2, Array3};
use serde::{Deserialize, Serialize};

use super::members::{FOLDER_NOTE, Members, base_name};
use super::{ImportError, Kind, Look, importer};
use crate::space::{Arch, SpaceSpec};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Source, Table, TableBuilder};

/// The operations of the recipes' nodes (section 3.1), in the order of the features.
const OPERATIONS: [&str; 7] = [
    "linear",
    "blend",
    "elementwise_prod",
    "elementwise_sum",
    "activation_tanh",
    "activation_sigm",
    "activation_leaky_relu",
];

/// Trainings of more epochs are refused.
const MOST_EPOCHS: usize = 1_000;

/// More trainings of one recipe are refused.
const MOST_REPLICATES: usize = 100;

/// The settings that all logs of a data set must share.
type Settings = BTreeMap<String, serde_json::Value>;

/// A log, as published.
#[derive(Deserialize)]
struct Log {
    data: String,
    recepie_id: u64,
    recepie: String,
    init_time: String,
    status: String,
    num_params: f64,
    epochs: usize,
    wall_times: Vec<Option<f64>>,
    train_losses: Vec<Option<f64>>,
    val_losses: Vec<Option<f64>>,
    test_losses: Vec<Option<f64>>,
    #[serde(flatten)]
    others: Settings,
}

/// What differs between logs of one data set, beside the results.
const OF_ONE_LOG: [&str; 2] = ["experiment_id", "recepies_list_path"];

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Node {
    op: String,
    input: Vec<String>,
}

type Recipe = BTreeMap<String, Node>;

/// The logs by their data set, then by the row of their recipe.
#[derive(Default)]
struct Logs {
    rows: IndexMap<Recipe, u64>,
    tasks: IndexMap<String, Task>,
}

#[derive(Default)]
struct Task {
    settings: Option<(Settings, usize)>,
    logs: HashMap<usize, Vec<Log>>,
}

/// More numbers than this in one metric are no published logs: the largest set has 14,322 of 50 epochs.
const MOST_NUMBERS: usize = 1 << 25;

/// Whether a zip or folder holds training logs.
pub fn knows(look: &Look) -> bool {
    matches!(look.kind, Kind::Zip | Kind::Folder) && look.names.iter().any(|name| is_log(name))
}

fn is_log(name: &str) -> bool {
    let name = base_name(name);
    name.starts_with("log_stats_model_") && name.ends_with(".json")
}

/// Imports the logs of zips or folders and writes the table; rows stand in the order in which recipes appear.
///
/// # Errors
/// Names the log and what it does not hold as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let (mut logs, mut sources) = (Logs::default(), Vec::new());
    for path in paths {
        let mut members = Members::open(path, is_log)?;
        for place in 0..members.names().len() {
            let log: Log = members.json(place)?;
            logs.add(log).map_err(|what| ImportError::content(&members.label(place), what))?;
        }
        sources.push(members.source()?);
    }
    build(logs, sources)?.write(output).map_err(ImportError::from)
}

impl Logs {
    fn add(&mut self, mut log: Log) -> Result<(), String> {
        let recipe: Recipe = serde_json::from_str(&log.recepie).map_err(|error| format!("`recepie`: {error}"))?;
        check(&log, &recipe)?;
        let name = log.data.rsplit('/').next().unwrap_or_default().to_owned();
        let task = self.tasks.entry(name).or_default();
        let mut settings = std::mem::take(&mut log.others);
        settings.retain(|key, _| !OF_ONE_LOG.contains(&key.as_str()));
        match &task.settings {
            Some((known, epochs)) => compare(known, *epochs, &settings, log.epochs)?,
            None => task.settings = Some((settings, log.epochs)),
        }
        let id = log.recepie_id;
        let entry = self.rows.entry(recipe);
        let row = entry.index();
        entry.or_insert(id);
        let replicates = task.logs.entry(row).or_default();
        replicates.push(log);
        if replicates.len() > MOST_REPLICATES {
            return Err(format!("is one of more than {MOST_REPLICATES} logs of recipe {id}"));
        }
        Ok(())
    }
}

fn check(log: &Log, recipe: &Recipe) -> Result<(), String> {
    if let Some((node, unknown)) = recipe.iter().find(|(_, node)| !OPERATIONS.contains(&node.op.as_str())) {
        return Err(format!("node `{node}` of the recipe has the unknown operation `{}`", unknown.op));
    }
    if log.epochs == 0 || log.epochs > MOST_EPOCHS {
        return Err(format!("`epochs` is {}, expected 1 to {MOST_EPOCHS}", log.epochs));
    }
    let lengths = [&log.wall_times, &log.train_losses, &log.val_losses, &log.test_losses].map(Vec::len);
    let stopped = log.status != "OK";
    if lengths.iter().any(|&length| length > log.epochs || length < log.epochs && !stopped) {
        return Err(format!(
            "`wall_times`, `train_losses`, `val_losses` and `test_losses` have {lengths:?} values for {} epochs with status `{}`",
            log.epochs, log.status
        ));
    }
    Ok(())
}

/// Refuses logs that were trained in another way.
fn compare(known: &Settings, known_epochs: usize, settings: &Settings, epochs: usize) -> Result<(), String> {
    if epochs != known_epochs {
        return Err(format!("was trained for {epochs} epochs, earlier logs for {known_epochs}"));
    }
    let keys = known.keys().chain(settings.keys());
    match keys.into_iter().find(|key| known.get(*key) != settings.get(*key)) {
        None => Ok(()),
        Some(key) => {
            let text = |value: Option<&serde_json::Value>| value.map_or("absent".to_owned(), ToString::to_string);
            let (here, before) = (text(settings.get(key)), text(known.get(key)));
            Err(format!("`{key}` is {here}, in earlier logs {before}: import the trainings of each setting apart"))
        }
    }
}

fn build(mut logs: Logs, sources: Vec<Source>) -> Result<TableBuilder, ImportError> {
    for task in logs.tasks.values_mut() {
        // stable: logs of the same second stay in the published order
        task.logs.values_mut().for_each(|replicates| replicates.sort_by(|a, b| a.init_time.cmp(&b.init_time)));
    }
    let rows = logs.rows.len();
    let archs = (0..rows as u64).map(Arch).collect();
    let provenance = provenance(&logs, sources);
    let mut table = TableBuilder::new("nas-bench-nlp", SpaceSpec::Listed { size: 0 }, archs, provenance);
    table.names(&logs.rows.values().map(u64::to_string).collect::<Vec<_>>())?;
    table.features(features(&logs.rows))?;
    let is_alone = logs.tasks.len() == 1;
    for (name, task) in &logs.tasks {
        task.fill(name, rows, is_alone, &mut table)?;
    }
    Ok(table)
}

/// Ten numbers a recipe: how often each of the seven operations occurs, nodes, hidden states, inputs of nodes.
fn features(rows: &IndexMap<Recipe, u64>) -> Array2<f32> {
    let mut features = Array2::zeros((rows.len(), OPERATIONS.len() + 3));
    for (recipe, mut row) in rows.keys().zip(features.outer_iter_mut()) {
        let count = |name: &str| recipe.values().filter(|node| node.op == name).count();
        let states = recipe.keys().filter(|node| node.starts_with("h_new_")).count();
        let inputs: usize = recipe.values().map(|node| node.input.len()).sum();
        let numbers = OPERATIONS.iter().map(|name| count(name)).chain([recipe.len(), states, inputs]);
        numbers.zip(&mut row).for_each(|(number, cell)| *cell = number as f32);
    }
    features
}

impl Task {
    fn epochs(&self) -> usize {
        self.settings.as_ref().map_or(0, |(_, epochs)| *epochs)
    }

    fn fill(&self, name: &str, rows: usize, is_alone: bool, table: &mut TableBuilder) -> Result<(), ImportError> {
        let count = rows * self.replicates() * self.epochs();
        if count > MOST_NUMBERS {
            let what = format!("{count} numbers a metric, expected at most {MOST_NUMBERS}: these are other logs");
            return Err(ImportError::content(name, what));
        }
        let schedule = self.epochs().to_string();
        let curve = |of: fn(&Log) -> Vec<f64>| self.curve(rows, of);
        let losses = |of: &str| self.metric("nats per token", &format!("trained on train, measured on {of}"));
        let train = MetricData { metric: losses("train"), values: curve(|log| numbers(&log.train_losses)) };
        table.metric(name, &schedule, "train_loss", train)?;
        let valid = MetricData { metric: losses("valid"), values: curve(|log| numbers(&log.val_losses)) };
        table.metric(name, &schedule, "valid_loss", valid)?;
        let test = MetricData { metric: losses("test"), values: curve(|log| numbers(&log.test_losses)) };
        table.metric(name, &schedule, "test_loss", test)?;
        let mut seconds = self.metric("seconds", "trained on train");
        seconds.derived = Some("the published seconds of each epoch, added up from the first".into());
        table.metric(name, &schedule, "train_seconds", MetricData { metric: seconds, values: curve(cumulated) })?;
        self.fill_params(name, rows, is_alone, table)
    }

    /// Parameters depend on the vocabulary: they are a network's own only where there is one data set.
    fn fill_params(
        &self,
        name: &str,
        rows: usize,
        is_alone: bool,
        table: &mut TableBuilder,
    ) -> Result<(), ImportError> {
        let mut values = Array3::from_elem((rows, 1, 1), f64::NAN);
        for (&row, logs) in &self.logs {
            if let Some(other) = logs.iter().find(|log| log.num_params != logs[0].num_params) {
                let (id, first) = (other.recepie_id, logs[0].recepie_id); // a row has a log
                let what = format!("`num_params` of the equal recipes {first} and {id} differ");
                return Err(ImportError::content(name, what));
            }
            values[[row, 0, 0]] = logs[0].num_params;
        }
        let mut metric = self.metric("parameters", "");
        metric.labels = vec!["all".to_owned()];
        metric.epochs = vec![if is_alone { 0 } else { self.epochs() as u32 }];
        let data = MetricData { metric, values };
        if is_alone {
            table.fixed("params", data)?
        } else {
            table.metric(name, &self.epochs().to_string(), "params", data)?
        }
        Ok(())
    }

    /// The values of all logs `[rows, replicates, epochs]`, NaN after a training's end.
    fn curve(&self, rows: usize, of: fn(&Log) -> Vec<f64>) -> Array3<f64> {
        let mut values = Array3::from_elem((rows, self.replicates(), self.epochs()), f64::NAN);
        for (&row, logs) in &self.logs {
            for (replicate, log) in logs.iter().enumerate() {
                of(log).into_iter().enumerate().for_each(|(epoch, value)| values[[row, replicate, epoch]] = value);
            }
        }
        values
    }

    fn replicates(&self) -> usize {
        self.logs.values().map(Vec::len).max().unwrap_or(0)
    }

    fn metric(&self, unit: &str, split: &str) -> Metric {
        Metric {
            unit: unit.to_owned(),
            direction: Direction::Minimise,
            split: split.to_owned(),
            labels: (0..self.replicates()).map(|label| label.to_string()).collect(),
            epochs: (1..=self.epochs() as u32).collect(),
            element: ElementType::F64,
            aggregated: None,
            derived: None,
            optimum: None,
        }
    }
}

fn numbers(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

fn cumulated(log: &Log) -> Vec<f64> {
    let sum = |sum: &mut f64, seconds: f64| {
        *sum += seconds;
        Some(*sum)
    };
    numbers(&log.wall_times).into_iter().scan(0.0, sum).collect()
}

fn provenance(logs: &Logs, sources: Vec<Source>) -> Provenance {
    let all = || logs.tasks.values().flat_map(|task| task.logs.values().flatten());
    let mut stopped: BTreeMap<&str, usize> = BTreeMap::new();
    all().filter(|log| log.status != "OK").for_each(|log| *stopped.entry(&log.status).or_default() += 1);
    let mut notes = vec![
        "rows stand in the order in which their recipes appear in the archive (a folder is read by name); a row's name is the first recepie_id of its recipe".to_owned(),
        "recipes are equal when they have the same nodes with the same operations and inputs, whatever the order of the nodes; other names for the nodes make another recipe".to_owned(),
        format!("{} logs of {} recipes; logs of one recipe are replicates, in the order of init_time", all().count(), logs.rows.len()),
        "seconds are those of training alone, without the evaluations after each epoch".to_owned(),
        format!("features of a recipe: how often it has {}, then its nodes, its hidden states and the inputs of its nodes", OPERATIONS.join(", ")),
        FOLDER_NOTE.to_owned(),
    ];
    notes.extend(stopped.iter().map(|(status, count)| {
        format!("{count} logs end early with status `{status}`: losses and seconds are missing from there on")
    }));
    Provenance {
        origin: "NAS-Bench-NLP (Klyuchnikov et al., arXiv 2006.07116), training logs of fmsnew/nas-bench-nlp-release"
            .into(),
        licence: "Apache-2.0".into(),
        sources,
        importer: importer("nas-bench-nlp"),
        trained: None,
        notes,
    }
}
