//! A cell's file: HDF5, contiguous columns, written whole and renamed into place, read by memory-mapping.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ends::Ends;
use super::error::ExperimentError;
use super::record::{Block, Columns, Stop, digest, digest_columns, trained_rows};
use crate::base::{Digest, Nanos, with_sibling};
use crate::benchmark::{Benchmark, Missing, NO_ROW, TrainedRow};
use crate::space::Arch;
use crate::table::{Column, Element, HdfFile, HdfWriter, TableError};

const FORMAT: &str = "nasreplay-runs";
const FORMAT_VERSION: u32 = 1;

/// What a cell's file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The benchmark's name.
    pub benchmark: String,
    /// The strategy's name.
    pub strategy: String,
    /// The key of what decides its trajectories.
    pub key: Digest,
    /// How many runs it holds.
    pub runs: usize,
    /// How many trials all runs have together.
    pub trials: usize,
    /// Whether trials have an end in simulated time.
    pub has_cost: bool,
    /// What was trained for it, where missing rows are trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<TrainedHeader>,
}

/// The trained rows that a cell's trials stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedHeader {
    /// How many.
    pub rows: usize,
    /// Trainings of each.
    pub replicates: usize,
    /// Rows of the table: a trial on a higher one stands on a trained row.
    pub table_rows: u32,
}

impl TrainedHeader {
    pub(super) fn of(benchmark: &Benchmark, blocks: &[Block]) -> Option<Self> {
        let training = benchmark.resolved.training.as_ref().filter(|_| benchmark.resolved.missing == Missing::Train)?;
        let (rows, replicates) = (trained_rows(blocks).len(), training.replicates as usize);
        Some(Self { rows, replicates, table_rows: benchmark.trained_rows_from() })
    }
}

/// The mapped columns of a cell.
pub struct CellFile {
    /// What the file says of itself.
    pub header: Header,
    /// The digest of the columns, as the file states it.
    pub digest: Digest,
    pub(super) row: Column<u32>,
    pub(super) replicate: Column<u8>,
    pub(super) told: Column<f64>,
    pub(super) end: Column<u64>,
    pub(super) trials: Column<u32>,
    pub(super) duplicates: Column<u32>,
    pub(super) invalid: Column<u32>,
    pub(super) stop: Column<u8>,
    pub(super) trained: Vec<TrainedRow>,
}

/// Writes the blocks of a cell as its file, and returns their digest.
pub(super) fn write(path: &Path, header: &Header, blocks: &[Block]) -> Result<Digest, ExperimentError> {
    let digest = digest(blocks);
    with_sibling(path, |sibling| fill(sibling, path, header, digest, blocks))?;
    Ok(digest)
}

fn fill(sibling: &Path, path: &Path, header: &Header, digest: Digest, blocks: &[Block]) -> Result<(), TableError> {
    let writer = HdfWriter::create(sibling, path, FORMAT, FORMAT_VERSION)?;
    writer.text("cell", &serde_json::to_string(header).unwrap_or_default())?; // plain data is always JSON
    writer.text("digest", &digest.to_string())?;
    column(&writer, "trials/row", blocks, |block| &block.row)?;
    column(&writer, "trials/replicate", blocks, |block| &block.replicate)?;
    column(&writer, "trials/told", blocks, |block| &block.told)?;
    if header.has_cost {
        column(&writer, "trials/end", blocks, |block| &block.end)?;
    }
    column(&writer, "runs/trials", blocks, |block| &block.trials)?;
    column(&writer, "runs/duplicates", blocks, |block| &block.duplicates)?;
    column(&writer, "runs/invalid", blocks, |block| &block.invalid)?;
    column(&writer, "runs/stop", blocks, |block| &block.stop)?;
    if let Some(trained) = &header.trained {
        write_trained(&writer, *trained, blocks)?;
    }
    writer.close()
}

/// Each trial's source (0 the table, 1 trained), and the trained rows.
fn write_trained(writer: &HdfWriter, trained: TrainedHeader, blocks: &[Block]) -> Result<(), TableError> {
    let is_trained = |&row: &u32| u8::from(row >= trained.table_rows && row != NO_ROW);
    let source: Vec<u8> = blocks.iter().flat_map(|block| &block.row).map(is_trained).collect();
    writer.column("trials/source", &[source.len()], &[&source], &[])?;
    let rows = trained_rows(blocks);
    let numbers = |of: fn(&TrainedRow) -> f64| rows.values().map(|row| of(row)).collect::<Vec<f64>>();
    let codes: Vec<u64> = rows.keys().map(|arch| arch.0).collect();
    let costs: Vec<u64> = rows.values().map(|row| row.cost.0).collect();
    let told: Vec<f64> = rows.values().flat_map(|row| &row.told).copied().collect();
    writer.column("trained/code", &[trained.rows], &[&codes], &[])?;
    writer.column("trained/cost", &[trained.rows], &[&costs], &[])?;
    writer.column("trained/told", &[trained.rows, trained.replicates], &[&told], &[])?;
    writer.column("trained/valid", &[trained.rows], &[&numbers(|row| row.valid)], &[])?;
    writer.column("trained/test", &[trained.rows], &[&numbers(|row| row.test)], &[])
}

