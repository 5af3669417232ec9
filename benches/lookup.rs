//! Finding the row of a NAS-Bench-101 cell from any of its codes: pruning, canonical code, hash index. Random codes are drawn uniformly,
//! unpruned; about a quarter of them are no valid cells. `scripts/bench-nasbench101` sets other programs beside.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nasreplay::base::{Key, Rng};
use nasreplay::import::{Mapping, generic};
use nasreplay::space::{Arch, Cell101, Space};
use nasreplay::table::Table;

/// More codes than a cache foresees.
const CODES: usize = 1 << 16;

fn codes(is_wanted: impl Fn(Arch) -> bool) -> Vec<Arch> {
    let mut rng = Rng::new(Key::derive(1, "bench", &["cell101"], 0));
    std::iter::repeat_with(|| Cell101.sample(&mut rng)).filter(|&arch| is_wanted(arch)).take(CODES).collect()
}

fn canonical(c: &mut Criterion) {
    let (any, valid) = (codes(|_| true), codes(|arch| Cell101.canonical(arch).is_some()));
    let mut group = c.benchmark_group("cell101");
    group.throughput(Throughput::Elements(CODES as u64));
    for (name, codes) in [("canonical code of 65,536 random codes", &any), ("of 65,536 valid ones", &valid)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                codes.iter().filter_map(|&arch| Cell101.canonical(black_box(arch))).map(|arch| arch.0).sum::<u64>()
            });
        });
    }
    group.sample_size(10);
    group.bench_function("module hash of 1,024 valid ones", |b| {
        b.iter(|| {
            valid[..1024].iter().filter_map(|&arch| Cell101::module_hash(arch)).map(|hash| hash.len()).sum::<usize>()
        });
    });
    group.finish();
}

/// The shared table of all cells, where it is there.
fn table(folder: &Path) -> Option<Table> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("NASREPLAY_SHARED").map_or_else(|| root.join("../shared"), Into::into);
    let source = shared.join("data/nasbench101.csv.gz");
    if !source.exists() {
        println!("skipped: {} is not there", source.display());
        return None;
    }
    let mapping = Mapping::read(&root.join("tests/mappings/nasbench101-csv.toml")).unwrap();
    Some(generic::import(&mapping, &[source], &folder.join("x.h5")).unwrap())
}

fn lookup(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let Some(table) = table(folder.path()) else { return };
    let any = codes(|_| true);
    let mut group = c.benchmark_group("cell101");
    group.throughput(Throughput::Elements(CODES as u64));
    group.bench_function("rows of 65,536 random codes in 423,624", |b| {
        b.iter(|| any.iter().filter_map(|&arch| table.row(black_box(arch))).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, canonical, lookup);
criterion_main!(benches);
