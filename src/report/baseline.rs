//! A baseline: the digests of results and the values that a regression verdict needs, small enough for a repository.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::analysis::{By, Measure, Over, Study, random_level, table_noise};
use crate::base::{Digest, Hasher, read_text};
use crate::benchmark::{NO_ROW, RULES_VERSION, Resolved};
use crate::experiment::{Ends, ExperimentError, Results, Run, Streams};
use crate::stats::hitting;

const FORMAT: &str = "nasreplay-baseline";
const FORMAT_VERSION: u32 = 1;

/// The version of what a baseline's numbers mean: regret, target, hitting times. Baselines of other versions are refused.
pub const DEFINITIONS_VERSION: u32 = 1;

/// Of so many runs of a cell a baseline keeps all asks, so that the first diverging trial can be named.
const KEPT_ASKS: usize = 8;

/// What a later version is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// `nasreplay-baseline`.
    pub format: String,
    /// The version of this file's format.
    pub format_version: u32,
    /// See [`DEFINITIONS_VERSION`].
    pub definitions: u32,
    /// The version of everything that decides a trajectory.
    pub rules: u32,
    /// The version of nasreplay that made it.
    pub nasreplay: String,
    /// The experiment's name.
    pub name: String,
    /// The experiment's seed.
    pub seed: u64,
    /// The benchmarks.
    pub benchmarks: Vec<BaselineBenchmark>,
}

/// One benchmark of a baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineBenchmark {
    /// The benchmark with every default made explicit.
    pub resolved: Resolved,
    /// The metric of the regrets: `test` where the benchmark has one, otherwise `valid`.
    pub metric: String,
    /// The unit of the regrets.
    pub unit: String,
    /// The best mean that regret is counted from: that of the table, or of what was trained.
    pub optimum: f64,
    /// The average architecture's regret.
    pub average: f64,
    /// What random search is expected to reach at the budget; absent where that cannot be told from the table.
    pub target: Option<Target>,
    /// Within this difference two mean regrets count as equal: half of the table's noise; absent where the table has no replicates.
    pub margin: Option<f64>,
    /// The strategies.
    pub cells: Vec<BaselineCell>,
}

/// The regret that random search is expected to reach at the budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The regret.
    pub regret: f64,
    /// What the time to it is counted in: `trials` or `seconds`.
    pub over: String,
    /// The budget, at which times are capped.
    pub budget: f64,
}

/// One strategy of a baseline: an element a run in every list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineCell {
    /// The strategy's name.
    pub strategy: String,
    /// The digest of the cell's trajectories.
    pub digest: Digest,
    /// The numbers of imported runs, as their list gave them; absent for runs that count from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<u64>>,
    /// How the runs ended, where some ended early or have no trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ends>,
    /// Each run's final regret.
    pub regret: Vec<f64>,
    /// When each run's incumbent first had the target's regret, capped at the budget; empty without target.
    pub time_to_target: Vec<f64>,
    /// The first eight bytes of a digest of each run.
    pub runs: Vec<String>,
    /// The rows that the first runs asked for, trial by trial; null for what the table lacks.
    pub asks: Vec<Vec<Option<u32>>>,
}

impl Baseline {
    /// The baseline of some results.
    ///
    /// # Errors
    /// Names what the tables lack, or a cell without any trial, which allows no verdict.
    pub fn of(results: &Results) -> Result<Self, ExperimentError> {
        refuse_silent(results)?;
        let places = 0..results.plan.benchmarks.len();
        let studies = places.map(|place| Study::new(&[(results, place)], By::Test));
        let benchmarks = studies.map(|study| benchmark(&study?)).collect::<Result<_, ExperimentError>>()?;
        Ok(Self {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            definitions: DEFINITIONS_VERSION,
            rules: results.manifest.versions.rules,
            nasreplay: results.manifest.versions.nasreplay.clone(),
            name: results.manifest.name.clone(),
            seed: results.manifest.seed,
            benchmarks,
        })
    }

