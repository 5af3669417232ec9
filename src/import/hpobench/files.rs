//! Which files there are: data, metadata beside them, and what their names say.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::import::{ImportError, SourceFile};
use crate::table::Source;

/// The fidelities of all models of the publication, for data without metadata.
const FIDELITIES: [&str; 3] = ["iter", "n_estimators", "subsample"];

/// The endings of a data file's name.
const ENDINGS: [&str; 2] = ["_data.parquet.gzip", "_data.parquet"];

/// A table of one model and task.
pub(super) struct DataFile {
    pub path: PathBuf,
    pub model: String,
    /// The number of the OpenML task.
    pub task: String,
}

/// Whether a file has the name of a table.
pub(super) fn is_data(path: &Path) -> bool {
    DataFile::of(path).is_some()
}

impl DataFile {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (model, task) = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending))?.rsplit_once('_')?;
        Some(Self { path: path.to_owned(), model: model.to_owned(), task: task.to_owned() })
    }

    /// Where the metadata stand, if they do.
    fn metadata(&self) -> Option<PathBuf> {
        let path = self.path.with_file_name(format!("{}_{}_metadata.json", self.model, self.task));
        path.is_file().then_some(path)
    }

    /// The name and digest of the metadata, if there are any.
    pub fn metadata_source(&self) -> Result<Option<Source>, ImportError> {
        self.metadata().map(|path| SourceFile::read(&path).map(|file| file.source)).transpose()
    }
}

/// The tables that are given, and those in given folders and the folders in these.
pub(super) fn locate(paths: &[PathBuf]) -> Result<Vec<DataFile>, ImportError> {
    let mut files = Vec::new();
    for path in paths {
        let mut found: Vec<DataFile> = listed(path, 2)?.iter().filter_map(|path| DataFile::of(path)).collect();
        found.sort_by_key(|file| (file.task.parse::<u64>().ok(), file.path.clone()));
        if found.is_empty() {
            return Err(ImportError::Content {
                file: path.display().to_string(),
                what: "is no file `<model>_<task>_data.parquet.gzip`, and no folder with one".into(),
                hint: Some("keep the published names: they say the model and the OpenML task".into()),
            });
        }
        files.extend(found);
    }
    Ok(files)
}

/// A file itself, or the files of a folder and, so many folders deep, of the folders in it.
fn listed(path: &Path, depth: usize) -> Result<Vec<PathBuf>, ImportError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let io = |source| ImportError::Io { file: path.display().to_string(), source };
    let mut files = Vec::new();
    for entry in path.read_dir().map_err(io)? {
        let inner = entry.map_err(io)?.path();
        if !inner.is_dir() {
            files.push(inner);
        } else if depth > 0 {
            files.extend(listed(&inner, depth - 1)?);
        }
    }
    Ok(files)
}

/// The one model of all files.
pub(super) fn model(files: &[DataFile]) -> Result<String, ImportError> {
    let first = files.first().map(|file| file.model.clone()).unwrap_or_default();
    match files.iter().find(|file| file.model != first) {
        None => Ok(first),
        Some(other) => Err(ImportError::Content {
            file: other.path.display().to_string(),
            what: format!("is of model `{}`, others are of `{first}`", other.model),
            hint: Some("import each model into a table of its own".into()),
        }),
    }
}

/// The names of the fidelities: what the metadata say, or those of the publication.
pub(super) fn fidelities(files: &[DataFile]) -> Result<Vec<String>, ImportError> {
    match files.iter().find_map(DataFile::metadata) {
        None => Ok(FIDELITIES.map(str::to_owned).to_vec()),
        Some(path) => {
            let file = SourceFile::read(&path)?;
            names(&file.bytes).map_err(|what| ImportError::content(&file.label, what))
        }
    }
}

/// The hyper-parameters of `config_spaces.z_discrete`, a configuration space as JSON or as a text of JSON.
fn names(bytes: &[u8]) -> Result<Vec<String>, String> {
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).map_err(|error| format!("is no JSON: {error}"));
    let metadata = json(bytes)?;
    let absent = || "has no `config_spaces.z_discrete.hyperparameters`, the fidelities".to_owned();
    let space = metadata.pointer("/config_spaces/z_discrete").ok_or_else(absent)?;
    let space = match space {
        Value::String(text) => json(text.as_bytes())?,
        other => other.clone(),
    };
    let listed = space.get("hyperparameters").and_then(Value::as_array).ok_or_else(absent)?;
    let name = |entry: &Value| entry.get("name").and_then(Value::as_str).map(str::to_owned);
    listed.iter().map(|entry| name(entry).ok_or_else(absent)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_model_and_task() {
        let file = DataFile::of(Path::new("a/nn_10101_data.parquet.gzip")).unwrap();
        assert_eq!((file.model.as_str(), file.task.as_str()), ("nn", "10101"));
        assert!(!is_data(Path::new("nn_31_metadata.json")) && !is_data(Path::new("data.parquet")));
    }

    #[test]
    fn fidelities_are_read_from_a_text_of_json_too() {
        let text = br#"{"config_spaces": {"z_discrete": "{\"hyperparameters\": [{\"name\": \"iter\"}]}"}}"#;
        assert_eq!(names(text), Ok(vec!["iter".to_owned()]));
        let plain = br#"{"config_spaces": {"z_discrete": {"hyperparameters": [{"name": "subsample"}]}}}"#;
        assert_eq!(names(plain), Ok(vec!["subsample".to_owned()]));
        assert!(names(b"{}").unwrap_err().contains("z_discrete"));
    }
}
