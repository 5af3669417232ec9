//! The columns of the table while architectures are read: each waits in a scratch file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::ImportError;
use super::definitions::{DEFINITIONS, SCHEDULES};
use super::trial::{Doubts, Record};
use crate::base::folder_of;
use crate::table::{Metric, ScratchColumn, TableBuilder};

/// All columns so far, and what was seen on the way.
pub(super) struct Columns {
    folder: PathBuf,
    columns: BTreeMap<(usize, usize), Column>,
    /// Which rows were given.
    seen: Vec<bool>,
    /// Millions of parameters by row, task and schedule, as published; NaN where absent.
    pub sizes: Vec<(usize, &'static str, f64)>,
    pub tally: Tally,
}

/// How many rows have something that a user should know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub seeds_differ: usize,
    pub patched: usize,
    pub seconds_change: usize,
    pub infinite: usize,
}

struct Column {
    scratch: ScratchColumn,
    /// The seeds in the order in which they were met.
    seeds: Vec<Option<i64>>,
}

impl Columns {
    /// No columns yet of a table of so many rows, whose file will be `output`.
    pub(super) fn new(output: &Path, rows: usize) -> Self {
        let folder = folder_of(output).to_owned();
        let (columns, sizes, tally) = Default::default();
        Self { folder, columns, seen: vec![false; rows], sizes, tally }
    }

    /// How many rows were given.
    pub(super) fn found(&self) -> usize {
        self.seen.iter().filter(|seen| **seen).count()
    }

    /// Takes what an architecture gives; `Ok(false)` where its row was given before.
    pub(super) fn add(&mut self, record: Record) -> Result<bool, ImportError> {
        if std::mem::replace(&mut self.seen[record.row], true) {
            return Ok(false);
        }
        self.tally.add(record.doubts);
        for series in record.series {
            let definition = &DEFINITIONS[series.definition];
            if definition.name == "params" {
                let millions = series.values.last().copied().unwrap_or(f64::NAN);
                self.sizes.push((record.row, definition.task, millions));
            }
            let rows = self.seen.len();
            let column = match self.columns.entry((series.schedule, series.definition)) {
                std::collections::btree_map::Entry::Occupied(there) => there.into_mut(),
                std::collections::btree_map::Entry::Vacant(free) => {
                    let element = definition.what.element();
                    let scratch = ScratchColumn::create(&self.folder, element, rows, series.values.len())?;
                    free.insert(Column { scratch, seeds: Vec::new() })
                }
            };
            let replicate = column.replicate(series.seed)?;
            column.scratch.write(record.row, replicate, &series.values)?;
        }
        Ok(true)
    }

    /// Hands all columns to a table: task by task, schedule by schedule, in the order of the definitions.
    pub(super) fn fill(mut self, table: &mut TableBuilder) -> Result<(), ImportError> {
        for task in DEFINITIONS.chunk_by(|a, b| a.task == b.task).map(|same| same[0].task) {
            for (schedule, (name, ..)) in SCHEDULES.iter().enumerate() {
                for (place, definition) in DEFINITIONS.iter().enumerate().filter(|(_, other)| other.task == task) {
                    if let Some(column) = self.columns.remove(&(schedule, place)) {
                        let (metric, scratch) = column.finish(place);
                        table.spilled(task, name, definition.name, metric, scratch)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Tally {
    fn add(&mut self, doubts: Doubts) {
        self.seeds_differ += usize::from(doubts.seeds_differ);
        self.patched += usize::from(doubts.patched);
        self.seconds_change += usize::from(doubts.seconds_change);
        self.infinite += doubts.infinite;
    }
}

impl Column {
    /// The place of a seed's numbers, which is made when the seed is met first.
    fn replicate(&mut self, seed: Option<i64>) -> Result<usize, ImportError> {
        if let Some(place) = self.seeds.iter().position(|known| *known == seed) {
            return Ok(place);
        }
        self.seeds.push(seed);
        Ok(self.scratch.add_replicate()?)
    }

    /// The column with the seeds in their published order, which rises, and only the epochs at which any row was measured.
    fn finish(mut self, definition: usize) -> (Metric, ScratchColumn) {
        let definition = &DEFINITIONS[definition];
        let mut order: Vec<usize> = (0..self.seeds.len()).collect();
        order.sort_by_key(|&place| self.seeds[place]);
        let label = |&place: &usize| self.seeds[place].map_or_else(|| "all".to_owned(), |seed| seed.to_string());
        let labels = order.iter().map(label).collect();
        let epochs = self.scratch.measured_epochs();
        let metric = Metric {
            unit: definition.what.unit().to_owned(),
            direction: definition.what.direction(),
            split: definition.split.to_owned(),
            labels,
            epochs: epochs.iter().map(|&epoch| epoch as u32 + 1).collect(),
            element: definition.what.element(),
            aggregated: None,
            derived: None,
            optimum: None,
        };
        self.scratch.show(order, epochs);
        (metric, self.scratch)
    }
}
