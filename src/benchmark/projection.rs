//! The dense projection of a table: just the numbers that one benchmark's replay loop needs, in the order in which it asks.

use std::sync::Arc;

use super::error::BenchmarkError;
use super::noise::Noise;
use super::policy::{Overrun, Replicate, SamplerKind, training_labels};
use super::resolve::{Benchmark, Measure};
use crate::base::Nanos;
use crate::space::{Arch, Space};
use crate::strategy::Sampler;
use crate::table::{DENSE_LIMIT, MetricColumn, Table};

/// The row of what stands on no row.
pub const NO_ROW: u32 = u32::MAX;

/// Told values and costs of one benchmark.
pub struct Projection {
    table: Arc<Table>,
    by_code: bool,
    has_classes: bool,
    slots: Vec<Slot>,
    /// `[slots, width]`: the measured values of a slot come first.
    told: Vec<f64>,
    /// `[slots, width]`: the place of the value's label among the table's replicates.
    labels: Vec<u8>,
    /// `[slots, cost_width]`, in nanoseconds.
    costs: Vec<u64>,
    width: usize,
    cost_width: usize,
    sign: f64,
    worst: f64,
    archs: Option<Vec<Arch>>,
}

/// What a slot leads to.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// The published row.
    pub row: u32,
    /// How many trainings of the row were measured.
    pub measured: u32,
}

impl Slot {
    const EMPTY: Self = Self { row: NO_ROW, measured: 0 };
}

/// The label of a trial that met the mean of all replicates.
pub(super) const MEAN_LABEL: u8 = u8::MAX;

impl Projection {
    /// Projects a benchmark's table.
    ///
    /// # Errors
    /// Names a row that has a value but no cost, or a cost that is no time.
    pub fn new(benchmark: &Benchmark) -> Result<Self, BenchmarkError> {
        let sources = Sources::open(benchmark)?;
        let table = benchmark.table.clone();
        let size = table.space().size();
        let by_code = size <= DENSE_LIMIT.saturating_mul(table.rows() as u64);
        let count = if by_code { size as usize } else { table.rows() };
        let width = sources.width();
        let mut projection = Self {
            by_code,
            has_classes: table.space().has_classes(),
            slots: vec![Slot::EMPTY; count],
            told: vec![f64::NAN; count * width],
            labels: vec![0; count * width],
            costs: vec![0; if sources.costs.is_empty() { 0 } else { count * width }],
            width,
            cost_width: if sources.costs.is_empty() { 0 } else { width },
            sign: sources.objective.column.metric().direction.sign(),
            worst: f64::INFINITY,
            archs: None,
            table,
        };
        let mut trainings = Vec::new();
        for row in 0..projection.table.rows() {
            let listed = sources.trainings(row, &mut trainings);
            listed.map_err(|what| projection.bad_row(row, what, benchmark))?;
            if !projection.fill(row, &trainings) {
                let what = format!("row {row} has an architecture outside of the space");
                return Err(projection.fault(benchmark, what));
            }
        }
        if projection.slots.iter().all(|slot| slot.measured == 0) {
            return Err(projection.fault(benchmark, "no row of the table has the objective with its cost".into()));
        }
        projection.narrow_costs();
        if benchmark.resolved.sampler == SamplerKind::UniformRow && !projection.table.is_complete() {
            projection.archs = Some(projection.table.archs().collect());
        }
        Ok(projection)
    }

    /// Fills the slot of a row; false where a damaged table gives it none.
    fn fill(&mut self, row: usize, trainings: &[Training]) -> bool {
        let slot = if self.by_code { self.table.arch(row).0 as usize } else { row };
        if slot >= self.slots.len() {
            return false;
        }
        self.slots[slot] = Slot { row: row as u32, measured: trainings.len() as u32 };
        for (place, training) in (slot * self.width..).zip(trainings) {
            self.told[place] = training.value;
            self.labels[place] = training.label;
            self.worst = self.worst.min(self.sign * training.value);
            if self.cost_width > 0 {
                self.costs[place] = training.cost.0;
            }
        }
        true
    }

