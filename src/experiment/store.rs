//! A cell's file: HDF5, contiguous columns, written whole and renamed into place, read by memory-mapping.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ExperimentError;
use super::record::{Block, digest};
use crate::base::{Digest, with_sibling};
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
    writer.close()
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
            header,
        };
        let counted: u64 = opened.trials.as_slice().iter().map(|&count| u64::from(count)).sum();
        if counted == opened.header.trials as u64 {
            return Ok(opened);
        }
        let what = format!("adds up to {counted} trials, expected {}", opened.header.trials);
        Err(TableError::Column { file: file.label().into(), column: "runs/trials".into(), what, convertible: false })
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
        }
    }
}
