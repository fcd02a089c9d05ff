//! The codes: how payload bytes become rows, rows become cells, and lost ones come back.
//!
//! * [`pack`] and [`raw_rows`] turn a payload into rows of canonical elements and back.
//! * [`RowPolynomial`] is the row code, step by step: 64 cells become 128, EIP-7594's;
//!   [`extend_row`] and [`recover_row`] take the steps at once.
//! * [`ColumnCode`] is the column code: N rows become 2N.
//! * [`ErasureCode`] is any code over shards of bytes: k become n, of which any k suffice.
//!   [`CodeFamily`] lists them.
//!
//! The codes of rows and columns are Reed and Solomon's, over the scalar field of BLS12-381, and
//! linear, so that cells, commitments and proofs of parity rows follow from those of the data.
//! Whatever computes takes an [`Engine`](algebra::Engine); its choice changes no result.

mod codes;
mod columns;
mod decoding;
mod doubling;
mod error;
mod field;
mod packing;
mod polynomial;
mod recovery;
mod rows;

#[cfg(feature = "byte-codes")]
pub use codes::{AdditiveCode, ByteCode, WideByteCode};
pub use codes::{
    CodeFamily, CodeLimits, CodeParameters, ErasureCode, FieldCode, MAX_CODED_BYTES, MAX_SHARDS,
    ShardIndex,
};
pub use columns::ColumnCode;
pub use error::ErasureError;
pub use field::{
    cell_to_scalars, cells_to_scalars, row_to_scalars, scalars_to_cell, scalars_to_cells,
    scalars_to_row,
};
pub use packing::{
    PACKED_BYTES_PER_ROW, pack, payload_to_rows, raw_payload, raw_rows, rows_to_payload, unpack,
};
pub use polynomial::{RowPolynomial, cell_unshifts};
pub use recovery::ColumnRecovery;
pub use rows::{extend_row, recover_row};
