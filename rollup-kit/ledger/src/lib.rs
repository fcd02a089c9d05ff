//! What a rollup owns: two Poseidon trees, accounts, keys, operations.
//!
//! * [`poseidon`] is the only hash in here, because circuits compute it cheaply.
//! * [`State`] is both trees: the one whose data is on L1 and the one whose data is on the DA
//!   network. Each account is in one of them.
//! * [`Batch`] applies [`Operation`]s in order and writes down what a proof of them needs.
//! * [`Record`] is what is posted of an operation: two elements of a row. [`replay`] makes the
//!   same state out of records and L1's queue alone.
//! * [`checkpoint`] is the full state as rows, and back.
//! * [`Rules`] are a rollup's own: what its calls do to registers, which nothing on L1 backs.
//! * [`State::exits`] is what a batched exit out of a frozen rollup is proved from.
//! * [`keys`] signs: Schnorr over Jubjub, with Poseidon.
//!
//! The circuit in crate `validity` proves exactly what [`State::execute`] accepts. What a
//! sequencer refuses besides (dust, bad signatures) is in [`Operation`]'s own checks.

mod account;
mod batch;
pub mod checkpoint;
mod error;
mod exits;
pub mod keys;
mod nouns;
mod operation;
pub mod poseidon;
mod record;
mod replay;
mod rows;
pub mod rules;
mod state;
mod traffic;
mod tree;

pub use account::{Account, Leaf, OPEN_END};
pub use ark_bls12_381::Fr;
pub use batch::{Batch, BatchSize, FeePot, FinishedBatch, Settled, batch_digest};
pub use error::{Error, Result};
pub use exits::{Exit, ExitBatch, ExitsSize, Holding, Slot, exits_digest, used_unit};
pub use nouns::{
    AccountIndex, AccountKey, Address, Amount, Authority, Fee, Identity, Nonce, RollupDomain,
    Roots, TokenId, Tree,
};
pub use operation::{Body, Draft, FromL1, Operation, Signed};
pub use record::{Kind, Record};
pub use replay::replay;
pub use rows::{decode_row, encode_rows, scalar_bytes, scalar_from_bytes};
pub use rules::{Call, Holdings, Refused, Register, Rules};
pub use state::{Receipt, Refusal, State, Touch, TreeState, Undo};
pub use traffic::{Traffic, WithdrawalNote};
pub use tree::{ACCOUNT_DEPTH, ARITY, QuadTree, Step, TOKEN_DEPTH, empty_root};
