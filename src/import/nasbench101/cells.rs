//! Trainings of NAS-Bench-101's cells, collected by cell, schedule and replicate, whatever file they come from.

use std::collections::HashMap;

use ndarray::Array3;
use rayon::prelude::*;

use crate::import::columns::finished;
use crate::space::{Arch, Cell101, Space, SpaceSpec};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, TableBuilder, TableError};

/// The published schedules: epochs of four separate trainings.
const SCHEDULES: [u32; 4] = [4, 12, 36, 108];

/// Each cell was trained so often with each schedule.
const REPLICATES: usize = 3;

/// What is measured half-way and at the end, with unit, direction, and what was trained on and measured.
const METRICS: [(&str, &str, Direction, &str); 4] = [
    (
        "valid_acc",
        "fraction",
        Direction::Maximise,
        "trained on train (40,000 images), measured on valid (10,000 other training images, of which 9,984 are counted)",
    ),
    (
        "test_acc",
        "fraction",
        Direction::Maximise,
        "trained on train (40,000 images), measured on test (10,000 images, of which 9,984 are counted)",
    ),
    (
        "train_acc",
        "fraction",
        Direction::Maximise,
        "trained on train (40,000 images), measured on train (10,000 of them, of which 9,984 are counted)",
    ),
    ("train_seconds", "seconds", Direction::Minimise, "trained on train (40,000 images)"),
];

/// What was measured at one time of a training, in the order of [`METRICS`].
#[derive(Debug, Clone, Copy)]
pub(in crate::import) struct Point {
    values: [f32; METRICS.len()],
    /// Whether a value was published with more digits than are kept.
    is_rounded: bool,
}

/// One training of a cell.
#[derive(Debug)]
pub(in crate::import) struct Trained {
    /// The published hash, as a number.
    pub hash: u128,
    /// The published matrix and operations.
    pub arch: Arch,
    /// Trainable parameters.
    pub params: u32,
    /// The schedule.
    pub epochs: u32,
    /// Half-way and at the end.
    pub points: [Point; 2],
}

/// The numbers of one replicate: half-way and at the end.
type Numbers = [[f32; METRICS.len()]; 2];

/// All trainings so far; rows are cells in the order of their first appearance.
#[derive(Default)]
pub(in crate::import) struct Cells {
    rows: HashMap<u128, usize>,
    hashes: Vec<u128>,
    archs: Vec<Arch>,
    params: Vec<u32>,
    schedules: [Schedule; SCHEDULES.len()],
    /// Cells that have been looked at by [`Cells::check_hashes`].
    checked: usize,
    other_params: usize,
    rounded: usize,
}

/// The trainings of one schedule; rows beyond the end have none.
#[derive(Default)]
struct Schedule {
    counts: Vec<u8>,
    values: Vec<[Numbers; REPLICATES]>,
}

impl Point {
    /// Checks what was measured: fractions and seconds.
    pub fn new(valid: f64, test: f64, train: f64, seconds: f64) -> Result<Self, String> {
        let all = [valid, test, train, seconds];
        for ((name, unit, ..), value) in METRICS.iter().zip(all) {
            let most = if *unit == "fraction" { 1.0 } else { f64::from(f32::MAX) };
            if !(0.0..=most).contains(&value) {
                return Err(format!("`{name}` is {value}, expected {unit} from 0 to {most}"));
            }
        }
        let values = all.map(|value| value as f32);
        Ok(Self { values, is_rounded: values.iter().zip(all).any(|(kept, value)| f64::from(*kept) != value) })
    }
}

impl Cells {
    /// Adds a training as the next replicate of its cell and schedule.
    pub fn add(&mut self, trained: &Trained) -> Result<(), String> {
        let schedule = SCHEDULES.iter().position(|epochs| *epochs == trained.epochs).ok_or_else(|| {
            format!("trained for {} epochs, expected one of the published schedules {SCHEDULES:?}", trained.epochs)
        })?;
        let row = self.row(trained)?;
        self.rounded += usize::from(trained.points.iter().any(|point| point.is_rounded));
        let added = self.schedules[schedule].add(row, trained.points.map(|point| point.values));
        added.map_err(|count| {
            format!(
                "training {} of cell {:032x} for {} epochs, expected at most {REPLICATES}",
                count + 1,
                trained.hash,
                trained.epochs
            )
        })
    }

    /// The row of a training's cell, a new one where it is the first.
    fn row(&mut self, trained: &Trained) -> Result<usize, String> {
        if let Some(&row) = self.rows.get(&trained.hash) {
            let same = self.archs[row] == trained.arch
                || Cell101.canonical(self.archs[row]) == Cell101.canonical(trained.arch);
            self.other_params += usize::from(self.params[row] != trained.params);
            let fault = || format!("cell {:032x} had another matrix or other operations before", trained.hash);
            return if same { Ok(row) } else { Err(fault()) };
        }
        self.rows.insert(trained.hash, self.archs.len());
        self.hashes.push(trained.hash);
        self.archs.push(trained.arch);
        self.params.push(trained.params);
        Ok(self.archs.len() - 1)
    }

