//! Which points are drawn, when many fall on the same spot on paper.

use std::collections::HashMap;

use super::frame::Place;

/// Keeps each place that lies at least this far, across or down, from all that were kept before it.
pub(super) fn apart(places: impl Iterator<Item = Place>, distance: f64) -> Vec<Place> {
    let mut spots = Spots { distance, taken: HashMap::new() };
    places.filter(|&place| spots.take(place)).collect()
}

/// The places that were kept, by the square of paper that they lie in; a square as wide as the distance holds one.
struct Spots {
    distance: f64,
    taken: HashMap<(i64, i64), Place>,
}

impl Spots {
    /// Takes a place unless it is too near to another.
    fn take(&mut self, place: Place) -> bool {
        let (column, row) = self.square(place);
        let mut around = (-1..=1).flat_map(|across| (-1..=1).map(move |down| (column + across, row + down)));
        let is_free = !around.any(|square| self.taken.get(&square).is_some_and(|&other| self.is_near(place, other)));
        if is_free {
            self.taken.insert((column, row), place);
        }
        is_free
    }

    fn square(&self, (across, down): Place) -> (i64, i64) {
        ((across / self.distance).floor() as i64, (down / self.distance).floor() as i64)
    }

    fn is_near(&self, one: Place, other: Place) -> bool {
        (one.0 - other.0).abs() < self.distance && (one.1 - other.1).abs() < self.distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_those_on_one_spot_is_kept() {
        let places = [(5.0, 5.0), (5.9, 5.0), (5.9, 6.1), (4.1, 5.5), (4.0, 5.5), (5.0, 5.0), (-0.5, 0.0), (0.4, 0.0)];
        assert_eq!(apart(places.into_iter(), 1.0), [(5.0, 5.0), (5.9, 6.1), (4.0, 5.5), (-0.5, 0.0)]);
    }

    #[test]
    fn no_two_are_near_and_none_is_left_out_for_nothing() {
        let places: Vec<Place> =
            (0..2000).map(|k| (f64::from(k * 37 % 101) / 7.0, f64::from(k * 53 % 89) / 7.0)).collect();
        let kept = apart(places.iter().copied(), 1.0);
        let near = |one: &Place, other: &Place| (one.0 - other.0).abs() < 1.0 && (one.1 - other.1).abs() < 1.0;
        assert!(kept.iter().enumerate().all(|(number, one)| !kept[..number].iter().any(|other| near(one, other))));
        assert!(places.iter().all(|one| kept.iter().any(|other| near(one, other))));
    }
}
