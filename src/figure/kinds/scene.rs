//! What every kind of figure is made from: studies, options, and the looks of the strategies.

use rayon::prelude::*;

use crate::analysis::{By, Entry, Measure, Over, Study, View};
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Figure, Panel, Quantity, Style};
use crate::stats::Centre;

/// Points of a drawn curve.
pub(super) const POINTS: usize = 256;

/// Resamples of a band.
pub(super) const BAND_RESAMPLES: usize = 2_000;

/// Resamples of single numbers.
pub(super) const RESAMPLES: usize = 10_000;

/// Width of a figure with one panel, and of one with more, in inches.
const WIDTHS: (f64, f64) = (3.3, 6.75);

/// What a figure shows of its studies.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Which benchmarks, by which metric, over which axis.
    pub view: View,
    /// The centre of curves.
    pub centre: Centre,
    /// What the band around it is.
    pub spread: Spread,
    /// Whether regret is on a logarithmic axis.
    pub log: bool,
    /// Resamples data sets too where several are pooled: a claim about others like them.
    pub task_bootstrap: bool,
    /// Draws a critical-difference diagram of fewer data sets than it takes, with a note.
    pub force: bool,
}

/// What a band shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// The 95 % percentile bootstrap interval of the centre, point by point.
    Interval,
    /// The 95 % bootstrap band that holds the whole curve at once.
    Simultaneous,
    /// From the lower to the upper quartile of the runs.
    Quartiles,
    /// The sample standard deviation of the runs on both sides.
    Deviation,
    /// The standard error of the mean on both sides.
    Error,
    /// From the best to the worst run.
    Range,
    /// No band.
    None,
}

impl Spread {
    /// The band in a caption.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Interval => {
                "bands are 95 % percentile bootstrap intervals over whole runs (2,000 resamples, point by point)"
            }
            Self::Simultaneous => {
                "bands hold the whole curve with 95 % confidence (bootstrap over whole runs, 2,000 resamples)"
            }
            Self::Quartiles => "bands reach from the lower to the upper quartile of the runs",
            Self::Deviation => "bands are one standard deviation of the runs on both sides",
            Self::Error => "bands are one standard error of the mean on both sides",
            Self::Range => "bands reach from the best to the worst run",
            Self::None => "no bands are drawn",
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            view: View { over: Over::Trials, by: By::Test, benchmarks: Vec::new() },
            centre: Centre::Mean,
            spread: Spread::Interval,
            log: true,
            task_bootstrap: false,
            force: false,
        }
    }
}

/// A number of runs, or the least and the most.
fn counted_runs(counts: impl Iterator<Item = usize> + Clone) -> String {
    let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    if least == most {
        format!("n = {most} runs a strategy and benchmark")
    } else {
        format!("n = {least} to {most} runs")
    }
}

/// A sentence that begins with a capital letter.
fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Studies with what a figure shows of them.
pub struct Scene<'s> {
    /// The studies, a panel each.
    pub studies: &'s [Study<'s>],
    /// What is shown.
    pub options: &'s Options,
}

impl<'s> Scene<'s> {
    /// The horizontal axis.
    pub(super) fn over(&self) -> Over {
        self.options.view.over
    }

    /// The look of a strategy: the same in all panels, by the order of titles over all studies.
    pub(super) fn style(&self, title: &str) -> Style {
        let titles = self.titles();
        Style::strategy(titles.iter().position(|known| *known == title).unwrap_or(titles.len()))
    }

