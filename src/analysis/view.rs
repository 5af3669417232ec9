//! What of some results is looked at.

use crate::experiment::Results;

/// Which benchmarks, by which metric, over which axis.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The horizontal axis.
    pub over: Over,
    /// The reported metric.
    pub by: By,
    /// Only the benchmarks with these names; all if empty.
    pub benchmarks: Vec<String>,
}

/// A horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Finished trials.
    Trials,
    /// Epochs trained by all trials together.
    Epochs,
    /// Simulated seconds.
    Seconds,
}

impl Over {
    /// All axes.
    pub const ALL: [Self; 3] = [Self::Trials, Self::Epochs, Self::Seconds];

    /// The name, as commands take it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trials => "trials",
            Self::Epochs => "epochs",
            Self::Seconds => "seconds",
        }
    }
}

/// A reported metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The validation metric.
    Valid,
    /// The test metric.
    Test,
}

impl By {
    /// The metric that is shown unless another is asked for: test where all of some benchmarks have it (all benchmarks if none is named).
    pub fn usual(results: &[Results], benchmarks: &[String]) -> Self {
        let all = results.iter().flat_map(|results| &results.plan.benchmarks).map(|(benchmark, _)| &benchmark.resolved);
        let mut shown = all.filter(|resolved| benchmarks.is_empty() || benchmarks.contains(&resolved.name));
        if shown.all(|resolved| resolved.test.is_some()) { Self::Test } else { Self::Valid }
    }

    /// The name, as commands take it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Test => "test",
        }
    }

    /// The name in sentences.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "validation",
            Self::Test => "test",
        }
    }
}
