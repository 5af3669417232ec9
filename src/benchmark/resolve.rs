//! A benchmark resolved against its table: every default explicit, every name known to exist.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::budget::{Budget, Limits};
use super::error::BenchmarkError;
use super::policy::{
    Duplicates, Incumbent, Invalid, Missing, Overrun, Replicate, SamplerKind, named_label, training_labels,
};
use super::spec::{BenchmarkSpec, MeasureSpec, ReportSpec, Share};
use super::trained::{Diverged, ResolvedTraining, Trainer};
use crate::base::Digest;
use crate::table::{Metric, MetricColumn, Table, TableError};

/// What to do where a table has no `valid_acc` and a benchmark does not say what else strategies are told.
const NO_OBJECTIVE: &str = "say in the benchmark what strategies are told: `objective = { metric = \"...\" }`";

/// A benchmark with every default made explicit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    /// Its name.
    pub name: String,
    /// What figures call it.
    pub title: String,
    /// Its table.
    pub table: TableRef,
    /// Its task.
    pub task: String,
    /// What strategies are told.
    pub objective: Measure,
    /// The reported validation metric.
    pub valid: Measure,
    /// The reported test metric.
    pub test: Option<Measure>,
    /// What a trial costs: these metrics added; none for no clock.
    pub cost: Vec<Measure>,
    /// Which of a row's trainings a trial meets.
    pub replicate: Replicate,
    /// See [`Duplicates`].
    pub duplicates: Duplicates,
    /// See [`Invalid`].
    pub invalid: Invalid,
    /// See [`Overrun`].
    pub overrun: Overrun,
    /// See [`Missing`].
    pub missing: Missing,
    /// See [`Incumbent`].
    pub incumbent: Incumbent,
    /// See [`SamplerKind`].
    pub sampler: SamplerKind,
    /// Whether strategies are told a test metric.
    pub test_objective: bool,
    /// When a run ends.
    pub budget: Budget,
    /// How missing rows are trained, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<ResolvedTraining>,
}

impl Resolved {
    /// The benchmark without what changes no number: its title and the place of its table. Runs on benchmarks that are equal in this
    /// can be compared.
    pub fn comparable(&self) -> serde_json::Value {
        let table = TableRef { file: String::new(), name: String::new(), ..self.table.clone() };
        let resolved = Self { title: String::new(), table, ..self.clone() };
        serde_json::to_value(resolved).unwrap_or_default() // plain data is always JSON
    }
}

/// A table as results name it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRef {
    /// What the experiment file calls it: a path, or a name.
    pub file: String,
    /// The table's own name.
    pub name: String,
    /// Its digest.
    pub digest: Digest,
}

/// A metric at one epoch of one schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// The metric.
    pub metric: String,
    /// Its schedule.
    pub schedule: String,
    /// Its epoch.
    pub epoch: u32,
    /// Its unit.
    pub unit: String,
    /// Of a cost that stands at another epoch than the objective: how it is shared out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
}

impl Measure {
    /// What a cost is multiplied by: 1, or its declared share for a training of the objective's epochs.
    pub fn charged(&self, objective: &Self) -> f64 {
        match self.share {
            None => 1.0,
            Some(Share::Epochs) => f64::from(objective.epoch) / f64::from(self.epoch.max(1)),
        }
    }
}

/// A resolved benchmark with its open table.
#[derive(Clone)]
pub struct Benchmark {
    /// What was resolved.
    pub resolved: Resolved,
    /// The table.
    pub table: Arc<Table>,
    /// When a run ends.
    pub limits: Limits,
    /// What trains missing rows; absent while nothing is replayed.
    pub trainer: Option<Arc<dyn Trainer>>,
}

