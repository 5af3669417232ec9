//! Where papers appear, and how wide their columns are.
//!
//! Widths are those that the LaTeX styles set: one column of 5.5 in (NeurIPS, ICLR), 6 in (JMLR) and 6.5 in (TMLR);
//! two columns of 3.25 in across 6.75 in (ICML, AISTATS, UAI), 3.25 in across 6.875 in (CVPR) and 3.3 in across
//! 6.975 in (AAAI).

use super::value::Figure;
use crate::base::nearest;

/// A conference or journal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Venue {
    /// Its name in small letters.
    pub name: &'static str,
    /// Width of a column in inches; that of the text where there is but one.
    pub column: f64,
    /// Width of the text in inches.
    pub text: f64,
    /// Size of a figure's titles and axis labels in points.
    pub font_size: f64,
}

/// How much of the page a figure takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// One column.
    Column,
    /// The whole text.
    Text,
}

/// All venues that are known.
pub const VENUES: [Venue; 9] = [
    Venue::single("neurips", 5.5),
    Venue::single("iclr", 5.5),
    Venue { font_size: 8.0, ..Venue::double("icml", 3.25, 6.75) },
    Venue::double("aistats", 3.25, 6.75),
    Venue::double("uai", 3.25, 6.75),
    Venue::double("cvpr", 3.25, 6.875),
    Venue::double("aaai", 3.3, 6.975),
    Venue::single("jmlr", 6.0),
    Venue::single("tmlr", 6.5),
];

impl Venue {
    const fn single(name: &'static str, text: f64) -> Self {
        Self::double(name, text, text)
    }

    const fn double(name: &'static str, column: f64, text: f64) -> Self {
        Self { name, column, text, font_size: 9.0 }
    }

    /// Finds the venue of this name, in small or capital letters.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        VENUES.into_iter().find(|venue| venue.name.eq_ignore_ascii_case(name))
    }

    /// Finds the name of the venue that is most like this one, if any is like it at all.
    #[must_use]
    pub fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, VENUES.iter().map(|venue| venue.name))
    }

    /// Gives a figure's width in inches.
    #[must_use]
    pub fn width(&self, breadth: Breadth) -> f64 {
        match breadth {
            Breadth::Column => self.column,
            Breadth::Text => self.text,
        }
    }
}

impl Figure {
    /// Gives the figure a venue's width and size of text.
    #[must_use]
    pub fn for_venue(self, venue: &Venue, breadth: Breadth) -> Self {
        Self { width: venue.width(breadth), font_size: venue.font_size, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::{Axis, Panel, Quantity};
    use super::*;

    #[test]
    fn names_are_found_and_misspelt_ones_have_a_neighbour() {
        assert!(VENUES.iter().all(|venue| Venue::named(&venue.name.to_uppercase()) == Some(*venue)));
        assert_eq!(Venue::named("nips"), None);
        assert_eq!(Venue::nearest("neurops"), Some("neurips"));
        assert_eq!(Venue::nearest("journal of chemistry"), None);
    }

    #[test]
    fn columns_fit_into_the_text() {
        for venue in VENUES {
            assert!(venue.column == venue.text || 2.0 * venue.column < venue.text, "{venue:?}");
        }
    }

    #[test]
    fn a_figure_takes_a_venues_sizes() {
        let axis = Axis::linear("", Quantity::Points);
        let figure = Figure::new(1.0, vec![Panel::new("", axis.clone(), axis)]);
        let icml = Venue::named("icml").unwrap();
        let figure = figure.for_venue(&icml, Breadth::Column);
        assert_eq!((figure.width, figure.font_size), (3.25, 8.0));
        assert_eq!(figure.for_venue(&icml, Breadth::Text).width, 6.75);
    }
}
