//! `nasreplay train`.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::destination::{self, Kind, Replace};
use super::{Answer, CliError, interrupt::keeps, output};
use crate::benchmark::TrainSpec;
use crate::space::{Arch, Space};
use crate::table::Table;
use crate::trainer::data::embedded_names;
use crate::trainer::net::NETWORKS;
use crate::trainer::{Content, Overlay, Recipe, Setup, Trained, extend, merge, overlay_place, sample};

/// Trains architectures into an overlay or a whole new table.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES:
  nasreplay train --table fashion-cell --missing --seconds 60
  nasreplay train --space mlp --data digits --recipe mlp-50 --sample 20 --overlay digits.overlay -o digits.h5
  nasreplay train --table fashion-cell --calibrate 20")]
pub struct Train {
    /// The table whose missing rows are trained, with its space and, if it was trained here, its data, network and recipe
    #[arg(long, conflicts_with = "space")]
    table: Option<String>,
    /// The task of the table that the training is for; the table's first if left out
    #[arg(long, requires = "table")]
    task: Option<String>,
    /// The schedule of the table that the training is for; the task's last if left out
    #[arg(long, requires = "table")]
    schedule: Option<String>,
    /// The space: a kind's name, a TOML or JSON file that declares one, or a table
    #[arg(long)]
    space: Option<String>,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    how: How,
    /// The overlay that results are appended to; beside the table if left out
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// Writes all that the overlay holds of this training as a table; with --table, that table's rows and then the trained ones
    #[arg(short, long, value_name = "TABLE.h5")]
    out: Option<PathBuf>,
    #[command(flatten)]
    replace: Replace,
    /// What the new table is called; its file's name if left out
    #[arg(long, requires = "out")]
    name: Option<String>,
    /// Writes network, initial weights, data and data order of one architecture's first training for other programs
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// Prints a line of JSON for each finished training
    #[arg(long)]
    json: bool,
    /// Lists data sets, networks and recipes
    #[arg(long)]
    list: bool,
}

/// What is trained.
#[derive(Debug, Args)]
struct What {
    /// The data set: an embedded one, or idx:DIR, cifar10:DIR, cifar100:DIR, numpy:FILE, images:DIR
    #[arg(long)]
    data: Option<String>,
    /// What tables call the data set
    #[arg(long, value_name = "TASK")]
    data_name: Option<String>,
    /// How many of the images meant for training are trained on; half if left out
    #[arg(long, value_name = "N")]
    training_images: Option<usize>,
    /// How many of them validate; all others if left out
    #[arg(long, value_name = "N")]
    validation_images: Option<usize>,
    /// How many images test; all that there are if left out
    #[arg(long, value_name = "N")]
    test_images: Option<usize>,
    /// The network that architectures are built into
    #[arg(long)]
    network: Option<String>,
    /// The network's channels
    #[arg(long)]
    channels: Option<usize>,
    /// The network's cells a stage
    #[arg(long)]
    cells: Option<usize>,
    /// The recipe: a name or a TOML file
    #[arg(long)]
    recipe: Option<String>,
    /// What initial weights and data order are derived from
    #[arg(long)]
    seed: Option<u64>,
}

/// Which architectures are trained.
#[derive(Debug, Args)]
struct Which {
    /// Architectures by name
    #[arg(long, num_args = 1.., conflicts_with_all = ["missing", "all", "sample", "calibrate"])]
    arch: Vec<String>,
    /// What the table lacks
    #[arg(long, requires = "table", conflicts_with_all = ["all", "sample", "calibrate"])]
    missing: bool,
    /// The whole space
    #[arg(long, conflicts_with_all = ["sample", "calibrate"])]
    all: bool,
    /// Different architectures drawn alike
    #[arg(long, value_name = "N", conflicts_with = "calibrate")]
    sample: Option<u64>,
    /// Rows that the table has, to compare
    #[arg(long, value_name = "K", requires = "table", conflicts_with = "out")]
    calibrate: Option<u64>,
    /// Trainings of each architecture; as many as the table has, or 1
    #[arg(long, value_name = "R")]
    replicates: Option<u32>,
    /// Only the k-th of n shares of the trainings, counted from 1
    #[arg(long, value_name = "K/N", value_parser = shard)]
    shard: Option<(usize, usize)>,
}