impl Benchmark {
    /// Resolves a declared benchmark against its table; `budget` is the experiment's.
    ///
    /// # Errors
    /// Names the benchmark and what its table lacks, or which settings make no sense.
    pub fn open(spec: &BenchmarkSpec, table: Arc<Table>, budget: &Budget) -> Result<Self, BenchmarkError> {
        let resolver = Resolver { spec, table: &table };
        let resolved = resolver.resolve(budget)?;
        Self::of(resolved, table)
    }

    /// Opens an already resolved benchmark, as results store it.
    ///
    /// # Errors
    /// Refuses another table than the one whose digest was stored.
    pub fn reopen(resolved: Resolved, table: Arc<Table>) -> Result<Self, BenchmarkError> {
        let (expected, found) = (resolved.table.digest, table.digest());
        if expected == found {
            return Self::of(resolved, table);
        }
        Err(BenchmarkError::Setting {
            name: resolved.name,
            what: format!(
                "table `{}` has digest {}, the results were made with {}",
                table.label(),
                found.short(),
                expected.short()
            ),
            hint: Some("open the results where that table is, or run the experiment again".into()),
        })
    }

    fn of(resolved: Resolved, table: Arc<Table>) -> Result<Self, BenchmarkError> {
        let name = resolved.name.clone();
        let metric =
            metric(&table, &resolved.task, &resolved.objective).map_err(|source| in_table(&name, &table, source))?;
        let sign = metric.direction.sign();
        let limits = resolved
            .budget
            .limits(resolved.objective.epoch, !resolved.cost.is_empty(), sign)
            .map_err(|what| BenchmarkError::Setting { name, what, hint: None })?;
        Ok(Self { resolved, table, limits, trainer: None })
    }

    /// Opens a measure's column and finds its epoch's place.
    ///
    /// # Errors
    /// Names what the table lacks.
    pub fn column(&self, measure: &Measure) -> Result<(MetricColumn, usize), BenchmarkError> {
        let column = self.table.metric(&self.resolved.task, &measure.schedule, &measure.metric);
        let column = column.map_err(|source| in_table(&self.resolved.name, &self.table, source))?;
        let place = column.metric().epoch_place(measure.epoch).ok_or_else(|| BenchmarkError::Setting {
            name: self.resolved.name.clone(),
            what: format!("metric `{}` does not stand at epoch {}", measure.metric, measure.epoch),
            hint: None,
        })?;
        Ok((column, place))
    }

    /// What a user should know before trusting the numbers.
    pub fn warnings(&self) -> Vec<String> {
        let Resolved { name, task, objective, replicate, .. } = &self.resolved;
        let mut warnings = Vec::new();
        if self.resolved.test_objective {
            warnings.push(format!("benchmark `{name}`: strategies are told the test metric `{}`", objective.metric));
        }
        let metric = metric(&self.table, task, objective).ok();
        if let (Replicate::Random, Some(over)) = (replicate, metric.and_then(|metric| metric.aggregated.as_ref())) {
            warnings.push(format!(
                "benchmark `{name}`: `replicate = \"random\"`, but a published value of `{}` is already an average ({over}): its noise is too small",
                objective.metric
            ));
        }
        warnings.extend(self.charge_text());
        warnings.extend(self.partial_text());
        warnings.extend(self.sampler_text());
        warnings.extend(self.doubts());
        let reported = std::iter::once(&self.resolved.valid).chain(&self.resolved.test);
        warnings.extend(reported.filter_map(|measure| self.unreported(measure)));
        warnings
    }

