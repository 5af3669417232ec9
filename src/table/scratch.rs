//! Columns that are too many for memory while they are read: each waits in a file of its own until the table is written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use bytemuck::Pod;

use super::error::TableError;
use super::schema::ElementType;
use crate::base::LEFT_OVER;

/// How many rows are read at once.
const ROWS_AT_ONCE: usize = 512;

/// Numbers `[rows, replicates, epochs]` in a temporary file, NaN where nothing was written; replicates are added as they are met.
///
/// The file has a plane `[rows, epochs]` for each replicate; what is not written takes no room on the disk. It has no name: nothing of it
/// stays, even where the process is killed.
pub struct ScratchColumn {
    file: File,
    path: PathBuf,
    rows: usize,
    epochs: usize,
    element: ElementType,
    /// For each replicate, which rows were written.
    written: Vec<Vec<bool>>,
    /// Which epochs have a number in any row.
    measured: Vec<bool>,
    /// The replicates and the epochs that the column shows, in this order.
    shown: Option<(Vec<usize>, Vec<usize>)>,
}

impl ScratchColumn {
    /// Makes an empty column, whose file stands in `folder`.
    ///
    /// # Errors
    /// Names the file that the operating system refuses.
    pub fn create(folder: &Path, element: ElementType, rows: usize, epochs: usize) -> Result<Self, TableError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".column-{number}.{}{LEFT_OVER}", std::process::id()));
        let opened = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = opened.map_err(|source| TableError::Io { file: path.display().to_string(), source })?;
        _ = fs::remove_file(&path); // the open file stays: it is gone with the process, however that ends
        let measured = vec![false; epochs];
        Ok(Self { file, path, rows, epochs, element, written: Vec::new(), measured, shown: None })
    }

    /// Adds a replicate without numbers and returns its place.
    ///
    /// # Errors
    /// Says why the file cannot grow.
    pub fn add_replicate(&mut self) -> Result<usize, TableError> {
        let planes = self.written.len() as u64 + 1;
        self.file.set_len(planes * self.offset(self.rows, 0)).map_err(|source| self.fault(source))?;
        self.written.push(vec![false; self.rows]);
        Ok(self.written.len() - 1)
    }

    /// Writes the numbers of a row's replicate, one an epoch.
    ///
    /// # Errors
    /// Refuses places and lengths that the column does not have, and says why the file cannot be written.
    pub fn write(&mut self, row: usize, replicate: usize, values: &[f64]) -> Result<(), TableError> {
        let is_there = self.written.get(replicate).is_some_and(|rows| row < rows.len());
        if !is_there || values.len() != self.epochs {
            let what = format!("no place for {} numbers in row {row} of replicate {replicate}", values.len());
            return Err(self.fault(io::Error::new(io::ErrorKind::InvalidInput, what)));
        }
        let bytes: Vec<u8> = match self.element {
            ElementType::F32 => values.iter().flat_map(|&value| (value as f32).to_ne_bytes()).collect(),
            ElementType::F64 => values.iter().flat_map(|value| value.to_ne_bytes()).collect(),
        };
        let place = SeekFrom::Start(self.offset(row, replicate));
        self.file.seek(place).and_then(|_| self.file.write_all(&bytes)).map_err(|source| self.fault(source))?;
        self.written[replicate][row] = true;
        self.measured.iter_mut().zip(values).for_each(|(measured, value)| *measured |= !value.is_nan());
        Ok(())
    }

    /// The places of the epochs at which any row has a number.
    pub fn measured_epochs(&self) -> Vec<usize> {
        (0..self.epochs).filter(|&epoch| self.measured[epoch]).collect()
    }

    /// Leaves these replicates and epochs, by their places, in this order; places that are not there are left out.
    pub fn show(&mut self, replicates: Vec<usize>, epochs: Vec<usize>) {
        let replicates = replicates.into_iter().filter(|&place| place < self.written.len()).collect();
        let epochs = epochs.into_iter().filter(|&place| place < self.epochs).collect();
        self.shown = Some((replicates, epochs));
    }

    /// How the numbers are stored.
    pub fn element(&self) -> ElementType {
        self.element
    }

    /// The shape `[rows, replicates, epochs]` that the column shows.
    pub fn shape(&self) -> [usize; 3] {
        let (replicates, epochs) = self.places();
        [self.rows, replicates.len(), epochs.len()]
    }

    /// Reads what the column shows, row by row; `T` is the number of the column's element type, and `missing` its NaN.
    pub(super) fn load<T: Pod>(&self, missing: T) -> Result<Vec<T>, TableError> {
        let [rows, replicates, epochs] = self.shape();
        let mut numbers = vec![missing; rows * replicates * epochs];
        if epochs > 0 {
            let (places, kept) = self.places();
            for (shown, &replicate) in places.iter().enumerate() {
                let mut rows = numbers.chunks_exact_mut(epochs).skip(shown).step_by(replicates);
                self.load_replicate(replicate, &kept, &mut rows).map_err(|source| self.fault(source))?;
            }
        }
        Ok(numbers)
    }

    /// Reads a replicate into one slice a row; rows that were not written stay as they are.
    fn load_replicate<'a, T: Pod>(
        &self,
        replicate: usize,
        epochs: &[usize],
        rows: &mut impl Iterator<Item = &'a mut [T]>,
    ) -> io::Result<()> {
        let mut buffer = vec![T::zeroed(); ROWS_AT_ONCE * self.epochs];
        for first in (0..self.rows).step_by(ROWS_AT_ONCE) {
            let count = ROWS_AT_ONCE.min(self.rows - first);
            let written = &self.written[replicate][first..first + count];
            let part = &mut buffer[..count * self.epochs];
            if written.contains(&true) {
                (&self.file).seek(SeekFrom::Start(self.offset(first, replicate)))?;
                (&self.file).read_exact(bytemuck::cast_slice_mut(part))?;
            }
            for ((from, to), is_written) in part.chunks_exact(self.epochs).zip(&mut *rows).zip(written) {
                if *is_written {
                    to.iter_mut().zip(epochs).for_each(|(to, &epoch)| *to = from[epoch]);
                }
            }
        }
        Ok(())
    }

    fn places(&self) -> (Vec<usize>, Vec<usize>) {
        let all = || ((0..self.written.len()).collect(), (0..self.epochs).collect());
        self.shown.clone().unwrap_or_else(all)
    }

    /// Where a row of a replicate begins in the file.
    fn offset(&self, row: usize, replicate: usize) -> u64 {
        let size = match self.element {
            ElementType::F32 => 4,
            ElementType::F64 => 8,
        };
        (replicate as u64 * self.rows as u64 + row as u64) * self.epochs as u64 * size
    }

    fn fault(&self, source: io::Error) -> TableError {
        TableError::Io { file: self.path.display().to_string(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_the_order_that_is_shown_and_the_file_goes() {
        let folder = tempfile::tempdir().unwrap();
        let mut column = ScratchColumn::create(folder.path(), ElementType::F32, 700, 3).unwrap();
        assert_eq!((column.add_replicate().unwrap(), column.add_replicate().unwrap()), (0, 1));
        column.write(600, 0, &[1.0, f64::NAN, 3.0]).unwrap();
        column.write(0, 1, &[4.0, f64::NAN, 6.0]).unwrap();
        assert_eq!(column.measured_epochs(), [0, 2]);
        column.show(vec![1, 0], column.measured_epochs());
        assert_eq!(column.shape(), [700, 2, 2]);
        let numbers = column.load(f32::NAN).unwrap();
        let there: Vec<_> = numbers.iter().enumerate().filter(|(_, value)| !value.is_nan()).collect();
        assert_eq!(there, [(0, &4.0), (1, &6.0), (2_402, &1.0), (2_403, &3.0)]);
        assert!(column.write(700, 0, &[0.0; 3]).is_err() && column.write(0, 2, &[0.0; 3]).is_err());
        assert!(column.write(0, 0, &[0.0; 2]).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
