//! Replaying an experiment: cell after cell, runs on all cores, files written by a thread of its own.

use std::cmp::Ordering;
use std::fs;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::ends::Ends;
use super::error::ExperimentError;
use super::folder::{Folder, Manifest, Timing, cell_path};
use super::plan::{Cell, Plan};
use super::record::Block;
use super::replay::{Arena, Lane, Obstacle, replay_run};
use super::store::{self, CellFile, Header, TrainedHeader};
use super::training::Place;
use crate::base::Digest;
use crate::benchmark::{Benchmark, BenchmarkError};
use crate::space::Space;
use crate::strategy::{Settings, Start, Visitor};

/// At most so many runs are one task, replayed one after another.
const BLOCK: u32 = 16;

/// After a wave of runs, a cell in flight is stored if this long has passed.
const STORE_EVERY: Duration = Duration::from_secs(3);

/// A wave of runs should take about this long: long waves keep the cores busy, short ones can be stored.
const WAVE: Duration = Duration::from_secs(1);

/// By how much a wave of runs grows at most.
const GROWTH: u128 = 256;

/// Finished cells may wait for the writing thread; more would only take memory.
const WAITING: usize = 2;

/// Told how many runs have been finished since the last call.
pub type Progress<'a> = &'a (dyn Fn(u32) + Sync);

/// What a call of [`run`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Runs that were replayed.
    pub replayed: u64,
    /// Runs that were there already.
    pub kept: u64,
    /// How the runs of each cell ended.
    pub ends: Vec<(Cell, Ends)>,
    /// The files of cells that were damaged, and were replayed again.
    pub mended: Vec<String>,
}

/// Replays what is missing of an experiment and stores it in a folder.
///
/// The folder holds whole cells at any moment: a kill loses at most the cells in flight, and of those at most the last seconds or
/// the wave of runs that is under way.
///
/// # Errors
/// Refuses a folder that holds something else or other settings of the same cells (unless `replace`), and says which run could not
/// go on. What was stored before stays.
pub fn run(
    plan: &Plan,
    text: &str,
    folder: &Path,
    replace: bool,
    progress: Progress,
) -> Result<Outcome, ExperimentError> {
    run_storing_every(STORE_EVERY, plan, text, folder, replace, progress)
}

fn run_storing_every(
    every: Duration,
    plan: &Plan,
    text: &str,
    folder: &Path,
    replace: bool,
    progress: Progress,
) -> Result<Outcome, ExperimentError> {
    let folder = Folder(folder.to_owned());
    let _lock = folder.prepare()?;
    let manifest = Manifest::of(plan);
    refuse_imported(&folder, replace)?;
    let kept = all_kept(plan, &folder, &manifest, replace)?;
    let arenas = arenas(plan, &kept)?;
    folder.write_text("experiment.toml", text)?;
    folder.write_text("manifest.json", &manifest.text())?;
    let mut timing = Timing { tables: plan.places(), training: Place::all(plan), ..folder.timing() };
    let outcome = replay_missing(every, plan, &folder, &arenas, kept, &mut timing, progress);
    folder.write_text("timing.json", &serde_json::to_string(&timing).unwrap_or_default())?; // plain data is always JSON
    outcome
}

/// What a cell of the plan already has.
#[derive(Default)]
struct Kept {
    runs: u32,
    /// The runs, where more are to be added to them; of a whole cell only the trained rows.
    block: Block,
    ends: Ends,
    /// Whether the file is there and damaged.
    damaged: bool,
}

/// Imported runs cannot be replayed again: they are not overwritten unless that is asked for.
fn refuse_imported(folder: &Folder, replace: bool) -> Result<(), ExperimentError> {
    let there = folder.0.join("manifest.json").exists() && !replace;
    if there && folder.manifest()?.strategies.iter().any(|strategy| strategy.imported.is_some()) {
        return Err(folder.fault("holds imported runs, which cannot be replayed again".into(), Some(OTHER_FOLDER)));
    }
    Ok(())
}

fn all_kept(plan: &Plan, folder: &Folder, manifest: &Manifest, replace: bool) -> Result<Vec<Kept>, ExperimentError> {
    let of_cell = |(cell, (path, key)): (Cell, (&String, &Digest))| match kept(plan, cell, folder, path, *key) {
        Err(_) if replace => Ok(Kept::default()),
        kept => kept,
    };
    plan.cells().zip(&manifest.cells).map(of_cell).collect()
}

