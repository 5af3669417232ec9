//! A results folder: the experiment's text, the manifest, the cells' files, what belongs to this machine alone, and a lock.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::error::ExperimentError;
use super::plan::{Cell, NamedStrategy, Plan};
use super::training::Place;
use crate::base::{Digest, LEFT_OVER, read_text, write_whole};
use crate::benchmark::{Benchmark, RULES_VERSION, Reference, Resolved};

const FORMAT: &str = "nasreplay-results";
const FORMAT_VERSION: u32 = 1;

/// What results say of themselves: everything resolved, nothing of the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `nasreplay-results`.
    pub format: String,
    /// The version of this file's format.
    pub format_version: u32,
    /// What made the results.
    pub versions: Versions,
    /// The experiment's name.
    pub name: String,
    /// What all random streams are derived from.
    pub seed: u64,
    /// How many runs each cell has.
    pub runs: u32,
    /// The benchmarks with their reference values.
    pub benchmarks: Vec<ManifestBenchmark>,
    /// The strategies.
    pub strategies: Vec<NamedStrategy>,
    /// The cells' keys, by the path of their files.
    pub cells: IndexMap<String, Digest>,
}

/// A benchmark with its reference values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestBenchmark {
    /// The benchmark, with every default made explicit.
    pub resolved: Resolved,
    /// What its incumbents are compared with.
    pub reference: Reference,
}

/// What made the results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// This program.
    pub nasreplay: String,
    /// Everything that decides a trajectory.
    pub rules: u32,
}

/// What belongs to the machine that ran: never compared.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Where the tables' files were, by what the experiment calls them.
    pub tables: HashMap<String, PathBuf>,
    /// Where images and overlays of trained rows were, by the benchmark's name.
    #[serde(default, skip_serializing_if = "HashMap::is_empty")]
    pub(super) training: HashMap<String, Place>,
    /// Wall nanoseconds of each run's replay loop (strategy and lookups), by the path of the cell's file.
    pub run_nanos: IndexMap<String, Vec<u64>>,
}

impl Manifest {
    /// The manifest of a plan.
    pub fn of(plan: &Plan) -> Self {
        let of_benchmark = |(benchmark, reference): &(Benchmark, Reference)| ManifestBenchmark {
            resolved: benchmark.resolved.clone(),
            reference: reference.clone(),
        };
        Self {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            versions: Versions { nasreplay: env!("CARGO_PKG_VERSION").to_owned(), rules: RULES_VERSION },
            name: plan.name.clone(),
            seed: plan.seed,
            runs: plan.runs,
            benchmarks: plan.benchmarks.iter().map(of_benchmark).collect(),
            strategies: plan.strategies.clone(),
            cells: plan.cells().map(|cell| (cell_path(plan, cell), plan.key(cell))).collect(),
        }
    }

