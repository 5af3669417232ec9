//! The regression verdict: is a strategy, on the same benchmark, still as good as it was?
//!
//! Equal digests are IDENTICAL, without statistics. Otherwise three questions are asked of each strategy on each benchmark: final
//! regret, time to the level that random search reaches at the budget, and failed runs. Holm's method guards the whole family.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::Serialize;

use super::baseline::{Baseline, BaselineBenchmark, BaselineCell};
use super::preflight::FEW_RUNS;
use crate::base::{Digest, Hasher};
use crate::stats::{
    Alternative, difference_interval, equivalence, fisher_exact, holm, mann_whitney, mean, quantile, runs_needed,
    vargha_delaney, wilcoxon_signed_rank,
};

/// The level of the whole family of questions.
pub const LEVEL: f64 = 0.05;

/// Questions asked of each strategy on each benchmark.
const QUESTIONS: usize = 3;

/// Resamples of the intervals of differences.
const RESAMPLES: usize = 10_000;

/// Times to the target count as equal within this share of the baseline's mean time.
const TIME_MARGIN: f64 = 0.1;

/// Shares of failed runs count as equal within this difference.
const FAILURE_MARGIN: f64 = 0.05;

/// A run has failed if it is worse than this share of the baseline's runs.
const FAILURE_QUANTILE: f64 = 0.99;

/// What became of a strategy on a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// The same trajectories.
    Identical,
    /// Better in a question, worse in none.
    Improved,
    /// Worse in a question.
    Regressed,
    /// Shown to be equal within the margins.
    Equivalent,
    /// None of these could be shown.
    Inconclusive,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// The final regret, by its mean.
    FinalRegret,
    /// The time until the incumbent first has the regret that random search reaches at the budget, capped there.
    TimeToTarget,
    /// The share of runs worse than the baseline's 99 % point.
    FailedRuns,
}

/// The answer to a question; lower is better in all of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What was asked.
    pub question: Question,
    /// The baseline's mean, or share.
    pub baseline: f64,
    /// The candidate's.
    pub candidate: f64,
    /// The 95 % interval of candidate minus baseline; none for shares.
    pub interval: Option<[f64; 2]>,
    /// The p-value of the test that both are the same.
    pub p: f64,
    /// The same, adjusted for the whole family.
    pub adjusted: f64,
    /// The difference within which both count as equal; none where it is unknown.
    pub margin: Option<f64>,
    /// The p-value of the test that they differ by more than the margin; 1 where that is unknown.
    pub equivalence: f64,
    /// The direction in which one is significantly better, if it is: positive where the candidate is worse.
    pub direction: i8,
    /// With how many fresh runs a side this question would be decided, from the observed spread; none where it is unknown.
    pub runs_needed: Option<u64>,
}

/// The verdict on one strategy on one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellVerdict {
    /// The benchmark's name.
    pub benchmark: String,
    /// The strategy's name.
    pub strategy: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The runs of the baseline and of the candidate that were compared.
    pub runs: [usize; 2],
    /// Whether runs were compared one by one: both sides have the same random streams and numbers.
    pub paired: bool,
    /// The first trial at which the two part ways, as far as that can be told.
    pub divergence: Option<String>,
    /// How runs of the baseline and of the candidate ended early, where some did.
    pub early: [Option<String>; 2],
    /// The answers; none where the two are identical.
    pub findings: Vec<Finding>,
    /// Of an inconclusive verdict, how many fresh runs a side would decide all open questions; none where one of them never would.
    pub runs_needed: Option<u64>,
}

/// The verdicts on everything that both sides have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Regression {
    /// A verdict for each strategy on each benchmark.
    pub cells: Vec<CellVerdict>,
    /// Cells that only the baseline has, as `strategy on benchmark`.
    pub only_baseline: Vec<String>,
    /// Cells that only the candidate has.
    pub only_candidate: Vec<String>,
    /// The level of the family.
    pub level: f64,
}

/// Two sides that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomparable {
    /// What differs.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// How an architecture's row on a benchmark is named in messages.