    fn bad_row(&self, row: usize, what: String, benchmark: &Benchmark) -> BenchmarkError {
        let name = self.table.space().write(self.table.arch(row));
        self.fault(benchmark, format!("row {row} (`{name}`): {what}"))
    }

    fn fault(&self, benchmark: &Benchmark, what: String) -> BenchmarkError {
        BenchmarkError::Setting {
            name: benchmark.resolved.name.clone(),
            what: format!("table `{}`: {what}", self.table.label()),
            hint: Some(
                "check the table with `nasreplay table verify`, import it again, or choose another objective or cost"
                    .into(),
            ),
        }
    }

    /// Where every row's trainings cost the same, one cost a row is enough: 1.5 to 2 ns a trial (benches/README.md).
    fn narrow_costs(&mut self) {
        let same = |slot: usize| {
            let costs = &self.costs[slot * self.width..][..self.slots[slot].measured as usize];
            costs.iter().all(|cost| *cost == costs[0])
        };
        if self.cost_width > 1 && (0..self.slots.len()).all(same) {
            self.costs = self.costs.iter().copied().step_by(self.width).collect();
            self.cost_width = 1;
        }
    }

    /// The slot of an architecture, if there is one; its row may lack measured trainings.
    #[inline]
    pub fn slot(&self, arch: Arch) -> Option<usize> {
        if self.by_code {
            let arch = if self.has_classes { self.table.space().canonical(arch)? } else { arch };
            return ((arch.0 as usize) < self.slots.len()).then_some(arch.0 as usize);
        }
        self.table.row(arch)
    }

    /// The slot of a row of the table, if there is one.
    pub fn slot_of_row(&self, row: u32) -> Option<usize> {
        ((row as usize) < self.table.rows()).then(|| self.slot(self.table.arch(row as usize))).flatten()
    }

    /// What a slot leads to; a slot whose row is absent or was never measured has no measured trainings.
    #[inline]
    pub fn entry(&self, slot: usize) -> Slot {
        self.slots[slot]
    }

    /// The number of slots.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no slot at all.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Which training of a slot the noise gives, for the `begun`-th training of it.
    #[inline]
    pub fn choose(&self, entry: Slot, begun: u32, noise: Noise) -> usize {
        noise.draw(entry.row, begun, entry.measured) as usize
    }

    /// The value of a training, in the metric's own unit and direction.
    #[inline]
    pub fn told(&self, slot: usize, training: usize) -> f64 {
        self.told[slot * self.width + training]
    }

    /// What a training costs; 0 where the benchmark has no cost.
    #[inline]
    pub fn cost(&self, slot: usize, training: usize) -> Nanos {
        match self.cost_width {
            0 => Nanos(0),
            1 => Nanos(self.costs[slot]),
            width => Nanos(self.costs[slot * width + training]),
        }
    }

    /// The place of a training's label among the table's replicates.
    #[inline]
    pub fn label(&self, slot: usize, training: usize) -> u8 {
        self.labels[slot * self.width + training]
    }

    /// 1 where higher is better, -1 where lower is.
    #[inline]
    pub fn sign(&self) -> f64 {
        self.sign
    }

    /// The worst score of the table; higher is better.
    pub fn worst(&self) -> f64 {
        self.worst
    }

    /// Whether trials cost simulated time.
    pub fn has_cost(&self) -> bool {
        self.cost_width > 0
    }

    /// The space that is searched.
    pub fn space(&self) -> &dyn Space {
        self.table.space().as_ref()
    }

