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
}

impl Span {
    /// Spans the horizontal axis from the first to the last value drawn.
    pub(super) fn of_x(panel: &Panel) -> Self {
        Self::around(&panel.x, panel.positions())
    }

    /// Spans the vertical axis over the values drawn, and a little more; zeros on a logarithmic axis are left out.
    pub(super) fn of_y(panel: &Panel) -> Self {
        Self::around(&panel.y, panel.heights()).widened()
    }

    fn around(axis: &Axis, data: impl Iterator<Item = f64>) -> Self {
        let wished = axis.at_least.into_iter().flat_map(|(low, high)| [low, high]);
        let drawn = data.chain(wished).filter(|&value| axis.scale == Scale::Linear || value > 0.0);
        let (low, high) =
            drawn.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = match (low < high, low == high, axis.scale) {
            (true, _, _) => (low, high),
            (_, true, Scale::Linear) => (low - 0.5_f64.max(low.abs() / 10.0), high + 0.5_f64.max(high.abs() / 10.0)),
            (_, true, Scale::Log) => (low / 2.0, high * 2.0),
            (_, _, Scale::Linear) => (0.0, 1.0),
            (_, _, Scale::Log) => (1.0, 10.0),
        };
        Self { scale: axis.scale, low, high }
    }

    fn widened(self) -> Self {
        let Self { scale, low, high } = self;
        match scale {
            Scale::Log => {
                let factor = libm::exp((libm::log(high) - libm::log(low)) * MARGIN);
                Self { scale, low: low / factor, high: high * factor }
            }
            Scale::Linear => {
                let extra = (high - low) * MARGIN;
                // An axis of what is not negative starts at zero, unless that squeezes the data.
                let below = if low >= 0.0 && low < high / 3.0 { 0.0 } else { low - extra };
                Self { scale, low: below, high: high + extra }
            }
        }
    }

    /// Gives the two ends.
    pub(super) fn range(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Gives the place of a value, from 0 at the low end to 1 at the high end; on a logarithmic axis, what is not
    /// positive lies at the low end.
    pub(super) fn fraction(self, value: f64) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::super::value::{Curve, Quantity};
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
        let span = Span { scale: Scale::Log, low: 0.01, high: 100.0 };
        assert_eq!((span.fraction(0.01), span.fraction(100.0)), (0.0, 1.0));
        assert!((span.fraction(1.0) - 0.5).abs() < 1e-15);
        let span = Span { scale: Scale::Linear, low: -1.0, high: 3.0 };
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
    }
}
