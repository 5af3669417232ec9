//! A multilayer perceptron on the flat image: linear layers, an activation after each but the last.

use super::graph::{Function, Graph, GraphBuilder, Op};

/// The network with these units in its hidden layers.
pub fn graph(units: &[u32], function: Function, image: [usize; 3], classes: usize) -> Graph {
    let mut net = GraphBuilder::new(image);
    let mut last = net.add(Op::Flatten, &[0]);
    for &units in units {
        last = net.add(Op::Linear { outputs: units as usize }, &[last]);
        last = net.add(Op::Activation { function }, &[last]);
    }
    let logits = net.add(Op::Linear { outputs: classes }, &[last]);
    net.finish(logits)
}