/// What a cell's file has to keep.
fn kept(plan: &Plan, cell: Cell, folder: &Folder, path: &str, key: Digest) -> Result<Kept, ExperimentError> {
    let file = folder.0.join(path);
    if !file.exists() {
        return Ok(Kept::default());
    }
    let damaged = Kept { damaged: true, ..Kept::default() };
    let stored = match CellFile::open(&file) {
        Ok(stored) => stored,
        Err(error) => return if folder.holds_cell(path, key) { Ok(damaged) } else { Err(error.into()) },
    };
    if stored.header.key != key {
        let what = format!("`{path}` was made with {}", folder.other_settings(plan, cell));
        return Err(folder.fault(what, Some(OTHER_FOLDER)));
    }
    if stored.found_digest() != stored.digest {
        return Ok(damaged);
    }
    let (runs, ends) = (stored.header.runs as u32, stored.ends());
    match runs.cmp(&plan.runs) {
        Ordering::Equal => {
            let trained = stored.trained.iter().map(|row| (row.arch, row.clone())).collect();
            Ok(Kept { runs, block: Block { trained, ..Block::default() }, ends, damaged: false })
        }
        Ordering::Greater => {
            let what = format!("`{path}` has {runs} runs, the experiment asks for {}", plan.runs);
            Err(folder.fault(what, Some(OTHER_FOLDER)))
        }
        Ordering::Less => Ok(Kept { runs, block: stored.to_block(), ends, damaged: false }),
    }
}

/// The most trials of a cell: so many take 21 GB of memory.
const MOST_TRIALS: f64 = 1e9;

/// Refuses cells whose trials would fill any memory, unless a target may end their runs early.
fn check_size(runs: u32, benchmark: &Benchmark, trials: f64) -> Result<(), ExperimentError> {
    if f64::from(runs) * trials <= MOST_TRIALS || benchmark.resolved.budget.target.is_some() {
        return Ok(());
    }
    Err(ExperimentError::Benchmark(BenchmarkError::Setting {
        name: benchmark.resolved.name.clone(),
        what: format!(
            "{runs} runs of about {trials:.0} trials are more than the {MOST_TRIALS:.0} trials that a strategy's results can hold"
        ),
        hint: Some("give fewer `runs`, or a smaller budget".into()),
    }))
}

/// The projected tables of the benchmarks that have runs to be replayed.
fn arenas(plan: &Plan, kept: &[Kept]) -> Result<Vec<Option<Arena>>, ExperimentError> {
    let needed = |benchmark: usize| {
        plan.cells().zip(kept).any(|(cell, kept)| cell.benchmark == benchmark && kept.runs < plan.runs)
    };
    let arena = |place: usize| -> Result<Option<Arena>, ExperimentError> {
        let benchmark = &plan.benchmarks[place].0;
        needed(place).then(|| Arena::new(benchmark)).transpose()?.map_or(Ok(None), |arena| {
            arena.projection().check_budget(benchmark)?;
            check_size(plan.runs, benchmark, arena.projection().usual_trials(benchmark))?;
            Ok(Some(arena))
        })
    };
    (0..plan.benchmarks.len()).into_par_iter().map(arena).collect()
}

const OTHER_FOLDER: &str = "choose another folder, or let `--replace` overwrite such cells";

/// A cell on its way to its file.
struct Parcel {
    path: String,
    header: Header,
    blocks: Vec<Block>,
}

