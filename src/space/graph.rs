//! The space of NAS-Bench-Graph (Qin et al., NeurIPS 2022, Datasets and Benchmarks): four operations on graphs, each fed by the input or by
//! an earlier one; what feeds no other goes to the output.
//!
//! A code has the digits of the published hash: which of nine link patterns, then the four operations. Many codes are one network; the
//! publication trained the one that its canonicalisation picks, see [`Space::canonical`].

use std::sync::OnceLock;

use super::{Arch, Space, SpaceError, SpaceSpec, with_other_digit};
use crate::base::{Rng, nearest};

/// The operations, numbered as in the codes.
pub const GRAPH_OPERATIONS: [&str; 9] = ["gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip"];

/// The link patterns, numbered as in the codes: what feeds each operation, 0 for the input, 1 for the first operation.
const LINKS: [[u8; NODES]; 9] = [
    [0, 0, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 1, 1],
    [0, 0, 1, 2],
    [0, 0, 1, 3],
    [0, 1, 1, 1],
    [0, 1, 1, 2],
    [0, 1, 2, 2],
    [0, 1, 2, 3],
];

const NODES: usize = 4;
const DIGITS: usize = 1 + NODES;
const RADICES: [u32; DIGITS] = [9; DIGITS];
const WEIGHTS: [u64; DIGITS] = [6561, 729, 81, 9, 1];
const SIZE: u64 = 59_049;
const SKIP: u8 = 8;

/// The space of the 59,049 codes, which are 26,207 networks.
#[derive(Debug, Clone, Copy)]
pub struct Graph;

/// Links and operations, the operations in any order in which each comes after what feeds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    links: [u8; NODES],
    operations: [u8; NODES],
}

impl Cell {
    fn of(arch: Arch) -> Self {
        let digits = arch.digits(&RADICES);
        let operations = std::array::from_fn(|node| digits[1 + node] as u8); // a code has five digits
        Self { links: LINKS[digits[0] as usize], operations } // a digit of radix 9
    }

    /// The smallest code among the orders of the operations that make one of the nine patterns; every cell has one.
    fn smallest_code(self) -> Arch {
        let codes = orders_of(self.links).iter().map(|(pattern, order)| {
            let operation = |place: usize| u32::from(self.operations[order[place]]);
            let digits: [u32; DIGITS] =
                std::array::from_fn(|place| if place == 0 { *pattern } else { operation(place - 1) });
            Arch::from_digits(&digits, &RADICES)
        });
        codes.min().unwrap_or(Arch(0)) // each of the 24 link lists is one of the patterns in some order
    }

    /// Moves skips to the front that can stand just behind the input: those that feed others, that alone are fed by what feeds
    /// them, or that only skips part from the input.
    fn with_skips_moved(mut self) -> Self {
        for node in 0..NODES {
            if self.operations[node] == SKIP && self.is_movable(node) {
                self = self.with_front(node);
            }
        }
        self
    }

    fn is_movable(&self, node: usize) -> bool {
        let feeds = self.links.contains(&(node as u8 + 1));
        let is_shared = (0..NODES).any(|other| other != node && self.links[other] == self.links[node]);
        feeds || !is_shared || self.is_plain_input(node)
    }

    /// Whether an operation and all before it are skips.
    fn is_plain_input(&self, node: usize) -> bool {
        let mut at = node as u8 + 1;
        while at > 0 && self.operations[usize::from(at) - 1] == SKIP {
            at = self.links[usize::from(at) - 1]; // a smaller number: links lead backwards
        }
        at == 0
    }

    /// The cell with a skip first: what it fed is fed by what fed it, and what the input fed is fed by the skip.
    fn with_front(&self, node: usize) -> Self {
        let fed_by = self.links[node];
        let moved = |link: u8| {
            let link = if link == node as u8 + 1 { fed_by } else { link };
            if link <= node as u8 { link + 1 } else { link }
        };
        let old = |place: usize| if place <= node { place - 1 } else { place };
        let links = |place: usize| if place == 0 { 0 } else { moved(self.links[old(place)]) };
        let operations = |place: usize| if place == 0 { SKIP } else { self.operations[old(place)] };
        Self { links: std::array::from_fn(links), operations: std::array::from_fn(operations) }
    }

