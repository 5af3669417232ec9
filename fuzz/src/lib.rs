//! What each fuzz target does with its bytes: read them as a stranger's file, look at all that was read, and never panic, hang or
//! allocate much. The seed corpora run through the same functions as ordinary tests (tests/corpora.rs).

use std::convert::Infallible;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use hdf5::types::FixedUnicode;
use nasreplay::import::pickle::{self, Dict, Stream, Value};
use nasreplay::table::{Table, convert};

/// The unpickler: reads pickle after pickle, and walks what was read; then reads the first again, item by item.
pub fn pickle(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok((pickle, length)) = pickle::read(rest) {
        walk(pickle.root());
        rest = &rest[length..];
    }
    for dict in [Dict::Root, Dict::Under("arch2infos")] {
        stream(bytes, dict);
    }
}

fn stream(bytes: &[u8], dict: Dict<'_>) {
    let Ok(survey) = Stream::new(bytes).survey() else { return };
    let read = Stream::new(bytes).items(survey, dict, |item| {
        [Some(item.key), Some(item.value), item.beside("meta_archs")].into_iter().flatten().for_each(walk);
        Ok::<_, Infallible>(())
    });
    read.into_iter().for_each(|rest| walk(rest.root()));
}

/// Asks a value and those inside for everything, up to so many: containers may hold one another any number of times.
fn walk(value: Value<'_>) {
    const MOST: usize = 1_000;
    let mut open = vec![value];
    for _ in 0..MOST {
        let Some(value) = open.pop() else { return };
        _ = (value.to_string(), value.to_f64s(), value.as_str(), value.as_i64(), value.as_bytes());
        open.extend(value.entries().into_iter().flatten().flat_map(|(key, inner)| [key, inner]).take(MOST));
        open.extend(value.items().into_iter().flatten().take(MOST));
    }
}

/// The reader of TFRecord files, and that of the records of NAS-Bench-101. The first byte says whether the others are a file, or a
/// record that is framed with sound check sums.
pub fn tfrecord(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    let path = scratch("tfrecord");
    let file = if which % 2 == 0 { rest.to_vec() } else { framed(rest) };
    if fs::write(&path, file).is_ok() {
        _ = nasreplay::import::nasbench101::import(std::slice::from_ref(&path), &path.with_extension("table.h5"));
    }
    _ = fs::remove_file(path.with_extension("table.h5"));
    _ = fs::remove_file(path);
}

fn framed(content: &[u8]) -> Vec<u8> {
    let masked = |bytes: &[u8]| crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let length = (content.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), content, &masked(content)].concat()
}

/// A mapping file.
pub fn mapping(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(mapping) = nasreplay::import::Mapping::parse(text) {
        _ = mapping.space.build();
    }
}

/// An experiment's file, resolved against the embedded tables.
pub fn experiment(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    _ = nasreplay::experiment::ExperimentSpec::parse(text);
}

/// A table's file: opened, looked up and verified; converted where that failed.
pub fn table(bytes: &[u8]) {
    let path = scratch("table");
    let converted = path.with_extension("converted.h5");
    if fs::write(&path, bytes).is_ok() && read(&path).is_none() {
        _ = convert(&path, &converted);
    }
    _ = fs::remove_file(converted);
    _ = fs::remove_file(path);
}

/// The check of a table's own description: a sound file in which one attribute of the root is replaced. The first byte says which.
pub fn schema(bytes: &[u8]) {
    const ATTRIBUTES: [&str; 5] = ["catalogue", "space", "provenance", "digest", "name"];
    let Some((which, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let path = scratch("schema");
    if with_attribute(&path, ATTRIBUTES[usize::from(*which) % ATTRIBUTES.len()], text).is_some() {
        read(&path);
    }
    _ = fs::remove_file(path);
}

const TINY: &[u8] = include_bytes!("../corpus/table/tiny.h5");

fn with_attribute(path: &PathBuf, name: &str, text: &str) -> Option<()> {
    let text = FixedUnicode::<8192>::from_str(text).ok()?;
    fs::write(path, TINY).ok()?;
    let file = hdf5::File::open_rw(path).ok()?;
    file.delete_attr(name).ok()?;
    file.new_attr::<FixedUnicode<8192>>().create(name).ok()?.write_scalar(&text).ok()?;
    file.close().ok()
}

/// Opens a table and asks it for everything; `None` where a part of it cannot be mapped.
fn read(path: &std::path::Path) -> Option<()> {
    let table = Table::open(path).ok()?;
    for row in 0..table.rows().min(64) {
        let arch = table.arch(row);
        _ = (table.row(arch), table.published_name(row));
        if arch.0 < table.space().size() {
            _ = table.space().parse(&table.space().write(arch));
        }
    }
    table.verify().ok().map(drop)
}

/// A file of this process alone, in memory where the system has such a folder.
fn scratch(name: &str) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let thread = format!("{:?}", std::thread::current().id());
    let digits: String = thread.chars().filter(char::is_ascii_digit).collect();
    folder.join(format!("nasreplay-fuzz-{name}-{}-{digits}.h5", std::process::id()))
}