fn replay_missing(
    every: Duration,
    plan: &Plan,
    folder: &Folder,
    arenas: &[Option<Arena>],
    kept: Vec<Kept>,
    timing: &mut Timing,
    progress: Progress,
) -> Result<Outcome, ExperimentError> {
    let had: u64 = kept.iter().map(|kept| u64::from(kept.runs)).sum();
    progress(had as u32);
    let damaged = plan.cells().zip(&kept).filter(|(_, kept)| kept.damaged);
    let mended = damaged.map(|(cell, _)| cell_path(plan, cell)).collect();
    let mut ends: Vec<(Cell, Ends)> = plan.cells().zip(kept.iter().map(|kept| kept.ends)).collect();
    for (cell, kept) in plan.cells().zip(&kept) {
        if let Some(arena) = &arenas[cell.benchmark] {
            arena.learn(kept.block.trained.values());
        }
        let path = folder.0.join(cell_path(plan, cell));
        let parent = path.parent().unwrap_or(&folder.0);
        fs::create_dir_all(parent).map_err(|source| crate::base::FileError { path: parent.to_owned(), source })?;
    }
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        let writer = scope.spawn(move || write_parcels(folder, receiver));
        let replay = || {
            for (kept, (cell, ends)) in kept.into_iter().zip(&mut ends) {
                let Some(arena) = &arenas[cell.benchmark] else { continue };
                let out = Out { plan, cell: *cell, sender: &sender, every };
                if replay_into(&out, arena, kept, ends, timing, progress)?.is_break() {
                    break; // the writer has failed and says why
                }
            }
            Ok(())
        };
        let replayed = replay();
        drop(sender);
        let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.and(replayed) // a failed write also ends the replay, by closing the channel: it is the cause to report
    })?;
    let all = u64::from(plan.runs) * (plan.benchmarks.len() * plan.strategies.len()) as u64;
    Ok(Outcome { replayed: all - had, kept: had, ends, mended })
}

fn write_parcels(folder: &Folder, receiver: Receiver<Parcel>) -> Result<(), ExperimentError> {
    receiver
        .into_iter()
        .try_for_each(|parcel| store::write(&folder.0.join(&parcel.path), &parcel.header, &parcel.blocks).map(|_| ()))
}

/// Where a cell's runs go.
struct Out<'a> {
    plan: &'a Plan,
    cell: Cell,
    sender: &'a SyncSender<Parcel>,
    /// How often a cell in flight is stored.
    every: Duration,
}

