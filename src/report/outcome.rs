//! What each strategy reached on each benchmark, in all the numbers that a table of a report needs.

use rayon::prelude::*;

use crate::analysis::{Entry, Measure, Over, Study, random_level};
use crate::stats::{
    Degenerate, Interval, degenerate, expected_running_time, hitting, interquartile_mean, linear_area, log_area, mean,
    mean_intervals, quantile, standard_deviation,
};

/// Resamples of the intervals.
const RESAMPLES: usize = 10_000;

/// One strategy on one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The place of the benchmark among the studies.
    pub study: usize,
    /// The place of the strategy among the study's entries.
    pub entry: usize,
    /// The number of runs.
    pub runs: usize,
    /// The mean of the final incumbents by the reported metric, in its unit.
    pub value: f64,
    /// Mean final regret.
    pub regret: f64,
    /// Its standard deviation over runs.
    pub deviation: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// Why that interval is not to be trusted, if it is not.
    pub degenerate: Option<Degenerate>,
    /// The interquartile mean.
    pub iqm: f64,
    /// The median.
    pub median: f64,
    /// The share of runs at the optimum.
    pub at_optimum: f64,
    /// The share of runs worse than the average architecture.
    pub failed: f64,
    /// By how many percent the mean value is better than the average architecture's (Yang et al., ICLR 2020, equation 1).
    pub improvement: f64,
    /// The area under normalised regret over the logarithm of time, from the first trial to the budget.
    pub log_area: f64,
    /// The same over time.
    pub linear_area: f64,
    /// How the runs reach the level that random search is expected to reach at the budget.
    pub level: Option<LevelReached>,
}

/// How the runs of a strategy reach random search's level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelReached {
    /// The level.
    pub regret: f64,
    /// What time is counted in.
    pub over: Over,
    /// Runs whose incumbent had the level once.
    pub hits: usize,
    /// Runs whose incumbent has it at the end.
    pub held: usize,
    /// The expected running time to it; infinite without hits.
    pub ert: f64,
}

/// The outcomes of all strategies on all benchmarks.
pub fn outcomes(studies: &[Study<'_>]) -> Vec<Outcome> {
    let of_study = |(place, study): (usize, &Study<'_>)| {
        let finals: Vec<Vec<f64>> = study.entries.iter().map(|entry| study.finals(entry, Measure::Regret)).collect();
        let columns: Vec<&[f64]> = finals.iter().map(Vec::as_slice).collect();
        let intervals = mean_intervals(&columns, RESAMPLES, study.key("final regret"));
        let each = study.entries.iter().zip(finals).zip(intervals).enumerate();
        each.map(|(number, ((entry, finals), interval))| outcome(study, (place, number), entry, &finals, interval))
            .collect::<Vec<_>>()
    };
    studies.par_iter().enumerate().map(of_study).collect::<Vec<_>>().into_iter().flatten().collect()
}

fn outcome(
    study: &Study<'_>,
    (place, number): (usize, usize),
    entry: &Entry<'_>,
    finals: &[f64],
    interval: Interval,
) -> Outcome {
    let side = study.side();
    let values: Vec<f64> = entry.runs.iter().map(|run| side.value(run.steps.last().map(|step| step.row))).collect();
    let average = study.value(Measure::Regret, None);
    let share = |counts: &dyn Fn(f64) -> bool| {
        finals.iter().filter(|value| counts(**value)).count() as f64 / finals.len() as f64
    };
    let (log_area, linear_area) = areas(study, entry);
    Outcome {
        study: place,
        entry: number,
        runs: entry.runs.len(),
        value: mean(&values),
        regret: mean(finals),
        deviation: standard_deviation(finals),
        interval,
        degenerate: degenerate(finals, interval),
        iqm: interquartile_mean(finals),
        median: quantile(finals, 0.5),
        at_optimum: share(&|value| value <= 0.0),
        failed: share(&|value| value > average),
        improvement: 100.0 * side.reported.sign * (mean(&values) - side.level.average) / side.level.average.abs(),
        log_area,
        linear_area,
        level: level_reached(study, entry, finals),
    }
}

/// Mean areas under normalised regret from the first trial to the longest run's end, over trials.
fn areas(study: &Study<'_>, entry: &Entry<'_>) -> (f64, f64) {
    let end = f64::from(entry.runs.iter().map(|run| run.trials).max().unwrap_or(1).max(2));
    let initial = study.value(Measure::Normalised, None);
    let steps = |run| study.steps(run, Measure::Normalised, Over::Trials);
    let log: Vec<f64> = entry.runs.iter().map(|run| log_area(steps(run), initial, 1.0, end)).collect();
    let linear: Vec<f64> = entry.runs.iter().map(|run| linear_area(steps(run), initial, 1.0, end)).collect();
    (mean(&log), mean(&linear))
}

fn level_reached(study: &Study<'_>, entry: &Entry<'_>, finals: &[f64]) -> Option<LevelReached> {
    let level = random_level(study)?;
    let initial = study.value(Measure::Regret, None);
    let hits: Vec<Option<f64>> = entry
        .runs
        .iter()
        .map(|run| hitting(study.steps(run, Measure::Regret, level.over), initial, level.regret))
        .collect();
    let ends: Vec<f64> = entry.runs.iter().map(|run| study.place_of(level.over, run.trials, run.seconds)).collect();
    let time = expected_running_time(&hits, &ends);
    let held = finals.iter().filter(|value| **value <= level.regret).count();
    Some(LevelReached { regret: level.regret, over: level.over, hits: time.hits, held, ert: time.ert })
}
