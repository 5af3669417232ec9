//! Every check of a table's file, each on a file that is broken in just that way; and what a sound file must give.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use common::{refusal_of, run, stdout_of, text, tiny_builder, tiny_table};
use hdf5::types::FixedUnicode;
use nasreplay::table::{MetricData, Table, convert};
use ndarray::Array3;

const COLUMN: &str = "tasks/toy/9/valid_acc";

/// A tiny table's file, changed by `change` through HDF5.
fn changed(change: impl FnOnce(&hdf5::File)) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.h5");
    drop(tiny_table(folder.path(), 12));
    let file = common::without_locks().open_rw(&path).unwrap();
    change(&file);
    file.close().unwrap();
    (folder, path)
}

fn set_text(file: &hdf5::File, name: &str, value: &str) {
    file.delete_attr(name).unwrap();
    let value = FixedUnicode::<4096>::from_str(value).unwrap();
    file.new_attr::<FixedUnicode<4096>>().create(name).unwrap().write_scalar(&value).unwrap();
}

fn catalogue(file: &hdf5::File) -> String {
    file.attr("catalogue").unwrap().read_scalar::<FixedUnicode<4096>>().unwrap().as_str().to_owned()
}

/// Replaces the column by one that `create` makes of the same values.
fn replace_column(file: &hdf5::File, create: impl FnOnce(&hdf5::Group, &Array3<f64>)) {
    let values = file.dataset(COLUMN).unwrap().read::<f64, ndarray::Ix3>().unwrap();
    let parent = file.group("tasks/toy/9").unwrap();
    parent.unlink("valid_acc").unwrap();
    create(&parent, &values);
}

/// Asks for the column by the binary, which must refuse and say all of `said`.
#[track_caller]
fn refuses(path: &Path, said: &[&str]) {
    let folder = path.parent().unwrap();
    let asked = ["table", "query", path.to_str().unwrap(), "--task", "toy", "--arch", "2:3"];
    let message = refusal_of(folder, &asked);
    for part in said.iter().chain(&[path.to_str().unwrap()]) {
        assert!(message.contains(part), "`{part}` is missing in:\n{message}");
    }
}

#[test]
fn missing_empty_foreign_and_truncated_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    refuses(&path, &["cannot read", "No such file"]);
    fs::write(&path, "").unwrap();
    refuses(&path, &["it is empty"]);
    fs::write(&path, "index,arch\n0,none\n").unwrap();
    refuses(&path, &["is not a readable HDF5 file"]);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refuses(&path, &["it is a folder"]);
    fs::remove_dir(&path).unwrap();
    drop(tiny_table(folder.path(), 12));
    let whole = fs::read(folder.path().join("tiny.h5")).unwrap();
    fs::write(&path, &whole[..whole.len() - 100]).unwrap();
    refuses(&path, &["truncated"]);
    fs::write(&path, [&[0; 512][..], &whole].concat()).unwrap();
    refuses(&path, &["its content begins at byte 512, expected 0"]);
}

#[test]
fn a_foreign_hdf5_file_is_refused() {
    let (_folder, path) = changed(|file| set_text(file, "format", "something-else"));
    refuses(&path, &["is no nasreplay-table file", "`something-else`", "nasreplay import"]);
    let (_folder, path) = changed(|file| file.delete_attr("format").unwrap());
    refuses(&path, &["attribute `format` is absent"]);
}

#[test]
fn another_version_is_refused() {
    let (_folder, path) = changed(|file| file.attr("format_version").unwrap().write_scalar(&7u32).unwrap());
    refuses(&path, &["has format version 7, this build reads 1", "import the table again"]);
}

#[test]
fn absent_and_malformed_attributes_are_named() {
    for name in ["catalogue", "provenance", "digest", "name"] {
        let (_folder, path) = changed(|file| file.delete_attr(name).unwrap());
        refuses(&path, &[&format!("attribute `{name}` is absent")]);
    }
    let (_folder, path) = changed(|file| set_text(file, "catalogue", "{\"rows\": 12}"));
    refuses(&path, &["attribute `catalogue` is not as expected"]);
    let (_folder, path) = changed(|file| set_text(file, "digest", "123"));
    refuses(&path, &["attribute `digest`", "64 hexadecimal digits"]);
}

