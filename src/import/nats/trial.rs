//! One architecture as NATS-Bench publishes it: for each schedule, data set and seed the curves of a training.

use std::collections::{BTreeMap, HashMap};

use super::super::pickle::{PickleError, Value};
use super::definitions::{DEFINITIONS, Schedule, What};
use super::shared::shared;

/// What an architecture gives for one column and replicate.
pub(super) struct Series {
    /// The schedule's place in [`super::definitions::SCHEDULES`].
    pub schedule: usize,
    /// The metric's place in [`DEFINITIONS`].
    pub definition: usize,
    /// The seed; absent where one number serves all.
    pub seed: Option<i64>,
    /// A number an epoch, NaN where not measured.
    pub values: Vec<f64>,
}

/// Everything an architecture gives.
pub(super) struct Record {
    pub row: usize,
    pub series: Vec<Series>,
    pub doubts: Doubts,
}

/// What a user should know of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Doubts {
    /// Seeds of one training differ in seconds, parameters, operations or latency.
    pub seeds_differ: bool,
    /// The seeds differ in printed parameters or operations, and seed 888's were taken.
    pub patched: bool,
    /// The seconds of an epoch change while a network is trained or evaluated.
    pub seconds_change: bool,
    /// How many losses are infinite.
    pub infinite: usize,
}

/// One training.
pub(super) struct Trial<'a> {
    pub seed: i64,
    pub epochs: usize,
    pub train_acc: Vec<f64>,
    pub train_loss: Vec<f64>,
    /// Seconds of each epoch; absent in some old files.
    pub train_seconds: Option<Vec<f64>>,
    pub evaluations: HashMap<&'a str, Evaluation>,
    /// Millions.
    pub params: f64,
    /// Millions.
    pub flops: f64,
    /// Seconds a batch of 256; absent in some old files.
    pub latency: Option<f64>,
}

/// What was measured on one set after each epoch, NaN where not.
pub(super) struct Evaluation {
    pub acc: Vec<f64>,
    pub loss: Vec<f64>,
    pub seconds: Vec<f64>,
}

type Trials<'a> = BTreeMap<&'a str, Vec<Trial<'a>>>;

/// Reads all schedules of the architecture of a row.
///
/// # Errors
/// Names the schedule, data set, seed and key where something else stands than the publication promises.
pub(super) fn read(row: usize, name: &str, state: Value<'_>) -> Result<Record, String> {
    let mut record = Record { row, series: Vec::new(), doubts: Doubts::default() };
    for (key, training) in state.entries().map_err(text)? {
        let key = key.as_str().map_err(text)?;
        let schedule = Schedule::of_key(key).ok_or_else(|| {
            format!("schedule `{key}` is unknown; expected `01`, `12`, `90`, `200`, `less` or `full`")
        })?;
        let within = |what: String| format!("schedule `{key}`: {what}");
        check_identity(row, name, training).map_err(within)?;
        let trials = read_trials(schedule.epochs as usize, training).map_err(within)?;
        record.add(schedule.place, &trials);
    }
    Ok(record)
}

fn check_identity(row: usize, name: &str, training: Value<'_>) -> Result<(), String> {
    let index = training.get("arch_index").and_then(Value::as_usize).map_err(text)?;
    let arch = training.get("arch_str").and_then(Value::as_str).map_err(text)?;
    if index == row && arch == name {
        return Ok(());
    }
    Err(format!("holds architecture {index} `{arch}`, expected {row} `{name}`"))
}

/// The trainings by data set, the seeds of each in published order.
fn read_trials<'a>(epochs: usize, training: Value<'a>) -> Result<Trials<'a>, String> {
    let mut results = HashMap::new();
    for (key, trial) in training.get("all_results").and_then(Value::entries).map_err(text)? {
        let dataset = key.item(0).and_then(Value::as_str).map_err(text)?;
        results.insert((dataset, key.item(1).and_then(Value::as_i64).map_err(text)?), trial);
    }
    let mut trials = Trials::new();
    for (dataset, seeds) in training.get("dataset_seed").and_then(Value::entries).map_err(text)? {
        let dataset = dataset.as_str().map_err(text)?;
        for seed in seeds.items().map_err(text)? {
            let seed = seed.as_i64().map_err(text)?;
            let trial = results
                .get(&(dataset, seed))
                .ok_or_else(|| format!("`dataset_seed` lists seed {seed} of `{dataset}`, which `all_results` lacks"))?;
            let trial =
                Trial::read(seed, epochs, *trial).map_err(|what| format!("`{dataset}`, seed {seed}: {what}"))?;
            trials.entry(dataset).or_default().push(trial);
        }
    }
    Ok(trials)
}

impl<'a> Trial<'a> {
    fn read(seed: i64, epochs: usize, trial: Value<'a>) -> Result<Self, String> {
        let found = trial.get("epochs").and_then(Value::as_usize).map_err(text)?;
        if found != epochs {
            return Err(format!("was trained for {found} epochs, expected {epochs}"));
        }
        let number = |key: &str| trial.get(key).and_then(Value::as_f64).map_err(text);
        Ok(Self {
            seed,
            epochs,
            train_acc: percent("train_acc1es", by_epoch("train_acc1es", epochs, trial)?.unwrap_or_default())?,
            train_loss: by_epoch("train_losses", epochs, trial)?.unwrap_or_default(),
            train_seconds: by_epoch("train_times", epochs, trial)?,
            evaluations: evaluations(epochs, trial)?,
            params: number("params")?,
            flops: number("flop")?,
            latency: latency(trial)?,
        })
    }
}

