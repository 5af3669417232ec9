//! The sheet that is drawn on: lengths in points go in, the text of an SVG comes out.
//!
//! plotters writes the elements, in whole units of a twentieth of a point. It knows neither dashes nor classes nor a
//! size on paper; they are put into its text afterwards, so that a dash is an attribute that other programs can still
//! change, and runs round corners. No element has an id, so that many figures can stand in one page.

use plotters::prelude::{DrawingBackend, FontTransform, IntoFont, RGBAColor, SVGBackend, ShapeStyle, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::error::FigureError;
use super::frame::Place;
use super::style::Colour;
use super::text::FAMILY;
use crate::base::printable;

/// Units of the drawing in a point.
const UNITS: f64 = 20.0;

/// Points in an inch.
pub(super) const INCH: f64 = 72.0;

/// plotters draws text at its size over this.
const SHRINKAGE: f64 = 1.24;

/// Height from a text's baseline to what plotters calls its top, in font sizes.
const ASCENT: f64 = 0.76;

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    pub(super) colour: Colour,
    pub(super) opacity: f64,
    /// Width in points.
    pub(super) width: f64,
    /// Lengths drawn and skipped, in widths.
    pub(super) dashes: &'static [f64],
}

impl Ink {
    /// Makes an unbroken black line of this width.
    pub(super) const fn black(width: f64) -> Self {
        Self { colour: Colour::BLACK, opacity: 1.0, width, dashes: &[] }
    }
}

/// Where a text's anchor lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Left,
    Centre,
    Right,
}

/// What a filled polygon is, beyond its looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing that anybody would look for.
    Shape,
    /// A curve's band, which style sheets find by its class.
    Band,
    /// One of many that touch; without smoothed edges no gap is seen between them.
    Tile,
}

impl Role {
    fn attributes(self) -> &'static str {
        match self {
            Self::Shape => "",
            Self::Band => "class=\"band\" ",
            Self::Tile => "shape-rendering=\"crispEdges\" ",
        }
    }
}

/// What plotters does not write, in the order of drawing.
#[derive(Default)]
struct Extras {
    /// What to add to each polyline.
    strokes: Vec<String>,
    /// What to add to each polygon.
    fills: Vec<String>,
}

/// A sheet of paper.
pub(super) struct Sheet<'a> {
    backend: SVGBackend<'a>,
    extras: &'a mut Extras,
}