#[test]
fn an_absent_column_is_named() {
    let (_folder, path) = changed(|file| file.group("tasks/toy/9").unwrap().unlink("valid_acc").unwrap());
    refuses(&path, &[COLUMN, "is absent"]);
}

#[test]
fn another_shape_is_refused() {
    let (_folder, path) = changed(|file| {
        replace_column(file, |parent, values| {
            let flat = values.clone().into_shape_with_order((4, 6, 1)).unwrap();
            parent.new_dataset_builder().with_data(&flat).create("valid_acc").unwrap();
        });
    });
    refuses(&path, &[COLUMN, "has shape [4, 6, 1], expected [12, 2, 1]"]);
}

#[test]
fn another_element_type_is_refused() {
    let (_folder, path) = changed(|file| {
        replace_column(file, |parent, values| {
            parent.new_dataset_builder().with_data(&values.mapv(|value| value as f32)).create("valid_acc").unwrap();
        });
    });
    refuses(&path, &[COLUMN, "has elements float32, expected float64"]);
}

/// Chunked and compressed columns are refused with the command that mends them, and that command does.
#[test]
fn chunks_and_compression_are_refused_and_converted() {
    for compressed in [false, true] {
        let (folder, path) = changed(|file| {
            replace_column(file, |parent, values| {
                let builder = parent.new_dataset_builder().chunk((5, 2, 1));
                let builder = if compressed { builder.deflate(6) } else { builder };
                builder.with_data(values).create("valid_acc").unwrap();
            });
        });
        refuses(&path, &[COLUMN, "is stored Chunked, expected Contiguous", "nasreplay table convert"]);
        mended(folder.path(), &path);
    }
}

#[test]
fn compact_columns_are_refused() {
    let (folder, path) = changed(|file| {
        replace_column(file, |parent, values| {
            let builder =
                parent.new_dataset_builder().with_dcpl(|create| create.layout(hdf5::dataset::Layout::Compact));
            builder.with_data(values).create("valid_acc").unwrap();
        });
    });
    refuses(&path, &[COLUMN, "is stored Compact, expected Contiguous"]);
    mended(folder.path(), &path);
}

#[test]
fn a_column_that_was_never_written_is_refused() {
    let (_folder, path) = changed(|file| {
        replace_column(file, |parent, _| {
            parent.new_dataset::<f64>().shape((12, 2, 1)).create("valid_acc").unwrap();
        });
    });
    refuses(&path, &[COLUMN, "was never written"]);
}

/// HDF5 describes a little-endian 8-byte float by these bytes of its datatype message; the first bit of the second is the byte order.
const FLOAT64: [u8; 12] = [0x11, 0x20, 0x3F, 0x00, 8, 0, 0, 0, 0, 0, 64, 0];

#[test]
fn big_endian_columns_are_refused() {
    let (_folder, path) = changed(|_| {});
    let mut bytes = fs::read(&path).unwrap();
    let places: Vec<usize> = (0..bytes.len() - 12).filter(|&at| bytes[at..at + 12] == FLOAT64).collect();
    assert!(!places.is_empty(), "the file describes no little-endian 8-byte float");
    places.iter().for_each(|&at| bytes[at + 1] |= 1);
    fs::write(&path, bytes).unwrap();
    refuses(&path, &["is not little-endian", "nasreplay table convert"]);
}

/// Columns that this program writes are aligned to 64 bytes; those of a program that asks HDF5 for no alignment need not be.
#[test]
fn unaligned_columns_are_refused_and_converted() {
    let (folder, path) = changed(|file| {
        let parent = file.group("tasks/toy/9").unwrap();
        let values = parent.dataset("valid_acc").unwrap().read::<f64, ndarray::Ix3>().unwrap();
        parent.relink("valid_acc", "old").unwrap(); // its place in the file stays taken
        // small columns follow one another in a block of HDF5's without gaps
        parent.new_dataset_builder().with_data(&[1u8; 3]).create("filler").unwrap();
        let column = parent.new_dataset_builder().with_data(&values).create("valid_acc").unwrap();
        assert_ne!(column.offset().unwrap() % 8, 0, "HDF5 aligned the column by itself");
    });
    refuses(&path, &[COLUMN, "is not aligned to 8 bytes", "nasreplay table convert"]);
    mended(folder.path(), &path);
}

