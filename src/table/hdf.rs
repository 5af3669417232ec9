//! HDF5 files whose data sets are read by memory-mapping: checked once when a column is opened, plain slices afterwards.
//!
//! HDF5 itself speaks only while a file is opened, asked for an attribute or a column, or written; it holds one lock for the
//! whole process.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use bytemuck::Pod;
use hdf5::dataset::Layout;
use hdf5::types::TypeDescriptor;
use hdf5::{Attribute, Dataset, Dataspace, Datatype, Group, H5Type};

use super::error::TableError;
use super::raw::{self, Bytes};

/// The alignment in bytes of every data set that this program writes.
const ALIGNMENT: u64 = 64;

/// An element of a column: a number whose bytes are the same in the file and in memory.
pub trait Element: H5Type + Pod + fmt::Debug {}
impl Element for u8 {}
impl Element for u32 {}
impl Element for u64 {}
impl Element for f32 {}
impl Element for f64 {}

/// An open HDF5 file and its mapped bytes.
pub struct HdfFile {
    label: String,
    file: hdf5::File,
    bytes: Bytes,
}

impl HdfFile {
    /// Opens and maps a file.
    ///
    /// # Errors
    /// Missing, unreadable, truncated and foreign files are told apart.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let label = path.display().to_string();
        let io = |source| TableError::Io { file: label.clone(), source };
        if path.is_dir() {
            return Err(TableError::NotHdf5 { file: label, why: "it is a folder".into() });
        }
        let bytes = raw::map(path).map_err(io)?;
        if bytes.is_empty() {
            return Err(TableError::NotHdf5 { file: label, why: "it is empty".into() });
        }
        let file = without_locks().open(path).map_err(|error| not_hdf5(&label, &error))?;
        Ok(Self { label, file, bytes })
    }

    /// Opens a file that is part of the program.
    ///
    /// # Errors
    /// Says what HDF5 dislikes about the bytes.
    pub fn embedded(label: &str, bytes: &'static [u8]) -> Result<Self, TableError> {
        let file = raw::open_image(label, bytes).map_err(|error| not_hdf5(label, &error))?;
        Ok(Self { label: label.to_owned(), file, bytes: Bytes::Static(bytes) })
    }

    /// What messages call the file.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Checks the attributes `format` and `format_version` of the file's root.
    ///
    /// # Errors
    /// Tells a foreign file from one of another version.
    pub fn expect_format(&self, format: &str, version: u32) -> Result<(), TableError> {
        let file = self.label.clone();
        match self.text("format") {
            Ok(found) if found == format => {}
            Ok(found) => {
                return Err(TableError::Foreign { file, expected: format.into(), found: format!("`{found}`") });
            }
            Err(_) => return Err(TableError::Foreign { file, expected: format.into(), found: "absent".into() }),
        }
        let found = self.number("format_version")?;
        if found == version { Ok(()) } else { Err(TableError::Version { file, found, expected: version }) }
    }

    /// Reads a text attribute of the file's root.
    ///
    /// # Errors
    /// Names the attribute when it is absent or no text.
    pub fn text(&self, attribute: &str) -> Result<String, TableError> {
        read_text(&self.file, attribute).map_err(|what| self.bad_attribute(attribute, what))
    }

    /// Reads a whole-number attribute of the file's root.
    ///
    /// # Errors
    /// Names the attribute when it is absent or no number.
    pub fn number(&self, attribute: &str) -> Result<u32, TableError> {
        self.scalar(attribute, "a whole number")
    }

    /// Reads a text attribute of a data set, if it is there.
    pub fn column_text(&self, column: &str, attribute: &str) -> Option<String> {
        read_text(&*self.file.dataset(column).ok()?, attribute).ok()
    }

    /// Opens a column of the given shape for reading by memory-mapping.
    ///
    /// # Errors
    /// Refuses, naming the data set: absence, another element type, byte order or shape, chunks or compression, and bytes that lie
    /// outside of the file or are not aligned.
    pub fn column<T: Element>(&self, path: &str, shape: &[usize]) -> Result<Column<T>, TableError> {
        let dataset = self.dataset(path)?;
        self.check_type::<T>(path, &dataset)?;
        if dataset.shape() != shape {
            return Err(self.fault(path, format!("has shape {:?}, expected {shape:?}", dataset.shape()), false));
        }
        let length = shape.iter().product::<usize>();
        if length == 0 {
            return Ok(Column::empty());
        }
        if dataset.layout() != Layout::Contiguous {
            return Err(self.fault(path, format!("is stored {:?}, expected Contiguous", dataset.layout()), true));
        }
        let offset = dataset.offset().ok_or_else(|| self.fault(path, "was never written".into(), false))?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        self.check_place::<T>(path, start, length)?;
        Ok(Column { bytes: self.bytes.clone(), start, length, element: PhantomData })
    }

    /// Reads a column through HDF5, whatever its layout and byte order.
    ///
    /// # Errors
    /// Names the data set when it is absent, has another shape, or HDF5 cannot read it.
    pub fn load<T: Element>(&self, path: &str, shape: &[usize]) -> Result<Vec<T>, TableError> {
        let dataset = self.dataset(path)?;
        if dataset.shape() != shape {
            return Err(self.fault(path, format!("has shape {:?}, expected {shape:?}", dataset.shape()), false));
        }
        dataset.read_raw().map_err(|error| self.fault(path, format!("cannot be read: {error}"), false))
    }

    fn dataset(&self, path: &str) -> Result<Dataset, TableError> {
        self.file.dataset(path).map_err(|_| self.fault(path, "is absent".into(), false))
    }

    fn check_type<T: Element>(&self, path: &str, dataset: &Dataset) -> Result<(), TableError> {
        let found =
            dataset.dtype().map_err(|error| self.fault(path, format!("has no readable type: {error}"), false))?;
        let expected = T::type_descriptor();
        match found.to_descriptor() {
            Ok(descriptor) if descriptor == expected => {}
            Ok(descriptor) => {
                return Err(self.fault(path, format!("has elements {descriptor}, expected {expected}"), false));
            }
            Err(_) => {
                return Err(self.fault(path, format!("has elements of no known type, expected {expected}"), false));
            }
        }
        let native = Datatype::from_type::<T>().map_err(|error| self.fault(path, error.to_string(), false))?;
        if found == native { Ok(()) } else { Err(self.fault(path, "is not little-endian".into(), true)) }
    }

    fn check_place<T: Element>(&self, path: &str, start: usize, length: usize) -> Result<(), TableError> {
        let end = length.checked_mul(size_of::<T>()).and_then(|size| start.checked_add(size));
        match end {
            Some(end) if end <= self.bytes.len() => {}
            _ => {
                let what = format!(
                    "begins at byte {start} and ends outside of the file, which has {} bytes",
                    self.bytes.len()
                );
                return Err(self.fault(path, what, false));
            }
        }
        let address = self.bytes.as_ptr() as usize + start;
        if address.is_multiple_of(align_of::<T>()) {
            return Ok(());
        }
        Err(self.fault(
            path,
            format!("begins at byte {start}, which is not aligned to {} bytes", align_of::<T>()),
            true,
        ))
    }

    fn fault(&self, column: &str, what: String, convertible: bool) -> TableError {
        TableError::Column { file: self.label.clone(), column: column.to_owned(), what, convertible }
    }

    fn scalar<T: H5Type>(&self, attribute: &str, expected: &str) -> Result<T, TableError> {
        let found = self.file.attr(attribute).map_err(|_| self.bad_attribute(attribute, "is absent"))?;
        found.read_scalar().map_err(|_| self.bad_attribute(attribute, &format!("is not {expected}")))
    }

    fn bad_attribute(&self, attribute: &str, what: &str) -> TableError {
        TableError::Attribute { file: self.label.clone(), attribute: attribute.to_owned(), what: what.to_owned() }
    }
}

