//! Where commands write: what is there already is replaced only where it is of the kind that the command writes and `--replace` is given,
//! and never an input, through whatever link.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use crate::base::check_listing;
use crate::report::REPORT;
use crate::table::export::EXPORTED;
use crate::table::is_table_file;

/// Whether what is there may be replaced.
#[derive(Debug, Clone, Copy, Args)]
pub struct Replace {
    /// Overwrites what is there already, if it is of the kind that this command writes
    #[arg(long)]
    pub replace: bool,
}

/// What a command writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A table.
    Table,
    /// A baseline.
    Baseline,
    /// A page in HTML.
    Page,
    /// A card in markdown.
    Markdown,
    /// A picture as SVG.
    Svg,
    /// A picture as PNG.
    Png,
    /// A picture as PDF.
    Pdf,
    /// A verdict as JUnit XML.
    Junit,
    /// The folder of a report.
    Report,
    /// The folder of an exported table.
    Export,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Table => "a table",
            Self::Baseline => "a baseline",
            Self::Page => "a page of this program",
            Self::Markdown => "a card of a table",
            Self::Svg => "an SVG picture",
            Self::Png => "a PNG picture",
            Self::Pdf => "a PDF picture",
            Self::Junit => "a verdict as JUnit XML",
            Self::Report => "the folder of a report",
            Self::Export => "the folder of an exported table",
        }
    }

    /// What the listing of such a folder says; none for a file.
    fn listed(self) -> Option<&'static str> {
        match self {
            Self::Report => Some(REPORT),
            Self::Export => Some(EXPORTED),
            _ => None,
        }
    }

    /// Whether what is there is of this kind: by its format, or by its first bytes.
    fn is_at(self, path: &Path) -> bool {
        match self {
            Self::Table => is_table_file(path),
            Self::Baseline => begins(path, |text| text.contains("\"nasreplay-baseline\"")),
            Self::Page => {
                begins(path, |text| text.starts_with("<!DOCTYPE html>") && text.contains("default-src 'none'"))
            }
            Self::Markdown => begins(path, |text| text.starts_with("# Table card")),
            Self::Svg => begins(path, |text| text.contains("<svg")),
            Self::Png => begins(path, |text| text.get(1..4) == Some("PNG")),
            Self::Pdf => begins(path, |text| text.starts_with("%PDF")),
            Self::Junit => begins(path, |text| text.contains("<testsuite")),
            Self::Report => check_listing(path, REPORT).is_ok(),
            Self::Export => check_listing(path, EXPORTED).is_ok(),
        }
    }
}

/// Whether a path can be written to as a kind of output, without losing an input or anything of another kind.
///
/// # Errors
/// Says what is there, and what to do.
pub fn check(path: &Path, kind: Kind, Replace { replace }: Replace, inputs: &[PathBuf]) -> Result<(), CliError> {
    let shown = path.display();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        let what = format!("cannot write `{shown}`: there is no folder `{}`", folder.display());
        return Err(CliError::usage(what, "make it, or choose another"));
    }
    if fs::symlink_metadata(path).is_err() {
        return Ok(()); // nothing is there
    }
    if fs::metadata(path).is_err() {
        let what = format!("`{shown}` is a link that leads nowhere");
        return Err(CliError::usage(what, "remove it, or choose another name"));
    }
    if let Some(input) = inputs.iter().find(|input| overwrites(path, input)) {
        let what = format!("`{shown}` is the input `{}`, which would be overwritten", input.display());
        return Err(CliError::usage(what, "choose another name for what is written"));
    }
    if !kind.is_at(path) {
        let foreign =
            kind.listed().and_then(|listed| check_listing(path, listed).err()).filter(|foreign| foreign != path);
        if let Some(foreign) = foreign {
            let what = format!("`{shown}` holds `{}`, which is no part of {}", foreign.display(), kind.words());
            return Err(CliError::usage(what, "put it elsewhere, or choose another name for the folder"));
        }
        let what = format!("`{shown}` is there and is not {}", kind.words());
        return Err(CliError::usage(what, "choose another name: nothing of another kind is ever replaced"));
    }
    if !replace {
        return Err(CliError::usage(
            format!("`{shown}` is there already"),
            "`--replace` overwrites it; or choose another name",
        ));
    }
    Ok(())
}

/// Whether writing to a path would overwrite an input: they are one file or folder, or the input lies inside.
pub fn overwrites(path: &Path, input: &Path) -> bool {
    let inside =
        fs::canonicalize(path).is_ok_and(|path| fs::canonicalize(input).is_ok_and(|input| input.starts_with(path)));
    inside || same_file(path, input)
}

/// Whether text can be added at the end of a file: nothing is there, or a regular file of text that is neither an input nor inside of one.
///
/// # Errors
/// Says what is there.
pub fn check_appended(path: &Path, inputs: &[PathBuf]) -> Result<(), CliError> {
    let shown = path.display();
    if fs::metadata(path).is_err() {
        return Ok(()); // nothing is there
    }
    let is_input = |input: &&PathBuf| overwrites(path, input) || overwrites(input, path);
    if let Some(input) = inputs.iter().find(is_input) {
        let what = format!("`{shown}` is, or is part of, the input `{}`", input.display());
        return Err(CliError::usage(what, "choose another name for what is written"));
    }
    if begins(path, |text| !text.starts_with(['{', '<']) && !text.contains('\0')) {
        return Ok(());
    }
    Err(CliError::usage(format!("`{shown}` is there and is no markdown"), "choose another name"))
}

/// Whether two names are hard links of one file.
#[cfg(unix)]
fn same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    number(a).is_some() && number(a) == number(b)
}

#[cfg(not(unix))]
fn same_file(_: &Path, _: &Path) -> bool {
    false
}

/// Whether the first bytes of a regular file are as expected.
fn begins(path: &Path, is_so: impl Fn(&str) -> bool) -> bool {
    let mut bytes = Vec::new();
    let is_file = fs::metadata(path).is_ok_and(|file| file.is_file());
    let read = is_file.then(|| File::open(path).and_then(|file| file.take(1000).read_to_end(&mut bytes)));
    read.is_some_and(|read| read.is_ok()) && is_so(&String::from_utf8_lossy(&bytes).replace('\u{fffd}', "?"))
}
