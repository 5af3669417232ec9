//! Hyper-parameters of any scale as features that can be compared.

/// The numbers between 0 and 1, by their logarithms if asked; all 0 where they are all the same.
///
/// Logarithms are not taken where a number is not above 0.
pub(super) fn scaled(values: &[f64], by_logarithm: bool) -> Vec<f32> {
    let by_logarithm = by_logarithm && values.iter().all(|&value| value > 0.0);
    let scale = |&value: &f64| if by_logarithm { libm::log(value) } else { value };
    let least = values.iter().map(scale).fold(f64::INFINITY, f64::min);
    let most = values.iter().map(scale).fold(f64::NEG_INFINITY, f64::max);
    let width = if most > least { most - least } else { 1.0 };
    values.iter().map(|value| ((scale(value) - least) / width) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_taken_away() {
        assert_eq!(scaled(&[10.0, 30.0, 20.0], false), [0.0, 1.0, 0.5]);
        assert_eq!(scaled(&[0.001, 0.1, 0.01], true), [0.0, 1.0, 0.5]);
        assert_eq!(scaled(&[0.0, 4.0], true), [0.0, 1.0], "zero has no logarithm");
        assert_eq!(scaled(&[7.0, 7.0], false), [0.0, 0.0]);
    }
}
