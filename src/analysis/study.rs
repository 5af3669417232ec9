//! One benchmark of some results, seen by one reported metric.

use rayon::prelude::*;

use super::law::{Law, law};
use super::view::{By, Over, View};
use crate::base::{Digest, Hasher, nearest};
use crate::benchmark::{Benchmark, Missing};
use crate::experiment::{
    CellResults, Ends, ExperimentError, NamedStrategy, Results, Scores, Side, Step, Stop, Streams,
};
use crate::stats::sample;

/// One benchmark of some results, seen by one reported metric.
pub struct Study<'r> {
    /// The results, each with the benchmark's place in its plan: several where several folders have runs on the same benchmark.
    pub parts: Vec<(&'r Results, usize)>,
    /// The reported metric.
    pub by: By,
    /// How incumbents are scored.
    pub scores: Scores,
    /// The strategies that have a trial, in the order of the experiment.
    pub entries: Vec<Entry<'r>>,
    /// The strategies none of whose runs has a trial: there is nothing to draw or compare.
    pub silent: Vec<Entry<'r>>,
    /// The law of random search, where it can be told from the table alone.
    pub law: Option<Law>,
    /// The rows' means by the metric, the best first: what percentile ranks are counted in.
    ordered: Vec<f64>,
}

/// One strategy on a study's benchmark.
pub struct Entry<'r> {
    /// The results that it is part of.
    pub results: &'r Results,
    /// The stored runs.
    pub cell: &'r CellResults,
    /// The strategy's name.
    pub name: &'r str,
    /// What figures call it, with its folder where several have one title.
    pub title: String,
    /// What the incumbents of its runs did.
    pub runs: Vec<Trajectory>,
    /// How its runs ended.
    pub ends: Ends,
}

/// The incumbents of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// The changes of the incumbent.
    pub steps: Vec<Step>,
    /// How many trials the run has.
    pub trials: u32,
    /// When its last trial ended, in simulated seconds; 0 without cost.
    pub seconds: f64,
    /// Why it ended.
    pub stop: Option<Stop>,
}

/// What is measured of an incumbent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Regret, in percentage points for accuracies.
    Regret,
    /// Regret divided by that of the average architecture: 1 is the average, 0 the optimum.
    Normalised,
    /// The share of the table's architectures that are better, in percent.
    Percentile,
}

/// The studies that a view asks for.
///
/// # Errors
/// Says when no benchmark has what is to be shown, or names a benchmark that no results have.
pub fn studies<'r>(results: &'r [Results], view: &View) -> Result<Vec<Study<'r>>, ExperimentError> {
    check_names(results, view)?;
    check_folders(results)?;
    let shown: Vec<(&Results, usize)> =
        wanted(results, view).filter(|(results, place)| lacks(results, view, *place).is_none()).collect();
    if shown.is_empty() {
        return Err(nothing_to_show(results, view));
    }
    grouped(shown).into_par_iter().map(|parts| Study::new(&parts, view.by)).collect()
}

/// Puts the same benchmark of several results together: runs on it can be compared, wherever they were made. Where missing rows are
/// trained, regret depends on what was trained, so that results stay apart.
fn grouped(shown: Vec<(&Results, usize)>) -> Vec<Vec<(&Results, usize)>> {
    let mut groups: Vec<(serde_json::Value, Vec<(&Results, usize)>)> = Vec::new();
    for (results, place) in shown {
        let resolved = &results.plan.benchmarks[place].0.resolved;
        let benchmark = resolved.comparable();
        let same = groups.iter_mut().find(|(other, _)| resolved.missing != Missing::Train && *other == benchmark);
        match same {
            Some((_, parts)) => parts.push((results, place)),
            None => groups.push((benchmark, vec![(results, place)])),
        }
    }
    groups.into_iter().map(|(_, parts)| parts).collect()
}

/// What a view of these results leaves out, a sentence each: benchmarks that lack what is shown.
pub fn left_out(results: &[Results], view: &View) -> Vec<String> {
    let sentence = |(results, place): (&Results, usize)| {
        let name = &results.plan.benchmarks[place].0.resolved.name;
        let folder = results.folder.display();
        lacks(results, view, place)
            .map(|what| format!("benchmark `{name}` of `{folder}` is left out: it has no {what}"))
    };
    wanted(results, view).filter_map(sentence).collect()
}

