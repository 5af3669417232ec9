//! Networks: from an architecture to a plain description of its layers.

pub mod cell101;
pub mod cell201;
mod graph;
mod mlp;

use serde::{Deserialize, Serialize};

use crate::space::{Arch, Mlp, Space, SpaceSpec};

pub use graph::{Function, Graph, GraphBuilder, Node, Op};

/// How a network is made of an architecture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Network {
    /// A multilayer perceptron of space `mlp` on the flat image.
    Mlp,
    /// A small skeleton around the cells of `cell201`: see [`cell201::micro`].
    Micro {
        /// Channels of its two cells.
        #[serde(default = "default_micro_channels")]
        channels: usize,
    },
    /// The published skeleton around the cells of `cell201`: see [`cell201::published`].
    Nasbench201 {
        /// Channels of the first stage.
        #[serde(default = "default_channels")]
        channels: usize,
        /// Cells a stage.
        #[serde(default = "default_cells")]
        cells: usize,
    },
    /// NATS-Bench's size space: five widths, declared as a space of `choices` with five numbers.
    NatsSize,
}

fn default_micro_channels() -> usize {
    8
}

fn default_channels() -> usize {
    16
}

fn default_cells() -> usize {
    5
}

/// The kinds of networks, with a sentence each.
pub const NETWORKS: &[(&str, &str)] = &[
    ("mlp", "a multilayer perceptron of space `mlp` on the flat image"),
    ("micro", "1x1 stem, cell201 cell, 2x2 max pooling, cell, linear classifier; 8 channels by default"),
    ("nasbench201", "NAS-Bench-201's skeleton: 3 stages of 5 cells, 16, 32 and 64 channels by default"),
    ("nats-size", "NATS-Bench's size space: five widths, a space of `choices` with five numbers"),
];

/// The widest and the deepest network that is made: beyond, weights fill any memory.
const MOST_CHANNELS: usize = 1 << 12;
const MOST_CELLS: usize = 1 << 8;

impl Network {
    /// The network of an architecture.
    ///
    /// # Errors
    /// Says which space or image the network needs.
    pub fn graph(&self, space: &dyn Space, arch: Arch, image: [usize; 3], classes: usize) -> Result<Graph, String> {
        self.check_image(image)?;
        match (self, space.spec()) {
            (Self::Mlp, SpaceSpec::Mlp(spec)) => {
                let space = Mlp::new(spec).map_err(|error| error.to_string())?;
                let (units, function) = space.layers(arch);
                Ok(mlp::graph(&units, Function::named(function)?, image, classes))
            }
            (&Self::Micro { channels }, SpaceSpec::Cell201) => Ok(cell201::micro(arch, channels, image, classes)),
            (&Self::Nasbench201 { channels, cells }, SpaceSpec::Cell201) => {
                Ok(cell201::published(arch, channels, cells, image, classes))
            }
            (Self::NatsSize, SpaceSpec::Choices { .. }) => {
                Ok(cell201::sized(widths(&space.write(arch))?, image, classes))
            }
            _ => Err(format!("network `{}` is not made of architectures of space `{}`", self.name(), space.name())),
        }
    }

    /// What the network is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mlp => "mlp",
            Self::Micro { .. } => "micro",
            Self::Nasbench201 { .. } => "nasbench201",
            Self::NatsSize => "nats-size",
        }
    }

    /// The network with a name and its published settings.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "mlp" => Some(Self::Mlp),
            "micro" => Some(Self::Micro { channels: default_micro_channels() }),
            "nasbench201" => Some(Self::Nasbench201 { channels: default_channels(), cells: default_cells() }),
            "nats-size" => Some(Self::NatsSize),
            _ => None,
        }
    }

    /// The network that is usual for a space.
    pub fn usual(space: &SpaceSpec) -> Option<Self> {
        match space {
            SpaceSpec::Mlp(_) => Some(Self::Mlp),
            SpaceSpec::Cell201 => Self::named("nasbench201"),
            _ => None,
        }
    }

    /// The network with other sizes, where it has them.
    ///
    /// # Errors
    /// Names a size that it does not have.
    pub fn resized(self, channels: Option<usize>, cells: Option<usize>) -> Result<Self, String> {
        if channels == Some(0) || cells == Some(0) {
            return Err("a network needs at least one channel and one cell a stage".into());
        }
        if channels.is_some_and(|channels| channels > MOST_CHANNELS) || cells.is_some_and(|cells| cells > MOST_CELLS) {
            return Err(format!("a network has at most {MOST_CHANNELS} channels and {MOST_CELLS} cells a stage"));
        }
        let name = self.name();
        let lacks = |what: &str| Err(format!("network `{name}` has no number of {what} to be set"));
        match (self, channels, cells) {
            (Self::Nasbench201 { channels: usual, cells: few }, _, _) => {
                Ok(Self::Nasbench201 { channels: channels.unwrap_or(usual), cells: cells.unwrap_or(few) })
            }
            (Self::Micro { channels: usual }, _, None) => Ok(Self::Micro { channels: channels.unwrap_or(usual) }),
            (other, None, None) => Ok(other),
            (Self::Micro { .. }, _, Some(_)) => lacks("cells"),
            _ => lacks("channels or cells"),
        }
    }

    fn check_image(&self, [_, height, width]: [usize; 3]) -> Result<(), String> {
        let divisor = match self {
            Self::Mlp => 1,
            Self::Micro { .. } => 2,
            Self::Nasbench201 { .. } | Self::NatsSize => 4,
        };
        if height % divisor == 0 && width % divisor == 0 && height * width > 0 {
            return Ok(());
        }
        let name = self.name();
        Err(format!("network `{name}` needs images with sides divisible by {divisor}, found {height}x{width}"))
    }
}

fn widths(name: &str) -> Result<[usize; 5], String> {
    let numbers: Option<Vec<usize>> = name.split(':').map(|number| number.parse().ok()).collect();
    let five = numbers.and_then(|numbers| <[usize; 5]>::try_from(numbers).ok());
    five.filter(|widths| widths.iter().all(|&width| width > 0)).ok_or_else(|| {
        format!("network `nats-size` needs five widths above 0, such as `8:16:24:32:40`, found `{name}`")
    })
}

impl Function {
    fn named(name: &str) -> Result<Self, String> {
        match name {
            "relu" => Ok(Self::Relu),
            "leaky-relu" => Ok(Self::LeakyRelu),
            "gelu" => Ok(Self::Gelu),
            "tanh" => Ok(Self::Tanh),
            "sigmoid" => Ok(Self::Sigmoid),
            _ => Err(format!("no activation function is called `{name}`")),
        }
    }
}