    /// The code of the network that the publication trained for this one.
    fn canonical(self) -> Arch {
        Self::of(self.smallest_code()).with_skips_moved().smallest_code()
    }
}

/// A link pattern, and the order of operations that leads to it.
type Order = (u32, [usize; NODES]);

/// The orders (`order[new] = old`) in which links are one of the patterns, with that pattern.
fn orders_of(links: [u8; NODES]) -> &'static [Order] {
    static ORDERS: OnceLock<Vec<Vec<Order>>> = OnceLock::new();
    let all = ORDERS.get_or_init(|| (0..24).map(|list| find_orders(link_list(list))).collect());
    let list = usize::from(links[1]) + 2 * usize::from(links[2]) + 6 * usize::from(links[3]);
    all.get(list).map_or(&[], Vec::as_slice)
}

/// The 24 ways to feed each operation by the input or by one before it.
fn link_list(number: u8) -> [u8; NODES] {
    [0, number % 2, number / 2 % 3, number / 6]
}

fn find_orders(links: [u8; NODES]) -> Vec<Order> {
    let all = (0..NODES.pow(NODES as u32)).map(|number| std::array::from_fn(|place| number >> (2 * place) & 3));
    let orders = all.filter(|order: &[usize; NODES]| (0..NODES).all(|node| order.contains(&node)));
    let pattern = |order: [usize; NODES]| {
        let mut places = [0; 1 + NODES];
        order.iter().enumerate().for_each(|(new, &old)| places[1 + old] = 1 + new as u8);
        let renumbered = order.map(|old| places[usize::from(links[old])]);
        LINKS.iter().position(|known| *known == renumbered).map(|pattern| (pattern as u32, order))
    };
    orders.filter_map(pattern).collect()
}

/// The canonical code of every code; all are below 2^16.
fn canonical_codes() -> &'static [u16] {
    static CODES: OnceLock<Vec<u16>> = OnceLock::new();
    CODES.get_or_init(|| (0..SIZE).map(|code| Cell::of(Arch(code)).canonical().0 as u16).collect())
}

impl Space for Graph {
    fn name(&self) -> &str {
        "graph"
    }

    fn size(&self) -> u64 {
        SIZE
    }

    fn radices(&self) -> &[u32] {
        &RADICES
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        let draw = rng.below(8 * DIGITS as u32); // all digits have eight other values: one draw serves both
        with_other_digit(parent.0, WEIGHTS[draw as usize / 8], 9, draw % 8)
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        let others = |&weight| (0..8).map(move |step| with_other_digit(of.0, weight, 9, step));
        out.extend(WEIGHTS.iter().flat_map(others));
    }

    /// Reads the published hash, such as `61237`, or links and operations in any published order, such as `0,1,1,3:gcn,cheb,gin,fc`.
    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        let read = match text.split_once(':') {
            Some((links, operations)) => parse_cell(links, operations).map(Cell::smallest_code),
            None => parse_hash(text),
        };
        read.map_err(|why| SpaceError::Arch { text: text.to_owned(), space: "graph".to_owned(), why })
    }

    /// The five digits of the published hash; a published hash of pattern 0 lacks the leading zero.
    fn write(&self, arch: Arch) -> String {
        arch.digits(&RADICES).iter().map(u32::to_string).collect()
    }

    /// The network that was trained, by the publication's canonicalisation: the operations in an order that makes one of the nine
    /// patterns, then skips moved to the front, then interchangeable parts sorted.
    fn canonical(&self, arch: Arch) -> Option<Arch> {
        canonical_codes().get(arch.0 as usize).map(|&code| Arch(u64::from(code)))
    }

    fn has_classes(&self) -> bool {
        true
    }

    /// How many operations of each kind but `skip` there are.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        let Cell { operations, .. } = Cell::of(arch);
        (0..SKIP).map(|kind| operations.iter().filter(|&&operation| operation == kind).count() as f64).collect()
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::Graph
    }
}

fn parse_hash(text: &str) -> Result<Arch, String> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(9)).collect();
    match digits {
        Some(digits) if (1..=DIGITS).contains(&digits.len()) => Ok(Arch::from_digits(&digits, &RADICES)),
        _ => Err("expected a hash of up to five digits from 0 to 8, or links and operations such as `0,1,1,2:gcn,cheb,gin,fc`".into()),
    }
}

