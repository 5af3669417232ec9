//! Importers of training logs and of hyper-parameter tables: NAS-Bench-NLP, NAS-Bench-301, LCBench, Syne Tune's blackboxes.

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use common::shared;
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
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
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
