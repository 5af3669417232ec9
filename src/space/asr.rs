//! The space of NAS-Bench-ASR (Mehrotra et al., ICLR 2021): a chain of three operations, with optional skips from every earlier vertex.
//!
//! An architecture's name lists for each operation its number and its skips: `[[1,0],[1,0,0],[1,0,0,0]]`. Many of the 13,824 names are
//! one graph once `zero` and what it cuts off are gone; the publication names the 8,242 graphs by a hash, which is a name here too.

use std::collections::HashMap;
use std::sync::OnceLock;

use md5::{Digest, Md5};

use super::{Arch, Space, SpaceError, SpaceSpec, with_other_digit};
use crate::base::Rng;

/// The operations, numbered as in the codes.
pub const ASR_OPERATIONS: [&str; 6] = ["linear", "conv5", "conv5d2", "conv7", "conv7d2", "zero"];

const DIGITS: usize = 9;
const RADICES: [u32; DIGITS] = [6, 2, 6, 2, 2, 6, 2, 2, 2];
const SIZE: u64 = 13_824;
const ZERO: u32 = 5;
/// Input, three operations, output.
const VERTICES: usize = 5;
/// The digit of each operation, and the edge of each skip digit.
const OPERATION_DIGITS: [usize; 3] = [0, 2, 5];
const SKIP_EDGES: [(usize, usize, usize); 6] = [(1, 0, 2), (3, 0, 3), (4, 1, 3), (6, 0, 4), (7, 1, 4), (8, 2, 4)];

/// The space of the 13,824 architectures, which are 8,242 graphs.
#[derive(Debug, Clone, Copy)]
pub struct Asr;

/// The graph of an architecture without `zero` and what it cuts off.
struct Minimal {
    edges: [[bool; VERTICES]; VERTICES],
    /// The kept vertices, with their labels: -1 for the input, -2 for the output, otherwise the operation.
    kept: Vec<(usize, i32)>,
}

impl Minimal {
    fn of(arch: Arch) -> Self {
        let digits = arch.digits(&RADICES);
        let mut edges = [[false; VERTICES]; VERTICES];
        (1..VERTICES).for_each(|vertex| edges[vertex - 1][vertex] = true);
        SKIP_EDGES.iter().for_each(|&(digit, from, to)| edges[from][to] = digits[digit] == 1);
        let operations = OPERATION_DIGITS.map(|digit| digits[digit]);
        for vertex in (1..=3).filter(|&vertex| operations[vertex - 1] == ZERO) {
            edges[vertex] = [false; VERTICES];
            edges.iter_mut().for_each(|row| row[vertex] = false);
        }
        let label = |vertex: usize| match vertex {
            0 => -1,
            4 => -2,
            inner => operations[inner - 1] as i32,
        };
        let on_path = on_path(&edges);
        let kept = (0..VERTICES).filter(|&vertex| on_path[vertex]).map(|vertex| (vertex, label(vertex))).collect();
        Self { edges, kept }
    }

    fn has_edge(&self, from: usize, to: usize) -> bool {
        self.edges[self.kept[from].0][self.kept[to].0]
    }

    /// The MD5 of NAS-Bench-101's graph hashing, with degrees written as floats, as the publication's matrices are.
    fn hash(&self) -> String {
        let count = self.kept.len();
        let degree = |edge: &dyn Fn(usize) -> bool| (0..count).filter(|&other| edge(other)).count();
        let first = |vertex: usize| {
            let out = degree(&|other| self.has_edge(vertex, other));
            let into = degree(&|other| self.has_edge(other, vertex));
            md5_hex(&format!("({out}.0, {into}.0, {})", self.kept[vertex].1))
        };
        let mut hashes: Vec<String> = (0..count).map(first).collect();
        for _ in 0..count {
            hashes = (0..count).map(|vertex| self.next_hash(vertex, &hashes)).collect();
        }
        hashes.sort();
        let listed: Vec<String> = hashes.iter().map(|hash| format!("'{hash}'")).collect();
        md5_hex(&format!("[{}]", listed.join(", ")))
    }

