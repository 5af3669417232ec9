//! A whole report, and the regret figure alone, of three strategies on three data sets with 500 runs of 300 trials, each as a process from
//! start to synced files.

use std::path::Path;
use std::process::Command;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const DEMO: &str = include_str!("../data/experiments/demo.toml");

fn nasreplay(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_nasreplay")).current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The demo's experiment on NAS-Bench-201 alone.
fn nine_cells() -> String {
    let mut text: toml::Table = DEMO.parse().unwrap();
    let benchmarks = text["benchmark"].as_array_mut().unwrap();
    benchmarks.retain(|benchmark| benchmark["table"].as_str() == Some("nasbench201"));
    assert_eq!(benchmarks.len(), 3);
    toml::to_string(&text).unwrap()
}

fn report(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("e.toml"), nine_cells()).unwrap();
    nasreplay(folder.path(), &["run", "e.toml", "--out", "results"]);
    let fresh = || _ = std::fs::remove_dir_all(folder.path().join("report"));
    let mut group = c.benchmark_group("9 cells x 500 runs x 300 trials");
    group.sample_size(10);
    let mut whole = |name: &str, more: &[&str]| {
        let arguments = [&["report", "results", "-o", "report"], more].concat();
        group.bench_function(name, |b| {
            b.iter_batched(fresh, |()| nasreplay(folder.path(), &arguments), BatchSize::PerIteration)
        });
    };
    whole("report with every trial", &[]);
    whole("report without trials", &["--no-trials"]);
    for (name, file) in
        [("regret figure, SVG", "r.svg"), ("regret figure, PNG", "r.png"), ("regret figure, PDF", "r.pdf")]
    {
        group.bench_function(name, |b| {
            b.iter(|| nasreplay(folder.path(), &["figure", "regret", "results", "-o", file]))
        });
    }
    group.bench_function("regret figure of interquartile means, SVG", |b| {
        b.iter(|| nasreplay(folder.path(), &["figure", "regret", "results", "-o", "i.svg", "--centre", "iqm"]));
    });
    group.finish();
}

criterion_group!(benches, report);
criterion_main!(benches);