    /// What a trial is told and what it costs, a line.
    pub fn told_text(&self) -> String {
        let Resolved { name, objective, cost, valid, test, .. } = &self.resolved;
        let Measure { metric, schedule, epoch, .. } = objective;
        let at = |epoch: u32| if epoch > 0 { format!(", epoch {epoch}") } else { String::new() };
        let costs: Vec<String> = cost.iter().map(|cost| format!("`{}`{}", cost.metric, at(cost.epoch))).collect();
        let costs = if costs.is_empty() { "no cost".to_owned() } else { format!("cost {}", costs.join(" + ")) };
        let reported = [Some(valid), test.as_ref()].into_iter().flatten().filter(|measure| *measure != objective);
        let reported: Vec<String> = reported
            .map(|measure| format!("`{}` of schedule {}{}", measure.metric, measure.schedule, at(measure.epoch)))
            .collect();
        let reported =
            if reported.is_empty() { String::new() } else { format!("; reported {}", reported.join(" and ")) };
        format!("benchmark `{name}`: told `{metric}` of schedule {schedule}{}; {costs}{reported}", at(*epoch))
    }

    /// Which costs are a declared share of what the table measured, if any are.
    pub fn charge_text(&self) -> Option<String> {
        let Resolved { name, objective, cost, .. } = &self.resolved;
        let shared = cost
            .iter()
            .filter(|cost| cost.share.is_some())
            .map(|cost| format!("{}/{} of `{}` at epoch {}", objective.epoch, cost.epoch, cost.metric, cost.epoch));
        let shared: Vec<String> = shared.collect();
        (!shared.is_empty()).then(|| {
            format!(
                "benchmark `{name}`: a trial is charged {}, as if every epoch cost the same (declared, not measured)",
                shared.join(" + ")
            )
        })
    }

    /// A table with a part of its space, where whoever leaves it ends the experiment.
    fn partial_text(&self) -> Option<String> {
        let (rows, space) = (self.table.rows(), self.table.space());
        let is_part = (rows as u64) < space.size() && !space.has_classes();
        (self.resolved.missing == Missing::Error && is_part).then(|| {
            format!(
                "benchmark `{}`: the table holds {rows} of {} architectures, and a strategy that asks for another ends the experiment: say what is done then by `missing = \"skip\"` or `\"train\"`",
                self.resolved.name,
                space.size()
            )
        })
    }

    /// A sampler that keeps strategies from training what the table lacks.
    pub fn sampler_text(&self) -> Option<String> {
        let Resolved { name, missing, sampler, .. } = &self.resolved;
        let only_rows = *missing == Missing::Train && *sampler == SamplerKind::UniformRow && !self.table.is_complete();
        only_rows.then(|| {
            format!("benchmark `{name}`: architectures are drawn among the table's rows (`sampler = \"uniform-row\"`), so that random search never trains, and others only what they reach by changes")
        })
    }

    /// What speaks against the declared units and directions of what is told and reported.
    fn doubts(&self) -> Vec<String> {
        let Resolved { name, objective, valid, test, .. } = &self.resolved;
        let mut doubts: Vec<String> = Vec::new();
        for measure in [objective, valid].into_iter().chain(test) {
            let Ok((column, epoch)) = self.column(measure) else { continue };
            let new =
                column.doubts(&measure.metric, epoch).into_iter().map(|what| format!("benchmark `{name}`: {what}"));
            let new: Vec<String> = new.filter(|what| !doubts.contains(what)).collect();
            doubts.extend(new);
        }
        doubts.extend(self.doubtful_target());
        doubts
    }

    /// A target that every training reaches, or none: mostly one in another unit.
    fn doubtful_target(&self) -> Option<String> {
        let target = self.resolved.budget.target?;
        let (column, epoch) = self.column(&self.resolved.objective).ok()?;
        let span = column.span(&self.resolved.objective.metric, epoch)?;
        let sign = column.metric().direction.sign();
        let (worst, best) = if sign > 0.0 { (span.least, span.most) } else { (span.most, span.least) };
        let Resolved { name, objective, .. } = &self.resolved;
        let of =
            format!("`{}`, which is in {} and spans {} to {}", objective.metric, objective.unit, span.least, span.most);
        if sign * worst >= sign * target {
            return Some(format!(
                "benchmark `{name}`: every training reaches the target {target} of {of}: each run ends after its first trial"
            ));
        }
        (sign * best < sign * target)
            .then(|| format!("benchmark `{name}`: no training reaches the target {target} of {of}"))
    }

