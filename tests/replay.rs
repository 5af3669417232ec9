//! The rules of honest replay: policies, budgets, determinism, kills and resumes.

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{contents, nasreplay, refusal_of, stdout_of, tiny_table};
use nasreplay::experiment::{ExperimentSpec, Plan, Results, Stop, run};

/// An experiment on the tiny table; `benchmark` and `strategy` are added to the only one of each.
fn tiny_experiment(budget: &str, benchmark: &str, strategy: &str) -> String {
    format!(
        "name = \"tiny\"\nseed = 5\nruns = 20\n[budget]\n{budget}\n[[benchmark]]\nname = \"toy\"\ntable = \"tiny.h5\"\ntask = \"toy\"\n{benchmark}\n[[strategy]]\n{strategy}\n"
    )
}

/// Replays an experiment on a tiny table of so many rows.
fn replayed(rows: usize, text: &str) -> Results {
    let folder = tempfile::tempdir().unwrap();
    drop(tiny_table(folder.path(), rows));
    let plan = Plan::resolve(&ExperimentSpec::parse(text).unwrap(), &folder.path().join("e.toml")).unwrap();
    let out = folder.path().join("out");
    run(&plan, text, &out, false, &|_| ()).unwrap();
    Results::open(&out).unwrap()
}

const RANDOM: &str = "kind = \"random-search\"";

#[test]
fn budgets_hold() {
    let trials = replayed(12, &tiny_experiment("trials = 30", "", RANDOM));
    assert!(trials.cells[0].runs().all(|run| run.row.len() == 30 && run.stop == Some(Stop::Trials)));
    let seconds = replayed(12, &tiny_experiment("seconds = 100", "", RANDOM));
    for run in seconds.cells[0].runs() {
        let last = *run.end.last().unwrap();
        assert!((100_000_000_000 - 21_000_000_000..=100_000_000_000).contains(&last) && run.stop == Some(Stop::Clock));
    }
    let kept = replayed(12, &tiny_experiment("seconds = 100", "overrun = \"keep\"", RANDOM));
    for (dropped, kept) in seconds.cells[0].runs().zip(kept.cells[0].runs()) {
        assert!(kept.row.starts_with(dropped.row) && *kept.end.last().unwrap() >= 100_000_000_000);
        assert!(kept.row.len() <= dropped.row.len() + 1);
    }
    let target = replayed(12, &tiny_experiment("trials = 1000\ntarget = 89.0", "", RANDOM));
    for run in target.cells[0].runs() {
        assert!(run.stop == Some(Stop::Target) && *run.told.last().unwrap() >= 89.0);
        assert!(run.told[..run.told.len() - 1].iter().all(|told| *told < 89.0));
    }
}

#[test]
fn epochs_are_spent_as_the_clock_is() {
    let ends = |budget: &str, policies: &str| {
        let results = replayed(12, &tiny_experiment(budget, policies, RANDOM));
        results.cells[0].runs().map(|run| (run.row.len(), run.duplicates, run.stop)).collect::<Vec<_>>()
    };
    assert!(ends("epochs = 50", "").iter().all(|(trials, _, stop)| *trials == 5 && *stop == Some(Stop::Epochs)));
    assert!(ends("epochs = 45", "").iter().all(|(trials, ..)| *trials == 5));
    assert!(ends("epochs = 50", "overrun = \"keep\"").iter().all(|(trials, ..)| *trials == 6));
    // a value that is told again for nothing trains nothing
    let free = ends("epochs = 50", "duplicates = \"free\"");
    assert!(free.iter().all(|(trials, duplicates, _)| *trials == 5 + *duplicates as usize));
    assert!(free.iter().any(|(_, duplicates, _)| *duplicates > 0));
    let folder = tempfile::tempdir().unwrap();
    drop(tiny_table(folder.path(), 12));
    fs::write(folder.path().join("e.toml"), tiny_experiment("epochs = 8", "", RANDOM)).unwrap();
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    assert!(message.contains("`epochs` is 8, expected at least the 9 of one trial"), "{message}");
}

/// A trial that the budget drops is counted nowhere.
#[test]
fn dropped_trials_are_no_duplicates() {
    let results = replayed(12, &tiny_experiment("seconds = 120", "", RANDOM));
    for run in results.cells[0].runs() {
        let distinct: std::collections::HashSet<_> = run.row.iter().collect();
        assert_eq!(run.duplicates as usize, run.row.len() - distinct.len());
    }
}

