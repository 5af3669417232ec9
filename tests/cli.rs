//! The commands as a user meets them: answers, exit codes, and one clear message for every bad input.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use nasreplay::analysis::{By, Over, View, studies};
use nasreplay::experiment::Results;
use nasreplay::figure::{Figure, Options, Scene, find_kind};

use common::{contents, nasreplay, refusal_of, run, stdout_of, text, tiny_table};

const ROW_0: &str = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|";

/// An experiment on the embedded table that is known to be right; tests break it.
const SOUND: &str = r#"
name = "sound"
seed = 1
runs = 12

[budget]
trials = 20

[[benchmark]]
name = "c10"
table = "nasbench201"
task = "cifar10"

[[strategy]]
kind = "random-search"

[[strategy]]
preset = "regularized-evolution@nats-bench"
"#;

fn folder_with(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("e.toml"), text).unwrap();
    folder
}

/// An experiment must be refused with a message that has all of `said`, and nothing must be made.
#[track_caller]
fn refuses(text: &str, said: &[&str]) {
    let folder = folder_with(text);
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    said.iter().for_each(|part| assert!(message.contains(part), "`{part}` is missing in:\n{message}"));
    assert!(!folder.path().join("out").exists(), "a refused experiment made a folder");
}

#[test]
fn misspelt_names_get_the_nearest_known_one() {
    refuses(
        &SOUND.replace("trials = 20", "trails = 20"),
        &["e.toml", "line 7", "unknown field `trails`", "did you mean `trials`?"],
    );
    refuses(&SOUND.replace("seed = 1", "sede = 1"), &["unknown field `sede`", "did you mean `seed`?"]);
    refuses(
        &SOUND.replace("kind = \"random-search\"", "kind = \"random-serach\""),
        &["no strategy is called `random-serach`", "did you mean `random-search`?"],
    );
    refuses(
        &SOUND.replace("@nats-bench", "@nats-bnech"),
        &["no preset is called", "did you mean `regularized-evolution@nats-bench`?"],
    );
    refuses(&SOUND.replace("\"cifar10\"", "\"cifar-10\""), &["has no task `cifar-10`", "did you mean `cifar10`?"]);
    refuses(
        &SOUND.replace("\"nasbench201\"", "\"nasbench-201\""),
        &["no table is called `nasbench-201`", "did you mean `nasbench201`?"],
    );
    refuses(
        &format!("{SOUND}populatoin = 4\n"),
        &["strategy 2", "unknown setting `populatoin`", "did you mean `population`?"],
    );
    refuses(
        &SOUND.replace("task = \"cifar10\"", "task = \"cifar10\"\nreport = { test = { metric = \"test_ac\" } }"),
        &["has no metric `test_ac`", "`valid_acc`"],
    );
    refuses(
        &SOUND.replace("task = \"cifar10\"", "task = \"cifar10\"\nmissing = \"trian\""),
        &["unknown variant `trian`", "did you mean `train`?"],
    );
}

#[test]
fn impossible_values_are_refused() {
    refuses(&SOUND.replace("runs = 12", "runs = 0"), &["`runs` is 0"]);
    refuses(&SOUND.replace("runs = 12", "runs = -3"), &["line 4", "invalid value"]);
    refuses(&SOUND.replace("trials = 20", ""), &["the budget ends no run"]);
    refuses(&SOUND.replace("trials = 20", "trials = 0"), &["`trials` is 0, expected at least 1"]);
    refuses(&SOUND.replace("trials = 20", "seconds = -5"), &["`seconds` is -5"]);
    refuses(&SOUND.replace("trials = 20", "seconds = 1e300"), &["is not a number of seconds"]);
    refuses(&format!("{SOUND}population = 0\n"), &["`population` is 0"]);
    refuses(&format!("{SOUND}sample = 0\n"), &["`sample` is 0"]);
    refuses(&SOUND.replace("trials = 20", "trials = 9\ntarget = nan"), &["`target` is NaN"]);
    refuses(&SOUND.replace("name = \"c10\"", "name = \" \""), &["has an empty `name`"]);
    refuses(&format!("{SOUND}population = \"many\"\n"), &["regularized-evolution", "invalid type"]);
    refuses(
        &format!("{SOUND}[[strategy]]\nkind = \"random-search\"\n"),
        &["two strategies are called `random-search`"],
    );
    refuses(&SOUND.replace("kind = \"random-search\"", "name = \"nothing\""), &["needs `kind` or `preset`"]);
    stdout_of(folder_with(&format!("{SOUND}population = 4000000000\n")).path(), &["run", "e.toml", "--out", "out"]);
    refuses(
        &SOUND.replace("task = \"cifar10\"", "task = \"cifar10\"\nreplicate = 9"),
        &["`replicate` is `9`", "0, 1, 2"],
    );
    refuses("name = ", &["e.toml", "line 1"]);
}

