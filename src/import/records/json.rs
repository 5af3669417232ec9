//! JSON objects, one after the other (as in "JSON lines"), or as the elements of one array.
//!
//! Objects within objects are columns with dotted names. Python writes NaN, Infinity and -Infinity, which are no JSON: outside of texts they
//! count as missing.

use std::borrow::Cow;
use std::collections::HashMap;

use indexmap::IndexSet;
use serde_json::{Map, Value};

use super::{Cell, Held, Reader, RecordFile};
use crate::import::{ImportError, without_nan};

/// The objects of a JSON file.
pub(super) struct Objects<'f> {
    file: &'f RecordFile,
    spans: Spans<'f>,
    line: usize,
    /// Where the cell of a column is kept.
    wanted: HashMap<&'f str, usize>,
    cells: Vec<Held>,
}

/// The names of all objects' members, in the order of their appearance.
pub(super) fn columns(file: &RecordFile) -> Result<Vec<String>, ImportError> {
    let mut spans = Spans::new(&file.bytes);
    let mut names = IndexSet::new();
    while let Some((line, text)) = spans.next().map_err(|what| file.fault(what))? {
        flatten(object(file, line, text)?, "", &mut |name, _| {
            if !names.contains(name) {
                names.insert(name.to_owned());
            }
        });
    }
    Ok(names.into_iter().collect())
}

impl<'f> Objects<'f> {
    pub(super) fn open(file: &'f RecordFile, places: &[usize]) -> Self {
        let wanted = places.iter().map(|&place| (file.column(place), place)).collect();
        let cells = vec![Held::Empty; file.columns.len()];
        Self { file, spans: Spans::new(&file.bytes), line: 0, wanted, cells }
    }
}

impl Reader for Objects<'_> {
    fn advance(&mut self) -> Result<bool, ImportError> {
        let Some((line, text)) = self.spans.next().map_err(|what| self.file.fault(what))? else { return Ok(false) };
        self.line = line;
        self.wanted.values().for_each(|&place| self.cells[place] = Held::Empty);
        let mut twice = None;
        flatten(object(self.file, line, text)?, "", &mut |name, value| {
            if let Some(&place) = self.wanted.get(name) {
                twice = (self.cells[place] != Held::Empty).then(|| name.to_owned()).or(twice.take());
                self.cells[place] = held(value);
            }
        });
        match twice {
            Some(name) => Err(self.file.fault(format!("line {line}: gives `{name}` twice"))),
            None => Ok(true),
        }
    }

    fn cell(&self, place: usize) -> Cell<'_> {
        self.cells.get(place).map_or(Cell::Empty, Held::cell)
    }

    fn position(&self) -> Option<String> {
        Some(format!("line {}", self.line))
    }
}

/// Parses one object, which begins in this line of the file.
fn object(file: &RecordFile, line: usize, text: Cow<'_, [u8]>) -> Result<Map<String, Value>, ImportError> {
    serde_json::from_slice(&text).map_err(|error| {
        let (inner, column) = (error.line(), error.column());
        let what = error.to_string();
        let what = what.strip_suffix(&format!(" at line {inner} column {column}")).unwrap_or(&what);
        file.fault(format!("line {}, column {column}: {what}", line + inner.saturating_sub(1)))
    })
}

/// Hands over every member that is no object, with its dotted name.
fn flatten(object: Map<String, Value>, prefix: &str, take: &mut impl FnMut(&str, Value)) {
    for (key, value) in object {
        let name = if prefix.is_empty() { Cow::Borrowed(&key) } else { Cow::Owned(format!("{prefix}.{key}")) };
        match value {
            Value::Object(inner) => flatten(inner, &name, take),
            value => take(&name, value),
        }
    }
}

fn held(value: Value) -> Held {
    match value {
        Value::Null => Held::Empty,
        Value::Bool(truth) => Held::Truth(truth),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Held::Whole(whole),
            None => Held::Number(number.as_f64().unwrap_or(f64::INFINITY)),
        },
        Value::String(text) => Held::Text(text),
        Value::Array(ref elements) => match list(elements) {
            Some(numbers) => Held::List(numbers),
            None => Held::Text(value.to_string()),
        },
        Value::Object(_) => Held::Text(value.to_string()),
    }
}

/// The numbers of an array of numbers and numeric texts; NaN stands for null.
fn list(elements: &[Value]) -> Option<Vec<f64>> {
    let number = |element: &Value| match element {
        Value::Null => Some(f64::NAN),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    elements.iter().map(number).collect()
}

/// The numbers of a JSON array that stands in a cell of text.
pub(super) fn list_of_text(text: &str) -> Option<Vec<f64>> {
    match serde_json::from_slice(&without_nan(text.as_bytes())) {
        Ok(Value::Array(elements)) => list(&elements),
        _ => None,
    }
}

/// Whether the present byte stands in a text between quotation marks.
#[derive(Default)]
struct Quote {
    inside: bool,
    escaped: bool,
}

impl Quote {
    fn step(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.inside => self.escaped = true,
            b'"' => self.inside = !self.inside,
            _ => {}
        }
    }
}

/// Finds the objects of a file without parsing them: each begins with `{` and ends with the `}` that closes it.
struct Spans<'f> {
    bytes: &'f [u8],
    at: usize,
    line: usize,
    /// Whether the objects are the elements of one array, which may have ended.
    array: Option<Array>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Array {
    Begun,
    Inside,
    Ended,
}

/// An object's text, with the line it begins in.
type Span<'f> = (usize, Cow<'f, [u8]>);