/// A budget that trials without cost bring no nearer ends all the same.
#[test]
fn a_run_that_gets_nowhere_is_exhausted() {
    let results = replayed(2, &tiny_experiment("seconds = 1000", "duplicates = \"free\"", RANDOM));
    for run in results.cells[0].runs() {
        assert!(run.stop == Some(Stop::Exhausted) && run.row.len() > 1_000, "{:?}", run.stop);
    }
}

/// What to do where a table has no `valid_acc` is told; a misspelt task has another cure.
#[test]
fn a_table_without_validation_accuracy_needs_an_objective() {
    use nasreplay::table::{Direction, MetricData};
    let folder = tempfile::tempdir().unwrap();
    let mut table = nasreplay::table::TableBuilder::new(
        "tiny",
        common::tiny_space(),
        (0..12).map(nasreplay::space::Arch).collect(),
        Default::default(),
    );
    let values = ndarray::Array3::from_shape_fn((12, 1, 1), |(row, ..)| row as f64);
    let metric = common::metric("nats", Direction::Minimise, &["all"], &[9]);
    table.metric("toy", "9", "valid_loss", MetricData { metric, values }).unwrap();
    drop(table.write(&folder.path().join("tiny.h5")).unwrap());
    let refused = |benchmark: &str, task: &str| {
        let text = tiny_experiment("trials = 5", benchmark, RANDOM).replace("\"toy\"", task);
        fs::write(folder.path().join("e.toml"), text).unwrap();
        common::refusal_of(folder.path(), &["run", "e.toml", "--out", "out"])
    };
    let message = refused("", "\"toy\"");
    assert!(message.contains("no metric `valid_acc`") && message.contains("`objective = { metric"), "{message}");
    assert!(!refused("", "\"tory\"").contains("objective"));
    assert!(refused("objective = 7", "\"toy\"").contains("expected a metric, such as"));
}

/// One value for all seeds, seconds for each seed, of which one is missing in some rows: the seconds say what was trained.
#[test]
fn costs_of_several_replicates_tell_trainings_apart() {
    use nasreplay::table::{Direction, MetricData};
    let folder = tempfile::tempdir().unwrap();
    let mut table = common::tiny_builder(12);
    let seconds = ndarray::Array3::from_shape_fn((12, 2, 1), |(row, replicate, _)| {
        if row % 2 == 1 && replicate == 1 { f64::NAN } else { 1.0 + replicate as f64 }
    });
    let metric = common::metric("seconds", Direction::Minimise, &["s0", "s1"], &[9]);
    table.metric("toy", "9", "seed_seconds", MetricData { metric, values: seconds }).unwrap();
    drop(table.write(&folder.path().join("tiny.h5")).unwrap());
    let replayed = |replicate: &str| {
        let benchmark = format!(
            "objective = {{ metric = \"test_acc\" }}\nallow_test_objective = true\ncost = {{ metric = \"seed_seconds\" }}\nreplicate = \"{replicate}\"\nmissing = \"skip\""
        );
        let text = tiny_experiment("trials = 100", &benchmark, RANDOM);
        let plan = Plan::resolve(&ExperimentSpec::parse(&text).unwrap(), &folder.path().join("e.toml"))?;
        run(&plan, &text, &folder.path().join(replicate), false, &|_| ())?;
        Results::open(&folder.path().join(replicate))
    };
    for run in replayed("random").unwrap().cells[0].runs() {
        let mut clock = 0;
        for trial in 0..100 {
            assert!(run.row[trial] % 2 == 0 || run.replicate[trial] == 0, "a training that was not measured was met");
            assert_eq!(run.end[trial] - clock, 1_000_000_000 * (1 + u64::from(run.replicate[trial])));
            clock = run.end[trial];
        }
    }
    assert!(replayed("s1").unwrap().cells[0].runs().all(|run| run.row.iter().all(|row| row % 2 == 0)));
    let error = replayed("all").err().unwrap().to_string();
    assert!(error.contains("`replicate` is `all`") && error.contains("s0, s1"), "{error}");
}

