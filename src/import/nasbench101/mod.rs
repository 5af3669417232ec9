//! NAS-Bench-101 (Ying et al., ICML 2019): `nasbench_full.tfrecord` and `nasbench_only108.tfrecord`, a record a training.
//!
//! One thread reads and checks the file; all cores take batches of its records apart. What is kept of a training are eight numbers.

pub(super) mod cells;
mod record;

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use self::cells::Cells;
use super::progress::Counted;
use super::source::named;
use super::tfrecord::{FrameError, Frames};
use super::{ImportError, Kind, Look, importer, unpack};
use crate::table::{Provenance, Source, Table};

/// Records that are taken apart together, the bytes after which fewer have to do, and how many such batches may wait.
const BATCH: usize = 8192;
const BATCH_BYTES: usize = 8 << 20;
const WAITING: usize = 2;

/// Whether a file is one of records.
pub fn knows(look: &Look) -> bool {
    look.kind == Kind::TfRecord
}

/// Imports published files, packed or not, and writes the table.
///
/// # Errors
/// Names the file and the byte at which it does not hold as promised: a file that was cut, check sums, records, hashes that are not
/// those of their cells. Nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let mut cells = Cells::default();
    let sources = paths.iter().map(|path| read(path, &mut cells)).collect::<Result<_, _>>()?;
    let provenance = Provenance {
        origin: "NAS-Bench-101 (Ying et al., ICML 2019), the published TFRecord file".into(),
        licence: "Apache-2.0".into(),
        sources,
        importer: importer("nasbench101"),
        ..Provenance::default()
    };
    cells.table(provenance)?.write(output).map_err(ImportError::from)
}

/// Some records of the file, one after the other, and where each begins in the file and ends in `bytes`.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    records: Vec<(u64, Range<usize>)>,
}

/// Reads a file on a thread of its own, and adds its records in their order.
fn read(path: &Path, cells: &mut Cells) -> Result<Source, ImportError> {
    let label = path.display().to_string();
    std::thread::scope(|scope| {
        let (sender, batches) = sync_channel(WAITING);
        let reader = scope.spawn(|| send_batches(path, sender));
        let added = add_batches(&label, batches, cells);
        let source = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        added.and(source)
    })
}

/// Adds all batches; leaving early drops the receiver, which stops the reader.
fn add_batches(label: &str, batches: Receiver<Batch>, cells: &mut Cells) -> Result<(), ImportError> {
    for batch in batches {
        let parse = |(at, range): &(u64, Range<usize>)| (*at, record::parse(&batch.bytes[range.clone()]));
        let records: Vec<_> = batch.records.par_iter().map(parse).collect();
        let fault = |at: u64, what: String| ImportError::content(label, format!("the record at byte {at}: {what}"));
        for (at, record) in &records {
            let added = record.as_ref().map_err(String::clone).and_then(|trained| cells.add(trained));
            added.map_err(|what| fault(*at, what))?;
        }
        let first = batch.records.first().map_or(0, |(at, _)| *at);
        cells.check_hashes().map_err(|what| ImportError::content(label, format!("after byte {first}: {what}")))?;
    }
    Ok(())
}

/// Cuts a file into batches; ends early, without an error, when nobody takes them any more.
fn send_batches(path: &Path, sender: SyncSender<Batch>) -> Result<Source, ImportError> {
    let label = path.display().to_string();
    let io = |source| ImportError::Io { file: label.clone(), source };
    let sum = Arc::new(Mutex::new(Sha256::new()));
    let hashing = Hashing { file: Counted::open(path).map_err(io)?, sum: sum.clone() };
    let mut frames = Frames::new(unpack::layers_of(hashing).map_err(io)?.reader);
    if !read_batches(&mut frames, &sender).map_err(|error| frame_error(&label, error))? && frames.position() == 0 {
        return Err(ImportError::content(&label, "the file is empty"));
    }
    let sum = sum.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(named(path, sum))
}

/// Whether any batch was sent.
fn read_batches(frames: &mut Frames<impl Read>, sender: &SyncSender<Batch>) -> Result<bool, FrameError> {
    let mut any = false;
    loop {
        let mut batch = Batch::default();
        while batch.records.len() < BATCH && batch.bytes.len() < BATCH_BYTES {
            let (at, start) = (frames.position(), batch.bytes.len());
            if !frames.next_into(&mut batch.bytes)? {
                break;
            }
            batch.records.push((at, start..batch.bytes.len()));
        }
        if batch.records.is_empty() || sender.send(batch).is_err() {
            return Ok(any);
        }
        any = true;
    }
}

fn frame_error(label: &str, error: FrameError) -> ImportError {
    match error {
        FrameError::Io { source, .. } => ImportError::Io { file: label.to_owned(), source },
        other => ImportError::Content {
            file: label.to_owned(),
            what: other.to_string(),
            hint: Some("download the file again, and compare its SHA-256 with the published one".into()),
        },
    }
}

/// A file whose bytes are hashed as they are read.
struct Hashing {
    file: Counted,
    sum: Arc<Mutex<Sha256>>,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.sum.lock().unwrap_or_else(PoisonError::into_inner).update(&buffer[..count]);
        Ok(count)
    }
}
