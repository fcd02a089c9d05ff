//! A namespace's blobs in one file, with everything that proves them: nodes forget a blob when
//! its retention is over, and whoever wants to keep it longer exports it before.
//!
//! A file is of one chain and one namespace, and covers heights without a gap. For every height
//! it has the header and the proof that the namespace has these blobs there and no others; for
//! every blob its description, its availability certificate and its payload. Headers are linked
//! by their parents' hashes up to a last one, which is certified. Whoever imports it believes
//! nothing of it: starting from a validator set of its own choice, it verifies set changes,
//! certificates, links, proofs and the commitments of every row, before it keeps a byte.
//!
//! | record | body |
//! |---|---|
//! | head | chain id ‖ namespace ‖ first height u64 |
//! | set change | length u16 ‖ certified header ‖ the set that it hands over to |
//! | block | header ‖ length u16 ‖ finality certificate or nothing ‖ namespace proof |
//! | blob | length u16 ‖ description ‖ availability certificate |
//! | chunk | the next bytes of the payload, at most 1 MiB |
//! | end | last height u64 ‖ blobs u64 ‖ payload bytes u64 |
//!
//! A head, then set changes and blocks, each block followed by its blobs and each blob by its
//! chunks, then an end. A record is `kind u8 ‖ length u32 ‖ body ‖ check`, where the check is the
//! first eight bytes of SHA-256 over the check before and the record: it tells damage from
//! forgery, and nothing more.

mod error;
mod export;
mod frame;
mod record;
mod shelf;
mod verify;
mod write;

pub use error::{Error, Result};
pub use export::{Exported, Plan, export};
pub use shelf::{Kept, Shelf, Shelved};
pub use verify::{Trust, VerifiedArchive, verify};

#[cfg(test)]
mod tests;
