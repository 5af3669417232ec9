//! Any product of named choices: hyper-parameters, channels, digits of an encoding.
//!
//! An architecture's name is the text of its values, joined by a separator, or `name=value` pairs in any order, joined by
//! commas; the second form needs no knowledge of the order.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Arch, Space, SpaceError, SpaceSpec, with_other_digit};
use crate::base::{Rng, nearest};

/// One value of a choice, as it was declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value}"),
        }
    }
}

impl Value {
    /// Whether a text names this value; numbers are compared as numbers, so that `1e-3` names `0.001`.
    fn is(&self, text: &str) -> bool {
        match *self {
            Self::Int(value) => text.parse() == Ok(value) || whole(text) == Some(value),
            Self::Float(value) => text.parse() == Ok(value),
            _ => self.to_string() == text,
        }
    }
}

/// A whole number that is written with a fraction or an exponent: `16.0`, `1e3`.
fn whole(text: &str) -> Option<i64> {
    let number: f64 = text.parse().ok()?;
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

/// A named choice among values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is chosen.
    pub name: String,
    /// What can be chosen, in the order of the code's digits.
    pub values: Vec<Value>,
    /// Whether the order of the values means something; strategies with a sense of distance may use it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ordinal: bool,
}

/// The separator of a name when a declaration gives none.
pub(super) fn default_separator() -> String {
    ":".to_owned()
}

/// The space of all combinations of some choices.
#[derive(Debug, Clone)]
pub struct Choices {
    separator: String,
    choices: Vec<Choice>,
    radices: Vec<u32>,
    weights: Vec<u64>,
    /// The choices that have another value.
    mutable: Vec<usize>,
    size: u64,
}

impl Choices {
    /// Makes the space of all combinations of `choices`, the first most significant.
    ///
    /// # Errors
    /// Refuses no choices, choices without values, names or values that occur twice, and products beyond 2^64 architectures.
    pub fn new(separator: String, choices: Vec<Choice>) -> Result<Self, SpaceError> {
        check(&choices, &separator).map_err(SpaceError::Spec)?;
        let radices: Vec<u32> = choices.iter().map(|choice| choice.values.len() as u32).collect();
        let mut weights = vec![1u64; radices.len()];
        let mut size = 1u64;
        for (weight, &radix) in weights.iter_mut().zip(&radices).rev() {
            *weight = size;
            size = size.checked_mul(u64::from(radix)).ok_or_else(|| {
                SpaceError::Spec(
                    "the product of the choices exceeds 2^64 architectures; declare fewer choices or values".into(),
                )
            })?;
        }
        let mutable = (0..radices.len()).filter(|&place| radices[place] > 1).collect();
        Ok(Self { separator, choices, radices, weights, mutable, size })
    }

    /// The space that a declaration makes, if it is one of choices.
    ///
    /// # Errors
    /// As [`Choices::new`].
    pub fn of_spec(spec: &SpaceSpec) -> Result<Option<Self>, SpaceError> {
        match spec {
            SpaceSpec::Choices { separator, choice } => Self::new(separator.clone(), choice.clone()).map(Some),
            _ => Ok(None),
        }
    }

    /// The choices, the most significant first.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// The architecture with the value named by each text, in the order of the choices.
    ///
    /// # Errors
    /// Names the choice whose value is unknown, and the nearest value.
    pub fn arch_of_values<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> Result<Arch, String> {
        let values: Vec<&str> = values.into_iter().collect();
        if values.len() != self.choices.len() {
            let names: Vec<&str> = self.choices.iter().map(|choice| choice.name.as_str()).collect();
            let separated = if self.separator.is_empty() {
                "one after another".to_owned()
            } else {
                format!("separated by `{}`", self.separator)
            };
            return Err(format!(
                "expected {} values {separated} ({}), or `name=value` pairs separated by commas, found {}",
                names.len(),
                names.join(", "),
                values.len()
            ));
        }
        let digits: Result<Vec<u32>, String> =
            self.choices.iter().zip(values).map(|(choice, text)| digit(choice, text)).collect();
        Ok(Arch::from_digits(&digits?, &self.radices))
    }

    fn parse_pairs(&self, text: &str) -> Result<Arch, String> {
        let mut values = vec![None; self.choices.len()];
        for pair in text.split(',') {
            let (name, value) = pair.split_once('=').ok_or_else(|| format!("expected `name=value`, found `{pair}`"))?;
            let place = self.choices.iter().position(|choice| choice.name == name.trim()).ok_or_else(|| {
                let near = nearest(name.trim(), self.choices.iter().map(|choice| choice.name.as_str()));
                format!(
                    "no choice is called `{}`{}",
                    name.trim(),
                    near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default()
                )
            })?;
            if values[place].replace(value.trim()).is_some() {
                return Err(format!("choice `{}` is given twice", name.trim()));
            }
        }
        let absent = values.iter().position(Option::is_none);
        match absent {
            Some(place) => Err(format!("choice `{}` has no value", self.choices[place].name)),
            None => self.arch_of_values(values.into_iter().flatten()),
        }
    }
}

fn check(choices: &[Choice], separator: &str) -> Result<(), String> {
    if separator.contains(['=', ',']) {
        return Err(format!("the separator `{separator}` must not hold `=` or `,`, which stand in `name=value` pairs"));
    }
    if choices.is_empty() {
        return Err("declares no choice".into());
    }
    let mut names = HashSet::new();
    for choice in choices {
        if choice.values.is_empty() || choice.values.len() > u32::MAX as usize {
            return Err(format!("choice `{}` has no values", choice.name));
        }
        if !names.insert(&choice.name) {
            return Err(format!("two choices are called `{}`", choice.name));
        }
        let mut seen = HashSet::new();
        if let Some(twice) = choice.values.iter().find(|value| !seen.insert(value.to_string())) {
            return Err(format!("choice `{}` has the value `{twice}` twice", choice.name));
        }
        let unclear = choice.values.iter().find_map(|value| why_unclear(&value.to_string(), separator));
        if let Some(why) = unclear {
            return Err(format!("choice `{}`: {why}", choice.name));
        }
    }
    Ok(())
}

