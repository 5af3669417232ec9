//! A folder of class folders with PNG or JPEG images, the layout that torchvision's `ImageFolder` reads too.

use std::ffi::OsString;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use image::{ColorType, DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::bytes::{LIMIT, hex, name, open};
use super::images::{LAST_LABEL, not_empty, shape};
use super::{DataError, Images, Parts, Pixels};

/// The largest width and height that are read.
const SIDE: u32 = 4096;

/// The most that decoding one image may allocate, and the largest file.
const ALLOCATION: u64 = 256 << 20;

/// The most classes a data set may have.
const CLASSES: usize = LAST_LABEL as usize + 1;

/// What each format begins and ends with; a decoder alone would forgive a cut file.
const FORMATS: [(ImageFormat, &[u8], &[u8]); 2] = [
    (ImageFormat::Png, b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"),
    (ImageFormat::Jpeg, b"\xff\xd8\xff", b"\xff\xd9"),
];

/// Reads the images of `path/CLASS/` or, where `path/train/` holds folders, of `path/train/CLASS/` and, if they exist,
/// `path/valid/CLASS/` (or `path/val/CLASS/`) and `path/test/CLASS/`; other folders beside these are refused. Labels are 0, 1, ... in the order of the classes'
/// names, and the images of a class come in the order of theirs. Files whose name begins with a dot are skipped.
///
/// Images have the shape `[3, height, width]`, or `[1, height, width]` when all are grey; an opaque alpha channel is
/// dropped.
///
/// # Errors
/// Names the file that is no PNG or JPEG, is cut, has another size than the first, transparent pixels or 16 bits a
/// channel, and the folder that is empty or belongs to a class only known from testing.
pub fn read(path: &Path) -> Result<Parts, DataError> {
    let inner = path.join("train");
    let split = inner.is_dir() && list(&inner)?.iter().any(|entry| entry.is_dir());
    let folder = if split { inner } else { path.to_owned() };
    let classes = class_names(&folder)?;
    let train = files(&folder, &classes)?;
    if split {
        refuse_unknown(path)?;
    }
    let part = |name: &str| -> Result<Vec<Labelled>, DataError> {
        let place = path.join(name);
        if !split || !place.is_dir() {
            return Ok(Vec::new());
        }
        known(&place, &folder, &classes)?;
        files(&place, &classes)
    };
    let (valid, test) = (VALID.iter().map(|name| part(name)).collect::<Result<Vec<_>, _>>()?.concat(), part("test")?);
    let shape = inspect(train.iter().chain(&valid).chain(&test))?;
    let train = decode(&folder, &train, shape)?;
    let decoded = |files: Vec<Labelled>| (!files.is_empty()).then(|| decode(path, &files, shape)).transpose();
    let names = classes.iter().map(|class| class.to_string_lossy().into_owned()).collect();
    Ok(Parts { train, valid: decoded(valid)?, test: decoded(test)?, classes: classes.len(), names })
}

/// What the folder of the validation images may be called.
const VALID: [&str; 2] = ["valid", "val"];

/// A folder beside `train/` that is not understood would be ignored.
fn refuse_unknown(path: &Path) -> Result<(), DataError> {
    let known = ["train", "valid", "val", "test"];
    let folders = list(path)?.into_iter().filter(|entry| entry.is_dir());
    let mut names = folders.filter_map(|entry| Some(entry.file_name()?.to_string_lossy().into_owned()));
    match names.find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(found) => {
            let known = known.map(str::to_owned).to_vec();
            Err(DataError::Unknown { place: name(path), known, found })
        }
    }
}

/// An image's file and its label.
type Labelled = (PathBuf, u16);

/// What is in a folder, by name, without hidden files.
fn list(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let io = |source| DataError::Io { file: name(folder), source };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

fn class_names(folder: &Path) -> Result<Vec<OsString>, DataError> {
    let folders = list(folder)?.into_iter().filter(|entry| entry.is_dir());
    let classes: Vec<OsString> = folders.filter_map(|entry| entry.file_name().map(ToOwned::to_owned)).collect();
    match classes.len() {
        0 => Err(DataError::Missing {
            place: name(folder),
            names: vec!["CLASS/IMAGE.png".into(), "CLASS/IMAGE.jpg".into()],
        }),
        found if found > CLASSES => Err(DataError::Classes { file: name(folder), expected: CLASSES, found }),
        _ => Ok(classes),
    }
}

/// Checks that images for validation or testing are of classes that are trained.
fn known(test: &Path, train: &Path, classes: &[OsString]) -> Result<(), DataError> {
    match class_names(test)?.iter().find(|class| classes.binary_search(class).is_err()) {
        None => Ok(()),
        Some(class) => {
            let found = class.to_string_lossy().into_owned();
            Err(DataError::Untrained { file: name(test), train: name(train), found })
        }
    }
}

/// The images of the classes that the folder has; each has at least one.
fn files(folder: &Path, classes: &[OsString]) -> Result<Vec<Labelled>, DataError> {
    let mut files = Vec::new();
    for (class, label) in classes.iter().zip(0..) {
        let class = folder.join(class);
        if class.is_dir() {
            let images = list(&class)?;
            not_empty(&name(&class), images.len(), [1; 3])?;
            files.extend(images.into_iter().map(|image| (image, label)));
        }
    }
    Ok(files)
}

/// The shape that all images have: three channels as soon as one has colours.
fn inspect<'a>(files: impl Iterator<Item = &'a Labelled>) -> Result<[usize; 3], DataError> {
    let mut size = None;
    let mut channels = 1;
    for (path, _) in files {
        let bytes = whole(path)?;
        let decoder = reader(path, &bytes)?.into_decoder().map_err(|error| no_image(path, &error.to_string()))?;
        let found = decoder.dimensions();
        let expected = *size.get_or_insert(found);
        if found != expected {
            let [expected, found] = [expected, found].map(|(width, height)| format!("{width} x {height} pixels"));
            return Err(DataError::Shape { file: name(path), expected: expected + " as in the first image", found });
        }
        channels = channels.max(colours(path, decoder.color_type())?);
    }
    let (width, height) = size.unwrap_or_default();
    Ok([channels, height as usize, width as usize])
}

fn colours(path: &Path, colours: ColorType) -> Result<usize, DataError> {
    match colours {
        ColorType::L8 | ColorType::La8 => Ok(1),
        ColorType::Rgb8 | ColorType::Rgba8 => Ok(3),
        other => {
            let (expected, found) = ("an image of 8 bits a channel".into(), format!("{other:?}"));
            Err(DataError::Type { file: name(path), expected, found })
        }
    }
}

fn decode(folder: &Path, files: &[Labelled], of: [usize; 3]) -> Result<Images, DataError> {
    let [channels, height, width] = of;
    let plane = height * width;
    let total = files.len() as u128 * (channels * plane) as u128;
    not_empty(&name(folder), files.len(), of)?;
    if total > u128::from(LIMIT) {
        return Err(DataError::Large { file: name(folder), expected: LIMIT, found: total });
    }
    let mut pixels = Vec::with_capacity(files.len() * channels * plane);
    for (path, _) in files {
        let image = reader(path, &whole(path)?)?.decode().map_err(|error| no_image(path, &error.to_string()))?;
        opaque(path, &image)?;
        let found = [channels, image.height() as usize, image.width() as usize];
        if found != of {
            return Err(DataError::Shape { file: name(path), expected: shape(of), found: shape(found) });
        }
        let values = if channels == 1 { image.into_luma8().into_raw() } else { image.into_rgb8().into_raw() };
        (0..channels).for_each(|channel| pixels.extend(values.iter().skip(channel).step_by(channels)));
    }
    Ok(Images { shape: of, pixels: Pixels::Bytes(pixels), labels: files.iter().map(|(_, label)| *label).collect() })
}

/// Checks that dropping the alpha channel loses nothing.
fn opaque(path: &Path, image: &DynamicImage) -> Result<(), DataError> {
    let clear = match image {
        DynamicImage::ImageLumaA8(image) => image.pixels().any(|pixel| pixel.0[1] != u8::MAX),
        DynamicImage::ImageRgba8(image) => image.pixels().any(|pixel| pixel.0[3] != u8::MAX),
        _ => false,
    };
    if clear { Err(wrong(path, "opaque pixels", "transparent ones")) } else { Ok(()) }
}

/// The bytes of an image's file.
fn whole(path: &Path) -> Result<Vec<u8>, DataError> {
    let (file, length) = open(path)?;
    let mut bytes = Vec::new();
    file.take(ALLOCATION + 1).read_to_end(&mut bytes).map_err(|source| DataError::Io { file: name(path), source })?;
    if bytes.len() as u64 > ALLOCATION {
        return Err(DataError::Large { file: name(path), expected: ALLOCATION, found: length.into() });
    }
    Ok(bytes)
}

/// A decoder for the format that the first bytes tell, within limits.
fn reader<'a>(path: &Path, bytes: &'a [u8]) -> Result<ImageReader<Cursor<&'a [u8]>>, DataError> {
    let Some((format, _, end)) = FORMATS.iter().find(|(_, begin, _)| bytes.starts_with(begin)) else {
        let expected = "a PNG (89 50 4e 47 0d 0a 1a 0a) or JPEG image (ff d8 ff)";
        return Err(wrong(path, expected, &hex(&bytes[..bytes.len().min(8)])));
    };
    if !bytes.ends_with(end) {
        let tail = &bytes[bytes.len().saturating_sub(end.len())..];
        let expected = format!("an image that ends with {} (it is cut, or bytes follow it)", hex(end));
        return Err(wrong(path, &expected, &format!("{} after {} bytes", hex(tail), bytes.len())));
    }
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE), Some(SIDE));
    limits.max_alloc = Some(ALLOCATION);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), *format);
    reader.limits(limits);
    Ok(reader)
}

