//! Multilayer perceptrons: how many hidden layers, how many units each has, and one activation function for all.
//!
//! An architecture's name is the function and the units, such as `relu:64-32`. Codes count the functions first, then the number of
//! layers, then the units, the first layer most significant.

use serde::{Deserialize, Serialize};

use super::{Arch, Space, SpaceError, SpaceSpec};
use crate::base::{Rng, nearest};

/// The activation functions that a space may offer.
pub const MLP_ACTIVATIONS: [&str; 5] = ["relu", "leaky-relu", "gelu", "tanh", "sigmoid"];

/// More hidden layers than this are refused.
const DEEPEST: u32 = 16;

/// What a space of multilayer perceptrons offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MlpSpec {
    /// The most hidden layers; the fewest are one.
    #[serde(default = "default_layers")]
    pub layers: u32,
    /// Units that a hidden layer may have.
    #[serde(default = "default_units")]
    pub units: Vec<u32>,
    /// Activation functions.
    #[serde(default = "default_activations")]
    pub activations: Vec<String>,
}

fn default_layers() -> u32 {
    3
}

fn default_units() -> Vec<u32> {
    vec![4, 8, 16, 32, 64, 128]
}

fn default_activations() -> Vec<String> {
    MLP_ACTIVATIONS.map(str::to_owned).to_vec()
}

impl Default for MlpSpec {
    fn default() -> Self {
        Self { layers: default_layers(), units: default_units(), activations: default_activations() }
    }
}

/// A space of multilayer perceptrons; by default one to three layers of 4 to 128 units and five functions, 1,290 architectures.
#[derive(Debug, Clone)]
pub struct Mlp {
    spec: MlpSpec,
    radices: [u32; 2],
}

/// One architecture: its activation function and the units of its layers, as places among what the space offers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    activation: u32,
    units: Vec<u32>,
}

impl Mlp {
    /// Checks what a space offers.
    ///
    /// # Errors
    /// Says what is missing, occurs twice, is unknown or too much.
    pub fn new(spec: MlpSpec) -> Result<Self, SpaceError> {
        let fail = |what: String| SpaceError::Mlp(what);
        if spec.layers == 0 || spec.layers > DEEPEST {
            return Err(fail(format!("`layers` is {}, expected 1 to {DEEPEST}", spec.layers)));
        }
        if spec.units.is_empty() || spec.units.contains(&0) || has_twins(&spec.units) {
            return Err(fail(format!("`units` is {:?}, expected different numbers above 0", spec.units)));
        }
        if spec.activations.is_empty() || has_twins(&spec.activations) {
            return Err(fail(format!("`activations` is {:?}, expected different functions", spec.activations)));
        }
        if let Some(unknown) = spec.activations.iter().find(|name| !MLP_ACTIVATIONS.contains(&name.as_str())) {
            return Err(fail(format!(
                "`{unknown}` is no activation function; known are {}",
                MLP_ACTIVATIONS.join(", ")
            )));
        }
        let widths = spec.units.len() as u64;
        let stacks = (1..=spec.layers).try_fold(0u64, |sum, depth| sum.checked_add(widths.checked_pow(depth)?));
        let stacks = stacks.and_then(|stacks| u32::try_from(stacks).ok());
        let stacks = stacks.ok_or_else(|| fail("offers more than 2^32 stacks of layers".to_owned()))?;
        let radices = [spec.activations.len() as u32, stacks];
        Ok(Self { spec, radices })
    }

    /// The units of an architecture's hidden layers and the name of its activation function.
    pub fn layers(&self, arch: Arch) -> (Vec<u32>, &str) {
        let Shape { activation, units } = self.shape(arch);
        let units = units.iter().map(|&place| self.spec.units[place as usize]).collect();
        (units, &self.spec.activations[activation as usize])
    }

    fn widths(&self) -> u64 {
        self.spec.units.len() as u64
    }

    fn shape(&self, arch: Arch) -> Shape {
        let stacks = u64::from(self.radices[1]);
        let (activation, mut stack) = ((arch.0 / stacks) as u32, arch.0 % stacks);
        let (mut depth, mut count) = (1, self.widths());
        while stack >= count {
            stack -= count;
            count *= self.widths();
            depth += 1;
        }
        Shape { activation, units: Arch(stack).digits(&vec![self.widths() as u32; depth]) }
    }

    fn arch(&self, Shape { activation, units }: &Shape) -> Arch {
        let shallower: u64 = (1..units.len() as u32).map(|depth| self.widths().pow(depth)).sum();
        let stack = shallower + Arch::from_digits(units, &vec![self.widths() as u32; units.len()]).0;
        Arch(u64::from(*activation) * u64::from(self.radices[1]) + stack)
    }

    /// What each choice of an architecture could be changed to: the function, each layer, and a layer more. A choice without another
    /// value is left out.
    fn changes(&self, of: Arch) -> Vec<Vec<Arch>> {
        let shape = self.shape(of);
        let functions = (0..self.radices[0]).filter(|&other| other != shape.activation);
        let functions = functions.map(|activation| self.arch(&Shape { activation, ..shape.clone() })).collect();
        let mut changes: Vec<Vec<Arch>> = vec![functions];
        changes.extend((0..=shape.units.len()).map(|layer| self.layer_changes(&shape, layer)));
        changes.retain(|choice| !choice.is_empty());
        changes
    }

