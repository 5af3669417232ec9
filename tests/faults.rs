//! Inputs on which the program once failed: each is answered rightly now. The files are those of `shared/data/faults`.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{contents, refusal_of, run, shared, stdout_of, text};

/// A folder with the faults' files; none where the shared data are absent.
fn faults() -> Option<(tempfile::TempDir, PathBuf)> {
    let from = shared("data/faults/README.md")?.parent()?.to_owned();
    let folder = tempfile::tempdir().unwrap();
    for entry in from.read_dir().unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    Some((folder, from))
}

fn import(here: &Path, mapping: &str, data: &str, out: &str) -> String {
    let output = run(here, &["import", "generic", "--mapping", mapping, data, "-o", out]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stderr)
}

/// The table that several experiments want.
fn nasbench201_csv(here: &Path, from: &Path) {
    let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mappings/nasbench201-csv.toml");
    let data = from.parent().unwrap().join("nasbench201.csv.gz");
    import(here, mapping, data.to_str().unwrap(), "nasbench201-csv.h5");
}

/// What a command says on stderr; it must succeed.
fn said(here: &Path, arguments: &[&str]) -> String {
    let output = run(here, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stderr)
}

fn text_of(output: &std::process::Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

fn has(text: &str, parts: &[&str]) {
    parts.iter().for_each(|part| assert!(text.contains(part), "`{part}` is missing in:\n{text}"));
}

#[test]
fn schedules_without_a_common_row_are_drawn_with_what_there_is() {
    let Some((folder, _)) = faults() else { return };
    let here = folder.path();
    import(here, "fid_nan.toml", "fid_nan.csv", "fid_nan.h5");
    stdout_of(here, &["run", "fid_nan_exp.toml", "--out", "r"]);
    let refused = refusal_of(here, &["figure", "fidelity", "r", "-o", "f.svg"]);
    has(&refused, &["no benchmark's table has its objective at more than one fidelity"]);
    let report = said(here, &["report", "r", "-o", "report"]);
    has(&report, &["figures and everything else"]);
    assert!(here.join("report/report.html").is_file());
}

#[test]
fn the_last_measured_epoch_is_meant() {
    let Some((folder, _)) = faults() else { return };
    let here = folder.path();
    import(here, "lastempty.toml", "lastempty.csv", "lastempty.h5");
    let info = stdout_of(here, &["table", "info", "lastempty.h5"]);
    has(&info, &["best 0.2 in row 1 at epoch 16, the last that was measured", "best 0.4 in row 1\n"]);
    let best = stdout_of(here, &["table", "best", "lastempty.h5", "--task", "small", "--metric", "valid_acc"]);
    has(&best, &["schedule s, epoch 16", "0.2"]);
    let audit = run(here, &["table", "audit", "lastempty.h5"]);
    assert!(!text(&audit.stdout).contains("no row has a value"), "{}", text(&audit.stdout));
    let run = said(here, &["run", "lastempty_exp.toml", "--out", "r"]);
    has(&run, &["benchmark `a`: told `valid_acc` of schedule s, epoch 16"]);
}

#[test]
fn runs_that_ended_early_are_counted_and_never_the_best() {
    let Some((folder, _)) = faults() else { return };
    let here = folder.path();
    import(here, "sparse.toml", "sparse.csv", "sparse.h5");
    let run = said(here, &["run", "sparse_exp.toml", "--out", "r"]);
    has(
        &run,
        &["regularized-evolution@nats-bench on s: 50 of 50 runs ended early", "50 exhausted (1,000 asks in a row"],
    );
    let shown = stdout_of(here, &["show", "r"]);
    has(&shown, &["ended early", "50 exhausted"]);
    let json: serde_json::Value = serde_json::from_str(&stdout_of(here, &["show", "r", "--json"])).unwrap();
    assert_eq!((json[0]["ends"]["exhausted"].as_u64(), json[1]["ends"]["exhausted"].as_u64()), (Some(0), Some(50)));
    let figure = said(here, &["figure", "regret", "r", "-o", "f.svg"]);
    has(&figure, &["50 of 50 runs ended early"]);
    has(
        &fs::read_to_string(here.join("f.txt")).unwrap(),
        &["regularized-evolution@nats-bench on s: 50 of 50 runs ended early"],
    );
    said(here, &["report", "r", "-o", "report", "--no-trials"]);
    let page = fs::read_to_string(here.join("report/report.md")).unwrap();
    let rows = page.lines().filter(|line| line.contains("50 exhausted") && line.starts_with('|')).count();
    assert!(rows >= 1 && !page.lines().any(|line| line.contains("50 exhausted") && line.contains("**")), "{page}");
}

#[test]
fn what_a_trial_pays_for_is_said() {
    let Some((folder, _)) = faults() else { return };
    let here = folder.path();
    import(here, "epochcost.toml", "epochcost.jsonl", "epochcost.h5");
    let refused = refusal_of(here, &["run", "epochcost_exp.toml", "--out", "r"]);
    has(
        &refused,
        &["objective stands at epoch 1", "`train_seconds` is not known there", "epoch = 4", "share = \"epochs\""],
    );
    let experiment = fs::read_to_string(here.join("epochcost_exp.toml")).unwrap();
    let with = |cost: &str, out: &str| {
        let text = experiment
            .replace("epoch = 1 }", &format!("epoch = 1 }}, cost = {cost}"))
            .replace("seconds = 1000", "trials = 4");
        fs::write(here.join("e.toml"), text).unwrap();
        let said = said(here, &["run", "e.toml", "--out", out]);
        let shown: serde_json::Value = serde_json::from_str(&stdout_of(here, &["show", out, "--json"])).unwrap();
        (said, shown[0]["seconds"]["mean"].as_f64().unwrap())
    };
    assert_eq!(with("{ metric = \"train_seconds\", epoch = 4 }", "whole").1, 400.0);
    let (said_of_share, seconds) = with("{ metric = \"train_seconds\", share = \"epochs\" }", "share");
    assert_eq!(seconds, 100.0);
    has(&said_of_share, &["1/4 of `train_seconds` at epoch 4", "declared, not measured"]);
    said(here, &["report", "share", "-o", "report", "--no-trials"]);
    has(&fs::read_to_string(here.join("report/report.md")).unwrap(), &["declared, not measured"]);
    has(&fs::read_to_string(here.join("share/manifest.json")).unwrap(), &["\"share\": \"epochs\""]);
}

#[test]
fn a_budget_that_fits_no_training_is_refused() {
    let Some((folder, from)) = faults() else { return };
    let here = folder.path();
    nasbench201_csv(here, &from);
    let refused = refusal_of(here, &["run", "budget-shorter-than-a-training.toml", "--out", "r"]);
    has(&refused, &["10 simulated seconds fits no training of the table", "the cheapest, of row", "takes"]);
    assert!(!here.join("r/manifest.json").exists());
    let kept = fs::read_to_string(here.join("budget-shorter-than-a-training.toml")).unwrap();
    fs::write(here.join("kept.toml"), kept.replacen("[[strategy]]", "overrun = \"keep\"\n[[strategy]]", 1)).unwrap();
    said(here, &["run", "kept.toml", "--out", "kept"]);
    let target = said(here, &["run", "target-as-fraction.toml", "--out", "t"]);
    has(&target, &["every training reaches the target 0.73 of `valid_acc`, which is in percent"]);
}

#[test]
fn listed_runs_say_how_they_ended_and_whose_values_they_are() {
    let Some((folder, from)) = faults() else { return };
    let here = folder.path();
    nasbench201_csv(here, &from);
    let import = |list: &str, more: &[&str]| {
        let arguments = ["import-runs", list, "--benchmark", "nasbench201-csv.h5/cifar10", "-o", "i", "--replace"];
        run(here, &[&arguments[..], more].concat())
    };
    let crashed = import("crashed-runs.csv", &[]);
    has(
        &text(&crashed.stderr),
        &["runs ended early, after", "censored (their list stops before the budget without saying why)"],
    );
    has(&stdout_of(here, &["show", "i"]), &["censored"]);
    said(here, &["figure", "regret", "i", "-o", "censored.svg"]);
    has(&fs::read_to_string(here.join("censored.txt")).unwrap(), &["censored"]);

    let told = import("told-as-error.csv", &[]);
    assert_eq!(told.status.code(), Some(2));
    has(
        &text(&told.stderr),
        &["told values are those of no training", "100 - `valid_acc` of task `cifar10`", "--foreign-values"],
    );
    let overruled = import("told-as-error.csv", &["--foreign-values"]);
    assert!(overruled.status.success());
    has(&text(&overruled.stderr), &["told values fall where the table's rise"]);
}

#[test]
fn a_slice_that_a_strategy_leaves_is_marked() {
    let Some((folder, from)) = faults() else { return };
    let here = folder.path();
    nasbench201_csv(here, &from);
    stdout_of(here, &["table", "slice", "nasbench201-csv.h5", "-o", "s100.h5", "--sample", "100"]);
    let run = said(here, &["run", "slice-exhausted.toml", "--out", "r"]);
    has(&run, &["runs ended early", "exhausted"]);
}

#[test]
fn what_is_declared_upside_down_is_said() {
    let Some((folder, _)) = faults() else { return };
    let here = folder.path();
    let said = import(here, "accuracy-minimised.toml", "frac.csv", "turned.h5");
    has(&said, &["`valid_acc` is declared as `minimise`, though by its name more is better"]);
    let audit = run(here, &["table", "audit", "turned.h5"]);
    assert_eq!(audit.status.code(), Some(1));
    has(&text(&audit.stdout), &["declared as `minimise`", "upside down"]);
    let percent = fs::read_to_string(here.join("accuracy-minimised.toml")).unwrap();
    let percent = percent
        .replace("\"minimise\"\nsplit = \"valid\"", "\"maximise\"\nsplit = \"valid\"")
        .replace("\"fraction\"", "\"percent\"");
    fs::write(here.join("percent.toml"), percent).unwrap();
    has(
        &import(here, "percent.toml", "frac.csv", "percent.h5"),
        &["the unit is `percent`, but all values are", "fractions"],
    );
    let experiment = "name = \"x\"\nseed = 1\nruns = 10\nbudget = { trials = 3 }\n[[benchmark]]\nname = \"b\"\ntable = \"turned.h5\"\ntask = \"t\"\n[[strategy]]\nkind = \"random-search\"\n";
    fs::write(here.join("x.toml"), experiment).unwrap();
    has(&text(&run(here, &["run", "x.toml", "--out", "x"]).stderr), &["declared as `minimise`"]);
}

#[test]
fn a_list_of_names_is_a_list_of_costs() {
    let Some((folder, _)) = faults() else { return };
    let here = folder.path();
    drop(common::tiny_table(here, 12));
    let with = |cost: &str| {
        let text = format!(
            "name = \"x\"\nseed = 1\nruns = 10\nbudget = {{ trials = 3 }}\n[[benchmark]]\nname = \"b\"\ntable = \"tiny.h5\"\ntask = \"toy\"\ncost = {cost}\n[[strategy]]\nkind = \"random-search\"\n"
        );
        fs::write(here.join("x.toml"), text).unwrap();
        run(here, &["run", "x.toml", "--out", "x", "--replace"])
    };
    let twice = with("[\"train_seconds\", \"train_seconds\"]");
    has(&text(&twice.stderr), &["cost `train_seconds`, epoch 9 + `train_seconds`, epoch 9"]);
    let once = with("\"train_seconds\"");
    has(&text(&once.stderr), &["cost `train_seconds`, epoch 9; reported"]);
    let unknown = with("[\"train_seconds\", \"200\"]");
    assert_eq!(unknown.status.code(), Some(2));
    has(&text(&unknown.stderr), &["no metric `200`"]);
    let budget = text(&{
        let text = fs::read_to_string(here.join("x.toml")).unwrap().replace("{ trials = 3 }", "[3]");
        fs::write(here.join("x.toml"), text).unwrap();
        run(here, &["run", "x.toml", "--out", "x"]).stderr
    });
    has(&budget, &["expected a table"]);
}

#[test]
fn letters_that_the_font_lacks_are_written_by_their_codes() {
    let Some((folder, from)) = faults() else { return };
    let here = folder.path();
    nasbench201_csv(here, &from);
    said(here, &["run", "cjk-names.toml", "--out", "r"]);
    let drawn = said(here, &["figure", "finals", "r", "-o", "f.svg"]);
    has(&drawn, &["the font of figures lacks", "局 (U+5C40)", "😀 (U+1F600)"]);
    let svg = fs::read_to_string(here.join("f.svg")).unwrap();
    assert!(svg.contains("[U+5C40]") && !svg.contains('局'));
    said(here, &["figure", "finals", "r", "-o", "f.png"].iter().chain(&["--replace"]).copied().collect::<Vec<_>>());
}

/// Nothing is written where a report cannot be: its folder appears whole or not at all.
#[test]
fn outputs_replace_only_what_they_may() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    drop(common::tiny_table(here, 12));
    fs::write(here.join("notes.h5"), "mine").unwrap();
    let before = contents(here);
    let refused = |arguments: &[&str], part: &str| {
        has(&refusal_of(here, arguments), &[part]);
        assert_eq!(contents(here), before, "{arguments:?}");
    };
    let slice = ["table", "slice", "tiny.h5", "--rows", "0..3", "-o"];
    refused(&[&slice[..], &["notes.h5", "--replace"]].concat(), "is there and is not a table");
    refused(&[&slice[..], &["tiny.h5", "--replace"]].concat(), "which would be overwritten");
    std::os::unix::fs::symlink("tiny.h5", here.join("link.h5")).unwrap();
    fs::hard_link(here.join("tiny.h5"), here.join("hard.h5")).unwrap();
    for link in ["link.h5", "hard.h5"] {
        has(&refusal_of(here, &[&slice[..], &[link, "--replace"]].concat()), &["which would be overwritten"]);
    }
    stdout_of(here, &[&slice[..], &["cut.h5"]].concat());
    has(&refusal_of(here, &[&slice[..], &["cut.h5"]].concat()), &["is there already", "--replace"]);
    stdout_of(here, &[&slice[..], &["cut.h5", "--replace"]].concat());
}