    /// Reads a baseline's file.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, ExperimentError> {
        let file = path.display().to_string();
        let text = read_text(path).map_err(|source| ExperimentError::Io { file: file.clone(), source })?;
        let fault =
            |what: String, hint: &str| ExperimentError::Folder { folder: file.clone(), what, hint: Some(hint.into()) };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
            fault(format!("is no baseline: {error}"), "`nasreplay baseline save DIR -o FILE.json` makes one")
        })?;
        let number = |key: &str| value.get(key).and_then(serde_json::Value::as_u64);
        if value.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT) {
            return Err(fault("is no baseline".into(), "`nasreplay baseline save DIR -o FILE.json` makes one"));
        }
        let versions = [("format_version", FORMAT_VERSION), ("definitions", DEFINITIONS_VERSION)];
        if let Some((key, expected)) =
            versions.into_iter().find(|(key, version)| number(key) != Some(u64::from(*version)))
        {
            let what = format!("has `{key}` {:?}, this build expects {expected}", number(key).unwrap_or(0));
            return Err(fault(what, "save the baseline again with this build"));
        }
        let baseline: Self = serde_json::from_value(value)
            .map_err(|error| fault(format!("cannot be read: {error}"), "save the baseline again"))?;
        match baseline.broken_rule() {
            Some(what) => Err(fault(what, "save the baseline again")),
            None => Ok(baseline),
        }
    }

    /// What makes a baseline impossible that somebody edited, if anything does.
    fn broken_rule(&self) -> Option<String> {
        let cells =
            self.benchmarks.iter().flat_map(|benchmark| benchmark.cells.iter().map(move |cell| (benchmark, cell)));
        let broken = cells.clone().find_map(|(benchmark, cell)| Some((benchmark, cell, cell.broken_rule(benchmark)?)));
        if let Some((benchmark, cell, what)) = broken {
            return Some(format!("{} on {}: {what}", cell.strategy, benchmark.resolved.name));
        }
        let margin = self.benchmarks.iter().find(|benchmark| benchmark.margin.is_some_and(|margin| margin <= 0.0));
        if let Some(benchmark) = margin {
            return Some(format!("{}: the margin must be above 0", benchmark.resolved.name));
        }
        let mut names: Vec<(&str, &str)> =
            cells.map(|(benchmark, cell)| (benchmark.resolved.name.as_str(), cell.strategy.as_str())).collect();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1])?;
        Some(format!("{} on {} is there twice", twice[0].1, twice[0].0))
    }

    /// The text of its file: a line a field, and lists of numbers in one line, so that a changed run changes few lines.
    pub fn text(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default(); // plain data is always JSON
        let mut text = String::new();
        write_lines(&value, &mut text);
        text + "\n"
    }

    /// What the random streams of a cell's runs are drawn from.
    pub fn streams<'b>(&self, cell: &'b BaselineCell) -> Streams<'b> {
        Streams { seed: self.seed, rules: self.rules, labels: cell.labels.as_deref(), runs: cell.runs.len() }
    }
}

/// Objects and lists of objects take a line for each of their parts, everything else a single one.
fn write_lines(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (number, (name, field)) in fields.iter().enumerate() {
                *text += if number == 0 { "{" } else { ",\n" };
                *text += &format!("{}:", Value::from(name.as_str()));
                write_lines(field, text);
            }
            *text += "}";
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (number, item) in items.iter().enumerate() {
                *text += if number == 0 { "[\n" } else { ",\n" };
                write_lines(item, text);
            }
            *text += "]";
        }
        other => *text += &other.to_string(),
    }
}

impl BaselineCell {
    fn broken_rule(&self, benchmark: &BaselineBenchmark) -> Option<String> {
        let runs = self.runs.len();
        let times = if benchmark.target.is_some() { runs } else { 0 };
        let labels = self.labels.as_ref().map_or(runs, Vec::len);
        let lengths = [
            ("regret", self.regret.len(), runs),
            ("time_to_target", self.time_to_target.len(), times),
            ("labels", labels, runs),
        ];
        if runs == 0 {
            return Some("holds no run".into());
        }
        if self.asks.iter().all(Vec::is_empty) || self.ended.is_some_and(|ends| ends.is_empty()) {
            return Some("holds no trial, which allows no verdict".into());
        }
        if let Some((list, found, expected)) = lengths.into_iter().find(|(_, found, expected)| found != expected) {
            return Some(format!("`{list}` has {found} entries, expected {expected}"));
        }
        let mut numbers = self.regret.iter().chain(&self.time_to_target);
        numbers.find(|number| !number.is_finite()).map(|number| format!("holds {number}"))
    }

