//! Architectures that are known by name only: the rows of a table, in no structure but what their features give.
//!
//! An architecture's code is its row. Without features the space is one choice among all rows: every row is a change away from every
//! other. With features, a change leads to one of the nearest rows.

use std::fmt;
use std::sync::Arc;

use super::{Arch, Encoding, Space, SpaceError, SpaceSpec};
use crate::base::Rng;

/// How many of the nearest rows, by their features, are neighbours; our own choice, no publication names a number.
const NEAREST: usize = 10;

/// Numbers that describe each row, `[rows, width]`.
#[derive(Clone)]
pub struct Features {
    /// How many numbers describe a row.
    pub width: usize,
    /// The numbers, row by row.
    pub values: Arc<dyn AsRef<[f32]> + Send + Sync>,
}

impl Features {
    fn of(&self, row: u64) -> &[f32] {
        let start = row as usize * self.width;
        self.values.as_ref().as_ref().get(start..start + self.width).unwrap_or_default()
    }

    /// The squared Euclidean distance of two rows.
    fn distance(&self, a: u64, b: u64) -> f32 {
        self.of(a).iter().zip(self.of(b)).map(|(x, y)| (x - y) * (x - y)).sum()
    }
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Features of width {}", self.width)
    }
}

/// The space of a list of architectures.
#[derive(Debug, Clone)]
pub struct Listed {
    radices: [u32; 1],
    features: Option<Features>,
}

impl Listed {
    /// The space of `size` architectures, with features if there are any.
    ///
    /// # Errors
    /// Refuses an empty list, and one of 2^32 architectures or more.
    pub fn new(size: u64, features: Option<Features>) -> Result<Self, SpaceError> {
        match u32::try_from(size) {
            Ok(size) if size > 0 => Ok(Self { radices: [size], features }),
            _ => Err(SpaceError::Listed(format!("`size` is {size}, expected 1 to 4294967295 architectures"))),
        }
    }

    /// The nearest rows, nearest first, ties by the lower row.
    fn nearest(&self, features: &Features, of: Arch) -> Vec<Arch> {
        let others = (0..self.size()).filter(|&row| row != of.0);
        let mut others: Vec<(f32, u64)> = others.map(|row| (features.distance(of.0, row), row)).collect();
        let order = |a: &(f32, u64), b: &(f32, u64)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if others.len() > NEAREST {
            others.select_nth_unstable_by(NEAREST, order);
            others.truncate(NEAREST);
        }
        others.sort_unstable_by(order);
        others.into_iter().map(|(_, row)| Arch(row)).collect()
    }
}

impl Space for Listed {
    fn name(&self) -> &str {
        "listed"
    }

    fn size(&self) -> u64 {
        u64::from(self.radices[0])
    }

    fn radices(&self) -> &[u32] {
        &self.radices
    }

    /// Another row: one of the nearest, every one alike, where there are features, otherwise any other.
    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        if self.radices[0] == 1 {
            return parent; // the only architecture
        }
        match &self.features {
            Some(features) => {
                let nearest = self.nearest(features, parent);
                nearest[rng.below(nearest.len() as u32) as usize] // there is another row, see above
            }
            None => super::with_other_digit(parent.0, 1, self.radices[0], rng.below(self.radices[0] - 1)),
        }
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        match &self.features {
            Some(features) => out.extend(self.nearest(features, of)),
            None => out.extend((0..self.size()).filter(|&row| row != of.0).map(Arch)),
        }
    }

    /// Reads `row N`; a table also knows its rows' published names.
    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        let row = text.strip_prefix("row ").and_then(|number| number.parse().ok()).filter(|&row| row < self.size());
        row.map(Arch).ok_or_else(|| SpaceError::Arch {
            text: text.to_owned(),
            space: "listed".to_owned(),
            why: format!("expected a name of the list, or `row N` with N below {}", self.size()),
        })
    }

    fn write(&self, arch: Arch) -> String {
        format!("row {}", arch.0)
    }

    /// The features, where there are any: rows have no choices that could be one-hot.
    fn encode(&self, arch: Arch, encoding: Encoding) -> Option<Vec<f32>> {
        let features = self.features.as_ref()?;
        (encoding == Encoding::Choices).then(|| features.of(arch.0).to_vec())
    }

    /// The features; none without, since a list says nothing of operations.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        self.features
            .as_ref()
            .map_or_else(Vec::new, |features| features.of(arch.0).iter().copied().map(f64::from).collect())
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::Listed { size: self.size() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Key;

    #[test]
    fn without_features_every_other_row_is_a_neighbour() {
        let space = Listed::new(4, None).unwrap();
        let mut neighbours = Vec::new();
        space.neighbours(Arch(2), &mut neighbours);
        assert_eq!(neighbours, [Arch(0), Arch(1), Arch(3)]);
        assert_eq!((space.parse("row 3"), space.write(Arch(3))), (Ok(Arch(3)), "row 3".to_owned()));
        assert!(space.parse("row 4").is_err() && space.parse("3").is_err());
        assert!(Listed::new(0, None).is_err() && Listed::new(1 << 32, None).is_err());
    }

    #[test]
    fn with_features_the_nearest_rows_are() {
        let values: Vec<f32> = (0..40).map(|row| if row % 2 == 0 { row as f32 } else { 1000.0 + row as f32 }).collect();
        let features = Features { width: 1, values: Arc::new(values) };
        let space = Listed::new(40, Some(features)).unwrap();
        let mut neighbours = Vec::new();
        space.neighbours(Arch(0), &mut neighbours);
        assert_eq!(neighbours, (1..=10).map(|step| Arch(2 * step)).collect::<Vec<_>>());
        let mut rng = Rng::new(Key::derive(1, "test", &[], 0));
        assert!((0..50).all(|_| neighbours.contains(&space.mutate(Arch(0), &mut rng))));
        assert_eq!(space.encode(Arch(3), Encoding::Choices), Some(vec![1003.0]));
    }
}
