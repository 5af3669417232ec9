//! The replay loop: one run of one strategy, at lookup speed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::record::{Block, Room, RunEnd, Stop};
use crate::base::{Key, Nanos, Rng};
use crate::benchmark::{
    Benchmark, BenchmarkError, Duplicates, Invalid, Limits, Missing, NO_ROW, Noise, Overrun, Projection, Slot,
    TrainedRow,
};
use crate::space::{Arch, Space};
use crate::strategy::{Sampler, Strategy, Told, Turn};

/// After so many asks in a row that bring it no nearer to its budget, a run ends.
const PATIENCE: u32 = 1_000;

/// Up to so many trials a run, the columns get their size at once.
const KNOWN: u32 = 1 << 16;

/// By how many trials the columns grow at first where the budget does not say how many there will be.
const GROWTH: u32 = 1_024;

/// A benchmark made ready for replay.
pub struct Arena {
    projection: Projection,
    limits: Limits,
    duplicates: Duplicates,
    invalid: Invalid,
    missing: Missing,
    overrun: Overrun,
    name: String,
    schedule: String,
    training: Option<Training>,
}

/// What trains the architectures that the table lacks, each once.
struct Training {
    benchmark: Benchmark,
    rows: Mutex<HashMap<Arch, Arc<OnceLock<Attempt>>>>,
    /// The worst value of the table, which a training that diverged tells.
    worst: f64,
}

/// What came of training an architecture.
type Attempt = Result<Arc<Trainable>, String>;

/// A trained row with the trainings that a run can meet, each with the place of its label.
struct Trainable {
    row: TrainedRow,
    trainings: Vec<(f64, u8)>,
}

/// Why a run could not go on, at a trial.
pub(super) struct Obstacle {
    pub run: u32,
    pub trial: u32,
    pub what: String,
}

impl Arena {
    /// Projects a benchmark's table.
    ///
    /// # Errors
    /// See [`Projection::new`].
    pub fn new(benchmark: &Benchmark) -> Result<Self, BenchmarkError> {
        let resolved = &benchmark.resolved;
        let projection = Projection::new(benchmark)?;
        let worst = projection.sign() * projection.worst();
        Ok(Self {
            projection,
            limits: benchmark.limits,
            duplicates: resolved.duplicates,
            invalid: resolved.invalid,
            missing: resolved.missing,
            overrun: resolved.overrun,
            name: resolved.name.clone(),
            schedule: resolved.objective.schedule.clone(),
            training: (resolved.missing == Missing::Train).then(|| Training {
                benchmark: benchmark.clone(),
                rows: Mutex::default(),
                worst,
            }),
        })
    }

    /// Learns of rows that were trained before, as stored results know them.
    pub(super) fn learn<'r>(&self, rows: impl Iterator<Item = &'r TrainedRow>) {
        let Some(training) = &self.training else { return };
        let mut known = training.rows.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            known.insert(row.arch, Arc::new(OnceLock::from(Ok(Arc::new(training.trainable(row.clone()))))));
        }
    }

    /// Adds the trained rows that a block's trials stand on.
    pub(super) fn list_trained(&self, block: &mut Block) -> Result<(), String> {
        let Some(training) = &self.training else { return Ok(()) };
        let archs = block.row.iter().filter_map(|&row| training.benchmark.trained_arch(row));
        for arch in archs.collect::<std::collections::BTreeSet<Arch>>() {
            block.trained.insert(arch, training.train(arch)?.row.clone());
        }
        Ok(())
    }

    /// The projected table.
    pub fn projection(&self) -> &Projection {
        &self.projection
    }

    /// The strategy stream of a run.
    pub fn stream(&self, seed: u64, strategy: &str, run: u32) -> Rng {
        Rng::new(Key::derive(seed, "strategy", &[&self.name, strategy], u64::from(run)))
    }

    /// The noise stream of a run, the same for all strategies.
    pub fn noise(&self, seed: u64, run: u64) -> Noise {
        Noise::new(seed, &self.name, &self.schedule, run)
    }

    fn turn<'a>(&'a self, rng: &'a mut Rng, trial: u32, clock: Nanos) -> Turn<'a> {
        let (space, sampler): (&dyn Space, Sampler<'_>) = (self.projection.space(), self.projection.sampler());
        Turn { space, sampler, rng, trial, clock, running: 0 }
    }
}

