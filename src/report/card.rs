//! The card of a table: an audit on one page, with figures, for a paper's appendix or a repository.

use super::audit_figures::{AuditFigure, audit_figures};
use super::audit_tables::{audit_tables, capital, groups, sentence};
use super::audit_text::verdict;
use super::drawn::variant_of;
use super::markdown;
use super::page::{Block, Page, PageFigure, Section};
use crate::analysis::audit::{Audit, Audited, Finding, Severity, grouped};
use crate::figure::FigureError;

/// A card, ready to be written in either form.
pub struct Card {
    page: Page,
    pictures: Vec<(&'static str, String)>,
}

/// Makes the card of an audited table.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn card(audit: &Audit) -> Result<Card, FigureError> {
    let figures = audit_figures(audit);
    let mut blocks = Vec::new();
    let mut pictures = Vec::new();
    for AuditFigure { id, axis, figure } in &figures {
        let variants = vec![variant_of(figure, axis, "")?];
        pictures.extend(variants.iter().map(|variant| (*id, variant.svg.clone())));
        let (id, caption, csv) = ((*id).to_owned(), figure.caption.clone(), figure.csv());
        blocks.push(Block::Figure(PageFigure { id, caption, csv, variants }));
    }
    let page = Page {
        title: format!("Table card: {}", audit.table.name),
        lead: lead(audit),
        sections: sections(audit, blocks),
        files: Vec::new(),
    };
    Ok(Card { page, pictures })
}

impl Card {
    /// The card as one HTML page that needs nothing else; the same audit gives the same bytes.
    pub fn html(&self) -> String {
        self.page.html()
    }

    /// The card as markdown; `address` says where a figure's picture will lie.
    pub fn markdown(&self, address: impl Fn(&str) -> String) -> String {
        markdown::page(&self.page, |figure| Some(address(&figure.id)))
    }

    /// The figures' names with their SVG.
    pub fn pictures(&self) -> &[(&'static str, String)] {
        &self.pictures
    }
}

fn lead(audit: &Audit) -> Vec<String> {
    let Audited { rows, space, space_size, digest, origin, licence, importer, tasks, .. } = &audit.table;
    let task = |(task, schedules): &(String, Vec<String>)| format!("`{task}` ({})", schedules.join(", "));
    let tasks = tasks.iter().map(task).collect::<Vec<_>>().join(", ");
    vec![
        format!(
            "{} rows of space `{space}` ({} codes). Tasks and schedules: {tasks}.",
            grouped(*rows),
            grouped(*space_size as usize)
        ),
        format!("Origin: {}. Licence: {}. Read by: {}.", said(origin), said(licence), said(importer)),
        format!(
            "Digest of the content: `{digest}`. Audited by nasreplay {}: {}.",
            env!("CARGO_PKG_VERSION"),
            verdict(audit).trim_end()
        ),
    ]
}

/// A text of the provenance without its last stop.
fn said(text: &str) -> &str {
    if text.is_empty() { "not stated" } else { text.trim_end_matches('.') }
}

fn sections(audit: &Audit, figures: Vec<Block>) -> Vec<Section> {
    let section =
        |id: &str, heading: &str, blocks: Vec<Block>| Section { id: id.into(), heading: heading.into(), blocks };
    let mut sections = vec![section("findings", "What to know before comparing", known(audit))];
    if !figures.is_empty() {
        sections.push(section("figures", "Figures", figures));
    }
    for (number, table) in audit_tables(audit).into_iter().enumerate() {
        sections.push(section(&format!("table-{}", number + 1), table.heading, vec![Block::Table(table.grid)]));
    }
    if !audit.table.notes.is_empty() {
        sections.push(section("notes", "Notes of the provenance", vec![Block::List(audit.table.notes.clone())]));
    }
    sections
}

/// What is wrong as warnings, then what misleads as a list.
fn known(audit: &Audit) -> Vec<Block> {
    let mut blocks: Vec<Block> = groups(audit, Severity::Wrong).map(|group| Block::Warning(together(group))).collect();
    let cautions: Vec<String> = groups(audit, Severity::Caution).map(together).collect();
    if !cautions.is_empty() {
        blocks.push(Block::List(cautions));
    }
    if blocks.is_empty() {
        blocks.push(Block::Paragraph("Nothing was found that misleads a comparison.".into()));
    }
    blocks
}

/// Findings with one advice as running text.
fn together(group: &[Finding]) -> String {
    let subject = group.first().map_or(String::new(), |first| format!("{}. ", capital(first.subject)));
    let found = group.iter().map(|finding| sentence(finding, "`") + " ").collect::<String>();
    let advice = group.first().map_or("", |first| &first.advice);
    format!("{subject}{found}{advice}")
}
