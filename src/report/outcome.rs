//! What each strategy reached on each benchmark, in all the numbers that a table of a report needs.

use rayon::prelude::*;

use crate::analysis::{Entry, Horizon, Measure, Over, Study, random_level};
use crate::experiment::Ends;
use crate::stats::{
    Degenerate, Interval, degenerate, expected_running_time, hitting, interquartile_mean, linear_area, log_area, mean,
    mean_intervals, quantile, running_time_interval, standard_deviation,
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
    /// How they ended.
    pub ends: Ends,
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
    /// The area under normalised regret over the logarithm of trials or simulated time, from one trial's cost to the budget.
    pub log_area: f64,
    /// The same without the logarithm.
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
    /// Its 95 % interval; the upper end may be infinite.
    pub interval: Interval,
}

/// How many runs of a strategy reach what random search is expected to reach after a number of trials.
#[derive(Debug, Clone, PartialEq)]
pub struct RunLengths {
    /// The place of the benchmark among the studies.
    pub study: usize,
    /// The place of the strategy among the study's entries.
    pub entry: usize,
    /// For each of [`RUN_LENGTHS`], the runs that had that regret once, and the expected running time to it in trials.
    pub reached: Vec<(usize, f64)>,
}

/// Trials of random search that make a target each (run-length targets: Hansen et al., "COCO", 2021).
pub const RUN_LENGTHS: [u32; 5] = [10, 30, 100, 300, 1_000];

/// The run-length targets that strategies reach, where random search can be told from the table.
pub fn run_lengths(studies: &[Study<'_>]) -> Vec<RunLengths> {
    let of_study = |(place, study): (usize, &Study<'_>)| {
        let targets = study.law.as_ref().map(|law| law.law.expected_regret(&RUN_LENGTHS)).unwrap_or_default();
        let of_entry = |(number, entry): (usize, &Entry<'_>)| RunLengths {
            study: place,
            entry: number,
            reached: targets.iter().map(|&target| reached(study, entry, target)).collect(),
        };
        let entries = study.entries.iter().enumerate().filter(|_| !targets.is_empty());
        entries.map(of_entry).collect::<Vec<_>>()
    };
    studies.iter().enumerate().flat_map(of_study).collect()
}

fn reached(study: &Study<'_>, entry: &Entry<'_>, target: f64) -> (usize, f64) {
    let initial = study.value(Measure::Regret, None);
    let steps = |run| study.steps(run, Measure::Regret, Over::Trials);
    let hits: Vec<Option<f64>> = entry.runs.iter().map(|run| hitting(steps(run), initial, target)).collect();
    let ends: Vec<f64> = entry.runs.iter().map(|run| f64::from(run.trials)).collect();
    let time = expected_running_time(&hits, &ends);
    (time.hits, time.ert)
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
        ends: entry.ends,
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

/// Mean areas under normalised regret from the mean cost of a trial to the budget, over what the budget is counted in; over trials to
/// the study's longest run where no budget ends random search.
fn areas(study: &Study<'_>, entry: &Entry<'_>) -> (f64, f64) {
    let longest = study.entries.iter().flat_map(|entry| &entry.runs).map(|run| run.trials).max().unwrap_or(1);
    let horizon = Horizon::of(study).unwrap_or(Horizon { over: Over::Trials, budget: f64::from(longest), unit: 1.0 });
    let (over, from, to) = (horizon.over, horizon.unit, horizon.budget.max(2.0 * horizon.unit));
    let initial = study.value(Measure::Normalised, None);
    let steps = |run| study.steps(run, Measure::Normalised, over);
    let log: Vec<f64> = entry.runs.iter().map(|run| log_area(steps(run), initial, from, to)).collect();
    let linear: Vec<f64> = entry.runs.iter().map(|run| linear_area(steps(run), initial, from, to)).collect();
    (mean(&log), mean(&linear))
}

fn level_reached(study: &Study<'_>, entry: &Entry<'_>, finals: &[f64]) -> Option<LevelReached> {
    let level = random_level(study)?;
    let initial = study.value(Measure::Regret, None);
    let over = level.horizon.over;
    let hits: Vec<Option<f64>> =
        entry.runs.iter().map(|run| hitting(study.steps(run, Measure::Regret, over), initial, level.regret)).collect();
    let ends: Vec<f64> = entry.runs.iter().map(|run| study.place_of(over, run.trials, run.seconds)).collect();
    let time = expected_running_time(&hits, &ends);
    let key = study.key(&format!("running time {}", entry.name));
    let interval = running_time_interval(&hits, &ends, RESAMPLES, key);
    let held = finals.iter().filter(|value| **value <= level.regret).count();
    Some(LevelReached { regret: level.regret, over, hits: time.hits, held, ert: time.ert, interval })
}
