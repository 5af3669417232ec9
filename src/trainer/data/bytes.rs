//! Files whose length is checked while they are read.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::DataError;

/// Nothing larger than this is read into memory at once.
pub(super) const LIMIT: u64 = 8 << 30;

/// The first two bytes of every gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file, or something packed in a file, that is read once from its begin to its end.
pub(super) struct Stream<R> {
    /// What messages call it.
    pub file: String,
    reader: R,
    /// Its true length, which only an unpacked file tells beforehand.
    length: Option<u64>,
    taken: u64,
}

/// Opens an ordinary file and tells its length; pipes and devices, which could block for ever, are refused.
pub(super) fn open(path: &Path) -> Result<(BufReader<File>, u64), DataError> {
    let io = |source| DataError::Io { file: name(path), source };
    if !fs::metadata(path).map_err(io)?.is_file() {
        return Err(DataError::NotFile { file: name(path) });
    }
    let file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    Ok((BufReader::new(file), length))
}

/// How messages write a path.
pub(super) fn name(path: &Path) -> String {
    path.display().to_string()
}

/// How messages write bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "no bytes".into();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// Opens a gzip file for unpacking.
///
/// # Errors
/// Names the file when it does not begin as gzip does.
pub(super) fn gunzip(path: &Path) -> Result<MultiGzDecoder<impl io::BufRead + use<>>, DataError> {
    let (mut reader, _) = open(path)?;
    let mut head = Vec::new();
    reader.by_ref().take(2).read_to_end(&mut head).map_err(|source| DataError::Io { file: name(path), source })?;
    if head != GZIP {
        return Err(DataError::NotGzip { file: name(path), found: hex(&head) });
    }
    Ok(MultiGzDecoder::new(io::Cursor::new(GZIP).chain(reader)))
}

impl Stream<Box<dyn Read>> {
    /// Opens a file; one whose name ends in `.gz` is unpacked.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let file = name(path);
        if path.extension().is_some_and(|extension| extension == "gz") {
            return Ok(Self::packed(file, Box::new(gunzip(path)?)));
        }
        let (reader, length) = open(path)?;
        Ok(Self { file, reader: Box::new(reader), length: Some(length), taken: 0 })
    }
}

impl<R: Read> Stream<R> {
    /// Something that is unpacked from a file.
    pub fn packed(file: String, reader: R) -> Self {
        Self { file, reader, length: None, taken: 0 }
    }

    /// The next bytes.
    ///
    /// # Errors
    /// Names the file when it has fewer.
    pub fn take(&mut self, size: u64) -> Result<Vec<u8>, DataError> {
        let expected = self.taken.saturating_add(size);
        if size > LIMIT {
            return Err(DataError::Large { file: self.file.clone(), expected: LIMIT, found: size.into() });
        }
        if let Some(found) = self.length.filter(|&length| length < expected) {
            return Err(DataError::Cut { file: self.file.clone(), expected, found });
        }
        let bytes = self.read(size, expected)?;
        if (bytes.len() as u64) < size {
            let found = self.taken + bytes.len() as u64;
            return Err(DataError::Cut { file: self.file.clone(), expected, found });
        }
        self.taken = expected;
        Ok(bytes)
    }

    /// The next bytes, which must be the last.
    ///
    /// # Errors
    /// Names the file when it has fewer or more.
    pub fn rest(&mut self, size: u64) -> Result<Vec<u8>, DataError> {
        let bytes = self.take(size)?;
        let more = self.read(1, self.taken)?.len() as u64;
        if more > 0 {
            let found = self.length.unwrap_or(self.taken + more);
            return Err(DataError::Trailing { file: self.file.clone(), expected: self.taken, found });
        }
        Ok(bytes)
    }

    /// At most this many bytes. Only what an unpacked file truly has is allocated at once.
    fn read(&mut self, size: u64, expected: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        if let (Some(_), Ok(size)) = (self.length, usize::try_from(size)) {
            bytes.reserve_exact(size);
        }
        match self.reader.by_ref().take(size).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(source) if self.length.is_some() => Err(DataError::Io { file: self.file.clone(), source }),
            Err(source) => {
                let found = self.taken + bytes.len() as u64;
                Err(DataError::Packed { file: self.file.clone(), expected, found, source })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn lengths_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, packed) = (folder.path().join("a"), folder.path().join("a.gz"));
        fs::write(&plain, b"abcd").unwrap();
        fs::write(&packed, gzip(b"abcd")).unwrap();
        for path in [&plain, &packed] {
            let mut stream = Stream::open(path).unwrap();
            assert_eq!(stream.take(1).unwrap(), b"a");
            assert_eq!(stream.rest(3).unwrap(), b"bcd");
            let cut = Stream::open(path).unwrap().rest(u64::from(u32::MAX));
            assert!(matches!(cut, Err(DataError::Cut { expected: 0xffff_ffff, found: 4, .. })), "{cut:?}");
            let more = Stream::open(path).unwrap().rest(2);
            assert!(matches!(more, Err(DataError::Trailing { expected: 2, .. })), "{more:?}");
            let large = Stream::open(path).unwrap().rest(u64::MAX);
            assert!(matches!(large, Err(DataError::Large { .. })), "{large:?}");
        }
    }

    #[test]
    fn gzip_bombs_are_left_packed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gz");
        fs::write(&path, gzip(&vec![0; 1 << 24])).unwrap();
        let more = Stream::open(&path).unwrap().rest(10);
        assert!(matches!(more, Err(DataError::Trailing { expected: 10, found: 11, .. })), "{more:?}");
    }

    #[test]
    fn damaged_gzip_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gz");
        let whole = gzip(b"some bytes, some bytes");
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(Stream::open(&path).and_then(|mut stream| stream.rest(22)).is_err(), "{cut}");
        }
        fs::write(&path, [whole.as_slice(), b"junk"].concat()).unwrap();
        assert!(Stream::open(&path).unwrap().rest(22).is_err());
    }

    #[test]
    fn folders_are_no_files() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open(folder.path()), Err(DataError::NotFile { .. })));
        assert!(matches!(open(&folder.path().join("none")), Err(DataError::Io { .. })));
    }
}
