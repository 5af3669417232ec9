//! `nasreplay show`.

use std::path::PathBuf;

use clap::Args;

use super::{Answer, output, run::note_training};
use crate::analysis::foreign_text;
use crate::experiment::{Cell, CellResults, Ends, Plan, Results};
use crate::report::{FEW_RUNS, summaries, table};

/// Prints a line for each strategy on each benchmark.
#[derive(Debug, Args)]
pub struct Show {
    /// The folders with the results
    #[arg(required = true)]
    dir: Vec<PathBuf>,
    /// Prints JSON: everything, unrounded
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(self) -> Answer {
        let mut all = Vec::new();
        for dir in &self.dir {
            let results = Results::open(dir)?;
            warn_of_results(&results);
            let mut lines = summaries(&results)?;
            if self.dir.len() > 1 {
                lines.iter_mut().for_each(|line| line.folder = Some(dir.display().to_string()));
            }
            all.extend(lines);
        }
        if self.json {
            output::print_json(&all)?
        } else {
            output::print(&table(&all))?
        }
        Ok(true)
    }
}

/// Says what a reader of results should know: cells that are not there or not whole yet, few runs, a test metric as objective.
pub(super) fn warn_of_results(results: &Results) {
    note_unfinished(results);
    if !results.manifest_has_digest() {
        output::warn(
            "manifest.json states no digest of itself (it is of an earlier version, or was edited): `nasreplay verify` compares what it says with the tables",
        );
    }
    note_training(&results.plan);
    let benchmarks = results.plan.benchmarks.iter().map(|(benchmark, _)| benchmark);
    benchmarks.filter_map(|benchmark| benchmark.sampler_text()).for_each(|text| output::warn(&text));
    warn_of_divergence(results);
    let benchmarks = results.plan.benchmarks.iter().map(|(benchmark, _)| benchmark);
    benchmarks.filter_map(|benchmark| benchmark.charge_text()).for_each(|text| output::warn(&text));
    for cell in &results.cells {
        let (strategy, benchmark) =
            (&results.plan.strategy(cell.cell).name, &results.plan.benchmark(cell.cell).resolved.name);
        foreign_text(cell).iter().for_each(|text| output::warn(&format!("{strategy} on {benchmark}: {text}")));
    }
    warn_of_ends(&results.plan, results.cells.iter().map(|cell| (cell.cell, cell.ends())));
    let runs = results.cells.iter().map(|cell| cell.len()).min().unwrap_or(0);
    if runs < FEW_RUNS {
        output::warn(&format!(
            "{runs} runs a cell are few: means and intervals of under {FEW_RUNS} runs are not to be trusted"
        ));
    }
    for (benchmark, _) in results.plan.benchmarks.iter().filter(|(benchmark, _)| benchmark.resolved.test_objective) {
        let (name, metric) = (&benchmark.resolved.name, &benchmark.resolved.objective.metric);
        output::warn(&format!("benchmark `{name}`: strategies were told the test metric `{metric}`"));
    }
}

/// Says how many of the architectures that were trained for these results have a training that diverged.
fn warn_of_divergence(results: &Results) {
    for (place, (benchmark, _)) in results.plan.benchmarks.iter().enumerate() {
        let trained = results.trained(place);
        let lost = trained.values().filter(|row| row.told.iter().any(|told| told.is_nan())).count();
        if lost > 0 {
            output::warn(&format!(
                "benchmark `{}`: of {} architectures trained for it, {lost} have a training that diverged; their means are over the others",
                benchmark.resolved.name,
                trained.len()
            ));
        }
    }
}

/// Says of which cells runs ended early or have no trial, and why.
pub(super) fn warn_of_ends(plan: &Plan, cells: impl Iterator<Item = (Cell, Ends)>) {
    for (cell, ends) in cells {
        let (strategy, benchmark) = (&plan.strategy(cell).name, &plan.benchmark(cell).resolved.name);
        ends.sentence().iter().for_each(|sentence| output::warn(&format!("{strategy} on {benchmark}: {sentence}")));
    }
}

/// Says which cells are not there or not whole yet.
pub(super) fn note_unfinished(results: &Results) {
    let is_growing = |cell: &&CellResults| {
        let imported = results.plan.strategy(cell.cell).imported.is_some();
        !imported && cell.len() < results.manifest.runs as usize
    };
    let growing = results.cells.iter().filter(is_growing).count();
    let (absent, all) = (results.absent.len(), results.absent.len() + results.cells.len());
    if absent + growing > 0 {
        output::warn(&format!(
            "of {all} cells {absent} are not there yet and {growing} lack runs; `nasreplay run` with the same experiment continues"
        ));
    }
}