/// The benchmarks that a view asks for.
fn wanted<'r>(results: &'r [Results], view: &View) -> impl Iterator<Item = (&'r Results, usize)> {
    let each = results.iter().flat_map(|results| (0..results.plan.benchmarks.len()).map(move |place| (results, place)));
    each.filter(|(results, place)| {
        let name = &results.plan.benchmarks[*place].0.resolved.name;
        view.benchmarks.is_empty() || view.benchmarks.contains(name)
    })
}

/// What a benchmark lacks of what a view shows.
fn lacks(results: &Results, view: &View, place: usize) -> Option<&'static str> {
    let resolved = &results.plan.benchmarks[place].0.resolved;
    if view.by == By::Test && resolved.test.is_none() {
        return Some("test metric");
    }
    if view.over == Over::Seconds && resolved.cost.is_empty() {
        return Some("cost in seconds");
    }
    if view.over == Over::Epochs && resolved.objective.epoch == 0 {
        return Some("epochs");
    }
    results.of_benchmark(place).all(|cell| cell.ends().is_empty()).then_some("run with a trial")
}

/// One folder given twice would compare runs with themselves.
fn check_folders(results: &[Results]) -> Result<(), ExperimentError> {
    let place = |results: &Results| std::fs::canonicalize(&results.folder).unwrap_or_else(|_| results.folder.clone());
    let places: Vec<_> = results.iter().map(place).collect();
    let twice = (1..places.len()).find(|&number| places[..number].contains(&places[number]));
    match twice {
        None => Ok(()),
        Some(number) => Err(ExperimentError::Folder {
            folder: results[number].folder.display().to_string(),
            what: "is given twice".into(),
            hint: Some("give each folder once".into()),
        }),
    }
}

fn check_names(results: &[Results], view: &View) -> Result<(), ExperimentError> {
    let benchmarks = results.iter().flat_map(|results| &results.plan.benchmarks);
    let known: Vec<&str> = benchmarks.map(|(benchmark, _)| benchmark.resolved.name.as_str()).collect();
    match view.benchmarks.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(ExperimentError::Folder {
            folder: folders(results),
            what: format!("no benchmark is called `{name}`; there are {}", known.join(", ")),
            hint: nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?")),
        }),
    }
}

fn nothing_to_show(results: &[Results], view: &View) -> ExperimentError {
    ExperimentError::Folder {
        folder: folders(results),
        what: format!("there is nothing to show: {}", left_out(results, view).join("; ")),
        hint: Some("try `--by valid --over trials`".into()),
    }
}

fn folders(results: &[Results]) -> String {
    results.iter().map(|results| results.folder.display().to_string()).collect::<Vec<_>>().join("`, `")
}

impl<'r> Study<'r> {
    /// Makes the study of one benchmark of some results; by the validation metric where it has no test metric.
    ///
    /// # Errors
    /// Names what the table lacks.
    ///
    /// # Panics
    /// Panics without results.
    pub fn new(parts: &[(&'r Results, usize)], by: By) -> Result<Self, ExperimentError> {
        let (results, place) = parts[0];
        let scores = Scores::new(results, place)?;
        let by = if scores.test.is_some() { by } else { By::Valid };
        let cells: Vec<(&Results, &CellResults)> = parts
            .iter()
            .flat_map(|&(results, place)| results.of_benchmark(place).map(move |cell| (results, cell)))
            .collect();
        let mut all: Vec<Entry<'_>> =
            cells.par_iter().map(|(results, cell)| Entry::new(results, cell, &scores)).collect();
        tell_apart(&mut all);
        let (silent, entries) = all.into_iter().partition(|entry| entry.ends.is_empty());
        let mut study = Self { parts: parts.to_vec(), by, scores, entries, silent, law: None, ordered: Vec::new() };
        study.law = law(study.benchmark(), study.side())?;
        study.ordered = ordered(study.side());
        Ok(study)
    }

    /// The benchmark.
    pub fn benchmark(&self) -> &'r Benchmark {
        let (results, place) = self.parts[0]; // a study has parts
        &results.plan.benchmarks[place].0
    }

    /// The benchmark's name.
    pub fn name(&self) -> &'r str {
        &self.benchmark().resolved.name
    }