    fn next_hash(&self, vertex: usize, hashes: &[String]) -> String {
        let sorted = |edge: &dyn Fn(usize) -> bool| {
            let near = hashes.iter().enumerate().filter(|(other, _)| edge(*other));
            let mut near: Vec<&str> = near.map(|(_, hash)| hash.as_str()).collect();
            near.sort_unstable();
            near.concat()
        };
        let into = sorted(&|other| self.has_edge(other, vertex));
        let out = sorted(&|other| self.has_edge(vertex, other));
        md5_hex(&format!("{into}|{out}|{}", hashes[vertex]))
    }
}

/// Which vertices are on a path from the input to the output; edges lead to larger numbers.
fn on_path(edges: &[[bool; VERTICES]; VERTICES]) -> [bool; VERTICES] {
    let mut from_input = [true, false, false, false, false];
    let mut to_output = [false, false, false, false, true];
    for vertex in 1..VERTICES {
        from_input[vertex] = (0..vertex).any(|before| from_input[before] && edges[before][vertex]);
    }
    for vertex in (0..VERTICES - 1).rev() {
        to_output[vertex] = (vertex + 1..VERTICES).any(|after| to_output[after] && edges[vertex][after]);
    }
    std::array::from_fn(|vertex| from_input[vertex] && to_output[vertex])
}

fn md5_hex(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The smallest code of each code's graph, and that of each hash.
struct Graphs {
    smallest: Vec<u16>,
    by_hash: HashMap<String, u16>,
}

fn graphs() -> &'static Graphs {
    static GRAPHS: OnceLock<Graphs> = OnceLock::new();
    GRAPHS.get_or_init(|| {
        let mut by_hash = HashMap::new();
        let smallest =
            (0..SIZE as u16).map(|code| *by_hash.entry(Asr::hash(Arch(code.into()))).or_insert(code)).collect();
        Graphs { smallest, by_hash }
    })
}

impl Asr {
    /// The published hash of an architecture's graph: 32 hexadecimal digits.
    pub fn hash(arch: Arch) -> String {
        Minimal::of(arch).hash()
    }

    /// The architecture that stands for the graph with a published hash.
    pub fn of_hash(hash: &str) -> Option<Arch> {
        graphs().by_hash.get(hash).map(|&code| Arch(u64::from(code)))
    }
}

impl Space for Asr {
    fn name(&self) -> &str {
        "asr"
    }

    fn size(&self) -> u64 {
        SIZE
    }

    fn radices(&self) -> &[u32] {
        &RADICES
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        let place = rng.below(DIGITS as u32) as usize;
        with_other_digit(parent.0, weight(place), RADICES[place], rng.below(RADICES[place] - 1))
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        for (place, &radix) in RADICES.iter().enumerate() {
            out.extend((0..radix - 1).map(|step| with_other_digit(of.0, weight(place), radix, step)));
        }
    }

