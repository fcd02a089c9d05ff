//! The circuit against the ledger: what the ledger does holds, and whatever is changed does not.
#![allow(clippy::unwrap_used, clippy::panic)]

mod cases;
mod checkpoint;
mod exits;
mod forge;
mod mutate;
mod rules;
mod size;