    /// The benchmark's title; every output says so when strategies are told a test metric.
    pub fn title(&self) -> String {
        let resolved = &self.benchmark().resolved;
        if resolved.test_objective {
            format!("{} (told the test metric)", resolved.title)
        } else {
            resolved.title.clone()
        }
    }

    /// The reported metric with its reference values.
    pub fn side(&self) -> &Side {
        match self.by {
            By::Test => self.scores.test.as_ref().unwrap_or(&self.scores.valid),
            By::Valid => &self.scores.valid,
        }
    }

    /// The unit of regret: points for accuracies.
    pub fn unit(&self) -> &str {
        match self.side().reported.unit.as_str() {
            "percent" | "fraction" => "points",
            other => other,
        }
    }

    /// The value of an incumbent, or of the average architecture before there is one.
    pub fn value(&self, measure: Measure, row: Option<u32>) -> f64 {
        let regret = self.side().regret(row);
        match measure {
            Measure::Regret => regret,
            Measure::Normalised => self.normalised(regret),
            Measure::Percentile => self.percentile(regret),
        }
    }

    /// A regret divided by the average architecture's; 0 in a table whose architectures are all alike.
    pub fn normalised(&self, regret: f64) -> f64 {
        let average = self.side().regret(None);
        if average > 0.0 { regret / average } else { 0.0 }
    }

    /// The share of the table's measured architectures with less regret, in percent.
    pub fn percentile(&self, regret: f64) -> f64 {
        let better = self.ordered.partition_point(|&other| other < regret);
        100.0 * better as f64 / self.ordered.len().max(1) as f64
    }

    /// The smallest positive regret in the table: the hardest target but the optimum.
    pub fn smallest_positive(&self) -> f64 {
        self.ordered.iter().copied().find(|regret| *regret > 0.0).unwrap_or(1e-3)
    }

    /// A measure of the final incumbents of a strategy, a value a run.
    pub fn finals(&self, entry: &Entry<'_>, measure: Measure) -> Vec<f64> {
        entry.runs.iter().map(|run| self.value(measure, run.steps.last().map(|step| step.row))).collect()
    }

    /// The strategies whose final incumbents can be compared: those without censored runs.
    pub fn compared(&self) -> impl Iterator<Item = &Entry<'r>> + Clone {
        self.entries.iter().filter(|entry| entry.ends.censored == 0)
    }

    /// What a reader should know of strategies: runs that ended early or have no trial, told values that are none of the table's; a sentence
    /// each.
    pub fn cautions(&self) -> Vec<String> {
        let all = self.entries.iter().chain(&self.silent);
        let sentences = |entry: &Entry<'_>| [entry.ends.sentence(), foreign_text(entry.cell)];
        let of_entry = |entry: &Entry<'_>| {
            let said = sentences(entry).into_iter().flatten();
            said.map(|sentence| format!("{} on {}: {sentence}", entry.title, self.title())).collect::<Vec<_>>()
        };
        all.flat_map(of_entry).collect()
    }

    /// Whether the runs of a strategy ended early or have no trial.
    pub fn has_early_ends(&self) -> bool {
        self.entries.iter().chain(&self.silent).any(|entry| !entry.ends.words().is_empty())
    }

    /// How far on an axis all runs of a strategy were followed: to the end of the first censored one. `None` where none is censored.
    pub fn followed(&self, entry: &Entry<'_>, over: Over) -> Option<f64> {
        let censored = entry.runs.iter().filter(|run| run.stop == Some(Stop::Censored));
        censored.map(|run| self.place_of(over, run.trials, run.seconds)).min_by(f64::total_cmp)
    }

    /// A run's incumbents as steps of a measure over an axis.
    pub fn steps<'t>(
        &'t self,
        run: &'t Trajectory,
        measure: Measure,
        over: Over,
    ) -> impl Iterator<Item = (f64, f64)> + 't {
        run.steps.iter().map(move |step| {
            (self.place_of(over, step.trials, step.end.seconds()), self.value(measure, Some(step.row)))
        })
    }

    /// A measure of a strategy's runs at the points of a grid: a column a point, with a value a run.
    pub fn columns(&self, entry: &Entry<'_>, measure: Measure, over: Over, grid: &[f64]) -> Vec<Vec<f64>> {
        let mut columns = vec![Vec::with_capacity(entry.runs.len()); grid.len()];
        let initial = self.value(measure, None);
        for run in &entry.runs {
            let values = sample(self.steps(run, measure, over), initial, grid);
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        }
        columns
    }

    /// Where the end of a trial lies on an axis; every trial trains the objective's epochs.
    pub fn place_of(&self, over: Over, trials: u32, seconds: f64) -> f64 {
        match over {
            Over::Trials => f64::from(trials),
            Over::Epochs => f64::from(trials) * f64::from(self.benchmark().resolved.objective.epoch),
            Over::Seconds => seconds,
        }
    }

    /// What the random numbers of a statistic on this study are keyed by: the results' digest, the statistic and the benchmark.
    pub fn key(&self, statistic: &str) -> Digest {
        let mut hasher = Hasher::default();
        self.parts.iter().for_each(|(results, _)| _ = hasher.part("results", &results.digest().0));
        hasher.part("statistic", statistic.as_bytes());
        hasher.part("metric", self.by.name().as_bytes()).part("benchmark", self.name().as_bytes()).finish()
    }
}

