//! NumPy arrays, in the formats described at <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>:
//! an `.npz` archive, or a folder of `.npy` files.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ndarray::{Array4, ShapeBuilder as _};
use ndarray_npy::npy::header::Header;
use zip::ZipArchive;
use zip::result::ZipError;

use super::bytes::{Stream, hex, name, open};
use super::images::{LAST_LABEL, not_empty};
use super::{DataError, Images, Parts, Pixels};

const IMAGE_TYPES: [&str; 3] = ["u1", "f4", "f8"];
const LABEL_TYPES: [&str; 8] = ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"];

/// The longest description of an array that is read, which is NumPy's limit too.
const HEADER_LIMIT: u64 = 10_000;

/// What the last record of an archive without a comment begins with, and its bytes.
const ZIP_END: &[u8] = b"PK\x05\x06";
const ZIP_END_SIZE: u64 = 22;

/// Reads the arrays `x_train` and `y_train` (or `x` and `y`) and, where they exist, `x_valid` and `y_valid` (or `x_val` and `y_val`), `x_test`
/// and `y_test`, from an `.npz` file or from the `.npy` files of a folder. Arrays of other names are refused: they would be ignored.
///
/// Images are u8, f32 or f64 (kept as f32), shaped `[n, height, width]`, `[n, channels, height, width]`, or
/// `[n, height, width, channels]`; channels are last only when the last axis is 1 or 3 and the second is neither.
/// Labels are integers of any type, shaped `[n]` or `[n, 1]`; the largest tells the number of classes.
///
/// # Errors
/// Names the array that is unknown, missing, malformed, cut, too long, of an unsupported type or shape, or at odds with the
/// others.
pub fn read(path: &Path) -> Result<Parts, DataError> {
    let mut source = Source::open(path)?;
    source.refuse_unknown()?;
    if !source.has("x_train") && !source.has("x") {
        return Err(source.missing(&["x_train", "x"]));
    }
    let [x, y] = if source.has("x_train") { ["x_train", "y_train"] } else { ["x", "y"] };
    let train = source.images(x, y)?;
    let mut part = |x: &str, y: &str| -> Result<Option<(String, Images)>, DataError> {
        let is_there = source.has(x) || source.has(y);
        is_there.then(|| Ok((source.label(x), source.images(x, y)?))).transpose()
    };
    let valid = match part("x_valid", "y_valid")? {
        Some(valid) => Some(valid),
        None => part("x_val", "y_val")?,
    };
    let test = part("x_test", "y_test")?;
    Parts::by_labels(train, valid, test)
}

/// The arrays that are understood.
const ARRAYS: [&str; 10] = ["x_train", "y_train", "x", "y", "x_valid", "y_valid", "x_val", "y_val", "x_test", "y_test"];

/// Where the arrays are.
enum Source {
    Folder(PathBuf),
    Archive(PathBuf, ZipArchive<BufReader<File>>),
}

impl Source {
    fn open(path: &Path) -> Result<Self, DataError> {
        if path.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        let (mut file, length) = open(path)?;
        closed(path, &mut file, length)?;
        let archive = ZipArchive::new(file).map_err(|error| not_zip(path, &error))?;
        Ok(Self::Archive(path.to_owned(), archive))
    }

