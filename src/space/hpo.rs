//! Published grids of hyper-parameters, as spaces of choices.

use super::SpaceSpec;
use super::choices::{Choice, Value, default_separator};

/// The 62,208 configurations of FC-Net (HPOLib): two hidden layers on four regression data sets. Klein and Hutter,
/// "Tabular Benchmarks for Joint Architecture and Hyperparameter Optimization", 2019, table 1; the choices in the order of their names.
pub fn fcnet() -> SpaceSpec {
    let activation = ["relu", "tanh"];
    let dropout = floats(&[0.0, 0.3, 0.6]);
    let units = ints(&[16, 32, 64, 128, 256, 512]);
    product(vec![
        nominal("activation_fn_1", &activation),
        nominal("activation_fn_2", &activation),
        ordinal("batch_size", ints(&[8, 16, 32, 64])),
        ordinal("dropout_1", dropout.clone()),
        ordinal("dropout_2", dropout),
        ordinal("init_lr", floats(&[5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 1e-1])),
        nominal("lr_schedule", &["cosine", "const"]),
        ordinal("n_units_1", units.clone()),
        ordinal("n_units_2", units),
    ])
}

/// The 30,000 configurations of HPOBench's table of multilayer perceptrons (`nn`). Eggensperger et al., "HPOBench: A Collection of
/// Reproducible Multi-Fidelity Benchmark Problems for HPO", NeurIPS 2021, appendix; the values are its grid, rounded to 32-bit
/// floats; the choices in the order of their names.
pub fn hpobench_mlp() -> SpaceSpec {
    let alpha = [
        1e-8,
        7.742637e-8,
        5.994842e-7,
        4.641589e-6,
        3.5938137e-5,
        2.7825593e-4,
        2.1544348e-3,
        1.6681006e-2,
        1.2915497e-1,
        1.0,
    ];
    let rate = [
        1e-5,
        3.5938137e-5,
        1.2915497e-4,
        4.641589e-4,
        1.6681006e-3,
        5.9948424e-3,
        2.1544347e-2,
        7.742637e-2,
        2.7825594e-1,
        1.0,
    ];
    product(vec![
        ordinal("alpha", floats(&alpha)),
        ordinal("batch_size", ints(&[4, 6, 10, 16, 25, 40, 64, 101, 161, 256])),
        ordinal("depth", ints(&[1, 2, 3])),
        ordinal("learning_rate_init", floats(&rate)),
        ordinal("width", ints(&[16, 25, 40, 64, 101, 161, 256, 406, 645, 1024])),
    ])
}

fn product(choice: Vec<Choice>) -> SpaceSpec {
    SpaceSpec::Choices { separator: default_separator(), choice }
}

fn nominal(name: &str, values: &[&str]) -> Choice {
    let values = values.iter().map(|&value| Value::Text(value.to_owned())).collect();
    Choice { name: name.to_owned(), values, ordinal: false }
}

fn ordinal(name: &str, values: Vec<Value>) -> Choice {
    Choice { name: name.to_owned(), values, ordinal: true }
}

fn ints(values: &[i64]) -> Vec<Value> {
    values.iter().copied().map(Value::Int).collect()
}

fn floats(values: &[f64]) -> Vec<Value> {
    values.iter().copied().map(Value::Float).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Arch;

    #[test]
    fn fcnet_has_its_published_size_and_order() {
        let space = fcnet().build().unwrap();
        assert_eq!((space.size(), space.radices()), (62_208, &[2, 2, 4, 3, 3, 6, 2, 6, 6][..]));
        let best_of_naval = Arch::from_digits(&[1, 0, 0, 0, 0, 0, 0, 3, 5], space.radices());
        assert_eq!(space.write(best_of_naval), "tanh:relu:8:0:0:0.0005:cosine:128:512");
        assert_eq!(space.parse("tanh:relu:8:0.0:0.0:5e-4:cosine:128:512"), Ok(best_of_naval));
    }

    #[test]
    fn hpobench_mlp_has_its_published_size_and_order() {
        let space = hpobench_mlp().build().unwrap();
        assert_eq!((space.size(), space.radices()), (30_000, &[10, 10, 3, 10, 10][..]));
        assert_eq!(space.write(Arch(29_999)), "1:256:3:1:1024");
        assert_eq!(space.parse("1e-08:4:1:1e-05:16"), Ok(Arch(0)));
    }
}
