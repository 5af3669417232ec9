//! `nasreplay verify`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Answer, output, run::set_threads, show::note_unfinished};
use crate::experiment::{self, Difference, Results};

/// Replays stored results again and compares them; exit code 1 when they differ or a cell is not there.
#[derive(Debug, Args)]
pub struct Verify {
    /// The folder with the results
    dir: PathBuf,
    /// How many threads replay; all cores if left out
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) fn run(self) -> Answer {
        set_threads(self.threads)?;
        let results = Results::open_unchecked(&self.dir)?;
        note_unfinished(&results);
        let bar = output::progress_bar(results.cells.iter().map(|cell| cell.len() as u64).sum());
        let differences = experiment::verify(&results, &|runs| bar.inc(u64::from(runs)))?;
        bar.finish_and_clear();
        let cells = results.cells.len() + results.absent.len();
        let sound = differences.is_empty() && results.absent.is_empty();
        if self.json {
            let value = |difference: &Difference| json!({ "benchmark": difference.benchmark, "strategy": difference.strategy, "what": difference.what });
            let differences: Vec<_> = differences.iter().map(value).collect();
            output::print_json(
                &json!({ "cells": cells, "absent": results.absent, "digest": results.digest(), "sound": sound, "differences": differences }),
            )?;
            return Ok(sound);
        }
        let line = |difference: &Difference| match (&difference.benchmark, &difference.strategy) {
            (Some(benchmark), Some(strategy)) => format!("{strategy} on {benchmark}: {}\n", difference.what),
            (Some(benchmark), None) => format!("benchmark {benchmark}: {}\n", difference.what),
            _ => format!("{}\n", difference.what),
        };
        output::print(&differences.iter().map(line).collect::<String>())?;
        output::print(&results.absent.iter().map(|path| format!("{path}: is not there\n")).collect::<String>())?;
        let differing = differences.iter().filter(|difference| difference.strategy.is_some()).count();
        let equal = results.cells.len() - differing;
        output::print(&format!(
            "{equal} of {cells} cells are what their experiment gives; digest {}\n",
            results.digest()
        ))?;
        Ok(sound)
    }
}
