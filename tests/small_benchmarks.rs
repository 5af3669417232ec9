//! Importers of NAS-Bench-Graph, -Macro, -ASR, TransNAS-Bench-101 and HW-NAS-Bench.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::pickling::{Item, dict, list, pickle, torch_legacy, torch_zip};
use common::shared;
use nasreplay::import::{
    ImportError, SourceFile, hw_nas_bench, nas_bench_asr, nas_bench_graph, nas_bench_macro, torch, transnas,
};
use nasreplay::space::{Arch, Asr, Cell201, Space};
use nasreplay::table::{Direction, Table};

type Import = fn(&[PathBuf], &Path) -> Result<Table, ImportError>;

/// A folder with an importer to try on what is written into it.
struct Desk {
    folder: tempfile::TempDir,
    import: Import,
}

impl Desk {
    fn new(import: Import) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), import }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("table.h5")
    }

    #[track_caller]
    fn table(&self, paths: &[PathBuf]) -> Table {
        let table = (self.import)(paths, &self.output()).unwrap_or_else(|error| panic!("{}", chain(&error)));
        assert_eq!(table.verify().unwrap(), []);
        table
    }

    /// What the importer says of files that it must refuse, without writing anything.
    #[track_caller]
    fn refusal(&self, paths: &[PathBuf]) -> String {
        _ = fs::remove_file(self.output());
        let error = (self.import)(paths, &self.output()).err().expect("the files were imported");
        assert!(!self.output().exists());
        chain(&error)
    }

    #[track_caller]
    fn refuses(&self, name: &str, item: &Item, said: &str) {
        let message = self.refusal(&[self.write(name, &pickle(item))]);
        assert!(message.contains(said) && message.contains(name), "`{said}` is missing in:\n{message}");
    }

    /// Cuts a sound file everywhere (or in 200 places) and flips bits of 200 bytes: errors or tables, never a panic.
    fn torture(&self, name: &str, sound: &[u8]) {
        let places = |count: usize| (0..count).map(move |step| step * sound.len() / count);
        for end in places(200.min(sound.len())) {
            let message = self.refusal(&[self.write(name, &sound[..end])]);
            assert!(message.contains(name), "{message}");
        }
        for place in places(200) {
            let mut flipped = sound.to_vec();
            flipped[place] ^= 1 << (place % 8);
            _ = (self.import)(&[self.write(name, &flipped)], &self.output());
        }
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text += &format!(": {inner}");
        source = inner.source();
    }
    text
}

fn value(table: &Table, task: &str, schedule: &str, metric: &str, place: (usize, usize, usize)) -> f64 {
    table.metric(task, schedule, metric).unwrap().value(place.0, place.1, place.2)
}

fn row(table: &Table, name: &str) -> usize {
    table.row(table.space().parse(name).unwrap()).unwrap()
}

// NAS-Bench-Graph

fn graph_entry(valid: f64, test: f64) -> Item {
    dict([("valid_perf", valid.into()), ("perf", test.into()), ("latency", 0.25.into()), ("para", Item::Double(0.5))])
}

fn graph_file(entries: &[(i64, f64)]) -> Vec<u8> {
    let entry = |&(hash, valid): &(i64, f64)| (Item::Int(hash), graph_entry(valid, valid - 0.125));
    pickle(&Item::Dict(entries.iter().map(entry).collect()))
}