    fn place(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::Archive(path, _) => path,
        }
    }

    /// What messages call an array's file.
    fn label(&self, array: &str) -> String {
        match self {
            Self::Folder(path) => name(&path.join(file(array))),
            Self::Archive(path, _) => format!("{}: {}", path.display(), file(array)),
        }
    }

    fn has(&self, array: &str) -> bool {
        match self {
            Self::Folder(path) => path.join(file(array)).exists(),
            Self::Archive(_, archive) => archive.index_for_name(&file(array)).is_some(),
        }
    }

    /// An array that is not understood would be ignored.
    fn refuse_unknown(&self) -> Result<(), DataError> {
        let names: Vec<String> = match self {
            Self::Folder(path) => {
                let entries = path.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
                let arrays = entries.filter(|path| path.extension().is_some_and(|ending| ending == "npy"));
                arrays.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect()
            }
            Self::Archive(_, archive) => {
                let names = archive.file_names().filter_map(Result::ok);
                names.map(|name| name.strip_suffix(".npy").unwrap_or(&name).to_owned()).collect()
            }
        };
        match names.into_iter().filter(|name| !ARRAYS.contains(&name.as_str())).min() {
            None => Ok(()),
            Some(found) => {
                let known = ARRAYS.iter().map(|name| (*name).to_owned()).collect();
                Err(DataError::Unknown { place: name(self.place()), known, found })
            }
        }
    }

    fn missing(&self, arrays: &[&str]) -> DataError {
        DataError::Missing { place: name(self.place()), names: arrays.iter().map(|array| file(array)).collect() }
    }

    fn array(&mut self, array: &str, types: &[&str], expected: &str) -> Result<Array, DataError> {
        if !self.has(array) {
            return Err(self.missing(&[array]));
        }
        let label = self.label(array);
        match self {
            Self::Folder(path) => Array::read(&mut Stream::open(&path.join(file(array)))?, types, expected),
            Self::Archive(path, archive) => {
                let entry = archive.by_name(&file(array)).map_err(|error| not_zip(path, &error))?;
                Array::read(&mut Stream::packed(label, entry), types, expected)
            }
        }
    }

    fn images(&mut self, x: &str, y: &str) -> Result<Images, DataError> {
        let labels = self.array(y, &LABEL_TYPES, "integer labels")?;
        let images = self.array(x, &IMAGE_TYPES, "images of u8, f32 or f64")?;
        let (axes, last) = images.axes()?;
        let [count, channels, height, width] = if last { [axes[0], axes[3], axes[1], axes[2]] } else { axes };
        let shape = [channels, height, width];
        not_empty(&images.file, count, shape)?;
        let found = labels.shape.first().map_or(0, |&count| count as u64);
        if found != count as u64 {
            let expected = count as u64;
            return Err(DataError::Count { file: labels.file, images: images.file, expected, found });
        }
        Ok(Images { shape, pixels: images.pixels(axes, last)?, labels: labels.labels()? })
    }
}

fn file(array: &str) -> String {
    format!("{array}.npy")
}

/// Checks that the archive's last record stands at the end, where NumPy writes it; the `zip` crate would search for it.
fn closed(path: &Path, file: &mut (impl Read + Seek), length: u64) -> Result<(), DataError> {
    let io = |source| DataError::Io { file: name(path), source };
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(ZIP_END_SIZE))).map_err(io)?;
    file.take(ZIP_END_SIZE).read_to_end(&mut tail).map_err(io)?;
    if tail.starts_with(ZIP_END) {
        return Ok(());
    }
    let end = hex(ZIP_END);
    let expected =
        format!("an .npz file with {end} at {ZIP_END_SIZE} bytes before its end (it is cut, or bytes follow it)");
    let found = format!("{} in {length} bytes", hex(&tail[..tail.len().min(ZIP_END.len())]));
    Err(DataError::Kind { file: name(path), expected, found })
}

fn not_zip(path: &Path, error: &ZipError) -> DataError {
    let expected = "an .npz file, which is a zip archive, or a folder of .npy files".into();
    DataError::Kind { file: name(path), expected, found: error.to_string() }
}

/// An array as it is stored, but little-endian.
struct Array {
    file: String,
    shape: Vec<usize>,
    fortran: bool,
    /// NumPy's name of the type without the byte order, e.g. `f4`.
    kind: String,
    /// The bytes of a value.
    size: usize,
    bytes: Vec<u8>,
}

impl Array {
    fn read(stream: &mut Stream<impl Read>, types: &[&str], expected: &str) -> Result<Self, DataError> {
        let header = read_header(stream)?;
        let wrong = || DataError::Type {
            file: stream.file.clone(),
            expected: expected.into(),
            found: header.type_descriptor.to_string(),
        };
        let text = header.type_descriptor.as_string().ok_or_else(wrong)?;
        let (order, kind) = text.split_at_checked(1).ok_or_else(wrong)?;
        let size = kind.bytes().last().map_or(0, |digit| digit.wrapping_sub(b'0'));
        if !types.contains(&kind) || !(["<", ">"].contains(&order) || order == "|" && size == 1) {
            return Err(wrong());
        }
        let total = header.shape.iter().fold(u64::from(size), |total, &axis| total.saturating_mul(axis as u64));
        let mut bytes = stream.rest(total)?;
        if order == ">" {
            bytes.chunks_exact_mut(size.into()).for_each(<[u8]>::reverse);
        }
        let (file, kind) = (stream.file.clone(), kind.to_owned());
        Ok(Self { file, shape: header.shape, fortran: header.layout.is_fortran(), kind, size: size.into(), bytes })
    }

    /// The four axes of images as they are stored, and whether channels are last.
    fn axes(&self) -> Result<([usize; 4], bool), DataError> {
        let colours = |axis| axis == 1 || axis == 3;
        match *self.shape {
            [images, height, width] => Ok(([images, 1, height, width], false)),
            [images, second, third, last] => Ok(([images, second, third, last], colours(last) && !colours(second))),
            _ => Err(self.wrong_shape("images of 3 or 4 axes")),
        }
    }

