//! The cells of DARTS (Liu, Simonyan and Yang, ICLR 2019) as NAS-Bench-301 searches them (Zela et al., ICLR 2022, section 3): one normal
//! and one reduction cell.
//!
//! A cell has two inputs, 0 and 1, and four nodes, 2 to 5. Each node has two different earlier ones as inputs, with an operation on each;
//! node 2 always has 0 and 1. An architecture's name lists the nodes of the normal cell, then of the reduction cell, the inputs rising:
//! `|op~0|op~1|+|op~i|op~j|+|op~i|op~j|+|op~i|op~j|/...`. The genotypes of the DARTS code are names too.

use super::{Arch, Encoding, Space, SpaceError, SpaceSpec, with_other_digit};
use crate::base::{Rng, nearest};

/// The operations, numbered as in the codes and in NAS-Bench-301.
pub const OPERATIONS: [&str; 7] =
    ["max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5"];

/// The nodes of a cell.
const NODES: [u32; 4] = [2, 3, 4, 5];
/// Edges that a cell could have.
const EDGES: usize = 14;
/// A cell's choices: the inputs of nodes 3, 4 and 5, then the operations of all inputs, node by node.
const CELL: [u32; 11] = [3, 6, 10, 7, 7, 7, 7, 7, 7, 7, 7];
const RADICES: [u32; 22] = both_cells();
const WEIGHTS: [u64; 22] = weights();

const fn both_cells() -> [u32; 22] {
    let mut radices = [0; 22];
    let mut place = 0;
    while place < 22 {
        radices[place] = CELL[place % CELL.len()];
        place += 1;
    }
    radices
}

const fn weights() -> [u64; 22] {
    let mut weights = [1; 22];
    let mut place = 21;
    while place > 0 {
        weights[place - 1] = weights[place] * RADICES[place] as u64;
        place -= 1;
    }
    weights
}

/// A cell: for each node, its two inputs, rising, with the numbers of their operations.
pub type DartsCell = [[(u32, u32); 2]; 4];

/// The space of the (180 * 7^8)^2 pairs of cells, about 1.1 * 10^18.
#[derive(Debug, Clone, Copy)]
pub struct Darts;

impl Darts {
    /// The architecture of a normal and a reduction cell.
    ///
    /// # Errors
    /// Says which node has inputs or an operation that cannot be.
    pub fn arch(normal: &DartsCell, reduce: &DartsCell) -> Result<Arch, String> {
        let digits = [digits_of(normal, "normal")?, digits_of(reduce, "reduce")?].concat();
        Ok(Arch::from_digits(&digits, &RADICES))
    }

    /// The normal and the reduction cell of an architecture.
    pub fn cells(arch: Arch) -> [DartsCell; 2] {
        let digits = arch.digits(&RADICES);
        let (normal, reduce) = digits.split_at(CELL.len());
        [normal, reduce].map(cell_of)
    }
}

/// The pairs of inputs that a node may have, in the order of their digits.
fn pairs(node: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..node).flat_map(move |first| (first + 1..node).map(move |second| (first, second)))
}

fn cell_of(digits: &[u32]) -> DartsCell {
    std::array::from_fn(|place| {
        let chosen = if place == 0 { 0 } else { digits[place - 1] };
        let (first, second) = pairs(NODES[place]).nth(chosen as usize).unwrap_or_default(); // digits are below their radices
        [(first, digits[3 + 2 * place]), (second, digits[4 + 2 * place])]
    })
}

fn digits_of(cell: &DartsCell, name: &str) -> Result<Vec<u32>, String> {
    let (mut inputs, mut operations) = (Vec::with_capacity(3), Vec::with_capacity(8));
    for (node, edges) in NODES.into_iter().zip(cell) {
        let [(first, one), (second, other)] = *edges;
        let chosen = pairs(node).position(|pair| pair == (first, second)).ok_or_else(|| {
            format!("node {node} of the {name} cell has inputs {first} and {second}, expected two different ones below {node}, rising")
        })?;
        if one.max(other) as usize >= OPERATIONS.len() {
            return Err(format!("node {node} of the {name} cell has an unknown operation"));
        }
        if node > 2 {
            inputs.push(chosen as u32);
        }
        operations.extend([one, other]);
    }
    Ok([inputs, operations].concat())
}

/// The number of an operation.
pub(crate) fn operation(name: &str) -> Result<u32, String> {
    OPERATIONS.iter().position(|known| *known == name).map(|place| place as u32).ok_or_else(|| {
        let near = nearest(name, OPERATIONS).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("no operation is called `{name}`{near}")
    })
}

impl Space for Darts {
    fn name(&self) -> &str {
        "darts"
    }

    fn size(&self) -> u64 {
        WEIGHTS[0] * u64::from(RADICES[0])
    }