#[test]
fn nas_bench_graph_keeps_published_order_and_what_is_missing() {
    let desk = Desk::new(nas_bench_graph::import);
    desk.write("proteins.bench", &graph_file(&[(61237, 0.75), (7, 0.5)]));
    desk.write("cora.bench", &graph_file(&[(61237, 0.5), (1234, 0.25), (87072, 1.0)]));
    desk.write("README.txt", b"no benchmark");
    let table = desk.table(&[desk.folder.path().to_owned()]);
    let names: Vec<String> = table.archs().map(|arch| table.space().write(arch)).collect();
    assert_eq!(names, ["61237", "01234", "87072", "00007"]); // those of cora, then what proteins adds
    assert_eq!(table.catalogue().tasks.keys().collect::<Vec<_>>(), ["cora", "proteins"]);
    let valid =
        |task: &str| (0..4).map(|row| value(&table, task, "final", "valid_acc", (row, 0, 0))).collect::<Vec<_>>();
    assert_eq!(valid("cora")[..3], [0.5, 0.25, 1.0]);
    assert!(valid("cora")[3].is_nan() && valid("proteins")[1].is_nan());
    assert_eq!(value(&table, "cora", "final", "test_acc", (2, 0, 0)), 0.875);
    assert_eq!(value(&table, "cora", "final", "params", (2, 0, 0)), 0.5);
    let metric = table.metric("proteins", "final", "valid_acc").unwrap();
    assert_eq!(metric.metric().aggregated.as_deref(), Some("mean of 3 seeds"));
    assert!(metric.metric().split.contains("ROC-AUC"));
    assert_eq!(table.row(table.space().parse("0,1,2,1:gcn,gin,fc,cheb").unwrap()), Some(0)); // another name of 61237
}

#[test]
fn full_files_of_nas_bench_graph_are_replicates() {
    let desk = Desk::new(nas_bench_graph::import);
    let files: Vec<PathBuf> = [(2, 0.25), (0, 0.5)]
        .map(|(seed, valid)| desk.write(&format!("cora{seed}.bench"), &graph_file(&[(61237, valid)])))
        .to_vec();
    let table = desk.table(&files);
    let metric = table.metric("cora", "final", "valid_acc").unwrap();
    assert_eq!(metric.metric().labels, ["0", "2"]);
    assert_eq!((metric.value(0, 0, 0), metric.value(0, 1, 0)), (0.5, 0.25));
    assert_eq!(metric.metric().aggregated, None);
}

#[test]
fn nas_bench_graph_names_what_is_wrong() {
    let desk = Desk::new(nas_bench_graph::import);
    let one = |hash: i64, entry: Item| Item::Dict(vec![(Item::Int(hash), entry)]);
    desk.refuses(
        "cora.bench",
        &one(61327, graph_entry(80.0, 0.5)),
        "hash 61327: `valid_perf` is 80, expected fraction",
    );
    desk.refuses("cora.bench", &one(99999, graph_entry(0.5, 0.5)), "hash 99999");
    desk.refuses("cora.bench", &one(88, graph_entry(0.5, 0.5)), "is not in canonical form");
    desk.refuses("cora.bench", &one(61237, dict([])), "key `valid_perf`");
    desk.refuses("cora.bench", &dict([("x", Item::None)]), "expected hashes as keys");
    desk.refuses("cora.bench", &list([1]), "expected a dict");
    desk.refuses("corra.bench", &one(61237, graph_entry(0.5, 0.5)), "expected files `<data>.bench`");
    let twice = Item::Dict(vec![(Item::Int(61237), graph_entry(0.5, 0.5)), (Item::Int(61237), graph_entry(0.5, 0.5))]);
    desk.refuses("cora.bench", &twice, "stands there twice");
    let both = ["cora.bench", "cora0.bench"].map(|name| desk.write(name, &graph_file(&[(61237, 0.5)])));
    assert!(desk.refusal(&both).contains("holds the same data set"));
    desk.torture("cora.bench", &graph_file(&[(61237, 0.5), (1234, 0.25)]));
}

