//! Where a table's overlay is if nothing else is said.

use std::path::{Path, PathBuf};

use crate::base::data_folder;
use crate::table::Table;

/// The overlay of a table: beside its file, or in the user's data folder for an embedded one.
pub fn overlay_place(table: &Table) -> PathBuf {
    let file = Path::new(table.label());
    if file.is_file() {
        return file.with_extension("overlay");
    }
    let folder = data_folder().unwrap_or_else(|| "nasreplay".into()).join("overlays");
    folder.join(format!("{}.overlay", table.name()))
}
