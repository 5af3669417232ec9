//! Features of architectures, for predictors: numbers of a fixed length.

/// A way to write an architecture as numbers of a fixed length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// A 1 for the value of each choice, 0 for its other values.
    Choices,
    /// The cell's edges as 0 and 1, row by row above the diagonal, then a 1 for the operation of each vertex (White et al., "A Study on
    /// Encodings for Neural Architecture Search", NeurIPS 2020, section 3: one-hot adjacency matrix).
    Adjacency,
    /// A 1 for each path of operations from input to output that the cell has (White, Neiswanger and Savani, "BANANAS", AAAI 2021,
    /// section 4), the paths in the order of length, then of operations.
    Paths {
        /// How many of the paths are kept, the shortest first; all if absent.
        kept: Option<usize>,
    },
}

/// The one-hot digits of a code.
pub(super) fn one_hot(digits: &[u32], radices: &[u32]) -> Vec<f32> {
    let one = |(&digit, &radix): (&u32, &u32)| (0..radix).map(move |value| f32::from(u8::from(value == digit)));
    digits.iter().zip(radices).flat_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digit_is_a_one_among_zeros() {
        assert_eq!(one_hot(&[1, 0], &[3, 2]), [0.0, 1.0, 0.0, 1.0, 0.0]);
    }
}
