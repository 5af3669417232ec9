//! A data set ready for training: three parts, normalised as they are gathered into batches.

use serde::{Deserialize, Serialize};

use super::embedded;
use super::images::{Images, Parts, Pixels};
use crate::base::{Digest, Hasher, Key, Rng, thousands};

/// A data set ready for training.
pub struct DataSet {
    /// What tables call it: the task.
    pub name: String,
    /// Images that are trained on.
    pub train: Images,
    /// Images that validation metrics are measured on.
    pub valid: Images,
    /// Images that test metrics are measured on.
    pub test: Images,
    /// The number of classes.
    pub classes: usize,
    /// The classes' names, where the source has them.
    pub class_names: Vec<String>,
    /// The digest of all three parts.
    pub digest: Digest,
    scaling: Vec<Scaling>,
}

/// How many images are taken for each part; what is left out is as [`DataSet::split`] says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Trained on.
    pub training: Option<usize>,
    /// For validation.
    pub validation: Option<usize>,
    /// For testing.
    pub test: Option<usize>,
}

/// What a data set is, in numbers: kept with what was trained on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Images that were trained on, that validated, and that tested.
    pub images: [usize; 3],
    /// The classes' names; empty where the source has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
}

impl Summary {
    /// The numbers of images to ask for, so that the same split comes out.
    pub fn counts(&self) -> Counts {
        let [training, validation, test] = self.images.map(Some);
        Counts { training, validation, test }
    }
}

/// What makes a channel's pixels have mean 0 and standard deviation 1 over the training images.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scaling {
    mean: f32,
    deviation: f32,
}

impl DataSet {
    /// An embedded data set.
    pub fn embedded(name: &str) -> Option<Self> {
        let [train, valid, test] = embedded::parts(name)?;
        Some(Self::new(name, [train, valid, test], 10, Vec::new()))
    }

    /// Splits what a source gave. The images meant for training are shuffled by a fixed draw keyed by the data set's name; the first
    /// of them (half, if not said otherwise, as NAS-Bench-201 does with CIFAR-10) are trained on, the next ones validate. Where the
    /// source holds no images meant for testing, the last fifth of the shuffled ones is set aside for that first. Where it holds images
    /// meant for validation, those validate and all others are trained on.
    ///
    /// # Errors
    /// Says when a part would be empty.
    pub fn split(name: &str, parts: Parts, counts: Counts) -> Result<Self, String> {
        let mut order: Vec<usize> = (0..parts.train.len()).collect();
        Rng::new(Key::derive(0, "split", &[name], 0)).shuffle(&mut order);
        let test = match parts.test {
            Some(test) => test,
            None => {
                let set_aside = order.split_off(order.len() - order.len() / 5);
                parts.train.select(&set_aside)
            }
        };
        if let Some(valid) = parts.valid {
            return Self::as_given(name, (parts.train.select(&order), valid, test), counts, parts.classes, parts.names);
        }
        let training = counts.training.unwrap_or(order.len() / 2);
        let validation = counts.validation.unwrap_or(order.len().saturating_sub(training));
        let testing = counts.test.unwrap_or(test.len());
        let (given, used) = ([order.len(), test.len()], [training.saturating_add(validation), testing]);
        if [training, validation, testing].contains(&0) || used[0] > given[0] || used[1] > given[1] {
            return Err(format!(
                "data set `{name}` has {} images for training and validation and {} for testing; {training}, {validation} and {testing} cannot be taken",
                given[0], given[1]
            ));
        }
        let (train, valid) = order[..used[0]].split_at(training);
        let (train, valid) = (parts.train.select(train), parts.train.select(valid));
        let test = if testing < test.len() { test.select(&(0..testing).collect::<Vec<_>>()) } else { test };
        Ok(Self::new(name, [train, valid, test], parts.classes, parts.names))
    }

