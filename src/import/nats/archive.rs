//! Single files: everything in one pickle, far larger than memory, packed by bzip2 or as `torch.save` wrote it.

use std::borrow::Cow;
use std::io::{BufRead, Read};
use std::path::Path;

use zip::ZipArchive;

use super::super::pickle::{Dict, Item, Stream};
use super::super::progress::Counted;
use super::super::source::source_of;
use super::super::{ImportError, torch, unpack};
use super::columns::Columns;
use super::meta::Meta;
use super::trial;
use crate::table::Source;

/// The dict of the architectures in the outermost dict.
const ARCHITECTURES: &str = "arch2infos";
const LIST: &str = "meta_archs";

/// A file's list of architectures, all its columns, and its source.
///
/// The file is read twice: see [`Stream`].
pub(super) fn read(path: &Path, output: &Path) -> Result<(Meta, Columns, Vec<Source>), ImportError> {
    let label = path.display().to_string();
    let source = source_of(path)?;
    let survey = with_pickle(path, |stream| stream.survey().map_err(|error| ImportError::of_stream(&label, error)))?;
    let mut found = Found { label: &label, output, tables: None };
    with_pickle(path, |stream| {
        stream
            .items(survey, Dict::Under(ARCHITECTURES), |item| found.take(item))
            .map_err(|error| ImportError::of_stream(&label, error))
    })?;
    let what =
        || format!("expected a dict with `{LIST}` and, after it, `{ARCHITECTURES}` of at least one architecture");
    let (meta, columns) = found.tables.ok_or_else(|| ImportError::content(&label, what()))?;
    Ok((meta, columns, vec![source]))
}

/// What was read so far.
struct Found<'a> {
    label: &'a str,
    output: &'a Path,
    tables: Option<(Meta, Columns)>,
}

impl Found<'_> {
    fn take(&mut self, item: &Item<'_>) -> Result<(), ImportError> {
        let fail = |what: String| ImportError::content(self.label, what);
        let (meta, columns) = match &mut self.tables {
            Some(tables) => tables,
            none => {
                let list = item.beside(LIST);
                let list = list.ok_or_else(|| fail(format!("`{LIST}` does not stand before `{ARCHITECTURES}`")))?;
                let meta = Meta::read(self.label, list)?;
                let columns = Columns::new(self.output, meta.archs.len());
                none.insert((meta, columns))
            }
        };
        let row = item.key.as_usize().map_err(|error| fail(format!("`{ARCHITECTURES}`: {error}")))?;
        let within = |what: String| fail(format!("architecture {row}: {what}"));
        let name = meta.names.get(row).ok_or_else(|| within(format!("`{LIST}` does not list it")))?;
        let record = trial::read(row, name, item.value).map_err(within)?;
        if columns.add(record)? { Ok(()) } else { Err(within("stands there twice".into())) }
    }
}

/// Lets `run` read the pickle of data in a file.
fn with_pickle<T>(
    path: &Path,
    run: impl FnOnce(&mut Stream<&mut dyn Read>) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let label = path.display().to_string();
    let io = |source| ImportError::Io { file: label.clone(), source };
    let mut reader = unpack::open(path).map_err(io)?.reader;
    let head = reader.fill_buf().map_err(io)?;
    if head.starts_with(b"PK\x03\x04") {
        return with_zip(path, run);
    }
    let heads = if torch::is_legacy(head) { torch::BEFORE_OBJECT } else { 0 };
    let mut stream = Stream::new(&mut reader as &mut dyn Read);
    for _ in 0..heads {
        stream.survey().map_err(|error| ImportError::of_stream(&label, error))?;
    }
    run(&mut stream)
}

/// The same for what `torch.save` writes since PyTorch 1.6: a zip whose `data.pkl` is the data.
fn with_zip<T>(
    path: &Path,
    run: impl FnOnce(&mut Stream<&mut dyn Read>) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let label = path.display().to_string();
    let fail = |what: String| ImportError::content(&label, what);
    let file = Counted::open(path).map_err(|source| ImportError::Io { file: label.clone(), source })?;
    let mut zip = ZipArchive::new(file).map_err(|error| fail(format!("is a broken zip: {error}")))?;
    let name = zip.file_names().flatten().find(|name| torch::is_object(name)).map(Cow::into_owned);
    let name = name.ok_or_else(|| fail("is a zip without `data.pkl`".into()))?;
    let mut member = zip.by_name(&name).map_err(|error| fail(format!("`{name}` cannot be read: {error}")))?;
    run(&mut Stream::new(&mut member as &mut dyn Read))
}
