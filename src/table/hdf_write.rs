//! Writing HDF5 files whose bytes depend on nothing but their content, by HDF5's own library, which holds one lock for the whole process.

use std::path::Path;

use hdf5::types::TypeDescriptor;
use hdf5::{Dataspace, Datatype, Group};

use super::error::TableError;
use super::hdf::{Element, part_name};
use super::raw;

/// The alignment in bytes of every data set that this program writes.
const ALIGNMENT: u64 = 64;

/// The most bytes of one attribute: HDF5 allows 64 KiB with its header. A longer text continues in `name.1`, `name.2` ...
const ATTRIBUTE_BYTES: usize = 60_000;

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
            // without bounds, newer libraries write newer structures
            .with_fapl(|access| access.alignment(1, ALIGNMENT).libver_earliest())
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

/// HDF5's own file locks fail on some network file systems and outlive a file in forked children. They are not needed: files are
/// written under a name of their own, renamed, and never changed.
pub(crate) fn without_locks() -> hdf5::file::FileBuilder {
    let mut builder = hdf5::File::with_options();
    builder.with_fapl(|access| access.file_locking(false));
    builder
}