    /// Reads operations and skips, in brackets or parentheses, or a published hash.
    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        let plain: String =
            text.chars().filter(|c| !c.is_whitespace()).collect::<String>().replace('(', "[").replace(')', "]");
        let digits: Vec<u32> = plain.chars().filter_map(|c| c.to_digit(10)).collect();
        let fits = digits.len() == DIGITS && digits.iter().zip(RADICES).all(|(&digit, radix)| digit < radix);
        let arch = fits.then(|| Arch::from_digits(&digits, &RADICES)).filter(|&arch| self.write(arch) == plain);
        arch.or_else(|| Self::of_hash(text)).ok_or_else(|| SpaceError::Arch {
            text: text.to_owned(),
            space: "asr".to_owned(),
            why:
                "expected operations 0 to 5 with their skips, such as `[[1,0],[1,0,0],[1,0,0,0]]`, or a published hash"
                    .to_owned(),
        })
    }

    fn write(&self, arch: Arch) -> String {
        let digits = arch.digits(&RADICES);
        let node = |digits: &[u32]| format!("[{}]", digits.iter().map(u32::to_string).collect::<Vec<_>>().join(","));
        format!("[{},{},{}]", node(&digits[..2]), node(&digits[2..5]), node(&digits[5..])) // nine digits
    }

    /// The smallest code with the same published hash.
    fn canonical(&self, arch: Arch) -> Option<Arch> {
        graphs().smallest.get(arch.0 as usize).map(|&code| Arch(u64::from(code)))
    }

    fn has_classes(&self) -> bool {
        true
    }

    /// How many operations of each kind but `zero` are on a path from input to output, then how many skips there are.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        let kept = Minimal::of(arch).kept;
        let count = |kind: i32| kept.iter().filter(|(_, label)| *label == kind).count() as f64;
        let digits = arch.digits(&RADICES);
        let skips: u32 = SKIP_EDGES.iter().map(|&(digit, ..)| digits[digit]).sum();
        (0..ZERO as i32).map(count).chain([f64::from(skips)]).collect()
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::Asr
    }
}

/// What a digit is worth.
fn weight(place: usize) -> u64 {
    RADICES[place + 1..].iter().map(|&radix| u64::from(radix)).product()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const PUBLISHED: &str = "36855332a5778e0df5114305bc3ce238";

    #[test]
    fn the_published_hash_is_a_name() {
        let arch = Asr.parse("[[1,0],[1,0,0],[1,0,0,0]]").unwrap();
        assert_eq!(Asr::hash(arch), PUBLISHED);
        assert_eq!(Asr.parse(PUBLISHED), Ok(arch)); // no smaller code is this graph
        assert_eq!(Asr.parse("[(1, 0), (1, 0, 0), (1, 0, 0, 0)]"), Ok(arch));
        assert_eq!(Asr.operation_counts(arch), [0.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn the_graphs_are_the_published_ones() {
        let graphs: HashSet<Arch> = (0..SIZE).filter_map(|code| Asr.canonical(Arch(code))).collect();
        let has_zero = |arch: Arch| OPERATION_DIGITS.iter().any(|&digit| arch.digits(&RADICES)[digit] == ZERO);
        let without: HashSet<Arch> =
            (0..SIZE).map(Arch).filter(|&arch| !has_zero(arch)).filter_map(|arch| Asr.canonical(arch)).collect();
        assert_eq!((graphs.len(), without.len()), (8_242, 8_000));
        for arch in graphs {
            assert_eq!((Asr.canonical(arch), Asr::of_hash(&Asr::hash(arch))), (Some(arch), Some(arch)));
        }
        assert_eq!(Asr.canonical(Arch(SIZE)), None);
    }

    #[test]
    fn what_zero_cuts_off_does_not_matter() {
        let same = |a: &str, b: &str| Asr.canonical(Asr.parse(a).unwrap()) == Asr.canonical(Asr.parse(b).unwrap());
        assert!(same("[[5,0],[1,0,0],[1,1,0,0]]", "[[5,0],[2,0,1],[1,1,1,0]]")); // the second operation has no input
        assert!(!same("[[5,0],[1,1,0],[1,1,0,0]]", "[[5,0],[1,1,0],[2,1,0,0]]"));
    }

    #[test]
    fn names_go_both_ways_and_bad_ones_are_refused() {
        (0..SIZE).step_by(7).for_each(|code| assert_eq!(Asr.parse(&Asr.write(Arch(code))), Ok(Arch(code))));
        for bad in ["", "100100100", "[[6,0],[1,0,0],[1,0,0,0]]", "[[1,0,1],[0,0],[1,0,0,0]]", "36855332"] {
            assert!(Asr.parse(bad).is_err(), "{bad}");
        }
    }
}
