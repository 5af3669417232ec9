//! HDF5 files whose data sets are read by memory-mapping: checked once when a column is opened, plain slices afterwards.
//!
//! A reader in Rust finds attributes and columns: strangers' files do not reach HDF5's C library (ARCHITECTURE.md says why).

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use bytemuck::Pod;
use hdf5_reader::error::Error;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::layout::DataLayout;
use hdf5_reader::{Attribute, ByteOrder, Dataset, Datatype, Hdf5File, OpenOptions, StringSize};

use super::error::TableError;
use super::raw::{self, Bytes};

/// No column has more bytes than the whole file times this, which is how far deflate can compress: a damaged file may claim any size.
const MOST_INFLATED: usize = 1_032;

/// An element of a column: a number whose bytes are the same in the file and in memory.
pub trait Element: hdf5::H5Type + Pod + fmt::Debug {
    /// What messages call the type.
    const NAME: &'static str;
}
impl Element for u8 {
    const NAME: &'static str = "uint8";
}
impl Element for u32 {
    const NAME: &'static str = "uint32";
}
impl Element for u64 {
    const NAME: &'static str = "uint64";
}
impl Element for f32 {
    const NAME: &'static str = "float32";
}
impl Element for f64 {
    const NAME: &'static str = "float64";
}

/// An open HDF5 file and its mapped bytes.
pub struct HdfFile {
    label: String,
    file: Hdf5File,
    /// The attributes of the root.
    attributes: Vec<Attribute>,
    bytes: Bytes,
}

impl HdfFile {
    /// Opens and maps a file.
    ///
    /// # Errors
    /// Missing, unreadable, truncated and foreign files are told apart.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let label = path.display().to_string();
        if path.is_dir() {
            return Err(TableError::NotHdf5 { file: label, why: "it is a folder".into() });
        }
        match raw::map(path) {
            Ok(bytes) => Self::of_bytes(label, bytes),
            Err(source) => Err(TableError::Io { file: label, source }),
        }
    }

    /// Opens a file that is part of the program.
    ///
    /// # Errors
    /// As [`HdfFile::open`].
    pub fn embedded(label: &str, bytes: &'static [u8]) -> Result<Self, TableError> {
        Self::of_bytes(label.to_owned(), Bytes::Static(bytes))
    }

    fn of_bytes(label: String, bytes: Bytes) -> Result<Self, TableError> {
        let not_hdf5 = |why: String| TableError::NotHdf5 { file: label.clone(), why };
        if bytes.is_empty() {
            return Err(not_hdf5("it is empty".into()));
        }
        let options = OpenOptions::default().with_max_read_bytes(bytes.len().saturating_mul(MOST_INFLATED));
        let file = Hdf5File::from_owner(bytes.clone(), options).map_err(|error| not_hdf5(error.to_string()))?;
        let superblock = file.superblock();
        if superblock.base_address != 0 {
            return Err(not_hdf5(format!("its content begins at byte {}, expected 0", superblock.base_address)));
        }
        if superblock.eof_address > bytes.len() as u64 {
            return Err(not_hdf5("it is truncated; copy or import it again".into()));
        }
        let attributes = file.root_group().and_then(|root| root.attributes());
        let attributes = attributes.map_err(|error| not_hdf5(error.to_string()))?;
        Ok(Self { label, file, attributes, bytes })
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
        text_of(&self.attributes, attribute).map_err(|what| self.bad_attribute(attribute, what))
    }

    /// Reads a whole-number attribute of the file's root.
    ///
    /// # Errors
    /// Names the attribute when it is absent or no number.
    pub fn number(&self, attribute: &str) -> Result<u32, TableError> {
        let found = named(&self.attributes, attribute).ok_or_else(|| self.bad_attribute(attribute, "is absent"))?;
        let number = (found.shape.is_empty() && matches!(found.datatype, Datatype::FixedPoint { size: 4, .. }))
            .then(|| found.read_scalar().ok())
            .flatten();
        number.ok_or_else(|| self.bad_attribute(attribute, "is not a whole number"))
    }

    /// Reads a text attribute of a data set, if it is there.
    pub fn column_text(&self, column: &str, attribute: &str) -> Option<String> {
        text_of(&self.file.dataset(column).ok()?.attributes(), attribute).ok()
    }

    /// Opens a column of the given shape for reading by memory-mapping.
    ///
    /// # Errors
    /// Refuses, naming the data set: absence, another element type, byte order or shape, chunks or compression, and bytes that lie
    /// outside of the file or are not aligned.
    pub fn column<T: Element>(&self, path: &str, shape: &[usize]) -> Result<Column<T>, TableError> {
        let dataset = self.dataset::<T>(path, shape)?;
        if !is_little_endian(dataset.dtype()) {
            return Err(self.fault(path, "is not little-endian".into(), true));
        }
        if shape.contains(&0) {
            return Ok(Column::empty());
        }
        let start = self.place(path, &dataset)?;
        let length = self.check_place::<T>(path, start, shape)?;
        Ok(Column { bytes: self.bytes.clone(), start, length, element: PhantomData })
    }

    /// Reads a column into memory, whatever its layout and byte order.
    ///
    /// # Errors
    /// Names the data set when it is absent, has another element type or shape, or cannot be read.
    pub fn load<T: Element>(&self, path: &str, shape: &[usize]) -> Result<Vec<T>, TableError> {
        let bytes = self.dataset::<T>(path, shape)?.read_native_bytes();
        let bytes = bytes.map_err(|error| self.unreadable(path, &error))?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }

    /// A data set of these elements and this shape.
    fn dataset<T: Element>(&self, path: &str, shape: &[usize]) -> Result<Dataset, TableError> {
        let dataset = self.file.dataset(path).map_err(|error| self.unreadable(path, &error))?;
        let found = element_name(dataset.dtype()).unwrap_or_else(|| "that are no numbers".into());
        if found != T::NAME {
            return Err(self.fault(path, format!("has elements {found}, expected {}", T::NAME), false));
        }
        if !dataset.shape().iter().copied().eq(shape.iter().map(|&length| length as u64)) {
            return Err(self.fault(path, format!("has shape {:?}, expected {shape:?}", dataset.shape()), false));
        }
        Ok(dataset)
    }

    /// Where in the file a contiguous data set begins.
    fn place(&self, path: &str, dataset: &Dataset) -> Result<usize, TableError> {
        const NOWHERE: u64 = u64::MAX; // HDF5's undefined address
        let header = self.file.get_or_parse_header(dataset.address());
        let header = header.map_err(|error| self.unreadable(path, &error))?;
        let layout = header.messages.iter().find_map(|message| match message {
            HdfMessage::DataLayout(message) => Some(&message.layout),
            _ => None,
        });
        let stored = match layout {
            Some(DataLayout::Contiguous { address: NOWHERE, .. }) => {
                return Err(self.fault(path, "was never written".into(), false));
            }
            Some(DataLayout::Contiguous { address, .. }) => {
                return Ok(usize::try_from(*address).unwrap_or(usize::MAX)); // which is outside of the file
            }
            Some(DataLayout::Compact { .. }) => "Compact",
            Some(DataLayout::Chunked { .. }) => "Chunked",
            None => "nowhere",
        };
        Err(self.fault(path, format!("is stored {stored}, expected Contiguous"), true))
    }

    /// Checks that a column lies in the file and is aligned, and returns its number of elements.
    fn check_place<T: Element>(&self, path: &str, start: usize, shape: &[usize]) -> Result<usize, TableError> {
        let available = self.bytes.len().saturating_sub(start) / size_of::<T>();
        let length = shape.iter().try_fold(1usize, |length, &axis| length.checked_mul(axis));
        let Some(length) = length.filter(|length| *length <= available) else {
            let size = self.bytes.len();
            let what = format!("begins at byte {start} and ends outside of the file, which has {size} bytes");
            return Err(self.fault(path, what, false));
        };
        let address = self.bytes.as_ptr() as usize + start;
        if !address.is_multiple_of(align_of::<T>()) {
            let what = format!("begins at byte {start}, which is not aligned to {} bytes", align_of::<T>());
            return Err(self.fault(path, what, true));
        }
        Ok(length)
    }

    fn unreadable(&self, column: &str, error: &Error) -> TableError {
        let what = if is_absent(error) { "is absent".to_owned() } else { format!("cannot be read: {error}") };
        self.fault(column, what, false)
    }

    fn fault(&self, column: &str, what: String, convertible: bool) -> TableError {
        TableError::Column { file: self.label.clone(), column: column.to_owned(), what, convertible }
    }

    fn bad_attribute(&self, attribute: &str, what: &str) -> TableError {
        TableError::Attribute { file: self.label.clone(), attribute: attribute.to_owned(), what: what.to_owned() }
    }
}

