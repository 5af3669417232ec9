//! `nasreplay run`.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Args;

use super::{Answer, CliError, interrupt::keeps, output, show::warn_of_ends};
use crate::experiment::{self, ExperimentSpec, Outcome, Plan};
use crate::report::preflight;

/// Replays what is missing of an experiment and stores it in a folder.
#[derive(Debug, Args)]
pub struct Run {
    /// The experiment's TOML file
    experiment: PathBuf,
    /// The folder for the results; one that holds some of them is continued
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many threads replay; all cores if left out. The results do not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Overwrites cells that the folder holds with other settings
    #[arg(long)]
    replace: bool,
    /// Compares tables of any size with their digests first; those of up to 64 MB always are
    #[arg(long)]
    verify_tables: bool,
}

/// Tables of up to so many bytes are compared with their digests before every run: that takes 20 to 30 ms (benches/README.md).
const ALWAYS_VERIFIED: u64 = 64 << 20;

impl Run {
    pub(super) fn run(self) -> Answer {
        set_threads(self.threads)?;
        let (spec, text) = ExperimentSpec::read(&self.experiment)?;
        let plan = Plan::resolve(&spec, &self.experiment)?;
        plan.check_tables(if self.verify_tables { u64::MAX } else { ALWAYS_VERIFIED })?;
        warn_of(&plan);
        let started = Instant::now();
        let outcome = replay(&plan, &text, &self.out, self.replace)?;
        let kept = if outcome.kept > 0 { format!(", {} were there already", outcome.kept) } else { String::new() };
        output::note(&format!(
            "replayed {} runs in {:.2} s{kept}; results in {}",
            outcome.replayed,
            started.elapsed().as_secs_f64(),
            self.out.display()
        ));
        note_trained(&plan);
        outcome.mended.iter().for_each(|path| output::warn(&format!("`{path}` was damaged and was replayed again")));
        warn_of_ends(&plan, outcome.ends.into_iter());
        Ok(true)
    }
}

/// Says how missing rows are trained, and what of their overlays is damaged.
pub(super) fn note_training(plan: &Plan) {
    plan.benchmarks.iter().filter_map(|(benchmark, _)| benchmark.training_text()).for_each(|text| output::note(&text));
    plan.trainers.values().for_each(|trainer| super::train::report_damage(trainer.overlay()));
}

/// Says what was trained for the replay, and where it was kept.
pub(super) fn note_trained(plan: &Plan) {
    for name in plan.benchmarks.iter().map(|(benchmark, _)| &benchmark.resolved.name) {
        let Some(trainer) = plan.trainers.get(name) else { continue };
        let (count, overlay) = (trainer.trained(), trainer.overlay().path().display());
        output::note(&format!("benchmark `{name}`: {count} trainings ran; overlay {overlay}"));
    }
}

/// Says what a user should know before the replay.
pub(super) fn warn_of(plan: &Plan) {
    plan.benchmarks.iter().for_each(|(benchmark, _)| output::note(&benchmark.told_text()));
    plan.benchmarks.iter().flat_map(|(benchmark, _)| benchmark.warnings()).for_each(|warning| output::warn(&warning));
    note_training(plan);
    preflight(plan, plan.runs as usize).iter().for_each(|sentence| output::note(&format!("preflight: {sentence}")));
}

pub(super) fn replay(plan: &Plan, text: &str, out: &std::path::Path, replace: bool) -> Result<Outcome, CliError> {
    keeps(format!("what `{}` holds is whole; the same command goes on", out.display()));
    let all = u64::from(plan.runs) * plan.cells().count() as u64;
    let trained = || plan.trainers.values().map(|trainer| trainer.trained()).sum::<usize>();
    if plan.trainers.is_empty() {
        let bar = output::progress_bar(all);
        let outcome = experiment::run(plan, text, out, replace, &|runs| bar.inc(u64::from(runs)));
        bar.finish_and_clear();
        return Ok(outcome?);
    }
    let done = AtomicU64::new(0);
    let line = || format!("{} of {all} runs, {} trainings done", done.load(Ordering::Relaxed), trained());
    output::while_saying(&line, || {
        Ok(experiment::run(plan, text, out, replace, &|runs| _ = done.fetch_add(u64::from(runs), Ordering::Relaxed))?)
    })
}

/// More threads than this only take memory.
pub(super) const MOST_THREADS: usize = 1 << 10;

/// Sets the number of threads of the process.
pub(super) fn set_threads(threads: Option<usize>) -> Result<(), CliError> {
    let Some(threads) = threads else { return Ok(()) };
    if threads == 0 {
        return Err(CliError::usage("--threads is 0", "give at least 1, or leave it out for all cores"));
    }
    if threads > MOST_THREADS {
        return Err(CliError::usage(
            format!("--threads is {threads}"),
            "give at most 1024, or leave it out for all cores",
        ));
    }
    let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    built.map_err(|error| CliError::usage(format!("cannot start {threads} threads: {error}"), "give fewer"))
}