    fn radices(&self) -> &[u32] {
        &RADICES
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        let place = rng.below(RADICES.len() as u32) as usize;
        with_other_digit(parent.0, WEIGHTS[place], RADICES[place], rng.below(RADICES[place] - 1))
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        for (&weight, &radix) in WEIGHTS.iter().zip(&RADICES) {
            out.extend((0..radix - 1).map(|step| with_other_digit(of.0, weight, radix, step)));
        }
    }

    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        let read = if text.trim_start().starts_with("Genotype(") { parse_genotype(text) } else { parse_name(text) };
        read.map_err(|why| SpaceError::Arch { text: text.to_owned(), space: "darts".to_owned(), why })
    }

    fn write(&self, arch: Arch) -> String {
        let edge = |&(input, operation): &(u32, u32)| format!("{}~{input}|", OPERATIONS[operation as usize]);
        let node = |edges: &[(u32, u32); 2]| format!("|{}", edges.iter().map(edge).collect::<String>());
        let cell = |cell: &DartsCell| cell.iter().map(node).collect::<Vec<_>>().join("+");
        Self::cells(arch).iter().map(cell).collect::<Vec<_>>().join("/")
    }

    /// [`Encoding::Adjacency`]: for each of the 14 possible edges of the normal cell, then of the reduction cell, node by node, a 1 for
    /// its operation; zeros where there is no edge.
    fn encode(&self, arch: Arch, encoding: Encoding) -> Option<Vec<f32>> {
        match encoding {
            Encoding::Choices => Some(super::features::one_hot(&arch.digits(&RADICES), &RADICES)),
            Encoding::Adjacency => Some(Self::cells(arch).iter().flat_map(adjacency).collect()),
            Encoding::Paths { .. } => None,
        }
    }

    /// How many inputs of the normal cell have each operation, then those of the reduction cell.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        let count =
            |cell: &DartsCell, number: u32| cell.iter().flatten().filter(|edge| edge.1 == number).count() as f64;
        Self::cells(arch).iter().flat_map(|cell| (0..7).map(|number| count(cell, number)).collect::<Vec<_>>()).collect()
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::Darts
    }
}

fn adjacency(cell: &DartsCell) -> Vec<f32> {
    let mut features = vec![0.0; EDGES * OPERATIONS.len()];
    let mut start = 0; // the number of the node's first possible edge
    for (node, edges) in NODES.into_iter().zip(cell) {
        for (input, operation) in edges {
            features[(start + *input) as usize * OPERATIONS.len() + *operation as usize] = 1.0;
        }
        start += node;
    }
    features
}

fn parse_name(text: &str) -> Result<Arch, String> {
    let expected = || format!("expected two cells `{0}/{0}`, or a DARTS genotype", ["|op~i|op~j|"; 4].join("+"));
    let (normal, reduce) = text.split_once('/').ok_or_else(expected)?;
    Darts::arch(&parse_cell(normal)?, &parse_cell(reduce)?)
}

fn parse_cell(text: &str) -> Result<DartsCell, String> {
    let edge = |text: &str| {
        let (name, input) = text.split_once('~').ok_or_else(|| format!("expected `op~input`, found `{text}`"))?;
        let input = input.parse().map_err(|_| format!("`{input}` is no input"))?;
        Ok((input, operation(name)?))
    };
    let node = |text: &str| {
        let inner = text.strip_prefix('|').and_then(|rest| rest.strip_suffix('|'));
        inner
            .ok_or_else(|| format!("expected `|op~i|op~j|`, found `{text}`"))?
            .split('|')
            .map(edge)
            .collect::<Result<Vec<_>, _>>()
    };
    let nodes: Vec<Vec<(u32, u32)>> = text.split('+').map(node).collect::<Result<_, String>>()?;
    if let Some(place) = nodes.iter().position(|edges| edges.len() != 2) {
        return Err(format!("node {} has {} inputs, expected 2", place + 2, nodes[place].len()));
    }
    cell_of_edges(&nodes.concat())
}

/// A cell of its eight edges, two for each node, in any order within a node.
fn cell_of_edges(edges: &[(u32, u32)]) -> Result<DartsCell, String> {
    if edges.len() != 8 {
        return Err(format!("expected 8 inputs with operations in each cell, found {}", edges.len()));
    }
    let mut cell: DartsCell = std::array::from_fn(|node| [edges[2 * node], edges[2 * node + 1]]);
    cell.iter_mut().for_each(|node| node.sort());
    Ok(cell)
}

/// Reads `Genotype(normal=[('op', input), ...], normal_concat=..., reduce=[...], reduce_concat=...)`.
fn parse_genotype(text: &str) -> Result<Arch, String> {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    for concat in ["normal_concat=", "reduce_concat="] {
        let Some((_, rest)) = text.split_once(concat) else { continue };
        let all_nodes = ["range(2,6)", "[2,3,4,5]", "(2,3,4,5)"];
        if !all_nodes.iter().any(|nodes| rest.starts_with(nodes)) {
            return Err(format!("`{concat}` must name all nodes, 2 to 5: this space joins them all"));
        }
    }
    Darts::arch(&genotype_cell(&text, "normal=[")?, &genotype_cell(&text, "reduce=[")?)
}