    /// The text of its file, with a digest of all that it says.
    pub fn text(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default(); // plain data is always JSON
        let digest = Digest::of(value.to_string().as_bytes());
        value.as_object_mut().map(|fields| fields.insert(DIGEST.to_owned(), digest.to_string().into()));
        let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The field of a manifest with the digest of the others.
const DIGEST: &str = "digest";

/// Takes a manifest's digest out and says whether it is that of the rest; manifests of earlier versions have none.
fn take_digest(manifest: &mut serde_json::Value) -> bool {
    let stated = manifest.as_object_mut().and_then(|fields| fields.shift_remove(DIGEST));
    stated.is_none_or(|stated| stated.as_str() == Some(&Digest::of(manifest.to_string().as_bytes()).to_string()))
}

/// Where a cell's file stands in the folder.
pub(super) fn cell_path(plan: &Plan, cell: Cell) -> String {
    let benchmark = &plan.benchmark(cell).resolved.name;
    format!("runs/{}/{}.h5", file_name(benchmark), file_name(&plan.strategy(cell).name))
}

/// The fields of two objects that differ, with their values.
fn different_fields(before: &serde_json::Value, now: &serde_json::Value) -> Vec<String> {
    let fields = |value: &serde_json::Value| value.as_object().cloned().unwrap_or_default();
    let (before, now) = (fields(before), fields(now));
    let absent = serde_json::Value::Null;
    let new = now.keys().filter(|key| !before.contains_key(*key));
    let keys = before.keys().chain(new).filter(|key| before.get(*key) != now.get(*key));
    keys.map(|key| format!("`{key}` {} (now {})", before.get(key).unwrap_or(&absent), now.get(key).unwrap_or(&absent)))
        .collect()
}

/// A name as a file's name: everything but letters, digits and `-_.@ ()+` becomes `%` and its hexadecimal bytes.
fn file_name(name: &str) -> String {
    let keep = |character: char| character.is_alphanumeric() || "-_.@ ()+".contains(character);
    let escape = |character: char| character.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let first_dot = name.starts_with('.');
    name.chars()
        .enumerate()
        .map(
            |(place, character)| {
                if keep(character) && !(first_dot && place == 0) { character.to_string() } else { escape(character) }
            },
        )
        .collect()
}

/// A results folder.
#[derive(Debug, Clone)]
pub(super) struct Folder(pub PathBuf);

/// What is wrong with a manifest whose digest is another.
pub(super) const NOT_AS_WRITTEN: &str = "manifest.json is not what was written: it does not have its digest";

/// What to do about a manifest that is not as it was written.
const REWRITE: &str = "`nasreplay run` with the experiment that made it, into this folder, with `--replace` writes it anew and keeps whole cells";

impl Folder {
    /// The manifest, as it was written.
    pub(super) fn manifest(&self) -> Result<Manifest, ExperimentError> {
        match self.read_manifest()? {
            (manifest, true) => Ok(manifest),
            _ => Err(self.fault(NOT_AS_WRITTEN.into(), Some(REWRITE))),
        }
    }

    /// Whether the folder was made to hold a cell with this key at a path.
    pub(super) fn holds_cell(&self, path: &str, key: Digest) -> bool {
        self.manifest().is_ok_and(|manifest| manifest.cells.get(path) == Some(&key))
    }

    /// Whether the manifest states a digest.
    pub(super) fn states_digest(&self) -> bool {
        let text = read_text(&self.0.join("manifest.json")).unwrap_or_default(); // a manifest that is gone states none
        let found: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        found.is_some_and(|found| found.get(DIGEST).is_some())
    }

    /// Which settings of a cell differ from those that the folder's manifest has, in words.
    pub(super) fn other_settings(&self, plan: &Plan, cell: Cell) -> String {
        let unknown = || "other settings, which manifest.json does not tell".to_owned();
        let Ok((stored, _)) = self.read_manifest() else { return unknown() };
        let (benchmark, strategy) = (&plan.benchmark(cell).resolved, plan.strategy(cell));
        let named = stored.benchmarks.iter().find(|known| known.resolved.name == benchmark.name);
        let same_name = stored.strategies.iter().find(|known| known.name == strategy.name);
        let (Some(known), Some(before)) = (named, same_name) else { return unknown() };
        let json = |value: serde_json::Result<serde_json::Value>| value.unwrap_or_default(); // plain data is always JSON
        let mut differing = Vec::new();
        if stored.seed != plan.seed {
            differing.push(format!("seed {} (now {})", stored.seed, plan.seed));
        }
        differing.extend(different_fields(&known.resolved.comparable(), &benchmark.comparable()));
        let settings = [before, strategy].map(|strategy| json(serde_json::to_value(&strategy.settings)));
        differing.extend(different_fields(&settings[0], &settings[1]));
        if differing.is_empty() { unknown() } else { format!("other settings: {}", differing.join(", ")) }
    }

    /// The manifest, and whether it has the digest that it states.
    pub(super) fn read_manifest(&self) -> Result<(Manifest, bool), ExperimentError> {
        let path = self.0.join("manifest.json");
        let text = read_text(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => self.fault(
                "holds no results: there is no manifest.json".into(),
                Some("`nasreplay run EXPERIMENT.toml --out DIR` makes results; `nasreplay demo` makes some without a file"),
            ),
            _ => ExperimentError::Io { file: path.display().to_string(), source },
        })?;
        let mut found: serde_json::Value = serde_json::from_str(&text).map_err(|error| self.bad_manifest(&error))?;
        let version = found.get("format_version").and_then(serde_json::Value::as_u64);
        if found.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT)
            || version != Some(u64::from(FORMAT_VERSION))
        {
            let what = format!("manifest.json is not of format `{FORMAT}` version {FORMAT_VERSION}");
            return Err(self.fault(what, Some("run the experiment again with this build")));
        }
        let sound = take_digest(&mut found);
        let manifest = serde_json::from_value(found).map_err(|error| self.bad_manifest(&error))?;
        Ok((manifest, sound))
    }