    /// How architectures are drawn from nothing.
    pub fn sampler(&self) -> Sampler<'_> {
        self.archs.as_deref().map_or(Sampler::Space, Sampler::Rows)
    }

    /// The told values of all rows' trainings, row by row, each with its row: the outcomes that random search meets.
    pub fn outcomes(&self) -> impl Iterator<Item = (u32, &[f64])> {
        let measured = |slot: usize| &self.told[slot * self.width..][..self.slots[slot].measured as usize];
        (0..self.slots.len())
            .filter(|&slot| self.slots[slot].row != NO_ROW)
            .map(move |slot| (self.slots[slot].row, measured(slot)))
    }

    /// The cheapest training with its row, and what the costliest costs; `None` where the benchmark has no cost.
    pub fn cost_range(&self) -> Option<((u32, Nanos), Nanos)> {
        let measured = (0..self.slots.len()).filter(|&slot| self.has_cost() && self.slots[slot].measured > 0);
        let trainings = measured.flat_map(|slot| {
            (0..self.slots[slot].measured as usize)
                .map(move |training| (self.slots[slot].row, self.cost(slot, training)))
        });
        trainings.fold(None, |range, (row, cost)| match range {
            None => Some(((row, cost), cost)),
            Some((cheapest, most)) => Some((if cost < cheapest.1 { (row, cost) } else { cheapest }, most.max(cost))),
        })
    }

    /// Refuses a budget in seconds that no training of the table fits, unless the trial that crosses it is kept.
    ///
    /// # Errors
    /// Names the cheapest training.
    pub fn check_budget(&self, benchmark: &Benchmark) -> Result<(), BenchmarkError> {
        let limit = benchmark.limits.clock;
        match self.cost_range() {
            Some(((row, cost), _)) if cost > limit && benchmark.resolved.overrun == Overrun::Drop => {
                let name = self.table.space().write(self.table.arch(row as usize));
                Err(BenchmarkError::Setting {
                    name: benchmark.resolved.name.clone(),
                    what: format!(
                        "the budget of {} simulated seconds fits no training of the table: the cheapest, of row {row} (`{name}`), takes {}",
                        limit.seconds(),
                        cost.seconds(),
                    ),
                    hint: Some(
                        "budgets count the table's training seconds: give at least several trainings, or `overrun = \"keep\"` for runs of one"
                            .into(),
                    ),
                })
            }
            _ => Ok(()),
        }
    }

    /// About how many trials the budget allows a run: by the mean cost where the clock ends runs.
    pub fn usual_trials(&self, benchmark: &Benchmark) -> f64 {
        let limits = &benchmark.limits;
        let by_clock = if limits.clock.0 < u64::MAX {
            limits.clock.seconds() / self.mean_cost().seconds().max(1e-9)
        } else {
            f64::INFINITY
        };
        let by_epochs = if limits.epochs < u64::MAX {
            limits.epochs as f64 / limits.epochs_a_trial.max(1) as f64
        } else {
            f64::INFINITY
        };
        let by_trials = if limits.trials < u32::MAX { f64::from(limits.trials) } else { f64::INFINITY };
        by_trials.min(by_epochs).min(by_clock)
    }

    /// The mean cost of a trial of random search; 0 where the benchmark has no cost.
    pub fn mean_cost(&self) -> Nanos {
        let rows = (0..self.slots.len()).filter(|&slot| self.slots[slot].measured > 0);
        let (sum, count) = rows.fold((0u128, 0u128), |(sum, count), slot| {
            let trainings = self.slots[slot].measured as usize;
            let total: u128 = (0..trainings).map(|training| u128::from(self.cost(slot, training).0)).sum();
            (sum + total / trainings as u128, count + 1)
        });
        Nanos(sum.checked_div(count).unwrap_or(0) as u64)
    }
}

/// The columns that are projected.
struct Sources {
    objective: Source,
    costs: Vec<Source>,
    replicate: Replicate,
    /// The labels among which trainings are told apart: those of the first column that has several.
    labels: Vec<String>,
}

/// A column at one epoch, and where each of the labels stands in it; a metric with one replicate serves all.
struct Source {
    column: MetricColumn,
    epoch: usize,
    /// What values are multiplied by: see [`Measure::charged`].
    factor: f64,
    places: Vec<Option<usize>>,
}