/// Every trial must say what the table says, at the time that the table's seconds add up to.
#[test]
fn trials_are_the_tables() {
    let results = replayed(12, &tiny_experiment("trials = 60", "", RANDOM));
    for run in results.cells[0].runs() {
        let mut clock = 0;
        for trial in 0..run.row.len() {
            let row = run.row[trial];
            clock += 1_000_000_000 * (10 + u64::from(row));
            assert_eq!(run.end[trial], clock);
            assert_eq!(run.told[trial], 90.0 - f64::from(row) + 0.25 * f64::from(run.replicate[trial]));
            assert!(row % 3 != 2 || run.replicate[trial] == 0, "a replicate that was not measured was told");
        }
    }
}

#[test]
fn noise_is_drawn_for_each_training_and_shared_by_strategies() {
    let two = "kind = \"random-search\"\n[[strategy]]\nname = \"other\"\nkind = \"regularized-evolution\"\npopulation = 5\nsample = 2";
    let results = replayed(12, &tiny_experiment("trials = 200", "", two));
    let draws = |cell: usize, run: usize| {
        let run = results.cells[cell].run(run);
        let mut draws: Vec<Vec<u8>> = vec![Vec::new(); 12];
        run.row.iter().zip(run.replicate).for_each(|(&row, &replicate)| draws[row as usize].push(replicate));
        draws
    };
    for run in 0..20 {
        let (a, b) = (draws(0, run), draws(1, run));
        let shared = |a: &[u8], b: &[u8]| a.iter().zip(b).all(|(a, b)| a == b);
        assert!(a.iter().zip(&b).all(|(a, b)| shared(a, b)), "strategies of a run meet other noise");
    }
    let ones: usize = (0..20)
        .flat_map(|run| draws(0, run))
        .enumerate()
        .filter(|(at, _)| at % 3 != 2)
        .map(|(_, d)| d.iter().filter(|r| **r == 1).count())
        .sum();
    let all: usize =
        (0..20).flat_map(|run| draws(0, run)).enumerate().filter(|(at, _)| at % 3 != 2).map(|(_, d)| d.len()).sum();
    let share = ones as f64 / all as f64;
    assert!((share - 0.5).abs() < 0.04, "{share}");
}

#[test]
fn replicates_can_be_fixed_or_averaged() {
    let mean = replayed(12, &tiny_experiment("trials = 50", "replicate = \"mean\"", RANDOM));
    for run in mean.cells[0].runs() {
        for (row, told) in run.row.iter().zip(run.told) {
            let raised = if row % 3 == 2 { 0.0 } else { 0.125 };
            assert_eq!(*told, 90.0 - f64::from(*row) + raised);
        }
    }
    let fixed = replayed(12, &tiny_experiment("trials = 50", "replicate = 888\nmissing = \"skip\"", RANDOM));
    let invalid: u32 = fixed.cells[0].runs().map(|run| run.invalid).sum();
    assert!(fixed.cells[0].runs().all(|run| run.row.iter().all(|row| row % 3 != 2) && run.row.len() == 50));
    assert!(invalid > 0, "rows without the replicate must count as missing");
}

#[test]
fn duplicates_are_charged_free_or_refused() {
    let of = |policy: &str| replayed(12, &tiny_experiment("trials = 40", policy, RANDOM));
    let charged = of("");
    for run in charged.cells[0].runs() {
        let distinct: std::collections::HashSet<_> = run.row.iter().collect();
        assert_eq!(run.duplicates as usize, 40 - distinct.len());
    }
    let free = of("duplicates = \"free\"");
    for run in free.cells[0].runs() {
        let mut first = std::collections::HashMap::new();
        let mut clock = 0;
        for trial in 0..40 {
            let cost = run.end[trial] - clock;
            clock = run.end[trial];
            match first.insert(run.row[trial], run.told[trial]) {
                Some(told) => assert_eq!((told, cost), (run.told[trial], 0)),
                None => assert_eq!(cost, 1_000_000_000 * (10 + u64::from(run.row[trial]))),
            }
        }
    }
    let refused = of("duplicates = \"refuse\"");
    for run in refused.cells[0].runs() {
        let distinct: std::collections::HashSet<_> = run.row.iter().collect();
        assert_eq!((run.row.len(), distinct.len(), run.stop), (12, 12, Some(Stop::Exhausted)));
    }
}

