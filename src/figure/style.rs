//! Colours, dashes and markers: how curves are told apart, in colour and in grey.
//!
//! Strategies take their looks by number. Colour, dash and marker change together, so that neighbours differ three
//! times over, and each list has another length, so that a look returns only after [`Style::DISTINCT`] strategies.

/// A colour, as red, green and blue from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Black.
    pub const BLACK: Self = Self(0, 0, 0);
    /// White.
    pub const WHITE: Self = Self(255, 255, 255);
    /// The grey of the random-search reference.
    pub const GREY: Self = Self(120, 120, 120);

    /// Gives the colour of a density from 0 (a light blue) to 1 (a dark one), whose brightness falls evenly.
    #[must_use]
    pub fn shade(density: f64) -> Self {
        let between = |light: f64, dark: f64| (light + (dark - light) * density).round() as u8;
        Self(between(226.0, 0.0), between(236.0, 42.0), between(245.0, 92.0))
    }

    /// Gives the brightness that a grey print shows, from 0 (black) to 255 (white).
    #[must_use]
    pub fn brightness(self) -> f64 {
        0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2)
    }
}

/// A dash pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dash {
    /// An unbroken line.
    Solid,
    /// Long dashes.
    Long,
    /// A long dash, then a dot.
    DashDot,
    /// Short dashes.
    Short,
    /// A long dash, then two dots.
    DashDotDot,
    /// Dashes of middle length: random search.
    Even,
    /// Dots: the average architecture and other fixed levels.
    Dotted,
}

impl Dash {
    /// Gives the lengths drawn and skipped in turn, in line widths; empty for a solid line.
    #[must_use]
    pub fn pattern(self) -> &'static [f64] {
        match self {
            Self::Solid => &[],
            Self::Long => &[5.5, 1.5],
            Self::DashDot => &[4.5, 1.2, 1.0, 1.2],
            Self::Short => &[2.4, 1.1],
            Self::DashDotDot => &[4.5, 1.1, 0.9, 1.1, 0.9, 1.1],
            Self::Even => &[3.5, 2.0],
            Self::Dotted => &[1.0, 1.6],
        }
    }
}

/// A shape drawn here and there along a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Marker {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A triangle that points up.
    Up,
    /// A diamond.
    Diamond,
    /// A triangle that points down.
    Down,
    /// An upright cross.
    Plus,
    /// A slanting cross.
    Cross,
    /// A small ring, for points.
    Ring,
}

/// How a curve or level looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Colour of line, band and markers.
    pub colour: Colour,
    /// Dash pattern of the line.
    pub dash: Dash,
    /// Shape of the markers, if any.
    pub marker: Option<Marker>,
    /// Width of the line in points.
    pub width: f64,
}

/// Okabe-Ito without black (kept for levels) and yellow (lost on white), then five of Tol's muted colours; dark and
/// light take turns, so that neighbours differ in grey too.
const COLOURS: [Colour; 11] = [
    Colour(0, 114, 178),
    Colour(230, 159, 0),
    Colour(0, 158, 115),
    Colour(204, 121, 167),
    Colour(213, 94, 0),
    Colour(86, 180, 233),
    Colour(136, 34, 85),
    Colour(153, 153, 51),
    Colour(51, 34, 136),
    Colour(204, 102, 119),
    Colour(17, 119, 51),
];

const DASHES: [Dash; 5] = [Dash::Solid, Dash::Long, Dash::DashDot, Dash::Short, Dash::DashDotDot];

const MARKERS: [Marker; 7] =
    [Marker::Disc, Marker::Square, Marker::Up, Marker::Diamond, Marker::Down, Marker::Plus, Marker::Cross];

impl Style {
    /// Number of strategies before a look returns.
    pub const DISTINCT: usize = COLOURS.len() * DASHES.len() * MARKERS.len();

    /// Gives the look of the strategy with this number, counted from 0.
    #[must_use]
    pub fn strategy(number: usize) -> Self {
        Self {
            colour: COLOURS[number % COLOURS.len()],
            dash: DASHES[number % DASHES.len()],
            marker: Some(MARKERS[number % MARKERS.len()]),
            width: 1.2,
        }
    }

    /// Gives the look of the random-search reference: grey and dashed.
    #[must_use]
    pub fn random_search() -> Self {
        Self { colour: Colour::GREY, dash: Dash::Even, marker: None, width: 1.2 }
    }

    /// Gives the look of points on curves, such as trials whose architecture was trained: black rings.
    #[must_use]
    pub fn points() -> Self {
        Self { colour: Colour::BLACK, dash: Dash::Solid, marker: Some(Marker::Ring), width: 0.0 }
    }

    /// Gives the look of a plain black line of this width in points, such as a bar that connects.
    #[must_use]
    pub fn line(width: f64) -> Self {
        Self { colour: Colour::BLACK, dash: Dash::Solid, marker: None, width }
    }

    /// Gives the look of the end of a budget: a slanting black cross.
    #[must_use]
    pub fn end() -> Self {
        Self { colour: Colour::BLACK, dash: Dash::Solid, marker: Some(Marker::Cross), width: 0.0 }
    }

    /// Gives the look of the selection reference: thin, black, dash-dotted.
    #[must_use]
    pub fn selection() -> Self {
        Self { colour: Colour::BLACK, dash: Dash::DashDotDot, marker: None, width: 0.7 }
    }

    /// Gives the look of a fixed level, such as the average architecture: black and dotted.
    #[must_use]
    pub fn level() -> Self {
        Self { colour: Colour::BLACK, dash: Dash::Dotted, marker: None, width: 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_differ_in_grey() {
        for pair in COLOURS.windows(2) {
            let difference = (pair[0].brightness() - pair[1].brightness()).abs();
            assert!(difference > 20.0, "{pair:?} differ by {difference}");
        }
    }

    #[test]
    fn looks_return_only_when_all_are_spent() {
        let first = Style::strategy(0);
        assert!((1..Style::DISTINCT).all(|number| Style::strategy(number) != first));
        assert_eq!(Style::strategy(Style::DISTINCT), first);
    }

    #[test]
    fn references_are_unlike_any_strategy() {
        for number in 0..Style::DISTINCT {
            let style = Style::strategy(number);
            assert_ne!(style.dash, Style::random_search().dash);
            assert_ne!(style.dash, Style::level().dash);
        }
    }

    #[test]
    fn shades_darken_evenly() {
        let brightness: Vec<f64> = (0..=10).map(|tenth| Colour::shade(f64::from(tenth) / 10.0).brightness()).collect();
        assert!(brightness.windows(2).all(|pair| (15.0..25.0).contains(&(pair[0] - pair[1]))), "{brightness:?}");
    }
}