/// A column whose bytes would lie beyond the end of the file: HDF5 itself notices the missing end, so the shape is enlarged instead.
#[test]
fn columns_that_reach_beyond_the_file_are_refused() {
    let (_folder, path) = changed(|file| {
        let text = catalogue(file).replace("\"rows\":12", "\"rows\":1000000");
        set_text(file, "catalogue", &text);
    });
    refuses(&path, &["has shape [12], expected [1000000]"]);
}

/// A catalogue that describes no table is refused before anything is looked up in it.
#[test]
fn impossible_catalogues_are_refused() {
    for (from, to, said) in [
        ("\"epochs\":[9]", "\"epochs\":[]", "epochs [] must be listed once each, rising"),
        ("\"epochs\":[9]", "\"epochs\":[9,3]", "epochs [9, 3] must be listed once each, rising"),
        ("\"labels\":[\"777\",\"888\"]", "\"labels\":[]", "replicates [] must be listed once each"),
        ("\"labels\":[\"777\",\"888\"]", "\"labels\":[\"777\",\"777\"]", "must be listed once each"),
        ("\"row\":0", "\"row\":12", "the optimum is impossible"),
        ("\"rows\":12", "\"rows\":4294967295", "are more than the space or the format allows"),
        ("\"index\":\"dense\"", "\"index\":\"identity\"", "tiny.h5"),
    ] {
        let (_folder, path) = changed(|file| {
            let text = catalogue(file);
            assert!(text.contains(from), "{text}");
            set_text(file, "catalogue", &text.replacen(from, to, 1));
        });
        if to.contains("identity") {
            let output = run(path.parent().unwrap(), &["table", "verify", path.to_str().unwrap()]);
            assert_eq!(output.status.code(), Some(1), "another index is other content");
            continue;
        }
        refuses(&path, &["attribute `catalogue`", said]);
    }
}

/// No numbers vouch for rows without a metric.
#[test]
fn many_rows_without_a_metric_are_refused() {
    let (_folder, path) = changed(|file| {
        let mut claims: serde_json::Value = serde_json::from_str(&catalogue(file)).unwrap();
        claims["rows"] = 2_000_000.into();
        claims["tasks"] = serde_json::json!({});
        claims["static"] = serde_json::json!({});
        set_text(file, "catalogue", &claims.to_string());
    });
    refuses(&path, &["attribute `catalogue`", "2000000 rows have no metric"]);
}

