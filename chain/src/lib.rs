//! The chain's rules, pure: who the validators are, what they sign, what makes a certificate,
//! a header or a block valid, who keeps which columns, and what a light node may trust.
//!
//! Signatures are BLS12-381 with keys in G1 and signatures in G2
//! (draft-irtf-cfrg-bls-signature, proof-of-possession scheme, `min_pk`), so that they
//! aggregate and an EVM contract can check them through EIP-2537. Time and randomness are
//! always arguments; nothing here reads a clock, opens a socket or starts a thread.
//!
//! What a stranger hands over is `Unverified…`; consuming it with `verify` yields the form that
//! the rest of the system believes. Verified forms have private fields, remember the chain and
//! the set against which they were checked, and cannot be deserialised.

mod availability;
mod batch;
mod bitmap;
mod block;
mod bls;
mod columns;
mod context;
mod custody;
mod digest;
mod error;
mod evidence;
mod evm;
mod finality;
mod genesis;
mod header;
mod keys;
mod light;
mod membership;
mod params;
mod proof;
mod propose;
mod receipt;
mod set;
mod tenure;
mod trusted_set;

pub use availability::{AvailabilityCertificate, UnverifiedAvailability};
pub use bitmap::Bitmap;
pub use block::{Block, BlockError, CertifiedReference, Reference, UnverifiedBlock};
pub use columns::ColumnSet;
pub use context::{BlockContext, Parent};
pub use custody::Custody;
pub use digest::{
    Digest, VoteKind, peer_binding_digest, proposal_digest, proposal_part_digest, receipt_digest,
    registration_digest, vote_digest,
};
pub use error::{Error, Result};
pub use evidence::{
    Contradiction, Equivocation, SignedAt, SignedProposal, SignedVote, UnverifiedEquivocation,
};
pub use evm::{G1_BYTES, G2_BYTES, L1Address, L1ChainId};
pub use finality::{FinalityCertificate, UnverifiedFinality};
pub use genesis::{CheckedGenesis, Genesis, GenesisValidator};
pub use header::{FinalHeader, UnverifiedHeader};
pub use keys::{
    PossessionProof, PublicKey, PublicKeyBytes, Signature, SigningKey, ValidatorAddress,
};
pub use light::{Checkpoint, TrustedChain, TrustingPeriod};
pub use membership::{
    Approval, ApprovalCollector, SetChange, SetChangeCertificate, SetEdit, UnverifiedApproval,
    UnverifiedSetChange, UnverifiedSetChangeCertificate,
};
pub use params::{ChainParams, NetworkKind};
pub use proof::{BlobProof, UnverifiedBlobProof};
pub use propose::propose;
pub use receipt::{Receipt, ReceiptCollector, ReceiptTerms, UnverifiedReceipt};
pub use set::{Validator, ValidatorIndex, ValidatorSet, Weight};
pub use tenure::Tenure;
pub use trusted_set::TrustedSet;
