//! `nasreplay table export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::destination::{self, Kind, Replace};
use super::{Answer, output};
use crate::table::export::{Container, export};
use crate::table::{Selection, Table};

/// Writes a table for other programs
#[derive(Debug, Args)]
pub struct Export {
    /// A table, by path or name
    table: String,
    /// What to write: csv and parquet come with a mapping that rebuilds the same table, numpy is an array for each metric
    #[arg(long, value_enum)]
    to: To,
    /// The folder
    #[arg(short, long, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    replace: Replace,
    #[command(flatten)]
    part: Part,
}

/// Which metrics are meant.
#[derive(Debug, Args)]
pub struct Part {
    /// Only this task; may be repeated
    #[arg(long = "task", value_name = "TASK")]
    tasks: Vec<String>,
    /// Only this schedule; may be repeated
    #[arg(long = "schedule", value_name = "SCHEDULE")]
    schedules: Vec<String>,
    /// Only this metric; may be repeated. Statics are always kept
    #[arg(long = "metric", value_name = "METRIC")]
    metrics: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum To {
    Csv,
    Parquet,
    Numpy,
}

impl Part {
    pub(super) fn selection(self) -> Selection {
        Selection { tasks: self.tasks, schedules: self.schedules, metrics: self.metrics }
    }
}

impl Export {
    pub(super) fn run(self) -> Answer {
        let container = match self.to {
            To::Csv => Container::Csv,
            To::Parquet => Container::Parquet,
            To::Numpy => Container::Numpy,
        };
        let table = Table::find(&self.table)?;
        destination::check(&self.out, Kind::Export, self.replace, &[self.table.into()])?;
        export(&table, &self.part.selection(), container, &self.out, self.replace.replace)?;
        output::note(&format!("wrote {}: {} rows of {}", self.out.display(), table.rows(), table.name()));
        Ok(true)
    }
}