/// The package's nine files, where `NASREPLAY_NAS_BENCH_GRAPH` names the folder with them (`scripts/compare-packages` does).
#[test]
fn nas_bench_graph_has_the_published_best_values() {
    let Some(light) = std::env::var_os("NASREPLAY_NAS_BENCH_GRAPH").map(PathBuf::from) else {
        eprintln!("skipped: set NASREPLAY_NAS_BENCH_GRAPH to the package's folder nas_bench_graph/light");
        return;
    };
    let desk = Desk::new(nas_bench_graph::import);
    let table = desk.table(&[light]);
    assert_eq!((table.rows(), table.catalogue().tasks.len()), (26_206, 9));
    let best = |task: &str, metric: &str| {
        let (row, value) = table.metric(task, "final", metric).unwrap().best(0).unwrap();
        (table.space().write(table.arch(row)), value)
    };
    let published = [
        ("cora", "87072", 0.8193333333333334),
        ("citeseer", "31144", 0.7280000000000001),
        ("pubmed", "30224", 0.8113333333333334),
        ("cs", "26503", 0.9213333333333334),
        ("physics", "60717", 0.94),
        ("photo", "30743", 0.9406666666666667),
        ("computers", "73033", 0.9189999999999999),
        ("arxiv", "83533", 0.7366666666666667),
        ("proteins", "74578", 0.8533333333333334),
    ];
    for (task, name, valid) in published {
        assert_eq!(best(task, "valid_acc"), (name.to_owned(), valid), "{task}");
    }
    assert_eq!(best("cora", "test_acc"), ("77016".to_owned(), 0.8313333333333333));
    let of = |task: &str, name: &str, metric: &str| value(&table, task, "final", metric, (row(&table, name), 0, 0));
    assert_eq!(of("cora", "87072", "test_acc"), 0.8263333333333334);
    assert_eq!(of("proteins", "74578", "test_acc"), 0.7611243070764532);
    let row_61237 = ["valid_acc", "test_acc", "latency", "params"].map(|metric| of("cora", "61237", metric));
    assert_eq!(row_61237, [0.79, 0.8046666666666668, 0.003651857376098633, 0.7651910000000001]);
    let proteins = table.metric("proteins", "final", "valid_acc").unwrap();
    assert_eq!((0..table.rows()).filter(|&row| !proteins.value(row, 0, 0).is_nan()).count(), 2_021);
    assert_eq!(table.row(table.space().parse("88888").unwrap()), None);
}

// NAS-Bench-Macro

#[test]
fn nas_bench_macro_is_the_whole_file() {
    let Some(source) = shared("data/nas-bench-macro_cifar10.json.gz") else { return };
    let desk = Desk::new(nas_bench_macro::import);
    let table = desk.table(&[source]);
    assert_eq!(table.rows(), 6_561);
    let test = table.metric("cifar10", "final", "test_acc").unwrap();
    let best = row(&table, "22212220");
    let (first, mean) = test.best(0).unwrap();
    assert_eq!((mean, test.mean(best, 0)), (93.12666320800781, Some(93.12666320800781)));
    assert_eq!(table.space().write(table.arch(first)), "22212202"); // the same network: its last stage is 2, 2, identity
    let runs = [0, 1, 2].map(|run| test.value(best, run, 0));
    assert_eq!(runs, [93.27999877929688, 93.32999420166016, 92.7699966430664]);
    assert_eq!(table.fixed("params").unwrap().value(best, 0, 0), 1_985_514.0);
    assert_eq!(table.fixed("flops").unwrap().value(best, 0, 0), 85_164_544.0);
    assert_eq!(test.mean(row(&table, "22222222"), 0), Some(92.95333099365234));
    assert_eq!(row(&table, "00000012"), 5);
    let notes = table.provenance().notes.join("\n");
    assert!(
        notes.contains("there is no validation accuracy") && notes.contains("2592 of the 6,561 rows repeat"),
        "{notes}"
    );
}

