//! Training for real: the same bits whatever runs beside it and however often it is killed, replays that train what a table lacks, and
//! calibration.
#![cfg(feature = "train")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use common::{nasreplay, refusal_of, run, shared, stdout_of, text};
use flate2::read::GzDecoder;
use nasreplay::trainer::net::cell101;

/// A recipe that takes a moment.
const QUICK: &str = "epochs = 3\nevaluate = [1, 3]\nbatch = 64\nlearning_rate = 0.1\n\
    optimizer = { kind = \"sgd\", momentum = 0.9, nesterov = true, weight_decay = 5e-4 }\nlabel_smoothing = 0.1\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("quick.toml"), QUICK).unwrap();
    folder
}

/// What `train --json` says of each training, by architecture and replicate.
fn trained(folder: &Path, arguments: &[&str]) -> BTreeMap<(String, u64), serde_json::Value> {
    let fixed = ["train", "--data", "digits", "--json"];
    let out = stdout_of(folder, &[&fixed, arguments].concat());
    out.lines()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            ((value["arch"].as_str().unwrap().to_owned(), value["replicate"].as_u64().unwrap()), value)
        })
        .collect()
}

fn digests(trained: &BTreeMap<(String, u64), serde_json::Value>) -> BTreeMap<(String, u64), String> {
    trained.iter().map(|(key, value)| (key.clone(), value["digest"].as_str().unwrap().to_owned())).collect()
}

const MLPS: [&str; 5] = ["--space", "mlp", "--recipe", "quick.toml", "--sample"];

#[test]
fn trainings_have_the_same_bits_whatever_runs_beside_them() {
    let folder = folder();
    let with = |more: &[&str]| digests(&trained(folder.path(), &[&MLPS, more].concat()));
    let alone = with(&["4", "--replicates", "2", "--threads", "1", "--overlay", "one"]);
    assert_eq!(alone.len(), 8);
    assert_eq!(with(&["4", "--replicates", "2", "--threads", "2", "--overlay", "two"]), alone);
    let mut shares = with(&["4", "--replicates", "2", "--shard", "1/2", "--overlay", "share1"]);
    shares.extend(with(&["4", "--replicates", "2", "--shard", "2/2", "--overlay", "share2"]));
    assert_eq!(shares, alone);

    // The shares of two machines, one after the other, are an overlay, and an overlay is not trained again.
    let share = |name: &str| fs::read(folder.path().join(name)).unwrap();
    fs::write(folder.path().join("both"), [share("share1"), share("share2")].concat()).unwrap();
    let both = ["4", "--replicates", "2", "--overlay", "both", "-o", "both.h5"];
    assert_eq!(with(&both), alone);
    assert_eq!(share("both"), [share("share1"), share("share2")].concat());
    let info = stdout_of(folder.path(), &["table", "info", "both.h5", "--json"]);
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    assert_eq!(info["rows"], 4);
    let metric = &info["tasks"]["digits"]["quick"]["margin_score"];
    assert_eq!((&metric["replicates"], &metric["epochs"]), (&serde_json::json!(2), &serde_json::json!([1, 3])));
    assert!(run(folder.path(), &["table", "verify", "both.h5"]).status.success());
}

#[test]
fn cells_train_too() {
    let folder = folder();
    let cell = "|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|";
    for network in [["--network", "micro"], ["--network", "nasbench201"]] {
        let small =
            ["--channels", "4", "--space", "cell201", "--recipe", "quick.toml", "--arch", cell, "--overlay", "o"];
        let cells: &[&str] = if network[1] == "nasbench201" { &["--cells", "1"] } else { &[] };
        let trained = trained(folder.path(), &[&network, cells, &small].concat());
        let accuracy = trained.values().next().unwrap()["valid_acc"].as_f64().unwrap();
        assert!(accuracy > 0.3, "{network:?}: {accuracy}"); // guessing gives 0.1
    }
}

/// Twenty kills at moments of no pattern; the last start ends with the bits of a training that was never killed.
#[test]
fn killed_trainings_end_with_the_same_bits() {
    let folder = folder();
    let long = QUICK.replace("epochs = 3", "epochs = 60").replace("evaluate = [1, 3]", "evaluate = \"last\"");
    fs::write(folder.path().join("long.toml"), long).unwrap();
    let arguments = ["--space", "mlp", "--recipe", "long.toml", "--arch", "gelu:64-64-32", "--checkpoint", "0"];
    let whole = trained(folder.path(), &[&arguments[..], &["--overlay", "whole"]].concat());
    let mut killed = 0;
    for round in 0..20u64 {
        let mut child = nasreplay(folder.path())
            .args(["train", "--data", "digits", "--overlay", "killed"])
            .args(arguments)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(20 + round * 37 % 130));
        killed += u32::from(child.kill().is_ok());
        let ended = child.wait().unwrap();
        if ended.success() {
            break; // so fast that it was done
        }
    }
    let resumed = trained(folder.path(), &[&arguments[..], &["--overlay", "killed"]].concat());
    assert!(killed >= 3, "killed {killed} times: the training is too short to be killed");
    assert_eq!(digests(&resumed), digests(&whole));
    assert!(!folder.path().join("killed.checkpoints").exists(), "checkpoints are left over");
}

