//! The two spaces of TransNAS-Bench-101 (Duan et al., CVPR 2021): cells in a fixed backbone, and backbones of a fixed cell.

use std::sync::OnceLock;

use super::features::one_hot;
use super::{Arch, Encoding, Space, SpaceError, SpaceSpec, with_other_digit};
use crate::base::Rng;

/// The operations of the cells, numbered as in the names.
pub const TRANSNAS_OPERATIONS: [&str; 4] = ["none", "skip_connect", "conv_1x1", "conv_3x3"];

const EDGES: usize = 6;
const CELL_RADICES: [u32; EDGES] = [4; EDGES];
const CELL_WEIGHTS: [u64; EDGES] = [1024, 256, 64, 16, 4, 1];
const BACKBONE: &str = "64-41414-";
/// Where a name's edges are parted, by the node that they lead to.
const NODES: [std::ops::Range<usize>; 3] = [0..1, 1..3, 3..6];

/// The 4,096 cells: an operation on each of the six edges of four nodes, the edges grouped by the node that they lead to. The name of
/// a cell is that of its network, `64-41414-A_BC_DEF`.
#[derive(Debug, Clone, Copy)]
pub struct TransnasMicro;

impl Space for TransnasMicro {
    fn name(&self) -> &str {
        "transnas-micro"
    }

    fn size(&self) -> u64 {
        4096
    }

    fn radices(&self) -> &[u32] {
        &CELL_RADICES
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        let draw = rng.below(3 * EDGES as u32); // all edges have three other operations: one draw serves both
        with_other_digit(parent.0, CELL_WEIGHTS[draw as usize / 3], 4, draw % 3)
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        let others = |&weight| (0..3).map(move |step| with_other_digit(of.0, weight, 4, step));
        out.extend(CELL_WEIGHTS.iter().flat_map(others));
    }

    /// Reads a network's name; the backbone `64-41414-` may be left out.
    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        let cell = text.strip_prefix(BACKBONE).unwrap_or(text);
        let digits: Vec<u32> = cell.chars().filter_map(|digit| digit.to_digit(4)).collect();
        let arch = (digits.len() == EDGES).then(|| Arch::from_digits(&digits, &CELL_RADICES));
        arch.filter(|&arch| write_cell(arch) == cell).ok_or_else(|| SpaceError::Arch {
            text: text.to_owned(),
            space: "transnas-micro".to_owned(),
            why: "expected `64-41414-A_BC_DEF` with operations from 0 to 3".to_owned(),
        })
    }

    fn write(&self, arch: Arch) -> String {
        format!("{BACKBONE}{}", write_cell(arch))
    }

    /// How many edges have each operation but `none`.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        let digits = arch.digits(&CELL_RADICES);
        (1..4).map(|operation| digits.iter().filter(|&&digit| digit == operation).count() as f64).collect()
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::TransnasMicro
    }
}

fn write_cell(arch: Arch) -> String {
    let digits = arch.digits(&CELL_RADICES);
    let node = |edges: std::ops::Range<usize>| digits[edges].iter().map(u32::to_string).collect::<String>(); // six digits
    NODES.map(node).join("_")
}

/// How many modules a backbone has.
const FEWEST: usize = 4;
const MOST: usize = 6;

/// The 3,256 backbones: four to six modules of two residual blocks, each 1 (plain), 2 (doubles the channels), 3 (halves the resolution)
/// or 4 (both). One to three modules double the channels, one to four halve the resolution (section 3.1). The name of a backbone is
/// `64-DDDD-basic`; codes go by length, then by the digits.
#[derive(Debug, Clone, Copy)]
pub struct TransnasMacro;

/// The modules of every backbone, in the order of the codes.
fn backbones() -> &'static [Vec<u8>] {
    static BACKBONES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    BACKBONES.get_or_init(|| {
        let of_length = |length: usize| {
            (0..4u64.pow(length as u32)).map(move |code| {
                Arch(code).digits(&vec![4; length]).into_iter().map(|digit| 1 + digit as u8).collect::<Vec<u8>>()
            })
        };
        (FEWEST..=MOST).flat_map(of_length).filter(|modules| is_backbone(modules)).collect()
    })
}

/// Whether known modules, as many as may be, change channels and resolution as often as may be.
fn is_backbone(modules: &[u8]) -> bool {
    let count = |kinds: [u8; 2]| modules.iter().filter(|module| kinds.contains(module)).count();
    (1..=3).contains(&count([2, 4])) && (1..=4).contains(&count([3, 4]))
}

impl TransnasMacro {
    /// An architecture's modules, each 1 to 4.
    pub fn modules(arch: Arch) -> &'static [u8] {
        backbones().get(arch.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The architecture of these modules, if they are a backbone.
    pub fn of_modules(modules: &[u8]) -> Option<Arch> {
        let key = |other: &Vec<u8>| (other.len(), other.as_slice()).cmp(&(modules.len(), modules));
        backbones().binary_search_by(key).ok().map(|code| Arch(code as u64))
    }

    /// What each choice could be changed to: each module, and the length by one at the end. Choices without another value are left out.
    fn changes(of: Arch) -> Vec<Vec<Arch>> {
        let modules = Self::modules(of);
        let with = |place: usize, module: u8| {
            let mut changed = modules.to_vec();
            changed[place] = module; // a place of the modules
            Self::of_modules(&changed)
        };
        let others = |place: usize| (1..=4).filter(move |&module| module != modules[place]);
        let mut changes: Vec<Vec<Arch>> =
            (0..modules.len()).map(|place| others(place).filter_map(|module| with(place, module)).collect()).collect();
        let shorter = modules.split_last().and_then(|(_, rest)| Self::of_modules(rest));
        let longer = (1..=4).filter_map(|module| Self::of_modules(&[modules, &[module]].concat()));
        changes.push(shorter.into_iter().chain(longer).collect());
        changes.retain(|choice| !choice.is_empty());
        changes
    }
}

impl Space for TransnasMacro {
    fn name(&self) -> &str {
        "transnas-macro"
    }

