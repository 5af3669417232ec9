//! A cell as bits: its edges in one number, pruned with masks.

use crate::space::Arch;

/// The vertices of every code: the input, five interior ones and the output.
pub(super) const VERTICES: usize = 7;
/// The interior vertices.
pub(super) const INTERIOR: usize = 5;
/// The possible edges.
pub(super) const EDGES: usize = 21;
/// The last vertex.
pub(super) const OUTPUT: usize = VERTICES - 1;
/// The most edges of a published cell.
const MOST_EDGES: u32 = 9;

/// How many ways there are to give the interior vertices operations.
const OPERATION_CODES: usize = 243;
/// What the operation of a vertex counts in a code.
pub(super) const OPERATION_WEIGHTS: [u64; VERTICES] = [0, 81, 27, 9, 3, 1, 0];
/// Where the edges into each vertex begin among the edges.
pub(super) const STARTS: [u32; VERTICES] = [0, 0, 1, 3, 6, 10, 15];
/// Source and target of each edge; padded, so that five bits are always a place.
const ENDS: [(u8, u8); 32] = ends();
/// The operations of all vertices by the operations' part of a code; 0 for input and output.
const OPERATIONS_OF: [[u8; VERTICES]; OPERATION_CODES] = operations_of();
/// The edges whose two ends are in a set of vertices.
const EDGES_AMONG: [u32; 1 << VERTICES] = edges_among();

/// A cell as its code says it, with dead ends: edge `x -> y` is bit `x + y(y-1)/2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Graph {
    pub edges: u32,
    pub operations: [u8; VERTICES],
}

/// A cell without dead ends: the vertices that lie on a path from input to output, and the edges among them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pruned {
    pub graph: Graph,
    /// The vertices, as bits.
    pub live: u32,
}

impl Graph {
    #[inline]
    pub fn of(arch: Arch) -> Self {
        let edges = reversed((arch.0 / OPERATION_CODES as u64) as u32);
        Self { edges, operations: OPERATIONS_OF[(arch.0 % OPERATION_CODES as u64) as usize] }
    }

    #[inline]
    pub fn arch(&self) -> Arch {
        let worth = |vertex: usize| u64::from(self.operations[vertex]) * OPERATION_WEIGHTS[vertex];
        let operations: u64 = (1..OUTPUT).map(worth).sum();
        Arch(u64::from(reversed(self.edges)) * OPERATION_CODES as u64 + operations)
    }

    /// Whether there is an edge `from -> to`; `from` lies before `to`.
    pub fn has(&self, from: usize, to: usize) -> bool {
        self.edges >> (STARTS[to] as usize + from) & 1 == 1
    }

    /// The sources of the edges into a vertex, as bits.
    #[inline]
    pub fn sources(&self, to: usize) -> u32 {
        self.edges >> STARTS[to] & ((1 << to) - 1)
    }

    /// The targets of the edges from a vertex, as bits.
    pub fn targets(&self, from: usize) -> u32 {
        (from + 1..VERTICES).map(|to| u32::from(self.has(from, to)) << to).sum()
    }

    /// Source and target of each edge, by targets.
    #[inline]
    pub fn each_edge(&self, mut visit: impl FnMut(usize, usize)) {
        let mut rest = self.edges;
        while rest != 0 {
            let (from, to) = ENDS[rest.trailing_zeros() as usize & 31];
            visit(usize::from(from), usize::from(to));
            rest &= rest - 1;
        }
    }

    /// The cell without vertices that the input does not reach or that do not reach the output (Ying et al., ICML 2019, section 2.3);
    /// `None` where no path leads from input to output, or more than nine edges are left.
    #[inline]
    pub fn pruned(&self) -> Option<Pruned> {
        let reached =
            (1..VERTICES).fold(1, |reached, vertex| reached | u32::from(self.sources(vertex) & reached != 0) << vertex);
        let reaching = (1..VERTICES).rev().fold(1 << OUTPUT, |reaching: u32, vertex| {
            reaching | self.sources(vertex) & (reaching >> vertex & 1).wrapping_neg()
        });
        let live = reached & reaching;
        let edges = self.edges & EDGES_AMONG[live as usize & ((1 << VERTICES) - 1)];
        let valid = edges != 0 && edges.count_ones() <= MOST_EDGES;
        valid.then_some(Pruned { graph: Self { edges, ..*self }, live })
    }
}

/// The 21 bits in the other direction: the first edge is the most significant digit of a code.
#[inline]
fn reversed(edges: u32) -> u32 {
    edges.reverse_bits() >> (u32::BITS - EDGES as u32)
}

const fn ends() -> [(u8, u8); 32] {
    let mut ends = [(0, 0); 32];
    let mut to = 1;
    while to < VERTICES {
        let mut from = 0;
        while from < to {
            ends[STARTS[to] as usize + from] = (from as u8, to as u8);
            from += 1;
        }
        to += 1;
    }
    ends
}

const fn operations_of() -> [[u8; VERTICES]; OPERATION_CODES] {
    let mut all = [[0; VERTICES]; OPERATION_CODES];
    let mut code = 0;
    while code < OPERATION_CODES {
        let mut vertex = 1;
        while vertex < OUTPUT {
            all[code][vertex] = (code as u64 / OPERATION_WEIGHTS[vertex] % 3) as u8;
            vertex += 1;
        }
        code += 1;
    }
    all
}

const fn edges_among() -> [u32; 1 << VERTICES] {
    let mut all = [0; 1 << VERTICES];
    let mut vertices = 0;
    while vertices < all.len() {
        let mut edge = 0;
        while edge < EDGES {
            let (from, to) = ENDS[edge];
            if vertices >> from & 1 == 1 && vertices >> to & 1 == 1 {
                all[vertices] |= 1 << edge;
            }
            edge += 1;
        }
        vertices += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_graphs_go_both_ways() {
        for code in (0..1u64 << 21).step_by(97).flat_map(|edges| [edges * 243, edges * 243 + edges % 243]) {
            assert_eq!(Graph::of(Arch(code)).arch(), Arch(code));
        }
        let first = Graph::of(Arch((1 << 20) * 243 + 2 * 81));
        assert!(first.has(0, 1), "the most significant digit is the edge (0, 1)");
        assert_eq!((first.edges, first.operations), (1, [0, 2, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn dead_ends_go() {
        let edges = |list: &[(usize, usize)]| list.iter().map(|&(from, to)| 1 << (STARTS[to] as usize + from)).sum();
        let graph = |list| Graph { edges: edges(list), operations: [0; VERTICES] };
        let cell = graph(&[(0, 1), (1, 6), (0, 2), (3, 6), (4, 5)]).pruned().unwrap();
        assert_eq!((cell.graph.edges, cell.live), (edges(&[(0, 1), (1, 6)]), 0b100_0011));
        assert!(graph(&[(0, 1), (1, 2), (3, 6)]).pruned().is_none(), "no path");
        assert!(graph(&[]).pruned().is_none());
        let full = Graph { edges: (1 << 21) - 1, operations: [0; VERTICES] };
        assert!(full.pruned().is_none(), "21 edges");
    }
}
