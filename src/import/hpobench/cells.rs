//! The second reading: the numbers, each at its place in the grid.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use indexmap::{IndexMap, IndexSet};
use ndarray::Array3;

use super::axes::{Axes, epoch_of, schedule_of};
use super::column::{Columns, Measured};
use crate::import::ImportError;
use crate::import::records::{RecordFile, Records};
use crate::space::Arch;
use crate::table::{ElementType, Metric, MetricData};

/// The most numbers of a task: 2 GiB of them.
const MOST: usize = 1 << 28;

/// The numbers of all tasks.
pub(super) struct Cells<'a> {
    axes: &'a Axes,
    radices: Vec<u32>,
    /// The places of the epochs.
    epochs: HashMap<u32, usize>,
    rows: IndexSet<Arch>,
    tasks: IndexMap<String, Task>,
}

/// The numbers of a task.
struct Task {
    metrics: Vec<Measured>,
    /// By the place of a schedule: for each metric `[rows, replicates, epochs]` as one list, as long as there are rows so far.
    schedules: BTreeMap<usize, Vec<Vec<f64>>>,
}

/// A metric of the table.
pub(super) struct Filled {
    pub task: String,
    pub schedule: String,
    pub name: String,
    pub data: MetricData,
}

/// Where the numbers of a row stand.
struct Place {
    row: usize,
    schedule: usize,
    /// The place within the numbers of a row: replicate, then epoch.
    inner: usize,
}

impl<'a> Cells<'a> {
    pub fn new(axes: &'a Axes) -> Self {
        let radices = axes.choices.values().map(|values| values.len() as u32).collect();
        let epochs = axes.epochs.iter().enumerate().map(|(place, &epoch)| (epoch, place)).collect();
        Self { axes, radices, epochs, rows: IndexSet::new(), tasks: IndexMap::new() }
    }

    /// Adds the numbers of a task.
    pub fn read(&mut self, task: &str, file: &RecordFile, columns: &Columns) -> Result<(), ImportError> {
        if self.tasks.contains_key(task) {
            return Err(ImportError::content(&file.label, format!("is of task `{task}`, as is another file")));
        }
        let (metrics, measured): (Vec<Measured>, Vec<usize>) = columns.metrics.iter().cloned().unzip();
        let places: Vec<usize> = columns.keys().into_iter().chain(measured).collect();
        let mut into = Task { metrics, schedules: BTreeMap::new() };
        let mut records = file.records(&places)?;
        while records.advance()? {
            let place = self.place(&records, columns)?;
            self.store(&records, columns, &place, &mut into)?;
        }
        self.tasks.insert(task.to_owned(), into);
        Ok(())
    }

    /// How many numbers a metric has in a row.
    fn block(&self) -> usize {
        self.axes.seeds.len() * self.epochs.len()
    }

    fn place(&mut self, records: &Records<'_>, columns: &Columns) -> Result<Place, ImportError> {
        let (row, _) = self.rows.insert_full(self.arch(records, columns)?);
        let layers = self.axes.schedule_count() * columns.metrics.len();
        if (row + 1).saturating_mul(self.block()).saturating_mul(layers) > MOST {
            return Err(records.fault(format!("the grid has more than {MOST} numbers")));
        }
        let schedule = self.axes.schedule(&schedule_of(records, columns));
        let seed = self.axes.seeds.get_index_of(records.text(columns.seed).as_ref());
        let epoch = self.epochs.get(&epoch_of(records, columns)?);
        match (schedule, seed, epoch) {
            (Some(schedule), Some(seed), Some(epoch)) => {
                Ok(Place { row, schedule, inner: seed * self.epochs.len() + epoch })
            }
            _ => Err(records.fault("has a fidelity or seed that was not there at the first reading".into())),
        }
    }

    fn store(&self, records: &Records<'_>, columns: &Columns, at: &Place, into: &mut Task) -> Result<(), ImportError> {
        let start = at.row * self.block();
        let lists = into.schedules.entry(at.schedule).or_insert_with(|| vec![Vec::new(); columns.metrics.len()]);
        for ((metric, column), numbers) in columns.metrics.iter().zip(lists) {
            let Some(value) = measured(records, metric, *column)? else { continue };
            if numbers.len() < start + self.block() {
                numbers.resize(start + self.block(), f64::NAN);
            }
            let number = &mut numbers[start + at.inner]; // `inner` is below the block that there is now
            if !number.is_nan() {
                return Err(records.fault(format!("gives `{}` of a training that an earlier row gave", metric.name)));
            }
            *number = value;
        }
        Ok(())
    }

    fn arch(&self, records: &Records<'_>, columns: &Columns) -> Result<Arch, ImportError> {
        let mut digits = Vec::with_capacity(self.radices.len());
        for ((name, place), values) in columns.choices.iter().zip(self.axes.choices.values()) {
            let digit = values.get_index_of(records.text(*place).as_ref());
            let digit = digit.ok_or_else(|| records.fault(format!("`{name}` was not there at the first reading")))?;
            digits.push(digit as u32);
        }
        Ok(Arch::from_digits(&digits, &self.radices))
    }

    /// The rows, the metrics in the order of tasks and schedules, and the names of scores that were never recorded.
    pub fn finish(self) -> (Vec<Arch>, Vec<Filled>, BTreeSet<String>) {
        let axes = self.axes;
        let shape = (self.rows.len(), axes.seeds.len(), axes.epochs.len());
        let (mut filled, mut unrecorded) = (Vec::new(), BTreeSet::new());
        for (task, numbers) in self.tasks {
            for (schedule, lists) in numbers.schedules {
                for (metric, mut values) in numbers.metrics.iter().zip(lists) {
                    if metric.is_unrecorded(&values) {
                        unrecorded.insert(metric.name.clone());
                        continue;
                    }
                    values.resize(shape.0 * shape.1 * shape.2, f64::NAN);
                    let Ok(values) = Array3::from_shape_vec(shape, values) else { continue }; // they have this length now
                    let data = MetricData { metric: describe(metric, axes), values };
                    let (task, schedule) = (task.clone(), axes.schedule_name(schedule));
                    filled.push(Filled { task, schedule, name: metric.name.clone(), data });
                }
            }
        }
        (self.rows.into_iter().collect(), filled, unrecorded)
    }
}

/// The number of a cell, if there is one.
fn measured(records: &Records<'_>, metric: &Measured, place: usize) -> Result<Option<f64>, ImportError> {
    let number = records.number(place, &[])?;
    match number.and_then(|number| metric.broken(number)) {
        Some(expected) => Err(records.bad_cell(place, expected)),
        None => Ok(number),
    }
}

fn describe(metric: &Measured, axes: &Axes) -> Metric {
    Metric {
        unit: metric.unit.to_owned(),
        direction: metric.direction,
        split: metric.split.to_owned(),
        labels: axes.seeds.keys().cloned().collect(),
        epochs: axes.epochs.iter().copied().collect(),
        element: ElementType::F64,
        aggregated: None,
        derived: None,
        optimum: None,
    }
}
