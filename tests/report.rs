//! The report, through the real binary.

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{contents, nasreplay, refusal_of, run, stdout_of, text};

/// Two benchmarks, of which one has a test metric and learning curves.
const EXPERIMENT: &str = r#"
name = "a <report> & more"
seed = 4
runs = 30

[budget]
trials = 40

[[benchmark]]
name = "mlp"
title = "MLPs on Fashion-MNIST"
table = "fashion-mlp"
task = "fashion-mnist-8x8"

[[strategy]]
title = "Random search"
kind = "random-search"

[[strategy]]
title = "Evolution"
preset = "regularized-evolution@nats-bench"

[statement]
tuning = "not at all"
"#;

fn reported(more: &[&str]) -> tempfile::TempDir {
    reported_of(EXPERIMENT, more)
}

fn reported_of(experiment: &str, more: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("e.toml"), experiment).unwrap();
    stdout_of(folder.path(), &["run", "e.toml", "--out", "results"]);
    stdout_of(folder.path(), &[&["report", "results", "-o", "report"], more].concat());
    folder
}

#[test]
fn a_report_is_whole() {
    let folder = reported(&[]);
    let files = contents(&folder.path().join("report"));
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "report.html",
        "report.md",
        "checklist.md",
        "paper/main.tex",
        "paper/numbers.tex",
        "paper/sentences.tex",
        "paper/tables/results.tex",
        "paper/tables/checklist.tex",
        "data/trials.csv",
        "data/trials.parquet",
    ] {
        assert!(names.contains(name), "{name} is missing among {names:?}");
    }
    for kind in [
        "regret-trials-test",
        "regret-seconds-valid",
        "percentile-trials-test",
        "finals-test",
        "landscape-test",
        "fidelity-test",
    ] {
        for ending in ["svg", "csv", "txt"] {
            let name = format!("figures/{kind}.{ending}");
            assert!(names.contains(name.as_str()), "{name} is missing among {names:?}");
        }
        assert!(names.contains(format!("paper/figures/{kind}.pdf").as_str()), "{kind}");
    }
    assert!(!names.iter().any(|name| name.contains("critical-difference")), "one data set carries no such diagram");
    let read = |name: &str| text(&files.iter().find(|(found, _)| found == name).unwrap().1);
    let page = read("report.html");
    assert!(page.contains("a &lt;report&gt; &amp; more") && !page.contains("<report>"), "the title is not escaped");
    assert!(
        !page.contains("src=") && !page.contains("http://")
            || page.matches("http://www.w3.org").count() == page.matches("http://").count()
    );
    assert!(page.contains("default-src 'none'") && page.contains("critical-difference diagram"));
    let checklist = read("checklist.md");
    assert!(checklist.contains("| stated") && checklist.contains("not at all"), "{checklist}");
    assert!(
        checklist.contains("not stated") && checklist.contains("set `ablations` under `[statement]`"),
        "{checklist}"
    );
    let trials = read("data/trials.csv");
    assert_eq!(trials.lines().count(), 1 + 2 * 30 * 40);
    assert!(
        trials.starts_with("benchmark,strategy,run,seed,trial,architecture,row,replicate,told,"),
        "{}",
        &trials[..200]
    );
    let numbers = read("paper/numbers.tex");
    assert!(numbers.contains("\\newcommand{\\nas") && !numbers.contains("{\\nasmlp-"), "{numbers}");
    assert!(read("paper/tables/results.tex").contains("\\textbf{"));
}

/// The same results make the same report, whatever the number of threads.
#[test]
fn a_report_does_not_depend_on_threads() {
    let folder = reported(&[]);
    let one = nasreplay(folder.path())
        .env("RAYON_NUM_THREADS", "1")
        .args(["report", "results", "-o", "one"])
        .output()
        .unwrap();
    assert!(one.status.success(), "{}", text(&one.stderr));
    let (many, one) = (contents(&folder.path().join("report")), contents(&folder.path().join("one")));
    for (many, one) in many.iter().zip(&one) {
        assert!(many == one, "{} and {} differ", many.0, one.0);
    }
    assert_eq!(many.len(), one.len());
}

#[test]
fn trials_can_be_left_out_and_venues_are_known() {
    let folder = reported(&["--no-trials", "--venue", "icml"]);
    assert!(!folder.path().join("report/data/trials.csv").exists());
    let message = refusal_of(folder.path(), &["report", "results", "-o", "x", "--venue", "icmll"]);
    assert!(message.contains("no venue is called `icmll`") && message.contains("did you mean `icml`?"), "{message}");
    let message = refusal_of(folder.path(), &["figure", "regrets", "results", "-o", "x.svg"]);
    assert!(
        message.contains("no kind of figure is called `regrets`") && message.contains("did you mean `regret`?"),
        "{message}"
    );
    let message = refusal_of(folder.path(), &["figure", "critical-difference", "results", "-o", "x.svg"]);
    assert!(message.contains("it takes at least 6") && message.contains("--force"), "{message}");
}

/// Every kind draws every kind of picture, with its numbers and its caption beside it.
#[test]
fn figures_have_their_numbers_and_captions_beside_them() {
    let second =
        "[[benchmark]]\nname = \"again\"\ntable = \"fashion-mlp\"\ntask = \"fashion-mnist-8x8\"\n\n[[strategy]]";
    let folder = reported_of(&EXPERIMENT.replacen("[[strategy]]", second, 1), &["--no-trials"]);
    for kind in nasreplay::figure::KINDS {
        for ending in ["svg", "png", "pdf"] {
            let name = format!("{}.{ending}", kind.name);
            let output = run(folder.path(), &["figure", kind.name, "results", "-o", &name, "--force", "--replace"]);
            assert!(output.status.success(), "{}: {}", kind.name, text(&output.stderr));
        }
        let caption = fs::read_to_string(folder.path().join(format!("{}.txt", kind.name))).unwrap();
        assert!(caption.len() > 60, "{}: {caption}", kind.name);
        let numbers = fs::read_to_string(folder.path().join(format!("{}.csv", kind.name))).unwrap();
        assert!(
            numbers.starts_with("panel,kind,label,x,y,") && numbers.lines().count() > 2,
            "{}: {numbers}",
            kind.name
        );
        let pdf = fs::read(folder.path().join(format!("{}.pdf", kind.name))).unwrap();
        assert!(pdf.starts_with(b"%PDF"), "{}", kind.name);
    }
}

/// An interquartile mean hides failed runs: their share stands in the figure.
#[test]
fn hidden_failures_stand_in_the_figure() {
    let folder = reported(&["--no-trials"]);
    stdout_of(folder.path(), &["figure", "regret", "results", "-o", "iqm.svg", "--centre", "iqm"]);
    let svg = fs::read_to_string(folder.path().join("iqm.svg")).unwrap();
    assert!(svg.contains("Worse than average at the end") && svg.contains("At the optimum"), "{svg}");
    stdout_of(folder.path(), &["figure", "regret", "results", "-o", "mean.svg"]);
    assert!(!fs::read_to_string(folder.path().join("mean.svg")).unwrap().contains("Worse than average"));
}