/// How trainings run.
#[derive(Debug, Args)]
struct How {
    /// Trainings side by side, one thread each; all cores if left out. The results do not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Stops after so many seconds; what is unfinished is continued by the same command
    #[arg(long)]
    seconds: Option<f64>,
    /// Seconds between two checkpoints of a training
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    checkpoint: f64,
    /// Where tensors live: cpu, or wgpu, cuda, rocm where the program was built with that feature
    #[arg(long, default_value = "cpu")]
    device: String,
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    parts.filter(|&(k, n)| 1 <= k && k <= n).ok_or_else(|| "expected k/n with 1 <= k <= n, such as 2/4".to_owned())
}

/// Everything resolved.
struct Job {
    table: Option<Table>,
    /// The table's task.
    task: String,
    space: Arc<dyn Space>,
    setup: Setup,
    overlay: Overlay,
    #[cfg_attr(not(feature = "train"), allow(dead_code))]
    replicates: u32,
}

impl Train {
    pub(super) fn run(self) -> Answer {
        if self.list {
            output::print(&list())?;
            return Ok(true);
        }
        if let Some(out) = &self.out {
            let inputs: Vec<PathBuf> = self.table.iter().map(PathBuf::from).chain(self.overlay.clone()).collect();
            destination::check(out, Kind::Table, self.replace, &inputs)?;
        }
        let job = self.job()?;
        report_damage(&job.overlay);
        output::note(&format!("data set {}: {}", job.setup.data.name, job.setup.data.line()));
        keeps(format!("finished trainings are kept in `{}`; the same command goes on", job.overlay.path().display()));
        let asked = !self.which.arch.is_empty() || self.which.missing || self.which.all || self.which.sample.is_some();
        if let (Some(folder), true) = (&self.export, asked) {
            let exported = self.export(&job, folder)?;
            if self.out.is_none() {
                return Ok(exported);
            }
        }
        if let Some(rows) = self.which.calibrate {
            return self.calibrate(&job, rows);
        }
        if !asked && self.out.is_none() {
            let hint =
                "give --arch, --missing, --all, --sample or --calibrate; or -o to write a table of what is there";
            return Err(CliError::usage("nothing is asked to be trained", hint));
        }
        let done = !asked || self.train(&job, &self.archs(&job)?)?;
        match &self.out {
            Some(out) if done => self.write(&job, out),
            _ => Ok(true),
        }
    }

    fn job(&self) -> Result<Job, CliError> {
        let table = self.table.as_deref().map(Table::find).transpose()?;
        let space = match (&table, &self.space) {
            (Some(table), _) => table.space().clone(),
            (None, Some(space)) => super::space::find(space)?,
            (None, None) => {
                return Err(CliError::usage("no architectures are named", "give --table T, or --space S"));
            }
        };
        let place = table.as_ref().map(|table| self.place(table)).transpose()?;
        let (task, schedule) = place.unzip();
        let What { data, data_name, network, channels, cells, recipe, seed, .. } = &self.what;
        let asked = TrainSpec {
            data: data.clone(),
            task: data_name.clone(),
            training_images: self.what.training_images,
            validation_images: self.what.validation_images,
            test_images: self.what.test_images,
            network: network.clone(),
            channels: *channels,
            cells: *cells,
            recipe: recipe.clone(),
            seed: *seed,
            device: Some(self.how.device.clone()),
            overlay: None,
        };
        let setup = Setup::resolve(&asked, space.as_ref(), table.as_ref(), schedule.as_deref())?;
        if let Some(table) = table.as_ref().filter(|_| self.which.calibrate.is_none()) {
            setup.check_recipe(table)?; // a calibration compares, whatever with
        }
        let replicates = self
            .which
            .replicates
            .or_else(|| Some(replicates_of(table.as_ref()?, task.as_deref()?, &setup.spec.schedule)));
        let replicates = replicates.unwrap_or(1);
        if replicates == 0 {
            return Err(CliError::usage("--replicates is 0", "give at least 1"));
        }
        if replicates > MOST_REPLICATES {
            return Err(CliError::usage(
                format!("--replicates is {replicates}"),
                "give at most 254: labels of trainings are one byte",
            ));
        }
        let overlay = match (&self.overlay, &table, &self.out) {
            (Some(overlay), _, _) => overlay.clone(),
            (None, Some(table), _) => overlay_place(table),
            (None, None, Some(out)) => out.with_extension("overlay"),
            (None, None, None) => {
                return Err(CliError::usage("there is no place for results", "give --overlay FILE, or -o TABLE.h5"));
            }
        };
        Ok(Job { table, task: task.unwrap_or_default(), space, setup, overlay: Overlay::open(&overlay)?, replicates })
    }

