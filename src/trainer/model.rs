//! A network with weights: forward and backward passes through burn.
//!
//! Images lie in memory channel by channel, `[channels, images, height, width]`: a 1x1 convolution is then one matrix product, batch
//! norms read contiguous memory, and concatenation copies whole blocks. Weights live on the host, where they are drawn, stepped and
//! saved; each step lends them to the device.

use burn::tensor::module::{avg_pool2d, batch_norm_train, conv2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData, activation};
use serde::{Deserialize, Serialize};

use super::loss::{self, Targets};
use super::net::{Function, Graph, Op};
use super::optimizer::Memory;
use super::recipe::{Initial, Recipe};
use crate::base::Rng;

/// Planes of at most so many pixels are averaged by one product with a matrix of their size, larger ones by two products.
const SMALL_PLANE: usize = 64;

/// Everything that training changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Each node's weights, in the order of [`Graph::weights`].
    pub weights: Vec<Vec<Vec<f32>>>,
    /// What the optimizer remembers of each.
    memory: Vec<Vec<Memory>>,
    /// Each batch norm's running mean and variance.
    running: Vec<Option<[Vec<f32>; 2]>>,
}

/// A network on a device.
pub struct Model<'a> {
    graph: &'a Graph,
    recipe: &'a Recipe,
    device: Device,
    live: Vec<bool>,
    /// The node whose output a batch norm alone reads, where it is a convolution: evaluated as one layer.
    folded: Vec<Option<usize>>,
}

/// A network's weights on its device, for evaluation: a batch norm that alone reads a convolution is folded into it.
pub struct Frozen(Vec<Vec<Leaf>>);

/// What a node gives.
#[derive(Clone)]
enum Value {
    /// `[channels, images, height, width]`.
    Image(Tensor<4>),
    /// `[images, length]`.
    Flat(Tensor<2>),
}

/// A weight on the device.
enum Leaf {
    Vector(Tensor<1>),
    Matrix(Tensor<2>),
    Kernel(Tensor<4>),
}

impl State {
    /// Draws the weights of a network, node by node.
    pub fn draw(graph: &Graph, recipe: &Recipe, rng: &mut Rng) -> Self {
        let (mut weights, mut memory, mut running) = (Vec::new(), Vec::new(), Vec::new());
        for (node, layer) in graph.nodes.iter().enumerate() {
            let shapes = graph.weights(node);
            let norm = layer.op == Op::BatchNorm;
            let drawn: Vec<Vec<f32>> = shapes
                .iter()
                .enumerate()
                .map(|(place, shape)| {
                    if norm {
                        vec![if place == 0 { 1.0 } else { 0.0 }; shape[0]]
                    } else {
                        draw(&shapes[0], shape, recipe.weights, rng)
                    }
                })
                .collect();
            memory.push(drawn.iter().map(|weights| recipe.optimizer.memory(weights.len())).collect());
            running.push(norm.then(|| [vec![0.0; layer.shape[0]], vec![1.0; layer.shape[0]]]));
            weights.push(drawn);
        }
        Self { weights, memory, running }
    }

    /// Whether every weight is a number.
    pub fn is_finite(&self) -> bool {
        self.weights.iter().flatten().flatten().all(|weight| weight.is_finite())
    }
}

/// Draws a weight of `shape` of the layer whose first weight has the shape `layer`.
fn draw(layer: &[usize], shape: &[usize], initial: Initial, rng: &mut Rng) -> Vec<f32> {
    let inputs = if layer.len() == 4 { layer[1..].iter().product::<usize>() } else { layer[0] };
    let count = shape.iter().product();
    match initial {
        Initial::UniformFanIn => {
            let bound = 1.0 / (inputs as f64).sqrt();
            (0..count).map(|_| ((2.0 * rng.unit() - 1.0) * bound) as f32).collect()
        }
        Initial::VarianceScaling if shape.len() == 1 => vec![0.0; count],
        Initial::VarianceScaling => {
            let deviation = (1.0 / inputs as f64).sqrt() / CUT_DEVIATION;
            (0..count).map(|_| (cut_normal(rng) * deviation) as f32).collect()
        }
    }
}