    /// The parts that a source gave, the first of each where fewer are asked for.
    fn as_given(
        name: &str,
        (train, valid, test): (Images, Images, Images),
        counts: Counts,
        classes: usize,
        names: Vec<String>,
    ) -> Result<Self, String> {
        let given = [train.len(), valid.len(), test.len()];
        let asked = [counts.training, counts.validation, counts.test];
        let taken: [usize; 3] = std::array::from_fn(|part| asked[part].unwrap_or(given[part]));
        if (0..3).any(|part| taken[part] == 0 || taken[part] > given[part]) {
            let [training, validation, testing] = given;
            return Err(format!(
                "data set `{name}` has {training} images for training, {validation} for validation and {testing} for testing; {}, {} and {} cannot be taken",
                taken[0], taken[1], taken[2]
            ));
        }
        let first = |images: Images, count: usize| {
            if count < images.len() { images.select(&(0..count).collect::<Vec<_>>()) } else { images }
        };
        let parts = [first(train, taken[0]), first(valid, taken[1]), first(test, taken[2])];
        Ok(Self::new(name, parts, classes, names))
    }

    fn new(name: &str, [train, valid, test]: [Images; 3], classes: usize, class_names: Vec<String>) -> Self {
        let mut hasher = Hasher::default();
        hasher.part("classes", &(classes as u64).to_le_bytes());
        for (label, part) in [("train", &train), ("valid", &valid), ("test", &test)] {
            part.hash(label, &mut hasher);
        }
        let digest = hasher.finish();
        let scaling = train.scaling();
        Self { name: name.to_owned(), train, valid, test, classes, class_names, digest, scaling }
    }

    /// What it is, in numbers.
    pub fn summary(&self) -> Summary {
        let images = [self.train.len(), self.valid.len(), self.test.len()];
        Summary { images, class_names: self.class_names.clone() }
    }

    /// What it is, in a line: `1,500 train, 300 valid, 300 test, 3 classes, 1x12x12`.
    pub fn line(&self) -> String {
        let [channels, height, width] = self.shape();
        let [train, valid, test] = self.summary().images.map(thousands);
        format!("{train} train, {valid} valid, {test} test, {} classes, {channels}x{height}x{width}", self.classes)
    }

    /// Channels, height and width of an image.
    pub fn shape(&self) -> [usize; 3] {
        self.train.shape
    }

    /// Gathers images into a batch `[channels, images, height, width]`, normalised, each changed by its `view`.
    pub fn batch(&self, part: &Images, places: impl Iterator<Item = (usize, View)> + Clone, out: &mut Vec<f32>) {
        out.clear();
        for (channel, scaling) in self.scaling.iter().enumerate() {
            match &part.pixels {
                Pixels::Bytes(bytes) => {
                    let scaled: [f32; 256] = std::array::from_fn(|byte| scaling.of(byte as f32));
                    let of = |&byte: &u8| scaled[usize::from(byte)];
                    places.clone().for_each(|(image, view)| {
                        view.copy(part.plane(bytes, image, channel), part, scaled[0], of, out)
                    });
                }
                Pixels::Floats(floats) => {
                    let of = |&value: &f32| scaling.of(value);
                    let black = scaling.of(0.0);
                    places
                        .clone()
                        .for_each(|(image, view)| view.copy(part.plane(floats, image, channel), part, black, of, out));
                }
            }
        }
    }
}

/// How many images have each label.
fn count_labels(images: &Images, classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    images.labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    counts
}

/// A label far from the others makes classes that nothing is of, a class that is only tested cannot be learned, and one class alone teaches
/// nothing.
pub(super) fn check_labels(name: &str, parts: &Parts) -> Result<(), String> {
    let trained = count_labels(&parts.train, parts.classes);
    let others = [("validation", parts.valid.as_ref()), ("test", parts.test.as_ref())];
    let others: Vec<(&str, Vec<usize>)> =
        others.into_iter().filter_map(|(word, images)| Some((word, count_labels(images?, parts.classes)))).collect();
    let all = |class: usize| trained[class] + others.iter().map(|(_, counts)| counts[class]).sum::<usize>();
    let last = parts.classes.saturating_sub(1);
    if parts.names.is_empty()
        && let Some(empty) = (0..parts.classes).find(|&class| all(class) == 0)
    {
        let of_last = all(last);
        return Err(format!(
            "data set `{name}`: {of_last} images have label {last}, but none has label {empty}: labels count classes from 0"
        ));
    }
    if parts.classes < 2 {
        return Err(format!("data set `{name}`: all images are of one class, which teaches nothing"));
    }
    let untrained = others.iter().find_map(|(word, counts)| {
        let class = (0..parts.classes).find(|&class| counts[class] > 0 && trained[class] == 0)?;
        Some((word, counts[class], class))
    });
    match untrained {
        None => Ok(()),
        Some((word, count, class)) => {
            let named = parts.names.get(class).map(|name| format!(" (`{name}`)")).unwrap_or_default();
            Err(format!(
                "data set `{name}`: {count} {word} images are of class {class}{named}, of which no image is meant for training"
            ))
        }
    }
}

