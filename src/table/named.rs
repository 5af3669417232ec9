//! A table's space, in which the published names of the table's rows are names of architectures too.

use std::fmt;
use std::sync::Arc;

use super::index::Index;
use super::names::Names;
use crate::base::Rng;
use crate::space::{Arch, Encoding, Space, SpaceError, SpaceSpec};

/// A space and the published names of some of its architectures.
pub(super) struct NamedSpace {
    pub space: Arc<dyn Space>,
    pub names: Names,
    pub index: Arc<Index>,
}

impl fmt::Debug for NamedSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NamedSpace").field(&self.space).finish()
    }
}

impl Space for NamedSpace {
    fn name(&self) -> &str {
        self.space.name()
    }

    fn size(&self) -> u64 {
        self.space.size()
    }

    fn radices(&self) -> &[u32] {
        self.space.radices()
    }

    fn sample(&self, rng: &mut Rng) -> Arch {
        self.space.sample(rng)
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        self.space.mutate(parent, rng)
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        self.space.neighbours(of, out);
    }

    /// Reads a published name, or a name that the space itself knows.
    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        self.names.find(text).map_or_else(|| self.space.parse(text), |row| Ok(self.index.arch(row)))
    }

    /// The published name where the code is that of a row, otherwise the space's own.
    fn write(&self, arch: Arch) -> String {
        let row = self.index.row(arch);
        let name = row.map(|row| self.names.of(row)).filter(|name| !name.is_empty());
        name.map_or_else(|| self.space.write(arch), str::to_owned)
    }

    fn canonical(&self, arch: Arch) -> Option<Arch> {
        self.space.canonical(arch)
    }

    fn has_classes(&self) -> bool {
        self.space.has_classes()
    }

    fn isomorphism_class(&self, arch: Arch) -> Option<String> {
        self.space.isomorphism_class(arch)
    }

    fn encode(&self, arch: Arch, encoding: Encoding) -> Option<Vec<f32>> {
        self.space.encode(arch, encoding)
    }

    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        self.space.operation_counts(arch)
    }

    fn spec(&self) -> SpaceSpec {
        self.space.spec()
    }
}
