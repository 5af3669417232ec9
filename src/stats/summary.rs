//! Centres and spreads of a sample.

/// The arithmetic mean; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sample standard deviation, with n - 1 in the denominator; NaN of fewer than two values.
pub fn standard_deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: f64 = values.iter().map(|value| (value - centre) * (value - centre)).sum();
    (squares / (values.len() as f64 - 1.0)).sqrt()
}

/// A quantile by linear interpolation between order statistics (Hyndman and Fan 1996, type 7); NaN of nothing.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    quantile_of(&mut values.to_vec(), share)
}

/// As [`quantile`], reordering the values.
pub fn quantile_of(values: &mut [f64], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = (place as usize).min(last);
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + (place - below as f64) * (high - low)
}

/// The interquartile mean: the mean of the middle half, with fractional weights at its ends (a 25 % trimmed mean; Agarwal et al.,
/// NeurIPS 2021, section 4.3). NaN of nothing.
pub fn interquartile_mean(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (from, to) = (0.25 * sorted.len() as f64, 0.75 * sorted.len() as f64);
    let weight = |place: usize| (to.min(place as f64 + 1.0) - from.max(place as f64)).max(0.0);
    let sum: f64 = sorted.iter().enumerate().map(|(place, value)| weight(place) * value).sum();
    sum / (to - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: [f64; 7] = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.3];

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    /// Golden numbers by Python's `statistics` (mean, stdev) and by hand (quantiles, type 7); the interquartile mean by hand:
    /// (0.25 x 1.5 + 2.6 + 3 + 4 + 0.25 x 5.3) / 3.5.
    #[test]
    fn agrees_with_independent_numbers() {
        close(mean(&SAMPLE), 3.771_428_571_428_571_3);
        close(standard_deviation(&SAMPLE), 2.724_404_696_879_843_4);
        close(quantile(&SAMPLE, 0.25), 2.05);
        close(quantile(&SAMPLE, 0.5), 3.0);
        close(quantile(&SAMPLE, 0.975), 8.445);
        close(interquartile_mean(&SAMPLE), (0.25 * 1.5 + 2.6 + 3.0 + 4.0 + 0.25 * 5.3) / 3.5);
        close(interquartile_mean(&[1.0, 2.0, 3.0, 4.0]), 2.5);
    }

    #[test]
    fn nothing_has_no_centre() {
        assert!(mean(&[]).is_nan() && quantile(&[], 0.5).is_nan() && interquartile_mean(&[]).is_nan());
        assert!(standard_deviation(&[1.0]).is_nan());
        assert_eq!(quantile(&[2.0], 0.3), 2.0);
    }
}