impl Source {
    fn open(benchmark: &Benchmark, measure: &Measure) -> Result<Self, BenchmarkError> {
        let (column, epoch) = benchmark.column(measure)?;
        let factor = measure.charged(&benchmark.resolved.objective);
        Ok(Self { column, epoch, factor, places: Vec::new() })
    }

    fn labels(&self) -> &[String] {
        &self.column.metric().labels
    }

    fn arrange(&mut self, labels: &[String]) {
        let own = self.labels();
        let place = |label| if own.len() == 1 { Some(0) } else { own.iter().position(|known| known == label) };
        self.places = labels.iter().map(place).collect();
    }

    fn value(&self, row: usize, label: usize) -> f64 {
        self.places[label].map_or(f64::NAN, |place| self.factor * self.column.value(row, place, self.epoch))
    }
}

struct Training {
    value: f64,
    cost: Nanos,
    label: u8,
}

impl Sources {
    fn open(benchmark: &Benchmark) -> Result<Self, BenchmarkError> {
        let open = |measure: &Measure| Source::open(benchmark, measure);
        let mut objective = open(&benchmark.resolved.objective)?;
        let mut costs: Vec<Source> = benchmark.resolved.cost.iter().map(open).collect::<Result<_, _>>()?;
        let labels = training_labels(std::iter::once(&objective).chain(&costs).map(Source::labels)).to_vec();
        if labels.len() > usize::from(MEAN_LABEL) {
            return Err(BenchmarkError::Setting {
                name: benchmark.resolved.name.clone(),
                what: format!("{} replicates; at most {MEAN_LABEL} can be replayed", labels.len()),
                hint: None,
            });
        }
        objective.arrange(&labels);
        costs.iter_mut().for_each(|cost| cost.arrange(&labels));
        Ok(Self { objective, costs, replicate: benchmark.resolved.replicate.clone(), labels })
    }

    fn width(&self) -> usize {
        if self.replicate == Replicate::Random { self.labels.len() } else { 1 }
    }

    /// Lists the measured trainings of a row that the benchmark can meet.
    fn trainings(&self, row: usize, trainings: &mut Vec<Training>) -> Result<(), String> {
        trainings.clear();
        for (label, name) in self.labels.iter().enumerate() {
            let wanted = !matches!(&self.replicate, Replicate::Label(only) if only != name);
            let value = self.objective.value(row, label);
            if !wanted || value.is_nan() {
                continue;
            }
            match self.cost(row, label)? {
                Some(cost) => trainings.push(Training { value, cost, label: label as u8 }),
                None if self.objective.labels().len() == 1 => {} // one value serves all: only the costs say what was trained
                None => return Err(format!("replicate `{name}` has a value but no cost")),
            }
        }
        if self.replicate == Replicate::Mean && !trainings.is_empty() {
            *trainings = vec![mean(trainings)];
        }
        Ok(())
    }

    /// The summed cost of a row's replicate; `None` where one of the costs was not measured.
    fn cost(&self, row: usize, label: usize) -> Result<Option<Nanos>, String> {
        let mut total = Nanos(0);
        for source in &self.costs {
            let seconds = source.value(row, label);
            if seconds.is_nan() {
                return Ok(None);
            }
            let cost = Nanos::from_seconds(seconds);
            let cost = cost.map_err(|error| format!("cost of replicate `{}`: {error}", self.labels[label]))?;
            total = Nanos(total.0.saturating_add(cost.0));
        }
        Ok(Some(total))
    }
}

fn mean(trainings: &[Training]) -> Training {
    let count = trainings.len() as u64;
    let value = trainings.iter().map(|training| training.value).sum::<f64>() / count as f64;
    let cost = trainings.iter().map(|training| u128::from(training.cost.0)).sum::<u128>() / u128::from(count);
    Training { value, cost: Nanos(cost as u64), label: MEAN_LABEL }
}