#[test]
fn what_the_table_lacks_is_an_error_skipped_or_penalised() {
    let sampler = "sampler = \"uniform-space\"\n";
    let folder = tempfile::tempdir().unwrap();
    drop(tiny_table(folder.path(), 7));
    fs::write(folder.path().join("e.toml"), tiny_experiment("trials = 40", sampler, RANDOM)).unwrap();
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    assert!(message.contains("the table has no measured row for `"), "{message}");
    let skipped = replayed(7, &tiny_experiment("trials = 40", &format!("{sampler}missing = \"skip\""), RANDOM));
    assert!(skipped.cells[0].runs().all(|run| run.row.len() == 40 && run.row.iter().all(|row| *row < 7)));
    assert!(skipped.cells[0].runs().map(|run| run.invalid).sum::<u32>() > 100);
    let penalised = format!("{sampler}missing = \"skip\"\ninvalid = \"penalise\"");
    for run in replayed(7, &tiny_experiment("trials = 40", &penalised, RANDOM)).cells[0].runs() {
        let absent = run.row.iter().filter(|row| **row == u32::MAX).count();
        assert_eq!((run.row.len(), absent as u32), (40, run.invalid));
        assert!(
            run.row.iter().zip(run.told).all(|(row, told)| *row != u32::MAX || *told == 84.0),
            "not the worst value"
        );
    }
    let uniform = replayed(7, &tiny_experiment("trials = 40", "", RANDOM));
    assert!(uniform.cells[0].runs().all(|run| run.invalid == 0), "`uniform-row` draws only what the table has");
}

/// Regret is never negative, `told` never falls at an incumbent, and the means are the table's.
#[test]
fn scores_are_by_means() {
    let results = replayed(12, &tiny_experiment("trials = 30", "", RANDOM));
    let scores = nasreplay::experiment::Scores::new(&results, 0).unwrap();
    assert_eq!((scores.valid.level.optimum, scores.valid.level.row), (90.125, 0));
    for run in results.cells[0].runs() {
        let mut last = f64::MIN;
        for step in scores.steps(run) {
            assert!(step.told > last);
            last = step.told;
            assert!(scores.valid.regret(Some(step.row)) >= 0.0);
        }
        let (best, _) = run
            .told
            .iter()
            .enumerate()
            .fold((0, f64::MIN), |(at, best), (trial, &told)| if told > best { (trial, told) } else { (at, best) });
        let last = scores.last(run);
        assert_eq!(last.test, Some(88.0 - f64::from(run.row[best])));
        assert_eq!(last.test_regret, Some(f64::from(run.row[best])));
    }
}

#[test]
fn a_budget_in_seconds_needs_a_cost() {
    let folder = tempfile::tempdir().unwrap();
    drop(tiny_table(folder.path(), 12));
    fs::write(folder.path().join("e.toml"), tiny_experiment("seconds = 10", "cost = []", RANDOM)).unwrap();
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "out"]);
    assert!(message.contains("a budget in seconds needs a cost"), "{message}");
    let clockless = replayed(12, &tiny_experiment("trials = 10", "cost = []", RANDOM));
    assert!(clockless.cells[0].runs().all(|run| run.end.is_empty() && run.row.len() == 10));
}

/// Strategies are named by presets, so that the experiment has several cells; the embedded table needs no file.
const THREE: &str = "name = \"three\"\nseed = 11\nruns = 150\n[budget]\ntrials = 100\n\
    [[benchmark]]\nname = \"c10\"\ntable = \"nasbench201\"\ntask = \"cifar10\"\n\
    [[benchmark]]\nname = \"c100\"\ntable = \"nasbench201\"\ntask = \"cifar100\"\n\
    [[strategy]]\nkind = \"random-search\"\n[[strategy]]\npreset = \"regularized-evolution@nats-bench\"\n\
    [[strategy]]\npreset = \"local-search@naszilla\"\n[[strategy]]\npreset = \"regularized-evolution@nni\"\n";