#[test]
fn a_test_metric_as_objective_must_be_allowed() {
    let folder = tempfile::tempdir().unwrap();
    drop(tiny_table(folder.path(), 12));
    let spec = SOUND
        .replace("nasbench201", "tiny.h5")
        .replace("\"cifar10\"", "\"toy\"\nobjective = { metric = \"test_acc\" }");
    fs::write(folder.path().join("e.toml"), &spec).unwrap();
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    assert!(message.contains("is a test metric") && message.contains("allow_test_objective = true"), "{message}");
    fs::write(folder.path().join("e.toml"), spec.replace("task =", "allow_test_objective = true\ntask =")).unwrap();
    let output = run(folder.path(), &["run", "e.toml", "--out", "out"]);
    assert!(
        text(&output.stderr).contains("warning: benchmark `c10`: strategies are told the test metric"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn missing_files_and_unusable_folders_are_named() {
    let folder = folder_with(SOUND);
    let here = folder.path();
    assert!(refusal_of(here, &["run", "no.toml", "--out", "out"]).contains("cannot read `no.toml`"));
    assert!(refusal_of(here, &["show", "nowhere"]).contains("holds no results"));
    assert!(refusal_of(here, &["run", "e.toml", "--out", "e.toml/out"]).contains("cannot write `e.toml/out`"));
    assert!(refusal_of(here, &["run", "e.toml", "--out", "/proc/out"]).contains("cannot write `/proc/out`"));
    assert!(refusal_of(here, &["table", "info", "nowhere.h5"]).contains("cannot read `nowhere.h5`"));
    assert!(refusal_of(here, &["table", "info", "e.toml"]).contains("`e.toml` is not a readable HDF5 file"));
    assert!(refusal_of(here, &["run", "e.toml", "--out", "out", "--threads", "0"]).contains("--threads is 0"));
    stdout_of(here, &["run", "e.toml", "--out", "out"]);
    assert!(refusal_of(here, &["figure", "regret", "out", "-o", "x.gif"]).contains(".svg, .png or .pdf"));
    assert!(refusal_of(here, &["figure", "regret", "out", "-o", "no/x.svg"]).contains("cannot write `no/x.svg`"));
    assert!(
        refusal_of(here, &["figure", "regret", "out", "-o", "x.svg", "--by", "test"]).contains("it has no test metric")
    );
    assert!(
        refusal_of(here, &["figure", "regret", "out", "-o", "x.svg", "--benchmark", "c11"])
            .contains("did you mean `c10`?")
    );
    let message = refusal_of(here, &["figure", "regret", "out", "-o", "/dev/null/x.svg"]);
    assert!(message.contains("cannot write"), "{message}");
    fs::create_dir(here.join("folder.svg")).unwrap();
    assert!(
        refusal_of(here, &["figure", "regret", "out", "-o", "folder.svg"])
            .contains("is there and is not an SVG picture")
    );
}

#[test]
fn damaged_results_are_named() {
    let folder = folder_with(SOUND);
    let here = folder.path();
    stdout_of(here, &["run", "e.toml", "--out", "out"]);
    let cell = here.join("out/runs/c10/random-search.h5");
    let whole = fs::read(&cell).unwrap();
    fs::write(&cell, &whole[..whole.len() / 2]).unwrap();
    assert!(refusal_of(here, &["show", "out"]).contains("random-search.h5"));
    let mended = run(here, &["run", "e.toml", "--out", "out"]);
    assert!(
        text(&mended.stderr).contains("random-search.h5` was damaged and was replayed again"),
        "{}",
        text(&mended.stderr)
    );
    assert!(fs::read(&cell).unwrap() == whole, "a damaged cell must be made again");
    fs::remove_file(&cell).unwrap();
    let output = run(here, &["show", "out"]);
    assert!(
        text(&output.stderr).contains("of 2 cells 1 are not there yet and 0 lack runs"),
        "{}",
        text(&output.stderr)
    );
    let manifest = fs::read_to_string(here.join("out/manifest.json")).unwrap();
    for (broken, said) in [
        (manifest.replace("\"format_version\": 1", "\"format_version\": 9"), "is not of format"),
        (manifest[..manifest.len() / 2].to_owned(), "manifest.json cannot be read"),
        ("[]".to_owned(), "is not of format"),
    ] {
        fs::write(here.join("out/manifest.json"), broken).unwrap();
        assert!(refusal_of(here, &["show", "out"]).contains(said));
    }
}

/// A disk that is full after 64 KiB: the shell's limit on file sizes makes every longer write fail.
#[test]
fn a_full_disk_loses_nothing() {
    let folder = folder_with(&SOUND.replace("runs = 12", "runs = 500").replace("trials = 20", "trials = 100"));
    let here = folder.path();
    let command =
        format!("trap '' XFSZ; ulimit -f 128; exec '{}' run e.toml --out out", env!("CARGO_BIN_EXE_nasreplay"));
    let output = Command::new("sh").args(["-c", &command]).current_dir(here).output().unwrap();
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("error: cannot write") && !message.contains("panicked"), "{message}");
    let left: Vec<String> = contents(&here.join("out")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, ["experiment.toml", "manifest.json"], "unfinished files are left");
    stdout_of(here, &["run", "e.toml", "--out", "out"]);
    assert!(stdout_of(here, &["verify", "out"]).starts_with("2 of 2 cells"));
}

#[test]
fn show_prints_the_agreed_json() {
    let folder = folder_with(SOUND);
    stdout_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    let shown: serde_json::Value = serde_json::from_str(&stdout_of(folder.path(), &["show", "out", "--json"])).unwrap();
    let first = &shown[0];
    let keys: Vec<&str> = first.as_object().unwrap().keys().map(String::as_str).collect();
    let agreed = [
        "benchmark",
        "strategy",
        "digest",
        "runs",
        "ends",
        "unit",
        "trials",
        "seconds",
        "duplicates",
        "invalid",
        "trained",
        "optimism",
        "valid",
        "test",
        "valid_regret",
        "test_regret",
    ];
    assert_eq!(keys, agreed);
    let regret: Vec<&str> = first["valid_regret"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(regret, ["mean", "sd", "median", "iqm", "q25", "q75", "at_optimum", "ci95"]);
    assert_eq!(
        (first["runs"].as_u64(), first["trials"]["mean"].as_f64(), first["unit"].as_str()),
        (Some(12), Some(20.0), Some("percent"))
    );
    assert!(first["test"].is_null() && first["seconds"]["mean"].as_f64().unwrap() > 10_000.0);
    let mean = first["valid_regret"]["mean"].as_f64().unwrap();
    let interval = &first["valid_regret"]["ci95"];
    assert!(interval[0].as_f64().unwrap() < mean && mean < interval[1].as_f64().unwrap());
    assert!((91.60666665039064 - first["valid"]["mean"].as_f64().unwrap() - mean).abs() < 1e-9);
    let both = stdout_of(folder.path(), &["show", "out", "out", "--json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&both).unwrap().as_array().unwrap().len(), 4);
}

#[test]
fn tables_answer_queries() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let answer =
        |arguments: &[&str]| -> serde_json::Value { serde_json::from_str(&stdout_of(here, arguments)).unwrap() };
    let info = answer(&["table", "info", "nasbench201", "--json"]);
    assert_eq!((info["rows"].as_u64(), info["space"]["size"].as_u64()), (Some(15_625), Some(15_625)));
    let valid = &info["tasks"]["cifar10"]["200"]["valid_acc"];
    assert_eq!(
        (valid["unit"].as_str(), valid["direction"].as_str(), valid["replicates"].as_u64()),
        (Some("percent"), Some("maximise"), Some(3))
    );
    assert_eq!(valid["optimum"]["row"].as_u64(), Some(6_111));
    let query =
        ["table", "query", "nasbench201", "--task", "cifar10", "--metric", "valid_acc", "--arch", ROW_0, "--json"];
    let found = answer(&query);
    let keys: Vec<&str> = found.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["row", "arch", "task", "schedule", "epoch", "metric", "replicate", "value"]);
    assert_eq!(
        (found["row"].as_u64(), found["arch"].as_str(), found["epoch"].as_u64()),
        (Some(0), Some(ROW_0), Some(200))
    );
    assert!((found["value"].as_f64().unwrap() - 81.982_667).abs() < 1e-5);
    let second = answer(&[&query[..], &["--replicate", "1"]].concat());
    assert!((second["value"].as_f64().unwrap() - 81.616).abs() < 1e-5);
    let fixed =
        answer(&["table", "query", "nasbench201", "--task", "cifar10", "--metric", "params", "--row", "0", "--json"]);
    assert_eq!(fixed["value"].as_f64(), Some(129_306.0));
    let unknown = refusal_of(here, &[&query[..], &["--replicate", "banana"]].concat());
    assert!(unknown.contains("--replicate is `banana`") && unknown.contains("0, 1, 2"), "{unknown}");
    let nowhere =
        refusal_of(here, &["table", "query", "nasbench201", "--task", "cifar10", "--epoch", "7", "--row", "1"]);
    assert!(nowhere.contains("no metric of schedule `200` stands at epoch 7"), "{nowhere}");
    let drawn = stdout_of(
        here,
        &["table", "query", "nasbench201", "--task", "cifar10", "--row", "5", "--replicate", "random", "--json"],
    );
    assert!(drawn.contains("\"replicate\":\"all\""), "train_seconds has one replicate: {drawn}");
    let third_of_two = answer(&[
        "table",
        "query",
        "nasbench201",
        "--task",
        "cifar10",
        "--metric",
        "valid_acc",
        "--row",
        "347",
        "--replicate",
        "2",
        "--json",
    ]);
    assert!(third_of_two["value"].is_null(), "{third_of_two}");
    assert_eq!(
        stdout_of(here, &["table", "query", "nasbench201", "--task", "cifar10", "--row", "3", "--json"])
            .lines()
            .count(),
        3
    );
    let best = answer(&["table", "best", "nasbench201", "--task", "cifar100", "--metric", "valid_acc", "--json"]);
    assert_eq!(best["row"].as_u64(), Some(9_930));
    assert!(stdout_of(here, &["table", "list"]).contains("nasbench201"));
    assert!(stdout_of(here, &["table", "verify", "nasbench201"]).contains("is sound"));
    let message = refusal_of(
        here,
        &["table", "query", "nasbench201", "--task", "cifar10", "--arch", &ROW_0.replace("avg_pool", "max_pool")],
    );
    assert!(message.contains("did you mean `avg_pool_3x3`?"), "{message}");
    assert!(
        refusal_of(here, &["table", "query", "nasbench201", "--task", "cifar10", "--row", "15625"])
            .contains("out of range")
    );
    assert!(
        refusal_of(
            here,
            &[
                "table",
                "query",
                "nasbench201",
                "--task",
                "cifar10",
                "--metric",
                "valid_acc",
                "--epoch",
                "7",
                "--row",
                "1"
            ]
        )
        .contains("epoch 7")
    );
}

#[test]
fn queries_are_answered_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = nasreplay(folder.path());
    let mut child = command
        .args(["table", "query", "nasbench201", "--task", "cifar10", "--metric", "valid_acc", "--arch", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..3 {
        writeln!(stdin, "{ROW_0}").unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["row"].as_u64(), Some(0));
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// A reader that goes away ends the program quietly.
/// A random replicate is drawn anew each time that an architecture is asked for again, and the same draws come back with the seed.
#[test]
fn repeated_questions_meet_other_trainings() {
    let folder = tempfile::tempdir().unwrap();
    let replicates = || {
        let mut command = nasreplay(folder.path());
        let arguments =
            ["table", "query", "nasbench201", "--task", "cifar10", "--metric", "valid_acc", "--replicate", "random"];
        let mut child = command
            .args([&arguments[..], &["--seed", "3", "--arch", "-", "--json"]].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(format!("{ROW_0}\n").repeat(30).as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let replicate = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["replicate"].to_string();
        text(&output.stdout).lines().map(replicate).collect::<Vec<String>>()
    };
    let drawn = replicates();
    assert_eq!(drawn.len(), 30);
    assert!(drawn.iter().any(|replicate| *replicate != drawn[0]), "{drawn:?}");
    assert_eq!(drawn, replicates());
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = nasreplay(folder.path());
    let arguments = ["space", "sample", "cell201", "--count", "200000"];
    let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with('|'));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{:?} {}", output.status, text(&output.stderr));
}

#[test]
fn tables_are_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (named, user) = (folder.path().join("named"), folder.path().join("data/nasreplay/tables"));
    for place in [&named, &user] {
        fs::create_dir_all(place).unwrap();
        drop(tiny_table(place, 12));
    }
    fs::rename(user.join("tiny.h5"), user.join("mine.h5")).unwrap();
    let listed = |command: &mut Command| text(&command.args(["table", "list"]).output().unwrap().stdout);
    let mut command = nasreplay(folder.path());
    let both = listed(command.env("NASREPLAY_TABLES", &named).env("XDG_DATA_HOME", folder.path().join("data")));
    assert!(both.contains("nasbench201") && both.contains("tiny") && both.contains("mine"), "{both}");
    let output =
        nasreplay(folder.path()).env("NASREPLAY_TABLES", &named).args(["table", "verify", "tiny"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(refusal_of(folder.path(), &["table", "verify", "tiny"]).contains("no table is called `tiny`"));
}

#[test]
fn spaces_and_strategies_describe_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let declared = "kind = \"choices\"\nseparator = \":\"\n[[choice]]\nname = \"a\"\nvalues = [8, 16]\n[[choice]]\nname = \"b\"\nvalues = [\"x\", \"y\", \"z\"]\n";
    fs::write(here.join("s.toml"), declared).unwrap();
    assert!(stdout_of(here, &["space", "info", "s.toml"]).contains("6 architectures"));
    assert_eq!(stdout_of(here, &["space", "sample", "s.toml", "--count", "4", "--seed", "2"]).lines().count(), 4);
    assert!(stdout_of(here, &["space", "list"]).contains("cell201"));
    assert!(refusal_of(here, &["space", "info", "cell202"]).contains("did you mean `cell201`?"));
    let info = stdout_of(here, &["strategy", "info", "regularized-evolution"]);
    assert!(
        info.contains("population = 100") && info.contains("Real et al.") && info.contains("@nats-bench"),
        "{info}"
    );
    let preset: serde_json::Value =
        serde_json::from_str(&stdout_of(here, &["strategy", "info", "regularized-evolution@nats-bench", "--json"]))
            .unwrap();
    assert_eq!((preset["settings"]["population"].as_u64(), preset["settings"]["sample"].as_u64()), (Some(10), Some(3)));
    assert!(
        refusal_of(here, &["strategy", "info", "regularised-evolution"])
            .contains("did you mean `regularized-evolution`?")
    );
    assert!(stdout_of(here, &["completions", "bash"]).contains("nasreplay"));
    assert!(stdout_of(here, &["man"]).contains(".TH"));
}

/// Few runs, and a figure of results on another machine's paths.
#[test]
fn few_runs_are_warned_of_and_results_can_move() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    drop(tiny_table(&folder.path().join("a"), 12));
    let spec =
        SOUND.replace("nasbench201", "tiny.h5").replace("\"cifar10\"", "\"toy\"").replace("runs = 12", "runs = 3");
    fs::write(folder.path().join("a/e.toml"), spec).unwrap();
    let output = run(folder.path(), &["run", "a/e.toml", "--out", "out"]);
    assert!(text(&output.stderr).contains("3 runs a cell are few"), "{}", text(&output.stderr));
    stdout_of(folder.path(), &["figure", "regret", "out", "-o", "x.svg", "--over", "seconds"]);
    let clockless = fs::read_to_string(folder.path().join("a/e.toml")).unwrap().replace("task =", "cost = []\ntask =");
    fs::write(folder.path().join("a/c.toml"), clockless).unwrap();
    stdout_of(folder.path(), &["run", "a/c.toml", "--out", "clockless"]);
    let both = run(folder.path(), &["figure", "regret", "out", "clockless", "-o", "both.svg", "--over", "seconds"]);
    assert!(
        text(&both.stderr).contains("benchmark `c10` of `clockless` is left out: it has no cost in seconds"),
        "{}",
        text(&both.stderr)
    );
    fs::rename(folder.path().join("a/tiny.h5"), folder.path().join("tiny.h5")).unwrap();
    stdout_of(folder.path(), &["show", "out"]); // the table now lies where the experiment's own words name it
    fs::remove_file(folder.path().join("tiny.h5")).unwrap();
    assert!(refusal_of(folder.path(), &["show", "out"]).contains("tiny.h5"));
    drop(common::tiny_builder(5).write(&folder.path().join("tiny.h5")).unwrap());
    assert!(refusal_of(folder.path(), &["show", "out"]).contains("the results were made with"));
}

/// A folder that is called like an embedded table does not hide it.
#[test]
fn a_folder_called_like_a_table_hides_nothing() {
    let folder = folder_with(SOUND);
    fs::create_dir(folder.path().join("nasbench201")).unwrap();
    stdout_of(folder.path(), &["table", "verify", "nasbench201"]);
    stdout_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    stdout_of(folder.path(), &["show", "out"]);
}

/// A metric to minimise, in a table of one's own, through all that reads results.
#[test]
fn losses_are_searched_for_low_values() {
    use nasreplay::table::{Direction, MetricData};
    let folder = tempfile::tempdir().unwrap();
    let mut table = common::tiny_builder(12);
    let values = ndarray::Array3::from_shape_fn((12, 1, 1), |(row, ..)| 0.5 + row as f64);
    let metric = common::metric("nats", Direction::Minimise, &["all"], &[9]);
    table.metric("toy", "9", "valid_loss", MetricData { metric, values }).unwrap();
    drop(table.write(&folder.path().join("tiny.h5")).unwrap());
    let spec = SOUND
        .replace("nasbench201", "tiny.h5")
        .replace("\"cifar10\"", "\"toy\"\nobjective = { metric = \"valid_loss\" }");
    fs::write(folder.path().join("e.toml"), spec.replace("trials = 20", "trials = 400")).unwrap();
    stdout_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    let shown = stdout_of(folder.path(), &["show", "out", "--json"]);
    let lines: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (lines[0]["valid"]["mean"].as_f64(), lines[0]["valid_regret"]["at_optimum"].as_f64()),
        (Some(0.5), Some(1.0))
    );
    assert!(!shown.contains("-0.0") && !stdout_of(folder.path(), &["show", "out"]).contains("-0.0"), "{shown}");
    stdout_of(folder.path(), &["figure", "regret", "out", "--by", "valid", "-o", "x.svg"]);
    assert!(fs::read_to_string(folder.path().join("x.svg")).unwrap().contains("Validation regret (nats)"));
}

/// Every output says so when strategies are told a test metric.
#[test]
fn a_test_objective_is_told_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    drop(tiny_table(folder.path(), 12));
    let told = "\"toy\"\nallow_test_objective = true\nobjective = { metric = \"test_acc\" }";
    fs::write(folder.path().join("e.toml"), SOUND.replace("nasbench201", "tiny.h5").replace("\"cifar10\"", told))
        .unwrap();
    stdout_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    let output = run(folder.path(), &["show", "out", "--json"]);
    assert!(text(&output.stderr).contains("strategies were told the test metric `test_acc`"));
    assert!(text(&output.stdout).contains("\"test_objective\": true"));
    stdout_of(folder.path(), &["figure", "regret", "out", "-o", "x.svg"]);
    assert!(fs::read_to_string(folder.path().join("x.svg")).unwrap().contains("(told the test metric)"));
}

fn regret_figure(results: &[Results], over: Over) -> Figure {
    let options = Options { view: View { over, by: By::Valid, benchmarks: Vec::new() }, ..Options::default() };
    let studies = studies(results, &options.view).unwrap();
    (find_kind("regret").unwrap().make)(&Scene { studies: &studies, options: &options }).unwrap()
}

/// One figure of two folders: a title looks the same everywhere, different titles differ.
#[test]
fn a_figure_of_two_folders_tells_strategies_apart() {
    let folder = folder_with(SOUND);
    stdout_of(folder.path(), &["run", "e.toml", "--out", "a"]);
    let other = SOUND.replace("kind = \"random-search\"", "preset = \"local-search@naszilla\"").replace("c10", "c11");
    fs::write(folder.path().join("e.toml"), other).unwrap();
    stdout_of(folder.path(), &["run", "e.toml", "--out", "b"]);
    let results = ["a", "b"].map(|name| Results::open(&folder.path().join(name)).unwrap());
    let figure = regret_figure(&results, Over::Trials);
    let look = |panel: usize, label: &str| {
        figure.panels[panel].curves.iter().find(|curve| curve.label == label).unwrap().style
    };
    assert_eq!(look(0, "regularized-evolution@nats-bench"), look(1, "regularized-evolution@nats-bench"));
    assert_ne!(look(0, "random-search"), look(1, "local-search@naszilla"));
    stdout_of(folder.path(), &["figure", "regret", "a", "b", "-o", "x.svg"]);
    let shown = stdout_of(folder.path(), &["show", "a", "b"]);
    assert!(shown.lines().next().unwrap().trim_start().starts_with("folder"), "{shown}");
}

/// Where the budget of trials ends all runs, the time axis ends with them and not with an unused budget in seconds.
#[test]
fn the_time_axis_ends_with_the_runs() {
    let folder = folder_with(&SOUND.replace("trials = 20", "trials = 20\nseconds = 1e8"));
    stdout_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    let results = [Results::open(&folder.path().join("out")).unwrap()];
    let figure = regret_figure(&results, Over::Seconds);
    let ends = figure.panels[0].curves.iter().map(|curve| curve.steps.last().unwrap().0);
    let first_end =
        results[0].cells.iter().flat_map(|cell| cell.runs()).map(|run| *run.end.last().unwrap()).min().unwrap();
    assert!(ends.clone().all(|end| end == first_end as f64 / 1e9), "{:?}", ends.collect::<Vec<_>>());
}

#[test]
fn the_demo_runs_and_draws() {
    let folder = tempfile::tempdir().unwrap();
    let table = stdout_of(folder.path(), &["demo", "--out", "demo"]);
    assert_eq!(table.lines().count(), 1 + 12, "{table}");
    let pictures = ["regret-trials", "regret-seconds", "test-regret-trials"];
    let files = pictures.iter().flat_map(|name| [format!("{name}.svg"), format!("{name}.png")]);
    for name in files.chain(["manifest.json".to_owned()]) {
        assert!(folder.path().join("demo").join(&name).exists(), "{name}");
    }
    assert!(stdout_of(folder.path(), &["verify", "demo"]).starts_with("12 of 12 cells"));
    stdout_of(folder.path(), &["demo", "--out", "demo"]); // a second time there is nothing to replay
}
