//! Draws the marks that are no curves: tiles, strokes, ranges, points, notes and remarks.

use super::error::FigureError;
use super::frame::{Frame, Place};
use super::layout::{NOTE_GAP, Placed};
use super::marks::{draw_faint_marker, draw_marker};
use super::spots::apart;
use super::style::{Colour, Marker};
use super::svg::{Anchor, Ink, Role, Sheet};
use super::text::Ruler;
use super::value::{Note, Panel, Points, Range, Side};

/// Opacity of a range's bar.
const BAR: f64 = 0.35;

/// Most height of a range's bar.
const THICKNESS: f64 = 7.0;

/// The share of the distance between neighbouring ranges that their bars take.
const SHARE: f64 = 0.7;

/// Points nearer than this on paper to one that was drawn are left out.
const APART: f64 = 1.0;

/// The same for rings, which lie on curves and are empty inside.
const RINGS_APART: f64 = 2.5;

/// Tiles darker than this have white notes.
const DARK: f64 = 0.6;

/// Draws all tiles.
pub(super) fn draw_tiles(sheet: &mut Sheet<'_>, placed: &Placed<'_>) -> Result<(), FigureError> {
    for tile in &placed.panel.tiles {
        let corners = placed.frame.corners(tile.x, tile.y);
        sheet.fill(&corners, Colour::shade(tile.shade), 1.0, Role::Tile)?;
    }
    Ok(())
}

/// Draws all strokes.
pub(super) fn draw_strokes(sheet: &mut Sheet<'_>, placed: &Placed<'_>) -> Result<(), FigureError> {
    for stroke in &placed.panel.strokes {
        let places: Vec<Place> = stroke.path.iter().map(|&place| spot(&placed.frame, place)).collect();
        sheet.line(&places, Ink::of(stroke.style))?;
    }
    Ok(())
}

fn spot(frame: &Frame, (x, y): (f64, f64)) -> Place {
    (frame.across(x), frame.down(y))
}

/// Draws all ranges: every bar, then every tick and marker.
pub(super) fn draw_ranges(sheet: &mut Sheet<'_>, placed: &Placed<'_>) -> Result<(), FigureError> {
    let ranges = &placed.panel.ranges;
    let half = thickness(ranges, &placed.frame) / 2.0;
    for range in ranges {
        draw_bar(sheet, &placed.frame, range, half)?;
    }
    for range in ranges {
        draw_centre(sheet, &placed.frame, range, half)?;
    }
    Ok(())
}

/// Gives the height of bars that do not touch.
fn thickness(ranges: &[Range], frame: &Frame) -> f64 {
    let mut heights: Vec<f64> = ranges.iter().map(|range| frame.down(range.at)).collect();
    heights.sort_by(f64::total_cmp);
    heights.dedup();
    let nearest = heights.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    THICKNESS.min(nearest * SHARE)
}

/// Draws a bar with a fine rim, by which a light one is seen in a grey print.
fn draw_bar(sheet: &mut Sheet<'_>, frame: &Frame, range: &Range, half: f64) -> Result<(), FigureError> {
    let (left, right, middle) = (frame.across(range.low), frame.across(range.high), frame.down(range.at));
    let (top, bottom) = (middle - half, middle + half);
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
    sheet.fill(&corners, range.style.colour, BAR, Role::Shape)?;
    let rim = Ink { width: 0.5, dashes: &[], ..Ink::of(range.style) };
    sheet.line(&[corners[0], corners[1], corners[2], corners[3], corners[0]], rim)
}

fn draw_centre(sheet: &mut Sheet<'_>, frame: &Frame, range: &Range, half: f64) -> Result<(), FigureError> {
    let centre = (frame.across(range.centre), frame.down(range.at));
    let reach = half + 1.0;
    let tick = Ink { width: 1.2, dashes: &[], ..Ink::of(range.style) };
    sheet.line(&[(centre.0, centre.1 - reach), (centre.0, centre.1 + reach)], tick)?;
    range.style.marker.map_or(Ok(()), |marker| draw_marker(sheet, marker, centre, range.style.colour))
}

/// Draws all points, without those on a spot that is taken.
pub(super) fn draw_points(sheet: &mut Sheet<'_>, placed: &Placed<'_>) -> Result<(), FigureError> {
    for points in &placed.panel.points {
        if let Some(marker) = points.style.marker {
            draw_some(sheet, &placed.frame, points, marker)?;
        }
    }
    Ok(())
}