fn reference(folder: &Path, text: &str) -> Vec<(String, Vec<u8>)> {
    fs::write(folder.join("e.toml"), text).unwrap();
    stdout_of(folder, &["run", "e.toml", "--out", "reference"]);
    contents(&folder.join("reference"))
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let expected = reference(folder.path(), THREE);
    assert_eq!(expected.len(), 2 + 8);
    for threads in ["1", "2", "7"] {
        stdout_of(folder.path(), &["run", "e.toml", "--out", threads, "--threads", threads]);
        assert!(contents(&folder.path().join(threads)) == expected, "{threads} threads give other bytes");
    }
    assert!(stdout_of(folder.path(), &["verify", "reference"]).starts_with("8 of 8 cells"));
}

#[test]
fn more_runs_extend_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let expected = reference(folder.path(), THREE);
    fs::write(folder.path().join("e.toml"), THREE.replace("runs = 150", "runs = 37")).unwrap();
    stdout_of(folder.path(), &["run", "e.toml", "--out", "grown"]);
    fs::write(folder.path().join("e.toml"), THREE).unwrap();
    stdout_of(folder.path(), &["run", "e.toml", "--out", "grown"]);
    assert!(contents(&folder.path().join("grown")) == expected);
    let output = nasreplay(folder.path()).args(["run", "e.toml", "--out", "grown"]).output().unwrap();
    assert!(common::text(&output.stderr).contains("replayed 0 runs"), "{}", common::text(&output.stderr));
}

/// Killed at random moments and resumed, an experiment ends with the same bytes, and whatever is there in between is whole.
#[test]
fn kills_lose_nothing() {
    let text = THREE.replace("runs = 150", "runs = 600").replace("trials = 100", "trials = 300");
    let folder = tempfile::tempdir().unwrap();
    let expected = reference(folder.path(), &text);
    let out = folder.path().join("killed");
    let mut killed = 0;
    for attempt in 0..25u64 {
        let mut command = nasreplay(folder.path());
        let mut child =
            command.args(["run", "e.toml", "--out", "killed"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(3 + attempt * 37 % 90));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        if !out.exists() {
            continue; // killed before it had begun
        }
        for (name, _) in contents(&out).iter().filter(|(name, _)| name.ends_with(".h5")) {
            assert!(expected.iter().any(|(known, _)| known == name), "{name} is no result");
        }
        if let Ok(results) = Results::open(&out) {
            let differences = nasreplay::experiment::verify(&results, &|_| ()).unwrap();
            assert_eq!(differences, [], "a killed run left wrong results");
        }
    }
    assert!(killed > 3, "only {killed} of 25 were killed in flight: make the experiment longer");
    stdout_of(folder.path(), &["run", "e.toml", "--out", "killed"]);
    assert!(contents(&out) == expected, "kills and resumes change the bytes");
}

#[test]
fn verify_names_the_first_difference() {
    let folder = tempfile::tempdir().unwrap();
    reference(folder.path(), THREE);
    let path = folder.path().join("reference/runs/c10/random-search.h5");
    let file = common::without_locks().open_rw(&path).unwrap();
    let column = file.dataset("trials/row").unwrap();
    let mut rows: Vec<u32> = column.read_raw().unwrap();
    rows[12 * 100 + 34] ^= 1;
    column.write_raw(&rows).unwrap();
    drop(column);
    file.close().unwrap();
    let output = common::run(folder.path(), &["verify", "reference"]);
    let out = common::text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.contains("random-search on c10: run 12, trial 34: stored row"), "{out}");
    assert!(out.contains("7 of 8 cells"), "{out}");
}

#[test]
fn adding_a_strategy_moves_no_other_trajectory() {
    let folder = tempfile::tempdir().unwrap();
    let all = reference(folder.path(), THREE);
    let fewer = THREE.replace("[[strategy]]\npreset = \"local-search@naszilla\"\n", "");
    fs::write(folder.path().join("fewer.toml"), fewer).unwrap();
    stdout_of(folder.path(), &["run", "fewer.toml", "--out", "fewer"]);
    for (name, bytes) in contents(&folder.path().join("fewer")).iter().filter(|(name, _)| name.starts_with("runs/")) {
        let before = all.iter().find(|(known, _)| known == name).unwrap();
        assert!(before.1 == *bytes, "{name} changed");
    }
}

