//! What architectures exist: how they are sampled, mutated, named and numbered. One file a space.
//!
//! Start with the trait [`Space`]; a table's file names its space by a [`SpaceSpec`].

mod asr;
mod cell101;
mod cell201;
mod cell201_classes;
mod choices;
pub(crate) mod darts;
mod features;
mod graph;
mod hpo;
mod known;
mod listed;
mod mlp;
mod transnas;

use std::fmt::Debug;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::base::{Rng, nearest};

pub use asr::{ASR_OPERATIONS, Asr};
pub use cell101::{Cell101, OPERATIONS as CELL101_OPERATIONS};
pub use cell201::{Cell201, OPERATIONS as CELL201_OPERATIONS};
pub use choices::{Choice, Choices, Value};
pub use darts::{Darts, DartsCell, OPERATIONS as DARTS_OPERATIONS};
pub use features::Encoding;
pub use graph::{GRAPH_OPERATIONS, Graph};
pub use hpo::{fcnet, hpobench_mlp};
pub use known::{nas_bench_macro, nats_size};
pub use listed::{Features, Listed};
pub use mlp::{MLP_ACTIVATIONS, Mlp, MlpSpec};
pub use transnas::{TRANSNAS_OPERATIONS, TransnasMacro, TransnasMicro};

/// One point of a space, as its code: the mixed-radix number of its choices, the first choice most significant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arch(pub u64);

/// A search space: which architectures exist.
pub trait Space: Send + Sync + Debug {
    /// What the space is called, as in a [`SpaceSpec`].
    fn name(&self) -> &str;

    /// The number of architectures; their codes are `0..size()`.
    fn size(&self) -> u64;

    /// How many values each choice has, in the order of the code's digits.
    fn radices(&self) -> &[u32];

    /// Draws an architecture, every one alike.
    fn sample(&self, rng: &mut Rng) -> Arch {
        Arch(rng.below_u64(self.size()))
    }

    /// Changes exactly one choice of `parent` to another value: a choice drawn among those that have another value, every
    /// one alike, then one of its other values, every one alike.
    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch;

    /// Writes all architectures that differ from `of` in exactly one choice into `out`, which is cleared first, in the order of
    /// the choices and their values.
    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>);

    /// Reads an architecture's published name.
    ///
    /// # Errors
    /// Says what was expected.
    fn parse(&self, text: &str) -> Result<Arch, SpaceError>;

    /// Writes an architecture's published name.
    fn write(&self, arch: Arch) -> String;

    /// The architecture that stands for all that are the same network, and whose row a table holds for them; `None` where the code is
    /// no valid architecture. By default every code is an architecture of its own.
    fn canonical(&self, arch: Arch) -> Option<Arch> {
        Some(arch)
    }

    /// Whether [`Space::canonical`] ever answers anything but the architecture itself.
    fn has_classes(&self) -> bool {
        false
    }

    /// A text that isomorphic architectures share, in spaces whose publisher trained each of them; `None` where every architecture is
    /// one of a kind, or [`Space::canonical`] says it already.
    fn isomorphism_class(&self, _arch: Arch) -> Option<String> {
        None
    }

    /// The features of an architecture for predictors; `None` where the space has no such encoding, or the code is no valid
    /// architecture. Every space has [`Encoding::Choices`].
    fn encode(&self, arch: Arch, encoding: Encoding) -> Option<Vec<f32>> {
        (encoding == Encoding::Choices).then(|| features::one_hot(&arch.digits(self.radices()), self.radices()))
    }

    /// How often an architecture holds each kind of operation: what training seconds are fitted on. By default a 1 for the value of
    /// each choice, the first values left out.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        let one = |(digit, &radix): (u32, &u32)| (1..radix).map(move |value| f64::from(u8::from(value == digit)));
        arch.digits(self.radices()).into_iter().zip(self.radices()).flat_map(one).collect()
    }

    /// What a table's file says of the space.
    fn spec(&self) -> SpaceSpec;
}

/// A space as it is declared in a table's file, a mapping or a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SpaceSpec {
    /// NAS-Bench-101's cell: see [`Cell101`].
    Cell101,
    /// NAS-Bench-201's cell: see [`Cell201`].
    Cell201,
    /// A product of named choices: see [`Choices`].
    Choices {
        /// What separates the values in an architecture's name.
        #[serde(default = "choices::default_separator")]
        separator: String,
        /// The choices, the most significant first.
        choice: Vec<Choice>,
    },
    /// The normal and the reduction cell of DARTS: see [`Darts`].
    Darts,
    /// Multilayer perceptrons: see [`Mlp`].
    Mlp(MlpSpec),
    /// Architectures known by name only, the rows of a table: see [`Listed`].
    Listed {
        /// How many there are; a mapping leaves it out.
        #[serde(default)]
        size: u64,
    },
    /// NAS-Bench-Graph's cells: see [`Graph`].
    Graph,
    /// NAS-Bench-ASR's cells: see [`Asr`].
    Asr,
    /// TransNAS-Bench-101's cells: see [`TransnasMicro`].
    TransnasMicro,
    /// TransNAS-Bench-101's backbones: see [`TransnasMacro`].
    TransnasMacro,
}