    /// How missing rows are trained, where they are.
    pub fn training_text(&self) -> Option<String> {
        let training = self.resolved.training.as_ref()?;
        let calibration = match &training.calibration {
            Some(calibration) => {
                let number = |key: &str| calibration.get(key).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN);
                format!(
                    "calibrated on {:.0} rows (mean difference {:+.4}, rank correlation {:.2})",
                    number("rows"),
                    number("mean"),
                    number("rank_correlation")
                )
            }
            None => "not calibrated (`calibration = \"none\"`)".to_owned(),
        };
        let seconds = training.seconds.as_ref().map(|fit| {
            let errors = match fit.out_of_sample {
                Some([typical, largest]) => {
                    format!(
                        "relative error on rows that were not fitted {:.1} %, at most {:.0} %",
                        100.0 * typical,
                        100.0 * largest
                    )
                }
                None => format!("relative error {:.1} %", 100.0 * fit.relative_error),
            };
            format!("; charged by a fit of the table's seconds (R2 {:.3}, {errors})", fit.r2)
        });
        let name = &self.resolved.name;
        let diverged = match training.diverged {
            Some(Diverged::Worst) => "; a training that diverges is charged and tells the table's worst value",
            None => "",
        };
        let seconds = seconds.unwrap_or_default();
        Some(format!("benchmark `{name}`: missing rows are trained, {calibration}{seconds}{diverged}"))
    }

    /// Rows that can be told but not reported.
    fn unreported(&self, measure: &Measure) -> Option<String> {
        let (objective, told_at) = self.column(&self.resolved.objective).ok()?;
        let (reported, reported_at) = self.column(measure).ok()?;
        let told = |row: &usize| objective.mean(*row, told_at).is_some();
        let lacking =
            (0..self.table.rows()).filter(told).filter(|&row| reported.mean(row, reported_at).is_none()).count();
        let (name, metric) = (&self.resolved.name, &measure.metric);
        (lacking > 0).then(|| {
            format!("benchmark `{name}`: {lacking} rows have the objective but not the reported `{metric}`; as incumbents they count as the average architecture")
        })
    }
}

/// Resolves the measures of one declared benchmark.
struct Resolver<'a> {
    spec: &'a BenchmarkSpec,
    table: &'a Table,
}