/// Folders that are replaced whole lose nothing that was not written by their command: inputs and others' files inside are found.
#[test]
fn whole_folders_are_replaced_only_with_what_they_were_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    drop(common::tiny_table(here, 12));
    let text = "name = \"x\"\nseed = 1\nruns = 10\nbudget = { trials = 3 }\n[[benchmark]]\nname = \"b\"\ntable = \"tiny.h5\"\ntask = \"toy\"\n[[strategy]]\nkind = \"random-search\"\n";
    fs::write(here.join("x.toml"), text).unwrap();
    stdout_of(here, &["run", "x.toml", "--out", "r"]);
    let report = ["report", "r", "-o", "report", "--no-trials"];
    stdout_of(here, &report);
    has(&refusal_of(here, &report), &["is there already"]);
    stdout_of(here, &[&report[..], &["--replace"]].concat());
    fs::write(here.join("report/paper/mine.tex"), "mine").unwrap();
    has(
        &refusal_of(here, &[&report[..], &["--replace"]].concat()),
        &["report/paper/mine.tex", "is no part of the folder of a report"],
    );
    fs::rename(here.join("r"), here.join("report/paper/r")).unwrap();
    has(&refusal_of(here, &["report", "report/paper/r", "-o", "report", "--replace"]), &["would be overwritten"]);
    fs::rename(here.join("report/paper/r"), here.join("r")).unwrap();

    stdout_of(here, &["baseline", "save", "r", "-o", "base.json"]);
    for input in ["base.json", "r/manifest.json"] {
        has(&refusal_of(here, &["regress", "base.json", "r", "--summary", input]), &["is, or is part of, the input"]);
    }
    has(&refusal_of(here, &["regress", "base.json", "r", "--summary", "tiny.h5"]), &["is no markdown"]);
    stdout_of(here, &["regress", "base.json", "r", "--summary", "summary.md"]);
    stdout_of(here, &["regress", "base.json", "r", "--summary", "summary.md"]);

    fs::create_dir(here.join("mine")).unwrap();
    fs::write(here.join("mine/experiment.toml"), "# mine").unwrap();
    has(&refusal_of(here, &["run", "x.toml", "--out", "mine"]), &["holds `experiment.toml` and no results"]);
    fs::write(here.join("mine/manifest.json"), "{\"name\": \"web\"}").unwrap();
    has(&refusal_of(here, &["run", "x.toml", "--out", "mine", "--replace"]), &["and no results"]);
    assert_eq!(fs::read_to_string(here.join("mine/experiment.toml")).unwrap(), "# mine");
}

