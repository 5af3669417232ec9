//! Rank correlation: of every schedule's every epoch with the last one, and of validation with test; over all rows, and among the best.

use rayon::prelude::*;
use serde::Serialize;

use super::finding::{Finding, Place, Severity, grouped, short};
use super::opened::{Objective, Opened, ranked};
use crate::stats::{kendall_tau_b, spearman};

const SUBJECT: &str = "rank correlation";

/// Shares of the rows, best first by the final metric, among which correlations are computed.
pub const SHARES: [f64; 3] = [1.0, 0.1, 0.01];

/// Fewer rows than these have no correlation worth the name.
const FEWEST: usize = 20;

/// A correlation among the best tenth below which ranks say little there.
const WEAK: f64 = 0.3;

/// Correlations among a share of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Correlation {
    /// The share: one of [`SHARES`].
    pub share: f64,
    /// How many rows that is.
    pub rows: usize,
    /// Kendall's tau-b.
    pub kendall: f64,
    /// Spearman's coefficient.
    pub spearman: f64,
}

/// How an epoch of a schedule ranks the rows in comparison with the last epoch of the last schedule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fidelity {
    /// The column.
    pub place: Place,
    /// The epoch.
    pub epoch: u32,
    /// The column that it is compared with.
    pub with: Place,
    /// The epoch that it is compared with: the last.
    pub with_epoch: u32,
    /// The correlations, in the order of [`SHARES`]; shares with too few rows are left out.
    pub correlations: Vec<Correlation>,
}

/// How two columns rank the rows at their last epochs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// The column that ranks.
    pub place: Place,
    /// The column that it is compared with.
    pub with: Place,
    /// The correlations, in the order of [`SHARES`], best first by the second column.
    pub correlations: Vec<Correlation>,
}

/// The objective's metric at every epoch of every schedule of its task, against its last epoch of its last schedule.
pub(super) fn fidelities(all: &[Opened], objective: &Objective<'_>) -> Vec<Fidelity> {
    let told = objective.told;
    let last = told.means(told.last());
    let order = ranked(&last, objective.sign());
    let same = |opened: &&Opened| opened.place.task == told.place.task && opened.place.metric == told.place.metric;
    let points: Vec<(&Opened, usize)> = all
        .iter()
        .filter(same)
        .flat_map(|opened| (0..=opened.last()).map(move |epoch| (opened, epoch)))
        .filter(|(opened, epoch)| opened.place != told.place || *epoch != told.last())
        .collect();
    let fidelity = |(opened, epoch): (&Opened, usize)| Fidelity {
        place: opened.place.clone(),
        epoch: opened.metric().epochs[epoch],
        with: told.place.clone(),
        with_epoch: told.metric().epochs[told.last()],
        correlations: correlations(&opened.means(epoch), &last, &order),
    };
    points.into_par_iter().map(fidelity).collect()
}

/// What a search is told against what is reported.
pub(super) fn agreement(objective: &Objective<'_>) -> Option<Agreement> {
    let (told, test) = (objective.told, objective.test?);
    let reported = test.means(test.last());
    let order = ranked(&reported, test.metric().direction.sign());
    let mut correlations = correlations(&told.means(told.last()), &reported, &order);
    if told.metric().direction != test.metric().direction {
        correlations.iter_mut().for_each(|one| (one.kendall, one.spearman) = (-one.kendall, -one.spearman));
    }
    Some(Agreement { place: told.place.clone(), with: test.place.clone(), correlations })
}

/// The correlations of two lists over rows, among the first rows of an order.
pub(super) fn correlations(of: &[f64], with: &[f64], order: &[usize]) -> Vec<Correlation> {
    let among = |&share: &f64| {
        let count = libm::ceil(share * order.len() as f64) as usize;
        let pairs = order.iter().take(count).map(|&row| (of[row], with[row]));
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.filter(|(x, y)| !x.is_nan() && !y.is_nan()).unzip();
        (x.len() >= FEWEST).then(|| Correlation {
            share,
            rows: x.len(),
            kendall: kendall_tau_b(&x, &y),
            spearman: spearman(&x, &y),
        })
    };
    SHARES.iter().filter_map(among).collect()
}

/// The correlations in words: `.91 over all 100 rows, ...`.
pub(super) fn in_words(correlations: &[Correlation]) -> String {
    let among = |one: &Correlation| match one.share {
        1.0 => format!("{:.2} over all {} rows", one.kendall, grouped(one.rows)),
        share => format!("{:.2} among the best {} % ({} rows)", one.kendall, short(100.0 * share), grouped(one.rows)),
    };
    correlations.iter().map(among).collect::<Vec<_>>().join(", ")
}

/// Whether ranks say little among the best tenth, or vary not at all.
fn is_weak(correlations: &[Correlation]) -> bool {
    correlations.iter().any(|one| one.share == SHARES[1] && (one.kendall < WEAK || one.kendall.is_nan()))
}

/// What validation says on test.
pub(super) fn agreement_finding(agreement: &Agreement) -> Option<Finding> {
    if agreement.correlations.is_empty() {
        return None;
    }
    let what = format!("Kendall's tau-b with `{}` is {}", agreement.with.metric, in_words(&agreement.correlations));
    let (severity, advice) = if is_weak(&agreement.correlations) {
        (
            Severity::Caution,
            "Among the best rows this metric hardly ranks what is reported: small test regrets tell strategies apart by luck.",
        )
    } else {
        (Severity::Fact, "Select by the first, report the second, and never the reverse.")
    };
    Some(Finding::at(&agreement.place, severity, SUBJECT, what, advice))
}

/// What cheaper fidelities are worth: the last epoch of each earlier schedule, and the last one within a third of the last schedule.
pub(super) fn fidelity_findings(fidelities: &[Fidelity]) -> Vec<Finding> {
    let schedules = fidelities.chunk_by(|a, b| a.place == b.place);
    let judged = schedules.filter_map(|curve| curve.iter().rfind(|fidelity| fidelity.is_cheap()));
    judged.filter(|fidelity| !fidelity.correlations.is_empty()).map(fidelity_finding).collect()
}

impl Fidelity {
    /// Whether it is a training of its own, or takes a third of the last schedule at most: what successive halving drops trials by.
    fn is_cheap(&self) -> bool {
        self.place != self.with || self.epoch <= self.with_epoch / 3
    }
}

fn fidelity_finding(fidelity: &Fidelity) -> Finding {
    let what = format!(
        "epoch {} ranks as epoch {} of schedule `{}` does with Kendall's tau-b {}",
        fidelity.epoch,
        fidelity.with_epoch,
        fidelity.with.schedule,
        in_words(&fidelity.correlations)
    );
    let (severity, advice) = if is_weak(&fidelity.correlations) {
        let advice = "A search that drops trials by it drops the best ones too: test such strategies where cheap trainings rank better as well.";
        (Severity::Caution, advice)
    } else {
        (Severity::Fact, "Strategies that stop early rely on it.")
    };
    Finding::at(&fidelity.place, severity, SUBJECT, what, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_are_those_of_the_best_rows() {
        let with: Vec<f64> = (0..200).map(f64::from).collect();
        let mut of = with.clone();
        of[180..].reverse(); // the best tenth is the wrong way round
        let found = correlations(&of, &with, &ranked(&with, 1.0));
        assert_eq!(found.iter().map(|one| (one.share, one.rows)).collect::<Vec<_>>(), [(1.0, 200), (0.1, 20)]);
        assert_eq!((found[1].kendall, found[1].spearman), (-1.0, -1.0));
        assert!(found[0].kendall > 0.95 && is_weak(&found));
    }
}
