//! Records of any container, one after the other: cells under column names, as a text, a number or a list of numbers.
//!
//! The content decides which container a file is: Parquet by its first bytes, JSON by its first letter, CSV otherwise.

mod csv;
mod json;
mod outline;
mod parquet;

use std::borrow::Cow;
use std::path::Path;

use bytes::Bytes;

pub(super) use outline::outline;

use super::{ImportError, SourceFile};
use crate::base::nearest;
use crate::table::Source;

/// How many columns a message lists.
const LISTED: usize = 20;

/// The mark that some programs write before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What one record holds under one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'r> {
    /// Nothing.
    Empty,
    /// A text, which may spell a number.
    Text(&'r str),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Truth(bool),
    /// Numbers, NaN where there is none.
    List(&'r [f64]),
}

/// A cell that a reader keeps.
#[derive(Debug, Clone, Default, PartialEq)]
enum Held {
    #[default]
    Empty,
    Text(String),
    Whole(i64),
    Number(f64),
    Truth(bool),
    List(Vec<f64>),
}

/// Where the records of a container come from: one is present at a time.
trait Reader {
    /// Goes to the next record; false after the last one.
    fn advance(&mut self) -> Result<bool, ImportError>;

    /// What the present record holds under the column of this place.
    fn cell(&self, place: usize) -> Cell<'_>;

    /// Where the present record stands in the file, such as `line 2`.
    fn position(&self) -> Option<String>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Csv,
    Json,
    Parquet,
}

/// A file of records.
pub(in crate::import) struct RecordFile {
    /// What messages call it.
    pub label: String,
    /// Its name and digest, for the table's provenance.
    pub source: Source,
    /// The names of its columns.
    pub columns: Vec<String>,
    bytes: Bytes,
    container: Container,
    delimiter: u8,
}

/// The records of a file, read one after the other.
pub struct Records<'f> {
    file: &'f RecordFile,
    reader: Box<dyn Reader + 'f>,
}

impl RecordFile {
    /// Reads a file and the names of its columns; `delimiter` stands between the cells of a CSV line.
    ///
    /// # Errors
    /// Names the file and the place in it that is not as its container promises.
    pub fn open(path: &Path, delimiter: u8) -> Result<Self, ImportError> {
        let SourceFile { label, bytes, source } = SourceFile::read(path)?;
        Self::of_bytes(label, Bytes::from(bytes), source, delimiter)
    }

    /// The same for bytes that are only looked at, and need no digest.
    ///
    /// # Errors
    /// As [`RecordFile::open`].
    pub fn unnamed(label: String, bytes: Vec<u8>, delimiter: u8) -> Result<Self, ImportError> {
        let source = Source { file: label.clone(), sha256: String::new() };
        Self::of_bytes(label, Bytes::from(bytes), source, delimiter)
    }

    fn of_bytes(label: String, bytes: Bytes, source: Source, delimiter: u8) -> Result<Self, ImportError> {
        let start = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let bytes = bytes.slice(start..);
        let container = Container::of(&bytes);
        let mut file = Self { label, source, columns: Vec::new(), bytes, container, delimiter };
        file.columns = match container {
            Container::Csv => csv::columns(&file)?,
            Container::Json => json::columns(&file)?,
            Container::Parquet => parquet::columns(&file)?,
        };
        Ok(file)
    }

    /// Begins to read the records; only the columns of `places` have cells.
    ///
    /// # Errors
    /// Names the file when its head is damaged.
    pub fn records(&self, places: &[usize]) -> Result<Records<'_>, ImportError> {
        let reader: Box<dyn Reader + '_> = match self.container {
            Container::Csv => Box::new(csv::Lines::open(self)?),
            Container::Json => Box::new(json::Objects::open(self, places)),
            Container::Parquet => Box::new(parquet::Rows::open(self, places)?),
        };
        Ok(Records { file: self, reader })
    }

    /// The place of a column that must be there.
    ///
    /// # Errors
    /// Names the nearest column.
    pub fn place(&self, column: &str) -> Result<usize, ImportError> {
        self.find(column)?.ok_or_else(|| no_column(&self.label, column, self.columns.iter().map(String::as_str)))
    }

    /// The place of a column, if the file has it.
    ///
    /// # Errors
    /// A name that stands twice names none.
    pub fn find(&self, column: &str) -> Result<Option<usize>, ImportError> {
        let mut places = (0..self.columns.len()).filter(|&place| self.columns[place] == column);
        match (places.next(), places.next()) {
            (place, None) => Ok(place),
            _ => Err(ImportError::content(&self.label, format!("has more than one column `{column}`"))),
        }
    }

    /// The name of the column at a place.
    pub fn column(&self, place: usize) -> &str {
        self.columns.get(place).map_or("", String::as_str)
    }

    fn fault(&self, what: impl Into<String>) -> ImportError {
        ImportError::content(&self.label, what)
    }
}

