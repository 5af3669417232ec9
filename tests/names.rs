//! Published names of rows, and lists of architectures that have nothing but names and features.

mod common;

use common::{metric, refusal_of, stdout_of, tiny_builder};
use nasreplay::space::{Arch, Encoding, SpaceSpec};
use nasreplay::table::{Direction, MetricData, Provenance, Table, TableBuilder, convert};
use ndarray::{Array2, Array3};

fn names(rows: usize) -> Vec<String> {
    (0..rows).map(|row| format!("hash-{:04x}", row * 7919 % 4096)).collect()
}

#[test]
fn architectures_are_found_by_their_published_names() {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = tiny_builder(10);
    builder.names(&names(10)).unwrap();
    let table = builder.write(&folder.path().join("named.h5")).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    for (row, name) in names(10).iter().enumerate() {
        assert_eq!(table.published_name(row), Some(name.as_str()));
        assert_eq!(table.space().parse(name).map(|arch| table.row(arch)), Ok(Some(row)));
        assert_eq!(table.space().write(table.arch(row)), *name);
    }
    assert_eq!(table.space().parse("2:3"), Ok(Arch(11)), "the space's own names are names still");
    assert_eq!(table.space().write(Arch(0)), "0:0", "an architecture without a row");
    let asked = ["table", "query", "named.h5", "--task", "toy", "--metric", "test_acc", "--arch", "hash-0eef"];
    assert!(stdout_of(folder.path(), &asked).starts_with("row 1  hash-0eef  test_acc (mean)  87"));
    assert!(refusal_of(folder.path(), &[&asked[..8], &["hash-9999"]].concat()).contains("hash-9999"));
    let copy = convert(&folder.path().join("named.h5"), &folder.path().join("copy.h5")).unwrap();
    assert_eq!((copy.digest(), copy.published_name(9)), (table.digest(), Some(names(10)[9].as_str())));
}

#[test]
fn names_that_name_nothing_clearly_are_refused() {
    let why = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        tiny_builder(2).names(&names).unwrap_err().to_string()
    };
    assert!(why(&["a"]).contains("1 names for 2 rows"));
    assert!(why(&["a", "a"]).contains("rows 0 and 1 have one published name, `a`"));
    assert!(why(&["a", ""]).contains("row 1 is empty"));
    assert!(why(&["a", "b\n"]).contains("control character"));
}

fn listed(rows: usize) -> TableBuilder {
    let space = SpaceSpec::Listed { size: 0 };
    let mut table = TableBuilder::new("list", space, (0..rows as u64).map(Arch).collect(), Provenance::default());
    let values = Array3::from_shape_fn((rows, 1, 1), |(row, ..)| row as f64);
    let description = metric("percent", Direction::Maximise, &["all"], &[9]);
    table.metric("toy", "9", "valid_acc", MetricData { metric: description, values }).unwrap();
    table.names(&names(rows)).unwrap();
    table
}

#[test]
fn a_list_is_searched_by_its_features() {
    let folder = tempfile::tempdir().unwrap();
    let plain = listed(30).write(&folder.path().join("plain.h5")).unwrap();
    assert_eq!((plain.space().size(), plain.is_complete()), (30, true));
    let mut described = listed(30);
    described.features(Array2::from_shape_fn((30, 2), |(row, place)| (row * (place + 1)) as f32)).unwrap();
    let table = described.write(&folder.path().join("described.h5")).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    assert_ne!(plain.digest(), table.digest());
    let mut near = Vec::new();
    table.space().neighbours(Arch(0), &mut near);
    assert_eq!(near, (1..=10).map(Arch).collect::<Vec<_>>());
    plain.space().neighbours(Arch(0), &mut near);
    assert_eq!(near.len(), 29);
    assert_eq!(table.space().encode(Arch(3), Encoding::Choices), Some(vec![3.0, 6.0]));
    let copy = convert(&folder.path().join("described.h5"), &folder.path().join("copy.h5")).unwrap();
    assert_eq!(copy.digest(), table.digest());
    assert_eq!(Table::open(&folder.path().join("plain.h5")).unwrap().features().unwrap().map(|_| ()), None);
    assert!(tiny_builder(2).features(Array2::zeros((2, 1))).is_err(), "only lists have features");
    assert!(listed(2).features(Array2::from_elem((2, 1), f32::NAN)).is_err());
    assert!(listed(2).features(Array2::zeros((3, 1))).is_err());
}

/// Writes the tables that fuzzing starts from; their bytes are kept in fuzz/corpus.
#[test]
#[ignore = "writes fuzz/corpus/table"]
fn write_seed_tables() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/table");
    tiny_builder(12).write(&corpus.join("tiny.h5")).unwrap();
    let mut named = tiny_builder(5);
    named.names(&names(5)).unwrap();
    named.write(&corpus.join("named.h5")).unwrap();
    let mut described = listed(6);
    described.features(Array2::from_shape_fn((6, 2), |(row, place)| (row + place) as f32)).unwrap();
    described.write(&corpus.join("listed.h5")).unwrap();
}