    fn pixels(self, axes: [usize; 4], last: bool) -> Result<Pixels, DataError> {
        let wrong_shape = self.wrong_shape("axes that fit into memory");
        let fortran = self.fortran;
        let pixels = match self.kind.as_str() {
            "u1" => channels_first(self.bytes, axes, fortran, last).map(Pixels::Bytes),
            "f4" => {
                let (values, _) = self.bytes.as_chunks();
                let values = values.iter().map(|&value| f32::from_le_bytes(value).into());
                channels_first(self.floats(values)?, axes, fortran, last).map(Pixels::Floats)
            }
            _ => {
                let (values, _) = self.bytes.as_chunks();
                let values = values.iter().map(|&value| f64::from_le_bytes(value));
                channels_first(self.floats(values)?, axes, fortran, last).map(Pixels::Floats)
            }
        };
        pixels.ok_or(wrong_shape)
    }

    fn floats(&self, values: impl Iterator<Item = f64>) -> Result<Vec<f32>, DataError> {
        let narrow = |(index, value)| match value as f32 {
            narrow if narrow.is_finite() => Ok(narrow),
            _ => Err(DataError::NotFinite { file: self.file.clone(), index, found: value }),
        };
        values.enumerate().map(narrow).collect()
    }

    fn labels(self) -> Result<Vec<u16>, DataError> {
        if !matches!(*self.shape, [_] | [_, 1]) {
            return Err(self.wrong_shape("labels shaped [n] or [n, 1]"));
        }
        let values = self.bytes.chunks_exact(self.size).map(|bytes| integer(bytes, self.kind.starts_with('i')));
        let narrow = |(index, found)| match u16::try_from(found) {
            Ok(label) if label <= LAST_LABEL => Ok(label),
            _ => Err(DataError::Label { file: self.file.clone(), index, last: LAST_LABEL, found }),
        };
        values.enumerate().map(narrow).collect()
    }

    fn wrong_shape(&self, expected: &str) -> DataError {
        DataError::Shape { file: self.file.clone(), expected: expected.into(), found: format!("{:?}", self.shape) }
    }
}

/// Reads an array's description. Its length and its nesting are checked before it is parsed.
fn read_header(stream: &mut Stream<impl Read>) -> Result<Header, DataError> {
    let mut head = stream.take(8)?;
    let file = stream.file.clone();
    let wrong = |expected: String, found| DataError::Kind { file: file.clone(), expected, found };
    if !head.starts_with(b"\x93NUMPY") {
        return Err(wrong(format!("a NumPy array, which begins with {}", hex(b"\x93NUMPY")), hex(&head)));
    }
    let size = match head[6..] {
        [1, 0] => 2,
        [2 | 3, 0] => 4,
        _ => return Err(wrong("NumPy's format 1.0, 2.0 or 3.0".into(), format!("{}.{}", head[6], head[7]))),
    };
    let size = stream.take(size)?;
    let length = size.iter().rev().fold(0, |length, &byte| length << 8 | u64::from(byte));
    if length > HEADER_LIMIT {
        return Err(wrong(format!("a header of at most {HEADER_LIMIT} bytes"), length.to_string()));
    }
    let text = stream.take(length)?;
    if text.iter().filter(|byte| b"([{".contains(byte)).count() > 64 {
        return Err(wrong("a header with at most 64 brackets".into(), "more".into()));
    }
    head.extend(size);
    head.extend(text);
    Header::from_reader(&mut head.as_slice()).map_err(|error| wrong("a NumPy array's header".into(), error.to_string()))
}

/// The values in the order of `[images, channels, height, width]`, row-major; none if they do not fill the axes.
fn channels_first<T: Copy>(values: Vec<T>, axes: [usize; 4], fortran: bool, last: bool) -> Option<Vec<T>> {
    let array = Array4::from_shape_vec(axes.set_f(fortran), values).ok()?;
    let array = if last { array.permuted_axes([0, 3, 1, 2]) } else { array };
    if array.is_standard_layout() {
        Some(array.into_raw_vec_and_offset().0)
    } else {
        Some(array.iter().copied().collect())
    }
}