#[test]
fn a_budget_of_seconds_stops_and_the_same_command_continues() {
    let folder = folder();
    let command = [&MLPS[..], &["6", "--overlay", "o", "--threads", "1"]].concat();
    let output = run(folder.path(), &[&["train", "--data", "digits", "--seconds", "0"], &command[..]].concat());
    assert!(output.status.success() && text(&output.stderr).contains("time is up"), "{}", text(&output.stderr));
    let all = trained(folder.path(), &command);
    assert_eq!(all.len(), 6);
}

/// A table of some architectures of a small space, trained here, and an experiment that trains the others.
fn table_with_holes(folder: &Path, name: &str) -> String {
    fs::write(folder.join("space.toml"), "kind = \"mlp\"\nlayers = 1\nunits = [4, 8, 16, 32]\n").unwrap();
    let arguments = ["--space", "space.toml", "--recipe", "quick.toml", "--sample", "10", "--replicates", "2"];
    trained(folder, &[&arguments[..], &["--overlay", "built", "-o", &format!("{name}.h5")]].concat());
    format!(
        "name = \"holes\"\nseed = 5\nruns = 6\nbudget = {{ trials = 12 }}\n\
         [[benchmark]]\nname = \"b\"\ntable = \"{name}.h5\"\ntask = \"digits\"\nmissing = \"train\"\nsampler = \"uniform-space\"\n\
         calibration = \"none\"\ntrain = {{ overlay = \"used\" }}\n\
         [[strategy]]\nkind = \"random-search\"\n[[strategy]]\npreset = \"regularized-evolution@nats-bench\"\n"
    )
}

fn shown(folder: &Path, results: &str) -> Vec<serde_json::Value> {
    serde_json::from_str(&stdout_of(folder, &["show", results, "--json"])).unwrap()
}

#[test]
fn replays_train_what_is_missing_once() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("e.toml"), table_with_holes(path, "holes")).unwrap();
    let run_into = |out: &str, threads: &str| {
        let output = run(path, &["run", "e.toml", "--out", out, "--threads", threads]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    let first = run_into("first", "3");
    let overlay = fs::read_to_string(path.join("used")).unwrap();
    let records = overlay.lines().filter(|line| line.contains("\"record\":\"trained\"")).count();
    assert!(first.contains(&format!("{records} trainings ran")), "{first}");
    assert!(records > 4 && records <= 2 * 10, "{records}"); // 10 architectures are missing: each was trained once, twice over

    let second = run_into("second", "1");
    assert!(second.contains("0 trainings ran"), "{second}");
    let (first, again) = (shown(path, "first"), shown(path, "second"));
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(first["digest"], again["digest"]);
        assert!(first["trained"].as_u64().unwrap() > 0, "{first}");
        assert!(first["valid_regret"]["mean"].as_f64().unwrap() >= 0.0);
        assert!(first["test_regret"]["mean"].as_f64().unwrap() >= 0.0);
        assert!(first["seconds"]["mean"].as_f64().unwrap() > 0.0);
    }
    assert!(run(path, &["verify", "first"]).status.success());
    stdout_of(path, &["figure", "regret", "first", "-o", "first.svg"]);
    assert!(fs::read_to_string(path.join("first.svg")).unwrap().contains("A trial trained here"));

    // Merged into the table the trained rows are rows like any other, and tell the same.
    stdout_of(path, &["train", "--table", "holes.h5", "--overlay", "used", "-o", "whole.h5"]);
    assert!(run(path, &["table", "verify", "whole.h5"]).status.success());
    let whole = nasreplay::table::Table::open(&path.join("whole.h5")).unwrap();
    assert_eq!(whole.rows(), 10 + records / 2);
    let results = nasreplay::experiment::Results::open(&path.join("first")).unwrap();
    let column = whole.metric("digits", "quick", "valid_acc").unwrap();
    for row in results.trained(0).values() {
        let place = whole.row(row.arch).unwrap();
        assert_eq!((column.value(place, 0, 1), column.value(place, 1, 1)), (row.told[0], row.told[1]));
    }

    // Without the overlay results are read all the same, and more runs extend them as if all had been run at once.
    fs::remove_file(path.join("used")).unwrap();
    assert_eq!(shown(path, "first")[0]["valid_regret"], first[0]["valid_regret"]);
    let few = fs::read_to_string(path.join("e.toml")).unwrap().replace("runs = 6", "runs = 2");
    fs::write(path.join("few.toml"), few).unwrap();
    assert!(run(path, &["run", "few.toml", "--out", "grown"]).status.success());
    run_into("grown", "2");
    assert_eq!(shown(path, "grown"), shown(path, "first"));
}

