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
];