/// A little-endian integer of up to 8 bytes.
fn integer(bytes: &[u8], signed: bool) -> i128 {
    let negative = signed && bytes.last().is_some_and(|top| top & 0x80 != 0);
    let mut wide = [if negative { 0xff } else { 0 }; 16];
    wide.iter_mut().zip(bytes).for_each(|(wide, byte)| *wide = *byte);
    i128::from_le_bytes(wide)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Cursor, Write as _};

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn npy(kind: &str, fortran: bool, shape: &str, bytes: &[u8]) -> Vec<u8> {
        let order = if fortran { "True" } else { "False" };
        let text = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        described(&text, bytes)
    }

    fn described(text: &str, bytes: &[u8]) -> Vec<u8> {
        let length = (text.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", length.as_slice(), text.as_bytes(), bytes].concat()
    }

    fn images() -> Vec<u8> {
        npy("|u1", false, "(2, 1, 3)", &[1, 2, 3, 4, 5, 6])
    }

    fn labels() -> Vec<u8> {
        npy("<i8", false, "(2,)", &[4_i64, 0].map(i64::to_le_bytes).concat())
    }

    fn folder(x: &[u8], y: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x_train.npy"), x).unwrap();
        fs::write(folder.path().join("y_train.npy"), y).unwrap();
        folder
    }

    fn refused(x: &[u8], y: &[u8]) -> DataError {
        read(folder(x, y).path()).unwrap_err()
    }

    fn train(x: &[u8], y: &[u8]) -> Images {
        read(folder(x, y).path()).unwrap().train
    }

    fn zip(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in arrays {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn reads_folders_and_archives() {
        let pixels = Pixels::Bytes(vec![1, 2, 3, 4, 5, 6]);
        let train = Images { shape: [1, 1, 3], pixels, labels: vec![4, 0] };
        assert_eq!(
            read(folder(&images(), &labels()).path()).unwrap(),
            Parts { train: train.clone(), valid: None, test: None, classes: 5, names: Vec::new() }
        );
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.npz");
        let arrays = [("x.npy", images()), ("y.npy", labels()), ("x_test.npy", images()), ("y_test.npy", labels())];
        fs::write(&path, zip(&arrays)).unwrap();
        assert_eq!(
            read(&path).unwrap(),
            Parts { train: train.clone(), valid: None, test: Some(train), classes: 5, names: Vec::new() }
        );
        fs::write(&path, zip(&arrays[..3])).unwrap();
        assert!(matches!(read(&path), Err(DataError::Missing { names, .. }) if names == ["y_test.npy"]));
        fs::write(&path, zip(&arrays[1..])).unwrap();
        assert!(matches!(read(&path), Err(DataError::Missing { names, .. }) if names == ["x_train.npy", "x.npy"]));
    }

    #[test]
    fn axes_are_put_in_order() {
        let bytes: Vec<u8> = (0..24).collect();
        let y = npy(">u2", false, "(2, 1)", &[0, 1, 0, 2]);
        let last = train(&npy("|u1", false, "(2, 2, 2, 3)", &bytes), &y);
        let expected = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11].map(|value| [value, value + 12]);
        let expected = [0, 1].iter().flat_map(|&image| expected.map(|pair| pair[image])).collect();
        assert_eq!((last.shape, last.pixels, last.labels), ([3, 2, 2], Pixels::Bytes(expected), vec![1, 2]));
        let first = train(&npy("|u1", false, "(2, 3, 4, 1)", &bytes), &y);
        assert_eq!((first.shape, first.pixels), ([3, 4, 1], Pixels::Bytes(bytes.clone())));
        let fortran = train(&npy("|u1", true, "(2, 1, 3)", &[1, 4, 2, 5, 3, 6]), &y);
        assert_eq!(fortran.pixels, Pixels::Bytes(vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn floats_become_f32() {
        let values = [0.5, -1.0, 2.0, 3.0, 4.0, 0.25];
        let expected = Pixels::Floats(values.map(|value| value as f32).to_vec());
        let kinds = [
            npy("<f8", false, "(2, 1, 3)", &values.map(f64::to_le_bytes).concat()),
            npy(">f8", false, "(2, 1, 3)", &values.map(f64::to_be_bytes).concat()),
            npy("<f4", false, "(2, 1, 3)", &values.map(|value| (value as f32).to_le_bytes()).concat()),
        ];
        kinds.iter().for_each(|x| assert_eq!(train(x, &labels()).pixels, expected));
        for wrong in [f64::NAN, f64::INFINITY, 1e300] {
            let x = npy("<f8", false, "(2, 1, 3)", &[0.0, 0.0, 0.0, wrong, 0.0, 0.0].map(f64::to_le_bytes).concat());
            assert!(matches!(refused(&x, &labels()), DataError::NotFinite { index: 3, .. }));
        }
    }

    #[test]
    fn labels_are_checked() {
        for (kind, bytes, wrong) in [
            ("<i8", [0_i64, -1].map(i64::to_le_bytes).concat(), -1),
            ("<u8", [0, u64::MAX].map(u64::to_le_bytes).concat(), u64::MAX.into()),
            (">i4", [0_i32, 65_535].map(i32::to_be_bytes).concat(), 65_535),
            ("|i1", vec![0, 0x80], -128),
        ] {
            let error = refused(&images(), &npy(kind, false, "(2,)", &bytes));
            assert!(matches!(error, DataError::Label { index: 1, found, .. } if found == wrong), "{error}");
        }
        let most = npy("<u2", false, "(2,)", &[0, 0, 0xfe, 0xff]);
        assert_eq!(read(folder(&images(), &most).path()).unwrap().classes, 65_535);
        let error = refused(&images(), &npy("|u1", false, "(3,)", &[0; 3]));
        assert!(matches!(error, DataError::Count { expected: 2, found: 3, .. }), "{error}");
        assert!(matches!(refused(&images(), &npy("|u1", false, "(2, 2)", &[0; 4])), DataError::Shape { .. }));
        let error = refused(&images(), &npy("<f4", false, "(2,)", &[0; 8]));
        assert!(matches!(error, DataError::Type { .. }) && error.hint().is_some(), "{error}");
    }

    #[test]
    fn every_cut_and_every_trailing_byte_is_refused() {
        for cut in 0..images().len() {
            let error = refused(&images()[..cut], &labels());
            assert!(matches!(error, DataError::Cut { found, .. } if found == cut as u64), "{cut}: {error}");
        }
        for cut in 0..labels().len() {
            let error = refused(&images(), &labels()[..cut]);
            assert!(matches!(error, DataError::Cut { found, .. } if found == cut as u64), "{cut}: {error}");
        }
        let longer = [images(), vec![0]].concat();
        assert!(matches!(refused(&longer, &labels()), DataError::Trailing { .. }));
    }

    #[test]
    fn every_cut_and_every_flipped_byte_of_an_archive_ends_well() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.npz");
        let whole = zip(&[("x.npy", images()), ("y.npy", labels())]);
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(read(&path).is_err(), "{cut}");
        }
        fs::write(&path, [whole.as_slice(), b"x"].concat()).unwrap();
        assert!(read(&path).is_err());
        fs::write(&path, &whole).unwrap();
        let right = read(&path).unwrap();
        for byte in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[byte] ^= 0xff;
            fs::write(&path, flipped).unwrap();
            assert!(read(&path).map_or(true, |parts| parts == right), "{byte}");
        }
        fs::write(&path, zip(&[("x.npy", [images(), vec![0]].concat()), ("y.npy", labels())])).unwrap();
        assert!(matches!(read(&path), Err(DataError::Trailing { .. })));
    }

    #[test]
    fn bad_headers_are_refused() {
        for byte in 0..6 {
            let mut wrong = images();
            wrong[byte] ^= 1;
            assert!(matches!(refused(&wrong, &labels()), DataError::Kind { .. }));
        }
        let huge = "(2, 4294967296, 4294967296)";
        assert!(matches!(refused(&npy("|u1", false, huge, &[]), &labels()), DataError::Large { .. }));
        assert!(matches!(refused(&npy("|u1", false, "(2, 9, 9)", &[]), &labels()), DataError::Cut { .. }));
        assert!(matches!(refused(&npy("|u1", false, "(2, 0, 9)", &[]), &labels()), DataError::Shape { .. }));
        assert!(matches!(refused(&npy("|u1", false, "(0, 3, 9)", &[]), &labels()), DataError::Empty { .. }));
        assert!(matches!(refused(&npy("|u1", false, "(2, 3)", &[0; 6]), &labels()), DataError::Shape { .. }));
        for kind in ["<f2", "<i4", "|O", "|u4", "", "é"] {
            let error = refused(&npy(kind, false, "(2, 1, 3)", &[0; 24]), &labels());
            assert!(matches!(error, DataError::Type { .. } | DataError::Kind { .. }), "{kind}: {error}");
        }
        let nested = "[".repeat(9_000) + "\n";
        assert!(matches!(refused(&described(&nested, &[]), &labels()), DataError::Kind { .. }));
        assert!(matches!(refused(&described(&" ".repeat(10_001), &[]), &labels()), DataError::Kind { .. }));
        assert!(matches!(refused(&described("", &[]), &labels()), DataError::Kind { .. }));
    }

    #[test]
    fn no_changed_header_panics() {
        let whole = images();
        for byte in 8..whole.len() - 6 {
            for value in 0..=255 {
                let mut changed = whole.clone();
                changed[byte] = value;
                let header = read_header(&mut Stream::packed("a".into(), changed.as_slice()));
                drop(header);
            }
        }
    }
}