pub type NameRow<'n> = &'n dyn Fn(&str, u32) -> Option<String>;

/// Judges a candidate against a baseline; `margin` replaces the margins of final regret.
///
/// # Errors
/// Says which table, benchmark, policy, budget or version differs, or that nothing is common.
pub fn regress(
    baseline: &Baseline,
    candidate: &Baseline,
    margin: Option<f64>,
    name_row: NameRow<'_>,
) -> Result<Regression, Incomparable> {
    let mut comparisons = Vec::new();
    for old in &baseline.benchmarks {
        let Some(new) = find_benchmark(candidate, &old.resolved.name) else { continue };
        check_benchmarks(old, new)?;
        for before in &old.cells {
            let Some(after) = find_cell(new, &before.strategy) else { continue };
            let (streams, others) = (baseline.streams(before), candidate.streams(after));
            let comparison = Comparison {
                benchmark: old,
                before,
                after,
                begin_alike: streams.begin_alike(&others),
                paired: streams.are_paired(&others),
                margin: margin.or(old.margin),
            };
            comparison.refuse_censored()?;
            comparisons.push(comparison);
        }
    }
    if comparisons.is_empty() {
        return Err(Incomparable {
            what: "baseline and candidate have no strategy on a benchmark in common".into(),
            hint: "compare results of the same experiment; strategies and benchmarks are found by `name`".into(),
        });
    }
    let open = comparisons.iter().filter(|comparison| !comparison.is_identical()).count();
    let level = LEVEL / (QUESTIONS * open).max(1) as f64;
    let mut cells: Vec<CellVerdict> = comparisons.par_iter().map(|comparison| comparison.verdict(level)).collect();
    cells.iter_mut().zip(&comparisons).for_each(|(cell, comparison)| cell.divergence = comparison.divergence(name_row));
    decide(&mut cells, level);
    Ok(Regression {
        cells,
        only_baseline: only(baseline, candidate),
        only_candidate: only(candidate, baseline),
        level: LEVEL,
    })
}

fn find_benchmark<'b>(side: &'b Baseline, name: &str) -> Option<&'b BaselineBenchmark> {
    side.benchmarks.iter().find(|benchmark| benchmark.resolved.name == name)
}

fn find_cell<'b>(benchmark: &'b BaselineBenchmark, strategy: &str) -> Option<&'b BaselineCell> {
    benchmark.cells.iter().find(|cell| cell.strategy == strategy)
}

/// The cells of one side that the other lacks.
fn only(side: &Baseline, other: &Baseline) -> Vec<String> {
    let names = |side: &Baseline| -> BTreeSet<String> {
        let cells =
            side.benchmarks.iter().flat_map(|benchmark| benchmark.cells.iter().map(move |cell| (benchmark, cell)));
        cells.map(|(benchmark, cell)| format!("{} on {}", cell.strategy, benchmark.resolved.name)).collect()
    };
    names(side).difference(&names(other)).cloned().collect()
}

/// Numbers of different tables, benchmarks, policies or budgets say nothing about a strategy.
fn check_benchmarks(old: &BaselineBenchmark, new: &BaselineBenchmark) -> Result<(), Incomparable> {
    let name = &old.resolved.name;
    if old.resolved.table.digest != new.resolved.table.digest {
        let (was, is) = (old.resolved.table.digest.short(), new.resolved.table.digest.short());
        return Err(Incomparable {
            what: format!("benchmark `{name}` stands on another table: baseline {was}, candidate {is}"),
            hint: "run the candidate on the baseline's table, or save a new baseline".into(),
        });
    }
    let (was, is) = (old.resolved.comparable(), new.resolved.comparable());
    if was == is {
        return check_optimum(old, new);
    }
    let field = was.as_object().into_iter().flatten().find(|(key, value)| is.get(key) != Some(value));
    let (field, value) = field.map_or(("", "".to_owned()), |(key, value)| (key.as_str(), value.to_string()));
    let other = is.get(field).map(ToString::to_string).unwrap_or_default();
    Err(Incomparable {
        what: format!("benchmark `{name}` differs in `{field}`: baseline {value}, candidate {other}"),
        hint: "run the candidate with the baseline's benchmark, or save a new baseline".into(),
    })
}