#[test]
fn other_settings_and_foreign_folders_are_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let before = reference(folder.path(), THREE);
    fs::write(folder.path().join("e.toml"), THREE.replace("seed = 11", "seed = 12")).unwrap();
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "reference"]);
    assert!(message.contains("was made with other settings") && message.contains("--replace"), "{message}");
    fs::write(folder.path().join("e.toml"), THREE.replace("runs = 150", "runs = 149")).unwrap();
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "reference"]);
    assert!(message.contains("has 150 runs, the experiment asks for 149"), "{message}");
    assert!(contents(&folder.path().join("reference")) == before, "a refused run changed the results");
    stdout_of(folder.path(), &["run", "e.toml", "--out", "reference", "--replace"]);
    fs::create_dir(folder.path().join("photos")).unwrap();
    fs::write(folder.path().join("photos/cat.txt"), "a cat").unwrap();
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "photos"]);
    assert!(message.contains("holds `cat.txt` and no results"), "{message}");
    assert_eq!(contents(&folder.path().join("photos")).len(), 1);
    assert!(!folder.path().join("photos/runs").exists(), "a refused folder was changed");
}

/// Cells whose columns are damaged are named, whatever reads them.
#[test]
fn damaged_cells_are_refused() {
    let damage = |column: &str, change: &dyn Fn(&hdf5::Dataset)| {
        let folder = tempfile::tempdir().unwrap();
        reference(folder.path(), THREE);
        let file = common::without_locks().open_rw(folder.path().join("reference/runs/c10/random-search.h5")).unwrap();
        let dataset = file.dataset(column).unwrap();
        change(&dataset);
        drop(dataset);
        file.close().unwrap();
        let message = refusal_of(folder.path(), &["show", "reference"]);
        assert!(message.contains("random-search.h5"), "{message}");
        refusal_of(folder.path(), &["figure", "regret", "reference", "-o", "x.svg"]);
        refusal_of(folder.path(), &["verify", "reference"]);
        message
    };
    let message = damage("trials/row", &|column| column.write_slice(&[15_625u32], 77..78).unwrap());
    assert!(message.contains("has a trial on row 15625 of a table of 15625 rows"), "{message}");
    let message = damage("runs/trials", &|column| column.write_slice(&[99u32], 3..4).unwrap());
    assert!(message.contains("adds up to 14999 trials, expected 15000"), "{message}");
}

/// Runs whose numbers were damaged are not kept when more are added to them, which would give them a new digest.
#[test]
fn damaged_runs_are_not_extended() {
    let folder = tempfile::tempdir().unwrap();
    let expected = reference(folder.path(), THREE);
    fs::write(folder.path().join("e.toml"), THREE.replace("runs = 150", "runs = 37")).unwrap();
    stdout_of(folder.path(), &["run", "e.toml", "--out", "grown"]);
    let file = common::without_locks().open_rw(folder.path().join("grown/runs/c10/random-search.h5")).unwrap();
    let column = file.dataset("trials/told").unwrap();
    column.write_slice(&[99.9f64], 7..8).unwrap();
    drop(column);
    file.close().unwrap();
    fs::write(folder.path().join("e.toml"), THREE).unwrap();
    let message = refusal_of(folder.path(), &["show", "grown"]);
    assert!(message.contains("random-search.h5` is damaged"), "{message}");
    let mended = common::run(folder.path(), &["run", "e.toml", "--out", "grown"]);
    assert!(common::text(&mended.stderr).contains("random-search.h5` was damaged and was replayed again"));
    assert!(contents(&folder.path().join("grown")) == expected);
}

#[test]
fn replacing_keeps_one_timing_a_run() {
    let folder = tempfile::tempdir().unwrap();
    reference(folder.path(), THREE);
    fs::write(folder.path().join("e.toml"), THREE.replace("seed = 11", "seed = 12")).unwrap();
    stdout_of(folder.path(), &["run", "e.toml", "--out", "reference", "--replace"]);
    let timing = fs::read_to_string(folder.path().join("reference/timing.json")).unwrap();
    let timing: serde_json::Value = serde_json::from_str(&timing).unwrap();
    assert!(timing["run_nanos"].as_object().unwrap().values().all(|cell| cell.as_array().unwrap().len() == 150));
}

#[test]
fn a_folder_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    reference(folder.path(), THREE);
    let lock = fs::File::open(folder.path().join("reference/.lock")).unwrap();
    lock.lock().unwrap();
    let message = refusal_of(folder.path(), &["run", "e.toml", "--out", "reference"]);
    assert!(message.contains("is being written by another process"), "{message}");
}
