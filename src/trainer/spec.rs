//! What decides the outcome of trainings, besides architecture and replicate.

use serde::{Deserialize, Serialize};

use super::net::{Graph, Network};
use super::recipe::Recipe;
use crate::base::Digest;
use crate::space::{Arch, Space, SpaceSpec};

/// What decides the outcome of trainings, besides architecture and replicate. Equal digests mean equal trainings on one machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSpec {
    /// The data set's name: the task of tables.
    pub task: String,
    /// The data set's digest.
    pub data: Digest,
    /// The shape of an image: channels, height, width.
    pub image: [usize; 3],
    /// The number of classes.
    pub classes: usize,
    /// The space of the architectures.
    pub space: SpaceSpec,
    /// How a network is made of an architecture.
    pub network: Network,
    /// The recipe's name: the schedule of tables.
    pub schedule: String,
    /// How a network is trained.
    pub recipe: Recipe,
    /// What all random streams are derived from.
    pub seed: u64,
    /// Where tensors live.
    #[serde(default = "cpu", skip_serializing_if = "is_cpu")]
    pub device: String,
    /// The version of everything else that decides the bits of a training: see [`TRAINING_VERSION`].
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub version: u32,
}

/// The version of everything that decides the bits of a training on one machine, besides what a [`TrainingSpec`] names: streams, networks,
/// loop, optimizers, backend. Raising it lets nothing that was trained before count.
pub const TRAINING_VERSION: u32 = 1;

fn cpu() -> String {
    "cpu".to_owned()
}

fn is_cpu(device: &str) -> bool {
    device == "cpu"
}

fn first() -> u32 {
    1
}

fn is_first(version: &u32) -> bool {
    *version == 1
}

impl TrainingSpec {
    /// The digest of everything in it.
    pub fn digest(&self) -> Digest {
        Digest::of(serde_json::to_string(self).unwrap_or_default().as_bytes()) // plain data is always JSON
    }

    /// The network of an architecture.
    ///
    /// # Errors
    /// Says which space or image the network needs.
    pub fn graph(&self, space: &dyn Space, arch: Arch) -> Result<Graph, String> {
        self.network.graph(space, arch, self.image, self.classes)
    }
}
