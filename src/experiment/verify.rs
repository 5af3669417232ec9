//! Replaying stored results again, and saying where the first difference stands.

use super::engine::{Progress, replay_cell};
use super::error::ExperimentError;
use super::folder::Folder;
use super::record::{Block, digest};
use super::replay::Arena;
use super::results::{CellResults, Results};
use super::training::reattach;
use crate::benchmark::{Benchmark, Reference};

/// Where a cell differs from what its experiment gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The benchmark's name.
    pub benchmark: String,
    /// The strategy's name.
    pub strategy: String,
    /// The first difference: run, trial, and both values.
    pub what: String,
}

/// Replays every stored run again and lists the cells that differ. Trained rows are taken from the results, which hold them.
///
/// # Errors
/// As a replay: see [`super::run`].
pub fn verify(results: &Results, progress: Progress) -> Result<Vec<Difference>, ExperimentError> {
    let mut differences = Vec::new();
    let plan = &results.plan;
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
        let replayed = replay_cell(plan, cell.cell, arena, 0..cell.len() as u32, progress)?;
        if let Some(what) = difference(cell, &replayed) {
            differences.push(Difference {
                benchmark: plan.benchmark(cell.cell).resolved.name.clone(),
                strategy: plan.strategy(cell.cell).name.clone(),
                what,
            });
        }
    }
    Ok(differences)
}

fn difference(cell: &CellResults, replayed: &[Block]) -> Option<String> {
    let stored = [cell.file().to_block()];
    let (stated, stored_digest, replayed_digest) = (cell.digest(), digest(&stored), digest(replayed));
    if stored_digest == replayed_digest {
        return (stated != stored_digest)
            .then(|| format!("the columns are right, but the file states digest {}", stated.short()));
    }
    Some(first_difference(&stored[0], replayed).unwrap_or_else(|| "the digests differ".into()))
}

/// Walks through both in step; the stored block is flat, the replayed ones follow one another.
fn first_difference(stored: &Block, replayed: &[Block]) -> Option<String> {
    let (mut run, mut at) = (0, 0);
    for block in replayed {
        let mut inner = 0;
        for (place, &trials) in block.trials.iter().enumerate() {
            for trial in 0..trials.min(stored.trials[run]) as usize {
                let (was, is) = (trial_text(stored, at + trial), trial_text(block, inner + trial));
                if was != is {
                    return Some(format!("run {run}, trial {trial}: stored {was}, replayed {is}"));
                }
            }
            let ends = |block: &Block, place: usize| {
                (block.trials[place], block.duplicates[place], block.invalid[place], block.stop[place])
            };
            let (was, is) = (ends(stored, run), ends(block, place));
            if was != is {
                return Some(format!("run {run}: (trials, duplicates, invalid, stop) stored {was:?}, replayed {is:?}"));
            }
            at += trials as usize;
            inner += trials as usize;
            run += 1;
        }
    }
    None
}

fn trial_text(block: &Block, at: usize) -> String {
    let cell = |values: &[u64]| values.get(at).map(|end| format!(", end {end} ns")).unwrap_or_default();
    format!("row {}, replicate {}, told {:?}{}", block.row[at], block.replicate[at], block.told[at], cell(&block.end))
}
