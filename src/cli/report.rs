//! `nasreplay report`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::destination::{self, Kind, Replace};
use super::{Answer, figure::venue_named, output, show::warn_of_results};
use crate::experiment::Results;
use crate::report::write_report;

/// Makes a report of results: a page, markdown, LaTeX, figures, the checklist, and the data.
#[derive(Debug, Args)]
pub struct Report {
    /// The folders with the results
    #[arg(required = true)]
    dir: Vec<PathBuf>,
    /// The folder for the report
    #[arg(short, long, value_name = "OUT")]
    out: PathBuf,
    #[command(flatten)]
    replace: Replace,
    /// Where the paper appears: the width and font size of its figures
    #[arg(long, value_name = "NAME", default_value = "neurips")]
    venue: String,
    /// Leaves out the files with every trial (`data/trials.csv` and `.parquet`)
    #[arg(long)]
    no_trials: bool,
}

impl Report {
    pub(super) fn run(self) -> Answer {
        let started = Instant::now();
        let venue = venue_named(&self.venue)?;
        destination::check(&self.out, Kind::Report, self.replace, &self.dir)?;
        let results: Vec<Results> = self.dir.iter().map(|dir| Results::open(dir)).collect::<Result<_, _>>()?;
        results.iter().for_each(warn_of_results);
        let report = write_report(&results, &self.out, &venue, !self.no_trials, self.replace.replace)?;
        report.refused.iter().for_each(|sentence| output::note(sentence));
        output::note(&format!(
            "{} figures and everything else in {:.1} s; open {}",
            report.figures.len(),
            started.elapsed().as_secs_f64(),
            self.out.join("report.html").display()
        ));
        Ok(true)
    }
}
