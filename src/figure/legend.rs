//! The legend: one for all panels, below them, in as few rows as fit.

use super::error::FigureError;
use super::frame::Place;
use super::marks::draw_marker;
use super::style::Style;
use super::svg::{Anchor, Ink, Sheet};
use super::text::Ruler;
use super::value::{Panel, Points, Stroke};

/// Length of the line that shows a curve's look.
const SAMPLE: f64 = 20.0;

/// White space between the line and its label.
const SPACE: f64 = 3.5;

/// White space between columns.
const GUTTER: f64 = 10.0;

/// One line of the legend.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry<'a> {
    label: &'a str,
    style: Style,
}

/// Entries with their places.
#[derive(Debug, Default)]
pub(super) struct Legend<'a> {
    entries: Vec<Entry<'a>>,
    /// Left ends of the columns.
    lefts: Vec<f64>,
    /// Room for each label.
    room: f64,
    /// Upper end of the first row.
    top: f64,
    /// Font size.
    size: f64,
}

impl<'a> Legend<'a> {
    /// Places the legend of these panels below `top`, between two edges and as near to the middle as it fits.
    pub(super) fn new(
        panels: &'a [Panel],
        top: f64,
        (left, right): (f64, f64),
        middle: f64,
        size: f64,
        ruler: &Ruler,
    ) -> Self {
        let entries = entries(panels);
        let room = (right - left - SAMPLE - SPACE).max(0.0);
        let widths: Vec<f64> =
            entries.iter().map(|entry| SAMPLE + SPACE + ruler.width(entry.label, size).min(room)).collect();
        let columns = columns(&widths, right - left);
        let width = total(&columns);
        let mut edge = (middle - width / 2.0).min(right - width).max(left);
        let mut lefts = Vec::with_capacity(columns.len());
        for column in columns {
            lefts.push(edge);
            edge += column + GUTTER;
        }
        Self { entries, lefts, room, top, size }
    }

    /// Gives the lower end, if there is a legend at all.
    pub(super) fn bottom(&self) -> Option<f64> {
        let rows = self.entries.len().div_ceil(self.lefts.len().max(1));
        (rows > 0).then(|| self.top + rows as f64 * self.row())
    }

    fn row(&self) -> f64 {
        self.size * 1.45
    }

    /// Draws samples and labels.
    pub(super) fn draw(&self, sheet: &mut Sheet<'_>, ruler: &Ruler) -> Result<(), FigureError> {
        for (number, entry) in self.entries.iter().enumerate() {
            let left = self.lefts[number % self.lefts.len()];
            let middle = self.top + self.row() * ((number / self.lefts.len()) as f64 + 0.5);
            draw_sample(sheet, entry.style, (left, middle))?;
            let baseline = middle + ruler.capital(self.size) / 2.0;
            let label = ruler.fit(entry.label, self.size, self.room);
            sheet.write(&label, (left + SAMPLE + SPACE, baseline), self.size, Anchor::Left)?;
        }
        Ok(())
    }
}

fn draw_sample(sheet: &mut Sheet<'_>, style: Style, (left, middle): Place) -> Result<(), FigureError> {
    if style.width > 0.0 {
        sheet.line(&[(left, middle), (left + SAMPLE, middle)], Ink::of(style))?;
    }
    style.marker.map_or(Ok(()), |marker| draw_marker(sheet, marker, (left + SAMPLE / 2.0, middle), style.colour))
}

/// Lists what the panels show, each label once: curves first, then levels, points, ranges and strokes.
fn entries(panels: &[Panel]) -> Vec<Entry<'_>> {
    let listed: [fn(&Panel) -> Vec<Entry<'_>>; 5] = [curves, levels, points, ranges, strokes];
    let all = listed.iter().flat_map(|list| panels.iter().flat_map(move |panel| unnamed(panel, list(panel))));
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for entry in all.filter(|entry| !entry.label.is_empty()) {
        if entries.iter().all(|other| other.label != entry.label) {
            entries.push(entry);
        }
    }
    entries
}

