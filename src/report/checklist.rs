//! The NAS best-practice checklist (Lindauer and Hutter, JMLR 21(243), 2020), with what the results themselves show of each item, and
//! "not stated" where only a person can answer.

use std::collections::BTreeSet;

use super::grid::{Entry, Grid, Head, Mark};
use crate::analysis::Study;
use crate::benchmark::Missing;
use crate::experiment::{NamedStrategy, Results, Statement};

/// How an item of the checklist stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The results show it.
    Shown,
    /// A person said so in the experiment file.
    Stated,
    /// The results show that it does not hold.
    Failed,
    /// Only a person can answer, and nobody did.
    NotStated,
}

/// An item with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The item's number in the paper.
    pub number: &'static str,
    /// What is asked, in short.
    pub question: &'static str,
    /// How it stands.
    pub status: Status,
    /// What shows it.
    pub evidence: String,
}

impl Status {
    fn words(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Stated => "stated",
            Self::Failed => "FAILED",
            Self::NotStated => "not stated",
        }
    }
}

/// The checklist of some results.
pub fn checklist(results: &[Results], studies: &[Study<'_>]) -> Vec<Item> {
    let statement = results.iter().map(Results::statement).find(|statement| *statement != Statement::default());
    let statement = statement.unwrap_or_default();
    let shown = |number, question, evidence: String| Item { number, question, status: Status::Shown, evidence };
    let asked = |number, question, answer: &Option<String>, key: &str| Item {
        number,
        question,
        status: if answer.is_some() { Status::Stated } else { Status::NotStated },
        evidence: answer.clone().unwrap_or_else(|| format!("set `{key}` under `[statement]` in the experiment file")),
    };
    vec![
        shown("1.1", "code of the training pipeline", pipeline(results)),
        shown("1.2", "code of the search space", spaces(results)),
        shown("1.3", "hyperparameters and seeds of the final evaluation", protocol(results)),
        match own_code(results).filter(|_| statement.code.is_none()) {
            Some(evidence) => shown("1.4", "code of the NAS methods", evidence),
            None => asked("1.4", "code of the NAS methods", &statement.code, "code"),
        },
        settings(results),
        same_benchmark(results),
        shown("2.2", "confounding factors (hardware, libraries, run time)", confounders(results)),
        asked("2.3", "ablation studies", &statement.ablations, "ablations"),
        shown("2.4", "the same evaluation protocol", incumbents(results)),
        shown(
            "2.5",
            "performance over time",
            "regret over trials and, where trials cost time, over simulated time".into(),
        ),
        random_search(results, studies),
        runs(results),
        shown("2.8", "tabular or surrogate benchmarks for depth", sources(results)),
        asked("3.1", "how hyperparameters were tuned, with time and resources", &statement.tuning, "tuning"),
        shown("3.2", "time of the whole method", end_to_end(results)),
        shown("3.3", "all details of the set-up", set_up(results)),
    ]
}

/// The checklist as a table.
pub fn checklist_table(items: &[Item]) -> Grid {
    let columns = vec![Head::text("item"), Head::text("question"), Head::text("status"), Head::text("evidence")];
    let mut grid = Grid::new("NAS best-practice checklist (Lindauer and Hutter, JMLR 2020).", columns);
    for item in items {
        let mark = if matches!(item.status, Status::Failed | Status::NotStated) { Mark::Warning } else { Mark::None };
        grid.push(vec![
            Entry::text(item.number),
            Entry::text(item.question),
            Entry::text(item.status.words()).marked(mark),
            Entry::text(item.evidence.clone()),
        ]);
    }
    grid
}

/// The benchmarks of all results.
fn benchmarks(results: &[Results]) -> impl Iterator<Item = &crate::benchmark::Benchmark> {
    results.iter().flat_map(|results| &results.plan.benchmarks).map(|(benchmark, _)| benchmark)
}

/// What all benchmarks say, each thing once.
fn each(results: &[Results], say: impl Fn(&crate::benchmark::Benchmark) -> String) -> String {
    let mut said: Vec<String> = Vec::new();
    for text in benchmarks(results).map(say) {
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said.join("; ")
}

fn pipeline(results: &[Results]) -> String {
    each(results, |benchmark| {
        let provenance = benchmark.table.provenance();
        format!("table `{}`: {}; licence {}", benchmark.resolved.table.name, provenance.origin, provenance.licence)
    })
}

fn spaces(results: &[Results]) -> String {
    each(results, |benchmark| {
        let table = &benchmark.table;
        format!(
            "space `{}`, {} architectures, {} in the table",
            table.space().name(),
            table.space().size(),
            table.rows()
        )
    })
}

fn protocol(results: &[Results]) -> String {
    each(results, |benchmark| {
        let valid = &benchmark.resolved.valid;
        let labels = benchmark.column(valid).map(|(column, _)| column.metric().labels.join(", ")).unwrap_or_default();
        format!("`{}` at schedule {}, epoch {}, trainings {labels}", valid.metric, valid.schedule, valid.epoch)
    })
}

/// Strategies of this program are its own code.
fn own_code(results: &[Results]) -> Option<String> {
    let all = results.iter().flat_map(|results| &results.plan.strategies);
    let own = all.clone().all(|strategy| strategy.imported.is_none());
    let version = results.first().map_or("", |results| &results.manifest.versions.nasreplay);
    own.then(|| format!("all strategies are part of nasreplay {version}"))
}

fn settings(results: &[Results]) -> Item {
    let seeds: BTreeSet<u64> = results.iter().map(|results| results.manifest.seed).collect();
    let seeds = seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let mut imported =
        results.iter().flat_map(|results| &results.plan.strategies).filter(|strategy| strategy.imported.is_some());
    let (status, evidence) = match imported.next() {
        None => (
            Status::Shown,
            format!(
                "all settings stand in the manifest; experiment seed {seeds}; every stream is derived from it, benchmark, strategy and run"
            ),
        ),
        Some(first) => {
            (Status::NotStated, format!("`{}` ran elsewhere: its settings and seeds are not known here", first.name))
        }
    };
    Item { number: "1.5", question: "hyperparameters and seeds of the NAS methods", status, evidence }
}

/// Benchmarks of one name must be one benchmark, whatever folder they are in.
fn same_benchmark(results: &[Results]) -> Item {
    let mut seen: Vec<(&str, serde_json::Value)> = Vec::new();
    let mut split: Vec<&str> = Vec::new();
    for benchmark in benchmarks(results) {
        let (name, own) = (benchmark.resolved.name.as_str(), benchmark.resolved.comparable());
        match seen.iter().find(|(other, _)| *other == name) {
            Some((_, other)) if *other != own => split.push(name),
            Some(_) => {}
            None => seen.push((name, own)),
        }
    }
    let (status, evidence) = match split.as_slice() {
        [] => {
            let tables: BTreeSet<String> =
                benchmarks(results).map(|benchmark| benchmark.table.digest().short()).collect();
            let tables = tables.into_iter().collect::<Vec<_>>().join(", ");
            (Status::Shown, format!("every strategy of a benchmark ran on one table by one protocol; digests {tables}"))
        }
        names => (Status::Failed, format!("benchmarks of one name differ between folders: {}", names.join(", "))),
    };
    Item { number: "2.1", question: "same data, split, space and training code for all", status, evidence }
}

fn confounders(results: &[Results]) -> String {
    let timed = benchmarks(results).all(|benchmark| !benchmark.resolved.cost.is_empty());
    let clock = if timed {
        "one simulated clock for all, of the table's training times"
    } else {
        "trials are counted; not every benchmark has a clock"
    };
    let shared: Vec<String> = benchmarks(results).filter_map(|benchmark| benchmark.charge_text()).collect();
    let shared = if shared.is_empty() { String::new() } else { format!("; {}", shared.join("; ")) };
    format!("{clock}; a strategy's own thinking time is not part of it{shared}")
}

fn incumbents(results: &[Results]) -> String {
    let told = each(results, |benchmark| {
        let objective = &benchmark.resolved.objective;
        format!("told `{}` at schedule {}, epoch {}", objective.metric, objective.schedule, objective.epoch)
    });
    let test = benchmarks(results).any(|benchmark| benchmark.resolved.test_objective);
    let foreign = results.iter().flat_map(|results| &results.cells).filter(|cell| cell.foreign() > 0).count();
    let foreign = match foreign {
        0 => String::new(),
        count => format!("; {count} imported strategies were told values that are those of NO training of the table"),
    };
    let peeked = if test { "; some benchmarks told the TEST metric" } else { "; no strategy can see a test metric" };
    format!(
        "the incumbent is the best told value, scored by the mean of the table's trainings; {told}{peeked}{foreign}"
    )
}

fn random_search(results: &[Results], studies: &[Study<'_>]) -> Item {
    let all = results.iter().flat_map(|results| &results.plan.strategies);
    let is_random = |strategy: &&NamedStrategy| {
        strategy.settings.as_ref().is_some_and(|settings| settings.kind() == "random-search")
    };
    let exact = studies.iter().all(|study| study.law.is_some());
    let (status, evidence) = match (exact, all.filter(is_random).count() > 0) {
        (true, true) => (Status::Shown, "computed exactly from the tables, and run as a strategy"),
        (true, false) => (Status::Shown, "computed exactly from the tables"),
        (false, true) => (Status::Shown, "run as a strategy"),
        (false, false) => {
            (Status::Failed, "no random search was run, and not every benchmark's can be computed from its table")
        }
    };
    Item { number: "2.6", question: "comparison with random search", status, evidence: evidence.into() }
}

fn runs(results: &[Results]) -> Item {
    let counts: Vec<usize> = results.iter().flat_map(|results| &results.cells).map(|cell| cell.len()).collect();
    let (least, most) = (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0));
    let status = if least < 2 { Status::Failed } else { Status::Shown };
    let counted = if least == most { format!("{most}") } else { format!("{least} to {most}") };
    Item {
        number: "2.7",
        question: "several runs, seeds reported",
        status,
        evidence: format!("{counted} runs a strategy and benchmark, numbered from 0{}", ends_text(results)),
    }
}

/// How many runs ended early, if any did.
fn ends_text(results: &[Results]) -> String {
    let cells = || results.iter().flat_map(|results| &results.cells).map(|cell| cell.ends());
    let (early, silent): (u32, u32) = (cells().map(|ends| ends.early()).sum(), cells().map(|ends| ends.no_trial).sum());
    if early + silent == 0 { String::new() } else { format!("; {early} ended early, {silent} have no trial") }
}

fn sources(results: &[Results]) -> String {
    let trained = benchmarks(results).any(|benchmark| benchmark.resolved.missing == Missing::Train);
    let imported = results
        .iter()
        .flat_map(|results| &results.plan.strategies)
        .filter(|strategy| strategy.imported.is_some())
        .count();
    let trained =
        if trained { "tables, and architectures trained here where the table lacks them" } else { "tables only" };
    let imported = if imported > 0 {
        format!("; of the strategies {imported} ran elsewhere, scored again here")
    } else {
        String::new()
    };
    let how: Vec<String> = benchmarks(results).filter_map(|benchmark| benchmark.training_text()).collect();
    let how = if how.is_empty() { String::new() } else { format!("; {}", how.join("; ")) };
    format!("{trained}{imported}{how}")
}

fn end_to_end(results: &[Results]) -> String {
    let timed = benchmarks(results).all(|benchmark| !benchmark.resolved.cost.is_empty());
    let search = if timed { "simulated search time of every run is stored" } else { "not every benchmark has a cost" };
    format!("{search}; the final training of the incumbent is not added")
}

fn set_up(results: &[Results]) -> String {
    let digests: Vec<String> = results.iter().map(|results| results.digest().short()).collect();
    format!(
        "experiment file and manifest are part of this report; digest of all trajectories {}; `nasreplay verify` repeats what was replayed here",
        digests.join(", ")
    )
}
