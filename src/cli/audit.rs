//! `nasreplay table audit`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::destination::{self, Kind, Replace};
use super::run::set_threads;
use super::{Answer, CliError, output};
use crate::analysis::audit::{Audit as Audited, audit};
use crate::base::write_whole;
use crate::report::{audit_text, card};
use crate::table::Table;

/// Reads everything and reports what makes comparisons wrong; exit code 1 when something is.
#[derive(Debug, Args)]
pub struct Audit {
    /// A table, by path or name
    table: String,
    /// Prints JSON
    #[arg(long)]
    json: bool,
    /// Writes a card of one page; its ending says how: .html holds all in one file, .md has its pictures beside it
    #[arg(short, long, value_name = "CARD")]
    out: Option<PathBuf>,
    #[command(flatten)]
    replace: Replace,
    /// How many threads read; all cores if left out
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// A form of a card.
enum Form {
    Html,
    Markdown,
}

impl Audit {
    pub(super) fn run(self) -> Answer {
        let form = self.out.as_deref().map(Form::of).transpose()?; // a bad file name fails before the work
        if let (Some(path), Some(form)) = (&self.out, &form) {
            destination::check(path, form.kind(), self.replace, &[PathBuf::from(&self.table)])?;
        }
        set_threads(self.threads)?;
        let found = audit(&Table::find(&self.table)?)?;
        if self.json {
            output::print_json(&json!({ "sound": found.is_sound(), "audit": found }))?;
        } else {
            output::print(&audit_text(&found))?;
        }
        if let (Some(path), Some(form)) = (&self.out, form) {
            write_card(&found, path, &form, self.replace)?;
        }
        Ok(found.is_sound())
    }
}

impl Form {
    fn kind(&self) -> Kind {
        match self {
            Self::Html => Kind::Page,
            Self::Markdown => Kind::Markdown,
        }
    }

    fn of(path: &Path) -> Result<Self, CliError> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("html") => Ok(Self::Html),
            Some("md") => Ok(Self::Markdown),
            _ => Err(CliError::usage(
                format!("`{}` names no form of a card", path.display()),
                "let the file's name end in .html or .md",
            )),
        }
    }
}

fn write_card(audit: &Audited, path: &Path, form: &Form, replace: Replace) -> Result<(), CliError> {
    let card = card(audit)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let picture = |id: &str| format!("{stem}-{id}.svg");
    match form {
        Form::Html => write_whole(path, card.html().as_bytes())?,
        Form::Markdown => {
            for (id, _) in card.pictures() {
                destination::check(&path.with_file_name(picture(id)), Kind::Svg, replace, &[])?;
            }
            for (id, svg) in card.pictures() {
                write_whole(&path.with_file_name(picture(id)), svg.as_bytes())?;
            }
            write_whole(path, card.markdown(picture).as_bytes())?;
        }
    }
    output::note(&format!("wrote {}", path.display()));
    Ok(())
}
