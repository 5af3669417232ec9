//! The figure as a value: what is shown, before any thought of where it lands on paper.

use super::style::Style;

/// A figure: panels in rows, and one legend below them.
///
/// It has no title of its own, since a paper's caption says what it shows. The labels of curves and levels that several
/// panels share are listed once.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Width of the whole figure in inches.
    pub width: f64,
    /// Height of each panel's axes over their width.
    pub aspect: f64,
    /// Size of titles and axis labels in points; ticks and legend are 2 pt smaller.
    pub font_size: f64,
    /// Most panels in a row.
    pub columns: usize,
    /// The panels, from left to right and from top to bottom.
    pub panels: Vec<Panel>,
}

impl Figure {
    /// Makes a figure of this width in inches, with axes of a pleasing shape and at most three panels in a row.
    #[must_use]
    pub fn new(width: f64, panels: Vec<Panel>) -> Self {
        let aspect = if panels.len() == 1 { 0.62 } else { 0.8 };
        Self { width, aspect, font_size: 9.0, columns: 3, panels }
    }
}

/// One pair of axes and what is drawn between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Written small above the axes, such as the benchmark's name; may be empty.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Fixed levels, drawn below the curves.
    pub levels: Vec<Level>,
    /// The curves; later ones lie on top.
    pub curves: Vec<Curve>,
    /// Points on top of all curves.
    pub points: Vec<Points>,
    /// Labels the strip below a logarithmic vertical axis, drawn only where something is zero or negative.
    pub zero_label: String,
}

impl Panel {
    /// Makes an empty panel with these axes, whose zeros are labelled "optimum".
    #[must_use]
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        let zero_label = "optimum".to_owned();
        Self { title: title.into(), x, y, levels: Vec::new(), curves: Vec::new(), points: Vec::new(), zero_label }
    }

    /// Says whether anything drawn is zero or negative on a logarithmic vertical axis.
    #[must_use]
    pub fn has_zeros(&self) -> bool {
        self.y.scale == Scale::Log && self.heights().any(|y| y <= 0.0)
    }

    /// Lists every x value drawn.
    pub(super) fn positions(&self) -> impl Iterator<Item = f64> {
        let curves = self.curves.iter().flat_map(|curve| {
            let steps = curve.steps.iter().map(|&(x, _)| x);
            steps.chain(curve.band.iter().map(|&(x, _, _)| x))
        });
        curves.chain(self.points.iter().flat_map(|points| &points.places).map(|&(x, _)| x))
    }

    /// Lists every y value drawn.
    pub(super) fn heights(&self) -> impl Iterator<Item = f64> {
        let curves = self.curves.iter().flat_map(|curve| {
            let steps = curve.steps.iter().map(|&(_, y)| y);
            steps.chain(curve.band.iter().flat_map(|&(_, low, high)| [low, high]))
        });
        let points = self.points.iter().flat_map(|points| &points.places).map(|&(_, y)| y);
        curves.chain(points).chain(self.levels.iter().map(|level| level.value))
    }
}

/// One axis. Its range follows the data; nothing is ever clipped.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Written along the axis; may be empty.
    pub label: String,
    /// How values become places.
    pub scale: Scale,
    /// What the values count, which decides the ticks.
    pub quantity: Quantity,
    /// A range that the axis covers whatever the data; data beyond it widen it.
    pub at_least: Option<(f64, f64)>,
}

impl Axis {
    /// Makes a linear axis.
    #[must_use]
    pub fn linear(label: impl Into<String>, quantity: Quantity) -> Self {
        Self { label: label.into(), scale: Scale::Linear, quantity, at_least: None }
    }

    /// Makes a logarithmic axis, whose lower end follows the smallest positive value drawn.
    #[must_use]
    pub fn log(label: impl Into<String>, quantity: Quantity) -> Self {
        Self { scale: Scale::Log, ..Self::linear(label, quantity) }
    }
}

/// How values become places along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences lie equally far apart.
    Linear,
    /// Equal ratios lie equally far apart.
    Log,
}

/// What an axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Whole things, such as trials: no ticks between whole numbers.
    Count,
    /// Time in seconds, ticked and labelled in s, min, h and d.
    Seconds,
    /// Percentage points, or any other plain number.
    Points,
}

/// A right-continuous step function with a band: each value holds until the next pair, and nothing is interpolated.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Written in the legend; curves of one figure that share a label share one entry.
    pub label: String,
    /// How it looks.
    pub style: Style,
    /// Pairs of x and the value from there on, in ascending order of x; the last pair ends the line.
    pub steps: Vec<(f64, f64)>,
    /// Triples of x and the band's lower and upper edge from there on, in ascending order of x; may be empty.
    pub band: Vec<(f64, f64, f64)>,
}

/// Single points; those that would lie upon one another on paper are drawn once.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// Written in the legend.
    pub label: String,
    /// How they look; only its marker and colour.
    pub style: Style,
    /// Pairs of x and y, in ascending order of x.
    pub places: Vec<(f64, f64)>,
}

/// A value that does not change, drawn as a line across the whole panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Written in the legend.
    pub label: String,
    /// How it looks.
    pub style: Style,
    /// The value, in the unit of the vertical axis.
    pub value: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(y: Axis, value: f64) -> Panel {
        let mut panel = Panel::new("", Axis::linear("", Quantity::Count), y);
        panel.levels.push(Level { label: String::new(), style: Style::level(), value });
        panel
    }

    #[test]
    fn only_a_log_axis_sets_zeros_apart() {
        assert!(panel(Axis::log("", Quantity::Points), 0.0).has_zeros());
        assert!(!panel(Axis::log("", Quantity::Points), 0.1).has_zeros());
        assert!(!panel(Axis::linear("", Quantity::Points), 0.0).has_zeros());
    }

    #[test]
    fn every_number_of_a_band_counts() {
        let mut panel = panel(Axis::log("", Quantity::Points), 1.0);
        let (steps, band) = (vec![(1.0, 2.0)], vec![(3.0, 4.0, 5.0)]);
        panel.curves.push(Curve { label: String::new(), style: Style::strategy(0), steps, band });
        assert_eq!(panel.positions().collect::<Vec<_>>(), [1.0, 3.0]);
        assert_eq!(panel.heights().collect::<Vec<_>>(), [2.0, 4.0, 5.0, 1.0]);
    }
}
