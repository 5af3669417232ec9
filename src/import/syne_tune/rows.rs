//! The configurations: a grid of choices where all of them are there, otherwise a list with features.

use std::collections::HashSet;
use std::path::Path;

use indexmap::{IndexMap, IndexSet};
use ndarray::{Array2, Array3};
use serde_json::Value as Json;

use crate::import::ImportError;
use crate::import::columns::finished;
use crate::import::records::{Cell, RecordFile};
use crate::import::scale::scaled;
use crate::space::{Arch, Choice, Choices, SpaceSpec, Value};
use crate::table::{Direction, MetricData, Provenance, TableBuilder};

/// A text is a feature for each of its values, of which there may be so many.
const MOST_TEXTS: usize = 64;

/// A hyper-parameter: its values by row.
struct Parameter {
    name: String,
    values: Vec<Value>,
    /// How it is declared; `None` where it is not.
    declared: Option<Json>,
}

/// All configurations, in the published order.
pub(super) struct Rows {
    parameters: Vec<Parameter>,
    count: usize,
    grid: Option<(Vec<Choice>, Vec<Arch>)>,
}

impl Rows {
    /// Reads the table of hyper-parameters.
    ///
    /// # Errors
    /// Names the file and the row that cannot be read.
    pub fn read(path: &Path, declared: &IndexMap<String, Json>) -> Result<Self, ImportError> {
        let file = RecordFile::open(path, b',')?;
        let places: Vec<usize> = (0..file.columns.len()).collect();
        let parameter =
            |name: &String| Parameter { name: name.clone(), values: Vec::new(), declared: declared.get(name).cloned() };
        let mut parameters: Vec<Parameter> = file.columns.iter().map(parameter).collect();
        let (mut records, mut count) = (file.records(&places)?, 0);
        while records.advance()? {
            for (place, parameter) in parameters.iter_mut().enumerate() {
                let value =
                    value(records.cell(place)).ok_or_else(|| records.bad_cell(place, "a number, a text or a truth"))?;
                parameter.values.push(value);
            }
            count += 1;
        }
        let mut rows = Self { parameters, count, grid: None };
        rows.grid = rows.as_grid();
        Ok(rows)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether a hyper-parameter is called so.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == name)
    }

    /// Choices and codes, where every combination of the values that occur has one row.
    fn as_grid(&self) -> Option<(Vec<Choice>, Vec<Arch>)> {
        if self.parameters.iter().any(Parameter::is_continuous) {
            return None;
        }
        let choices: Vec<Choice> = self.parameters.iter().map(Parameter::choice).collect();
        let product = choices.iter().try_fold(1usize, |product, choice| product.checked_mul(choice.values.len()));
        if product != Some(self.count) {
            return None;
        }
        let space = Choices::new(":".into(), choices.clone()).ok()?;
        let code = |row: usize| {
            let texts: Vec<String> =
                self.parameters.iter().map(|parameter| parameter.values[row].to_string()).collect();
            space.arch_of_values(texts.iter().map(String::as_str)).ok()
        };
        let archs: Option<Vec<Arch>> = (0..self.count).map(code).collect();
        let archs = archs?;
        let distinct: HashSet<Arch> = archs.iter().copied().collect();
        (distinct.len() == self.count).then_some((choices, archs))
    }

    /// Begins the table: its space, and names and features where that is a list.
    ///
    /// # Errors
    /// See [`TableBuilder`].
    pub fn table(&self, name: &str, provenance: Provenance) -> Result<TableBuilder, ImportError> {
        if let Some((choice, archs)) = &self.grid {
            let space = SpaceSpec::Choices { separator: ":".into(), choice: choice.clone() };
            return Ok(TableBuilder::new(name, space, archs.clone(), provenance));
        }
        let archs = (0..self.count as u64).map(Arch).collect();
        let mut table = TableBuilder::new(name, SpaceSpec::Listed { size: 0 }, archs, provenance);
        if let Some(names) = self.names() {
            table.names(&names)?;
        }
        if let Some(features) = self.features() {
            table.features(features)?;
        }
        for parameter in &self.parameters {
            let Some(numbers) = parameter.numbers() else { continue };
            let values = Array3::from_shape_fn((self.count, 1, 1), |(row, ..)| numbers[row]);
            let metric = finished("hyper-parameter", Direction::Minimise, "");
            table.fixed(&format!("config/{}", parameter.name.replace('/', ".")), MetricData { metric, values })?;
        }
        Ok(table)
    }

    /// `name=value` pairs; `None` where two rows are one configuration.
    fn names(&self) -> Option<Vec<String>> {
        let pair = |row: usize| move |parameter: &Parameter| format!("{}={}", parameter.name, parameter.values[row]);
        let name = |row: usize| self.parameters.iter().map(pair(row)).collect::<Vec<_>>().join(",");
        let names: Vec<String> = (0..self.count).map(name).collect();
        (names.iter().collect::<HashSet<_>>().len() == self.count).then_some(names)
    }

    fn features(&self) -> Option<Array2<f32>> {
        let columns: Vec<Vec<f32>> = self.parameters.iter().flat_map(Parameter::features).collect();
        let is_there = !columns.is_empty();
        is_there.then(|| Array2::from_shape_fn((self.count, columns.len()), |(row, column)| columns[column][row]))
    }

    /// What a user should know of the rows.
    pub fn notes(&self) -> Vec<String> {
        let names: Vec<&str> = self.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        let names = names.join(", ");
        if self.grid.is_some() {
            return vec![format!("rows are all combinations of {names}, in the published order")];
        }
        let mut notes = vec![format!(
            "features, from {names}: numbers between 0 and 1, by logarithm where they are declared so; a 1 for the value of a text"
        )];
        if self.names().is_none() {
            notes.push("some configurations stand in several rows: rows have no names".to_owned());
        }
        notes
    }
}

