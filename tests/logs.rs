//! Importers of training logs and of hyper-parameter tables: NAS-Bench-NLP, NAS-Bench-301, LCBench, Syne Tune's blackboxes.

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use common::shared;
use nasreplay::base::{Key, Rng};
use nasreplay::import::{FORMATS, Format, ImportError, Look};
use nasreplay::space::Encoding;
use nasreplay::table::Table;
use serde_json::{Value, json};

fn format(name: &str) -> &'static Format {
    FORMATS.iter().find(|format| format.name == name).unwrap()
}

/// Imports a file or folder, whose format must be guessed.
#[track_caller]
fn import(name: &str, source: &Path, folder: &Path) -> Result<Table, ImportError> {
    let look = Look::at(source).unwrap();
    let guessed: Vec<&str> = FORMATS.iter().filter(|format| (format.knows)(&look)).map(|format| format.name).collect();
    assert_eq!(guessed, [name], "{look:?}");
    (format(name).import)(&[source.to_owned()], &folder.join(format!("{name}.h5")))
}

/// Imports what must be refused, and returns the message; no table is left.
#[track_caller]
fn refusal(name: &str, source: &Path, folder: &Path) -> String {
    let output = folder.join("refused.h5");
    let refused = (format(name).import)(&[source.to_owned()], &output).map(|table| table.rows());
    assert!(!output.exists());
    refused.unwrap_err().to_string()
}

/// A value of a metric, by epoch.
#[track_caller]
fn value(table: &Table, path: [&str; 3], row: usize, replicate: usize, epoch: u32) -> f64 {
    let column = table.metric(path[0], path[1], path[2]).unwrap();
    let place = column.metric().epoch_place(epoch).unwrap();
    column.value(row, replicate, place)
}

#[track_caller]
fn fixed(table: &Table, name: &str, row: usize, replicate: usize) -> f64 {
    table.fixed(name).unwrap().value(row, replicate, 0)
}

fn row_of(table: &Table, name: &str) -> usize {
    table.row(table.space().parse(name).unwrap()).unwrap()
}

fn has_note(table: &Table, part: &str) -> bool {
    table.provenance().notes.iter().any(|note| note.contains(part))
}

fn zip_of(path: &Path, files: &[(String, Vec<u8>)]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in files {
        zip.start_file(
            name.as_str(),
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored),
        )
        .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn folder_of(path: &Path, files: &[(String, Vec<u8>)]) -> PathBuf {
    for (name, bytes) in files {
        let file = path.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
    path.to_owned()
}

const NLP: [&str; 3] = ["wikitext-2", "50", "valid_loss"];

#[test]
fn the_nas_bench_nlp_logs() {
    let Some(source) = shared("data/nas-bench-nlp_wikitext2_logs.zip") else { return };
    let folder = tempfile::tempdir().unwrap();
    let table = import("nas-bench-nlp", &source, folder.path()).unwrap();
    assert_eq!((table.rows(), table.space().name()), (291, "listed"));
    let [valid, test, seconds] =
        ["valid_loss", "test_loss", "train_seconds"].map(|metric| table.metric("wikitext-2", "50", metric).unwrap());
    assert_eq!(valid.metric().labels, ["0", "1", "2"]);
    let places = || (0..291).flat_map(|row| (0..3).map(move |replicate| (row, replicate)));
    let logs: Vec<_> = places().filter(|&(row, replicate)| !seconds.value(row, replicate, 0).is_nan()).collect();
    assert_eq!(logs.len(), 345);
    let cut: Vec<_> = logs.iter().filter(|&&(row, replicate)| valid.value(row, replicate, 49).is_nan()).collect();
    assert_eq!(cut.len(), 4, "the logs whose loss is nan");
    let measured =
        |&&(row, replicate): &&(usize, usize)| (0..50).filter(|&e| !seconds.value(row, replicate, e).is_nan()).count();
    let mut lengths: Vec<usize> = cut.iter().map(measured).collect();
    lengths.sort();
    assert_eq!(lengths, [1, 1, 19, 23]);
    let values = || logs.iter().flat_map(|&(row, replicate)| (0..50).map(move |epoch| (row, replicate, epoch)));
    let best = values().min_by(|a, b| valid.value(a.0, a.1, a.2).total_cmp(&valid.value(b.0, b.1, b.2))).unwrap();
    let row = row_of(&table, "1000001");
    assert_eq!((best.0, best.2, valid.value(best.0, best.1, best.2)), (row, 46, 4.567_582_074_333_639_5));
    let best_test = (0..50).map(|epoch| test.value(row, best.1, epoch)).fold(f64::INFINITY, f64::min);
    assert_eq!(best_test, 4.514_789_423_615_353);
    first_log(&table);
    assert!(has_note(&table, "4 logs end early with status `loss is nan!`"));
}

fn first_log(table: &Table) {
    assert_eq!((table.published_name(0), row_of(table, "1000000")), (Some("1000000"), 0));
    assert_eq!(value(table, NLP, 0, 0, 1), 5.680_663_164_924_173);
    assert_eq!(
        value(table, ["wikitext-2", "50", "train_seconds"], 0, 0, 2),
        141.303_802_013_397_22 + 140.997_896_194_458
    );
    assert_eq!(fixed(table, "params", 0, 0), 15_066_078.0);
    let features = table.space().encode(table.arch(0), Encoding::Choices).unwrap();
    assert_eq!(features, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 1.0, 3.0]);
}

fn nlp_log(id: u64, recipe: &str, time: &str, losses: &str, status: &str) -> (String, Vec<u8>) {
    let recipe = serde_json::to_string(recipe).unwrap();
    let text = format!(
        r#"{{"data": "data/toy", "recepie_id": {id}, "recepie": {recipe}, "init_time": "{time}", "status": "{status}",
        "num_params": 7, "epochs": 3, "lr": 0.001, "experiment_id": {id},
        "wall_times": {losses}, "train_losses": {losses}, "val_losses": {losses}, "test_losses": {losses}}}"#
    );
    (format!("logs/log_stats_model_{id}_{time}_{id}.json"), text.into_bytes())
}

