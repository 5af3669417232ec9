//! The IDX files of MNIST and Fashion-MNIST, described at <http://yann.lecun.com/exdb/mnist/>.
//!
//! Big-endian: a magic number (0x803 for images, 0x801 for labels), the size of each axis in 32 bits, then one byte a
//! value.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::bytes::{Stream, hex, name};
use super::images::not_empty;
use super::{DataError, Images, Parts, Pixels};

/// Reads a folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and, where they exist, the same files of
/// `t10k`; each may be packed as `.gz`, and names like `train-images.idx3-ubyte` are known too.
///
/// Images have the shape `[1, height, width]`; the largest label tells the number of classes.
///
/// # Errors
/// Names the file that is missing, of another kind, cut, too long, or at odds with the others.
pub fn read(path: &Path) -> Result<Parts, DataError> {
    let images = find(path, "train", "images-idx3")?;
    let labels = find(path, "train", "labels-idx1")?;
    let train = read_part(&images, &labels)?;
    let test = match (find(path, "t10k", "images-idx3"), find(path, "t10k", "labels-idx1")) {
        (Ok(images), Ok(labels)) => Some((name(&images), read_part(&images, &labels)?)),
        (Err(_), Err(_)) => None,
        (Err(half), _) | (_, Err(half)) => return Err(half),
    };
    Parts::by_labels(train, None, test)
}

fn find(folder: &Path, part: &str, kind: &str) -> Result<PathBuf, DataError> {
    let dotted = kind.replace("-idx", ".idx");
    let names: Vec<String> = [kind, &dotted]
        .iter()
        .flat_map(|kind| ["", ".gz"].map(|packed| format!("{part}-{kind}-ubyte{packed}")))
        .collect();
    let found = names.iter().map(|name| folder.join(name)).find(|path| path.exists());
    found.ok_or_else(|| DataError::Missing { place: name(folder), names })
}

fn read_part(images: &Path, labels: &Path) -> Result<Images, DataError> {
    let mut labels = Stream::open(labels)?;
    let mut images = Stream::open(images)?;
    let [count] = header(&mut labels, 0x0801)?;
    let [expected, height, width] = header(&mut images, 0x0803)?;
    let shape = [1, height as usize, width as usize];
    not_empty(&images.file, expected as usize, shape)?;
    if count != expected {
        let (expected, found) = (u64::from(expected), u64::from(count));
        return Err(DataError::Count { file: labels.file, images: images.file, expected, found });
    }
    let labels = labels.rest(count.into())?.into_iter().map(u16::from).collect();
    let bytes = u128::from(expected) * u128::from(height) * u128::from(width);
    let pixels = Pixels::Bytes(images.rest(u64::try_from(bytes).unwrap_or(u64::MAX))?);
    Ok(Images { shape, pixels, labels })
}

