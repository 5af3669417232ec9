//! Joins a benchmark whose missing rows are trained with what trains them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::benchmark::{
    Benchmark, BenchmarkError, BenchmarkSpec, CalibrationPolicy, Diverged, Measure, Missing, ResolvedTraining,
    TrainSpec,
};
use crate::trainer::data::Counts;
use crate::trainer::{Calibration, Fallback, Overlay, Setup, Source, TrainingSpec, overlay_place};

/// The overlays of an experiment, each opened once.
pub(super) type Overlays = HashMap<PathBuf, Arc<Overlay>>;

/// Gives a benchmark with `missing = "train"` its trainer, and freezes what decides its trials. Relative paths are searched beside the
/// experiment's file, in `folder`.
pub(super) fn attach(
    benchmark: &mut Benchmark,
    declared: &BenchmarkSpec,
    folder: &Path,
    overlays: &mut Overlays,
) -> Result<Option<Arc<Fallback>>, BenchmarkError> {
    if benchmark.resolved.missing != Missing::Train {
        return refuse_idle_settings(benchmark, declared).map(|()| None);
    }
    let asked = beside(&declared.train, folder);
    let fault = |what: String, hint: Option<String>| setting(benchmark, what, hint);
    if !benchmark.has_rows_for_all() {
        let what = format!("space `{}` is too large for `missing = \"train\"`", benchmark.table.space().name());
        return Err(fault(what, Some("declare a space of fewer than 4,294,967,295 architectures".into())));
    }
    let resolved = &benchmark.resolved;
    let schedule = Some(resolved.objective.schedule.as_str());
    let setup = Setup::resolve(&asked, benchmark.table.space().as_ref(), Some(&benchmark.table), schedule);
    let setup = setup.map_err(|error| fault(error_chain(&error), error.hint()))?;
    setup.check_recipe(&benchmark.table).map_err(|error| fault(error.to_string(), error.hint()))?;
    check_measures(benchmark, &setup)?;
    let path = asked.overlay.clone().unwrap_or_else(|| overlay_place(&benchmark.table));
    let overlay = match overlays.get(&path) {
        Some(overlay) => overlay.clone(),
        None => Arc::new(Overlay::open(&path).map_err(|error| fault(error_chain(&error), None))?),
    };
    overlays.insert(path, overlay.clone());
    let calibration = calibration(benchmark, declared.calibration, &setup, &overlay)?;
    let seconds = benchmark.fit_seconds().map_err(|what| fault(what, Some("give `cost = []` for no clock".into())))?;
    let replicates = benchmark.labels().len().max(1) as u32;
    let training = ResolvedTraining {
        spec: serde_json::to_value(&setup.spec).unwrap_or_default(), // plain data is always JSON
        replicates,
        calibration: calibration.and_then(|calibration| serde_json::to_value(calibration).ok()),
        seconds,
        diverged: Some(Diverged::Worst),
    };
    let space = benchmark.table.space().clone();
    let trainer = Arc::new(Fallback::new(setup, space, overlay, replicates));
    benchmark.trainer = Some(trainer.clone());
    benchmark.resolved.training = Some(training);
    Ok(Some(trainer))
}

/// Where a benchmark's images and overlay are on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    source: Source,
    overlay: PathBuf,
}

impl Place {
    /// The places of a plan's trainers, by benchmark.
    pub(super) fn all(plan: &Plan) -> HashMap<String, Self> {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let place = |trainer: &Fallback| {
            let mut source = trainer.source().clone();
            if let Some((kind, path)) = source.data.split_once(':') {
                source.data = format!("{kind}:{}", absolute(Path::new(path)).display());
            }
            Self { source, overlay: absolute(trainer.overlay().path()) }
        };
        plan.trainers.iter().map(|(name, trainer)| (name.clone(), place(trainer))).collect()
    }
}

/// Gives a benchmark of stored results its trainer back; `place` says where its images and its overlay were.
pub(super) fn reattach(benchmark: &mut Benchmark, place: Option<&Place>) -> Result<(), BenchmarkError> {
    let Some(training) = benchmark.resolved.training.clone() else { return Ok(()) };
    let fault = |what: String, hint: Option<String>| setting(benchmark, what, hint);
    let spec: TrainingSpec = serde_json::from_value(training.spec)
        .map_err(|error| fault(format!("the stored training cannot be read: {error}"), None))?;
    let usual = || Source { data: spec.task.clone(), counts: Counts::default() };
    let source = place.map_or_else(usual, |place| place.source.clone());
    let overlay = place.map_or_else(|| overlay_place(&benchmark.table), |place| place.overlay.clone());
    let overlay = Arc::new(Overlay::open(&overlay).map_err(|error| fault(error_chain(&error), None))?);
    let setup = Setup::again(spec, source).map_err(|error| fault(error_chain(&error), error.hint()))?;
    let space = benchmark.table.space().clone();
    benchmark.trainer = Some(Arc::new(Fallback::new(setup, space, overlay, training.replicates)));
    Ok(())
}