const RECIPE: &str =
    r#"{"f": {"op": "linear", "input": ["x", "h_prev_0"]}, "h_new_0": {"op": "activation_tanh", "input": ["f"]}}"#;
const SAME: &str =
    r#"{"h_new_0": {"input": ["f"], "op": "activation_tanh"}, "f": {"input": ["x", "h_prev_0"], "op": "linear"}}"#;
const OTHER: &str = r#"{"h_new_0": {"op": "blend", "input": ["x", "h_prev_0", "x"]}}"#;

#[test]
fn equal_recipes_are_replicates_in_the_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        nlp_log(5, RECIPE, "2020-05-02", "[3, 2, 1]", "OK"),
        nlp_log(6, OTHER, "2020-05-01", "[4, NaN]", "loss is nan!"),
        nlp_log(9, SAME, "2020-05-01", "[6, 5, 4]", "OK"),
    ];
    zip_of(&folder.path().join("logs.zip"), &files);
    let table = import("nas-bench-nlp", &folder.path().join("logs.zip"), folder.path()).unwrap();
    assert_eq!((table.rows(), table.published_name(0), table.published_name(1)), (2, Some("5"), Some("6")));
    let loss = |row, replicate, epoch| value(&table, ["toy", "3", "test_loss"], row, replicate, epoch);
    assert_eq!([loss(0, 0, 1), loss(0, 1, 1), loss(1, 0, 1)], [6.0, 3.0, 4.0]);
    assert!(loss(1, 0, 2).is_nan() && loss(1, 0, 3).is_nan() && loss(1, 1, 1).is_nan());
    assert_eq!(value(&table, ["toy", "3", "train_seconds"], 0, 0, 3), 15.0);
    let inside = folder_of(&folder.path().join("all"), &files);
    let from_folder = import("nas-bench-nlp", &inside.join("logs"), folder.path()).unwrap();
    assert_eq!(from_folder.digest(), table.digest());
}