#[test]
fn nas_bench_macro_names_what_is_wrong() {
    let desk = Desk::new(nas_bench_macro::import);
    let file = |name: &str, test: &str, mean: f64, std: f64| {
        format!(
            "{{\"{name}\": {{\"test_acc\": {test}, \"mean_acc\": {mean}, \"std\": {std}, \"params\": 1, \"flops\": 2}}}}"
        )
    };
    for (text, said) in [
        (file("0000000", "[1, 2, 3]", 2.0, 0.816496580927726), "network `0000000`: expected eight digits"),
        (file("00000000", "[1, 2, 3]", 2.0, 1.0), "`std` is 1, but"),
        (file("00000000", "[1, 2, 3]", 2.5, 0.816496580927726), "`mean_acc` is 2.5, but"),
        (file("00000000", "[1, 2, 300]", 2.0, 0.8), "`test_acc` is 300, expected percent"),
        (file("00000000", "[1, 2]", 1.5, 0.5), "invalid length 2"),
        (file("00000000", "[1, 2, 3]", 2.0, 0.816496580927726), "6560 are missing"),
        ("[]".to_owned(), "expected a map"),
        ("{".to_owned(), "EOF"),
    ] {
        let message = desk.refusal(&[desk.write("macro.json", text.as_bytes())]);
        assert!(message.contains(said) && message.contains("macro.json"), "`{said}` is missing in:\n{message}");
    }
}

// NAS-Bench-ASR

const MODEL: &str = "36855332a5778e0df5114305bc3ce238";

fn node(digits: &[i64]) -> Item {
    Item::Tuple(digits.iter().map(|&digit| Item::Int(digit)).collect())
}

fn vector() -> Item {
    Item::List(vec![node(&[1, 0]), node(&[1, 0, 0]), node(&[1, 0, 0, 0])])
}

/// A header and rows, one pickle after the other.
fn asr_file(header: &[(&str, Item)], columns: &[&str], rows: Vec<Vec<Item>>) -> Vec<u8> {
    let mut pairs: Vec<(Item, Item)> = header.iter().map(|(key, value)| ((*key).into(), value.clone())).collect();
    pairs.push(("columns".into(), list(columns.iter().copied())));
    pairs.push(("search_space".into(), dict([])));
    let mut bytes = pickle(&Item::Dict(pairs));
    bytes.extend(pickle(&Item::List(rows.into_iter().map(Item::List).collect())));
    bytes
}

fn training(epochs: i64, seed: i64, rows: Vec<(&str, Vec<Item>, f64, Item)>) -> Vec<u8> {
    let header =
        [("dataset_type", "training".into()), ("version", 1.into()), ("epochs", epochs.into()), ("seed", seed.into())];
    let rows =
        rows.into_iter().map(|(hash, valid, test, vector)| vec![hash.into(), Item::List(valid), test.into(), vector]);
    asr_file(&header, &["model_hash", "val_per", "test_per", "arch_vec"], rows.collect())
}

fn other_model() -> String {
    Asr::hash(Asr.parse("[[0,1],[2,0,0],[4,0,1,0]]").unwrap())
}

/// Published values of one model, and a made-up other one.
fn asr_folder(desk: &Desk) -> PathBuf {
    let other = other_model();
    let other_vector = || Item::List(vec![node(&[0, 1]), node(&[2, 0, 0]), node(&[4, 0, 1, 0])]);
    let folder = desk.folder.path().join("asr");
    fs::create_dir(&folder).unwrap();
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.join(name), bytes).unwrap();
    let published = [
        (1234, [0.48522282, 0.22056186], 0.23395703732967377),
        (1235, [0.47851497, 0.22202298], 0.242688849568367),
        (1236, [0.4840938, 0.22228864], 0.23728343844413757),
    ];
    for (seed, valid, test) in published {
        let valid = valid.map(Item::Single).to_vec();
        let made_up = (other.as_str(), vec![Item::Single(0.5), Item::Single(0.25)], 0.75, other_vector());
        let rows = if seed == 1236 {
            vec![(MODEL, valid, test, vector())]
        } else {
            vec![made_up, (MODEL, valid, test, vector())]
        };
        write(&format!("nb-asr-e40-{seed}.pickle"), training(2, seed, rows));
    }
    write(
        "nb-asr-e5-1234.pickle",
        training(1, 1234, vec![(MODEL, vec![Item::Single(0.4846915)], 0.3227997124195099, vector())]),
    );
    for (device, latency) in [("gtx-1080ti-fp32", 0.04320073127746582), ("jetson-nano-fp32", 0.5421140193939209)] {
        let header = [("dataset_type", "benchmarking".into()), ("version", 1.into()), ("device", device.into())];
        let rows = vec![vec![MODEL.into(), latency.into()]];
        write(&format!("nb-asr-bench-{device}.pickle"), asr_file(&header, &["model_hash", "latency"], rows));
    }
    let header = [("dataset_type", "static".into()), ("version", 1.into())];
    write(
        "nb-asr-info.pickle",
        asr_file(&header, &["model_hash", "params"], vec![vec![MODEL.into(), 26_338_848.into()]]),
    );
    folder
}

