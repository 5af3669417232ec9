//! A line for each benchmark and strategy: what the final incumbents are worth.

use comfy_table::{Cell as TableCell, CellAlignment, Table as TextTable};
use rayon::prelude::*;
use serde::Serialize;

use crate::base::{Digest, Hasher};
use crate::experiment::{CellResults, Ends, ExperimentError, Final, Results, Scores};
use crate::stats::{interquartile_mean, mean, mean_intervals, quantile, standard_deviation};

/// Resamples of the intervals in tables.
const RESAMPLES: usize = 10_000;

/// One strategy on one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The folder of the results, where several are summarised together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The benchmark's name.
    pub benchmark: String,
    /// The strategy's name.
    pub strategy: String,
    /// The digest of the cell's trajectories.
    pub digest: Digest,
    /// The number of runs.
    pub runs: usize,
    /// How they ended.
    pub ends: Ends,
    /// The unit of the reported validation metric.
    pub unit: String,
    /// Trials a run.
    pub trials: Mean,
    /// Set where strategies were told a test metric.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test_objective: bool,
    /// Simulated seconds a run, where there is a clock.
    pub seconds: Option<Mean>,
    /// Asks of all runs that met a row that their run had trained before.
    pub duplicates: u64,
    /// Asks of all runs that could not be trained.
    pub invalid: u64,
    /// Trials of all runs that stood on trained rows.
    pub trained: u64,
    /// By how much the mean that scores an incumbent is raised by the replicate that was told; null where that cannot be.
    pub optimism: Option<f64>,
    /// The incumbents' means by the validation metric; none where no run has a trial.
    pub valid: Option<Centre>,
    /// The incumbents' means by the test metric.
    pub test: Option<Centre>,
    /// Their regret by the validation metric; percentage points for accuracies.
    pub valid_regret: Option<Regret>,
    /// Their regret by the test metric.
    pub test_regret: Option<Regret>,
}

/// A mean over runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
}

/// Centre and spread over runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Centre {
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation; null for one run.
    pub sd: f64,
    /// The median.
    pub median: f64,
}

/// Regret over runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Regret {
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation; null for one run.
    pub sd: f64,
    /// The median.
    pub median: f64,
    /// The interquartile mean.
    pub iqm: f64,
    /// The lower quartile.
    pub q25: f64,
    /// The upper quartile.
    pub q75: f64,
    /// The share of runs that end at the optimum.
    pub at_optimum: f64,
    /// The 95 % percentile bootstrap interval of the mean.
    pub ci95: [f64; 2],
}

/// Summarises all cells of some results.
///
/// # Errors
/// Names what the table lacks.
pub fn summaries(results: &Results) -> Result<Vec<Summary>, ExperimentError> {
    let scores: Vec<Scores> =
        (0..results.plan.benchmarks.len()).map(|place| Scores::new(results, place)).collect::<Result<_, _>>()?;
    let finals: Vec<Vec<Final>> = results
        .cells
        .par_iter()
        .map(|cell| cell.runs().map(|run| scores[cell.cell.benchmark].last(run)).collect())
        .collect();
    let valid = regrets(results, &finals, "valid", |last| last.valid_regret);
    let has_test = scores.iter().any(|scores| scores.test.is_some());
    let test = has_test.then(|| regrets(results, &finals, "test", |last| last.test_regret.unwrap_or(f64::NAN)));
    let test = test.map_or(vec![None; finals.len()], |regrets| regrets.into_iter().map(Some).collect());
    let each = results.cells.iter().zip(&finals).zip(valid.into_iter().zip(test));
    Ok(each
        .map(|((cell, finals), (valid, test))| {
            let scores = &scores[cell.cell.benchmark];
            summary(results, cell, scores, finals, valid, test.filter(|_| scores.test.is_some()))
        })
        .collect())
}

