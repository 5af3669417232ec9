//! `nasreplay show`.

use std::path::PathBuf;

use clap::Args;

use super::{Answer, output, run::warn_of_few_runs};
use crate::experiment::Results;
use crate::report::{summaries, table};

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
            note_absent(&results);
            warn_of_few_runs(results.cells.iter().map(|cell| cell.len()).min().unwrap_or(0));
            all.extend(summaries(&results)?);
        }
        if self.json {
            output::print_json(&all)?
        } else {
            output::print(&table(&all))?
        }
        Ok(true)
    }
}

/// Says which cells are not there yet.
pub(super) fn note_absent(results: &Results) {
    if !results.absent.is_empty() {
        let all = results.absent.len() + results.cells.len();
        output::warn(&format!(
            "{} of {all} cells are not there yet; `nasreplay run` with the same experiment continues",
            results.absent.len()
        ));
    }
}
