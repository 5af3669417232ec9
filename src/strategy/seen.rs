//! Which architectures a run has met: a bit each in a small space, a set in a large one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::space::Arch;

/// Spaces of up to this many architectures get a bit each (128 KiB).
const BITS_LIMIT: u64 = 1 << 20;

/// A set of architectures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Seen {
    Bits(Vec<u64>),
    Set(BTreeSet<u64>),
}

impl Seen {
    pub(super) fn new(space_size: u64) -> Self {
        if space_size <= BITS_LIMIT {
            Self::Bits(vec![0; space_size.div_ceil(64) as usize])
        } else {
            Self::Set(BTreeSet::new())
        }
    }

    pub(super) fn contains(&self, arch: Arch) -> bool {
        match self {
            Self::Bits(words) => words[(arch.0 / 64) as usize] >> (arch.0 % 64) & 1 == 1,
            Self::Set(codes) => codes.contains(&arch.0),
        }
    }

    /// Adds an architecture; false when it was there already.
    pub(super) fn insert(&mut self, arch: Arch) -> bool {
        match self {
            Self::Bits(words) => {
                let word = &mut words[(arch.0 / 64) as usize];
                let bit = 1 << (arch.0 % 64);
                let new = *word & bit == 0;
                *word |= bit;
                new
            }
            Self::Set(codes) => codes.insert(arch.0),
        }
    }
}
