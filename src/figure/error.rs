//! What can be wrong with a figure.

use thiserror::Error;

/// Says why a figure could not be drawn.
#[derive(Debug, Error)]
pub enum FigureError {
    /// The figure has no panel.
    #[error("the figure has no panels")]
    NoPanels,
    /// A size is not a positive, finite number, or is absurdly large.
    #[error("the figure's {name} is {value}, expected a number above 0 and at most {most}")]
    Size {
        /// Names the size, with its unit.
        name: &'static str,
        /// The size found.
        value: f64,
        /// The largest size that is drawn.
        most: f64,
    },
    /// A mark or an axis holds a number that is not finite, or whose size is beyond 10^-200 to 10^200.
    #[error("`{label}` holds {value}, which cannot be drawn")]
    Number {
        /// Names the mark or axis, or the panel of a tile.
        label: String,
        /// The number found.
        value: f64,
    },
    /// The x values of a curve or its band go backwards.
    #[error("the x values of `{label}` go backwards at position {position}")]
    Unordered {
        /// Names the curve.
        label: String,
        /// Position of the first pair that lies left of the one before it.
        position: usize,
    },
    /// A band's lower edge lies above its upper edge.
    #[error("the band of `{label}` is upside down at position {position}")]
    UpsideDown {
        /// Names the curve.
        label: String,
        /// Position of the first triple whose lower edge is above its upper edge.
        position: usize,
    },
    /// A range or tile ends before it begins.
    #[error("{kind} {position} of `{label}` ends before it begins")]
    Backwards {
        /// Says what it is.
        kind: &'static str,
        /// Names the range, or the panel of a tile.
        label: String,
        /// Position among the panel's ranges or tiles.
        position: usize,
    },
    /// An opacity or a shade is not between 0 and 1.
    #[error("the {name} of `{label}` is {value}, expected a number from 0 to 1")]
    Share {
        /// Names the quantity.
        name: &'static str,
        /// Names the points, or the panel of a tile.
        label: String,
        /// The number found.
        value: f64,
    },
    /// The labels leave no room for the axes.
    #[error("the labels leave {left:.0} pt of the figure's width for axes, expected at least {least:.0} pt a panel")]
    Narrow {
        /// Width left for each panel's axes, in points.
        left: f64,
        /// Least width that is drawn, in points.
        least: f64,
    },
    /// The drawing back end failed or wrote something unforeseen.
    #[error("cannot write the figure as SVG: {0}")]
    Svg(String),
    /// The embedded font is damaged.
    #[error("cannot read the embedded font")]
    Font(#[source] ttf_parser::FaceParsingError),
    /// The figure's own SVG could not be read back.
    #[error("cannot read the figure's SVG")]
    Parse(#[source] resvg::usvg::Error),
    /// The image could not be made or encoded.
    #[error("cannot make a PNG of {width} x {height} pixels: {reason}")]
    Png {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// What went wrong.
        reason: String,
    },
    /// The document could not be made.
    #[error("cannot make a PDF: {0}")]
    Pdf(String),
}
