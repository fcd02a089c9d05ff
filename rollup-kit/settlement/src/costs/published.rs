//! What others publish of themselves.

use serde::Serialize;

/// A published figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Which system.
    pub system: &'static str,
    /// What is done there.
    pub operation: &'static str,
    /// Gas.
    pub gas: u64,
    /// Where it is said, or how it follows from what is said.
    pub source: &'static str,
}

/// Figures that a source states, or that follow from its constants. Systems that publish none for
/// an operation have no line: StarkEx escapes in three transactions per user, CDK has no escape.
///
/// CDK publishes no gas of its validium at all: its documentation says that a batch on L1 is a hash
/// and the signatures of a committee, and its contracts come without gas reports. What is here of
/// it is a floor, by the price of the one precompile that its check cannot do without.
pub const PUBLISHED: &[Published] = &[
    Published {
        system: "OP alt-DA",
        operation: "answer of a challenge of 130,672 bytes, as its contract prices it",
        gas: 2_247_307,
        source: "DataAvailabilityChallenge.sol, fixedResolutionCost 72,925 and 16.64 gas a byte (optimism d317e96)",
    },
    Published {
        system: "OP alt-DA",
        operation: "answer of a challenge of 130,672 bytes, at EIP-7623's floor",
        gas: 5_247_880,
        source: "EIP-7623: 21,000 + 40 gas for each non-zero byte of calldata",
    },
    Published {
        system: "StarkEx",
        operation: "forced operation beyond ten in a block",
        gas: 1_000_000,
        source: "starkex-contracts f3b2506: 10 in a block are cheap, further ones burn 1M gas",
    },
    Published {
        system: "CDK",
        operation: "a committee's signature, of each member that signs: no less; none is published",
        gas: 3_000,
        source: "cdk-validium-contracts d549046, CDKDataCommittee.verifySignatures: an ECRECOVER, 3,000 gas, each",
    },
];
