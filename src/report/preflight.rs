//! What a design cannot show, whatever its numbers will be: said before a long run, and again in the report.

use std::collections::BTreeSet;

use crate::base::counted;
use crate::experiment::Plan;
use crate::stats::FEWEST_DATA_SETS;

/// The level of the tests that papers report.
const LEVEL: f64 = 0.05;

/// Fewer runs than this say little about a mean, whatever the interval shows.
pub const FEW_RUNS: usize = 10;

/// So many runs are usual on tables, where they are free (NAS-Bench-101 and 201 report 500).
const USUAL_RUNS: usize = 200;

/// What is said of an experiment with a single strategy.
pub(super) const ONE_STRATEGY: &str = "One strategy alone can only be compared with random search from the table.";

/// What an experiment cannot show, a sentence each; `runs` are those of the smallest cell.
pub fn preflight(plan: &Plan, runs: usize) -> Vec<String> {
    let mut sentences = run_sentences(runs);
    sentences.extend(family_sentence(plan, runs));
    sentences.extend(data_sets_sentence(plan));
    if plan.strategies.len() < 2 {
        sentences.push(ONE_STRATEGY.into());
    }
    sentences
}

/// The smallest two-sided p-value that a signed-rank test of so many runs can have: all differences of one sign.
fn smallest_p(runs: usize) -> f64 {
    2.0 / libm::exp2(runs as f64)
}

/// The fewest runs of which a signed-rank test can reach a level.
fn fewest_runs(level: f64) -> usize {
    (1..=64).find(|&runs| smallest_p(runs) < level).unwrap_or(64)
}

fn run_sentences(runs: usize) -> Vec<String> {
    let counted = counted(runs, "run");
    let mut sentences = Vec::new();
    if smallest_p(runs) >= LEVEL {
        let (p, fewest) = (smallest_p(runs).min(1.0), fewest_runs(LEVEL));
        sentences.push(format!(
            "With {counted} a cell no signed-rank test can reach p < .05: the smallest p-value is {p:.4}; that takes at least {fewest} runs."
        ));
    }
    if runs < FEW_RUNS {
        sentences.push(format!(
            "{counted} a cell are few: means and intervals of under {FEW_RUNS} runs are not to be trusted."
        ));
    } else if runs < USUAL_RUNS {
        let usual = "on a table runs are free, and papers report 200 to 500";
        sentences.push(format!("{counted} a cell: rare failures and small differences stay unseen; {usual}."));
    }
    sentences
}

/// Holm's first step needs a p-value below the level divided by the number of comparisons.
fn family_sentence(plan: &Plan, runs: usize) -> Option<String> {
    let strategies = plan.strategies.len();
    let comparisons = strategies * strategies.saturating_sub(1) / 2 * plan.benchmarks.len();
    let needed = LEVEL / comparisons.max(1) as f64;
    (comparisons > 1 && smallest_p(runs) < LEVEL && smallest_p(runs) >= needed).then(|| {
        let fewest = fewest_runs(needed);
        format!(
            "All {comparisons} pairwise comparisons together cannot be significant with {runs} runs: after Holm's correction that takes at least {fewest}."
        )
    })
}

/// Average ranks over data sets need several of them, and tasks that share their architectures are no independent ones.
fn data_sets_sentence(plan: &Plan) -> Option<String> {
    let benchmarks = plan.benchmarks.len();
    let tables: BTreeSet<_> = plan.benchmarks.iter().map(|(benchmark, _)| benchmark.table.digest().0).collect();
    if benchmarks < FEWEST_DATA_SETS {
        let counted = counted(benchmarks, "benchmark");
        return Some(format!(
            "{counted} cannot carry a critical-difference diagram, which takes at least {FEWEST_DATA_SETS} independent ones: tests are reported for each benchmark."
        ));
    }
    (tables.len() < benchmarks).then(|| {
        format!(
            "The {benchmarks} benchmarks stand on {} tables: tasks of one table share their architectures and are no independent data sets.",
            tables.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 / 2^5 = .0625 and 2 / 2^6 = .03125; a family of 9 needs 2 / 2^n < .0056.
    #[test]
    fn five_runs_cannot_be_significant() {
        assert!(run_sentences(5)[0].contains("0.0625; that takes at least 6 runs"));
        assert!(run_sentences(6)[0].contains("few"));
        assert!(run_sentences(200).is_empty());
        assert_eq!(fewest_runs(LEVEL / 9.0), 9);
    }
}
