//! `nasreplay import`.

use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use clap::Args;

use super::destination::{self, Kind, Replace};
use super::{Answer, CliError, output};
use crate::base::nearest;
use crate::import::{FORMATS, Format, ImportError, Look, Mapping, describe, generic};
use crate::table::Table;

/// What the importer is called that reads any file by a mapping; the containers are other names for it.
const GENERIC: [&str; 4] = ["generic", "csv", "json", "parquet"];

/// Makes a table from published files.
#[derive(Debug, Args)]
pub struct Import {
    /// The format, then the published files or folders; the format may be left out where the files tell it
    #[arg(value_name = "[FORMAT] SOURCE", required_unless_present = "list")]
    sources: Vec<String>,
    /// The table's file
    #[arg(short, long, value_name = "TABLE.h5", required_unless_present_any = ["list", "describe"])]
    out: Option<PathBuf>,
    #[command(flatten)]
    replace: Replace,
    /// The mapping file (TOML) that says what the columns of a file are; docs/mapping.md describes the language
    #[arg(long, value_name = "MAPPING.toml")]
    mapping: Option<PathBuf>,
    /// Says what files are and hold, whatever their format, and makes no table
    #[arg(long)]
    describe: bool,
    /// Lists the formats
    #[arg(long)]
    list: bool,
}

impl Import {
    pub(super) fn run(self) -> Answer {
        if self.list {
            let line = |format: &Format| format!("{}: {}\n", format.name, format.about);
            let generic = "generic: any CSV, JSON lines or Parquet files, described by a mapping (docs/mapping.md)\n";
            output::print(&(FORMATS.iter().map(line).collect::<String>() + generic))?;
            return Ok(true);
        }
        let (format, sources) = split(&self.sources);
        if sources.is_empty() {
            return Err(CliError::usage("no source is given", "name the published files or folders after the format"));
        }
        if self.describe {
            sources.iter().try_for_each(|source| output::print(&describe(source)?))?;
            return Ok(true);
        }
        // clap asks for it wherever a table is made
        let out = self.out.ok_or_else(|| CliError::usage("no table is named", "add `-o TABLE.h5`"))?;
        let inputs: Vec<PathBuf> = sources.iter().chain(&self.mapping).cloned().collect();
        destination::check(&out, Kind::Table, self.replace, &inputs)?; // before hours of reading rather than after
        let import = importer(format, self.mapping.as_deref(), &sources)?;
        let shown = output::reading(sources.iter().map(|source| bytes_of(source)).sum());
        let table = import(&sources, &out);
        shown.finish_and_clear();
        let table = table?;
        announce(&table, &out);
        doubts(&table)?.iter().for_each(|doubt| output::warn(doubt));
        Ok(true)
    }
}

/// What speaks against the units and directions of a table's metrics, by their names and their values at the last measured epoch.
fn doubts(table: &Table) -> Result<Vec<String>, CliError> {
    let mut doubts = Vec::new();
    for (task, schedules) in &table.catalogue().tasks {
        for (schedule, metrics) in schedules {
            for name in metrics.keys() {
                let column = table.metric(task, schedule, name)?;
                let Some(epoch) = column.last_measured() else { continue };
                let of_metric = column.doubts(name, epoch).into_iter();
                doubts.extend(of_metric.map(|doubt| format!("task `{task}`, schedule {schedule}: {doubt}")));
            }
        }
    }
    Ok(doubts)
}

/// The format, where the first word is one, and the sources. A file of a format's name is written with its folder: `./nats`.
fn split(words: &[String]) -> (Option<&str>, Vec<PathBuf>) {
    let paths = |words: &[String]| words.iter().map(PathBuf::from).collect();
    match words {
        [first, rest @ ..] if is_format(first) || !rest.is_empty() && !Path::new(first).exists() => {
            (Some(first), paths(rest))
        }
        all => (None, paths(all)),
    }
}

fn is_format(word: &str) -> bool {
    GENERIC.contains(&word) || FORMATS.iter().any(|format| format.name == word)
}

fn named(name: &str) -> Result<&'static Format, CliError> {
    FORMATS.iter().find(|format| format.name == name).ok_or_else(|| {
        let names = FORMATS.iter().map(|format| format.name).chain(GENERIC);
        let near = nearest(name, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        CliError::usage(
            format!("`{name}` is neither a file nor a format{near}"),
            "`nasreplay import --list` lists the formats",
        )
    })
}

type Importer = Box<dyn Fn(&[PathBuf], &Path) -> Result<Table, ImportError>>;

/// What reads the sources: the generic importer where a mapping is given, that of the format that is named, or that they look like.
fn importer(format: Option<&str>, mapping: Option<&Path>, sources: &[PathBuf]) -> Result<Importer, CliError> {
    match (format, mapping) {
        (Some(name), mapping) if GENERIC.contains(&name) => by_mapping(mapping),
        (None, mapping @ Some(_)) => by_mapping(mapping),
        (Some(name), Some(_)) => Err(CliError::usage(
            format!("format `{name}` takes no --mapping"),
            "leave it out, or import with format `generic`",
        )),
        (Some(name), None) => Ok(Box::new(named(name)?.import)),
        (None, None) => Ok(Box::new(guessed(sources)?.import)),
    }
}

fn by_mapping(mapping: Option<&Path>) -> Result<Importer, CliError> {
    let mapping = mapping.ok_or_else(|| {
        CliError::usage(
            "the generic importer needs a mapping",
            "describe the columns in a TOML file (docs/mapping.md) and add `--mapping FILE`",
        )
    })?;
    let mapping = Mapping::read(mapping)?;
    Ok(Box::new(move |sources, out| generic::import(&mapping, sources, out)))
}

/// The bytes of a file, or of the files in a folder and the folders inside; what cannot be looked at counts nothing.
fn bytes_of(path: &Path) -> u64 {
    let inside = |entry: DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_symlink() => 0, // it may lead around
        _ => bytes_of(&entry.path()),
    };
    match path.is_dir() {
        true => path.read_dir().into_iter().flatten().flatten().map(inside).sum(),
        false => path.metadata().map_or(0, |metadata| metadata.len()),
    }
}

/// The one format that the first source looks like.
fn guessed(sources: &[PathBuf]) -> Result<&'static Format, CliError> {
    let first = &sources[0]; // there is one: `run` looked
    let look = Look::at(first)?;
    let known: Vec<&Format> = FORMATS.iter().filter(|format| (format.knows)(&look)).collect();
    match known.as_slice() {
        [format] => {
            output::note(&format!("`{}` looks like format {}", first.display(), format.name));
            Ok(format)
        }
        [] => Err(CliError::usage(
            format!("`{}` looks like no format that is known here", first.display()),
            "look into it with `nasreplay import --describe`; name its format, or write a mapping (docs/mapping.md)",
        )),
        several => {
            let names: Vec<&str> = several.iter().map(|format| format.name).collect();
            Err(CliError::usage(
                format!("`{}` may be of format {}", first.display(), names.join(" or ")),
                "name the format before the file",
            ))
        }
    }
}

pub(super) fn announce(table: &Table, out: &Path) {
    output::note(&format!("wrote {}: {} rows, digest {}", out.display(), table.rows(), table.digest()));
}