fn is_absent(error: &Error) -> bool {
    match error {
        Error::Context { source, .. } => is_absent(source),
        Error::DatasetNotFound(_) | Error::GroupNotFound(_) => true,
        _ => false,
    }
}

/// What messages call the elements of a data set; `None` where they are no numbers.
pub(crate) fn element_name(datatype: &Datatype) -> Option<String> {
    match datatype {
        Datatype::FloatingPoint { size, .. } => Some(format!("float{}", 8 * u32::from(*size))),
        Datatype::FixedPoint { size, signed: false, .. } => Some(format!("uint{}", 8 * u32::from(*size))),
        Datatype::FixedPoint { size, .. } => Some(format!("int{}", 8 * u32::from(*size))),
        _ => None,
    }
}

fn is_little_endian(datatype: &Datatype) -> bool {
    match datatype {
        Datatype::FloatingPoint { size, byte_order } | Datatype::FixedPoint { size, byte_order, .. } => {
            *size == 1 || *byte_order == ByteOrder::LittleEndian
        }
        _ => false,
    }
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name == name)
}

/// The name of the n-th part of a text.
pub(super) fn part_name(attribute: &str, part: usize) -> String {
    if part == 0 { attribute.to_owned() } else { format!("{attribute}.{part}") }
}

fn text_of(attributes: &[Attribute], name: &str) -> Result<String, &'static str> {
    let first = named(attributes, name).ok_or("is absent")?;
    let rest = (1..).map_while(|number| named(attributes, &part_name(name, number)));
    let parts = std::iter::once(first).chain(rest).map(part_of_text).collect::<Option<Vec<_>>>();
    let parts = parts.ok_or("is not text of a fixed length")?;
    String::from_utf8(parts.concat()).map_err(|_| "is not text")
}

/// The bytes of a single text of fixed length, without the NULs that fill it up.
fn part_of_text(attribute: &Attribute) -> Option<&[u8]> {
    let Datatype::String { size: StringSize::Fixed(size), .. } = attribute.datatype else { return None };
    let bytes = attribute.raw_data.get(..size as usize).filter(|_| attribute.shape.is_empty())?;
    Some(&bytes[..bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)])
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
