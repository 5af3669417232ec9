//! Runs of somebody's own strategy, scored again from the table and stored as results like any other, marked as imported.
//!
//! What the strategy asked for is kept in its order; what a trial told is the listed value where there is one, otherwise what the
//! replay's noise draws; what it cost is the listed seconds, otherwise the table's. Budget and policies are the benchmark's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ends::Ends;
use super::error::ExperimentError;
use super::folder::{Folder, Manifest, Timing, cell_path};
use super::plan::{Cell, NamedStrategy, Plan};
use super::record::{Block, RunEnd, Stop};
use super::replay::Arena;
use super::store::{self, Header};
use super::told_elsewhere::{ToldValues, same};
use super::trial_list::{ListedStop, ListedTrial};
use crate::base::{Digest, Nanos};
use crate::benchmark::{Benchmark, Duplicates, Invalid, Missing, NO_ROW, Noise, Overrun, Projection, Resolved, Slot};

/// The longest name of an imported strategy in bytes: its letters may take three in a file's name.
const LONGEST_NAME: usize = 80;

/// The label of a trial whose listed value is that of none of the table's replicates.
pub const FOREIGN_LABEL: u8 = 254;

/// Where imported runs came from; part of what identifies their cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imported {
    /// The file's name.
    pub file: String,
    /// The BLAKE3 digest of its bytes.
    pub digest: Digest,
    /// What the strategy is, in the words of whoever imported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub described: Option<String>,
    /// The numbers that the list gives the runs, in rising order: run 0 of the results is the first.
    pub runs: Vec<u64>,
}

/// What an import found.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct ImportOutcome {
    /// Runs that were stored.
    pub runs: usize,
    /// Trials that were stored.
    pub trials: usize,
    /// Stored trials whose listed value is that of none of the row's replicates.
    pub foreign: usize,
    /// Stored trials that had no listed value, so that the replay's noise drew it.
    pub drawn: usize,
    /// Listed trials beyond the budget.
    pub beyond: usize,
    /// How the runs of each strategy ended.
    pub ends: Vec<(Cell, Ends)>,
    /// The rank correlation of told values with the table's, where it is clearly negative.
    pub upside_down: Option<f64>,
}

/// A list most of whose values are no published ones is most likely one of another metric.
fn foreign_list(benchmark: &Benchmark, told: &ToldValues, outcome: &ImportOutcome) -> ExperimentError {
    let Resolved { name, task, objective, .. } = &benchmark.resolved;
    let counts = format!("{} of {}", outcome.foreign, outcome.trials - outcome.drawn);
    let source = told.source(benchmark);
    let what = match &source {
        Some(source) => format!("; most are {source}"),
        None => match outcome.upside_down {
            Some(correlation) => format!("; they fall where the table's rise (rank correlation {correlation:.2})"),
            None => String::new(),
        },
    };
    ExperimentError::Folder {
        folder: format!("benchmark {name}"),
        what: format!("{counts} told values are those of no training of `{}` of task `{task}`{what}", objective.metric),
        hint: Some(
            "tell the objective's values in its unit and unrounded, import against the benchmark that they belong to, or overrule this with \
             `--foreign-values`"
                .into(),
        ),
    }
}

/// What an import may do.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ImportRules {
    /// Overwrites results that the folder holds.
    pub replace: bool,
    /// Takes a list most of whose told values are those of no published training.
    pub foreign_values: bool,
}

/// Scores listed trials again and stores them as results; the plan has one benchmark and the imported strategies.
///
/// # Errors
/// Names the line of the list and what is wrong with it; refuses a folder that holds something else, and a list most of whose told values
/// are those of no training of the benchmark, unless that is allowed: it names the metric that they are values of.
pub fn import_runs(
    plan: &Plan,
    listed: Vec<ListedTrial>,
    text: &str,
    folder: &Path,
    rules: ImportRules,
) -> Result<ImportOutcome, ExperimentError> {
    let replace = rules.replace;
    let benchmark = &plan.benchmarks[0].0;
    let arena = Arena::new(benchmark)?;
    let mut outcome = ImportOutcome::default();
    let mut cells = Vec::new();
    for cell in plan.cells() {
        let strategy = &plan.strategy(cell).name;
        let own = listed.iter().filter(|trial| trial.strategy.as_ref().unwrap_or(strategy) == strategy);
        let block = Rescorer { benchmark, arena: &arena, seed: plan.seed }.block(own, &mut outcome)?;
        outcome.ends.push((cell, Ends::of(block.runs())));
        cells.push((cell, block));
    }
    let told = ToldValues::of(benchmark, &listed);
    outcome.upside_down = told.are_upside_down(benchmark);
    if 2 * outcome.foreign > outcome.trials - outcome.drawn && !rules.foreign_values {
        return Err(foreign_list(benchmark, &told, &outcome));
    }
    check_names(plan, folder)?;
    let folder = Folder(folder.to_owned());
    if folder.0.join("manifest.json").exists() && !replace {
        let hint = "choose another folder, or let `--replace` overwrite it";
        return Err(folder.fault("holds results already".into(), Some(hint)));
    }
    let _lock = folder.prepare()?;
    cells.into_iter().try_for_each(|(cell, block)| write_cell(plan, cell, block, &folder))?;
    folder.write_text("experiment.toml", text)?;
    folder.write_text("manifest.json", &Manifest::of(plan).text())?;
    let timing = Timing { tables: plan.places(), ..Timing::default() };
    folder.write_text("timing.json", &serde_json::to_string(&timing).unwrap_or_default())?; // plain data is always JSON
    Ok(outcome)
}

