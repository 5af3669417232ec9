//! Large tables: opening 423,624 and 100,000,000 rows, and random queries beside the bare mapped read. Writes 400 MB into the system's
//! temporary folder.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nasreplay::base::{Key, Rng};
use nasreplay::space::{Arch, Choice, SpaceSpec, Value};
use nasreplay::table::{
    Direction, ElementType, HdfFile, Metric, MetricData, Provenance, Table, TableBuilder, metric_path,
};
use ndarray::Array3;

const QUERIES: u64 = 10_000;

/// A space of so many choices of ten values.
fn space(choices: usize) -> SpaceSpec {
    let values: Vec<Value> = (0..10).map(Value::Int).collect();
    let choice = |place| Choice { name: format!("c{place}"), values: values.clone(), ordinal: true };
    SpaceSpec::Choices { separator: ":".into(), choice: (0..choices).map(choice).collect() }
}

fn write(path: &Path, rows: usize, choices: usize, step: u64) -> Table {
    let metric = Metric {
        unit: "percent".into(),
        direction: Direction::Maximise,
        split: "trained on train, measured on valid".into(),
        labels: vec!["all".into()],
        epochs: vec![1],
        element: ElementType::F32,
        aggregated: None,
        derived: None,
        optimum: None,
    };
    let archs = (0..rows as u64).map(|row| Arch(row * step)).collect();
    let mut table = TableBuilder::new("large", space(choices), archs, Provenance::default());
    let values = Array3::from_shape_fn((rows, 1, 1), |(row, ..)| (row * 7919 % 10_007) as f64 / 101.0);
    table.metric("task", "1", "valid_acc", MetricData { metric, values }).unwrap();
    table.write(path).unwrap()
}

fn large(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    for (rows, choices, step) in [(423_624, 8, 101), (100_000_000, 8, 1)] {
        let path = folder.path().join(format!("{rows}.h5"));
        drop(write(&path, rows, choices, step));
        let mut group = c.benchmark_group(format!("{rows} rows"));
        group.bench_function("open, with one column", |b| {
            b.iter(|| Table::open(&path).unwrap().metric("task", "1", "valid_acc").unwrap());
        });
        let table = Table::open(&path).unwrap();
        let column = table.metric("task", "1", "valid_acc").unwrap();
        let file = HdfFile::open(&path).unwrap();
        let mapped = file.column::<f32>(&metric_path("task", "1", "valid_acc"), &[rows, 1, 1]).unwrap();
        let bare = mapped.as_slice();
        let mut rng = Rng::new(Key::derive(1, "bench", &[], 0));
        let asked: Vec<u64> = (0..QUERIES).map(|_| rng.below_u64(rows as u64)).collect();
        group.throughput(Throughput::Elements(QUERIES));
        group.bench_function("bare mapped read", |b| {
            b.iter(|| asked.iter().map(|&row| f64::from(bare[black_box(row) as usize])).sum::<f64>());
        });
        group.bench_function("query by row", |b| {
            b.iter(|| asked.iter().map(|&row| column.value(black_box(row) as usize, 0, 0)).sum::<f64>());
        });
        group.bench_function("query by architecture", |b| {
            let value =
                |&row: &u64| table.row(Arch(black_box(row) * step)).map_or(f64::NAN, |row| column.value(row, 0, 0));
            b.iter(|| asked.iter().map(value).sum::<f64>());
        });
        group.finish();
    }
}

criterion_group!(benches, large);
criterion_main!(benches);