/// The standard deviation of a standard normal number that is cut at 2.
const CUT_DEVIATION: f64 = 0.879_625_661_034_239_8;

/// A standard normal number of absolute value at most 2, by Box and Muller's transform with rejection.
fn cut_normal(rng: &mut Rng) -> f64 {
    loop {
        let radius = (-2.0 * libm::log(1.0 - rng.unit())).sqrt();
        let normal = radius * libm::cos(2.0 * std::f64::consts::PI * rng.unit());
        if normal.abs() <= 2.0 {
            return normal;
        }
    }
}

impl<'a> Model<'a> {
    /// A network on a device.
    pub fn new(graph: &'a Graph, recipe: &'a Recipe, device: &Device) -> Self {
        let readers = graph.readers();
        let fold = |node: usize| {
            let source = *graph.nodes[node].from.first()?;
            let conv = matches!(graph.nodes[source].op, Op::Conv { .. });
            (graph.nodes[node].op == Op::BatchNorm && conv && readers[source] == 1).then_some(source)
        };
        let folded = (0..graph.nodes.len()).map(fold).collect();
        Self { graph, recipe, device: device.clone(), live: graph.live(), folded }
    }

    /// Where it is.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// One step of training on a batch `[channels, images, height, width]`; returns what the batch scored before the step.
    pub fn step(&self, state: &mut State, batch: &[f32], targets: &Targets, rate: f64) -> loss::Score {
        let device = self.device.clone().autodiff();
        let leaves = self.leaves(&state.weights, &device);
        let (logits, statistics) = self.forward(&leaves, self.images(batch, targets.len(), &device));
        let (score, gradient) = loss::score_and_gradient(&to_vec(logits.clone().inner()), targets);
        let gradient = Tensor::<2>::from_data(TensorData::new(gradient, logits.dims()), &device);
        let mut gradients = (logits * gradient).sum().backward();
        for (node, leaves) in leaves.iter().enumerate() {
            for (place, leaf) in leaves.iter().enumerate() {
                let Some(gradient) = leaf.gradient(&mut gradients) else { continue };
                let memory = &mut state.memory[node][place];
                self.recipe.optimizer.step(rate, &mut state.weights[node][place], &gradient, memory);
            }
        }
        for (node, mean, variance) in statistics {
            let count = targets.len() * self.pixels(node);
            self.follow(&mut state.running[node], &to_vec(mean), &to_vec(variance), count);
        }
        score
    }

    /// Prepares a state for [`Model::evaluate`].
    pub fn freeze(&self, state: &State) -> Frozen {
        let nodes = self.graph.nodes.len();
        let mut layers: Vec<Vec<Leaf>> = (0..nodes).map(|_| Vec::new()).collect();
        for node in (0..nodes).filter(|&node| self.live[node]) {
            let lend = |values: Vec<f32>, shape: &[usize]| Leaf::new(values, shape, &self.device, false);
            let shapes = self.graph.weights(node);
            let Some(running) = &state.running[node] else {
                layers[node] = state.weights[node]
                    .iter()
                    .zip(&shapes)
                    .map(|(values, shape)| lend(values.clone(), shape))
                    .collect();
                continue;
            };
            let [scale, shift] = self.affine(&state.weights[node], running);
            layers[node] = match self.folded[node] {
                None => vec![lend(scale, &shapes[0]), lend(shift, &shapes[1])],
                Some(conv) => {
                    let shape = &self.graph.weights(conv)[0];
                    let mut kernel = state.weights[conv][0].clone();
                    let each = kernel.len() / shape[0];
                    kernel
                        .chunks_exact_mut(each)
                        .zip(&scale)
                        .for_each(|(part, scale)| part.iter_mut().for_each(|weight| *weight *= scale));
                    layers[conv] = vec![lend(kernel, shape), lend(shift, &shapes[1])];
                    Vec::new()
                }
            };
        }
        Frozen(layers)
    }

