//! Names below a horizontal axis: in short lines where each fits its unit of the axis, written upwards where not.

use super::text::Ruler;

/// Most lines of a name.
const LINES: usize = 3;

/// White space between the names of neighbours, in font sizes.
const APART: f64 = 0.5;

/// Distance of lines, in font sizes.
pub(super) const LEADING: f64 = 1.15;

/// Names as they are written.
#[derive(Debug, PartialEq)]
pub(super) enum Names {
    /// Each in lines, one below the other.
    Level(Vec<Vec<String>>),
    /// Each from the bottom to the top.
    Upwards(Vec<String>),
}

impl Names {
    /// Finds how to write names that have so much room each; names written upwards are shortened to a length.
    pub(super) fn new(names: &[String], room: f64, longest: f64, size: f64, ruler: &Ruler) -> Self {
        let room = room - APART * size;
        let fits = |name: &String| name.split_whitespace().all(|word| ruler.width(word, size) <= room);
        let lines: Vec<Vec<String>> = names.iter().map(|name| ruler.wrap(name, size, room)).collect();
        if names.iter().all(fits) && lines.iter().all(|lines| lines.len() <= LINES) {
            Self::Level(lines)
        } else {
            Self::Upwards(names.iter().map(|name| ruler.fit(name, size, longest)).collect())
        }
    }

    /// Gives the height that the names take.
    pub(super) fn depth(&self, size: f64, ruler: &Ruler) -> f64 {
        match self {
            Self::Level(names) => {
                let most = names.iter().map(Vec::len).max().unwrap_or(0);
                size * (1.0 + LEADING * (most.max(1) - 1) as f64)
            }
            Self::Upwards(names) => names.iter().map(|name| ruler.width(name, size)).fold(size, f64::max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::FigureError;
    use super::*;

    #[test]
    fn names_stand_in_lines_if_they_fit_and_upwards_if_not() -> Result<(), FigureError> {
        let ruler = Ruler::new()?;
        let names = ["Local search".to_owned(), "Random".to_owned()];
        let level = Names::new(&names, 45.0, 100.0, 8.0, &ruler);
        assert_eq!(level, Names::Level(vec![vec!["Local".into(), "search".into()], vec!["Random".into()]]));
        assert!((level.depth(8.0, &ruler) - 8.0 * 2.15).abs() < 1e-12);
        let upwards = Names::new(&names, 20.0, 100.0, 8.0, &ruler);
        assert_eq!(upwards, Names::Upwards(names.to_vec()));
        assert_eq!(upwards.depth(8.0, &ruler), ruler.width("Local search", 8.0));
        Ok(())
    }
}
