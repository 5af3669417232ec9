//! The range of an axis, and where in it a value lies.

use super::value::{Axis, Panel, Scale};

/// The share of the vertical axis left free above and below the data.
const MARGIN: f64 = 0.04;

/// The range of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    scale: Scale,
    low: f64,
    high: f64,
    /// Says that values fall along the axis.
    reversed: bool,
}

impl Span {
    /// Spans the horizontal axis from the first to the last value drawn; around markers that no curve leads to, a
    /// little more.
    pub(super) fn of_x(panel: &Panel) -> Self {
        let span = Self::around(&panel.x, panel.positions());
        let has_markers = !panel.points.is_empty() || !panel.ranges.is_empty();
        if has_markers && panel.curves.is_empty() && panel.x.names.is_empty() { span.widened() } else { span }
    }

    /// Spans the vertical axis over the values drawn, and a little more; zeros on a logarithmic axis are left out.
    pub(super) fn of_y(panel: &Panel) -> Self {
        let span = Self::around(&panel.y, panel.heights());
        if panel.y.names.is_empty() { span.widened() } else { span }
    }

    fn around(axis: &Axis, data: impl Iterator<Item = f64>) -> Self {
        let scale = if axis.is_log() { Scale::Log } else { Scale::Linear };
        let wished = axis.at_least.into_iter().chain(around_names(axis)).flat_map(|(low, high)| [low, high]);
        let drawn = data.chain(wished).filter(|&value| scale == Scale::Linear || value > 0.0);
        let (low, high) =
            drawn.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = match (low < high, low == high, scale) {
            (true, _, _) => (low, high),
            (_, true, Scale::Linear) => (low - 0.5_f64.max(low.abs() / 10.0), high + 0.5_f64.max(high.abs() / 10.0)),
            (_, true, Scale::Log) => (low / 2.0, high * 2.0),
            (_, _, Scale::Linear) => (0.0, 1.0),
            (_, _, Scale::Log) => (1.0, 10.0),
        };
        Self { scale, low, high, reversed: axis.reversed }
    }

    fn widened(self) -> Self {
        let Self { low, high, .. } = self;
        match self.scale {
            Scale::Log => {
                let factor = libm::exp((libm::log(high) - libm::log(low)) * MARGIN);
                Self { low: low / factor, high: high * factor, ..self }
            }
            Scale::Linear => {
                let extra = (high - low) * MARGIN;
                // An axis of what is not negative starts at zero, unless that squeezes the data; one of ranks does not.
                let is_near = low >= 0.0 && low < high / 3.0 && !self.reversed;
                let below = if is_near { 0.0 } else { low - extra };
                Self { low: below, high: high + extra, ..self }
            }
        }
    }

    /// Gives the two ends, the lower one first.
    pub(super) fn range(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Gives the values at the places 0 and 1.
    pub(super) fn ends(self) -> (f64, f64) {
        if self.reversed { (self.high, self.low) } else { (self.low, self.high) }
    }

    /// Says whether equal ratios lie equally far apart.
    pub(super) fn is_log(self) -> bool {
        self.scale == Scale::Log
    }

    /// Says whether values fall along the axis.
    pub(super) fn is_reversed(self) -> bool {
        self.reversed
    }

    /// Gives the place of a value, from 0 at the left or lower end to 1 at the other; on a logarithmic axis, what is
    /// not positive lies at the low end.
    pub(super) fn fraction(self, value: f64) -> f64 {
        if self.reversed { 1.0 - self.rising(value) } else { self.rising(value) }
    }

    /// Gives the place of a value, from 0 at the low end to 1 at the high end.
    fn rising(self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log if value <= 0.0 => 0.0,
            Scale::Log => {
                let low = libm::log(self.low);
                (libm::log(value) - low) / (libm::log(self.high) - low)
            }
        }
    }
}

