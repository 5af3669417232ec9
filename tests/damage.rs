//! Published files that are cut short or have bits turned over: described and imported, they give errors that name the file, never a panic,
//! a hang or an allocation out of proportion.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::shared;
use nasreplay::base::{Key, Rng};
use nasreplay::import::{FORMATS, Look, describe};

const CUTS: usize = 20;
const FLIPS: usize = 200;

/// What is tried with each file.
#[derive(Default, Debug)]
struct Tally {
    files: usize,
    tried: usize,
    described: usize,
    imported: usize,
    refused: usize,
}

/// Describes a damaged file and imports it as what it was; `knows` asks the undamaged file.
fn try_out(path: &Path, formats: &[usize], tally: &mut Tally) {
    tally.tried += 1;
    match describe(path) {
        Ok(text) => {
            tally.described += 1;
            assert!(text.len() < 100_000, "{} is described in {} bytes", path.display(), text.len());
        }
        Err(error) => assert!(error.to_string().contains(&path.display().to_string()), "{error}"),
    }
    let table = path.with_extension("table.h5");
    for &format in formats {
        match (FORMATS[format].import)(&[path.to_owned()], &table) {
            Ok(_) => tally.imported += 1,
            Err(error) => {
                tally.refused += 1;
                let message = error.to_string();
                assert!(!message.is_empty() && !table.exists(), "{}: {message}", path.display());
            }
        }
        _ = fs::remove_file(&table);
    }
}

/// Cuts a file at places spread over it, then turns single bits over; everything follows from the file's name.
fn damage(file: &Path, folder: &Path, tally: &mut Tally) {
    let bytes = fs::read(file).unwrap();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let path = folder.join(&name);
    let look = Look::at(file).unwrap();
    let formats: Vec<usize> = (0..FORMATS.len()).filter(|&format| (FORMATS[format].knows)(&look)).collect();
    tally.files += 1;
    let mut rng = Rng::new(Key::derive(0, "damage", &[&name], 0));
    for cut in 0..CUTS {
        fs::write(&path, &bytes[..bytes.len() * cut / CUTS]).unwrap();
        try_out(&path, &formats, tally);
    }
    for _ in 0..FLIPS {
        let mut flipped = bytes.clone();
        let bit = rng.below(8 * bytes.len() as u32);
        flipped[bit as usize / 8] ^= 1 << (bit % 8);
        fs::write(&path, flipped).unwrap();
        try_out(&path, &formats, tally);
    }
    _ = fs::remove_file(path);
}

fn damage_all(files: impl Iterator<Item = PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let mut tally = Tally::default();
    files.for_each(|file| damage(&file, folder.path(), &mut tally));
    eprintln!("{tally:?}");
    assert!(tally.files > 0 && tally.tried == tally.files * (CUTS + FLIPS));
}

fn fixtures(wanted: impl Fn(&str) -> bool) -> Option<impl Iterator<Item = PathBuf>> {
    let folder = shared("data/fixtures")?;
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    Some(files.into_iter().filter(move |file| wanted(&file.file_name().unwrap().to_string_lossy())))
}

#[test]
fn damaged_pickles() {
    let large = |name: &str| name.contains("fake3") || name == "deep.pkl";
    let pickled = |name: &str| name.ends_with(".pkl") || name.ends_with(".pth") || name.ends_with(".gz");
    let Some(files) = fixtures(|name| pickled(name) && !large(name)) else { return };
    damage_all(files);
}

#[test]
fn damaged_records_arrays_and_columns() {
    let ending = |name: &str| [".npy", ".parquet", ".tfrecord"].iter().any(|ending| name.ends_with(ending));
    let Some(files) = fixtures(ending) else { return };
    damage_all(files);
}

#[test]
fn damaged_hdf5_files() {
    let Some(files) = fixtures(|name| name.ends_with("2.hdf5")) else { return };
    damage_all(files);
}

#[test]
fn a_damaged_official_file_of_nats_bench() {
    let Some(file) = shared("data/nats/NATS-sss-v1_0-50262-simple/000011.pickle.pbz2") else { return };
    damage_all(std::iter::once(file));
}

/// The large fixtures: a minute and more.
#[test]
#[ignore = "slow"]
fn damaged_large_files() {
    let Some(files) = fixtures(|name| name.contains("fake3") || name.ends_with(".hdf5") && !name.ends_with("2.hdf5"))
    else {
        return;
    };
    damage_all(files);
}
