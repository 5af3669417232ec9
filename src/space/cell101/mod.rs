//! The cell of NAS-Bench-101 (Ying et al., ICML 2019): up to seven vertices and nine edges, an operation on each vertex between input and
//! output.
//!
//! A code has a digit for each of the 21 edges (radix 2; edge `x -> y` is number `x + y(y-1)/2`, as in the published enumeration, the
//! first most significant), then one for each of the five interior vertices (radix 3). Every code has seven vertices: smaller cells have
//! dead ones, which [`Space::canonical`] moves to the end and strips.

mod canonical;
mod encodings;
mod graph;
mod hash;
mod names;

use super::{Arch, Encoding, Space, SpaceError, SpaceSpec, features, with_other_digit};
use crate::base::Rng;
use graph::{EDGES, Graph, INTERIOR, Pruned, VERTICES};

/// The operations, numbered as in the codes.
pub const OPERATIONS: [&str; 3] = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"];

const DIGITS: usize = EDGES + INTERIOR;
const RADICES: [u32; DIGITS] = radices();
const WEIGHTS: [u64; DIGITS] = weights();

/// The space of the 2^21 x 3^5 = 509,607,936 codes, of 423,624 networks.
#[derive(Debug, Clone, Copy)]
pub struct Cell101;

impl Cell101 {
    /// The published name of a cell's network: the module hash, 32 hexadecimal digits, the same for all codes of the network (Ying et al.,
    /// section 2.3; `hash_module` of the package `nasbench`); `None` where the code is no valid cell.
    pub fn module_hash(arch: Arch) -> Option<String> {
        let cell = pruned(arch)?;
        Some(hash::module_hash(&cell).iter().map(|&digit| char::from(digit)).collect())
    }

    /// The cell with an adjacency matrix of 2 to 7 vertices, row by row, and the operations between input and output, by their published
    /// names or without `-bn-relu`. The last vertex becomes the output, and vertices that are missing are dead.
    ///
    /// # Errors
    /// Says what was expected: the number of vertices, digits or operations, edges that lead forward, known operations.
    pub fn from_matrix(vertices: usize, adjacency: &[bool], operations: &[&str]) -> Result<Arch, SpaceError> {
        let matrix = || adjacency.iter().map(|&edge| if edge { '1' } else { '0' }).collect::<String>();
        names::from_matrix(vertices, adjacency, operations).map_err(|why| names::fault(&matrix(), why))
    }

    /// How many vertices the cell has without dead ends, 2 to 7; `None` where the code is no valid cell.
    pub fn vertices(arch: Arch) -> Option<usize> {
        pruned(arch).map(|cell| cell.live.count_ones() as usize)
    }

    /// How many edges the cell has without dead ends, 1 to 9; `None` where the code is no valid cell.
    pub fn edges(arch: Arch) -> Option<usize> {
        pruned(arch).map(|cell| cell.graph.edges.count_ones() as usize)
    }
}

fn pruned(arch: Arch) -> Option<Pruned> {
    Graph::of(arch).pruned()
}

impl Space for Cell101 {
    fn name(&self) -> &str {
        "cell101"
    }

    fn size(&self) -> u64 {
        WEIGHTS[0] * 2
    }

