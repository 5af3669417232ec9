//! A network as a plain description: layers in the order in which they are computed, without weights.
//!
//! Parameters are counted, shapes are checked and networks are written for other programs from this description alone.

use serde::Serialize;

/// A network for images of one shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Graph {
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// The layers; what node 0 reads is the image.
    pub nodes: Vec<Node>,
    /// The node whose output are the logits, one a class.
    pub output: usize,
}

/// A layer with the nodes that it reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// What is computed.
    #[serde(flatten)]
    pub op: Op,
    /// The nodes that it reads, all of which stand before it.
    pub from: Vec<usize>,
    /// Channels, height and width of what it gives; flat vectors are `[n, 1, 1]`.
    pub shape: [usize; 3],
}

/// What a layer computes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
pub enum Op {
    /// The images.
    Input,
    /// A fully connected layer with bias; reads flat vectors.
    Linear {
        /// Length of what it gives.
        outputs: usize,
    },
    /// A convolution without bias, square kernel.
    Conv {
        /// Channels that it gives.
        outputs: usize,
        /// Side of the kernel.
        kernel: usize,
        /// Step of the kernel.
        stride: usize,
        /// Zeros around the image, on each side.
        padding: usize,
    },
    /// A batch normalisation with scale and shift.
    BatchNorm,
    /// An activation function.
    Activation {
        /// Which.
        function: Function,
    },
    /// The largest value under a square window.
    MaxPool {
        /// Side of the window.
        kernel: usize,
        /// Step of the window.
        stride: usize,
        /// Border on each side, which counts as minus infinity.
        padding: usize,
    },
    /// The mean under a square window; the border is not counted.
    AvgPool {
        /// Side of the window.
        kernel: usize,
        /// Step of the window.
        stride: usize,
        /// Border on each side.
        padding: usize,
    },
    /// The mean over all places, a value a channel.
    GlobalAvgPool,
    /// The image as a flat vector.
    Flatten,
    /// The sum of all that it reads.
    Add,
    /// The channels of all that it reads, one after another.
    Concat,
    /// Some of the channels: the first `outputs`.
    Narrow {
        /// How many.
        outputs: usize,
    },
    /// Zeros, in the size of the image that it reads.
    Zero {
        /// Channels that it gives.
        outputs: usize,
    },
}

/// An activation function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// max(x, 0).
    Relu,
    /// x where positive, x / 100 elsewhere.
    LeakyRelu,
    /// x times the normal distribution function at x.
    Gelu,
    /// Hyperbolic tangent.
    Tanh,
    /// Logistic function.
    Sigmoid,
}

/// Builds a graph node by node. A layer without weights that is asked for twice is computed once.
pub struct GraphBuilder(Graph);

impl GraphBuilder {
    /// Begins a network for images of this shape; node 0 is the image.
    pub fn new(input: [usize; 3]) -> Self {
        let image = Node { op: Op::Input, from: Vec::new(), shape: input };
        Self(Graph { input, nodes: vec![image], output: 0 })
    }

    /// Channels, height and width of what a node gives.
    pub fn shape(&self, node: usize) -> [usize; 3] {
        self.0.nodes[node].shape
    }

    /// Adds a layer and returns its node.
    pub fn add(&mut self, op: Op, from: &[usize]) -> usize {
        let twin = |node: &Node| node.op == op && node.from == from;
        if !op.has_weights()
            && let Some(place) = self.0.nodes.iter().position(twin)
        {
            return place;
        }
        let shape = op.shape(self.shape(from[0]), from.iter().map(|&node| self.shape(node)[0]).sum());
        self.0.nodes.push(Node { op, from: from.to_vec(), shape });
        self.0.nodes.len() - 1
    }

    /// A convolution that keeps the image's size, or halves it with `stride` 2, after an activation and before a batch norm.
    pub fn relu_conv_norm(&mut self, from: usize, outputs: usize, kernel: usize, stride: usize) -> usize {
        let active = self.add(Op::Activation { function: Function::Relu }, &[from]);
        let conv = self.add(Op::Conv { outputs, kernel, stride, padding: kernel / 2 }, &[active]);
        self.add(Op::BatchNorm, &[conv])
    }