impl Parameter {
    /// Whether it is declared as drawn from an interval.
    fn is_continuous(&self) -> bool {
        self.about("domain_cls").and_then(Json::as_str) == Some("Float")
    }

    fn is_logarithmic(&self) -> bool {
        let sampler = self.about("sampler_cls").and_then(Json::as_str).unwrap_or_default();
        let keywords = self.about("domain_kwargs");
        let is_log = keywords.and_then(|keywords| keywords.get("log_scale")).and_then(Json::as_bool);
        sampler.contains("LogUniform") && !sampler.contains("Reverse") || is_log == Some(true)
    }

    fn about(&self, key: &str) -> Option<&Json> {
        self.declared.as_ref()?.get(key)
    }

    /// The values that occur: numbers rising, texts in the declared order, then in that of their appearance.
    fn choice(&self) -> Choice {
        let categories = self.about("domain_kwargs").and_then(|keywords| keywords.get("categories")?.as_array());
        let declared: IndexSet<String> =
            categories.into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect();
        let mut distinct: IndexMap<String, Value> = IndexMap::new();
        self.values.iter().for_each(|value| _ = distinct.entry(value.to_string()).or_insert_with(|| value.clone()));
        let mut values: Vec<Value> = distinct.into_values().collect();
        let ordinal = values.iter().all(|value| number(value).is_some());
        let place = |value: &Value| declared.get_index_of(&value.to_string()).unwrap_or(usize::MAX);
        if ordinal {
            values.sort_by(|a, b| number(a).unwrap_or(0.0).total_cmp(&number(b).unwrap_or(0.0))); // all are numbers
        } else {
            values.sort_by_key(place); // stable
        }
        Choice { name: self.name.clone(), values, ordinal }
    }

    /// The values, if all are numbers.
    fn numbers(&self) -> Option<Vec<f64>> {
        self.values.iter().map(number).collect()
    }

    fn features(&self) -> Vec<Vec<f32>> {
        if let Some(numbers) = self.numbers() {
            return vec![scaled(&numbers, self.is_logarithmic())];
        }
        let texts: Vec<String> = self.values.iter().map(Value::to_string).collect();
        let distinct: IndexSet<&String> = texts.iter().collect();
        if distinct.len() > MOST_TEXTS {
            return Vec::new();
        }
        let one = |text: &String, value: &String| f32::from(u8::from(text == value));
        distinct.iter().map(|value| texts.iter().map(|text| one(text, value)).collect()).collect()
    }
}

fn number(value: &Value) -> Option<f64> {
    match *value {
        Value::Int(number) => Some(number as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}

fn value(cell: Cell<'_>) -> Option<Value> {
    Some(match cell {
        Cell::Text(text) => Value::Text(text.to_owned()),
        Cell::Whole(number) => Value::Int(number),
        Cell::Number(number) if number.is_finite() => Value::Float(number),
        Cell::Truth(truth) => Value::Bool(truth),
        Cell::Number(_) | Cell::Empty | Cell::List(_) => return None,
    })
}
