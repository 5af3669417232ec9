//! `nasreplay demo`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use rayon::prelude::*;

use super::{Answer, figure::save, output, run::replay};
use crate::experiment::{ExperimentError, ExperimentSpec, Plan, Results};
use crate::figure::{By, Over, RegretView, regret};
use crate::report::{summaries, table};

/// The demo's experiment, part of the program.
const EXPERIMENT: &str = include_str!("../../data/experiments/demo.toml");

/// Compares strategies on the embedded NAS-Bench-201 and draws the regret curves.
#[derive(Debug, Args)]
pub struct Demo {
    /// The folder for results and pictures; one that holds some of them is continued
    #[arg(long, value_name = "DIR", default_value = "nasreplay-demo")]
    out: PathBuf,
    /// Overwrites cells that the folder holds with other settings
    #[arg(long)]
    replace: bool,
}

impl Demo {
    pub(super) fn run(self) -> Answer {
        let started = Instant::now();
        let spec = ExperimentSpec::parse(EXPERIMENT)
            .map_err(|fault| ExperimentError::Spec { file: "demo.toml".into(), fault })?;
        let plan = Plan::resolve(&spec, Path::new("demo.toml"))?;
        let outcome = replay(&plan, EXPERIMENT, &self.out, self.replace)?;
        let replayed = started.elapsed();
        let results = [Results::open(&self.out)?];
        output::print(&table(&summaries(&results[0])?))?;
        let pictures = [("regret-trials", Over::Trials), ("regret-seconds", Over::Seconds)];
        pictures.into_par_iter().try_for_each(|(name, over)| {
            let view = RegretView { over, by: By::Valid, benchmarks: Vec::new(), width: None };
            let figure = regret(&results, &view)?;
            ["svg", "png"].into_par_iter().try_for_each(|kind| save(&figure, &self.out.join(format!("{name}.{kind}"))))
        })?;
        output::note(&format!(
            "replayed {} runs of {} trials in {:.0} ms, all done in {:.0} ms; everything is in {}",
            outcome.replayed,
            spec.budget.trials.unwrap_or(0),
            1e3 * replayed.as_secs_f64(),
            1e3 * started.elapsed().as_secs_f64(),
            self.out.display()
        ));
        Ok(true)
    }
}