/// An architecture or space that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpaceError {
    /// A name that no architecture of the space has.
    #[error("`{text}` is no architecture of space `{space}`: {why}")]
    Arch {
        /// The name that was given.
        text: String,
        /// The space that was asked.
        space: String,
        /// What was expected.
        why: String,
    },
    /// A declaration of a space that makes no sense.
    #[error("space `choices`: {0}")]
    Spec(String),
    /// A declaration of a space of multilayer perceptrons that makes no sense.
    #[error("space `mlp`: {0}")]
    Mlp(String),
    /// A list that makes no sense.
    #[error("space `listed`: {0}")]
    Listed(String),
    /// A name that no built-in space has.
    #[error("no space is called `{name}`{}", nearest(name, SPACES.iter().map(|space| space.0)).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    Unknown {
        /// The name that was given.
        name: String,
    },
}

/// The kinds of spaces, with a sentence each.
pub const SPACES: &[(&str, &str)] = &[
    ("asr", "NAS-Bench-ASR: a chain of 3 operations of 6 kinds with skips, 13,824 cells, 8,242 different"),
    (
        "cell101",
        "NAS-Bench-101: a cell of up to 7 vertices and 9 edges, 3 operations, 423,624 networks among 509,607,936 codes",
    ),
    ("cell201", "NAS-Bench-201 / NATS-Bench topology: 6 edges of a 4-node cell, 5 operations each, 15,625 cells"),
    ("choices", "any product of named categorical or ordinal choices, declared in TOML or JSON"),
    ("graph", "NAS-Bench-Graph: 4 operations of 9 kinds in 9 link patterns, 59,049 cells, 26,207 different"),
    (
        "darts",
        "NAS-Bench-301: a normal and a reduction cell of DARTS, 4 nodes each with 2 inputs, 7 operations, 1.1e18 pairs",
    ),
    (
        "listed",
        "architectures known by name only: the rows of a table; a change leads to one of the 10 nearest by features",
    ),
    ("mlp", "multilayer perceptrons: 1 to 3 hidden layers of 4 to 128 units, 5 activation functions, 1,290 by default"),
    ("nas-bench-macro", "NAS-Bench-Macro: 8 layers of 3 kinds, 6,561 networks (a product of choices)"),
    ("nats-size", "NATS-Bench size: 5 layers of 8 to 64 channels, 32,768 networks (a product of choices)"),
    (
        "transnas-macro",
        "TransNAS-Bench-101 macro: 4 to 6 modules that double channels, halve the resolution or both, 3,256",
    ),
    ("transnas-micro", "TransNAS-Bench-101 micro: 6 edges of a 4-node cell, 4 operations each, 4,096 cells"),
];

impl SpaceSpec {
    /// The space of a name, where the name alone declares one.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "asr" => Some(Self::Asr),
            "cell101" => Some(Self::Cell101),
            "cell201" => Some(Self::Cell201),
            "graph" => Some(Self::Graph),
            "darts" => Some(Self::Darts),
            "mlp" => Some(Self::Mlp(MlpSpec::default())),
            "nas-bench-macro" => Some(nas_bench_macro()),
            "nats-size" => Some(nats_size()),
            "transnas-macro" => Some(Self::TransnasMacro),
            "transnas-micro" => Some(Self::TransnasMicro),
            _ => None,
        }
    }

    /// Makes the space.
    ///
    /// # Errors
    /// Refuses choices without values, values that occur twice, and products beyond 2^64 architectures.
    pub fn build(&self) -> Result<Arc<dyn Space>, SpaceError> {
        Ok(match self {
            Self::Cell101 => Arc::new(Cell101),
            Self::Cell201 => Arc::new(Cell201),
            Self::Choices { separator, choice } => Arc::new(Choices::new(separator.clone(), choice.clone())?),
            Self::Darts => Arc::new(Darts),
            Self::Mlp(spec) => Arc::new(Mlp::new(spec.clone())?),
            Self::Listed { size } => Arc::new(Listed::new(*size, None)?),
            Self::Graph => Arc::new(Graph),
            Self::Asr => Arc::new(Asr),
            Self::TransnasMicro => Arc::new(TransnasMicro),
            Self::TransnasMacro => Arc::new(TransnasMacro),
        })
    }
}

impl Arch {
    /// The digits of the code in a mixed-radix system, the first choice most significant.
    pub fn digits(self, radices: &[u32]) -> Vec<u32> {
        let mut rest = self.0;
        let mut digits = vec![0; radices.len()];
        for (digit, &radix) in digits.iter_mut().zip(radices).rev() {
            *digit = (rest % u64::from(radix)) as u32;
            rest /= u64::from(radix);
        }
        digits
    }

    /// The code with these digits.
    pub fn from_digits(digits: &[u32], radices: &[u32]) -> Self {
        Self(digits.iter().zip(radices).fold(0, |code, (&digit, &radix)| code * u64::from(radix) + u64::from(digit)))
    }
}

/// The code with digit `place` (worth `weight`) changed to its `step`-th other value, counted from 0 without the present one.
fn with_other_digit(code: u64, weight: u64, radix: u32, step: u32) -> Arch {
    let digit = (code / weight % u64::from(radix)) as u32;
    let other = step + u32::from(step >= digit);
    Arch(code - u64::from(digit) * weight + u64::from(other) * weight)
}
