//! The command line of nasreplay; everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    nasreplay::cli::main()
}
