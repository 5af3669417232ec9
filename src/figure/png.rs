//! The figure as an image: its own SVG, rasterised with the embedded font only.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::error::FigureError;
use super::text::FONT;
use super::value::Figure;

/// Dots per inch of printed figures.
pub const PRINT_DPI: f32 = 300.0;

/// Highest resolution that is drawn.
const MOST_DPI: f32 = 4800.0;

impl Figure {
    /// Draws the figure as PNG at a resolution in dots per inch, which the file records.
    pub fn png(&self, dpi: f32) -> Result<Vec<u8>, FigureError> {
        if !(dpi > 0.0 && dpi <= MOST_DPI) {
            let (value, most) = (f64::from(dpi), f64::from(MOST_DPI));
            return Err(FigureError::Size { name: "resolution in dots per inch", value, most });
        }
        rasterise(&self.svg()?, dpi)
    }
}

fn rasterise(svg: &str, dpi: f32) -> Result<Vec<u8>, FigureError> {
    let tree = Tree::from_str(svg, &options(dpi)).map_err(FigureError::Parse)?;
    let size = tree.size().to_int_size();
    let (width, height) = (size.width(), size.height());
    let failed = |reason: String| FigureError::Png { width, height, reason };
    let mut image = Pixmap::new(width, height).ok_or_else(|| failed("too large".to_owned()))?;
    resvg::render(&tree, Transform::identity(), &mut image.as_mut());
    let png = image.encode_png().map_err(|error| failed(error.to_string()))?;
    Ok(with_resolution(&png, dpi))
}

/// Makes options under which an inch has `dpi` pixels and no font but the embedded one exists.
pub(super) fn options(dpi: f32) -> Options<'static> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    Options { dpi, fontdb: Arc::new(fonts), ..Options::default() }
}

/// Adds the resolution to a PNG, so that programs place it at its true size.
fn with_resolution(png: &[u8], dpi: f32) -> Vec<u8> {
    // The header is 8 bytes of signature and one chunk of 13 bytes with its length, name and check sum.
    const HEADER: usize = 8 + 4 + 4 + 13 + 4;
    let per_metre = (f64::from(dpi) / 0.0254).round() as u32;
    let mut chunk = b"pHYs".to_vec();
    chunk.extend(per_metre.to_be_bytes());
    chunk.extend(per_metre.to_be_bytes());
    chunk.push(1);
    let (header, rest) = png.split_at(HEADER.min(png.len()));
    [header, &9_u32.to_be_bytes(), &chunk, &check_sum(&chunk).to_be_bytes(), rest].concat()
}

/// Computes the CRC-32 that ends each chunk of a PNG.
fn check_sum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
    let add = |sum: u32, &byte: &u8| (0..8).fold(sum ^ u32::from(byte), step);
    !bytes.iter().fold(u32::MAX, add)
}

#[cfg(test)]
mod tests {
    use super::super::value::{Axis, Panel, Quantity};
    use super::*;

    fn figure() -> Figure {
        Figure::new(2.0, vec![Panel::new("", Axis::linear("x", Quantity::Count), Axis::log("y", Quantity::Points))])
    }

    #[test]
    fn the_check_sum_is_that_of_png() {
        assert_eq!(check_sum(b"IEND"), 0xae42_6082);
    }

    #[test]
    fn an_inch_has_as_many_pixels_as_asked_for() -> Result<(), FigureError> {
        let png = figure().png(100.0)?;
        assert_eq!(png[16..20], 200_u32.to_be_bytes());
        assert_eq!(png[37..41], *b"pHYs");
        assert_eq!(png[41..45], 3937_u32.to_be_bytes());
        Ok(())
    }

    #[test]
    fn the_same_figure_gives_the_same_bytes() -> Result<(), FigureError> {
        assert_eq!(figure().png(50.0)?, figure().png(50.0)?);
        Ok(())
    }

    #[test]
    fn absurd_resolutions_are_refused() {
        for dpi in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert!(matches!(figure().png(dpi), Err(FigureError::Size { .. })));
        }
    }
}
