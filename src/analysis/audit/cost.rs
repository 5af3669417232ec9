//! What it took to train the whole table: the cost of the exhaustive search.

use serde::Serialize;

use super::finding::{Finding, Place, Severity, grouped, short};
use super::opened::{Objective, Opened};

const SUBJECT: &str = "cost";

const DAY: f64 = 86_400.0;
const YEAR: f64 = 365.25 * DAY;

/// What the trainings of a schedule took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// The column of times, at its last epoch.
    pub place: Place,
    /// Rows with a time.
    pub rows: usize,
    /// Seconds of one training of every row: the sum of the rows' means.
    pub once: f64,
    /// Trainings that were published of rows with a time.
    pub trainings: usize,
    /// Seconds of all of them: each row's mean times its trainings.
    pub all: f64,
}

/// Sums the times of a schedule's trainings; `None` for other columns than `train_seconds`. Where the time was published once for all
/// trainings of a row, their number is that of the schedule's objective.
pub(super) fn cost(opened: &Opened, all: &[Opened], objectives: &[Objective<'_>]) -> Option<Cost> {
    if opened.place.metric != "train_seconds" || opened.is_static() {
        return None;
    }
    let objective = objectives.iter().find(|objective| objective.told.place.task == opened.place.task);
    let told = objective.and_then(|objective| {
        let name = &objective.told.place.metric;
        let same = |other: &&Opened| {
            (&other.place.task, &other.place.schedule) == (&opened.place.task, &opened.place.schedule)
                && other.place.metric == *name
        };
        all.iter().find(same)
    });
    let mut cost = Cost { place: opened.place.clone(), rows: 0, once: 0.0, trainings: 0, all: 0.0 };
    for row in 0..opened.column.rows() {
        let Some(seconds) = opened.column.mean(row, opened.last()) else { continue };
        let own = opened.measured(row, opened.last()).count();
        let trainings = told.map_or(0, |told| told.measured(row, told.last()).count()).max(own);
        cost.rows += 1;
        cost.once += seconds;
        cost.trainings += trainings;
        cost.all += trainings as f64 * seconds;
    }
    (cost.rows > 0).then_some(cost)
}

/// Seconds in the largest unit of which there is one.
pub fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds >= YEAR => format!("{} years", short(seconds / YEAR)),
        seconds if seconds >= DAY => format!("{} days", short(seconds / DAY)),
        seconds if seconds >= 3600.0 => format!("{} hours", short(seconds / 3600.0)),
        seconds if seconds >= 60.0 => format!("{} minutes", short(seconds / 60.0)),
        seconds => format!("{} seconds", short(seconds)),
    }
}

/// The cost in words.
pub(super) fn finding(cost: &Cost) -> Finding {
    let what = format!(
        "training every row once took {}, all {} trainings {}",
        duration(cost.once),
        grouped(cost.trainings),
        duration(cost.all)
    );
    let advice = "A budget above the first number buys the exhaustive search.";
    Finding::at(&cost.place, Severity::Fact, SUBJECT, what, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_their_unit() {
        let texts = [1.5, 90.0, 7200.0, 129_600.0, 63_115_200.0].map(duration);
        assert_eq!(texts, ["1.5 seconds", "1.5 minutes", "2 hours", "1.5 days", "2 years"]);
    }
}
