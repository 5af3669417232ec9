//! The numbers of one data set of FC-Net.

use ndarray::Array3;

use super::file::{self, FcnetFile};
use super::{EPOCHS, SEEDS};
use crate::import::ImportError;
use crate::table::ElementType;

/// What one file holds, each `[rows, replicates, epochs]`.
pub(super) struct Task {
    pub valid: Array3<f64>,
    pub train: Array3<f64>,
    /// Seconds of the whole training.
    pub runtime: Array3<f64>,
    pub test: Array3<f64>,
    pub params: Array3<f64>,
    /// How many losses are infinite and stand as NaN.
    pub infinite: usize,
}

type Fault = (String, Option<String>);

impl Task {
    /// Reads the groups of these names; each is opened once, one at a time.
    pub fn read(file: &FcnetFile, names: &[String]) -> Result<Self, ImportError> {
        let empty = |replicates, epochs| Array3::from_elem((names.len(), replicates, epochs), f64::NAN);
        let curve = EPOCHS as usize;
        let [runtime, test] = [empty(SEEDS, 1), empty(SEEDS, 1)];
        let (valid, train, params) = (empty(SEEDS, curve), empty(SEEDS, curve), empty(1, 1));
        let mut task = Self { valid, train, runtime, test, params, infinite: 0 };
        for (row, name) in names.iter().enumerate() {
            task.read_row(file, name, row).map_err(|fault| file.fault(name, fault))?;
        }
        Ok(task)
    }

    fn read_row(&mut self, file: &FcnetFile, name: &str, row: usize) -> Result<(), Fault> {
        let group = file.group(name).map_err(|what| (what, None))?;
        let curve = [SEEDS, EPOCHS as usize];
        self.infinite += put(&mut self.valid, row, file::numbers(&group, "valid_mse", &curve)?);
        self.infinite += put(&mut self.train, row, file::numbers(&group, "train_mse", &curve)?);
        self.infinite += put(&mut self.test, row, file::numbers(&group, "final_test_error", &[SEEDS])?);
        let runtime = file::numbers(&group, "runtime", &[SEEDS])?;
        if let Some(odd) = runtime.iter().find(|seconds| seconds.is_infinite() || **seconds < 0.0) {
            return Err((format!("`runtime` is {odd}, expected seconds"), None));
        }
        put(&mut self.runtime, row, runtime);
        let params = file::numbers(&group, "n_params", &[SEEDS])?;
        match params.as_slice() {
            [first, rest @ ..] if rest.iter().all(|other| other == first) => put(&mut self.params, row, vec![*first]),
            _ => return Err((format!("`n_params` differs between trainings of one network: {params:?}"), None)),
        };
        Ok(())
    }
}

/// Puts the numbers of a row in their places; returns how many are infinite, which become NaN.
fn put(into: &mut Array3<f64>, row: usize, numbers: Vec<f64>) -> usize {
    let infinite = numbers.iter().filter(|number| number.is_infinite()).count();
    let places = into.index_axis_mut(ndarray::Axis(0), row);
    places.into_iter().zip(numbers).for_each(|(place, number)| {
        *place = if number.is_infinite() { f64::NAN } else { number };
    });
    infinite
}

/// The seconds after each epoch, of those of the whole training; the last are those that are published.
pub(super) fn elapsed(runtime: &Array3<f64>) -> Array3<f64> {
    let (rows, seeds, _) = runtime.dim();
    Array3::from_shape_fn((rows, seeds, EPOCHS as usize), |(row, seed, place)| {
        let (all, epoch) = (runtime[[row, seed, 0]], place as u32 + 1);
        if epoch == EPOCHS { all } else { all / f64::from(EPOCHS) * f64::from(epoch) }
    })
}

/// 4-byte floats where they lose nothing.
pub(super) fn element(values: &Array3<f64>) -> ElementType {
    let exact = |value: &f64| value.is_nan() || f64::from(*value as f32) == *value;
    if values.iter().all(exact) { ElementType::F32 } else { ElementType::F64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_rise_to_the_published_ones() {
        let runtime = Array3::from_shape_fn((1, SEEDS, 1), |(_, seed, _)| 7.1 + seed as f64);
        let seconds = elapsed(&runtime);
        assert_eq!((seconds[[0, 0, 99]], seconds[[0, 3, 99]]), (7.1, 10.1));
        assert_eq!(seconds[[0, 1, 49]], 8.1 / 100.0 * 50.0);
    }

    #[test]
    fn infinite_losses_are_not_measured() {
        let mut into = Array3::zeros((2, 1, 2));
        assert_eq!(put(&mut into, 1, vec![f64::INFINITY, 2.0]), 1);
        assert!(into[[1, 0, 0]].is_nan() && into[[1, 0, 1]] == 2.0 && into[[0, 0, 0]] == 0.0);
    }

    #[test]
    fn eight_bytes_are_kept_where_four_would_lose_digits() {
        assert_eq!(element(&Array3::from_elem((1, 1, 1), 0.1)), ElementType::F64);
        assert_eq!(element(&Array3::from_elem((1, 1, 1), f64::from(0.1f32))), ElementType::F32);
    }
}