impl<'f> Spans<'f> {
    fn new(bytes: &'f [u8]) -> Self {
        let mut spans = Self { bytes, at: 0, line: 1, array: None };
        spans.skip_blanks();
        if spans.peek() == Some(b'[') {
            (spans.array, spans.at) = (Some(Array::Begun), spans.at + 1);
        }
        spans
    }

    /// The next object with the line it begins in.
    fn next(&mut self) -> Result<Option<Span<'f>>, String> {
        self.skip_blanks();
        if self.array.is_some() && self.skip_separator()? {
            return Ok(None);
        }
        match self.peek() {
            None if self.array.is_some() => {
                Err(format!("line {}: the array has no end: the file is cut off", self.line))
            }
            None => Ok(None),
            Some(b'{') => self.object().map(Some),
            Some(other) => {
                Err(format!("line {}: expected an object `{{...}}`, found `{}`", self.line, char::from(other)))
            }
        }
    }

    /// Goes over the comma between two elements; true at the array's end.
    fn skip_separator(&mut self) -> Result<bool, String> {
        match (self.array, self.peek()) {
            (Some(Array::Ended), None) => return Ok(true),
            (Some(Array::Begun | Array::Inside), Some(b']')) => {
                (self.array, self.at) = (Some(Array::Ended), self.at + 1);
                self.skip_blanks();
                return self.skip_separator();
            }
            (Some(Array::Begun), _) | (_, None) => {}
            (Some(Array::Inside), Some(b',')) => self.at += 1,
            (_, Some(other)) => {
                let expected = if self.array == Some(Array::Inside) { "`,` or `]`" } else { "nothing after the array" };
                return Err(format!("line {}: expected {expected}, found `{}`", self.line, char::from(other)));
            }
        }
        self.array = Some(Array::Inside);
        self.skip_blanks();
        Ok(false)
    }

    fn object(&mut self) -> Result<(usize, Cow<'f, [u8]>), String> {
        let (start, line) = (self.at, self.line);
        let (mut depth, mut quote) = (0_usize, Quote::default());
        while let Some(byte) = self.peek() {
            self.at += 1;
            self.line += usize::from(byte == b'\n');
            quote.step(byte);
            match byte {
                _ if quote.inside => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1, // the first byte is `{`, and the loop ends at 0
                _ => {}
            }
            if depth == 0 {
                let text = &self.bytes[start..self.at];
                return Ok((line, without_nan(text)));
            }
        }
        Err(format!("line {line}: the object that begins here has no end: the file is cut off, or a brace is missing"))
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek().filter(u8::is_ascii_whitespace) {
            self.at += 1;
            self.line += usize::from(byte == b'\n');
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, texts};
    use super::*;

    #[test]
    fn lines_and_arrays_hold_the_same_records() {
        let lines = "{\"a\": 1, \"b\": {\"c\": \"x\"}}\n\n{\"b\": {\"c\": 2.5, \"d\": [1, 2]}}\n";
        let array = "[\n {\"a\": 1, \"b\": {\"c\": \"x\"}},\n {\"b\": {\"c\": 2.5, \"d\": [1, 2]}}\n]\n";
        for text in [lines, array] {
            let file = file(text).unwrap();
            assert_eq!(file.columns, ["a", "b.c", "b.d"]);
            assert_eq!(texts(&file).unwrap(), [["1", "x", ""], ["", "2.5", "[1, 2]"]]);
        }
        assert_eq!(texts(&file("[]").unwrap()).unwrap(), Vec::<Vec<String>>::new());
    }

    #[test]
    fn numbers_that_json_lacks_are_missing_outside_of_texts() {
        let file = file(r#"{"a": NaN, "b": [1, -Infinity, Infinity], "c": "NaN \" NaN", "NaN": -1}"#).unwrap();
        assert_eq!(file.columns, ["a", "b", "c", "NaN"]);
        assert_eq!(texts(&file).unwrap(), [["", "[1, NaN, NaN]", "NaN \" NaN", "-1"]]);
        assert!(list_of_text("[0.1, NaN]").is_some_and(|list| list[0] == 0.1 && list[1].is_nan()));
        assert_eq!((list_of_text("0.1"), list_of_text("[[1]]"), list_of_text("[1")), (None, None, None));
    }

    #[test]
    fn damage_is_named_with_its_line() {
        for (text, said) in [
            ("{\"a\": 1}\n{\"a\": 2", "line 2: the object that begins here has no end"),
            ("{\"a\": 1}\n{\"a\": x}", "line 2, column 7: expected value"),
            ("{\"a\": 1}\n7", "line 2: expected an object `{...}`, found `7`"),
            ("[{\"a\": 1}\n{\"a\": 2}]", "line 2: expected `,` or `]`, found `{`"),
            ("[{\"a\": 1},", "the array has no end"),
            ("[{\"a\": 1}", "the array has no end"),
            ("[{\"a\": 1}] x", "expected nothing after the array, found `x`"),
            ("[{\"a\": 1}}", "expected `,` or `]`, found `}`"),
            ("[1, 2]", "expected an object"),
            ("{\"a\": \"\\", "has no end"),
            ("{\"a\": 1}]", "expected an object `{...}`, found `]`"),
        ] {
            let error = file(text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(said), "{text}: `{said}` is missing in `{error}`");
        }
        let twice = texts(&file("{\"a.b\": 1, \"a\": {\"b\": 2}}").unwrap()).unwrap_err().to_string();
        assert!(twice.contains("gives `a.b` twice"), "{twice}");
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(file("{\"a\":".repeat(100_000)).is_err());
        let closed = "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000);
        assert!(file(closed).err().unwrap().to_string().contains("recursion"));
    }
}
