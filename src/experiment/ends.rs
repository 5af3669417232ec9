//! How the runs of a cell ended: which of them are whole, which ended early and why, and which never had a trial.
//!
//! Everything that reads results counts by these rules. A run that its budget, its target or its strategy ended is whole. One that
//! was exhausted or failed keeps its last incumbent, and is counted and marked. One that is censored is compared only as far as it goes.

use serde::{Deserialize, Serialize};

use super::record::Stop;
use super::results::Run;
use crate::base::counted;

/// How the runs of a cell ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ends {
    /// All runs.
    pub runs: u32,
    /// Runs that ended after 1,000 asks in a row which brought them no nearer to their budget.
    pub exhausted: u32,
    /// Runs whose strategy or its program broke.
    pub failed: u32,
    /// Imported runs whose list stops before the budget without saying why.
    pub censored: u32,
    /// Runs without a trial, whatever ended them.
    pub no_trial: u32,
    /// The fewest and the most trials of the runs that ended early.
    #[serde(skip)]
    early_trials: Option<(u32, u32)>,
}

impl Ends {
    /// Counts the ends of some runs.
    pub fn of<'r>(runs: impl Iterator<Item = Run<'r>>) -> Self {
        runs.fold(Self::default(), |ends, run| ends.with(run.stop, run.row.len() as u32))
    }

    /// Counts one more run, with its number of trials.
    #[must_use]
    pub fn with(mut self, stop: Option<Stop>, trials: u32) -> Self {
        self.runs += 1;
        self.no_trial += u32::from(trials == 0);
        let count = match stop {
            Some(Stop::Exhausted) => &mut self.exhausted,
            Some(Stop::Failed) => &mut self.failed,
            Some(Stop::Censored) => &mut self.censored,
            _ => return self,
        };
        *count += 1;
        let (least, most) = self.early_trials.unwrap_or((trials, trials));
        self.early_trials = Some((least.min(trials), most.max(trials)));
        self
    }

    /// Whether no run has a trial: there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.no_trial == self.runs
    }

    /// Runs that ended before what was asked of them.
    pub fn early(&self) -> u32 {
        self.exhausted + self.failed + self.censored
    }

    /// Whether the cell can be called the best: every run went as far as it was asked to, and one of them has a trial.
    pub fn is_whole(&self) -> bool {
        self.early() == 0 && !self.is_empty()
    }

    /// The reasons of early ends with their counts, in few words: `3 exhausted, 10 censored`; empty where every run is whole.
    pub fn words(&self) -> String {
        let reasons = [(self.exhausted, "exhausted"), (self.failed, "failed"), (self.censored, "censored")];
        let mut words: Vec<String> =
            reasons.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        if self.no_trial > 0 {
            words.push(format!("{} without a trial", self.no_trial));
        }
        words.join(", ")
    }

    /// What a reader should know of a cell's ends, as the end of a sentence that begins with its name; `None` where every run is whole and
    /// has a trial.
    pub fn sentence(&self) -> Option<String> {
        if self.is_empty() {
            return Some(format!(
                "none of {} has a trial: nothing can be said of it",
                counted(self.runs as usize, "run")
            ));
        }
        let mut parts = Vec::new();
        if let Some((least, most)) = self.early_trials {
            let trials =
                if least == most { counted(most as usize, "trial") } else { format!("{least} to {most} trials") };
            parts.push(format!(
                "{} of {} runs ended early, after {trials}: {}",
                self.early(),
                self.runs,
                self.reasons()
            ));
        }
        if self.no_trial > 0 {
            let count = self.no_trial;
            parts.push(format!("{count} of {} runs have no trial and count as the average architecture", self.runs));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    fn reasons(&self) -> String {
        let reasons = [
            (
                self.exhausted,
                "exhausted (1,000 asks in a row brought no trial that counts); they keep their last incumbent",
            ),
            (self.failed, "failed; they keep their last incumbent"),
            (
                self.censored,
                "censored (their list stops before the budget without saying why); they are compared only so far",
            ),
        ];
        let reasons = reasons.iter().filter(|(count, _)| *count > 0);
        reasons.map(|(count, why)| format!("{count} {why}")).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_counted_by_their_reason() {
        let stops =
            [(Stop::Trials, 40), (Stop::Exhausted, 10), (Stop::Exhausted, 12), (Stop::Finished, 5), (Stop::Clock, 0)];
        let ends = stops.iter().fold(Ends::default(), |ends, &(stop, trials)| ends.with(Some(stop), trials));
        assert_eq!((ends.runs, ends.early(), ends.no_trial), (5, 2, 1));
        assert!(!ends.is_whole() && !ends.is_empty());
        assert_eq!(ends.words(), "2 exhausted, 1 without a trial");
        let sentence = ends.sentence().unwrap();
        assert!(sentence.starts_with("2 of 5 runs ended early, after 10 to 12 trials: 2 exhausted"), "{sentence}");
    }

    #[test]
    fn whole_runs_need_no_sentence() {
        let ends = Ends::default().with(Some(Stop::Target), 3).with(Some(Stop::Finished), 2);
        assert!(ends.is_whole() && ends.sentence().is_none() && ends.words().is_empty());
        let silent = Ends::default().with(Some(Stop::Clock), 0);
        assert!(silent.is_empty() && !silent.is_whole());
        assert!(silent.sentence().unwrap().starts_with("none of 1 run has a trial"));
    }
}