/// How a training image is changed: mirrored, and moved by some pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct View {
    /// Mirrored left to right.
    pub flip: bool,
    /// The window's offset down and right from the image's own place.
    pub shift: [isize; 2],
}

impl View {
    /// Copies a plane as it is seen; what lies outside is black.
    fn copy<T>(self, plane: &[T], of: &Images, black: f32, value: impl Fn(&T) -> f32, out: &mut Vec<f32>) {
        if self == Self::default() {
            out.extend(plane.iter().map(value));
            return;
        }
        let [_, height, width] = of.shape;
        let inside =
            |place: usize, shift: isize, length: usize| place.checked_add_signed(shift).filter(|&at| at < length);
        for row in 0..height {
            let row = inside(row, self.shift[0], height);
            out.extend((0..width).map(|column| {
                let column = inside(column, self.shift[1], width).map(|at| if self.flip { width - 1 - at } else { at });
                row.zip(column).map_or(black, |(row, column)| value(&plane[row * width + column]))
            }));
        }
    }
}

impl Scaling {
    fn of(self, pixel: f32) -> f32 {
        (pixel - self.mean) / self.deviation
    }
}

impl Images {
    fn pixels_each(&self) -> usize {
        self.shape.iter().product()
    }

    /// One channel of one image.
    fn plane<'a, T>(&self, pixels: &'a [T], image: usize, channel: usize) -> &'a [T] {
        let size = self.shape[1] * self.shape[2];
        &pixels[image * self.pixels_each() + channel * size..][..size]
    }

    /// Some of the images, in this order.
    pub fn select(&self, places: &[usize]) -> Self {
        let each = self.pixels_each();
        fn pick<T: Copy>(pixels: &[T], each: usize, places: &[usize]) -> Vec<T> {
            places.iter().flat_map(|&place| &pixels[each * place..each * (place + 1)]).copied().collect()
        }
        let pixels = match &self.pixels {
            Pixels::Bytes(bytes) => Pixels::Bytes(pick(bytes, each, places)),
            Pixels::Floats(floats) => Pixels::Floats(pick(floats, each, places)),
        };
        Self { shape: self.shape, pixels, labels: places.iter().map(|&place| self.labels[place]).collect() }
    }

    fn hash(&self, label: &str, hasher: &mut Hasher) {
        let shape: Vec<u64> = self.shape.iter().map(|&side| side as u64).collect();
        hasher.part(label, bytemuck::cast_slice(&shape));
        match &self.pixels {
            Pixels::Bytes(bytes) => hasher.part("bytes", bytes),
            Pixels::Floats(floats) => hasher.part("floats", bytemuck::cast_slice(floats)),
        };
        hasher.part("labels", bytemuck::cast_slice(&self.labels));
    }

    /// Each channel's mean and standard deviation; a channel of one colour is only centred.
    fn scaling(&self) -> Vec<Scaling> {
        (0..self.shape[0])
            .map(|channel| {
                let (sum, squares, count) = match &self.pixels {
                    Pixels::Bytes(bytes) => self.moments(bytes, channel, |&byte| f64::from(byte)),
                    Pixels::Floats(floats) => self.moments(floats, channel, |&value| f64::from(value)),
                };
                let mean = sum / count;
                let deviation = (squares / count - mean * mean).max(0.0).sqrt();
                Scaling { mean: mean as f32, deviation: if deviation > 0.0 { deviation as f32 } else { 1.0 } }
            })
            .collect()
    }

    /// Sum, sum of squares and number of a channel's pixels, added in the order of the images.
    fn moments<T>(&self, pixels: &[T], channel: usize, value: impl Fn(&T) -> f64) -> (f64, f64, f64) {
        let planes = (0..self.len()).flat_map(|image| self.plane(pixels, image, channel));
        planes.map(value).fold((0.0, 0.0, 0.0), |(sum, squares, count), x| (sum + x, squares + x * x, count + 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(train: usize, test: Option<usize>) -> Parts {
        let images = |count: usize| Images {
            shape: [2, 2, 3],
            pixels: Pixels::Bytes((0..12 * count).map(|place| (place * 7 % 256) as u8).collect()),
            labels: (0..count).map(|place| (place % 3) as u16).collect(),
        };
        Parts { train: images(train), valid: None, test: test.map(images), classes: 3, names: Vec::new() }
    }

    #[test]
    fn splits_are_fixed_and_part_the_images() {
        let counts = |training| Counts { training: Some(training), ..Counts::default() };
        let set = DataSet::split("toy", parts(20, Some(5)), Counts::default()).unwrap();
        assert_eq!([set.train.len(), set.valid.len(), set.test.len()], [10, 10, 5]);
        let again = DataSet::split("toy", parts(20, Some(5)), counts(10)).unwrap();
        assert_eq!(set.digest, again.digest);
        assert_ne!(set.digest, DataSet::split("other", parts(20, Some(5)), Counts::default()).unwrap().digest);
        let without = DataSet::split("toy", parts(20, None), counts(12)).unwrap();
        assert_eq!([without.train.len(), without.valid.len(), without.test.len()], [12, 4, 4]);
        assert!(DataSet::split("toy", parts(20, Some(5)), counts(20)).is_err());
        let few = Counts { training: Some(3), validation: Some(2), test: Some(1) };
        let set = DataSet::split("toy", parts(20, Some(5)), few).unwrap();
        assert_eq!([set.train.len(), set.valid.len(), set.test.len()], [3, 2, 1]);
    }

    #[test]
    fn given_validation_images_validate() {
        let given = Parts { valid: Some(parts(6, None).train), ..parts(20, Some(5)) };
        let set = DataSet::split("toy", given.clone(), Counts::default()).unwrap();
        assert_eq!(set.summary().images, [20, 6, 5]);
        assert_eq!(set.line(), "20 train, 6 valid, 5 test, 3 classes, 2x2x3");
        let again = DataSet::split("toy", given.clone(), set.summary().counts()).unwrap();
        assert_eq!(set.digest, again.digest);
        let fewer = Counts { training: Some(12), validation: Some(3), test: Some(4) };
        assert_eq!(DataSet::split("toy", given.clone(), fewer).unwrap().summary().images, [12, 3, 4]);
        assert!(DataSet::split("toy", given, Counts { validation: Some(7), ..fewer }).is_err());
    }

    #[test]
    fn classes_that_cannot_be_learned_are_refused() {
        let refused = |parts: Parts| check_labels("toy", &parts).unwrap_err();
        let mut odd = parts(20, Some(5));
        odd.train.labels[3] = 7;
        assert!(refused(Parts { classes: 8, ..odd }).contains("1 images have label 7, but none has label 3"));
        let mut alone = parts(20, None);
        alone.train.labels.fill(0);
        assert!(refused(Parts { classes: 1, ..alone }).contains("one class"));
        let mut tested = parts(20, Some(5));
        tested.train.labels.iter_mut().for_each(|label| *label %= 2);
        assert!(refused(tested).contains("1 test images are of class 2, of which no image is meant for training"));
    }

    #[test]
    fn batches_are_normalised_by_channel() {
        let set = DataSet::split("toy", parts(40, Some(5)), Counts::default()).unwrap();
        let mut batch = Vec::new();
        set.batch(&set.train, (0..20).map(|image| (image, View::default())), &mut batch);
        for channel in batch.chunks(20 * 6) {
            let mean = channel.iter().sum::<f32>() / channel.len() as f32;
            let square = channel.iter().map(|value| value * value).sum::<f32>() / channel.len() as f32;
            assert!(mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-5, "{mean} {square}");
        }
    }

    #[test]
    fn views_move_and_mirror() {
        let images = Images { shape: [1, 2, 2], pixels: Pixels::Bytes(vec![1, 2, 3, 4]), labels: vec![0] };
        let Pixels::Bytes(bytes) = &images.pixels else { unreachable!() };
        let seen = |flip, shift| {
            let mut out = Vec::new();
            View { flip, shift }.copy(bytes, &images, 0.0, |&byte| f32::from(byte), &mut out);
            out
        };
        assert_eq!(seen(true, [0, 0]), [2.0, 1.0, 4.0, 3.0]);
        assert_eq!(seen(false, [1, 0]), [3.0, 4.0, 0.0, 0.0]);
        assert_eq!(seen(true, [0, 1]), [1.0, 0.0, 3.0, 0.0]);
    }
}
