//! What nasreplay claims of its own statistics, tried on thousands of real runs. Slow: `cargo test --release --test claims -- --ignored
//! --nocapture` (continuous integration runs it), which also prints the rates that docs/statistics.md states.

use std::collections::HashMap;
use std::path::Path;

use nasreplay::analysis::{By, Measure, Study, Trajectory};
use nasreplay::base::{Digest, Key, Rng};
use nasreplay::benchmark::Noise;
use nasreplay::experiment::{
    self, Arena, ExperimentSpec, ImportRules, Imported, ListedTrial, Plan, Results, import_runs, listed_strategies,
};
use nasreplay::report::{Baseline, BaselineCell, Regression, Verdict, regress};
use nasreplay::space::Arch;
use nasreplay::stats::{Centre, centre_intervals, degenerate, mean};
use nasreplay::strategy::{RegularizedEvolution, Start, Strategy, Told, Turn};
use rayon::prelude::*;

const TASKS: [&str; 3] = ["cifar10", "cifar100", "ImageNet16-120"];

/// Population and sample size of the evolutions that are tried.
const EVOLUTIONS: [(u32, u32); 3] = [(10, 3), (50, 10), (20, 10)];

fn experiment(seed: u64, runs: u32, tasks: &[&str], evolutions: &[(u32, u32)]) -> String {
    let mut text = format!("name = \"claims\"\nseed = {seed}\nruns = {runs}\nbudget = {{ trials = 300 }}\n");
    for task in tasks {
        text += &format!("[[benchmark]]\nname = \"{task}\"\ntable = \"nasbench201\"\ntask = \"{task}\"\n");
    }
    for (population, sample) in evolutions {
        text += &format!(
            "[[strategy]]\nname = \"{population}/{sample}\"\nkind = \"regularized-evolution\"\npopulation = {population}\nsample = {sample}\n"
        );
    }
    text
}

fn plan(text: &str) -> Plan {
    Plan::resolve(&ExperimentSpec::parse(text).unwrap(), Path::new("claims.toml")).unwrap()
}

fn replayed(text: &str) -> Results {
    let folder = tempfile::tempdir().unwrap();
    experiment::run(&plan(text), text, folder.path(), false, &|_| ()).unwrap();
    Results::open(folder.path()).unwrap() // mapped files stay readable when their names are gone
}

fn judge(baseline: &Baseline, candidate: &Baseline) -> Regression {
    regress(baseline, candidate, None, &|_, _| None).unwrap()
}

/// How a strategy is broken.
#[derive(Clone, Copy)]
enum Fault {
    /// Half of the children are random architectures.
    RandomHalf,
    /// One run in twenty asks for its first architecture for ever.
    Collapse,
}

/// Runs of an evolution that is broken in some way, as a stranger would bring them.
fn broken(plan: &Plan, seed: u64, (population, sample): (u32, u32), fault: Fault, runs: u32) -> Vec<ListedTrial> {
    let benchmark = &plan.benchmarks[0].0;
    let arena = Arena::new(benchmark).unwrap();
    let name = format!("{population}/{sample}");
    let settings = RegularizedEvolution::of(population, sample);
    let of_run = |run: u32| broken_run(&arena, &settings, &name, seed, run, fault);
    (0..runs).into_par_iter().flat_map_iter(of_run).collect()
}

fn broken_run(
    arena: &Arena,
    settings: &RegularizedEvolution,
    name: &str,
    seed: u64,
    run: u32,
    fault: Fault,
) -> Vec<ListedTrial> {
    let projection = arena.projection();
    let (mut rng, noise): (Rng, Noise) = (arena.stream(seed, name, run), arena.noise(seed, u64::from(run)));
    let mut dice = Rng::new(Key::derive(seed, "fault", &[name], u64::from(run)));
    let collapses = matches!(fault, Fault::Collapse) && dice.unit() < 0.05;
    let mut strategy = settings.start(projection.space());
    let mut begun: HashMap<usize, u32> = HashMap::new();
    let mut first: Option<Arch> = None;
    let mut listed = Vec::new();
    for trial in 0..300 {
        let mut turn = Turn {
            space: projection.space(),
            sampler: projection.sampler(),
            rng: &mut rng,
            trial,
            clock: nasreplay::base::Nanos(0),
            running: 0,
        };
        let mut arch = strategy.ask(&mut turn).unwrap().arch;
        if matches!(fault, Fault::RandomHalf) && trial >= settings.population && dice.unit() < 0.5 {
            arch = turn.sample();
        }
        if collapses {
            arch = *first.get_or_insert(arch);
        }
        let slot = projection.slot(arch).unwrap();
        let count = begun.entry(slot).or_default();
        let training = projection.choose(projection.entry(slot), *count, noise);
        *count += 1;
        let told = projection.told(slot, training);
        strategy.tell(&Told { trial, arch, score: told, cost: projection.cost(slot, training) });
        listed.push(ListedTrial {
            strategy: Some(name.to_owned()),
            run: u64::from(run),
            trial: u64::from(trial),
            architecture: projection.space().write(arch),
            schedule: None,
            epoch: None,
            told: Some(told),
            seconds: None,
            stop: None,
            line: 0,
        });
    }
    listed
}