/// Draws on a sheet of this width and height in points, and gives the SVG.
pub(super) fn draw_sheet(
    (width, height): (f64, f64),
    draw: impl FnOnce(&mut Sheet<'_>) -> Result<(), FigureError>,
) -> Result<String, FigureError> {
    let (width, height) = (units(width).unsigned_abs(), units(height).unsigned_abs());
    let (mut text, mut extras) = (String::new(), Extras::default());
    let mut sheet = Sheet { backend: SVGBackend::with_string(&mut text, (width, height)), extras: &mut extras };
    let paper = ShapeStyle::from(&colour(Colour::WHITE, 1.0)).filled();
    let corner = (width.cast_signed(), height.cast_signed());
    sheet.backend.draw_rect((0, 0), corner, &paper, true).map_err(failed)?;
    draw(&mut sheet)?;
    sheet.backend.present().map_err(failed)?;
    drop(sheet);
    let text = with_attributes(&text, "<polyline ", &extras.strokes)?;
    with_size(&with_attributes(&text, "<polygon ", &extras.fills)?, width, height)
}

impl Sheet<'_> {
    /// Draws a line through these places.
    pub(super) fn line(&mut self, places: &[Place], ink: Ink) -> Result<(), FigureError> {
        let path = simplified(places);
        if path.len() < 2 {
            return Ok(());
        }
        self.extras.strokes.push(stroke(ink));
        let width = units(ink.width).unsigned_abs();
        let style = ShapeStyle { color: colour(ink.colour, ink.opacity), filled: false, stroke_width: width };
        self.backend.draw_path(path, &style).map_err(failed)
    }

    /// Fills the polygon with these corners.
    pub(super) fn fill(
        &mut self,
        corners: &[Place],
        filling: Colour,
        opacity: f64,
        role: Role,
    ) -> Result<(), FigureError> {
        let path = simplified(corners);
        if path.len() < 3 {
            return Ok(());
        }
        self.extras.fills.push(role.attributes().to_owned());
        let style = ShapeStyle::from(&colour(filling, opacity)).filled();
        self.backend.fill_polygon(path, &style).map_err(failed)
    }

    /// Fills a disc.
    pub(super) fn disc(
        &mut self,
        centre: Place,
        radius: f64,
        filling: Colour,
        opacity: f64,
    ) -> Result<(), FigureError> {
        let style = ShapeStyle::from(&colour(filling, opacity)).filled();
        self.backend.draw_circle(whole(centre), units(radius).unsigned_abs(), &style, true).map_err(failed)
    }

    /// Writes a black text whose anchor, on its baseline, lies at this place.
    pub(super) fn write(&mut self, text: &str, at: Place, size: f64, anchor: Anchor) -> Result<(), FigureError> {
        self.write_in(text, at, size, anchor, Colour::BLACK)
    }

    /// Writes a text in a colour, whose anchor, on its baseline, lies at this place.
    pub(super) fn write_in(
        &mut self,
        text: &str,
        at: Place,
        size: f64,
        anchor: Anchor,
        ink: Colour,
    ) -> Result<(), FigureError> {
        self.text(text, (at.0, at.1 - ASCENT * size), font(size, anchor, FontTransform::None), ink)
    }

    /// Writes a text from the bottom to the top, with its anchor, on its baseline, at this place.
    pub(super) fn write_upwards(
        &mut self,
        text: &str,
        at: Place,
        size: f64,
        anchor: Anchor,
    ) -> Result<(), FigureError> {
        self.text(text, (at.0 - ASCENT * size, at.1), font(size, anchor, FontTransform::Rotate270), Colour::BLACK)
    }

    fn text(&mut self, text: &str, at: Place, style: TextStyle<'_>, ink: Colour) -> Result<(), FigureError> {
        if text.is_empty() {
            return Ok(());
        }
        self.backend.draw_text(&printable(text), &style.color(&colour(ink, 1.0)), whole(at)).map_err(failed)
    }
}

fn font(size: f64, anchor: Anchor, turn: FontTransform) -> TextStyle<'static> {
    let side = match anchor {
        Anchor::Left => HPos::Left,
        Anchor::Centre => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    let font = (FAMILY, size * UNITS * SHRINKAGE).into_font().transform(turn);
    TextStyle::from(font).pos(Pos::new(side, VPos::Top))
}

fn failed(error: impl std::fmt::Display) -> FigureError {
    FigureError::Svg(error.to_string())
}

fn colour(Colour(red, green, blue): Colour, opacity: f64) -> RGBAColor {
    RGBAColor(red, green, blue, opacity)
}

fn units(points: f64) -> i32 {
    (points * UNITS).round() as i32
}

fn whole((across, down): Place) -> (i32, i32) {
    (units(across), units(down))
}

/// Rounds to whole units and leaves out places that add nothing to an upright or level stretch.
fn simplified(places: &[Place]) -> Vec<(i32, i32)> {
    let mut path: Vec<(i32, i32)> = Vec::with_capacity(places.len());
    for next in places.iter().copied().map(whole) {
        if let [.., before, last] = path[..]
            && is_between(before, last, next)
        {
            path.pop();
        }
        if path.last() != Some(&next) {
            path.push(next);
        }
    }
    path
}

fn is_between(before: (i32, i32), middle: (i32, i32), after: (i32, i32)) -> bool {
    let ordered = |a: i32, b: i32, c: i32| (a <= b && b <= c) || (a >= b && b >= c);
    let is_upright = before.0 == middle.0 && middle.0 == after.0 && ordered(before.1, middle.1, after.1);
    let is_level = before.1 == middle.1 && middle.1 == after.1 && ordered(before.0, middle.0, after.0);
    is_upright || is_level
}

fn stroke(ink: Ink) -> String {
    let lengths: Vec<String> = ink.dashes.iter().map(|length| units(length * ink.width).to_string()).collect();
    match lengths.is_empty() {
        true => "stroke-linejoin=\"round\" ".to_owned(),
        false => format!("stroke-linejoin=\"round\" stroke-dasharray=\"{}\" ", lengths.join(" ")),
    }
}

