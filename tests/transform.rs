//! Tables that become other tables, or files of other programs and tables again.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{contents, metric, refusal_of, stdout_of, tiny_builder, tiny_space, tiny_table};
use nasreplay::import::{Mapping, generic};
use nasreplay::space::{Arch, SpaceSpec};
use nasreplay::table::export::{Container, export};
use nasreplay::table::{
    Direction, ElementType, MergedRows, MetricData, Provenance, RowChoice, Selection, Table, TableBuilder,
    known_tables, merge, slice,
};
use ndarray::{Array2, Array3};
use ndarray_npy::read_npy;

/// The files of an export, in any order: the mapping joins them.
fn sheets(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == suffix)).collect();
    files.sort();
    files
}

/// A table exported to CSV and to Parquet is rebuilt by the mapping that comes with it: same digest, same name.
#[track_caller]
fn comes_back(table: &Table) {
    let folder = tempfile::tempdir().unwrap();
    for (container, suffix) in [(Container::Csv, "csv"), (Container::Parquet, "parquet")] {
        let out = folder.path().join(suffix);
        export(table, &Selection::default(), container, &out, false).unwrap();
        let mapping = Mapping::read(&out.join("mapping.toml")).unwrap();
        let rebuilt = generic::import(&mapping, &sheets(&out, suffix), &folder.path().join("x.h5")).unwrap();
        assert_eq!(rebuilt.digest(), table.digest(), "{} by {suffix}", table.name());
        assert_eq!((rebuilt.name(), rebuilt.verify().unwrap()), (table.name(), vec![]));
        assert!(
            rebuilt.provenance().notes.starts_with(&table.provenance().notes),
            "notes on derived metrics may follow"
        );
    }
}

/// A table with everything that is awkward: names that collide, values of both types, curves of some replicates, empty metrics.
fn awkward_builder() -> TableBuilder {
    let archs: Vec<Arch> = [7, 3, 11, 0, 5].map(Arch).to_vec();
    let provenance = Provenance {
        origin: "a \"quoted\" origin".into(),
        notes: vec!["`row` is derived: x 2".into()],
        ..Provenance::default()
    };
    let mut table = TableBuilder::new("awkward", tiny_space(), archs, provenance);
    let values = |replicates, epochs| {
        Array3::from_shape_fn((5, replicates, epochs), |(row, replicate, epoch)| match (row + replicate + epoch) % 4 {
            3 => f64::NAN,
            place => 0.1 + row as f64 / 3.0 + replicate as f64 * 1e-9 + epoch as f64 * 1e9 - place as f64 * 1e-300,
        })
    };
    let single = |replicates, epochs| values(replicates, epochs).mapv(|value| f64::from(value as f32));
    let mut curve = metric("percent", Direction::Maximise, &["b, c", "a"], &[1, 2, 10]);
    curve.aggregated = Some("all; of \"them\"".into());
    let mut row = metric("nats", Direction::Minimise, &["all"], &[10]);
    (row.element, row.derived) = (ElementType::F32, Some("x 2".into()));
    let other = metric("percent", Direction::Maximise, &["a"], &[2, 3]);
    let mut add = |task: &str, schedule: &str, name: &str, metric, values| {
        table.metric(task, schedule, name, MetricData { metric, values }).unwrap();
    };
    add("one task", "10", "valid_acc", curve.clone(), values(2, 3));
    add("one task", "10", "row", row.clone(), single(1, 1));
    add("one task", "10", "empty", row.clone(), Array3::from_elem((5, 1, 1), f64::NAN));
    add("one task", "3", "valid_acc", other.clone(), values(1, 2));
    add("one_task", "10", "valid_acc", curve, values(2, 3));
    add("one_task", "10", "params", other, values(1, 2));
    let mut small = metric("millions", Direction::Minimise, &["all"], &[0]);
    (small.split, small.element) = (String::new(), ElementType::F32);
    let fixed = |metric, values| MetricData { metric, values };
    table.fixed("params", fixed(small.clone(), single(1, 1))).unwrap();
    table.fixed("name", fixed(small.clone(), single(1, 1))).unwrap();
    table.fixed("latency_ms/a_1", fixed(metric("ms", Direction::Minimise, &["x", "y"], &[0]), values(2, 1))).unwrap();
    table.fixed("nothing", fixed(small, Array3::from_elem((5, 1, 1), f64::NAN))).unwrap();
    table
}

fn awkward_table(folder: &Path) -> Table {
    awkward_builder().write(&folder.join("awkward.h5")).unwrap()
}