#[test]
fn nas_bench_asr_joins_seeds_schedules_devices_and_statics() {
    let desk = Desk::new(nas_bench_asr::import);
    let table = desk.table(&[asr_folder(&desk)]);
    assert_eq!(table.rows(), 2);
    assert_eq!(table.published_name(1), Some(MODEL)); // the order of the first file
    assert_eq!((row(&table, MODEL), row(&table, "[[1,0],[1,0,0],[1,0,0,0]]")), (1, 1));
    let valid = table.metric("timit", "2", "valid_per").unwrap();
    assert_eq!(
        (valid.metric().labels.clone(), valid.metric().epochs.clone()),
        (["1234", "1235", "1236"].map(str::to_owned).to_vec(), vec![1, 2])
    );
    assert_eq!(valid.metric().direction, Direction::Minimise);
    assert_eq!(valid.value(1, 1, 0), f64::from(0.47851497f32));
    assert_eq!(valid.value(1, 1, 1), f64::from(0.22202298f32));
    assert!(valid.value(0, 2, 0).is_nan()); // the third seed lacks the other model
    let test = |seed| value(&table, "timit", "2", "test_per", (1, seed, 0));
    assert_eq!([test(0), test(1), test(2)], [0.23395703732967377, 0.242688849568367, 0.23728343844413757]);
    assert_eq!(value(&table, "timit", "1", "test_per", (1, 0, 0)), 0.3227997124195099);
    assert_eq!(table.catalogue().last_schedule("timit").unwrap(), "2");
    assert_eq!(table.fixed("params").unwrap().value(1, 0, 0), 26_338_848.0);
    assert_eq!(table.fixed("latency/gtx-1080ti-fp32").unwrap().value(1, 0, 0), 0.04320073127746582);
    assert_eq!(table.fixed("latency/jetson-nano-fp32").unwrap().value(1, 0, 0), 0.5421140193939209);
    assert!(table.fixed("params").unwrap().value(0, 0, 0).is_nan());
}

#[test]
fn nas_bench_asr_names_what_is_wrong() {
    let desk = Desk::new(nas_bench_asr::import);
    let refused = |bytes: &[u8], said: &str| {
        let message = desk.refusal(&[desk.write("a.pickle", bytes)]);
        assert!(message.contains(said) && message.contains("a.pickle"), "`{said}` is missing in:\n{message}");
    };
    let per = |value: f32| vec![Item::Single(value)];
    refused(&training(2, 1, vec![(MODEL, per(0.5), 0.5, vector())]), "`val_per`: expected 2 epochs, found 1");
    refused(&training(1, 1, vec![(MODEL, per(-0.5), 0.5, vector())]), "is -0.5, expected");
    refused(&training(1, 1, vec![("abc", per(0.5), 0.5, vector())]), "row 0: `abc` is the hash of no model");
    refused(&training(1, 1, vec![(&other_model(), per(0.5), 0.5, vector())]), "which has another hash");
    refused(
        &training(1, 1, vec![(MODEL, per(0.5), 0.5, vector()), (MODEL, per(0.5), 0.5, vector())]),
        "stands there twice",
    );
    refused(&training(1_000_000, 1, vec![]), "`epochs` is 1000000");
    refused(&pickle(&dict([("dataset_type", "training".into())])), "in the second pickle");
    refused(&asr_file(&[("dataset_type", "other".into())], &[], vec![]), "`dataset_type` is `other`");
    let statics = asr_file(&[("dataset_type", "static".into())], &["model_hash", "params"], vec![]);
    refused(&statics, "holds no file of trainings");
    let twins =
        ["a.pickle", "b.pickle"].map(|name| desk.write(name, &training(1, 1, vec![(MODEL, per(0.5), 0.5, vector())])));
    assert!(desk.refusal(&twins).contains("the training of 1 epochs with seed 1 stands in"));
    desk.torture("a.pickle", &training(1, 1, vec![(MODEL, per(0.5), 0.5, vector())]));
}