    /// The scale and shift by which a batch norm changes images when it is evaluated.
    fn affine(&self, weights: &[Vec<f32>], [means, variances]: &[Vec<f32>; 2]) -> [Vec<f32>; 2] {
        let epsilon = self.recipe.norm_epsilon as f32;
        let scale: Vec<f32> =
            weights[0].iter().zip(variances).map(|(scale, variance)| scale / (variance + epsilon).sqrt()).collect();
        let shift =
            weights[1].iter().zip(means).zip(&scale).map(|((shift, mean), scale)| shift - mean * scale).collect();
        [scale, shift]
    }

    /// Scores a batch `[channels, images, height, width]` by a frozen network.
    pub fn evaluate(&self, frozen: &Frozen, batch: &[f32], targets: &Targets) -> loss::Score {
        let logits = self.walk(self.images(batch, targets.len(), &self.device), |node, values| {
            let leaves = &frozen.0[node];
            match (&self.graph.nodes[node].op, leaves.as_slice()) {
                (Op::BatchNorm, []) => values.take(self.graph.nodes[node].from[0]),
                (Op::BatchNorm, [Leaf::Vector(scale), Leaf::Vector(shift)]) => {
                    let image = values.image(self.graph.nodes[node].from[0]);
                    let channels = image.dims()[0];
                    let column = |vector: &Tensor<1>| vector.clone().reshape([channels, 1, 1, 1]);
                    Value::Image(image * column(scale) + column(shift))
                }
                (Op::Conv { .. }, [_, Leaf::Vector(bias)]) => {
                    self.layer(node, values, &leaves[..1], Some(bias.clone()))
                }
                _ => self.layer(node, values, leaves, None),
            }
        });
        loss::score(&to_vec(logits), targets)
    }

    fn pixels(&self, node: usize) -> usize {
        let [_, height, width] = self.graph.nodes[node].shape;
        height * width
    }

    /// Running statistics follow a batch; the variance without bias, as PyTorch and TensorFlow keep it.
    fn follow(&self, running: &mut Option<[Vec<f32>; 2]>, mean: &[f32], variance: &[f32], count: usize) {
        let Some([means, variances]) = running else { return };
        let momentum = self.recipe.norm_momentum as f32;
        let unbiased = count as f32 / (count.max(2) - 1) as f32;
        let towards = |old: &mut f32, new: f32| *old = (1.0 - momentum) * *old + momentum * new;
        means.iter_mut().zip(mean).for_each(|(old, &new)| towards(old, new));
        variances.iter_mut().zip(variance).for_each(|(old, &new)| towards(old, unbiased * new));
    }

    fn images(&self, batch: &[f32], images: usize, device: &Device) -> Tensor<4> {
        let [channels, height, width] = self.graph.input;
        Tensor::from_data(TensorData::new(batch.to_vec(), [channels, images, height, width]), device)
    }

    /// The weights of the nodes that are computed, to be differentiated.
    fn leaves(&self, weights: &[Vec<Vec<f32>>], device: &Device) -> Vec<Vec<Leaf>> {
        let of_node = |node: usize| {
            let shapes = self.graph.weights(node);
            let leaf = |(values, shape): (&Vec<f32>, &Vec<usize>)| Leaf::new(values.clone(), shape, device, true);
            if self.live[node] { weights[node].iter().zip(&shapes).map(leaf).collect() } else { Vec::new() }
        };
        (0..self.graph.nodes.len()).map(of_node).collect()
    }

