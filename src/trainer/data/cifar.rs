//! The "binary version" of CIFAR-10 and CIFAR-100, described at <https://www.cs.toronto.edu/~kriz/cifar.html>.
//!
//! A file is a row of records: the label in one byte (CIFAR-100: the coarse label, then the fine one), then 3,072
//! bytes, the red, green and blue plane of an image of 32 x 32 pixels.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;

use tar::Archive;

use super::bytes::{Stream, gunzip, name};
use super::{DataError, Images, Parts, Pixels};

const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;

/// What an archive may hold besides the records: its own headers and a few short texts.
const SLACK: u64 = 1 << 20;

/// Which of the two data sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ten classes.
    Cifar10,
    /// A hundred classes; the twenty coarse ones are not used.
    Cifar100,
}

/// The content of each file.
type Files = HashMap<&'static str, Vec<u8>>;

/// The files of a data set.
struct Layout {
    folder: &'static str,
    train: &'static [&'static str],
    test: &'static str,
    /// Records in each file for training and in the one for testing.
    records: [usize; 2],
    /// The number of classes for each label of a record; the last label is used.
    classes: &'static [u8],
}

const CIFAR10: Layout = Layout {
    folder: "cifar-10-batches-bin",
    train: &["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
    test: "test_batch.bin",
    records: [10_000; 2],
    classes: &[10],
};

const CIFAR100: Layout = Layout {
    folder: "cifar-100-binary",
    train: &["train.bin"],
    test: "test.bin",
    records: [50_000, 10_000],
    classes: &[20, 100],
};

/// Reads the published `.tar.gz`, the folder in it, or a folder that contains that folder.
///
/// Images have the shape `[3, 32, 32]`; there are always images for testing.
///
/// # Errors
/// Names the file that is missing, has another size than the published one, or holds a label out of range.
pub fn read(path: &Path, kind: Kind) -> Result<Parts, DataError> {
    let layout = match kind {
        Kind::Cifar10 => CIFAR10,
        Kind::Cifar100 => CIFAR100,
    };
    layout.read(path)
}

impl Layout {
    fn read(&self, path: &Path) -> Result<Parts, DataError> {
        let mut files = if path.is_dir() { self.read_folder(path)? } else { self.read_archive(path)? };
        let train = self.split(path, self.train, &mut files)?;
        let test = Some(self.split(path, &[self.test], &mut files)?);
        let classes = self.classes.last().map_or(0, |&classes| classes.into());
        Ok(Parts { train, valid: None, test, classes, names: Vec::new() })
    }

    /// The names and sizes of all files.
    fn files(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let [train, test] = self.records.map(|records| (records * self.record()) as u64);
        self.train.iter().map(move |&file| (file, train)).chain([(self.test, test)])
    }

    /// The bytes of a record.
    fn record(&self) -> usize {
        self.classes.len() + PIXELS
    }

    fn read_folder(&self, path: &Path) -> Result<Files, DataError> {
        let inner = path.join(self.folder);
        let folder = if inner.is_dir() { &inner } else { path };
        let mut files = Files::new();
        for (file, size) in self.files() {
            let path = folder.join(file);
            if !path.exists() {
                return Err(DataError::Missing { place: name(folder), names: vec![file.into()] });
            }
            files.insert(file, Stream::open(&path)?.rest(size)?);
        }
        Ok(files)
    }

    /// Unpacks no more than the data set has, whatever the archive holds.
    fn read_archive(&self, path: &Path) -> Result<Files, DataError> {
        let total = self.files().map(|(_, size)| size).sum::<u64>() + SLACK;
        let mut archive = Archive::new(gunzip(path)?.take(total));
        let mut files = Files::new();
        let damaged = |error: io::Error| {
            let (file, expected) = (name(path), "a tar archive packed with gzip".into());
            DataError::Kind { file, expected, found: error.to_string() }
        };
        for entry in archive.entries().map_err(damaged)? {
            let entry = entry.map_err(damaged)?;
            let inside = entry.path().map_err(damaged)?.into_owned();
            let known = self.files().find(|(file, _)| inside.file_name() == Some(OsStr::new(file)));
            if let Some((file, size)) = known {
                let label = format!("{}: {}", path.display(), inside.display());
                files.insert(file, Stream::packed(label, entry).rest(size)?);
            }
        }
        let mut rest = archive.into_inner();
        io::copy(&mut rest, &mut io::sink()).map_err(damaged)?;
        if rest.limit() == 0 {
            return Err(DataError::Trailing { file: name(path), expected: total - SLACK, found: total });
        }
        Ok(files)
    }

    /// The images of these files, each of which has its right size.
    fn split(&self, place: &Path, names: &[&'static str], files: &mut Files) -> Result<Images, DataError> {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for &file in names {
            let missing = || DataError::Missing { place: name(place), names: vec![file.into()] };
            let records = files.remove(file).ok_or_else(missing)?;
            for (index, record) in records.chunks_exact(self.record()).enumerate() {
                let (label, planes) = record.split_at(self.classes.len());
                if let Some((&found, &classes)) =
                    label.iter().zip(self.classes).find(|(label, classes)| label >= classes)
                {
                    let file = format!("{}: {file}", name(place));
                    return Err(DataError::Label { file, index, last: u16::from(classes) - 1, found: found.into() });
                }
                labels.extend(label.last().copied().map(u16::from));
                pixels.extend_from_slice(planes);
            }
        }
        Ok(Images { shape: SHAPE, pixels: Pixels::Bytes(pixels), labels })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    const SMALL: Layout =
        Layout { folder: "small", train: &["a.bin", "b.bin"], test: "t.bin", records: [2, 1], classes: &[2, 3] };

    fn record(coarse: u8, fine: u8, pixel: u8) -> Vec<u8> {
        [vec![coarse, fine], vec![pixel; PIXELS]].concat()
    }

    fn files() -> Vec<(&'static str, Vec<u8>)> {
        let a = [record(0, 2, 10), record(1, 0, 11)].concat();
        let b = [record(0, 1, 12), record(1, 2, 13)].concat();
        vec![("a.bin", a), ("b.bin", b), ("t.bin", record(1, 1, 14))]
    }

    fn write(folder: &Path, files: &[(&str, Vec<u8>)]) {
        fs::create_dir_all(folder).unwrap();
        files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
    }

    fn pack(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, format!("small/{name}"), bytes.as_slice()).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn reads_folders_and_archives() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("small");
        write(&inner, &files());
        let parts = SMALL.read(&inner).unwrap();
        assert_eq!((parts.train.labels.as_slice(), parts.classes), ([2, 0, 1, 2].as_slice(), 3));
        let Pixels::Bytes(pixels) = &parts.train.pixels else { panic!("floats") };
        assert_eq!((pixels.len(), pixels[0], pixels[PIXELS], pixels[3 * PIXELS]), (4 * PIXELS, 10, 11, 13));
        assert_eq!(parts.test.as_ref().unwrap().labels, [1]);
        assert_eq!(SMALL.read(root.path()).unwrap(), parts);
        let archive = root.path().join("small.tar.gz");
        fs::write(&archive, pack(&files())).unwrap();
        assert_eq!(SMALL.read(&archive).unwrap(), parts);
    }

    #[test]
    fn cut_and_long_files_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let record = PIXELS + 2;
        for (length, cut) in [(0, true), (1, true), (record, true), (2 * record - 1, true), (2 * record + 1, false)] {
            let mut files = files();
            files[1].1.resize(length, 0);
            write(root.path(), &files);
            let error = SMALL.read(root.path()).unwrap_err();
            let (expected, found) = (2 * record as u64, length as u64);
            match error {
                DataError::Cut { expected: e, found: f, .. } if cut => assert_eq!((e, f), (expected, found)),
                DataError::Trailing { expected: e, found: f, .. } if !cut => assert_eq!((e, f), (expected, found)),
                other => panic!("{length}: {other}"),
            }
        }
    }

    #[test]
    fn every_cut_of_an_archive_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("small.tar.gz");
        let whole = pack(&files());
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(SMALL.read(&path).is_err(), "{cut} of {}", whole.len());
        }
        fs::write(&path, pack(&files()[..2])).unwrap();
        assert!(matches!(SMALL.read(&path), Err(DataError::Missing { names, .. }) if names == ["t.bin"]));
        let junk = [vec![7; SMALL.record()], vec![0; 9]].concat();
        fs::write(&path, pack(&[("t.bin", junk)])).unwrap();
        assert!(matches!(SMALL.read(&path), Err(DataError::Trailing { .. })));
    }

    #[test]
    fn labels_are_checked() {
        for (byte, last) in [(0, 1), (1, 2)] {
            let root = tempfile::tempdir().unwrap();
            let mut files = files();
            files[0].1[PIXELS + 2 + byte] = 9;
            write(root.path(), &files);
            let error = SMALL.read(root.path()).unwrap_err();
            assert!(matches!(&error, DataError::Label { index: 1, last: l, found: 9, .. } if *l == last), "{error}");
            assert!(error.to_string().contains("a.bin"));
        }
    }

    #[test]
    fn published_sizes_are_expected() {
        let sizes = |layout: &Layout| layout.files().map(|(_, size)| size).collect::<Vec<_>>();
        assert_eq!(sizes(&CIFAR10), [30_730_000; 6]);
        assert_eq!(sizes(&CIFAR100), [153_700_000, 30_740_000]);
        let root = tempfile::tempdir().unwrap();
        let error = read(root.path(), Kind::Cifar10).unwrap_err();
        assert!(matches!(&error, DataError::Missing { names, .. } if names == &["data_batch_1.bin"]), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("binary version")));
        assert!(read(&root.path().join("none"), Kind::Cifar100).is_err());
    }
}
