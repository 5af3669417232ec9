//! Noise between trainings of one row, against the gaps between neighbours in the ranking: whether the top can be told apart.

use serde::Serialize;

use super::correlation::{Correlation, correlations, in_words};
use super::finding::{Finding, Place, Severity, grouped, short};
use super::opened::{Opened, ranked};

const SUBJECT: &str = "noise";

/// The share of the best rows whose noise counts at the top, and the fewest rows that it is measured on, if they are no more than the
/// best quarter; where none of them was trained twice, the best that reach down to one that was.
const TOP: (f64, usize) = (0.01, 10);

/// The best rows between which gaps are measured.
const NEIGHBOURS: usize = 10;

/// How noisy a column is, and whether its best rows can be told apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Noise {
    /// The column, at its last epoch.
    pub place: Place,
    /// The most trainings a row has.
    pub replicates: usize,
    /// The pooled standard deviation between the trainings of a row, over all rows.
    pub deviation: f64,
    /// The same in each quarter of the rows by their mean, the worst quarter first; absent where no row was trained twice.
    pub by_quarter: Vec<Option<f64>>,
    /// The same among the best 1 % (at least 10 rows, or the best quarter where that is fewer).
    pub top_deviation: f64,
    /// The mean gap between neighbours among the best 10 rows.
    pub top_gap: f64,
    /// The standard error of the best row's mean, by `top_deviation`.
    pub error_of_best: f64,
    /// Rows whose mean lies within one standard error of the best, itself included.
    pub within_error: usize,
    /// Rows whose mean lies within two standard errors of the difference of two such means: they cannot be told from the best.
    pub within_two_errors: usize,
    /// Rows whose mean lies within two standard deviations of one training: a single lucky one of them beats the best row's mean.
    pub within_two_deviations: usize,
    /// Rank correlations between the first two replicates, over rows that have both.
    pub between_replicates: Vec<Correlation>,
}

/// The noise of a column at its last epoch; `None` where no row was trained twice.
pub(super) fn noise(opened: &Opened) -> Option<Noise> {
    let (last, sign) = (opened.last(), opened.metric().direction.sign());
    let means = opened.means(last);
    let order = ranked(&means, sign);
    let best = *order.first()?;
    let fewest = TOP.1.min(order.len().div_ceil(4));
    let top = (libm::round(TOP.0 * order.len() as f64) as usize).max(fewest);
    let first_pair = order.iter().position(|&row| opened.measured(row, last).count() > 1)?;
    let top_deviation = pooled(opened, &means, &order[..top.max(first_pair + 1)])?;
    let trainings = opened.measured(best, last).count() as f64;
    let error_of_best = top_deviation / trainings.sqrt();
    let within = |margin: f64| order.iter().take_while(|&&row| sign * (means[best] - means[row]) <= margin).count();
    let neighbours = &order[..order.len().min(NEIGHBOURS)];
    if neighbours.len() < 2 {
        return None; // one row has no neighbour
    }
    let widest = sign * (means[best] - means[*neighbours.last()?]);
    let quarter = |number: usize| order.len() * number / 4..order.len() * (number + 1) / 4;
    Some(Noise {
        place: opened.place.clone(),
        replicates: opened.replicates(),
        deviation: pooled(opened, &means, &order)?,
        by_quarter: (0..4).rev().map(|number| pooled(opened, &means, &order[quarter(number)])).collect(),
        top_deviation,
        top_gap: widest / (neighbours.len() as f64 - 1.0),
        error_of_best,
        within_error: within(error_of_best),
        within_two_errors: within(2.0 * 2f64.sqrt() * error_of_best),
        within_two_deviations: within(2.0 * top_deviation),
        between_replicates: between_replicates(opened, &means, &order),
    })
}

/// The square root of the variance between trainings, pooled over rows.
fn pooled(opened: &Opened, means: &[f64], rows: &[usize]) -> Option<f64> {
    let (mut squares, mut freedom) = (0.0, 0.0);
    for &row in rows {
        let deviations = opened.measured(row, opened.last()).map(|value| value - means[row]);
        let (sum, count) = deviations.fold((0.0, 0.0), |(sum, count), apart| (sum + apart * apart, count + 1.0));
        squares += sum;
        freedom += f64::max(count - 1.0, 0.0);
    }
    (freedom > 0.0).then(|| (squares / freedom).sqrt())
}

fn between_replicates(opened: &Opened, means: &[f64], order: &[usize]) -> Vec<Correlation> {
    let replicate =
        |place: usize| (0..means.len()).map(|row| opened.column.value(row, place, opened.last())).collect::<Vec<_>>();
    if opened.replicates() < 2 { Vec::new() } else { correlations(&replicate(0), &replicate(1), order) }
}

/// Whether the ranking is informative at the top.
pub(super) fn findings(noise: &Noise) -> Vec<Finding> {
    let at = |severity, what, advice: &str| Finding::at(&noise.place, severity, SUBJECT, what, advice);
    let what = format!(
        "trainings of one of the best rows differ by {} (standard deviation), neighbours among the best {NEIGHBOURS} by {}; {} cannot be told from the best \
         (within 2 standard errors of a difference), {} within 2 standard deviations of one training",
        short(noise.top_deviation),
        short(noise.top_gap),
        rows(noise.within_two_errors.saturating_sub(1)),
        rows(noise.within_two_deviations.saturating_sub(1)),
    );
    let ranking = if noise.within_two_errors > 1 {
        let advice = "The order at the top is mostly noise: a strategy that ends on any of these rows cannot be told from one that ends on the best. \
                      Count regret below the noise as none.";
        at(Severity::Caution, what, advice)
    } else {
        at(Severity::Fact, what, "The best row stands out of the noise.")
    };
    let replicates = (!noise.between_replicates.is_empty()).then(|| {
        let what =
            format!("Kendall's tau-b between the first two replicates is {}", in_words(&noise.between_replicates));
        at(Severity::Fact, what, "No search that is told single trainings can rank better than this.")
    });
    std::iter::once(ranking).chain(replicates).collect()
}

fn rows(count: usize) -> String {
    if count == 1 { "1 other row".to_owned() } else { format!("{} other rows", grouped(count)) }
}
