//! The overlay: the file that collects what was trained here, one record a training, only ever appended to.
//!
//! A record is a line of JSON after the first 32 hexadecimal digits of its BLAKE3, with a line break before and behind. What is cut or
//! flipped costs at most the record in which it stands; `cat` joins the overlays of several machines.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::calibrate::Calibration;
use super::outcome::Outcome;
use super::spec::TrainingSpec;
use crate::base::{Digest, open_regular, read_regular};
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
    Training { digest: Digest, spec: Box<TrainingSpec> },
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

/// An overlay that this process trains into.
pub struct Occupied {
    path: PathBuf,
    /// Holds the lock.
    _lock: File,
}

impl Drop for Occupied {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.path); // an empty file that stays does no harm
        _ = self.path.parent().map(std::fs::remove_dir); // fails while checkpoints are there
    }
}

struct Inner {
    file: Option<File>,
    content: Content,
    /// How many bytes of the file were read; the next ones are another process's, or our own once more.
    read: u64,
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

    /// What was trained of a specification, by architecture in the order of the codes.
    pub(super) fn of(&self, training: Digest) -> BTreeMap<Arch, Vec<&Trained>> {
        let mut archs: BTreeMap<Arch, Vec<&Trained>> = BTreeMap::new();
        let of_it = self.trained.values().filter(|trained| trained.training == training);
        of_it.for_each(|trained| archs.entry(trained.code).or_default().push(trained));
        archs
    }

    fn add(&mut self, record: Record) {
        match record {
            Record::Training { digest, spec } => _ = self.specs.entry(digest).or_insert(*spec),
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
        let bytes = match read_regular(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(OverlayError::Io { path: path.to_owned(), source }),
        };
        let content = Content::parse(&bytes);
        let empty = content.specs.is_empty() && content.trained.is_empty() && content.calibrations.is_empty();
        let begins_as_one = bytes.starts_with(b"\n");
        if empty && !content.damage.is_empty() && !begins_as_one {
            return Err(OverlayError::Foreign { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), inner: Mutex::new(Inner { file: None, content, read: bytes.len() as u64 }) })
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

    /// Learns what other processes have added meanwhile.
    ///
    /// # Errors
    /// The operating system refuses the file.
    pub fn refresh(&self) -> Result<(), OverlayError> {
        let mut inner = self.lock();
        let length = std::fs::metadata(&self.path).map_or(0, |file| file.len()); // nothing was added where there is no file
        if length <= inner.read {
            return Ok(());
        }
        let mut bytes = Vec::new();
        let read = |bytes: &mut Vec<u8>| {
            let mut file = open_regular(&self.path)?;
            file.seek(SeekFrom::Start(inner.read))?;
            file.read_to_end(bytes)
        };
        read(&mut bytes).map_err(|source| OverlayError::Io { path: self.path.clone(), source })?;
        let Some(whole) = bytes.iter().rposition(|&byte| byte == b'\n') else { return Ok(()) };
        inner.read += whole as u64; // the line break itself begins what comes next
        bytes[..whole].split(|&byte| byte == b'\n').filter_map(parse_line).for_each(|record| inner.content.add(record));
        Ok(())
    }

    /// Takes the overlay for trainings of this process while what comes back is kept; `None` where another process has it. Both may
    /// train into it: whoever comes second should begin at the other end.
    pub fn occupy(&self) -> Option<Occupied> {
        let folder = PathBuf::from(format!("{}.checkpoints", self.path.display()));
        std::fs::create_dir_all(&folder).ok()?;
        let path = folder.join(".in-use");
        let file = File::create(&path).ok()?;
        file.try_lock().is_ok().then_some(Occupied { path, _lock: file })
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
        self.append(Record::Training { digest, spec: Box::new(spec.clone()) })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Key, Rng};

    fn bytes(records: u32) -> Vec<u8> {
        let outcome = Outcome { measured: Vec::new(), diverged: Some(1), digest: Digest([7; 32]) };
        let machine = Machine { nasreplay: "0".into(), backend: "b".into(), cpu: "c".into() };
        let record = |replicate| {
            line(&Record::Trained(Trained {
                training: Digest([1; 32]),
                arch: "a".into(),
                code: Arch(3),
                replicate,
                outcome: outcome.clone(),
                machine: machine.clone(),
            }))
        };
        (0..records).flat_map(|replicate| record(replicate).into_bytes()).collect()
    }

    fn found(bytes: &[u8]) -> usize {
        Content::parse(bytes).trained.len()
    }

    #[test]
    fn what_others_add_is_learned_and_only_one_holds_the_overlay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("o");
        std::fs::write(&path, bytes(2)).unwrap();
        let overlay = Overlay::open(&path).unwrap();
        let whole = bytes(5);
        for length in [whole.len() - 20, whole.len()] {
            std::fs::write(&path, &whole[..length]).unwrap();
            overlay.refresh().unwrap();
        }
        assert_eq!(overlay.read(|content| content.trained.len()), 5);
        let first = overlay.occupy();
        assert!(first.is_some() && overlay.occupy().is_none());
        drop(first);
        assert!(!folder.path().join("o.checkpoints").exists());
    }

    #[test]
    fn a_cut_loses_the_record_that_it_is_in() {
        let whole = bytes(12);
        let each = whole.len() / 12;
        let mut rng = Rng::new(Key::derive(1, "cut", &[], 0));
        for _ in 0..200 {
            let cut = rng.below(whole.len() as u32) as usize;
            let content = Content::parse(&whole[..cut]);
            let whole_records = (0..12).filter(|record| (record + 1) * each - 1 <= cut).count(); // but for a line break
            assert!(content.trained.len() >= whole_records, "{cut}");
            // What is appended after the cut is found.
            let appended = [&whole[..cut], &bytes(13)[12 * each..]].concat();
            assert_eq!(found(&appended), content.trained.len() + 1, "{cut}");
        }
    }

    #[test]
    fn a_flipped_byte_costs_one_record_and_is_reported() {
        let whole = bytes(12);
        let mut rng = Rng::new(Key::derive(1, "flip", &[], 0));
        for _ in 0..200 {
            let mut flipped = whole.clone();
            let place = rng.below(whole.len() as u32) as usize;
            flipped[place] ^= 1 << rng.below(8);
            let content = Content::parse(&flipped);
            assert!(content.trained.len() >= 11, "{place}");
            assert!(content.trained.len() == 12 || !content.damage.is_empty(), "{place}");
        }
    }

    #[test]
    fn overlays_are_appended_to_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/o.overlay");
        let Some(Record::Trained(trained)) = bytes(1).split(|&byte| byte == b'\n').find_map(parse_line) else {
            panic!("a record is read as it was written")
        };
        let overlay = Overlay::open(&path).unwrap();
        assert!(!path.exists());
        overlay.add(trained.clone()).unwrap();
        overlay.add(Trained { replicate: 1, ..trained.clone() }).unwrap();
        let again = Overlay::open(&path).unwrap();
        assert_eq!(again.find(trained.training, Arch(3), 0), Some(trained.clone()));
        assert_eq!(again.read(|content| (content.trained.len(), content.damage.len())), (2, 0));
        std::fs::write(&path, &bytes(1)[..40]).unwrap(); // cut in its only record
        assert_eq!(Overlay::open(&path).unwrap().read(|content| (content.trained.len(), content.damage.len())), (0, 1));
        std::fs::write(&path, "something else").unwrap();
        assert!(matches!(Overlay::open(&path), Err(OverlayError::Foreign { .. })));
    }
}
