//! FC-Net (HPOLib), `fcnet_tabular_benchmarks.tar.gz` of `automl/nas_benchmarks` (BSD-3-Clause): an HDF5 file for each of four regression
//! data sets. Klein and Hutter, "Tabular Benchmarks for Joint Architecture and Hyperparameter Optimization", 2019.
//!
//! The root has a group for each configuration, whose name is the configuration as JSON; in it stand `valid_mse` and `train_mse` `[4, 100]`,
//! `final_test_error`, `runtime` and `n_params` `[4]`. There are no seconds for each epoch: the publication charges `runtime / 100` each.

mod file;
mod task;

use std::path::{Path, PathBuf};

use super::source::source_of;
use super::waiting::Waiting;
use super::{ImportError, Kind, Look, columns, importer};
use crate::space::{self, Choices};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Source, Table, TableBuilder};
use file::FcnetFile;
use task::Task;

/// The epochs of each training, and the table's only schedule.
const EPOCHS: u32 = 100;
const SCHEDULE: &str = "100";

/// The trainings of each configuration.
const SEEDS: usize = 4;

/// What the losses are measured in.
const LOSS: &str = "MSE of normalised targets";

/// Whether an HDF5 file's groups are configurations, or a folder holds a file of the published name.
pub fn knows(look: &Look) -> bool {
    match look.kind {
        Kind::Hdf5 => look.any(|name| name.starts_with('{') && name.contains("\"activation_fn_1\"")),
        Kind::Folder => look.any(|name| data_set(Path::new(name)).is_some()),
        _ => false,
    }
}

/// Imports one file or several, or those of a folder, each a task, and writes the table.
///
/// # Errors
/// Names the file, group and data set that is not as published; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let files = locate(paths)?;
    let choices = Choices::of_spec(&space::fcnet())?;
    let choices = choices.ok_or_else(|| ImportError::content("fcnet", "the space is no product of choices"))?;
    let mut sources = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut archs = Vec::new();
    let mut waiting = Vec::new();
    let mut infinite = Vec::new();
    for path in &files {
        sources.push(source_of(path)?);
        let file = FcnetFile::open(path)?;
        let found = file.configurations()?;
        match &names[..] {
            [] => {
                archs = file.archs(&choices, &found)?;
                names = found;
            }
            known => check_same(known, &found, &file, &files[0])?,
        }
        let task = Task::read(&file, &names)?;
        let name = data_set(path).unwrap_or_else(|| stem(path));
        infinite.push((name.clone(), task.infinite));
        for (metric, data) in task.metrics() {
            waiting.push((name.clone(), metric, Waiting::of(data, output)?));
        }
    }
    let mut table = TableBuilder::new("fcnet", space::fcnet(), archs, provenance(&infinite, sources));
    for (task, metric, data) in waiting {
        data.add(&mut table, &task, SCHEDULE, metric)?;
    }
    table.write(output).map_err(ImportError::from)
}

/// The files that are given, and those of the published names in folders that are given.
fn locate(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ImportError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let inside = columns::files(std::slice::from_ref(path))?;
        let inside: Vec<PathBuf> = inside.into_iter().filter(|file| data_set(file).is_some()).collect();
        if inside.is_empty() {
            return Err(ImportError::content(&path.display().to_string(), "holds no file `fcnet_*_data.hdf5`"));
        }
        files.extend(inside);
    }
    Ok(files)
}

/// The data set that a published file name tells.
fn data_set(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix("fcnet_")?.strip_suffix("_data.hdf5").map(str::to_owned)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn check_same(known: &[String], found: &[String], file: &FcnetFile, first: &Path) -> Result<(), ImportError> {
    if known == found {
        return Ok(());
    }
    let odd = found.iter().zip(known).find(|(found, known)| found != known).map(|(found, _)| found);
    let what = match odd {
        Some(odd) => format!("group `{odd}` is not where `{}` has it", first.display()),
        None => format!("has {} configurations, but `{}` has {}", found.len(), first.display(), known.len()),
    };
    Err(ImportError::Content {
        file: file.label.clone(),
        what,
        hint: Some("import files with other configurations into tables of their own".into()),
    })
}

impl Task {
    /// The task's metrics by their names in the table.
    fn metrics(self) -> [(&'static str, MetricData); 5] {
        let seconds = task::elapsed(&self.runtime);
        let elements = [&self.valid, &self.train, &self.runtime, &self.test].map(task::element);
        let [valid, train, runtime, test] = elements;
        let mut elapsed = metric("seconds", "trained on train", curve(), runtime);
        elapsed.derived = Some("published seconds of the whole training / 100 x epoch".into());
        let mut params = metric("parameters", "", vec![EPOCHS], ElementType::F64);
        params.labels = vec!["all".into()];
        let loss = |split: &str, epochs, element| metric(LOSS, split, epochs, element);
        let valid = loss("trained on train, measured on valid", curve(), valid);
        let train = loss("trained on train, measured on train", curve(), train);
        let test = loss("trained on train, measured on test", vec![EPOCHS], test);
        [
            ("valid_loss", MetricData { metric: valid, values: self.valid }),
            ("train_loss", MetricData { metric: train, values: self.train }),
            ("train_seconds", MetricData { metric: elapsed, values: seconds }),
            ("test_loss", MetricData { metric: test, values: self.test }),
            ("params", MetricData { metric: params, values: self.params }),
        ]
    }
}

fn curve() -> Vec<u32> {
    (1..=EPOCHS).collect()
}

fn metric(unit: &str, split: &str, epochs: Vec<u32>, element: ElementType) -> Metric {
    Metric {
        unit: unit.to_owned(),
        direction: Direction::Minimise,
        split: split.to_owned(),
        labels: (0..SEEDS).map(|seed| seed.to_string()).collect(),
        epochs,
        element,
        aggregated: None,
        derived: None,
        optimum: None,
    }
}

/// The table's provenance; `infinite` tells of each task how many losses are.
fn provenance(infinite: &[(String, usize)], sources: Vec<Source>) -> Provenance {
    let mut notes: Vec<String> = [
        "rows are in the order of the groups' names, which are the configurations as JSON with sorted keys",
        "replicates are the positions 0 to 3 in the publication's data sets, its four trainings",
        "valid_loss and train_loss are `valid_mse` and `train_mse`: mean squared errors of targets normalised by the training set's mean and deviation; they are no root mean squares, whatever HPOBench's name `valid_rmse` says",
        "train_loss is measured during the epoch, with dropout, not after it",
        "`train_seconds` is derived: only the seconds of the whole training are published, and the publication charges a hundredth for each epoch",
        "test_loss is published after the last epoch only",
        "`params` depends on the data set's number of features",
        "numbers are kept as 4-byte floats where these hold every published digit",
    ]
    .map(str::to_owned)
    .to_vec();
    notes.extend(infinite.iter().filter(|(_, count)| *count > 0).map(|(name, count)| {
        format!("{name}: {count} losses are infinite, of trainings that diverged, and count as not measured")
    }));
    Provenance {
        origin:
            "FC-Net (Klein and Hutter, Tabular Benchmarks for Joint Architecture and Hyperparameter Optimization, 2019)"
                .into(),
        licence: "BSD-3-Clause (automl/nas_benchmarks)".into(),
        sources,
        importer: importer("fcnet"),
        trained: None,
        notes,
    }
}
