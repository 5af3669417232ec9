//! The long-format data of a report: a line a trial, for pandas, polars and R.
//!
//! Trials come in blocks, one for each strategy on a benchmark, and each block is written before the next is asked for, so that
//! no more than one needs to be in memory. Equal blocks make equal bytes, whatever the number of threads.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fs::File;
use std::hash::Hash;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use parquet::errors::ParquetError;
use thiserror::Error;

use super::trials_csv::write_csv;
use super::trials_parquet::write_parquet;
use crate::base::{FileError, with_sibling};

/// The columns, in their order.
pub const COLUMNS: [&str; 16] = [
    "benchmark",
    "strategy",
    "run",
    "seed",
    "trial",
    "architecture",
    "row",
    "replicate",
    "told",
    "end_seconds",
    "valid",
    "test",
    "incumbent",
    "valid_regret",
    "test_regret",
    "source",
];

/// The row of a trial that stands on none, and the place of a text that is absent.
pub const ABSENT: u32 = u32::MAX;

/// The trials of one strategy on one benchmark, run by run: columns with an element a trial, or empty where there is nothing to tell.
///
/// A number that is no number (NaN) is written as absent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrialBlock {
    /// The benchmark's name.
    pub benchmark: String,
    /// The strategy's name.
    pub strategy: String,
    /// What all random streams are derived from.
    pub seed: u64,
    /// How many trials each run has. Runs, and trials in their run, are counted from 0.
    pub runs: Vec<usize>,
    /// The architecture, as its space writes it.
    pub architecture: Texts,
    /// The published row; [`ABSENT`] for none.
    pub row: Vec<u32>,
    /// The label of the replicate that was told.
    pub replicate: Texts,
    /// What was told, in the metric's own unit.
    pub told: Vec<f64>,
    /// When the trial ended, in simulated seconds.
    pub end_seconds: Vec<f64>,
    /// The mean of the trial's row by the validation metric.
    pub valid: Vec<f64>,
    /// The mean of the trial's row by the test metric.
    pub test: Vec<f64>,
    /// Whether the trial became its run's incumbent.
    pub incumbent: Vec<bool>,
    /// The regret of the incumbent after the trial, by the validation metric.
    pub valid_regret: Vec<f64>,
    /// The regret of the incumbent after the trial, by the test metric.
    pub test_regret: Vec<f64>,
    /// Where the trial's values come from: `table`, `trained` or `imported`.
    pub source: Texts,
}

/// A column of texts, few of them distinct.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// The distinct texts.
    pub names: Vec<String>,
    /// The place of each trial's text among them; [`ABSENT`] for none.
    pub places: Vec<u32>,
}

/// How trials are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialFormat {
    /// Comma-separated values with a line of headings.
    Csv,
    /// Apache Parquet: about a tenth of the size, with types.
    Parquet,
}