/// The sizes of the axes, after the magic number.
fn header<const AXES: usize>(stream: &mut Stream<impl Read>, magic: u32) -> Result<[u32; AXES], DataError> {
    let found = stream.take(4)?;
    if found != magic.to_be_bytes() {
        let expected = format!("an IDX file, which begins with {}", hex(&magic.to_be_bytes()));
        return Err(DataError::Kind { file: stream.file.clone(), expected, found: hex(&found) });
    }
    let sizes = stream.take(4 * AXES as u64)?;
    let (sizes, _) = sizes.as_chunks::<4>();
    let mut axes = [0; AXES];
    axes.iter_mut().zip(sizes).for_each(|(axis, size)| *axis = u32::from_be_bytes(*size));
    Ok(axes)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    const TRAIN: [&str; 2] = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"];

    fn idx(magic: u32, axes: &[u32], bytes: &[u8]) -> Vec<u8> {
        let head = [magic].iter().chain(axes).flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
        [head.as_slice(), bytes].concat()
    }

    fn images() -> Vec<u8> {
        idx(0x803, &[2, 1, 3], &[1, 2, 3, 4, 5, 6])
    }

    fn labels() -> Vec<u8> {
        idx(0x801, &[2], &[7, 0])
    }

    fn folder(images: &[u8], labels: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(TRAIN[0]), images).unwrap();
        fs::write(folder.path().join(TRAIN[1]), labels).unwrap();
        folder
    }

    fn gzip(path: &Path, bytes: &[u8]) {
        let mut encoder = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap();
    }

    #[test]
    fn reads_train_and_test() {
        let folder = folder(&images(), &labels());
        let parts = read(folder.path()).unwrap();
        let train = Images { shape: [1, 1, 3], pixels: Pixels::Bytes(vec![1, 2, 3, 4, 5, 6]), labels: vec![7, 0] };
        assert_eq!(parts, Parts { train, valid: None, test: None, classes: 8, names: Vec::new() });
        gzip(&folder.path().join("t10k-images.idx3-ubyte.gz"), &idx(0x803, &[1, 1, 3], &[7, 8, 9]));
        let half = read(folder.path()).unwrap_err();
        assert!(matches!(&half, DataError::Missing { names, .. } if names[0] == "t10k-labels-idx1-ubyte"), "{half}");
        gzip(&folder.path().join("t10k-labels-idx1-ubyte.gz"), &idx(0x801, &[1], &[9]));
        let parts = read(folder.path()).unwrap();
        assert_eq!((parts.test.unwrap().pixels, parts.classes), (Pixels::Bytes(vec![7, 8, 9]), 10));
    }

    #[test]
    fn test_images_have_the_same_shape() {
        let folder = folder(&images(), &labels());
        fs::write(folder.path().join("t10k-images-idx3-ubyte"), idx(0x803, &[1, 3, 1], &[7, 8, 9])).unwrap();
        fs::write(folder.path().join("t10k-labels-idx1-ubyte"), idx(0x801, &[1], &[9])).unwrap();
        assert!(matches!(read(folder.path()), Err(DataError::Shape { .. })));
    }

    #[test]
    fn every_cut_and_every_trailing_byte_is_refused() {
        let (images, labels) = (images(), labels());
        for cut in 0..images.len() {
            let error = read(folder(&images[..cut], &labels).path()).unwrap_err();
            assert!(matches!(error, DataError::Cut { found, .. } if found == cut as u64), "{cut}: {error}");
        }
        for cut in 0..labels.len() {
            let error = read(folder(&images, &labels[..cut]).path()).unwrap_err();
            assert!(matches!(error, DataError::Cut { found, .. } if found == cut as u64), "{cut}: {error}");
        }
        let longer = [images.as_slice(), &[0]].concat();
        assert!(matches!(read(folder(&longer, &labels).path()), Err(DataError::Trailing { expected: 22, .. })));
        let longer = [labels.as_slice(), &[0]].concat();
        assert!(matches!(read(folder(&images, &longer).path()), Err(DataError::Trailing { expected: 10, .. })));
    }

    #[test]
    fn wrong_heads_are_refused() {
        for byte in 0..4 {
            let (mut wrong, mut swapped) = (images(), labels());
            wrong[byte] ^= 1;
            swapped[byte] ^= 1;
            assert!(matches!(read(folder(&wrong, &labels()).path()), Err(DataError::Kind { .. })));
            assert!(matches!(read(folder(&images(), &swapped).path()), Err(DataError::Kind { .. })));
        }
        let huge = idx(0x803, &[2, u32::MAX, u32::MAX], &[]);
        assert!(matches!(read(folder(&huge, &labels()).path()), Err(DataError::Large { .. })));
        let wide = idx(0x803, &[2, 1 << 15, 1 << 15], &[]);
        let error = read(folder(&wide, &labels()).path()).unwrap_err();
        assert!(matches!(error, DataError::Cut { expected: 0x8000_0010, found: 16, .. }), "{error}");
        let flat = idx(0x803, &[2, 0, 3], &[]);
        assert!(matches!(read(folder(&flat, &labels()).path()), Err(DataError::Shape { .. })));
    }

    #[test]
    fn labels_belong_to_images() {
        let three = idx(0x801, &[3], &[1, 2, 3]);
        let error = read(folder(&images(), &three).path()).unwrap_err();
        assert!(matches!(error, DataError::Count { expected: 2, found: 3, .. }), "{error}");
        let none = idx(0x803, &[0, 1, 3], &[]);
        assert!(matches!(read(folder(&none, &idx(0x801, &[0], &[])).path()), Err(DataError::Empty { .. })));
    }

    #[test]
    fn missing_and_unpacked_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path()).unwrap_err();
        assert!(matches!(&error, DataError::Missing { names, .. } if names.len() == 4), "{error}");
        fs::write(folder.path().join("train-images-idx3-ubyte.gz"), images()).unwrap();
        fs::write(folder.path().join("train-labels-idx1-ubyte"), labels()).unwrap();
        let error = read(folder.path()).unwrap_err();
        assert!(matches!(&error, DataError::NotGzip { found, .. } if found == "00 00"), "{error}");
        assert!(error.hint().is_some());
    }
}