fn names(rows: usize) -> Vec<String> {
    (0..rows).map(|row| format!("net {row}, \"{:x}\"", row * 7919)).collect()
}

/// A list of architectures whose rows have features.
fn listed_table(folder: &Path, file: &str, names: &[String]) -> Table {
    let archs = (0..names.len() as u64).map(Arch).collect();
    let mut table = TableBuilder::new("list", SpaceSpec::Listed { size: 0 }, archs, Provenance::default());
    let value = |name: &String| name.bytes().map(f64::from).sum::<f64>() / 7.0;
    let values = Array3::from_shape_fn((names.len(), 1, 1), |(row, ..)| value(&names[row]));
    let description = metric("percent", Direction::Maximise, &["all"], &[9]);
    table.metric("toy", "9", "valid_acc", MetricData { metric: description, values }).unwrap();
    table.names(names).unwrap();
    let feature = |(row, place): (usize, usize)| value(&names[row]) as f32 * 0.1 + place as f32;
    table.features(Array2::from_shape_fn((names.len(), 2), feature)).unwrap();
    table.write(&folder.join(file)).unwrap()
}

#[test]
fn embedded_tables_come_back_from_their_files() {
    let embedded: Vec<_> = known_tables().into_iter().filter(|found| found.path.is_none()).collect();
    assert!(embedded.len() >= 3);
    embedded.iter().for_each(|found| comes_back(&Table::find(&found.name).unwrap()));
}

#[test]
fn awkward_tables_come_back_from_their_files() {
    let folder = tempfile::tempdir().unwrap();
    comes_back(&tiny_table(folder.path(), 10));
    comes_back(&awkward_table(folder.path()));
    let mut named = awkward_builder();
    named.names(&names(5)).unwrap();
    comes_back(&named.write(&folder.path().join("named.h5")).unwrap());
    comes_back(&listed_table(folder.path(), "list.h5", &names(12)));
}

#[test]
fn the_command_exports_and_the_mapping_says_how_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let table = tiny_table(here, 4);
    assert_eq!(stdout_of(here, &["table", "export", "tiny.h5", "--to", "csv", "-o", "out"]), "");
    let architectures = fs::read_to_string(here.join("out/architectures.csv")).unwrap();
    assert_eq!(architectures, "row,arch,params\n0,2:3,10.0\n1,2:2,11.0\n2,2:1,12.0\n3,2:0,13.0\n");
    let long = fs::read_to_string(here.join("out/toy-9.csv")).unwrap();
    let start = "task,schedule,row,arch,replicate,epoch,valid_acc,test_acc,train_seconds\n\
                 toy,9,0,2:3,777,9,90.0,,\ntoy,9,0,2:3,888,9,90.25,,\ntoy,9,0,2:3,all,9,,88.0,10.0\n";
    assert!(long.starts_with(start), "{long}");
    assert!(!long.contains("toy,9,2,2:1,888,"), "a line without a number");
    let mapping = fs::read_to_string(here.join("out/mapping.toml")).unwrap();
    assert!(mapping.contains("nasreplay import csv --mapping mapping.toml *.csv -o TABLE.h5"), "{mapping}");
    let files = ["import", "csv", "--mapping", "out/mapping.toml", "out/toy-9.csv", "out/architectures.csv"];
    stdout_of(here, &[&files[..], &["-o", "back.h5"]].concat());
    assert_eq!(Table::open(&here.join("back.h5")).unwrap().digest(), table.digest());
    let part = ["table", "export", "tiny.h5", "--to", "csv", "-o", "part", "--metric", "test_acc"];
    stdout_of(here, &part);
    let head = fs::read_to_string(here.join("part/toy-9.csv")).unwrap();
    assert!(head.starts_with("task,schedule,row,arch,replicate,epoch,test_acc\ntoy,9,0,2:3,all,9,88.0\n"), "{head}");
}

