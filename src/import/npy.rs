//! NumPy's array files, read number by number (format versions 1.0 to 3.0: magic, length, a Python dict as text, the numbers).

use std::fs;
use std::io::{BufReader, Read};
use std::path::Path;

use super::ImportError;
use super::progress::Counted;

/// No header of the arrays that are served here is longer.
const LONGEST: usize = 1 << 16;

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    F32,
    F64,
    I32,
    I64,
}

/// An array of numbers in C order, that is being read.
pub(super) struct Npy {
    label: String,
    /// The array's shape.
    pub shape: Vec<usize>,
    element: Element,
    reader: BufReader<Counted>,
}

impl Npy {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// Names the file when it is no array of 4- or 8-byte little-endian numbers in C order, or has another length than its shape says.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let label = path.display().to_string();
        let io = |source| ImportError::Io { file: label.clone(), source };
        let file = Counted::open(path).map_err(io)?;
        let length = fs::metadata(path).map_err(io)?.len();
        let mut reader = BufReader::with_capacity(1 << 18, file);
        let fault = |what: String| ImportError::content(&label, what);
        let (start, header) = header(&mut reader).map_err(fault)?;
        let (shape, element) = parse(&header).map_err(fault)?;
        let numbers = shape.iter().try_fold(element.size(), |product: u64, &side| product.checked_mul(side as u64));
        match numbers.and_then(|bytes| bytes.checked_add(start)) {
            Some(expected) if expected == length => Ok(Self { label, shape, element, reader }),
            _ => Err(fault(format!("has {length} bytes, which is not what an array of shape {shape:?} takes"))),
        }
    }

    /// Whether the numbers are floats of 4 bytes.
    pub fn is_single(&self) -> bool {
        self.element == Element::F32
    }

    /// Reads the next numbers, as many as `into` holds.
    ///
    /// # Errors
    /// Names the file when it ends before.
    pub fn read(&mut self, into: &mut [f64]) -> Result<(), ImportError> {
        let mut bytes = vec![0; into.len() * self.element.size() as usize];
        let io = |source| ImportError::Io { file: self.label.clone(), source };
        self.reader.read_exact(&mut bytes).map_err(io)?;
        let cells = bytes.chunks_exact(self.element.size() as usize);
        cells.zip(into).for_each(|(cell, number)| *number = self.element.number(cell));
        Ok(())
    }
}

impl Element {
    fn of(text: &str) -> Option<Self> {
        match text {
            "<f4" => Some(Self::F32),
            "<f8" => Some(Self::F64),
            "<i4" => Some(Self::I32),
            "<i8" => Some(Self::I64),
            _ => None,
        }
    }

    fn size(self) -> u64 {
        if matches!(self, Self::F32 | Self::I32) { 4 } else { 8 }
    }

    /// The number that these bytes, as many as [`Element::size`], are.
    fn number(self, bytes: &[u8]) -> f64 {
        match (self, bytes) {
            (Self::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]).into(),
            (Self::I32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]).into(),
            (Self::F64, &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
            (Self::I64, &[a, b, c, d, e, f, g, h]) => i64::from_le_bytes([a, b, c, d, e, f, g, h]) as f64,
            _ => f64::NAN, // never: the size is the element's
        }
    }
}

/// Where the numbers begin, and the header's text.
fn header(reader: &mut impl Read) -> Result<(u64, String), String> {
    let cut = |_| "is cut off in its header".to_owned();
    let mut start = [0; 8];
    reader.read_exact(&mut start).map_err(cut)?;
    let Some(&[major, _]) = start.strip_prefix(b"\x93NUMPY") else { return Err("is no NumPy array".into()) };
    let mut length = [0; 4];
    let width = if major == 1 { 2 } else { 4 };
    reader.read_exact(&mut length[..width]).map_err(cut)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST {
        return Err(format!("has a header of {length} bytes, expected at most {LONGEST}"));
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text).map_err(cut)?;
    let text = String::from_utf8(text).map_err(|_| "has a header that is no text".to_owned())?;
    Ok(((start.len() + width + length) as u64, text))
}

/// The shape and element of `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
fn parse(header: &str) -> Result<(Vec<usize>, Element), String> {
    let after = |key: &str| header.split_once(key).map(|(_, rest)| rest.trim_start_matches([':', ' ']));
    let fault = |what: &str| format!("{what} in its header `{}`", header.trim());
    let descr = after("'descr'").and_then(|rest| rest.strip_prefix('\'')?.split_once('\'')).map(|(descr, _)| descr);
    let descr = descr.ok_or_else(|| fault("has no `descr`"))?;
    let element = Element::of(descr).ok_or_else(|| fault("holds other numbers than <f4, <f8, <i4, <i8"))?;
    let shape = after("'shape'").and_then(|rest| rest.strip_prefix('(')?.split_once(')')).map(|(shape, _)| shape);
    let sides = shape.ok_or_else(|| fault("has no `shape`"))?.split(',').map(str::trim).filter(|side| !side.is_empty());
    let shape: Option<Vec<usize>> = sides.map(|side| side.parse().ok()).collect();
    let shape = shape.ok_or_else(|| fault("has no readable `shape`"))?;
    let is_fortran = !after("'fortran_order'").is_some_and(|rest| rest.starts_with("False"));
    if is_fortran && shape.len() > 1 {
        return Err(fault("is in Fortran order, expected C order,"));
    }
    Ok((shape, element))
}

/// An array file of this shape and these numbers, as `numpy.save` writes it.
#[cfg(test)]
pub(super) fn written(shape: &str, values: &[f32]) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let text = format!("{text:<117}\n"); // the numbers begin at byte 128
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> Result<Npy, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        std::fs::write(&path, bytes).unwrap();
        Npy::open(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn arrays_are_read_in_order() {
        let bytes = written("(2, 3)", &[1.0, 2.5, -3.0, f32::NAN, 5.0, 6.0]);
        assert_eq!(bytes.len(), 128 + 24);
        let mut npy = open(&bytes).unwrap();
        assert_eq!(npy.shape, [2, 3]);
        let mut row = [0.0; 3];
        npy.read(&mut row).unwrap();
        assert_eq!(row, [1.0, 2.5, -3.0]);
        npy.read(&mut row).unwrap();
        assert!(row[0].is_nan() && row[1..] == [5.0, 6.0]);
        assert!(npy.read(&mut row).is_err());
    }

    #[test]
    fn what_is_no_such_array_is_refused() {
        let bytes = written("(2,)", &[1.0, 2.0]);
        for cut in 0..bytes.len() {
            assert!(open(&bytes[..cut]).is_err(), "{cut}");
        }
        let with = |from: &str, to: &str| {
            let text = String::from_utf8_lossy(&bytes[10..128]).replace(from, to);
            open(&[&bytes[..10], text.as_bytes(), &bytes[128..]].concat()).err().unwrap_or_default()
        };
        assert!(with("<f4", ">f4").contains("other numbers than"));
        assert!(with("(2,)", "(3,)").contains("has 136 bytes"));
        assert!(with("(2,)", "(x,)").contains("no readable `shape`"));
        assert!(with("False, 'shape': (2,), }    ", "True, 'shape': (2, 1), }   ").contains("Fortran order"));
        let endless = format!("({0}, {0}, {0})", u64::MAX);
        assert!(open(&written(&endless, &[])).is_err());
    }
}
