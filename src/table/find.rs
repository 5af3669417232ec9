//! Where tables are found: by path; by name in the program, in the folders of `NASREPLAY_TABLES`, in the user's data folder.

use std::env;
use std::path::{Path, PathBuf};

use super::error::TableError;
use super::{Table, embedded};
use crate::base::data_folder;

/// A table that can be opened by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The name.
    pub name: String,
    /// Its file; `None` where the table is part of the program.
    pub path: Option<PathBuf>,
}

pub(super) fn find(name_or_path: &str) -> Result<Table, TableError> {
    if is_path(name_or_path) {
        return Table::open(Path::new(name_or_path));
    }
    if let Some(image) = embedded::image(name_or_path) {
        return Table::from_image(name_or_path, image);
    }
    let file = format!("{name_or_path}.h5");
    match folders().into_iter().map(|folder| folder.join(&file)).find(|path| path.is_file()) {
        Some(path) => Table::open(&path),
        None if Path::new(name_or_path).is_file() => Table::open(Path::new(name_or_path)),
        None => Err(not_found(name_or_path)),
    }
}

/// Whether a table is meant by its file: a name with a folder, or one that ends in `.h5`. A file or folder that happens to be called
/// like a table does not hide it.
pub fn is_path(name_or_path: &str) -> bool {
    let path = Path::new(name_or_path);
    path.components().count() > 1 || path.extension().is_some_and(|extension| extension == "h5")
}

/// The tables that can be opened by name, each name once, in the order in which they are searched.
pub fn known_tables() -> Vec<Found> {
    let mut found: Vec<Found> = embedded::names().map(|name| Found { name: name.to_owned(), path: None }).collect();
    for path in folders().iter().flat_map(|folder| files(folder)) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if found.iter().all(|known| known.name != name) {
            found.push(Found { name, path: Some(path) });
        }
    }
    found
}

fn folders() -> Vec<PathBuf> {
    let named = env::var_os("NASREPLAY_TABLES").unwrap_or_default();
    let user = data_folder().map(|data| data.join("tables"));
    env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()).chain(user).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "h5")).collect();
    files.sort();
    files
}

fn not_found(name: &str) -> TableError {
    let searched = std::iter::once("the embedded tables".to_owned());
    TableError::NotFound {
        name: name.to_owned(),
        searched: searched
            .chain(folders().iter().map(|folder| folder.display().to_string()))
            .chain(["the present folder".to_owned()])
            .collect(),
        known: known_tables().into_iter().map(|found| found.name).collect(),
    }
}
