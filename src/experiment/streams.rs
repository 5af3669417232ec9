//! Which runs of two cells can be compared one by one.

use super::results::{CellResults, Results};

/// What the random streams of a cell's runs are drawn from, apart from its benchmark and strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams<'a> {
    /// The experiment's seed.
    pub seed: u64,
    /// The version of everything that decides a trajectory.
    pub rules: u32,
    /// The numbers of imported runs, as their list gave them; none for replayed runs, which count from 0.
    pub labels: Option<&'a [u64]>,
    /// How many runs there are.
    pub runs: usize,
}

impl<'a> Streams<'a> {
    /// The streams of a cell of some results.
    pub fn of(results: &'a Results, cell: &CellResults) -> Self {
        let imported = results.plan.strategy(cell.cell).imported.as_ref();
        Self {
            seed: results.manifest.seed,
            rules: results.manifest.versions.rules,
            labels: imported.map(|imported| imported.runs.as_slice()),
            runs: cell.len(),
        }
    }

    /// Whether the runs that both sides have drew from the same streams: same seed, same rules, same numbers, and both replayed here
    /// or both imported, since the two kinds share none.
    pub fn begin_alike(&self, other: &Self) -> bool {
        let labels = match (self.labels, other.labels) {
            (None, None) => true,
            (Some(own), Some(others)) => own.iter().zip(others).all(|(own, other)| own == other),
            _ => false,
        };
        self.seed == other.seed && self.rules == other.rules && labels
    }

    /// Whether runs are compared one by one: the same streams for all runs of both sides. Otherwise all runs of one side are compared
    /// with all of the other.
    pub fn are_paired(&self, other: &Self) -> bool {
        self.begin_alike(other) && self.runs == other.runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_runs_are_paired() {
        let replayed = Streams { seed: 1, rules: 1, labels: None, runs: 3 };
        let imported = Streams { labels: Some(&[0, 1, 2]), ..replayed };
        assert!(replayed.are_paired(&replayed) && imported.are_paired(&imported));
        assert!(!replayed.are_paired(&imported) && !imported.are_paired(&replayed));
        let fewer = Streams { runs: 2, ..replayed };
        assert!(replayed.begin_alike(&fewer) && !replayed.are_paired(&fewer));
        assert!(!replayed.begin_alike(&Streams { seed: 2, ..replayed }));
        assert!(!imported.begin_alike(&Streams { labels: Some(&[0, 7, 2]), ..imported }));
    }
}
