//! Which of a row's trainings a trial meets: a fixed hash, the same for all strategies of a run.

use crate::base::{Digest, Key};

/// The noise of one run on one benchmark.
#[derive(Debug, Clone, Copy)]
pub struct Noise(u64);

impl Noise {
    /// The noise stream of a run; the strategy's name takes no part in it.
    pub fn new(seed: u64, benchmark: &str, schedule: &str, run: u64) -> Self {
        let schedule = Digest::of(schedule.as_bytes()).0;
        let word = u64::from_le_bytes(std::array::from_fn(|byte| schedule[byte]));
        Self(Key::derive(seed, "noise", &[benchmark], run).word() ^ word)
    }

    /// Draws one of `measured` trainings of a row for the `begun`-th training of it in this run, counted from 0.
    ///
    /// The counter (row, begun) times 2^64 / golden ratio, added to the key, through the output function of SplitMix64 (Steele,
    /// Lea and Flood, OOPSLA 2014) with Stafford's constants 13; then a multiplication by the bound, whose bias is below 2^-30.
    #[inline]
    pub fn draw(self, row: u32, begun: u32, measured: u32) -> u32 {
        let counter = u64::from(row) << 32 | u64::from(begun);
        let mut word = self.0.wrapping_add(counter.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^= word >> 31;
        (((word >> 32) * u64::from(measured)) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_the_format() {
        let noise = Noise::new(2021, "cifar10", "200", 3);
        let draws: Vec<u32> = (0..12).map(|begun| noise.draw(6_111, begun, 1000)).collect();
        assert_eq!(draws, FIXED);
    }

    const FIXED: [u32; 12] = [187, 866, 219, 750, 131, 505, 732, 352, 809, 670, 793, 526];

    #[test]
    fn draws_of_rows_and_repetitions_are_uniform_and_unrelated() {
        let noise = Noise::new(1, "b", "200", 0);
        let mut pairs = [[0u32; 3]; 3];
        for row in 0..30_000 {
            pairs[noise.draw(row, 0, 3) as usize][noise.draw(row, 1, 3) as usize] += 1;
        }
        assert!(pairs.iter().flatten().all(|&count| (3_100..3_570).contains(&count)), "{pairs:?}");
    }
}
