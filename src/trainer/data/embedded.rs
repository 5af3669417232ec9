//! The image data sets that are part of the program; `data/README.md` tells their origin and licence.

use std::io::Read;

use flate2::read::GzDecoder;

use super::images::{Images, Pixels};

/// An embedded data set: IDX files, and how many images, in their order, are for training, validation and test.
struct Embedded {
    name: &'static str,
    images: &'static [u8],
    labels: &'static [u8],
    parts: [usize; 3],
}

const SETS: [Embedded; 2] = [
    Embedded {
        name: "digits",
        images: include_bytes!("../../../data/images/digits-images.idx.gz"),
        labels: include_bytes!("../../../data/images/digits-labels.idx.gz"),
        parts: [897, 450, 450],
    },
    Embedded {
        name: "fashion-mnist-8x8",
        images: include_bytes!("../../../data/images/fashion-mnist-8x8-images.idx.gz"),
        labels: include_bytes!("../../../data/images/fashion-mnist-8x8-labels.idx.gz"),
        parts: [4000, 4000, 4000],
    },
];

/// The names of the embedded data sets.
pub fn names() -> impl Iterator<Item = &'static str> {
    SETS.iter().map(|set| set.name)
}

/// The images for training, validation and test of an embedded data set.
pub(super) fn parts(name: &str) -> Option<[Images; 3]> {
    let set = SETS.iter().find(|set| set.name == name)?;
    let [training, validation, _] = set.parts;
    let (pixels, labels) = (content(set.images, 16), content(set.labels, 8));
    let part = |from: usize, count: usize| Images {
        shape: [1, 8, 8],
        pixels: Pixels::Bytes(pixels[64 * from..64 * (from + count)].to_vec()),
        labels: labels[from..from + count].iter().map(|&label| u16::from(label)).collect(),
    };
    Some([part(0, training), part(training, validation), part(training + validation, set.parts[2])])
}

/// The values of an IDX file after its header.
fn content(packed: &[u8], header: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).expect("the embedded files unpack: a test reads them");
    bytes.split_off(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sets_have_their_images() {
        for set in &SETS {
            let parts = parts(set.name).unwrap();
            assert_eq!(parts.each_ref().map(Images::len), set.parts);
            let total: usize = set.parts.iter().sum();
            assert_eq!((content(set.images, 16).len(), content(set.labels, 8).len()), (64 * total, total));
            for part in parts {
                let classes: std::collections::BTreeSet<u16> = part.labels.iter().copied().collect();
                assert_eq!(classes.into_iter().collect::<Vec<_>>(), (0..10).collect::<Vec<u16>>());
            }
        }
    }
}
