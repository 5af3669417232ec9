//! What is checked before a figure is drawn.

use super::error::FigureError;
use super::value::{Axis, Curve, Figure, Panel, Points, Range, Tile};

impl Figure {
    /// Refuses a figure whose sizes or numbers cannot be drawn.
    ///
    /// # Errors
    /// Says which, and where.
    pub fn check(&self) -> Result<(), FigureError> {
        if self.panels.is_empty() {
            return Err(FigureError::NoPanels);
        }
        check_size("width in inches", self.width, 100.0)?;
        check_size("aspect", self.aspect, 10.0)?;
        check_size("font size in points", self.font_size, 100.0)?;
        check_size("number of columns", self.columns.min(1000) as f64, 100.0)?;
        self.panels.iter().try_for_each(check_panel)
    }
}

fn check_size(name: &'static str, value: f64, most: f64) -> Result<(), FigureError> {
    if value > 0.0 && value <= most { Ok(()) } else { Err(FigureError::Size { name, value, most }) }
}

fn check_panel(panel: &Panel) -> Result<(), FigureError> {
    check_axis(&panel.x)?;
    check_axis(&panel.y)?;
    for level in &panel.levels {
        check_numbers(&level.label, [level.value])?;
    }
    panel.curves.iter().try_for_each(check_curve)?;
    panel.ranges.iter().enumerate().try_for_each(check_range)?;
    panel.points.iter().try_for_each(check_points)?;
    for stroke in &panel.strokes {
        check_numbers(&stroke.label, stroke.path.iter().flat_map(|&(x, y)| [x, y]))?;
    }
    for note in &panel.notes {
        check_numbers(&note.text, [note.at.0, note.at.1])?;
    }
    panel.tiles.iter().enumerate().try_for_each(|(position, tile)| check_tile(&panel.title, position, tile))
}

fn check_axis(axis: &Axis) -> Result<(), FigureError> {
    axis.at_least.map_or(Ok(()), |(low, high)| check_numbers(&axis.label, [low, high]))
}

fn check_curve(curve: &Curve) -> Result<(), FigureError> {
    check_numbers(&curve.label, curve.steps.iter().flat_map(|&(x, y)| [x, y]))?;
    check_numbers(&curve.label, curve.band.iter().flat_map(|&(x, low, high)| [x, low, high]))?;
    check_order(&curve.label, curve.steps.iter().map(|&(x, _)| x))?;
    check_order(&curve.label, curve.band.iter().map(|&(x, _, _)| x))?;
    match curve.band.iter().position(|&(_, low, high)| low > high) {
        Some(position) => Err(FigureError::UpsideDown { label: curve.label.clone(), position }),
        None => Ok(()),
    }
}

fn check_range((position, range): (usize, &Range)) -> Result<(), FigureError> {
    check_numbers(&range.label, [range.at, range.low, range.centre, range.high])?;
    check_ends("range", &range.label, position, (range.low, range.high))
}

fn check_points(points: &Points) -> Result<(), FigureError> {
    check_numbers(&points.label, points.places.iter().flat_map(|&(x, y)| [x, y]))?;
    check_share("opacity", &points.label, points.opacity)
}

fn check_tile(title: &str, position: usize, tile: &Tile) -> Result<(), FigureError> {
    check_numbers(title, [tile.x.0, tile.x.1, tile.y.0, tile.y.1])?;
    check_ends("tile", title, position, tile.x)?;
    check_ends("tile", title, position, tile.y)?;
    check_share("shade of a tile", title, tile.shade)
}

fn check_ends(kind: &'static str, label: &str, position: usize, (low, high): (f64, f64)) -> Result<(), FigureError> {
    if low <= high { Ok(()) } else { Err(FigureError::Backwards { kind, label: label.to_owned(), position }) }
}

fn check_share(name: &'static str, label: &str, value: f64) -> Result<(), FigureError> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(FigureError::Share { name, label: label.to_owned(), value }) }
}

fn check_numbers(label: &str, numbers: impl IntoIterator<Item = f64>) -> Result<(), FigureError> {
    // Beyond these bounds the ratio of two numbers would overflow.
    let can_be_drawn = |value: f64| value == 0.0 || (1e-200..=1e200).contains(&value.abs());
    match numbers.into_iter().find(|&value| !can_be_drawn(value)) {
        Some(value) => Err(FigureError::Number { label: label.to_owned(), value }),
        None => Ok(()),
    }
}

