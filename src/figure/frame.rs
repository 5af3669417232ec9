//! A panel's axes on paper: where values land. Lengths are in points, from the figure's upper left corner.

use super::span::Span;
use super::value::Curve;

/// A place on paper: points from the left, points from the top.
pub(super) type Place = (f64, f64);

/// Height of the strip for zeros.
pub(super) const STRIP: f64 = 10.0;

/// Gap between the strip and the axes above it.
pub(super) const GAP: f64 = 3.5;

/// The rectangle between a panel's axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    /// Height down to the horizontal axis, the strip for zeros included.
    pub(super) height: f64,
    pub(super) has_strip: bool,
    pub(super) x: Span,
    pub(super) y: Span,
}

impl Frame {
    /// Gives the right edge.
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    /// Gives the horizontal axis.
    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Gives the lower end of the vertical axis, which lies above the strip for zeros.
    pub(super) fn floor(&self) -> f64 {
        if self.has_strip { self.bottom() - STRIP - GAP } else { self.bottom() }
    }

    /// Gives the line on which zeros lie.
    pub(super) fn zero(&self) -> f64 {
        self.bottom() - STRIP / 2.0
    }

    /// Gives the place of an x value.
    pub(super) fn across(&self, x: f64) -> f64 {
        self.left + self.width * self.x.fraction(x)
    }

    /// Gives the place of a y value.
    pub(super) fn down(&self, y: f64) -> f64 {
        if self.has_strip && y <= 0.0 {
            self.zero()
        } else {
            self.floor() - (self.floor() - self.top) * self.y.fraction(y)
        }
    }

    /// Gives the corners of a rectangle from one x value to another and from one y value to another.
    pub(super) fn corners(&self, x: (f64, f64), y: (f64, f64)) -> [Place; 4] {
        let (left, right) = (self.across(x.0), self.across(x.1));
        let (upper, lower) = self.stretch(y);
        [(left, upper), (right, upper), (right, lower), (left, lower)]
    }

    /// Gives the upper and lower edge of what reaches from one y value to another; zeros fill the strip.
    fn stretch(&self, (low, high): (f64, f64)) -> (f64, f64) {
        if self.has_strip && high <= 0.0 {
            (self.bottom() - STRIP, self.bottom())
        } else if self.has_strip && low <= 0.0 {
            (self.down(high), self.floor())
        } else {
            (self.down(high), self.down(low))
        }
    }

    /// Traces the steps of a curve: across to the next x, then up or down.
    pub(super) fn trace(&self, steps: impl IntoIterator<Item = (f64, f64)>) -> Vec<Place> {
        let mut path: Vec<Place> = Vec::new();
        for (x, y) in steps {
            let (across, down) = (self.across(x), self.down(y));
            if let Some(&(_, before)) = path.last() {
                path.push((across, before));
            }
            path.push((across, down));
        }
        path
    }

    /// Traces the outline of a curve's band: forth along the upper edge and back along the lower one.
    pub(super) fn outline(&self, curve: &Curve) -> Vec<Place> {
        let mut outline = self.trace(curve.band.iter().map(|&(x, _, high)| (x, high)));
        let low = self.trace(curve.band.iter().map(|&(x, low, _)| (x, low)));
        outline.extend(low.into_iter().rev());
        outline
    }

