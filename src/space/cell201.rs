//! The cell of NAS-Bench-201 (Dong and Yang, ICLR 2020) and of the NATS-Bench topology space (Dong et al., TPAMI 2021).
//!
//! Four nodes, an edge from each node to every later one, one of five operations on each edge. An architecture's published name
//! lists the edges by target node: `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.

use super::{Arch, Encoding, Space, SpaceError, SpaceSpec, cell201_classes, features, with_other_digit};
use crate::base::{Rng, nearest};

/// The operations, numbered as in the codes.
pub const OPERATIONS: [&str; 5] = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];

const EDGES: usize = 6;
const RADICES: [u32; EDGES] = [5; EDGES];
const WEIGHTS: [u64; EDGES] = [3125, 625, 125, 25, 5, 1];
/// Sources of the edges, grouped by target node, as the published name lists them.
pub(super) const SOURCES: [&[usize]; 3] = [&[0], &[0, 1], &[0, 1, 2]];

/// The space of the 15,625 cells.
#[derive(Debug, Clone, Copy)]
pub struct Cell201;

impl Cell201 {
    /// Trainable parameters of the published network: 16 channels, 5 cells a stage, three stages, a linear classifier.
    ///
    /// Counted from the network's definition (NAS-Bench-201, section 2.1): convolutions have no bias, every one is followed by a
    /// batch norm, a residual block joins the stages, and its shortcut's 1x1 convolution has no batch norm.
    pub fn params(arch: Arch, classes: u64) -> u64 {
        let operations = arch.digits(&RADICES);
        let cell = |channels: u64| operations.iter().map(|&op| operation_params(op, channels)).sum::<u64>();
        let stem = 3 * 16 * 9 + 2 * 16;
        let cells = 5 * (cell(16) + cell(32) + cell(64));
        let head = 2 * 64 + 64 * classes + classes;
        stem + cells + reduction_params(16) + reduction_params(32) + head
    }

    /// The text that the publication's own rule gives all cells it holds for one network (`get_unique_str` of NATS-Bench); 6,466 differ.
    pub fn unique_string(arch: Arch) -> String {
        cell201_classes::unique_string(&arch.digits(&RADICES))
    }

    /// The text that cells share whose networks compute the same, with zeros left out and sums of sums flattened; 4,930 differ.
    pub fn strict_string(arch: Arch) -> String {
        cell201_classes::strict_string(&arch.digits(&RADICES))
    }
}

fn operation_params(operation: u32, channels: u64) -> u64 {
    match OPERATIONS[operation as usize] {
        "nor_conv_1x1" => channels * channels + 2 * channels,
        "nor_conv_3x3" => 9 * channels * channels + 2 * channels,
        _ => 0,
    }
}

/// The residual block that doubles the channels: two 3x3 convolutions and a 1x1 shortcut.
fn reduction_params(channels: u64) -> u64 {
    let wide = 2 * channels;
    (9 * channels * wide + 2 * wide) + (9 * wide * wide + 2 * wide) + channels * wide
}

impl Space for Cell201 {
    fn name(&self) -> &str {
        "cell201"
    }

    fn size(&self) -> u64 {
        5u64.pow(EDGES as u32)
    }

    fn radices(&self) -> &[u32] {
        &RADICES
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        let draw = rng.below(4 * EDGES as u32); // all edges have four other operations: one draw serves both
        with_other_digit(parent.0, WEIGHTS[draw as usize / 4], 5, draw % 4)
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        let others = |&weight| (0..4).map(move |step| with_other_digit(of.0, weight, 5, step));
        out.extend(WEIGHTS.iter().flat_map(others));
    }

    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        let fail = |why: String| SpaceError::Arch { text: text.to_owned(), space: "cell201".to_owned(), why };
        let nodes: Vec<&str> = text.split('+').collect();
        if nodes.len() != SOURCES.len() {
            return Err(fail("expected three nodes `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`".to_owned()));
        }
        let mut digits = Vec::with_capacity(EDGES);
        for (node, sources) in nodes.iter().zip(SOURCES) {
            digits.extend(parse_node(node, sources).map_err(fail)?);
        }
        Ok(Arch::from_digits(&digits, &RADICES))
    }

    fn write(&self, arch: Arch) -> String {
        let digits = arch.digits(&RADICES);
        let mut operations = digits.iter().map(|&digit| OPERATIONS[digit as usize]);
        let mut node = |sources: &&[usize]| {
            let edges = sources.iter().zip(&mut operations).map(|(source, op)| format!("{op}~{source}|"));
            format!("|{}", edges.collect::<String>())
        };
        SOURCES.iter().map(&mut node).collect::<Vec<_>>().join("+")
    }

    /// The publication's own rule, see [`Cell201::unique_string`].
    fn isomorphism_class(&self, arch: Arch) -> Option<String> {
        Some(Self::unique_string(arch))
    }

    /// All three encodings; a cell's edges carry the operations, so the adjacency matrix is the choices.
    fn encode(&self, arch: Arch, encoding: Encoding) -> Option<Vec<f32>> {
        let digits = arch.digits(&RADICES);
        Some(match encoding {
            Encoding::Choices | Encoding::Adjacency => features::one_hot(&digits, &RADICES),
            Encoding::Paths { kept } => {
                let mut paths = cell201_classes::paths(&digits);
                paths.truncate(kept.unwrap_or(paths.len()));
                paths
            }
        })
    }

    /// How many edges have each operation but `none`; then the same of those that lead to the output: published trainings computed all
    /// edges, others need not.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        let digits = arch.digits(&RADICES);
        let live = live_edges(&digits);
        let count = |operation: u32, all: bool| {
            let edges = digits.iter().zip(live).filter(|(digit, live)| **digit == operation && (all || *live));
            edges.count() as f64
        };
        [true, false]
            .into_iter()
            .flat_map(|all| (1..5).map(move |operation| (operation, all)))
            .map(|(operation, all)| count(operation, all))
            .collect()
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::Cell201
    }
}