    /// The titles of all strategies, in the order of their looks.
    pub(super) fn titles(&self) -> Vec<&'s str> {
        let mut titles: Vec<&str> = Vec::new();
        for study in self.studies {
            for entry in &study.entries {
                if !titles.contains(&entry.title.as_str()) {
                    titles.push(&entry.title);
                }
            }
        }
        titles
    }

    /// A study's title, with its folder where another study has the same.
    pub(super) fn title(&self, study: &Study<'_>) -> String {
        let title = study.title();
        let several = self.studies.iter().filter(|other| other.title() == title).count() > 1;
        if several { format!("{title} ({})", study.parts[0].0.label()) } else { title } // a study has parts
    }

    /// A figure of usual width; its caption says which runs ended early.
    pub(super) fn figure(&self, panels: Vec<Panel>, mut caption: String) -> Figure {
        let width = if panels.len() == 1 { WIDTHS.0 } else { WIDTHS.1 };
        let benchmarks = || self.studies.iter().map(|study| study.benchmark());
        let said = benchmarks()
            .flat_map(|benchmark| [benchmark.training_text(), benchmark.sampler_text(), benchmark.charge_text()]);
        said.flatten().for_each(|sentence| caption += &format!(" {}.", capitalised(&sentence)));
        self.studies.iter().flat_map(|study| study.cautions()).for_each(|sentence| caption += &format!(" {sentence}."));
        Figure { caption, ..Figure::new(width, panels) }
    }

    /// The panels of the studies that can carry one; refused where none can.
    pub(super) fn panels(
        &self,
        make: impl Fn(&Study<'_>) -> Result<Option<Panel>, ExperimentError> + Sync + Send,
        what: &str,
        hint: &str,
    ) -> Result<Vec<Panel>, ExperimentError> {
        let panels: Vec<Option<Panel>> = self.studies.par_iter().map(make).collect::<Result<_, _>>()?;
        let panels: Vec<Panel> = panels.into_iter().flatten().collect();
        if panels.is_empty() { Err(self.refusal(what, hint)) } else { Ok(panels) }
    }

    /// The strategies whose final incumbents can be compared in every study, by title, each with its entries in the order of the studies.
    pub(super) fn common(&self) -> Vec<(&'s str, Vec<&'s Entry<'s>>)> {
        let entries = |title: &str| -> Option<Vec<&'s Entry<'s>>> {
            self.studies.iter().map(|study| study.compared().find(|entry| entry.title == title)).collect()
        };
        self.titles().into_iter().filter_map(|title| Some((title, entries(title)?))).collect()
    }

    /// As [`Scene::common`], refused where there is none.
    pub(super) fn common_or_refuse(&self) -> Result<Vec<(&'s str, Vec<&'s Entry<'s>>)>, ExperimentError> {
        let common = self.common();
        if common.is_empty() {
            let hint = "choose benchmarks that have strategies of one title in common: --benchmark NAME";
            return Err(self.refusal("no strategy is common to all benchmarks, over which this figure pools", hint));
        }
        Ok(common)
    }

    /// What a stratified bootstrap resamples, in a caption.
    pub(super) fn resampled(&self) -> &'static str {
        if self.options.task_bootstrap {
            "benchmarks resampled, and runs within each"
        } else {
            "runs resampled within each benchmark"
        }
    }

    /// A measure of the final incumbents of some entries, in the order of the studies.
    pub(super) fn finals(&self, entries: &[&Entry<'_>], measure: Measure) -> Vec<Vec<f64>> {
        self.studies.iter().zip(entries).map(|(study, entry)| study.finals(entry, measure)).collect()
    }

    /// The horizontal axis over which runs are followed.
    pub(super) fn x_axis(&self) -> Axis {
        match self.over() {
            Over::Trials => Axis::log("Trials", Quantity::Count),
            Over::Epochs => Axis::log("Trained epochs", Quantity::Count),
            Over::Seconds => Axis::log("Simulated time", Quantity::Seconds),
        }
    }

    /// How many runs stand behind a figure of final values, and which strategies it leaves out, in a caption.
    pub(super) fn runs_compared(&self) -> String {
        let censored = self.studies.iter().flat_map(|study| &study.entries).filter(|entry| entry.ends.censored > 0);
        let mut titles: Vec<&str> = censored.map(|entry| entry.title.as_str()).collect();
        titles.dedup();
        let counts = counted_runs(self.studies.iter().flat_map(|study| study.compared()).map(|entry| entry.runs.len()));
        match titles.is_empty() {
            true => counts,
            false => format!("{counts}; left out, since runs of theirs are censored: {}", titles.join(", ")),
        }
    }

    /// How many runs stand behind the figure, in a caption.
    pub(super) fn runs(&self) -> String {
        counted_runs(self.studies.iter().flat_map(|study| &study.entries).map(|entry| entry.runs.len()))
    }

    /// The metric's name at the beginning of a label.
    pub(super) fn metric(&self) -> &'static str {
        match self.studies.first().map(|study| study.by) {
            Some(By::Test) => "Test",
            _ => "Validation",
        }
    }

    /// An error for a figure that these results cannot carry.
    pub(super) fn refusal(&self, what: impl Into<String>, hint: &str) -> ExperimentError {
        let folders =
            self.studies.iter().flat_map(|study| &study.parts).map(|(results, _)| results.folder.display().to_string());
        let mut folders: Vec<String> = folders.collect();
        folders.dedup();
        let folder = folders.join("`, `");
        ExperimentError::Folder { folder, what: what.into(), hint: Some(hint.to_owned()) }
    }
}
