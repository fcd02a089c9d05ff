//! The libraries that ours is measured against.

mod c_kzg;
mod rust_eth_kzg;

pub use c_kzg::CKzg;
pub use rust_eth_kzg::RustEthKzg;

use std::time::Duration;

use types::limits::{POINT_BYTES, ROW_ELEMENTS};

use crate::{BenchError, share_out};

/// Window of the rivals' tables for proofs, in bits. Each more bit takes twice the memory: 8 is
/// the last that stays within 128 MiB.
const TABLE_WINDOW: u8 = 8;

/// Bytes of a point in memory: two coordinates of 48 bytes.
const AFFINE_BYTES: usize = 2 * POINT_BYTES;

/// Points of FK20: 128 groups of 64, each with 2^(w − 1) multiples in a table of window w, since
/// the signs of digits are free.
const TABLE_BYTES: usize = (2 * ROW_ELEMENTS * AFFINE_BYTES) << (TABLE_WINDOW - 1);

const _: () = assert!(TABLE_BYTES <= 128 << 20);

/// The time per batch of so many callers, each of which verifies the whole of one.
fn share_batches(
    threads: usize,
    verify: impl Fn() -> Result<(), BenchError> + Sync,
) -> Result<Duration, BenchError> {
    let batches = vec![(); threads];
    let time = share_out(threads, &batches, |()| verify())?;
    Ok(time / u32::try_from(threads).unwrap_or(u32::MAX))
}