    /// The logits of a training batch, and the statistics that each batch norm met: node, mean, variance.
    fn forward(&self, leaves: &[Vec<Leaf>], images: Tensor<4>) -> (Tensor<2>, Vec<(usize, Tensor<1>, Tensor<1>)>) {
        let mut statistics = Vec::new();
        let logits = self.walk(images, |node, values| match &self.graph.nodes[node].op {
            Op::BatchNorm => {
                let (Leaf::Vector(scale), Leaf::Vector(shift)) = (&leaves[node][0], &leaves[node][1]) else {
                    unreachable!("a batch norm has two vectors")
                };
                let input = values.image(self.graph.nodes[node].from[0]);
                let dims = input.dims();
                let [channels, images, height, width] = dims;
                let strip = input.reshape([1, channels, images * height, width]);
                let normed = batch_norm_train(strip, scale.clone(), shift.clone(), self.recipe.norm_epsilon);
                statistics.push((node, normed.mean.inner(), normed.variance.inner()));
                Value::Image(normed.output.reshape(dims))
            }
            _ => self.layer(node, values, &leaves[node], None),
        });
        (logits, statistics)
    }

    /// Walks through the nodes that reach the output and returns its logits; a value is dropped with its last reader.
    fn walk(&self, images: Tensor<4>, mut compute: impl FnMut(usize, &mut Values) -> Value) -> Tensor<2> {
        let nodes = vec![None; self.graph.nodes.len()];
        let (count, device, readers) = (images.dims()[1], images.device(), self.graph.readers());
        let mut values = Values { images: count, device, values: nodes, readers };
        values.values[0] = Some(Value::Image(images));
        for node in (1..self.graph.nodes.len()).filter(|&node| self.live[node]) {
            let value = compute(node, &mut values);
            values.values[node] = Some(value);
        }
        match values.values.swap_remove(self.graph.output) {
            Some(Value::Flat(logits)) => logits,
            _ => unreachable!("the output is a linear layer"),
        }
    }

    /// A layer other than a training batch norm; `bias` goes with a convolution.
    fn layer(&self, node: usize, values: &mut Values, leaves: &[Leaf], bias: Option<Tensor<1>>) -> Value {
        let layer = &self.graph.nodes[node];
        let from = layer.from[0];
        match (&layer.op, leaves) {
            (Op::Linear { .. }, [Leaf::Matrix(weight), Leaf::Vector(bias)]) => {
                Value::Flat(values.flat(from).matmul(weight.clone()) + bias.clone().unsqueeze())
            }
            (Op::Conv { .. }, [Leaf::Matrix(weight)]) => {
                Value::Image(pointwise(values.image(from), weight.clone(), bias))
            }
            (&Op::Conv { stride, padding, .. }, [Leaf::Kernel(weight)]) => {
                let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
                Value::Image(conv2d(values.image(from).swap_dims(0, 1), weight.clone(), bias, options).swap_dims(0, 1))
            }
            (Op::Activation { function }, _) => match values.take(from) {
                Value::Image(image) => Value::Image(function.apply(image)),
                Value::Flat(flat) => Value::Flat(function.apply(flat)),
            },
            (&Op::MaxPool { kernel, stride, padding }, _) => Value::Image(max_pool2d(
                values.image(from),
                MaxPoolOptions {
                    kernel_size: [kernel; 2],
                    stride: [stride; 2],
                    padding: [(padding, padding); 2],
                    dilation: [1; 2],
                    ceil_mode: false,
                },
            )),
            (&Op::AvgPool { kernel, stride, padding }, _) => {
                Value::Image(average(values.image(from), kernel, stride, padding))
            }
            (Op::GlobalAvgPool, _) => {
                let image = values.image(from);
                let [channels, images, height, width] = image.dims();
                let mean = image.reshape([channels * images, height * width]).mean_dim(1);
                Value::Flat(mean.reshape([channels, images]).transpose())
            }
            (Op::Flatten, _) => {
                let image = values.image(from);
                let [channels, images, height, width] = image.dims();
                Value::Flat(image.swap_dims(0, 1).reshape([images, channels * height * width]))
            }
            (Op::Add, _) => {
                let mut terms = layer.from.iter().map(|&source| values.image(source)).collect::<Vec<_>>().into_iter();
                let first = terms.next().unwrap_or_else(|| unreachable!("a sum has terms"));
                Value::Image(terms.fold(first, |sum, term| sum + term))
            }
            (Op::Concat, _) => {
                let parts = layer.from.iter().map(|&source| values.image(source)).collect();
                Value::Image(Tensor::cat(parts, 0))
            }
            (&Op::Narrow { outputs }, _) => Value::Image(values.image(from).narrow(0, 0, outputs)),
            (&Op::Zero { outputs }, _) => {
                let [_, height, width] = layer.shape;
                Value::Image(Tensor::zeros([outputs, values.images, height, width], &values.device))
            }
            _ => unreachable!("node {node}: the graph and its weights belong together"),
        }
    }
}