fn genotype_cell(text: &str, begin: &str) -> Result<DartsCell, String> {
    let list = text.split_once(begin).and_then(|(_, rest)| rest.split_once(']'));
    let (list, _) = list.ok_or_else(|| format!("the genotype has no list `{begin}...]`"))?;
    let edge = |pair: &str| {
        let fault = || format!("expected `('op', input)`, found `{pair}`");
        let (name, input) = pair.split_once(',').ok_or_else(fault)?;
        let name = name.trim_matches(|quote| matches!(quote, '\'' | '"'));
        Ok((input.parse().map_err(|_| fault())?, operation(name)?))
    };
    let inner = list.trim_end_matches(',').strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let edges = inner.ok_or_else(|| format!("`{begin}...]` is no list of pairs"))?.split("),(").map(edge);
    cell_of_edges(&edges.collect::<Result<Vec<_>, String>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DARTS_V2 as the authors print it (Liu et al., figures 4 and 5 of the paper show it).
    const DARTS_V2: &str = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), \
        ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], \
        reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), \
        ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=range(2, 6))";
    const NAME: &str = "|sep_conv_3x3~0|sep_conv_3x3~1|+|sep_conv_3x3~0|sep_conv_3x3~1|+|skip_connect~0|sep_conv_3x3~1|+\
        |skip_connect~0|dil_conv_3x3~2|/|max_pool_3x3~0|max_pool_3x3~1|+|max_pool_3x3~1|skip_connect~2|+\
        |max_pool_3x3~0|skip_connect~2|+|max_pool_3x3~1|skip_connect~2|";

    #[test]
    fn genotypes_are_names() {
        let arch = Darts.parse(DARTS_V2).unwrap();
        assert_eq!(Darts.write(arch), NAME);
        assert_eq!(Darts.parse(NAME), Ok(arch));
        let digits = arch.digits(&RADICES);
        assert_eq!(digits[..11], [0, 0, 1, 3, 3, 3, 3, 2, 3, 2, 5]);
        assert_eq!(digits[11..], [2, 1, 4, 0, 0, 0, 2, 0, 2, 0, 2]);
        let [normal, _] = Darts::cells(arch);
        assert_eq!(normal[3], [(0, 2), (2, 5)]);
    }

    #[test]
    fn the_size_is_that_of_all_pairs_of_cells() {
        assert_eq!(Darts.size(), (180 * 7u64.pow(8)).pow(2));
        let last = Arch(Darts.size() - 1);
        assert_eq!(Darts.parse(&Darts.write(last)), Ok(last));
    }

    #[test]
    fn features_say_which_edges_there_are() {
        let arch = Darts.parse(NAME).unwrap();
        let features = Darts.encode(arch, Encoding::Adjacency).unwrap();
        let ones: Vec<usize> = (0..features.len()).filter(|&place| features[place] == 1.0).collect();
        assert_eq!(features.len(), 2 * 14 * 7);
        // edges 0 and 1 lead to node 2, from 2 on to node 3, from 5 to node 4, from 9 to node 5
        assert_eq!(ones[..8], [3, 7 + 3, 14 + 3, 21 + 3, 35 + 2, 42 + 3, 63 + 2, 77 + 5]);
        assert_eq!(
            Darts.operation_counts(arch),
            [0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 0.0, 5.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0]
        );
        assert_eq!(Darts.encode(arch, Encoding::Choices).map(|one| one.len()), Some(2 * (19 + 56)));
    }

    #[test]
    fn mistakes_are_named() {
        let why = |text: &str| Darts.parse(text).unwrap_err().to_string();
        assert!(why(&NAME.replace("dil_conv", "dilconv")).contains("did you mean `dil_conv_3x3`?"));
        assert!(
            why(&NAME.replacen("sep_conv_3x3~1", "sep_conv_3x3~0", 1))
                .contains("node 2 of the normal cell has inputs 0 and 0")
        );
        assert!(
            why(&NAME.replace("dil_conv_3x3~2", "dil_conv_3x3~5"))
                .contains("node 5 of the normal cell has inputs 0 and 5")
        );
        assert!(why("|none~0|").contains("expected two cells"));
        assert!(why(&DARTS_V2.replace("range(2, 6)", "range(4, 6)")).contains("must name all nodes"));
        assert!(
            why(&DARTS_V2.replace("('skip_connect', 0), ('skip_connect', 0)", "('skip_connect', 0)"))
                .contains("found 7")
        );
        for bad in [
            "",
            "Genotype(",
            "Genotype(normal=[",
            "Genotype(normal=[],reduce=[])",
            "Genotype(normal=[(,)],reduce=[(])",
            "/",
        ] {
            assert!(Darts.parse(bad).is_err(), "{bad}");
        }
    }
}
