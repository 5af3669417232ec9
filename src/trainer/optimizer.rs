//! How gradients become steps: plain arithmetic on slices of weights, in a fixed order.

use serde::{Deserialize, Serialize};

/// How gradients become steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Optimizer {
    /// Stochastic gradient descent with momentum (Sutskever et al., ICML 2013), in PyTorch's form: with g the gradient plus
    /// `weight_decay` times the weight, v = `momentum` v + g; the weight falls by rate times v or, with Nesterov, by rate times
    /// (g + `momentum` v).
    Sgd {
        /// How much of the last step is kept.
        #[serde(default)]
        momentum: f64,
        /// Looks ahead by the momentum.
        #[serde(default)]
        nesterov: bool,
        /// How strongly weights are pulled to 0.
        #[serde(default)]
        weight_decay: f64,
    },
    /// RMSProp in TensorFlow's form: with g as above, s = `decay` s + (1 - `decay`) g^2 from s = 1,
    /// v = `momentum` v + rate g / sqrt(s + `epsilon`); the weight falls by v.
    Rmsprop {
        /// How slowly the mean square follows.
        decay: f64,
        /// How much of the last step is kept.
        #[serde(default)]
        momentum: f64,
        /// Added to the mean square under the root.
        epsilon: f64,
        /// How strongly weights are pulled to 0.
        #[serde(default)]
        weight_decay: f64,
    },
}

/// What an optimizer remembers of one slice of weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The last step, or the mean gradient.
    velocity: Vec<f32>,
    /// The mean square of the gradients, where the optimizer needs it.
    square: Vec<f32>,
}

impl Optimizer {
    /// What is remembered of `weights` weights before the first step.
    pub fn memory(&self, weights: usize) -> Memory {
        let squares = if matches!(self, Self::Rmsprop { .. }) { weights } else { 0 };
        Memory { velocity: vec![0.0; weights], square: vec![1.0; squares] }
    }

    /// Takes a step.
    pub fn step(&self, rate: f64, weights: &mut [f32], gradient: &[f32], memory: &mut Memory) {
        let rate = rate as f32;
        let places = weights.iter_mut().zip(gradient).zip(&mut memory.velocity);
        match *self {
            Self::Sgd { momentum, nesterov, weight_decay } => {
                let (momentum, weight_decay) = (momentum as f32, weight_decay as f32);
                for ((weight, &gradient), velocity) in places {
                    let pull = gradient + weight_decay * *weight;
                    *velocity = momentum * *velocity + pull;
                    *weight -= rate * if nesterov { pull + momentum * *velocity } else { *velocity };
                }
            }
            Self::Rmsprop { decay, momentum, epsilon, weight_decay } => {
                let [decay, momentum, epsilon, weight_decay] =
                    [decay, momentum, epsilon, weight_decay].map(|value| value as f32);
                for (((weight, &gradient), velocity), square) in places.zip(&mut memory.square) {
                    let pull = gradient + weight_decay * *weight;
                    *square = decay * *square + (1.0 - decay) * pull * pull;
                    *velocity = momentum * *velocity + rate * pull / (*square + epsilon).sqrt();
                    *weight -= *velocity;
                }
            }
        }
    }

    /// What makes no sense in it.
    pub fn broken_rule(&self) -> Option<String> {
        let (shares, positives): (&[_], &[_]) = match self {
            Self::Sgd { momentum, weight_decay, .. } => {
                (&[("momentum", *momentum)], &[("weight_decay", *weight_decay)])
            }
            Self::Rmsprop { decay, momentum, epsilon, weight_decay } => (
                &[("decay", *decay), ("momentum", *momentum)],
                &[("epsilon", *epsilon), ("weight_decay", *weight_decay)],
            ),
        };
        let share = shares.iter().find(|(_, value)| !(0.0..1.0).contains(value));
        let share = share.map(|(name, value)| format!("the optimizer's `{name}` is {value}, expected 0 to below 1"));
        let positive = positives.iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0));
        share.or_else(|| {
            positive.map(|(name, value)| format!("the optimizer's `{name}` is {value}, expected 0 or more"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three steps by hand, as PyTorch's documentation states SGD.
    #[test]
    fn nesterov_steps_are_as_defined() {
        let optimizer = Optimizer::Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.1 };
        let (mut weight, mut memory) = ([1.0f32], optimizer.memory(1));
        let (mut w, mut v) = (1.0f64, 0.0f64);
        for gradient in [0.5f32, -0.25, 0.125] {
            optimizer.step(0.1, &mut weight, &[gradient], &mut memory);
            let g = f64::from(gradient) + 0.1 * w;
            v = 0.9 * v + g;
            w -= 0.1 * (g + 0.9 * v);
        }
        assert!((f64::from(weight[0]) - w).abs() < 1e-6, "{weight:?} {w}");
    }

    #[test]
    fn rmsprop_divides_by_the_root_mean_square() {
        let optimizer = Optimizer::Rmsprop { decay: 0.9, momentum: 0.0, epsilon: 1.0, weight_decay: 0.0 };
        let (mut weight, mut memory) = ([1.0f32], optimizer.memory(1));
        optimizer.step(0.2, &mut weight, &[2.0], &mut memory);
        assert!((weight[0] - (1.0 - 0.2 * 2.0 / (0.9f32 + 0.4 + 1.0).sqrt())).abs() < 1e-6, "{weight:?}");
    }

    #[test]
    fn impossible_settings_are_named() {
        let rule = |momentum, weight_decay| Optimizer::Sgd { momentum, nesterov: true, weight_decay }.broken_rule();
        assert_eq!(rule(0.9, 5e-4), None);
        assert!(rule(1.0, 0.0).unwrap().contains("`momentum` is 1"));
        assert!(rule(0.0, -1.0).unwrap().contains("`weight_decay` is -1"));
    }
}
