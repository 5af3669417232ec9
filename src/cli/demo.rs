//! `nasreplay demo`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use rayon::prelude::*;

use super::run::{note_trained, note_training, replay};
use super::{Answer, CliError, figure::save, output};
use crate::analysis::{By, Over, View, studies};
use crate::experiment::{ExperimentError, ExperimentSpec, Plan, Results};
use crate::figure::{KINDS, Options, Scene};
use crate::report::{summaries, table};

/// The demo's experiment, part of the program.
const EXPERIMENT: &str = include_str!("../../data/experiments/demo.toml");

/// The experiment of the demo that trains, part of the program.
const TRAINING: &str = include_str!("../../data/experiments/demo-train.toml");

/// Compares strategies on the embedded tables and draws the regret curves.
#[derive(Debug, Args)]
pub struct Demo {
    /// The folder for results and pictures; one that holds some of them is continued [default: nasreplay-demo, or
    /// nasreplay-demo-train]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Searches a table with holes and really trains what it lacks; under three minutes on two cores
    #[arg(long)]
    train: bool,
    /// Overwrites cells that the folder holds with other settings
    #[arg(long)]
    replace: bool,
}

/// A picture's name, its horizontal axis and its metric.
type Picture = (&'static str, Over, By);

impl Demo {
    pub(super) fn run(self) -> Answer {
        if self.train {
            return self.run_training();
        }
        let out = self.folder("nasreplay-demo");
        let pictures = [
            ("regret-trials", Over::Trials, By::Valid),
            ("regret-seconds", Over::Seconds, By::Valid),
            ("test-regret-trials", Over::Trials, By::Test),
        ];
        self.show(EXPERIMENT, &parse(EXPERIMENT)?, &out, &pictures)
    }

    fn run_training(&self) -> Answer {
        if !cfg!(feature = "train") {
            return Err(super::train::no_trainer());
        }
        let out = self.folder("nasreplay-demo-train");
        let mut spec = parse(TRAINING)?;
        let overlay =
            std::path::absolute(out.with_extension("overlay")).unwrap_or_else(|_| out.with_extension("overlay"));
        spec.benchmark.iter_mut().for_each(|benchmark| benchmark.train.overlay = Some(overlay.clone()));
        let pictures = [("test-regret-trials", Over::Trials, By::Test), ("regret-trials", Over::Trials, By::Valid)];
        self.show(TRAINING, &spec, &out, &pictures)
    }

    fn folder(&self, usual: &str) -> PathBuf {
        self.out.clone().unwrap_or_else(|| usual.into())
    }

    fn show(&self, text: &str, spec: &ExperimentSpec, out: &Path, pictures: &[Picture]) -> Answer {
        let started = Instant::now();
        let plan = Plan::resolve(spec, Path::new("demo.toml"))?;
        note_training(&plan);
        let outcome = replay(&plan, text, out, self.replace)?;
        let replayed = started.elapsed();
        let results = [Results::open(out)?];
        output::print(&table(&summaries(&results[0])?))?;
        pictures.iter().try_for_each(|&(name, over, by)| {
            let view = View { over, by, benchmarks: Vec::new() };
            let studies = studies(&results, &view)?;
            let options = Options { view, ..Options::default() };
            let figure = (KINDS[0].make)(&Scene { studies: &studies, options: &options })?;
            ["svg", "png"].into_par_iter().try_for_each(|kind| save(&figure, &out.join(format!("{name}.{kind}"))))
        })?;
        note_trained(&plan);
        output::note(&format!(
            "replayed {} runs of {} trials in {:.0} ms, all done in {:.0} ms; everything is in {}",
            outcome.replayed,
            spec.budget.trials.unwrap_or(0),
            1e3 * replayed.as_secs_f64(),
            1e3 * started.elapsed().as_secs_f64(),
            out.display()
        ));
        Ok(true)
    }
}

fn parse(text: &str) -> Result<ExperimentSpec, CliError> {
    Ok(ExperimentSpec::parse(text).map_err(|fault| ExperimentError::Spec { file: "demo.toml".into(), fault })?)
}
