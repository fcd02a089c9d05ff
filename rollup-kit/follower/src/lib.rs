//! Derives a rollup from L1 and DA data alone, serves what it derived, prepares escapes.
//!
//! * [`Follower`] derives in the background and answers JSON-RPC; it changes nothing on L1 and
//!   holds no keys.
//! * [`views`] is what it answers, read off a [`derivation::Derivation`].
//! * [`escapes`] writes what owners of a frozen rollup need to leave: whoever kept up with the
//!   rollup can do it, whether or not its operators are there.
//! * [`Judge`] is the light mode: rows are sampled instead of downloaded. It says whether data can
//!   be had, and knows roots; it has no balances, and says so when asked for one.

mod error;
pub mod escapes;
mod light;
pub mod limits;
mod process;
mod server;
pub mod views;

pub use error::{Error, Result};
pub use light::{Judge, Judged, NoRows};
pub use process::{Follower, Options};
