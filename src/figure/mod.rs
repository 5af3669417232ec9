//! Figures for papers: regret curves and their like, as values first and drawn second.
//!
//! A [`Figure`] says what is shown: panels with axes, step curves with bands, levels, intervals, points and so on. It
//! knows nothing of places on paper and is tested without drawing. [`Figure::svg`] lays it out and draws it;
//! [`Figure::png`] and [`Figure::pdf`] are made from that same SVG, [`Figure::csv`] lists the numbers drawn, and
//! [`Figure::draw`] tells a web page where the axes are. Start at [`Figure::new`].
//!
//! ```
//! # use nasreplay::figure;
//! use figure::{Axis, Curve, Figure, Panel, Quantity, Style};
//!
//! let x = Axis::log("Simulated time", Quantity::Seconds);
//! let y = Axis::log("Test regret (points)", Quantity::Points);
//! let mut panel = Panel::new("CIFAR-10", x, y);
//! panel.curves.push(Curve {
//!     label: "Regularised evolution".to_owned(),
//!     style: Style::strategy(0),
//!     steps: vec![(700.0, 7.9), (5_000.0, 1.2), (90_000.0, 0.0)],
//!     band: vec![(700.0, 7.0, 8.8), (5_000.0, 0.9, 1.6), (90_000.0, 0.0, 0.1)],
//! });
//! let svg = Figure::new(3.3, vec![panel]).svg()?;
//! # assert!(svg.starts_with("<svg"));
//! # Ok::<(), figure::FigureError>(())
//! ```
//!
//! What holds for every figure:
//!
//! - Nothing is clipped: axes follow the data. On a logarithmic vertical axis, zeros lie in a strip of their own.
//! - Curves are step functions and drawn as such; no value is shown that the data do not hold.
//! - Curves differ in colour, dash and marker, so that grey prints can be read.
//! - The SVG has the same bytes on every machine: text is measured in an embedded font, and places are computed with
//!   nothing but exact arithmetic and `libm`.
//!
//! Statistics are left to others: curves and bands arrive here computed.

mod axes;
mod check;
mod data;
mod draw;
mod draw_marks;
mod drawing;
mod error;
mod frame;
mod kinds;
mod layout;
mod legend;
mod legible;
mod marks;
mod names;
mod number;
mod pdf;
mod png;
mod span;
mod spots;
mod style;
mod svg;
mod text;
mod thin;
mod ticks;
mod value;
mod venue;

pub use drawing::{Drawing, PanelPlace};
pub use error::FigureError;
pub use kinds::{KINDS, Kind, Options, Scene, Spread, find_kind};
pub use png::PRINT_DPI;
pub use style::{Colour, Dash, Marker, Style};
pub use value::{Axis, Curve, Figure, Level, Note, Panel, Points, Quantity, Range, Scale, Side, Stroke, Tile};
pub use venue::{Breadth, VENUES, Venue};