    /// The sum of some nodes; one node is its own sum.
    pub fn sum(&mut self, from: &[usize]) -> usize {
        if let [only] = from { *only } else { self.add(Op::Add, from) }
    }

    /// Ends the network at a node.
    pub fn finish(mut self, output: usize) -> Graph {
        self.0.output = output;
        self.0
    }
}

impl Node {
    /// The nodes whose values it needs: zeros only take the size of what they read.
    pub fn read(&self) -> &[usize] {
        if matches!(self.op, Op::Zero { .. }) { &[] } else { &self.from }
    }
}

impl Op {
    /// Whether the layer has weights.
    pub fn has_weights(&self) -> bool {
        matches!(self, Self::Linear { .. } | Self::Conv { .. } | Self::BatchNorm)
    }

    fn shape(&self, [channels, height, width]: [usize; 3], all_channels: usize) -> [usize; 3] {
        let side = |length: usize, kernel: usize, stride: usize, padding: usize| {
            (length + 2 * padding).saturating_sub(kernel) / stride + 1
        };
        match *self {
            Self::Linear { outputs } => [outputs, 1, 1],
            Self::Conv { outputs, kernel, stride, padding } => {
                [outputs, side(height, kernel, stride, padding), side(width, kernel, stride, padding)]
            }
            Self::MaxPool { kernel, stride, padding } | Self::AvgPool { kernel, stride, padding } => {
                [channels, side(height, kernel, stride, padding), side(width, kernel, stride, padding)]
            }
            Self::GlobalAvgPool => [channels, 1, 1],
            Self::Flatten => [channels * height * width, 1, 1],
            Self::Concat => [all_channels, height, width],
            Self::Narrow { outputs } | Self::Zero { outputs } => [outputs, height, width],
            Self::Input | Self::BatchNorm | Self::Activation { .. } | Self::Add => [channels, height, width],
        }
    }
}

impl Graph {
    /// The shapes of a node's trainable weights, in the order in which they are drawn and stored: a linear layer's
    /// `[inputs, outputs]` and `[outputs]`, a convolution's `[outputs, inputs, kernel, kernel]`, a batch norm's scale and shift.
    pub fn weights(&self, node: usize) -> Vec<Vec<usize>> {
        let Node { op, from, .. } = &self.nodes[node];
        let inputs = from.first().map_or(0, |&source| self.nodes[source].shape[0]);
        match *op {
            Op::Linear { outputs } => vec![vec![inputs, outputs], vec![outputs]],
            Op::Conv { outputs, kernel, .. } => vec![vec![outputs, inputs, kernel, kernel]],
            Op::BatchNorm => vec![vec![inputs], vec![inputs]],
            _ => Vec::new(),
        }
    }

    /// Trainable parameters, counted without making them.
    pub fn params(&self) -> u64 {
        let size = |shape: &Vec<usize>| shape.iter().product::<usize>() as u64;
        (0..self.nodes.len()).flat_map(|node| self.weights(node)).map(|shape| size(&shape)).sum()
    }

    /// Which nodes reach the output: the others have weights that count but need never be computed.
    pub fn live(&self) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        live[self.output] = true;
        for node in (0..self.nodes.len()).rev() {
            if live[node] {
                self.nodes[node].read().iter().for_each(|&source| live[source] = true);
            }
        }
        live
    }

    /// How many nodes that reach the output read each node.
    pub fn readers(&self) -> Vec<usize> {
        let live = self.live();
        let mut readers = vec![0; self.nodes.len()];
        let reading = self.nodes.iter().zip(&live).filter(|(_, live)| **live);
        reading.flat_map(|(node, _)| node.read()).for_each(|&source| readers[source] += 1);
        readers
    }
}
