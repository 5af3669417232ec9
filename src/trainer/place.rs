//! Where a table's overlay is if nothing else is said.

use std::path::{Path, PathBuf};

use crate::table::Table;

/// The overlay of a table: beside its file, or in the user's data folder for an embedded one.
pub fn overlay_place(table: &Table) -> PathBuf {
    let file = Path::new(table.label());
    if file.is_file() {
        return file.with_extension("overlay");
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| !folder.as_os_str().is_empty());
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share"));
    let folder = data.or_else(home).unwrap_or_default();
    folder.join("nasreplay/overlays").join(format!("{}.overlay", table.name()))
}