#[test]
fn numpy_reads_what_was_exported() {
    let folder = tempfile::tempdir().unwrap();
    let table = awkward_table(folder.path());
    let out = folder.path().join("arrays");
    export(&table, &Selection::default(), Container::Numpy, &out, false).unwrap();
    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let curve: Array3<f64> = read_npy(out.join("tasks/one task/10/valid_acc.npy")).unwrap();
    let column = table.metric("one task", "10", "valid_acc").unwrap();
    let expected = Array3::from_shape_fn((5, 2, 3), |(row, replicate, epoch)| column.value(row, replicate, epoch));
    assert_eq!(curve.shape(), [5, 2, 3]);
    assert_eq!(bits(curve.into_iter().collect()), bits(expected.into_iter().collect()));
    let single: Array3<f32> = read_npy(out.join("tasks/one task/10/row.npy")).unwrap();
    assert_eq!(f64::from(single[[1, 0, 0]]), table.metric("one task", "10", "row").unwrap().value(1, 0, 0));
    let fixed: Array3<f64> = read_npy(out.join("static/latency_ms/a_1.npy")).unwrap();
    assert_eq!(fixed.shape(), [5, 2, 1]);
    assert_eq!(fs::read_to_string(out.join("architectures.txt")).unwrap(), "1:3\n0:3\n2:3\n0:0\n1:1\n");
    let catalogue: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(out.join("catalogue.json")).unwrap()).unwrap();
    assert_eq!(catalogue["digest"], table.digest().to_string());
    assert_eq!(catalogue["catalogue"]["tasks"]["one task"]["10"]["valid_acc"]["labels"][0], "b, c");
    let list = listed_table(folder.path(), "list.h5", &names(4));
    export(&list, &Selection::default(), Container::Numpy, &folder.path().join("list"), false).unwrap();
    let features: Array2<f32> = read_npy(folder.path().join("list/features.npy")).unwrap();
    assert_eq!(features.as_slice().unwrap(), list.features().unwrap().unwrap().as_slice());
    assert!(fs::read_to_string(folder.path().join("list/architectures.txt")).unwrap().starts_with("net 0, \"0\"\n"));
}

#[test]
fn bad_exports_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    tiny_table(here, 4);
    let awkward = awkward_table(here);
    fs::create_dir(here.join("there")).unwrap();
    let before = contents(here);
    let apart = Selection { tasks: vec!["one_task".into()], schedules: vec!["3".into()], ..Selection::default() };
    let error = export(&awkward, &apart, Container::Csv, &here.join("x"), false).unwrap_err().to_string();
    assert!(error.contains("no metric has the chosen task, schedule and name together"), "{error}");
    let refused = |arguments: &[&str], said: &str| {
        let message = refusal_of(here, &[&["table", "export", "tiny.h5", "--to"], arguments].concat());
        assert!(message.contains(said), "`{said}` is missing in:\n{message}");
        assert_eq!(contents(here), before);
    };
    refused(&["csv", "-o", "there"], "is there and is not the folder of an exported table");
    refused(&["numpy", "-o", "no/such/folder"], "cannot write `no/such/folder`");
    refused(&["csv", "-o", "x", "--task", "tooy"], "has no task `tooy`");
    refused(&["csv", "-o", "x", "--task", "tooy"], "did you mean `toy`?");
    refused(&["csv", "-o", "x", "--schedule", "10"], "has no schedule `10`; it has `9`");
    refused(&["parquet", "-o", "x", "--metric", "valid_ac"], "did you mean `valid_acc`?");
    refused(&["excel", "-o", "x"], "possible values: csv, parquet, numpy");
}

#[test]
fn slices_keep_what_was_not_cut() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let table = tiny_table(here, 10);
    stdout_of(here, &["table", "slice", "tiny.h5", "-o", "a.h5", "--rows", "7,2..4", "--metric", "valid_acc"]);
    let cut = Table::open(&here.join("a.h5")).unwrap();
    assert_eq!(cut.verify().unwrap(), []);
    assert_eq!(cut.archs().collect::<Vec<_>>(), [7, 2, 3].map(|row| table.arch(row)));
    let (before, after) =
        (table.metric("toy", "9", "valid_acc").unwrap(), cut.metric("toy", "9", "valid_acc").unwrap());
    for (place, row) in [7, 2, 3].into_iter().enumerate() {
        for replicate in 0..2 {
            assert_eq!(after.value(place, replicate, 0).to_bits(), before.value(row, replicate, 0).to_bits());
        }
    }
    assert!(cut.metric("toy", "9", "test_acc").is_err());
    assert_eq!(cut.fixed("params").unwrap().value(0, 0, 0), 17.0);
    assert_eq!((cut.name(), &cut.catalogue().space), ("tiny", &table.catalogue().space));
    let note = cut.provenance().notes.last().unwrap();
    let said = format!("cut out of table `tiny`, digest {}: 3 of 10 rows (7,2..4); metrics valid_acc", table.digest());
    assert_eq!(*note, said);
}

