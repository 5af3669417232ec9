//! The list of strategies: adding one is a file and a line of `registry!`.

use serde::{Deserialize, Serialize};

use super::{Strategy, StrategyError, local_search, random_search, regularized_evolution};
use crate::base::{StrictError, nearest};
use crate::space::Space;

/// Settings from which runs of one kind of strategy start.
pub trait Start: Sync {
    /// A run in progress.
    type Run: Strategy;

    /// Whether the settings make sense.
    ///
    /// # Errors
    /// Names the setting, what was expected and found.
    fn check(&self) -> Result<(), String>;

    /// Starts a run.
    fn start(&self, space: &dyn Space) -> Self::Run;
}

/// A named, cited setting of a strategy, as one paper or code base ran it.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// `kind@source`.
    pub name: &'static str,
    /// The settings.
    pub settings: fn() -> Settings,
    /// Where they stand.
    pub source: &'static str,
    /// Every known deviation from that source.
    pub notes: &'static str,
}

/// A kind of strategy.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name in experiment files.
    pub name: &'static str,
    /// A sentence on how it searches.
    pub summary: &'static str,
    /// The paper that defines it.
    pub source: &'static str,
    /// The settings of that paper.
    pub defaults: fn() -> Settings,
    /// The settings of others.
    pub presets: &'static [Preset],
}

macro_rules! registry {
    ($($name:literal => $module:ident :: $settings:ident),* $(,)?) => {
        /// The settings of a strategy, of whichever kind.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum Settings {
            $(#[doc = concat!("`", $name, "`.")] #[serde(rename = $name)] $settings($module::$settings),)*
        }

        /// Every kind of strategy.
        pub const KINDS: &[Kind] = &[$(Kind {
            name: $name,
            summary: $module::SUMMARY,
            source: $module::SOURCE,
            defaults: || Settings::$settings(Default::default()),
            presets: $module::PRESETS,
        }),*];

        impl Settings {
            /// The name of the kind.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$settings(_) => $name,)* }
            }

            /// Whether the settings make sense.
            ///
            /// # Errors
            /// Names the setting, what was expected and found.
            pub fn check(&self) -> Result<(), StrategyError> {
                let checked = match self { $(Self::$settings(settings) => settings.check(),)* };
                checked.map_err(|what| StrategyError::Setting(format!("strategy `{}`: {what}", self.kind())))
            }

            /// Starts a run behind a pointer, for callers that treat all kinds alike.
            pub fn start(&self, space: &dyn Space) -> Box<dyn Strategy> {
                match self { $(Self::$settings(settings) => Box::new(settings.start(space)),)* }
            }

            /// Hands the settings to a visitor that is compiled for each kind, so that its inner loop calls no pointer.
            pub fn visit<V: Visitor>(&self, visitor: V) -> V::Output {
                match self { $(Self::$settings(settings) => visitor.visit(settings),)* }
            }
        }
    };
}

registry! {
    "random-search" => random_search::RandomSearch,
    "regularized-evolution" => regularized_evolution::RegularizedEvolution,
    "local-search" => local_search::LocalSearch,
}

/// What [`Settings::visit`] calls.
pub trait Visitor {
    /// What it gives back.
    type Output;

    /// Takes the settings of the kind at hand.
    fn visit<S: Start>(self, settings: &S) -> Self::Output;
}

/// The kind with a name.
///
/// # Errors
/// Names the nearest kind.
pub fn find_kind(name: &str) -> Result<&'static Kind, StrategyError> {
    let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| unknown("strategy", name, &known))
}

/// The preset with a name.
///
/// # Errors
/// Names the nearest preset.
pub fn find_preset(name: &str) -> Result<&'static Preset, StrategyError> {
    let all = || KINDS.iter().flat_map(|kind| kind.presets);
    all().find(|preset| preset.name == name).ok_or_else(|| unknown("preset", name, &preset_names()))
}

/// The names of all presets.
pub fn preset_names() -> Vec<&'static str> {
    KINDS.iter().flat_map(|kind| kind.presets).map(|preset| preset.name).collect()
}

/// The settings of a kind or preset, overlaid by a user's keys and read strictly.
///
/// # Errors
/// Unknown kinds, presets and settings name the nearest known one; settings that make no sense say why.
pub fn resolve(kind: Option<&str>, preset: Option<&str>, options: &toml::Table) -> Result<Settings, StrategyError> {
    let base = match (kind, preset) {
        (None, None) => return Err(StrategyError::Setting("a strategy needs `kind` or `preset`".into())),
        (Some(kind), None) => (find_kind(kind)?.defaults)(),
        (None, Some(preset)) => (find_preset(preset)?.settings)(),
        (Some(kind), Some(preset)) => {
            let settings = (find_preset(preset)?.settings)();
            if settings.kind() != find_kind(kind)?.name {
                return Err(StrategyError::Setting(format!(
                    "preset `{preset}` is no `{kind}`; leave out one of the two"
                )));
            }
            settings
        }
    };
    let settings = overlay(&base, options)?;
    settings.check()?;
    Ok(settings)
}

fn overlay(base: &Settings, options: &toml::Table) -> Result<Settings, StrategyError> {
    let strict = |fault| StrategyError::Strict { kind: base.kind().to_owned(), fault };
    let mut table =
        toml::Table::try_from(base).map_err(|error| strict(StrictError { message: error.to_string(), hint: None }))?;
    for (key, value) in options {
        let Some(place) = table.get_mut(key).filter(|_| key != "kind") else {
            let known: Vec<&str> = table.keys().map(String::as_str).filter(|key| *key != "kind").collect();
            let hint = nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("unknown setting `{key}`; it has {}", known.join(", "));
            return Err(strict(StrictError { message, hint }));
        };
        *place = value.clone();
    }
    table
        .try_into()
        .map_err(|error: toml::de::Error| strict(StrictError { message: error.message().to_owned(), hint: None }))
}

fn unknown(what: &'static str, name: &str, known: &[&str]) -> StrategyError {
    let near = nearest(name, known.iter().copied()).map(str::to_owned);
    StrategyError::Unknown { what, name: name.to_owned(), known: known.join(", "), near }
}