#[test]
fn logs_that_are_not_as_promised_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = nlp_log(5, RECIPE, "1", "[3, 2, 1]", "OK");
    let refused = |(name, bytes): (String, Vec<u8>)| {
        let path = folder.path().join("bad.zip");
        zip_of(&path, &[good.clone(), (name, bytes)]);
        refusal("nas-bench-nlp", &path, folder.path())
    };
    assert!(refused(nlp_log(6, OTHER, "2", "[3, 2]", "OK")).contains("log_stats_model_6_2_6.json`: `wall_times`"));
    assert!(refused(nlp_log(6, OTHER, "2", "[1, 2, 3, 4]", "OK")).contains("[4, 4, 4, 4] values for 3 epochs"));
    assert!(
        refused(nlp_log(6, &OTHER.replace("blend", "magic"), "2", "[3, 2, 1]", "OK"))
            .contains("unknown operation `magic`")
    );
    let (name, bytes) = nlp_log(6, OTHER, "2", "[3, 2, 1]", "OK");
    let slower = common::text(&bytes).replace("0.001", "0.1").into_bytes();
    assert!(refused((name.clone(), slower)).contains("`lr` is 0.1, in earlier logs 0.001"));
    assert!(refused((name, bytes[..200].to_vec())).contains("EOF while parsing"));
    fs::write(folder.path().join("no.zip"), b"PK\x03\x04").unwrap();
    assert!(
        refusal("nas-bench-nlp", &folder.path().join("no.zip"), folder.path()).contains("neither a folder nor a zip")
    );
}

/// A training of NAS-Bench-301: in the normal cell node 3 has inputs 0 and `second`, all operations are `operation`.
fn nb301_log(operation: &str, second: u32, curve: &[f64], change: &dyn Fn(&mut Value)) -> Vec<u8> {
    let prefix = "NetworkSelectorDatasetInfo:darts:";
    let mut config = serde_json::Map::new();
    let mut put = |key: String, value: Value| _ = config.insert(format!("{prefix}{key}"), value);
    for (cell, second) in [("normal", second), ("reduce", 1)] {
        put(format!("inputs_node_{cell}_3"), json!(format!("0_{second}")));
        put(format!("inputs_node_{cell}_4"), json!("1_3"));
        put(format!("inputs_node_{cell}_5"), json!("2_4"));
        for edge in [0, 1, 2, 2 + second, 5 + 1, 5 + 3, 9 + 2, 9 + 4] {
            put(format!("edge_{cell}_{edge}"), json!(operation));
        }
    }
    put("layers".into(), json!(8));
    put("init_channels".into(), json!(32));
    config.insert("OptimizerSelector:sgd:learning_rate".into(), json!(0.025));
    let mut log = json!({
        "optimized_hyperparamater_config": config, "budget": 98, "runtime": 300.0, "test_accuracy": 94.5,
        "info": [{"val_accuracy": 90.0, "val_accuracy_final": 91.0, "model_parameters": 4_000_000}],
        "learning_curves": {"Train/val_accuracy": curve, "Train/train_loss": curve, "Train/lr": curve},
    });
    change(&mut log);
    serde_json::to_vec(&log).unwrap()
}

const NB301: &str = "|sep_conv_3x3~0|sep_conv_3x3~1|+|sep_conv_3x3~0|sep_conv_3x3~2|+|sep_conv_3x3~1|sep_conv_3x3~3|+\
    |sep_conv_3x3~2|sep_conv_3x3~4|/|sep_conv_3x3~0|sep_conv_3x3~1|+|sep_conv_3x3~0|sep_conv_3x3~1|+\
    |sep_conv_3x3~1|sep_conv_3x3~3|+|sep_conv_3x3~2|sep_conv_3x3~4|";

fn nb301_files() -> Vec<(String, Vec<u8>)> {
    let same = &|_: &mut Value| {};
    let warmer =
        &|log: &mut Value| log["optimized_hyperparamater_config"]["OptimizerSelector:sgd:learning_rate"] = json!(0.05);
    let file = |name: &str, bytes: Vec<u8>| (format!("nb_301_v13/{name}.json"), bytes);
    vec![
        file("rs/results_10", nb301_log("dil_conv_5x5", 1, &[5.0, 6.0, 7.0], same)),
        file("rs/results_9_ti", nb301_log("sep_conv_3x3", 2, &[3.0, 4.0], same)),
        file("de/results_0", nb301_log("skip_connect", 1, &[2.0], same)),
        file("rs/results_11", nb301_log("sep_conv_3x3", 2, &[1.0, 2.0, 3.0], warmer)),
    ]
}

