//! The table that all writers of a report share: a head for each column, rows of entries, and marks on some of them.

/// A table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// Says what the table shows; a sentence or two. `Names in backticks` are set as code.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Head>,
    /// The rows, with an entry for each column; writers leave a missing entry empty and a surplus one out.
    pub rows: Vec<Vec<Entry>>,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The name, a word or two.
    pub name: String,
    /// Says whether entries are numbers, which stand on the right.
    pub numeric: bool,
    /// A longer explanation; may be empty. `Names in backticks` are set as code.
    pub note: String,
}

/// An entry of a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    /// What is written. `Names in backticks` are set as code.
    pub text: String,
    /// What a reader's sorting goes by; without it, an entry is sorted by its text, after all numbers.
    pub sort: Option<f64>,
    /// How the entry stands out.
    pub mark: Mark,
}

/// How an entry stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// Not at all.
    #[default]
    None,
    /// The best of its kind: bold.
    Best,
    /// Not significantly worse than the best: underlined.
    NotWorse,
    /// To be read with care, for a reason that the report gives: with a warning sign.
    Warning,
}

impl Grid {
    /// Makes a table without rows.
    #[must_use]
    pub fn new(caption: impl Into<String>, columns: Vec<Head>) -> Self {
        Self { caption: caption.into(), columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<Entry>) {
        self.rows.push(row);
    }

    /// Gives the rows, each with exactly one place for every column.
    pub(super) fn lines(&self) -> impl Iterator<Item = Vec<(&Head, Option<&Entry>)>> {
        self.rows.iter().map(|row| {
            let places = self.columns.iter().enumerate();
            places.map(|(place, head)| (head, row.get(place))).collect()
        })
    }

    /// Gives the columns that have an explanation.
    pub(super) fn notes(&self) -> impl Iterator<Item = &Head> {
        self.columns.iter().filter(|head| !head.note.is_empty())
    }

    /// Says what the marks mean that occur in the table; empty if none does. `sign` is how the writer shows a warning.
    pub(super) fn key(&self, sign: &str) -> String {
        let has = |mark: Mark| self.rows.iter().flatten().any(|entry| entry.mark == mark);
        let parts = [
            (Mark::Best, "bold: the best".to_owned()),
            (Mark::NotWorse, "underlined: not significantly worse than the best".to_owned()),
            (Mark::Warning, format!("{sign}: to be read with the warnings")),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|(mark, _)| has(*mark)).map(|(_, part)| part).collect();
        let sentence = parts.join("; ");
        let mut letters = sentence.chars();
        letters.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
    }
}

impl Head {
    /// Makes a column of texts.
    #[must_use]
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), numeric: false, note: String::new() }
    }

    /// Makes a column of numbers.
    #[must_use]
    pub fn number(name: impl Into<String>) -> Self {
        Self { numeric: true, ..Self::text(name) }
    }

    /// Adds a longer explanation.
    #[must_use]
    pub fn with_note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}

impl Entry {
    /// Makes an entry that is sorted by its text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), sort: None, mark: Mark::None }
    }

    /// Makes an entry that stands for a number.
    #[must_use]
    pub fn number(text: impl Into<String>, value: f64) -> Self {
        Self { sort: Some(value), ..Self::text(text) }
    }

    /// Marks the entry.
    #[must_use]
    pub fn marked(self, mark: Mark) -> Self {
        Self { mark, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(marks: &[Mark]) -> Grid {
        let mut grid = Grid::new("", vec![Head::text("strategy"), Head::number("regret").with_note("in points")]);
        for &mark in marks {
            grid.push(vec![Entry::text("a"), Entry::number("1.5", 1.5).marked(mark)]);
        }
        grid
    }

    #[test]
    fn the_key_explains_the_marks_that_occur() {
        assert_eq!(grid(&[Mark::None]).key("!"), "");
        assert_eq!(grid(&[Mark::Best, Mark::None]).key("!"), "Bold: the best.");
        let key = grid(&[Mark::Warning, Mark::NotWorse]).key("!");
        assert_eq!(key, "Underlined: not significantly worse than the best; !: to be read with the warnings.");
        assert_eq!(grid(&[Mark::Warning]).key("⚠"), "⚠: to be read with the warnings.");
    }

    #[test]
    fn every_line_has_a_place_for_every_column() {
        let mut grid = grid(&[Mark::None]);
        grid.push(vec![Entry::text("short")]);
        grid.push(vec![Entry::text("a"), Entry::text("b"), Entry::text("surplus")]);
        let filled: Vec<Vec<bool>> =
            grid.lines().map(|line| line.iter().map(|(_, entry)| entry.is_some()).collect()).collect();
        assert_eq!(filled, [[true, true], [true, false], [true, true]]);
    }

    #[test]
    fn notes_are_those_that_say_something() {
        let grid = grid(&[]);
        assert_eq!(grid.notes().map(|head| head.name.as_str()).collect::<Vec<_>>(), ["regret"]);
    }
}
