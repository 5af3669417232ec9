//! NATS-Bench (Dong, Liu, Musial and Gabrys, TPAMI 2021) and NAS-Bench-201 (Dong and Yang, ICLR 2020), as their authors publish them:
//! `-simple` folders, single files, and NAS-Bench-201's `.pth` files.
//!
//! The table has a row for every architecture of the publication, in its order, NaN where a partial folder has no file. Tasks are the
//! three data sets as the publication reports them; in particular `cifar10` pairs the validation accuracy of networks trained on half of
//! the images (the publication's `cifar10-valid`) with the test accuracy of networks trained on all of them.

mod archive;
mod columns;
mod definitions;
mod folder;
mod meta;
mod notes;
mod shared;
mod trial;

use std::path::{Path, PathBuf};

use super::{ImportError, Kind, Look, importer};
use crate::table::{Provenance, Table, TableBuilder};

/// Whether a folder or file holds NATS-Bench's list of architectures.
pub fn knows(look: &Look) -> bool {
    match look.kind {
        Kind::Folder => look.has(folder::META) || look.any(|name| folder::row_of(name).is_some()),
        Kind::Pickle | Kind::TorchLegacy | Kind::TorchZip => look.has("meta_archs"),
        _ => false,
    }
}

/// Imports a `-simple` folder, a single file or a `.pth` file and writes the table.
///
/// # Errors
/// Names the file, and the architecture, schedule, data set, seed and key in it that are not as published; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let path = match paths {
        [one] => one,
        _ => {
            let given = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("`, `");
            return Err(ImportError::content(&given, "expected one folder or file"));
        }
    };
    let (meta, columns, sources) =
        if path.is_dir() { folder::read(path, output)? } else { archive::read(path, output)? };
    if columns.found() == 0 {
        return Err(ImportError::content(&path.display().to_string(), "holds no architecture"));
    }
    let (origin, name) = notes::names(meta.kind);
    let provenance = Provenance {
        origin: origin.into(),
        licence: "MIT".into(),
        sources,
        importer: importer("nats"),
        trained: None,
        notes: notes::notes(&meta, &columns),
    };
    let mut table = TableBuilder::new(name, meta.kind.space(), meta.archs, provenance);
    columns.fill(&mut table)?;
    table.write(output).map_err(ImportError::from)
}
