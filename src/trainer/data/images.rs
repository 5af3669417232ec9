//! Images with labels, as every source gives them.

use std::mem::discriminant;

use super::DataError;

/// The largest label of all: with it a data set has 65,535 classes.
pub(super) const LAST_LABEL: u16 = u16::MAX - 1;

/// Images with their labels, all of one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// Channels, height and width of each image.
    pub shape: [usize; 3],
    /// The pixels as `[images, channels, height, width]`, row-major.
    pub pixels: Pixels,
    /// A class number for each image.
    pub labels: Vec<u16>,
}

/// Pixels as the source stores them; nothing is scaled.
#[derive(Debug, Clone, PartialEq)]
pub enum Pixels {
    /// From 0 to 255.
    Bytes(Vec<u8>),
    /// All finite.
    Floats(Vec<f32>),
}

/// What a source holds: images meant for training and, where the source says so, images meant for testing only.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The images meant for training.
    pub train: Images,
    /// The images meant for validation, where the source says which.
    pub valid: Option<Images>,
    /// The images meant for testing only.
    pub test: Option<Images>,
    /// The number of classes; every label is smaller.
    pub classes: usize,
    /// The classes' names, where the source has them.
    pub names: Vec<String>,
}

impl Images {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

impl Parts {
    /// All parts, with as many classes as the largest label of any says; validation and test images come with what messages call them.
    ///
    /// # Errors
    /// Names the images that have another shape or another type than those for training.
    pub(super) fn by_labels(
        train: Images,
        valid: Option<(String, Images)>,
        test: Option<(String, Images)>,
    ) -> Result<Self, DataError> {
        for (file, images) in valid.iter().chain(&test) {
            same_kind(file, &train, images)?;
        }
        let [valid, test] = [valid, test].map(|part| part.map(|(_, images)| images));
        let parts = [Some(&train), valid.as_ref(), test.as_ref()];
        let labels = parts.into_iter().flatten().flat_map(|part| &part.labels);
        let classes = labels.max().map_or(0, |&last| usize::from(last) + 1);
        Ok(Self { train, valid, test, classes, names: Vec::new() })
    }
}

fn same_kind(file: &str, train: &Images, test: &Images) -> Result<(), DataError> {
    let file = file.to_owned();
    if train.shape != test.shape {
        let (expected, found) = (shape(train.shape) + " as in the images for training", shape(test.shape));
        return Err(DataError::Shape { file, expected, found });
    }
    if discriminant(&train.pixels) != discriminant(&test.pixels) {
        let expected = format!("{} as in the images for training", kind(&train.pixels));
        return Err(DataError::Type { file, expected, found: kind(&test.pixels).into() });
    }
    Ok(())
}

fn kind(pixels: &Pixels) -> &'static str {
    match pixels {
        Pixels::Bytes(_) => "bytes",
        Pixels::Floats(_) => "floats",
    }
}

/// How messages write a shape.
pub(super) fn shape([channels, height, width]: [usize; 3]) -> String {
    format!("{channels} x {height} x {width} (channels, height, width)")
}

/// Checks that there are images and that they have pixels.
///
/// # Errors
/// Names `file` when there is no image, or one of its axes is 0.
pub(super) fn not_empty(file: &str, images: usize, of: [usize; 3]) -> Result<(), DataError> {
    let file = file.to_owned();
    if images == 0 {
        return Err(DataError::Empty { file });
    }
    if of.contains(&0) {
        return Err(DataError::Shape { file, expected: "images with pixels".into(), found: shape(of) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(shape: [usize; 3], pixels: Pixels, labels: &[u16]) -> Images {
        Images { shape, pixels, labels: labels.to_vec() }
    }

    #[test]
    fn classes_are_counted_over_both_parts() {
        let train = images([1, 1, 1], Pixels::Bytes(vec![0; 2]), &[0, 3]);
        let test = images([1, 1, 1], Pixels::Bytes(vec![0]), &[LAST_LABEL]);
        assert_eq!(Parts::by_labels(train.clone(), None, None).unwrap().classes, 4);
        assert_eq!(Parts::by_labels(train, None, Some(("f".into(), test))).unwrap().classes, 65_535);
    }

    #[test]
    fn test_images_must_be_like_the_others() {
        let train = images([1, 1, 1], Pixels::Bytes(vec![0]), &[0]);
        let wide = images([1, 1, 2], Pixels::Bytes(vec![0; 2]), &[0]);
        let floats = images([1, 1, 1], Pixels::Floats(vec![0.0]), &[0]);
        assert!(matches!(
            Parts::by_labels(train.clone(), Some(("f".into(), wide)), None),
            Err(DataError::Shape { .. })
        ));
        assert!(matches!(Parts::by_labels(train, None, Some(("f".into(), floats))), Err(DataError::Type { .. })));
    }
}
