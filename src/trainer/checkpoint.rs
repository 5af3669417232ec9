//! Checkpoints: a training between two epochs, in a file beside the overlay.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::train::Progress;
use crate::base::{Digest, FileError, LEFT_OVER, write_whole};
use crate::space::Arch;

/// How often a checkpoint is written when its folder vanishes.
const ATTEMPTS: u32 = 100;

/// The file of one training's checkpoint.
pub struct Checkpoint {
    path: PathBuf,
    every: Duration,
    saved: Instant,
}

impl Checkpoint {
    /// The checkpoint of a training, in a folder that is made with the first one.
    pub fn new(folder: &Path, training: Digest, arch: Arch, replicate: u32, every: Duration) -> Self {
        let path = folder.join(format!("{}-{}-{replicate}.checkpoint", training.short(), arch.0));
        Self { path, every, saved: Instant::now() }
    }

    /// What was saved, if it is whole and of this program's version; anything else is as if nothing had been saved.
    pub fn load(&self) -> Option<Progress> {
        let bytes = fs::read(&self.path).ok()?;
        let (checksum, content) = bytes.split_at_checked(32)?;
        if checksum != Digest::of(content).0 {
            return None;
        }
        let (version, progress): (String, Progress) = postcard::from_bytes(content).ok()?;
        (version == env!("CARGO_PKG_VERSION")).then_some(progress)
    }

    /// Saves a training, unless one was saved a moment ago.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&mut self, progress: &Progress) -> Result<(), FileError> {
        if self.saved.elapsed() < self.every { Ok(()) } else { self.save_now(progress) }
    }

    /// Saves a training.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save_now(&mut self, progress: &Progress) -> Result<(), FileError> {
        let failed = |source| FileError { path: self.path.clone(), source };
        let content = postcard::to_allocvec(&(env!("CARGO_PKG_VERSION"), progress)).unwrap_or_default(); // plain data
        let bytes: Vec<u8> = Digest::of(&content).0.into_iter().chain(content).collect();
        let folder = self.path.parent().unwrap_or(&self.path);
        for attempt in 1.. {
            fs::create_dir_all(folder).map_err(failed)?;
            match write_whole(&self.path, &bytes) {
                // another training that ended has just removed the folder
                Err(error) if error.source.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => {}
                written => {
                    written?;
                    break;
                }
            }
        }
        self.saved = Instant::now();
        Ok(())
    }

    /// Removes what was saved, also half, and the folder with the last one. What cannot be removed does no harm.
    pub fn remove(&self) {
        let (Some(folder), Some(name)) = (self.path.parent(), self.path.file_name()) else { return };
        let name = name.to_string_lossy();
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let file = entry.file_name();
            let file = file.to_string_lossy();
            if file == name || file.starts_with(&format!(".{name}.")) && file.ends_with(LEFT_OVER) {
                _ = fs::remove_file(entry.path());
            }
        }
        _ = fs::remove_dir(folder); // fails while other checkpoints are there
    }
}