    /// Places markers on a curve, evenly spaced on paper; curves of another phase (0 to 1) have theirs in between.
    pub(super) fn markers(&self, curve: &Curve, phase: f64) -> Vec<Place> {
        const SPACING: f64 = 32.0;
        let count = (self.width / SPACING).round().max(4.0);
        // Where values fall along the axis, a curve runs from the right to the left.
        let mirror = |across: f64| if self.x.is_reversed() { self.left + self.right() - across } else { across };
        let places: Vec<Place> = curve.steps.iter().map(|&(x, y)| (mirror(self.across(x)), self.down(y))).collect();
        let Some(&(end, _)) = places.last() else { return Vec::new() };
        let on_curve = |across: f64| {
            let before = places.partition_point(|&(place, _)| place <= across).checked_sub(1)?;
            (across <= end).then(|| (mirror(across), places[before].1))
        };
        let along = (0..count as usize).map(|number| self.left + self.width * (number as f64 + phase) / count);
        along.filter_map(on_curve).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::super::value::{Axis, Panel, Quantity};
    use super::*;

    fn curve(steps: Vec<(f64, f64)>, band: Vec<(f64, f64, f64)>) -> Curve {
        Curve { label: String::new(), style: Style::strategy(0), steps, band }
    }

    /// A frame of 100 by 100 points, x from 0 to 100, y from 0 to 100 or (logarithmic) from 1 to 100.
    fn frame(is_log: bool) -> Frame {
        let linear = Axis { at_least: Some((0.0, 100.0)), ..Axis::linear("", Quantity::Points) };
        let log = Axis { at_least: Some((1.0, 100.0)), ..Axis::log("", Quantity::Points) };
        let x = Span::of_x(&Panel::new("", linear.clone(), linear));
        let y = if is_log { Span::of_x(&Panel::new("", log.clone(), log)) } else { x };
        let height = if is_log { 100.0 + STRIP + GAP } else { 100.0 };
        Frame { left: 0.0, top: 0.0, width: 100.0, height, has_strip: is_log, x, y }
    }

    #[test]
    fn steps_go_across_and_then_down() {
        let path = frame(false).trace([(0.0, 80.0), (50.0, 20.0), (100.0, 20.0)]);
        assert_eq!(path, [(0.0, 20.0), (50.0, 20.0), (50.0, 80.0), (100.0, 80.0), (100.0, 80.0)]);
    }

    #[test]
    fn bands_are_stepped_too() {
        let outline = frame(false).outline(&curve(vec![], vec![(0.0, 10.0, 20.0), (50.0, 5.0, 10.0)]));
        assert_eq!(outline, [(0.0, 80.0), (50.0, 80.0), (50.0, 90.0), (50.0, 95.0), (50.0, 90.0), (0.0, 90.0)]);
    }

    #[test]
    fn zeros_lie_in_the_strip() {
        let frame = frame(true);
        assert_eq!((frame.down(100.0), frame.down(1.0)), (0.0, 100.0));
        assert_eq!(frame.down(0.0), 100.0 + GAP + STRIP / 2.0);
        assert_eq!(frame.down(-1.0), frame.down(0.0));
    }

    #[test]
    fn markers_lie_on_the_curve() {
        let frame = frame(false);
        let curve = curve(vec![(20.0, 80.0), (50.0, 20.0), (70.0, 20.0)], vec![]);
        assert_eq!(frame.markers(&curve, 0.5), [(37.5, 20.0), (62.5, 80.0)]);
        let early = frame.markers(&curve, 0.25);
        assert!(early.iter().all(|&(_, down)| down == 20.0 || down == 80.0), "{early:?}");
    }

    #[test]
    fn markers_lie_on_a_curve_that_runs_to_the_left() {
        let reversed = Axis { at_least: Some((0.0, 100.0)), reversed: true, ..Axis::linear("", Quantity::Points) };
        let frame = Frame { x: Span::of_x(&Panel::new("", reversed.clone(), reversed)), ..frame(false) };
        let curve = curve(vec![(20.0, 80.0), (50.0, 20.0), (70.0, 20.0)], vec![]);
        assert_eq!(frame.markers(&curve, 0.5), [(62.5, 20.0), (37.5, 80.0)]);
    }

    #[test]
    fn rectangles_keep_out_of_the_gap_above_the_strip() {
        let frame = frame(true);
        assert_eq!(frame.corners((0.0, 10.0), (1.0, 100.0)), [(0.0, 0.0), (10.0, 0.0), (10.0, 100.0), (0.0, 100.0)]);
        assert_eq!(frame.stretch((0.0, 1.0)), (100.0, 100.0));
        assert_eq!(frame.stretch((0.0, 0.0)), (100.0 + GAP, 100.0 + GAP + STRIP));
    }
}
