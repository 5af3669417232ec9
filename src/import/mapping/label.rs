//! Labels of tasks, schedules and replicates: texts, or whole numbers, which need no quotation marks.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

/// A label: a text, or a whole number, which is written as its digits.
struct Label(String);

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(LabelVisitor).map(Self)
    }
}

struct LabelVisitor;

impl Visitor<'_> for LabelVisitor {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a label: a whole number, or a text between quotation marks, as the file has it")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

/// Reads a label.
pub(super) fn label<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    Label::deserialize(value).map(|label| label.0)
}

/// Reads a list of labels.
pub(super) fn labels<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    Vec::<Label>::deserialize(value).map(|labels| labels.into_iter().map(|label| label.0).collect())
}
