//! The network of NAS-Bench-101 (Ying et al., ICML 2019) around a cell of up to seven vertices.

use super::graph::{Function, Graph, GraphBuilder, Op};

/// An operation of an interior vertex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// 3x3 convolution, batch norm, ReLU.
    Conv3x3,
    /// 1x1 convolution, batch norm, ReLU.
    Conv1x1,
    /// 3x3 max pooling of stride 1.
    MaxPool3x3,
}

/// A cell: edges by target, and the operations between input and output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The sources of each vertex but the input, rising; vertex 0 is the input, the last one the output.
    pub sources: Vec<Vec<usize>>,
    /// The operations of the vertices between.
    pub operations: Vec<Operation>,
}

/// The published network (section 2.2 and supplement S1): a 3x3 stem of `channels`, three stages of three cells, 2x2 max pooling and
/// twice the channels between stages, global average pooling, a linear classifier. Published: 128 channels, 3x32x32 images.
pub fn graph(cell: &Cell, channels: usize, image: [usize; 3], classes: usize) -> Graph {
    let mut net = GraphBuilder::new(image);
    let mut last = conv_norm_relu(&mut net, 0, channels, 3);
    for stage in 0..3 {
        if stage > 0 {
            last = net.add(Op::MaxPool { kernel: 2, stride: 2, padding: 0 }, &[last]);
        }
        for _ in 0..3 {
            last = add_cell(&mut net, cell, last, channels << stage);
        }
    }
    let pooled = net.add(Op::GlobalAvgPool, &[last]);
    let logits = net.add(Op::Linear { outputs: classes }, &[pooled]);
    net.finish(logits)
}

fn conv_norm_relu(net: &mut GraphBuilder, from: usize, outputs: usize, kernel: usize) -> usize {
    let conv = net.add(Op::Conv { outputs, kernel, stride: 1, padding: kernel / 2 }, &[from]);
    let norm = net.add(Op::BatchNorm, &[conv]);
    net.add(Op::Activation { function: Function::Relu }, &[norm])
}

/// A vertex adds its sources, cut to its own channels, and the projected input where the input is one of them. The output concatenates
/// its interior sources and adds the projected input.
fn add_cell(net: &mut GraphBuilder, cell: &Cell, input: usize, channels: usize) -> usize {
    let output = cell.sources.len();
    let widths = widths(cell, channels);
    let mut vertices = vec![input];
    for vertex in 1..output {
        let terms: Vec<usize> = cell.sources[vertex - 1]
            .iter()
            .map(|&source| match source {
                0 => conv_norm_relu(net, input, widths[vertex], 1),
                _ if widths[source] == widths[vertex] => vertices[source],
                _ => net.add(Op::Narrow { outputs: widths[vertex] }, &[vertices[source]]),
            })
            .collect();
        let sum = net.sum(&terms);
        vertices.push(match cell.operations[vertex - 1] {
            Operation::Conv3x3 => conv_norm_relu(net, sum, widths[vertex], 3),
            Operation::Conv1x1 => conv_norm_relu(net, sum, widths[vertex], 1),
            Operation::MaxPool3x3 => net.add(Op::MaxPool { kernel: 3, stride: 1, padding: 1 }, &[sum]),
        });
    }
    let sources = &cell.sources[output - 1];
    let interior: Vec<usize> = sources.iter().filter(|&&source| source > 0).map(|&source| vertices[source]).collect();
    let projected = sources.contains(&0).then(|| conv_norm_relu(net, input, channels, 1));
    let joined = match interior.as_slice() {
        [] => None,
        [only] => Some(*only),
        several => Some(net.add(Op::Concat, several)),
    };
    let terms: Vec<usize> = joined.into_iter().chain(projected).collect();
    net.sum(&terms)
}

/// The channels of each vertex: those that the output reads share its channels, the first ones taking one more where they do not divide;
/// every other vertex has as many as the widest that reads it.
fn widths(cell: &Cell, channels: usize) -> Vec<usize> {
    let output = cell.sources.len();
    let reads = |reader: usize, source: usize| cell.sources[reader - 1].contains(&source);
    let mut widths = vec![channels; output + 1];
    let last: Vec<usize> = (1..output).filter(|&vertex| reads(output, vertex)).collect();
    for (place, &vertex) in last.iter().enumerate() {
        widths[vertex] = channels / last.len() + usize::from(place < channels % last.len());
    }
    for vertex in (1..output).rev().filter(|&vertex| !reads(output, vertex)) {
        let readers = (vertex + 1..output).filter(|&reader| reads(reader, vertex));
        widths[vertex] = readers.map(|reader| widths[reader]).max().unwrap_or(channels);
    }
    widths
}