    fn radices(&self) -> &[u32] {
        &RADICES
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        let digit = rng.below(DIGITS as u32) as usize;
        with_other_digit(parent.0, WEIGHTS[digit], RADICES[digit], rng.below(RADICES[digit] - 1))
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        for (&weight, &radix) in WEIGHTS.iter().zip(&RADICES) {
            out.extend((0..radix - 1).map(|step| with_other_digit(of.0, weight, radix, step)));
        }
    }

    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        names::parse(text)
    }

    fn write(&self, arch: Arch) -> String {
        names::write(arch)
    }

    /// The code of the pruned cell with its vertices in an order that isomorphic cells share; `None` where input and output are not
    /// connected, or more than nine edges are left.
    #[inline]
    fn canonical(&self, arch: Arch) -> Option<Arch> {
        pruned(arch).map(|cell| canonical::canonical(&cell))
    }

    fn has_classes(&self) -> bool {
        true
    }

    fn encode(&self, arch: Arch, encoding: Encoding) -> Option<Vec<f32>> {
        let graph = Graph::of(arch);
        match encoding {
            Encoding::Choices => Some(features::one_hot(&arch.digits(&RADICES), &RADICES)),
            Encoding::Adjacency => graph.pruned().map(|_| encodings::adjacency(&graph)),
            Encoding::Paths { kept } => graph.pruned().map(|_| encodings::paths(&graph, kept)),
        }
    }

    /// How many live vertices have each operation, then how many live edges there are; zeros where the code is no valid cell.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        let mut counts = vec![0.0; OPERATIONS.len() + 1];
        let Some(Pruned { graph, live }) = pruned(arch) else { return counts };
        for vertex in (1..VERTICES - 1).filter(|vertex| live >> vertex & 1 == 1) {
            counts[usize::from(graph.operations[vertex])] += 1.0;
        }
        counts[OPERATIONS.len()] = f64::from(graph.edges.count_ones());
        counts
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::Cell101
    }
}

const fn radices() -> [u32; DIGITS] {
    let mut radices = [2; DIGITS];
    let mut digit = EDGES;
    while digit < DIGITS {
        radices[digit] = OPERATIONS.len() as u32;
        digit += 1;
    }
    radices
}

const fn weights() -> [u64; DIGITS] {
    let mut weights = [1; DIGITS];
    let mut digit = DIGITS - 1;
    while digit > 0 {
        weights[digit - 1] = weights[digit] * RADICES[digit] as u64;
        digit -= 1;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inception-like cell of the package's README, and the first record of the published file.
    const VECTORS: [(&str, &str); 2] = [
        (
            "0111010000000100000010000100000000100000010000000:conv1x1,conv3x3,conv3x3,conv3x3,maxpool3x3",
            "28cfc7874f6d200472e1a9dcd8650aa0",
        ),
        (
            "0100110001000000010010000010000001000000010000000:conv3x3,maxpool3x3,conv3x3,conv3x3,conv1x1",
            "00005c142e6f48ac74fdcf73e3439874",
        ),
    ];

    #[test]
    fn hashes_are_the_published_ones() {
        for (name, hash) in VECTORS {
            let arch = Cell101.parse(name).unwrap();
            assert_eq!(Cell101::module_hash(arch).as_deref(), Some(hash));
            let canonical = Cell101.canonical(arch).unwrap();
            assert_eq!(Cell101::module_hash(canonical).as_deref(), Some(hash));
            assert_eq!(Cell101.canonical(canonical), Some(canonical));
        }
    }

    #[test]
    fn the_size_is_the_product_of_the_digits() {
        assert_eq!(Cell101.size(), 509_607_936);
        assert_eq!(Cell101.size(), RADICES.iter().map(|&radix| u64::from(radix)).product::<u64>());
        let mut neighbours = Vec::new();
        Cell101.neighbours(Arch(12_345), &mut neighbours);
        assert_eq!(neighbours.len(), 31);
    }

    #[test]
    fn live_operations_and_edges_are_counted() {
        let arch = Cell101.parse("0110000001000000000100000:conv1x1,conv3x3,maxpool3x3").unwrap();
        assert_eq!((Cell101::vertices(arch), Cell101::edges(arch)), (Some(3), Some(2)));
        assert_eq!(Cell101.operation_counts(arch), [0.0, 1.0, 0.0, 2.0]);
        assert_eq!(Cell101.operation_counts(Arch(0)), [0.0; 4]);
        assert_eq!((Cell101::vertices(Arch(0)), Cell101::module_hash(Arch(0))), (None, None));
    }
}