impl Resolver<'_> {
    fn resolve(&self, budget: &Budget) -> Result<Resolved, BenchmarkError> {
        let spec = self.spec;
        let objective = self.objective()?;
        let valid = match &spec.report.valid {
            Some(measure) => self.measure(measure, Some(&objective))?,
            None => objective.clone(),
        };
        let test_objective = self.metric(&objective)?.is_test(&objective.metric);
        if test_objective && !spec.allow_test_objective {
            return Err(self.fault(
                format!("the objective `{}` is a test metric: a search that sees it is not honest", objective.metric),
                Some("set `allow_test_objective = true` if that is wanted; every output will say so"),
            ));
        }
        self.refuse_shares(&spec.objective, &spec.report)?;
        let cost = self.cost(&objective)?;
        let replicate = self.replicate(&objective, &cost)?;
        Ok(Resolved {
            name: spec.name.clone(),
            title: spec.title.clone().unwrap_or_else(|| spec.name.clone()),
            table: TableRef {
                file: spec.table.clone(),
                name: self.table.name().to_owned(),
                digest: self.table.digest(),
            },
            task: spec.task.clone(),
            test: self.test(&valid)?,
            cost,
            objective,
            valid,
            replicate,
            duplicates: spec.duplicates,
            invalid: spec.invalid,
            overrun: spec.overrun,
            missing: spec.missing,
            incumbent: spec.incumbent,
            sampler: spec.sampler.unwrap_or_else(|| SamplerKind::usual(spec.missing)),
            test_objective,
            budget: spec.budget.clone().unwrap_or_else(|| budget.clone()),
            training: None,
        })
    }

    /// Only costs can be shared out among epochs.
    fn refuse_shares(&self, objective: &Option<MeasureSpec>, report: &ReportSpec) -> Result<(), BenchmarkError> {
        let mut others = [objective, &report.valid, &report.test].into_iter().flatten();
        match others.find(|measure| measure.share.is_some()) {
            None => Ok(()),
            Some(measure) => {
                Err(self.fault(format!("`share` of `{}` means nothing: it is for `cost`", measure.metric), None))
            }
        }
    }

    fn objective(&self) -> Result<Measure, BenchmarkError> {
        let default = MeasureSpec::named("valid_acc");
        match &self.spec.objective {
            Some(spec) => self.measure(spec, None),
            None => self.measure(&default, None).map_err(|mut error| {
                if let BenchmarkError::Table { source, hint, .. } = &mut error
                    && matches!(**source, TableError::Unknown { what: "metric", .. })
                {
                    *hint = Some(NO_OBJECTIVE.to_owned());
                }
                error
            }),
        }
    }

    fn test(&self, valid: &Measure) -> Result<Option<Measure>, BenchmarkError> {
        if let Some(measure) = &self.spec.report.test {
            return self.measure(measure, Some(valid)).map(Some);
        }
        let default = MeasureSpec { schedule: Some(valid.schedule.clone()), ..MeasureSpec::named("test_acc") };
        if self.has(&default.metric, &valid.schedule) {
            self.measure(&default, Some(valid)).map(Some)
        } else {
            Ok(None)
        }
    }

    fn cost(&self, objective: &Measure) -> Result<Vec<Measure>, BenchmarkError> {
        let default = [MeasureSpec::named("train_seconds")];
        let measures = match &self.spec.cost {
            Some(cost) => cost.measures(),
            None if self.has(&default[0].metric, &objective.schedule) => &default,
            None => &[],
        };
        let resolved: Vec<Measure> =
            measures.iter().map(|measure| self.measure(measure, Some(objective))).collect::<Result<_, _>>()?;
        if let Some(odd) = resolved.iter().find(|measure| measure.unit != "seconds") {
            return Err(self.fault(format!("cost `{}` has unit `{}`, expected `seconds`", odd.metric, odd.unit), None));
        }
        measures.iter().zip(&resolved).try_for_each(|(spec, cost)| self.check_charge(spec, cost, objective))?;
        Ok(resolved)
    }

    /// A cost that stands at another epoch than what it pays for is charged only where the benchmark says so.
    fn check_charge(&self, spec: &MeasureSpec, cost: &Measure, objective: &Measure) -> Result<(), BenchmarkError> {
        if cost.share.is_some() && (cost.epoch == 0 || objective.epoch == 0) {
            let what = format!(
                "`share` of cost `{}` needs epochs, and the table does not say how many there were",
                cost.metric
            );
            return Err(self.fault(what, Some("leave `share` out")));
        }
        let unpublished =
            cost.epoch == 0 && objective.epoch == self.metric(objective)?.last_epoch() || objective.epoch == 0;
        let said = spec.epoch.is_some() || spec.share.is_some() || spec.schedule.is_some();
        if cost.epoch == objective.epoch || unpublished || said {
            return Ok(());
        }
        let Measure { metric, epoch, .. } = cost;
        Err(BenchmarkError::Setting {
            name: self.spec.name.clone(),
            what: format!(
                "the objective stands at epoch {}, but cost `{metric}` is not known there: it stands at {:?}",
                objective.epoch,
                self.metric(cost)?.epochs
            ),
            hint: Some(format!(
                "pay for the whole training: `cost = {{ metric = \"{metric}\", epoch = {epoch} }}`; or for a share of it by epochs: add \
                 `share = \"epochs\"`; or take an objective at an epoch whose cost is known"
            )),
        })
    }

    /// A measure with its defaults, which come from `like` where there is one.
    fn measure(&self, spec: &MeasureSpec, like: Option<&Measure>) -> Result<Measure, BenchmarkError> {
        let schedule = match (&spec.schedule, like) {
            (Some(schedule), _) => schedule.clone(),
            (None, Some(like)) => like.schedule.clone(),
            (None, None) => {
                let last = self.table.last_measured_schedule(&self.spec.task, &spec.metric);
                last.map_err(|source| in_table(&self.spec.name, self.table, source))?.to_owned()
            }
        };
        let metric = self.table.catalogue().metric(&self.spec.task, &schedule, &spec.metric);
        let metric = metric.map_err(|source| in_table(&self.spec.name, self.table, source))?;
        let same = like.filter(|like| like.schedule == schedule).map(|like| like.epoch);
        let inherited = same.filter(|&epoch| metric.epoch_place(epoch).is_some());
        let epoch = match spec.epoch.or(inherited) {
            Some(epoch) => epoch,
            None => self.last_measured(&schedule, metric, &spec.metric)?,
        };
        if metric.epoch_place(epoch).is_none() {
            let what =
                format!("metric `{}` does not stand at epoch {epoch}; it stands at {:?}", spec.metric, metric.epochs);
            return Err(self.fault(what, None));
        }
        Ok(Measure { metric: spec.metric.clone(), schedule, epoch, unit: metric.unit.clone(), share: spec.share })
    }

    /// The last epoch at which a row was measured; the last one where none was.
    fn last_measured(&self, schedule: &str, metric: &Metric, name: &str) -> Result<u32, BenchmarkError> {
        let column = self.table.metric(&self.spec.task, schedule, name);
        let column = column.map_err(|source| in_table(&self.spec.name, self.table, source))?;
        Ok(column.last_measured().map_or(metric.last_epoch(), |place| metric.epochs[place]))
    }

    fn has(&self, metric: &str, schedule: &str) -> bool {
        self.table.catalogue().metric(&self.spec.task, schedule, metric).is_ok()
    }

    fn metric(&self, measure: &Measure) -> Result<&Metric, BenchmarkError> {
        metric(self.table, &self.spec.task, measure).map_err(|source| in_table(&self.spec.name, self.table, source))
    }

    /// The replicate by its published label.
    fn replicate(&self, objective: &Measure, cost: &[Measure]) -> Result<Replicate, BenchmarkError> {
        let Replicate::Label(label) = &self.spec.replicate else { return Ok(self.spec.replicate.clone()) };
        let measures = std::iter::once(objective).chain(cost);
        let metrics: Vec<&Metric> = measures.map(|measure| self.metric(measure)).collect::<Result<_, _>>()?;
        let labels = training_labels(metrics.iter().map(|metric| metric.labels.as_slice()));
        if let Some(label) = named_label(labels, label) {
            return Ok(Replicate::Label(label.clone()));
        }
        Err(self.fault(
            format!(
                "`replicate` is `{label}`; expected `random`, `mean`, or a label of `{}` (or its place, where no label is a number): {}",
                objective.metric,
                labels.join(", ")
            ),
            None,
        ))
    }

    fn fault(&self, what: String, hint: Option<&str>) -> BenchmarkError {
        BenchmarkError::Setting { name: self.spec.name.clone(), what, hint: hint.map(str::to_owned) }
    }
}

fn metric<'t>(table: &'t Table, task: &str, measure: &Measure) -> Result<&'t Metric, TableError> {
    table.catalogue().metric(task, &measure.schedule, &measure.metric)
}

fn in_table(name: &str, table: &Table, source: TableError) -> BenchmarkError {
    BenchmarkError::Table {
        name: name.to_owned(),
        table: table.label().to_owned(),
        source: Box::new(source),
        hint: None,
    }
}