#[test]
fn nas_bench_301_logs_are_rows_by_architecture() {
    let folder = tempfile::tempdir().unwrap();
    zip_of(&folder.path().join("nb.zip"), &nb301_files());
    let table = import("nas-bench-301", &folder.path().join("nb.zip"), folder.path()).unwrap();
    assert_eq!((table.rows(), table.space().name(), table.space().write(table.arch(1)).as_str()), (3, "darts", NB301));
    let cell = |metric, row, replicate, epoch| value(&table, ["cifar10", "3", metric], row, replicate, epoch);
    // in the order of folders and numbers: de/0, rs/9, rs/10; rs/11 is a replicate of rs/9
    assert_eq!([cell("valid_acc", 0, 0, 1), cell("valid_acc", 1, 0, 2), cell("valid_acc", 2, 0, 3)], [2.0, 4.0, 7.0]);
    assert_eq!([cell("valid_acc", 1, 1, 3), cell("train_loss", 1, 1, 1)], [3.0, 1.0]);
    assert!(
        cell("valid_acc", 0, 0, 2).is_nan()
            && cell("valid_acc", 0, 1, 1).is_nan()
            && cell("valid_acc", 1, 0, 3).is_nan()
    );
    assert_eq!(
        [cell("train_seconds", 1, 0, 2), cell("train_seconds", 1, 1, 2), cell("train_seconds", 0, 0, 1)],
        [300.0, 200.0, 300.0]
    );
    assert_eq!([cell("test_acc", 2, 0, 3), cell("valid_acc_final", 0, 0, 3)], [94.5, 91.0]);
    assert!(table.metric("cifar10", "3", "train_seconds").unwrap().metric().derived.is_some());
    assert!(table.metric("cifar10", "3", "lr").is_err());
    let rate = "config/OptimizerSelector.sgd.learning_rate";
    assert_eq!(
        [fixed(&table, "params", 0, 0), fixed(&table, rate, 1, 0), fixed(&table, rate, 1, 1)],
        [4e6, 0.025, 0.05]
    );
    assert!(has_note(&table, "4 trainings of 3 architectures, by folder: de 1, rs 3"));
    let inside = folder_of(folder.path(), &nb301_files()).join("nb_301_v13");
    assert_eq!(import("nas-bench-301", &inside, folder.path()).unwrap().digest(), table.digest());
}

#[test]
fn settings_that_some_logs_lack_are_missing_there() {
    let folder = tempfile::tempdir().unwrap();
    let rate = "OptimizerSelector:sgd:learning_rate";
    let without = &|log: &mut Value| {
        _ = log["optimized_hyperparamater_config"].as_object_mut().unwrap().remove(rate);
    };
    let same = &|_: &mut Value| {};
    let file = |name: &str, bytes: Vec<u8>| (format!("nb_301_v13/rs/results_{name}.json"), bytes);
    for (first, second, expected) in
        [(without as &dyn Fn(&mut Value), same as &dyn Fn(&mut Value), 1), (same, without, 0)]
    {
        let files = [
            file("1", nb301_log("sep_conv_3x3", 1, &[1.0], first)),
            file("2", nb301_log("skip_connect", 1, &[1.0], second)),
        ];
        zip_of(&folder.path().join("nb.zip"), &files);
        let table = import("nas-bench-301", &folder.path().join("nb.zip"), folder.path()).unwrap();
        let rates = [0, 1].map(|row| fixed(&table, "config/OptimizerSelector.sgd.learning_rate", row, 0));
        assert!(rates[expected] == 0.025 && rates[1 - expected].is_nan(), "{rates:?}");
    }
}

#[test]
fn nas_bench_301_logs_without_curves_have_final_values() {
    let folder = tempfile::tempdir().unwrap();
    let bare = |log: &mut Value| _ = log.as_object_mut().unwrap().remove("learning_curves");
    let files = [("rs/results_1.json".to_owned(), nb301_log("sep_conv_3x3", 2, &[], &bare))];
    let inside = folder_of(&folder.path().join("logs"), &files);
    let table = import("nas-bench-301", &inside.join("rs"), folder.path()).unwrap();
    let final_of = |metric| value(&table, ["cifar10", "98", metric], 0, 0, 98);
    assert_eq!(["valid_acc_final", "test_acc", "train_seconds"].map(final_of), [91.0, 94.5, 300.0]);
}

