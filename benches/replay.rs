//! What a recorded trial costs, beside a bare loop that draws the same numbers and reads the same table: same keys, seeding, draws
//! and noise hash; no visits, record or policies.

use std::hint::{black_box, select_unpredictable};
use std::sync::Arc;

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use nasreplay::base::Rng;
use nasreplay::benchmark::Noise;
use nasreplay::experiment::{Arena, Cell, ExperimentSpec, Plan, replay_cell};
use nasreplay::space::{Arch, Cell201, Space};

const RUNS: u32 = 500;
const TRIALS: u32 = 300;

fn plan() -> Plan {
    let strategies = [
        "kind = \"random-search\"",
        "preset = \"regularized-evolution@nats-bench\"",
        "name = \"50/10\"\nkind = \"regularized-evolution\"\npopulation = 50\nsample = 10",
        "preset = \"local-search@naszilla\"",
    ];
    let strategies = strategies.map(|strategy| format!("[[strategy]]\n{strategy}\n")).concat();
    let text = format!(
        "name = \"bench\"\nseed = 2021\nruns = {RUNS}\n[budget]\ntrials = {TRIALS}\n[[benchmark]]\nname = \"c10\"\ntable = \"nasbench201\"\ntask = \"cifar10\"\n{strategies}"
    );
    let spec = ExperimentSpec::parse(&text).unwrap();
    Plan::resolve(&spec, std::path::Path::new("bench.toml")).unwrap()
}

/// Reads what a trial reads: the slot, the told value and the cost.
#[inline]
fn look(arena: &Arena, arch: Arch, noise: Noise) -> (f64, u64) {
    let projection = arena.projection();
    let slot = arch.0 as usize;
    let training = projection.choose(projection.entry(slot), 0, noise);
    (projection.told(slot, training), projection.cost(slot, training).0)
}

fn bare_random(arena: &Arena, strategy: &str) -> (f64, u64) {
    let (mut best, mut clock) = (f64::MIN, 0);
    for run in 0..RUNS {
        let (mut rng, noise) = (arena.stream(2021, strategy, run), arena.noise(2021, u64::from(run)));
        for _ in 0..TRIALS {
            let (told, cost) = look(arena, Cell201.sample(&mut rng), noise);
            best = f64::max(best, told);
            clock += cost;
        }
    }
    (best, clock)
}

fn tournament(members: &[(u64, f64)], sample: u32, rng: &mut Rng) -> Arch {
    let mut best = members[rng.below(members.len() as u32) as usize];
    for _ in 1..sample {
        let next = members[rng.below(members.len() as u32) as usize];
        let better = next.1 > best.1;
        best = (select_unpredictable(better, next.0, best.0), select_unpredictable(better, next.1, best.1));
    }
    Arch(best.0)
}

fn bare_evolution(arena: &Arena, strategy: &str, population: usize, sample: u32) -> u64 {
    let mut clock = 0;
    let mut members = vec![(0, 0.0); population];
    for run in 0..RUNS {
        let (mut rng, noise) = (arena.stream(2021, strategy, run), arena.noise(2021, u64::from(run)));
        for member in &mut members {
            let arch = Cell201.sample(&mut rng);
            let (told, cost) = look(arena, arch, noise);
            *member = (arch.0, told);
            clock += cost;
        }
        let mut oldest = 0;
        for _ in population..TRIALS as usize {
            let arch = Cell201.mutate(tournament(&members, sample, &mut rng), &mut rng);
            let (told, cost) = look(arena, arch, noise);
            members[oldest] = (arch.0, told);
            oldest = if oldest + 1 == population { 0 } else { oldest + 1 };
            clock += cost;
        }
    }
    clock
}

fn recorded(group: &mut BenchmarkGroup<'_, WallTime>, plan: &Plan, arena: &Arena, place: usize) {
    let cell = Cell { benchmark: 0, strategy: place };
    group.bench_function(format!("{}, recorded", plan.strategies[place].name), |b| {
        b.iter(|| replay_cell(plan, cell, arena, 0..RUNS, &|_| ()).unwrap());
    });
}

fn trials(c: &mut Criterion) {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    let plan = plan();
    let arena = Arc::new(Arena::new(&plan.benchmarks[0].0).unwrap());
    let mut group = c.benchmark_group("500 runs of 300 trials on one thread");
    group.throughput(Throughput::Elements(u64::from(RUNS * TRIALS)));
    group.bench_function("random-search, bare", |b| b.iter(|| bare_random(black_box(&arena), "random-search")));
    recorded(&mut group, &plan, &arena, 0);
    group.bench_function("evolution 10/3, bare", |b| {
        b.iter(|| bare_evolution(black_box(&arena), "regularized-evolution@nats-bench", 10, 3))
    });
    recorded(&mut group, &plan, &arena, 1);
    group.bench_function("evolution 50/10, bare", |b| b.iter(|| bare_evolution(black_box(&arena), "50/10", 50, 10)));
    recorded(&mut group, &plan, &arena, 2);
    recorded(&mut group, &plan, &arena, 3);
    group.finish();
}

criterion_group!(benches, trials);
criterion_main!(benches);
