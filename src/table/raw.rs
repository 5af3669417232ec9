//! The one file with `unsafe`: mapping a file and what HDF5's safe binding cannot write, which is data sets without a time stamp and
//! texts of a length that is known only when the program runs.
#![allow(unsafe_code)]

use std::ffi::{CString, c_void};
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use hdf5::{Attribute, Dataset, Dataspace, Datatype, Group};
use hdf5_sys::h5a::H5Awrite;
use hdf5_sys::h5d::H5Dcreate2;
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{H5P_CLS_DATASET_CREATE, H5P_DEFAULT, H5Pclose, H5Pcreate, H5Pset_obj_track_times};
use memmap2::Mmap;

use crate::base::open_regular;

/// Read-only bytes of a whole file, mapped or embedded in the program; cheap to clone.
#[derive(Clone)]
pub enum Bytes {
    /// A mapped file.
    Mapped(Arc<Mmap>),
    /// Bytes that are part of the program.
    Static(&'static [u8]),
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Static(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Maps a file read-only.
pub fn map(path: &Path) -> io::Result<Bytes> {
    let file = open_regular(path)?;
    // SAFETY: the mapped bytes must not change while they are mapped. Every file that this program writes is written to a
    // sibling and renamed into place, never changed or truncated in place, and the documentation asks the same of others.
    let map = unsafe { Mmap::map(&file) }?;
    Ok(Bytes::Mapped(Arc::new(map)))
}

/// Creates a contiguous data set that records no time of creation, so that the same content makes the same bytes.
pub fn create_timeless(parent: &Group, name: &str, datatype: &Datatype, space: &Dataspace) -> hdf5::Result<Dataset> {
    let name = CString::new(name).map_err(|_| hdf5::Error::from("a data set's name holds a NUL"))?;
    hdf5::sync::sync(|| {
        // SAFETY: the class is a constant of the library, which `sync` has initialised.
        let creation: hid_t = unsafe { H5Pcreate(*H5P_CLS_DATASET_CREATE) };
        check(creation, "H5Pcreate")?;
        // SAFETY: `creation` is the live list made above.
        let set = unsafe { H5Pset_obj_track_times(creation, 0) };
        // SAFETY: all identifiers are live for the call; `name` ends with a NUL and outlives it.
        let id = unsafe {
            H5Dcreate2(parent.id(), name.as_ptr(), datatype.id(), space.id(), H5P_DEFAULT, creation, H5P_DEFAULT)
        };
        // SAFETY: `creation` is live and not used after this.
        unsafe { H5Pclose(creation) };
        check(i64::from(set), "H5Pset_obj_track_times")?;
        check(id, "H5Dcreate2")?;
        // SAFETY: `id` was just returned by `H5Dcreate2` with a reference count of 1, which the new handle takes over.
        unsafe { hdf5::from_id::<Dataset>(id) }
    })
}

/// Writes the bytes of a text attribute of fixed length.
pub fn write_text(attribute: &Attribute, datatype: &Datatype, text: &[u8]) -> hdf5::Result<()> {
    if datatype.size() > text.len() {
        return Err("a text is shorter than its attribute".into());
    }
    hdf5::sync::sync(|| {
        // SAFETY: both identifiers are live, and HDF5 reads `datatype.size()` bytes, which `text` has.
        let written = unsafe { H5Awrite(attribute.id(), datatype.id(), text.as_ptr().cast::<c_void>()) };
        check(i64::from(written), "H5Awrite")
    })
}

fn check(returned: i64, call: &str) -> hdf5::Result<()> {
    if returned < 0 { Err(hdf5::Error::query().unwrap_or_else(|_| call.into())) } else { Ok(()) }
}
