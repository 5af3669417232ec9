//! Opening a table and looking values up, beside the bare array read and a read through HDF5.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use nasreplay::benchmark::{Benchmark, BenchmarkSpec, Budget, Projection};
use nasreplay::space::Arch;
use nasreplay::table::Table;
use std::sync::Arc;

/// Rows in an order that no prefetcher foresees.
fn shuffled(count: u32) -> Vec<u32> {
    let mut rng = nasreplay::base::Rng::new(nasreplay::base::Key::derive(1, "bench", &[], 0));
    let mut rows: Vec<u32> = (0..count).collect();
    rng.shuffle(&mut rows);
    rows
}

fn benchmark(table: Arc<Table>) -> Benchmark {
    let text = "name = \"b\"\ntable = \"nasbench201\"\ntask = \"cifar10\"";
    let spec: BenchmarkSpec = nasreplay::base::from_toml(text).unwrap();
    Benchmark::open(&spec, table, &Budget { trials: Some(1), ..Budget::default() }).unwrap()
}

fn open(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nasbench201.h5");
    std::fs::write(&path, include_bytes!("../data/nasbench201.h5")).unwrap();
    let mut group = c.benchmark_group("open");
    group.bench_function("a file, with one column", |b| {
        b.iter(|| Table::open(&path).unwrap().metric("cifar10", "200", "valid_acc").unwrap());
    });
    group.bench_function("the embedded table, with one column", |b| {
        b.iter(|| Table::find("nasbench201").unwrap().metric("cifar10", "200", "valid_acc").unwrap());
    });
    group.finish();
}

fn query(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nasbench201.h5");
    std::fs::write(&path, include_bytes!("../data/nasbench201.h5")).unwrap();
    let table = Arc::new(Table::open(&path).unwrap());
    let column = table.metric("cifar10", "200", "valid_acc").unwrap();
    let benchmark = benchmark(table.clone());
    let projection = Projection::new(&benchmark).unwrap();
    let rows = shuffled(15_625);
    let bare: Vec<f64> = (0..15_625).map(|row| column.value(row, 0, 0)).collect();
    let names: Vec<String> = rows.iter().map(|&row| table.space().write(table.arch(row as usize))).collect();
    let hdf5 = hdf5::File::open(&path).unwrap().dataset("tasks/cifar10/200/valid_acc").unwrap();
    let mut group = c.benchmark_group("query, 15,625 of them");
    group.throughput(criterion::Throughput::Elements(15_625));
    group.bench_function("bare array read", |b| {
        b.iter(|| rows.iter().map(|&row| bare[black_box(row) as usize]).sum::<f64>());
    });
    group.bench_function("projected table, by architecture", |b| {
        b.iter(|| {
            let value = |&code: &u32| {
                projection.slot(Arch(u64::from(black_box(code)))).map_or(0.0, |slot| projection.told(slot, 0))
            };
            rows.iter().map(value).sum::<f64>()
        });
    });
    group.bench_function("table, by row", |b| {
        b.iter(|| rows.iter().map(|&row| column.value(row as usize, 0, 0)).sum::<f64>())
    });
    group.bench_function("table, mean by architecture", |b| {
        let mean = |&code: &u32| table.row(Arch(u64::from(code))).and_then(|row| column.mean(row, 0)).unwrap_or(0.0);
        b.iter(|| rows.iter().map(mean).sum::<f64>());
    });
    group.bench_function("table, from text", |b| {
        let value = |name: &String| {
            table.space().parse(name).ok().and_then(|arch| table.row(arch)).map_or(0.0, |row| column.value(row, 0, 0))
        };
        b.iter(|| names.iter().map(value).sum::<f64>());
    });
    group.finish();
    let mut group = c.benchmark_group("query, 200 of them");
    group.throughput(criterion::Throughput::Elements(200));
    group.bench_function("through HDF5, by row", |b| {
        let value = |&row: &u32| hdf5.read_slice_1d::<f64, _>(hdf5::Selection::from((row as usize, 0, ..))).unwrap()[0];
        b.iter(|| rows.iter().take(200).map(value).sum::<f64>());
    });
    group.finish();
}

criterion_group!(benches, open, query);
criterion_main!(benches);
