//! Networks around the cells of NAS-Bench-201: the published skeleton, a small one, and the size space of NATS-Bench.

use super::graph::{Function, Graph, GraphBuilder, Op};
use crate::space::{Arch, CELL201_OPERATIONS, Cell201, Space};

const NODES: usize = 4;

/// The cell that the size space of NATS-Bench keeps in all its networks (Dong et al., TPAMI 2021, section 3.2):
/// `|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|`.
const SIZE_CELL: [&str; 6] =
    ["nor_conv_3x3", "nor_conv_3x3", "nor_conv_3x3", "skip_connect", "nor_conv_3x3", "nor_conv_3x3"];

/// The skeleton of NAS-Bench-201 (section 2.1): a 3x3 stem, three stages of `cells` cells each with `channels`, twice and four times as
/// many channels, residual blocks of stride 2 between them, global average pooling, a linear classifier.
///
/// Published: 16 channels, 5 cells a stage, 3x32x32 images (3x16x16 for ImageNet16-120).
pub fn published(arch: Arch, channels: usize, cells: usize, image: [usize; 3], classes: usize) -> Graph {
    let operations = operations(arch);
    let mut net = GraphBuilder::new(image);
    let mut last = stem(&mut net, channels, 3);
    for stage in 0..3 {
        let channels = channels << stage;
        if stage > 0 {
            last = residual(&mut net, last, channels);
        }
        for _ in 0..cells {
            last = cell(&mut net, &operations, last, channels);
        }
    }
    head(net, last, classes)
}

/// A small skeleton that leaves the work to the cells: a 1x1 stem, a cell, 2x2 max pooling, a cell, global average pooling, a linear
/// classifier.
///
/// The published skeleton solves small images whatever its cells are; this one does not.
pub fn micro(arch: Arch, channels: usize, image: [usize; 3], classes: usize) -> Graph {
    let operations = operations(arch);
    let mut net = GraphBuilder::new(image);
    let stem = stem(&mut net, channels, 1);
    let first = cell(&mut net, &operations, stem, channels);
    let pooled = net.add(Op::MaxPool { kernel: 2, stride: 2, padding: 0 }, &[first]);
    let second = cell(&mut net, &operations, pooled, channels);
    head(net, second, classes)
}

/// A network of NATS-Bench's size space: five widths for stem and first cell, first reduction, second cell, second reduction, third cell.
pub fn sized(channels: [usize; 5], image: [usize; 3], classes: usize) -> Graph {
    let mut net = GraphBuilder::new(image);
    let mut last = stem(&mut net, channels[0], 3);
    for (place, &channels) in channels.iter().enumerate() {
        last = if place % 2 == 0 {
            cell(&mut net, &SIZE_CELL, last, channels)
        } else {
            residual(&mut net, last, channels)
        };
    }
    head(net, last, classes)
}

fn operations(arch: Arch) -> [&'static str; 6] {
    let digits = arch.digits(Cell201.radices());
    std::array::from_fn(|edge| CELL201_OPERATIONS[digits[edge] as usize])
}

fn stem(net: &mut GraphBuilder, outputs: usize, kernel: usize) -> usize {
    let conv = net.add(Op::Conv { outputs, kernel, stride: 1, padding: kernel / 2 }, &[0]);
    net.add(Op::BatchNorm, &[conv])
}

/// Each node is the sum of its edges' operations; the edges stand by target node, as in the architecture's name.
fn cell(net: &mut GraphBuilder, operations: &[&str; 6], input: usize, channels: usize) -> usize {
    let mut nodes = vec![input];
    let mut edges = operations.iter();
    for target in 1..NODES {
        let terms: Vec<usize> = nodes[..target]
            .iter()
            .zip(&mut edges)
            .filter_map(|(&source, operation)| edge(net, operation, source, channels))
            .collect();
        let node = if terms.is_empty() { net.add(Op::Zero { outputs: channels }, &[input]) } else { net.sum(&terms) };
        nodes.push(node);
    }
    nodes[NODES - 1]
}

/// What an edge adds to its target; `none` adds nothing.
fn edge(net: &mut GraphBuilder, operation: &str, source: usize, channels: usize) -> Option<usize> {
    match operation {
        "nor_conv_1x1" => Some(net.relu_conv_norm(source, channels, 1, 1)),
        "nor_conv_3x3" => Some(net.relu_conv_norm(source, channels, 3, 1)),
        "avg_pool_3x3" => Some(net.add(Op::AvgPool { kernel: 3, stride: 1, padding: 1 }, &[source])),
        "skip_connect" if net.shape(source)[0] == channels => Some(source),
        "skip_connect" => {
            let conv = net.add(Op::Conv { outputs: channels, kernel: 1, stride: 1, padding: 0 }, &[source]);
            Some(net.add(Op::BatchNorm, &[conv]))
        }
        _ => None,
    }
}

/// The residual block that halves the image: two 3x3 convolutions, and a pooled 1x1 shortcut without batch norm.
fn residual(net: &mut GraphBuilder, input: usize, outputs: usize) -> usize {
    let first = net.relu_conv_norm(input, outputs, 3, 2);
    let second = net.relu_conv_norm(first, outputs, 3, 1);
    let pooled = net.add(Op::AvgPool { kernel: 2, stride: 2, padding: 0 }, &[input]);
    let shortcut = net.add(Op::Conv { outputs, kernel: 1, stride: 1, padding: 0 }, &[pooled]);
    net.sum(&[shortcut, second])
}

fn head(mut net: GraphBuilder, last: usize, classes: usize) -> Graph {
    let norm = net.add(Op::BatchNorm, &[last]);
    let active = net.add(Op::Activation { function: Function::Relu }, &[norm]);
    let pooled = net.add(Op::GlobalAvgPool, &[active]);
    let logits = net.add(Op::Linear { outputs: classes }, &[pooled]);
    net.finish(logits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_the_published_ones_for_all_cells() {
        for code in 0..Cell201.size() {
            let arch = Arch(code);
            for (classes, side) in [(10, 32), (100, 32), (120, 16)] {
                let graph = published(arch, 16, 5, [3, side, side], classes);
                assert_eq!(graph.params(), Cell201::params(arch, classes as u64), "{}", Cell201.write(arch));
            }
        }
    }

    /// The published figure of NATS-Bench, in millions 0.049202.
    #[test]
    fn parameters_of_the_size_space_are_the_published_ones() {
        assert_eq!(sized([8, 8, 8, 16, 32], [3, 32, 32], 10).params(), 49_202);
    }

    #[test]
    fn a_layer_without_weights_is_computed_once() {
        let pools = |graph: &Graph| graph.nodes.iter().filter(|node| matches!(node.op, Op::AvgPool { .. })).count();
        let arch = |text: &str| Cell201.parse(text).unwrap();
        let all = arch("|avg_pool_3x3~0|+|avg_pool_3x3~0|none~1|+|avg_pool_3x3~0|none~1|none~2|");
        assert_eq!(pools(&micro(all, 8, [1, 8, 8], 10)), 2);
    }

    #[test]
    fn dead_layers_count_but_are_not_computed() {
        let arch = Cell201.parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|none~2|").unwrap();
        let graph = micro(arch, 8, [1, 8, 8], 10);
        let live = graph.live();
        let convs = |only_live: bool| {
            let conv = |place: &usize| matches!(graph.nodes[*place].op, Op::Conv { kernel: 3, .. });
            (0..graph.nodes.len()).filter(conv).filter(|&place| live[place] || !only_live).count()
        };
        assert_eq!((convs(false), convs(true)), (4, 0));
    }
}