/// The values of the nodes, each kept until its last reader has it.
struct Values {
    images: usize,
    device: Device,
    values: Vec<Option<Value>>,
    readers: Vec<usize>,
}

impl Values {
    fn take(&mut self, node: usize) -> Value {
        self.readers[node] -= 1;
        let value = if self.readers[node] == 0 { self.values[node].take() } else { self.values[node].clone() };
        value.unwrap_or_else(|| unreachable!("nodes stand after those that they read"))
    }

    fn image(&mut self, node: usize) -> Tensor<4> {
        match self.take(node) {
            Value::Image(image) => image,
            Value::Flat(_) => unreachable!("node {node} is read as an image"),
        }
    }

    fn flat(&mut self, node: usize) -> Tensor<2> {
        match self.take(node) {
            Value::Flat(flat) => flat,
            Value::Image(_) => unreachable!("node {node} is read as a flat vector"),
        }
    }
}

impl Leaf {
    fn new(values: Vec<f32>, shape: &[usize], device: &Device, tracked: bool) -> Self {
        fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device, tracked: bool) -> Tensor<D> {
            let tensor = Tensor::from_data(TensorData::new(values, shape), device);
            if tracked { tensor.require_grad() } else { tensor }
        }
        match *shape {
            [length] => Self::Vector(tensor(values, [length], device, tracked)),
            [outputs, inputs, 1, 1] | [outputs, inputs] => {
                Self::Matrix(tensor(values, [outputs, inputs], device, tracked))
            }
            [outputs, inputs, height, width] => {
                Self::Kernel(tensor(values, [outputs, inputs, height, width], device, tracked))
            }
            _ => unreachable!("weights have one, two or four axes"),
        }
    }

    fn gradient(&self, gradients: &mut burn::tensor::Gradients) -> Option<Vec<f32>> {
        match self {
            Self::Vector(tensor) => tensor.grad_remove(gradients).map(to_vec),
            Self::Matrix(tensor) => tensor.grad_remove(gradients).map(to_vec),
            Self::Kernel(tensor) => tensor.grad_remove(gradients).map(to_vec),
        }
    }
}

impl Function {
    fn apply<const D: usize>(self, input: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Relu => activation::relu(input),
            Self::LeakyRelu => activation::leaky_relu(input, 0.01),
            Self::Gelu => activation::gelu(input),
            Self::Tanh => activation::tanh(input),
            Self::Sigmoid => activation::sigmoid(input),
        }
    }
}