/// Leaves out what stands beside a panel's axes by name.
fn unnamed<'a>(panel: &'a Panel, entries: Vec<Entry<'a>>) -> Vec<Entry<'a>> {
    let is_named = |entry: &Entry<'_>| panel.x.names.iter().chain(&panel.y.names).any(|name| name == entry.label);
    entries.into_iter().filter(|entry| !is_named(entry)).collect()
}

fn curves(panel: &Panel) -> Vec<Entry<'_>> {
    panel.curves.iter().map(|curve| Entry { label: &curve.label, style: curve.style }).collect()
}

fn levels(panel: &Panel) -> Vec<Entry<'_>> {
    panel.levels.iter().map(|level| Entry { label: &level.label, style: level.style }).collect()
}

/// Points have no line, whatever their style.
fn points(panel: &Panel) -> Vec<Entry<'_>> {
    let style = |points: &Points| Style { width: 0.0, ..points.style };
    panel.points.iter().map(|points| Entry { label: &points.label, style: style(points) }).collect()
}

fn ranges(panel: &Panel) -> Vec<Entry<'_>> {
    panel.ranges.iter().map(|range| Entry { label: &range.label, style: range.style }).collect()
}

/// Strokes have no marker, whatever their style.
fn strokes(panel: &Panel) -> Vec<Entry<'_>> {
    let style = |stroke: &Stroke| Style { marker: None, ..stroke.style };
    panel.strokes.iter().map(|stroke| Entry { label: &stroke.label, style: style(stroke) }).collect()
}

/// Gives the widths of as many columns as fit, or as few as make no more rows.
fn columns(widths: &[f64], room: f64) -> Vec<f64> {
    let most = (1..=widths.len()).rev().find(|&count| total(&column_widths(widths, count)) <= room).unwrap_or(1);
    let rows = widths.len().div_ceil(most);
    let count = if rows > 0 { widths.len().div_ceil(rows) } else { 0 };
    let balanced = column_widths(widths, count);
    if total(&balanced) <= room { balanced } else { column_widths(widths, most) }
}

fn column_widths(widths: &[f64], count: usize) -> Vec<f64> {
    let widest = |column: usize| widths.iter().skip(column).step_by(count).copied().fold(0.0, f64::max);
    (0..count).map(widest).collect()
}

fn total(columns: &[f64]) -> f64 {
    columns.iter().sum::<f64>() + GUTTER * (columns.len().max(1) - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::value::{Axis, Level, Quantity};
    use super::*;

    #[test]
    fn columns_are_as_many_as_fit_and_balanced() {
        assert_eq!(columns(&[50.0; 5], 1000.0).len(), 5);
        assert_eq!(columns(&[50.0; 5], 250.0).len(), 3);
        assert_eq!(columns(&[50.0; 5], 10.0).len(), 1);
        assert_eq!(columns(&[], 10.0).len(), 0);
    }

    #[test]
    fn a_label_is_listed_once() {
        let level = |label: &str| Level { label: label.to_owned(), style: Style::level(), value: 1.0 };
        let axis = Axis::linear("", Quantity::Points);
        let mut panel = Panel::new("", axis.clone(), axis);
        panel.levels = vec![level("average"), level(""), level("best")];
        let panels = [panel.clone(), panel];
        let labels: Vec<&str> = entries(&panels).iter().map(|entry| entry.label).collect();
        assert_eq!(labels, ["average", "best"]);
    }

    #[test]
    fn what_an_axis_names_is_not_listed() {
        let mut panel = Panel::new("", Axis::hidden(), Axis::named("", vec!["evolution".to_owned()]));
        let style = Style::strategy(0);
        panel.points = vec![Points::new("evolution", style, vec![]), Points::new("a run", style, vec![])];
        assert_eq!(entries(&[panel]), [Entry { label: "a run", style: Style { width: 0.0, ..style } }]);
    }
}