#[test]
fn nas_bench_301_logs_that_differ_in_more_than_the_cell_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut files = nb301_files();
        files.push(("nb_301_v13/tpe/results_1.json".into(), nb301_log("sep_conv_5x5", 1, &[1.0], change)));
        zip_of(&folder.path().join("bad.zip"), &files);
        refusal("nas-bench-301", &folder.path().join("bad.zip"), folder.path())
    };
    let config = |key: &'static str, new: Value| {
        move |log: &mut Value| {
            log["optimized_hyperparamater_config"][format!("NetworkSelectorDatasetInfo:darts:{key}")] = new.clone()
        }
    };
    let deeper = refused(&config("layers", json!(20)));
    assert!(deeper.contains("tpe/results_1.json") && deeper.contains("layers` is 20, in earlier files 8"), "{deeper}");
    let twice = refused(&config("inputs_node_normal_5", json!("2_2")));
    assert!(twice.contains("node 5 of the normal cell has inputs 2 and 2"), "{twice}");
    assert!(refused(&config("inputs_node_normal_5", json!("2_9"))).contains("`2_9` is no pair of inputs"));
    assert!(
        refused(&config("inputs_node_normal_5", json!("2_3")))
            .contains("has no text `NetworkSelectorDatasetInfo:darts:edge_normal_12`")
    );
    assert!(refused(&config("edge_normal_0", json!("conv"))).contains("no operation is called `conv`"));
    assert!(refused(&config("edge_normal_12", json!("skip_connect"))).contains("has 17 operations"));
    assert!(refused(&|log| log["optimized_hyperparamater_config"] = json!(7)).contains("results_1.json"));
}

/// A training of LCBench: 52 values a curve, of which the first and the last must not be kept.
fn lcbench_training(number: usize, task: usize, as_text: bool) -> Value {
    let curve = |of: &dyn Fn(usize) -> f64| -> Value {
        let number = |step| if as_text { json!(of(step).to_string()) } else { json!(of(step)) };
        (0..52).map(number).collect()
    };
    let accuracy = curve(&|step| (number * 100 + step) as f64 / 10.0);
    json!({
        "config": {"batch_size": 16 << number, "learning_rate": 0.1 / (number + 1) as f64, "optimizer": "sgd", "OpenML_task_id": task},
        "log": {
            "time": curve(&|step| 3.0 + step as f64), "epoch": curve(&|step| step as f64), "Train/val_accuracy": accuracy,
            "Train/test_result": accuracy, "Train/val_balanced_accuracy": curve(&|_| 0.5), "Train/gradient_max": [1.0],
            "Train/val_cross_entropy": curve(&|_| 0.7),
        },
        "results": {"final_val_accuracy": 1.0, "model_parameters": 100 * task + number},
    })
}

fn lcbench() -> Value {
    let task = |task: usize| {
        let trainings = (0..12).map(|number| (number.to_string(), lcbench_training(number, task, task == 2)));
        Value::Object(trainings.collect())
    };
    json!({"KDDCup09/upselling": task(2), "adult": task(1)})
}

#[test]
fn lcbench_keeps_the_fifty_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data_2k_lw.json");
    let mut bench = lcbench();
    bench["adult"].as_object_mut().unwrap().shift_remove("7");
    bench["adult"]["2"]["log"]["Train/val_cross_entropy"][5] = json!("gone");
    let text = bench.to_string().replace("\"gone\"", "NaN");
    fs::write(&file, &text).unwrap();
    let table = import("lcbench", &file, folder.path()).unwrap();
    assert_eq!((table.rows(), table.published_name(11), table.space().name()), (12, Some("11"), "listed"));
    let cell = |task, metric, row, epoch| value(&table, [task, "50", metric], row, 0, epoch);
    assert_eq!([cell("adult", "valid_acc", 3, 1), cell("adult", "test_acc", 3, 50)], [30.1, 35.0]);
    assert_eq!(
        [cell("KDDCup09-upselling", "valid_acc", 3, 1), cell("KDDCup09-upselling", "params", 3, 50)],
        [30.1, 203.0]
    );
    assert_eq!([cell("adult", "train_seconds", 0, 1), cell("adult", "train_seconds", 0, 50)], [1.0, 50.0]);
    assert!(cell("adult", "valid_acc", 7, 1).is_nan() && cell("adult", "valid_loss", 2, 5).is_nan());
    assert_eq!(cell("adult", "valid_loss", 2, 4), 0.7);
    let units = ["valid_acc", "valid_balanced_acc", "valid_loss"]
        .map(|name| table.metric("adult", "50", name).unwrap().metric().unit.clone());
    assert_eq!(units, ["percent", "fraction", "nats"]);
    assert_eq!([fixed(&table, "config/batch_size", 2, 0), fixed(&table, "config/learning_rate", 1, 0)], [64.0, 0.05]);
    let features = table.space().encode(table.arch(0), Encoding::Choices).unwrap();
    assert_eq!(features, [0.0, 1.0], "batch size and learning rate between 0 and 1");
    assert!(has_note(&table, "optimizer = \"sgd\"") && has_note(&table, "`adult` has 11 of 12 configurations"));
    let zipped = [("read.me".to_owned(), Vec::new()), ("data_2k_lw.json".to_owned(), text.into_bytes())];
    zip_of(&folder.path().join("data_2k_lw.zip"), &zipped);
    let from_zip = import("lcbench", &folder.path().join("data_2k_lw.zip"), folder.path()).unwrap();
    assert_eq!(from_zip.digest(), table.digest());
}

