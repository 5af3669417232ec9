//! The floors of the house: a floor imports only from floors below it.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up; floors of one row do not know each other.
const FLOORS: &[&[&str]] = &[
    &["base"],
    &["stats"],
    &["space"],
    &["strategy", "table"],
    &["import", "benchmark"],
    &["trainer"],
    &["experiment"],
    &["analysis"],
    &["figure"],
    &["report"],
    &["cli"],
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { sources(&entry, found) } else { found.push(entry) }
    }
}

fn height(floor: &str) -> Option<usize> {
    FLOORS.iter().position(|row| row.contains(&floor))
}

#[test]
fn imports_go_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut checked = 0;
    for file in files {
        let inner = file.strip_prefix(&src).unwrap();
        let floor = inner.components().next().unwrap().as_os_str().to_str().unwrap();
        if floor.ends_with(".rs") {
            continue; // main.rs and lib.rs stand outside of the house
        }
        let own = height(floor).unwrap_or_else(|| panic!("{floor} is no floor of the house"));
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let below =
                    height(&name).unwrap_or_else(|| panic!("{}:{}: `crate::{name}`", inner.display(), number + 1));
                assert!(below < own || name == floor, "{}:{}: {floor} imports {name}", inner.display(), number + 1);
                checked += 1;
            }
        }
    }
    assert!(checked > 50, "only {checked} imports were found: is the test looking at the right place?");
}

#[test]
fn unsafe_stands_in_one_file() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let with_unsafe = |file: &PathBuf| fs::read_to_string(file).unwrap().contains("unsafe {");
    let found: Vec<_> = files.into_iter().filter(with_unsafe).collect();
    assert_eq!(found, [src.join("table/raw.rs")]);
}
