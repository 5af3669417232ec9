//! A report of results: numbers, figures and the page that shows them.

use super::checklist::{Item, checklist, checklist_table};
use super::comparison::{Comparison, comparisons};
use super::drawn::{Drawn, draw_all, page_figure};
use super::grid::{Entry, Grid, Head};
use super::outcome::{Outcome, outcomes, run_lengths};
use super::page::{Attachment, Block, Page, Section};
use super::preflight::{ONE_STRATEGY, preflight};
use super::tables::{comparison_table, effort_table, number, results_table, run_length_table};
use crate::analysis::{By, Over, Study, TableNoise, View, left_out, studies, table_noise};
use crate::base::counted;
use crate::experiment::{ExperimentError, Results};
use crate::figure::FigureError;

/// Everything that a report says, before it is written.
pub struct Report {
    /// The title.
    pub title: String,
    /// The outcomes of all strategies on all benchmarks.
    pub outcomes: Vec<Outcome>,
    /// All pairs of strategies.
    pub comparisons: Vec<Comparison>,
    /// The tables.
    pub tables: Tables,
    /// What the design cannot show, and what is to be read with care.
    pub caveats: Vec<String>,
    /// What stands beside every interval: the table's own noise.
    pub notes: Vec<String>,
    /// The checklist.
    pub checklist: Vec<Item>,
    /// The figures.
    pub figures: Vec<Drawn>,
    /// Figures that these results cannot carry, a sentence each.
    pub refused: Vec<String>,
}

/// The tables of a report.
pub struct Tables {
    /// Final regret.
    pub results: Grid,
    /// Value, areas, and random search's level.
    pub effort: Grid,
    /// Run-length targets.
    pub run_lengths: Grid,
    /// All pairs of strategies.
    pub comparisons: Grid,
}

impl Tables {
    /// The tables with the names of their files.
    pub fn named(&self) -> [(&'static str, &Grid); 4] {
        [
            ("results", &self.results),
            ("effort", &self.effort),
            ("run-lengths", &self.run_lengths),
            ("comparisons", &self.comparisons),
        ]
    }
}

/// The studies that a report's tables are made of.
///
/// # Errors
/// As [`studies`].
pub fn report_studies(results: &[Results]) -> Result<Vec<Study<'_>>, ExperimentError> {
    studies(results, &View { over: Over::Trials, by: By::usual(results, &[]), benchmarks: Vec::new() })
}