/// Why a value could not be told apart when a name is read, if so.
fn why_unclear(value: &str, separator: &str) -> Option<String> {
    if separator.is_empty() && value.chars().count() != 1 {
        return Some(format!("without a separator values have one character, but there is `{value}`"));
    }
    if !separator.is_empty() && value.contains(separator) {
        return Some(format!("value `{value}` holds the separator `{separator}`: choose another"));
    }
    if value.contains(['=', ',']) {
        return Some(format!(
            "value `{value}` holds `=` or `,`, which stand in `name=value` pairs: call it otherwise (a mapping's `line.aliases` says how a file writes it)"
        ));
    }
    (value.is_empty() || value.trim() != value)
        .then(|| format!("value `{value}` is empty, or begins or ends with a space"))
}

fn digit(choice: &Choice, text: &str) -> Result<u32, String> {
    choice.values.iter().position(|value| value.is(text)).map(|digit| digit as u32).ok_or_else(|| {
        let known: Vec<String> = choice.values.iter().map(Value::to_string).collect();
        format!("choice `{}` has no value `{text}`; it has {}", choice.name, known.join(", "))
    })
}

impl Space for Choices {
    fn name(&self) -> &str {
        "choices"
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn radices(&self) -> &[u32] {
        &self.radices
    }

    fn mutate(&self, parent: Arch, rng: &mut Rng) -> Arch {
        if self.mutable.is_empty() {
            return parent; // the only architecture
        }
        let place = self.mutable[rng.below(self.mutable.len() as u32) as usize];
        let step = rng.below(self.radices[place] - 1);
        with_other_digit(parent.0, self.weights[place], self.radices[place], step)
    }

    fn neighbours(&self, of: Arch, out: &mut Vec<Arch>) {
        out.clear();
        for (&weight, &radix) in self.weights.iter().zip(&self.radices) {
            out.extend((0..radix - 1).map(|step| with_other_digit(of.0, weight, radix, step)));
        }
    }

    fn parse(&self, text: &str) -> Result<Arch, SpaceError> {
        let read = if text.contains('=') {
            self.parse_pairs(text)
        } else if self.separator.is_empty() {
            self.arch_of_values(text.split("").filter(|part| !part.is_empty()))
        } else {
            self.arch_of_values(text.split(&self.separator))
        };
        read.map_err(|why| SpaceError::Arch { text: text.to_owned(), space: "choices".to_owned(), why })
    }

    fn write(&self, arch: Arch) -> String {
        let digits = arch.digits(&self.radices);
        let values = self.choices.iter().zip(digits).map(|(choice, digit)| choice.values[digit as usize].to_string());
        values.collect::<Vec<_>>().join(&self.separator)
    }

    fn spec(&self) -> SpaceSpec {
        SpaceSpec::Choices { separator: self.separator.clone(), choice: self.choices.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_space() -> Choices {
        let channels = (1..=8).map(|step| Value::Int(8 * step)).collect::<Vec<_>>();
        let choice = |name: &str| Choice { name: name.to_owned(), values: channels.clone(), ordinal: true };
        Choices::new(default_separator(), ["c1", "c2", "c3", "c4", "c5"].map(choice).to_vec()).unwrap()
    }

    #[test]
    fn codes_are_the_rows_of_the_nats_size_space() {
        let space = size_space();
        assert_eq!(space.size(), 32_768);
        assert_eq!(space.parse("8:8:8:8:16"), Ok(Arch(1)));
        assert_eq!(space.parse("c5=16, c1=8,c2=8,c3=8,c4=8"), Ok(Arch(1)));
        assert_eq!(space.write(Arch(11)), "8:8:8:16:32");
    }

    #[test]
    fn numbers_are_named_by_value() {
        let choice = Choice { name: "lr".into(), values: vec![Value::Float(0.001), Value::Int(1)], ordinal: true };
        let space = Choices::new(default_separator(), vec![choice]).unwrap();
        assert_eq!((space.parse("1e-3"), space.parse("1.0")), (Ok(Arch(0)), Ok(Arch(1))));
    }

    #[test]
    fn declarations_that_make_no_sense_are_refused() {
        let choice = |name: &str, values: &[i64]| Choice {
            name: name.into(),
            values: values.iter().copied().map(Value::Int).collect(),
            ordinal: false,
        };
        let wide: Vec<i64> = (0..1 << 13).collect();
        let too_wide = ["a", "b", "c", "d", "e"].map(|name| choice(name, &wide)).to_vec();
        for bad in [
            vec![],
            vec![choice("a", &[])],
            vec![choice("a", &[1, 1])],
            vec![choice("a", &[1]), choice("a", &[2])],
            too_wide,
        ] {
            assert!(Choices::new(default_separator(), bad).is_err());
        }
    }

    #[test]
    fn errors_name_the_choice() {
        let space = size_space();
        let why = |text| space.parse(text).unwrap_err().to_string();
        assert!(
            why("8:8:8:8").contains("expected 5 values separated by `:` (c1, c2, c3, c4, c5)"),
            "{}",
            why("8:8:8:8")
        );
        assert!(why("8:8:8:8:7").contains("choice `c5` has no value `7`"));
        assert!(why("c1=8,c2=8,c3=8,c4=8,c6=8").contains("no choice is called `c6`; did you mean"));
    }
}
