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
    /// All outcomes, group by group.
    outcomes: Vec<Outcome>,
}

/// One outcome of a draw.
struct Outcome {
    group: u32,
    /// Its probability among the outcomes of its group.
    share: f64,
    regret: f64,
}

impl RandomSearchLaw {
    /// Builds the law from all outcomes of a draw: told score (higher is better), probability, and the regret by the reported
    /// metric. Probabilities need not add up to 1: they are divided by their sum.
    pub fn new(mut outcomes: Vec<(f64, f64, f64)>) -> Self {
        outcomes.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.2.total_cmp(&b.2)));
        let total: f64 = outcomes.iter().map(|outcome| outcome.1).sum();
        let (mut tails, mut regrets) = (Vec::with_capacity(outcomes.len()), Vec::with_capacity(outcomes.len()));
        let mut kept = Vec::with_capacity(outcomes.len());
        let mut beaten = 0.0;
        for (group, number) in outcomes.chunk_by(|a, b| a.0 == b.0).zip(0..) {
            let weight: f64 = group.iter().map(|outcome| outcome.1).sum();
            let regret: f64 = group.iter().map(|outcome| outcome.1 * outcome.2).sum();
            beaten += weight;
            tails.push(((total - beaten) / total).max(0.0));
            regrets.push(regret / weight);
            kept.extend(group.iter().map(|of| Outcome { group: number, share: of.1 / weight, regret: of.2 }));
        }
        if let Some(last) = tails.last_mut() {
            *last = 0.0; // whatever was lost in rounding: no draw is worse than all groups
        }
        Self { tails, regrets, outcomes: kept }
    }

    /// The expected regret of the incumbent after each of the given numbers of trials, which must rise.
    ///
    /// Summed by parts: with g_k the regret of group k, E = g_1 + sum over k of (g_(k+1) - g_k) T_k^n.
    pub fn expected_regret(&self, trials: &[u32]) -> Vec<f64> {
        let mut powers = Powers::new(&self.tails);
        let at = |&count: &u32| {
            powers.raise(count);
            let change = |k: usize| (self.regrets[k + 1] - self.regrets[k]) * powers.values[k];
            let last = powers.alive.min(self.regrets.len().saturating_sub(1));
            self.regrets.first().copied().unwrap_or(f64::NAN) + (0..last).map(change).sum::<f64>()
        };
        trials.iter().map(at).collect()
    }

    /// A quantile of the regret of the incumbent after each of the given numbers of trials, which must rise: the lowest regret that the
    /// incumbent is at or below with a probability of at least `share`. NaN before the first trial.
    ///
    /// Regret is not ordered as the told score is, so this is not the regret at a quantile of the rank.
    pub fn quantiles(&self, trials: &[u32], share: f64) -> Vec<f64> {
        let mut order: Vec<&Outcome> = self.outcomes.iter().collect();
        order.sort_unstable_by(|a, b| a.regret.total_cmp(&b.regret).then(a.group.cmp(&b.group)));
        let worst = order.last().map_or(f64::NAN, |outcome| outcome.regret);
        let mut powers = Powers::new(&self.tails);
        let at = |&count: &u32| {
            powers.raise(count);
            let mut reached = 0.0;
            let reaches = |outcome: &&&Outcome| {
                reached += outcome.share * powers.chance(outcome.group as usize);
                reached >= share - ROUNDING
            };
            let found = order.iter().find(reaches).map_or(worst, |outcome| outcome.regret);
            if count == 0 { f64::NAN } else { found }
        };
        trials.iter().map(at).collect()
    }

    /// The probability that the regret of the incumbent is at or below a regret after each of the given numbers of trials, which must
    /// rise; 0 before the first trial.
    pub fn chance_within(&self, regret: f64, trials: &[u32]) -> Vec<f64> {
        let mut shares = vec![0.0; self.tails.len()];
        let within = self.outcomes.iter().filter(|outcome| outcome.regret <= regret);
        within.for_each(|outcome| shares[outcome.group as usize] += outcome.share);
        let mut powers = Powers::new(&self.tails);
        let at = |&count: &u32| {
            powers.raise(count);
            shares.iter().enumerate().map(|(group, share)| share * powers.chance(group)).sum::<f64>().min(1.0)
        };
        trials.iter().map(at).collect()
    }

    /// The regret of the group that is told best, which a search ends with once it has seen everything; NaN without outcomes. No floor:
    /// by luck of the told scores single runs pass below it.
    pub fn final_regret(&self) -> f64 {
        self.regrets.first().copied().unwrap_or(f64::NAN)
    }
}

/// What sums of probabilities may lose.
const ROUNDING: f64 = 1e-12;