#[test]
fn lcbench_files_that_are_not_as_promised_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lcbench.json");
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut bench = lcbench();
        change(&mut bench);
        fs::write(&file, bench.to_string()).unwrap();
        refusal("lcbench", &file, folder.path())
    };
    let place = "data set `adult`, configuration `4`: ";
    let other = refused(&|bench| bench["adult"]["4"]["config"]["batch_size"] = json!(17));
    assert!(other.contains(&format!("{place}`batch_size` is 17, in another data set 256")), "{other}");
    let short = refused(&|bench| bench["adult"]["4"]["log"]["time"] = json!([1, 2]));
    assert!(short.contains(&format!("{place}curve `time` has 2 values, expected 52")), "{short}");
    let odd = refused(&|bench| bench["adult"]["4"]["log"]["time"] = json!(["x"]));
    assert!(odd.contains(place) && odd.contains("`x` is no number"), "{odd}");
    let unknown = refused(&|bench| _ = bench["KDDCup09/upselling"].as_object_mut().unwrap().shift_remove("4"));
    assert!(unknown.contains(&format!("{place}no such configuration is in the first data set")), "{unknown}");
    fs::write(&file, &lcbench().to_string()[..5_000]).unwrap();
    assert!(refusal("lcbench", &file, folder.path()).contains("EOF"));
}

