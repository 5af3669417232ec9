//! What several tests need: the real binary, a tiny table, the shared data.
#![allow(dead_code)] // every test file uses a part of it

pub mod pickling;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nasreplay::space::{Arch, Choice, SpaceSpec, Value};
use nasreplay::table::{Direction, ElementType, Metric, MetricData, Provenance, Table, TableBuilder};
use ndarray::Array3;

/// The binary, in a folder.
pub fn nasreplay(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nasreplay"));
    command.current_dir(folder).env_remove("NASREPLAY_TABLES").env("XDG_DATA_HOME", folder.join("no-such-folder"));
    command
}

/// Runs the binary.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    nasreplay(folder).args(arguments).output().unwrap()
}

/// Opens HDF5 files without locks: the binary that another test starts would hold a lock on a file that is open at that moment.
pub fn without_locks() -> hdf5::file::FileBuilder {
    let mut builder = hdf5::File::with_options();
    builder.with_fapl(|access| access.file_locking(false));
    builder
}

/// Runs the binary, which must succeed, and returns its stdout.
#[track_caller]
pub fn stdout_of(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {:?}\n--- stdout\n{out}\n--- stderr\n{err}", output.status);
    out
}

/// Runs the binary, which must refuse with exit code 2 and one clear message, and returns that message.
#[track_caller]
pub fn refusal_of(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{arguments:?}\n--- stdout\n{out}\n--- stderr\n{err}");
    assert!(!err.contains("panicked") && !err.contains("RUST_BACKTRACE"), "{err}");
    assert_eq!(err.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{err}");
    err
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The shared data, or `None` with the reason printed; continuous integration sets `NASREPLAY_SHARED` and never skips.
pub fn shared(file: &str) -> Option<PathBuf> {
    let named = std::env::var_os("NASREPLAY_SHARED").map(PathBuf::from);
    let is_named = named.is_some();
    let path = named.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared")).join(file);
    if path.exists() {
        return Some(path);
    }
    assert!(!is_named, "NASREPLAY_SHARED is set, but {} is not there", path.display());
    eprintln!("skipped: {} is not there; set NASREPLAY_SHARED to the folder with the shared data", path.display());
    None
}

/// A metric's description for tiny tables.
pub fn metric(unit: &str, direction: Direction, labels: &[&str], epochs: &[u32]) -> Metric {
    Metric {
        unit: unit.into(),
        direction,
        split: "trained on train, measured on valid".into(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        epochs: epochs.to_vec(),
        element: ElementType::F64,
        aggregated: None,
        derived: None,
        optimum: None,
    }
}

/// The space of the tiny table: 3 x 4 choices.
pub fn tiny_space() -> SpaceSpec {
    let choice = |name: &str, values: i64| Choice {
        name: name.into(),
        values: (0..values).map(Value::Int).collect(),
        ordinal: true,
    };
    SpaceSpec::Choices { separator: ":".into(), choice: vec![choice("depth", 3), choice("width", 4)] }
}

/// A table of `rows` of the 12 architectures of [`tiny_space`], from the last code down, with two replicates, of which the second
/// is missing in every third row, and test accuracy; the best architecture is the one of row 0.
pub fn tiny_builder(rows: usize) -> TableBuilder {
    let archs = (0..rows as u64).map(|row| Arch(11 - row)).collect();
    let provenance = Provenance { origin: "made up".into(), licence: "none needed".into(), ..Provenance::default() };
    let mut table = TableBuilder::new("tiny", tiny_space(), archs, provenance);
    let accuracy = |(row, replicate, _): (usize, usize, usize)| match (row % 3, replicate) {
        (2, 1) => f64::NAN,
        _ => 90.0 - row as f64 + 0.25 * replicate as f64,
    };
    let valid = Array3::from_shape_fn((rows, 2, 1), accuracy);
    let test = Array3::from_shape_fn((rows, 1, 1), |(row, ..)| 88.0 - row as f64);
    let seconds = Array3::from_shape_fn((rows, 1, 1), |(row, ..)| 10.0 + row as f64);
    let one = |values, unit: &str, direction| MetricData { metric: metric(unit, direction, &["all"], &[9]), values };
    let two = MetricData { metric: metric("percent", Direction::Maximise, &["777", "888"], &[9]), values: valid };
    table.metric("toy", "9", "valid_acc", two).unwrap();
    table.metric("toy", "9", "test_acc", one(test, "percent", Direction::Maximise)).unwrap();
    table.metric("toy", "9", "train_seconds", one(seconds.clone(), "seconds", Direction::Minimise)).unwrap();
    table
        .fixed(
            "params",
            MetricData { metric: metric("parameters", Direction::Minimise, &["all"], &[0]), values: seconds },
        )
        .unwrap();
    table
}

/// Writes the tiny table into a folder.
pub fn tiny_table(folder: &Path, rows: usize) -> Table {
    tiny_builder(rows).write(&folder.join("tiny.h5")).unwrap()
}

/// Every file below a folder with its bytes, by its path, in order; without what belongs to the machine.
pub fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            match path.is_dir() {
                true => folders.push(path),
                false if name == "timing.json" || name == ".lock" => {}
                false => files.push((name, std::fs::read(&path).unwrap())),
            }
        }
    }
    files.sort();
    files
}