    /// Other units in a layer, no last layer, or one more.
    fn layer_changes(&self, shape: &Shape, layer: usize) -> Vec<Arch> {
        let with = |units: Vec<u32>| self.arch(&Shape { activation: shape.activation, units });
        let depth = shape.units.len();
        if layer == depth && depth == self.spec.layers as usize {
            return Vec::new();
        }
        let others = (0..self.widths() as u32).filter(|&place| shape.units.get(layer) != Some(&place));
        let mut changes: Vec<Arch> = others
            .map(|place| {
                let mut units = shape.units.clone();
                units.truncate(depth.max(layer));
                if layer == depth {
                    units.push(place)
                } else {
                    units[layer] = place
                }
                with(units)
            })
            .collect();
        if layer + 1 == depth && depth > 1 {
            changes.push(with(shape.units[..layer].to_vec()));
        }
        changes
    }
}

fn has_twins<T: PartialEq>(items: &[T]) -> bool {
    items.iter().enumerate().any(|(place, item)| items[..place].contains(item))
}

impl Space for Mlp {
    fn name(&self) -> &str {
        "mlp"
    }

    fn size(&self) -> u64 {
        self.radices.iter().map(|&radix| u64::from(radix)).product()
    }

    /// Two choices: the function, and the whole stack of layers.
    fn radices(&self) -> &[u32] {
        &self.radices
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        let changes = self.changes(parent);
        if changes.is_empty() {
            return parent; // the space has one architecture
        }
        let choice = &changes[rng.below(changes.len() as u32) as usize];
        choice[rng.below(choice.len() as u32) as usize]
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        out.extend(self.changes(of).into_iter().flatten());
    }

    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        let fail = |why: String| SpaceError::Arch { text: text.to_owned(), space: "mlp".to_owned(), why };
        let (function, layers) = text
            .split_once(':')
            .ok_or_else(|| fail("expected a function and units, such as `relu:64-32`".to_owned()))?;
        let known = &self.spec.activations;
        let activation = known.iter().position(|name| name == function).ok_or_else(|| {
            let near = nearest(function, known.iter().map(String::as_str));
            fail(match near {
                Some(near) => format!("no function is called `{function}`; did you mean `{near}`?"),
                None => format!("`{function}` is none of {}", known.join(", ")),
            })
        })?;
        let place =
            |units: &str| units.parse().ok().and_then(|units: u32| self.spec.units.iter().position(|&u| u == units));
        let units: Vec<u32> = layers
            .split('-')
            .map(|units| place(units).map(|place| place as u32))
            .collect::<Option<_>>()
            .ok_or_else(|| fail(format!("a layer has one of {:?} units", self.spec.units)))?;
        if units.len() > self.spec.layers as usize {
            return Err(fail(format!("{} hidden layers, at most {}", units.len(), self.spec.layers)));
        }
        Ok(self.arch(&Shape { activation: activation as u32, units }))
    }

    fn write(&self, arch: Arch) -> String {
        let (units, function) = self.layers(arch);
        format!("{function}:{}", units.iter().map(u32::to_string).collect::<Vec<_>>().join("-"))
    }

    /// A constant of the function, hidden layers, their units, and the products of units that follow one another.
    fn operation_counts(&self, arch: Arch) -> Vec<f64> {
        let Shape { activation, .. } = self.shape(arch);
        let (units, _) = self.layers(arch);
        let total: u64 = units.iter().map(|&units| u64::from(units)).sum();
        let products: u64 = units.windows(2).map(|pair| u64::from(pair[0]) * u64::from(pair[1])).sum();
        let functions = (1..self.radices[0]).map(|function| if function == activation { total as f64 } else { 0.0 });
        [units.len() as f64, total as f64, f64::from(units[0]), products as f64].into_iter().chain(functions).collect()
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::Mlp(self.spec.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> Mlp {
        Mlp::new(MlpSpec::default()).unwrap()
    }

    #[test]
    fn names_go_both_ways_for_all_architectures() {
        let space = space();
        assert_eq!(space.size(), 1_290);
        for code in 0..space.size() {
            assert_eq!(space.parse(&space.write(Arch(code))), Ok(Arch(code)));
        }
        assert_eq!(space.write(Arch(0)), "relu:4");
        assert_eq!(space.write(Arch(1_289)), "sigmoid:128-128-128");
    }

    #[test]
    fn neighbours_differ_in_one_choice_and_are_mutual() {
        let space = space();
        let (mut out, mut back) = (Vec::new(), Vec::new());
        for code in 0..space.size() {
            space.neighbours(Arch(code), &mut out);
            assert!(out.iter().all(|arch| arch.0 != code && arch.0 < space.size()));
            for &neighbour in &out {
                space.neighbours(neighbour, &mut back);
                assert!(back.contains(&Arch(code)), "{} and {}", space.write(Arch(code)), space.write(neighbour));
            }
        }
        space.neighbours(space.parse("relu:64-32").unwrap(), &mut out);
        assert_eq!(out.len(), 4 + 5 + 6 + 6); // functions; first layer; second layer or none; a third
    }

    #[test]
    fn mistakes_are_named() {
        let why = |text: &str| space().parse(text).unwrap_err().to_string();
        assert!(why("relo:64").contains("did you mean `relu`?"));
        assert!(why("relu:63").contains("a layer has one of [4, 8, 16, 32, 64, 128] units"));
        assert!(why("relu:4-4-4-4").contains("4 hidden layers, at most 3"));
        assert!(why("relu").contains("such as `relu:64-32`"));
        for bad in [
            MlpSpec { layers: 0, ..MlpSpec::default() },
            MlpSpec { units: vec![8, 8], ..MlpSpec::default() },
            MlpSpec { activations: vec!["softmax".into()], ..MlpSpec::default() },
        ] {
            assert!(Mlp::new(bad).is_err());
        }
    }
}
