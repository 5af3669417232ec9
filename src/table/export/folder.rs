//! A new folder, written under a temporary name and renamed when it is whole.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::base::{FileError, LEFT_OVER};
use crate::table::TableError;

/// Lets `fill` write a temporary sibling of `folder`, and renames it.
///
/// # Errors
/// A folder or file that is there already is refused. The sibling is removed when `fill` or the renaming fails.
pub(super) fn with_folder(folder: &Path, fill: impl FnOnce(&Path) -> Result<(), TableError>) -> Result<(), TableError> {
    let failed = |source| FileError { path: folder.to_owned(), source };
    if folder.symlink_metadata().is_ok() {
        let why = "it is there already; give a folder that is not, or remove it";
        return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, why)).into());
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let sibling = folder.with_file_name(format!(".{name}.{}{LEFT_OVER}", std::process::id()));
    fs::create_dir(&sibling).map_err(failed)?;
    let done = fill(&sibling).and_then(|()| Ok(fs::rename(&sibling, folder).map_err(failed)?));
    if done.is_err() {
        _ = fs::remove_dir_all(&sibling); // the first error is the one to report
    }
    done
}

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