#[test]
fn trained_rows_may_beat_the_table() {
    let folder = folder();
    let path = folder.path();
    let text = table_with_holes(path, "holes").replace("trials = 12", "trials = 60").replace("runs = 6", "runs = 2");
    fs::write(path.join("e.toml"), text).unwrap();
    stdout_of(path, &["run", "e.toml", "--out", "out"]);
    let results = nasreplay::experiment::Results::open(&path.join("out")).unwrap();
    let scores = nasreplay::experiment::Scores::new(&results, 0).unwrap();
    let table_best = results.plan.benchmarks[0].1.valid.optimum;
    let best_trained = results.trained(0).values().map(|row| row.valid).fold(f64::NEG_INFINITY, f64::max);
    assert_eq!(scores.valid.level.optimum, table_best.max(best_trained));
    for cell in &results.cells {
        assert!(cell.runs().all(|run| scores.last(run).valid_regret >= 0.0));
    }
}

#[test]
fn a_calibration_must_have_passed() {
    let folder = folder();
    let path = folder.path();
    let text = table_with_holes(path, "holes").replace("calibration = \"none\"\n", "");
    fs::write(path.join("e.toml"), &text).unwrap();
    let refusal = refusal_of(path, &["run", "e.toml", "--out", "out"]);
    assert!(refusal.contains("never compared") && refusal.contains("--calibrate"), "{refusal}");

    let json = stdout_of(path, &["train", "--table", "holes.h5", "--calibrate", "6", "--overlay", "used", "--json"]);
    let calibration: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(
        (calibration["rows"].as_u64(), calibration["mean"].as_f64()),
        (Some(6), Some(calibration["mean"].as_f64().unwrap()))
    );
    assert!(
        calibration["mean"].as_f64().unwrap().abs() < 1e-6,
        "the same trainings on the same machine: {calibration}"
    );
    assert!(calibration["rank_correlation"].as_f64().unwrap() > 0.999);
    let output = run(path, &["run", "e.toml", "--out", "out"]);
    assert!(output.status.success(), "{}", common::text(&output.stderr));
    assert!(common::text(&output.stderr).contains("calibrated on 6 rows"));

    // Another recipe gives other values: its calibration does not pass.
    fs::write(path.join("bad.toml"), QUICK.replace("learning_rate = 0.1", "learning_rate = 1e-6")).unwrap();
    let bad = ["train", "--table", "holes.h5", "--calibrate", "6", "--recipe", "bad.toml", "--overlay", "used"];
    let output = run(path, &bad);
    assert_eq!(output.status.code(), Some(1), "{}", common::text(&output.stderr));
    assert!(common::text(&output.stdout).contains("not passed"));
}

