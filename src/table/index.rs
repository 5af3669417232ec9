//! How an architecture's row is found: by its code itself, by a list with a place for every code, or by a hash table.

use super::error::TableError;
use super::hdf::{Column, HdfFile};
use super::schema::{Catalogue, IndexKind};
use crate::space::Arch;

/// Marks a code without a row.
pub(super) const NO_ROW: u32 = u32::MAX;

/// A list with a place for every code serves spaces of up to this many times the table's rows; sparser tables are hashed.
pub const DENSE_LIMIT: u64 = 8;

/// The paths of the columns.
pub(super) const ROWS: &str = "index/rows";
pub(super) const SLOTS: &str = "index/slots";
pub(super) const ARCHS: &str = "arch/codes";

/// Finds rows from architectures and architectures from rows.
#[derive(Clone)]
pub struct Index {
    rows: usize,
    find: Find,
    archs: Option<Column<u64>>,
}

#[derive(Clone)]
enum Find {
    Identity,
    Dense(Column<u32>),
    Hash { slots: Column<u32> },
}

/// The columns that an index needs in a file.
pub(super) struct IndexColumns {
    pub kind: IndexKind,
    pub archs: Vec<u64>,
    pub places: Vec<u32>,
}

impl Index {
    pub(super) fn open(file: &HdfFile, catalogue: &Catalogue, space_size: u64) -> Result<Self, TableError> {
        let rows = catalogue.rows;
        let archs = || file.column(ARCHS, &[rows]).map(Some);
        let (find, archs) = match catalogue.index {
            IndexKind::Identity => (Find::Identity, None),
            IndexKind::Dense => (Find::Dense(file.column(ROWS, &[space_size as usize])?), archs()?),
            IndexKind::Hash => (Find::Hash { slots: file.column(SLOTS, &[capacity(rows)])? }, archs()?),
        };
        Ok(Self { rows, find, archs })
    }

    /// The row of an architecture, if the table has it.
    #[inline]
    pub fn row(&self, arch: Arch) -> Option<usize> {
        let row = match &self.find {
            Find::Identity => u32::try_from(arch.0).ok()?,
            Find::Dense(places) => *places.as_slice().get(usize::try_from(arch.0).ok()?)?,
            Find::Hash { slots } => self.probe(slots.as_slice(), arch)?,
        };
        ((row as usize) < self.rows).then_some(row as usize)
    }

    /// The architecture of a row.
    ///
    /// # Panics
    /// Panics when the row is not below the table's number of rows.
    #[inline]
    pub fn arch(&self, row: usize) -> Arch {
        self.archs.as_ref().map_or(Arch(row as u64), |archs| Arch(archs.as_slice()[row]))
    }

    /// Linear probing; at least half of the slots are free, so that a run of taken ones is short. A damaged file without a free
    /// slot ends the search after one round.
    fn probe(&self, slots: &[u32], arch: Arch) -> Option<u32> {
        let archs = self.archs.as_ref()?.as_slice();
        let first = first_slot(arch.0, slots.len());
        for step in 0..slots.len() {
            let row = slots[(first + step) & (slots.len() - 1)];
            let found = *archs.get(row as usize)?;
            if found == arch.0 {
                return Some(row);
            }
        }
        None
    }
}

impl IndexColumns {
    /// Chooses the smallest kind that serves the rows' architectures, and fills it.
    ///
    /// # Errors
    /// Names an architecture that stands in two rows or outside of the space.
    pub(super) fn build(archs: &[Arch], space_size: u64) -> Result<Self, Arch> {
        let codes: Vec<u64> = archs.iter().map(|arch| arch.0).collect();
        if let Some(&outside) = codes.iter().find(|&&code| code >= space_size) {
            return Err(Arch(outside));
        }
        if codes.iter().enumerate().all(|(row, &code)| row as u64 == code) {
            return Ok(Self { kind: IndexKind::Identity, archs: Vec::new(), places: Vec::new() });
        }
        let dense = space_size <= DENSE_LIMIT.saturating_mul(codes.len() as u64);
        let (kind, places) = if dense {
            (IndexKind::Dense, dense_places(&codes, space_size as usize)?)
        } else {
            (IndexKind::Hash, hash_slots(&codes)?)
        };
        Ok(Self { kind, archs: codes, places })
    }
}

fn dense_places(codes: &[u64], size: usize) -> Result<Vec<u32>, Arch> {
    let mut places = vec![NO_ROW; size];
    for (row, &code) in codes.iter().enumerate() {
        let place = &mut places[code as usize];
        if *place != NO_ROW {
            return Err(Arch(code));
        }
        *place = row as u32;
    }
    Ok(places)
}

fn hash_slots(codes: &[u64]) -> Result<Vec<u32>, Arch> {
    let mut slots = vec![NO_ROW; capacity(codes.len())];
    for (row, &code) in codes.iter().enumerate() {
        let mut slot = first_slot(code, slots.len());
        while slots[slot] != NO_ROW {
            if codes[slots[slot] as usize] == code {
                return Err(Arch(code));
            }
            slot = (slot + 1) & (slots.len() - 1);
        }
        slots[slot] = row as u32;
    }
    Ok(slots)
}

/// The number of slots of the hash table: a power of two, at least twice the rows.
pub(super) fn capacity(rows: usize) -> usize {
    (2 * rows).next_power_of_two().max(2)
}

/// Fibonacci hashing (Knuth, TAOCP 3, section 6.4): the high bits of the code times 2^64 / golden ratio.
pub(super) fn first_slot(code: u64, slots: usize) -> usize {
    (code.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - slots.trailing_zeros())) as usize
}
