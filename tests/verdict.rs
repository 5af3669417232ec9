//! Baselines, verdicts, differences and imported runs, through the real binary.

mod common;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{contents, refusal_of, run, stdout_of, text};

/// An experiment on the embedded table.
const EXPERIMENT: &str = r#"
name = "verdict"
seed = 1
runs = 60

[budget]
trials = 100

[[benchmark]]
name = "c10"
table = "nasbench201"
task = "cifar10"

[[strategy]]
kind = "random-search"

[[strategy]]
name = "evolution"
kind = "regularized-evolution"
population = 10
sample = 3
"#;

/// A folder with results of the experiment in `old`, and of a changed one in `new`.
fn old_and_new(change: impl Fn(&str) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("old", EXPERIMENT.to_owned()), ("new", change(EXPERIMENT))] {
        fs::write(folder.path().join("e.toml"), text).unwrap();
        stdout_of(folder.path(), &["run", "e.toml", "--out", name]);
    }
    stdout_of(folder.path(), &["baseline", "save", "old", "-o", "b.json"]);
    folder
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn equal_results_are_identical_without_statistics() {
    let folder = old_and_new(str::to_owned);
    for baseline in ["b.json", "old"] {
        let output = run(folder.path(), &["regress", baseline, "new", "--fail-on", "changed"]);
        let said = text(&output.stdout);
        assert_eq!(code(&output), 0, "{said}");
        assert!(said.contains("2 cells: 2 IDENTICAL"), "{said}");
    }
    assert!(stdout_of(folder.path(), &["diff", "old", "new"]).contains("the same in all common runs"));
}

/// A longer and a shorter series of the same runs are the same as far as both go.
#[test]
fn more_runs_change_nothing() {
    let folder = old_and_new(|text| text.replace("runs = 60", "runs = 80"));
    let said = stdout_of(folder.path(), &["regress", "b.json", "new"]);
    assert!(said.contains("2 cells: 2 IDENTICAL"), "{said}");
}

/// A one-line change of behaviour: the tournament draws four members instead of three.
#[test]
fn a_changed_strategy_is_named_with_run_and_trial() {
    let folder = old_and_new(|text| text.replace("sample = 3", "sample = 4"));
    let output = run(folder.path(), &["regress", "b.json", "new", "--fail-on", "changed"]);
    let said = text(&output.stdout);
    assert_eq!(code(&output), 1, "{said}");
    assert!(said.contains("evolution on c10: run 0, trial 10: baseline asked for row "), "{said}");
    assert!(said.contains("|nor_conv_3x3~") || said.contains("|none~"), "{said}");
    let output = run(folder.path(), &["diff", "old", "new"]);
    let said = text(&output.stdout);
    assert_eq!(code(&output), 1, "{said}");
    assert!(said.contains("evolution on c10: first differs in run 0, trial 10"), "{said}");
    assert!(said.contains("  A asked for row ") && said.contains(" and was told "), "{said}");
}

/// Evolution that becomes random search is worse, and every output says so.
#[test]
fn a_worse_strategy_is_regressed() {
    let folder = old_and_new(|text| {
        text.replace("kind = \"regularized-evolution\"\npopulation = 10\nsample = 3", "kind = \"random-search\"")
    });
    let arguments = ["regress", "b.json", "new", "--format", "json", "--junit", "j.xml", "--summary", "s.md"];
    let output = run(folder.path(), &arguments);
    assert_eq!(code(&output), 1);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let cell = &said["cells"][1];
    assert_eq!(
        (&cell["verdict"], &cell["paired"], &cell["runs"]),
        (&"REGRESSED".into(), &true.into(), &[60, 60].into())
    );
    let finding = &cell["findings"][0];
    assert_eq!((&finding["question"], &finding["direction"]), (&"final-regret".into(), &1.into()));
    assert!(
        finding["interval"][0].as_f64().unwrap() > 0.0 && finding["adjusted"].as_f64().unwrap() < 0.05,
        "{finding}"
    );
    let junit = fs::read_to_string(folder.path().join("j.xml")).unwrap();
    assert!(
        junit.contains("tests=\"2\" failures=\"1\"") && junit.contains("<failure message=\"REGRESSED\">"),
        "{junit}"
    );
    let summary = fs::read_to_string(folder.path().join("s.md")).unwrap();
    assert!(summary.contains("| c10 | evolution | REGRESSED | final regret |"), "{summary}");
    let better = run(folder.path(), &["regress", "new", "old"]);
    assert!(text(&better.stdout).contains("IMPROVED"), "{}", text(&better.stdout));
    assert_eq!(code(&better), 0);
}

