//! The numbers that a figure draws, as a table.
//!
//! One line a number or pair, with the columns of [`COLUMNS`]. A curve's lines hold where a value begins to hold, the
//! value, and the band from there on. A range's `low`, `x` and `high` lie along the horizontal axis at the height `y`.
//! A tile reaches from `x` to `x_end` and from `y` to `y_end`. Numbers are as short as they can be and still be read
//! back exactly.

use super::value::{Curve, Figure, Panel, Points, Range, Stroke, Tile};
use crate::base::no_formula;

/// The columns, in their order.
const COLUMNS: &str = "panel,kind,label,x,y,low,high,x_end,y_end,shade";

/// One line.
#[derive(Default)]
struct Line<'a> {
    kind: &'static str,
    label: &'a str,
    x: Option<f64>,
    y: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    end: Option<(f64, f64)>,
    shade: Option<f64>,
}

impl Figure {
    /// Lists all that is drawn as comma-separated values, with a line of headings.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = format!("{COLUMNS}\n");
        for (number, panel) in self.panels.iter().enumerate() {
            let name = quoted(&self.name_of(number, &panel.title));
            for line in lines(panel) {
                text.extend([name.as_str(), ",", &line.written(), "\n"]);
            }
        }
        text
    }

    /// Names a panel by its title, and by its number where that does not say which it is.
    fn name_of(&self, number: usize, title: &str) -> String {
        let is_unique = self.panels.iter().filter(|panel| panel.title == title).count() == 1;
        match (title.is_empty(), is_unique) {
            (true, _) => (number + 1).to_string(),
            (false, true) => title.to_owned(),
            (false, false) => format!("{title} ({})", number + 1),
        }
    }
}

fn lines(panel: &Panel) -> Vec<Line<'_>> {
    let levels = panel.levels.iter().map(|level| Line {
        kind: "level",
        label: &level.label,
        y: Some(level.value),
        ..Line::default()
    });
    let notes = panel.notes.iter().map(|note| Line::at("note", &note.text, note.at));
    let remarks = panel.remarks.iter().map(|remark| Line { kind: "remark", label: remark, ..Line::default() });
    let mut all: Vec<Line<'_>> = panel.tiles.iter().map(of_tile).chain(levels).collect();
    all.extend(panel.strokes.iter().flat_map(of_stroke));
    all.extend(panel.curves.iter().flat_map(of_curve));
    all.extend(panel.ranges.iter().map(of_range));
    all.extend(panel.points.iter().flat_map(of_points));
    all.extend(notes.chain(remarks));
    all
}

/// Lists a curve's steps and band at every x value of either; before its first pair, either has no value.
fn of_curve(curve: &Curve) -> Vec<Line<'_>> {
    let steps = curve.steps.iter().map(|&(x, _)| x);
    let mut places: Vec<f64> = steps.chain(curve.band.iter().map(|&(x, _, _)| x)).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let line = |x: f64| {
        let step = curve.steps[..curve.steps.partition_point(|step| step.0 <= x)].last();
        let band = curve.band[..curve.band.partition_point(|band| band.0 <= x)].last();
        Line {
            kind: "curve",
            label: &curve.label,
            x: Some(x),
            y: step.map(|step| step.1),
            low: band.map(|band| band.1),
            high: band.map(|band| band.2),
            ..Line::default()
        }
    };
    places.into_iter().map(line).collect()
}

fn of_range(range: &Range) -> Line<'_> {
    let (low, high) = (Some(range.low), Some(range.high));
    Line { low, high, ..Line::at("range", &range.label, (range.centre, range.at)) }
}

fn of_points(points: &Points) -> impl Iterator<Item = Line<'_>> {
    points.places.iter().map(|&place| Line::at("point", &points.label, place))
}

fn of_stroke(stroke: &Stroke) -> impl Iterator<Item = Line<'_>> {
    stroke.path.iter().map(|&place| Line::at("stroke", &stroke.label, place))
}

fn of_tile(tile: &Tile) -> Line<'_> {
    let end = Some((tile.x.1, tile.y.1));
    Line { end, shade: Some(tile.shade), ..Line::at("tile", "", (tile.x.0, tile.y.0)) }
}

