//! The figure as a document: its own SVG as vectors on one page, with text that can be selected and searched.

use krilla::geom::Size;
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::usvg::Tree;

use super::error::FigureError;
use super::png::options;
use super::value::Figure;

/// Points in an inch.
const DPI: f32 = 72.0;

impl Figure {
    /// Draws the figure as PDF, on a page of its own size; the same figure gives the same bytes.
    pub fn pdf(&self) -> Result<Vec<u8>, FigureError> {
        let drawing = self.draw()?;
        let tree = Tree::from_str(&with_own_opacity(&drawing.svg), &options(DPI)).map_err(FigureError::Parse)?;
        let failed = || FigureError::Pdf(format!("its size is {} x {} points", drawing.width, drawing.height));
        let size = Size::from_wh(tree.size().width(), tree.size().height()).ok_or_else(failed)?;
        let mut document = Document::new_with(settings());
        let mut page = document.start_page_with(PageSettings::new(size));
        let mut surface = page.surface();
        surface.draw_svg(&tree, size, SvgSettings::default()).ok_or_else(failed)?;
        surface.finish();
        page.finish();
        document.finish().map_err(|error| FigureError::Pdf(format!("{error:?}")))
    }
}

/// Lets fills and lines have their own opacity, where plotters gives it to the element: each such element would become
/// a group of its own in the document, which makes scatter plots large and slow to show.
fn with_own_opacity(svg: &str) -> String {
    let own = |line: &str| match line.split_once(' ') {
        Some(("<polyline", _)) => line.replacen(" opacity=", " stroke-opacity=", 1),
        Some(("<polygon" | "<circle", _)) => line.replacen(" opacity=", " fill-opacity=", 1),
        _ => line.to_owned(),
    };
    svg.lines().map(own).collect::<Vec<_>>().join("\n")
}

/// Leaves out all that says when and by what the file was made.
fn settings() -> SerializeSettings {
    SerializeSettings { xmp_metadata: false, enable_tagging: false, ..SerializeSettings::default() }
}

#[cfg(test)]
mod tests {
    use super::super::value::{Axis, Panel, Quantity};
    use super::*;

    fn figure() -> Figure {
        let panel = Panel::new("CIFAR-10", Axis::linear("x", Quantity::Count), Axis::log("y", Quantity::Points));
        Figure::new(2.5, vec![panel])
    }

    #[test]
    fn the_same_figure_gives_the_same_bytes() -> Result<(), FigureError> {
        let pdf = figure().pdf()?;
        assert!(pdf.starts_with(b"%PDF-1."));
        assert_eq!(pdf, figure().pdf()?);
        assert!(!String::from_utf8_lossy(&pdf).contains("Date"));
        Ok(())
    }

    #[test]
    fn the_page_is_as_large_as_the_figure() -> Result<(), FigureError> {
        let pdf = figure().pdf()?;
        let text = String::from_utf8_lossy(&pdf);
        let (_, rest) = text.split_once("/MediaBox[").unwrap_or_default();
        let corners: Vec<f64> = rest
            .split(']')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        assert_eq!(corners.len(), 4, "{text}");
        let drawing = figure().draw()?;
        assert!((corners[2] - 180.0).abs() < 0.01 && (corners[3] - drawing.height).abs() < 0.03, "{corners:?}");
        Ok(())
    }

    #[test]
    fn the_font_is_embedded() -> Result<(), FigureError> {
        let pdf = figure().pdf()?;
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.contains("/FontFile2") && text.contains("+DejaVuSans"), "{text}");
        Ok(())
    }

    #[test]
    fn opacity_goes_to_fills_and_lines() {
        let svg = "<polygon class=\"band\" opacity=\"0.2\"/>\n<polyline opacity=\"1\"/>\n<text opacity=\"1\">";
        let expected = svg.replacen(" opacity", " fill-opacity", 1).replacen(" opacity", " stroke-opacity", 1);
        assert_eq!(with_own_opacity(svg), expected);
    }
}
