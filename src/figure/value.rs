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
    /// The text for the paper's caption, with definitions, numbers of runs and intervals; it is not drawn.
    pub caption: String,
}

impl Figure {
    /// Makes a figure of this width in inches, with axes of a pleasing shape and at most three panels in a row.
    #[must_use]
    pub fn new(width: f64, panels: Vec<Panel>) -> Self {
        let aspect = if panels.len() == 1 { 0.62 } else { 0.8 };
        Self { width, aspect, font_size: 9.0, columns: 3, panels, caption: String::new() }
    }
}

/// One pair of axes and what is drawn between them.
///
/// From below: tiles, levels, strokes, curves, ranges, points, notes.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Written small above the axes, such as the benchmark's name; may be empty.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Rectangles that show a density, below all else.
    pub tiles: Vec<Tile>,
    /// Fixed levels, drawn below the curves.
    pub levels: Vec<Level>,
    /// Straight lines from place to place, drawn below the curves.
    pub strokes: Vec<Stroke>,
    /// The curves; later ones lie on top.
    pub curves: Vec<Curve>,
    /// Horizontal intervals with their centres.
    pub ranges: Vec<Range>,
    /// Points on top of all lines.
    pub points: Vec<Points>,
    /// Texts among the marks.
    pub notes: Vec<Note>,
    /// Sentences below the horizontal axis, in small letters.
    pub remarks: Vec<String>,
    /// Labels the strip below a logarithmic vertical axis, drawn only where something is zero or negative.
    pub zero_label: String,
}

impl Panel {
    /// Makes an empty panel with these axes, whose zeros are labelled "optimum".
    #[must_use]
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self {
            title: title.into(),
            x,
            y,
            tiles: Vec::new(),
            levels: Vec::new(),
            strokes: Vec::new(),
            curves: Vec::new(),
            ranges: Vec::new(),
            points: Vec::new(),
            notes: Vec::new(),
            remarks: Vec::new(),
            zero_label: "optimum".to_owned(),
        }
    }

    /// Says whether anything drawn is zero or negative on a logarithmic vertical axis.
    #[must_use]
    pub fn has_zeros(&self) -> bool {
        self.y.is_log() && self.heights().any(|y| y <= 0.0)
    }

    /// Lists every x value drawn.
    pub(super) fn positions(&self) -> impl Iterator<Item = f64> {
        let curves = self.curves.iter().flat_map(|curve| {
            let steps = curve.steps.iter().map(|&(x, _)| x);
            steps.chain(curve.band.iter().map(|&(x, _, _)| x))
        });
        let ranges = self.ranges.iter().flat_map(|range| [range.low, range.centre, range.high]);
        let tiles = self.tiles.iter().flat_map(|tile| [tile.x.0, tile.x.1]);
        curves.chain(ranges).chain(tiles).chain(self.places().map(|(x, _)| x))
    }

    /// Lists every y value drawn.
    pub(super) fn heights(&self) -> impl Iterator<Item = f64> {
        let curves = self.curves.iter().flat_map(|curve| {
            let steps = curve.steps.iter().map(|&(_, y)| y);
            steps.chain(curve.band.iter().flat_map(|&(_, low, high)| [low, high]))
        });
        let ranges = self.ranges.iter().map(|range| range.at);
        let tiles = self.tiles.iter().flat_map(|tile| [tile.y.0, tile.y.1]);
        let levels = self.levels.iter().map(|level| level.value);
        curves.chain(ranges).chain(tiles).chain(self.places().map(|(_, y)| y)).chain(levels)
    }

    /// Lists the places of whatever is no more than places: points, strokes and notes.
    fn places(&self) -> impl Iterator<Item = (f64, f64)> {
        let points = self.points.iter().flat_map(|points| &points.places).copied();
        let strokes = self.strokes.iter().flat_map(|stroke| &stroke.path).copied();
        points.chain(strokes).chain(self.notes.iter().map(|note| note.at))
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
    /// Names for 0, 1, 2 and so on. If there are any, they are the only ticks, and each has the room of one unit.
    pub names: Vec<String>,
    /// Says that neither line nor ticks, label or grid of this axis are drawn.
    pub hidden: bool,
    /// Says that values fall to the right or upwards.
    pub reversed: bool,
    /// Says that one unit of a vertical axis is at least as high as a line of small text; with names it always is.
    pub lines: bool,
}

impl Axis {
    /// Makes a linear axis.
    #[must_use]
    pub fn linear(label: impl Into<String>, quantity: Quantity) -> Self {
        let label = label.into();
        Self {
            label,
            scale: Scale::Linear,
            quantity,
            at_least: None,
            names: Vec::new(),
            hidden: false,
            reversed: false,
            lines: false,
        }
    }

