//! What an objective's name says: its name in the table, unit, direction and split.

use ndarray::{Array3, Axis};

use super::known::Known;
use crate::table::{Direction, ElementType, Metric};

/// Parts of names that are better when higher.
const MAXIMISED: [&str; 8] = ["acc", "auc", "score", "r2", "reward", "f1", "precision", "recall"];

/// An objective as the table has it.
pub(super) struct Objective {
    /// What the table calls it.
    pub name: String,
    unit: &'static str,
    direction: Direction,
    split: String,
}

impl Objective {
    /// Tells from the name and the values; the elapsed time is `train_seconds` if it never falls.
    pub fn of(published: &str, is_elapsed: bool, known: Option<Known>, values: &Array3<f32>) -> Self {
        let base = published.strip_prefix("metric_").unwrap_or(published);
        let is_cumulative = is_elapsed && never_falls(values);
        let name = match known.and_then(|known| known.rename(published)) {
            Some(name) => name.to_owned(),
            None if is_cumulative => "train_seconds".to_owned(),
            None => house_name(base),
        };
        let is_maximised =
            MAXIMISED.iter().any(|part| base.contains(part)) && !base.contains("err") && !base.contains("loss");
        let direction = if is_maximised { Direction::Maximise } else { Direction::Minimise };
        let split = if is_cumulative { "trained on train".to_owned() } else { split(&name) };
        let unit = known.and_then(|known| known.unit(published)).unwrap_or_else(|| unit(&name, values));
        Self { unit, name, direction, split }
    }

    /// The metric, with its replicates and epochs.
    pub fn describe(self, labels: Vec<String>, epochs: Vec<u32>) -> Metric {
        let Self { unit, direction, split, .. } = self;
        let (aggregated, derived, optimum) = Default::default();
        let unit = unit.to_owned();
        Metric { unit, direction, split, labels, epochs, element: ElementType::F32, aggregated, derived, optimum }
    }
}

fn never_falls(values: &Array3<f32>) -> bool {
    let falls = values.lanes(Axis(2)).into_iter().any(|lane| lane.windows(2).into_iter().any(|pair| pair[0] > pair[1]));
    !falls && !values.iter().any(|value| *value < 0.0)
}

/// `val_accuracy` as `valid_acc`, `n_params` as `params`; slashes would be folders.
fn house_name(base: &str) -> String {
    let name = base.replace("accuracy", "acc").replace('/', "_");
    match name.strip_prefix("val_") {
        Some(rest) => format!("valid_{rest}"),
        None if name == "n_params" => "params".to_owned(),
        None => name,
    }
}

fn split(name: &str) -> String {
    let part = ["test", "valid", "train"].into_iter().find(|part| name.contains(part));
    part.map(|part| format!("trained on train, measured on {part}")).unwrap_or_default()
}

fn unit(name: &str, values: &Array3<f32>) -> &'static str {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let within = |most: f32| values.iter().all(|value| !(*value < 0.0 || *value > most));
    match name {
        "params" => "parameters",
        _ if has(&["seconds", "time", "latency"]) && within(f32::MAX) => "seconds",
        _ if has(&["acc", "err"]) && within(1.0) => "fraction",
        _ if has(&["acc", "err"]) && within(100.0) => "percent",
        _ => "as published",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, is_elapsed: bool, values: [f32; 3]) -> (String, &'static str, Direction, String) {
        let values = Array3::from_shape_fn((1, 1, 3), |(.., epoch)| values[epoch]);
        let Objective { name, unit, direction, split } = Objective::of(name, is_elapsed, None, &values);
        (name, unit, direction, split)
    }

    #[test]
    fn names_tell_directions_units_and_splits() {
        let valid = told("val_accuracy", false, [10.0, 90.0, f32::NAN]);
        assert_eq!(
            valid,
            ("valid_acc".into(), "percent", Direction::Maximise, "trained on train, measured on valid".into())
        );
        let error = told("metric_valid_error", false, [0.5, 0.4, 0.3]);
        assert_eq!((error.0.as_str(), error.1, error.2), ("valid_error", "fraction", Direction::Minimise));
        assert_eq!(told("metric_train_loss", false, [5.0, 4.0, 3.0]).1, "as published");
        assert!(told("metric_final_test_error", false, [2.0; 3]).3.ends_with("measured on test"));
    }

    #[test]
    fn elapsed_time_must_add_up() {
        assert_eq!(told("metric_elapsed_time", true, [1.0, 2.0, f32::NAN]).0, "train_seconds");
        assert_eq!(told("metric_elapsed_time", true, [1.0, 3.0, 2.0]).0, "elapsed_time");
        assert_eq!(told("metric_runtime", false, [1.0, 2.0, 3.0]).0, "runtime");
        assert_eq!(told("metric_elapsed_time", true, [-1.0, 3.0, 4.0]).1, "as published");
    }
}
