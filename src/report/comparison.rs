//! Every pair of strategies on every benchmark, compared by the final regret of their runs.

use rayon::prelude::*;

use super::regress::LEVEL;
use crate::analysis::{Horizon, Measure, Over, Study, TableNoise};
use crate::stats::{
    Alternative, Interval, Posterior, bayesian_signed_rank, difference_interval, hodges_lehmann, hodges_lehmann_shift,
    holm, mann_whitney, mean, vargha_delaney, wilcoxon_signed_rank,
};

/// Resamples of the intervals of differences.
const RESAMPLES: usize = 10_000;

/// Samples of the posterior (Benavoli et al., JMLR 2017, section 4.2.2).
const SAMPLES: usize = 50_000;

/// Two strategies on one benchmark; differences are the second's final regret minus the first's: run by run where the runs are paired,
/// otherwise of all runs of the one and all of the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The place of the benchmark among the studies.
    pub study: usize,
    /// The places of the strategies among the study's entries.
    pub pair: (usize, usize),
    /// Runs of each that were compared.
    pub runs: [usize; 2],
    /// Whether runs were compared one by one.
    pub paired: bool,
    /// Where on which axis the incumbents were compared, where that is not the end: at the first end of a censored run.
    pub at: Option<(Over, f64)>,
    /// The mean difference.
    pub difference: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// The Hodges-Lehmann estimate of the difference.
    pub shift: f64,
    /// The two-sided p-value: of the signed-rank test where runs are paired, otherwise of the Mann-Whitney test.
    pub p: f64,
    /// The same, adjusted by Holm for all pairs on all benchmarks.
    pub adjusted: f64,
    /// The probability that a run of the first ends with more regret than one of the second, ties counting half.
    pub effect: f64,
    /// The probabilities that the second is worse, equivalent within half of the table's noise, or better; none without noise or pairs.
    pub posterior: Option<Posterior>,
}

impl Comparison {
    /// Whether the difference is significant in the whole family: by ranks, and by the interval of the means on the same side of 0.
    pub fn is_significant(&self) -> bool {
        let second_better = self.interval.high < 0.0 && self.effect > 0.5;
        let first_better = self.interval.low > 0.0 && self.effect < 0.5;
        self.adjusted < LEVEL && (second_better || first_better)
    }
}

/// All pairs on all benchmarks, adjusted as one family.
pub fn comparisons(studies: &[Study<'_>], noise: &[Option<TableNoise>]) -> Vec<Comparison> {
    let pairs: Vec<(usize, usize, usize)> = (0..studies.len())
        .flat_map(|study| {
            let count = studies[study].entries.len();
            (0..count).flat_map(move |a| (a + 1..count).map(move |b| (study, a, b)))
        })
        .collect();
    let mut all: Vec<Comparison> =
        pairs.par_iter().map(|&(study, a, b)| compare(&studies[study], study, (a, b), noise[study].as_ref())).collect();
    let adjusted = holm(&all.iter().map(|comparison| comparison.p).collect::<Vec<f64>>());
    all.iter_mut().zip(adjusted).for_each(|(comparison, adjusted)| comparison.adjusted = adjusted);
    all
}

fn compare(study: &Study<'_>, place: usize, (a, b): (usize, usize), noise: Option<&TableNoise>) -> Comparison {
    let (first, second) = (&study.entries[a], &study.entries[b]);
    let paired = first.streams().are_paired(&second.streams());
    let at = common_horizon(study, (a, b));
    let regrets = |entry| match at {
        None => study.finals(entry, Measure::Regret),
        Some((over, place)) => study.columns(entry, Measure::Regret, over, &[place]).concat(),
    };
    let (first_regrets, second_regrets) = (regrets(first), regrets(second));
    let differences: Vec<f64> = if paired {
        second_regrets.iter().zip(&first_regrets).map(|(second, first)| second - first).collect()
    } else {
        Vec::new()
    };
    let key = |statistic: &str| study.key(&format!("{statistic} {} {}", first.name, second.name));
    let posterior =
        |noise: &TableNoise| bayesian_signed_rank(&differences, noise.margin(), SAMPLES, key("bayesian signed rank"));
    let (shift, test) = if paired {
        (hodges_lehmann(&differences, 0.95), wilcoxon_signed_rank(&differences, Alternative::TwoSided))
    } else {
        let shift = hodges_lehmann_shift(&second_regrets, &first_regrets, 0.95);
        (shift, mann_whitney(&second_regrets, &first_regrets, Alternative::TwoSided))
    };
    Comparison {
        study: place,
        pair: (a, b),
        runs: [first_regrets.len(), second_regrets.len()],
        paired,
        at,
        difference: if paired { mean(&differences) } else { mean(&second_regrets) - mean(&first_regrets) },
        interval: difference_interval(&second_regrets, &first_regrets, paired, RESAMPLES, key("difference")),
        shift: shift.centre,
        p: test.p,
        adjusted: 1.0,
        effect: vargha_delaney(&first_regrets, &second_regrets),
        posterior: noise.filter(|_| paired).map(posterior),
    }
}

/// Censored runs are compared only so far as all runs of both sides were followed, on the axis that ends runs.
fn common_horizon(study: &Study<'_>, (a, b): (usize, usize)) -> Option<(Over, f64)> {
    let over = Horizon::of(study).map_or(Over::Trials, |horizon| horizon.over);
    let ends = [a, b].into_iter().filter_map(|place| study.followed(&study.entries[place], over));
    ends.min_by(f64::total_cmp).map(|place| (over, place))
}