    /// The table's task, and what it calls the recipe.
    fn place(&self, table: &Table) -> Result<(String, String), CliError> {
        let catalogue = table.catalogue();
        let task = match &self.task {
            Some(task) => task.clone(),
            None => catalogue.tasks.keys().next().cloned().unwrap_or_default(),
        };
        let schedule = match &self.schedule {
            Some(schedule) => catalogue.metrics(&task, schedule).map(|_| schedule.clone())?,
            None => table.last_measured_schedule(&task, "valid_acc")?.to_owned(),
        };
        Ok((task, schedule))
    }

    /// The architectures that are asked for.
    fn archs(&self, job: &Job) -> Result<Vec<Arch>, CliError> {
        let Which { arch, missing, sample: count, .. } = &self.which;
        if !arch.is_empty() {
            let mut archs: Vec<Arch> = arch.iter().map(|name| job.space.parse(name)).collect::<Result<_, _>>()?;
            let mut seen = HashSet::new();
            archs.retain(|arch| seen.insert(*arch));
            return Ok(archs);
        }
        let seed = job.setup.spec.seed;
        if let Some(count) = count {
            if *count > job.space.size() {
                let what = format!("--sample is {count}, the space has {} architectures", job.space.size());
                return Err(CliError::usage(what, "give fewer, or --all"));
            }
            return Ok(sample(job.space.as_ref(), seed, *count));
        }
        if job.space.size() > EXHAUSTIBLE {
            let what = format!("the space has {} architectures, too many to train them all", job.space.size());
            return Err(CliError::usage(what, "give --sample N or --arch A"));
        }
        let lacking = |arch: &Arch| !job.table.as_ref().is_some_and(|table| *missing && table.row(*arch).is_some());
        Ok((0..job.space.size()).map(Arch).filter(lacking).collect())
    }

    fn write(&self, job: &Job, out: &std::path::Path) -> Answer {
        let stem = out.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = self.name.clone().unwrap_or(stem);
        let spec = &job.setup.spec;
        let table = job.overlay.read(|content: &Content| match &job.table {
            Some(table) => extend((table, &job.task), content, spec, &name, out),
            None => merge(content, spec, (job.space.as_ref(), &job.setup.data.summary()), &name, out),
        })?;
        super::import::announce(&table, out);
        Ok(true)
    }
}

/// Labels of trainings are stored in a byte, of which two values mean something else.
const MOST_REPLICATES: u32 = 254;

/// Spaces of more architectures are not trained as a whole.
const EXHAUSTIBLE: u64 = 1 << 24;

/// As many trainings a row as the schedule's metrics have at most.
fn replicates_of(table: &Table, task: &str, schedule: &str) -> u32 {
    let metrics = table.catalogue().metrics(task, schedule).into_iter().flat_map(|metrics| metrics.values());
    metrics.map(|metric| metric.labels.len() as u32).max().unwrap_or(1)
}