impl Training {
    /// Trains an architecture unless that was done; whoever comes meanwhile waits.
    fn train(&self, arch: Arch) -> Result<Arc<Trainable>, String> {
        let place = {
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            rows.entry(arch).or_default().clone()
        };
        let train = || self.benchmark.train(arch).map(|row| Arc::new(self.trainable(row)));
        place.get_or_init(train).clone()
    }

    fn trainable(&self, row: TrainedRow) -> Trainable {
        let trainings = self.benchmark.trainings(&row, self.worst);
        Trainable { row, trainings }
    }
}

/// What one thread needs to replay runs one after another: how often a run has begun each slot.
pub struct Lane {
    /// `base` plus the number of trainings begun; anything below `base` is of an earlier run and counts as none.
    begun: Vec<u32>,
    base: u32,
    /// How often this run has begun an architecture that has no slot.
    others: HashMap<Arch, u32>,
}

impl Lane {
    /// Room for a benchmark's slots.
    pub fn new(arena: &Arena) -> Self {
        Self { begun: vec![0; arena.projection.len()], base: 1, others: HashMap::new() }
    }

    /// Forgets the runs before; `asks` bounds how many trainings the last one can have begun.
    fn next_run(&mut self, asks: u32) {
        self.others.clear();
        match self.base.checked_add(asks).and_then(|base| base.checked_add(1)) {
            Some(base) if base < u32::MAX / 2 => self.base = base,
            _ => {
                self.begun.fill(0);
                self.base = 1;
            }
        }
    }

    /// How often this run has begun a slot before; counts this time.
    #[inline]
    fn begin(&mut self, slot: usize) -> u32 {
        let count = &mut self.begun[slot];
        let before = (*count).max(self.base);
        *count = before + 1;
        before - self.base
    }
}

impl Lane {
    /// As [`Lane::begin`], for an architecture that may have no slot.
    fn begin_arch(&mut self, slot: Option<usize>, arch: Arch) -> u32 {
        match slot {
            Some(slot) => self.begin(slot),
            None => {
                let count = self.others.entry(arch).or_default();
                *count += 1;
                *count - 1
            }
        }
    }
}

/// What an ask comes to.
enum Verdict {
    /// A trial, if the budget allows it.
    Trial(Trial),
    /// No trial, but the first value of a row that was trained before is told again.
    Again { told: f64 },
    /// No trial, nothing told.
    Nothing,
}

struct Trial {
    row: u32,
    replicate: u8,
    told: f64,
    cost: Nanos,
    /// Whether the run has trained the row before.
    duplicate: bool,
    /// Whether anything is trained for it: not for a value that is told again for nothing, nor for a penalty.
    trained: bool,
}

/// Replays one run and appends it to a block.
pub(super) fn replay_run<S: Strategy + ?Sized>(
    strategy: &mut S,
    arena: &Arena,
    lane: &mut Lane,
    rng: &mut Rng,
    noise: Noise,
    run: u32,
    block: &mut Block,
) -> Result<(), Obstacle> {
    let started = Instant::now();
    let first = block.row.len();
    let end = RunEnd { trials: 0, duplicates: 0, invalid: 0, stop: Stop::Trials };
    let mut state = RunState { clock: Nanos(0), epochs: 0, asks: 0, idle: 0, place: 0, end };
    while state.end.trials < arena.limits.trials {
        let left = arena.limits.trials - state.end.trials;
        let known = if arena.limits.trials <= KNOWN { left } else { left.min(state.end.trials.max(GROWTH)) };
        let mut room = block.room(known as usize, arena.projection.has_cost());
        let over = state.fill(strategy, arena, lane, rng, noise, &mut room);
        let trial = state.end.trials;
        if let Some(stop) = over.map_err(|what| Obstacle { run, trial, what })? {
            state.end.stop = stop;
            break;
        }
    }
    block.cut(first + state.end.trials as usize);
    lane.next_run(state.asks);
    block.end_run(state.end, Nanos(started.elapsed().as_nanos() as u64));
    Ok(())
}

