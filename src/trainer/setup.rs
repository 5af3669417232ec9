//! From what a user asks for to what is trained: data set, network, recipe, with the defaults of a table that was trained here.

use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::data::{Counts, DataSet, DataSource, OpenError, Summary};
use super::net::{NETWORKS, Network};
use super::recipe::Recipe;
use super::spec::{TRAINING_VERSION, TrainingSpec};
use crate::base::{StrictError, nearest, read_text};
use crate::benchmark::TrainSpec;
use crate::space::{Arch, Space};
use crate::table::Table;

/// What a trained table's provenance says of its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedProvenance {
    /// What was trained.
    pub spec: TrainingSpec,
    /// What trained it.
    pub backend: String,
    /// The version of this program.
    pub nasreplay: String,
    /// What the data set is, in numbers; absent in tables of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Summary>,
    /// Trainings that diverged, of all; absent in tables of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<[usize; 2]>,
}

/// What is trained, ready.
pub struct Setup {
    /// What decides the outcomes.
    pub spec: TrainingSpec,
    /// The images.
    pub data: DataSet,
    /// Where they come from, to be opened again.
    pub source: Source,
}

/// Where a data set comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The name of an embedded data set, or a kind of files and their path.
    pub data: String,
    /// How many images were asked for.
    pub counts: Counts,
}

/// A training that cannot be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The data set cannot be opened.
    #[error("data set `{name}`")]
    Data {
        /// What was asked for.
        name: String,
        /// What is wrong.
        #[source]
        source: OpenError,
    },
    /// A recipe that cannot be used.
    #[error("recipe `{name}`: {fault}")]
    Recipe {
        /// What was asked for.
        name: String,
        /// What is wrong.
        fault: StrictError,
    },
    /// Settings that are missing or do not go together.
    #[error("{what}")]
    Setting {
        /// What was expected and found.
        what: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl SetupError {
    /// What to do about it, if that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Data { source, .. } => source.hint(),
            Self::Recipe { fault, .. } => fault.hint.clone(),
            Self::Setting { hint, .. } => hint.clone(),
        }
    }

    fn setting(what: impl Into<String>, hint: &str) -> Self {
        Self::Setting { what: what.into(), hint: Some(hint.to_owned()) }
    }
}

/// How a trained table was trained; absent where a table was published.
pub fn provenance_of(table: &Table) -> Option<TrainedProvenance> {
    let trained = table.provenance().trained.clone()?;
    serde_json::from_value(trained).ok()
}

impl Setup {
    /// Resolves what is asked for. Where something is left out it is as the table was trained; `schedule` is what the table calls the
    /// recipe, if there is a table.
    ///
    /// # Errors
    /// Names what is missing, unknown, or does not go together.
    pub fn resolve(
        asked: &TrainSpec,
        space: &dyn Space,
        table: Option<&Table>,
        schedule: Option<&str>,
    ) -> Result<Self, SetupError> {
        let trained = table.and_then(provenance_of);
        let images = trained.as_ref().and_then(|trained| trained.data.clone());
        let known = trained.map(|trained| trained.spec);
        let (data, source) = open_data(asked, known.as_ref(), images.as_ref())?;
        let network = network(asked, space, known.as_ref())?;
        let (name, recipe) = recipe(asked, known.as_ref())?;
        let task = data.name.clone();
        let spec = TrainingSpec {
            task,
            data: data.digest,
            image: data.shape(),
            classes: data.classes,
            space: space.spec(),
            network,
            schedule: schedule.map_or(name, str::to_owned),
            recipe,
            seed: asked.seed.or(known.map(|known| known.seed)).unwrap_or(0),
            device: asked.device.clone().unwrap_or_else(|| "cpu".to_owned()),
            version: TRAINING_VERSION,
        };
        let graph = spec.graph(space, Arch(0));
        graph.map_err(|what| SetupError::setting(what, "choose another network, data set or space"))?;
        if data.train.len() < spec.recipe.batch && spec.recipe.drop_last {
            let (images, batch) = (data.train.len(), spec.recipe.batch);
            let what = format!("the recipe's `batch` is {batch}, but there are {images} images for training");
            return Err(SetupError::setting(what, "give a smaller `batch`, or more images"));
        }
        Ok(Self { spec, data, source })
    }

    /// Refuses rows for a table that was trained here by another recipe: they could not be compared with its own.
    ///
    /// # Errors
    /// Names the table's recipe.
    pub fn check_recipe(&self, table: &Table) -> Result<(), SetupError> {
        let trained = provenance_of(table).map(|trained| trained.spec);
        match trained.filter(|trained| trained.recipe != self.spec.recipe) {
            None => Ok(()),
            Some(trained) => Err(SetupError::setting(
                format!(
                    "the recipe is another than `{}`, by which the table was trained: its rows could not be compared",
                    trained.schedule
                ),
                "leave the recipe out, or make a table of its own: `nasreplay train --space S --data D --recipe R -o TABLE.h5`",
            )),
        }
    }