/// Says what of an overlay is damaged.
pub(super) fn report_damage(overlay: &Overlay) {
    let damage = overlay.read(|content| content.damage.clone());
    for part in damage {
        output::warn(&format!(
            "overlay `{}`: {} bytes from byte {} are no whole record and are left out",
            overlay.path().display(),
            part.length,
            part.offset
        ));
    }
}

fn list() -> String {
    let mut text = String::from("Data sets:\n");
    embedded_names().for_each(|name| text += &format!("  {name}\n"));
    text += "  idx:DIR, cifar10:DIR, cifar100:DIR, numpy:FILE, images:DIR\n\nNetworks:\n";
    NETWORKS.iter().for_each(|(name, summary)| text += &format!("  {name}: {summary}\n"));
    text += "\nRecipes:\n";
    Recipe::presets().iter().for_each(|(name, recipe)| text += &format!("  {name}: {}\n", recipe.source));
    text
}

/// What a finished training tells programs.
#[cfg_attr(not(feature = "train"), allow(dead_code))]
fn line(trained: &Trained, job: &Job) -> String {
    let last = trained.outcome.last();
    let value = json!({
        "arch": trained.arch,
        "row": job.table.as_ref().and_then(|table| table.row(trained.code)),
        "replicate": trained.replicate,
        "schedule": job.setup.spec.schedule,
        "epochs": job.setup.spec.recipe.epochs,
        "valid_acc": last.map(|measured| measured.valid_acc),
        "test_acc": last.map(|measured| measured.test_acc),
        "margin_score": last.map(|measured| measured.margin_score),
        "train_seconds": last.map(|measured| measured.train_seconds),
        "diverged": trained.outcome.diverged,
        "digest": trained.outcome.digest,
    });
    format!("{value}\n")
}

#[cfg(feature = "train")]
mod with_burn {
    use std::path::Path;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use super::{Job, Train, line, report_calibration};
    use crate::cli::run::MOST_THREADS;
    use crate::cli::{Answer, CliError, output};
    use crate::space::Arch;
    use crate::trainer::{Item, Pool, Stopped, Trained, Training, calibrate, device};

    impl Train {
        /// Trains what the overlay lacks; false where time ran out.
        pub(super) fn train(&self, job: &Job, archs: &[Arch]) -> Result<bool, CliError> {
            let all = (0..job.replicates).flat_map(|replicate| archs.iter().map(move |&arch| Item { arch, replicate }));
            let (k, n) = self.which.shard.unwrap_or((1, 1));
            let mut items: Vec<Item> = all.skip(k - 1).step_by(n).collect();
            let occupied = job.overlay.occupy(); // held until all is trained
            if occupied.is_none() {
                output::note(
                    "another process trains into this overlay: the work is shared, and this one begins at the end",
                );
                items.reverse();
            }
            let threads = match self.how.threads {
                Some(0) => return Err(CliError::usage("--threads is 0", "give at least 1, or leave it out")),
                Some(threads) if threads > MOST_THREADS => {
                    return Err(CliError::usage(format!("--threads is {threads}"), "give at most 1024"));
                }
                threads => threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
            };
            let started = Instant::now();
            let pool = Pool {
                spec: &job.setup.spec,
                space: job.space.as_ref(),
                data: &job.setup.data,
                overlay: &job.overlay,
                device: device(&job.setup.spec.device).map_err(|what| CliError::usage(what, "try --device cpu"))?,
                threads,
                checkpoint_every: seconds(self.how.checkpoint, "--checkpoint")?,
                deadline: self
                    .how
                    .seconds
                    .map(|budget| seconds(budget, "--seconds"))
                    .transpose()?
                    .and_then(|budget| started.checked_add(budget)),
            };
            let before = job.overlay.read(|content| content.trained.len());
            let bar = output::progress_bar_of("trainings", items.len() as u64);
            let failure = Mutex::new(None);
            let stopped = pool.run(&items, &|trained: &Trained| {
                bar.inc(1);
                if self.json
                    && let Err(error) = output::print(&line(trained, job))
                {
                    failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
                }
            })?;
            bar.finish_and_clear();
            drop(occupied);
            if let Some(error) = failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
                return Err(error);
            }
            let new = job.overlay.read(|content| content.trained.len()) - before;
            let training = job.setup.spec.digest();
            let is_lost = |item: &Item| {
                let found = job.overlay.find(training, item.arch, item.replicate);
                found.is_some_and(|trained| trained.outcome.diverged.is_some())
            };
            let lost = items.iter().filter(|item| is_lost(item)).count();
            if lost > 0 {
                output::warn(&format!(
                    "{lost} of {} trainings diverged: their loss is not finite, and they measure nothing",
                    items.len()
                ));
            }
            let late = if stopped == Stopped::Deadline { "; time is up, the same command continues" } else { "" };
            output::note(&format!(
                "trained {new} of {} in {:.1} s{}{late}; overlay {}",
                items.len(),
                started.elapsed().as_secs_f64(),
                if new < items.len() && stopped == Stopped::Done { ", the others were there already" } else { "" },
                job.overlay.path().display()
            ));
            Ok(stopped == Stopped::Done)
        }

