//! The files of an exported folder.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::base::FileError;
use crate::table::TableError;

/// Creates a file of the folder, and the folders it stands in; `fill` writes it, and it is synced.
pub(super) fn create(
    folder: &Path,
    name: &str,
    fill: impl FnOnce(&mut io::BufWriter<File>) -> io::Result<()>,
) -> Result<(), TableError> {
    let path = folder.join(name);
    let failed = |source| FileError { path: path.clone(), source };
    let write = || {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut file = io::BufWriter::new(File::create_new(&path)?);
        fill(&mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    };
    write().map_err(|source| failed(source).into())
}
