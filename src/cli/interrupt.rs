//! What Ctrl-C does: what was begun and not finished is removed, one line says what is kept and how to go on, and the exit code is 130.

use std::sync::{Mutex, PoisonError};

use super::output;
use crate::base::remove_unfinished;

/// The exit code of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// What is kept of the command under way.
static KEPT: Mutex<String> = Mutex::new(String::new());

/// From here on, an interruption says what is kept and how to go on.
pub fn keeps(what: impl Into<String>) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = what.into();
}

/// Lets Ctrl-C end the program as it should.
pub fn install() {
    let installed = ctrlc::set_handler(|| {
        remove_unfinished();
        let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone();
        output::note(&format!("\ninterrupted: {}", if kept.is_empty() { "nothing was written" } else { &kept }));
        std::process::exit(INTERRUPTED);
    });
    _ = installed; // without a handler the system's own way of ending holds
}
