//! A blackbox of Syne Tune's repository (`awslabs/syne-tune`, Apache-2.0; `blackbox_repository/serialize.py`, `blackbox_tabular.py`): a folder
//! with `metadata.json`, `configspace.json`, `hyperparameters.parquet`, `objectives_evaluations.npy` of shape
//! `[tasks, rows, seeds, fidelities, objectives]` and `fidelities_values.npy`.
//!
//! Directions are not published: they are told from the objectives' names, see `objective.rs`.

mod known;
mod objective;
mod rows;

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use ndarray::{Array3, Axis, s};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::known::Known;
use self::objective::Objective;
use self::rows::Rows;
use super::npy::Npy;
use super::source::source_of;
use super::waiting::Waiting;
use super::{ImportError, Kind, Look, importer, without_nan};
use crate::base::read_regular;
use crate::table::{MetricData, Provenance, Source, Table};

const METADATA: &str = "metadata.json";
const SPACE: &str = "configspace.json";
const PARAMETERS: &str = "hyperparameters.parquet";
const OBJECTIVES: &str = "objectives_evaluations.npy";
const FIDELITIES: &str = "fidelities_values.npy";

/// What `metadata.json` says.
#[derive(Deserialize)]
struct Metadata {
    objectives_names: Vec<String>,
    task_names: Vec<String>,
    metric_elapsed_time: Option<String>,
}

/// A blackbox without its numbers.
struct Blackbox {
    name: String,
    metadata: Metadata,
    rows: Rows,
    epochs: Vec<u32>,
    seeds: usize,
    known: Option<Known>,
}

/// Whether a folder holds a blackbox.
pub fn knows(look: &Look) -> bool {
    look.kind == Kind::Folder && [METADATA, PARAMETERS, OBJECTIVES].iter().all(|file| look.has(file))
}

/// Imports a folder and writes the table.
///
/// # Errors
/// Names the file and what it does not hold as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let folder = match paths {
        [folder] => folder,
        _ => return Err(ImportError::content(&super::columns::listed(paths), "expected one folder of one blackbox")),
    };
    let mut numbers = Npy::open(&folder.join(OBJECTIVES))?;
    let blackbox = Blackbox::read(folder, &numbers)?;
    let mut notes = blackbox.notes();
    let sources = [METADATA, SPACE, PARAMETERS, OBJECTIVES, FIDELITIES].map(|file| source(folder, file));
    let sources = sources.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut columns = Vec::new();
    for task in &blackbox.metadata.task_names {
        let objectives = blackbox.read_task(task, &mut numbers, &mut notes)?;
        for (published, values) in blackbox.metadata.objectives_names.iter().zip(objectives) {
            let (name, data) = blackbox.metric(task, published, values, &mut notes);
            columns.push((task.replace('/', "-"), name, Waiting::of(data, output)?));
        }
    }
    let mut table = blackbox.rows.table(&blackbox.name, provenance(&blackbox, sources, notes))?;
    let schedule = blackbox.epochs.last().map(u32::to_string).unwrap_or_default();
    for (task, name, column) in columns {
        column.add(&mut table, &task, &schedule, &name)?;
    }
    table.write(output).map_err(ImportError::from)
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, ImportError> {
    let label = path.display().to_string();
    let bytes = read_regular(path).map_err(|source| ImportError::Io { file: label.clone(), source })?;
    serde_json::from_slice(&without_nan(&bytes)).map_err(|error| ImportError::content(&label, error.to_string()))
}

fn source(folder: &Path, file: &str) -> Result<Source, ImportError> {
    source_of(&folder.join(file))
}