/// The numbers of `{epoch: number}`, where epochs are counted from 0; `None` where the publication has nothing.
fn by_epoch(key: &str, epochs: usize, trial: Value<'_>) -> Result<Option<Vec<f64>>, String> {
    let value = trial.get(key).map_err(text)?;
    if value.is_none() {
        return Ok(None);
    }
    let mut numbers = vec![f64::NAN; epochs];
    for (epoch, number) in value.entries().map_err(|error| format!("`{key}`: {error}"))? {
        let place = epoch.as_usize().map_err(|error| format!("`{key}`: {error}"))?;
        let slot = numbers.get_mut(place).ok_or_else(|| format!("`{key}` has epoch {place} of {epochs}"))?;
        *slot = number.as_f64().map_err(|error| format!("`{key}`, epoch {place}: {error}"))?;
    }
    Ok(numbers.iter().any(|number| !number.is_nan()).then_some(numbers))
}

fn percent(key: &str, values: Vec<f64>) -> Result<Vec<f64>, String> {
    match values.iter().find(|value| !value.is_nan() && !(0.0..=100.0).contains(*value)) {
        Some(odd) => Err(format!("`{key}` holds {odd}, expected percent")),
        None => Ok(values),
    }
}

fn evaluations<'a>(epochs: usize, trial: Value<'a>) -> Result<HashMap<&'a str, Evaluation>, String> {
    let mut evaluations: HashMap<&str, Evaluation> = HashMap::new();
    for (key, part) in [("eval_acc1es", 0), ("eval_losses", 1), ("eval_times", 2)] {
        let value = trial.get(key).map_err(text)?;
        if value.is_none() {
            continue;
        }
        for (place, number) in value.entries().map_err(|error| format!("`{key}`: {error}"))? {
            let place = place.as_str().map_err(|error| format!("`{key}`: {error}"))?;
            let (set, epoch) = set_and_epoch(place, epochs)
                .ok_or_else(|| format!("`{key}` has key `{place}`, expected a set, `@` and an epoch below {epochs}"))?;
            let number = number.as_f64().map_err(|error| format!("`{key}`, `{place}`: {error}"))?;
            let evaluation = evaluations.entry(set).or_insert_with(|| Evaluation::empty(epochs));
            evaluation.part(part)[epoch] = number;
        }
    }
    for (set, evaluation) in &mut evaluations {
        evaluation.acc = percent(&format!("eval_acc1es {set}"), std::mem::take(&mut evaluation.acc))?;
    }
    Ok(evaluations)
}

fn set_and_epoch(key: &str, epochs: usize) -> Option<(&str, usize)> {
    let (set, epoch) = key.split_once('@')?;
    Some((set, epoch.parse().ok().filter(|epoch| *epoch < epochs)?))
}

impl Evaluation {
    fn empty(epochs: usize) -> Self {
        let [acc, loss, seconds] = std::array::from_fn(|_| vec![f64::NAN; epochs]);
        Self { acc, loss, seconds }
    }

    fn part(&mut self, part: usize) -> &mut Vec<f64> {
        match part {
            0 => &mut self.acc,
            1 => &mut self.loss,
            _ => &mut self.seconds,
        }
    }
}

/// The mean of the published latencies, as the publisher's program gives it; negative ones stand for missing.
fn latency(trial: Value<'_>) -> Result<Option<f64>, String> {
    let value = trial.get("latency").map_err(text)?;
    if value.is_none() {
        return Ok(None);
    }
    let values = value.to_f64s().map_err(|error| format!("`latency`: {error}"))?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Ok(Some(mean).filter(|mean| *mean > 0.0))
}

impl Record {
    fn add(&mut self, schedule: usize, trials: &Trials<'_>) {
        for (place, definition) in DEFINITIONS.iter().enumerate() {
            let trials = trials.get(definition.dataset).map_or(&[][..], Vec::as_slice);
            match definition.what {
                What::Shared(what) => {
                    let values = shared(what, trials, &mut self.doubts);
                    self.push(schedule, place, None, values);
                }
                what => {
                    for trial in trials {
                        let values = trial.curve(what).unwrap_or_default();
                        self.push(schedule, place, Some(trial.seed), values);
                    }
                }
            }
        }
    }

    fn push(&mut self, schedule: usize, definition: usize, seed: Option<i64>, mut values: Vec<f64>) {
        let infinite = values.iter_mut().filter(|value| value.is_infinite());
        self.doubts.infinite += infinite.map(|value| *value = f64::NAN).count();
        if values.iter().any(|value| !value.is_nan()) {
            self.series.push(Series { schedule, definition, seed, values });
        }
    }
}

fn text(error: PickleError) -> String {
    error.to_string()
}