fn draw_some(sheet: &mut Sheet<'_>, frame: &Frame, points: &Points, marker: Marker) -> Result<(), FigureError> {
    let distance = if marker == Marker::Ring { RINGS_APART } else { APART };
    let (colour, opacity) = (points.style.colour, points.opacity);
    for place in apart(points.places.iter().map(|&place| spot(frame, place)), distance) {
        if opacity < 1.0 {
            draw_faint_marker(sheet, marker, place, colour, opacity)?;
        } else {
            draw_marker(sheet, marker, place, colour)?;
        }
    }
    Ok(())
}

/// Writes all notes, none beyond the panel's paper.
pub(super) fn draw_notes(
    sheet: &mut Sheet<'_>,
    placed: &Placed<'_>,
    size: f64,
    ruler: &Ruler,
) -> Result<(), FigureError> {
    for note in &placed.panel.notes {
        let (across, down) = spot(&placed.frame, note.at);
        let (anchor, at, room) = anchored(note.side, across, placed.reach);
        let text = ruler.fit(&note.text, size, room);
        let baseline = down + ruler.capital(size) / 2.0;
        sheet.write_in(&text, (at, baseline), size, anchor, colour_of(note, placed.panel))?;
    }
    Ok(())
}

/// Gives a note's anchor, where it lies, and the room there is between two edges.
fn anchored(side: Side, across: f64, (left, right): (f64, f64)) -> (Anchor, f64, f64) {
    match side {
        Side::Left => (Anchor::Right, across - NOTE_GAP, across - NOTE_GAP - left),
        Side::Centre => (Anchor::Centre, across, 2.0 * f64::min(across - left, right - across)),
        Side::Right => (Anchor::Left, across + NOTE_GAP, right - across - NOTE_GAP),
    }
}

/// Gives white on dark tiles and black elsewhere.
fn colour_of(note: &Note, panel: &Panel) -> Colour {
    let holds = |(low, high): (f64, f64), value: f64| low <= value && value <= high;
    let mut below = panel.tiles.iter().rev().filter(|tile| holds(tile.x, note.at.0) && holds(tile.y, note.at.1));
    if below.next().is_some_and(|tile| tile.shade > DARK) { Colour::WHITE } else { Colour::BLACK }
}