/// An array file, as `numpy.save` writes it.
fn npy(descr: &str, shape: &str, numbers: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let text = format!("{:<117}\n", format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"));
    let head = [b"\x93NUMPY\x01\x00".as_slice(), &(text.len() as u16).to_le_bytes(), text.as_bytes()].concat();
    head.into_iter().chain(numbers.into_iter().flatten()).collect()
}

/// A blackbox with these hyper-parameters and objectives, whose numbers follow from task, row, seed, epoch and objective.
fn blackbox(folder: &Path, parquet: &str, names: &[&str], rows: usize, of: &dyn Fn([usize; 5]) -> f32) -> PathBuf {
    let (seeds, epochs) = (3, 4);
    fs::create_dir_all(folder).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fs::write(folder.join("hyperparameters.parquet"), fs::read(fixtures.join(parquet)).unwrap()).unwrap();
    let metadata =
        json!({"objectives_names": names, "task_names": ["one", "two"], "metric_elapsed_time": "metric_elapsed_time"});
    fs::write(folder.join("metadata.json"), metadata.to_string()).unwrap();
    let choice = json!({"domain_cls": "Categorical", "domain_kwargs": {"categories": ["relu", "tanh"]}, "sampler_cls": "_Uniform"});
    let drawn =
        json!({"domain_cls": "Float", "domain_kwargs": {"lower": 1e-3, "upper": 0.1}, "sampler_cls": "_LogUniform"});
    fs::write(folder.join("configspace.json"), json!({"hp_op": choice, "lr": drawn}).to_string()).unwrap();
    let sides = [2, rows, seeds, epochs, names.len()];
    let total: usize = sides.iter().product();
    let place = |mut number: usize| {
        let mut place = [0; 5];
        for side in (0..5).rev() {
            place[side] = number % sides[side];
            number /= sides[side];
        }
        place
    };
    let numbers = (0..total).map(|number| of(place(number)).to_le_bytes().to_vec());
    let shape = format!("(2, {rows}, {seeds}, {epochs}, {})", names.len());
    fs::write(folder.join("objectives_evaluations.npy"), npy("<f4", &shape, numbers)).unwrap();
    let fidelities = npy("<i8", "(4,)", (1..=4i64).map(|epoch| epoch.to_le_bytes().to_vec()));
    fs::write(folder.join("fidelities_values.npy"), fidelities).unwrap();
    folder.to_owned()
}

const TOY: [&str; 3] = ["metric_val_accuracy", "metric_elapsed_time", "metric_n_params"];

fn toy([task, row, seed, epoch, objective]: [usize; 5]) -> f32 {
    let curve = (task * 1000 + row * 100 + seed * 10 + epoch) as f32;
    match objective {
        0 if (row, seed) == (3, 2) => f32::NAN,
        0 => curve / 4_096.0,
        1 => curve,
        _ => row as f32,
    }
}

#[test]
fn a_blackbox_on_a_grid_has_choices() {
    let folder = tempfile::tempdir().unwrap();
    let source = blackbox(&folder.path().join("toy"), "syne-tune-grid.parquet", &TOY, 6, &toy);
    let table = import("syne-tune", &source, folder.path()).unwrap();
    assert_eq!((table.rows(), table.name(), table.is_complete()), (6, "syne-tune-toy", true));
    // the published order: units 64, 16, 32, and tanh before relu in each
    assert_eq!([0, 1, 2].map(|row| table.space().write(table.arch(row))), ["tanh:64", "relu:64", "tanh:16"]);
    assert_eq!(table.arch(3).0, 0, "relu is declared first, 16 is the smallest");
    let cell = |task, metric, row, seed, epoch| value(&table, [task, "4", metric], row, seed, epoch);
    assert_eq!(cell("two", "valid_acc", 5, 2, 4), f64::from(toy([1, 5, 2, 3, 0])));
    assert!(cell("one", "valid_acc", 3, 2, 1).is_nan());
    assert_eq!(cell("one", "train_seconds", 2, 1, 3), 212.0);
    let params = table.metric("one", "4", "params").unwrap();
    assert_eq!(
        (params.metric().labels.as_slice(), params.metric().epochs.as_slice()),
        (["all".to_owned()].as_slice(), [4].as_slice())
    );
    assert_eq!(params.value(5, 0, 0), 5.0);
    assert!(has_note(&table, "`metric_n_params` is the same at all fidelities and kept once"));
}

#[test]
fn a_blackbox_of_drawn_configurations_is_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let source = blackbox(&folder.path().join("toy"), "syne-tune-drawn.parquet", &TOY, 4, &toy);
    let table = import("syne-tune", &source, folder.path()).unwrap();
    assert_eq!((table.space().name(), table.published_name(2)), ("listed", Some("lr=0.01,layers=3,kind=a")));
    let features = table.space().encode(table.arch(2), Encoding::Choices).unwrap();
    assert!((features[0] - 0.5).abs() < 1e-6, "the learning rate is declared logarithmic");
    assert_eq!(features[1..], [1.0, 1.0, 0.0, 0.0]);
    assert_eq!([fixed(&table, "config/lr", 3, 0), fixed(&table, "config/layers", 3, 0)], [0.05, 2.0]);
}

const NB201: [&str; 7] = [
    "metric_valid_error",
    "metric_train_error",
    "metric_runtime",
    "metric_elapsed_time",
    "metric_latency",
    "metric_flops",
    "metric_params",
];

/// As the conversion of NAS-Bench-201 writes it: in every second row the last seed is the mean of the others; row 4 is the same for all.
fn nb201([_, row, seed, epoch, objective]: [usize; 5]) -> f32 {
    let measured = |seed: usize| match objective {
        0 => 0.5 - 0.01 * (epoch + 1) as f32 - 0.0003 * (seed * seed) as f32,
        1 => 0.4 + 0.001 * (row + epoch) as f32,
        2 => 7.0 + seed as f32 * 0.1,
        _ => 7.0 * (epoch + 1) as f32,
    };
    match (objective, row, row % 2 == 0 && seed == 2) {
        (4.., ..) => objective as f32,
        (_, 4, _) => measured(0),
        (_, _, true) => (measured(0) + measured(1)) / 2.0,
        _ => measured(seed),
    }
}