/// The powers T_k^n of the tails, raised trial by trial.
struct Powers<'a> {
    tails: &'a [f64],
    values: Vec<f64>,
    reached: u32,
    /// Powers of the small tails vanish first: from here on nothing adds up.
    alive: usize,
}

impl<'a> Powers<'a> {
    fn new(tails: &'a [f64]) -> Self {
        Self { tails, values: vec![1.0; tails.len()], reached: 0, alive: tails.len() }
    }

    fn raise(&mut self, count: u32) {
        for _ in self.reached..count {
            if self.alive == 0 {
                break;
            }
            self.values[..self.alive].iter_mut().zip(self.tails).for_each(|(power, tail)| *power *= tail);
            while self.alive > 0 && self.values[self.alive - 1] < 1e-18 {
                self.alive -= 1;
            }
        }
        self.reached = count;
    }

    /// The probability that the best draw falls into a group, counted from 0.
    fn chance(&self, group: usize) -> f64 {
        let power = |group: usize| if group < self.alive { self.values[group] } else { 0.0 };
        let before = group.checked_sub(1).map_or(1.0, power);
        before - power(group)
    }
}

/// The expected regret of the incumbent after each of the given numbers of draws without replacement (`duplicates = "refuse"`, one
/// outcome a row): told score (higher is better) and regret of each row. NaN before the first draw.
///
/// The best of n among N rows is the k-th with probability P_k = C(N-k, n-1) / C(N, n); P_1 = n/N, and
/// P_(k+1) = P_k (N-k-n+1) / (N-k), which loses less to rounding than logarithms of factorials do.
pub fn without_replacement(mut rows: Vec<(f64, f64)>, trials: &[u32]) -> Vec<f64> {
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mean = |group: &[(f64, f64)]| group.iter().map(|row| row.1).sum::<f64>() / group.len() as f64;
    // rows of equal score share alike: each stands for their mean
    let groups = rows.chunk_by(|a, b| a.0 == b.0);
    let regrets: Vec<f64> = groups.flat_map(|group| std::iter::repeat_n(mean(group), group.len())).collect();
    trials.iter().map(|&count| best_of(&regrets, count)).collect()
}