fn not_hdf5(label: &str, error: &hdf5::Error) -> TableError {
    let text = error.to_string();
    let why = if text.contains("truncated") { "it is truncated; copy or import it again".to_owned() } else { text };
    TableError::NotHdf5 { file: label.to_owned(), why }
}

/// HDF5's own file locks fail on some network file systems and outlive a file in forked children. They are not needed: files are
/// written under a name of their own, renamed, and never changed.
pub(crate) fn without_locks() -> hdf5::file::FileBuilder {
    let mut builder = hdf5::File::with_options();
    builder.with_fapl(|access| access.file_locking(false));
    builder
}

/// A mapped column: a checked range of a file's bytes, read as a slice.
#[derive(Clone)]
pub struct Column<T> {
    bytes: Bytes,
    start: usize,
    length: usize,
    element: PhantomData<T>,
}

impl<T: Element> Column<T> {
    /// A column without elements.
    pub fn empty() -> Self {
        Self { bytes: Bytes::Static(&[]), start: 0, length: 0, element: PhantomData }
    }

    /// The elements, in row-major order.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        if self.length == 0 {
            return &[]; // no bytes need not be aligned
        }
        bytemuck::cast_slice(self.as_bytes())
    }

    /// The elements as the bytes of the file.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.start + self.length * size_of::<T>()]
    }
}

