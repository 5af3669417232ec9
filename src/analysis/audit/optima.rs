//! The best row by validation and by test, and what a search that has seen everything is expected to lose on test.

use serde::Serialize;

use super::finding::{Finding, Place, Severity, short};
use super::opened::{Objective, Opened, ranked};

const SUBJECT: &str = "optimum";

/// A best row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The row.
    pub row: usize,
    /// Its architecture's name.
    pub arch: String,
    /// Its mean by the metric that it is the best of.
    pub value: f64,
    /// How many rows have that same mean.
    pub ties: usize,
}

/// What selecting by one metric costs by another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selection {
    /// The metric that selects, at its last epoch.
    pub place: Place,
    /// The best row by it.
    pub best: Best,
    /// The test metric, where there is one.
    pub test: Option<TestSelection>,
}

/// The test side of a selection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestSelection {
    /// The test metric, at its last epoch.
    pub place: Place,
    /// The best row by it.
    pub best: Best,
    /// The test metric of the row that the mean selects.
    pub selected: f64,
    /// The test regret of that row: the selection floor of a search that knows every mean.
    pub floor: f64,
    /// The expected test regret of a search that has seen one training of every row, drawn at random.
    pub single_floor: Option<f64>,
}

/// The optima of a task; `write` names a row's architecture.
pub(super) fn selection(objective: &Objective<'_>, write: impl Fn(usize) -> String) -> Option<Selection> {
    let told = objective.told;
    let best_of = |opened: &Opened, means: &[f64]| {
        let sign = opened.metric().direction.sign();
        let row = *ranked(means, sign).first()?;
        let ties = means.iter().filter(|&&mean| mean == means[row]).count();
        Some(Best { row, arch: write(row), value: means[row], ties })
    };
    let best = best_of(told, &told.means(told.last()))?;
    let test = objective.test.and_then(|test| {
        let (means, sign) = (test.means(test.last()), test.metric().direction.sign());
        let optimum = best_of(test, &means)?;
        let selected = means[best.row];
        Some(TestSelection {
            place: test.place.clone(),
            selected,
            floor: sign * (optimum.value - selected),
            single_floor: expected(told, &means).map(|expected| sign * (optimum.value - expected)),
            best: optimum,
        })
    });
    Some(Selection { place: told.place.clone(), best, test })
}

/// The expected test metric of the row with the best told value when every row's value is one of its trainings, drawn alike.
///
/// The best draw is at most v with the product of the rows' shares of trainings up to v. Going down from the best value, each group of
/// equal values wins with the difference of that product before and after it, shared by its trainings alike. It ends as soon as one row
/// has all its trainings above. `None` where a row that can win has no test value.
fn expected(told: &Opened, test: &[f64]) -> Option<f64> {
    let sign = told.metric().direction.sign();
    let mut pairs: Vec<(f64, usize)> = Vec::new();
    let mut left: Vec<(usize, usize)> = Vec::new();
    for row in 0..test.len() {
        let before = pairs.len();
        pairs.extend(told.measured(row, told.last()).map(|value| (sign * value, row)));
        left.push((pairs.len() - before, pairs.len() - before));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let (mut not_above, mut sum) = (1.0, 0.0);
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        let (mut value, mut weight, mut at_most) = (0.0, 0.0, not_above);
        for &(_, row) in group {
            let (remaining, all) = &mut left[row];
            let share = 1.0 / *all as f64;
            value += share * test[row];
            weight += share;
            at_most *= (*remaining as f64 - 1.0) / *remaining as f64;
            *remaining -= 1;
        }
        sum += (not_above - at_most) * value / weight;
        not_above = at_most;
        if not_above <= 0.0 {
            return (!sum.is_nan()).then_some(sum);
        }
    }
    None
}

/// The optima in words.
pub(super) fn findings(selection: &Selection) -> Vec<Finding> {
    let at = |what, advice: &str| Finding::at(&selection.place, Severity::Fact, SUBJECT, what, advice);
    let Best { row, value, ties, .. } = &selection.best;
    let same = if *ties > 1 { format!(", as in {} other rows", ties - 1) } else { String::new() };
    let best = format!("the best mean is {} in row {row}{same}", short(*value));
    let Some(test) = &selection.test else {
        return vec![at(best, "Nothing else was published to report: say that regret is by this metric.")];
    };
    let Best { row, value, .. } = &test.best;
    let single = test
        .single_floor
        .map_or(String::new(), |single| format!(", and {} in expectation by one training of every row", short(single)));
    let what = format!(
        "{best}; its `{}` is {}, the best of that is {} in row {row}: selecting by the mean costs {}{single}",
        test.place.metric,
        short(test.selected),
        short(*value),
        short(test.floor),
    );
    let advice = "That is the selection floor: test regret below it is luck or peeking. State it beside test regret.";
    vec![at(what, advice)]
}
