//! A whole experiment, three strategies on three data sets with 500 runs of 300 trials: as a process from start to synced files, and
//! in this process without storing; and the demo with its figures.

use std::path::Path;
use std::process::Command;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use nasreplay::experiment::{Arena, ExperimentSpec, Plan, replay_cell};

const DEMO: &str = include_str!("../data/experiments/demo.toml");

fn nasreplay(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_nasreplay")).current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn whole(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("demo.toml"), DEMO).unwrap();
    let fresh = || _ = std::fs::remove_dir_all(folder.path().join("out"));
    let mut group = c.benchmark_group("3 strategies x 3 data sets x 500 runs x 300 trials");
    group.sample_size(20);
    group.bench_function("process start to end, replayed, digested, stored, synced", |b| {
        b.iter_batched(
            fresh,
            |()| nasreplay(folder.path(), &["run", "demo.toml", "--out", "out"]),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("in this process, resolved and replayed, not stored", |b| {
        let spec = ExperimentSpec::parse(DEMO).unwrap();
        b.iter(|| {
            let plan = Plan::resolve(&spec, Path::new("demo.toml")).unwrap();
            let arenas: Vec<Arena> =
                plan.benchmarks.iter().map(|(benchmark, _)| Arena::new(benchmark).unwrap()).collect();
            plan.cells()
                .map(|cell| replay_cell(&plan, cell, &arenas[cell.benchmark], 0..plan.runs, &|_| ()).unwrap().len())
                .sum::<usize>()
        });
    });
    group.bench_function("process start to end, nothing but --version", |b| {
        b.iter(|| nasreplay(folder.path(), &["--version"]))
    });
    group.sample_size(10);
    group.bench_function("process start to end, demo with table and four pictures", |b| {
        b.iter_batched(fresh, |()| nasreplay(folder.path(), &["demo", "--out", "out"]), BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, whole);
criterion_main!(benches);