/// Settings of a training that is not asked for would do nothing: better said than ignored.
fn refuse_idle_settings(benchmark: &Benchmark, declared: &BenchmarkSpec) -> Result<(), BenchmarkError> {
    if declared.train == TrainSpec::default() && declared.calibration == CalibrationPolicy::default() {
        return Ok(());
    }
    let what = "`train` and `calibration` are for `missing = \"train\"`".to_owned();
    Err(setting(benchmark, what, Some("set `missing = \"train\"`, or leave them out".into())))
}

/// What the trainer must measure: metrics of its own, in the schedule that is trained, at epochs that are evaluated.
fn check_measures(benchmark: &Benchmark, setup: &Setup) -> Result<(), BenchmarkError> {
    let resolved = &benchmark.resolved;
    let epochs = setup.spec.recipe.evaluated();
    for measure in [&resolved.objective, &resolved.valid].into_iter().chain(&resolved.test) {
        let Measure { metric, schedule, epoch, .. } = measure;
        if *schedule != setup.spec.schedule {
            let what = format!(
                "`{metric}` is of schedule `{schedule}`, but missing rows are trained by `{}` only",
                setup.spec.schedule
            );
            return Err(setting(benchmark, what, Some("report the schedule of the objective".into())));
        }
        if !epochs.contains(epoch) {
            let what =
                format!("`{metric}` at epoch {epoch} is not evaluated by the recipe, which evaluates {epochs:?}");
            return Err(setting(benchmark, what, Some("choose another recipe, or another epoch".into())));
        }
        if !Fallback::measures(measure) {
            let what = format!("trainings do not measure `{metric}` in `{}`", measure.unit);
            return Err(setting(
                benchmark,
                what,
                Some("choose another metric, or another policy for `missing`".into()),
            ));
        }
    }
    Ok(())
}

/// The last calibration of this training against this task of the table, which must have passed; none where none is asked for.
fn calibration(
    benchmark: &Benchmark,
    policy: CalibrationPolicy,
    setup: &Setup,
    overlay: &Overlay,
) -> Result<Option<Calibration>, BenchmarkError> {
    if policy == CalibrationPolicy::None {
        return Ok(None);
    }
    let (training, table) = (setup.spec.digest(), benchmark.table.digest());
    let task = &benchmark.resolved.task;
    let of_this = |calibration: &&Calibration| {
        calibration.training == training && calibration.table == table && calibration.task == *task
    };
    let last = overlay.read(|content| content.calibrations.iter().rfind(of_this).cloned());
    let hint = format!(
        "run `nasreplay train --calibrate 20 --table {} --task {task} --schedule {} --overlay {}` with the same data, network, recipe and seed, or set `calibration = \"none\"`",
        benchmark.resolved.table.file,
        benchmark.resolved.objective.schedule,
        overlay.path().display()
    );
    match last {
        Some(calibration) if calibration.passed() => Ok(Some(calibration)),
        Some(_) => Err(setting(benchmark, "its trainings did not pass their calibration".into(), Some(hint))),
        None => Err(setting(benchmark, "its trainings were never compared with the table's rows".into(), Some(hint))),
    }
}

fn setting(benchmark: &Benchmark, what: String, hint: Option<String>) -> BenchmarkError {
    BenchmarkError::Setting { name: benchmark.resolved.name.clone(), what, hint }
}

fn error_chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What is asked for, with relative paths beside the experiment's file where something is there; the overlay always.
fn beside(asked: &TrainSpec, folder: &Path) -> TrainSpec {
    let there =
        |path: &str| Some(folder.join(path)).filter(|path| path.exists()).map(|path| path.display().to_string());
    let data = asked.data.as_deref().map(|data| match data.split_once(':') {
        Some((kind, path)) => there(path).map_or_else(|| data.to_owned(), |path| format!("{kind}:{path}")),
        None => data.to_owned(),
    });
    let recipe = asked
        .recipe
        .as_deref()
        .map(|recipe| there(recipe).filter(|_| recipe.ends_with(".toml")).unwrap_or_else(|| recipe.to_owned()));
    let overlay = asked.overlay.as_ref().map(|path: &PathBuf| folder.join(path));
    TrainSpec { data, recipe, overlay, ..asked.clone() }
}