fn check_order(label: &str, positions: impl Iterator<Item = f64>) -> Result<(), FigureError> {
    let mut last = f64::NEG_INFINITY;
    for (position, x) in positions.enumerate() {
        if x < last {
            return Err(FigureError::Unordered { label: label.to_owned(), position });
        }
        last = x;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::super::value::{Note, Quantity, Side, Stroke};
    use super::*;

    fn figure(steps: Vec<(f64, f64)>, band: Vec<(f64, f64, f64)>) -> Figure {
        let axis = Axis::linear("", Quantity::Points);
        let mut panel = Panel::new("", axis.clone(), axis);
        panel.curves.push(Curve { label: "evolution".to_owned(), style: Style::strategy(0), steps, band });
        Figure::new(3.3, vec![panel])
    }

    fn message(figure: &Figure) -> String {
        figure.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn good_numbers_pass() {
        let figure = figure(vec![(0.0, 1.0), (0.0, 0.5), (2.0, -1.0)], vec![(0.0, 0.5, 0.5)]);
        assert_eq!(message(&figure), "fine");
    }

    #[test]
    fn bad_numbers_are_named() {
        let bad = figure(vec![(0.0, f64::NAN)], vec![]);
        assert_eq!(message(&bad), "`evolution` holds NaN, which cannot be drawn");
        let bad = figure(vec![(0.0, 1.0), (2.0, 1.0), (1.0, 1.0)], vec![]);
        assert_eq!(message(&bad), "the x values of `evolution` go backwards at position 2");
        let bad = figure(vec![], vec![(0.0, 1.0, 2.0), (1.0, 2.0, 1.0)]);
        assert_eq!(message(&bad), "the band of `evolution` is upside down at position 1");
    }

    fn with_panel(change: impl FnOnce(&mut Panel)) -> String {
        let mut figure = figure(vec![], vec![]);
        let panel = &mut figure.panels[0];
        panel.title = "cifar10".to_owned();
        change(panel);
        message(&figure)
    }

    #[test]
    fn bad_marks_are_named() {
        let (label, style) = ("evolution".to_owned(), Style::strategy(0));
        let range = Range { label: label.clone(), style, at: 0.0, low: 2.0, centre: 2.0, high: 1.0 };
        assert_eq!(with_panel(|panel| panel.ranges.push(range)), "range 0 of `evolution` ends before it begins");
        let points = Points { opacity: 1.5, ..Points::new(&label, style, vec![]) };
        assert_eq!(
            with_panel(|panel| panel.points.push(points)),
            "the opacity of `evolution` is 1.5, expected a number from 0 to 1"
        );
        let points = Points::new(&label, style, vec![(0.0, f64::INFINITY)]);
        assert_eq!(with_panel(|panel| panel.points.push(points)), "`evolution` holds inf, which cannot be drawn");
        let stroke = Stroke { label, style, path: vec![(f64::NAN, 0.0)] };
        assert_eq!(with_panel(|panel| panel.strokes.push(stroke)), "`evolution` holds NaN, which cannot be drawn");
        let note = Note { text: "here".to_owned(), at: (0.0, f64::NAN), side: Side::Left };
        assert_eq!(with_panel(|panel| panel.notes.push(note)), "`here` holds NaN, which cannot be drawn");
    }

    #[test]
    fn bad_tiles_are_named_by_their_panel() {
        let tile = |x, y, shade| with_panel(|panel| panel.tiles.push(Tile { x, y, shade }));
        assert_eq!(tile((0.0, 1.0), (0.0, 1.0), 1.0), "fine");
        assert_eq!(tile((0.0, 1.0), (1.0, 0.0), 1.0), "tile 0 of `cifar10` ends before it begins");
        assert!(tile((0.0, 1.0), (0.0, 1.0), -0.1).starts_with("the shade of a tile of `cifar10` is -0.1"));
    }

    #[test]
    fn bad_sizes_are_named() {
        let good = figure(vec![], vec![]);
        assert!(message(&Figure { width: f64::NAN, ..good.clone() }).contains("width in inches is NaN"));
        assert!(message(&Figure { aspect: -1.0, ..good.clone() }).contains("aspect is -1"));
        assert!(message(&Figure { columns: 0, ..good.clone() }).contains("columns is 0"));
        assert_eq!(message(&Figure { panels: vec![], ..good }), "the figure has no panels");
    }
}
