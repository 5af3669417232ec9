//! Strict reading of TOML: an unknown name is an error that suggests the nearest known one.

use serde::de::DeserializeOwned;
use thiserror::Error;

/// A text that does not fit what it should describe.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct StrictError {
    /// What is wrong, with line and column where known.
    pub message: String,
    /// What to do about it, if that can be told.
    pub hint: Option<String>,
}

/// Reads a value from TOML.
///
/// # Errors
/// Says line and column and, for an unknown key or variant, the nearest known one.
pub fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, StrictError> {
    toml::from_str(text).map_err(|error| {
        let place = error.span().map(|span| place_of(text, span.start)).unwrap_or_default();
        StrictError { message: format!("{place}{}", error.message()), hint: hint_of(error.message()) }
    })
}

/// The known name most like `name`, if any is like it at all.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn place_of(text: &str, byte: usize) -> String {
    let before = &text[..byte.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: ")
}

/// Serde writes "unknown field `x`, expected one of `a`, `b`": the names stand between backticks, the unknown one first.
fn hint_of(message: &str) -> Option<String> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    nearest(unknown, names).map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Shape {
        width: u32,
        height: u32,
    }

    #[test]
    fn unknown_keys_get_the_nearest_known_one() {
        let error = from_toml::<Shape>("width = 1\nheigth = 2").unwrap_err();
        assert!(error.message.starts_with("line 2, column 1: unknown field `heigth`"), "{error}");
        assert_eq!(error.hint.as_deref(), Some("did you mean `height`?"));
    }

    #[test]
    fn nothing_alike_gives_no_hint() {
        assert_eq!(nearest("xyz", ["population", "sample"]), None);
        assert_eq!(nearest("Popluation", ["population", "sample"]), Some("population"));
    }
}
