//! Published spaces that are products of choices.

use super::{Choice, SpaceSpec, Value};

/// The size space of NATS-Bench (Dong et al., TPAMI 2021): five numbers of channels, each 8 to 64; the code is the published row.
pub fn nats_size() -> SpaceSpec {
    let channels: Vec<Value> = (1..=8).map(|step| Value::Int(8 * step)).collect();
    product(":", "c", 1..=5, channels, true)
}

/// The space of NAS-Bench-Macro (Su et al., "Prioritized Architecture Sampling with Monto-Carlo Tree Search", CVPR 2021): eight layers, each 0
/// (identity), 1 (MobileNetV2 block of kernel 3, expansion 3) or 2 (kernel 5, expansion 6); a name is the eight digits.
pub fn nas_bench_macro() -> SpaceSpec {
    product("", "layer", 1..=8, (0..3).map(Value::Int).collect(), false)
}

/// One choice among the same values for each number.
fn product(
    separator: &str,
    name: &str,
    numbers: std::ops::RangeInclusive<u32>,
    values: Vec<Value>,
    ordinal: bool,
) -> SpaceSpec {
    let choice = |number| Choice { name: format!("{name}{number}"), values: values.clone(), ordinal };
    SpaceSpec::Choices { separator: separator.to_owned(), choice: numbers.map(choice).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Arch;

    #[test]
    fn names_are_the_published_ones() {
        let (size, layers) = (nats_size().build().unwrap(), nas_bench_macro().build().unwrap());
        assert_eq!((size.size(), size.write(Arch(11))), (32_768, "8:8:8:16:32".to_owned()));
        assert_eq!((layers.size(), layers.write(Arch(6_560))), (6_561, "22222222".to_owned()));
        assert_eq!(layers.parse("00000012"), Ok(Arch(5)));
    }
}