/// The baseline of broken runs on one task.
fn broken_baseline(task: &str, seed: u64, evolutions: &[(u32, u32)], fault: Fault, runs: u32) -> Baseline {
    let mut plan = plan(&experiment(seed, runs, &[task], evolutions));
    let listed: Vec<ListedTrial> =
        evolutions.iter().flat_map(|&evolution| broken(&plan, seed, evolution, fault, runs)).collect();
    let digest = Digest::of(&seed.to_le_bytes());
    let imported = Imported { file: "broken".into(), digest, described: None, runs: Vec::new() };
    plan.strategies = listed_strategies(&listed, "broken", &imported);
    let folder = tempfile::tempdir().unwrap();
    import_runs(&plan, listed, "", folder.path(), ImportRules::default()).unwrap();
    Baseline::of(&Results::open(folder.path()).unwrap()).unwrap()
}

/// One baseline of several tasks.
fn joined(parts: Vec<Baseline>) -> Baseline {
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap();
    parts.fold(first, |mut all, part| {
        all.benchmarks.extend(part.benchmarks);
        all
    })
}

/// Regrets of many runs after some trials: what samples are drawn from.
fn pools() -> Vec<(String, Vec<f64>)> {
    let results = replayed(&experiment(77, 20_000, &TASKS, &EVOLUTIONS[..2]));
    let long = experiment(79, 20_000, &TASKS[..1], &EVOLUTIONS[1..2]).replace("trials = 300", "trials = 700");
    let mut pools = Vec::new();
    (0..TASKS.len()).for_each(|place| add_pools(&results, place, &[60, 300], &mut pools));
    add_pools(&replayed(&long), 0, &[700], &mut pools); // nearly solved
    pools
}

fn add_pools(results: &Results, place: usize, trials: &[u32], pools: &mut Vec<(String, Vec<f64>)>) {
    let study = Study::new(&[(results, place)], By::Valid).unwrap();
    for entry in &study.entries {
        for &trials in trials {
            let regret = |run: &Trajectory| {
                let step = run.steps.iter().rev().find(|step| step.trials <= trials);
                study.value(Measure::Regret, step.map(|step| step.row))
            };
            let name = format!("{} on {} after {trials} trials", entry.name, study.name());
            pools.push((name, entry.runs.iter().map(regret).collect()));
        }
    }
}

fn drawn(pool: &[f64], count: usize, rng: &mut Rng) -> Vec<f64> {
    (0..count).map(|_| pool[rng.below(pool.len() as u32) as usize]).collect()
}

fn zeros(values: &[f64]) -> f64 {
    values.iter().filter(|value| **value <= 0.0).count() as f64 / values.len() as f64
}

#[test]
#[ignore = "slow"]
fn intervals_cover() {
    const REPETITIONS: usize = 2_000;
    let pools = pools();
    assert!(pools.iter().any(|(_, pool)| zeros(pool) > 0.6), "no pool is nearly solved");
    for (name, pool) in pools {
        for centre in [Centre::Mean, Centre::InterquartileMean] {
            let truth = centre.of(&pool);
            let outcome = |repetition: usize| {
                let mut rng = Rng::new(Key::derive(5, "coverage", &[&name], repetition as u64));
                let sample = drawn(&pool, 200, &mut rng);
                let key = Digest::of(&repetition.to_le_bytes());
                let interval = centre_intervals(centre, &[&sample], 2_000, key)[0];
                let covers = interval.low <= truth && truth <= interval.high;
                (u32::from(covers), u32::from(degenerate(&sample, interval).is_some()))
            };
            let outcomes: Vec<(u32, u32)> = (0..REPETITIONS).into_par_iter().map(outcome).collect();
            let share = |of: fn(&(u32, u32)) -> u32| outcomes.iter().map(of).sum::<u32>() as f64 / REPETITIONS as f64;
            let (covered, flagged) = (share(|outcome| outcome.0), share(|outcome| outcome.1));
            let zeros = zeros(&pool);
            println!(
                "coverage {:>5.1} %, flagged {:>5.1} %, zeros {:>4.1} %: {} of {name}",
                100.0 * covered,
                100.0 * flagged,
                100.0 * zeros,
                centre.name()
            );
            match zeros {
                _ if zeros < 0.45 => {
                    assert!((0.93..=0.97).contains(&covered), "{name}: {} covers {covered}", centre.name())
                }
                _ if zeros > 0.55 => assert!(flagged > 0.9, "{name}: nearly solved, but flagged in {flagged} only"),
                _ => {}
            }
        }
    }
}

