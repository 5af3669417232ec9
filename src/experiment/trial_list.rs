//! A list of trials that somebody's own strategy made, as JSON lines or CSV: the door for strategies in any language.

use std::path::Path;

use serde::Deserialize;

use super::error::ExperimentError;
use crate::base::{nearest, read_text};

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedTrial {
    /// Which strategy made it, where the file holds several.
    #[serde(default)]
    pub strategy: Option<String>,
    /// The run: any whole number, such as a seed.
    pub run: u64,
    /// The trial within its run; trials of a run count up by 1 in the order in which they were asked for.
    pub trial: u64,
    /// The architecture, as its space writes it.
    #[serde(alias = "arch")]
    pub architecture: String,
    /// The schedule that was asked for; the objective's if left out.
    #[serde(default)]
    pub schedule: Option<String>,
    /// The epoch that was asked for; the objective's if left out.
    #[serde(default)]
    pub epoch: Option<u32>,
    /// What the strategy was told, in the metric's own unit; drawn by the replay's noise if left out.
    #[serde(default, alias = "value")]
    pub told: Option<f64>,
    /// What the trial cost in seconds; the table's cost if left out.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// Why the run ends with this trial, if it ends before the budget.
    #[serde(default)]
    pub stop: Option<ListedStop>,
    /// Its line in the file, from 1.
    #[serde(skip)]
    pub line: usize,
}

/// Why a listed run ends before its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListedStop {
    /// The strategy had nothing more to ask for.
    Finished,
    /// The strategy found nothing that it had not asked for.
    Exhausted,
    /// The strategy or its program broke.
    Failed,
}

/// The columns that a list can have.
const COLUMNS: [&str; 11] =
    ["strategy", "run", "trial", "architecture", "arch", "schedule", "epoch", "told", "value", "seconds", "stop"];

/// The columns that a list must have.
const NEEDED: &str = "`run`, `trial` and `architecture`";

/// Reads a list; the file's name says whether it is CSV (`.csv`) or JSON lines (`.jsonl`).
///
/// # Errors
/// Names the file, the line and what is wrong with it.
pub fn read_trials(path: &Path) -> Result<Vec<ListedTrial>, ExperimentError> {
    let file = path.display().to_string();
    let text = read_text(path).map_err(|source| ExperimentError::Io { file: file.clone(), source })?;
    let trials = match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => from_csv(&text),
        Some("jsonl" | "ndjson") => from_json_lines(&text),
        _ => Err(("its name must end in .csv or .jsonl".into(), None)),
    };
    match trials {
        Ok(trials) if trials.is_empty() => Err(fault(&file, "holds no trial", Some(format!("it needs {NEEDED}")))),
        Ok(trials) => Ok(trials),
        Err((what, hint)) => Err(fault(&file, &what, hint)),
    }
}

fn fault(file: &str, what: &str, hint: Option<String>) -> ExperimentError {
    ExperimentError::Folder { folder: file.to_owned(), what: what.to_owned(), hint }
}

/// What is wrong, and what to do about it.
type Fault = (String, Option<String>);

fn from_json_lines(text: &str) -> Result<Vec<ListedTrial>, Fault> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let trial = |(place, line): (usize, &str)| {
        let read: Result<ListedTrial, _> = serde_json::from_str(line);
        match read {
            Ok(trial) => Ok(ListedTrial { line: place + 1, ..trial }),
            Err(error) => Err((format!("line {}: {error}", place + 1), hint_of(&error.to_string()))),
        }
    };
    lines.map(trial).collect()
}

fn from_csv(text: &str) -> Result<Vec<ListedTrial>, Fault> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| (error.to_string(), None))?.clone();
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(name)) {
        let near = nearest(unknown, COLUMNS).map(|near| format!("did you mean `{near}`?"));
        return Err((format!("unknown column `{unknown}`; known are {}", COLUMNS.join(", ")), near));
    }
    let mut trials = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| (error.to_string(), None))?;
        let line = record.position().map_or(0, |position| position.line() as usize);
        let read: Result<ListedTrial, _> = record.deserialize(Some(&header));
        let trial = read.map_err(|error| (format!("line {line}: {error}"), Some(format!("a list needs {NEEDED}"))))?;
        trials.push(ListedTrial { line, ..trial });
    }
    Ok(trials)
}

fn hint_of(message: &str) -> Option<String> {
    let unknown = message.strip_prefix("unknown field `")?.split('`').next()?;
    nearest(unknown, COLUMNS).map(|near| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_say_the_same() {
        let csv = "run,trial,arch,told,seconds,epoch\n7,0,a:1,91.5,,\n7,1,b:2,,3.5,200\n";
        let json = "{\"run\":7,\"trial\":0,\"arch\":\"a:1\",\"told\":91.5}\n\n\
                    {\"run\":7,\"trial\":1,\"architecture\":\"b:2\",\"seconds\":3.5,\"epoch\":200}\n";
        let without_lines = |trials: Vec<ListedTrial>| {
            trials.into_iter().map(|trial| ListedTrial { line: 0, ..trial }).collect::<Vec<_>>()
        };
        let (csv, json) = (from_csv(csv).unwrap(), from_json_lines(json).unwrap());
        assert_eq!((csv[1].line, json[1].line), (3, 3));
        assert_eq!(csv[1].epoch, Some(200));
        assert_eq!(without_lines(csv), without_lines(json));
    }

    #[test]
    fn faults_name_their_line() {
        let (what, hint) = from_json_lines("{\"run\":1,\"trail\":0,\"arch\":\"a\"}").unwrap_err();
        assert!(what.starts_with("line 1: unknown field `trail`"), "{what}");
        assert_eq!(hint.as_deref(), Some("did you mean `trial`?"));
        let (what, hint) = from_csv("run,trial,achitecture\n1,0,a\n").unwrap_err();
        assert!(what.contains("unknown column `achitecture`"), "{what}");
        assert_eq!(hint.as_deref(), Some("did you mean `architecture`?"));
        let (what, _) = from_csv("run,trial,arch\n1,0,a\n1,x,b\n").unwrap_err();
        assert!(what.starts_with("line 3: "), "{what}");
    }
}