/// A strategy's name becomes that of its file.
fn check_names(plan: &Plan, folder: &Path) -> Result<(), ExperimentError> {
    let is_odd = |name: &str| name.trim().is_empty() || name.contains(char::is_control);
    if let Some(odd) = plan.strategies.iter().find(|strategy| is_odd(&strategy.name)) {
        return Err(ExperimentError::Folder {
            folder: folder.display().to_string(),
            what: format!("the strategy's name {:?} is empty or holds a control character", odd.name),
            hint: Some("give it another name: `strategy` in the list, or --strategy".into()),
        });
    }
    match plan.strategies.iter().find(|strategy| strategy.name.len() > LONGEST_NAME) {
        None => Ok(()),
        Some(long) => Err(ExperimentError::Folder {
            folder: folder.display().to_string(),
            what: format!("a strategy's name has {} bytes, at most {LONGEST_NAME} make a file's name", long.name.len()),
            hint: Some("give it a shorter name: `strategy` in the list, or --strategy".into()),
        }),
    }
}

fn write_cell(plan: &Plan, cell: Cell, block: Block, folder: &Folder) -> Result<(), ExperimentError> {
    let benchmark = &plan.benchmark(cell).resolved;
    let path = folder.0.join(cell_path(plan, cell));
    let parent = path.parent().unwrap_or(&folder.0);
    fs::create_dir_all(parent).map_err(|source| crate::base::FileError { path: parent.to_owned(), source })?;
    let header = Header {
        benchmark: benchmark.name.clone(),
        strategy: plan.strategy(cell).name.clone(),
        key: plan.key(cell),
        runs: block.trials.len(),
        trials: block.row.len(),
        trained: None,
        has_cost: !benchmark.cost.is_empty(),
    };
    store::write(&path, &header, &[block]).map(|_| ())
}

/// The strategies that a list holds, in the order of their first trials; `name` for trials that name none.
pub fn listed_strategies(listed: &[ListedTrial], name: &str, imported: &Imported) -> Vec<NamedStrategy> {
    let mut names: Vec<&str> = Vec::new();
    for trial in listed {
        let strategy = trial.strategy.as_deref().unwrap_or(name);
        if !names.contains(&strategy) {
            names.push(strategy);
        }
    }
    let named = |label: &str| {
        let own = listed.iter().filter(|trial| trial.strategy.as_deref().unwrap_or(name) == label);
        let runs: BTreeSet<u64> = own.map(|trial| trial.run).collect();
        NamedStrategy {
            name: label.to_owned(),
            title: label.to_owned(),
            preset: None,
            settings: None,
            imported: Some(Imported { runs: runs.into_iter().collect(), ..imported.clone() }),
        }
    };
    names.into_iter().map(named).collect()
}

/// Scores listed trials as a replay would.
struct Rescorer<'a> {
    benchmark: &'a Benchmark,
    arena: &'a Arena,
    seed: u64,
}

/// A run while it is scored again.
#[derive(Default)]
struct Progress {
    clock: Nanos,
    epochs: u64,
    duplicates: u32,
    invalid: u32,
    trials: u32,
    begun: HashMap<usize, u32>,
}

fn listed_end(stop: ListedStop) -> Stop {
    match stop {
        ListedStop::Finished => Stop::Finished,
        ListedStop::Exhausted => Stop::Exhausted,
        ListedStop::Failed => Stop::Failed,
    }
}

/// What a listed trial comes to.
struct Scored {
    row: u32,
    replicate: u8,
    told: f64,
    cost: Nanos,
    epochs: u64,
    /// Whether the run has trained the row before.
    duplicate: bool,
}