#[test]
#[ignore = "slow"]
fn equal_strategies_are_not_called_regressed() {
    const FAMILIES: u64 = 200;
    let baseline = |seed: u64| Baseline::of(&replayed(&experiment(seed, 200, &TASKS, &EVOLUTIONS))).unwrap();
    let mut red = 0;
    let mut improved = 0;
    for family in 0..FAMILIES {
        let verdicts = judge(&baseline(10_000 + 2 * family), &baseline(10_001 + 2 * family));
        red += u32::from(verdicts.count(Verdict::Regressed) > 0);
        improved += u32::from(verdicts.count(Verdict::Improved) > 0);
    }
    println!("{FAMILIES} families of equal strategies: {red} with REGRESSED, {improved} with IMPROVED");
    assert!(red < 10, "{red} of {FAMILIES} families are red");
}

#[test]
#[ignore = "slow"]
fn a_half_random_mutation_is_regressed() {
    const PAIRS: u64 = 10;
    let (mut caught, mut all) = (0, 0);
    for pair in 0..PAIRS {
        let baseline = Baseline::of(&replayed(&experiment(500 + pair, 200, &TASKS, &EVOLUTIONS[..2]))).unwrap();
        let parts =
            TASKS.iter().map(|task| broken_baseline(task, 900 + pair, &EVOLUTIONS[..2], Fault::RandomHalf, 200));
        let verdicts = judge(&baseline, &joined(parts.collect()));
        caught += verdicts.count(Verdict::Regressed);
        all += verdicts.cells.len();
    }
    println!("mutation random half of the time: {caught} of {all} cells REGRESSED");
    assert!(caught as f64 >= 0.95 * all as f64, "{caught} of {all}");
}

#[test]
#[ignore = "slow"]
fn collapsing_runs_are_regressed() {
    const FAMILIES: u64 = 30;
    let mut caught = 0;
    for family in 0..FAMILIES {
        let baseline = Baseline::of(&replayed(&experiment(1_500 + family, 200, &TASKS, &EVOLUTIONS))).unwrap();
        let parts = TASKS.iter().map(|task| broken_baseline(task, 1_900 + family, &EVOLUTIONS, Fault::Collapse, 200));
        caught += u32::from(judge(&baseline, &joined(parts.collect())).count(Verdict::Regressed) > 0);
    }
    println!("5 % collapsing runs: {caught} of {FAMILIES} families REGRESSED");
    assert!(f64::from(caught) >= 0.8 * FAMILIES as f64, "{caught} of {FAMILIES}");
}

/// Candidates whose mean regret is worse by exactly the margin, at so many runs that equality could be shown.
#[test]
#[ignore = "slow"]
fn equivalence_is_not_said_at_the_margin() {
    const REPETITIONS: u64 = 1_000;
    let results = replayed(&experiment(78, 20_000, &TASKS[..1], &EVOLUTIONS[..1]));
    let whole = Baseline::of(&results).unwrap();
    let benchmark = &whole.benchmarks[0];
    let margin = benchmark.margin.unwrap();
    let side = |rng: &mut Rng, shift: f64, seed: u64| {
        let cell = &benchmark.cells[0];
        let picks: Vec<usize> = (0..1_000).map(|_| rng.below(cell.regret.len() as u32) as usize).collect();
        let pick = |values: &[f64], shift: f64| picks.iter().map(|&run| values[run] + shift).collect::<Vec<f64>>();
        let sampled = BaselineCell {
            strategy: cell.strategy.clone(),
            digest: Digest::of(&rng.unit().to_le_bytes()),
            labels: None,
            ended: None,
            regret: pick(&cell.regret, shift),
            time_to_target: pick(&cell.time_to_target, 0.0),
            runs: picks.iter().map(usize::to_string).collect(),
            asks: Vec::new(),
        };
        let mut side = Baseline { seed, benchmarks: vec![benchmark.clone()], ..Baseline::default() };
        side.benchmarks[0].cells = vec![sampled];
        side
    };
    let says = |shift: f64| {
        let said = (0..REPETITIONS).into_par_iter().filter(|&repetition| {
            let mut rng = Rng::new(Key::derive(9, "equivalence", &[], repetition));
            let (old, new) = (side(&mut rng, 0.0, 1), side(&mut rng, shift, 2));
            judge(&old, &new).count(Verdict::Equivalent) > 0
        });
        said.count() as f64 / REPETITIONS as f64
    };
    let (at_margin, at_zero) = (says(margin), says(0.0));
    println!(
        "EQUIVALENT at 1,000 runs: {:.1} % at the margin, {:.1} % where there is no difference",
        100.0 * at_margin,
        100.0 * at_zero
    );
    assert!(at_margin <= 0.05 && at_zero > 0.5, "{at_margin} at the margin, {at_zero} at zero");
    assert!(mean(&benchmark.cells[0].regret) > 0.0);
}
