//! What reaches the terminal: data on stdout, complaints, warnings and progress on stderr.

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;

use super::CliError;
use crate::import::bytes_read;

/// Writes data to stdout.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|source| match source.kind() {
        ErrorKind::BrokenPipe => CliError::ClosedPipe,
        _ => CliError::Stream { doing: "write to stdout", source },
    })
}

/// Writes a value as indented JSON to stdout.
pub fn print_json<T: Serialize>(value: &T) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default(); // plain data is always JSON
    print(&(text + "\n"))
}

/// Says something beside the data, on stderr.
pub fn note(text: &str) {
    _ = writeln!(io::stderr(), "{text}"); // if stderr is gone, nobody listens
}

/// Says what a user should know before trusting the numbers.
pub fn warn(text: &str) {
    note(&format!("warning: {text}"));
}

/// Says why the request could not be carried out: the error, its causes, and what to do.
pub fn complain(error: &CliError) {
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text += &format!("\n  caused by: {inner}");
        cause = inner.source();
    }
    if let Some(hint) = error.hint() {
        text += &format!("\n\nhint: {hint}");
    }
    note(&text);
}

/// A progress bar on terminals; elsewhere it stays silent.
pub fn progress_bar(runs: u64) -> ProgressBar {
    progress_bar_of("runs", runs)
}

/// A progress bar that counts something, with the time left.
pub fn progress_bar_of(things: &str, count: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {things}, {{eta}} left"));
    ProgressBar::new(count).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Shows on terminals, until it is finished, how much of published files of so many bytes was read; files are read twice where need be.
pub fn reading(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {read}, {elapsed}");
    let read = move |_: &ProgressState, line: &mut dyn std::fmt::Write| {
        _ = write!(line, "{} read (the files have {})", HumanBytes(bytes_read()), HumanBytes(bytes)); // a line in memory takes any text
    };
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()).with_key("read", read));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