#[test]
fn what_syne_tune_made_of_nas_bench_201_is_told_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let source = blackbox(&folder.path().join("nasbench201"), "syne-tune-nasbench201.parquet", &NB201, 64, &nb201);
    let table = import("syne-tune", &source, folder.path()).unwrap();
    assert!(table.metric("one", "4", "valid_error").is_err(), "it is measured on test");
    let test = table.metric("one", "4", "test_error").unwrap();
    assert!(test.metric().is_test("test_error"));
    assert!(test.value(0, 2, 0).is_nan() && test.value(62, 2, 3).is_nan() && !test.value(1, 2, 0).is_nan());
    assert!(value(&table, ["two", "4", "train_seconds"], 0, 2, 4).is_nan());
    assert!(!test.value(4, 2, 0).is_nan(), "seeds that are all the same may have been measured");
    assert!(
        has_note(&table, "task `two`: 31 rows have a seed")
            && has_note(&table, "`metric_valid_error` is no validation error")
    );
    assert_eq!(table.metric("one", "4", "latency").unwrap().metric().labels, ["all"]);
    let units =
        ["params", "flops", "latency"].map(|name| table.metric("one", "4", name).unwrap().metric().unit.clone());
    assert_eq!(units, ["millions", "millions", "seconds"]);
    assert!(has_note(&table, "are in millions, those of seed 777 alone"));
}

#[test]
fn blackboxes_that_do_not_fit_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let source = blackbox(&folder.path().join("toy"), "syne-tune-grid.parquet", &TOY, 5, &toy);
    let why = refusal("syne-tune", &source, folder.path());
    assert!(why.contains("objectives_evaluations.npy") && why.contains("expected [2, 6, seeds, 4, 3]"), "{why}");
    let source = blackbox(&folder.path().join("toy"), "syne-tune-grid.parquet", &TOY, 6, &toy);
    for (file, cut) in [
        ("objectives_evaluations.npy", 500),
        ("fidelities_values.npy", 130),
        ("hyperparameters.parquet", 400),
        ("metadata.json", 30),
    ] {
        let bytes = fs::read(source.join(file)).unwrap();
        fs::write(source.join(file), &bytes[..cut]).unwrap();
        let why = refusal("syne-tune", &source, folder.path());
        assert!(why.contains(file), "{file}: {why}");
        fs::write(source.join(file), bytes).unwrap();
    }
    fs::remove_file(source.join("configspace.json")).unwrap();
    assert!(refusal("syne-tune", &source, folder.path()).contains("configspace.json"));
}

/// Imports a sound publication with one of its files cut or one of its bits turned over: a table or an error, never a panic.
fn damage(name: &str, source: &Path, file: &Path, folder: &Path) {
    let sound = fs::read(file).unwrap();
    let mut rng = Rng::new(Key::derive(0, "damage", &[name], sound.len() as u64));
    let flips = (0..200).map(|_| {
        let mut damaged = sound.clone();
        damaged[rng.below(sound.len() as u32) as usize] ^= 1 << rng.below(8);
        damaged
    });
    let cuts = (0..20).map(|cut| sound[..sound.len() * cut / 20].to_vec());
    for damaged in cuts.chain(flips) {
        fs::write(file, damaged).unwrap();
        let output = folder.join("damaged.h5");
        if let Err(error) = (format(name).import)(&[source.to_owned()], &output) {
            assert!(!output.exists() && !error.to_string().is_empty(), "{error}");
        }
        _ = fs::remove_file(output);
    }
    fs::write(file, sound).unwrap();
}

#[test]
fn damaged_publications_give_errors() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let at = |name: &str| folder.join(name);
    zip_of(&at("nlp.zip"), &[nlp_log(5, RECIPE, "1", "[3, NaN]", "loss is nan!")]);
    damage("nas-bench-nlp", &at("nlp.zip"), &at("nlp.zip"), folder);
    zip_of(&at("nb.zip"), &nb301_files());
    damage("nas-bench-301", &at("nb.zip"), &at("nb.zip"), folder);
    fs::write(at("lcbench.json"), lcbench().to_string()).unwrap();
    damage("lcbench", &at("lcbench.json"), &at("lcbench.json"), folder);
    let source = blackbox(&at("toy"), "syne-tune-grid.parquet", &TOY, 6, &toy);
    let files = [
        "metadata.json",
        "configspace.json",
        "hyperparameters.parquet",
        "objectives_evaluations.npy",
        "fidelities_values.npy",
    ];
    for file in files {
        damage("syne-tune", &source, &source.join(file), folder);
    }
}
