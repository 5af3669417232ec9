//! The first trial at which two runs part ways.

use std::fmt::{self, Display};

use super::results::Run;

/// Where two runs part ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The run, from 0.
    pub run: u32,
    /// The trial, from 0; none where all common trials are the same and only their counts or the ends differ.
    pub trial: Option<u32>,
    /// What the first side has there.
    pub first: String,
    /// What the second side has there.
    pub second: String,
}

impl Divergence {
    /// The difference with names for the two sides.
    pub fn text(&self, first: &str, second: &str) -> String {
        let trial = self.trial.map(|trial| format!(", trial {trial}")).unwrap_or_default();
        format!("run {}{trial}: {first} {}, {second} {}", self.run, self.first, self.second)
    }
}

impl Display for Divergence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text("one", "the other"))
    }
}

/// The first difference between two runs, whose trials are described by `describe` (a run and the place of a trial).
pub fn first_divergence(
    number: u32,
    first: &Run<'_>,
    second: &Run<'_>,
    describe: &dyn Fn(&Run<'_>, usize) -> String,
) -> Option<Divergence> {
    let common = first.row.len().min(second.row.len());
    let at = |trial: usize| Divergence {
        run: number,
        trial: Some(trial as u32),
        first: describe(first, trial),
        second: describe(second, trial),
    };
    if let Some(trial) = (0..common).find(|&trial| !same_trial(first, second, trial)) {
        return Some(at(trial));
    }
    let ends = |run: &Run<'_>| (run.row.len(), run.duplicates, run.invalid, run.stop);
    (ends(first) != ends(second)).then(|| Divergence {
        run: number,
        trial: None,
        first: end_text(first),
        second: end_text(second),
    })
}

fn same_trial(first: &Run<'_>, second: &Run<'_>, trial: usize) -> bool {
    first.row[trial] == second.row[trial]
        && first.replicate[trial] == second.replicate[trial]
        && first.told[trial].to_bits() == second.told[trial].to_bits()
        && first.end.get(trial) == second.end.get(trial)
}

fn end_text(run: &Run<'_>) -> String {
    let stop = run.stop.map_or("of unknown end".to_owned(), |stop| format!("{stop:?}").to_lowercase());
    format!(
        "has {} trials, {} duplicates, {} invalid asks, ended by: {stop}",
        run.row.len(),
        run.duplicates,
        run.invalid
    )
}

#[cfg(test)]
mod tests {
    use super::super::record::Stop;
    use super::*;

    fn run<'a>(row: &'a [u32], told: &'a [f64], replicate: &'a [u8]) -> Run<'a> {
        Run { row, replicate, told, end: &[], duplicates: 0, invalid: 0, stop: Some(Stop::Trials) }
    }

    #[test]
    fn the_first_differing_trial_is_named() {
        let describe = |run: &Run<'_>, trial: usize| format!("asked for row {}", run.row[trial]);
        let a = run(&[3, 4, 5], &[0.5, 0.6, 0.7], &[0, 0, 0]);
        assert_eq!(first_divergence(2, &a, &a, &describe), None);
        let b = run(&[3, 9, 5], &[0.5, 0.6, 0.7], &[0, 0, 0]);
        let found = first_divergence(2, &a, &b, &describe).unwrap();
        assert_eq!(
            found.text("baseline", "candidate"),
            "run 2, trial 1: baseline asked for row 4, candidate asked for row 9"
        );
        let told = run(&[3, 4, 5], &[0.5, 0.6, 0.71], &[0, 0, 0]);
        assert_eq!(first_divergence(2, &a, &told, &describe).unwrap().trial, Some(2));
    }

    #[test]
    fn a_longer_run_differs_at_its_end() {
        let describe = |_: &Run<'_>, _: usize| String::new();
        let (a, b) = (run(&[3, 4], &[0.5, 0.6], &[0, 0]), run(&[3], &[0.5], &[0]));
        let found = first_divergence(0, &a, &b, &describe).unwrap();
        assert!(found.trial.is_none() && found.first.starts_with("has 2 trials"), "{found}");
    }
}
