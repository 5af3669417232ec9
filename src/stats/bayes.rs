//! The Bayesian signed-rank test: how probable is it that a candidate is worse, equivalent or better?
//!
//! Benavoli, Mangili, Corani, Zaffalon and Ruggeri, ICML 2014 (the Dirichlet process behind it); Benavoli, Corani, Demsar and
//! Zaffalon, Journal of Machine Learning Research 18(77), 2017 (with a region of practical equivalence). There
//! is one prior observation of strength one half at 0. A sample of the posterior gives each observation a random weight; the
//! weights of all pairs of observations whose average lies above, inside and below the region add up to the weights of "worse",
//! "equivalent" and "better". The probability of each word is the share of samples in which its weight is the largest.

use rayon::prelude::*;

use crate::base::{Digest, Key, Rng};

/// Samples that share a random stream: a part of the results' format, whatever the number of threads.
const CHUNK: usize = 512;

/// The posterior probabilities of the three words; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// The candidate is worse than the baseline, by more than the region.
    pub worse: f64,
    /// The two are practically equivalent.
    pub equivalent: f64,
    /// The candidate is better than the baseline, by more than the region.
    pub better: f64,
}

/// The Bayesian signed-rank test of differences candidate - baseline, lower values being better: positive differences speak for
/// "worse".
///
/// Averages of two differences from -rope to rope, both included, count as equivalent; with a rope of 0 that is 0 alone. 50,000
/// samples know a probability to .0045 (two standard errors at worst). All NaN where a difference or the rope is NaN or no
/// sample is asked for.
pub fn bayesian_signed_rank(differences: &[f64], rope: f64, samples: usize, key: Digest) -> Posterior {
    if rope.is_nan() || differences.iter().any(|difference| difference.is_nan()) {
        return Posterior { worse: f64::NAN, equivalent: f64::NAN, better: f64::NAN };
    }
    let pairs = Pairs::new(differences, rope);
    let chunk = |number: usize| pairs.count(CHUNK.min(samples - number * CHUNK), number as u64, key);
    let add = |a: [u32; 3], b: [u32; 3]| std::array::from_fn(|word| a[word] + b[word]); // whole numbers: any order will do
    let counts = (0..samples.div_ceil(CHUNK)).into_par_iter().map(chunk).reduce(|| [0; 3], add);
    let [worse, equivalent, better] = counts.map(|count| f64::from(count) / samples as f64);
    Posterior { worse, equivalent, better }
}

/// The observations in rising order, and with which others each makes a pair outside the region.
struct Pairs {
    /// The place of the prior observation.
    prior: usize,
    /// For each observation: the first place whose average with it lies above the region; all later ones do too.
    above_from: Vec<usize>,
    /// For each observation: the number of first places whose average with it lies below the region.
    below_to: Vec<usize>,
}

impl Pairs {
    fn new(differences: &[f64], rope: f64) -> Self {
        let mut rising = [differences, &[0.0]].concat();
        rising.sort_unstable_by(f64::total_cmp);
        let places = |inside: &dyn Fn(f64) -> bool| -> Vec<usize> {
            rising.iter().map(|one| rising.partition_point(|other| inside((one + other) / 2.0))).collect()
        };
        Self {
            prior: rising.partition_point(|difference| *difference < 0.0),
            above_from: places(&|average| average <= rope),
            below_to: places(&|average| average < -rope),
        }
    }

    /// In how many samples of a chunk each word has the largest weight.
    fn count(&self, samples: usize, chunk: u64, key: Digest) -> [u32; 3] {
        let mut rng = Rng::new(Key::derive(0, "bayesian-signed-rank", &[&key.to_string()], chunk));
        let mut weights = vec![0.0; self.above_from.len()];
        let mut counts = [0; 3];
        for _ in 0..samples {
            draw_weights(&mut weights, self.prior, &mut rng);
            counts[largest(self.words(&weights))] += 1; // a place of three
        }
        counts
    }

    /// The weights of "worse", "equivalent" and "better"; the observations' weights need not add up to 1.
    fn words(&self, weights: &[f64]) -> [f64; 3] {
        let mut before = Vec::with_capacity(weights.len() + 1);
        let mut all = 0.0;
        before.push(all);
        before.extend(weights.iter().map(|weight| {
            all += weight;
            all
        }));
        let (mut worse, mut better) = (0.0, 0.0);
        for (weight, (&above, &below)) in weights.iter().zip(self.above_from.iter().zip(&self.below_to)) {
            worse += weight * (all - before[above]); // partition points are at most the number of observations
            better += weight * before[below];
        }
        [worse, all * all - worse - better, better]
    }
}

/// Draws the weights of a Dirichlet distribution, up to a common factor: independent gamma variables, of shape 1 for an
/// observation (an exponential one) and of shape 1/2 for the prior one (half the square of a normal one, by Box and Muller
/// 1958).
fn draw_weights(weights: &mut [f64], prior: usize, rng: &mut Rng) {
    for (place, weight) in weights.iter_mut().enumerate() {
        *weight = -libm::log(1.0 - rng.unit());
        if place == prior {
            let cosine = libm::cos(std::f64::consts::TAU * rng.unit());
            *weight *= cosine * cosine;
        }
    }
}