impl<T: Element> AsRef<[T]> for Column<T> {
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

/// Writes an HDF5 file of contiguous, aligned columns, whose bytes depend on nothing but its content.
pub struct HdfWriter {
    label: String,
    file: hdf5::File,
}

impl HdfWriter {
    /// Creates the file; messages call it `label`, since `path` may be the temporary sibling of what a user asked for.
    ///
    /// # Errors
    /// Says what HDF5 said.
    pub fn create(path: &Path, label: &Path, format: &str, version: u32) -> Result<Self, TableError> {
        let label = label.display().to_string();
        let file = without_locks()
            .with_fapl(|access| access.alignment(1, ALIGNMENT))
            .create(path)
            .map_err(|error| TableError::Hdf5 { file: label.clone(), why: error.to_string() })?;
        let writer = Self { label, file };
        writer.text("format", format)?;
        let number = writer
            .file
            .new_attr::<u32>()
            .create("format_version")
            .and_then(|attribute| attribute.write_scalar(&version));
        number.map_err(|error| writer.fault(&error))?;
        Ok(writer)
    }

    /// Writes a text attribute of the root.
    ///
    /// # Errors
    /// Says what HDF5 said.
    pub fn text(&self, attribute: &str, value: &str) -> Result<(), TableError> {
        write_text(&self.file, attribute, value).map_err(|error| self.fault(&error))
    }

    /// Writes a column of the given shape from consecutive parts of its elements, with text attributes.
    ///
    /// # Errors
    /// Says what HDF5 said.
    pub fn column<T: Element>(
        &self,
        path: &str,
        shape: &[usize],
        parts: &[&[T]],
        attributes: &[(&str, &str)],
    ) -> Result<(), TableError> {
        self.write_column(path, shape, parts, attributes).map_err(|error| self.fault(&error))
    }

    /// Closes the file.
    ///
    /// # Errors
    /// Says what HDF5 said.
    pub fn close(self) -> Result<(), TableError> {
        let label = self.label;
        self.file.close().map_err(|error| TableError::Hdf5 { file: label, why: error.to_string() })
    }

    fn write_column<T: Element>(
        &self,
        path: &str,
        shape: &[usize],
        parts: &[&[T]],
        attributes: &[(&str, &str)],
    ) -> hdf5::Result<()> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = self.folder(folder)?;
        let space = Dataspace::try_new(shape)?;
        let dataset = raw::create_timeless(&parent, name, &Datatype::from_type::<T>()?, &space)?;
        let mut start = 0;
        for part in parts.iter().filter(|part| !part.is_empty()) {
            match shape.len() {
                1 => dataset.write_slice(*part, start..start + part.len())?,
                _ => dataset.write_raw(*part)?, // only flat columns come in more than one part
            }
            start += part.len();
        }
        attributes.iter().try_for_each(|(attribute, value)| write_text(&dataset, attribute, value))
    }

    fn folder(&self, path: &str) -> hdf5::Result<Group> {
        path.split('/').filter(|name| !name.is_empty()).try_fold(self.file.as_group()?, |parent, name| {
            if parent.link_exists(name) { parent.group(name) } else { parent.create_group(name) }
        })
    }

    fn fault(&self, error: &hdf5::Error) -> TableError {
        TableError::Hdf5 { file: self.label.clone(), why: error.to_string() }
    }
}

/// The most bytes of one attribute: HDF5 allows 64 KiB with its header. A longer text continues in `name.1`, `name.2` ...
const ATTRIBUTE_BYTES: usize = 60_000;

/// The name of the n-th part of a text.
fn part_name(attribute: &str, part: usize) -> String {
    if part == 0 { attribute.to_owned() } else { format!("{attribute}.{part}") }
}

/// Texts have a fixed length: HDF5 1.10 can crash on a damaged file's texts of variable length.
fn write_text(object: &hdf5::Location, attribute: &str, value: &str) -> hdf5::Result<()> {
    let parts = value.as_bytes().chunks(ATTRIBUTE_BYTES).chain(value.is_empty().then_some(&[0u8][..]));
    for (number, part) in parts.enumerate() {
        let descriptor = TypeDescriptor::FixedUnicode(part.len());
        let created = object.new_attr_builder().empty_as(&descriptor).create(part_name(attribute, number).as_str())?;
        raw::write_text(&created, &Datatype::from_descriptor(&descriptor)?, part)?;
    }
    Ok(())
}

fn read_text(object: &hdf5::Location, attribute: &str) -> Result<String, &'static str> {
    let first = object.attr(attribute).map_err(|_| "is absent")?;
    let mut bytes = part_of_text(&first)?;
    let rest = (1..).map_while(|number| object.attr(&part_name(attribute, number)).ok());
    for part in rest {
        bytes.extend(part_of_text(&part)?);
    }
    String::from_utf8(bytes).map_err(|_| "is not text")
}

fn part_of_text(attribute: &Attribute) -> Result<Vec<u8>, &'static str> {
    let datatype = attribute.dtype().map_err(|_| "is not text")?;
    let fixed = matches!(datatype.to_descriptor(), Ok(TypeDescriptor::FixedUnicode(_) | TypeDescriptor::FixedAscii(_)));
    if !fixed {
        return Err("is not text of a fixed length");
    }
    let mut bytes = raw::read_text(attribute, &datatype).map_err(|_| "is not text")?;
    bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
    Ok(bytes)
}