    fn bad_manifest(&self, error: &serde_json::Error) -> ExperimentError {
        self.fault(format!("manifest.json cannot be read: {error}"), Some(REWRITE))
    }

    pub(super) fn timing(&self) -> Timing {
        let text = read_text(&self.0.join("timing.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default() // it helps to find tables, and results are whole without it
    }

    /// Prepares the folder for writing: made if absent, refused if it holds something else, locked, cleared of left-overs.
    pub(super) fn prepare(&self) -> Result<File, ExperimentError> {
        let cannot = |source| ExperimentError::Write(crate::base::FileError { path: self.0.clone(), source });
        self.refuse_foreign()?;
        fs::create_dir_all(self.0.join("runs")).map_err(cannot)?;
        let lock = self.0.join(".lock");
        if lock.exists() && !lock.is_file() {
            return Err(self.fault("holds a `.lock` that is no regular file".into(), Some("remove it")));
        }
        let lock = File::create(lock).map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(self.fault(
                    "is being written by another process".into(),
                    Some("wait for it, or choose another folder"),
                ));
            }
            Err(TryLockError::Error(source)) => return Err(cannot(source)),
        }
        clear_left_overs(&self.0);
        Ok(lock)
    }

    /// A folder that holds something else than results is left as it is.
    fn refuse_foreign(&self) -> Result<(), ExperimentError> {
        let has = |name: &str| self.0.join(name).exists();
        let is_ours = has(".lock") || self.read_manifest().is_ok();
        if is_ours && has("manifest.json") {
            return Ok(());
        }
        // whoever writes here locks the folder first: without a lock, nothing in it is what a killed process left
        let known: &[&str] = if is_ours { &["runs", "experiment.toml", "timing.json", ".lock"] } else { &[] };
        let entries = self.0.read_dir().into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let foreign = names.filter(|name| !known.contains(&name.as_str()) && !name.ends_with(LEFT_OVER)).min();
        match foreign {
            Some(name) => {
                Err(self
                    .fault(format!("holds `{name}` and no results"), Some("choose another folder, or an empty one")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn write_text(&self, name: &str, text: &str) -> Result<(), ExperimentError> {
        Ok(write_whole(&self.0.join(name), text.as_bytes())?)
    }

    pub(super) fn fault(&self, what: String, hint: Option<&str>) -> ExperimentError {
        ExperimentError::Folder { folder: self.0.display().to_string(), what, hint: hint.map(str::to_owned) }
    }
}

/// Removes unfinished temporary files of a process that was killed; whoever calls this holds the lock.
fn clear_left_overs(folder: &Path) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            clear_left_overs(&path);
        } else if path.to_string_lossy().ends_with(LEFT_OVER) {
            _ = fs::remove_file(path); // one that cannot be removed does no harm
        }
    }
}
