//! The law of random search on a benchmark, from its table alone.

use super::study::Study;
use super::view::Over;
use crate::benchmark::{Benchmark, BenchmarkError, Duplicates, Invalid, Missing, Projection, SamplerKind};
use crate::experiment::Side;
use crate::stats::{RandomSearchLaw, log_counts};

/// The law of random search on a benchmark.
pub struct Law {
    /// The law over trials.
    pub law: RandomSearchLaw,
    /// What a trial costs on average, in simulated seconds; 0 without cost.
    pub mean_seconds: f64,
    /// Epochs of a trial.
    pub epochs: f64,
    /// The most trials that the budget allows.
    pub trials: u32,
    /// The regret of the architecture with the best mean told value: that of a search which has seen everything. No floor, since
    /// single runs pass below it by luck.
    pub selection: f64,
}

/// The law of random search by a reported metric.
///
/// `None` where the law is another: repeated rows that are no new trainings, missing rows that are penalised or trained, rows that are not drawn alike.
///
/// # Errors
/// As [`Projection::new`].
pub fn law(benchmark: &Benchmark, side: &Side) -> Result<Option<Law>, BenchmarkError> {
    let resolved = &benchmark.resolved;
    let penalised = resolved.missing == Missing::Skip && resolved.invalid == Invalid::Penalise;
    let beyond_table = resolved.missing == Missing::Train && resolved.sampler == SamplerKind::UniformSpace;
    let unlike_rows = resolved.sampler == SamplerKind::UniformSpace && benchmark.table.space().has_classes();
    if resolved.duplicates != Duplicates::Charge || penalised || beyond_table || unlike_rows {
        return Ok(None);
    }
    let projection = Projection::new(benchmark)?;
    let sign = projection.sign();
    let outcomes = projection.outcomes().flat_map(|(row, told)| {
        let regret = side.regret(Some(row));
        let probability = 1.0 / told.len().max(1) as f64;
        told.iter().map(move |&value| (sign * value, probability, regret))
    });
    Ok(Some(Law {
        law: RandomSearchLaw::new(outcomes.collect()),
        mean_seconds: projection.mean_cost().seconds(),
        epochs: f64::from(resolved.objective.epoch),
        trials: benchmark.limits.trials,
        selection: selection(&projection, side),
    }))
}

fn selection(projection: &Projection, side: &Side) -> f64 {
    let mean = |told: &[f64]| projection.sign() * told.iter().sum::<f64>() / told.len() as f64;
    let rows = projection.outcomes().filter(|(_, told)| !told.is_empty()).map(|(row, told)| (mean(told), row));
    let best = rows.reduce(|a, b| if b.0 > a.0 { b } else { a });
    side.regret(best.map(|(_, row)| row))
}

impl Law {
    /// What a trial takes on an axis; on the time axis that is the mean, an approximation.
    pub fn unit(&self, over: Over) -> f64 {
        match over {
            Over::Trials => 1.0,
            Over::Epochs => self.epochs,
            Over::Seconds => self.mean_seconds,
        }
    }

    /// The expected regret over an axis from `first` to `last`, as steps; `initial` is that of the average architecture. `None` on an
    /// axis on which trials take nothing.
    pub fn steps(&self, over: Over, (first, last): (f64, f64), initial: f64, points: usize) -> Option<Vec<(f64, f64)>> {
        let unit = self.unit(over);
        if unit <= 0.0 {
            return None;
        }
        let most = (last / unit).min(f64::from(self.trials)) as u32;
        let counts: Vec<u32> = log_counts(most, points).iter().map(|&count| count as u32).collect();
        let regrets = self.law.expected_regret(&counts);
        let mut steps: Vec<(f64, f64)> =
            counts.iter().zip(regrets).map(|(&count, regret)| (unit * f64::from(count), regret)).collect();
        if over == Over::Seconds && unit > first {
            steps.insert(0, (first, initial));
        }
        steps.retain(|(x, _)| *x <= last);
        steps.extend(steps.last().map(|&(_, regret)| (last, regret)));
        Some(steps)
    }

    /// The expected regret of the incumbent after so many trials.
    pub fn regret_after(&self, trials: u32) -> f64 {
        self.law.expected_regret(&[trials.max(1)])[0] // one number in, one number out
    }
}

/// What ends the runs of random search on a benchmark: the first of its budgets that is used up on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Horizon {
    /// What time is counted in: seconds where the clock ends runs, otherwise trials.
    pub over: Over,
    /// The budget on that axis.
    pub budget: f64,
    /// What a trial takes on that axis: 1 trial, or the mean cost.
    pub unit: f64,
}

impl Horizon {
    /// The horizon of a benchmark; `None` where no budget ends a run of random search.
    pub fn of(study: &Study<'_>) -> Option<Self> {
        let limits = &study.benchmark().limits;
        let by_epochs = if limits.epochs < u64::MAX { limits.epochs / limits.epochs_a_trial.max(1) } else { u64::MAX };
        let trials = by_epochs.min(if limits.trials < u32::MAX { u64::from(limits.trials) } else { u64::MAX });
        let seconds = study.benchmark().resolved.budget.seconds;
        let unit = study.law.as_ref().map_or(0.0, |law| law.mean_seconds);
        match seconds.filter(|&seconds| unit > 0.0 && seconds / unit < trials as f64) {
            Some(budget) => Some(Self { over: Over::Seconds, budget, unit }),
            None if trials < u64::MAX => Some(Self { over: Over::Trials, budget: trials as f64, unit: 1.0 }),
            None => None,
        }
    }
}

/// The regret that random search is expected to reach at the budget: what "as good as random search" means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandomLevel {
    /// The regret.
    pub regret: f64,
    /// What ends runs of random search.
    pub horizon: Horizon,
}

/// The level of random search on a study's benchmark; `None` where it cannot be told from the table, or nothing ends its runs.
pub fn random_level(study: &Study<'_>) -> Option<RandomLevel> {
    let (law, horizon) = (study.law.as_ref()?, Horizon::of(study)?);
    let trials = (horizon.budget / horizon.unit).clamp(1.0, f64::from(u32::MAX)) as u32;
    Some(RandomLevel { regret: law.regret_after(trials), horizon })
}