#[test]
fn the_best_and_a_sample_are_taken_in_the_tables_order() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let table = tiny_table(here, 10);
    let rows = |arguments: &[&str]| {
        let slice = [&["table", "slice", "tiny.h5", "-o", "s.h5", "--replace"], arguments].concat();
        stdout_of(here, &slice);
        let cut = Table::open(&here.join("s.h5")).unwrap();
        cut.archs().map(|arch| table.row(arch).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(rows(&["--best", "3", "--by", "toy/9/test_acc"]), [0, 1, 2]);
    assert_eq!(rows(&["--best", "1", "--by", "params"]), [0]);
    let sample = rows(&["--sample", "5", "--seed", "7"]);
    assert!(sample.len() == 5 && sample.is_sorted(), "{sample:?}");
    assert_eq!(rows(&["--sample", "5", "--seed", "7"]), sample);
    let others: Vec<_> = (8..16).map(|seed: u32| rows(&["--sample", "5", "--seed", &seed.to_string()])).collect();
    assert!(others.iter().any(|other| *other != sample));
}

#[test]
fn slices_keep_names_and_features() {
    let folder = tempfile::tempdir().unwrap();
    let list = listed_table(folder.path(), "list.h5", &names(12));
    let rows = RowChoice::Listed("11,3".parse().unwrap());
    let cut = slice(&list, &Selection::default(), &rows).unwrap().write(&folder.path().join("cut.h5")).unwrap();
    assert_eq!(cut.verify().unwrap(), []);
    assert_eq!((cut.rows(), cut.space().size()), (2, 2));
    assert_eq!(cut.published_name(0), Some(names(12)[11].as_str()));
    assert_eq!(cut.space().parse(&names(12)[3]), Ok(Arch(1)));
    let features =
        |table: &Table, row: usize| table.features().unwrap().unwrap().as_slice()[2 * row..2 * row + 2].to_vec();
    assert_eq!(features(&cut, 1), features(&list, 3));
}

#[test]
fn bad_slices_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    tiny_table(here, 10);
    let refused = |arguments: &[&str], said: &str| {
        let message = refusal_of(here, &[&["table", "slice", "tiny.h5", "-o", "x.h5"], arguments].concat());
        assert!(message.contains(said), "`{said}` is missing in:\n{message}");
        assert!(!here.join("x.h5").exists());
    };
    refused(&[], "nothing is to be cut");
    refused(&["--rows", "5..11"], "row 10 is out of range; expected 0 to 9");
    refused(&["--rows", "0..18446744073709551615"], "row 10 is out of range");
    refused(&["--rows", "3,0..5"], "row 3 is listed twice");
    refused(&["--rows", "5..5"], "expected row numbers and ranges such as `0..100`");
    refused(
        &["--best", "11", "--by", "toy/9/test_acc"],
        "11 rows measured by `toy/9/test_acc` cannot be taken: there are 10",
    );
    refused(&["--best", "1", "--by", "test_acc"], "not of the form TASK/SCHEDULE/METRIC");
    refused(&["--best", "1", "--by", "toy/9/test_ac"], "did you mean `test_acc`?");
    refused(&["--best", "1"], "--by");
    refused(&["--sample", "0"], "a table needs at least one");
    refused(&["--rows", "1", "--sample", "1"], "cannot be used with");
    refused(&["--task", "toys"], "did you mean `toy`?");
}

/// What slices took apart, a merge puts together.
#[test]
fn merged_parts_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let whole = awkward_table(here);
    let part = |file: &str, arguments: &[&str]| {
        stdout_of(here, &[&["table", "slice", "awkward.h5", "-o", file], arguments].concat());
    };
    part("rows1.h5", &["--rows", "0..2"]);
    part("rows2.h5", &["--rows", "2..5"]);
    stdout_of(here, &["table", "merge", "rows1.h5", "rows2.h5", "-o", "rows.h5", "--rows", "union"]);
    part("task1.h5", &["--task", "one task"]);
    part("task2.h5", &["--task", "one_task"]);
    stdout_of(here, &["table", "merge", "task1.h5", "task2.h5", "-o", "tasks.h5"]);
    for merged in ["rows.h5", "tasks.h5"] {
        let merged = Table::open(&here.join(merged)).unwrap();
        assert_eq!((merged.digest(), merged.verify().unwrap()), (whole.digest(), vec![]));
        let notes = &merged.provenance().notes;
        assert!(notes.iter().any(|note| note.starts_with("merged from table `awkward`, digest ")), "{notes:?}");
        assert!(notes.contains(&whole.provenance().notes[0]));
        assert_eq!(merged.provenance().origin, whole.provenance().origin);
    }
}