/// Other seeds are other runs: nothing is paired, no trial is named, and too few runs decide nothing.
#[test]
fn other_seeds_are_compared_unpaired() {
    let folder = old_and_new(|text| text.replace("seed = 1", "seed = 2"));
    let output = run(folder.path(), &["regress", "b.json", "new", "--fail-on", "inconclusive"]);
    let said = text(&output.stdout);
    assert_eq!(code(&output), 3, "{said}");
    assert!(said.contains("INCONCLUSIVE") && said.contains("fresh runs a side would decide"), "{said}");
    assert!(said.contains("the two sides are other runs"), "{said}");
    let generous = stdout_of(folder.path(), &["regress", "b.json", "new", "--margin", "5", "--format", "json"]);
    let margin: serde_json::Value = serde_json::from_str(&generous).unwrap();
    assert_eq!(margin["cells"][0]["findings"][0]["margin"], 5.0);
    assert!(margin["cells"][0]["findings"][0]["equivalence"].as_f64().unwrap() < 1e-6);
}

/// One run has no spread: nothing can be shown of it, whatever the margin.
#[test]
fn a_single_run_is_never_equivalent() {
    let folder = old_and_new(|text| text.replace("seed = 1", "seed = 2").replace("runs = 60", "runs = 1"));
    for (baseline, candidate) in [("old", "new"), ("new", "old")] {
        let said = stdout_of(folder.path(), &["regress", baseline, candidate, "--margin", "100"]);
        assert!(said.contains("2 cells: 2 INCONCLUSIVE"), "{said}");
    }
}

/// A strategy that is gone is no regression, but it is a change, and every output says so.
#[test]
fn cells_that_come_or_go_are_told() {
    let folder = old_and_new(|text| text.replace("name = \"evolution\"", "name = \"revolution\""));
    let output = run(folder.path(), &["regress", "b.json", "new", "--fail-on", "changed", "--junit", "j.xml"]);
    let said = text(&output.stdout);
    assert_eq!(code(&output), 1, "{said}");
    assert!(said.contains("1 cell: 1 IDENTICAL, 1 only in the baseline, 1 only in the candidate"), "{said}");
    assert!(said.contains("evolution on c10: only the baseline has it"), "{said}");
    let junit = fs::read_to_string(folder.path().join("j.xml")).unwrap();
    assert!(junit.contains("tests=\"3\" failures=\"2\""), "{junit}");
    assert_eq!(code(&run(folder.path(), &["diff", "old", "new"])), 1);
    assert_eq!(code(&run(folder.path(), &["regress", "b.json", "new"])), 0);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let refused = |change: &dyn Fn(&str) -> String, said: &[&str]| {
        let folder = old_and_new(change);
        let message = refusal_of(folder.path(), &["regress", "b.json", "new"]);
        said.iter().for_each(|part| assert!(message.contains(part), "`{part}` is missing in:\n{message}"));
    };
    refused(&|text| text.replace("trials = 100", "trials = 90"), &["benchmark `c10` differs in `budget`", "100", "90"]);
    refused(&|text| text.replace("task = \"cifar10\"", "task = \"cifar100\""), &["differs in `task`"]);
    refused(
        &|text| text.replace("task = \"cifar10\"", "task = \"cifar10\"\nduplicates = \"free\""),
        &["differs in `duplicates`"],
    );
    refused(&|text| text.replace("name = \"c10\"", "name = \"c11\""), &["no strategy on a benchmark in common"]);
    let folder = old_and_new(str::to_owned);
    for (content, said) in [
        ("{", "is no baseline"),
        ("{\"format\":\"other\"}", "is no baseline"),
        (
            "{\"format\":\"nasreplay-baseline\",\"format_version\":1,\"definitions\":9}",
            "has `definitions` 9, this build expects 1",
        ),
        ("{\"format\":\"nasreplay-baseline\",\"format_version\":1,\"definitions\":1}", "cannot be read"),
    ] {
        fs::write(folder.path().join("x.json"), content).unwrap();
        let message = refusal_of(folder.path(), &["regress", "x.json", "new"]);
        assert!(message.contains(said) && message.contains("x.json"), "{message}");
    }
    let message = refusal_of(folder.path(), &["regress", "b.json", "new", "--margin=-1"]);
    assert!(message.contains("--margin is -1"), "{message}");
}

