//! Cells as numbers of a fixed length: features for predictors, and the encodings A, B and C for strategies that need vectors.

use super::graph::{EDGES, Graph, INTERIOR, OUTPUT, STARTS, VERTICES};
use super::names::fault;
use super::{Cell101, OPERATIONS};
use crate::space::{Arch, SpaceError};

/// Edges of a cell in encodings B and C, at most.
const CHOSEN: usize = 9;

/// The encodings A, B and C: fixed numbers of choices from which a cell is made, as in the benchmarks `NASCifar10A`, `B` and `C` of
/// `automl/nas_benchmarks` (`tabular_benchmarks/nas_cifar10.py`), by authors of Ying et al. (ICML 2019). Many of the cells are no valid
/// architectures; [`crate::space::Space::canonical`] tells. The operations are numbered as in [`OPERATIONS`].
impl Cell101 {
    /// Encoding A: each of the 21 edges, row by row above the diagonal (0 -> 1, 0 -> 2, ..., 5 -> 6), is there or not. Up to the order
    /// of the edges these are the digits of a code.
    ///
    /// # Errors
    /// Refuses an operation that is not 0, 1 or 2.
    pub fn from_encoding_a(edges: &[bool; EDGES], operations: &[u8; INTERIOR]) -> Result<Arch, SpaceError> {
        let present = row_by_row().zip(edges).filter(|(_, present)| **present).map(|(edge, _)| edge);
        assemble(present, operations)
    }

    /// Encoding B: nine edges are chosen, each among all 21; an edge that is chosen twice counts once. Edges are numbered as that
    /// benchmark does: 0 is 5 -> 6, 1 is 4 -> 6, and so on down to 20, which is 0 -> 1 (edge `x -> y` is `20 - x - y(y-1)/2`).
    ///
    /// # Errors
    /// Refuses an edge that is not below 21 and an operation that is not 0, 1 or 2.
    pub fn from_encoding_b(edges: &[u32; CHOSEN], operations: &[u8; INTERIOR]) -> Result<Arch, SpaceError> {
        let last = EDGES as u32 - 1;
        match edges.iter().find(|&&edge| edge > last) {
            Some(edge) => Err(fault(&format!("{edges:?}"), format!("edge {edge} is not below {EDGES}"))),
            None => assemble(edges.iter().map(|edge| last - edge), operations),
        }
    }

    /// Encoding C: each of the 21 edges, row by row as in A, has a number, and the `count` edges with the largest numbers are there; among
    /// equal numbers the first ones.
    ///
    /// # Errors
    /// Refuses a count above nine, a number that is not from 0 to 1, and an operation that is not 0, 1 or 2.
    pub fn from_encoding_c(
        numbers: &[f64; EDGES],
        count: usize,
        operations: &[u8; INTERIOR],
    ) -> Result<Arch, SpaceError> {
        let fail = |why: String| Err(fault(&format!("{numbers:?}"), why));
        if count > CHOSEN {
            return fail(format!("{count} edges, at most {CHOSEN}"));
        }
        if let Some(number) = numbers.iter().find(|number| !(0.0..=1.0).contains(*number)) {
            return fail(format!("number {number} of an edge is not from 0 to 1"));
        }
        let mut edges: Vec<(f64, u32)> = numbers.iter().copied().zip(row_by_row()).collect();
        edges.sort_by(|one, other| other.0.total_cmp(&one.0)); // a stable sort: the first of equals stays first
        assemble(edges.into_iter().take(count).map(|(_, edge)| edge), operations)
    }
}

/// The cell with these edges (bits of a graph; one may occur twice) and operations.
fn assemble(edges: impl Iterator<Item = u32>, operations: &[u8; INTERIOR]) -> Result<Arch, SpaceError> {
    if let Some(odd) = operations.iter().find(|&&operation| usize::from(operation) >= OPERATIONS.len()) {
        return Err(fault(&format!("{operations:?}"), format!("operation {odd} is not 0, 1 or 2")));
    }
    let mut graph = Graph { edges: edges.fold(0, |all, edge| all | 1 << edge), operations: [0; VERTICES] };
    graph.operations[1..OUTPUT].copy_from_slice(operations);
    Ok(graph.arch())
}

/// The edges row by row above the diagonal, as bits of a graph.
fn row_by_row() -> impl Iterator<Item = u32> {
    (0..VERTICES).flat_map(|from| (from + 1..VERTICES).map(move |to| STARTS[to] + from as u32))
}