impl Report {
    /// Computes everything.
    ///
    /// # Errors
    /// Names what the tables lack.
    pub fn of(results: &[Results], studies: &[Study<'_>]) -> Result<Self, ExperimentError> {
        let noise: Vec<Option<TableNoise>> = studies.iter().map(table_noise).collect::<Result<_, _>>()?;
        let (outcomes, (comparisons, figures)) = rayon::join(
            || outcomes(studies),
            || rayon::join(|| comparisons(studies, &noise), || draw_all(results, studies)),
        );
        let (figures, refused) = figures?;
        let mut caveats = Vec::new();
        for one in results {
            let runs = one.cells.iter().map(|cell| cell.len()).min().unwrap_or(0);
            let alone = |sentence: &String| results.len() > 1 && sentence == ONE_STRATEGY; // there are others in other folders
            let new = preflight(&one.plan, runs)
                .into_iter()
                .filter(|sentence| !caveats.contains(sentence) && !alone(sentence))
                .collect::<Vec<_>>();
            caveats.extend(new);
        }
        caveats.extend(left_out(
            results,
            &View { over: Over::Trials, by: By::usual(results, &[]), benchmarks: Vec::new() },
        ));
        let benchmarks = || studies.iter().map(Study::benchmark);
        caveats.extend(benchmarks().filter_map(|benchmark| benchmark.training_text()).map(|text| text + "."));
        caveats.extend(benchmarks().filter_map(|benchmark| benchmark.sampler_text()).map(|text| text + "."));
        caveats.extend(benchmarks().filter_map(|benchmark| benchmark.charge_text()).map(|text| text + "."));
        caveats.extend(studies.iter().flat_map(Study::cautions).map(|sentence| sentence + "."));
        caveats.extend(degenerate_sentences(studies, &outcomes));
        let told = studies.iter().map(|study| study.benchmark().told_text() + ".");
        let of_noise = studies.iter().zip(&noise).map(|(study, noise)| noise_sentence(study, noise.as_ref()));
        let notes = told.chain(of_noise).collect();
        let names: Vec<&str> = results.iter().map(|results| results.manifest.name.as_str()).collect();
        let tables = Tables {
            results: results_table(studies, &outcomes, &comparisons),
            effort: effort_table(studies, &outcomes),
            run_lengths: run_length_table(studies, &run_lengths(studies)),
            comparisons: comparison_table(studies, &comparisons),
        };
        Ok(Self {
            title: names.join(", "),
            tables,
            outcomes,
            comparisons,
            caveats,
            notes,
            checklist: checklist(results, studies),
            figures,
            refused,
        })
    }

    /// The page.
    ///
    /// # Errors
    /// A figure that cannot be drawn.
    pub fn page(&self, results: &[Results], studies: &[Study<'_>]) -> Result<Page, FigureError> {
        let Tables { results: regret, effort, run_lengths, comparisons } = &self.tables;
        let over_time = self.figures_of(|drawn| drawn.kind.has_time)?;
        let of_ends = self.figures_of(|drawn| !drawn.kind.has_time)?;
        let figures = |blocks: Vec<Block>, more: Vec<Block>| blocks.into_iter().chain(more).collect::<Vec<_>>();
        let mut caveats: Vec<Block> = self.caveats.iter().cloned().map(Block::Warning).collect();
        caveats.push(Block::List(self.notes.clone()));
        let refused = if self.refused.is_empty() { Vec::new() } else { vec![Block::List(self.refused.clone())] };
        let checklist = vec![Block::Table(checklist_table(&self.checklist))];
        let sections = [
            ("results", "Results", [regret, effort, run_lengths].map(|grid| Block::Table(grid.clone())).to_vec()),
            ("caveats", "What these results cannot show", caveats),
            ("over-time", "Over time", over_time),
            ("at-the-end", "At the end", figures(of_ends, refused)),
            ("comparisons", "Comparisons", vec![Block::Table(comparisons.clone())]),
            ("checklist", "Checklist", checklist),
            ("set-up", "Set-up", set_up(results, studies)),
        ];
        let section = |(id, heading, blocks): (&str, &str, Vec<Block>)| Section {
            id: id.into(),
            heading: heading.into(),
            blocks,
        };
        Ok(Page {
            title: self.title.clone(),
            lead: lead(results, studies),
            sections: sections.into_iter().map(section).collect(),
            files: attachments(results),
        })
    }

    /// The page's figures of some kinds, one for all variants of a kind.
    fn figures_of(&self, is_wanted: impl Fn(&Drawn) -> bool) -> Result<Vec<Block>, FigureError> {
        let mut blocks = Vec::new();
        for kind in &crate::figure::KINDS {
            let drawn: Vec<&Drawn> =
                self.figures.iter().filter(|drawn| drawn.kind.name == kind.name && is_wanted(drawn)).collect();
            blocks.extend(page_figure(&drawn)?.map(Block::Figure));
        }
        Ok(blocks)
    }
}

fn lead(results: &[Results], studies: &[Study<'_>]) -> Vec<String> {
    let strategies: std::collections::BTreeSet<&str> =
        studies.iter().flat_map(|study| &study.entries).map(|entry| entry.title.as_str()).collect();
    let counts = studies.iter().flat_map(|study| &study.entries).map(|entry| entry.runs.len());
    let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    let runs = if least == most { format!("{most}") } else { format!("{least} to {most}") };
    let metric = if By::usual(results, &[]) == By::Test { "test" } else { "validation" };
    let versions = results.first().map(|results| &results.manifest.versions);
    let digests: Vec<String> = results.iter().map(|results| format!("`{}`", results.digest().short())).collect();
    vec![
        format!(
            "{} on {}, {runs} runs each, by {metric} regret: the best mean over trainings in the table minus that of the incumbent, \
             which is chosen only by what the strategy was told.",
            strategies_counted(strategies.len()),
            counted(studies.len(), "benchmark"),
        ),
        format!(
            "Made by nasreplay {} (rules {}) from results with digest {}.",
            versions.map_or("", |versions| &versions.nasreplay),
            versions.map_or(0, |versions| versions.rules),
            digests.join(", ")
        ),
    ]
}

fn strategies_counted(count: usize) -> String {
    if count == 1 { "1 strategy".to_owned() } else { format!("{count} strategies") }
}

/// Intervals that are not to be trusted, with their reason.
fn degenerate_sentences(studies: &[Study<'_>], outcomes: &[Outcome]) -> Vec<String> {
    let sentence = |outcome: &Outcome| {
        let reason = outcome.degenerate.as_ref()?;
        let study = &studies[outcome.study];
        Some(format!("{} on {}: {reason}.", study.entries[outcome.entry].title, study.title()))
    };
    outcomes.iter().filter_map(sentence).collect()
}

fn noise_sentence(study: &Study<'_>, noise: Option<&TableNoise>) -> String {
    let title = study.title();
    match noise {
        None => format!(
            "{title}: the table has no repeated trainings, so that its noise is unknown; no interval contains it."
        ),
        Some(noise) => format!(
            "{title}: among the best 1 % of architectures, trainings of one architecture differ by {} {} (standard deviation of `{}`{}); a mean of {:.1} trainings is \
             uncertain by {}, which no interval here contains. Differences within {} count as none.",
            number(noise.sigma),
            study.unit(),
            noise.metric,
            if noise.substitute { ", since the reported metric has no repeated trainings" } else { "" },
            noise.replicates,
            number(noise.error_of_mean()),
            number(noise.margin()),
        ),
    }
}

/// Tables, digests, and the files that made the results.
fn set_up(results: &[Results], studies: &[Study<'_>]) -> Vec<Block> {
    let columns = vec![
        Head::text("benchmark"),
        Head::text("strategy"),
        Head::text("trajectories"),
        Head::text("table"),
        Head::number("trials a run"),
        Head::number("duplicates a run"),
        Head::number("invalid a run"),
    ];
    let mut grid = Grid::new("Digests of the trajectories and of the tables.", columns);
    for (study, entry) in studies.iter().flat_map(|study| study.entries.iter().map(move |entry| (study, entry))) {
        let a_run = |of: fn(crate::experiment::Run<'_>) -> f64| {
            let value = entry.cell.runs().map(of).sum::<f64>() / entry.cell.len() as f64;
            Entry::number(format!("{value:.1}"), value)
        };
        grid.push(vec![
            Entry::text(study.title()),
            Entry::text(entry.title.clone()),
            Entry::text(format!("`{}`", entry.cell.digest().short())),
            Entry::text(format!("`{}`", study.benchmark().table.digest().short())),
            a_run(|run| run.row.len() as f64),
            a_run(|run| f64::from(run.duplicates)),
            a_run(|run| f64::from(run.invalid)),
        ]);
    }
    let mut blocks = vec![Block::Table(grid)];
    for one in results {
        let text = one.experiment_text();
        blocks.push(Block::Text { heading: format!("`experiment.toml` of {}", one.manifest.name), text });
    }
    blocks
}

fn attachments(results: &[Results]) -> Vec<Attachment> {
    let mut files = Vec::new();
    for (place, one) in results.iter().enumerate() {
        let name = |file: &str| if results.len() > 1 { format!("{}-{file}", place + 1) } else { file.to_owned() };
        files.push(Attachment {
            name: name("experiment.toml"),
            media_type: "application/toml".into(),
            text: one.experiment_text(),
        });
        files.push(Attachment {
            name: name("manifest.json"),
            media_type: "application/json".into(),
            text: one.manifest.text(),
        });
    }
    files
}
