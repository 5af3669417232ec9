//! Writing whole files and folders: to a temporary sibling, synced, then renamed, so that a reader sees the old one or the new one. What a
//! killed writer leaves behind is cleared by the next one that writes into the same folder. And opening regular files only.

use std::collections::HashSet;
use std::env;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use thiserror::Error;

/// How the name of an unfinished temporary file or folder ends; its writer holds a lock on it, and without one it may be removed.
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

/// Opens a file for reading, and nothing else: a FIFO or a device would let a program wait for ever, or read without end.
///
/// # Errors
/// What the operating system says; what is there, where it is no regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_file() {
        return File::open(path);
    }
    let what = if kind.is_dir() { "a folder" } else { "a FIFO, a device or a socket" };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, expected a regular file")))
}

/// The bytes of a regular file.
///
/// # Errors
/// As [`open_regular`].
pub fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.read_to_end(&mut bytes).map(|_| bytes)
}

/// The longest text that is read: a sparse file has any length, and takes no room until it is read.
const LONGEST_TEXT: u64 = 2 << 30;

/// The text of a regular file.
///
/// # Errors
/// As [`open_regular`]; refuses what is not UTF-8, and more than 2 GiB.
pub fn read_text(path: &Path) -> io::Result<String> {
    let mut file = open_regular(path)?;
    let length = file.metadata()?.len();
    if length > LONGEST_TEXT {
        let what = format!("it has {length} bytes, expected at most {LONGEST_TEXT}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map(|_| text)
}

/// Lets `fill` write a temporary sibling of `path`, then syncs it and renames it to `path`.
///
/// # Errors
/// The sibling is removed and `path` left as it was when `fill`, the sync or the renaming fails. A path that is there and no regular
/// file (a folder, a device such as `/dev/null`) is refused: renaming would replace it.
pub fn with_sibling<E: From<FileError>>(path: &Path, fill: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    refuse_impossible(path)?;
    let sibling = Sibling::file(path)?;
    fill(&sibling.path)?;
    Ok(settle(&sibling.path, path)?)
}

/// The file in a folder that was written whole: what kind of folder it is, then the path of each file in it.
const LISTING: &str = ".nasreplay";

/// Whether a folder was written by [`with_folder`] as this kind, and holds nothing else: no file is in it that was not written then.
///
/// # Errors
/// The first file that is no part of it, or the folder itself where it is none of this kind.
pub fn check_listing(folder: &Path, kind: &str) -> Result<(), PathBuf> {
    let text = read_text(&folder.join(LISTING)).unwrap_or_default(); // without a listing it is something else
    let mut lines = text.lines();
    if lines.next() != Some(kind) {
        return Err(folder.to_owned());
    }
    let known: HashSet<&str> = lines.collect();
    let foreign = files_in(folder).into_iter().find(|path| path != LISTING && !known.contains(path.as_str()));
    foreign.map_or(Ok(()), |path| Err(folder.join(path)))
}

/// The files in a folder and the folders inside, by their paths from it, in order; links count as files.
fn files_in(folder: &Path) -> Vec<String> {
    let (mut files, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(inside) = folders.pop() {
        for entry in folder.join(&inside).read_dir().into_iter().flatten().flatten() {
            let path = inside.join(entry.file_name());
            match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true => folders.push(path),
                false => files.push(path.to_string_lossy().into_owned()),
            }
        }
    }
    files.sort_unstable();
    files
}

/// Lets `fill` write a temporary folder beside `folder`, then renames it to `folder`; with `replace` what is there already is removed after that.
/// A hidden listing in it says of what kind it is and what was written, for [`check_listing`].
///
/// # Errors
/// The temporary folder is removed and `folder` left as it was when `fill` or the renaming fails, and where something is there that is not
/// to be replaced.
pub fn with_folder<E: From<FileError>>(
    folder: &Path,
    kind: &str,
    replace: bool,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |source| FileError { path: folder.to_owned(), source };
    let is_there = folder.symlink_metadata().is_ok();
    if is_there && !replace {
        let why = "it is there already; give a folder that is not, or remove it";
        return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, why)).into());
    }
    let sibling = Sibling::folder(folder)?;
    fill(&sibling.path)?;
    let listing = format!("{kind}\n{}\n", files_in(&sibling.path).join("\n"));
    fs::write(sibling.path.join(LISTING), listing).map_err(failed)?;
    if !is_there {
        fs::rename(&sibling.path, folder).map_err(failed)?;
        return Ok(());
    }
    let old = Sibling::folder(folder)?; // an empty folder, which renaming replaces
    fs::rename(folder, &old.path).map_err(failed)?;
    if let Err(error) = fs::rename(&sibling.path, folder) {
        _ = fs::rename(&old.path, folder); // the first error is the one to report
        return Err(failed(error).into());
    }
    Ok(())
}

