//! Lines of separated cells under a line of names.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::{Cell, Reader, RecordFile};
use crate::import::ImportError;

/// The lines of a CSV file.
pub(super) struct Lines<'f> {
    file: &'f RecordFile,
    reader: csv::Reader<&'f [u8]>,
    record: StringRecord,
}

/// The names in the first line.
pub(super) fn columns(file: &RecordFile) -> Result<Vec<String>, ImportError> {
    let mut lines = Lines::open(file)?;
    let headers = lines.reader.headers().map_err(|error| file.fault(error.to_string()))?;
    Ok(headers.iter().map(str::to_owned).collect())
}

impl<'f> Lines<'f> {
    pub(super) fn open(file: &'f RecordFile) -> Result<Self, ImportError> {
        let reader = ReaderBuilder::new().trim(Trim::All).delimiter(file.delimiter).from_reader(&file.bytes[..]);
        Ok(Self { file, reader, record: StringRecord::new() })
    }
}

impl Reader for Lines<'_> {
    fn advance(&mut self) -> Result<bool, ImportError> {
        self.reader.read_record(&mut self.record).map_err(|error| self.file.fault(error.to_string()))
    }

    fn cell(&self, place: usize) -> Cell<'_> {
        match self.record.get(place) {
            None | Some("") => Cell::Empty,
            Some(text) => Cell::Text(text),
        }
    }

    fn position(&self) -> Option<String> {
        self.record.position().map(|position| format!("line {}", position.line()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, texts};

    #[test]
    fn lines_are_records() {
        let file = file("a, b\n1 ,\"x, y\"\n,2\n").unwrap();
        assert_eq!(file.columns, ["a", "b"]);
        assert_eq!(texts(&file).unwrap(), [["1", "x, y"], ["", "2"]]);
        assert!(file.find("c").unwrap().is_none());
    }

    #[test]
    fn short_lines_are_refused_with_their_number() {
        let error = texts(&file("a,b\n1,2\n3\n").unwrap()).unwrap_err().to_string();
        assert!(error.contains("line: 3"), "{error}");
    }
}
