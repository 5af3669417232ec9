//! A report on disk.

use std::fs;
use std::path::Path;

use rayon::prelude::*;
use thiserror::Error;

use super::assemble::{Report, report_studies};
use super::checklist::checklist_table;
use super::drawn::{Drawn, for_paper};
use super::latex::{self, Paper, PaperFigure};
use super::long_format::blocks;
use super::markdown;
use super::page::{Block, Page, Section};
use super::prose_results::{named_numbers, sentences};
use super::trials::{TrialFormat, TrialsError, save_trials};
use crate::analysis::Study;
use crate::base::{FileError, with_folder, write_whole};
use crate::experiment::{ExperimentError, Results};
use crate::figure::{FigureError, Venue};

/// What the listing of a report's folder says that it is.
pub const REPORT: &str = "report by nasreplay";

/// A report that could not be made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// See [`ExperimentError`].
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// See [`FigureError`].
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// See [`FileError`].
    #[error(transparent)]
    File(#[from] FileError),
    /// See [`TrialsError`].
    #[error(transparent)]
    Trials(#[from] TrialsError),
}

/// Writes a report of results into a folder: `report.html`, `report.md`, `checklist.md`, `figures/`, `paper/` and, with `trials`, every
/// trial in `data/`. The folder appears whole or not at all; with `replace` in place of the report that is there.
///
/// # Errors
/// Names what the tables lack, or the file that cannot be written.
pub fn write_report(
    results: &[Results],
    out: &Path,
    venue: &Venue,
    trials: bool,
    replace: bool,
) -> Result<Report, ReportError> {
    let studies = report_studies(results)?;
    let report = Report::of(results, &studies)?;
    with_folder(out, REPORT, replace, |out| fill(results, &studies, &report, out, venue, trials))?;
    Ok(report)
}

fn fill(
    results: &[Results],
    studies: &[Study<'_>],
    report: &Report,
    out: &Path,
    venue: &Venue,
    trials: bool,
) -> Result<(), ReportError> {
    for folder in ["figures", "paper/figures", "paper/tables", "data"] {
        let path = out.join(folder);
        fs::create_dir_all(&path).map_err(|source| FileError { path, source })?;
    }
    let page = report.page(results, studies)?;
    let (text, pictures) =
        rayon::join(|| write_texts(report, &page, studies, out, venue), || write_pictures(report, out, venue));
    text?;
    pictures?;
    if trials {
        let save = |name: &str, format| save_trials(&out.join(name), format, blocks(studies));
        let csv = || save("data/trials.csv", TrialFormat::Csv);
        let (csv, parquet) = rayon::join(csv, || save("data/trials.parquet", TrialFormat::Parquet));
        csv.and(parquet)?;
    }
    Ok(())
}

fn write_texts(
    report: &Report,
    page: &Page,
    studies: &[Study<'_>],
    out: &Path,
    venue: &Venue,
) -> Result<(), ReportError> {
    write(out, "report.html", &page.html())?;
    let image = |figure: &super::page::PageFigure| {
        let drawn = report.figures.iter().find(|drawn| drawn.kind.name == figure.id)?;
        Some(format!("figures/{}.svg", drawn.id))
    };
    write(out, "report.md", &markdown::page(&for_markdown(page), image))?;
    let checklist = checklist_table(&report.checklist);
    write(out, "checklist.md", &markdown::table(&checklist))?;
    let mut tables = vec!["tables/checklist".to_owned()];
    write(out, "paper/tables/checklist.tex", &latex::table(&checklist, "checklist"))?;
    for (name, grid) in report.tables.named() {
        write(out, &format!("paper/tables/{name}.tex"), &latex::table(grid, name))?;
        tables.insert(tables.len() - 1, format!("tables/{name}"));
    }
    write(out, "paper/numbers.tex", &latex::commands(&named_numbers(report, studies)))?;
    write(out, "paper/sentences.tex", &latex::sentences(&sentences(report, studies)))?;
    let figure = |drawn: &Drawn| PaperFigure {
        file: format!("figures/{}.pdf", drawn.id),
        caption: drawn.figure.caption.clone(),
        label: drawn.id.clone(),
    };
    let title = format!("{} ({})", report.title, venue.name);
    let paper = Paper {
        title,
        preamble: vec!["numbers".into()],
        texts: vec!["sentences".into()],
        tables,
        figures: report.figures.iter().map(figure).collect(),
    };
    Ok(write(out, "paper/main.tex", &paper.document())?)
}

/// The page without what a pull request has no use for: the texts of whole files.
fn for_markdown(page: &Page) -> Page {
    let is_short = |block: &Block| !matches!(block, Block::Text { .. });
    let section = |section: &Section| Section {
        blocks: section.blocks.iter().filter(|block| is_short(block)).cloned().collect(),
        ..section.clone()
    };
    Page { sections: page.sections.iter().map(section).collect(), ..page.clone() }
}

/// Every figure as SVG and PDF, with its numbers and its caption beside it.
fn write_pictures(report: &Report, out: &Path, venue: &Venue) -> Result<(), ReportError> {
    report.figures.par_iter().try_for_each(|drawn| {
        let place = format!("figures/{}", drawn.id);
        write(out, &format!("{place}.svg"), &drawn.figure.svg()?)?;
        write(out, &format!("{place}.csv"), &drawn.figure.csv())?;
        write(out, &format!("{place}.txt"), &format!("{}\n", drawn.figure.caption))?;
        let pdf = for_paper(&drawn.figure, venue).pdf()?;
        Ok(write_whole(&out.join(format!("paper/{place}.pdf")), &pdf)?)
    })
}

fn write(out: &Path, name: &str, text: &str) -> Result<(), FileError> {
    write_whole(&out.join(name), text.as_bytes())
}