impl<'r> Entry<'r> {
    fn new(results: &'r Results, cell: &'r CellResults, scores: &Scores) -> Self {
        let strategy = results.plan.strategy(cell.cell);
        let trajectory = |run: crate::experiment::Run<'_>| Trajectory {
            steps: scores.steps(run).collect(),
            trials: run.row.len() as u32,
            seconds: run.end.last().map_or(0.0, |&nanos| nanos as f64 / 1e9),
            stop: run.stop,
        };
        let (name, title) = (strategy.name.as_str(), strategy.title.clone());
        Self { results, cell, name, title, runs: cell.runs().map(trajectory).collect(), ends: cell.ends() }
    }

    /// What its runs' random streams are drawn from.
    pub fn streams(&self) -> Streams<'r> {
        Streams::of(self.results, self.cell)
    }

    /// The strategy as the results name it.
    pub fn strategy(&self) -> &'r NamedStrategy {
        self.results.plan.strategy(self.cell.cell)
    }
}

/// How many told values are those of no training of the table, if any are.
pub fn foreign_text(cell: &CellResults) -> Option<String> {
    let (foreign, all) = (cell.foreign(), cell.trials());
    (foreign > 0).then(|| {
        format!("{foreign} of {all} told values are those of no training of the table: its incumbents were chosen by values that nobody else was told")
    })
}

/// Strategies of one title get the name of their folder, then their own name, and at last a number, until all differ.
fn tell_apart(entries: &mut [Entry<'_>]) {
    append_where_equal(entries, |entry, _| entry.results.label());
    append_where_equal(entries, |entry, _| entry.name.to_owned());
    append_where_equal(entries, |_, number| number.to_string());
}

fn append_where_equal(entries: &mut [Entry<'_>], more: impl Fn(&Entry<'_>, usize) -> String) {
    let titles: Vec<String> = entries.iter().map(|entry| entry.title.clone()).collect();
    for (place, entry) in entries.iter_mut().enumerate() {
        if titles.iter().filter(|title| **title == entry.title).count() > 1 {
            let number = titles[..place].iter().filter(|title| **title == entry.title).count() + 1;
            entry.title = format!("{} ({})", entry.title, more(entry, number));
        }
    }
}

/// The regrets of all measured rows, the best first.
fn ordered(side: &Side) -> Vec<f64> {
    let means = side.reported.means.iter().filter(|mean| !mean.is_nan());
    let mut regrets: Vec<f64> = means.map(|&mean| side.reported.regret(&side.level, mean)).collect();
    regrets.sort_unstable_by(f64::total_cmp);
    regrets
}
