//! What a training would have cost: a fit of the table's seconds on counts of operations.

use serde::{Deserialize, Serialize};

use crate::base::Nanos;

/// A linear fit of seconds on counts of operations, by least squares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondsFit {
    /// Seconds without any operation, then seconds for each operation.
    pub coefficients: Vec<f64>,
    /// The least that is ever charged: the least of the table.
    pub least: f64,
    /// The share of the seconds' variance that the fit explains.
    pub r2: f64,
    /// The root mean square of the relative error.
    pub relative_error: f64,
    /// Rows that were fitted.
    pub rows: usize,
    /// The root mean square and the largest of the relative errors of rows that took no part in their fit; absent in results of earlier
    /// versions and where too few rows are left. It decides no trajectory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_sample: Option<[f64; 2]>,
}

/// Parts of the rows that are left out in turn, to see how a fit does on rows that it has not seen.
const FOLDS: usize = 5;

impl SecondsFit {
    /// Fits the seconds of rows on their counts. Operations whose counts follow from those before them get the coefficient 0.
    ///
    /// # Errors
    /// Refuses fewer rows than coefficients.
    pub fn new(rows: &[(Vec<f64>, f64)]) -> Result<Self, String> {
        Ok(Self { out_of_sample: errors_out_of_sample(rows), ..Self::of_all(rows)? })
    }

    fn of_all(rows: &[(Vec<f64>, f64)]) -> Result<Self, String> {
        let width = rows.first().map_or(0, |(counts, _)| counts.len()) + 1;
        if rows.len() < width {
            return Err(format!("{} rows have seconds, expected at least {width} to fit them", rows.len()));
        }
        let with_one = |counts: &[f64]| std::iter::once(1.0).chain(counts.iter().copied()).collect::<Vec<f64>>();
        let mut normal = vec![vec![0.0; width + 1]; width];
        for (counts, seconds) in rows {
            let counts = with_one(counts);
            for (line, &factor) in normal.iter_mut().zip(&counts) {
                let terms = counts.iter().chain(std::iter::once(seconds));
                line.iter_mut().zip(terms).for_each(|(sum, term)| *sum += factor * term);
            }
        }
        let coefficients = solve(normal);
        let mut fit =
            Self { coefficients, least: 0.0, r2: 0.0, relative_error: 0.0, rows: rows.len(), out_of_sample: None };
        let count = rows.len() as f64;
        let mean = rows.iter().map(|(_, seconds)| seconds).sum::<f64>() / count;
        let total: f64 = rows.iter().map(|(_, seconds)| (seconds - mean).powi(2)).sum();
        let errors = || rows.iter().map(|(counts, seconds)| (fit.linear(counts) - seconds, seconds));
        let residual: f64 = errors().map(|(error, _)| error * error).sum();
        let timed: Vec<f64> =
            errors().filter(|(_, seconds)| **seconds > 0.0).map(|(error, seconds)| (error / seconds).powi(2)).collect();
        fit.r2 = if total > 0.0 { 1.0 - residual / total } else { 1.0 };
        fit.relative_error = (timed.iter().sum::<f64>() / timed.len().max(1) as f64).sqrt();
        fit.least = rows.iter().map(|(_, seconds)| *seconds).fold(f64::INFINITY, f64::min);
        Ok(fit)
    }

    fn linear(&self, counts: &[f64]) -> f64 {
        self.coefficients[0] + self.coefficients[1..].iter().zip(counts).map(|(each, count)| each * count).sum::<f64>()
    }

    /// What an architecture with these counts is charged.
    pub fn cost(&self, counts: &[f64]) -> Nanos {
        Nanos::from_seconds(self.linear(counts).max(self.least)).unwrap_or_default() // finite seconds fit finite seconds
    }
}

/// The relative errors of rows by the fits of all others, a fifth of them at a time: their root mean square and the largest.
fn errors_out_of_sample(rows: &[(Vec<f64>, f64)]) -> Option<[f64; 2]> {
    let mut errors = Vec::new();
    for fold in 0..FOLDS {
        let (out, own): (Vec<_>, Vec<_>) =
            rows.iter().cloned().enumerate().partition(|(place, _)| place % FOLDS == fold);
        let own: Vec<(Vec<f64>, f64)> = own.into_iter().map(|(_, row)| row).collect();
        let fit = SecondsFit::of_all(&own).ok()?;
        let timed = out.iter().filter(|(_, (_, seconds))| *seconds > 0.0);
        errors.extend(timed.map(|(_, (counts, seconds))| (fit.linear(counts).max(fit.least) / seconds - 1.0).abs()));
    }
    let squares: f64 = errors.iter().map(|error| error * error).sum();
    let largest = errors.iter().copied().fold(0.0, f64::max);
    (!errors.is_empty()).then(|| [(squares / errors.len() as f64).sqrt(), largest])
}

/// Solves the normal equations, given with their right sides, by elimination; an unknown without a pivot of its own is 0.
fn solve(mut lines: Vec<Vec<f64>>) -> Vec<f64> {
    let width = lines.len();
    let scale: Vec<f64> = (0..width).map(|place| lines[place][place]).collect();
    let mut free = vec![false; width];
    for pivot in 0..width {
        if lines[pivot][pivot] <= 1e-9 * scale[pivot] {
            free[pivot] = true; // the normal matrix has no negative pivots: this one is 0 but for rounding
            continue;
        }
        let line = lines[pivot].clone();
        for (place, other) in lines.iter_mut().enumerate() {
            let factor = other[pivot] / line[pivot];
            if place != pivot && factor != 0.0 {
                other.iter_mut().zip(&line).for_each(|(value, above)| *value -= factor * above);
            }
        }
    }
    (0..width).map(|place| if free[place] { 0.0 } else { lines[place][width] / lines[place][place] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_seconds_are_found_again() {
        let rows: Vec<(Vec<f64>, f64)> = (0..20)
            .map(|place| {
                let counts = vec![f64::from(place % 4), f64::from(place % 3), f64::from(place % 4) * 2.0];
                let seconds = 5.0 + 2.0 * counts[0] + 3.0 * counts[1];
                (counts, seconds)
            })
            .collect();
        let fit = SecondsFit::new(&rows).unwrap();
        assert!(fit.r2 > 1.0 - 1e-9 && fit.relative_error < 1e-9, "{fit:?}");
        assert!(fit.out_of_sample.unwrap()[1] < 1e-9, "{fit:?}");
        assert_eq!(fit.coefficients[3], 0.0); // its counts follow from the first
        assert_eq!(fit.cost(&[3.0, 2.0, 6.0]), Nanos(17_000_000_000));
        assert_eq!(fit.cost(&[-9.0, 0.0, 0.0]), Nanos(5_000_000_000)); // the least of the table
    }

    /// One row in 20 takes twice as long as its operations say: the fit is a little off everywhere, and far off there.
    #[test]
    fn rows_that_were_not_fitted_show_the_error() {
        let rows: Vec<(Vec<f64>, f64)> = (0..20)
            .map(|place| (vec![f64::from(place % 7)], f64::from(10 + place % 7) * if place == 3 { 2.0 } else { 1.0 }))
            .collect();
        let fit = SecondsFit::new(&rows).unwrap();
        let [typical, largest] = fit.out_of_sample.unwrap();
        assert!((0.4..0.6).contains(&largest) && typical > fit.relative_error, "{fit:?}");
    }

    #[test]
    fn too_few_rows_are_refused() {
        assert!(SecondsFit::new(&[(vec![1.0], 1.0)]).unwrap_err().contains("at least 2"));
    }
}