#[test]
fn impossible_requests_are_refused() {
    let folder = folder();
    let path = folder.path();
    let refuses = |arguments: &[&str], said: &[&str]| {
        let message = refusal_of(path, arguments);
        said.iter().for_each(|part| assert!(message.contains(part), "`{part}` is missing in:\n{message}"));
    };
    let mlps = ["train", "--space", "mlp", "--overlay", "o"];
    let with = |more: &[&'static str]| [&mlps[..], more].concat();
    refuses(&with(&["--sample", "1"]), &["no data set is named", "--data"]);
    refuses(&with(&["--data", "digit", "--recipe", "mlp-50", "--all"]), &["did you mean `digits`?"]);
    refuses(
        &with(&["--data", "digits", "--recipe", "mlp-5", "--all"]),
        &["no recipe is called `mlp-5`", "did you mean"],
    );
    refuses(&with(&["--data", "digits", "--recipe", "none.toml", "--all"]), &["none.toml"]);
    refuses(&with(&["--data", "cifar10:nowhere", "--recipe", "mlp-50", "--all"]), &["nowhere"]);
    refuses(&with(&["--data", "digits", "--recipe", "mlp-50"]), &["nothing is asked"]);
    refuses(
        &with(&["--data", "digits", "--recipe", "mlp-50", "--network", "micro", "--all"]),
        &["`micro` is not made of"],
    );
    refuses(
        &with(&["--data", "digits", "--recipe", "mlp-50", "--arch", "relu:5"]),
        &["relu:5", "[4, 8, 16, 32, 64, 128]"],
    );
    refuses(&with(&["--data", "digits", "--recipe", "mlp-50", "--sample", "2000"]), &["1290"]);
    refuses(
        &with(&["--data", "digits", "--recipe", "mlp-50", "--all", "--device", "tpu"]),
        &["no device is called `tpu`"],
    );
    fs::write(path.join("o"), "not an overlay").unwrap();
    refuses(&with(&["--data", "digits", "--recipe", "mlp-50", "--all"]), &["`o` is no overlay"]);
    fs::write(path.join("r.toml"), "epochs = 0\nbatch = 1\nlearning_rate = 0.1\noptimizer = { kind = \"sgd\" }")
        .unwrap();
    refuses(
        &["train", "--space", "mlp", "--overlay", "p", "--data", "digits", "--recipe", "r.toml", "--all"],
        &["`epochs` is 0"],
    );
}

/// The published recipes, on CIFAR-10's own files with made-up images, in networks of a few channels.
#[test]
fn published_recipes_run_on_cifar_files() {
    let folder = folder();
    let path = folder.path();
    let record = |place: usize| {
        let label = (place % 10) as u8;
        let pixels = (0..3072).map(move |pixel| label.wrapping_mul(25).wrapping_add((pixel * 7 % 31) as u8));
        std::iter::once(label).chain(pixels)
    };
    let file: Vec<u8> = (0..10_000).flat_map(record).collect();
    let names = (1..=5).map(|batch| format!("data_batch_{batch}.bin")).chain(["test_batch.bin".to_owned()]);
    names.for_each(|name| fs::write(path.join(name), &file).unwrap());
    let cell = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|";
    let few = ["--training-images", "20", "--validation-images", "10", "--test-images", "10", "--overlay", "o"];
    let data = ["train", "--json", "--data", "cifar10:."];
    for recipe in ["nasbench201-12", "nasbench101-4"] {
        let small = ["--space", "cell201", "--arch", cell, "--channels", "2", "--cells", "1", "--recipe", recipe];
        let mut images = few;
        if recipe.starts_with("nasbench101") {
            let message = refusal_of(path, &[&data[..], &small, &few].concat());
            assert!(message.contains("`batch` is 256, but there are 20"), "{message}"); // it drops batches that are not full
            images[1] = "256";
        }
        let out = stdout_of(path, &[&data[..], &small, &images].concat());
        let line: serde_json::Value = serde_json::from_str(&out).unwrap();
        let epochs = if recipe == "nasbench101-4" { 4 } else { 12 };
        assert_eq!((line["schedule"].as_str(), line["epochs"].as_u64()), (Some(recipe), Some(epochs)));
        assert!(line["valid_acc"].is_number(), "{line}");
    }
    let sizes = "kind = \"choices\"\nseparator = \":\"\n";
    let choice = |name: char| format!("[[choice]]\nname = \"{name}\"\nvalues = [2, 4]\n");
    fs::write(path.join("sizes.toml"), sizes.to_owned() + &('a'..='e').map(choice).collect::<String>()).unwrap();
    let sized = ["--space", "sizes.toml", "--network", "nats-size", "--arch", "2:4:2:4:2", "--recipe", "nats-size-1"];
    let out = stdout_of(path, &[&data[..], &sized, &few].concat());
    assert!(out.contains("\"schedule\":\"nats-size-1\""), "{out}");
}

/// Parameters of 2,000 cells of NAS-Bench-101, counted from the network, against the published ones.
#[test]
fn parameters_of_nasbench101_are_the_published_ones() {
    let Some(file) = shared("data/nasbench101.csv.gz") else { return };
    let mut csv = String::new();
    GzDecoder::new(fs::File::open(file).unwrap()).read_to_string(&mut csv).unwrap();
    let lines: Vec<&str> = csv.lines().skip(1).collect();
    let step = lines.len() / 2_000;
    let mut compared = 0;
    for line in lines.iter().step_by(step) {
        let fields: Vec<&str> = line.split(',').collect();
        let (vertices, edges): (usize, u32) = (fields[1].parse().unwrap(), fields[2].parse().unwrap());
        let is_edge = |x: usize, y: usize| edges >> (x + y * (y - 1) / 2) & 1 == 1;
        let sources = (1..vertices).map(|y| (0..y).filter(|&x| is_edge(x, y)).collect()).collect();
        let operation = |digit: char| match digit {
            '0' => cell101::Operation::Conv3x3,
            '1' => cell101::Operation::Conv1x1,
            _ => cell101::Operation::MaxPool3x3,
        };
        let cell = cell101::Cell { sources, operations: fields[3].chars().map(operation).collect() };
        let params = cell101::graph(&cell, 128, [3, 32, 32], 10).params();
        assert_eq!(params, fields[5].parse::<u64>().unwrap(), "{line}");
        compared += 1;
    }
    assert!(compared >= 2_000, "{compared}");
}