    /// How the runs ended, where some ended early.
    pub fn early(&self) -> Option<Ends> {
        self.ended.filter(|ends| ends.early() > 0)
    }
}

impl Default for Baseline {
    fn default() -> Self {
        Self {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            definitions: DEFINITIONS_VERSION,
            rules: RULES_VERSION,
            nasreplay: env!("CARGO_PKG_VERSION").to_owned(),
            name: String::new(),
            seed: 0,
            benchmarks: Vec::new(),
        }
    }
}

/// A cell none of whose runs has a trial says nothing about its strategy: comparing it would call all changes identical.
fn refuse_silent(results: &Results) -> Result<(), ExperimentError> {
    match results.cells.iter().find(|cell| cell.ends().is_empty()) {
        None => Ok(()),
        Some(cell) => Err(ExperimentError::Folder {
            folder: results.folder.display().to_string(),
            what: format!(
                "{} on {} has no trial in any run, which allows no verdict",
                results.plan.strategy(cell.cell).name,
                results.plan.benchmark(cell.cell).resolved.name
            ),
            hint: Some("give the benchmark a budget that fits several trainings, or leave the strategy out".into()),
        }),
    }
}

fn benchmark(study: &Study<'_>) -> Result<BaselineBenchmark, ExperimentError> {
    let target = target(study);
    let cells = study.entries.iter().map(|entry| {
        let times = |target: &Target| time_to_target(study, entry, target);
        let asks = entry
            .cell
            .runs()
            .take(KEPT_ASKS)
            .map(|run| run.row.iter().map(|&row| (row != NO_ROW).then_some(row)).collect());
        BaselineCell {
            strategy: entry.name.to_owned(),
            digest: entry.cell.digest(),
            labels: entry.strategy().imported.as_ref().map(|imported| imported.runs.clone()),
            ended: Some(entry.ends).filter(|ends| !ends.words().is_empty()),
            regret: study.finals(entry, Measure::Regret),
            time_to_target: target.as_ref().map(times).unwrap_or_default(),
            runs: entry.cell.runs().map(|run| run_digest(&run)).collect(),
            asks: asks.collect(),
        }
    });
    Ok(BaselineBenchmark {
        resolved: study.benchmark().resolved.clone(),
        metric: study.by.name().to_owned(),
        unit: study.unit().to_owned(),
        optimum: study.side().level.optimum,
        average: study.value(Measure::Regret, None),
        margin: table_noise(study)?.map(|noise| noise.margin()),
        cells: cells.collect(),
        target,
    })
}

fn target(study: &Study<'_>) -> Option<Target> {
    let level = random_level(study)?;
    Some(Target { regret: level.regret, over: level.horizon.over.name().to_owned(), budget: level.horizon.budget })
}

fn time_to_target(study: &Study<'_>, entry: &crate::analysis::Entry<'_>, target: &Target) -> Vec<f64> {
    let over = if target.over == Over::Seconds.name() { Over::Seconds } else { Over::Trials };
    let initial = study.value(Measure::Regret, None);
    let time = |run| {
        let hit = hitting(study.steps(run, Measure::Regret, over), initial, target.regret);
        hit.map_or(target.budget, |time| time.min(target.budget))
    };
    entry.runs.iter().map(time).collect()
}

/// The first eight bytes of the digest of everything that a run did.
fn run_digest(run: &Run<'_>) -> String {
    let mut hasher = Hasher::default();
    hasher.part("row", bytemuck::cast_slice(run.row)).part("replicate", run.replicate);
    hasher.part("told", bytemuck::cast_slice(run.told)).part("end", bytemuck::cast_slice(run.end));
    let stop = run.stop.map_or(u32::MAX, |stop| stop as u32);
    hasher.part("counts", bytemuck::cast_slice(&[run.duplicates, run.invalid, stop]));
    hasher.finish().to_string()[..16].to_owned() // a digest is 64 hexadecimal digits
}
