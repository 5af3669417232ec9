//! Blackboxes whose conversion is known to have changed what was published, told by their columns.

use ndarray::Array3;

use super::rows::Rows;

/// A blackbox that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// NAS-Bench-201 (`nasbench201_import.py`).
    Nasbench201,
    /// FC-Net, also called HPOlib (`fcnet_import.py`).
    Fcnet,
    /// LCBench (`lcbench.py`).
    Lcbench,
}

impl Known {
    /// Tells by the hyper-parameters and objectives.
    pub fn of(rows: &Rows, objectives: &[String]) -> Option<Self> {
        let has = |name: &str| objectives.iter().any(|objective| objective.trim_start_matches("metric_") == name);
        if rows.has("hp_x0") && rows.has("hp_x5") && has("valid_error") {
            Some(Self::Nasbench201)
        } else if rows.has("hp_n_units_1") && has("final_test_error") {
            Some(Self::Fcnet)
        } else if rows.has("max_dropout") && rows.has("max_units") && has("val_accuracy") {
            Some(Self::Lcbench)
        } else {
            None
        }
    }

    /// Another name for an objective that is not what it is called.
    pub fn rename(self, objective: &str) -> Option<&'static str> {
        (self == Self::Nasbench201 && objective == "metric_valid_error").then_some("test_error")
    }

    /// The unit of an objective that its name does not tell.
    pub fn unit(self, objective: &str) -> Option<&'static str> {
        let is_size = matches!(objective, "metric_params" | "metric_flops");
        (self == Self::Nasbench201 && is_size).then_some("millions")
    }

    /// What a user should know.
    pub fn notes(self) -> &'static [&'static str] {
        match self {
            Self::Nasbench201 => &[
                "`metric_valid_error` is no validation error: it is 1 - accuracy / 100 on the original test set (ori-test); here it is `test_error`",
                "cifar10 here is trained on all 50,000 images, not on NATS-Bench's cifar10-valid",
                "`runtime` is the seconds of an epoch's training and of its evaluation on test; elapsed seconds are their sum",
                "`params` and `flops` are in millions, those of seed 777 alone",
                "rows are NATS-Bench's architecture numbers",
            ],
            Self::Fcnet => &[
                "elapsed seconds are not measured: the seconds of the whole training, divided evenly among the epochs",
                "the test error and the parameters are those of the finished training, published at every epoch",
            ],
            Self::Lcbench => &[
                "fidelities are places in LCBench's curves of 52 values: the first is before training, the last repeats the one before; times do not begin at 0",
            ],
        }
    }

    /// Takes imputed numbers out of a task's objectives `[rows, seeds, fidelities]`, and says how many.
    pub fn repair(self, task: &str, names: &[String], values: &mut [Array3<f32>]) -> Option<String> {
        if self != Self::Nasbench201 {
            return None;
        }
        let places = |wanted: &[&str]| -> Vec<usize> {
            let is_wanted = |name: &String| wanted.iter().any(|part| name.trim_start_matches("metric_") == *part);
            (0..names.len()).filter(|&place| is_wanted(&names[place])).collect()
        };
        let measured = places(&["valid_error", "train_error", "runtime"]);
        let imputed = places(&["valid_error", "train_error", "runtime", "elapsed_time"]);
        let (rows, seeds, _) = values.first()?.dim();
        if seeds != 3 || measured.is_empty() {
            return None;
        }
        let mut count = 0;
        for row in 0..rows {
            let is_mean = |seed: &usize| is_mean_of_others(row, *seed, measured.iter().map(|&place| &values[place]));
            let Some(seed) = (0..seeds).rev().find(is_mean) else { continue };
            for &place in &imputed {
                values[place].slice_mut(ndarray::s![row, seed, ..]).fill(f32::NAN);
            }
            count += 1;
        }
        Some(format!(
            "task `{task}`: {count} rows have a seed whose every number is the mean of the two others: it was imputed, and is missing here"
        ))
    }
}

/// Whether a seed of a row is, at all fidelities and in all objectives, the mean of the two others in 4-byte numbers, and differs from
/// them somewhere.
fn is_mean_of_others<'v>(row: usize, seed: usize, objectives: impl Iterator<Item = &'v Array3<f32>>) -> bool {
    let (first, second) = ((seed + 1) % 3, (seed + 2) % 3);
    let mut differs = false;
    for values in objectives {
        for epoch in 0..values.dim().2 {
            let [a, b, here] = [first, second, seed].map(|seed| values[[row, seed, epoch]]);
            if here != (a + b) / 2.0 {
                return false;
            }
            differs |= here != a;
        }
    }
    differs
}