impl Container {
    fn of(bytes: &[u8]) -> Self {
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            _ if bytes.starts_with(b"PAR1") => Self::Parquet,
            Some(b'{' | b'[') => Self::Json,
            _ => Self::Csv,
        }
    }
}

impl Records<'_> {
    /// Goes to the next record; false after the last one.
    ///
    /// # Errors
    /// Names the file and the place of a record that cannot be read.
    pub fn advance(&mut self) -> Result<bool, ImportError> {
        self.reader.advance()
    }

    /// What the present record holds under the column of this place.
    pub fn cell(&self, place: usize) -> Cell<'_> {
        self.reader.cell(place)
    }

    /// The cell as a text; a number without fraction as its digits.
    pub fn text(&self, place: usize) -> Cow<'_, str> {
        self.cell(place).text()
    }

    /// The cell as a whole number that is not negative.
    ///
    /// # Errors
    /// Names column and record when it is none.
    pub fn whole_number(&self, place: usize) -> Result<usize, ImportError> {
        self.text(place).parse().map_err(|_| self.bad_cell(place, "a whole number"))
    }

    /// The number in a cell; `None` where it is empty, NaN, or one of the texts `missing`.
    ///
    /// # Errors
    /// Names column and record when it is no finite number.
    pub fn number(&self, place: usize, missing: &[String]) -> Result<Option<f64>, ImportError> {
        let number = match self.cell(place) {
            Cell::Empty => return Ok(None),
            Cell::Text(text) => return self.number_of_text(place, text, missing),
            Cell::Whole(whole) => whole as f64,
            Cell::Number(number) => number,
            Cell::Truth(_) | Cell::List(_) => return Err(self.bad_cell(place, "a finite number")),
        };
        match number {
            _ if number.is_nan() || is_missing(number, missing) => Ok(None),
            _ if number.is_finite() => Ok(Some(number)),
            _ => Err(self.bad_cell(place, "a finite number")),
        }
    }

    fn number_of_text(&self, place: usize, text: &str, missing: &[String]) -> Result<Option<f64>, ImportError> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("nan") || missing.iter().any(|marker| marker == text) {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.bad_cell(place, "a finite number")),
        }
    }

    /// The list of numbers in a cell, NaN where one is missing; empty where the cell is.
    ///
    /// # Errors
    /// Names column and record when it is no list of finite numbers.
    pub fn numbers(&self, place: usize, missing: &[String]) -> Result<Vec<f64>, ImportError> {
        let expected = "a list of finite numbers";
        let mut numbers = match self.cell(place) {
            Cell::Empty => return Ok(Vec::new()),
            Cell::List(numbers) => numbers.to_vec(),
            Cell::Text(text) if text.is_empty() || missing.iter().any(|marker| marker == text) => return Ok(Vec::new()),
            Cell::Text(text) => json::list_of_text(text).ok_or_else(|| self.bad_cell(place, expected))?,
            _ => return Err(self.bad_cell(place, expected)),
        };
        if numbers.iter().any(|number| number.is_infinite()) {
            return Err(self.bad_cell(place, expected));
        }
        numbers.iter_mut().filter(|number| is_missing(**number, missing)).for_each(|number| *number = f64::NAN);
        Ok(numbers)
    }

    /// A cell that is not what was expected.
    pub fn bad_cell(&self, place: usize, expected: &str) -> ImportError {
        self.fault(format!("column `{}`: expected {expected}, found `{}`", self.file.column(place), self.text(place)))
    }

    /// Something wrong in the present record.
    pub fn fault(&self, what: String) -> ImportError {
        let position = self.reader.position().map(|position| format!("{position}: ")).unwrap_or_default();
        ImportError::content(&self.file.label, format!("{position}{what}"))
    }

    /// A fault that a user can mend in the mapping.
    pub fn fault_with_hint(&self, what: String, hint: &str) -> ImportError {
        self.fault(what).with_hint(hint)
    }
}

