//! `nasreplay verify`.

use std::path::PathBuf;

use clap::Args;

use super::{Answer, output, run::set_threads, show::note_absent};
use crate::experiment::{self, Results};

/// Replays stored results again and compares them; exit code 1 when they differ.
#[derive(Debug, Args)]
pub struct Verify {
    /// The folder with the results
    dir: PathBuf,
    /// How many threads replay; all cores if left out
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

impl Verify {
    pub(super) fn run(self) -> Answer {
        set_threads(self.threads)?;
        let results = Results::open(&self.dir)?;
        note_absent(&results);
        let bar = output::progress_bar(results.cells.iter().map(|cell| cell.len() as u64).sum());
        let differences = experiment::verify(&results, &|runs| bar.inc(u64::from(runs)))?;
        bar.finish_and_clear();
        for difference in &differences {
            output::print(&format!("{} on {}: {}\n", difference.strategy, difference.benchmark, difference.what))?;
        }
        let (sound, cells) = (results.cells.len() - differences.len(), results.cells.len());
        output::print(&format!(
            "{sound} of {cells} cells are what their experiment gives; digest {}\n",
            results.digest()
        ))?;
        Ok(differences.is_empty())
    }
}
