//! A line's cell of NAS-Bench-101, from the columns that say its vertices, edges and operations.

use rayon::prelude::*;
use serde::Deserialize;

use crate::space::{Arch, CELL101_OPERATIONS, Cell101};

/// The columns of a cell.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell101Columns {
    /// How many vertices it has, input and output included: 2 to 7.
    pub vertices: String,
    /// Its edges as one number, of which bit `x + y(y-1)/2` is the edge from vertex `x` to a later vertex `y`.
    pub edges: String,
    /// A digit for the operation of each vertex between input and output, as the space numbers them: 0 conv3x3, 1 conv1x1, 2 maxpool3x3.
    pub operations: String,
}

/// Reads a cell from the texts of its columns; an error says what was expected.
pub(super) fn read(vertices: &str, edges: &str, operations: &str) -> Result<Arch, String> {
    let count: usize = vertices
        .parse()
        .ok()
        .filter(|count| (2..=7).contains(count))
        .ok_or_else(|| format!("expected the number of a cell's vertices, 2 to 7, found `{vertices}`"))?;
    let bits = count * (count - 1) / 2;
    let numbers: u32 =
        edges.parse().ok().filter(|&edges| edges >> bits == 0).ok_or_else(|| {
            format!("expected the edges of {count} vertices, a number below 2^{bits}, found `{edges}`")
        })?;
    let is_edge = |place: usize| {
        let (from, to) = (place / count, place % count);
        from < to && numbers >> (from + to * (to - 1) / 2) & 1 == 1
    };
    let adjacency: Vec<bool> = (0..count * count).map(is_edge).collect();
    let name = |digit: char| digit.to_digit(10).and_then(|digit| CELL101_OPERATIONS.get(digit as usize)).copied();
    let names: Option<Vec<&str>> = operations.chars().map(name).collect();
    let names = names.ok_or_else(|| format!("expected a digit 0, 1 or 2 for each operation, found `{operations}`"))?;
    Cell101::from_matrix(count, &adjacency, &names).map_err(|error| error.to_string())
}

/// The first place at which a name that is a module hash is not that of its cell, and the cell's.
pub(super) fn wrong_hash(archs: &[Arch], names: &[String]) -> Option<(usize, String)> {
    let is_hash = |name: &str| name.len() == 32 && name.bytes().all(|letter| letter.is_ascii_hexdigit());
    archs.par_iter().zip(names).enumerate().find_map_first(|(place, (&arch, name))| {
        let computed = is_hash(name).then(|| Cell101::module_hash(arch))?;
        (computed.as_deref() != Some(name)).then(|| (place, computed.unwrap_or_else(|| "no valid cell".to_owned())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_make_the_cell_of_the_published_matrix() {
        let arch = read("7", "1205349", "02001").unwrap();
        assert_eq!(Cell101::module_hash(arch).as_deref(), Some("00005c142e6f48ac74fdcf73e3439874"));
        assert_eq!(wrong_hash(&[arch], &["00005c142e6f48ac74fdcf73e3439874".to_owned()]), None);
        let (place, computed) = wrong_hash(&[arch], &["0".repeat(32)]).unwrap();
        assert_eq!((place, computed.as_str()), (0, "00005c142e6f48ac74fdcf73e3439874"));
    }

    #[test]
    fn mistakes_are_named() {
        let why = |vertices, edges, operations| read(vertices, edges, operations).unwrap_err();
        assert!(why("8", "1", "000000").contains("2 to 7, found `8`"));
        assert!(why("3", "8", "0").contains("below 2^3, found `8`"));
        assert!(why("3", "7", "3").contains("0, 1 or 2"));
        assert!(why("3", "7", "00").contains("3 vertices have 1 operations"));
    }
}
