//! An audit on a terminal: what is wrong and what is to be known as sentences, the rest as aligned tables.

use comfy_table::{Cell, CellAlignment, Table as TextTable};

use super::audit_tables::{audit_tables, capital, groups, sentence};
use super::grid::{Grid, Head};
use crate::analysis::audit::{Audit, Finding, Severity, grouped};
use crate::base::counted;

/// Columns of a line of sentences.
const WIDTH: usize = 110;

/// The audit as text.
pub fn audit_text(audit: &Audit) -> String {
    let table = &audit.table;
    let mut text = format!(
        "{}: {} rows of space {} ({} codes), {}\ndigest {}\n",
        table.name,
        grouped(table.rows),
        table.space,
        grouped(table.space_size as usize),
        counted(table.tasks.len(), "task"),
        table.digest
    );
    text += &verdict(audit);
    text.extend(told(audit, Severity::Wrong));
    text.extend(told(audit, Severity::Caution));
    for table in audit_tables(audit) {
        text += &format!("\n{}\n{}", table.heading, aligned(&table.grid));
    }
    text
}

/// How many findings there are of each kind.
pub(super) fn verdict(audit: &Audit) -> String {
    let count = |severity| audit.findings.iter().filter(|finding| finding.severity == severity).count();
    let wrong = match count(Severity::Wrong) {
        0 => "nothing is wrong".to_owned(),
        1 => "1 thing is wrong".to_owned(),
        count => format!("{count} things are wrong"),
    };
    format!("{wrong}; {}\n", counted(count(Severity::Caution), "caution"))
}

fn told(audit: &Audit, severity: Severity) -> Option<String> {
    let text = groups(audit, severity).map(told_together).collect::<String>();
    (!text.is_empty()).then(|| format!("\n{}\n{text}", capital(severity.name())))
}

/// Findings with one advice: the subject, a sentence each, the advice.
fn told_together(group: &[Finding]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let found = group.iter().map(|finding| wrapped(&sentence(finding, ""), 4)).collect::<String>();
    format!("  {}\n{found}{}", capital(first.subject), wrapped(&first.advice, 4))
}

/// A text in lines that are indented and end between words.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && indent + line + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            *line += if line.is_empty() { "" } else { " " };
            *line += word;
        }
    }
    lines.iter().map(|line| format!("{:indent$}{line}\n", "")).collect()
}

/// A table without rules, numbers on the right.
fn aligned(grid: &Grid) -> String {
    let mut text = TextTable::new();
    text.load_style(comfy_table::presets::NOTHING);
    let cell = |head: &Head, content: &str| {
        let side = if head.numeric { CellAlignment::Right } else { CellAlignment::Left };
        Cell::new(content).set_alignment(side)
    };
    text.set_header(grid.columns.iter().map(|head| cell(head, &head.name)));
    for line in grid.lines() {
        text.add_row(line.iter().map(|(head, entry)| cell(head, entry.map_or("", |entry| &entry.text))));
    }
    text.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words() {
        let words = "word ".repeat(60);
        let text = wrapped(words.trim_end(), 4);
        assert!(text.lines().all(|line| line.starts_with("    word") && line.len() <= WIDTH), "{text}");
        assert_eq!(text.split_whitespace().count(), 60);
        let long = "x".repeat(200);
        assert_eq!(wrapped(&long, 2), format!("  {long}\n"));
    }

    #[test]
    fn numbers_stand_on_the_right() {
        let mut grid = Grid::new("", vec![Head::text("a"), Head::number("n")]);
        grid.push(vec![crate::report::grid::Entry::text("x"), crate::report::grid::Entry::text("1,000")]);
        let text = aligned(&grid);
        let ends = |word: &str| text.lines().find(|line| line.ends_with(word)).map(str::len);
        assert!(ends("n").is_some() && ends("n") == ends("1,000"), "{text}");
    }
}
