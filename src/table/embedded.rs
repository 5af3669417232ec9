//! The tables that are part of the program; `data/README.md` tells their origin and licence.

/// Bytes whose first one is aligned as the columns in a table's file expect it.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

macro_rules! embed {
    ($($file:literal),*) => {
        /// The embedded tables with their names.
        static TABLES: &[(&str, &Aligned<[u8]>)] =
            &[$(($file, &Aligned(*include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/", $file, ".h5"))))),*];
    };
}

embed!("nasbench201", "fashion-mlp", "fashion-cell");

/// The names of the embedded tables.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

/// The file of an embedded table.
pub(super) fn image(name: &str) -> Option<&'static [u8]> {
    TABLES.iter().find(|(known, _)| *known == name).map(|(_, image)| &image.0)
}
