//! The overlay: the file that collects what was trained here, one record a training, only ever appended to.
//!
//! A record is a line of JSON after the first 32 hexadecimal digits of its BLAKE3, with a line break before and behind. What is cut or
//! flipped costs at most the record in which it stands; `cat` joins the overlays of several machines.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::calibrate::Calibration;
use super::outcome::Outcome;
use super::spec::TrainingSpec;
use crate::base::Digest;
use crate::space::Arch;

/// Hexadecimal digits of a record's checksum.
const CHECKSUM: usize = 32;

/// An overlay that cannot be read or written.
#[derive(Debug, Error)]
pub enum OverlayError {
    /// The operating system refuses it.
    #[error("overlay `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Another kind of file.
    #[error("`{}` is no overlay: it holds no record that is whole", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
}

/// Where a training ran; kept for information, never compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The version of this program.
    pub nasreplay: String,
    /// The backend and its version.
    pub backend: String,
    /// The processor.
    pub cpu: String,
}

/// What an overlay holds of one training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// The digest of the [`TrainingSpec`].
    pub training: Digest,
    /// The architecture's name.
    pub arch: String,
    /// The architecture.
    pub code: Arch,
    /// Which of its trainings, from 0.
    pub replicate: u32,
    /// What it measured.
    pub outcome: Outcome,
    /// Where it ran.
    pub machine: Machine,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
enum Record {
    Training { digest: Digest, spec: TrainingSpec },
    Trained(Trained),
    Calibration(Calibration),
}

/// A stretch of an overlay that is no whole record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Its first byte.
    pub offset: usize,
    /// Its bytes.
    pub length: usize,
}

/// What an overlay holds.
#[derive(Debug, Default)]
pub struct Content {
    /// What was trained, by the digest of its specification.
    pub specs: HashMap<Digest, TrainingSpec>,
    /// The trainings; the first of equals.
    pub trained: HashMap<(Digest, Arch, u32), Trained>,
    /// The calibrations, in their order.
    pub calibrations: Vec<Calibration>,
    /// What is damaged.
    pub damage: Vec<Damage>,
}

/// An overlay that may be appended to.
pub struct Overlay {
    path: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    file: Option<File>,
    content: Content,
}

impl Content {
    /// Reads an overlay's bytes.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut content = Self::default();
        let mut offset = 0;
        for line in bytes.split(|&byte| byte == b'\n') {
            match parse_line(line) {
                Some(record) => content.add(record),
                None if line.is_empty() => {}
                None => content.damage.push(Damage { offset, length: line.len() }),
            }
            offset += line.len() + 1;
        }
        content
    }

    fn add(&mut self, record: Record) {
        match record {
            Record::Training { digest, spec } => _ = self.specs.entry(digest).or_insert(spec),
            Record::Trained(trained) => {
                let key = (trained.training, trained.code, trained.replicate);
                self.trained.entry(key).or_insert(trained);
            }
            Record::Calibration(calibration) => self.calibrations.push(calibration),
        }
    }
}

fn parse_line(line: &[u8]) -> Option<Record> {
    let (checksum, rest) = line.split_at_checked(CHECKSUM)?;
    let json = rest.strip_prefix(b" ")?;
    if checksum != &Digest::of(json).to_string().as_bytes()[..CHECKSUM] {
        return None;
    }
    serde_json::from_slice(json).ok()
}

fn line(record: &Record) -> String {
    let json = serde_json::to_string(record).unwrap_or_default(); // plain data is always JSON
    format!("\n{} {json}\n", &Digest::of(json.as_bytes()).to_string()[..CHECKSUM])
}

impl Overlay {
    /// Opens an overlay; one that is not there is empty, and is made with its folder by the first record.
    ///
    /// # Errors
    /// The operating system refuses it, or the file is something else.
    pub fn open(path: &Path) -> Result<Self, OverlayError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(OverlayError::Io { path: path.to_owned(), source }),
        };
        let content = Content::parse(&bytes);
        let empty = content.specs.is_empty() && content.trained.is_empty() && content.calibrations.is_empty();
        if empty && !content.damage.is_empty() {
            return Err(OverlayError::Foreign { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), inner: Mutex::new(Inner { file: None, content }) })
    }

    /// The overlay's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what the overlay holds.
    pub fn read<R>(&self, read: impl FnOnce(&Content) -> R) -> R {
        read(&self.lock().content)
    }

    /// A training, if the overlay has it.
    pub fn find(&self, training: Digest, arch: Arch, replicate: u32) -> Option<Trained> {
        self.read(|content| content.trained.get(&(training, arch, replicate)).cloned())
    }

    /// Says what is trained from now on.
    ///
    /// # Errors
    /// The operating system refuses the file.
    pub fn describe(&self, spec: &TrainingSpec) -> Result<(), OverlayError> {
        let digest = spec.digest();
        if self.read(|content| content.specs.contains_key(&digest)) {
            return Ok(());
        }
        self.append(Record::Training { digest, spec: spec.clone() })
    }

    /// Adds a training, written and synced.
    ///
    /// # Errors
    /// The operating system refuses the file.
    pub fn add(&self, trained: Trained) -> Result<(), OverlayError> {
        self.append(Record::Trained(trained))
    }

    /// Adds a calibration, written and synced.
    ///
    /// # Errors
    /// The operating system refuses the file.
    pub fn add_calibration(&self, calibration: Calibration) -> Result<(), OverlayError> {
        self.append(Record::Calibration(calibration))
    }

    fn append(&self, record: Record) -> Result<(), OverlayError> {
        let mut inner = self.lock();
        self.write(&mut inner, &line(&record))
            .map_err(|source| OverlayError::Io { path: self.path.clone(), source })?;
        inner.content.add(record);
        Ok(())
    }

    /// One write at the end of the file, alone among all processes.
    fn write(&self, inner: &mut Inner, line: &str) -> io::Result<()> {
        if inner.file.is_none() {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            inner.file = Some(OpenOptions::new().create(true).append(true).open(&self.path)?);
        }
        let Some(file) = &mut inner.file else { return Ok(()) };
        file.lock()?;
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
        file.unlock()?;
        written
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner) // whole records only are added
    }
}
