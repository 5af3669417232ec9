//! The tables that are part of the program; `data/README.md` tells their origin and licence.

/// Bytes whose first one is aligned as the columns in a table's file expect it.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

static NASBENCH201: &Aligned<[u8]> =
    &Aligned(*include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/nasbench201.h5")));

/// The names of the embedded tables.
pub(super) const NAMES: &[&str] = &["nasbench201"];

/// The file of an embedded table.
pub(super) fn image(name: &str) -> Option<&'static [u8]> {
    (name == "nasbench201").then_some(&NASBENCH201.0)
}