        pub(super) fn calibrate(&self, job: &Job, rows: u64) -> Answer {
            let Some(table) = &job.table else { return Ok(false) }; // the arguments demand one
            let archs = calibrate::rows(table, &job.task, &job.setup.spec, rows)?;
            if !self.train(job, &archs)? {
                return Err(CliError::usage("time was up before all rows were trained", "give more --seconds"));
            }
            let spec = &job.setup.spec;
            let calibration = job
                .overlay
                .read(|content| calibrate::compare(content, spec, (table, &job.task), &archs, job.replicates))?;
            job.overlay.add_calibration(calibration.clone())?;
            report_calibration(&calibration, self.json)?;
            Ok(calibration.passed())
        }

        pub(super) fn export(&self, job: &Job, folder: &Path) -> Answer {
            let archs = self.archs(job)?;
            let [arch] = archs.as_slice() else {
                return Err(CliError::usage("--export writes one architecture", "give one --arch"));
            };
            let failed = |source| crate::base::FileError { path: folder.to_owned(), source };
            std::fs::create_dir_all(folder).map_err(failed)?;
            let spec = &job.setup.spec;
            let graph =
                spec.graph(job.space.as_ref(), *arch).map_err(|what| CliError::usage(what, "choose another"))?;
            let name = job.space.write(*arch);
            let training = Training {
                graph: &graph,
                data: &job.setup.data,
                recipe: &spec.recipe,
                seed: spec.seed,
                arch: &name,
                replicate: 0,
            };
            training.export(folder)?;
            output::note(&format!("wrote {}", folder.join("training.json").display()));
            Ok(true)
        }
    }

    fn seconds(number: f64, what: &str) -> Result<Duration, CliError> {
        Duration::try_from_secs_f64(number)
            .map_err(|error| CliError::usage(format!("{what} is {number}: {error}"), "give 0 or more seconds"))
    }
}

#[cfg(not(feature = "train"))]
impl Train {
    fn train(&self, _: &Job, _: &[Arch]) -> Result<bool, CliError> {
        Err(no_trainer())
    }

    fn calibrate(&self, _: &Job, _: u64) -> Answer {
        Err(no_trainer())
    }

    fn export(&self, _: &Job, _: &std::path::Path) -> Answer {
        Err(no_trainer())
    }
}

/// Says that this build cannot train.
#[cfg_attr(feature = "train", allow(dead_code))]
pub(super) fn no_trainer() -> CliError {
    CliError::usage(
        "this build cannot train: it was made without the feature `train`",
        "build it with `cargo build --release`, without `--no-default-features`",
    )
}

#[cfg_attr(not(feature = "train"), allow(dead_code))]
fn report_calibration(calibration: &crate::trainer::Calibration, json: bool) -> Result<(), CliError> {
    if json {
        return output::print(&format!("{}\n", serde_json::to_string(calibration).unwrap_or_default())); // plain data
    }
    output::print(&calibration.text())
}