#[test]
fn a_merge_keeps_the_firsts_rows_and_fills_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let table = tiny_table(here, 10);
    stdout_of(here, &["table", "slice", "tiny.h5", "-o", "first.h5", "--rows", "8,1", "--metric", "valid_acc"]);
    stdout_of(here, &["table", "slice", "tiny.h5", "-o", "other.h5", "--rows", "0..3", "--metric", "test_acc"]);
    let merged = |arguments: &[&str]| {
        stdout_of(here, &[&["table", "merge", "first.h5", "other.h5", "-o", "m.h5", "--replace"], arguments].concat());
        Table::open(&here.join("m.h5")).unwrap()
    };
    let first = merged(&[]);
    assert_eq!(first.archs().map(|arch| table.row(arch).unwrap()).collect::<Vec<_>>(), [8, 1]);
    let test = first.metric("toy", "9", "test_acc").unwrap();
    assert!(test.value(0, 0, 0).is_nan() && test.value(1, 0, 0) == 87.0);
    let union = merged(&["--rows", "union"]);
    assert_eq!(union.archs().map(|arch| table.row(arch).unwrap()).collect::<Vec<_>>(), [8, 1, 0, 2]);
    assert!(union.metric("toy", "9", "valid_acc").unwrap().value(2, 0, 0).is_nan());
    assert_eq!(union.fixed("params").unwrap().value(3, 0, 0), 12.0);
}

#[test]
fn lists_are_merged_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let (all, here) = (names(8), folder.path());
    let a = listed_table(here, "a.h5", &[all[5].clone(), all[1].clone()]);
    let b = listed_table(here, "b.h5", &[all[1].clone(), all[7].clone()]);
    let merged = merge(&[a, b], MergedRows::Union).unwrap().write(&here.join("m.h5")).unwrap();
    let expected = listed_table(here, "c.h5", &[all[5].clone(), all[1].clone(), all[7].clone()]);
    assert_eq!(merged.digest(), expected.digest());
}

#[test]
fn names_are_kept_where_only_one_table_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let plain = tiny_table(folder.path(), 6);
    let mut named = tiny_builder(4);
    named.names(&names(4)).unwrap();
    let named = named.write(&folder.path().join("named.h5")).unwrap();
    let merged = merge(&[plain, named], MergedRows::Union).unwrap().write(&folder.path().join("m.h5")).unwrap();
    assert_eq!(merged.published_name(3), Some(names(4)[3].as_str()));
    assert_eq!(merged.published_name(5), Some("1:2"), "its name in the space");
}

#[test]
fn bad_merges_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    tiny_table(here, 10);
    let other = |name: &str, change: &dyn Fn(&mut MetricData), rows: std::ops::Range<u64>| {
        let archs = rows.clone().map(|row| Arch(11 - row)).collect();
        let mut table = TableBuilder::new(name, tiny_space(), archs, Provenance::default());
        let values = Array3::from_shape_fn((rows.clone().count(), 1, 1), |(row, ..)| 88.0 - row as f64);
        let mut data = MetricData { metric: metric("percent", Direction::Maximise, &["all"], &[9]), values };
        change(&mut data);
        table.metric("toy", "9", "test_acc", data).unwrap();
        table.write(&here.join(format!("{name}.h5"))).unwrap();
    };
    other("same", &|_| {}, 0..3);
    other("value", &|data| data.values[[2, 0, 0]] += 0.5, 0..3);
    other("unit", &|data| data.metric.unit = "fraction".into(), 0..3);
    other("epochs", &|data| data.metric.epochs = vec![8], 0..3);
    other("apart", &|_| {}, 10..12);
    fn merge<'a>(tables: &[&'a str]) -> Vec<&'a str> {
        [&["table", "merge"], tables, &["-o", "x.h5"]].concat()
    }
    stdout_of(here, &merge(&["tiny.h5", "same.h5"]));
    fs::remove_file(here.join("x.h5")).unwrap();
    let refused = |tables: &[&str], said: &str| {
        let message = refusal_of(here, &merge(tables));
        assert!(message.contains(said), "`{said}` is missing in:\n{message}");
        assert!(!here.join("x.h5").exists());
    };
    refused(&["tiny.h5", "value.h5"], "`tasks/toy/9/test_acc` is 86.5 in row 2, but 86 in a table before it");
    refused(&["tiny.h5", "unit.h5"], "has another unit");
    refused(&["tiny.h5", "epochs.h5"], "has other epochs");
    refused(&["tiny.h5", "apart.h5"], "shares no row with `tiny`; `--rows union` keeps");
    refused(&["tiny.h5", "nasbench201"], "only tables of one space can be merged");
    refused(&["tiny.h5"], "required");
}