fn no_image(path: &Path, error: &str) -> DataError {
    wrong(path, &format!("an image of at most {SIDE} x {SIDE} pixels"), error)
}

fn wrong(path: &Path, expected: &str, found: &str) -> DataError {
    DataError::Kind { file: name(path), expected: expected.into(), found: found.into() }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, LumaA, Rgb, RgbImage, Rgba};

    use super::*;

    fn grey(width: u32, height: u32, value: u8) -> DynamicImage {
        GrayImage::from_pixel(width, height, Luma([value])).into()
    }

    fn save(root: &Path, place: &str, image: &DynamicImage) {
        let path = root.join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        image.save(path).unwrap();
    }

    fn bytes(parts: &Images) -> Vec<u8> {
        let Pixels::Bytes(bytes) = &parts.pixels else { panic!("floats") };
        bytes.clone()
    }

    #[test]
    fn reads_class_folders() {
        let root = tempfile::tempdir().unwrap();
        save(root.path(), "dog/2.png", &grey(2, 1, 9));
        save(root.path(), "cat/b.png", &grey(2, 1, 7));
        save(root.path(), "cat/a.png", &grey(2, 1, 5));
        fs::write(root.path().join("cat/.DS_Store"), b"x").unwrap();
        fs::write(root.path().join("README.md"), b"x").unwrap();
        let parts = read(root.path()).unwrap();
        assert_eq!((parts.classes, parts.test.is_none(), parts.train.shape), (2, true, [1, 1, 2]));
        assert_eq!((bytes(&parts.train), parts.train.labels), (vec![5, 5, 7, 7, 9, 9], vec![0, 0, 1]));
    }

    #[test]
    fn one_image_with_colours_makes_all_rgb() {
        let root = tempfile::tempdir().unwrap();
        let mut colours = RgbImage::from_pixel(2, 1, Rgb([1, 2, 3]));
        colours.put_pixel(1, 0, Rgb([4, 5, 6]));
        save(root.path(), "train/a/1.png", &colours.into());
        save(root.path(), "train/b/1.png", &grey(2, 1, 8));
        save(root.path(), "test/b/1.png", &grey(2, 1, 9));
        save(root.path(), "val/a/1.png", &grey(2, 1, 7));
        let parts = read(root.path()).unwrap();
        assert_eq!((parts.train.shape, parts.classes), ([3, 1, 2], 2));
        assert_eq!(bytes(&parts.train), [1, 4, 2, 5, 3, 6, 8, 8, 8, 8, 8, 8]);
        let [valid, test] = [parts.valid, parts.test].map(Option::unwrap);
        assert_eq!((bytes(&valid), valid.labels), (vec![7; 6], vec![0]));
        assert_eq!((bytes(&test), test.labels), (vec![9; 6], vec![1]));
        assert_eq!(parts.names, ["a", "b"]);
        save(root.path(), "validate/a/1.png", &grey(2, 1, 7));
        assert!(matches!(read(root.path()), Err(DataError::Unknown { found, .. }) if found == "validate"));
    }

    #[test]
    fn classes_of_both_parts_must_agree() {
        let root = tempfile::tempdir().unwrap();
        save(root.path(), "train/a/1.png", &grey(1, 1, 0));
        save(root.path(), "test/b/1.png", &grey(1, 1, 0));
        let error = read(root.path()).unwrap_err();
        assert!(matches!(&error, DataError::Untrained { found, .. } if found == "b"), "{error}");
    }

    #[test]
    fn empty_folders_are_refused() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(read(root.path()), Err(DataError::Missing { .. })));
        assert!(matches!(read(&root.path().join("none")), Err(DataError::Io { .. })));
        fs::create_dir(root.path().join("a")).unwrap();
        assert!(matches!(read(root.path()), Err(DataError::Empty { .. })));
        fs::create_dir(root.path().join("a/b")).unwrap();
        assert!(matches!(read(root.path()), Err(DataError::NotFile { .. })));
    }

    #[test]
    fn images_have_one_size_and_no_hidden_content() {
        let root = tempfile::tempdir().unwrap();
        save(root.path(), "a/1.png", &grey(2, 1, 0));
        save(root.path(), "a/2.png", &grey(1, 2, 0));
        assert!(matches!(read(root.path()), Err(DataError::Shape { .. })));
        let clear = image::RgbaImage::from_pixel(2, 1, Rgba([1, 2, 3, 254]));
        save(root.path(), "a/2.png", &clear.into());
        assert!(matches!(read(root.path()), Err(DataError::Kind { .. })));
        save(root.path(), "a/2.png", &image::ImageBuffer::from_pixel(2, 1, Luma([1_u16])).into());
        assert!(matches!(read(root.path()), Err(DataError::Type { .. })));
        let opaque = image::GrayAlphaImage::from_pixel(2, 1, LumaA([4, 255]));
        save(root.path(), "a/2.png", &opaque.into());
        assert_eq!(bytes(&read(root.path()).unwrap().train), [0, 0, 4, 4]);
        save(root.path(), "a/1.png", &grey(SIDE + 1, 1, 0));
        assert!(matches!(read(root.path()), Err(DataError::Kind { .. })));
    }

    #[test]
    fn every_cut_and_other_kinds_are_refused() {
        for file in ["a/1.png", "a/1.jpg"] {
            let root = tempfile::tempdir().unwrap();
            save(root.path(), file, &grey(3, 2, 100));
            assert_eq!(bytes(&read(root.path()).unwrap().train), [100; 6]);
            let path = root.path().join(file);
            let image = fs::read(&path).unwrap();
            for cut in 0..image.len() {
                fs::write(&path, &image[..cut]).unwrap();
                assert!(read(root.path()).is_err(), "{file}: {cut} of {}", image.len());
            }
            fs::write(&path, [image.as_slice(), b"x"].concat()).unwrap();
            assert!(read(root.path()).is_err());
            for byte in 0..image.len() {
                let mut flipped = image.clone();
                flipped[byte] ^= 0xff;
                fs::write(&path, flipped).unwrap();
                let outcome = read(root.path());
                assert!(byte > 1 || outcome.is_err(), "{file}: {byte}");
            }
        }
    }
}
