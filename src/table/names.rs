//! The published names of a table's rows, such as module hashes: mapped texts, and a hash table that finds a row by its name.

use super::error::TableError;
use super::hdf::{Column, HdfFile};
use super::index::{NO_ROW, capacity, first_slot};
use crate::base::Digest;

/// The paths of the columns: all names one after the other, where each ends, and the slots of the hash table.
pub(super) const NAMES: &str = "arch/names";
pub(super) const NAME_ENDS: &str = "arch/name_ends";
pub(super) const NAME_SLOTS: &str = "index/name_slots";

/// The most bytes of one name.
const LONGEST: usize = 1 << 16;

/// The published names of a table's rows.
#[derive(Clone)]
pub(super) struct Names {
    text: Column<u8>,
    ends: Column<u64>,
    slots: Column<u32>,
}

/// The columns of names in a file.
pub(super) struct NameColumns {
    pub text: Vec<u8>,
    pub ends: Vec<u64>,
    pub slots: Vec<u32>,
}

impl Names {
    /// Opens the names of a file with `rows` rows, whose names take `bytes` bytes.
    pub(super) fn open(file: &HdfFile, rows: usize, bytes: usize) -> Result<Self, TableError> {
        Ok(Self {
            text: file.column(NAMES, &[bytes])?,
            ends: file.column(NAME_ENDS, &[rows])?,
            slots: file.column(NAME_SLOTS, &[capacity(rows)])?,
        })
    }

    /// The name of a row; empty where the file is damaged there.
    pub(super) fn of(&self, row: usize) -> &str {
        let ends = self.ends.as_slice();
        let start = if row == 0 { 0 } else { ends.get(row - 1).copied().unwrap_or(u64::MAX) };
        let end = ends.get(row).copied().unwrap_or(0);
        let bytes = (start <= end).then(|| self.text.as_slice().get(start as usize..end as usize)).flatten();
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// The row with a name; linear probing, as for codes.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let slots = self.slots.as_slice();
        let first = first_slot(key(name), slots.len());
        let rows = (0..slots.len()).map(|step| slots[(first + step) & (slots.len() - 1)]);
        rows.take_while(|&row| row != NO_ROW).map(|row| row as usize).find(|&row| self.of(row) == name)
    }

    /// The columns with their paths, as bytes.
    pub(super) fn columns(&self) -> [(&'static str, &[u8]); 3] {
        [(NAMES, self.text.as_bytes()), (NAME_ENDS, self.ends.as_bytes()), (NAME_SLOTS, self.slots.as_bytes())]
    }
}

impl NameColumns {
    /// Lays the names of all rows out.
    ///
    /// # Errors
    /// Names a row whose name is empty, too long, has a control character, or is another row's.
    pub(super) fn build(names: &[String]) -> Result<Self, String> {
        let bad = |name: &String| name.is_empty() || name.len() > LONGEST || name.contains(char::is_control);
        if let Some(row) = names.iter().position(bad) {
            return Err(format!(
                "the published name of row {row} is empty, longer than {LONGEST} bytes, or has a control character"
            ));
        }
        let mut ends = Vec::with_capacity(names.len());
        let mut text = Vec::new();
        let mut slots = vec![NO_ROW; capacity(names.len())];
        for (row, name) in names.iter().enumerate() {
            text.extend_from_slice(name.as_bytes());
            ends.push(text.len() as u64);
            let mut slot = first_slot(key(name), slots.len());
            while slots[slot] != NO_ROW {
                let other = slots[slot] as usize;
                if names[other] == *name {
                    return Err(format!("rows {other} and {row} have one published name, `{name}`"));
                }
                slot = (slot + 1) & (slots.len() - 1);
            }
            slots[slot] = row as u32;
        }
        Ok(Self { text, ends, slots })
    }

    /// The columns with their paths, as bytes.
    pub(super) fn columns(&self) -> [(&'static str, &[u8]); 3] {
        let (ends, slots) = (bytemuck::cast_slice(&self.ends), bytemuck::cast_slice(&self.slots));
        [(NAMES, &self.text), (NAME_ENDS, ends), (NAME_SLOTS, slots)]
    }
}

/// The first eight bytes of a name's digest.
fn key(name: &str) -> u64 {
    let digest = Digest::of(name.as_bytes()).0;
    u64::from_le_bytes(std::array::from_fn(|byte| digest[byte]))
}
