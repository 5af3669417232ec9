//! `nasreplay figure`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::destination::{self, Kind as DestinationKind, Replace};
use super::{Answer, CliError, output, show::warn_of_results};
use crate::analysis::{By, Over, View, left_out, studies};
use crate::base::{read_regular, write_whole};
use crate::experiment::Results;
use crate::figure::{Breadth, Figure, KINDS, Kind, Options, PRINT_DPI, Scene, Spread, VENUES, Venue, find_kind};
use crate::stats::Centre;

/// Draws a figure of results.
#[derive(Debug, Args)]
#[command(after_long_help = kinds())]
pub struct FigureCommand {
    /// The kind of figure; `list` lists them
    kind: String,
    /// The folders with the results
    dir: Vec<PathBuf>,
    /// The picture's file; its ending says which kind: .svg, .png or .pdf. Its numbers (.csv) and its caption (.txt) are put beside it
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    replace: Replace,
    /// The horizontal axis of figures over time
    #[arg(long, value_enum, default_value_t = OverArg::Trials)]
    over: OverArg,
    /// The metric; test where every shown benchmark has it, if left out
    #[arg(long, value_enum)]
    by: Option<ByArg>,
    /// Shows only this benchmark; may be given several times
    #[arg(long, value_name = "NAME")]
    benchmark: Vec<String>,
    /// The centre of curves
    #[arg(long, value_enum, default_value_t = CentreArg::Mean)]
    centre: CentreArg,
    /// What the bands are
    #[arg(long, value_enum, default_value_t = BandArg::Interval)]
    band: BandArg,
    /// Draws regret on a linear axis
    #[arg(long)]
    linear: bool,
    /// The width in inches
    #[arg(long, value_name = "INCHES", conflicts_with = "venue")]
    width: Option<f64>,
    /// Width and font size of a venue, across its text; `NAME:column` for one column
    #[arg(long, value_name = "NAME")]
    venue: Option<String>,
    /// Resamples benchmarks too, in figures that pool them (profile, intervals): a claim about others like them
    #[arg(long)]
    task_bootstrap: bool,
    /// Draws a critical-difference diagram of fewer data sets than it takes, with a note
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OverArg {
    Trials,
    Epochs,
    Seconds,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ByArg {
    Valid,
    Test,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CentreArg {
    Mean,
    Iqm,
    Median,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum BandArg {
    /// 95 % bootstrap interval of the centre, point by point
    Interval,
    /// 95 % bootstrap band of the whole curve
    Simultaneous,
    /// Lower to upper quartile of the runs
    Quartiles,
    /// Standard deviation of the runs
    Sd,
    /// Standard error of the mean
    Sem,
    /// Best to worst run
    Range,
    None,
}

fn kinds() -> String {
    let width = KINDS.iter().map(|kind| kind.name.len()).max().unwrap_or(0);
    let lines = KINDS.iter().map(|kind| format!("  {:width$}  {}\n", kind.name, kind.summary));
    let venues = VENUES.iter().map(|venue| venue.name).collect::<Vec<_>>().join(", ");
    format!("Kinds:\n{}\nVenues: {venues}", lines.collect::<String>())
}

impl FigureCommand {
    pub(super) fn run(self) -> Answer {
        if self.kind == "list" {
            output::print(&(kinds() + "\n"))?;
            return Ok(true);
        }
        let kind = find_kind(&self.kind)
            .map_err(|hint| CliError::usage(format!("no kind of figure is called `{}`", self.kind), &hint))?;
        let out = self
            .out
            .clone()
            .ok_or_else(|| CliError::usage("`--out` is missing", "say where to draw: --out FILE.svg, .png or .pdf"))?;
        if self.dir.is_empty() {
            return Err(CliError::usage(
                "no folder with results is given",
                &format!("nasreplay figure {} DIR --out FILE", kind.name),
            ));
        }
        self.warn_of_ignored(kind);
        let picture = Picture::of(&out)?; // a bad file name fails before the work
        destination::check(&out, picture.kind(), self.replace, &self.dir)?;
        refuse_foreign_numbers(&out, self.replace)?;
        let venue = self.venue()?;
        let results: Vec<Results> = self.dir.iter().map(|dir| Results::open(dir)).collect::<Result<_, _>>()?;
        results.iter().for_each(warn_of_results);
        let options = self.options(&results);
        let studies = studies(&results, &options.view)?;
        let mut figure = (kind.make)(&Scene { studies: &studies, options: &options })?;
        left_out(&results, &options.view).iter().for_each(|sentence| output::warn(sentence));
        figure.width = self.width.unwrap_or(figure.width);
        if let Some((venue, breadth)) = venue {
            figure = figure.for_venue(&venue, breadth);
        }
        let lacking = figure.lacking_letters()?;
        if !lacking.is_empty() {
            let letters: Vec<String> =
                lacking.iter().map(|letter| format!("{letter} (U+{:04X})", u32::from(*letter))).collect();
            output::warn(&format!(
                "the font of figures lacks {}: such letters are written by their codes; a `title` may do without them",
                letters.join(", ")
            ));
        }
        save(&figure, &out)?;
        write_whole(&out.with_extension("csv"), figure.csv().as_bytes())?;
        write_whole(&out.with_extension("txt"), format!("{}\n", figure.caption).as_bytes())?;
        Ok(true)
    }

    /// Says which options this kind of figure has no use for.
    fn warn_of_ignored(&self, kind: &Kind) {
        let given = [
            ("--over", !matches!(self.over, OverArg::Trials) && !kind.has_time),
            ("--centre", !matches!(self.centre, CentreArg::Mean) && !kind.has_band),
            ("--band", !matches!(self.band, BandArg::Interval) && !kind.has_band),
            ("--linear", self.linear && !kind.has_band && kind.name != "finals"),
        ];
        for (option, _) in given.iter().filter(|(_, ignored)| *ignored) {
            output::warn(&format!("`figure {}` has no use for {option}", kind.name));
        }
    }

    fn options(&self, results: &[Results]) -> Options {
        let over = match self.over {
            OverArg::Trials => Over::Trials,
            OverArg::Epochs => Over::Epochs,
            OverArg::Seconds => Over::Seconds,
        };
        let centre = match self.centre {
            CentreArg::Mean => Centre::Mean,
            CentreArg::Iqm => Centre::InterquartileMean,
            CentreArg::Median => Centre::Median,
        };
        let spread = match self.band {
            BandArg::Interval => Spread::Interval,
            BandArg::Simultaneous => Spread::Simultaneous,
            BandArg::Quartiles => Spread::Quartiles,
            BandArg::Sd => Spread::Deviation,
            BandArg::Sem => Spread::Error,
            BandArg::Range => Spread::Range,
            BandArg::None => Spread::None,
        };
        let by = match self.by {
            Some(ByArg::Valid) => By::Valid,
            Some(ByArg::Test) => By::Test,
            None => By::usual(results, &self.benchmark),
        };
        let view = View { over, by, benchmarks: self.benchmark.clone() };
        Options { view, centre, spread, log: !self.linear, task_bootstrap: self.task_bootstrap, force: self.force }
    }

    fn venue(&self) -> Result<Option<(Venue, Breadth)>, CliError> {
        let Some(text) = &self.venue else { return Ok(None) };
        let (name, breadth) = match text.strip_suffix(":column") {
            Some(name) => (name, Breadth::Column),
            None => (text.as_str(), Breadth::Text),
        };
        Ok(Some((venue_named(name)?, breadth)))
    }
}

/// The venue of a name.
pub(super) fn venue_named(name: &str) -> Result<Venue, CliError> {
    let known = VENUES.iter().map(|venue| venue.name).collect::<Vec<_>>().join(", ");
    let hint = Venue::nearest(name)
        .map_or(format!("there are {known}; in `figure`, `NAME:column` is one column"), |near| {
            format!("did you mean `{near}`?")
        });
    Venue::named(name).ok_or_else(|| CliError::usage(format!("no venue is called `{name}`"), &hint))
}

/// The numbers and the caption go beside the picture, and must not overwrite files that are something else.
fn refuse_foreign_numbers(out: &Path, Replace { replace }: Replace) -> Result<(), CliError> {
    let [numbers, caption] = ["csv", "txt"].map(|ending| out.with_extension(ending));
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let are_ours = read_regular(&numbers).is_ok_and(|bytes| bytes.starts_with(b"panel,kind,label,"));
    let odd = [&numbers, &caption].into_iter().find(|path| is_there(path) && !are_ours);
    if let Some(odd) = odd {
        let what =
            format!("`{}` is there and is not a figure's; numbers and caption go beside the picture", odd.display());
        return Err(CliError::usage(what, "choose another name for the picture"));
    }
    match are_ours && !replace {
        true => Err(CliError::usage(
            format!("`{}` is there already: the numbers of another figure of this name", numbers.display()),
            "`--replace` overwrites it; or choose another name",
        )),
        false => Ok(()),
    }
}

/// A kind of picture.
pub(super) enum Picture {
    Svg,
    Png,
    Pdf,
}

impl Picture {
    fn kind(&self) -> DestinationKind {
        match self {
            Self::Svg => DestinationKind::Svg,
            Self::Png => DestinationKind::Png,
            Self::Pdf => DestinationKind::Pdf,
        }
    }

    fn of(path: &Path) -> Result<Self, CliError> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            Some("pdf") => Ok(Self::Pdf),
            _ => Err(CliError::usage(
                format!("`{}` names no kind of picture", path.display()),
                "let the file's name end in .svg, .png or .pdf",
            )),
        }
    }
}

/// Draws a figure into a file, of the kind that the file's name says.
pub(super) fn save(figure: &Figure, path: &Path) -> Result<(), CliError> {
    let bytes = match Picture::of(path)? {
        Picture::Svg => figure.svg()?.into_bytes(),
        Picture::Png => figure.png(PRINT_DPI)?,
        Picture::Pdf => figure.pdf()?,
    };
    write_whole(path, &bytes)?;
    output::note(&format!("drew {}", path.display()));
    Ok(())
}