fn is_missing(number: f64, missing: &[String]) -> bool {
    missing.iter().any(|marker| marker.parse() == Ok(number))
}

impl<'r> Cell<'r> {
    fn text(self) -> Cow<'r, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Whole(number) => Cow::Owned(number.to_string()),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Truth(truth) => Cow::Owned(truth.to_string()),
            Self::List(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
                Cow::Owned(format!("[{}]", numbers.join(", ")))
            }
        }
    }
}

impl Held {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Text(text) => Cell::Text(text),
            Self::Whole(number) => Cell::Whole(*number),
            Self::Number(number) => Cell::Number(*number),
            Self::Truth(truth) => Cell::Truth(*truth),
            Self::List(numbers) => Cell::List(numbers),
        }
    }
}

/// A column that is not there, with the columns that are.
pub fn no_column<'a>(file: &str, column: &str, known: impl Iterator<Item = &'a str> + Clone) -> ImportError {
    let near = nearest(column, known.clone()).map(|near| format!("did you mean `{near}`?"));
    let listed: Vec<&str> = known.clone().take(LISTED).collect();
    let more = if known.count() > LISTED { ", ..." } else { "" };
    ImportError::Content {
        file: file.to_owned(),
        what: format!("has no column `{column}`; it has {}{more}", listed.join(", ")),
        hint: near,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that lies in memory.
    pub(super) fn file(bytes: impl Into<Vec<u8>>) -> Result<RecordFile, ImportError> {
        let source = Source { file: "f".into(), sha256: String::new() };
        RecordFile::of_bytes("f".into(), Bytes::from(bytes.into()), source, b',')
    }

    /// The texts of all cells, a list a record.
    pub(super) fn texts(file: &RecordFile) -> Result<Vec<Vec<String>>, ImportError> {
        let places: Vec<usize> = (0..file.columns.len()).collect();
        let mut records = file.records(&places)?;
        let mut texts = Vec::new();
        while records.advance()? {
            texts.push(places.iter().map(|&place| records.text(place).into_owned()).collect());
        }
        Ok(texts)
    }

    #[test]
    fn content_decides_what_a_file_is() {
        assert_eq!(Container::of(b"a,b\n1,2\n"), Container::Csv);
        assert_eq!(Container::of(b"\n {\"a\": 1}"), Container::Json);
        assert_eq!(Container::of(b"[{\"a\": 1}]"), Container::Json);
        assert_eq!(Container::of(b"PAR1"), Container::Parquet);
        assert_eq!(file("\u{feff}a,b\n1,2\n").unwrap().columns, ["a", "b"]);
        assert_eq!(file("\u{feff}{\"a\": 1}").unwrap().columns, ["a"]);
    }

    #[test]
    fn numbers_are_read_from_every_kind_of_cell() {
        let file = file(r#"{"a": 1, "b": "0.5", "c": NaN, "d": [1, null], "e": true, "f": "-1", "g": -1.0, "h": "x"}"#);
        let file = file.unwrap();
        let mut records = file.records(&[0, 1, 2, 3, 4, 5, 6, 7]).unwrap();
        assert!(records.advance().unwrap());
        let missing = ["-1".to_owned()];
        let number = |place| records.number(place, &missing).unwrap();
        assert_eq!([0, 1, 2, 5, 6].map(number), [Some(1.0), Some(0.5), None, None, None]);
        assert!([3, 4, 7].iter().all(|&place| records.number(place, &missing).is_err()));
        let list = records.numbers(3, &["1".into()]).unwrap();
        assert!(list.len() == 2 && list.iter().all(|number| number.is_nan()), "{list:?}");
        let error = records.number(7, &[]).unwrap_err().to_string();
        assert_eq!(error, "`f`: line 1: column `h`: expected a finite number, found `x`");
    }
}