struct RunState {
    clock: Nanos,
    epochs: u64,
    asks: u32,
    /// Asks in a row that brought the run no nearer to its budget.
    idle: u32,
    /// The next place of the present room.
    place: usize,
    end: RunEnd,
}

impl RunState {
    /// Asks and tells until the room is full, or until there is a reason to end the run.
    #[inline(always)] // one function for each strategy keeps the loop's state in registers: a third of a trial of random search
    fn fill<S: Strategy + ?Sized>(
        &mut self,
        strategy: &mut S,
        arena: &Arena,
        lane: &mut Lane,
        rng: &mut Rng,
        noise: Noise,
        room: &mut Room<'_>,
    ) -> Result<Option<Stop>, String> {
        self.place = 0;
        while self.place < room.row.len() {
            let turn = &mut arena.turn(rng, self.end.trials, self.clock);
            let Some(ask) = strategy.ask(turn) else { return Ok(Some(Stop::Finished)) };
            self.asks += 1;
            let stop = match self.judge(arena, lane, noise, ask.arch)? {
                Verdict::Trial(trial) => self.take(strategy, arena, room, ask.arch, &trial),
                Verdict::Again { told } => {
                    self.end.duplicates += 1;
                    self.idle += 1;
                    strategy.tell(&self.told(arena, ask.arch, told, Nanos(0)));
                    None
                }
                Verdict::Nothing => {
                    self.idle += 1;
                    None
                }
            };
            if stop.is_some() {
                return Ok(stop);
            }
            if self.idle >= PATIENCE {
                return Ok(Some(Stop::Exhausted));
            }
        }
        Ok(None)
    }

    /// Spends, records and tells a trial, unless it crosses the budget and is dropped.
    #[inline(always)]
    fn take<S: Strategy + ?Sized>(
        &mut self,
        strategy: &mut S,
        arena: &Arena,
        room: &mut Room<'_>,
        arch: Arch,
        trial: &Trial,
    ) -> Option<Stop> {
        let crossed = self.spend(arena, trial);
        if crossed.is_some() && arena.overrun == Overrun::Drop {
            return crossed;
        }
        let told = self.told(arena, arch, trial.told, trial.cost);
        self.record(room, trial);
        strategy.tell(&told);
        crossed.or_else(|| self.reached(&arena.limits, told.score))
    }

    #[inline(always)]
    fn told(&self, arena: &Arena, arch: Arch, told: f64, cost: Nanos) -> Told {
        Told { trial: self.end.trials, arch, score: arena.projection.sign() * told, cost }
    }

    /// Lets the clock and the epochs of a trial pass; says when it crosses the budget.
    #[inline(always)]
    fn spend(&mut self, arena: &Arena, trial: &Trial) -> Option<Stop> {
        let limits = &arena.limits;
        let epochs = if trial.trained { limits.epochs_a_trial } else { 0 };
        self.clock = Nanos(self.clock.0.saturating_add(trial.cost.0));
        self.epochs = self.epochs.saturating_add(epochs);
        self.idle = if limits.approached_by(epochs, trial.cost) { 0 } else { self.idle + 1 };
        if self.clock > limits.clock {
            return Some(Stop::Clock);
        }
        (self.epochs > limits.epochs).then_some(Stop::Epochs)
    }

    /// Whether a recorded trial has used the budget up exactly, or reached the target.
    #[inline(always)]
    fn reached(&self, limits: &Limits, score: f64) -> Option<Stop> {
        if score >= limits.target {
            return Some(Stop::Target);
        }
        if self.clock >= limits.clock {
            return Some(Stop::Clock);
        }
        (self.epochs >= limits.epochs).then_some(Stop::Epochs)
    }