fn parse_cell(links: &str, operations: &str) -> Result<Cell, String> {
    let links: Vec<u8> = links
        .split(',')
        .enumerate()
        .map(|(node, link)| link.trim().parse().ok().filter(|&link: &u8| usize::from(link) <= node))
        .collect::<Option<_>>()
        .ok_or("expected links such as `0,1,1,2`: 0 for the input, or the number of an earlier operation")?;
    let operations: Vec<u8> =
        operations.split(',').map(|name| parse_operation(name.trim())).collect::<Result<_, _>>()?;
    match (links.try_into(), operations.try_into()) {
        (Ok(links), Ok(operations)) => Ok(Cell { links, operations }),
        _ => Err("expected four links and four operations".into()),
    }
}

fn parse_operation(name: &str) -> Result<u8, String> {
    GRAPH_OPERATIONS.iter().position(|known| *known == name).map(|place| place as u8).ok_or_else(|| {
        let near = nearest(name, GRAPH_OPERATIONS).map(|near| format!("; did you mean `{near}`?"));
        format!("no operation is called `{name}`{}", near.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn hash(text: &str) -> String {
        Graph.write(Graph.canonical(Graph.parse(text).unwrap()).unwrap())
    }

    /// The link patterns of the published keys of cora; all skips (88888), which nobody trained, are one more of pattern 8.
    #[test]
    fn the_networks_are_the_published_ones() {
        let networks: BTreeSet<Arch> = (0..SIZE).filter_map(|code| Graph.canonical(Arch(code))).collect();
        assert_eq!(networks.len(), 26_207);
        let of_pattern = |pattern| networks.iter().filter(|arch| arch.0 / 6561 == pattern).count();
        let counts: Vec<usize> = (0..9).map(of_pattern).collect();
        assert_eq!(counts, [330, 2304, 2880, 2080, 4096, 1440, 5120, 3276, 4680 + 1]);
        assert!(networks.iter().all(|&arch| Graph.canonical(arch) == Some(arch)));
        assert!(networks.contains(&Graph.parse("88888").unwrap()));
        assert_eq!(Graph.canonical(Arch(SIZE)), None);
    }

    #[test]
    fn published_vectors() {
        assert_eq!(hash("0,1,2,1:gcn,gin,fc,cheb"), "61237");
        assert_eq!(hash("0,1,1,3:gcn,cheb,gin,fc"), "61237");
        assert_eq!(hash("0,1,1,2:gcn,cheb,gin,fc"), "61327"); // the README calls it the same, wrongly
        assert_eq!(hash("0, 0, 0, 0: skip, fc, gat, skip"), hash("0,0,0,0:fc,skip,skip,gat"));
    }

    /// All link lists, with operations that are all different: an order of the operations must not matter.
    #[test]
    fn orders_of_one_network_have_one_code() {
        for list in 0..24 {
            let cell = Cell { links: link_list(list), operations: [1, 4, 2, 7] };
            let canonical = cell.canonical();
            let [a, b, c, d] = cell.links;
            let names = cell.operations.map(|operation| GRAPH_OPERATIONS[usize::from(operation)]).join(",");
            let parsed = Graph.parse(&format!("{a},{b},{c},{d}:{names}")).unwrap();
            assert_eq!(Graph.canonical(parsed), Some(canonical));
            assert_eq!(Graph.operation_counts(canonical), [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        }
    }

    #[test]
    fn names_are_hashes_and_mistakes_are_named() {
        assert_eq!(Graph.parse("1234"), Graph.parse("01234"));
        assert_eq!(Graph.write(Graph.parse("1234").unwrap()), "01234");
        let why = |text: &str| Graph.parse(text).unwrap_err().to_string();
        assert!(why("0,1,1,2:gcn,chebb,gin,fc").contains("did you mean `cheb`?"));
        assert!(why("0,2,1,2:gcn,cheb,gin,fc").contains("expected links"));
        assert!(why("0,1,1:gcn,cheb,gin").contains("expected four links"));
        for bad in ["", "99999", "123456", "a", ":", "0,0,0,0:"] {
            assert!(Graph.parse(bad).is_err(), "{bad}");
        }
    }
}
