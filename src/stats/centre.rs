//! Which number stands for the middle of many runs. All three are trimmed means: the mean of a window of the sorted values.

use super::summary::{interquartile_mean, mean, quantile};

/// A centre of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Centre {
    /// The arithmetic mean: every run counts, a failed one too.
    Mean,
    /// The mean of the middle half (Agarwal et al., NeurIPS 2021, section 4.3): a fifth of failed runs hardly moves it.
    InterquartileMean,
    /// The median.
    Median,
}

impl Centre {
    /// The centre of some values; NaN of nothing.
    pub fn of(self, values: &[f64]) -> f64 {
        match self {
            Centre::Mean => mean(values),
            Centre::InterquartileMean => interquartile_mean(values),
            Centre::Median => quantile(values, 0.5),
        }
    }

    /// What it is called in captions and tables.
    pub fn name(self) -> &'static str {
        match self {
            Centre::Mean => "mean",
            Centre::InterquartileMean => "interquartile mean",
            Centre::Median => "median",
        }
    }

    /// The window of the sorted values whose mean the centre is, in places from 0 to their number; its ends may cut a value.
    pub(super) fn window(self, count: u32) -> (f64, f64) {
        let all = f64::from(count);
        match self {
            Centre::Mean => (0.0, all),
            Centre::InterquartileMean => (0.25 * all, 0.75 * all),
            Centre::Median => (f64::from(count.saturating_sub(1) / 2), f64::from(count / 2 + count.min(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centres_are_the_means_of_their_windows() {
        let sorted = [0.0, 1.0, 4.0, 9.0, 16.0, 25.0, 36.0];
        for count in 1..=sorted.len() {
            for centre in [Centre::Mean, Centre::InterquartileMean, Centre::Median] {
                let (from, to) = centre.window(count as u32);
                let weight = |place: usize| (to.min(place as f64 + 1.0) - from.max(place as f64)).max(0.0);
                let sum: f64 = (0..count).map(|place| weight(place) * sorted[place]).sum();
                let found = centre.of(&sorted[..count]);
                assert!((found - sum / (to - from)).abs() < 1e-12, "{centre:?} of {count}: {found}");
            }
        }
    }

    /// By hand; the interquartile mean of eight values is the mean of the middle four.
    #[test]
    fn agrees_with_numbers_by_hand() {
        let values = [8.0, 1.0, 2.0, 100.0, 3.0, 4.0, 5.0, 0.0];
        assert_eq!(Centre::Mean.of(&values), 15.375);
        assert_eq!(Centre::InterquartileMean.of(&values), 3.5);
        assert_eq!(Centre::Median.of(&values), 3.5);
        assert_eq!(Centre::InterquartileMean.name(), "interquartile mean");
    }

    #[test]
    fn nothing_has_an_empty_window() {
        let all = [Centre::Mean, Centre::InterquartileMean, Centre::Median];
        assert!(all.iter().all(|centre| centre.window(0) == (0.0, 0.0) && centre.of(&[]).is_nan()));
    }
}