    /// Makes a logarithmic axis, whose lower end follows the smallest positive value drawn.
    #[must_use]
    pub fn log(label: impl Into<String>, quantity: Quantity) -> Self {
        Self { scale: Scale::Log, ..Self::linear(label, quantity) }
    }

    /// Makes an axis of names, the first at 0: from left to right, or from bottom to top unless reversed.
    #[must_use]
    pub fn named(label: impl Into<String>, names: Vec<String>) -> Self {
        Self { names, ..Self::linear(label, Quantity::Count) }
    }

    /// Makes an axis that is not seen.
    #[must_use]
    pub fn hidden() -> Self {
        Self { hidden: true, ..Self::linear("", Quantity::Points) }
    }

    /// Says whether equal ratios lie equally far apart; on an axis of names they never do.
    pub(super) fn is_log(&self) -> bool {
        self.scale == Scale::Log && self.names.is_empty()
    }

    /// Gives the label if it is seen at all.
    pub(super) fn seen_label(&self) -> &str {
        if self.hidden { "" } else { &self.label }
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

/// Single points; of those that would lie upon one another on paper, the first is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// Written in the legend.
    pub label: String,
    /// How they look; only its marker and colour.
    pub style: Style,
    /// Pairs of x and y, in any order.
    pub places: Vec<(f64, f64)>,
    /// How much they hide what lies below, from 0 to 1; below 1, points that overlap look darker.
    pub opacity: f64,
}

impl Points {
    /// Makes points that hide what lies below.
    #[must_use]
    pub fn new(label: impl Into<String>, style: Style, places: Vec<(f64, f64)>) -> Self {
        Self { label: label.into(), style, places, opacity: 1.0 }
    }
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

/// A horizontal interval: a thick translucent bar, with a marker and an upright tick at its centre.
///
/// On a logarithmic horizontal axis, what is not positive lies at the axis's low end.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// Written in the legend, unless an axis of the panel has it among its names.
    pub label: String,
    /// How it looks.
    pub style: Style,
    /// Its height, in the unit of the vertical axis.
    pub at: f64,
    /// Where the bar begins.
    pub low: f64,
    /// The estimate that the interval belongs to.
    pub centre: f64,
    /// Where the bar ends.
    pub high: f64,
}

/// A rectangle of one shade, such as a cell of a density or of a matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tile {
    /// From where to where it reaches across.
    pub x: (f64, f64),
    /// From where to where it reaches upwards; on a logarithmic axis, one that ends at 0 or below fills the strip.
    pub y: (f64, f64),
    /// How dark it is, from 0 (a light blue) to 1 (a dark one).
    pub shade: f64,
}

/// A straight line from place to place, such as a diagonal or a bar that connects.
#[derive(Debug, Clone, PartialEq)]
pub struct Stroke {
    /// Written in the legend; may be empty.
    pub label: String,
    /// How it looks; its marker is not drawn.
    pub style: Style,
    /// The places it goes through, as pairs of x and y.
    pub path: Vec<(f64, f64)>,
}

/// A small text at a place between the axes; black, or white where it lies on a dark tile.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// What it says; shortened where the panel has no room.
    pub text: String,
    /// Its place, as a pair of x and y.
    pub at: (f64, f64),
    /// On which side of the place it lies.
    pub side: Side,
}

/// On which side of its place a note lies; its letters' middle is always at the place's height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It ends shortly before the place.
    Left,
    /// The place is its middle.
    Centre,
    /// It begins shortly behind the place.
    Right,
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

    #[test]
    fn every_mark_counts() {
        let mut panel = Panel::new("", Axis::hidden(), Axis::hidden());
        let style = Style::strategy(0);
        panel.ranges.push(Range { label: String::new(), style, at: 1.0, low: 2.0, centre: 3.0, high: 4.0 });
        panel.tiles.push(Tile { x: (5.0, 6.0), y: (7.0, 8.0), shade: 0.5 });
        panel.points.push(Points::new("", style, vec![(9.0, 10.0)]));
        panel.strokes.push(Stroke { label: String::new(), style, path: vec![(11.0, 12.0)] });
        panel.notes.push(Note { text: String::new(), at: (13.0, 14.0), side: Side::Left });
        assert_eq!(panel.positions().collect::<Vec<_>>(), [2.0, 3.0, 4.0, 5.0, 6.0, 9.0, 11.0, 13.0]);
        assert_eq!(panel.heights().collect::<Vec<_>>(), [1.0, 7.0, 8.0, 10.0, 12.0, 14.0]);
    }

    #[test]
    fn an_axis_of_names_is_never_logarithmic() {
        let axis = Axis { scale: Scale::Log, ..Axis::named("", vec!["a".to_owned()]) };
        assert!(!panel(axis, 0.0).has_zeros());
    }
}