/// Where missing rows are trained, regret counts from the best of what was trained.
fn check_optimum(old: &BaselineBenchmark, new: &BaselineBenchmark) -> Result<(), Incomparable> {
    let name = &old.resolved.name;
    if old.optimum.to_bits() != new.optimum.to_bits() {
        return Err(Incomparable {
            what: format!("benchmark `{name}` counts regret from another best: baseline {}, candidate {}", old.optimum, new.optimum),
            hint: "where missing rows are trained, that is the best of what was trained: compare runs with the same trained rows".into(),
        });
    }
    Ok(())
}

/// One strategy on one benchmark, before and after.
struct Comparison<'c> {
    benchmark: &'c BaselineBenchmark,
    before: &'c BaselineCell,
    after: &'c BaselineCell,
    /// Whether the runs that both sides have drew from the same streams.
    begin_alike: bool,
    paired: bool,
    margin: Option<f64>,
}

impl Comparison<'_> {
    fn common(&self) -> usize {
        self.before.runs.len().min(self.after.runs.len())
    }

    /// Equal digests; of two sides with the same streams it is enough that all common runs are the same.
    fn is_identical(&self) -> bool {
        let (before, after, common) = (self.before, self.after, self.common());
        let same_length = before.runs.len() == after.runs.len();
        let same_runs = self.begin_alike && common > 0 && before.runs[..common] == after.runs[..common];
        before.digest == after.digest || !same_length && same_runs
    }

    /// Final regrets of runs that were followed to different places cannot be compared.
    fn refuse_censored(&self) -> Result<(), Incomparable> {
        let censored =
            [self.before, self.after].into_iter().filter_map(|cell| cell.ended).map(|ends| ends.censored).sum::<u32>();
        if censored == 0 || self.is_identical() {
            return Ok(());
        }
        let (strategy, benchmark) = (&self.before.strategy, &self.benchmark.resolved.name);
        Err(Incomparable {
            what: format!(
                "{strategy} on {benchmark}: {censored} runs are censored (their list stops before the budget), so that their final regrets cannot be compared"
            ),
            hint: "list whole runs, say by `stop` why a run ends, or give the benchmark the budget that the lists have"
                .into(),
        })
    }

    /// The answers, with how many runs would decide at a level; the verdict on what is not identical is given later.
    fn verdict(&self, level: f64) -> CellVerdict {
        let (before, after, common, identical) = (self.before, self.after, self.common(), self.is_identical());
        let counts = if self.paired { [common; 2] } else { [before.runs.len(), after.runs.len()] };
        CellVerdict {
            benchmark: self.benchmark.resolved.name.clone(),
            strategy: before.strategy.clone(),
            verdict: if identical { Verdict::Identical } else { Verdict::Inconclusive },
            runs: counts,
            paired: self.paired,
            divergence: None,
            early: [before, after].map(|cell| cell.early().map(|ends| ends.words())),
            findings: if identical { Vec::new() } else { self.findings(counts, level) },
            runs_needed: None,
        }
    }

    /// The first run and trial at which the two part ways.
    fn divergence(&self, name_row: NameRow<'_>) -> Option<String> {
        (!self.is_identical()).then(|| self.first_difference(self.common(), name_row))
    }

    fn first_difference(&self, common: usize, name_row: NameRow<'_>) -> String {
        if self.before.labels.is_some() != self.after.labels.is_some() {
            return "one side was replayed and the other imported: they share no random stream, so that no trial can be compared".into();
        }
        if !self.begin_alike {
            return "the two sides are other runs (another seed or other run numbers), so that no trial can be compared".into();
        }
        let (before, after) = (self.before, self.after);
        let Some(run) = (0..common).find(|&run| before.runs[run] != after.runs[run]) else {
            return "all common runs are the same".into();
        };
        let (Some(old), Some(new)) = (before.asks.get(run), after.asks.get(run)) else {
            return format!(
                "run {run} is the first that differs; asks are kept of the first {} runs only",
                before.asks.len()
            );
        };
        let named = |ask: Option<&Option<u32>>| match ask {
            None => "had ended".to_owned(),
            Some(None) => "asked for an architecture that the table lacks".to_owned(),
            Some(Some(row)) => match name_row(&self.benchmark.resolved.name, *row) {
                Some(name) => format!("asked for row {row}, {name}"),
                None => format!("asked for row {row}"),
            },
        };
        match (0..old.len().max(new.len())).find(|&trial| old.get(trial) != new.get(trial)) {
            Some(trial) => {
                let (old, new) = (named(old.get(trial)), named(new.get(trial)));
                format!("run {run}, trial {trial}: baseline {old}; candidate {new}")
            }
            None => {
                format!("run {run}: the same asks were told other values, cost something else or counted otherwise")
            }
        }
    }

    fn findings(&self, counts: [usize; 2], level: f64) -> Vec<Finding> {
        let sides = |of: fn(&BaselineCell) -> &Vec<f64>| (&of(self.before)[..], &of(self.after)[..]);
        let (old, new) = sides(|cell| &cell.regret);
        let cut = |(old, new): (&[f64], &[f64])| (old[..counts[0]].to_vec(), new[..counts[1]].to_vec());
        let (old_cut, new_cut) = cut((old, new));
        let mut findings = vec![self.means(Question::FinalRegret, &old_cut, &new_cut, self.margin, level)];
        if !self.before.time_to_target.is_empty() && !self.after.time_to_target.is_empty() {
            let (old, new) = cut(sides(|cell| &cell.time_to_target));
            let margin = TIME_MARGIN * mean(&old);
            findings.push(self.means(Question::TimeToTarget, &old, &new, Some(margin), level));
        }
        findings.push(failures(&old_cut, &new_cut, level));
        findings
    }

    /// Whether two means differ: by ranks and by the interval of their difference.
    fn means(&self, question: Question, old: &[f64], new: &[f64], margin: Option<f64>, level: f64) -> Finding {
        let interval = difference_interval(new, old, self.paired, RESAMPLES, self.key(question));
        let differences: Vec<f64> = new.iter().zip(old).map(|(new, old)| new - old).collect();
        let test = if self.paired {
            wilcoxon_signed_rank(&differences, Alternative::TwoSided)
        } else {
            mann_whitney(new, old, Alternative::TwoSided)
        };
        let ranks = if self.paired { signed_rank_direction(&differences) } else { vargha_delaney(new, old) - 0.5 };
        let direction = if interval.low > 0.0 && ranks > 0.0 {
            1
        } else if interval.high < 0.0 && ranks < 0.0 {
            -1
        } else {
            0
        };
        Finding {
            question,
            baseline: mean(old),
            candidate: mean(new),
            interval: Some([interval.low, interval.high]),
            p: test.p,
            adjusted: 1.0,
            margin,
            equivalence: margin.map_or(1.0, |margin| equal_means(new, old, self.paired, margin)),
            direction,
            runs_needed: margin.and_then(|margin| runs_needed(new, old, self.paired, margin, level)),
        }
    }

    fn key(&self, question: Question) -> Digest {
        let mut hasher = Hasher::default();
        hasher.part("baseline", &self.before.digest.0).part("candidate", &self.after.digest.0);
        hasher.part("statistic", format!("regress {question:?}").as_bytes()).finish()
    }
}

