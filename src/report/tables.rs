//! The tables of a report, as values that every writer shares.

use super::comparison::Comparison;
use super::grid::{Entry, Grid, Head, Mark};
use super::outcome::{LevelReached, Outcome, RUN_LENGTHS, RunLengths};
use super::verdict::p_text;
use crate::analysis::{Over, Study};
use crate::experiment::Ends;
use crate::stats::{Interval, magnitude};

/// Final regret of every strategy on every benchmark; the best and what is not significantly worse are marked.
pub fn results_table(studies: &[Study<'_>], outcomes: &[Outcome], comparisons: &[Comparison]) -> Grid {
    let columns = vec![
        Head::text("benchmark"),
        Head::text("strategy"),
        Head::number("runs"),
        Head::number("mean regret").with_note("final regret of the incumbent by the reported metric, mean over runs"),
        Head::number("95 % interval").with_note("percentile bootstrap of the mean over whole runs, 10,000 resamples"),
        Head::number("IQM").with_note("interquartile mean: hides failures"),
        Head::number("median"),
        Head::number("at optimum").with_note("share of the runs"),
        Head::number("below average").with_note("share of the runs that end worse than the average architecture"),
    ];
    let mut grid = Grid::new("Final regret of the incumbent.", columns);
    let marked = studies.iter().any(Study::has_early_ends);
    if marked {
        grid.columns.push(Head::text("ended early").with_note(ENDS_NOTE));
    }
    for outcome in outcomes {
        let study = &studies[outcome.study];
        let interval_mark = if outcome.degenerate.is_some() { Mark::Warning } else { Mark::None };
        let mut row = vec![
            Entry::text(study.title()),
            Entry::text(study.entries[outcome.entry].title.clone()),
            Entry::number(outcome.runs.to_string(), outcome.runs as f64),
            Entry::number(number(outcome.regret), outcome.regret).marked(mark(outcome, outcomes, comparisons)),
            Entry::number(interval_text(outcome.interval), outcome.interval.low).marked(interval_mark),
            Entry::number(number(outcome.iqm), outcome.iqm),
            Entry::number(number(outcome.median), outcome.median),
            share(outcome.at_optimum),
            share(outcome.failed),
        ];
        if marked {
            row.push(Entry::text(outcome.ends.words()).marked(ends_mark(&outcome.ends)));
        }
        grid.push(row);
    }
    push_silent(&mut grid, studies);
    grid
}

/// What the column of early ends means.
const ENDS_NOTE: &str = "runs that did not go as far as they were asked to: exhausted and failed ones keep their last incumbent, censored ones are compared only so \
     far as they go; such strategies are never called the best";

fn ends_mark(ends: &Ends) -> Mark {
    if ends.words().is_empty() { Mark::None } else { Mark::Warning }
}

/// Strategies without any trial have a row of dashes, with the reason in the last column.
fn push_silent(grid: &mut Grid, studies: &[Study<'_>]) {
    for (study, entry) in studies.iter().flat_map(|study| study.silent.iter().map(move |entry| (study, entry))) {
        let mut row = vec![Entry::text(study.title()), Entry::text(entry.title.clone())];
        row.resize(grid.columns.len() - 1, Entry::text("-"));
        row.push(Entry::text(entry.ends.words()).marked(Mark::Warning));
        grid.push(row);
    }
}

/// How fast and how far: relative improvement, areas, and random search's level.
pub fn effort_table(studies: &[Study<'_>], outcomes: &[Outcome]) -> Grid {
    let columns = vec![
        Head::text("benchmark"),
        Head::text("strategy"),
        Head::number("value").with_note("mean of the final incumbents by the reported metric, in its unit"),
        Head::number("RI (%)").with_note("by how many percent that is better than the average architecture (Yang et al., ICLR 2020)"),
        Head::number("area, log").with_note("area under normalised regret over the logarithm of trials (of simulated time where the clock ends runs), to the budget; 0 is the optimum at once, 1 the average architecture for ever"),
        Head::number("area, linear").with_note("the same without the logarithm"),
        Head::number("level").with_note("regret that random search is expected to reach at the budget, from the table alone"),
        Head::number("reached").with_note("runs whose incumbent had that level once, of all"),
        Head::number("held").with_note("runs whose incumbent has it at the end, of all"),
        Head::number("ERT").with_note("expected running time to that level: time spent by all runs before reaching it, divided by the runs that did"),
        Head::number("95 % interval").with_note("of the expected running time: percentile bootstrap over runs, 10,000 resamples"),
    ];
    let mut grid = Grid::new("Value, areas, and the level of random search.", columns);
    for outcome in outcomes {
        let study = &studies[outcome.study];
        let mut row = vec![
            Entry::text(study.title()),
            Entry::text(study.entries[outcome.entry].title.clone()),
            Entry::number(number(outcome.value), outcome.value).marked(ends_mark(&outcome.ends)),
            Entry::number(format!("{:.2}", outcome.improvement), outcome.improvement),
            Entry::number(number(outcome.log_area), outcome.log_area),
            Entry::number(number(outcome.linear_area), outcome.linear_area),
        ];
        row.extend(level_entries(outcome.level.as_ref(), outcome.runs));
        grid.push(row);
    }
    push_silent(&mut grid, studies);
    grid
}

fn level_entries(level: Option<&LevelReached>, runs: usize) -> Vec<Entry> {
    let Some(level) = level else { return vec![Entry::text("-"); 5] };
    let unit = if level.over == Over::Seconds { " s" } else { " trials" };
    let ert = if level.ert.is_finite() { format!("{:.1}{unit}", level.ert) } else { "never".to_owned() };
    let end = |value: f64| if value.is_finite() { format!("{value:.1}") } else { "never".to_owned() };
    let interval = format!("{} to {}", end(level.interval.low), end(level.interval.high));
    vec![
        Entry::number(number(level.regret), level.regret),
        Entry::number(format!("{} of {runs}", level.hits), level.hits as f64),
        Entry::number(format!("{} of {runs}", level.held), level.held as f64),
        Entry::number(ert, level.ert),
        Entry::number(interval, level.interval.low),
    ]
}

/// The run-length targets that strategies reach.
pub fn run_length_table(studies: &[Study<'_>], lengths: &[RunLengths]) -> Grid {
    let mut columns = vec![Head::text("benchmark"), Head::text("strategy")];
    let note = "and the others: runs that reach, at some time, the regret that random search is expected to have after so many trials, of all; and the \
                expected running time to it in trials";
    columns.extend(RUN_LENGTHS.map(|trials| Head::number(format!("{trials} trials"))));
    columns[2] = columns[2].clone().with_note(note); // the same holds for the others
    let mut grid = Grid::new("Targets of random search's run lengths, from the table alone.", columns);
    for length in lengths {
        let (study, entry) = (&studies[length.study], &studies[length.study].entries[length.entry]);
        let mut row = vec![Entry::text(study.title()), Entry::text(entry.title.clone()).marked(ends_mark(&entry.ends))];
        row.extend(length.reached.iter().map(|&(hits, ert)| {
            let ert_text = if ert.is_finite() { format!("{ert:.0}") } else { "never".to_owned() };
            Entry::number(format!("{hits} of {} ({ert_text})", entry.runs.len()), ert)
        }));
        grid.push(row);
    }
    grid
}

/// Every pair of strategies on every benchmark.
pub fn comparison_table(studies: &[Study<'_>], comparisons: &[Comparison]) -> Grid {
    let columns = vec![
        Head::text("benchmark"),
        Head::text("first"),
        Head::text("second"),
        Head::number("n").with_note("runs of each; `paired` where both drew from the same random streams and are compared run by run, otherwise all runs of the one with all of the other"),
        Head::number("difference").with_note("mean final regret of the second minus that of the first; `at` says where censored runs allow no more"),
        Head::number("95 % interval").with_note("percentile bootstrap, 10,000 resamples; of pairs where runs are paired"),
        Head::number("shift").with_note("Hodges-Lehmann estimate of the difference"),
        Head::number("p").with_note("two-sided: signed-rank test, zeros by Pratt, where runs are paired, otherwise Mann-Whitney test"),
        Head::number("p, Holm").with_note("adjusted for all pairs on all benchmarks; * below .05, with means and ranks on the same side"),
        Head::number("A12").with_note("probability that a run of the first ends with more regret than one of the second; ties count half (Vargha and Delaney 2000)"),
        Head::text("effect"),
        Head::number("better").with_note("posterior probability that the second is better by more than half of the table's noise (Bayesian signed-rank test, Benavoli et al. 2017); of paired runs"),
        Head::number("equal").with_note("posterior probability that they are equivalent within that margin"),
        Head::number("worse"),
    ];
    let mut grid = Grid::new(
        "All pairs of strategies, by the final regret of their runs; where runs are censored, by the regret at the place that stands beside the difference.",
        columns,
    );
    for comparison in comparisons {
        let study = &studies[comparison.study];
        let (a, b) = comparison.pair;
        let star = if comparison.is_significant() { " *" } else { "" };
        let posterior = comparison.posterior.as_ref();
        let chance =
            |value: Option<f64>| value.map_or(Entry::text("-"), |value| Entry::number(format!("{value:.2}"), value));
        grid.push(vec![
            Entry::text(study.title()),
            Entry::text(study.entries[a].title.clone()),
            Entry::text(study.entries[b].title.clone()),
            Entry::number(counts_text(comparison), comparison.runs[0] as f64),
            Entry::number(format!("{}{}", number(comparison.difference), at_text(comparison)), comparison.difference),
            Entry::number(interval_text(comparison.interval), comparison.interval.low),
            Entry::number(number(comparison.shift), comparison.shift),
            Entry::number(p_text(comparison.p), comparison.p),
            Entry::number(format!("{}{star}", p_text(comparison.adjusted)), comparison.adjusted),
            Entry::number(format!("{:.2}", comparison.effect), comparison.effect),
            Entry::text(magnitude(comparison.effect)),
            chance(posterior.map(|posterior| posterior.better)),
            chance(posterior.map(|posterior| posterior.equivalent)),
            chance(posterior.map(|posterior| posterior.worse)),
        ]);
    }
    grid
}

/// How many runs a comparison stands on, and whether they are paired.
pub(super) fn counts_text(comparison: &Comparison) -> String {
    match comparison.runs {
        [runs, _] if comparison.paired => format!("{runs} paired"),
        [first, second] => format!("{first} and {second}"),
    }
}

/// Where incumbents were compared, where that is not the end.
pub(super) fn at_text(comparison: &Comparison) -> String {
    match comparison.at {
        None => String::new(),
        Some((Over::Seconds, place)) => format!(" at {place:.0} s"),
        Some((over, place)) => format!(" at {} {place:.0}", over.name()),
    }
}

/// Best by the mean among the strategies whose runs are whole, or not significantly worse than that in the whole family.
fn mark(outcome: &Outcome, outcomes: &[Outcome], comparisons: &[Comparison]) -> Mark {
    if !outcome.ends.is_whole() {
        return Mark::Warning;
    }
    let rivals = outcomes.iter().filter(|other| other.study == outcome.study && other.ends.is_whole());
    let Some(best) = rivals.min_by(|a, b| a.regret.total_cmp(&b.regret)) else { return Mark::None };
    if outcome.regret <= best.regret {
        return Mark::Best;
    }
    let pair = (best.entry.min(outcome.entry), best.entry.max(outcome.entry));
    let tested = comparisons.iter().find(|comparison| comparison.study == outcome.study && comparison.pair == pair);
    if tested.is_some_and(|comparison| !comparison.is_significant()) { Mark::NotWorse } else { Mark::None }
}

fn share(value: f64) -> Entry {
    Entry::number(format!("{:.1} %", 100.0 * value), value)
}

/// A number with three decimals, or with three digits where it is small.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 { format!("{value:.2e}") } else { format!("{value:.3}") }
}

pub(super) fn interval_text(interval: Interval) -> String {
    format!("{} to {}", number(interval.low), number(interval.high))
}
