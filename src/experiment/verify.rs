//! Replaying stored results again, and saying where the first difference stands.

use super::difference::first_divergence;
use super::engine::{Progress, replay_cell};
use super::error::ExperimentError;
use super::folder::{Folder, NOT_AS_WRITTEN};
use super::record::{Block, digest};
use super::replay::Arena;
use super::results::{CellResults, Results, Run};
use super::training::reattach;
use crate::benchmark::{Benchmark, Reference};

/// Where results differ from what their experiment gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The benchmark's name; none where the manifest as a whole differs.
    pub benchmark: Option<String>,
    /// The strategy's name, where a cell differs.
    pub strategy: Option<String>,
    /// The first difference: run, trial, and both values.
    pub what: String,
}

/// Replays every stored run again and lists the cells that differ; of imported runs, the values are compared with the table.
/// Trained rows are taken from the results, which hold them. The reference values are computed from the table again, and the manifest must
/// have its digest.
///
/// # Errors
/// As a replay: see [`super::run`].
pub fn verify(results: &Results, progress: Progress) -> Result<Vec<Difference>, ExperimentError> {
    let plan = &results.plan;
    let mut differences = manifest_differences(results)?;
    let places = Folder(results.folder.clone()).timing().training;
    let arena = |(benchmark, _): &(Benchmark, Reference)| {
        let place = places.get(&benchmark.resolved.name);
        let mut benchmark = benchmark.clone();
        reattach(&mut benchmark, place)?;
        Arena::new(&benchmark)
    };
    let arenas: Vec<Arena> = plan.benchmarks.iter().map(arena).collect::<Result<_, _>>()?;
    results.cells.iter().for_each(|cell| arenas[cell.cell.benchmark].learn(cell.file().trained.iter()));
    for cell in &results.cells {
        let arena = &arenas[cell.cell.benchmark];
        let difference = if plan.strategy(cell.cell).imported.is_some() {
            progress(cell.len() as u32);
            foreign_value(cell, arena)
        } else {
            difference(cell, &replay_cell(plan, cell.cell, arena, 0..cell.len() as u32, progress)?)
        };
        if let Some(what) = difference {
            differences.push(Difference {
                benchmark: Some(plan.benchmark(cell.cell).resolved.name.clone()),
                strategy: Some(plan.strategy(cell.cell).name.clone()),
                what,
            });
        }
    }
    Ok(differences)
}

/// What the manifest says that is not so.
fn manifest_differences(results: &Results) -> Result<Vec<Difference>, ExperimentError> {
    let mut differences = Vec::new();
    if !results.manifest_is_sound() {
        differences.push(Difference { benchmark: None, strategy: None, what: NOT_AS_WRITTEN.to_owned() });
    }
    for (benchmark, stored) in &results.plan.benchmarks {
        let resolved = &benchmark.resolved;
        for measure in [&resolved.objective, &resolved.valid].into_iter().chain(&resolved.test).chain(&resolved.cost) {
            let (column, _) = benchmark.column(measure)?;
            if column.metric().unit != measure.unit {
                let what = format!(
                    "the manifest says that `{}` is in {}, the table {}",
                    measure.metric,
                    measure.unit,
                    column.metric().unit
                );
                differences.push(Difference { benchmark: Some(resolved.name.clone()), strategy: None, what });
            }
        }
        let computed = Reference::compute(benchmark)?;
        if computed != *stored {
            let what = format!("the manifest's reference values are {}, the table's {}", json(stored), json(&computed));
            differences.push(Difference { benchmark: Some(benchmark.resolved.name.clone()), strategy: None, what });
        }
    }
    Ok(differences)
}

fn json(reference: &Reference) -> String {
    serde_json::to_string(reference).unwrap_or_default() // plain data is always JSON
}

/// Imported runs cannot be replayed; what they were told must be the table's where it says so.
fn foreign_value(cell: &CellResults, arena: &Arena) -> Option<String> {
    if cell.file().found_digest() != cell.digest() {
        return Some("the columns do not have the file's digest".into());
    }
    let projection = arena.projection();
    let wrong = |run: &Run<'_>, trial: usize| {
        let (row, label) = (run.row[trial], run.replicate[trial]);
        let slot = projection.slot_of_row(row)?;
        let mut trainings = 0..projection.entry(slot).measured as usize;
        let training = trainings.find(|&training| projection.label(slot, training) == label)?;
        (projection.told(slot, training) != run.told[trial]).then(|| trial_text(run, trial))
    };
    let mut trials =
        cell.runs().enumerate().flat_map(|(number, run)| (0..run.row.len()).map(move |trial| (number, run, trial)));
    trials.find_map(|(number, run, trial)| {
        wrong(&run, trial).map(|text| format!("run {number}, trial {trial}: {text} is not what the table holds"))
    })
}

fn difference(cell: &CellResults, replayed: &[Block]) -> Option<String> {
    let (stated, stored_digest, replayed_digest) = (cell.digest(), cell.file().found_digest(), digest(replayed));
    if stored_digest == replayed_digest {
        return (stated != stored_digest)
            .then(|| format!("the columns are right, but the file states digest {}", stated.short()));
    }
    let mut pairs = cell.runs().zip(replayed.iter().flat_map(Block::runs)).enumerate();
    let first =
        pairs.find_map(|(run, (stored, replayed))| first_divergence(run as u32, &stored, &replayed, &trial_text));
    Some(first.map_or_else(|| "the digests differ".into(), |divergence| divergence.text("stored", "replayed")))
}

fn trial_text(run: &Run<'_>, trial: usize) -> String {
    let end = run.end.get(trial).map(|end| format!(", end {end} ns")).unwrap_or_default();
    format!("row {}, replicate {}, told {:?}{end}", run.row[trial], run.replicate[trial], run.told[trial])
}
