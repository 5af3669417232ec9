//! The policies of a replay, each explicit in the results; the defaults come first.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What happens when a run asks for a row that it has trained before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// A new training, paid, with a noise draw of its own.
    #[default]
    Charge,
    /// The first value again, at no cost, as a trial.
    Free,
    /// No trial; the first value is told again.
    Refuse,
}

/// What happens when a run asks for an architecture that cannot be trained.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Invalid {
    /// No trial, nothing told: the strategy is asked again.
    #[default]
    Redraw,
    /// The worst value of the table is told, at no cost, as a trial.
    Penalise,
    /// The experiment ends with an error.
    Error,
}

/// What happens to the trial that crosses the budget.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overrun {
    /// It is neither told nor recorded.
    #[default]
    Drop,
    /// It is told and recorded, and ends the run.
    Keep,
}

/// What happens when a run asks for an architecture that the table lacks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// The experiment ends with an error.
    #[default]
    Error,
    /// It is treated as the policy for invalid architectures says.
    Skip,
    /// It is trained, once for all runs: see [`TrainSpec`](super::TrainSpec).
    Train,
}

/// Whether trainings here must have been compared with the table's rows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CalibrationPolicy {
    /// `nasreplay train --calibrate` must have passed.
    #[default]
    Passed,
    /// No comparison is asked for; every output says so.
    None,
}

/// Which trial a strategy would return.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Incumbent {
    /// The best told value at the highest fidelity that any finished trial has reached; ties: the earlier end, then the lower trial.
    #[default]
    MaxFidelity,
}

/// How architectures are drawn from nothing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SamplerKind {
    /// Every row of the table alike.
    #[default]
    UniformRow,
    /// Every architecture of the space alike, whether the table has it or not.
    UniformSpace,
}

impl SamplerKind {
    /// What is meant where a benchmark names none: where missing rows are trained, the whole space can be drawn.
    pub fn usual(missing: Missing) -> Self {
        if missing == Missing::Train { Self::UniformSpace } else { Self::UniformRow }
    }
}

/// Which of a row's trainings a trial meets.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Replicate {
    /// One of the measured ones, drawn anew each time a training is begun.
    #[default]
    Random,
    /// The mean over the measured ones.
    Mean,
    /// The one with this published label, or at this place (from 0, where no label is a number); resolved benchmarks hold
    /// the label.
    Label(String),
}

impl Serialize for Replicate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Random => "random",
            Self::Mean => "mean",
            Self::Label(label) => label,
        })
    }
}

impl<'de> Deserialize<'de> for Replicate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "`random`, `mean`, or a replicate's label")]
        enum Raw {
            Number(u64),
            Text(String),
        }
        Ok(match Raw::deserialize(deserializer)? {
            Raw::Number(number) => Self::Label(number.to_string()),
            Raw::Text(text) => Self::from(text.as_str()),
        })
    }
}

impl From<&str> for Replicate {
    fn from(text: &str) -> Self {
        match text {
            "random" => Self::Random,
            "mean" => Self::Mean,
            label => Self::Label(label.to_owned()),
        }
    }
}

/// The labels by which trainings are told apart: those of the first metric, objective before costs, that has several.
pub fn training_labels<'a>(metrics: impl Iterator<Item = &'a [String]> + Clone) -> &'a [String] {
    let several = metrics.clone().find(|labels| labels.len() > 1);
    several.or_else(|| metrics.clone().next()).unwrap_or_default()
}

/// The label that a text names: a published label or, where no label is a number, a place among them, counted from 0.
pub fn named_label<'a>(labels: &'a [String], text: &str) -> Option<&'a String> {
    let numbered = labels.iter().any(|label| label.parse::<u64>().is_ok());
    let by_place = || text.parse().ok().filter(|_| !numbered).and_then(|place: usize| labels.get(place));
    labels.iter().find(|label| *label == text).or_else(by_place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_places_only_where_no_label_is_one() {
        let texts = |labels: [&str; 2]| labels.map(str::to_owned);
        let named = |labels: [&str; 2], text| named_label(&texts(labels), text).cloned();
        assert_eq!(named(["777", "888"], "888").as_deref(), Some("888"));
        assert_eq!(named(["777", "888"], "0"), None);
        assert_eq!(named(["seed0", "seed1"], "1").as_deref(), Some("seed1"));
        assert_eq!((named(["seed0", "seed1"], "2"), named(["seed0", "seed1"], "seed")), (None, None));
    }
}