    #[inline(always)]
    fn record(&mut self, room: &mut Room<'_>, trial: &Trial) {
        let at = self.place;
        room.row[at] = trial.row;
        room.replicate[at] = trial.replicate;
        room.told[at] = trial.told;
        if let Some(end) = room.end.get_mut(at) {
            *end = self.clock.0;
        }
        self.place += 1;
        self.end.trials += 1;
        self.end.duplicates += u32::from(trial.duplicate);
    }

    /// What an ask comes to, by the table and the benchmark's policies.
    #[inline(always)]
    fn judge(&mut self, arena: &Arena, lane: &mut Lane, noise: Noise, arch: Arch) -> Result<Verdict, String> {
        let projection = &arena.projection;
        let Some(slot) = projection.slot(arch) else { return self.judge_missing(arena, lane, noise, arch, None) };
        let entry = projection.entry(slot);
        if entry.measured == 0 {
            return self.judge_missing(arena, lane, noise, arch, Some(slot));
        }
        let begun = lane.begin(slot);
        let duplicate = begun > 0;
        if duplicate && arena.duplicates != Duplicates::Charge {
            return Ok(first_value(arena, noise, slot, entry));
        }
        let training = projection.choose(entry, begun, noise);
        Ok(Verdict::Trial(Trial {
            row: entry.row,
            replicate: projection.label(slot, training),
            told: projection.told(slot, training),
            cost: projection.cost(slot, training),
            duplicate,
            trained: true,
        }))
    }

    #[cold]
    fn judge_missing(
        &mut self,
        arena: &Arena,
        lane: &mut Lane,
        noise: Noise,
        arch: Arch,
        slot: Option<usize>,
    ) -> Result<Verdict, String> {
        let name = || arena.projection.space().write(arch);
        let valid = arena.projection.space().canonical(arch).is_some();
        if let Some(training) = arena.training.as_ref().filter(|_| valid) {
            let trained = training.train(arch).map_err(|what| format!("`{}` cannot be trained: {what}", name()))?;
            if !trained.trainings.is_empty() {
                let begun = lane.begin_arch(slot, arch);
                return Ok(judge_trained(arena, training, &trained, noise, begun));
            }
        }
        self.end.invalid += 1;
        match (arena.missing, arena.invalid) {
            (Missing::Error, _) if valid => Err(format!("the table has no measured row for `{}`", name())),
            (_, Invalid::Error) => Err(format!("`{}` cannot be trained", name())),
            (_, Invalid::Redraw) => Ok(Verdict::Nothing),
            (_, Invalid::Penalise) => {
                let told = arena.projection.sign() * arena.projection.worst();
                Ok(Verdict::Trial(Trial {
                    row: NO_ROW,
                    replicate: 0,
                    told,
                    cost: Nanos(0),
                    duplicate: false,
                    trained: false,
                }))
            }
        }
    }
}

/// A row that was trained before gives its first value again, for nothing.
fn first_value(arena: &Arena, noise: Noise, slot: usize, entry: Slot) -> Verdict {
    let projection = &arena.projection;
    let training = projection.choose(entry, 0, noise);
    let told = projection.told(slot, training);
    if arena.duplicates == Duplicates::Refuse {
        return Verdict::Again { told };
    }
    let replicate = projection.label(slot, training);
    Verdict::Trial(Trial { row: entry.row, replicate, told, cost: Nanos(0), duplicate: true, trained: false })
}

/// What an ask for a trained architecture comes to: as for a row of the table.
fn judge_trained(arena: &Arena, training: &Training, trained: &Trainable, noise: Noise, begun: u32) -> Verdict {
    let row = training.benchmark.trained_rows_from() + trained.row.arch.0 as u32; // rows for all were checked
    let again = begun > 0 && arena.duplicates != Duplicates::Charge;
    let place = noise.draw(row, if again { 0 } else { begun }, trained.trainings.len() as u32);
    let (told, replicate) = trained.trainings[place as usize];
    if again && arena.duplicates == Duplicates::Refuse {
        return Verdict::Again { told };
    }
    let cost = if again { Nanos(0) } else { trained.row.cost };
    Verdict::Trial(Trial { row, replicate, told, cost, duplicate: begun > 0, trained: !again })
}