/// Gives the range of an axis of names, with half a unit beyond the first and the last.
fn around_names(axis: &Axis) -> Option<(f64, f64)> {
    (!axis.names.is_empty()).then(|| (-0.5, axis.names.len() as f64 - 0.5))
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::super::value::{Curve, Points, Quantity};
    use super::*;

    fn panel(axis: Axis, values: &[f64]) -> Panel {
        let mut panel = Panel::new("", Axis::linear("", Quantity::Count), axis);
        let steps = values.iter().enumerate().map(|(x, &y)| (x as f64, y)).collect();
        panel.curves.push(Curve { label: String::new(), style: Style::strategy(0), steps, band: vec![] });
        panel
    }

    #[test]
    fn the_low_end_follows_the_smallest_positive_value() {
        let span = Span::of_y(&panel(Axis::log("", Quantity::Points), &[8.0, 0.0, 0.05, -1.0]));
        assert!(span.low < 0.05 && span.low > 0.04, "{span:?}");
        assert!(span.high > 8.0 && span.high < 10.0, "{span:?}");
        assert_eq!(span.fraction(0.0), 0.0);
    }

    #[test]
    fn places_run_from_nought_to_one() {
        let span = Span { scale: Scale::Log, low: 0.01, high: 100.0, reversed: false };
        assert_eq!((span.fraction(0.01), span.fraction(100.0)), (0.0, 1.0));
        assert!((span.fraction(1.0) - 0.5).abs() < 1e-15);
        let span = Span { scale: Scale::Linear, low: -1.0, high: 3.0, reversed: false };
        assert_eq!((span.fraction(-1.0), span.fraction(1.0), span.fraction(3.0)), (0.0, 0.5, 1.0));
    }

    #[test]
    fn data_widen_a_given_range_and_are_never_clipped() {
        let axis = Axis { at_least: Some((0.1, 1.0)), ..Axis::log("", Quantity::Points) };
        let span = Span::of_y(&panel(axis, &[0.5, 20.0]));
        assert!(span.low < 0.1 && span.high > 20.0, "{span:?}");
    }

    #[test]
    fn one_value_or_none_still_make_a_range() {
        for values in [&[][..], &[3.0], &[0.0], &[-2.0]] {
            for axis in [Axis::log("", Quantity::Points), Axis::linear("", Quantity::Points)] {
                let span = Span::of_y(&panel(axis, values));
                assert!(span.low < span.high, "{values:?} make {span:?}");
            }
        }
    }

    #[test]
    fn what_is_not_negative_starts_at_zero_if_near() {
        assert_eq!(Span::of_y(&panel(Axis::linear("", Quantity::Points), &[20.0, 100.0])).low, 0.0);
        assert!(Span::of_y(&panel(Axis::linear("", Quantity::Points), &[90.0, 100.0])).low > 80.0);
        let ranks = Axis { reversed: true, ..Axis::linear("", Quantity::Count) };
        assert!(Span::of_y(&panel(ranks, &[1.0, 6.0])).low > 0.5);
    }

    #[test]
    fn names_have_a_unit_each() {
        let axis = Axis::named("", vec!["a".to_owned(), "b".to_owned()]);
        let span = Span::of_y(&panel(axis.clone(), &[0.0, 1.2]));
        assert_eq!((span.low, span.high), (-0.5, 1.5));
        assert_eq!(span.fraction(0.0), 0.25);
        let span = Span::of_y(&panel(Axis { reversed: true, ..axis }, &[]));
        assert_eq!((span.fraction(0.0), span.ends()), (0.75, (1.5, -0.5)));
    }

    #[test]
    fn markers_have_room_at_both_ends_and_curves_do_not() {
        let axis = Axis::linear("", Quantity::Points);
        let mut scatter = Panel::new("", axis.clone(), axis);
        scatter.points.push(Points::new("", Style::points(), vec![(90.0, 1.0), (100.0, 2.0)]));
        assert_eq!(Span::of_x(&scatter).range(), (89.6, 100.4));
        assert_eq!(Span::of_x(&panel(Axis::linear("", Quantity::Points), &[1.0, 2.0])).range(), (0.0, 1.0));
    }
}
