//! `nasreplay diff`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Answer, CliError, output, show::note_unfinished};
use crate::benchmark::{Benchmark, NO_ROW};
use crate::experiment::{CellResults, Divergence, FOREIGN_LABEL, Results, Run, first_divergence};

/// Finds the first trial at which two results part ways; exit code 1 when they do.
#[derive(Debug, Args)]
pub struct Diff {
    /// The folder with the first results
    a: PathBuf,
    /// The folder with the second results
    b: PathBuf,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// A cell that both sides have.
struct Pair<'r> {
    benchmark: &'r str,
    strategy: &'r str,
    /// Runs of both sides.
    runs: (usize, usize),
    divergence: Option<Divergence>,
}

impl Diff {
    pub(super) fn run(self) -> Answer {
        let (a, b) = (Results::open(&self.a)?, Results::open(&self.b)?);
        [&a, &b].into_iter().for_each(note_unfinished);
        let pairs = pairs(&a, &b)?;
        if pairs.is_empty() {
            return Err(CliError::usage(
                format!("`{}` and `{}` have no strategy on a benchmark in common", self.a.display(), self.b.display()),
                "cells are found by the names of benchmark and strategy",
            ));
        }
        let odd: Vec<String> = unmatched(&a, &b, "A").into_iter().chain(unmatched(&b, &a, "B")).collect();
        odd.iter().for_each(|sentence| output::note(sentence));
        let same = odd.is_empty() && pairs.iter().all(|pair| pair.divergence.is_none() && pair.runs.0 == pair.runs.1);
        if self.json {
            output::print_json(&pairs.iter().map(Pair::json).collect::<Vec<_>>())?;
        } else {
            pairs.iter().try_for_each(|pair| output::print(&pair.text()))?;
        }
        Ok(same)
    }
}

/// The cells that only one side has, a sentence each.
fn unmatched(side: &Results, other: &Results, name: &str) -> Vec<String> {
    let of = |results: &Results| -> Vec<String> {
        let text = |cell: &CellResults| {
            format!("{} on {}", results.plan.strategy(cell.cell).name, results.plan.benchmark(cell.cell).resolved.name)
        };
        results.cells.iter().map(text).collect()
    };
    let others = of(other);
    of(side)
        .into_iter()
        .filter(|cell| !others.contains(cell))
        .map(|cell| format!("{cell}: only {name} has it"))
        .collect()
}

/// The cells that both sides have, by the names of benchmark and strategy, on the same table.
fn pairs<'r>(a: &'r Results, b: &'r Results) -> Result<Vec<Pair<'r>>, CliError> {
    let mut pairs = Vec::new();
    for cell in &a.cells {
        let (benchmark, strategy) = (a.plan.benchmark(cell.cell), &a.plan.strategy(cell.cell).name);
        let name = &benchmark.resolved.name;
        let same = |other: &&CellResults| {
            b.plan.benchmark(other.cell).resolved.name == *name && b.plan.strategy(other.cell).name == *strategy
        };
        let Some(other) = b.cells.iter().find(same) else { continue };
        let (own, others) = (benchmark.table.digest(), b.plan.benchmark(other.cell).table.digest());
        if own != others {
            return Err(CliError::usage(
                format!("benchmark `{name}` stands on two tables: {} and {}", own.short(), others.short()),
                "rows of different tables cannot be compared",
            ));
        }
        let describe = |run: &Run<'_>, trial: usize| trial_text(benchmark, run, trial);
        let mut runs = cell.runs().zip(other.runs()).enumerate();
        let divergence =
            runs.find_map(|(number, (first, second))| first_divergence(number as u32, &first, &second, &describe));
        pairs.push(Pair { benchmark: name, strategy, runs: (cell.len(), other.len()), divergence });
    }
    Ok(pairs)
}

/// What a trial asked for and was told.
fn trial_text(benchmark: &Benchmark, run: &Run<'_>, trial: usize) -> String {
    let row = run.row[trial];
    let asked = match benchmark.trained_arch(row) {
        _ if row == NO_ROW => "an architecture that the table lacks".to_owned(),
        Some(arch) => benchmark.table.space().write(arch),
        None => format!("row {row}, {}", benchmark.table.space().write(benchmark.table.arch(row as usize))),
    };
    let replicate = match run.replicate[trial] {
        FOREIGN_LABEL => ", a value of no replicate".to_owned(),
        u8::MAX => ", the mean of its replicates".to_owned(),
        place => format!(", replicate {place}"),
    };
    let end = run.end.get(trial).map(|&nanos| format!(", at {:.3} s", nanos as f64 / 1e9)).unwrap_or_default();
    format!("asked for {asked} and was told {}{replicate}{end}", run.told[trial])
}

impl Pair<'_> {
    fn text(&self) -> String {
        let head = format!("{} on {}", self.strategy, self.benchmark);
        let counts = match self.runs {
            (a, b) if a == b => format!("{a} runs"),
            (a, b) => format!("{a} and {b} runs"),
        };
        match &self.divergence {
            None => format!("{head}: the same in all common runs ({counts})\n"),
            Some(divergence) => {
                format!("{head}: {} ({counts})\n  A {}\n  B {}\n", at(divergence), divergence.first, divergence.second)
            }
        }
    }

    fn json(&self) -> serde_json::Value {
        let divergence = self
            .divergence
            .as_ref()
            .map(|found| json!({ "run": found.run, "trial": found.trial, "a": found.first, "b": found.second }));
        json!({ "benchmark": self.benchmark, "strategy": self.strategy, "runs": [self.runs.0, self.runs.1], "divergence": divergence })
    }
}

fn at(divergence: &Divergence) -> String {
    match divergence.trial {
        Some(trial) => format!("first differs in run {}, trial {trial}", divergence.run),
        None => format!("first differs at the end of run {}", divergence.run),
    }
}
