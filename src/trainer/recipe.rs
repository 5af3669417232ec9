//! How a network is trained: a recipe, declared in TOML, and the recipes of the publications.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::optimizer::Optimizer;
use crate::base::{StrictError, from_toml, nearest};

/// How a network is trained. Its learning rate falls from batch to batch along half a cosine, to 0 after the last epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Where it comes from, and where it differs from there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// How often all training images are seen.
    pub epochs: u32,
    /// After which epochs validation and test images are evaluated; the last one always is.
    #[serde(default)]
    pub evaluate: Evaluate,
    /// Images a step.
    pub batch: usize,
    /// Leaves out the last batch of an epoch where it is smaller than the others.
    #[serde(default)]
    pub drop_last: bool,
    /// The learning rate of the first batch.
    pub learning_rate: f64,
    /// How gradients become steps.
    pub optimizer: Optimizer,
    /// How much of a target is shared among all classes alike: from 0 to 1.
    #[serde(default)]
    pub label_smoothing: f64,
    /// The probability that a training image is mirrored left to right.
    #[serde(default)]
    pub flip: f64,
    /// Black pixels around a training image, of which a window of the image's size is then drawn.
    #[serde(default)]
    pub crop_padding: usize,
    /// How weights begin.
    #[serde(default)]
    pub weights: Initial,
    /// How fast the running statistics of batch norms follow the batches.
    #[serde(default = "default_norm_momentum")]
    pub norm_momentum: f64,
    /// Added to variances under a root.
    #[serde(default = "default_norm_epsilon")]
    pub norm_epsilon: f64,
}

/// After which epochs a network is evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "`\"every\"`, `\"last\"`, or a list of epochs")]
pub enum Evaluate {
    /// By a word.
    Word(EvaluateWord),
    /// After these, and the last.
    Epochs(Vec<u32>),
}

impl Default for Evaluate {
    fn default() -> Self {
        Self::Word(EvaluateWord::Every)
    }
}

/// A choice of epochs with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvaluateWord {
    /// After every epoch.
    Every,
    /// After the last one only.
    Last,
}

/// How weights begin; batch norms begin with scale 1 and shift 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initial {
    /// Uniform within 1 / sqrt(inputs of a unit), biases too: PyTorch's default.
    #[default]
    UniformFanIn,
    /// Normal, cut at two standard deviations, variance 1 / inputs of a unit, biases 0: TensorFlow's variance scaling.
    VarianceScaling,
}

fn default_norm_momentum() -> f64 {
    0.1
}

fn default_norm_epsilon() -> f64 {
    1e-5
}

/// The recipes that have a name.
const PRESETS: &str = include_str!("recipes.toml");

impl Recipe {
    /// The recipes that have a name, with their names.
    pub fn presets() -> IndexMap<String, Self> {
        from_toml(PRESETS).unwrap_or_default() // a test reads them
    }

    /// The recipe with a name.
    ///
    /// # Errors
    /// Names the nearest.
    pub fn preset(name: &str) -> Result<Self, StrictError> {
        let mut presets = Self::presets();
        presets.swap_remove(name).ok_or_else(|| StrictError {
            message: format!("no recipe is called `{name}`"),
            hint: Some(match nearest(name, presets.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "give a TOML file, or one of {}",
                    presets.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                ),
            }),
        })
    }

    /// Reads a recipe from TOML.
    ///
    /// # Errors
    /// Says line, column and nearest known key, or which rule is broken.
    pub fn parse(text: &str) -> Result<Self, StrictError> {
        let recipe: Self = from_toml(text)?;
        match recipe.broken_rule() {
            Some(message) => Err(StrictError { message, hint: None }),
            None => Ok(recipe),
        }
    }

    /// What makes no sense in it.
    pub fn broken_rule(&self) -> Option<String> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let rules = [
            (self.epochs > 0, "`epochs` is 0, expected at least 1"),
            (self.batch > 0, "`batch` is 0, expected at least 1"),
            (self.learning_rate > 0.0 && self.learning_rate.is_finite(), "`learning_rate` must be above 0"),
            (share(self.label_smoothing), "`label_smoothing` must lie between 0 and 1"),
            (share(self.flip), "`flip` must lie between 0 and 1"),
            (self.crop_padding <= 1_024, "`crop_padding` must be at most 1,024"),
            (share(self.norm_momentum), "`norm_momentum` must lie between 0 and 1"),
            (self.norm_epsilon > 0.0 && self.norm_epsilon.is_finite(), "`norm_epsilon` must be above 0"),
        ];
        let rule = rules.iter().find(|(kept, _)| !kept).map(|(_, rule)| (*rule).to_owned());
        rule.or_else(|| self.optimizer.broken_rule()).or_else(|| self.broken_epochs())
    }

    fn broken_epochs(&self) -> Option<String> {
        let Evaluate::Epochs(epochs) = &self.evaluate else { return None };
        let rising = epochs.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = epochs.iter().all(|&epoch| (1..=self.epochs).contains(&epoch));
        let expected = format!("expected rising epochs from 1 to {}", self.epochs);
        (!rising || !inside).then(|| format!("`evaluate` is {epochs:?}, {expected}"))
    }

    /// The epochs after which a network is evaluated, rising.
    pub fn evaluated(&self) -> Vec<u32> {
        match &self.evaluate {
            Evaluate::Word(EvaluateWord::Every) => (1..=self.epochs).collect(),
            Evaluate::Word(EvaluateWord::Last) => vec![self.epochs],
            Evaluate::Epochs(epochs) => {
                let last = Some(self.epochs).filter(|last| epochs.last() != Some(last));
                epochs.iter().copied().chain(last).collect()
            }
        }
    }

    /// The learning rate of a batch: half a cosine over all batches of the training.
    pub fn rate(&self, batch: u64, batches: u64) -> f64 {
        let part = batch as f64 / batches as f64;
        self.learning_rate * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_make_sense() {
        let presets: IndexMap<String, Recipe> = from_toml(PRESETS).unwrap();
        assert!(presets.len() >= 10);
        presets.iter().for_each(|(name, recipe)| assert_eq!(recipe.broken_rule(), None, "{name}"));
        assert_eq!(Recipe::presets(), presets);
        assert!(Recipe::preset("nasbench201-20").unwrap_err().hint.unwrap().contains("nasbench201-200"));
    }

    #[test]
    fn rates_fall_along_half_a_cosine() {
        let recipe = Recipe::preset("nasbench201-12").unwrap();
        let rates = [0, 600, 1200].map(|batch| recipe.rate(batch, 1200));
        assert!(rates[0] == 0.1 && (rates[1] - 0.05).abs() < 1e-12 && rates[2].abs() < 1e-12, "{rates:?}");
    }

    #[test]
    fn misspelt_and_impossible_recipes_are_refused() {
        let good = "epochs = 3\nbatch = 8\nlearning_rate = 0.1\noptimizer = { kind = \"sgd\" }\n";
        assert_eq!(Recipe::parse(good).unwrap().evaluated(), [1, 2, 3]);
        let with = |line: &str| Recipe::parse(&format!("{good}{line}"));
        assert_eq!(with("evaluate = [1]").unwrap().evaluated(), [1, 3]);
        assert_eq!(with("evaluate = \"last\"").unwrap().evaluated(), [3]);
        for bad in ["evaluate = [2, 1]", "evaluate = [4]", "flip = 1.5", "label_smoothing = -0.1", "norm_epsilon = 0.0"]
        {
            assert!(with(bad).is_err(), "{bad}");
        }
        assert_eq!(with("flop = 0.5").unwrap_err().hint.as_deref(), Some("did you mean `flip`?"));
    }
}
