//! What the columns of a file hold, as a mapping needs to know it: how many records, which values, which range.

use indexmap::IndexSet;

use super::{Cell, RecordFile, Records};
use crate::import::inside::shortened;

/// A column of so many different values or fewer has them listed: choices, tasks, seeds, epochs.
const LISTED: usize = 16;

/// So many characters of a value are shown.
const LONGEST: usize = 80;

/// No more records are looked at.
const MOST: usize = 1_000_000;

/// What a column was found to hold.
#[derive(Default)]
struct Column {
    empty: usize,
    values: IndexSet<String>,
    /// The least and the largest number.
    range: Option<(f64, f64)>,
    texts: usize,
    first_text: Option<String>,
    lists: usize,
}

/// A line for the file and one for each column; where it is damaged, the last says how.
pub(in crate::import) fn outline(file: &RecordFile) -> Vec<String> {
    let places: Vec<usize> = (0..file.columns.len()).collect();
    let mut columns: Vec<Column> = places.iter().map(|_| Column::default()).collect();
    let (count, damage) = match file.records(&places).map(|records| look_through(records, &mut columns)) {
        Ok(found) => found,
        Err(error) => (0, Some(error.to_string())),
    };
    let more = if count == MOST { " or more" } else { "" };
    let mut lines = vec![format!("records: {count}{more}; columns:")];
    lines.extend(file.columns.iter().zip(&columns).map(|(name, column)| format!("  {name}: {}", column.in_words())));
    lines.extend(damage);
    lines
}

fn look_through(mut records: Records<'_>, columns: &mut [Column]) -> (usize, Option<String>) {
    for count in 0..MOST {
        match records.advance() {
            Ok(true) => columns.iter_mut().enumerate().for_each(|(place, column)| column.note(&records, place)),
            Ok(false) => return (count, None),
            Err(error) => return (count, Some(error.to_string())),
        }
    }
    (MOST, None)
}

impl Column {
    fn note(&mut self, records: &Records<'_>, place: usize) {
        if let Cell::List(_) = records.cell(place) {
            self.lists += 1;
            return;
        }
        let text = records.text(place);
        match records.number(place, &[]) {
            Ok(None) => {
                self.empty += 1;
                return;
            }
            Ok(Some(number)) => {
                let (least, most) = self.range.get_or_insert((number, number));
                (*least, *most) = (least.min(number), most.max(number));
            }
            Err(_) => {
                self.texts += 1;
                self.first_text.get_or_insert_with(|| text.clone().into_owned());
            }
        }
        if self.values.len() <= LISTED && !self.values.contains(&*text) {
            self.values.insert(text.into_owned());
        }
    }

    fn in_words(&self) -> String {
        let mut words = Vec::new();
        if self.values.len() > LISTED {
            let first = self.first_text.as_deref().map(|first| shortened(first, LONGEST));
            words.extend(first.map(|first| format!("{} texts, such as `{first}`", self.texts)));
            words.extend(self.range.map(|(least, most)| format!("numbers from {least} to {most}")));
        } else if !self.values.is_empty() {
            let values: Vec<_> = self.values.iter().map(|value| shortened(value, LONGEST)).collect();
            words.push(format!("{} different: {}", values.len(), values.join(" | ")));
        }
        words.extend((self.lists > 0).then(|| format!("{} lists of numbers", self.lists)));
        words.extend((self.empty > 0).then(|| format!("{} empty", self.empty)));
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline_of(text: &str) -> Vec<String> {
        outline(&RecordFile::unnamed("x".into(), text.as_bytes().to_vec(), b',').unwrap())
    }

    #[test]
    fn few_values_are_listed_many_are_told_by_their_range() {
        let lines: String = (0..20).map(|line| format!("{},{},n{line},\n", [7, 8][line % 2], line * line)).collect();
        let expected = [
            "records: 20; columns:",
            "  seed: 2 different: 7 | 8",
            "  acc: numbers from 0 to 361",
            "  name: 20 texts, such as `n0`",
            "  none: 20 empty",
        ];
        assert_eq!(outline_of(&format!("seed,acc,name,none\n{lines}")), expected);
        let mixed: String = (0..20).map(|line| format!("{line}\n")).collect();
        assert_eq!(outline_of(&format!("a\n{mixed}oops\n"))[1], "  a: 1 texts, such as `oops`, numbers from 0 to 19");
        let curves = outline_of("{\"a\": [1, 2]}\n{\"a\": [3]}\n{\"b\": 1}\n");
        assert_eq!(
            curves,
            ["records: 3; columns:", "  a: 2 lists of numbers, 1 empty", "  b: 1 different: 1, 2 empty"]
        );
    }

    #[test]
    fn damage_is_told_after_what_was_read() {
        let lines = outline_of("a,b\n1,2\n3\n");
        assert_eq!(lines[..2], ["records: 1; columns:", "  a: 1 different: 1"]);
        assert!(lines[3].contains("line: 3"), "{lines:?}");
    }
}
