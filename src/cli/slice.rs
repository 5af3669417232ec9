//! `nasreplay table slice`.

use std::path::PathBuf;

use clap::Args;

use super::destination::{self, Kind, Replace};
use super::export::Part;
use super::{Answer, CliError, import::announce};
use crate::table::{RowChoice, RowList, Table, slice};

/// Cuts a small table out of a large one
#[derive(Debug, Args)]
pub struct Slice {
    /// A table, by path or name
    table: String,
    /// The new table's file
    #[arg(short, long, value_name = "TABLE.h5")]
    out: PathBuf,
    #[command(flatten)]
    replace: Replace,
    #[command(flatten)]
    part: Part,
    /// Only these rows: numbers and ranges, such as 0..100 (without 100) or 5,17,99
    #[arg(long, value_name = "ROWS", conflicts_with_all = ["best", "sample"])]
    rows: Option<RowList>,
    /// Only the best rows, so many, by `--by`
    #[arg(long, value_name = "N", requires = "by", conflicts_with = "sample")]
    best: Option<usize>,
    /// What the best rows are best by: TASK/SCHEDULE/METRIC, or a static
    #[arg(long, value_name = "METRIC", requires = "best")]
    by: Option<String>,
    /// Only a random sample of so many rows
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// The number of the random sample
    #[arg(long, value_name = "K", requires = "sample", default_value_t = 0)]
    seed: u64,
}

impl Slice {
    pub(super) fn run(self) -> Answer {
        let rows = match (self.rows, self.best, self.by, self.sample) {
            (Some(list), ..) => RowChoice::Listed(list),
            (_, Some(count), Some(by), _) => RowChoice::Best { count, by },
            (.., Some(count)) => RowChoice::Sample { count, seed: self.seed },
            _ => RowChoice::All,
        };
        let selection = self.part.selection();
        if matches!(rows, RowChoice::All) && selection.is_whole() {
            let hint = "choose by --task, --schedule, --metric, --rows, --best or --sample";
            return Err(CliError::usage("nothing is to be cut: the slice would be the whole table", hint));
        }
        destination::check(&self.out, Kind::Table, self.replace, &[PathBuf::from(&self.table)])?;
        let table = slice(&Table::find(&self.table)?, &selection, &rows)?.write(&self.out)?;
        announce(&table, &self.out);
        Ok(true)
    }
}