    fn size(&self) -> u64 {
        3256
    }

    /// One choice: the whole backbone.
    fn radices(&self) -> &[u32] {
        &[3256]
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        let changes = Self::changes(parent); // every backbone has a neighbour
        let choice = &changes[rng.below(changes.len() as u32) as usize];
        choice[rng.below(choice.len() as u32) as usize]
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        out.extend(Self::changes(of).into_iter().flatten());
    }

    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        let fail = |why: &str| SpaceError::Arch {
            text: text.to_owned(),
            space: "transnas-macro".to_owned(),
            why: why.to_owned(),
        };
        let inner = text.strip_prefix("64-").and_then(|rest| rest.strip_suffix("-basic"));
        let modules: Option<Vec<u8>> =
            inner.unwrap_or(text).chars().map(|c| c.to_digit(5).map(|digit| digit as u8)).collect();
        let modules = modules.ok_or_else(|| fail("expected `64-DDDD-basic` with modules from 1 to 4"))?;
        Self::of_modules(&modules).ok_or_else(|| {
            fail("expected 4 to 6 modules from 1 to 4, of which 1 to 3 double the channels (2, 4) and 1 to 4 halve the resolution (3, 4)")
        })
    }

    fn write(&self, arch: Arch) -> String {
        format!("64-{}-basic", Self::modules(arch).iter().map(u8::to_string).collect::<String>())
    }

    /// [`Encoding::Choices`]: for each of six places a 1 for its module, or for none.
    fn encode(&self, arch: Arch, encoding: Encoding) -> Option<Vec<f32>> {
        let modules = Self::modules(arch);
        let digits: Vec<u32> = (0..MOST).map(|place| modules.get(place).copied().unwrap_or(0).into()).collect();
        (encoding == Encoding::Choices).then(|| one_hot(&digits, &[5; MOST]))
    }

    /// How many modules of each kind there are.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        let modules = Self::modules(arch);
        (1..=4).map(|kind| modules.iter().filter(|&&module| module == kind).count() as f64).collect()
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::TransnasMacro
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cells_go_both_ways() {
        for code in 0..TransnasMicro.size() {
            assert_eq!(TransnasMicro.parse(&TransnasMicro.write(Arch(code))), Ok(Arch(code)));
        }
        let example = TransnasMicro.parse("64-41414-1_02_333").unwrap();
        assert_eq!(example.digits(&CELL_RADICES), [1, 0, 2, 3, 3, 3]);
        assert_eq!(TransnasMicro.parse("1_02_333"), Ok(example));
        assert_eq!(TransnasMicro.operation_counts(example), [1.0, 1.0, 3.0]);
        for bad in ["", "64-41414-102333", "64-41414-4_02_333", "64-1234-basic", "1_02_333_"] {
            assert!(TransnasMicro.parse(bad).is_err(), "{bad}");
        }
    }

    /// 3,256 is the published number; the README names two backbones.
    #[test]
    fn names_of_backbones_go_both_ways() {
        assert_eq!(backbones().len(), 3_256);
        for code in 0..TransnasMacro.size() {
            assert_eq!(TransnasMacro.parse(&TransnasMacro.write(Arch(code))), Ok(Arch(code)));
        }
        for published in ["64-1234-basic", "64-2311-basic", "64-4111-basic"] {
            assert_eq!(TransnasMacro.parse(published).map(|arch| TransnasMacro.write(arch)), Ok(published.to_owned()));
        }
        for bad in
            ["", "64-123-basic", "64-1111-basic", "64-4444-basic", "64-1235-basic", "64-1230-basic", "64-é-basic"]
        {
            assert!(TransnasMacro.parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn neighbours_of_backbones_are_mutual() {
        let (mut out, mut back) = (Vec::new(), Vec::new());
        for code in 0..TransnasMacro.size() {
            TransnasMacro.neighbours(Arch(code), &mut out);
            assert!(!out.is_empty() && !out.contains(&Arch(code)));
            for &neighbour in &out {
                TransnasMacro.neighbours(neighbour, &mut back);
                assert!(
                    back.contains(&Arch(code)),
                    "{} and {}",
                    TransnasMacro.write(Arch(code)),
                    TransnasMacro.write(neighbour)
                );
            }
        }
        let names = |out: &[Arch]| out.iter().map(|&arch| TransnasMacro.write(arch)).collect::<Vec<_>>();
        TransnasMacro.neighbours(TransnasMacro.parse("64-4111-basic").unwrap(), &mut out);
        let longer = ["64-41111-basic", "64-41112-basic", "64-41113-basic", "64-41114-basic"];
        assert_eq!(out.len(), 9 + 4); // the only module 4 must stay
        assert!(names(&out).ends_with(&longer.map(str::to_owned)));
    }

    #[test]
    fn absent_modules_are_a_value_of_their_own() {
        let features = TransnasMacro.encode(TransnasMacro.parse("64-1234-basic").unwrap(), Encoding::Choices).unwrap();
        let ones: Vec<usize> = (0..features.len()).filter(|&place| features[place] == 1.0).collect();
        assert_eq!((features.len(), ones), (30, vec![1, 7, 13, 19, 20, 25]));
    }
}
