//! `nasreplay completions` and `nasreplay man`.

use clap::{Args, Command, CommandFactory};
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

/// The pages of the program and of all its commands, one after another.
pub(super) fn man() -> Answer {
    let mut pages = Vec::new();
    let mut command = Cli::command();
    command.build(); // so that subcommands know their full names
    render(&command, &mut pages).map_err(|source| CliError::Stream { doing: "make the manual page", source })?;
    output::print(&String::from_utf8_lossy(&pages))?;
    Ok(true)
}

fn render(command: &Command, pages: &mut Vec<u8>) -> std::io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(pages)?;
    command.get_subcommands().filter(|inner| inner.get_name() != "help").try_for_each(|inner| render(inner, pages))
}
