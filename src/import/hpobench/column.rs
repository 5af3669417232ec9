//! What the columns of a table are.

use crate::import::ImportError;
use crate::import::records::RecordFile;
use crate::table::Direction;

/// The fidelities that count iterations: of gradient descent, and trees.
const ITERATIONS: [&str; 2] = ["iter", "n_estimators"];

/// What stands before the names of scores and seconds.
const INFO: &str = "result.info.";

/// The places of a table's columns.
pub(super) struct Columns {
    /// The hyper-parameters, in the file's order.
    pub choices: Vec<(String, usize)>,
    /// The fidelity that becomes epochs.
    pub iterations: Option<usize>,
    /// The fidelities that become schedules.
    pub fidelities: Vec<(String, usize)>,
    pub seed: usize,
    pub metrics: Vec<(Measured, usize)>,
}

/// A score or a number of seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Measured {
    /// What the table calls it.
    pub name: String,
    pub unit: &'static str,
    pub direction: Direction,
    pub split: &'static str,
}

impl Columns {
    /// Finds the columns of a file.
    pub fn of(file: &RecordFile, fidelities: &[String]) -> Result<Self, ImportError> {
        let seed = file.place("seed")?;
        let (mut choices, mut schedules, mut metrics, mut iterations) = (Vec::new(), Vec::new(), Vec::new(), None);
        for (place, name) in file.columns.iter().enumerate() {
            file.find(name)?; // a name that stands twice is refused
            match name {
                _ if place == seed => {}
                name if name == "result" || name.starts_with("result.") => {
                    metrics.extend(Measured::of(name).map(|metric| (metric, place)));
                }
                name if fidelities.contains(name) && ITERATIONS.contains(&name.as_str()) => iterations = Some(place),
                name if fidelities.contains(name) => schedules.push((name.clone(), place)),
                name => choices.push((name.clone(), place)),
            }
        }
        let absent = [(choices.is_empty(), "hyper-parameter"), (metrics.is_empty(), "score `result.info.*`")];
        match absent.into_iter().find(|(is_absent, _)| *is_absent) {
            Some((_, what)) => Err(ImportError::content(&file.label, format!("has no column of a {what}"))),
            None => Ok(Self { choices, iterations, fidelities: schedules, seed, metrics }),
        }
    }

    /// The places that say what a row is about.
    pub fn keys(&self) -> Vec<usize> {
        let named = self.choices.iter().chain(&self.fidelities).map(|(_, place)| *place);
        named.chain(self.iterations).chain([self.seed]).collect()
    }
}

impl Measured {
    /// What a column below `result` is, if it is kept.
    fn of(column: &str) -> Option<Self> {
        let inner = column.strip_prefix(INFO)?;
        if inner == "model_cost" {
            return Some(Self::seconds("train_seconds".into(), "trained on train"));
        }
        let (group, metric) = inner.split_once('.')?;
        let score = |prefix: &str, split| Self {
            name: format!("{prefix}_{metric}"),
            unit: "fraction",
            direction: Direction::Maximise,
            split,
        };
        match group {
            "val_scores" => Some(score("valid", "trained on train, measured on valid")),
            "test_scores" => Some(score("test", "trained on train, measured on test")),
            "train_scores" => Some(score("train", "trained on train, measured on train")),
            "val_costs" => {
                Some(Self::seconds(format!("valid_seconds/{metric}"), "trained on train, measured on valid"))
            }
            _ => None,
        }
    }

    fn seconds(name: String, split: &'static str) -> Self {
        Self { name, unit: "seconds", direction: Direction::Minimise, split }
    }

    /// Whether nothing was measured: HPOBench writes 0 for scores on the training set that it did not record.
    pub fn is_unrecorded(&self, values: &[f64]) -> bool {
        let zero = self.split.ends_with("measured on train");
        values.iter().all(|value| value.is_nan() || zero && *value == 0.0)
    }

    /// What a value must be, where it is not that.
    pub fn broken(&self, value: f64) -> Option<&'static str> {
        match self.unit {
            "fraction" => (!(0.0..=1.0).contains(&value)).then_some("a fraction of 1"),
            _ => (value < 0.0).then_some("seconds that are not negative"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scores_and_seconds_are_kept() {
        let name = |column| Measured::of(column).map(|metric| metric.name);
        assert_eq!(name("result.info.val_scores.bal_acc"), Some("valid_bal_acc".into()));
        assert_eq!(name("result.info.val_costs.acc"), Some("valid_seconds/acc".into()));
        assert_eq!(name("result.info.model_cost"), Some("train_seconds".into()));
        for other in ["result.cost", "result.info.val_loss", "result.info.config.alpha", "result.info.test_costs.acc"] {
            assert_eq!(name(other), None);
        }
    }
}
