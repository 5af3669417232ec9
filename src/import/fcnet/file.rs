//! One HDF5 file of FC-Net: its groups and the numbers in them, whatever their width, layout and compression.
//!
//! Sizes are checked before anything is read, since HDF5 believes what a damaged file says of itself.

use std::path::Path;

use hdf5::Group;
use hdf5::dataset::Layout;
use hdf5::filters::Filter;
use hdf5::plist::DatasetCreate;
use serde_json::{Map, Value};

use crate::import::ImportError;
use crate::import::progress::count;
use crate::space::{Arch, Choices};
use crate::table::without_locks;

/// The number by which HDF5 knows LZF, the compression of h5py.
const LZF: i32 = 32_000;

/// The most numbers of one chunk.
const CHUNK: usize = 1 << 16;

/// The most bytes of one number.
const WIDEST: usize = 16;

/// An open file.
pub(super) struct FcnetFile {
    /// What messages call it.
    pub label: String,
    file: hdf5::File,
    /// Bytes of the file for each of its groups, so that progress shows.
    bytes_a_group: u64,
}

impl FcnetFile {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let label = path.display().to_string();
        let opened = without_locks().open(path);
        let file = opened.map_err(|error| ImportError::content(&label, format!("is no sound HDF5 file: {error}")))?;
        let bytes_a_group = file.size() / file.len().max(1);
        Ok(Self { label, file, bytes_a_group })
    }

    /// The names of the groups, in the order of their bytes.
    pub fn configurations(&self) -> Result<Vec<String>, ImportError> {
        let most = crate::space::fcnet().build()?.size();
        let count = self.file.len();
        if count == 0 || count > most {
            let what = format!("has {count} groups, expected 1 to {most}, one a configuration");
            return Err(ImportError::content(&self.label, what));
        }
        let listed = self.file.member_names();
        let mut names =
            listed.map_err(|error| ImportError::content(&self.label, format!("does not list its groups: {error}")))?;
        names.sort();
        Ok(names)
    }

    /// The configurations that the groups' names say.
    pub fn archs(&self, choices: &Choices, names: &[String]) -> Result<Vec<Arch>, ImportError> {
        let of = |name: &String| arch_of(choices, name).map_err(|what| self.fault(name, (what, None)));
        names.iter().map(of).collect()
    }

    /// Opens the group of a configuration.
    pub fn group(&self, name: &str) -> Result<Group, String> {
        count(self.bytes_a_group);
        self.file.group(name).map_err(|error| format!("cannot be opened: {error}"))
    }

    /// Something wrong in a group.
    pub fn fault(&self, group: &str, (what, hint): (String, Option<String>)) -> ImportError {
        ImportError::Content { file: self.label.clone(), what: format!("group `{group}`: {what}"), hint }
    }
}

/// Reads a data set of the expected shape; the second part of an error says what to do.
pub(super) fn numbers(group: &Group, name: &str, shape: &[usize]) -> Result<Vec<f64>, (String, Option<String>)> {
    let plain = |what: String| (format!("data set `{name}` {what}"), None);
    let dataset = group.dataset(name).map_err(|_| plain("is absent".into()))?;
    if dataset.shape() != shape {
        return Err(plain(format!("has shape {:?}, expected {shape:?}", dataset.shape())));
    }
    let storage = dataset.create_plist().map_err(|error| plain(format!("has no readable storage: {error}")))?;
    check_storage(&storage).map_err(|(what, hint)| (format!("data set `{name}` {what}"), hint))?;
    let width = dataset.dtype().map(|datatype| datatype.size()).unwrap_or(0);
    if !(1..=WIDEST).contains(&width) {
        return Err(plain(format!("has elements of {width} bytes, expected numbers")));
    }
    let read = dataset.read_raw::<f64>();
    read.map_err(|error| plain(format!("cannot be read as numbers: {error}")))
}

fn check_storage(storage: &DatasetCreate) -> Result<(), (String, Option<String>)> {
    let filters = storage.get_filters().map_err(|error| (format!("has filters that are unknown: {error}"), None))?;
    if filters.iter().any(|filter| matches!(filter, Filter::User(LZF, _))) {
        let hint = "read it with h5py, which brings LZF along, and write each data set again with `compression=\"gzip\"` or none";
        return Err(("is compressed by LZF, which HDF5 itself does not read".into(), Some(hint.into())));
    }
    if storage.layout() == Layout::Virtual || storage.get_external().map_or(true, |files| !files.is_empty()) {
        return Err(("stands in other files, expected it in this one".into(), None));
    }
    let chunk =
        storage.chunk().map_or(Some(1), |chunk| chunk.iter().try_fold(1usize, |all, &side| all.checked_mul(side)));
    match chunk {
        Some(length) if length <= CHUNK => Ok(()),
        _ => Err((format!("has chunks {:?}, larger than the data set", storage.chunk()), None)),
    }
}

fn arch_of(choices: &Choices, name: &str) -> Result<Arch, String> {
    let object: Map<String, Value> =
        serde_json::from_str(name).map_err(|error| format!("its name is no configuration in JSON: {error}"))?;
    let known = |key: &String| choices.choices().iter().any(|choice| choice.name == *key);
    if let Some(other) = object.keys().find(|key| !known(key)) {
        return Err(format!("its name holds `{other}`, which is no hyper-parameter of FC-Net"));
    }
    let text = |name: &String| match object.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
        None => Err(format!("its name lacks `{name}`")),
    };
    let texts: Vec<String> = choices.choices().iter().map(|choice| text(&choice.name)).collect::<Result<_, _>>()?;
    choices.arch_of_values(texts.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Space;

    const NAME: &str = r#"{"activation_fn_1": "tanh", "activation_fn_2": "relu", "batch_size": 8, "dropout_1": 0.0, "dropout_2": 0.3,
        "init_lr": 0.0005, "lr_schedule": "const", "n_units_1": 16, "n_units_2": 512}"#;

    #[test]
    fn names_are_read_as_json() {
        let choices = Choices::of_spec(&crate::space::fcnet()).unwrap().unwrap();
        let arch = arch_of(&choices, NAME).unwrap();
        assert_eq!(choices.write(arch), "tanh:relu:8:0:0.3:0.0005:const:16:512");
        assert_eq!(arch_of(&choices, &NAME.replace("0.0005", "5e-4")), Ok(arch));
        let refused = |from: &str, to: &str| arch_of(&choices, &NAME.replace(from, to)).unwrap_err();
        assert!(refused("\"batch_size\": 8, ", "").contains("lacks `batch_size`"));
        assert!(refused("{", "{\"depth\": 1, ").contains("`depth`, which is no hyper-parameter"));
        assert!(refused("512", "500").contains("choice `n_units_2` has no value `500`"));
        assert!(refused("}", "").contains("no configuration in JSON"));
    }
}
