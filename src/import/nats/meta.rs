//! The list of architectures that every NATS-Bench publication begins with: its order numbers the rows.

use super::super::ImportError;
use super::super::pickle::Value as Pickled;
use crate::space::{Arch, Choice, SpaceSpec, Value};

/// Which of the two spaces a publication measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Cells of six edges: NAS-Bench-201 and NATS-Bench's topology search space.
    Topology,
    /// Channels of five layers: NATS-Bench's size search space.
    Size,
}

/// The architectures of a publication, in its order.
pub(super) struct Meta {
    pub kind: Kind,
    pub names: Vec<String>,
    pub archs: Vec<Arch>,
}

impl Kind {
    /// The space of the architectures.
    pub(super) fn space(self) -> SpaceSpec {
        match self {
            Self::Topology => SpaceSpec::Cell201,
            Self::Size => {
                let values: Vec<Value> = (1..=8).map(|step| Value::Int(8 * step)).collect();
                let choice = |place| Choice { name: format!("c{place}"), values: values.clone(), ordinal: true };
                SpaceSpec::Choices { separator: ":".to_owned(), choice: (1..=5).map(choice).collect() }
            }
        }
    }
}

impl Meta {
    /// Reads the list `meta_archs`; its first name tells the space.
    ///
    /// # Errors
    /// Names the place in the list where no architecture of the space stands.
    pub(super) fn read(file: &str, list: Pickled<'_>) -> Result<Self, ImportError> {
        let fail = |what: String| ImportError::content(file, format!("`meta_archs`: {what}"));
        let mut meta = Self { kind: Kind::Topology, names: Vec::new(), archs: Vec::new() };
        let mut space = meta.kind.space().build()?;
        for (row, name) in list.items().map_err(|error| fail(error.to_string()))?.enumerate() {
            let name = name.as_str().map_err(|error| fail(format!("row {row}: {error}")))?;
            if row == 0 && !name.starts_with('|') {
                meta.kind = Kind::Size;
                space = meta.kind.space().build()?;
            }
            if row as u64 >= space.size() {
                return Err(fail(format!("lists more than the {} architectures of the space", space.size())));
            }
            meta.archs.push(space.parse(name).map_err(|error| fail(format!("row {row}: {error}")))?);
            meta.names.push(name.to_owned());
        }
        if meta.archs.is_empty() { Err(fail("is empty".into())) } else { Ok(meta) }
    }
}