/// Which of three weights is the largest; the middle one where two share the first place.
fn largest([worse, equivalent, better]: [f64; 3]) -> usize {
    match () {
        () if worse > equivalent && worse > better => 0,
        () if better > equivalent && better > worse => 2,
        () => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn key() -> Digest {
        Digest::of(b"test")
    }

    fn close(found: Posterior, [worse, equivalent, better]: [f64; 3]) {
        for (found, expected) in [(found.worse, worse), (found.equivalent, equivalent), (found.better, better)] {
            assert!((found - expected).abs() < 0.006, "{found:?}, {expected}");
        }
        assert!((found.worse + found.equivalent + found.better - 1.0).abs() < 1e-12);
    }

    const DIFFERENCES: [f64; 12] = [0.3, -0.2, 0.9, 1.4, -0.6, 0.25, 0.05, -0.01, 2.0, 0.45, -0.35, 0.8];

    /// By baycomp 1.0.3, `SignedRankTest` with the same prior (it counts averages on the rim half, so no average lies there),
    /// means of 20 times 50,000 samples.
    #[test]
    fn agrees_with_baycomp() {
        close(bayesian_signed_rank(&DIFFERENCES, 0.213, 50_000, key()), [0.855_98, 0.136_98, 0.007_03]);
        close(bayesian_signed_rank(&DIFFERENCES, 0.507, 50_000, key()), [0.228_95, 0.771_05, 0.0]);
        let turned = DIFFERENCES.map(|difference| -difference);
        close(bayesian_signed_rank(&turned, 0.213, 50_000, key()), [0.007_03, 0.136_98, 0.855_98]);
    }

    /// By hand: with n equal differences the prior weighs w ~ Beta(1/2, n), and equivalence wins where w^2 > 1/2; for n = 1 the
    /// probability of the contrary is sqrt(x), for n = 2 it is sqrt(x) (3 - x) / 2, with x = sqrt(1/2).
    #[test]
    fn agrees_with_the_beta_distribution() {
        let x = 0.5_f64.sqrt();
        close(bayesian_signed_rank(&[3.0], 0.0, 50_000, key()), [x.sqrt(), 1.0 - x.sqrt(), 0.0]);
        let two = x.sqrt() * (3.0 - x) / 2.0;
        close(bayesian_signed_rank(&[-3.0; 2], 0.0, 50_000, key()), [0.0, 1.0 - two, two]);
    }

    #[test]
    fn words_are_sums_over_all_pairs() {
        let rope = 0.25; // averages of exactly .25 and -.25 occur
        let mut rising = [&DIFFERENCES[..], &[0.0, 0.25, -0.3]].concat();
        let weights: Vec<f64> = (0..rising.len()).map(|place| f64::from(place as u32 * 7 % 5 + 1)).collect();
        let found = Pairs::new(&rising[..rising.len()], rope).words(&[&weights[..], &[0.0]].concat());
        rising.push(0.0);
        rising.sort_unstable_by(f64::total_cmp);
        let mut expected = [0.0; 3];
        for (one, w) in rising.iter().zip(weights.iter().chain(&[0.0])) {
            for (other, v) in rising.iter().zip(weights.iter().chain(&[0.0])) {
                let average = (one + other) / 2.0;
                expected[if average > rope {
                    0
                } else if average < -rope {
                    2
                } else {
                    1
                }] += w * v;
            }
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn threads_and_order_change_nothing() {
        let run = |differences: &[f64], threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| bayesian_signed_rank(differences, 0.2, 5_001, key()))
        };
        let mut turned = DIFFERENCES;
        turned.reverse();
        assert_eq!(run(&DIFFERENCES, 1), run(&DIFFERENCES, 3));
        assert_eq!(run(&DIFFERENCES, 1), run(&turned, 2));
        assert_ne!(run(&DIFFERENCES, 1), bayesian_signed_rank(&DIFFERENCES, 0.2, 5_001, Digest::of(b"other")));
    }

    #[test]
    fn the_first_counts_are_those_of_the_format() {
        let counts = Pairs::new(&DIFFERENCES, 0.2).count(CHUNK, 0, key());
        assert_eq!(counts, [434, 73, 5]);
    }

    #[test]
    fn nothing_observed_means_equivalent() {
        let of = |differences: &[f64]| bayesian_signed_rank(differences, 0.0, 600, key());
        let equivalent = Posterior { worse: 0.0, equivalent: 1.0, better: 0.0 };
        assert_eq!((of(&[]), of(&[0.0; 9])), (equivalent, equivalent));
        assert!(of(&[f64::NAN]).worse.is_nan());
        assert!(bayesian_signed_rank(&[1.0], 0.0, 0, key()).worse.is_nan());
    }
}
