//! The full state out of a checkpoint's blob.
//!
//! A blob has one of two forms, told apart by its mode:
//!
//! * raw: rows of elements, as [`ledger::checkpoint`] has them, which a circuit can prove;
//! * packed: `number u64 ‖ state`, big-endian, the state as [`State::to_bytes`] has it, of any
//!   state, and attested.
//!
//! Neither is believed: whoever reads one knows the roots on L1, and a state has these or is none.

use crate::error::contradiction;
use crate::{Error, Result};
use erasure::rows_to_payload;
use ledger::{RollupDomain, Roots, State, Tree, scalar_from_bytes};
use settlement::BatchNumber;
use types::{BlobMeta, BlobMode, Row};

/// The payload of the packed form.
#[must_use]
pub fn pack(number: BatchNumber, state: &State) -> Vec<u8> {
    let mut payload = number.get().to_be_bytes().to_vec();
    payload.extend(state.to_bytes());
    payload
}

/// The number and the state of the packed form's payload. Whoever knows the roots compares them.
///
/// # Errors
/// [`Error::Contradiction`], [`Error::Ledger`] for what is none.
pub fn unpack(domain: RollupDomain, payload: &[u8]) -> Result<(BatchNumber, State)> {
    let Some((number, state)) = payload.split_first_chunk() else {
        return Err(contradiction(
            "a checkpoint",
            payload.len(),
            "8 bytes at least",
        ));
    };
    let number = BatchNumber::new(u64::from_be_bytes(*number));
    Ok((number, State::from_bytes(domain, state)?))
}

/// The state of a blob whose rows were held against its commitments. It has these roots and is of
/// this number, or there is none. Seconds for a large state; not for a reactor's thread.
///
/// # Errors
/// [`Error::Ledger`], [`Error::Erasure`], [`Error::Contradiction`] for what is no checkpoint, or of
/// another number; [`Error::OtherState`] for other roots.
pub fn read(
    domain: RollupDomain,
    number: BatchNumber,
    meta: &BlobMeta,
    rows: &[Row],
    expected: Roots,
) -> Result<State> {
    let (of, state) = match meta.length().mode() {
        BlobMode::Raw => {
            let rows = rows
                .iter()
                .map(|row| row.elements().map(scalar_from_bytes).collect());
            let rows = rows.collect::<ledger::Result<Vec<_>>>()?;
            let (of, state) = ledger::checkpoint::decode(domain, &rows, expected)?;
            (BatchNumber::new(of.get()), state)
        }
        BlobMode::Packed => unpack(domain, &rows_to_payload(meta.length(), rows)?)?,
    };
    if of != number {
        return Err(contradiction("a checkpoint's number", of, number));
    }
    let got = state.roots();
    let other = |tree: &Tree| got.of(*tree) != expected.of(*tree);
    match Tree::BOTH.into_iter().find(other) {
        None => Ok(state),
        Some(tree) => Err(Error::OtherState { number, tree }),
    }
}

#[cfg(test)]
mod tests;
