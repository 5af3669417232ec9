//! A drawn figure with the places of its axes, from which a web page finds the values under the mouse.

use serde::Serialize;

use super::layout::{Layout, Placed};

/// A figure as SVG, and where its panels are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drawing {
    /// The picture.
    pub svg: String,
    /// Width of the picture in points.
    pub width: f64,
    /// Height of the picture in points.
    pub height: f64,
    /// The panels, in the order of the figure's.
    pub places: Vec<PanelPlace>,
}

/// Where a panel's axes lie, in points from the picture's upper left corner, and what they cover.
///
/// Along a logarithmic axis equal ratios lie equally far apart, along others equal differences. Between floor and
/// bottom lies the strip for zeros, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PanelPlace {
    /// Left end of the horizontal axis.
    pub left: f64,
    /// Right end of the horizontal axis.
    pub right: f64,
    /// Upper end of the vertical axis.
    pub top: f64,
    /// Lower end of the vertical axis.
    pub floor: f64,
    /// The horizontal axis.
    pub bottom: f64,
    /// Values at the left and at the right end.
    pub x: (f64, f64),
    /// Says whether the horizontal axis is logarithmic.
    pub x_log: bool,
    /// Values at the floor and at the top.
    pub y: (f64, f64),
    /// Says whether the vertical axis is logarithmic.
    pub y_log: bool,
}

impl Drawing {
    /// Joins a picture with the places of its layout.
    pub(super) fn new(svg: String, layout: &Layout<'_>) -> Self {
        let places = layout.panels.iter().map(PanelPlace::of).collect();
        Self { svg, width: layout.width, height: layout.height, places }
    }
}

impl PanelPlace {
    fn of(placed: &Placed<'_>) -> Self {
        let frame = &placed.frame;
        Self {
            left: frame.left,
            right: frame.right(),
            top: frame.top,
            floor: frame.floor(),
            bottom: frame.bottom(),
            x: frame.x.ends(),
            x_log: frame.x.is_log(),
            y: frame.y.ends(),
            y_log: frame.y.is_log(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::FigureError;
    use super::super::style::Style;
    use super::super::value::{Axis, Figure, Panel, Points, Quantity};

    #[test]
    fn places_map_paper_to_values() -> Result<(), FigureError> {
        let x = Axis { reversed: true, at_least: Some((1.0, 5.0)), ..Axis::linear("rank", Quantity::Count) };
        let mut panel = Panel::new("", x, Axis::log("regret", Quantity::Points));
        panel.points.push(Points::new("", Style::strategy(0), vec![(2.0, 0.5), (3.0, 0.0)]));
        let drawing = Figure::new(3.3, vec![panel]).draw()?;
        let place = drawing.places[0];
        assert!(place.x.0 > 5.0 && place.x.1 < 1.0 && !place.x_log, "{place:?}");
        assert!(place.y.0 < 0.5 && place.y.1 > 0.5 && place.y_log, "{place:?}");
        assert!(place.top < place.floor && place.floor < place.bottom && place.bottom < drawing.height);
        assert!(place.left > 0.0 && place.right < drawing.width);
        // The point at (2, 0.5) is the middle of a logarithmic axis around it, and its disc is drawn there.
        let middle = (place.top + place.floor) / 2.0;
        let share = (2.0 - place.x.0) / (place.x.1 - place.x.0);
        let across = place.left + share * (place.right - place.left);
        let disc = format!("cx=\"{:.0}\" cy=\"{:.0}\"", across * 20.0, middle * 20.0);
        assert!(drawing.svg.contains(&disc), "{disc}");
        Ok(())
    }
}
