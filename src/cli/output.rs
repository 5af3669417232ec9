//! What reaches the terminal: data on stdout, complaints, warnings and progress on stderr.

use std::borrow::Cow;
use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;

use super::CliError;
use crate::import::bytes_read;

/// A text whose control characters cannot steer a terminal: all but line breaks and tabs are written by their codes.
fn harmless(text: &str) -> Cow<'_, str> {
    let steers = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let written = |letter: char| if steers(letter) { letter.escape_unicode().to_string() } else { letter.to_string() };
    Cow::Owned(text.chars().map(written).collect())
}

/// Writes data to stdout.
pub fn print(text: &str) -> Result<(), CliError> {
    let text = harmless(text);
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
    _ = writeln!(io::stderr(), "{}", harmless(text)); // if stderr is gone, nobody listens
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

/// How often a terminal is told how far work has come, and everything else.
const SAID_EVERY: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(30)];

/// Does work of unknown length and says meanwhile how far it has come: on terminals in a line of its own, elsewhere now and then. How much is
/// left is not said, since nobody knows what will be asked for.
pub fn while_saying<T>(line: &(dyn Fn() -> String + Sync), work: impl FnOnce() -> T) -> T {
    let bar = ProgressBar::new_spinner();
    bar.set_style(
        ProgressStyle::with_template("{spinner} {msg}, {elapsed}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    let [often, seldom] = SAID_EVERY;
    let every = if bar.is_hidden() { seldom } else { often };
    let (finished, waiting) = std::sync::mpsc::channel::<()>();
    let done = std::thread::scope(|scope| {
        let bar = &bar;
        scope.spawn(move || {
            while waiting.recv_timeout(every) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                if bar.is_hidden() {
                    note(&line())
                } else {
                    bar.set_message(line())
                }
                bar.tick();
            }
        });
        let done = work();
        drop(finished);
        done
    });
    bar.finish_and_clear();
    done
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
