//! Which architectures are trained.

use std::collections::HashSet;

use crate::base::{Key, Rng};
use crate::space::{Arch, Space};

/// Draws different architectures of a space, every one alike, in the order of their draws; more of them begin with the same ones.
///
/// The stream is keyed by the seed and the space's name.
pub fn sample(space: &dyn Space, seed: u64, count: u64) -> Vec<Arch> {
    let count = count.min(space.size()) as usize;
    let mut rng = Rng::new(Key::derive(seed, "train-sample", &[space.name()], 0));
    let (mut seen, mut drawn) = (HashSet::new(), Vec::with_capacity(count));
    while drawn.len() < count {
        let arch = space.sample(&mut rng);
        if seen.insert(arch) {
            drawn.push(arch);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Cell201;

    #[test]
    fn samples_are_different_and_nested() {
        let few = sample(&Cell201, 0, 100);
        let more = sample(&Cell201, 0, 20_000);
        assert_eq!((few.len(), more.len()), (100, 15_625));
        assert_eq!(few, more[..100]);
        assert_eq!(more.iter().collect::<HashSet<_>>().len(), more.len());
        assert_ne!(few, sample(&Cell201, 1, 100));
    }
}
