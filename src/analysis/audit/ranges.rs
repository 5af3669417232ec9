//! Values that cannot be, and values that occur suspiciously often.

use std::collections::HashMap;

use serde::Serialize;

use super::finding::{Finding, Place, Severity, grouped, percent, short};
use super::opened::Opened;
use crate::base::counted;
use crate::table::{Span, allowed, doubtful_direction, doubtful_unit};

const SUBJECT: &str = "range";

/// The share of the measured values from which on a single value is suspicious.
const SUSPICIOUS: f64 = 0.05;

/// Fewer rows than these say nothing about how often a value should occur.
const FEW_ROWS: usize = 100;

/// What a column's values span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extent {
    /// The column.
    pub place: Place,
    /// Its unit.
    pub unit: String,
    /// Measured values.
    pub values: usize,
    /// The lowest finite value.
    pub least: Option<f64>,
    /// The highest finite value.
    pub most: Option<f64>,
    /// Infinite values.
    pub infinite: usize,
    /// Values that the unit forbids: accuracies outside of 0 to 100 or 0 to 1, negative losses, sizes and times.
    pub impossible: usize,
    /// The value that occurs most often at the last epoch.
    pub usual: Option<f64>,
    /// How many of the measured values at the last epoch are that.
    pub usual_count: usize,
    /// Measured values at the last epoch.
    pub last_values: usize,
}

/// Looks at all values of a column.
pub(super) fn extent(opened: &Opened) -> Extent {
    let (low, high) = allowed(&opened.place.metric, opened.metric());
    let finite = || opened.all_measured().filter(|value| value.is_finite());
    let last: Vec<f64> = (0..opened.column.rows()).flat_map(|row| opened.measured(row, opened.last())).collect();
    let usual = most_frequent(&last);
    Extent {
        place: opened.place.clone(),
        unit: opened.metric().unit.clone(),
        values: opened.all_measured().count(),
        least: finite().reduce(f64::min),
        most: finite().reduce(f64::max),
        infinite: opened.all_measured().filter(|value| value.is_infinite()).count(),
        impossible: finite().filter(|&value| value < low || value > high).count(),
        usual: usual.map(|(value, _)| value),
        usual_count: usual.map_or(0, |(_, count)| count),
        last_values: last.len(),
    }
}

/// The value that occurs most often, and how often; of equals the least.
fn most_frequent(values: &[f64]) -> Option<(f64, usize)> {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    values.iter().for_each(|value| *counts.entry(value.to_bits()).or_default() += 1);
    let best = counts.into_iter().map(|(bits, count)| (f64::from_bits(bits), count));
    best.max_by(|a, b| a.1.cmp(&b.1).then(b.0.total_cmp(&a.0)))
}

/// What is wrong or suspicious in a column's values.
pub(super) fn findings(opened: &Opened, extent: &Extent) -> Vec<Finding> {
    let at = |severity, what, advice: &str| Finding::at(&extent.place, severity, SUBJECT, what, advice);
    let mut findings = Vec::new();
    if extent.infinite > 0 {
        let what = counted(extent.infinite, "infinite value");
        findings.push(at(
            Severity::Wrong,
            what,
            "Means and ranks with them mean nothing: store diverged trainings as not measured.",
        ));
    }
    let unit = span(extent).and_then(|span| doubtful_unit(&opened.place.metric, opened.metric(), &span));
    if extent.impossible > 0 && unit.is_none() {
        let (low, high) = allowed(&opened.place.metric, opened.metric());
        let limit = if high.is_finite() { format!("outside of {low} to {high}") } else { "negative".to_owned() };
        let what = format!(
            "{} of {} values in unit `{}` are {limit}; the values span {} to {}",
            grouped(extent.impossible),
            grouped(extent.values),
            extent.unit,
            short(extent.least.unwrap_or(f64::NAN)),
            short(extent.most.unwrap_or(f64::NAN)),
        );
        let advice = "Values such as -1 often stand for \"not measured\", and a wrong direction or unit turns ranks around: import the table again with \
                      them as not measured, or with the right unit.";
        findings.push(at(Severity::Wrong, what, advice));
    }
    findings.extend(unit.map(|what| {
        at(
            Severity::Wrong,
            what,
            "Regret in points would be a hundredfold off: import the table again with the right unit.",
        )
    }));
    findings.extend(doubtful_direction(&opened.place.metric, opened.metric()).map(|what| {
        at(
            Severity::Wrong,
            what,
            "Every rank, optimum and regret would be upside down: import the table again with the right direction.",
        )
    }));
    findings.extend(constant(opened, extent));
    findings
}

fn span(extent: &Extent) -> Option<Span> {
    let Extent { values, impossible, .. } = *extent;
    Some(Span { values, least: extent.least?, most: extent.most?, impossible })
}

/// One value for all rows, or for suspiciously many.
fn constant(opened: &Opened, extent: &Extent) -> Option<Finding> {
    let (value, of) = (extent.usual?, extent.last_values);
    let is_all = extent.usual_count == of && of > 1;
    let is_many = of >= FEW_ROWS && extent.usual_count as f64 >= SUSPICIOUS * of as f64;
    if !is_all && (!is_many || opened.is_static() || opened.metric().derived.is_some()) {
        return None;
    }
    let (what, advice) = if is_all {
        (format!("all values at the last epoch are {}", short(value)), "The column tells no rows apart.")
    } else {
        (
            format!(
                "{} of {} values at the last epoch ({}) are exactly {}",
                grouped(extent.usual_count),
                grouped(of),
                percent(extent.usual_count, of),
                short(value)
            ),
            "Diverged trainings, a limit or a placeholder: rows with it are not told apart, and rank correlations over all rows mostly \
             tell them from the rest.",
        )
    };
    Some(Finding::at(&extent.place, Severity::Caution, SUBJECT, what, advice))
}