/// Names may hold what JSON, markdown and XML use themselves.
#[test]
fn odd_names_survive() {
    let odd = |text: &str| text.replace("name = \"evolution\"", "name = 'a,\"b\" [{|<x>&'");
    let folder = old_and_new(odd);
    stdout_of(folder.path(), &["baseline", "save", "new", "-o", "odd.json"]);
    let said = stdout_of(folder.path(), &["regress", "odd.json", "new", "--junit", "j.xml", "--format", "markdown"]);
    assert!(said.contains("a,\"b\" [{\\|") || said.contains("\\["), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with('|')).count(), 4, "{said}");
    let junit = fs::read_to_string(folder.path().join("j.xml")).unwrap();
    assert!(junit.contains("&quot;b&quot; [{|&lt;x&gt;&amp;"), "{junit}");
}

/// A baseline that somebody edited is refused with what is wrong.
#[test]
fn edited_baselines_are_refused() {
    let folder = old_and_new(str::to_owned);
    let text = fs::read_to_string(folder.path().join("b.json")).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    let refused = |edit: &dyn Fn(&mut serde_json::Value), said: &str| {
        let mut edited = whole.clone();
        edit(&mut edited);
        fs::write(folder.path().join("x.json"), edited.to_string()).unwrap();
        let message = refusal_of(folder.path(), &["regress", "x.json", "new"]);
        assert!(message.contains(said), "`{said}` is missing in:\n{message}");
    };
    let cell = |edited: &mut serde_json::Value, list: &str| {
        edited["benchmarks"][0]["cells"][0][list].as_array_mut().unwrap().pop()
    };
    refused(&|edited| _ = cell(edited, "regret"), "random-search on c10: `regret` has 59 entries, expected 60");
    refused(&|edited| _ = cell(edited, "time_to_target"), "`time_to_target` has 59 entries, expected 60");
    refused(&|edited| edited["benchmarks"][0]["margin"] = (-1.0).into(), "the margin must be above 0");
    refused(
        &|edited| {
            let cells = edited["benchmarks"][0]["cells"].as_array_mut().unwrap();
            let first = cells[0].clone();
            cells.push(first);
        },
        "random-search on c10 is there twice",
    );
}

/// Where the clock ends runs, random search's level is what it reaches by then, in seconds, whatever the budget of trials.
#[test]
fn the_level_of_random_search_is_that_of_the_binding_budget() {
    let folder = old_and_new(|text| text.replace("trials = 100", "trials = 1000\nseconds = 100_000"));
    stdout_of(folder.path(), &["baseline", "save", "new", "-o", "n.json"]);
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap()
    };
    let (new, old) = (read("n.json"), read("b.json"));
    let target = |baseline: &serde_json::Value| baseline["benchmarks"][0]["target"].clone();
    assert_eq!((&target(&new)["over"], &target(&new)["budget"]), (&"seconds".into(), &100_000.0.into()));
    assert_eq!((&target(&old)["over"], &target(&old)["budget"]), (&"trials".into(), &100.0.into()));
    let regret = |baseline: &serde_json::Value| target(baseline)["regret"].as_f64().unwrap();
    assert!(regret(&new) > regret(&old), "about 50 trials fit the clock: {} and {}", regret(&new), regret(&old));
}