/// One flipped bit of a told value, an edited manifest, a cell that is gone: each is noticed by every command that reads it.
#[test]
fn stored_results_are_believed_only_if_they_are_what_was_stored() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    drop(common::tiny_table(here, 12));
    let text = "name = \"x\"\nseed = 1\nruns = 10\nbudget = { trials = 5 }\n[[benchmark]]\nname = \"b\"\ntable = \"tiny.h5\"\ntask = \"toy\"\n[[strategy]]\nkind = \"random-search\"\n[[strategy]]\nkind = \"local-search\"\n";
    fs::write(here.join("x.toml"), text).unwrap();
    stdout_of(here, &["run", "x.toml", "--out", "r"]);
    stdout_of(here, &["baseline", "save", "r", "-o", "base.json"]);
    let cell = here.join("r/runs/b/random-search.h5");
    let whole = fs::read(&cell).unwrap();
    let told = {
        let file = common::without_locks().open(&cell).unwrap();
        file.dataset("trials/told").unwrap().offset().unwrap() as usize
    };
    let mut flipped = whole.clone();
    flipped[told + 6] ^= 1;
    fs::write(&cell, &flipped).unwrap();
    let readers: [&[&str]; 6] = [
        &["show", "r"],
        &["figure", "regret", "r", "-o", "x.svg"],
        &["report", "r", "-o", "report"],
        &["baseline", "save", "r", "-o", "other.json"],
        &["regress", "base.json", "r"],
        &["diff", "r", "r"],
    ];
    for reader in readers {
        has(
            &refusal_of(here, reader),
            &["random-search.h5` is damaged", "`nasreplay run` with the experiment that made it"],
        );
    }
    let verified = run(here, &["verify", "r"]);
    assert_eq!(verified.status.code(), Some(1));
    has(&text_of(&verified), &["random-search on b: run 0, trial 0: stored"]);
    has(&said(here, &["run", "x.toml", "--out", "r"]), &["was damaged and was replayed again"]);
    assert!(fs::read(&cell).unwrap() == whole);

    let manifest = fs::read_to_string(here.join("r/manifest.json")).unwrap();
    let edited = manifest.replacen("\"optimum\": ", "\"optimum\": 1", 1);
    assert_ne!(edited, manifest);
    fs::write(here.join("r/manifest.json"), &edited).unwrap();
    has(&refusal_of(here, &["show", "r"]), &["manifest.json is not what was written", "--replace"]);
    let verified = run(here, &["verify", "r"]);
    assert_eq!(verified.status.code(), Some(1));
    has(
        &text_of(&verified),
        &["manifest.json is not what was written", "benchmark b: the manifest's reference values are"],
    );
    said(here, &["run", "x.toml", "--out", "r", "--replace"]);
    assert_eq!(fs::read_to_string(here.join("r/manifest.json")).unwrap(), manifest);

    fs::remove_file(&cell).unwrap();
    let verified = run(here, &["verify", "r"]);
    assert_eq!(verified.status.code(), Some(1));
    has(&text_of(&verified), &["runs/b/random-search.h5: is not there", "1 of 2 cells"]);

    let mut table = fs::read(here.join("tiny.h5")).unwrap();
    let place = {
        let file = common::without_locks().open(here.join("tiny.h5")).unwrap();
        file.dataset("tasks/toy/9/valid_acc").unwrap().offset().unwrap() as usize
    };
    table[place + 1] ^= 4;
    fs::write(here.join("tiny.h5"), table).unwrap();
    has(
        &refusal_of(here, &["run", "x.toml", "--out", "other"]),
        &["its content does not have its digest", "table verify"],
    );
    let verified = run(here, &["table", "verify", "tiny.h5"]);
    let said = text_of(&verified);
    assert!(!said.contains("Some(") && !said.contains("Optimum"), "{said}");
}

