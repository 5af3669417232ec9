//! What a metric's name and unit say about its values: which values cannot be, and which declarations are likely mistaken.

use super::MetricColumn;
use super::schema::{Direction, Metric};
use crate::base::short;

/// Names of metrics of which more is better, and of which less is.
const HIGHER: [&str; 8] = ["acc", "accuracy", "auc", "f1", "bleu", "miou", "ssim", "recall"];
const LOWER: [&str; 9] = ["loss", "err", "error", "perplexity", "ppl", "rmse", "mse", "mae", "latency"];

/// Whether a metric is a share of images that were classified rightly.
pub fn is_accuracy(name: &str, metric: &Metric) -> bool {
    name.contains("acc") && matches!(metric.unit.as_str(), "percent" | "fraction")
}

/// The least and the highest value that the unit and the name allow.
pub fn allowed(name: &str, metric: &Metric) -> (f64, f64) {
    let is_loss = name.ends_with("loss") && metric.direction.sign() < 0.0;
    match metric.unit.as_str() {
        "percent" if is_accuracy(name, metric) => (0.0, 100.0),
        "fraction" if is_accuracy(name, metric) => (0.0, 1.0),
        "seconds" | "milliseconds" | "ms" | "nats" | "parameters" | "flops" | "bytes" | "images" => {
            (0.0, f64::INFINITY)
        }
        _ if is_loss || is_size(name) => (0.0, f64::INFINITY),
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

fn is_size(name: &str) -> bool {
    ["params", "flops", "latency", "energy", "size"].iter().any(|size| name.starts_with(size))
}

/// What some values span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// How many.
    pub values: usize,
    /// The lowest finite one.
    pub least: f64,
    /// The highest finite one.
    pub most: f64,
    /// Those that the unit forbids.
    pub impossible: usize,
}

/// A percentage in a column of fractions, or the reverse: an accuracy whose values all lie in the other's range.
pub fn doubtful_unit(name: &str, metric: &Metric, span: &Span) -> Option<String> {
    let Span { least, most, .. } = *span;
    match metric.unit.as_str() {
        _ if !is_accuracy(name, metric) || least < 0.0 || least == most => None,
        "percent" if most <= 1.0 => {
            Some(format!("the unit is `percent`, but all values are {} to {}: fractions", short(least), short(most)))
        }
        "fraction" if most > 1.0 && most <= 100.0 && 2 * span.impossible > span.values => {
            Some(format!("the unit is `fraction`, but the values are {} to {}: percentages", short(least), short(most)))
        }
        _ => None,
    }
}

/// A metric that by its name is to be turned around.
pub fn doubtful_direction(name: &str, metric: &Metric) -> Option<String> {
    let is = |known: &[&str]| {
        name.split(['_', '-', '/', ' ', '@']).any(|part| known.contains(&part.to_lowercase().as_str()))
    };
    match metric.direction {
        Direction::Minimise if is(&HIGHER) && !is(&LOWER) => {
            Some(format!("`{name}` is declared as `minimise`, though by its name more is better"))
        }
        Direction::Maximise if is(&LOWER) && !is(&HIGHER) => {
            Some(format!("`{name}` is declared as `maximise`, though by its name less is better"))
        }
        _ => None,
    }
}

impl MetricColumn {
    /// What the finite values at an epoch place span; `None` where there is none.
    pub fn span(&self, name: &str, epoch: usize) -> Option<Span> {
        let (low, high) = allowed(name, self.metric());
        let labels = self.metric().labels.len();
        let values = (0..self.rows()).flat_map(|row| (0..labels).map(move |label| self.value(row, label, epoch)));
        let first = Span { values: 0, least: f64::INFINITY, most: f64::NEG_INFINITY, impossible: 0 };
        let span = values.filter(|value| value.is_finite()).fold(first, |span, value| Span {
            values: span.values + 1,
            least: span.least.min(value),
            most: span.most.max(value),
            impossible: span.impossible + usize::from(value < low || value > high),
        });
        (span.values > 0).then_some(span)
    }

    /// What speaks against the declared unit and direction, by the values at an epoch place: a sentence each.
    pub fn doubts(&self, name: &str, epoch: usize) -> Vec<String> {
        let Some(span) = self.span(name, epoch) else {
            return doubtful_direction(name, self.metric()).into_iter().collect();
        };
        let unit = doubtful_unit(name, self.metric(), &span);
        let (low, high) = allowed(name, self.metric());
        let outside = (span.impossible > 0 && unit.is_none()).then(|| {
            let limit = if high.is_finite() { format!("outside of {low} to {high}") } else { "negative".to_owned() };
            format!("{} of {} values in unit `{}` are {limit}", span.impossible, span.values, self.metric().unit)
        });
        let of_values = unit.into_iter().chain(outside).map(|what| format!("`{name}`: {what}"));
        of_values.chain(doubtful_direction(name, self.metric())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::schema::ElementType;

    fn metric(unit: &str, direction: Direction) -> Metric {
        Metric {
            unit: unit.into(),
            direction,
            split: String::new(),
            labels: vec!["0".into()],
            epochs: vec![1],
            element: ElementType::F64,
            aggregated: None,
            derived: None,
            optimum: None,
        }
    }

    #[test]
    fn names_tell_the_direction() {
        let turned = |name, direction| doubtful_direction(name, &metric("fraction", direction)).is_some();
        assert!(turned("valid_acc", Direction::Minimise) && turned("top1-accuracy", Direction::Minimise));
        assert!(turned("test_loss", Direction::Maximise) && turned("valid_err", Direction::Maximise));
        assert!(!turned("valid_acc", Direction::Maximise) && !turned("latency_ms", Direction::Minimise));
        assert!(!turned("account", Direction::Minimise) && !turned("accuracy_loss", Direction::Minimise));
    }

    #[test]
    fn values_tell_the_unit() {
        let span = |least, most, impossible| Span { values: 10, least, most, impossible };
        let doubt = |unit, span| doubtful_unit("valid_acc", &metric(unit, Direction::Maximise), &span);
        assert!(doubt("percent", span(0.1, 0.9, 0)).unwrap().contains("fractions"));
        assert!(doubt("fraction", span(10.0, 90.0, 10)).unwrap().contains("percentages"));
        assert!(doubt("fraction", span(0.1, 0.9, 0)).is_none() && doubt("percent", span(10.0, 90.0, 0)).is_none());
    }
}