/// Writes what stored runs asked for and were told as a list of trials.
fn listed(folder: &Path, results: &str, file: &str, with_told: bool) {
    let results = nasreplay::experiment::Results::open(&folder.join(results)).unwrap();
    let table = &results.plan.benchmarks[0].0.table;
    let mut lines = String::new();
    for cell in &results.cells {
        let strategy = &results.plan.strategy(cell.cell).name;
        for (number, run) in cell.runs().enumerate() {
            for (trial, &row) in run.row.iter().enumerate() {
                let architecture = table.space().write(table.arch(row as usize));
                let mut line = serde_json::json!({ "strategy": strategy, "run": number, "trial": trial, "architecture": architecture });
                if with_told {
                    line["told"] = run.told[trial].into();
                }
                lines += &format!("{line}\n");
            }
        }
    }
    fs::write(folder.join(file), lines).unwrap();
}

/// Our own runs, written as a stranger's list and imported, have the same trajectories: with what they were told, and without it, since
/// the replay's noise is then drawn by the same rules.
#[test]
fn imported_runs_are_scored_as_replayed_ones() {
    let folder = old_and_new(str::to_owned);
    fs::write(folder.path().join("e.toml"), EXPERIMENT).unwrap();
    for with_told in [true, false] {
        listed(folder.path(), "old", "runs.jsonl", with_told);
        let arguments = ["import-runs", "runs.jsonl", "--benchmark", "e.toml", "-o", "imported", "--replace"];
        let output = run(folder.path(), &arguments);
        let said = text(&output.stderr);
        assert_eq!(code(&output), 0, "{said}");
        assert!(said.contains("stored 12000 trials of 120 runs"), "{said}");
        assert_eq!(said.contains("12000 trials have no told value"), !with_told, "{said}");
        let same = stdout_of(folder.path(), &["diff", "old", "imported"]);
        assert_eq!(same.matches("the same in all common runs (60 runs)").count(), 2, "{same}");
        assert!(stdout_of(folder.path(), &["regress", "b.json", "imported"]).contains("2 IDENTICAL"));
    }
    let checked = stdout_of(folder.path(), &["verify", "imported"]);
    assert!(checked.contains("2 of 2 cells"), "{checked}");
    stdout_of(folder.path(), &["figure", "regret", "old", "imported", "-o", "both.svg"]);
    let both = fs::read_to_string(folder.path().join("both.svg")).unwrap();
    assert!(both.contains("evolution (old)") && both.contains("evolution (imported)"), "one panel shows both folders");
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "imported"]);
    assert!(message.contains("holds imported runs"), "{message}");
    let manifest = fs::read_to_string(folder.path().join("imported/manifest.json")).unwrap();
    assert!(manifest.contains("\"imported\"") && manifest.contains("runs.jsonl"), "{manifest}");
    let before = contents(&folder.path().join("imported"));
    let message = refusal_of(folder.path(), &["import-runs", "runs.jsonl", "--benchmark", "e.toml", "-o", "imported"]);
    assert!(message.contains("holds results already"), "{message}");
    assert!(before == contents(&folder.path().join("imported")), "a refused import changed the folder");
}

