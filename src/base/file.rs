//! Writing whole files: to a temporary sibling, synced, then renamed, so that a reader sees the old file or the new one.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// How the name of an unfinished temporary file ends; such files may be removed by whoever holds the folder.
pub const LEFT_OVER: &str = ".unfinished";

/// A file or folder that could not be written.
#[derive(Debug, Error)]
#[error("cannot write `{}`", path.display())]
pub struct FileError {
    /// The file that was asked for.
    pub path: PathBuf,
    /// What the operating system said.
    #[source]
    pub source: io::Error,
}

/// The folder of this program's data of the user: `nasreplay` in `XDG_DATA_HOME`, or in `.local/share` of the home folder where that is
/// unset or empty.
pub fn data_folder() -> Option<PathBuf> {
    let named = |variable: &str| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = named("XDG_DATA_HOME").or_else(|| named("HOME").map(|home| home.join(".local/share")));
    data.map(|data| data.join("nasreplay"))
}

/// Writes bytes to a file, atomically and durably.
///
/// # Errors
/// Names the file when its folder is missing or unwritable or the disk is full; the old file then stays as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let failed = |source| FileError { path: path.to_owned(), source };
    with_sibling(path, |sibling| File::create(sibling).and_then(|mut file| file.write_all(bytes)).map_err(failed))
}

/// Lets `fill` write a temporary sibling of `path`, then syncs it and renames it to `path`.
///
/// # Errors
/// The sibling is removed and `path` left as it was when `fill`, the sync or the renaming fails. A path that is there and no regular
/// file (a folder, a device such as `/dev/null`) is refused: renaming would replace it.
pub fn with_sibling<E: From<FileError>>(path: &Path, fill: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    refuse_impossible(path)?;
    let sibling = sibling_of(path);
    let done = fill(&sibling).and_then(|()| settle(&sibling, path).map_err(E::from));
    if done.is_err() {
        _ = fs::remove_file(&sibling); // the first error is the one to report
    }
    done
}

fn refuse_impossible(path: &Path) -> Result<(), FileError> {
    let refuse = |kind, why: &str| Err(FileError { path: path.to_owned(), source: io::Error::new(kind, why) });
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => {
            return refuse(io::ErrorKind::InvalidInput, "it is there and is no regular file");
        }
        _ => {}
    }
    match folder_of(path) {
        folder if folder.is_dir() => Ok(()),
        folder => refuse(io::ErrorKind::NotFound, &format!("there is no folder `{}`", folder.display())),
    }
}

/// The folder that a file stands in; that of a bare name is `.`.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn settle(sibling: &Path, path: &Path) -> Result<(), FileError> {
    let sync = || {
        File::open(sibling)?.sync_all()?;
        fs::rename(sibling, path)?;
        File::open(folder_of(path))?.sync_all() // the new name itself
    };
    sync().map_err(|source| FileError { path: path.to_owned(), source })
}

fn sibling_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}{LEFT_OVER}", std::process::id()))
}