/// The p-value of the test that two means differ by more than a margin; few runs without spread show nothing.
fn equal_means(new: &[f64], old: &[f64], paired: bool, margin: f64) -> f64 {
    if new.len().min(old.len()) < FEW_RUNS { 1.0 } else { equivalence(new, old, paired, margin) }
}

/// The same of two shares. Where no run failed on either side, it is the chance of that if runs failed as often as the margin.
fn equal_shares(new: &[f64], old: &[f64]) -> f64 {
    let runs = new.len().min(old.len());
    if new.iter().chain(old).all(|&failed| failed == 0.0) {
        return libm::pow(1.0 - FAILURE_MARGIN, runs as f64);
    }
    equal_means(new, old, false, FAILURE_MARGIN)
}

/// Positive where the ranks of positive differences weigh more.
fn signed_rank_direction(differences: &[f64]) -> f64 {
    let greater = wilcoxon_signed_rank(differences, Alternative::Greater).p;
    let less = wilcoxon_signed_rank(differences, Alternative::Less).p;
    less - greater
}

/// Whether more runs fail: are worse than nearly all of the baseline's.
fn failures(old: &[f64], new: &[f64], level: f64) -> Finding {
    let limit = quantile(old, FAILURE_QUANTILE);
    let failed = |values: &[f64]| values.iter().map(|&value| f64::from(u8::from(value > limit))).collect::<Vec<f64>>();
    let (old, new) = (failed(old), failed(new));
    let counts = |values: &[f64]| {
        let failed = values.iter().filter(|value| **value > 0.0).count() as u64;
        [failed, values.len() as u64 - failed]
    };
    let (before, after) = (mean(&old), mean(&new));
    let direction = if after > before {
        1
    } else if after < before {
        -1
    } else {
        0
    };
    Finding {
        question: Question::FailedRuns,
        baseline: before,
        candidate: after,
        interval: None,
        p: fisher_exact([counts(&new), counts(&old)], Alternative::TwoSided),
        adjusted: 1.0,
        margin: Some(FAILURE_MARGIN),
        equivalence: equal_shares(&new, &old),
        direction,
        runs_needed: runs_needed(&new, &old, false, FAILURE_MARGIN, level),
    }
}

