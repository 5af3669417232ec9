//! Which NAS-Bench-201 cells are one network, by two rules, and the paths of operations through a cell.
//!
//! The publisher trained all 15,625 cells, so these are no rows of their own: they say which rows measure the same network.

use super::cell201::{OPERATIONS, SOURCES};

/// What both rules call a node that nothing but zeros reaches.
const ZERO: &str = "#";

/// The edges of the four ways from input to output, the shortest first.
const WAYS: [&[usize]; 4] = [&[3], &[0, 4], &[1, 5], &[0, 2, 5]];

/// The text of the output node by the published rule (`get_unique_str` of NATS-Bench): a node is the sorted sum of its edges, `none` and
/// whatever follows a node written `#` is `#`, `skip_connect` is the text of its source. 6,466 texts.
///
/// The rule is not complete: two zeros make `#+#`, which is not `#`, and a sum that is skipped into another is not sorted again.
pub(super) fn unique_string(digits: &[u32]) -> String {
    let mut nodes = vec!["0".to_owned()];
    let mut operations = digits.iter();
    for sources in SOURCES {
        let edge = |(&source, &operation): (&usize, &u32)| published_edge(&nodes[source], operation);
        let mut terms: Vec<String> = sources.iter().zip(&mut operations).map(edge).collect();
        terms.sort_unstable();
        nodes.push(terms.join("+"));
    }
    nodes.pop().unwrap_or_default() // there are four
}

fn published_edge(source: &str, operation: u32) -> String {
    match OPERATIONS[operation as usize] {
        "none" => ZERO.to_owned(),
        _ if source == ZERO => ZERO.to_owned(),
        "skip_connect" => source.to_owned(),
        name => format!("({source})@{name}"),
    }
}

/// The text of the output node when zeros vanish from sums and sums of sums are one sum: 4,930 texts, none of which tells two cells
/// apart that the published rule holds for one.
pub(super) fn strict_string(digits: &[u32]) -> String {
    let mut nodes = vec![vec!["0".to_owned()]];
    let mut operations = digits.iter();
    for sources in SOURCES {
        let edge = |(&source, &operation): (&usize, &u32)| strict_edge(&nodes[source], operation);
        let mut terms: Vec<String> = sources.iter().zip(&mut operations).flat_map(edge).collect();
        terms.sort_unstable();
        nodes.push(terms);
    }
    nodes.pop().filter(|terms| !terms.is_empty()).map_or_else(|| ZERO.to_owned(), |terms| terms.join("+"))
}

/// The terms that an edge adds to its target.
fn strict_edge(source: &[String], operation: u32) -> Vec<String> {
    match OPERATIONS[operation as usize] {
        "none" => Vec::new(),
        "skip_connect" => source.to_vec(),
        _ if source.is_empty() => Vec::new(),
        name => vec![format!("({})@{name}", source.join("+"))],
    }
}

/// A 1 for each of the 5 + 25 + 125 paths of operations that leads from input to output without a `none`, the shortest paths first,
/// then in the order of the operations.
pub(super) fn paths(digits: &[u32]) -> Vec<f32> {
    let radix = OPERATIONS.len();
    let starts = [0, radix, radix + radix.pow(2)];
    let mut features = vec![0.0; radix + radix.pow(2) + radix.pow(3)];
    for way in WAYS.iter().filter(|way| way.iter().all(|&edge| digits[edge] != 0)) {
        let place = way.iter().fold(0, |place, &edge| place * radix + digits[edge] as usize);
        features[starts[way.len() - 1] + place] = 1.0;
    }
    features
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::super::{Arch, Cell201, Encoding, Space};

    fn parse(text: &str) -> Arch {
        Cell201.parse(text).unwrap()
    }

    #[test]
    fn the_published_rule_gives_the_published_texts() {
        for (cell, expected) in [
            (
                "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
                "(0)@avg_pool_3x3+(0)@avg_pool_3x3+(0)@nor_conv_1x1+(0)@nor_conv_1x1",
            ),
            (
                "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|",
                "((0)@nor_conv_3x3)@avg_pool_3x3+(0)@nor_conv_3x3+((0)@nor_conv_3x3)@nor_conv_3x3+0",
            ),
            ("|skip_connect~0|+|skip_connect~0|skip_connect~1|+|none~0|nor_conv_1x1~1|none~2|", "#+#+(0)@nor_conv_1x1"),
            (
                "|skip_connect~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_1x1~2|",
                "(#+(0)@nor_conv_3x3)@nor_conv_1x1+(0)@avg_pool_3x3+0",
            ),
        ] {
            assert_eq!(Cell201::unique_string(parse(cell)), expected);
            assert_eq!(Cell201.isomorphism_class(parse(cell)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn there_are_6466_published_and_4930_strict_classes_and_no_published_one_is_split() {
        let mut strict_of = HashMap::new();
        let mut strict = HashSet::new();
        for code in 0..Cell201.size() {
            let class = Cell201::strict_string(Arch(code));
            let known = strict_of.entry(Cell201::unique_string(Arch(code))).or_insert_with(|| class.clone());
            assert_eq!(*known, class, "code {code}");
            strict.insert(class);
        }
        assert_eq!((strict_of.len(), strict.len()), (6_466, 4_930));
    }

    #[test]
    fn zeros_vanish_and_sums_are_one_sum_under_the_strict_rule() {
        let cell = parse("|none~0|+|none~0|none~1|+|skip_connect~0|nor_conv_3x3~1|avg_pool_3x3~2|");
        assert_eq!(Cell201::strict_string(cell), "0");
        assert_eq!(Cell201::unique_string(cell), "#+(#+#)@avg_pool_3x3+0");
        let none = parse("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|");
        assert_eq!(Cell201::strict_string(none), "#");
    }

    #[test]
    fn paths_are_those_without_none() {
        let cell = parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|");
        let all = Cell201.encode(cell, Encoding::Paths { kept: None }).unwrap();
        let ones: Vec<usize> = (0..all.len()).filter(|&place| all[place] == 1.0).collect();
        assert_eq!((all.len(), ones), (155, vec![4, 30 + 3 * 25 + 5 + 2]));
        assert_eq!(Cell201.encode(cell, Encoding::Paths { kept: Some(7) }).unwrap(), all[..7]);
        let choices = Cell201.encode(cell, Encoding::Choices).unwrap();
        assert_eq!((choices.len(), choices.iter().sum::<f32>()), (30, 6.0));
        assert_eq!(Cell201.encode(cell, Encoding::Adjacency), Some(choices));
    }
}