/// Folders of 20 and 8 runs, and imported runs beside replayed ones, are compared unpaired, on all runs.
#[test]
fn other_runs_are_not_paired() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let text = |runs: u32, kind: &str| {
        format!(
            "name = \"x\"\nseed = 1\nruns = {runs}\nbudget = {{ trials = 20 }}\n[[benchmark]]\nname = \"b\"\ntable = \"nasbench201\"\ntask = \"cifar10\"\n[[strategy]]\nkind = \"{kind}\"\n"
        )
    };
    fs::write(here.join("a.toml"), text(20, "random-search")).unwrap();
    fs::write(here.join("b.toml"), text(8, "local-search")).unwrap();
    stdout_of(here, &["run", "a.toml", "--out", "a"]);
    stdout_of(here, &["run", "b.toml", "--out", "b"]);
    said(here, &["report", "a", "b", "-o", "report", "--no-trials"]);
    let page = fs::read_to_string(here.join("report/report.md")).unwrap();
    has(&page, &["20 and 8"]);
    let sentences = fs::read_to_string(here.join("report/paper/sentences.tex")).unwrap();
    has(&sentences, &["Mann-Whitney test, n ="]);
    stdout_of(here, &["figure", "rank", "a", "b", "-o", "rank.svg"]);
    has(&fs::read_to_string(here.join("rank.txt")).unwrap(), &["otherwise each among all runs of the others"]);
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let fifo = here.join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let sparse = fs::File::create(here.join("sparse.toml")).unwrap();
    sparse.set_len(20 << 30).unwrap();
    has(&refusal_of(here, &["run", "sparse.toml", "--out", "o"]), &["expected at most 2147483648"]);
    for name in ["fifo", "/dev/zero"] {
        let linked = |ending: &str| {
            let link = here.join(format!("{}{ending}", name.trim_start_matches("/dev/")));
            std::os::unix::fs::symlink(if name == "fifo" { fifo.clone() } else { name.into() }, &link).unwrap();
            link.display().to_string()
        };
        let (table, experiment, list) = (linked(".h5"), linked(".toml"), linked(".csv"));
        has(&refusal_of(here, &["table", "info", &table]), &["expected a regular file"]);
        has(&refusal_of(here, &["run", &experiment, "--out", "o"]), &["expected a regular file"]);
        has(
            &refusal_of(here, &["import-runs", &list, "--benchmark", "nasbench201/cifar10", "-o", "o"]),
            &["expected a regular file"],
        );
        has(
            &refusal_of(here, &["import", "generic", "--mapping", &experiment, &list, "-o", "o.h5"]),
            &["expected a regular file"],
        );
        has(&refusal_of(here, &["import", &list, "-o", "o.h5"]), &["regular file"]);
        has(&refusal_of(here, &["regress", &list, &list]), &["expected a regular file"]);
    }
}

