//! An experiment as its TOML file declares it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ExperimentError;
use crate::base::{StrictError, from_toml, read_text};
use crate::benchmark::{BenchmarkSpec, Budget, only_table};

/// More runs of a strategy would only fill memory: the mean of so many is known to a thousandth of the runs' deviation.
const MOST_RUNS: u32 = 1_000_000;

/// The longest name in bytes: results are files of that name, with something before and behind.
const LONGEST_NAME: usize = 200;

/// An experiment as it is declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentSpec {
    /// Its name.
    pub name: String,
    /// What all random streams are derived from.
    pub seed: u64,
    /// How many runs each strategy makes on each benchmark.
    pub runs: u32,
    /// When a run ends, for benchmarks without a budget of their own.
    #[serde(default, deserialize_with = "only_table")]
    pub budget: Budget,
    /// The benchmarks.
    pub benchmark: Vec<BenchmarkSpec>,
    /// The strategies.
    #[serde(default)]
    pub strategy: Vec<StrategySpec>,
    /// What only a person can say; the report's checklist prints it.
    #[serde(default, deserialize_with = "only_table", skip_serializing_if = "Statement::is_empty")]
    pub statement: Statement,
}

/// What only a person can say of an experiment. It decides no trajectory.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Where the code of the compared methods is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How the methods' hyperparameters were tuned, and what time and resources that took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuning: Option<String>,
    /// Which strategies are ablations of which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ablations: Option<String>,
}

impl Statement {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A strategy as it is declared: the kind's defaults, overlaid by the preset, overlaid by the other keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategySpec {
    /// Its name, which keys the random streams; the preset or kind if left out.
    #[serde(default)]
    pub name: Option<String>,
    /// What figures call it; its name if left out.
    #[serde(default)]
    pub title: Option<String>,
    /// The kind.
    #[serde(default)]
    pub kind: Option<String>,
    /// The preset.
    #[serde(default)]
    pub preset: Option<String>,
    /// The settings that differ.
    #[serde(flatten)]
    pub settings: toml::Table,
}

impl ExperimentSpec {
    /// Reads an experiment's file, and its text.
    ///
    /// # Errors
    /// Says line, column and nearest known key, or which rule is broken.
    pub fn read(path: &Path) -> Result<(Self, String), ExperimentError> {
        let file = path.display().to_string();
        let text = read_text(path).map_err(|source| ExperimentError::Io { file: file.clone(), source })?;
        let spec = Self::parse(&text).map_err(|fault| ExperimentError::Spec { file, fault })?;
        Ok((spec, text))
    }

    /// Reads an experiment's file for its benchmarks alone: it needs no strategy.
    ///
    /// # Errors
    /// As [`ExperimentSpec::read`].
    pub fn read_benchmarks(path: &Path) -> Result<Self, ExperimentError> {
        let file = path.display().to_string();
        let text = read_text(path).map_err(|source| ExperimentError::Io { file: file.clone(), source })?;
        from_toml(&text).map_err(|fault| ExperimentError::Spec { file, fault })
    }

    /// Reads an experiment's text.
    ///
    /// # Errors
    /// As [`ExperimentSpec::read`].
    pub fn parse(text: &str) -> Result<Self, StrictError> {
        let spec: Self = from_toml(text)?;
        match spec.broken_rule() {
            Some(message) => Err(StrictError { message, hint: None }),
            None => Ok(spec),
        }
    }

    fn broken_rule(&self) -> Option<String> {
        if self.runs == 0 || self.runs > MOST_RUNS {
            return Some(format!("`runs` is {}, expected 1 to {MOST_RUNS}", self.runs));
        }
        if self.benchmark.is_empty() || self.strategy.is_empty() {
            return Some("needs at least one `[[benchmark]]` and one `[[strategy]]`".into());
        }
        let mut names = self
            .benchmark
            .iter()
            .map(|benchmark| Some(benchmark.name.clone()))
            .chain(self.strategy.iter().map(StrategySpec::label));
        if names.any(|name| name.is_some_and(|name| name.trim().is_empty())) {
            return Some("a benchmark or strategy has an empty `name`".into());
        }
        if let Some(long) = self.texts().find(|text| text.len() > LONGEST_NAME) {
            return Some(format!(
                "a name or title has {} bytes, expected at most {LONGEST_NAME}: it becomes a file's name",
                long.len()
            ));
        }
        if let Some(odd) = self.texts().find(|text| text.contains(char::is_control)) {
            return Some(format!(
                "{odd:?} holds a control character, such as a line break: names and titles are one line of letters"
            ));
        }
        let benchmarks = twice(self.benchmark.iter().map(|benchmark| benchmark.name.clone()));
        let strategies = twice(self.strategy.iter().filter_map(StrategySpec::label));
        let name = |what: &str, name: String| {
            format!("two {what} are called `{name}`; `name` is identity, so give one of them another")
        };
        benchmarks.map(|twin| name("benchmarks", twin)).or_else(|| strategies.map(|twin| name("strategies", twin)))
    }
}

impl ExperimentSpec {
    /// The names and titles that outputs show.
    fn texts(&self) -> impl Iterator<Item = &String> {
        let of_benchmarks =
            self.benchmark.iter().flat_map(|benchmark| [Some(&benchmark.name), benchmark.title.as_ref()]);
        let of_strategies = self.strategy.iter().flat_map(|strategy| [strategy.name.as_ref(), strategy.title.as_ref()]);
        std::iter::once(&self.name).chain(of_benchmarks.chain(of_strategies).flatten())
    }
}

impl StrategySpec {
    /// The strategy's name: as given, or its preset, or its kind.
    pub fn label(&self) -> Option<String> {
        self.name.clone().or_else(|| self.preset.clone()).or_else(|| self.kind.clone())
    }
}

fn twice(names: impl Iterator<Item = String>) -> Option<String> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().find(|name| !seen.insert(name.clone()))
}