impl Blackbox {
    fn read(folder: &Path, numbers: &Npy) -> Result<Self, ImportError> {
        let metadata: Metadata = json(&folder.join(METADATA))?;
        let declared: IndexMap<String, Value> = json(&folder.join(SPACE))?;
        let rows = Rows::read(&folder.join(PARAMETERS), &declared)?;
        let epochs = epochs(&folder.join(FIDELITIES))?;
        let fault = |what: String| ImportError::content(&folder.join(OBJECTIVES).display().to_string(), what);
        if !numbers.is_single() {
            return Err(fault("holds other numbers than <f4, which blackboxes have".into()));
        }
        let &[tasks, count, seeds, fidelities, objectives] = numbers.shape.as_slice() else {
            return Err(fault(format!(
                "has shape {:?}, expected [tasks, rows, seeds, fidelities, objectives]",
                numbers.shape
            )));
        };
        let (task_names, names) = (&metadata.task_names, &metadata.objectives_names);
        let expected = (task_names.len(), rows.len(), epochs.len(), names.len());
        if (tasks, count, fidelities, objectives) != expected || numbers.shape.contains(&0) {
            return Err(fault(format!(
                "has shape {:?}, expected [{}, {}, seeds, {}, {}] after the other files",
                numbers.shape, expected.0, expected.1, expected.2, expected.3
            )));
        }
        let known = Known::of(&rows, names);
        let folder_name = folder.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self { name: format!("syne-tune-{folder_name}"), metadata, rows, epochs, seeds, known })
    }

    /// Reads a task's numbers, which come next, objective by objective `[rows, seeds, fidelities]`.
    fn read_task(
        &self,
        task: &str,
        numbers: &mut Npy,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Array3<f32>>, ImportError> {
        let names = &self.metadata.objectives_names;
        let (rows, fidelities) = (self.rows.len(), self.epochs.len());
        let mut values = vec![Array3::from_elem((rows, self.seeds, fidelities), f32::NAN); names.len()];
        let mut row_values = vec![0.0; self.seeds * fidelities * names.len()];
        for row in 0..rows {
            numbers.read(&mut row_values)?;
            for (place, value) in row_values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                let (curve, objective) = (place / names.len(), place % names.len());
                values[objective][[row, curve / fidelities, curve % fidelities]] = *value as f32; // as it is stored
            }
        }
        notes.extend(self.known.and_then(|known| known.repair(task, names, &mut values)));
        Ok(values)
    }

    /// A metric; what is the same at all fidelities, or for all seeds, is kept once.
    fn metric(&self, task: &str, name: &str, mut values: Array3<f32>, notes: &mut Vec<String>) -> (String, MetricData) {
        let is_elapsed = self.metadata.metric_elapsed_time.as_deref() == Some(name);
        let objective = Objective::of(name, is_elapsed, self.known, &values);
        let mut epochs = self.epochs.clone();
        let mut labels: Vec<String> = (0..self.seeds).map(|seed| seed.to_string()).collect();
        if epochs.len() > 1 && is_constant(&values, Axis(2)) {
            values = values.slice(s![.., .., ..1]).to_owned();
            epochs.drain(..epochs.len() - 1);
            notes.push(format!("task `{task}`: `{name}` is the same at all fidelities and kept once"));
        }
        if labels.len() > 1 && is_constant(&values, Axis(1)) {
            values = values.slice(s![.., ..1, ..]).to_owned();
            labels = vec!["all".to_owned()];
            notes.push(format!("task `{task}`: `{name}` is the same for all seeds and kept once"));
        }
        let name = objective.name.clone();
        (name, MetricData { metric: objective.describe(labels, epochs), values: values.mapv(f64::from) })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "directions are not published: names with acc, auc, score, r2, reward, f1, precision or recall are maximised, all others minimised".to_owned(),
            "units are not published: they are told from names and values".to_owned(),
            "seeds and tasks stand in the published order; numbers that are not finite count as missing".to_owned(),
        ];
        notes.extend(self.rows.notes());
        notes.extend(self.known.iter().flat_map(|known| known.notes()).map(|note| (*note).to_owned()));
        notes
    }
}

/// Whether the numbers along an axis are the same, or all missing.
fn is_constant(values: &Array3<f32>, axis: Axis) -> bool {
    let same = |a: f32, b: f32| a == b || a.is_nan() && b.is_nan();
    values.lanes(axis).into_iter().all(|lane| lane.iter().all(|&value| same(value, lane[0]))) // an axis has a place
}

/// The fidelities as epochs.
fn epochs(path: &Path) -> Result<Vec<u32>, ImportError> {
    let mut numbers = Npy::open(path)?;
    let fault = |what: String| ImportError::content(&path.display().to_string(), what);
    let &[count] = numbers.shape.as_slice() else {
        return Err(fault(format!("has shape {:?}, expected one list of fidelities", numbers.shape)));
    };
    let mut values = vec![0.0; count];
    numbers.read(&mut values)?;
    let epoch = |value: f64| (value.fract() == 0.0 && (0.0..=4e9).contains(&value)).then_some(value as u32);
    let epochs: Option<Vec<u32>> = values.iter().map(|&value| epoch(value)).collect();
    match epochs.filter(|epochs| !epochs.is_empty() && epochs.is_sorted_by(|early, late| early < late)) {
        Some(epochs) => Ok(epochs),
        None => Err(fault("expected whole numbers that rise: epochs or other steps".into())),
    }
}

fn provenance(blackbox: &Blackbox, sources: Vec<Source>, notes: Vec<String>) -> Provenance {
    Provenance {
        origin: format!(
            "blackbox `{}` of Syne Tune's repository (awslabs/syne-tune)",
            &blackbox.name["syne-tune-".len()..]
        ),
        licence: "as the original publication; Syne Tune: Apache-2.0".into(),
        sources,
        importer: importer("syne-tune"),
        trained: None,
        notes,
    }
}
