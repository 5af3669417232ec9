//! The published hash of a cell (Ying et al., ICML 2019, section 2.3; the `nasbench` package's `hash_module`), the same for isomorphic
//! cells.
//!
//! Each vertex begins with the MD5 of its out-degree, in-degree and label; as many times as there are vertices, it takes the MD5 of its
//! sources' hashes, its targets' hashes and its own; the MD5 of all of them, sorted, is the cell's. All are hexadecimal text.

use md5::{Digest as _, Md5};

use super::graph::{OUTPUT, Pruned, VERTICES};

type Hex = [u8; 32];

/// The labels of the operations, as text.
const LABELS: [&str; 3] = ["0", "1", "2"];

/// A cell's hash, 32 hexadecimal digits.
pub(super) fn module_hash(cell: &Pruned) -> Hex {
    let vertices: Vec<Vertex> =
        (0..VERTICES).filter(|&vertex| cell.live >> vertex & 1 == 1).map(|vertex| Vertex::of(cell, vertex)).collect();
    let mut hashes = [[0; 32]; VERTICES];
    vertices.iter().for_each(|vertex| hashes[vertex.number] = vertex.first_hash());
    for _ in &vertices {
        let order = sorted(&vertices, &hashes);
        let old = hashes;
        vertices.iter().for_each(|vertex| hashes[vertex.number] = vertex.next_hash(&order, &old));
    }
    listed(&sorted(&vertices, &hashes), &hashes)
}

struct Vertex {
    number: usize,
    sources: u32,
    targets: u32,
    label: &'static str,
}

impl Vertex {
    fn of(cell: &Pruned, number: usize) -> Self {
        let label = match number {
            0 => "-1",
            OUTPUT => "-2",
            _ => LABELS[usize::from(cell.graph.operations[number])],
        };
        Self { number, sources: cell.graph.sources(number), targets: cell.graph.targets(number), label }
    }

    fn first_hash(&self) -> Hex {
        hex(Md5::digest(format!("({}, {}, {})", self.targets.count_ones(), self.sources.count_ones(), self.label)))
    }

    fn next_hash(&self, order: &[usize], old: &[Hex; VERTICES]) -> Hex {
        let mut text = Text::default();
        let mut add = |vertices: u32| {
            order.iter().filter(|&vertex| vertices >> vertex & 1 == 1).for_each(|&vertex| text.add(&old[vertex]));
            text.add(b"|");
        };
        add(self.sources);
        add(self.targets);
        text.add(&old[self.number]);
        text.md5()
    }
}

/// The vertices' numbers in the order of their hashes.
fn sorted(vertices: &[Vertex], hashes: &[Hex; VERTICES]) -> Vec<usize> {
    let mut order: Vec<usize> = vertices.iter().map(|vertex| vertex.number).collect();
    order.sort_unstable_by_key(|&vertex| hashes[vertex]);
    order
}

/// The hash of the sorted hashes as Python prints a list of texts.
fn listed(order: &[usize], hashes: &[Hex; VERTICES]) -> Hex {
    let mut text = Text::default();
    for (place, &vertex) in order.iter().enumerate() {
        text.add(if place == 0 { b"['" } else { b", '" });
        text.add(&hashes[vertex]);
        text.add(b"'");
    }
    text.add(b"]");
    text.md5()
}

/// A text of at most 256 bytes: seven hashes in quotes are 252, a vertex with six neighbours has 226.
struct Text {
    bytes: [u8; 256],
    length: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self { bytes: [0; 256], length: 0 }
    }
}

impl Text {
    fn add(&mut self, part: &[u8]) {
        self.bytes[self.length..][..part.len()].copy_from_slice(part); // fits: see above
        self.length += part.len();
    }

    fn md5(&self) -> Hex {
        hex(Md5::digest(&self.bytes[..self.length]))
    }
}

fn hex(digest: impl AsRef<[u8]>) -> Hex {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'0'; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(digest.as_ref()) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::graph::{Graph, STARTS};
    use super::*;

    fn cell(edges: &[(usize, usize)], operations: [u8; VERTICES]) -> Pruned {
        let edges = edges.iter().map(|&(from, to)| 1 << (STARTS[to] as usize + from)).sum();
        Graph { edges, operations }.pruned().unwrap()
    }

    fn text(hash: Hex) -> String {
        String::from_utf8(hash.to_vec()).unwrap()
    }

    /// The published algorithm's steps, by the package itself: input to output, and a convolution between.
    #[test]
    fn each_step_is_the_published_one() {
        let first = |cell: &Pruned, number| text(Vertex::of(cell, number).first_hash());
        let second = |cell: &Pruned, number| {
            let vertices: Vec<Vertex> =
                (0..VERTICES).filter(|v| cell.live >> v & 1 == 1).map(|v| Vertex::of(cell, v)).collect();
            let mut hashes = [[0; 32]; VERTICES];
            vertices.iter().for_each(|vertex| hashes[vertex.number] = vertex.first_hash());
            text(Vertex::of(cell, number).next_hash(&sorted(&vertices, &hashes), &hashes))
        };
        let a = cell(&[(0, OUTPUT)], [0; VERTICES]);
        assert_eq!(first(&a, 0), "3bb65a81afada4c50c2c4630873f0a79");
        assert_eq!(first(&a, OUTPUT), "da7ed8fcf085d449b70116bd536a0344");
        assert_eq!(second(&a, 0), "6a9b02cac0c1197568db68e8a26172e5");
        assert_eq!(second(&a, OUTPUT), "b03380eecb720dcb90c99e9368145d41");
        assert_eq!(text(module_hash(&a)), "043721b9c7fe8c5fad811d47d83132ec");
        let b = cell(&[(0, 1), (1, OUTPUT)], [0; VERTICES]);
        assert_eq!(second(&b, 0), "2db5495790022c768943b347000b1ca8");
        assert_eq!(second(&b, 1), "c35d4b8921f087212df4d626a2841ac3");
        assert_eq!(second(&b, OUTPUT), "337d999cc6efa343de83be59e1f77d99");
        assert_eq!(text(module_hash(&b)), "b49ac8c578b4561d79ac7087988f1c61");
    }

    #[test]
    fn the_diamond_has_one_hash_both_ways() {
        let edges = [(0, 1), (0, 2), (1, OUTPUT), (2, OUTPUT)];
        for operations in [[0, 1, 2, 0, 0, 0, 0], [0, 2, 1, 0, 0, 0, 0]] {
            assert_eq!(text(module_hash(&cell(&edges, operations))), "ac9bd0e2514c031187b612db767fb038");
        }
    }
}
