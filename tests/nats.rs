//! NATS-Bench and NAS-Bench-201 as published: folders, single files and `.pth` files, against the publisher's own program.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::shared;
use nasreplay::import::{Look, naslib201, nats, pickle};
use nasreplay::space::Cell201;
use nasreplay::table::{Direction, ElementType, Metric, MetricData, Provenance, ScratchColumn, Table, TableBuilder};
use ndarray::Array3;

const TOPOLOGY: &str = "data/nats/NATS-tss-v1_0-3ffb9-simple";
const SIZE: &str = "data/nats/NATS-sss-v1_0-50262-simple";
const FILES: [&str; 3] = ["000000.pickle.pbz2", "000011.pickle.pbz2", "000284.pickle.pbz2"];

/// A pickle's text.
fn text(text: &str) -> Vec<u8> {
    [&b"X"[..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

/// An official folder with its list of architectures cut after row 284, so that the table is small.
fn short_folder(official: &str, to: &Path) -> Option<PathBuf> {
    let from = shared(official)?;
    let folder = to.join("simple");
    fs::create_dir(&folder).unwrap();
    let mut bytes = Vec::new();
    let packed = fs::File::open(from.join("meta.pickle.pbz2")).unwrap();
    std::io::Read::read_to_end(&mut bzip2::read::MultiBzDecoder::new(packed), &mut bytes).unwrap();
    let (meta, _) = pickle::read(&bytes).unwrap();
    let names = meta.root().get("meta_archs").unwrap();
    let listed: Vec<u8> = names.items().unwrap().take(285).flat_map(|name| text(name.as_str().unwrap())).collect();
    let meta = [&b"\x80\x02}"[..], &text("meta_archs"), b"](", &listed, b"es."].concat();
    fs::write(folder.join("meta.pickle.pbz2"), meta).unwrap();
    for file in FILES {
        fs::copy(from.join(file), folder.join(file)).unwrap();
    }
    Some(folder)
}

fn short_table(official: &str, to: &Path) -> Option<Table> {
    Some(nats::import(&[short_folder(official, to)?], &to.join("nats.h5")).unwrap())
}

/// The mean over the seeds after the last epoch.
fn last(table: &Table, task: &str, schedule: &str, metric: &str, row: usize) -> f64 {
    let column = table.metric(task, schedule, metric).unwrap();
    column.mean(row, column.metric().epochs.len() - 1).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, within: f64, what: &str) {
    assert!((found - expected).abs() < within, "{what}: {found}, expected {expected}");
}

/// Row and schedule; accuracies of cifar10-valid (validation, test), cifar10 (test), cifar100 and ImageNet16-120; seconds. NaN where
/// the publisher's values were not noted.
type Expected = (usize, &'static str, [f64; 8], [f64; 3]);

const ACCURACIES: [(&str, &str); 8] = [
    ("cifar10", "valid_acc"),
    ("cifar10", "test_acc_half"),
    ("cifar10", "test_acc"),
    ("cifar100", "valid_acc"),
    ("cifar100", "test_acc"),
    ("cifar100", "valtest_acc"),
    ("ImageNet16-120", "valid_acc"),
    ("ImageNet16-120", "test_acc"),
];
const N: f64 = f64::NAN;

#[rustfmt::skip]
const TOPOLOGY_VALUES: [Expected; 5] = [
    (0, "12", [63.364, 63.24, 69.55, 31.84, 31.26, 31.55, 18.466667, 17.0], [86.653116, 173.306232, 525.811108]),
    (0, "200", [81.982667, 81.52, 85.863333, 52.7, 52.913333, 52.806667, 28.211111, 26.633333], [1444.2186, 2888.4372, 8763.518464]),
    (11, "12", [63.278, 63.51, 74.0, 33.64, 32.76, 33.2, 15.666667, 14.733333], [149.544682, 299.089363, 907.437128]),
    (11, "200", [87.94, 87.65, 91.583333, 67.453333, 67.606667, 67.53, 30.411111, 30.166667], [2492.411359, 4984.822718, 15123.952127]),
    (284, "200", [86.046667, 85.636667, 88.79, 61.68, 62.14, 61.91, 33.4, 32.466667], [975.158874, 1950.317748, 5917.264049]),
];

#[rustfmt::skip]
const SIZE_VALUES: [Expected; 5] = [
    (11, "01", [26.372, N, N, N, N, N, N, N], [N; 3]),
    (11, "12", [73.437333, N, 79.813333, N, N, N, N, N], [N; 3]),
    (11, "90", [83.724, 83.35, 85.77, 54.46, 53.68, N, 25.666667, 25.466667], [N; 3]),
    (284, "90", [86.796, N, 89.51, 62.78, 62.7, N, 33.333333, 32.766667], [N; 3]),
    (0, "90", [76.888, N, 79.79, 32.24, 32.3, N, 16.6, 15.533333], [N; 3]),
];

fn check(table: &Table, expected: &[Expected]) {
    for (row, schedule, accuracies, seconds) in expected {
        let seconds = ["cifar10", "cifar100", "ImageNet16-120"].into_iter().zip(seconds);
        let seconds = seconds.map(|(task, seconds)| (task, "train_seconds", *seconds));
        let accuracies = ACCURACIES.iter().zip(accuracies).map(|((task, metric), value)| (*task, *metric, *value));
        for (task, metric, value) in accuracies.chain(seconds).filter(|(.., value)| !value.is_nan()) {
            close(last(table, task, schedule, metric, *row), value, 1e-5, &format!("{task} {schedule} {metric} {row}"));
        }
    }
}

#[test]
fn the_topology_space_has_the_published_values() {
    let folder = tempfile::tempdir().unwrap();
    let Some(table) = short_table(TOPOLOGY, folder.path()) else { return };
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!((table.rows(), table.name(), table.space().name()), (285, "nats-tss", "cell201"));
    check(&table, &TOPOLOGY_VALUES);
    let valid = table.metric("cifar10", "200", "valid_acc").unwrap();
    assert_eq!(valid.metric().labels, ["777", "888", "999"]);
    for (replicate, accuracy) in [87.748, 88.132, 87.94].into_iter().enumerate() {
        close(valid.value(11, replicate, 199), accuracy, 1e-5, "valid_acc by seed");
    }
    assert!(valid.value(1, 0, 199).is_nan(), "row 1 has no file");
    let at = |schedule, metric| last(&table, "cifar10", schedule, metric, 11);
    close(at("200", "flops"), 113.95137, 1e-9, "flops");
    close(at("200", "params"), 0.802426, 1e-12, "params");
    close(at("200", "latency"), 0.016163252947623268, 1e-15, "latency");
    close(at("12", "train_seconds"), 149.544681549, 1e-9, "train_seconds");
    close(at("12", "valid_seconds"), 4.151251713434855, 1e-12, "valid_seconds");
    close(at("12", "train_seconds") + at("12", "valid_seconds"), 153.695933263, 1e-9, "simulate_train_eval");
    let millions = Cell201::params(table.arch(11), 10) as f64 / 1e6;
    close(at("12", "params"), millions, 1e-12, "params by the definition");
    let notes = table.provenance().notes.join("\n");
    assert!(notes.contains("3 of 285 architectures were there"), "{notes}");
    assert!(notes.contains("params differ from the count by the network's definition in 0 rows"), "{notes}");
}

#[test]
fn the_size_space_has_the_published_values() {
    let folder = tempfile::tempdir().unwrap();
    let Some(table) = short_table(SIZE, folder.path()) else { return };
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!((table.rows(), table.name(), table.space().name()), (285, "nats-sss", "choices"));
    assert_eq!(table.space().write(table.arch(11)), "8:8:8:16:32");
    assert_eq!(table.space().write(table.arch(284)), "8:8:40:32:40");
    check(&table, &SIZE_VALUES);
    close(last(&table, "cifar10", "90", "params", 11), 0.049202, 1e-12, "params");
    close(last(&table, "cifar10", "90", "flops", 11), 6.84065, 1e-9, "flops");
    let first = table.metric("cifar10", "12", "valid_acc").unwrap();
    let separate = last(&table, "cifar10", "01", "valid_acc", 11);
    assert!((first.mean(11, 0).unwrap() - separate).abs() > 0.1, "01 is a training of its own");
    let labels = |schedule| table.metric("cifar100", schedule, "test_acc").unwrap().metric().labels.clone();
    assert_eq!(
        (labels("01"), labels("12"), labels("90")),
        (vec!["777".into()], vec!["777".into(), "888".into(), "999".into()], vec!["777".into()])
    );
}

/// Which sets were measured at which epochs, and by which seeds.
#[test]
fn curves_stand_where_they_were_published() {
    let folder = tempfile::tempdir().unwrap();
    let Some(table) = short_table(TOPOLOGY, folder.path()) else { return };
    let epochs = |task, schedule, metric| table.metric(task, schedule, metric).unwrap().metric().epochs.len();
    for (task, metric, full) in [
        ("cifar10", "valid_acc", 200),
        ("cifar10", "test_acc", 200),
        ("cifar10", "test_acc_half", 1),
        ("cifar10", "train_loss_all", 200),
        ("cifar100", "valtest_acc", 200),
        ("cifar100", "valid_acc", 1),
        ("cifar100", "test_loss", 1),
        ("ImageNet16-120", "valid_loss", 1),
        ("ImageNet16-120", "valtest_loss", 200),
        ("ImageNet16-120", "valid_seconds", 200),
        ("ImageNet16-120", "params", 1),
    ] {
        assert_eq!(epochs(task, "200", metric), full, "{task} {metric}");
        let twelve = if metric == "params" { 1 } else { 12 };
        assert_eq!(epochs(task, "12", metric), twelve, "{task} {metric}");
    }
    let labels = |task, metric| table.metric(task, "12", metric).unwrap().metric().labels.clone();
    assert_eq!(labels("cifar10", "valid_acc"), ["111", "777"]);
    assert_eq!(
        (labels("cifar10", "test_acc"), labels("cifar100", "valid_acc")),
        (vec!["111".into()], vec!["111".into()])
    );
    assert_eq!(labels("cifar10", "train_seconds"), ["all"]);
    assert_eq!(table.metric("cifar100", "200", "valid_acc").unwrap().metric().epochs, [200]);
    assert!(table.metric("cifar100", "200", "valtest_acc").unwrap().metric().is_test("valtest_acc"));
}

/// Accuracies are counts over a known number of images: this tells wrong splits, units and columns.
#[test]
fn accuracies_are_counts_of_images() {
    for official in [TOPOLOGY, SIZE] {
        let folder = tempfile::tempdir().unwrap();
        let Some(table) = short_table(official, folder.path()) else { return };
        let mut checked = 0;
        for (task, metric, images) in [
            ("cifar10", "valid_acc", 25_000.0),
            ("cifar10", "test_acc", 10_000.0),
            ("cifar10", "test_acc_half", 10_000.0),
            ("cifar100", "valid_acc", 5_000.0),
            ("cifar100", "test_acc", 5_000.0),
            ("cifar100", "valtest_acc", 10_000.0),
            ("ImageNet16-120", "valid_acc", 3_000.0),
            ("ImageNet16-120", "test_acc", 3_000.0),
            ("ImageNet16-120", "valtest_acc", 6_000.0),
        ] {
            for schedule in table.catalogue().schedules(task).unwrap().keys() {
                let column = table.metric(task, schedule, metric).unwrap();
                let [_, replicates, epochs] = column.metric().shape(1);
                for (row, replicate, epoch) in places(&[0, 11, 284], replicates, epochs) {
                    let count = column.value(row, replicate, epoch) / 100.0 * images;
                    assert!((count - count.round()).abs() < 2e-3, "{task} {schedule} {metric} row {row}: {count}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 1_000, "{checked}");
    }
}

fn places(rows: &[usize], replicates: usize, epochs: usize) -> Vec<(usize, usize, usize)> {
    let places = (0..replicates).flat_map(|replicate| (0..epochs).map(move |epoch| (replicate, epoch)));
    rows.iter().flat_map(|&row| places.clone().map(move |(replicate, epoch)| (row, replicate, epoch))).collect()
}

#[test]
fn threads_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(source) = short_folder(TOPOLOGY, folder.path()) else { return };
    let import = |threads| {
        let output = folder.path().join(format!("{threads}.h5"));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| nats::import(std::slice::from_ref(&source), &output)).unwrap();
        fs::read(output).unwrap()
    };
    assert!(import(1) == import(4));
}

/// The three official files as a folder, in a single file, and as NAS-Bench-201's `.pth`.
#[test]
fn all_containers_make_the_same_table() {
    let names = [TOPOLOGY, "data/fixtures/NATS-tss-fake3.pickle.pbz2", "data/fixtures/NB201-fake3.pth"];
    let mut digests = Vec::new();
    for name in names {
        let Some(source) = shared(name) else { return };
        assert!(nats::knows(&Look::at(&source).unwrap()), "{name}");
        let folder = tempfile::tempdir().unwrap();
        let table = nats::import(&[source], &folder.path().join("nats.h5")).unwrap();
        assert_eq!(table.rows(), 15_625);
        digests.push(table.digest());
    }
    assert_eq!(digests, [digests[0]; 3]);
}

#[test]
fn what_is_not_as_published_is_refused_and_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let Some(source) = short_folder(TOPOLOGY, folder.path()) else { return };
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let refusal = || {
        let error = nats::import(std::slice::from_ref(&source), &out.join("nats.h5")).err().unwrap();
        assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
        format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string))
    };
    let [first, second] = [FILES[0], "000012.pickle.pbz2"].map(|file| source.join(file));
    let bytes = fs::read(&first).unwrap();
    fs::write(&second, &bytes).unwrap();
    assert!(refusal().contains("holds architecture 0"), "{}", refusal());
    fs::rename(&second, source.join("0.pickle.pbz2")).unwrap();
    assert!(refusal().contains("second file of architecture 0"), "{}", refusal());
    fs::rename(source.join("0.pickle.pbz2"), source.join("285.pickle.pbz2")).unwrap();
    assert!(refusal().contains("lists 285 architectures"), "{}", refusal());
    fs::remove_file(source.join("285.pickle.pbz2")).unwrap();
    fs::write(&first, &bytes[..bytes.len() / 2]).unwrap();
    assert!(refusal().contains("000000.pickle.pbz2"), "{}", refusal());
    fs::write(&first, &bytes).unwrap();
    fs::remove_file(source.join("meta.pickle.pbz2")).unwrap();
    assert!(refusal().contains("does not hold `meta.pickle.pbz2`"), "{}", refusal());
}

/// Cut and damaged single files: an error or, where only a number changed, a table; never a panic.
#[test]
fn damaged_single_files_are_errors() {
    let Some(source) = shared("data/fixtures/NB201-fake3.pth") else { return };
    let bytes = fs::read(source).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("damaged.pth");
    for twentieth in 0..20 {
        fs::write(&file, &bytes[..bytes.len() * twentieth / 20]).unwrap();
        let error = nats::import(std::slice::from_ref(&file), &folder.path().join("nats.h5")).err().unwrap();
        assert!(error.to_string().contains("damaged.pth"), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

fn described(element: ElementType) -> Metric {
    Metric {
        unit: "percent".into(),
        direction: Direction::Maximise,
        split: "made up".into(),
        labels: vec!["777".into(), "888".into()],
        epochs: vec![1, 2, 3],
        element,
        aggregated: None,
        derived: None,
        optimum: None,
    }
}

/// Numbers in scratch files and numbers in memory are the same table, byte for byte.
#[test]
fn spilled_columns_are_as_those_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let values = Array3::from_shape_fn((7, 2, 3), |(row, replicate, epoch)| match (row, replicate) {
        (3, _) | (5, 1) => f64::NAN,
        _ => 90.1 + row as f64 * 0.3 - replicate as f64 + epoch as f64 / 7.0,
    });
    let begin = || {
        TableBuilder::new(
            "tiny",
            common::tiny_space(),
            (0..7).map(nasreplay::space::Arch).collect(),
            Provenance::default(),
        )
    };
    let (mut memory, mut spilled) = (begin(), begin());
    for element in [ElementType::F32, ElementType::F64] {
        let name = format!("{element:?}");
        let mut column = ScratchColumn::create(folder.path(), element, 7, 3).unwrap();
        column.add_replicate().unwrap();
        column.add_replicate().unwrap();
        for (row, replicates) in values.outer_iter().enumerate().filter(|(row, _)| *row != 3) {
            for (replicate, epochs) in replicates.outer_iter().enumerate() {
                column.write(row, replicate, &epochs.to_vec()).unwrap();
            }
        }
        memory.metric("toy", "3", &name, MetricData { metric: described(element), values: values.clone() }).unwrap();
        spilled.spilled("toy", "3", &name, described(element), column).unwrap();
    }
    let mut column = ScratchColumn::create(folder.path(), ElementType::F32, 7, 3).unwrap();
    column.add_replicate().unwrap();
    assert!(spilled.spilled("toy", "3", "short", described(ElementType::F32), column).is_err());
    let mut column = ScratchColumn::create(folder.path(), ElementType::F32, 7, 3).unwrap();
    column.add_replicate().unwrap();
    column.add_replicate().unwrap();
    column.write(2, 0, &[1.0, f64::INFINITY, 1.0]).unwrap();
    let error = spilled.spilled("toy", "3", "bad", described(ElementType::F32), column).unwrap_err();
    assert!(error.to_string().contains("in row 2"), "{error}");
    let [a, b] = ["a.h5", "b.h5"].map(|name| folder.path().join(name));
    let (memory, spilled) = (memory.write(&a).unwrap(), spilled.write(&b).unwrap());
    assert_eq!(memory.digest(), spilled.digest());
    assert_eq!(memory.catalogue(), spilled.catalogue());
    assert!(fs::read(a).unwrap() == fs::read(b).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// A synthetic file in NASLib's layout: two cells, one data set, two epochs.
#[test]
fn naslib_pickles_become_tables() {
    let cells =
        ["|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", "|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|"];
    let number = |value: f64| [&b"G"[..], &value.to_be_bytes()].concat();
    let list = |values: [f64; 2]| [&b"]("[..], &number(values[0]), &number(values[1]), b"e"].concat();
    let costs = [
        &b"}("[..],
        &text("flops"),
        &number(1.5),
        &text("params"),
        &number(0.5),
        &text("latency"),
        b"N",
        &text("train_time"),
        &number(7.25),
        b"u",
    ]
    .concat();
    let data = |accuracy: f64| {
        let lists = [("train_losses", 0.0), ("eval_losses", 1.0), ("train_acc1es", 2.0), ("eval_acc1es", accuracy)];
        let lists: Vec<u8> =
            lists.iter().flat_map(|(key, value)| [text(key), list([*value, value + 1.0])].concat()).collect();
        [&b"}"[..], &text("cifar10-valid"), b"}(", &lists, &text("cost_info"), &costs, b"us"].concat()
    };
    let whole =
        |second: Vec<u8>| [&b"\x80\x02}("[..], &text(cells[0]), &data(10.0), &text(cells[1]), &second, b"u."].concat();
    let folder = tempfile::tempdir().unwrap();
    let [file, output] = ["nb201.pickle", "naslib.h5"].map(|name| folder.path().join(name));
    fs::write(&file, whole(data(20.0))).unwrap();
    assert!(naslib201::knows(&Look::at(&file).unwrap()));
    let table = naslib201::import(std::slice::from_ref(&file), &output).unwrap();
    let accuracy = table.metric("cifar10-valid", "2", "eval_acc").unwrap();
    assert_eq!((accuracy.value(0, 0, 0), accuracy.value(1, 0, 1)), (10.0, 21.0));
    assert_eq!(table.metric("cifar10-valid", "2", "train_seconds").unwrap().value(1, 0, 1), 14.5);
    assert!(table.metric("cifar10-valid", "2", "latency").unwrap().value(0, 0, 0).is_nan());
    assert_eq!(table.space().write(table.arch(1)), cells[1]);
    assert!(table.provenance().notes[0].contains("no test accuracy"));
    fs::remove_file(&output).unwrap();
    fs::write(&file, whole(b"}".to_vec())).unwrap();
    let error = naslib201::import(&[file], &output).err().unwrap().to_string();
    assert!(error.contains(cells[1]) && error.contains("cifar10-valid"), "{error}");
    assert!(!output.exists());
}
