//! What an audit says: how bad, of what, where, what it means and what to do.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

pub use crate::base::{short, thousands as grouped};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Numbers that cannot be right: comparisons on them are wrong.
    Wrong,
    /// Right numbers that mislead whoever does not know of it.
    Caution,
    /// What a comparison should state.
    Fact,
}

/// Where something stands in a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Place {
    /// The task; empty for a static.
    pub task: String,
    /// The schedule; empty for a static.
    pub schedule: String,
    /// The metric.
    pub metric: String,
}

/// A sentence of an audit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, in a word or two: `missing values`, `counts`, ...
    pub subject: &'static str,
    /// Where it holds; none where it is the whole table's.
    pub places: Vec<Place>,
    /// What was found, with numbers.
    pub what: String,
    /// What it means for a comparison, and what to do.
    pub advice: String,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.task.as_str() {
            "" => write!(f, "static/{}", self.metric),
            task => write!(f, "{task}/{}/{}", self.schedule, self.metric),
        }
    }
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Caution => "caution",
            Self::Fact => "fact",
        }
    }
}

impl Finding {
    /// A finding at one place.
    pub(super) fn at(
        place: &Place,
        severity: Severity,
        subject: &'static str,
        what: String,
        advice: impl Into<String>,
    ) -> Self {
        Self { severity, subject, places: vec![place.clone()], what, advice: advice.into() }
    }

    /// A finding about the whole table.
    pub(super) fn of_table(severity: Severity, subject: &'static str, what: String, advice: impl Into<String>) -> Self {
        Self { severity, subject, places: Vec::new(), what, advice: advice.into() }
    }
}

impl Finding {
    /// Whether another finding of this kind gives the same advice: both are read as one.
    pub fn advises_as(&self, other: &Self) -> bool {
        (self.severity, self.subject, &self.advice) == (other.severity, other.subject, &other.advice)
    }
}

/// The findings with the worst first, those that say the same of several places in one; otherwise in their order.
pub(super) fn joined(findings: Vec<Finding>) -> Vec<Finding> {
    let mut joined: Vec<Finding> = Vec::new();
    for finding in findings {
        let same = |known: &&mut Finding| known.advises_as(&finding) && known.what == finding.what;
        match joined.iter_mut().find(same) {
            Some(known) => known.places.extend(finding.places),
            None => joined.push(finding),
        }
    }
    joined.sort_by_key(|finding| finding.severity);
    joined
}

/// A share as a percentage that is neither 0 nor 100 unless the share is.
pub fn percent(part: usize, whole: usize) -> String {
    let share = 100.0 * part as f64 / whole.max(1) as f64;
    match share {
        share if part > 0 && share < 0.1 => "less than 0.1 %".to_owned(),
        share if part < whole && share > 99.9 => "more than 99.9 %".to_owned(),
        share if part == 0 || part == whole => format!("{share:.0} %"),
        share => format!("{share:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, metric: &str, what: &str) -> Finding {
        let place = Place { task: "t".into(), schedule: "9".into(), metric: metric.into() };
        Finding::at(&place, severity, "counts", what.into(), "do")
    }

    #[test]
    fn what_is_said_of_several_places_is_said_once_and_the_worst_first() {
        use Severity::{Caution, Wrong};
        let all = joined(vec![finding(Caution, "a", "x"), finding(Wrong, "b", "y"), finding(Caution, "c", "x")]);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].severity, all[0].places.len()), (Wrong, 1));
        assert_eq!(all[1].places.iter().map(Place::to_string).collect::<Vec<_>>(), ["t/9/a", "t/9/c"]);
    }

    #[test]
    fn numbers_are_short_and_shares_are_honest() {
        let numbers = [1234567.0, 91.606_666_65, 0.012_346, 0.5, 12_345_678.0, 0.0, -3.0];
        assert_eq!(numbers.map(short), ["1234567", "91.61", "0.01235", "0.5", "1.235e7", "0", "-3"]);
        let shares =
            [(0, 9), (1, 100_000), (99_999, 100_000), (9, 9), (1, 3)].map(|(part, whole)| percent(part, whole));
        assert_eq!(shares, ["0 %", "less than 0.1 %", "more than 99.9 %", "100 %", "33.3 %"]);
    }
}