    /// Sets up again what was set up before.
    ///
    /// # Errors
    /// The data set is not where it was, or is another one.
    pub fn again(spec: TrainingSpec, source: Source) -> Result<Self, SetupError> {
        let asked = TrainSpec {
            data: Some(source.data),
            task: Some(spec.task.clone()),
            training_images: source.counts.training,
            validation_images: source.counts.validation,
            test_images: source.counts.test,
            ..TrainSpec::default()
        };
        let (data, source) = open_data(&asked, Some(&spec), None)?;
        Ok(Self { spec, data, source })
    }
}

/// Opens the images; `images` says how many of them the table was trained on, which is meant where nothing is asked for.
fn open_data(
    asked: &TrainSpec,
    known: Option<&TrainingSpec>,
    images: Option<&Summary>,
) -> Result<(DataSet, Source), SetupError> {
    let name = asked.data.clone().or_else(|| known.map(|known| known.task.clone())).ok_or_else(|| {
        SetupError::setting(
            "no data set is named",
            "give `--data NAME` or, in a benchmark, `train = { data = \"NAME\" }`",
        )
    })?;
    let source: DataSource = name.parse().map_err(|what| match asked.data {
        Some(_) => SetupError::Setting { what, hint: None },
        None => SetupError::setting(
            format!("the table was trained on `{name}`, which is not part of the program"),
            "give its files: `--data KIND:PATH` or, in a benchmark, `train = { data = \"KIND:PATH\" }`",
        ),
    })?;
    let is_file = matches!(source, DataSource::Files { .. });
    let usual = known.filter(|_| is_file || asked.data.is_none()).map(|known| known.task.clone());
    let task = asked.task.clone().or(usual).unwrap_or_else(|| source.usual_task());
    let usual = images.filter(|_| is_file).map(Summary::counts).unwrap_or_default();
    let counts = Counts {
        training: asked.training_images.or(usual.training),
        validation: asked.validation_images.or(usual.validation),
        test: asked.test_images.or(usual.test),
    };
    let data = source.open(&task, counts);
    let data = data.map_err(|source| SetupError::Data { name: name.clone(), source })?;
    match known.filter(|known| known.data != data.digest) {
        None => Ok((data, Source { data: name, counts })),
        Some(known) => Err(SetupError::setting(
            format!(
                "the data set has digest {}, the table was trained on {} of digest {}",
                data.digest.short(),
                known.task,
                known.data.short()
            ),
            "give the same files, task name and numbers of images",
        )),
    }
}

fn network(asked: &TrainSpec, space: &dyn Space, known: Option<&TrainingSpec>) -> Result<Network, SetupError> {
    let named = asked.network.as_deref().map(|name| {
        Network::named(name).ok_or_else(|| {
            let names = NETWORKS.iter().map(|(name, _)| *name);
            let hint = match nearest(name, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", names.collect::<Vec<_>>().join(", ")),
            };
            SetupError::Setting { what: format!("no network is called `{name}`"), hint: Some(hint) }
        })
    });
    let network = match named {
        Some(named) => named?,
        None => {
            known.map(|known| known.network.clone()).or_else(|| Network::usual(&space.spec())).ok_or_else(|| {
                SetupError::setting(format!("space `{}` has no usual network", space.name()), "give `--network NAME`")
            })?
        }
    };
    network.resized(asked.channels, asked.cells).map_err(|what| SetupError::setting(what, "leave it out"))
}

fn recipe(asked: &TrainSpec, known: Option<&TrainingSpec>) -> Result<(String, Recipe), SetupError> {
    let Some(name) = &asked.recipe else {
        return known.map(|known| (known.schedule.clone(), known.recipe.clone())).ok_or_else(|| {
            SetupError::setting(
                "no recipe is named",
                "give `--recipe NAME` or a TOML file; `nasreplay train --list` names the known ones",
            )
        });
    };
    let path = Path::new(name);
    if path.extension().is_none_or(|extension| extension != "toml") {
        let preset = Recipe::preset(name).map_err(|fault| SetupError::Recipe { name: name.clone(), fault })?;
        return Ok((name.clone(), preset));
    }
    let text = read_text(path)
        .map_err(|error| SetupError::Setting { what: format!("cannot read `{name}`: {error}"), hint: None })?;
    let recipe = Recipe::parse(&text).map_err(|fault| SetupError::Recipe { name: name.clone(), fault })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((stem, recipe))
}