/// A 1x1 convolution of stride 1: one matrix product.
fn pointwise(image: Tensor<4>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<4> {
    let [channels, images, height, width] = image.dims();
    let outputs = weight.dims()[0];
    let product = weight.matmul(image.reshape([channels, images * height * width]));
    let product = match bias {
        Some(bias) => product + bias.reshape([outputs, 1]),
        None => product,
    };
    product.reshape([outputs, images, height, width])
}

/// Average pooling that does not count the border. With stride 1 and an odd kernel it is a product with constant matrices: of the whole
/// plane where that is small, otherwise of rows and then columns.
fn average(image: Tensor<4>, kernel: usize, stride: usize, padding: usize) -> Tensor<4> {
    let dims = image.dims();
    let [channels, images, height, width] = dims;
    if stride != 1 || kernel != 2 * padding + 1 {
        let options = AvgPoolOptions {
            kernel_size: [kernel; 2],
            stride: [stride; 2],
            padding: [(padding, padding); 2],
            count_include_pad: false,
            ceil_mode: false,
        };
        return avg_pool2d(image, options);
    }
    let device = image.device();
    let (rows, columns) = (averaging(height, padding), averaging(width, padding));
    let matrix = |values: Vec<f32>, side: usize| Tensor::<2>::from_data(TensorData::new(values, [side; 2]), &device);
    if height * width <= SMALL_PLANE {
        let side = height * width;
        let weight = |place: usize| {
            let (from, to) = (place / side, place % side);
            rows[from / width * height + to / width] * columns[from % width * width + to % width]
        };
        let plane = matrix((0..side * side).map(weight).collect(), side);
        return image.reshape([channels * images, side]).matmul(plane).reshape(dims);
    }
    let planes = channels * images;
    let by_column = image.reshape([planes * height, width]).matmul(matrix(columns, width));
    let turned = by_column.reshape([planes, height, width]).swap_dims(1, 2).reshape([planes * width, height]);
    turned.matmul(matrix(rows, height)).reshape([planes, width, height]).swap_dims(1, 2).reshape(dims)
}

/// The matrix `[from, to]` that averages along one axis: a place's neighbours up to `reach` away, as far as there are any.
fn averaging(length: usize, reach: usize) -> Vec<f32> {
    let weight = |from: usize, to: usize| {
        let neighbours = (to + reach).min(length - 1) - to.saturating_sub(reach) + 1;
        if from.abs_diff(to) <= reach { 1.0 / neighbours as f32 } else { 0.0 }
    };
    (0..length * length).map(|place| weight(place / length, place % length)).collect()
}

fn to_vec<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap_or_else(|error| unreachable!("all tensors hold f32: {error:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Key;
    use crate::space::{Cell201, Space};
    use crate::trainer::net::{cell101, cell201};

    const CELL: &str = "|nor_conv_3x3~0|+|avg_pool_3x3~0|none~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|";

    fn recipe(more: &str) -> Recipe {
        let text = "epochs = 1\nbatch = 4\nlearning_rate = 1.0\noptimizer = { kind = \"sgd\" }\n";
        Recipe::parse(&format!("{text}{more}")).unwrap()
    }

    fn rng() -> Rng {
        Rng::new(Key::derive(3, "test", &[], 0))
    }

    fn numbers(count: usize) -> Vec<f32> {
        let mut rng = rng();
        (0..count).map(|_| (2.0 * rng.unit() - 1.0) as f32).collect()
    }

    fn graphs() -> Vec<Graph> {
        let arch = Cell201.parse(CELL).unwrap();
        let zeros = Cell201.parse("|none~0|+|none~0|none~1|+|nor_conv_1x1~0|nor_conv_3x3~1|none~2|").unwrap();
        let cell = cell101::Cell {
            sources: vec![vec![0], vec![0, 1], vec![1], vec![0, 2, 3]],
            operations: vec![cell101::Operation::Conv3x3, cell101::Operation::MaxPool3x3, cell101::Operation::Conv1x1],
        };
        vec![
            cell201::micro(arch, 3, [2, 4, 4], 3),
            cell201::micro(zeros, 3, [2, 4, 4], 3),
            cell201::published(arch, 2, 1, [2, 12, 12], 3),
            cell101::graph(&cell, 3, [2, 4, 4], 3),
        ]
    }

    /// A step of plain gradient descent at rate 1 moves each weight by its gradient, which is compared with differences of the loss.
    #[test]
    fn steps_follow_the_gradient() {
        let recipe = recipe("");
        for graph in graphs() {
            let model = Model::new(&graph, &recipe, &Device::flex());
            let begin = State::draw(&graph, &recipe, &mut rng());
            let images = numbers(4 * graph.input.iter().product::<usize>());
            let targets = Targets { labels: &[0, 2, 1, 2], classes: 3, smoothing: 0.1 };
            let mut after = begin.clone();
            model.step(&mut after, &images, &targets, 1.0);
            let loss = |state: &State| model.step(&mut state.clone(), &images, &targets, 0.0).mean_loss();
            let mut compared = 0;
            for (node, weights) in begin.weights.iter().enumerate() {
                for place in 0..weights.len() {
                    let gradient: Vec<f64> = weights[place]
                        .iter()
                        .zip(&after.weights[node][place])
                        .map(|(&before, &after)| f64::from(before) - f64::from(after))
                        .collect();
                    let norm = gradient.iter().map(|slope| slope * slope).sum::<f64>().sqrt();
                    if norm < 1e-3 {
                        continue; // no difference to be measured
                    }
                    let along = |by: f64| {
                        let mut moved = begin.clone();
                        let weights = moved.weights[node][place].iter_mut().zip(&gradient);
                        weights.for_each(|(weight, slope)| *weight += (by * slope / norm) as f32);
                        loss(&moved)
                    };
                    // short steps drown in rounding, long ones meet kinks: one of them must agree
                    let slopes = [1e-2, 2e-3, 5e-4, 1e-4].map(|step| (along(step) - along(-step)) / (2.0 * step));
                    let agrees = |slope: &f64| (slope - norm).abs() < 0.05 * norm + 2e-3;
                    assert!(slopes.iter().any(agrees), "node {node}: {slopes:?} {norm}");
                    compared += 1;
                }
            }
            assert!(compared > 5, "{compared}");
        }
    }

    #[test]
    fn averages_are_those_of_average_pooling() {
        for side in [4, 8, 9] {
            let image = numbers(2 * 3 * side * side);
            let image: Tensor<4> = Tensor::from_data(TensorData::new(image, [2, 3, side, side]), &Device::flex());
            let options = AvgPoolOptions {
                kernel_size: [3; 2],
                stride: [1; 2],
                padding: [(1, 1); 2],
                count_include_pad: false,
                ceil_mode: false,
            };
            let (ours, burns) = (to_vec(average(image.clone(), 3, 1, 1)), to_vec(avg_pool2d(image, options)));
            assert!(ours.iter().zip(&burns).all(|(a, b)| (a - b).abs() < 1e-6), "{side}");
        }
    }

    #[test]
    fn folding_changes_nothing_but_roundings() {
        let recipe = recipe("norm_momentum = 0.5");
        for graph in graphs() {
            let mut model = Model::new(&graph, &recipe, &Device::flex());
            let mut state = State::draw(&graph, &recipe, &mut rng());
            let images = numbers(4 * graph.input.iter().product::<usize>());
            let targets = Targets { labels: &[0, 2, 1, 2], classes: 3, smoothing: 0.0 };
            (0..3).for_each(|_| _ = model.step(&mut state, &images, &targets, 0.1));
            let folded = model.evaluate(&model.freeze(&state), &images, &targets);
            model.folded.fill(None);
            let plain = model.evaluate(&model.freeze(&state), &images, &targets);
            assert!((folded.loss - plain.loss).abs() < 1e-5 * plain.loss.max(1.0), "{folded:?} {plain:?}");
        }
    }

    /// With momentum 1 the running statistics are those of the last batch, so that evaluating it repeats its own forward pass, but for
    /// the variance without bias.
    #[test]
    fn running_statistics_follow_the_batches() {
        let recipe = recipe("norm_momentum = 1.0");
        let graph = graphs().remove(2);
        let model = Model::new(&graph, &recipe, &Device::flex());
        let mut state = State::draw(&graph, &recipe, &mut rng());
        let images = numbers(4 * graph.input.iter().product::<usize>());
        let targets = Targets { labels: &[0, 2, 1, 2], classes: 3, smoothing: 0.0 };
        let trained = model.step(&mut state, &images, &targets, 0.0);
        let evaluated = model.evaluate(&model.freeze(&state), &images, &targets);
        assert!((trained.loss - evaluated.loss).abs() < 0.05 * trained.loss, "{trained:?} {evaluated:?}");
    }
}
