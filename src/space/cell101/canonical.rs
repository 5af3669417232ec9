//! The one code that stands for all codes of a network.
//!
//! The live interior vertices are sorted by the longest path from the input, which makes the order topological, then by operation, then
//! by two rounds of Weisfeiler-Leman refinement: what a vertex is, and what its sources and targets are. All of that is the same for
//! isomorphic cells. Vertices that are still alike are tried in every order, and the smallest code is taken; twins, which have the
//! same sources and targets, need no trying.

use super::graph::{Graph, INTERIOR, OUTPUT, Pruned, STARTS, VERTICES};
use crate::space::Arch;

/// Bits of a sort key that hold the vertex itself.
const VERTEX_BITS: u32 = 3;
/// Bits of a sort key above the refined colour: level and operation.
const EXACT_BITS: u32 = 5;

/// The code of a cell's canonical form: live interior vertices first, in the canonical order, dead ones without edges and with operation 0.
#[inline]
pub(super) fn canonical(cell: &Pruned) -> Arch {
    let keys = sorted_keys(cell);
    let count = cell.live.count_ones() as usize - 2; // input and output are always live
    let mut order = keys.map(|key| key as u8 & 0b111);
    if may_be_swapped(cell, &keys, count) {
        let mut best = Arch(u64::MAX);
        try_orders(cell, &keys[..count], &mut order, 0, &mut best);
        best
    } else {
        renumbered(cell, &order, count)
    }
}

/// The keys of the live interior vertices in rising order, filled up with the largest number; each ends with its vertex.
fn sorted_keys(cell: &Pruned) -> [u64; INTERIOR] {
    let exact = levels_and_operations(cell);
    let colours = refined(cell, refined(cell, exact.map(mixed)));
    let key = |vertex: usize| {
        let dead = u64::from(cell.live >> vertex & 1).wrapping_sub(1); // all bits set for a dead vertex
        let exact = u64::from(exact[vertex]) << (u64::BITS - EXACT_BITS);
        dead | exact | colours[vertex] >> (EXACT_BITS + VERTEX_BITS) << VERTEX_BITS | vertex as u64
    };
    sorted([key(1), key(2), key(3), key(4), key(5)])
}

/// The longest path from the input to each vertex, at most 6, and its operation.
fn levels_and_operations(cell: &Pruned) -> [u32; VERTICES] {
    let mut levels = [0u32; VERTICES];
    cell.graph.each_edge(|from, to| levels[to] = levels[to].max(levels[from] + 1));
    std::array::from_fn(|vertex| levels[vertex] << 2 | u32::from(cell.graph.operations[vertex]))
}

/// Each vertex's colour with the colours of its sources and targets, whose order does not count.
fn refined(cell: &Pruned, colours: [u64; VERTICES]) -> [u64; VERTICES] {
    let mut sums = colours.map(|colour| colour.rotate_left(11));
    cell.graph.each_edge(|from, to| {
        sums[to] = sums[to].wrapping_add(colours[from]);
        sums[from] = sums[from].wrapping_add(colours[to].rotate_left(32));
    });
    sums.map(spread)
}

fn mixed(number: u32) -> u64 {
    spread(u64::from(number) + 1)
}

/// Spreads a number over 64 bits: a multiplication by an odd constant (2^64 / golden ratio) and a fold.
fn spread(number: u64) -> u64 {
    let product = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ product >> 29
}

/// Sorts by the optimal network of nine comparators (Knuth, TAOCP 3, section 5.3.4).
fn sorted(mut keys: [u64; INTERIOR]) -> [u64; INTERIOR] {
    for (low, high) in [(0, 3), (1, 4), (0, 2), (1, 3), (0, 1), (2, 4), (1, 2), (3, 4), (2, 3)] {
        (keys[low], keys[high]) = (keys[low].min(keys[high]), keys[low].max(keys[high]));
    }
    keys
}

/// Whether two vertices that follow one another are alike but no twins.
fn may_be_swapped(cell: &Pruned, keys: &[u64; INTERIOR], count: usize) -> bool {
    let alike = |pair: &[u64]| are_alike(pair[0], pair[1]);
    let twins = |pair: &[u64]| {
        let [first, second] = [pair[0], pair[1]].map(|key| key as usize & 0b111);
        let (graph, sources) = (&cell.graph, |vertex| cell.graph.sources(vertex));
        sources(first) == sources(second) && graph.targets(first) == graph.targets(second)
    };
    keys[..count].windows(2).any(|pair| alike(pair) && !twins(pair))
}

/// Whether two keys differ in the vertex alone.
fn are_alike(one: u64, other: u64) -> bool {
    one >> VERTEX_BITS == other >> VERTEX_BITS
}

/// Tries every order of vertices that are alike from `place` on.
fn try_orders(cell: &Pruned, keys: &[u64], order: &mut [u8; INTERIOR], place: usize, best: &mut Arch) {
    if place == keys.len() {
        *best = (*best).min(renumbered(cell, order, place));
        return;
    }
    for other in (place..keys.len()).take_while(|&other| are_alike(keys[place], keys[other])) {
        order.swap(place, other);
        try_orders(cell, keys, order, place + 1, best);
        order.swap(place, other);
    }
}

/// The code with the first `count` vertices of `order` as vertices 1, 2, ...
fn renumbered(cell: &Pruned, order: &[u8; INTERIOR], count: usize) -> Arch {
    let mut numbers = [0usize, 0, 0, 0, 0, 0, OUTPUT, 0];
    let mut operations = [0; VERTICES];
    for (place, &vertex) in order[..count].iter().enumerate() {
        numbers[usize::from(vertex) & 0b111] = place + 1;
        operations[place + 1] = cell.graph.operations[usize::from(vertex)];
    }
    let mut edges = 0;
    cell.graph.each_edge(|from, to| edges |= 1 << (STARTS[numbers[to]] as usize + numbers[from]));
    Graph { edges, operations }.arch()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_sorts() {
        for code in 0..5u64.pow(5) {
            let keys: [u64; INTERIOR] = std::array::from_fn(|place| code / 5u64.pow(place as u32) % 5);
            let mut expected = keys;
            expected.sort_unstable();
            assert_eq!(sorted(keys), expected);
        }
    }

    /// Two chains side by side are alike until every order is tried.
    #[test]
    fn ties_are_broken_by_trying() {
        let graph = |list: &[(usize, usize)], operations| Graph {
            edges: list.iter().map(|&(from, to)| 1 << (STARTS[to] as usize + from)).sum(),
            operations,
        };
        let one = graph(&[(0, 1), (0, 2), (1, 3), (2, 4), (3, 6), (4, 6)], [0, 1, 1, 2, 2, 0, 0]);
        let other = graph(&[(0, 1), (0, 2), (1, 4), (2, 3), (3, 6), (4, 6)], [0, 1, 1, 2, 2, 1, 0]);
        let [one, other] = [one, other].map(|graph| canonical(&graph.pruned().unwrap()));
        assert_eq!(one, other);
        assert_eq!(Graph::of(one).pruned().map(|cell| canonical(&cell)), Some(one));
    }
}
