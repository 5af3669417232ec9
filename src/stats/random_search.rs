//! Random search from the table alone: no run is simulated.
//!
//! One draw meets a pair (row, replicate): a row drawn as the sampler says, a replicate of it drawn among the measured ones. Let the
//! pairs be ordered by told score, best first, equal scores sharing a group, and let T_k be the probability that a draw is worse
//! than the k best groups. The best of n independent draws falls into group k with probability T_(k-1)^n - T_k^n. This is the exact
//! law of a random search whose repetitions are new trainings (`duplicates = "charge"`).

/// The law of the incumbent of random search on one benchmark.
pub struct RandomSearchLaw {
    /// The probability that a draw is worse than the k best groups, k = 1, 2, ...
    tails: Vec<f64>,
    /// The mean regret of each group, best first.
    regrets: Vec<f64>,
}

impl RandomSearchLaw {
    /// Builds the law from all outcomes of a draw: told score (higher is better), probability, and the regret by the reported
    /// metric. Probabilities need not add up to 1: they are divided by their sum.
    pub fn new(mut outcomes: Vec<(f64, f64, f64)>) -> Self {
        outcomes.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.2.total_cmp(&b.2)));
        let total: f64 = outcomes.iter().map(|outcome| outcome.1).sum();
        let (mut tails, mut regrets) = (Vec::with_capacity(outcomes.len()), Vec::with_capacity(outcomes.len()));
        let mut beaten = 0.0;
        for group in outcomes.chunk_by(|a, b| a.0 == b.0) {
            let weight: f64 = group.iter().map(|outcome| outcome.1).sum();
            let regret: f64 = group.iter().map(|outcome| outcome.1 * outcome.2).sum();
            beaten += weight;
            tails.push(((total - beaten) / total).max(0.0));
            regrets.push(regret / weight);
        }
        if let Some(last) = tails.last_mut() {
            *last = 0.0; // whatever was lost in rounding: no draw is worse than all groups
        }
        Self { tails, regrets }
    }

    /// The expected regret of the incumbent after each of the given numbers of trials, which must rise.
    ///
    /// Summed by parts: with g_k the regret of group k, E = g_1 + sum over k of (g_(k+1) - g_k) T_k^n.
    pub fn expected_regret(&self, trials: &[u32]) -> Vec<f64> {
        let mut powers = vec![1.0; self.tails.len()];
        let mut reached = 0;
        // powers of the small tails vanish first: from there on nothing adds up
        let mut alive = powers.len();
        let at = |&count: &u32| {
            for _ in reached..count {
                if alive == 0 {
                    break;
                }
                powers[..alive].iter_mut().zip(&self.tails).for_each(|(power, tail)| *power *= tail);
                while alive > 0 && powers[alive - 1] < 1e-18 {
                    alive -= 1;
                }
            }
            reached = count;
            let change = |k: usize| (self.regrets[k + 1] - self.regrets[k]) * powers[k];
            let last = alive.min(self.regrets.len().saturating_sub(1));
            self.regrets.first().copied().unwrap_or(f64::NAN) + (0..last).map(change).sum::<f64>()
        };
        trials.iter().map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three outcomes, a third each: the best of n draws is worked out by hand.
    #[test]
    fn agrees_with_enumeration() {
        let law = RandomSearchLaw::new(vec![(3.0, 1.0, 0.0), (1.0, 1.0, 6.0), (2.0, 1.0, 3.0)]);
        let by_hand = |n: i32| {
            let power = |tail: f64| tail.powi(n);
            3.0 * (power(2.0 / 3.0) - power(1.0 / 3.0)) + 6.0 * power(1.0 / 3.0)
        };
        for (n, found) in [1, 2, 5].into_iter().zip(law.expected_regret(&[1, 2, 5])) {
            assert!((found - by_hand(n)).abs() < 1e-12, "{n}: {found}");
        }
    }

    #[test]
    fn equal_scores_share_alike() {
        let law = RandomSearchLaw::new(vec![(2.0, 1.0, 4.0), (2.0, 3.0, 0.0), (1.0, 4.0, 9.0)]);
        assert_eq!(law.expected_regret(&[1]), [0.5 * 1.0 + 0.5 * 9.0]);
    }
}
