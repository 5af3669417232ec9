//! Where curves are sampled: about equally far apart on a logarithmic axis.

use super::study::{Study, Trajectory};
use super::view::Over;
use crate::experiment::Stop;
use crate::stats::{log_counts, log_grid};

/// The points of an axis. Trials: 1 to the longest run, and epochs alike. Seconds: from the earliest first result to the budget where
/// the clock ends all runs, or else to the first end of a run that another budget or the target ends, so that all runs are under way on
/// the whole axis. Runs that end for other reasons hold their last value and shorten no axis.
pub fn grid(study: &Study<'_>, over: Over, points: usize) -> Vec<f64> {
    if over == Over::Seconds {
        return seconds_grid(study, points);
    }
    let longest = runs(study).map(|run| run.trials).max().unwrap_or(1);
    log_counts(longest, points).into_iter().map(|count| study.place_of(over, count as u32, 0.0)).collect()
}

fn seconds_grid(study: &Study<'_>, points: usize) -> Vec<f64> {
    let firsts = study.entries.iter().flat_map(|entry| entry.cell.runs()).filter_map(|run| run.end.first().copied());
    let first = firsts.min().filter(|&nanos| nanos > 0).map_or(1.0, |nanos| nanos as f64 / 1e9);
    let by_budget =
        |run: &&Trajectory| matches!(run.stop, Some(Stop::Trials | Stop::Epochs | Stop::Target)) && run.trials > 0;
    let first_end = runs(study).filter(by_budget).map(|run| run.seconds).min_by(f64::total_cmp);
    let longest = || runs(study).map(|run| run.seconds).max_by(f64::total_cmp);
    let last = first_end.or(study.benchmark().resolved.budget.seconds).or_else(longest).unwrap_or(first);
    if last > first { log_grid(first, last, points) } else { vec![first, 2.0 * first] }
}

fn runs<'s>(study: &'s Study<'_>) -> impl Iterator<Item = &'s Trajectory> {
    study.entries.iter().flat_map(|entry| &entry.runs)
}