/// Adjusts the p-values of the whole family and gives the verdicts; `level` is that of a single question.
fn decide(cells: &mut [CellVerdict], level: f64) {
    let questions: Vec<f64> = cells.iter().flat_map(|cell| &cell.findings).map(|finding| finding.p).collect();
    let mut adjusted = holm(&questions).into_iter();
    for finding in cells.iter_mut().flat_map(|cell| &mut cell.findings) {
        finding.adjusted = adjusted.next().unwrap_or(1.0);
        if finding.adjusted >= LEVEL || finding.adjusted.is_nan() {
            finding.direction = 0;
        }
    }
    let open: Vec<usize> = (0..cells.len()).filter(|&place| cells[place].verdict != Verdict::Identical).collect();
    let equal: Vec<f64> = open.iter().map(|&place| worst_equivalence(&cells[place])).collect();
    for (&place, equal) in open.iter().zip(holm(&equal)) {
        let cell = &mut cells[place];
        cell.verdict = verdict(cell, equal < LEVEL);
        if cell.verdict == Verdict::Inconclusive {
            cell.runs_needed = runs_that_decide(cell, level);
        }
    }
}

/// All questions must be answered by "equal", so that the least sure one counts; where there is no answer, as of a single run, none is
/// sure.
fn worst_equivalence(cell: &CellVerdict) -> f64 {
    cell.findings
        .iter()
        .map(|finding| finding.equivalence)
        .map(|p| if p.is_nan() { 1.0 } else { p })
        .fold(0.0, f64::max)
}

/// The runs that would decide all questions that are open: neither different nor equal at a level.
fn runs_that_decide(cell: &CellVerdict, level: f64) -> Option<u64> {
    let is_open =
        |finding: &&Finding| finding.direction == 0 && (finding.equivalence >= level || finding.equivalence.is_nan());
    let needed: Option<Vec<u64>> = cell.findings.iter().filter(is_open).map(|finding| finding.runs_needed).collect();
    needed?.into_iter().max()
}

fn verdict(cell: &CellVerdict, equal: bool) -> Verdict {
    let any = |direction: i8| cell.findings.iter().any(|finding| finding.direction == direction);
    match (any(1), any(-1)) {
        (true, _) => Verdict::Regressed,
        (false, true) => Verdict::Improved,
        (false, false) if equal => Verdict::Equivalent,
        (false, false) => Verdict::Inconclusive,
    }
}
