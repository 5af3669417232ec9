//! NASLib's copy of NAS-Bench-101's 108-epoch trainings (`nasbench_only108.pkl`): `{module hash: (fixed, computed)}`.
//!
//! `fixed` has the adjacency matrix, the operations and the parameters, `computed` the three trainings of each schedule. Numbers are those
//! of NAS-Bench-101: fractions and seconds.

use std::path::{Path, PathBuf};

use super::nasbench101::cells::{Cells, Point, Trained, hash_of};
use super::pickle::{Dict, Elements, Item, PickleError, Stream, Value};
use super::source::source_of;
use super::{ImportError, Kind, Look, importer, unpack};
use crate::space::{Arch, Cell101};
use crate::table::{Provenance, Table};

/// Whether a file is a pickle whose keys are module hashes; of a large one the first texts are known, not the keys.
pub fn knows(look: &Look) -> bool {
    let hashes = look.names.iter().filter(|name| hash_of(name).is_ok()).count();
    look.kind == Kind::Pickle && hashes > 0 && (hashes == look.names.len() || look.has("module_adjacency"))
}

/// Imports the pickle and writes the table.
///
/// # Errors
/// Names the file and the cell that is not as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let mut cells = Cells::default();
    let sources = paths.iter().map(|path| read(path, &mut cells)).collect::<Result<_, _>>()?;
    let provenance = Provenance {
        origin: "NAS-Bench-101 (Ying et al., ICML 2019), as repacked by NASLib".into(),
        licence: "Apache-2.0".into(),
        sources,
        importer: importer("naslib-nasbench101"),
        ..Provenance::default()
    };
    cells.table(provenance)?.write(output).map_err(ImportError::from)
}

/// Reads a pickle item by item, see [`Stream`]: as values it takes far more memory than its table.
fn read(path: &Path, cells: &mut Cells) -> Result<crate::table::Source, ImportError> {
    let label = path.display().to_string();
    let fault = |what: String| ImportError::content(&label, what);
    let open = || unpack::open(path).map_err(|source| ImportError::Io { file: label.clone(), source });
    let source = source_of(path)?;
    let survey = Stream::new(open()?.reader).survey().map_err(|error| ImportError::of_stream(&label, error))?;
    let mut count = 0;
    let mut take = |item: &Item<'_>| {
        let hash = item.key.as_str().map_err(|error| fault(format!("a key: {error}")))?;
        count += 1;
        read_cell(hash, item.value, cells).map_err(|what| fault(format!("cell `{hash}`: {what}")))
    };
    let read = Stream::new(open()?.reader).items(survey, Dict::Root, &mut take);
    let rest = read.map_err(|error| ImportError::of_stream(&label, error))?;
    let mut entries = rest.root().entries().map_err(|error| fault(error.to_string()))?;
    let keys = entries.len();
    if let Some((key, value)) = entries.find(|(_, value)| !value.is_none()) {
        return Err(fault(format!("`{key}` holds {value}, expected a cell's hash with a tuple of two dicts")));
    }
    if keys != count {
        return Err(fault(format!("has {keys} keys, but {count} of them have a tuple of their own")));
    }
    if count == 0 {
        return Err(fault("holds no cell".into()));
    }
    cells.check_hashes().map_err(fault)?;
    Ok(source)
}

fn read_cell(hash: &str, entry: Value<'_>, cells: &mut Cells) -> Result<(), String> {
    let text = |error: PickleError| error.to_string();
    let (fixed, computed) = (entry.item(0).map_err(text)?, entry.item(1).map_err(text)?);
    let hash = hash_of(hash)?;
    let arch = arch(fixed)?;
    let params = fixed.get("trainable_parameters").and_then(Value::as_usize).map_err(text)?;
    let params = u32::try_from(params).map_err(|_| format!("{params} parameters are more than any cell has"))?;
    for (epochs, trainings) in computed.entries().map_err(text)? {
        let epochs = epochs.as_usize().map_err(text)?;
        let epochs = u32::try_from(epochs).map_err(|_| format!("no schedule has {epochs} epochs"))?;
        for training in trainings.items().map_err(text)? {
            let points = [point(training, "halfway")?, point(training, "final")?];
            cells.add(&Trained { hash, arch, params, epochs, points })?;
        }
    }
    Ok(())
}

fn arch(fixed: Value<'_>) -> Result<Arch, String> {
    let text = |error: PickleError| error.to_string();
    let array = fixed.get("module_adjacency").and_then(Value::as_array).map_err(text)?;
    let &[vertices, columns] = array.shape() else {
        return Err(format!("the adjacency matrix has shape {:?}, expected two dimensions", array.shape()));
    };
    let adjacency: Option<Vec<bool>> = match array.elements() {
        Elements::I64(digits) => digits.iter().map(|digit| edge(*digit)).collect(),
        Elements::U64(digits) => digits.iter().map(|digit| edge(i64::try_from(*digit).ok()?)).collect(),
        Elements::Bool(digits) => Some(digits.clone()),
        _ => None,
    };
    let adjacency = adjacency.filter(|_| vertices == columns).ok_or("the adjacency matrix is no square of 0 and 1")?;
    let operations = fixed.get("module_operations").and_then(Value::items).map_err(text)?;
    let operations: Vec<&str> = operations.map(Value::as_str).collect::<Result<_, _>>().map_err(text)?;
    let ["input", interior @ .., "output"] = operations.as_slice() else {
        return Err(format!("the operations are {operations:?}, expected `input`, ..., `output`"));
    };
    Cell101::from_matrix(vertices, &adjacency, interior).map_err(|error| error.to_string())
}

fn edge(digit: i64) -> Option<bool> {
    matches!(digit, 0 | 1).then_some(digit == 1)
}

/// What was measured `halfway` or at the end (`final`) of a training.
fn point(training: Value<'_>, time: &str) -> Result<Point, String> {
    let number = |what: &str| {
        let key = format!("{time}_{what}");
        training.get(&key).and_then(Value::as_f64).map_err(|error| format!("`{key}`: {error}"))
    };
    Point::new(
        number("validation_accuracy")?,
        number("test_accuracy")?,
        number("train_accuracy")?,
        number("training_time")?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_cell_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.pkl");
        for (bytes, said) in [
            (&b""[..], "the file is empty"),
            (b"\x80\x02}.", "holds no cell"),
            (b"\x80\x02}U\x02aaNs.", "has 1 keys, but 0 of them have a tuple of their own"),
            (b"\x80\x02}U\x02aa]s.", "expected a cell's hash with a tuple of two dicts"),
            (b"\x80\x02}U\x02aa}}\x86s.", "cell `aa`"),
            (b"\x80\x02].", "expected a dict"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = import(std::slice::from_ref(&path), &folder.path().join("x.h5")).err().unwrap().to_string();
            assert!(error.contains("cells.pkl") && error.contains(said), "{error}");
        }
    }
}