/// Which edges lead to the output, by way of edges that are not `none`.
fn live_edges(digits: &[u32]) -> [bool; EDGES] {
    let ends =
        SOURCES.iter().enumerate().flat_map(|(place, sources)| sources.iter().map(move |&from| (from, place + 1)));
    let ends: Vec<(usize, usize)> = ends.collect();
    let mut reaches = [false, false, false, true];
    for (edge, &(from, to)) in ends.iter().enumerate().rev() {
        reaches[from] |= digits[edge] != 0 && reaches[to];
    }
    std::array::from_fn(|edge| digits[edge] != 0 && reaches[ends[edge].1])
}

fn parse_node(text: &str, sources: &[usize]) -> Result<Vec<u32>, String> {
    let expected = || format!("expected `|op~source|` for each of sources {sources:?}, found `{text}`");
    let inner = text.strip_prefix('|').and_then(|rest| rest.strip_suffix('|')).ok_or_else(expected)?;
    let edges: Vec<&str> = inner.split('|').collect();
    if edges.len() != sources.len() {
        return Err(expected());
    }
    edges
        .iter()
        .zip(sources)
        .map(|(edge, source)| parse_edge(edge, *source).ok_or_else(|| unknown(edge, expected())))
        .collect()
}

fn parse_edge(edge: &str, source: usize) -> Option<u32> {
    let (operation, from) = edge.split_once('~')?;
    let digit = OPERATIONS.iter().position(|known| *known == operation)?;
    (from.parse() == Ok(source)).then_some(digit as u32)
}

fn unknown(edge: &str, expected: String) -> String {
    let operation = edge.split('~').next().unwrap_or_default();
    match nearest(operation, OPERATIONS) {
        Some(near) if near != operation => format!("no operation is called `{operation}`; did you mean `{near}`?"),
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW_0: &str =
        "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|";

    #[test]
    fn names_go_both_ways_for_all_cells() {
        for code in 0..Cell201.size() {
            assert_eq!(Cell201.parse(&Cell201.write(Arch(code))), Ok(Arch(code)));
        }
        assert_eq!(Cell201.parse(ROW_0).map(|arch| arch.digits(&RADICES)), Ok(vec![4, 2, 1, 2, 1, 1]));
    }

    #[test]
    fn parameters_are_the_published_ones() {
        let arch = Cell201.parse(ROW_0).unwrap();
        assert_eq!([10, 100, 120].map(|classes| Cell201::params(arch, classes)), [129_306, 135_156, 136_456]);
    }

    #[test]
    fn operations_are_counted_with_and_without_dead_ends() {
        let arch =
            Cell201.parse("|nor_conv_3x3~0|+|avg_pool_3x3~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|").unwrap();
        assert_eq!(Cell201.operation_counts(arch), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn misspelt_names_say_what_was_meant() {
        let error = Cell201.parse(&ROW_0.replace("avg_pool", "avgpool")).unwrap_err();
        assert!(
            error.to_string().ends_with("no operation is called `avgpool_3x3`; did you mean `avg_pool_3x3`?"),
            "{error}"
        );
        for bad in ["", "|none~0|", "|none~0|+|none~0|none~0|+|none~0|none~1|none~2|", "none~0+|none~0|none~1|+||"] {
            assert!(Cell201.parse(bad).is_err(), "{bad}");
        }
    }
}