/// An architecture outside of the space is found by `verify` and refused by a replay.
#[test]
fn architectures_outside_of_the_space_are_refused() {
    let (folder, path) = changed(|file| {
        let codes = file.dataset("arch/codes").unwrap();
        codes.write_slice(&[12u64], 4..5).unwrap();
    });
    let output = run(folder.path(), &["table", "verify", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("row 4 has an architecture outside of the space"),
        "{}",
        text(&output.stdout)
    );
    let experiment = "name = \"x\"\nseed = 1\nruns = 1\n[budget]\ntrials = 5\n[[benchmark]]\nname = \"b\"\ntable = \"tiny.h5\"\ntask = \"toy\"\n[[strategy]]\nkind = \"random-search\"\n";
    fs::write(folder.path().join("e.toml"), experiment).unwrap();
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    assert!(message.contains("its content does not have its digest") && message.contains("table verify"), "{message}");
}

#[test]
fn an_impossible_space_is_refused() {
    let (_folder, path) = changed(|file| {
        let text = catalogue(file).replace("\"name\":\"width\"", "\"name\":\"depth\"");
        set_text(file, "catalogue", &text);
    });
    let folder = path.parent().unwrap();
    let message = refusal_of(folder, &["table", "info", path.to_str().unwrap()]);
    assert!(message.contains("two choices are called `depth`"), "{message}");
}

/// The converted file must be the original table again.
#[track_caller]
fn mended(folder: &Path, path: &Path) {
    let original = tempfile::tempdir().unwrap();
    let sound = tiny_table(original.path(), 12);
    let new = folder.join("new.h5");
    stdout_of(folder, &["table", "convert", path.to_str().unwrap(), "-o", new.to_str().unwrap()]);
    let table = Table::open(&new).unwrap();
    assert_eq!((table.digest(), table.verify().unwrap()), (sound.digest(), vec![]));
}

/// Any flipped bit of a column is found by `verify`.
#[test]
fn verify_finds_a_flipped_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.h5");
    drop(tiny_table(folder.path(), 12));
    stdout_of(folder.path(), &["table", "verify", path.to_str().unwrap()]);
    let whole = fs::read(&path).unwrap();
    let offset = common::without_locks().open(&path).unwrap().dataset(COLUMN).unwrap().offset().unwrap() as usize;
    for place in [0, 7, 95, 12 * 2 * 8 - 1] {
        let mut bytes = whole.clone();
        bytes[offset + place] ^= 4;
        fs::write(&path, bytes).unwrap();
        let output = run(folder.path(), &["table", "verify", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "byte {place}");
        assert!(text(&output.stdout).contains("digest: expected"), "{}", text(&output.stdout));
    }
}

/// A damaged table gets no new digest by being written anew.
#[test]
fn convert_refuses_damaged_numbers() {
    let (folder, path) = changed(|file| {
        let column = file.dataset(COLUMN).unwrap();
        column.write_raw(&[12.5f64; 24]).unwrap();
    });
    let message = refusal_of(folder.path(), &["table", "convert", path.to_str().unwrap(), "-o", "new.h5"]);
    assert!(message.contains("the file is damaged"), "{message}");
    assert!(!folder.path().join("new.h5").exists());
}

/// Wherever a bit flips or the file ends: an answer or an error, never a panic.
#[test]
fn no_damage_makes_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.h5");
    drop(tiny_table(folder.path(), 12));
    let whole = fs::read(&path).unwrap();
    let damaged = folder.path().join("damaged.h5");
    let look = || {
        if let Ok(table) = Table::open(&damaged) {
            _ = table.verify();
            _ = (0..table.rows().min(100)).map(|row| table.row(table.arch(row))).collect::<Vec<_>>();
        }
        _ = convert(&damaged, &folder.path().join("new.h5"));
    };
    for cut in (0..20).map(|part| part * whole.len() / 20) {
        fs::write(&damaged, &whole[..cut]).unwrap();
        look();
    }
    for step in 0..400 {
        let mut bytes = whole.clone();
        let place = step * 7_919 % whole.len();
        bytes[place] ^= 1 << (step % 8);
        fs::write(&damaged, bytes).unwrap();
        look();
    }
}

#[test]
fn a_written_table_reads_as_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    for rows in [1, 2, 5, 12] {
        let table = tiny_table(folder.path(), rows);
        let column = table.metric("toy", "9", "valid_acc").unwrap();
        for row in 0..rows {
            assert_eq!(table.row(table.arch(row)), Some(row));
            assert_eq!(column.value(row, 0, 0), 90.0 - row as f64);
            assert_eq!(column.value(row, 1, 0).is_nan(), row % 3 == 2);
        }
        let absent = (0..12).filter(|code| table.row(nasreplay::space::Arch(*code)).is_none()).count();
        assert_eq!((absent, table.row(nasreplay::space::Arch(12))), (12 - rows, None));
        assert_eq!(table.verify().unwrap(), []);
        assert_eq!(column.metric().optimum.as_ref().unwrap().value, 90.125);
    }
}