impl<'a> Line<'a> {
    fn at(kind: &'static str, label: &'a str, (x, y): (f64, f64)) -> Self {
        Self { kind, label, x: Some(x), y: Some(y), ..Self::default() }
    }

    /// Writes all columns but the first.
    fn written(&self) -> String {
        let (x_end, y_end) = self.end.unzip();
        let numbers = [self.x, self.y, self.low, self.high, x_end, y_end, self.shade].map(number);
        format!("{},{},{}", self.kind, quoted(self.label), numbers.join(","))
    }
}

/// Writes a number in its shortest form, with an exponent where that is far from 0.
fn number(value: Option<f64>) -> String {
    let text = value.map_or_else(String::new, |value| format!("{value:?}"));
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Quotes a text that holds what ends a field or a line.
fn quoted(text: &str) -> String {
    let text = no_formula(text);
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::super::value::{Axis, Level, Note, Quantity, Side};
    use super::*;

    fn panel(title: &str) -> Panel {
        let axis = Axis::linear("", Quantity::Points);
        Panel::new(title, axis.clone(), axis)
    }

    /// Gives the lines of a panel without the headings and the panel's name.
    fn csv(change: impl FnOnce(&mut Panel)) -> Vec<String> {
        let mut panel = panel("");
        change(&mut panel);
        let csv = Figure::new(3.3, vec![panel]).csv();
        csv.lines().skip(1).map(|line| line.trim_start_matches("1,").to_owned()).collect()
    }

    #[test]
    fn curves_and_bands_share_their_lines() {
        let (label, style) = ("a, \"b\"".to_owned(), Style::strategy(0));
        let (steps, band) = (vec![(1.0, 8.0), (3.0, 0.1)], vec![(1.0, 7.5, 9.0), (2.0, 7.0, 8.5)]);
        let lines = csv(|panel| panel.curves.push(Curve { label, style, steps, band }));
        let label = "curve,\"a, \"\"b\"\"\"";
        let expected = ["1,8,7.5,9,,,", "2,8,7,8.5,,,", "3,0.1,7,8.5,,,"].map(|rest| format!("{label},{rest}"));
        assert_eq!(lines, expected);
    }

    #[test]
    fn every_mark_is_listed() {
        let (label, style) = (String::from("s"), Style::strategy(0));
        let lines = csv(|panel| {
            panel.tiles.push(Tile { x: (0.0, 1.0), y: (2.0, 3.0), shade: 0.25 });
            panel.levels.push(Level { label: label.clone(), style, value: 1e-7 });
            panel.strokes.push(Stroke { label: label.clone(), style, path: vec![(0.0, 0.0), (1.0, 2.0)] });
            panel.ranges.push(Range { label: label.clone(), style, at: 4.0, low: -1.0, centre: 0.3, high: 2.0 });
            panel.points.push(Points::new(label.clone(), style, vec![(5.0, 1.0 / 3.0)]));
            panel.notes.push(Note { text: "here".to_owned(), at: (6.0, 7.0), side: Side::Left });
            panel.remarks.push("A 4 %, B 12 %".to_owned());
        });
        let expected = [
            "tile,,0,2,,,1,3,0.25",
            "level,s,,1e-7,,,,,",
            "stroke,s,0,0,,,,,",
            "stroke,s,1,2,,,,,",
            "range,s,0.3,4,-1,2,,,",
            "point,s,5,0.3333333333333333,,,,,",
            "note,here,6,7,,,,,",
            "remark,\"A 4 %, B 12 %\",,,,,,,",
        ];
        assert_eq!(lines, expected);
        let columns = COLUMNS.split(',').count() - 1;
        assert!(lines.iter().take(7).all(|line| line.split(',').count() == columns), "{lines:?}");
    }

    #[test]
    fn panels_are_told_apart() {
        let mut panels = vec![panel("cifar10"), panel(""), panel("svhn"), panel("svhn")];
        let level = Level { label: String::new(), style: Style::level(), value: 1.0 };
        panels.iter_mut().for_each(|panel| panel.levels.push(level.clone()));
        let csv = Figure::new(3.3, panels).csv();
        let names: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert_eq!(names, ["cifar10", "2", "svhn (3)", "svhn (4)"]);
    }
}
