//! The first reading: which values hyper-parameters, fidelities and seeds take.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::column::Columns;
use crate::import::ImportError;
use crate::import::records::{Cell, RecordFile, Records};
use crate::space::{Choice, SpaceSpec, Value};

/// More seeds, epochs or schedules than this are no grid.
const MOST: usize = 1_000;

/// The axes of the grid.
#[derive(Default)]
pub(super) struct Axes {
    /// The values of each hyper-parameter, by their texts.
    pub choices: IndexMap<String, IndexMap<String, Value>>,
    /// The schedules, with the numbers of their fidelities.
    schedules: IndexMap<String, Vec<f64>>,
    pub epochs: BTreeSet<u32>,
    /// The seeds, in the order of their appearance.
    pub seeds: IndexMap<String, ()>,
}

/// The epoch of models that count no iterations.
const ONCE: u32 = 1;

impl Axes {
    /// Adds the values of a file.
    pub fn read(&mut self, file: &RecordFile, columns: &Columns) -> Result<(), ImportError> {
        self.check_choices(file, columns)?;
        let mut records = file.records(&columns.keys())?;
        let mut rows = 0u64;
        while records.advance()? {
            self.read_row(&records, columns)?;
            rows += 1;
        }
        if rows == 0 { Err(ImportError::content(&file.label, "holds no row of data")) } else { Ok(()) }
    }

    /// All files have the same hyper-parameters.
    fn check_choices(&mut self, file: &RecordFile, columns: &Columns) -> Result<(), ImportError> {
        if self.choices.is_empty() {
            self.choices = columns.choices.iter().map(|(name, _)| (name.clone(), IndexMap::new())).collect();
        }
        let listed = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>().join(", ");
        let found: Vec<&String> = columns.choices.iter().map(|(name, _)| name).collect();
        if found == self.choices.keys().collect::<Vec<_>>() {
            return Ok(());
        }
        let known = listed(self.choices.keys().collect());
        let what = format!("has the hyper-parameters {}, but another file has {known}", listed(found));
        Err(ImportError::content(&file.label, what))
    }

    fn read_row(&mut self, records: &Records<'_>, columns: &Columns) -> Result<(), ImportError> {
        for ((_, place), values) in columns.choices.iter().zip(self.choices.values_mut()) {
            let text = records.text(*place);
            if !values.contains_key(text.as_ref()) {
                values.insert(text.into_owned(), value(records, *place)?);
            }
        }
        let schedule = schedule_of(records, columns);
        if !self.schedules.contains_key(&schedule) {
            self.schedules.insert(schedule, fidelities(records, columns)?);
        }
        self.epochs.insert(epoch_of(records, columns)?);
        let seed = records.text(columns.seed);
        if !self.seeds.contains_key(seed.as_ref()) {
            self.seeds.insert(seed.into_owned(), ());
        }
        let axes = [(self.schedules.len(), "schedules"), (self.epochs.len(), "epochs"), (self.seeds.len(), "seeds")];
        match axes.into_iter().find(|(count, _)| *count > MOST) {
            Some((_, axis)) => Err(records.fault(format!("there are more than {MOST} {axis}: this is no grid"))),
            None => Ok(()),
        }
    }

    /// Puts numbers in rising order, and the schedules so that the last has the highest fidelity.
    pub fn sort(&mut self) {
        for values in self.choices.values_mut() {
            if values.values().all(|value| number(value).is_some()) {
                values.sort_by(|_, a, _, b| f64::total_cmp(&number(a).unwrap_or(0.0), &number(b).unwrap_or(0.0)));
            }
        }
        self.schedules.sort_by(|_, a, _, b| a.iter().map(|x| x.to_bits()).cmp(b.iter().map(|x| x.to_bits())));
    }

    /// The product of the hyper-parameters' values.
    pub fn space(&self) -> SpaceSpec {
        let choice = |(name, values): (&String, &IndexMap<String, Value>)| Choice {
            name: name.clone(),
            ordinal: values.values().all(|value| number(value).is_some()),
            values: values.values().cloned().collect(),
        };
        SpaceSpec::Choices { separator: ":".into(), choice: self.choices.iter().map(choice).collect() }
    }

    /// How many schedules there are.
    pub fn schedule_count(&self) -> usize {
        self.schedules.len()
    }

    /// The name of the schedule at a place; the highest fidelity is the last.
    pub fn schedule_name(&self, place: usize) -> String {
        self.schedules.get_index(place).map(|(name, _)| name.clone()).unwrap_or_default()
    }

    /// The place of a schedule.
    pub fn schedule(&self, name: &str) -> Option<usize> {
        self.schedules.get_index_of(name)
    }
}

/// The schedule of the present row: its fidelities but the iterations, `all` where there are none.
pub(super) fn schedule_of(records: &Records<'_>, columns: &Columns) -> String {
    let named = |(name, place): &(String, usize)| format!("{name}={}", records.text(*place));
    match &columns.fidelities[..] {
        [] => "all".to_owned(),
        some => some.iter().map(named).collect::<Vec<_>>().join(","),
    }
}

/// The numbers of the present row's fidelities; they are not negative, so that their bits are in their order.
fn fidelities(records: &Records<'_>, columns: &Columns) -> Result<Vec<f64>, ImportError> {
    let number = |(_, place): &(String, usize)| match records.number(*place, &[])? {
        Some(number) if number >= 0.0 => Ok(number.abs()), // no negative zero
        _ => Err(records.bad_cell(*place, "a fidelity, a number that is not negative")),
    };
    columns.fidelities.iter().map(number).collect()
}

/// The epoch of the present row.
pub(super) fn epoch_of(records: &Records<'_>, columns: &Columns) -> Result<u32, ImportError> {
    let Some(place) = columns.iterations else { return Ok(ONCE) };
    let whole = |number: f64| number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&number);
    match records.number(place, &[])? {
        Some(number) if whole(number) => Ok(number as u32),
        _ => Err(records.bad_cell(place, "a number of iterations")),
    }
}

fn value(records: &Records<'_>, place: usize) -> Result<Value, ImportError> {
    match records.cell(place) {
        Cell::Whole(number) => Ok(Value::Int(number)),
        Cell::Number(number) if number.is_finite() => Ok(Value::Float(number)),
        Cell::Truth(truth) => Ok(Value::Bool(truth)),
        Cell::Text(text) if !text.is_empty() => Ok(Value::Text(text.to_owned())),
        _ => Err(records.bad_cell(place, "a value of a hyper-parameter")),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Bool(_) | Value::Text(_) => None,
    }
}