/// The regret of every cell.
fn regrets(results: &Results, finals: &[Vec<Final>], name: &str, of: fn(&Final) -> f64) -> Vec<Regret> {
    let values: Vec<Vec<f64>> = finals.iter().map(|cell| cell.iter().map(of).collect()).collect();
    let mut hasher = Hasher::default();
    let key = hasher
        .part("results", &results.digest().0)
        .part("statistic", format!("final {name} regret").as_bytes())
        .finish();
    let columns: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    let intervals = mean_intervals(&columns, RESAMPLES, key);
    let regret = |(values, interval): (&Vec<f64>, crate::stats::Interval)| Regret {
        mean: mean(values),
        sd: standard_deviation(values),
        median: quantile(values, 0.5),
        iqm: interquartile_mean(values),
        q25: quantile(values, 0.25),
        q75: quantile(values, 0.75),
        at_optimum: values.iter().filter(|value| **value <= 0.0).count() as f64 / values.len() as f64,
        ci95: [interval.low, interval.high],
    };
    values.iter().zip(intervals).map(regret).collect()
}

fn summary(
    results: &Results,
    cell: &CellResults,
    scores: &Scores,
    finals: &[Final],
    valid_regret: Regret,
    test_regret: Option<Regret>,
) -> Summary {
    let benchmark = &results.plan.benchmark(cell.cell).resolved;
    let over_runs =
        |of: &dyn Fn(crate::experiment::Run<'_>) -> f64| Mean { mean: mean(&cell.runs().map(of).collect::<Vec<_>>()) };
    let optimism: Vec<f64> = finals.iter().filter_map(|last| last.optimism).collect();
    let ends = cell.ends();
    let said = |centre: Centre| (!ends.is_empty()).then_some(centre);
    let tests: Option<Vec<f64>> = finals.iter().map(|last| last.test).collect();
    Summary {
        folder: None,
        benchmark: benchmark.name.clone(),
        strategy: results.plan.strategy(cell.cell).name.clone(),
        digest: cell.digest(),
        runs: cell.len(),
        ends,
        unit: scores.valid.reported.unit.clone(),
        test_objective: benchmark.test_objective,
        trials: over_runs(&|run| run.row.len() as f64),
        seconds: (!benchmark.cost.is_empty())
            .then(|| over_runs(&|run| run.end.last().map_or(0.0, |&nanos| nanos as f64 / 1e9))),
        duplicates: cell.runs().map(|run| u64::from(run.duplicates)).sum(),
        invalid: cell.runs().map(|run| u64::from(run.invalid)).sum(),
        trained: cell.runs().map(|run| trained_trials(results, cell, run)).sum(),
        optimism: (!optimism.is_empty()).then(|| mean(&optimism)),
        valid: said(centre(&finals.iter().map(|last| last.valid).collect::<Vec<_>>())),
        test: tests.and_then(|values| said(centre(&values))),
        valid_regret: (!ends.is_empty()).then_some(valid_regret),
        test_regret: test_regret.filter(|_| !ends.is_empty()),
    }
}

/// How many trials of a run stand on trained rows.
fn trained_trials(results: &Results, cell: &CellResults, run: crate::experiment::Run<'_>) -> u64 {
    let benchmark = results.plan.benchmark(cell.cell);
    run.row.iter().filter(|&&row| benchmark.trained_arch(row).is_some()).count() as u64
}

fn centre(values: &[f64]) -> Centre {
    Centre { mean: mean(values), sd: standard_deviation(values), median: quantile(values, 0.5) }
}

/// The summaries as a table for people, benchmark by benchmark.
pub fn table(summaries: &[Summary]) -> String {
    let mut text = TextTable::new();
    text.load_style(comfy_table::presets::NOTHING);
    let columns = columns(summaries);
    text.set_header(columns.iter().map(|(name, _)| name));
    for summary in summaries {
        let cells = columns.iter().enumerate().map(|(place, (_, value))| {
            let texts = if summary.folder.is_some() { 3 } else { 2 };
            let side = if place < texts { CellAlignment::Left } else { CellAlignment::Right };
            TableCell::new(value(summary)).set_alignment(side)
        });
        text.add_row(cells);
    }
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A column's name, and its text for a summary.
type Column = (String, fn(&Summary) -> String);

/// The columns that have something to say.
fn columns(summaries: &[Summary]) -> Vec<Column> {
    let any = |says: fn(&Summary) -> bool| summaries.iter().any(says);
    let mut columns: Vec<Column> = Vec::new();
    let mut add = |name: &str, value: fn(&Summary) -> String| columns.push((name.to_owned(), value));
    if any(|summary| summary.folder.is_some()) {
        add("folder", |summary| summary.folder.clone().unwrap_or_default());
    }
    add("benchmark", benchmark_text);
    add("strategy", |summary| summary.strategy.clone());
    add("runs", |summary| summary.runs.to_string());
    add("trials/run", |summary| format!("{:.0}", summary.trials.mean));
    add("duplicates/run", |summary| a_run(summary.duplicates, summary));
    if any(|summary| summary.invalid > 0) {
        add("invalid/run", |summary| a_run(summary.invalid, summary));
    }
    if any(|summary| summary.trained > 0) {
        add("trained/run", |summary| a_run(summary.trained, summary));
    }
    if any(|summary| !summary.ends.words().is_empty()) {
        add("ended early", |summary| match summary.ends.words() {
            words if words.is_empty() => "-".to_owned(),
            words => words,
        });
    }
    add(&format!("validation{}", unit(summaries)), |summary| centre_text(summary.valid.as_ref(), &summary.unit));
    // of percents a regret is in percentage points, too; of fractions that needs saying
    let all_points = summaries.iter().all(|summary| ["fraction", "percent"].contains(&summary.unit.as_str()));
    let needs_saying = all_points && any(|summary| summary.unit == "fraction");
    let points = if needs_saying { " (percentage points)" } else { "" };
    add(&format!("regret{points}"), |summary| regret_text(summary.valid_regret.as_ref()));
    add("95 % interval", |summary| interval_text(summary.valid_regret.as_ref()));
    add("at optimum", |summary| share_text(summary.valid_regret.as_ref()));
    if any(|summary| summary.optimism.is_some()) {
        add("optimism", |summary| summary.optimism.map_or("-".into(), |value| format!("{value:.3}")));
    }
    if any(|summary| summary.test.is_some()) {
        add("test", |summary| centre_text(summary.test.as_ref(), &summary.unit));
        add(&format!("test regret{points}"), |summary| regret_text(summary.test_regret.as_ref()));
        add("95 % interval", |summary| interval_text(summary.test_regret.as_ref()));
        add("at optimum", |summary| share_text(summary.test_regret.as_ref()));
    }
    columns
}

/// The unit that all summaries share.
fn unit(summaries: &[Summary]) -> String {
    let first = summaries.first().map_or("", |summary| &summary.unit);
    let shared = summaries.iter().all(|summary| summary.unit == first);
    if shared { format!(" ({first}, mean ± sd)") } else { " (mean ± sd)".to_owned() }
}

fn benchmark_text(summary: &Summary) -> String {
    let told = if summary.test_objective { " (told the test metric)" } else { "" };
    format!("{}{told}", summary.benchmark)
}

fn a_run(count: u64, summary: &Summary) -> String {
    format!("{:.1}", count as f64 / summary.runs as f64)
}

/// Percent with two decimals, fractions with four.
fn centre_text(centre: Option<&Centre>, unit: &str) -> String {
    let decimals = if unit == "fraction" { 4 } else { 2 };
    match centre {
        None => "-".into(),
        Some(centre) if centre.sd.is_nan() => format!("{:.decimals$}", centre.mean),
        Some(centre) => format!("{:.decimals$} ± {:.decimals$}", centre.mean, centre.sd),
    }
}

fn regret_text(regret: Option<&Regret>) -> String {
    regret.map_or("-".into(), |regret| format!("{:.3}", regret.mean))
}

fn interval_text(regret: Option<&Regret>) -> String {
    regret.map_or("-".into(), |regret| format!("{:.3} to {:.3}", regret.ci95[0], regret.ci95[1]))
}

fn share_text(regret: Option<&Regret>) -> String {
    regret.map_or("-".into(), |regret| format!("{:.0} %", 100.0 * regret.at_optimum))
}
