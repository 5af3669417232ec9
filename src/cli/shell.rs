//! `nasreplay completions` and `nasreplay man`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Answer, Cli, CliError, output};

/// Prints a completion script for a shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Answer {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "nasreplay", &mut script);
        output::print(&String::from_utf8_lossy(&script))?;
        Ok(true)
    }
}

pub(super) fn man() -> Answer {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
    rendered.map_err(|source| CliError::Stream { doing: "make the manual page", source })?;
    output::print(&String::from_utf8_lossy(&page))?;
    Ok(true)
}