/// Adds attributes to the elements that begin like this, one text to each.
fn with_attributes(svg: &str, tag: &str, attributes: &[String]) -> Result<String, FigureError> {
    // Texts cannot hold a tag, since their angle brackets are escaped.
    let mut parts = svg.split(tag);
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut attributes = attributes.iter();
    for part in parts {
        let added = attributes.next().ok_or_else(|| failed("more elements than were drawn"))?;
        out.extend([tag, added, part]);
    }
    match attributes.next() {
        Some(_) => Err(failed("fewer elements than were drawn")),
        None => Ok(out),
    }
}

/// Gives the root element its size in inches.
fn with_size(svg: &str, width: u32, height: u32) -> Result<String, FigureError> {
    let (_, body) = svg.split_once('>').ok_or_else(|| failed("no root element"))?;
    let inches = |units: u32| f64::from(units) / (UNITS * INCH);
    let (wide, high) = (inches(width), inches(height));
    let root = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.4}in\" height=\"{high:.4}in\" viewBox=\"0 0 {width} {height}\">"
    );
    Ok(root + body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(draw: impl FnOnce(&mut Sheet<'_>) -> Result<(), FigureError>) -> Result<String, FigureError> {
        draw_sheet((72.0, 36.0), draw)
    }

    #[test]
    fn the_size_is_in_inches() -> Result<(), FigureError> {
        let svg = drawn(|_| Ok(()))?;
        assert!(svg.contains(r#"width="1.0000in" height="0.5000in" viewBox="0 0 1440 720""#), "{svg}");
        Ok(())
    }

    #[test]
    fn dashes_go_to_their_own_lines() -> Result<(), FigureError> {
        let path = [(0.0, 0.0), (10.0, 0.0), (10.0, 5.0)];
        let svg = drawn(|sheet| {
            sheet.line(&path, Ink::black(1.0))?;
            sheet.write("<polyline ", (1.0, 1.0), 8.0, Anchor::Left)?;
            sheet.line(&path, Ink { dashes: &[5.0, 1.5], ..Ink::black(1.0) })
        })?;
        let lines: Vec<&str> = svg.lines().filter(|line| line.starts_with("<polyline")).collect();
        assert_eq!(lines.len(), 2);
        assert!(!lines[0].contains("dasharray") && lines[1].contains(r#"stroke-dasharray="100 30""#), "{svg}");
        Ok(())
    }

    #[test]
    fn level_stretches_have_two_ends() {
        let path = simplified(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (2.0, 0.5), (2.0, 0.5)]);
        assert_eq!(path, [(0, 0), (40, 0), (40, 20), (40, 10)]);
    }

    #[test]
    fn texts_are_escaped() -> Result<(), FigureError> {
        let svg = drawn(|sheet| sheet.write("a<b & \u{1}c", (1.0, 9.0), 7.0, Anchor::Left))?;
        assert!(svg.contains("a&lt;b &amp;  c") && svg.contains(r#"font-size="140""#), "{svg}");
        Ok(())
    }

    #[test]
    fn roles_go_to_their_own_polygons() -> Result<(), FigureError> {
        let corners = [(0.0, 0.0), (10.0, 0.0), (10.0, 5.0)];
        let svg = drawn(|sheet| {
            sheet.fill(&corners, Colour::GREY, 1.0, Role::Shape)?;
            sheet.fill(&corners[..2], Colour::GREY, 0.2, Role::Tile)?;
            sheet.fill(&corners, Colour::GREY, 0.2, Role::Band)
        })?;
        let polygons: Vec<&str> = svg.lines().filter(|line| line.starts_with("<polygon")).collect();
        assert_eq!(polygons.len(), 2);
        assert!(!polygons[0].contains("class") && polygons[1].starts_with("<polygon class=\"band\" "), "{svg}");
        Ok(())
    }

    #[test]
    fn texts_have_colours() -> Result<(), FigureError> {
        let svg = drawn(|sheet| sheet.write_in("a", (1.0, 9.0), 7.0, Anchor::Left, Colour::WHITE))?;
        assert!(svg.lines().any(|line| line.starts_with("<text") && line.contains("fill=\"#FFFFFF\"")), "{svg}");
        Ok(())
    }
}