/// A budget that is used up exactly ends an imported run as it ends a replayed one.
#[test]
fn imported_runs_end_as_replayed_ones() {
    for budget in ["epochs = 2000", "epochs = 2000\nseconds = 1e9", "seconds = 20000", "trials = 10\ntarget = 80.0"] {
        for overrun in ["drop", "keep"] {
            let spec = EXPERIMENT.replace("trials = 100", budget).replace("runs = 60", "runs = 5");
            let spec = spec.replace("task = \"cifar10\"", &format!("task = \"cifar10\"\noverrun = \"{overrun}\""));
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("e.toml"), spec).unwrap();
            stdout_of(folder.path(), &["run", "e.toml", "--out", "old"]);
            listed(folder.path(), "old", "runs.jsonl", true);
            stdout_of(folder.path(), &["import-runs", "runs.jsonl", "--benchmark", "e.toml", "-o", "imported"]);
            let same = run(folder.path(), &["diff", "old", "imported"]);
            assert!(
                code(&same) == 0 || only_ends_are_unknown(&text(&same.stdout)),
                "{budget}, {overrun}:\n{}",
                text(&same.stdout)
            );
        }
    }
}

/// A trial that crossed the budget and was dropped is not in a list, so that nobody can tell why the run ended.
fn only_ends_are_unknown(said: &str) -> bool {
    said.lines().filter(|line| line.starts_with("  B ")).all(|line| line.ends_with("ended by: finished"))
}

#[test]
fn a_folder_given_twice_is_refused() {
    let folder = old_and_new(str::to_owned);
    let message = refusal_of(folder.path(), &["figure", "regret", "old", "./old", "-o", "x.svg"]);
    assert!(message.contains("is given twice"), "{message}");
}

#[test]
fn foreign_values_and_budgets_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let architecture =
        "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|";
    let list = format!(
        "run,trial,arch,told,seconds\n7,1,{architecture},12.5,\n7,2,{architecture},,30\n7,3,{architecture},,\n"
    );
    fs::write(folder.path().join("mine.csv"), list).unwrap();
    fs::write(folder.path().join("e.toml"), EXPERIMENT.replace("trials = 100", "trials = 2")).unwrap();
    let import = ["import-runs", "mine.csv", "--benchmark", "e.toml:c10", "-o", "out", "--strategy", "mine"];
    let refused = refusal_of(folder.path(), &import);
    assert!(refused.contains("1 of 1 told values are those of no training of `valid_acc`"), "{refused}");
    let output = run(folder.path(), &[&import[..], &["--foreign-values"]].concat());
    let said = text(&output.stderr);
    assert_eq!(code(&output), 0, "{said}");
    for part in [
        "stored 2 trials of 1 runs",
        "1 trials were told a value that none",
        "1 trials have no told value",
        "1 listed trials lie beyond",
    ] {
        assert!(said.contains(part), "`{part}` is missing in:\n{said}");
    }
    let shown: serde_json::Value = serde_json::from_str(&stdout_of(folder.path(), &["show", "out", "--json"])).unwrap();
    assert_eq!((&shown[0]["strategy"], &shown[0]["duplicates"]), (&"mine".into(), &1.into()));
    let bad = |list: &str, benchmark: &str, said: &str| {
        fs::write(folder.path().join("bad.csv"), list).unwrap();
        let message = refusal_of(folder.path(), &["import-runs", "bad.csv", "--benchmark", benchmark, "-o", "bad"]);
        assert!(message.contains(said), "`{said}` is missing in:\n{message}");
        assert!(!folder.path().join("bad").exists());
    };
    bad("run,trial,arch\n0,0,nonsense\n", "nasbench201/cifar10", "line 2 of the list: `nonsense` is no architecture");
    bad(
        &format!("run,trial,arch\n0,0,{architecture}\n0,2,{architecture}\n"),
        "nasbench201/cifar10",
        "line 3 of the list: run 0 has trial 2 after trial 0",
    );
    bad(
        &format!("run,trial,arch,epoch\n0,0,{architecture},12\n"),
        "nasbench201/cifar10",
        "epoch 12, but the benchmark's objective stands at 200",
    );
    bad("run,trial,arch\n", "nasbench201/cifar10", "holds no trial");
    bad(&format!("run,trial,arch\n0,0,{architecture}\n"), "e.toml:c11", "has no benchmark `c11`");
    bad(&format!("run,trial,arch\n0,0,{architecture}\n"), "nasbench201", "names no benchmark");
}
