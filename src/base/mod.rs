//! What everybody stands on: random streams, the simulated clock, digests, whole-file writes, and hints for misspelt names.
//!
//! Nothing here knows what an architecture or a table is.

mod clock;
mod digest;
mod file;
mod rng;
mod stopwatch;
mod strict;
mod text;

pub use clock::{ClockError, Epoch, Nanos};
pub use digest::{Digest, Hasher};
pub use file::{
    FileError, LEFT_OVER, check_listing, data_folder, folder_of, open_regular, read_regular, read_text,
    remove_unfinished, with_folder, with_sibling, write_whole,
};
pub use rng::{Key, Rng, RngState};
pub use stopwatch::Stopwatch;
pub use strict::{StrictError, from_toml, nearest};
pub use text::{counted, no_formula, printable, short, thousands};
