//! Names of cells: the adjacency matrix, row by row, a colon, and the operations.

use super::OPERATIONS;
use super::graph::{Graph, OUTPUT, STARTS, VERTICES};
use crate::base::nearest;
use crate::space::{Arch, SpaceError};

/// Writes a cell's seven vertices, dead ones as well: 49 digits, a colon, five operations separated by commas.
pub(super) fn write(arch: Arch) -> String {
    let graph = Graph::of(arch);
    let mut text = String::with_capacity(128);
    for (from, to) in (0..VERTICES).flat_map(|from| (0..VERTICES).map(move |to| (from, to))) {
        text.push(if from < to && graph.has(from, to) { '1' } else { '0' });
    }
    for vertex in 1..OUTPUT {
        text.push(if vertex == 1 { ':' } else { ',' });
        text.push_str(OPERATIONS[usize::from(graph.operations[vertex])]);
    }
    text
}

/// Reads what [`write`] writes, matrices of 2 to 7 vertices, operations with or without `input` and `output`, and short names.
pub(super) fn parse(text: &str) -> Result<Arch, SpaceError> {
    let (matrix, operations) = text.split_once(':').ok_or_else(|| fault(text, without_colon(text)))?;
    let vertices = (2..=VERTICES).find(|vertices| vertices * vertices == matrix.len());
    let vertices = vertices.filter(|_| matrix.bytes().all(|digit| matches!(digit, b'0' | b'1')));
    let vertices = vertices.ok_or_else(|| fault(text, expected()))?;
    let adjacency: Vec<bool> = matrix.bytes().map(|digit| digit == b'1').collect();
    let operations: Vec<&str> = operations.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let interior = match operations.as_slice() {
        ["input", interior @ .., "output"] => interior,
        interior => interior,
    };
    from_matrix(vertices, &adjacency, interior).map_err(|why| fault(text, why))
}

/// See [`super::Cell101::from_matrix`]; an error says what was expected.
pub(super) fn from_matrix(vertices: usize, adjacency: &[bool], operations: &[&str]) -> Result<Arch, String> {
    if !(2..=VERTICES).contains(&vertices) || adjacency.len() != vertices * vertices {
        return Err(format!("expected a matrix of 2 to 7 vertices, found {vertices} and {} digits", adjacency.len()));
    }
    if operations.len() != vertices - 2 {
        let (wanted, found) = (vertices - 2, operations.len());
        return Err(format!(
            "{vertices} vertices have {wanted} operations between input and output, found {found}: {}",
            operations.join(", ")
        ));
    }
    let mut graph = Graph { edges: 0, operations: [0; VERTICES] };
    for (place, _) in adjacency.iter().enumerate().filter(|(_, edge)| **edge) {
        let (from, to) = (place / vertices, place % vertices);
        if from >= to {
            return Err(format!("edge {from} -> {to}: edges must lead from a vertex to a later one"));
        }
        let to = if to == vertices - 1 { OUTPUT } else { to };
        graph.edges |= 1 << (STARTS[to] as usize + from);
    }
    for (place, name) in operations.iter().enumerate() {
        graph.operations[place + 1] = operation(name)?;
    }
    Ok(graph.arch())
}

/// The number of an operation by its published or its short name.
fn operation(name: &str) -> Result<u8, String> {
    let is = |known: &str| known == name || known.strip_suffix("-bn-relu") == Some(name);
    OPERATIONS.iter().position(|known| is(known)).map(|place| place as u8).ok_or_else(|| {
        let short = |known: &'static str| known.strip_suffix("-bn-relu").unwrap_or(known);
        let near = nearest(name, OPERATIONS.into_iter().chain(OPERATIONS.map(short)));
        let near = near.and_then(|near| OPERATIONS.into_iter().find(|known| *known == near || short(known) == near));
        let near = near.map(|near| format!("; did you mean `{near}`?"));
        format!("no operation is called `{name}`{}", near.unwrap_or_default())
    })
}

fn without_colon(text: &str) -> String {
    let is_hash = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_hash {
        "a module hash cannot be turned back into its cell: it is found through a table that holds it; without one, give the \
         adjacency matrix and the operations"
            .to_owned()
    } else {
        expected()
    }
}

fn expected() -> String {
    "expected the digits of an adjacency matrix of 2 to 7 vertices, row by row, a colon, and the operations between input and output \
     separated by commas, such as `011001000:conv3x3-bn-relu`"
        .to_owned()
}

pub(super) fn fault(text: &str, why: String) -> SpaceError {
    SpaceError::Arch { text: text.to_owned(), space: "cell101".to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::super::Cell101;
    use super::*;

    #[test]
    fn all_forms_of_a_name_are_read() {
        let short = parse("011001000:conv1x1").unwrap();
        for name in
            ["011001000:conv1x1-bn-relu", "011001000:input,conv1x1,output", "011001000: input, conv1x1-bn-relu, output"]
        {
            assert_eq!(parse(name), Ok(short));
        }
        let digits = "0100001000000000000000000000000000000000000000000";
        assert_eq!(
            write(short).split_once(':').unwrap(),
            (
                "0100001000000100000000000000000000000000000000000",
                "conv1x1-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu"
            ),
        );
        assert_ne!(write(short).split_once(':').unwrap().0, digits);
        assert_eq!(parse(&write(short)), Ok(short));
        for empty in ["0100:", "0100:input,output"] {
            assert_eq!(
                parse(empty).ok().and_then(Cell101::module_hash).as_deref(),
                Some("043721b9c7fe8c5fad811d47d83132ec")
            );
        }
    }

    #[test]
    fn mistakes_are_named() {
        let why = |text: &str| parse(text).unwrap_err().to_string();
        assert!(why("00005c142e6f48ac74fdcf73e3439874").contains("found through a table that holds it"));
        assert!(why("011001000:conv3x4").contains("did you mean `conv3x3-bn-relu`?"), "{}", why("011001000:conv3x4"));
        assert!(why("011001000:").contains("3 vertices have 1 operations between input and output, found 0"));
        assert!(why("011101000:maxpool3x3").contains("edge 1 -> 0"));
        assert!(why("0110010001:maxpool3x3").contains("2 to 7 vertices"));
        assert!(why("011001002:maxpool3x3").contains("2 to 7 vertices"));
        assert!(why("hello").contains("such as `011001000:conv3x3-bn-relu`"));
        assert!(Cell101::from_matrix(8, &[false; 64], &["maxpool3x3"; 6]).is_err());
    }
}