    /// Computes the hash of each cell that came since the last call from its matrix, on all cores; it must be the published one.
    pub fn check_hashes(&mut self) -> Result<(), String> {
        let new = self.checked..self.archs.len();
        let wrong = new.clone().into_par_iter().find_map_first(|row| {
            let (hash, computed) = (self.hashes[row], Cell101::module_hash(self.archs[row]));
            let name = format!("{hash:032x}");
            (computed.as_deref() != Some(&name)).then(|| {
                let found = computed.map_or("is no valid cell".to_owned(), |computed| format!("has hash {computed}"));
                format!("the matrix of cell {name} {found}")
            })
        });
        self.checked = new.end;
        wrong.map_or(Ok(()), Err)
    }

    /// The table, with the notes of the publication added to `provenance`. What is left is dropped piece by piece.
    pub fn table(self, mut provenance: Provenance) -> Result<TableBuilder, TableError> {
        provenance.notes.extend(self.notes());
        let rows = self.archs.len();
        let names: Vec<String> = self.hashes.iter().map(|hash| format!("{hash:032x}")).collect();
        let mut table = TableBuilder::new("nasbench101", SpaceSpec::Cell101, self.archs, provenance);
        table.names(&names)?;
        for (epochs, schedule) in SCHEDULES.into_iter().zip(self.schedules) {
            if !schedule.counts.is_empty() {
                schedule.fill(epochs, rows, &mut table)?;
            }
        }
        let params = Array3::from_shape_fn((rows, 1, 1), |(row, ..)| f64::from(self.params[row]));
        table
            .fixed("params", MetricData { metric: finished("parameters", Direction::Minimise, ""), values: params })?;
        Ok(table)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = [
            "schedules are separate trainings, each with a cosine to its own end: the half-way point of one is no early point of a longer one",
            "replicates are numbered in the order of the file; the publication has no seeds",
            "the evaluation before training is left out, as the official package does",
            "accuracies count 9,984 of 10,000 images: whole batches of 256",
            "some cells end near 10 % and train well elsewhere, and repeats of a cell differ by up to 80 points (google-research/nasbench#21, unexplained): kept as published",
        ].map(str::to_owned).to_vec();
        if self.other_params > 0 {
            notes.push(format!(
                "{} trainings state another number of parameters than the first of their cell, which is kept",
                self.other_params
            ));
        }
        if self.rounded > 0 {
            notes.push(format!(
                "{} trainings have a value with more digits than are kept: values are stored with 4 bytes",
                self.rounded
            ));
        }
        notes
    }
}

impl Schedule {
    /// Adds a replicate to a row, or says how many are there already.
    fn add(&mut self, row: usize, numbers: Numbers) -> Result<(), usize> {
        if row >= self.counts.len() {
            self.counts.resize(row + 1, 0);
            self.values.resize(row + 1, [[[f32::NAN; METRICS.len()]; 2]; REPLICATES]);
        }
        let count = usize::from(self.counts[row]);
        *self.values[row].get_mut(count).ok_or(count)? = numbers;
        self.counts[row] += 1;
        Ok(())
    }

    fn fill(self, epochs: u32, rows: usize, table: &mut TableBuilder) -> Result<(), TableError> {
        for (place, (name, unit, direction, split)) in METRICS.into_iter().enumerate() {
            let value = |(row, replicate, point): (usize, usize, usize)| {
                self.values.get(row).map_or(f64::NAN, |numbers| f64::from(numbers[replicate][point][place]))
            };
            let metric = Metric {
                unit: unit.to_owned(),
                direction,
                split: split.to_owned(),
                labels: (0..REPLICATES).map(|replicate| replicate.to_string()).collect(),
                epochs: vec![epochs / 2, epochs],
                element: ElementType::F32,
                aggregated: None,
                derived: None,
                optimum: None,
            };
            let values = Array3::from_shape_fn((rows, REPLICATES, 2), value);
            table.metric("cifar10", &epochs.to_string(), name, MetricData { metric, values })?;
        }
        Ok(())
    }
}

/// A published hash, 32 lower-case hexadecimal digits, as a number.
pub(in crate::import) fn hash_of(text: &str) -> Result<u128, String> {
    let is_hash = text.len() == 32 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let number = if is_hash { u128::from_str_radix(text, 16).ok() } else { None };
    number.ok_or_else(|| format!("expected a module hash of 32 hexadecimal digits, found `{text}`"))
}