/// What is being written, until it gets its name: for whoever interrupts the program.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Folders that were cleared of what killed writers left.
static CLEARED: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

/// Removes everything that this process has begun to write and not finished; for its last moment.
pub fn remove_unfinished() {
    let paths = std::mem::take(&mut *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner));
    paths.iter().for_each(|path| remove(path));
}

/// A temporary file or folder beside the one that is asked for. It is locked while its writer lives, and removed when that is done with it.
struct Sibling {
    path: PathBuf,
    /// Holds the lock.
    _file: Option<File>,
}

impl Sibling {
    fn file(path: &Path) -> Result<Self, FileError> {
        Self::create(path, |sibling| File::create(sibling).map(|_| ()))
    }

    fn folder(path: &Path) -> Result<Self, FileError> {
        Self::create(path, |sibling| fs::create_dir(sibling))
    }

    fn create(path: &Path, create: impl Fn(&Path) -> io::Result<()>) -> Result<Self, FileError> {
        clear_once(folder_of(path));
        let failed = |source| FileError { path: path.to_owned(), source };
        let sibling = sibling_of(path);
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).push(sibling.clone());
        let mut own = Self { path: sibling, _file: None };
        for _ in 0..TRIES {
            create(&own.path).map_err(failed)?;
            let file = File::open(&own.path).map_err(failed)?;
            _ = file.try_lock(); // file systems without locks keep what a kill leaves
            own._file = Some(file);
            if own.path.exists() {
                break; // otherwise another process took it for a left-over before it was locked
            }
        }
        Ok(own)
    }
}

/// How often a sibling is made that others remove at once.
const TRIES: usize = 3;

impl Drop for Sibling {
    fn drop(&mut self) {
        remove(&self.path); // gone already where it was renamed
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).retain(|path| *path != self.path);
    }
}

fn remove(path: &Path) {
    _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }; // what stays is named as left over
}

/// Removes from a folder, the first time that this process writes there, what killed writers left: what nobody holds a lock on.
fn clear_once(folder: &Path) {
    let mut cleared = CLEARED.lock().unwrap_or_else(PoisonError::into_inner);
    if !cleared.get_or_insert_default().insert(folder.to_owned()) {
        return;
    }
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_left_over = name.starts_with('.') && name.ends_with(LEFT_OVER);
        if is_left_over && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            remove(&entry.path());
        }
    }
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
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}-{number}{LEFT_OVER}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_appear_whole_and_replace_whole() {
        let place = env::temp_dir().join(format!("nasreplay-with-folder-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        let folder = place.join("out");
        let fill = |text: &'static str| {
            move |path: &Path| -> Result<(), FileError> { write_whole(&path.join("a"), text.as_bytes()) }
        };
        with_folder(&folder, "a test", false, fill("one")).unwrap();
        assert!(with_folder(&folder, "a test", false, fill("two")).is_err());
        let failed: Result<(), FileError> = with_folder(&folder, "a test", true, |path| {
            fs::write(path.join("a"), "half").unwrap();
            Err(FileError { path: path.to_owned(), source: io::Error::other("no") })
        });
        assert!(failed.is_err() && fs::read_to_string(folder.join("a")).unwrap() == "one");
        with_folder(&folder, "a test", true, fill("two")).unwrap();
        assert_eq!(check_listing(&folder, "a test"), Ok(()));
        assert_eq!(check_listing(&folder, "another"), Err(folder.clone()));
        fs::create_dir(folder.join("inside")).unwrap();
        fs::write(folder.join("inside/mine"), "").unwrap();
        assert_eq!(check_listing(&folder, "a test"), Err(folder.join("inside/mine")));
        assert_eq!(fs::read_to_string(folder.join("a")).unwrap(), "two");
        assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "nothing is left beside it");
        fs::remove_dir_all(&place).unwrap();
    }

    #[test]
    fn what_a_killed_writer_left_is_cleared_and_what_is_being_written_stays() {
        let place = env::temp_dir().join(format!("nasreplay-left-overs-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        let left = place.join(format!(".table.h5.1-0{LEFT_OVER}"));
        let held = place.join(format!(".table.h5.1-1{LEFT_OVER}"));
        fs::write(&left, "half").unwrap();
        let lock = File::create(&held).unwrap();
        lock.try_lock().unwrap();
        fs::write(place.join("theirs.unfinished.txt"), "").unwrap();
        write_whole(&place.join("new"), b"x").unwrap();
        assert!(!left.exists() && held.exists() && place.join("theirs.unfinished.txt").exists());
        fs::remove_dir_all(&place).unwrap();
    }
}
