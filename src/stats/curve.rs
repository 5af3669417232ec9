//! Step curves: right-continuous, forward-filled, never interpolated.

/// The value of a step curve at each point of a rising grid: that of the last step at or before the point, `initial` before the
/// first step. Steps are `(x, value)` with rising x.
pub fn sample(steps: impl Iterator<Item = (f64, f64)>, initial: f64, grid: &[f64]) -> Vec<f64> {
    let mut steps = steps.peekable();
    let mut value = initial;
    let advance = |&x: &f64| {
        while let Some((_, next)) = steps.next_if(|step| step.0 <= x) {
            value = next;
        }
        value
    };
    grid.iter().map(advance).collect()
}

/// The mean of a step curve over ln x: 1 / (ln to - ln from) times its exact integral from `from` to `to`, both positive. What a
/// figure with a logarithmic axis shows as the area. NaN unless `from` is below `to`.
pub fn log_area(steps: impl Iterator<Item = (f64, f64)>, initial: f64, from: f64, to: f64) -> f64 {
    area(steps, initial, from, to, libm::log)
}

/// The mean of a step curve over x from `from` to `to`, exact. NaN unless `from` is below `to`.
pub fn linear_area(steps: impl Iterator<Item = (f64, f64)>, initial: f64, from: f64, to: f64) -> f64 {
    area(steps, initial, from, to, |x| x)
}

/// The mean of a step curve, each stretch weighed by how far the scale moves along it.
fn area(steps: impl Iterator<Item = (f64, f64)>, initial: f64, from: f64, to: f64, scale: impl Fn(f64) -> f64) -> f64 {
    if from.is_nan() || to.is_nan() || from >= to {
        return f64::NAN;
    }
    let (mut value, mut reached, mut sum) = (initial, scale(from), 0.0);
    for (x, next) in steps.take_while(|step| step.0 < to) {
        if x > from {
            let place = scale(x);
            sum += value * (place - reached);
            reached = place;
        }
        value = next;
    }
    (sum + value * (scale(to) - reached)) / (scale(to) - scale(from))
}

/// About `points` numbers from `low` to `high`, equally far apart in their logarithms.
pub fn log_grid(low: f64, high: f64, points: usize) -> Vec<f64> {
    let (from, to) = (libm::log(low), libm::log(high));
    let last = points.max(2) - 1;
    let at = |place: usize| match place {
        0 => low,
        place if place == last => high,
        place => libm::exp(from + (to - from) * place as f64 / last as f64),
    };
    (0..=last).map(at).collect()
}

/// Whole numbers from 1 to `high`, about equally far apart in their logarithms, each once, at most `points`.
pub fn log_counts(high: u32, points: usize) -> Vec<f64> {
    let mut counts: Vec<f64> =
        log_grid(1.0, f64::from(high.max(1)), points).iter().map(|count| libm::round(*count)).collect();
    counts.dedup();
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_hold_until_the_next_one() {
        let steps = [(2.0, 5.0), (4.0, 3.0)];
        let values = sample(steps.into_iter(), 9.0, &[1.0, 2.0, 3.999, 4.0, 100.0]);
        assert_eq!(values, [9.0, 5.0, 5.0, 3.0, 3.0]);
    }

    /// By hand: of ln 100 from 1 to 100, the curve spends ln 2 at 9, ln 2 at 5, ln 25 at 3; of 99 seconds, 1, 2 and 96.
    #[test]
    fn areas_are_exact() {
        let steps = [(2.0, 5.0), (4.0, 3.0), (100.0, 0.0)];
        let of = |part: f64| libm::log(part) / libm::log(100.0);
        let log = log_area(steps.into_iter(), 9.0, 1.0, 100.0);
        assert!((log - (9.0 * of(2.0) + 5.0 * of(2.0) + 3.0 * of(25.0))).abs() < 1e-12, "{log}");
        let linear = linear_area(steps.into_iter(), 9.0, 1.0, 100.0);
        assert!((linear - (9.0 + 2.0 * 5.0 + 96.0 * 3.0) / 99.0).abs() < 1e-12, "{linear}");
    }

    #[test]
    fn areas_begin_with_the_value_at_their_start() {
        let steps = [(1.0, 7.0), (2.0, 5.0), (4.0, 3.0)];
        assert_eq!(linear_area(steps.into_iter(), 9.0, 2.0, 6.0), 4.0);
        assert_eq!(linear_area(steps.into_iter(), 9.0, 3.0, 5.0), 4.0);
        assert_eq!(log_area(steps.into_iter(), 9.0, 5.0, 6.0), 3.0);
        assert!(log_area(steps.into_iter(), 9.0, 6.0, 6.0).is_nan());
    }

    /// The area is the limit of a mean over a fine grid.
    #[test]
    fn the_log_area_is_the_mean_over_a_log_grid() {
        let steps = [(3.0, 2.5), (11.0, 1.0), (70.0, 0.25)];
        let fine = sample(steps.into_iter(), 6.0, &log_grid(2.0, 300.0, 200_001));
        let mean = fine.iter().sum::<f64>() / fine.len() as f64;
        assert!((log_area(steps.into_iter(), 6.0, 2.0, 300.0) - mean).abs() < 1e-4, "{mean}");
    }

    #[test]
    fn grids_cover_their_ends() {
        let counts = log_counts(300, 64);
        assert_eq!((counts[0], counts[1], *counts.last().unwrap()), (1.0, 2.0, 300.0));
        assert!(counts.is_sorted_by(|a, b| a < b) && counts.len() <= 64);
        let grid = log_grid(0.1, 1000.0, 5);
        assert_eq!((grid[0], grid[4]), (0.1, 1000.0));
        assert!((grid[2] - 10.0).abs() < 1e-12);
    }
}