#[test]
fn the_shared_file_of_two_pickles_is_read() {
    let Some(source) = shared("data/fixtures/asr_two.pkl") else { return };
    let desk = Desk::new(nas_bench_asr::import);
    assert!(desk.refusal(&[source]).contains("expected 40 epochs, found 3")); // made up: three epochs of forty
}

// TransNAS-Bench-101

fn transnas_result(curves: [&[f64]; 3]) -> Item {
    let [top1, loss, time] = curves.map(|curve| list(curve.iter().copied()));
    let metrics = dict([("valid_top1", top1), ("valid_loss", loss), ("time_elapsed", time), ("ignored", Item::None)]);
    let info = dict([("inference_time", 0.5.into()), ("encoder_params", 1_000_000.into())]);
    let epochs = Item::Int(curves[0].len() as i64);
    dict([(
        "jigsaw",
        dict([("total_epochs", epochs), ("metrics", metrics), ("model_info", info), ("model_id", "x".into())]),
    )])
}

fn transnas_file(micro: Item, backbones: Item) -> Item {
    dict([
        ("metrics_dict", dict([("jigsaw", list(["valid_top1", "valid_loss", "time_elapsed"]))])),
        ("info_names", list(["inference_time", "encoder_params", "model_params"])),
        ("task_list", list(["jigsaw"])),
        ("data", dict([("macro", backbones), ("micro", micro)])),
    ])
}

fn transnas_sound() -> Item {
    let micro = dict([
        ("64-41414-1_02_333", transnas_result([&[50.0, 60.0], &[2.0, 1.0], &[10.0, 20.0]])),
        ("64-41414-0_00_000", transnas_result([&[5.0], &[3.0], &[7.0]])),
    ]);
    let backbones = dict([("64-1234-basic", transnas_result([&[40.0, 30.0], &[2.0, 1.0], &[10.0, 9.0]]))]);
    transnas_file(micro, backbones)
}

