//! A training written out for other programs: network, initial weights, data, and the order of all epochs, as raw little-endian numbers
//! with a JSON description.

use std::path::Path;

use serde::Serialize;

use super::data::{Images, View};
use super::net::Graph;
use super::recipe::Recipe;
use super::train::Training;
use crate::base::{FileError, write_whole};

/// What `training.json` says.
#[derive(Serialize)]
struct Description<'a> {
    arch: &'a str,
    graph: &'a Graph,
    recipe: &'a Recipe,
    classes: usize,
    /// Images of the parts: `train-images.f32` is `[images, channels, height, width]`, normalised; `train-labels.u16`.
    images: [(&'static str, usize); 3],
    /// `weights.f32` holds these one after another.
    weights: Vec<Weight>,
    /// `order.u32` holds for each epoch the order of all training images.
    epochs: u32,
    /// `rates.f64` holds the learning rate of every batch.
    batches: usize,
}

#[derive(Serialize)]
struct Weight {
    node: usize,
    shape: Vec<usize>,
}

impl Training<'_> {
    /// Writes the training into a folder that exists. Recipes that change images (`flip`, `crop_padding`) are written without the
    /// changes.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn export(&self, folder: &Path) -> Result<(), FileError> {
        let begin = self.begin();
        let nodes = 0..self.graph.nodes.len();
        let weights =
            nodes.flat_map(|node| self.graph.weights(node).into_iter().map(move |shape| Weight { node, shape }));
        let parts = [("train", &self.data.train), ("valid", &self.data.valid), ("test", &self.data.test)];
        let batches = self.batches();
        let description = Description {
            arch: self.arch,
            graph: self.graph,
            recipe: self.recipe,
            classes: self.data.classes,
            images: parts.map(|(name, part)| (name, part.len())),
            weights: weights.collect(),
            epochs: self.recipe.epochs,
            batches,
        };
        let json = serde_json::to_string_pretty(&description).unwrap_or_default(); // plain data is always JSON
        write_whole(&folder.join("training.json"), json.as_bytes())?;
        let weights: Vec<f32> = begin.state.weights.iter().flatten().flatten().copied().collect();
        write_whole(&folder.join("weights.f32"), bytemuck::cast_slice(&weights))?;
        let order = (0..self.recipe.epochs).flat_map(|epoch| self.order(epoch).0).map(|image| image as u32);
        write_whole(&folder.join("order.u32"), bytemuck::cast_slice(&order.collect::<Vec<u32>>()))?;
        let all = batches as u64 * u64::from(self.recipe.epochs);
        let rates: Vec<f64> = (0..all).map(|batch| self.recipe.rate(batch, all)).collect();
        write_whole(&folder.join("rates.f64"), bytemuck::cast_slice(&rates))?;
        parts.into_iter().try_for_each(|(name, part)| self.export_part(folder, name, part))
    }

    fn export_part(&self, folder: &Path, name: &str, part: &Images) -> Result<(), FileError> {
        let mut pixels = Vec::new();
        let mut one = Vec::new();
        for image in 0..part.len() {
            self.data.batch(part, std::iter::once((image, View::default())), &mut one);
            pixels.extend_from_slice(&one);
        }
        write_whole(&folder.join(format!("{name}-images.f32")), bytemuck::cast_slice(&pixels))?;
        write_whole(&folder.join(format!("{name}-labels.u16")), bytemuck::cast_slice(&part.labels))
    }
}
