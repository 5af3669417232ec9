//! What runs leave behind: columns of trials, columns of runs, and their digest.

use std::collections::BTreeMap;

use super::results::Run;
use crate::base::{Digest, Hasher, Nanos};
use crate::benchmark::TrainedRow;
use crate::space::Arch;

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Stop {
    /// The budget of trials was used up.
    Trials = 0,
    /// The budget of simulated seconds was used up.
    Clock = 1,
    /// A told value reached the target.
    Target = 2,
    /// 1,000 asks in a row brought the run no nearer to its budget.
    Exhausted = 3,
    /// The strategy had nothing more to ask for.
    Finished = 4,
    /// The budget of epochs was used up.
    Epochs = 5,
    /// The strategy or its program broke, as the list of an imported run says.
    Failed = 6,
    /// The list of an imported run stops before the budget and does not say why.
    Censored = 7,
}

impl Stop {
    /// The reason with a number, as results store it.
    pub fn from_number(number: u8) -> Option<Self> {
        use Stop::{Censored, Clock, Epochs, Exhausted, Failed, Finished, Target, Trials};
        let all = [Trials, Clock, Target, Exhausted, Finished, Epochs, Failed, Censored];
        all.into_iter().find(|stop| *stop as u8 == number)
    }
}

/// Some consecutive runs of a cell: flat columns of their trials, and a place for each run.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Block {
    /// The published row of each trial; the table's rows plus the architecture's code where it was trained;
    /// [`NO_ROW`](crate::benchmark::NO_ROW) for an architecture that the table lacks, penalised.
    pub row: Vec<u32>,
    /// The place of each trial's label among the table's replicates; 255 for the mean.
    pub replicate: Vec<u8>,
    /// What each trial told, in the metric's own unit.
    pub told: Vec<f64>,
    /// When each trial ended, in simulated nanoseconds; empty where the benchmark has no cost.
    pub end: Vec<u64>,
    /// How many trials each run has.
    pub trials: Vec<u32>,
    /// How many asks of each run met a row that it had trained before.
    pub duplicates: Vec<u32>,
    /// How many asks of each run could not be trained.
    pub invalid: Vec<u32>,
    /// Why each run ended: a [`Stop`].
    pub stop: Vec<u8>,
    /// Wall time of each run's replay in nanoseconds; not part of the digest.
    pub wall: Vec<u64>,
    /// The trained rows that its trials stand on.
    pub trained: BTreeMap<Arch, TrainedRow>,
}

/// Places for some trials at the end of a block's columns: plain slices, which the replay loop keeps in registers.
pub(super) struct Room<'a> {
    pub row: &'a mut [u32],
    pub replicate: &'a mut [u8],
    pub told: &'a mut [f64],
    /// Empty where the benchmark has no cost.
    pub end: &'a mut [u64],
}

/// What a run adds to its block's columns of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnd {
    /// Finished trials.
    pub trials: u32,
    /// See [`Block::duplicates`].
    pub duplicates: u32,
    /// See [`Block::invalid`].
    pub invalid: u32,
    /// Why it ended.
    pub stop: Stop,
}

impl Block {
    /// Makes room for `trials` more trials at the end of the columns, to be filled and cut to size.
    pub(super) fn room(&mut self, trials: usize, has_cost: bool) -> Room<'_> {
        let first = self.row.len();
        let length = first + trials;
        self.row.resize(length, 0);
        self.replicate.resize(length, 0);
        self.told.resize(length, 0.0);
        self.end.resize(if has_cost { length } else { 0 }, 0);
        let end = if has_cost { &mut self.end[first..] } else { &mut [] };
        Room {
            row: &mut self.row[first..],
            replicate: &mut self.replicate[first..],
            told: &mut self.told[first..],
            end,
        }
    }

    /// Cuts the columns of trials to a length.
    pub(super) fn cut(&mut self, length: usize) {
        self.row.truncate(length);
        self.replicate.truncate(length);
        self.told.truncate(length);
        self.end.truncate(length);
    }

    /// The runs, in their order.
    pub(super) fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        let mut first = 0;
        (0..self.trials.len()).map(move |place| {
            let trials = first..first + self.trials[place] as usize;
            first = trials.end;
            Run {
                row: &self.row[trials.clone()],
                replicate: &self.replicate[trials.clone()],
                told: &self.told[trials.clone()],
                end: if self.end.is_empty() { &[] } else { &self.end[trials] },
                duplicates: self.duplicates[place],
                invalid: self.invalid[place],
                stop: Stop::from_number(self.stop[place]),
            }
        })
    }

    pub(super) fn end_run(&mut self, end: RunEnd, wall: Nanos) {
        self.trials.push(end.trials);
        self.duplicates.push(end.duplicates);
        self.invalid.push(end.invalid);
        self.stop.push(end.stop as u8);
        self.wall.push(wall.0);
    }
}

/// The columns of some consecutive runs of a cell, in memory or in a file.
pub(super) struct Columns<'a> {
    pub trials: &'a [u32],
    pub duplicates: &'a [u32],
    pub invalid: &'a [u32],
    pub stop: &'a [u8],
    pub row: &'a [u32],
    pub replicate: &'a [u8],
    pub told: &'a [f64],
    pub end: &'a [u64],
}

impl Block {
    fn columns(&self) -> Columns<'_> {
        Columns {
            trials: &self.trials,
            duplicates: &self.duplicates,
            invalid: &self.invalid,
            stop: &self.stop,
            row: &self.row,
            replicate: &self.replicate,
            told: &self.told,
            end: &self.end,
        }
    }
}

/// The digest of a cell in memory.
pub fn digest(blocks: &[Block]) -> Digest {
    let columns: Vec<Columns<'_>> = blocks.iter().map(Block::columns).collect();
    digest_columns(&columns, trained_rows(blocks).into_values())
}

/// The digest of a cell: its columns, each over all parts, and its trained rows in the order of their codes. The order of the columns is part
/// of the format.
pub(super) fn digest_columns<'t>(parts: &[Columns<'_>], trained: impl Iterator<Item = &'t TrainedRow>) -> Digest {
    let mut hasher = Hasher::default();
    let mut column = |label: &str, bytes: for<'c> fn(&'c Columns<'_>) -> &'c [u8]| {
        hasher.begin(label, parts.iter().map(|part| bytes(part).len()).sum());
        parts.iter().for_each(|part| _ = hasher.bytes(bytes(part)));
    };
    column("trials", |part| bytemuck::cast_slice(part.trials));
    column("duplicates", |part| bytemuck::cast_slice(part.duplicates));
    column("invalid", |part| bytemuck::cast_slice(part.invalid));
    column("stop", |part| part.stop);
    column("row", |part| bytemuck::cast_slice(part.row));
    column("replicate", |part| part.replicate);
    column("told", |part| bytemuck::cast_slice(part.told));
    column("end", |part| bytemuck::cast_slice(part.end));
    trained.for_each(|row| digest_trained(row, &mut hasher));
    hasher.finish()
}

/// The trained rows of all blocks together, in the order of their codes.
pub(super) fn trained_rows(blocks: &[Block]) -> BTreeMap<Arch, &TrainedRow> {
    blocks.iter().flat_map(|block| &block.trained).map(|(arch, row)| (*arch, row)).collect()
}

fn digest_trained(row: &TrainedRow, hasher: &mut Hasher) {
    hasher.part("trained", &row.arch.0.to_le_bytes()).part("cost", &row.cost.0.to_le_bytes());
    hasher.part("told", bytemuck::cast_slice(&row.told));
    hasher.part("means", bytemuck::cast_slice(&[row.valid, row.test]));
}
