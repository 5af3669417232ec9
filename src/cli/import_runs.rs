//! `nasreplay import-runs`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::destination::overwrites;
use super::run::warn_of;
use super::show::warn_of_ends;
use super::{Answer, CliError, output};
use crate::base::{Digest, nearest, read_regular};
use crate::benchmark::{BenchmarkSpec, Budget};
use crate::experiment::{
    ExperimentError, ExperimentSpec, ImportRules, Imported, ListedTrial, Plan, Statement, import_runs,
    listed_strategies, read_trials,
};

/// Scores the trials of somebody's own strategy from the table and stores them as results.
#[derive(Debug, Args)]
pub struct ImportRuns {
    /// The list of trials: .jsonl or .csv with run, trial, architecture and, if wanted, strategy, told, seconds, schedule, epoch
    file: PathBuf,
    /// The benchmark: an experiment file with one benchmark, `FILE.toml:NAME`, or `TABLE/TASK` with all defaults
    #[arg(long, value_name = "B")]
    benchmark: String,
    /// The folder for the results
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// What trials that name no strategy belong to; the file's name if left out
    #[arg(long, value_name = "NAME")]
    strategy: Option<String>,
    /// What the strategy is: a version, a command, a link; stored with the results
    #[arg(long, value_name = "TEXT")]
    described: Option<String>,
    /// Overwrites results that the folder holds
    #[arg(long)]
    replace: bool,
    /// Takes a list most of whose told values are those of no published training, such as a surrogate's
    #[arg(long)]
    foreign_values: bool,
}

impl ImportRuns {
    pub(super) fn run(self) -> Answer {
        let benchmark =
            self.benchmark.rsplit_once(".toml:").map_or(self.benchmark.clone(), |(file, _)| format!("{file}.toml"));
        if let Some(input) = [self.file.clone(), benchmark.into()].iter().find(|input| overwrites(&self.out, input)) {
            let what = format!(
                "the input `{}` lies in `{}`, where it would be overwritten",
                input.display(),
                self.out.display()
            );
            return Err(CliError::usage(what, "choose another folder for the results"));
        }
        let listed = read_trials(&self.file)?;
        let (mut spec, file) = self.spec(&listed)?;
        let name = self.strategy.clone().unwrap_or_else(|| stem(&self.file));
        let bytes = read_regular(&self.file)
            .map_err(|source| ExperimentError::Io { file: self.file.display().to_string(), source })?;
        let imported = Imported {
            file: self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            digest: Digest::of(&bytes),
            described: self.described.clone(),
            runs: Vec::new(),
        };
        spec.strategy.clear();
        spec.runs = most_runs(&listed, &name);
        let mut plan = Plan::resolve(&spec, &file)?;
        plan.strategies = listed_strategies(&listed, &name, &imported);
        warn_of(&plan);
        let text = self.declaration(&spec);
        let rules = ImportRules { replace: self.replace, foreign_values: self.foreign_values };
        let outcome = import_runs(&plan, listed, &text, &self.out, rules)?;
        output::note(&format!("stored {} trials of {} runs in {}", outcome.trials, outcome.runs, self.out.display()));
        let tell = |count: usize, what: &str| {
            if count > 0 {
                output::warn(&format!("{count} {what}"));
            }
        };
        tell(outcome.foreign, "trials were told a value that none of the architecture's replicates has");
        tell(outcome.drawn, "trials have no told value; the replay's noise drew it, which the strategy did not see");
        if let Some(correlation) = outcome.upside_down {
            output::warn(&format!(
                "told values fall where the table's rise (rank correlation {correlation:.2}): an error told as an accuracy turns every result upside down"
            ));
        }
        warn_of_ends(&plan, outcome.ends.iter().copied());
        tell(outcome.beyond, "listed trials lie beyond the benchmark's budget and were left out");
        Ok(true)
    }

    /// The experiment that the benchmark is part of, and its file.
    fn spec(&self, listed: &[ListedTrial]) -> Result<(ExperimentSpec, PathBuf), CliError> {
        let (file, name) = match self.benchmark.rsplit_once(".toml:") {
            Some((file, name)) => (format!("{file}.toml"), Some(name)),
            None => (self.benchmark.clone(), None),
        };
        if file.ends_with(".toml") {
            let mut spec = ExperimentSpec::read_benchmarks(Path::new(&file))?;
            choose(&mut spec, &file, name)?;
            return Ok((spec, file.into()));
        }
        let Some((table, task)) = self.benchmark.rsplit_once('/') else {
            return Err(CliError::usage(
                format!("--benchmark `{}` names no benchmark", self.benchmark),
                "give an experiment file with one benchmark, `FILE.toml:NAME`, or `TABLE/TASK` such as `nasbench201/cifar10`",
            ));
        };
        let longest = listed.iter().map(|trial| trial.trial.saturating_add(1)).max().unwrap_or(1);
        let budget = Budget { trials: Some(longest.min(u64::from(u32::MAX)) as u32), ..Budget::default() };
        let benchmark: BenchmarkSpec =
            serde_json::from_value(serde_json::json!({ "name": task, "table": table, "task": task }))
                .map_err(|error| CliError::usage(format!("--benchmark: {error}"), "give `TABLE/TASK`"))?;
        let name = format!("{} (imported)", stem(&self.file));
        let spec = ExperimentSpec {
            name,
            seed: 0,
            runs: 1,
            budget,
            benchmark: vec![benchmark],
            strategy: Vec::new(),
            statement: Statement::default(),
        };
        Ok((spec, PathBuf::from("imported.toml")))
    }

    /// What stands in the results' `experiment.toml`.
    fn declaration(&self, spec: &ExperimentSpec) -> String {
        let told = format!(
            "# The runs were imported from `{}`; this is the benchmark that they were scored on.\n",
            self.file.display()
        );
        told + &toml::to_string(spec).unwrap_or_default() // plain data is always TOML
    }
}

/// Leaves the named benchmark only, or the only one.
fn choose(spec: &mut ExperimentSpec, file: &str, name: Option<&str>) -> Result<(), CliError> {
    let names: Vec<String> = spec.benchmark.iter().map(|benchmark| benchmark.name.clone()).collect();
    let known = || names.iter().map(String::as_str);
    match name {
        None if names.len() == 1 => Ok(()),
        None => Err(CliError::usage(
            format!("`{file}` has {} benchmarks: {}", names.len(), names.join(", ")),
            &format!("choose one: --benchmark {file}:{}", names.first().map_or("", String::as_str)),
        )),
        Some(name) => {
            spec.benchmark.retain(|benchmark| benchmark.name == name);
            if spec.benchmark.is_empty() {
                let near = nearest(name, known()).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                return Err(CliError::usage(
                    format!("`{file}` has no benchmark `{name}`"),
                    &format!("there are {}{near}", names.join(", ")),
                ));
            }
            Ok(())
        }
    }
}

/// The most runs that a strategy of the list has.
fn most_runs(listed: &[ListedTrial], name: &str) -> u32 {
    let mut runs: HashMap<&str, std::collections::HashSet<u64>> = HashMap::new();
    for trial in listed {
        runs.entry(trial.strategy.as_deref().unwrap_or(name)).or_default().insert(trial.run);
    }
    runs.values().map(|runs| runs.len() as u32).max().unwrap_or(1)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