impl Rescorer<'_> {
    fn block<'t>(
        &self,
        listed: impl Iterator<Item = &'t ListedTrial>,
        outcome: &mut ImportOutcome,
    ) -> Result<Block, ExperimentError> {
        let mut runs: BTreeMap<u64, Vec<&ListedTrial>> = BTreeMap::new();
        listed.for_each(|trial| runs.entry(trial.run).or_default().push(trial));
        let mut block = Block::default();
        for (label, mut trials) in runs {
            trials.sort_by_key(|trial| trial.trial);
            if let Some(pair) = trials.windows(2).find(|pair| pair[0].trial.checked_add(1) != Some(pair[1].trial)) {
                let what = format!("run {} has trial {} after trial {}", pair[1].run, pair[1].trial, pair[0].trial);
                return Err(self.fault(pair[1], what, "number the trials of a run 0, 1, 2 ... as they were asked for"));
            }
            if let Some((_, early)) = trials
                .split_last()
                .and_then(|(_, others)| others.iter().find_map(|trial| trial.stop.map(|stop| (stop, *trial))))
            {
                let what =
                    format!("run {} has trials after trial {}, which says that it stops there", early.run, early.trial);
                return Err(self.fault(early, what, "let only the last trial of a run have a `stop`"));
            }
            self.run(label, &trials, &mut block, outcome)?;
        }
        outcome.runs += block.trials.len();
        outcome.trials += block.row.len();
        Ok(block)
    }

    fn run(
        &self,
        label: u64,
        trials: &[&ListedTrial],
        block: &mut Block,
        outcome: &mut ImportOutcome,
    ) -> Result<(), ExperimentError> {
        let noise = self.arena.noise(self.seed, label);
        let mut progress = Progress::default();
        let mut stop = None;
        for (place, listed) in trials.iter().enumerate() {
            let Some(scored) = self.score(listed, noise, &mut progress)? else { continue };
            let before = progress.trials;
            let over = self.spend(&mut progress, &scored, block);
            if progress.trials > before {
                progress.duplicates += u32::from(scored.duplicate);
                outcome.foreign += usize::from(scored.replicate == FOREIGN_LABEL);
                outcome.drawn += usize::from(listed.told.is_none());
            }
            if over.is_some() {
                stop = over;
                outcome.beyond += trials.len() - place - (progress.trials - before) as usize;
                break;
            }
        }
        let said = trials.last().and_then(|trial| trial.stop);
        let stop = stop.unwrap_or_else(|| said.map_or_else(|| self.unsaid_end(&progress), listed_end));
        let Progress { trials, duplicates, invalid, .. } = progress;
        block.end_run(RunEnd { trials, duplicates, invalid, stop }, Nanos(0));
        Ok(())
    }

    /// Why a run ended whose list does not say so: its budget left no room for the costliest training, or nobody knows.
    fn unsaid_end(&self, progress: &Progress) -> Stop {
        let limits = &self.benchmark.limits;
        if limits.epochs < u64::MAX && limits.epochs - progress.epochs < limits.epochs_a_trial {
            return Stop::Epochs;
        }
        match self.arena.projection().cost_range() {
            Some((_, costliest)) if limits.clock.0 < u64::MAX && limits.clock.0 - progress.clock.0 < costliest.0 => {
                Stop::Clock
            }
            _ => Stop::Censored,
        }
    }

    fn score(
        &self,
        listed: &ListedTrial,
        noise: Noise,
        progress: &mut Progress,
    ) -> Result<Option<Scored>, ExperimentError> {
        self.check_fidelity(listed)?;
        let projection = self.arena.projection();
        let arch = projection.space().parse(&listed.architecture).map_err(|error| {
            self.fault(listed, error.to_string(), "name architectures as `nasreplay space info` says")
        })?;
        let Some(slot) = projection.slot(arch).filter(|&slot| projection.entry(slot).measured > 0) else {
            return self.score_missing(listed, progress);
        };
        let entry = projection.entry(slot);
        let begun = progress.begun.entry(slot).or_default();
        let (again, duplicates) = (*begun > 0, self.benchmark.resolved.duplicates);
        let training = projection.choose(entry, if duplicates == Duplicates::Charge { *begun } else { 0 }, noise);
        *begun += 1;
        if again && duplicates == Duplicates::Refuse {
            progress.duplicates += 1;
            return Ok(None);
        }
        let (told, training) = self.told(listed, slot, entry, training)?;
        let paid = !(again && duplicates == Duplicates::Free);
        let cost = match listed.seconds {
            _ if !projection.has_cost() || !paid => Nanos(0),
            Some(seconds) => Nanos::from_seconds(seconds).map_err(|error| {
                self.fault(listed, format!("`seconds`: {error}"), "give seconds, or leave them out")
            })?,
            None => projection.cost(slot, training.unwrap_or(0)),
        };
        let replicate = training.map_or(FOREIGN_LABEL, |training| projection.label(slot, training));
        let epochs = if paid { self.benchmark.limits.epochs_a_trial } else { 0 };
        Ok(Some(Scored { row: entry.row, replicate, told, cost, epochs, duplicate: again }))
    }

    /// The told value, and the training that it is the value of.
    fn told(
        &self,
        listed: &ListedTrial,
        slot: usize,
        entry: Slot,
        drawn: usize,
    ) -> Result<(f64, Option<usize>), ExperimentError> {
        let projection: &Projection = self.arena.projection();
        let Some(told) = listed.told else { return Ok((projection.told(slot, drawn), Some(drawn))) };
        if !told.is_finite() {
            return Err(self.fault(listed, format!("`told` is {told}"), "give a number, or leave it out"));
        }
        let same = |training: &usize| same(projection.told(slot, *training), told);
        let found = std::iter::once(drawn).chain(0..entry.measured as usize).find(same);
        Ok((found.map_or(told, |training| projection.told(slot, training)), found))
    }

    fn score_missing(&self, listed: &ListedTrial, progress: &mut Progress) -> Result<Option<Scored>, ExperimentError> {
        let resolved = &self.benchmark.resolved;
        progress.invalid += 1;
        match (resolved.missing, resolved.invalid) {
            (Missing::Skip, Invalid::Redraw) => Ok(None),
            (Missing::Skip, Invalid::Penalise) => {
                let projection = self.arena.projection();
                let told = projection.sign() * projection.worst();
                Ok(Some(Scored { row: NO_ROW, replicate: 0, told, cost: Nanos(0), epochs: 0, duplicate: false }))
            }
            (Missing::Train, _) => {
                let what = format!(
                    "the table has no measured row for `{}`, and imported runs are not trained for",
                    listed.architecture
                );
                Err(self.fault(listed, what, "import against a benchmark with `missing = \"skip\"`"))
            }
            _ => {
                let what = format!("the table has no measured row for `{}`", listed.architecture);
                Err(self.fault(listed, what, "let the benchmark say `missing = \"skip\"`"))
            }
        }
    }

    /// Other fidelities than the objective's are not recorded yet.
    fn check_fidelity(&self, listed: &ListedTrial) -> Result<(), ExperimentError> {
        let objective = &self.benchmark.resolved.objective;
        if let Some(schedule) = listed.schedule.as_ref().filter(|schedule| **schedule != objective.schedule) {
            let what = format!("schedule `{schedule}`, but the benchmark's objective is `{}`", objective.schedule);
            return Err(self.fault(listed, what, "import each fidelity against a benchmark that tells it"));
        }
        match listed.epoch.filter(|&epoch| epoch != objective.epoch) {
            None => Ok(()),
            Some(epoch) => {
                let what = format!("epoch {epoch}, but the benchmark's objective stands at {}", objective.epoch);
                Err(self.fault(listed, what, "import each fidelity against a benchmark that tells it"))
            }
        }
    }

    /// Lets a trial use up the budget and records it unless it is dropped; says when the run is over.
    fn spend(&self, progress: &mut Progress, scored: &Scored, block: &mut Block) -> Option<Stop> {
        let limits = &self.benchmark.limits;
        progress.clock = Nanos(progress.clock.0.saturating_add(scored.cost.0));
        progress.epochs = progress.epochs.saturating_add(scored.epochs);
        let crossed = match (progress.clock > limits.clock, progress.epochs > limits.epochs) {
            (true, _) => Some(Stop::Clock),
            (_, true) => Some(Stop::Epochs),
            _ => None,
        };
        if crossed.is_some() && self.benchmark.resolved.overrun == Overrun::Drop {
            return crossed;
        }
        progress.trials += 1;
        let used_up = (progress.trials == limits.trials).then_some(Stop::Trials);
        block.row.push(scored.row);
        block.replicate.push(scored.replicate);
        block.told.push(scored.told);
        if self.arena.projection().has_cost() {
            block.end.push(progress.clock.0);
        }
        let reached = match self.arena.projection().sign() * scored.told >= limits.target {
            true => Some(Stop::Target),
            false if progress.clock >= limits.clock => Some(Stop::Clock),
            false => (progress.epochs >= limits.epochs).then_some(Stop::Epochs),
        };
        crossed.or(reached).or(used_up)
    }

    fn fault(&self, listed: &ListedTrial, what: String, hint: &str) -> ExperimentError {
        ExperimentError::Listed { line: listed.line, what, hint: hint.to_owned() }
    }
}