/// Trials that could not be written.
#[derive(Debug, Error)]
pub enum TrialsError {
    /// A column of a block has another number of trials than its runs.
    #[error("column `{column}` of `{strategy}` on `{benchmark}` has {found} trials, expected {expected}")]
    Length {
        /// The block's benchmark.
        benchmark: String,
        /// The block's strategy.
        strategy: String,
        /// The column.
        column: &'static str,
        /// How many trials the column has.
        found: usize,
        /// How many trials the runs have.
        expected: usize,
    },
    /// The file could not be made.
    #[error(transparent)]
    File(#[from] FileError),
    /// The text could not be written.
    #[error("cannot write trials as CSV")]
    Csv(#[from] io::Error),
    /// The columns could not be written.
    #[error("cannot write trials as Parquet")]
    Parquet(#[from] ParquetError),
}

/// Some successive trials of one run.
pub(super) struct Piece {
    /// The run.
    pub run: usize,
    /// The number of the first of the trials in the run.
    pub first: usize,
    /// Their places in the block.
    pub places: Range<usize>,
}

/// Writes blocks of trials to a file, atomically and durably.
///
/// # Errors
/// Names the file that cannot be written, or the column that does not fit its runs; the old file then stays as it was.
pub fn save_trials<B: Borrow<TrialBlock>>(
    path: &Path,
    format: TrialFormat,
    blocks: impl IntoIterator<Item = B>,
) -> Result<(), TrialsError> {
    with_sibling(path, |sibling| {
        let file = File::create(sibling).map_err(|source| FileError { path: path.to_owned(), source })?;
        match format {
            TrialFormat::Csv => write_csv(blocks, file),
            TrialFormat::Parquet => write_parquet(blocks, file),
        }
    })
}

/// Writes blocks of trials.
///
/// # Errors
/// Says what `out` said, or names the column that does not fit its runs.
pub fn write_trials<B: Borrow<TrialBlock>>(
    format: TrialFormat,
    blocks: impl IntoIterator<Item = B>,
    out: impl Write + Send,
) -> Result<(), TrialsError> {
    match format {
        TrialFormat::Csv => write_csv(blocks, out),
        TrialFormat::Parquet => write_parquet(blocks, out),
    }
}

impl TrialBlock {
    /// Gives the number of trials of all runs.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.runs.iter().sum()
    }

    /// Checks that every column has an element for each trial, or none at all.
    pub(super) fn check(&self) -> Result<(), TrialsError> {
        let expected = self.trials();
        match self.lengths().into_iter().find(|&(_, found)| found != expected && found != 0) {
            None => Ok(()),
            Some((column, found)) => {
                let (benchmark, strategy) = (self.benchmark.clone(), self.strategy.clone());
                Err(TrialsError::Length { benchmark, strategy, column, found, expected })
            }
        }
    }

    fn lengths(&self) -> [(&'static str, usize); 11] {
        [
            ("architecture", self.architecture.places.len()),
            ("row", self.row.len()),
            ("replicate", self.replicate.places.len()),
            ("told", self.told.len()),
            ("end_seconds", self.end_seconds.len()),
            ("valid", self.valid.len()),
            ("test", self.test.len()),
            ("incumbent", self.incumbent.len()),
            ("valid_regret", self.valid_regret.len()),
            ("test_regret", self.test_regret.len()),
            ("source", self.source.places.len()),
        ]
    }

    /// Cuts the runs into pieces of at most `most` trials, in their order.
    pub(super) fn pieces(&self, most: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut start = 0;
        for (run, &trials) in self.runs.iter().enumerate() {
            let firsts = (0..trials).step_by(most);
            pieces.extend(firsts.map(|first| Piece {
                run,
                first,
                places: start + first..start + trials.min(first + most),
            }));
            start += trials;
        }
        pieces
    }
}

impl Texts {
    /// Gives all trials the same text.
    #[must_use]
    pub fn same(name: impl Into<String>, trials: usize) -> Self {
        Self { names: vec![name.into()], places: vec![0; trials] }
    }

    /// Names the key of each trial; `name` is asked once for each distinct key, in the order in which they first occur.
    #[must_use]
    pub fn of<K: Copy + Eq + Hash>(keys: &[K], mut name: impl FnMut(K) -> Option<String>) -> Self {
        let mut names = Vec::new();
        let mut known: HashMap<K, u32> = HashMap::new();
        let mut place_of = |key: K| match name(key) {
            None => ABSENT,
            Some(name) => {
                names.push(name);
                names.len() as u32 - 1
            }
        };
        let places = keys.iter().map(|&key| *known.entry(key).or_insert_with(|| place_of(key))).collect();
        Self { names, places }
    }
}

/// Three trials of two runs, with everything that is worth a second look; for the tests of the writers.
#[cfg(test)]
pub(super) fn example() -> TrialBlock {
    TrialBlock {
        benchmark: "cells, small".into(),
        strategy: "my \"best\"".into(),
        seed: u64::MAX,
        runs: vec![2, 0, 1],
        architecture: Texts::of(&[7, 9, 7], |key| (key == 7).then(|| "|conv~0|+|skip~1|".into())),
        row: vec![7, ABSENT, 4_000_000_000],
        replicate: Texts::of(&[0, 1, 1], |key| Some(["777", "mean"][key].into())),
        told: vec![0.1 + 0.2, f64::NAN, 91.0],
        end_seconds: vec![],
        valid: vec![1e-7, -0.0, 1e300],
        test: vec![f64::NAN; 3],
        incumbent: vec![true, false, true],
        valid_regret: vec![0.5, 0.5, 0.0],
        test_regret: vec![],
        source: Texts::same("table", 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_named_once_each() {
        let mut asked = Vec::new();
        let texts = Texts::of(&[5_u32, 3, 5, 8, 8], |key| {
            asked.push(key);
            (key != 8).then(|| format!("row {key}"))
        });
        assert_eq!(asked, [5, 3, 8]);
        assert_eq!(texts.names, ["row 5", "row 3"]);
        assert_eq!(texts.places, [0, 1, 0, ABSENT, ABSENT]);
    }

    #[test]
    fn long_runs_are_cut_and_empty_ones_left_out() {
        let block = TrialBlock { runs: vec![5, 0, 2], ..TrialBlock::default() };
        let pieces: Vec<_> = block.pieces(2).into_iter().map(|piece| (piece.run, piece.first, piece.places)).collect();
        assert_eq!(pieces, [(0, 0, 0..2), (0, 2, 2..4), (0, 4, 4..5), (2, 0, 5..7)]);
    }

    #[test]
    fn a_column_of_another_length_is_named() {
        for format in [TrialFormat::Csv, TrialFormat::Parquet] {
            let block = TrialBlock { incumbent: vec![true; 2], ..example() };
            let error = write_trials(format, [block], Vec::new()).unwrap_err();
            let expected = "column `incumbent` of `my \"best\"` on `cells, small` has 2 trials, expected 3";
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_saved_file_holds_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        for (format, name) in [(TrialFormat::Csv, "trials.csv"), (TrialFormat::Parquet, "trials.parquet")] {
            let (path, mut bytes) = (folder.path().join(name), Vec::new());
            save_trials(&path, format, [example()]).unwrap();
            write_trials(format, [&example()], &mut bytes).unwrap();
            assert!(!bytes.is_empty());
            assert_eq!(std::fs::read(path).unwrap(), bytes);
        }
    }

    #[test]
    fn equal_blocks_make_equal_bytes_whatever_the_threads() {
        let rows: Vec<u32> = (0..20_000).map(|trial| trial * 7919 % 5000).collect();
        let numbers = |scale: f64| rows.iter().map(|&row| f64::from(row) * scale).collect::<Vec<_>>();
        let block = TrialBlock {
            runs: vec![9_000, 11_000],
            architecture: Texts::of(&rows, |row| Some(format!("a{row}"))),
            told: numbers(0.1),
            valid: numbers(0.3),
            row: rows.clone(),
            ..TrialBlock::default()
        };
        for format in [TrialFormat::Csv, TrialFormat::Parquet] {
            let on = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let mut bytes = Vec::new();
                pool.install(|| write_trials(format, [&block, &block], &mut bytes)).unwrap();
                bytes
            };
            assert_eq!(on(1), on(4));
        }
    }
}
