//! The official `-simple` folders: a list of architectures, and a small file for each.

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::super::progress::Counted;
use super::super::source::hexadecimal;
use super::super::{ImportError, SourceFile, pickle, unpack};
use super::columns::Columns;
use super::meta::Meta;
use super::trial::{self, Record};
use crate::table::Source;

/// The file that lists the architectures.
pub(super) const META: &str = "meta.pickle.pbz2";
const ENDING: &str = ".pickle.pbz2";

/// How many files are read before their numbers are written: as many at once, whatever the number of threads.
const BATCH: usize = 64;

/// What a file may unpack to; an architecture without weights takes half a megabyte.
const LIMIT: u64 = 64 << 20;

/// The row that a file's name tells: `000011.pickle.pbz2` or `11.pickle.pbz2`.
pub(super) fn row_of(file: &str) -> Option<usize> {
    let digits = file.strip_suffix(ENDING)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// A folder's list of architectures, all its columns, and its sources.
pub(super) fn read(folder: &Path, output: &Path) -> Result<(Meta, Columns, Vec<Source>), ImportError> {
    let (meta, meta_source) = read_meta(folder)?;
    let files = files_of(folder, &meta)?;
    let mut columns = Columns::new(output, meta.archs.len());
    let mut listing = Sha256::new();
    for batch in files.chunks(BATCH) {
        let read: Vec<_> = batch.par_iter().map(|(row, path)| read_file(path, *row, &meta.names[*row])).collect();
        for (result, (row, path)) in read.into_iter().zip(batch) {
            let (record, sha256) = result?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            listing.update(format!("{sha256}  {name}\n"));
            if !columns.add(record)? {
                let what = format!("is a second file of architecture {row}");
                return Err(ImportError::content(&path.display().to_string(), what));
            }
        }
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let all = Source { file: format!("{name}/*{ENDING} ({} files)", files.len()), sha256: hexadecimal(listing) };
    Ok((meta, columns, vec![meta_source, all]))
}

fn read_meta(folder: &Path) -> Result<(Meta, Source), ImportError> {
    let path = folder.join(META);
    if !path.is_file() {
        return Err(ImportError::Content {
            file: folder.display().to_string(),
            what: format!("does not hold `{META}`, which lists the architectures"),
            hint: Some("unpack the official archive whole, such as NATS-tss-v1_0-3ffb9-simple.tar".into()),
        });
    }
    let file = SourceFile::read(&path)?;
    let (pickle, _) =
        pickle::read(&file.bytes).map_err(|source| ImportError::Pickle { file: file.label.clone(), source })?;
    let list = pickle.root().get("meta_archs").map_err(|error| ImportError::content(&file.label, error.to_string()))?;
    Ok((Meta::read(&file.label, list)?, file.source))
}

/// The folder's architectures by row, which is also the order in which they are read.
fn files_of(folder: &Path, meta: &Meta) -> Result<Vec<(usize, PathBuf)>, ImportError> {
    let label = folder.display().to_string();
    let io = |source| ImportError::Io { file: label.clone(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if let Some(row) = path.file_name().and_then(|name| name.to_str()).and_then(row_of) {
            if row >= meta.archs.len() {
                let what = format!("`{META}` lists {} architectures, none of this number", meta.archs.len());
                return Err(ImportError::content(&path.display().to_string(), what));
            }
            files.push((row, path));
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(ImportError::content(&label, format!("holds no architecture, such as `000000{ENDING}`")));
    }
    Ok(files)
}

/// Reads a file and returns what its architecture gives, and the file's SHA-256.
fn read_file(path: &Path, row: usize, name: &str) -> Result<(Record, String), ImportError> {
    let label = path.display().to_string();
    let io = |source| ImportError::Io { file: label.clone(), source };
    let mut raw = Vec::new();
    Counted::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut raw)).map_err(io)?;
    let sha256 = hexadecimal(Sha256::new_with_prefix(&raw));
    let mut bytes = Vec::new();
    let unpacked = unpack::layers_of(Cursor::new(raw)).map_err(io)?;
    unpacked.reader.take(LIMIT + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > LIMIT {
        return Err(ImportError::Content {
            file: label,
            what: format!("has more than {LIMIT} bytes, expected an architecture without weights"),
            hint: Some("import the `-simple` folder instead of the `-full` one".into()),
        });
    }
    let (pickle, _) = pickle::read(&bytes).map_err(|source| ImportError::Pickle { file: label.clone(), source })?;
    let record = trial::read(row, name, pickle.root()).map_err(|what| ImportError::content(&label, what))?;
    Ok((record, sha256))
}

#[cfg(test)]
mod tests {
    use super::row_of;

    #[test]
    fn names_tell_rows() {
        assert_eq!(row_of("000011.pickle.pbz2"), Some(11));
        assert_eq!(row_of("11.pickle.pbz2"), Some(11));
        assert_eq!([row_of("meta.pickle.pbz2"), row_of(".pickle.pbz2"), row_of("11.pickle")], [None; 3]);
    }
}