#[test]
fn extreme_numbers_are_refused_or_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let experiment = |runs: &str, budget: &str| {
        let text = format!(
            "name = \"x\"\nseed = 1\nruns = {runs}\nbudget = {{ {budget} }}\n[[benchmark]]\nname = \"b\"\ntable = \"nasbench201\"\ntask = \"cifar10\"\n[[strategy]]\nkind = \"random-search\"\n[[strategy]]\nkind = \"local-search\"\n"
        );
        fs::write(here.join("x.toml"), text).unwrap();
    };
    experiment("100000000", "trials = 10");
    has(&refusal_of(here, &["run", "x.toml", "--out", "o"]), &["`runs` is 100000000, expected 1 to 1000000"]);
    experiment("100000", "trials = 1000000");
    has(&refusal_of(here, &["run", "x.toml", "--out", "o"]), &["are more than the 1000000000 trials"]);
    has(&refusal_of(here, &["run", "x.toml", "--out", "o", "--threads", "100000000"]), &["--threads is 100000000"]);
    experiment("20", "trials = 2147483648, target = 90.0");
    said(here, &["run", "x.toml", "--out", "o"]);
    said(here, &["report", "o", "-o", "report", "--no-trials"]);
    if cfg!(feature = "train") {
        let train = [
            "train",
            "--space",
            "cell201",
            "--data",
            "digits",
            "--recipe",
            "nasbench201-12",
            "--sample",
            "1",
            "--overlay",
            "v",
        ];
        let with = |more: &[&str]| refusal_of(here, &[&train[..], more].concat());
        has(&with(&["--channels", "1000000000"]), &["at most 4096 channels"]);
        has(&with(&["--cells", "1000000000"]), &["256 cells"]);
        has(&with(&["--replicates", "100000"]), &["--replicates is 100000"]);
        has(&with(&["--threads", "100000"]), &["--threads is 100000"]);
    }
}

#[test]
fn control_characters_reach_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let text = "name = \"x\"\nseed = 1\nruns = 10\nbudget = { trials = 3 }\n[[benchmark]]\nname = \"b\"\ntable = \"nasbench201\"\ntask = \"cifar10\"\n[[strategy]]\nname = \"a\\u001b[31mred\"\nkind = \"random-search\"\n";
    fs::write(here.join("x.toml"), text).unwrap();
    let refused = refusal_of(here, &["run", "x.toml", "--out", "o"]);
    assert!(refused.contains("control character") && !refused.contains('\u{1b}'), "{refused:?}");
    let refused = refusal_of(here, &["table", "info", "no\u{1b}[31m.h5"]);
    assert!(!refused.contains('\u{1b}') && refused.contains("\\u{1b}"), "{refused:?}");
}
