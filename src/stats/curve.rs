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
