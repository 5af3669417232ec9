//! `nasreplay table merge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::destination::{self, Kind, Replace};
use super::{Answer, import::announce};
use crate::table::{MergedRows, Table, merge};

/// Makes one table of several, joined by architecture
#[derive(Debug, Args)]
pub struct Merge {
    /// Tables of one space, by path or name
    #[arg(required = true, num_args = 2..)]
    tables: Vec<String>,
    /// The new table's file
    #[arg(short, long, value_name = "TABLE.h5")]
    out: PathBuf,
    #[command(flatten)]
    replace: Replace,
    /// Whose rows the new table has: those of the first table, or of all
    #[arg(long, value_enum, default_value_t = Rows::First)]
    rows: Rows,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Rows {
    First,
    Union,
}

impl Merge {
    pub(super) fn run(self) -> Answer {
        let inputs: Vec<PathBuf> = self.tables.iter().map(PathBuf::from).collect();
        destination::check(&self.out, Kind::Table, self.replace, &inputs)?;
        let tables = self.tables.iter().map(|name| Table::find(name)).collect::<Result<Vec<_>, _>>()?;
        let rows = match self.rows {
            Rows::First => MergedRows::First,
            Rows::Union => MergedRows::Union,
        };
        let table = merge(&tables, rows)?.write(&self.out)?;
        announce(&table, &self.out);
        Ok(true)
    }
}