#[test]
fn transnas_makes_a_table_of_each_space_from_any_container() {
    let item = transnas_sound();
    let mut digests = Vec::new();
    for bytes in [pickle(&item), torch_legacy(&item), torch_zip(&item)] {
        let desk = Desk::new(transnas::import_micro);
        let table = desk.table(&[desk.write("transnas.pth", &bytes)]);
        digests.push(table.digest());
        assert_eq!(
            table.archs().map(|arch| table.space().write(arch)).collect::<Vec<_>>(),
            ["64-41414-1_02_333", "64-41414-0_00_000"]
        );
        let seconds = table.metric("jigsaw", "2", "train_seconds").unwrap();
        assert_eq!((seconds.value(0, 0, 1), seconds.value(1, 0, 0)), (20.0, 7.0));
        assert!(seconds.value(1, 0, 1).is_nan());
        let directions =
            ["valid_top1", "valid_loss"].map(|name| table.metric("jigsaw", "2", name).unwrap().metric().direction);
        assert_eq!(directions, [Direction::Maximise, Direction::Minimise]);
        assert_eq!(value(&table, "jigsaw", "2", "encoder_params", (0, 0, 0)), 1e6);
        assert!(value(&table, "jigsaw", "2", "model_params", (0, 0, 0)).is_nan());
    }
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn times_that_fall_are_kept_under_their_own_name() {
    let desk = Desk::new(transnas::import_macro);
    let table = desk.table(&[desk.write("transnas.pth", &torch_zip(&transnas_sound()))]);
    assert_eq!(table.space().write(table.arch(0)), "64-1234-basic");
    assert_eq!(value(&table, "jigsaw", "2", "time_elapsed", (0, 0, 1)), 9.0);
    assert!(table.metric("jigsaw", "2", "train_seconds").is_err());
    assert!(table.provenance().notes.join("\n").contains("jigsaw: `time_elapsed` falls"));
}

#[test]
fn transnas_names_what_is_wrong() {
    let desk = Desk::new(transnas::import_micro);
    let one = |name: &str, result: Item| transnas_file(dict([(name, result)]), dict([]));
    let sound = || transnas_result([&[50.0], &[2.0], &[1.0]]);
    desk.refuses("t.pth", &one("64-1234-basic", sound()), "expected `64-41414-A_BC_DEF`");
    desk.refuses("t.pth", &one("64-41414-0_00_000", dict([])), "architecture `64-41414-0_00_000`, `valid_top1`");
    desk.refuses("t.pth", &transnas_file(dict([]), dict([])), "holds no architecture of `micro`");
    desk.refuses("t.pth", &dict([("data", dict([]))]), "key `metrics_dict`");
    let long: Vec<f64> = vec![1.0; 1000];
    let lone = transnas_result([&long, &long, &long]);
    let cells = Item::Dict(
        (0..4096)
            .map(|code| {
                let name = nasreplay::space::TransnasMicro.write(Arch(code));
                (name.as_str().into(), if code == 0 { lone.clone() } else { sound() })
            })
            .collect(),
    );
    desk.refuses(
        "t.pth",
        &transnas_file(cells, dict([])),
        "task `jigsaw`: holds no curves, or curves of very different lengths",
    );
    let (legacy, keys) = (torch_legacy(&transnas_sound()), pickle(&Item::List(Vec::new())));
    desk.torture("t.pth", &legacy[..legacy.len() - keys.len()]); // the last pickle is not needed
    desk.torture("t.pth", &pickle(&transnas_sound()));
}

#[test]
fn zips_of_torch_can_be_damaged_anywhere() {
    let desk = Desk::new(transnas::import_micro);
    let sound = torch_zip(&transnas_sound());
    for place in (0..200).map(|step| step * sound.len() / 200) {
        assert!(desk.refusal(&[desk.write("t.pth", &sound[..place])]).contains("t.pth"));
        let mut flipped = sound.clone();
        flipped[place] ^= 1 << (place % 8);
        _ = transnas::import_micro(&[desk.write("t.pth", &flipped)], &desk.output());
    }
}

/// Two files in the layouts of `torch.save`, with persistent ids.
#[test]
fn the_shared_torch_files_hold_one_object() {
    for name in ["torch_legacy.pth", "torch_zip.pth"] {
        let Some(path) = shared(&format!("data/fixtures/{name}")) else { return };
        let pickle = torch::read(&SourceFile::read(&path).unwrap()).unwrap();
        let names = pickle.root().get("meta_archs").unwrap();
        assert_eq!(names.item(0).unwrap().as_str(), Ok("|a~0|"), "{name}");
    }
}

// HW-NAS-Bench

const ROW_0: &str = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|";

fn hardware(names: &[&str], edgegpu: Item, edgetpu: Item) -> Item {
    let configs = names.iter().map(|name| dict([("C", 16.into()), ("arch_str", (*name).into())]));
    dict([
        ("config", Item::List(configs.collect())),
        ("edgegpu_latency", edgegpu),
        ("edgegpu_energy", list([24.226614330768584, 2.0])),
        ("edgetpu_latency", edgetpu),
        ("eyeriss_arithmetic_intensity", Item::Array(vec![3.0, 4.0])),
    ])
}

fn hardware_file(tasks: Vec<(&str, Item)>) -> Item {
    let tasks = tasks.into_iter().map(|(name, task)| (name.into(), task)).collect();
    dict([("nasbench201", Item::Dict(tasks)), ("fbnet", dict([]))])
}

#[test]
fn hw_nas_bench_is_a_table_by_architecture() {
    let zero = Cell201.write(Arch(0));
    let names = [ROW_0, zero.as_str()];
    let desk = Desk::new(hw_nas_bench::import);
    let cifar10 = hardware(&names, list([5.807418537139893, 1.0]), list([0.9571811309997429, -1.0]));
    let cifar100 = hardware(&names, Item::Array(vec![5.866079330444336, 1.0]), list([1.0, 2.0]));
    let table = desk
        .table(&[desk.write("hw.pickle", &pickle(&hardware_file(vec![("cifar100", cifar100), ("cifar10", cifar10)])))]);
    assert_eq!(table.catalogue().tasks.keys().collect::<Vec<_>>(), ["cifar10", "cifar100"]);
    assert_eq!((row(&table, ROW_0), row(&table, &zero)), (0, 1));
    let of = |task: &str, metric: &str, row| value(&table, task, "hardware", metric, (row, 0, 0));
    assert_eq!(of("cifar10", "latency_ms/edgegpu", 0), 5.807418537139893);
    assert_eq!(of("cifar100", "latency_ms/edgegpu", 0), 5.866079330444336);
    assert_eq!(of("cifar10", "energy_mj/edgegpu", 0), 24.226614330768584);
    assert_eq!(of("cifar10", "arithmetic_intensity/eyeriss", 1), 4.0);
    assert_eq!(of("cifar10", "latency_ms/edgetpu", 0), 0.9571811309997429);
    assert!(of("cifar10", "latency_ms/edgetpu", 1).is_nan());
    let notes = table.provenance().notes.join("\n");
    assert!(
        notes.contains("cifar10, latency_ms/edgetpu: missing in 1 rows")
            && !notes.contains("cifar100, latency_ms/edgetpu")
    );
}

#[test]
fn hw_nas_bench_names_what_is_wrong() {
    let zero = Cell201.write(Arch(0));
    let names = [ROW_0, zero.as_str()];
    let desk = Desk::new(hw_nas_bench::import);
    let one = |task: Item| hardware_file(vec![("cifar10", task)]);
    let pair = || list([1.0, 2.0]);
    desk.refuses(
        "hw.pickle",
        &one(hardware(&names, list([1.0]), pair())),
        "metric `edgegpu_latency`: expected 2 values, found 1",
    );
    desk.refuses("hw.pickle", &one(hardware(&names, list([1.0, -1.0]), pair())), "is -1 in row 1");
    desk.refuses("hw.pickle", &one(hardware(&[ROW_0, "|x~0|"], pair(), pair())), "row 1 of `config`");
    desk.refuses(
        "hw.pickle",
        &one(hardware(&[ROW_0, ROW_0], pair(), pair())),
        "row 1 of `config` repeats an architecture",
    );
    desk.refuses("hw.pickle", &hardware_file(vec![]), "holds none of the data sets");
    desk.refuses("hw.pickle", &dict([]), "key `nasbench201`");
    let (here, there) = (hardware(&names, pair(), pair()), hardware(&[&zero, ROW_0], pair(), pair()));
    desk.refuses(
        "hw.pickle",
        &hardware_file(vec![("cifar10", here), ("cifar100", there)]),
        "lists other architectures",
    );
    desk.torture("hw.pickle", &pickle(&one(hardware(&names, pair(), pair()))));
}