/// The expected regret of the best of so many different rows, which are ordered by score, best first.
fn best_of(regrets: &[f64], count: u32) -> f64 {
    let (rows, count) = (regrets.len() as f64, f64::from(count).min(regrets.len() as f64));
    if count == 0.0 {
        return f64::NAN;
    }
    let (mut chance, mut sum) = (count / rows, 0.0);
    for (regret, left) in regrets.iter().zip((0..regrets.len()).rev()) {
        sum += chance * regret;
        chance *= ((left as f64 - count + 1.0) / left as f64).max(0.0); // the last row has none left: its chance is not used
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Key, Rng};
    use crate::stats::{mean, standard_deviation};

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

    /// Sixty rows, three outcomes each, told scores of few distinct values, rows of unequal probability.
    fn outcomes() -> Vec<(f64, f64, f64)> {
        let mut rng = Rng::new(Key::derive(11, "test", &[], 0));
        let outcome = |number: u32| {
            let quality = f64::from(number / 3) / 60.0;
            let told = libm::round(40.0 * quality + 8.0 * rng.unit());
            (told, f64::from(1 + number / 3 % 4), 10.0 * (1.0 - quality) * rng.unit())
        };
        (0..180).map(outcome).collect()
    }

    /// The regrets of the incumbents of many searches of so many draws, simulated; equal scores share alike.
    fn simulated(outcomes: &[(f64, f64, f64)], draws: u32, searches: u32) -> Vec<f64> {
        let mut rng = Rng::new(Key::derive(12, "test", &[], u64::from(draws)));
        let tickets: Vec<usize> =
            outcomes.iter().enumerate().flat_map(|(place, of)| std::iter::repeat_n(place, of.1 as usize)).collect();
        let mut search = || {
            let drawn = (0..draws).map(|_| outcomes[tickets[rng.below(tickets.len() as u32) as usize]]);
            drawn.fold((f64::NEG_INFINITY, 0.0), |best, of| if of.0 > best.0 { (of.0, of.2) } else { best }).1
        };
        (0..searches).map(|_| search()).collect()
    }

    /// 40,000 simulated searches at each of six lengths; nowhere more than 3.5 standard errors away.
    #[test]
    fn agrees_with_simulation() {
        let (outcomes, trials) = (outcomes(), [1, 2, 5, 20, 60, 300]);
        let law = RandomSearchLaw::new(outcomes.clone());
        let (expected, chances) = (law.expected_regret(&trials), law.chance_within(1.5, &trials));
        let quantiles: Vec<Vec<f64>> = [0.25, 0.5, 0.9].iter().map(|share| law.quantiles(&trials, *share)).collect();
        for (place, &draws) in trials.iter().enumerate() {
            let regrets = simulated(&outcomes, draws, 40_000);
            let error = standard_deviation(&regrets) / 200.0;
            assert!((mean(&regrets) - expected[place]).abs() < 3.5 * error, "mean of {draws}");
            let share = |limit: f64| regrets.iter().filter(|regret| **regret <= limit).count() as f64 / 40_000.0;
            assert!((share(1.5) - chances[place]).abs() < 3.5 * 0.0025, "{} not {}", share(1.5), chances[place]);
            for (quantile, wanted) in quantiles.iter().map(|all| all[place]).zip([0.25, 0.5, 0.9]) {
                let below = share(quantile - 1e-9);
                assert!(
                    below < wanted + 3.5 * 0.0025 && share(quantile) > wanted - 3.5 * 0.0025,
                    "{quantile} of {draws}"
                );
            }
        }
    }

    /// By hand: the best of two draws is told 2 (regret 4) in 3/4 of the cases and 1 (regret 0 or 9, alike) otherwise.
    #[test]
    fn quantiles_are_of_regret_not_of_rank() {
        let law = RandomSearchLaw::new(vec![(2.0, 2.0, 4.0), (1.0, 1.0, 0.0), (1.0, 1.0, 9.0)]);
        let at_two = |share| law.quantiles(&[2], share)[0];
        assert_eq!([at_two(0.125), at_two(0.13), at_two(0.875), at_two(0.88)], [0.0, 4.0, 4.0, 9.0]);
        assert_eq!(law.chance_within(0.0, &[0, 1, 2]), [0.0, 0.25, 0.125]);
        assert_eq!(law.chance_within(4.0, &[2])[0], 0.875);
        assert_eq!((law.quantiles(&[2], 1.0)[0], law.final_regret()), (9.0, 4.0));
        assert!(law.quantiles(&[0], 0.5)[0].is_nan());
    }

    #[test]
    fn long_searches_end_with_what_is_told_best() {
        let law = RandomSearchLaw::new(outcomes());
        let far = [100_000, 1_000_000];
        assert!(law.expected_regret(&far).iter().all(|regret| (regret - law.final_regret()).abs() < 1e-9));
        assert!((law.chance_within(10.0, &far)[1] - 1.0).abs() < 1e-12);
    }

    /// By hand: of the three pairs of rows, two hold the best one (regret 1), the third the tied second and third (2 + 6) / 2.
    #[test]
    fn without_replacement_agrees_with_enumeration() {
        let rows = vec![(1.0, 2.0), (3.0, 1.0), (1.0, 6.0)];
        let found = without_replacement(rows, &[0, 1, 2, 3, 9]);
        assert!(found[0].is_nan());
        assert!(found[1..].iter().zip([3.0, 2.0, 1.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }

    /// P_k = C(N-k, n-1) / C(N, n) by log-gamma, which loses about 1e-10 on so many rows.
    #[test]
    fn without_replacement_agrees_with_log_gamma() {
        let rows: Vec<(f64, f64)> = (0..15_625).map(|row| (-f64::from(row), f64::from(row * 7 % 1_000))).collect();
        let choose =
            |of: f64, some: f64| libm::lgamma(of + 1.0) - libm::lgamma(some + 1.0) - libm::lgamma(of - some + 1.0);
        for draws in [1, 10, 300, 15_000] {
            let (all, n) = (15_625.0, f64::from(draws));
            let chance =
                |k: f64| if n - 1.0 > all - k { 0.0 } else { libm::exp(choose(all - k, n - 1.0) - choose(all, n)) };
            let expected: f64 = rows.iter().map(|row| chance(1.0 - row.0) * row.1).sum();
            let found = without_replacement(rows.clone(), &[draws as u32])[0];
            assert!((found / expected - 1.0).abs() < 1e-8, "{draws}: {found}, not {expected}");
        }
    }

    /// Few draws hardly ever repeat a row, many leave it behind: refusing duplicates is never worse.
    #[test]
    fn refusing_duplicates_helps() {
        let rows: Vec<(f64, f64)> = (0..200).map(|row| (-f64::from(row), f64::from(row))).collect();
        let law = RandomSearchLaw::new(rows.iter().map(|row| (row.0, 1.0, row.1)).collect());
        let trials = [1, 2, 50, 200];
        let (with, without) = (law.expected_regret(&trials), without_replacement(rows, &trials));
        assert!((with[0] - without[0]).abs() < 1e-9 && (with[1] / without[1] - 1.0).abs() < 0.02);
        assert!(without[2] < with[2] && without[3] == 0.0 && with[3] > 0.1, "{with:?} {without:?}");
    }
}