/// Writes the remarks below the axes.
pub(super) fn draw_remarks(sheet: &mut Sheet<'_>, placed: &Placed<'_>, size: f64) -> Result<(), FigureError> {
    for (line, baseline) in &placed.remarks {
        sheet.write(line, (placed.reach.0, *baseline), size, Anchor::Left)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::super::value::{Axis, Figure, Quantity, Stroke, Tile};
    use super::*;

    const NAMES: [&str; 3] = ["Random search", "Regularised evolution", "Bayesian optimisation with hyperband"];

    fn names() -> Vec<String> {
        NAMES.map(str::to_owned).to_vec()
    }

    fn range(number: usize, low: f64, high: f64) -> Range {
        let (label, style) = (NAMES[number].to_owned(), Style::strategy(number));
        Range { label, style, at: number as f64, low, centre: (low + high) / 2.0, high }
    }

    /// A diagram of ranks: an axis made of strokes, with names on both sides.
    fn ranks() -> Panel {
        let mut panel = Panel::new("", Axis::hidden(), Axis { lines: true, ..Axis::hidden() });
        let stroke = |path| Stroke { label: String::new(), style: Style::line(0.8), path };
        panel.strokes.push(stroke(vec![(1.0, 0.0), (3.0, 0.0)]));
        for (number, side) in [Side::Left, Side::Centre, Side::Right].into_iter().enumerate() {
            let (across, depth) = (number as f64 + 1.0, -1.5 * (number as f64 + 1.0));
            panel.strokes.push(stroke(vec![(across, 0.0), (across, depth)]));
            panel.notes.push(Note { text: NAMES[number].to_owned(), at: (across, depth), side });
        }
        panel
    }

    fn intervals() -> Panel {
        let y = Axis { reversed: true, ..Axis::named("", names()) };
        let mut panel = Panel::new("IQM", Axis::log("Normalised regret", Quantity::Points), y);
        panel.ranges = (0..3).map(|number| range(number, 0.1, 0.2 + number as f64)).collect();
        panel.remarks.push("Runs worse than the average architecture: 4 %".to_owned());
        panel
    }

    fn strips() -> Panel {
        let mut panel = Panel::new("", Axis::named("", names()), Axis::log("Regret", Quantity::Points));
        panel.points.push(Points::new("a run", Style::strategy(0), vec![(2.0, 1.0), (0.0, 0.1), (0.0, 0.0)]));
        panel
    }

    /// Lists the texts of a drawing with their left and right end; those written upwards are left out.
    fn texts(svg: &str) -> Vec<(String, f64, f64)> {
        let ruler = Ruler::new().unwrap();
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let elements = svg.split("<text").skip(1).filter_map(|rest| rest.split_once('>'));
        let level = elements.filter(|(tag, _)| !tag.contains("rotate"));
        level
            .map(|(tag, rest)| {
                let text = rest.split('<').next().unwrap().trim().to_owned();
                let width = ruler.width(&text, attribute(tag, "font-size").parse().unwrap());
                let x: f64 = attribute(tag, "x").parse().unwrap();
                let before = match attribute(tag, "text-anchor").as_str() {
                    "start" => 0.0,
                    "middle" => width / 2.0,
                    _ => width,
                };
                (text, x - before, x - before + width)
            })
            .collect()
    }

    #[test]
    fn no_text_leaves_the_paper() -> Result<(), FigureError> {
        for panels in
            [vec![ranks()], vec![intervals()], vec![strips()], vec![intervals(), strips()], vec![strips(), ranks()]]
        {
            for width in [3.25, 5.5, 6.75] {
                let svg = Figure::new(width, panels.clone()).svg()?;
                let paper = width * 72.0 * 20.0;
                let texts = texts(&svg);
                assert!(texts.len() >= 3);
                // Places are rounded to whole units, and so is the size of the font.
                let outside = texts.iter().find(|(_, left, right)| *left < -20.0 || *right > paper + 20.0);
                assert_eq!(outside, None, "{width}");
            }
        }
        Ok(())
    }

    #[test]
    fn names_are_written_in_full_where_they_fit() -> Result<(), FigureError> {
        let svg = Figure::new(6.75, vec![intervals()]).svg()?;
        assert!(NAMES.iter().all(|name| svg.matches(name).count() == 1), "{svg}");
        let svg = Figure::new(6.75, vec![ranks()]).svg()?;
        assert!(NAMES.iter().all(|name| svg.contains(name)), "{svg}");
        Ok(())
    }

    #[test]
    fn points_in_any_order_are_drawn_once_a_spot() -> Result<(), FigureError> {
        let circles = |points: Points| {
            let mut panel = strips();
            panel.points = vec![points];
            Ok::<usize, FigureError>(Figure::new(3.3, vec![panel]).svg()?.matches("<circle").count())
        };
        let places = vec![(2.0, 1.0), (0.0, 1.0), (2.0, 1.0), (2.0, 0.01), (1.0, 0.0), (1.0, 0.0)];
        let points = Points::new("", Style::strategy(0), places);
        // Each disc has a rim, unless it is translucent.
        assert_eq!(circles(points.clone())?, 2 * 4);
        assert_eq!(circles(Points { opacity: 0.5, ..points })?, 4);
        Ok(())
    }

    #[test]
    fn bars_do_not_touch() {
        let axis = Axis { at_least: Some((0.0, 100.0)), ..Axis::linear("", Quantity::Points) };
        let x = super::super::span::Span::of_x(&Panel::new("", axis.clone(), axis));
        let frame = Frame { left: 0.0, top: 0.0, width: 100.0, height: 100.0, has_strip: false, x, y: x };
        let at = |at| Range { at, ..range(0, 1.0, 2.0) };
        assert_eq!(thickness(&[at(0.0), at(90.0)], &frame), THICKNESS);
        assert!((thickness(&[at(0.0), at(90.0), at(5.0), at(5.0)], &frame) - 3.5).abs() < 1e-9);
    }

    #[test]
    fn notes_on_dark_tiles_are_white() {
        let mut panel = strips();
        panel.tiles =
            vec![Tile { x: (0.0, 1.0), y: (0.0, 1.0), shade: 0.9 }, Tile { x: (1.0, 2.0), y: (0.0, 1.0), shade: 0.2 }];
        let note = |x| Note { text: String::new(), at: (x, 0.5), side: Side::Centre };
        let colours = [0.5, 1.5, 2.5].map(|x| colour_of(&note(x), &panel));
        assert_eq!(colours, [Colour::WHITE, Colour::BLACK, Colour::BLACK]);
    }
}
