//! The one file with `unsafe`: mapping a file and what the safe binding cannot do, which is opening an HDF5 file that lies in memory,
//! creating data sets without a time stamp, and texts of a length that is known only when the program runs.
#![allow(unsafe_code)]

use std::ffi::{CString, c_void};
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use hdf5::plist::FileAccess;
use hdf5::{Attribute, Dataset, Dataspace, Datatype, Group};
use hdf5_sys::h5::herr_t;
use hdf5_sys::h5a::{H5Aread, H5Awrite};
use hdf5_sys::h5d::H5Dcreate2;
use hdf5_sys::h5f::{H5F_ACC_RDONLY, H5Fopen};
use hdf5_sys::h5fd::{H5FD_file_image_callbacks_t, H5FD_file_image_op_t};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{
    H5P_CLS_DATASET_CREATE, H5P_DEFAULT, H5Pclose, H5Pcreate, H5Pset_file_image, H5Pset_file_image_callbacks,
    H5Pset_obj_track_times,
};
use memmap2::Mmap;

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

/// Maps a file read-only.
pub fn map(path: &Path) -> io::Result<Bytes> {
    let file = File::open(path)?;
    // SAFETY: the mapped bytes must not change while they are mapped. Every file that this program writes is written to a
    // sibling and renamed into place, never changed or truncated in place, and the documentation asks the same of others.
    let map = unsafe { Mmap::map(&file) }?;
    Ok(Bytes::Mapped(Arc::new(map)))
}

/// Opens an HDF5 file that lies in memory, without copying it: HDF5 would copy it three times, which takes ten times as long.
pub fn open_image(name: &str, image: &'static [u8]) -> hdf5::Result<hdf5::File> {
    let access = FileAccess::build().core_filebacked(false).finish()?;
    // HDF5 refuses an image whose name is that of a file that is there: no file is called like this
    let name =
        CString::new(format!("embedded:{name}/image")).map_err(|_| hdf5::Error::from("a file name holds a NUL"))?;
    let bytes = image.as_ptr().cast_mut().cast::<c_void>();
    let mut callbacks = lending(bytes);
    hdf5::sync::sync(|| {
        // SAFETY: `access` is a live property list, of which HDF5 copies `callbacks`. They lend it the image wherever it wants a
        // copy: that is sound since the image lives as long as the process and a file opened read-only is never written to.
        let lent = unsafe { H5Pset_file_image_callbacks(access.id(), &raw mut callbacks) };
        check(i64::from(lent), "H5Pset_file_image_callbacks")?;
        // SAFETY: `access` is a live property list, and `bytes` points to `image.len()` bytes.
        let set = unsafe { H5Pset_file_image(access.id(), bytes, image.len()) };
        check(i64::from(set), "H5Pset_file_image")?;
        // SAFETY: `name` ends with a NUL and outlives the call; `access` is a live property list.
        let id = unsafe { H5Fopen(name.as_ptr(), H5F_ACC_RDONLY, access.id()) };
        check(id, "H5Fopen of an image")?;
        // SAFETY: `id` was just returned by `H5Fopen` with a reference count of 1, which the new handle takes over.
        unsafe { hdf5::from_id::<hdf5::File>(id) }
    })
}

/// Callbacks that give HDF5 the image itself wherever it would make a copy, and free nothing.
fn lending(image: *mut c_void) -> H5FD_file_image_callbacks_t {
    extern "C" fn lend(_: usize, _: H5FD_file_image_op_t, image: *mut c_void) -> *mut c_void {
        image
    }
    extern "C" fn copy(
        to: *mut c_void,
        _: *const c_void,
        _: usize,
        _: H5FD_file_image_op_t,
        _: *mut c_void,
    ) -> *mut c_void {
        to // which is the image already
    }
    extern "C" fn grow(_: *mut c_void, _: usize, _: H5FD_file_image_op_t, _: *mut c_void) -> *mut c_void {
        std::ptr::null_mut() // an image never grows
    }
    extern "C" fn free(_: *mut c_void, _: H5FD_file_image_op_t, _: *mut c_void) -> herr_t {
        0
    }
    extern "C" fn share(image: *mut c_void) -> *mut c_void {
        image
    }
    extern "C" fn forget(_: *mut c_void) -> herr_t {
        0
    }
    H5FD_file_image_callbacks_t {
        image_malloc: Some(lend),
        image_memcpy: Some(copy),
        image_realloc: Some(grow),
        image_free: Some(free),
        udata_copy: Some(share),
        udata_free: Some(forget),
        udata: image,
    }
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

/// Reads the bytes of a scalar text attribute of fixed length.
pub fn read_text(attribute: &Attribute, datatype: &Datatype) -> hdf5::Result<Vec<u8>> {
    if attribute.size() != 1 {
        return Err("the attribute is no single text".into());
    }
    let mut text = vec![0; datatype.size()];
    hdf5::sync::sync(|| {
        // SAFETY: both identifiers are live, the attribute has one element, and HDF5 writes `datatype.size()` bytes for it, for
        // which `text` has room.
        let read = unsafe { H5Aread(attribute.id(), datatype.id(), text.as_mut_ptr().cast::<c_void>()) };
        check(i64::from(read), "H5Aread")
    })?;
    Ok(text)
}

fn check(returned: i64, call: &str) -> hdf5::Result<()> {
    if returned < 0 { Err(hdf5::Error::query().unwrap_or_else(|_| call.into())) } else { Ok(()) }
}