#[test]
fn a_sparse_table_of_a_huge_space_is_indexed_by_a_hash() {
    use nasreplay::space::{Arch, Choice, SpaceSpec, Value};
    let folder = tempfile::tempdir().unwrap();
    let choice =
        |place| Choice { name: format!("c{place}"), values: (0..64).map(Value::Int).collect(), ordinal: false };
    let space = SpaceSpec::Choices { separator: ":".into(), choice: (0..10).map(choice).collect() };
    let archs: Vec<Arch> = (0..3_000u64).map(|row| Arch(row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4)).collect();
    let values = Array3::from_shape_fn((3_000, 1, 1), |(row, ..)| row as f64);
    let mut table = nasreplay::table::TableBuilder::new("sparse", space, archs.clone(), Default::default());
    let metric = common::metric("percent", nasreplay::table::Direction::Maximise, &["all"], &[1]);
    table.metric("t", "1", "valid_acc", MetricData { metric, values }).unwrap();
    let table = table.write(&folder.path().join("sparse.h5")).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    assert!(archs.iter().enumerate().all(|(row, &arch)| table.row(arch) == Some(row)));
    assert!((1..2_000).all(|code| table.row(Arch(code)).is_none()));
}

#[test]
fn content_that_makes_no_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    let data = |shape: (usize, usize, usize), value: f64, epochs: &[u32], labels: &[&str]| MetricData {
        metric: common::metric("percent", nasreplay::table::Direction::Maximise, labels, epochs),
        values: Array3::from_elem(shape, value),
    };
    let refused = |name: &str, data: MetricData, said: &str| {
        let error = tiny_builder(12).metric("toy", "9", name, data).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    };
    refused("a", data((11, 1, 1), 1.0, &[9], &["all"]), "has shape [11, 1, 1], expected [12, 1, 1]");
    refused("a", data((12, 1, 1), f64::INFINITY, &[9], &["all"]), "is inf in row 0");
    refused("a", data((12, 1, 2), 1.0, &[9, 9], &["all"]), "must be listed once each, rising");
    refused("a", data((12, 2, 1), 1.0, &[9], &["x", "x"]), "must be listed once each");
    refused("../a", data((12, 1, 1), 1.0, &[9], &["all"]), "cannot be a path");
    refused("valid_acc/top5", data((12, 1, 1), 1.0, &[9], &["all"]), "one would be the folder of the other");
    let mut seconds = data((12, 1, 1), -1.0, &[9], &["all"]);
    seconds.metric.unit = "seconds".into();
    refused("a", seconds, "expected a finite number that is not negative");
    let mut narrow = data((12, 1, 1), 1e39, &[9], &["all"]);
    narrow.metric.element = nasreplay::table::ElementType::F32;
    refused("a", narrow, "expected a finite number");
    let mut wide = tiny_builder(12);
    wide.metric("toy", "9", "a", data((12, 2, 1), 1.7e308, &[9], &["x", "y"])).unwrap();
    assert!(wide.write(&path).err().unwrap().to_string().contains("the optimum is impossible"));
    refused("valid_acc", data((12, 1, 1), 1.0, &[9], &["all"]), "is given twice");
    let twice = nasreplay::table::TableBuilder::new(
        "x",
        common::tiny_space(),
        vec![nasreplay::space::Arch(3); 2],
        Default::default(),
    );
    assert!(twice.write(&path).err().unwrap().to_string().contains("`0:3` stands in two rows"));
    let outside = nasreplay::table::TableBuilder::new(
        "x",
        common::tiny_space(),
        vec![nasreplay::space::Arch(12)],
        Default::default(),
    );
    assert!(outside.write(&path).err().unwrap().to_string().contains("is not of the space"));
    assert!(!path.exists());
}

/// A catalogue of more than 64 KiB, which one attribute cannot hold.
#[test]
fn long_catalogues_are_kept_in_parts() {
    use nasreplay::table::Direction;
    let folder = tempfile::tempdir().unwrap();
    let mut table = tiny_builder(12);
    for number in 0..600 {
        let metric = common::metric("percent", Direction::Maximise, &["all"], &[9]);
        let values = Array3::from_elem((12, 1, 1), f64::from(number));
        table.metric("toy", "9", &format!("metric_{number}"), MetricData { metric, values }).unwrap();
    }
    let table = table.write(&folder.path().join("long.h5")).unwrap();
    assert_eq!(table.catalogue().tasks["toy"]["9"].len(), 603);
    assert_eq!(table.verify().unwrap(), []);
}