/// The 21 edges row by row, then a 1 for the operation of each interior vertex: 36 numbers.
pub(super) fn adjacency(graph: &Graph) -> Vec<f32> {
    let edges = row_by_row().map(|edge| graph.edges >> edge & 1 == 1);
    let is = |vertex: usize| (0..OPERATIONS.len()).map(move |operation| (vertex, operation));
    let operations = (1..OUTPUT).flat_map(is).map(|(vertex, op)| usize::from(graph.operations[vertex]) == op);
    edges.chain(operations).map(|one| f32::from(u8::from(one))).collect()
}

/// A 1 for each path of operations from input to output, of `3^0 + ... + 3^5 = 364`: short ones first, then by operations, the first
/// operation of a path most significant.
pub(super) fn paths(graph: &Graph, kept: Option<usize>) -> Vec<f32> {
    let mut features = vec![0.0; path_offset(INTERIOR + 1)];
    mark_paths(graph, 0, (0, 0), &mut features);
    features.truncate(kept.unwrap_or(features.len()));
    features
}

/// Follows all paths on from a vertex; `so_far` is how many operations a path has, and which, in base 3.
fn mark_paths(graph: &Graph, vertex: usize, so_far: (usize, usize), features: &mut [f32]) {
    let (length, number) = so_far;
    if vertex == OUTPUT {
        features[path_offset(length) + number] = 1.0; // a path has at most five operations of three kinds
        return;
    }
    for next in (vertex + 1..VERTICES).filter(|&next| graph.has(vertex, next)) {
        let longer = (length + 1, OPERATIONS.len() * number + usize::from(graph.operations[next]));
        mark_paths(graph, next, if next == OUTPUT { so_far } else { longer }, features);
    }
}

/// How many paths have fewer operations.
fn path_offset(length: usize) -> usize {
    (0..length as u32).map(|shorter| OPERATIONS.len().pow(shorter)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Encoding, Space};

    /// input -> conv1x1 -> maxpool -> output, and input -> output.
    fn cell() -> Arch {
        Cell101.parse("0101001000010000:conv1x1,maxpool3x3").unwrap()
    }

    #[test]
    fn the_three_encodings_make_the_same_cell() {
        let operations = [1, 2, 0, 0, 0];
        let mut edges = [false; EDGES];
        for place in [0, 5, 6, 14] {
            edges[place] = true; // rows: 0 -> 1, 0 -> 6, 1 -> 2, 2 -> 6
        }
        assert_eq!(Cell101::from_encoding_a(&edges, &operations), Ok(cell()));
        let [one, two, three, four] = [20, 20 - 15, 20 - 2, 20 - 17];
        let nine = [one, one, two, three, two, four, four, four, one];
        assert_eq!(Cell101::from_encoding_b(&nine, &operations), Ok(cell()));
        let numbers = edges.map(|present| if present { 0.5 } else { 0.25 });
        assert_eq!(Cell101::from_encoding_c(&numbers, 4, &operations), Ok(cell()));
        let none = Cell101::from_encoding_c(&numbers, 0, &operations).unwrap();
        assert_eq!(Cell101.canonical(none), None);
        let tied = Cell101::from_encoding_c(&[1.0; EDGES], 6, &operations).unwrap();
        assert_eq!(Graph::of(tied).targets(0), 0b111_1110, "the first six of equal numbers are the first row");
    }

    #[test]
    fn encodings_refuse_what_is_out_of_range() {
        assert!(Cell101::from_encoding_b(&[21; 9], &[0; 5]).is_err());
        assert!(Cell101::from_encoding_c(&[0.5; EDGES], 10, &[0; 5]).is_err());
        assert!(Cell101::from_encoding_c(&[f64::NAN; EDGES], 1, &[0; 5]).is_err());
        assert!(Cell101::from_encoding_a(&[false; EDGES], &[0, 0, 3, 0, 0]).is_err());
    }

    #[test]
    fn features_say_edges_operations_and_paths() {
        let adjacency = Cell101.encode(cell(), Encoding::Adjacency).unwrap();
        let ones = |features: &[f32]| (0..features.len()).filter(|&place| features[place] == 1.0).collect::<Vec<_>>();
        assert_eq!((adjacency.len(), ones(&adjacency)), (36, vec![0, 5, 6, 14, 22, 26, 27, 30, 33]));
        let paths = Cell101.encode(cell(), Encoding::Paths { kept: None }).unwrap();
        assert_eq!((paths.len(), ones(&paths)), (364, vec![0, 4 + 3 + 2]));
        assert_eq!(Cell101.encode(cell(), Encoding::Paths { kept: Some(40) }).map(|kept| kept.len()), Some(40));
        assert_eq!(Cell101.encode(cell(), Encoding::Choices).map(|choices| choices.len()), Some(57));
        assert_eq!(Cell101.encode(Arch(0), Encoding::Adjacency), None);
    }
}
