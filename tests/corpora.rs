//! The seed corpora of the fuzz targets, and what fuzzing found before, run through the same functions.

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::path::Path;

/// Runs every file of a corpus.
fn run(corpus: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(corpus);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 1, "{} is empty", folder.display());
    files.iter().for_each(|file| target(&fs::read(file).unwrap()));
}

#[test]
fn pickles() {
    run("pickle", fuzz::pickle);
}

#[test]
fn records() {
    run("tfrecord", fuzz::tfrecord);
}

#[test]
fn mappings() {
    run("mapping", fuzz::mapping);
}

#[test]
fn experiments() {
    run("experiment", fuzz::experiment);
}

#[test]
fn tables() {
    run("table", fuzz::table);
}

#[test]
fn schemas() {
    run("schema", fuzz::schema);
}