fn read_trained(file: &HdfFile, trained: TrainedHeader) -> Result<Vec<TrainedRow>, TableError> {
    let TrainedHeader { rows, replicates, .. } = trained;
    let (codes, costs): (Column<u64>, Column<u64>) =
        (file.column("trained/code", &[rows])?, file.column("trained/cost", &[rows])?);
    let told: Column<f64> = file.column("trained/told", &[rows, replicates])?;
    let (valid, test): (Column<f64>, Column<f64>) =
        (file.column("trained/valid", &[rows])?, file.column("trained/test", &[rows])?);
    let row = |place: usize| TrainedRow {
        arch: Arch(codes.as_slice()[place]),
        told: told.as_slice()[place * replicates..(place + 1) * replicates].to_vec(),
        cost: Nanos(costs.as_slice()[place]),
        valid: valid.as_slice()[place],
        test: test.as_slice()[place],
    };
    Ok((0..rows).map(row).collect())
}

fn column<T: Element>(
    writer: &HdfWriter,
    path: &str,
    blocks: &[Block],
    of: fn(&Block) -> &[T],
) -> Result<(), TableError> {
    let parts: Vec<&[T]> = blocks.iter().map(of).collect();
    writer.column(path, &[parts.iter().map(|part| part.len()).sum()], &parts, &[])
}

impl CellFile {
    /// Opens a cell's file.
    ///
    /// # Errors
    /// Says what is wrong with the file.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let file = HdfFile::open(path)?;
        file.expect_format(FORMAT, FORMAT_VERSION)?;
        let bad = |attribute: &str, what: String| TableError::Attribute {
            file: file.label().into(),
            attribute: attribute.into(),
            what,
        };
        let header: Header =
            serde_json::from_str(&file.text("cell")?).map_err(|error| bad("cell", error.to_string()))?;
        let digest = file.text("digest")?.parse().map_err(|what| bad("digest", what))?;
        if header.runs == 0 {
            return Err(bad("cell", "holds no run".into()));
        }
        let (trials, runs) = ([header.trials], [header.runs]);
        let opened = Self {
            digest,
            row: file.column("trials/row", &trials)?,
            replicate: file.column("trials/replicate", &trials)?,
            told: file.column("trials/told", &trials)?,
            end: if header.has_cost { file.column("trials/end", &trials)? } else { Column::empty() },
            trials: file.column("runs/trials", &runs)?,
            duplicates: file.column("runs/duplicates", &runs)?,
            invalid: file.column("runs/invalid", &runs)?,
            stop: file.column("runs/stop", &runs)?,
            trained: header.trained.map_or(Ok(Vec::new()), |trained| read_trained(&file, trained))?,
            header,
        };
        let counted: u64 = opened.trials.as_slice().iter().map(|&count| u64::from(count)).sum();
        if counted == opened.header.trials as u64 {
            return Ok(opened);
        }
        let what = format!("adds up to {counted} trials, expected {}", opened.header.trials);
        Err(TableError::Column { file: file.label().into(), column: "runs/trials".into(), what, convertible: false })
    }

    /// The digest that the columns have, which is [`CellFile::digest`] where they are as they were written.
    pub(super) fn found_digest(&self) -> Digest {
        let columns = Columns {
            trials: self.trials.as_slice(),
            duplicates: self.duplicates.as_slice(),
            invalid: self.invalid.as_slice(),
            stop: self.stop.as_slice(),
            row: self.row.as_slice(),
            replicate: self.replicate.as_slice(),
            told: self.told.as_slice(),
            end: self.end.as_slice(),
        };
        digest_columns(&[columns], self.trained.iter())
    }

    /// How its runs ended.
    pub(super) fn ends(&self) -> Ends {
        let runs = self.stop.as_slice().iter().zip(self.trials.as_slice());
        runs.fold(Ends::default(), |ends, (&stop, &trials)| ends.with(Stop::from_number(stop), trials))
    }

    /// The whole content as one block, to be extended.
    pub(super) fn to_block(&self) -> Block {
        Block {
            row: self.row.as_slice().to_vec(),
            replicate: self.replicate.as_slice().to_vec(),
            told: self.told.as_slice().to_vec(),
            end: self.end.as_slice().to_vec(),
            trials: self.trials.as_slice().to_vec(),
            duplicates: self.duplicates.as_slice().to_vec(),
            invalid: self.invalid.as_slice().to_vec(),
            stop: self.stop.as_slice().to_vec(),
            wall: Vec::new(),
            trained: self.trained.iter().map(|row| (row.arch, row.clone())).collect(),
        }
    }
}
