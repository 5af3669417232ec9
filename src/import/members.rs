//! Publications of many small files: the members of a zip, or the files below a folder.

use std::fs;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::ImportError;
use super::json_nan::without_nan;
use super::progress::Counted;
use super::source::{named, source_of};
use crate::table::Source;

/// No log that is served here is longer.
const LARGEST: u64 = 64 << 20;

/// Folders in folders are followed so deep.
const DEEPEST: usize = 6;

/// What a provenance says of the digest of a folder.
pub(super) const FOLDER_NOTE: &str =
    "the SHA-256 of a folder is that of its files' contents one after the other, in the order in which they were read";

/// The chosen files of a zip or a folder, read one at a time.
pub(super) struct Members {
    label: String,
    names: Vec<String>,
    inner: Inner,
}

enum Inner {
    Folder { folder: PathBuf, digest: Sha256 },
    Zip { path: PathBuf, archive: Box<ZipArchive<BufReader<Counted>>>, places: Vec<usize> },
}

impl Members {
    /// Lists the files whose names, with the folders inside, are wanted: of a zip in its own order, of a folder sorted by name.
    ///
    /// # Errors
    /// Names the zip or folder when it cannot be read or has no wanted file.
    pub fn open(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Self, ImportError> {
        let label = path.display().to_string();
        let io = |source| ImportError::Io { file: label.clone(), source };
        let (names, inner) = if path.is_dir() {
            let mut names = Vec::new();
            list(path, "", DEEPEST, &mut names).map_err(io)?;
            names.retain(|name| wanted(name));
            names.sort();
            (names, Inner::Folder { folder: path.to_owned(), digest: Sha256::new() })
        } else {
            let file = BufReader::new(Counted::open(path).map_err(io)?);
            let broken = |error| ImportError::content(&label, format!("is neither a folder nor a zip: {error}"));
            let archive = Box::new(ZipArchive::new(file).map_err(broken)?);
            let listed =
                archive.file_names().enumerate().filter_map(|(place, name)| Some((place, name.ok()?.into_owned())));
            let (places, names) = listed.filter(|(_, name)| !name.ends_with('/') && wanted(name)).unzip();
            (names, Inner::Zip { path: path.to_owned(), archive, places })
        };
        if names.is_empty() {
            return Err(ImportError::content(&label, "holds no file of this format"));
        }
        Ok(Self { label, names, inner })
    }

    /// The files' names, with their folders inside.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What messages call a file.
    pub fn label(&self, place: usize) -> String {
        format!("{}/{}", self.label, self.names[place]) // a place among the names
    }

    /// Reads the file at a place of [`Members::names`].
    ///
    /// # Errors
    /// Names the file when it cannot be read, is damaged, or longer than 64 MiB.
    pub fn read(&mut self, place: usize) -> Result<Vec<u8>, ImportError> {
        let label = self.label(place);
        let io = |source| ImportError::Io { file: label.clone(), source };
        let mut bytes = Vec::new();
        match &mut self.inner {
            Inner::Folder { folder, digest } => {
                let file = Counted::open(&folder.join(&self.names[place])).map_err(io)?;
                file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(io)?;
                digest.update(&bytes);
            }
            Inner::Zip { archive, places, .. } => {
                let member = archive.by_index(places[place]); // a place for each name
                let member = member.map_err(|error| ImportError::content(&label, error.to_string()))?;
                member.take(LARGEST + 1).read_to_end(&mut bytes).map_err(io)?;
            }
        }
        if bytes.len() as u64 > LARGEST {
            return Err(ImportError::content(&label, format!("is longer than {LARGEST} bytes")));
        }
        Ok(bytes)
    }

    /// Reads a file as JSON, with `null` where Python wrote `NaN`.
    ///
    /// # Errors
    /// As [`Members::read`], and line and column where the JSON is not as expected.
    pub fn json<T: DeserializeOwned>(&mut self, place: usize) -> Result<T, ImportError> {
        let bytes = self.read(place)?;
        let read = serde_json::from_slice(&without_nan(&bytes));
        read.map_err(|error| ImportError::content(&self.label(place), error.to_string()))
    }

    /// The name and SHA-256 of the zip, or of the folder's files that were read.
    ///
    /// # Errors
    /// A zip that cannot be read again.
    pub fn source(self) -> Result<Source, ImportError> {
        match self.inner {
            Inner::Folder { folder, digest } => Ok(named(&folder, digest)),
            Inner::Zip { path, .. } => source_of(&path),
        }
    }
}

/// The files below a folder, by their names with folders.
fn list(folder: &Path, prefix: &str, depth: usize, names: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        if path.is_file() {
            names.push(name);
        } else if path.is_dir() && depth > 0 {
            list(&path, &format!("{name}/"), depth - 1, names)?;
        }
    }
    Ok(())
}

/// A file's name without its folders.
pub(super) fn base_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}
