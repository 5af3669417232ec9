//! Draws a figure that has been laid out.

use super::axes::{draw_axes, draw_grid};
use super::draw_marks::{draw_notes, draw_points, draw_ranges, draw_remarks, draw_strokes, draw_tiles};
use super::drawing::Drawing;
use super::error::FigureError;
use super::layout::{Layout, Placed, lay_out};
use super::marks::draw_marker;
use super::style::Style;
use super::svg::{Anchor, Ink, Role, Sheet, draw_sheet};
use super::text::Ruler;
use super::value::{Curve, Figure};

/// Opacity of bands; several may lie on top of each other.
const BAND: f64 = 0.2;

impl Figure {
    /// Draws the figure as SVG, with its size in inches; the same figure gives the same bytes on every machine.
    pub fn svg(&self) -> Result<String, FigureError> {
        Ok(self.draw()?.svg)
    }

    /// Draws the figure as SVG and says where its axes are.
    pub fn draw(&self) -> Result<Drawing, FigureError> {
        self.check()?;
        let ruler = Ruler::new()?;
        let figure = self.legible(&ruler);
        let layout = lay_out(&figure, &ruler)?;
        let svg = draw_sheet((layout.width, layout.height), |sheet| draw(sheet, &layout, &ruler))?;
        Ok(Drawing::new(svg, &layout))
    }
}

impl Ink {
    /// Gives the ink of a curve or level.
    pub(super) fn of(style: Style) -> Self {
        Self { colour: style.colour, opacity: 1.0, width: style.width, dashes: style.dash.pattern() }
    }
}

fn draw(sheet: &mut Sheet<'_>, layout: &Layout<'_>, ruler: &Ruler) -> Result<(), FigureError> {
    for placed in &layout.panels {
        draw_grid(sheet, placed)?;
        draw_tiles(sheet, placed)?;
        draw_levels(sheet, placed)?;
        draw_strokes(sheet, placed)?;
        draw_curves(sheet, placed)?;
        draw_ranges(sheet, placed)?;
        draw_points(sheet, placed)?;
        draw_axes(sheet, placed, layout.sizes, ruler)?;
        draw_notes(sheet, placed, layout.sizes.small, ruler)?;
        draw_remarks(sheet, placed, layout.sizes.small)?;
    }
    for shared in &layout.x_labels {
        let label = ruler.fit(shared.label, layout.sizes.large, layout.width);
        sheet.write(&label, (shared.centre, shared.baseline), layout.sizes.large, Anchor::Centre)?;
    }
    layout.legend.draw(sheet, ruler)
}

fn draw_levels(sheet: &mut Sheet<'_>, placed: &Placed<'_>) -> Result<(), FigureError> {
    let frame = &placed.frame;
    for level in &placed.panel.levels {
        let down = frame.down(level.value);
        sheet.line(&[(frame.left, down), (frame.right(), down)], Ink::of(level.style))?;
    }
    Ok(())
}

/// Draws all bands, then all lines, then all markers, so that no curve hides another's line.
fn draw_curves(sheet: &mut Sheet<'_>, placed: &Placed<'_>) -> Result<(), FigureError> {
    let (frame, curves) = (&placed.frame, &placed.panel.curves);
    for curve in curves {
        sheet.fill(&frame.outline(curve), curve.style.colour, BAND, Role::Band)?;
    }
    for curve in curves {
        sheet.line(&frame.trace(curve.steps.iter().copied()), Ink::of(curve.style))?;
    }
    let marked: Vec<&Curve> = curves.iter().filter(|curve| curve.style.marker.is_some()).collect();
    for (number, curve) in marked.iter().enumerate() {
        let phase = (number as f64 + 0.5) / marked.len() as f64;
        for place in frame.markers(curve, phase) {
            curve.style.marker.map_or(Ok(()), |marker| draw_marker(sheet, marker, place, curve.style.colour))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::value::{Axis, Level, Panel, Quantity};
    use super::*;

    fn panel(title: &str) -> Panel {
        let x = Axis::log("Simulated time", Quantity::Seconds);
        let mut panel = Panel::new(title, x, Axis::log("Test regret (points)", Quantity::Points));
        panel.levels.push(Level { label: "Average architecture".to_owned(), style: Style::level(), value: 7.9 });
        for (number, label) in ["Evolution", "Local search"].into_iter().enumerate() {
            panel.curves.push(Curve {
                label: label.to_owned(),
                style: Style::strategy(number),
                steps: vec![(0.0, 8.0), (1e3, 8.0), (2e4, 1.0), (1e6, 0.0)],
                band: vec![(1e3, 7.0, 9.0), (2e4, 0.0, 2.0), (1e6, 0.0, 0.5)],
            });
        }
        panel
    }

    fn figure() -> Figure {
        Figure::new(6.75, vec![panel("CIFAR-10"), panel("CIFAR-100"), panel("ImageNet16-120")])
    }

    /// Lists the places in the `points` of all elements.
    fn points(svg: &str) -> Vec<(i32, i32)> {
        let lists = svg.split("points=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let places = lists.flat_map(str::split_whitespace).filter_map(|place| place.split_once(','));
        places.filter_map(|(across, down)| Some((across.parse().ok()?, down.parse().ok()?))).collect()
    }

    #[test]
    fn the_same_figure_gives_the_same_bytes() -> Result<(), FigureError> {
        assert_eq!(figure().svg()?, figure().svg()?);
        Ok(())
    }

    #[test]
    fn nothing_lies_outside_the_paper() -> Result<(), FigureError> {
        let points = points(&figure().svg()?);
        assert!(points.len() > 100);
        assert!(points.iter().all(|&(across, down)| (0..=9720).contains(&across) && down >= 0), "{points:?}");
        Ok(())
    }

    #[test]
    fn labels_that_panels_share_are_written_once() -> Result<(), FigureError> {
        let svg = figure().svg()?;
        for label in ["Simulated time", "Test regret (points)", "Evolution", "Local search", "Average architecture"] {
            assert_eq!(svg.matches(label).count(), 1, "{label}");
        }
        assert_eq!(svg.matches("optimum").count(), 3);
        Ok(())
    }

    #[test]
    fn dashes_and_sizes_are_in_the_text() -> Result<(), FigureError> {
        let svg = figure().svg()?;
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"6.7500in\""), "{svg}");
        // The level's dots in three panels and the legend, and as many dashes of the second curve.
        assert_eq!(svg.matches("stroke-dasharray").count(), 8);
        Ok(())
    }

    #[test]
    fn bands_have_a_class_and_nothing_has_an_id() -> Result<(), FigureError> {
        let svg = figure().svg()?;
        assert_eq!(svg.matches("<polygon class=\"band\" ").count(), 6);
        assert!(!svg.contains(" id=") && !svg.contains("url(#"), "{svg}");
        Ok(())
    }
}