impl Out<'_> {
    /// Sends what there is of the cell to be written; breaks where the writer has hung up.
    fn send(&self, blocks: Vec<Block>) -> ControlFlow<()> {
        let Self { plan, cell, .. } = *self;
        let header = Header {
            benchmark: plan.benchmark(cell).resolved.name.clone(),
            strategy: plan.strategy(cell).name.clone(),
            key: plan.key(cell),
            runs: blocks.iter().map(|block| block.trials.len()).sum(),
            trials: blocks.iter().map(|block| block.row.len()).sum(),
            trained: TrainedHeader::of(plan.benchmark(cell), &blocks),
            has_cost: !plan.benchmark(cell).resolved.cost.is_empty(),
        };
        let sent = self.sender.send(Parcel { path: cell_path(plan, cell), header, blocks });
        if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// Replays the missing runs of a cell and sends it to be written, also in between where it takes long; `ends` counts them all.
fn replay_into(
    out: &Out,
    arena: &Arena,
    kept: Kept,
    ends: &mut Ends,
    timing: &mut Timing,
    progress: Progress,
) -> Result<ControlFlow<()>, ExperimentError> {
    let Out { plan, cell, every, .. } = *out;
    let had = kept.runs;
    if had == plan.runs {
        return Ok(ControlFlow::Continue(()));
    }
    let mut blocks = vec![kept.block];
    let mut done = had;
    let mut wave = rayon::current_num_threads() as u32;
    let mut stored = Instant::now();
    while done < plan.runs {
        let begun = Instant::now();
        let runs = done..plan.runs.min(done.saturating_add(wave));
        done = runs.end;
        blocks.extend(replay_cell(plan, cell, arena, runs, progress)?);
        let growth = WAVE.as_nanos() / begun.elapsed().as_nanos().max(1);
        wave = wave.saturating_mul(growth.clamp(1, GROWTH) as u32);
        if done < plan.runs && stored.elapsed() >= every {
            if out.send(blocks.clone()).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            stored = Instant::now();
        }
    }
    *ends = Ends::of(blocks.iter().flat_map(Block::runs));
    let nanos = timing.run_nanos.entry(cell_path(plan, cell)).or_default();
    nanos.resize(had as usize, 0); // 0: replayed by a process that was killed before it could say how long it took
    nanos.extend(blocks.iter().flat_map(|block| &block.wall));
    Ok(out.send(blocks))
}

/// Replays some runs of a cell on all threads; the blocks come back in the order of the runs.
///
/// # Errors
/// Says which run could not go on, and why: the first such run, whatever the number of threads.
pub fn replay_cell(
    plan: &Plan,
    cell: Cell,
    arena: &Arena,
    runs: Range<u32>,
    progress: Progress,
) -> Result<Vec<Block>, ExperimentError> {
    let strategy = plan.strategy(cell);
    let Some(settings) = &strategy.settings else {
        return Err(ExperimentError::Imported { strategy: strategy.name.clone() });
    };
    let share = runs.len() / (4 * rayon::current_num_threads()); // several tasks a thread, so that none waits long for the last
    let block = share.clamp(1, BLOCK as usize) as u32;
    let starts: Vec<u32> = runs.clone().step_by(block as usize).collect();
    let blocks: Vec<Result<Block, Obstacle>> = starts
        .into_par_iter()
        .map_init(
            || Lane::new(arena),
            |lane, start| {
                let runs = start..runs.end.min(start + block);
                let count = runs.len() as u32;
                let block = replay_block(settings, &strategy.name, arena, lane, plan.seed, runs);
                progress(count);
                block
            },
        )
        .collect();
    blocks.into_iter().collect::<Result<_, _>>().map_err(|obstacle| ExperimentError::Replay {
        strategy: strategy.name.clone(),
        benchmark: plan.benchmark(cell).resolved.name.clone(),
        run: obstacle.run,
        trial: obstacle.trial,
        what: obstacle.what,
    })
}

fn replay_block(
    settings: &Settings,
    strategy: &str,
    arena: &Arena,
    lane: &mut Lane,
    seed: u64,
    runs: Range<u32>,
) -> Result<Block, Obstacle> {
    struct Runs<'a> {
        strategy: &'a str,
        arena: &'a Arena,
        lane: &'a mut Lane,
        seed: u64,
        runs: Range<u32>,
    }
    impl Visitor for Runs<'_> {
        type Output = Result<Block, Obstacle>;

        fn visit<S: Start>(self, settings: &S) -> Self::Output {
            let Self { strategy, arena, lane, seed, runs } = self;
            let space: &dyn Space = arena.projection().space();
            let mut block = Block::default();
            for run in runs.clone() {
                let mut rng = arena.stream(seed, strategy, run);
                let mut state = settings.start(space);
                replay_run(&mut state, arena, lane, &mut rng, arena.noise(seed, u64::from(run)), run, &mut block)?;
            }
            let run = runs.start;
            arena.list_trained(&mut block).map_err(|what| Obstacle { run, trial: 0, what })?;
            Ok(block)
        }
    }
    settings.visit(Runs { strategy, arena, lane, seed, runs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::ExperimentSpec;

    /// A cell that takes long is stored in between, whole with fewer runs, and ends with the same bytes.
    #[test]
    fn slow_cells_are_stored_in_between() {
        let text = "name = \"slow\"\nseed = 1\nruns = 700\nbudget = { trials = 20 }\n\
            benchmark = [{ name = \"b\", table = \"nasbench201\", task = \"cifar10\" }]\nstrategy = [{ kind = \"random-search\" }]\n";
        let plan = Plan::resolve(&ExperimentSpec::parse(text).unwrap(), Path::new("slow.toml")).unwrap();
        let folder = std::env::temp_dir().join(format!("nasreplay-slow-cells-{}", std::process::id()));
        let (often, once) = (folder.join("often"), folder.join("once"));
        let cell = "runs/b/random-search.h5";
        let first_wave = 2;
        let seen = std::sync::atomic::AtomicU32::new(0);
        let finished = std::sync::atomic::AtomicU32::new(0);
        let watch = |runs: u32| {
            let order = std::sync::atomic::Ordering::SeqCst;
            let before = finished.fetch_add(runs, order);
            let until = Instant::now() + Duration::from_secs(20);
            while before >= first_wave && seen.load(order) == 0 && Instant::now() < until {
                if let Ok(stored) = CellFile::open(&often.join(cell)) {
                    seen.store(stored.header.runs as u32, order); // the second wave waits until the first one is stored
                }
            }
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(first_wave as usize).build().unwrap();
        pool.install(|| run_storing_every(Duration::ZERO, &plan, text, &often, false, &watch)).unwrap();
        run(&plan, text, &once, false, &|_| ()).unwrap();
        let bytes = [&often, &once].map(|folder| fs::read(folder.join(cell)).unwrap());
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(seen.into_inner(), first_wave);
        assert!(bytes[0] == bytes[1], "storing in between changes the bytes");
    }
}
