//! `nasreplay space`.

use std::path::Path;
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{Answer, CliError, output};
use crate::base::{Key, Rng, from_toml, read_text};
use crate::space::{Arch, Choice, Encoding, MlpSpec, SPACES, Space, SpaceError, SpaceSpec};
use crate::table::Table;

/// Describes search spaces and draws from them.
#[derive(Debug, Subcommand)]
pub enum SpaceCommand {
    /// Lists the kinds of spaces
    List,
    /// Prints a space's size and choices
    Info {
        /// A kind's name, a TOML or JSON file that declares a space, or a table
        space: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Draws architectures at random, a name on each line
    Sample {
        /// A kind's name, a TOML or JSON file that declares a space, or a table
        space: String,
        /// How many
        #[arg(long, default_value_t = 10)]
        count: u32,
        /// What the draws are derived from
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
    /// Writes architectures as numbers of a fixed length, for predictors: one JSON array a line
    Encode {
        /// A space's name, a table, or a file that declares a space
        space: String,
        /// The way in which they are written
        #[arg(long, value_enum, default_value = "choices")]
        encoding: Features,
        /// How many of the paths are kept, the shortest first; all if left out
        #[arg(long)]
        kept: Option<usize>,
        /// The architectures' published names
        #[arg(required = true)]
        arch: Vec<String>,
    },
}

/// The encodings that a command can ask for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Features {
    /// A 1 for the value of each choice
    Choices,
    /// The edges of the cell, then its operations
    Adjacency,
    /// A 1 for each path of operations from input to output
    Paths,
}

impl SpaceCommand {
    pub(super) fn run(self) -> Answer {
        match self {
            Self::List => {
                output::print(&SPACES.iter().map(|(name, summary)| format!("{name}: {summary}\n")).collect::<String>())?
            }
            Self::Info { space, json } => {
                let space = find(&space)?;
                let (name, size, radices) = (space.name(), space.size(), space.radices());
                if json {
                    let value = json!({ "name": name, "size": size, "radices": radices, "declaration": space.spec() });
                    output::print_json(&value)?;
                } else {
                    output::print(&format!("{name}: {size} architectures, such as {}\n", space.write(Arch(0))))?;
                    output::print(&choices(&space.spec()))?;
                }
            }
            Self::Sample { space, count, seed } => {
                let space = find(&space)?;
                let mut rng = Rng::new(Key::derive(seed, "sample", &[space.name()], 0));
                let lines: String = (0..count).map(|_| space.write(space.sample(&mut rng)) + "\n").collect();
                output::print(&lines)?;
            }
            Self::Encode { space, encoding, kept, arch } => encode(&*find(&space)?, encoding, kept, &arch)?,
        }
        Ok(true)
    }
}

fn encode(space: &dyn Space, features: Features, kept: Option<usize>, names: &[String]) -> Result<(), CliError> {
    let encoding = match features {
        Features::Choices => Encoding::Choices,
        Features::Adjacency => Encoding::Adjacency,
        Features::Paths => Encoding::Paths { kept },
    };
    for name in names {
        let numbers = space.encode(space.parse(name)?, encoding).ok_or_else(|| {
            CliError::usage(
                format!("space `{}` cannot write `{name}` by this encoding", space.name()),
                "invalid architectures have no features; every other has those of `--encoding choices`",
            )
        })?;
        output::print(&(serde_json::to_string(&numbers).unwrap_or_default() + "\n"))?; // finite numbers are always JSON
    }
    Ok(())
}

/// A line for each choice of a declared space.
fn choices(spec: &SpaceSpec) -> String {
    let choice = match spec {
        SpaceSpec::Mlp(spec) => return layers(spec),
        SpaceSpec::Choices { choice, .. } => choice,
        _ => return String::new(),
    };
    let line = |choice: &Choice| {
        let values: Vec<String> = choice.values.iter().map(ToString::to_string).collect();
        format!("  {}: {}\n", choice.name, values.join(", "))
    };
    choice.iter().map(line).collect()
}

/// What a space of multilayer perceptrons offers.
fn layers(spec: &MlpSpec) -> String {
    let units: Vec<String> = spec.units.iter().map(ToString::to_string).collect();
    let (layers, units, functions) = (spec.layers, units.join(", "), spec.activations.join(", "));
    format!("  hidden layers: 1 to {layers}\n  units of each: {units}\n  activation: {functions}\n")
}

pub(super) fn find(name: &str) -> Result<Arc<dyn Space>, CliError> {
    let path = Path::new(name);
    let ending = path.extension().and_then(|ending| ending.to_str());
    if let Some(spec) = SpaceSpec::named(name) {
        return Ok(spec.build()?);
    }
    match (name, ending) {
        ("listed", _) => {
            Err(CliError::usage("a list of architectures is that of a table", "give the table's path or name"))
        }
        ("choices", _) => Err(CliError::usage(
            "a space of choices needs its declaration",
            "give a TOML or JSON file with `kind = \"choices\"` and `[[choice]]` entries",
        )),
        (_, Some("toml" | "json")) => Ok(declared(path, ending == Some("json"))?.build()?),
        _ => match Table::find(name) {
            Ok(table) => Ok(table.space().clone()),
            Err(crate::table::TableError::NotFound { .. }) => Err(SpaceError::Unknown { name: name.to_owned() }.into()),
            Err(error) => Err(error.into()),
        },
    }
}

fn declared(path: &Path, is_json: bool) -> Result<SpaceSpec, CliError> {
    let bad =
        |what: String, hint: Option<String>| CliError::Usage { what: format!("`{}`: {what}", path.display()), hint };
    let text = read_text(path).map_err(|error| bad(error.to_string(), None))?;
    if is_json {
        return serde_json::from_str(&text).map_err(|error| bad(error.to_string(), None));
    }
    from_toml(&text).map_err(|fault| bad(fault.message, fault.hint))
}
