// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { SettingsVersion } from "../governance/Settings.sol";
import { KzgPoint } from "../kzg/KzgPoint.sol";
import { Scalar } from "../kzg/Scalar.sol";
import { Certificate } from "../types/Certificates.sol";
import { BlobId } from "../types/Hashes.sol";

/// A batch's place in the rollup's history, 0 for its beginning. Checkpoints and fallbacks take
/// numbers too.
type BatchNumber is uint64;

/// A token's place in the rollup's list; 0 is ETH.
type TokenId is uint16;

/// An operation's place in its tree's queue.
type QueueIndex is uint64;

/// A row's place in its blob.
type RowIndex is uint16;

using { batchEq as ==, batchGt as >, next } for BatchNumber global;
using { tokenEq as == } for TokenId global;

function batchEq(BatchNumber a, BatchNumber b) pure returns (bool) {
    return BatchNumber.unwrap(a) == BatchNumber.unwrap(b);
}

function batchGt(BatchNumber a, BatchNumber b) pure returns (bool) {
    return BatchNumber.unwrap(a) > BatchNumber.unwrap(b);
}

function next(BatchNumber number) pure returns (BatchNumber) {
    return BatchNumber.wrap(BatchNumber.unwrap(number) + 1);
}

function tokenEq(TokenId a, TokenId b) pure returns (bool) {
    return TokenId.unwrap(a) == TokenId.unwrap(b);
}

/// Where an account's data is. Value passes from one tree to the other as a withdrawal that is
/// claimed into the other's queue, so that a fallback of one never touches the other.
enum Tree {
    /// On L1: nobody can withhold it.
    OnL1,
    /// On the DA network: cheaper, and withdrawals wait until the data is final.
    OffL1
}

/// The roots of the two trees, Poseidon, as the circuit has them.
struct Roots {
    Scalar onL1;
    Scalar offL1;
}

/// What an operation out of L1 asks for.
enum Kind {
    /// No operation: what stands for a cancelled one when its place is consumed.
    Nothing,
    /// Credits `amount` to `account`.
    Deposit,
    /// Debits `account` if `authority` says that its owner wants it, and pays `owner` on L1.
    /// Without that it does nothing, and is consumed all the same.
    ForcedWithdrawal
}

/// An operation in a tree's queue. Only its hash is stored.
/// @param owner Who may cancel a deposit and gets it back; whom a forced withdrawal pays. A
/// deposit that opens an account makes this the L1 address that its exits pay.
/// @param account Who is meant: the circuit's hash of its key.
/// @param authority The circuit's hash of the owner's signed wish; 0 in deposits.
/// @param enqueuedAt Unix seconds.
/// @param deadline Until when it must be consumed, Unix seconds.
struct Operation {
    Kind kind;
    TokenId token;
    uint128 amount;
    address owner;
    Scalar account;
    Scalar authority;
    uint64 enqueuedAt;
    uint64 deadline;
}

/// Value that leaves a tree.
/// @param recipient Who is paid on L1.
/// @param account Not 0: nobody is paid, and the other tree's queue gets a deposit to it, owned
/// by the recipient.
struct Withdrawal {
    Tree tree;
    TokenId token;
    uint128 amount;
    address recipient;
    Scalar account;
}

/// What an account held of a token when the rollup froze.
/// @param slot `account index << 16 | token`: the same in every proof, and paid once.
/// @param owner The account's L1 address.
struct Holding {
    uint64 slot;
    address owner;
    TokenId token;
    uint128 amount;
}

/// A claim that a row's polynomial takes `value` at the row's point.
struct RowOpening {
    Scalar value;
    KzgPoint proof;
}

/// Where a batch's L1 part is.
enum Carrier {
    /// Refused: the zero value, so that nothing passes for a part that somebody forgot.
    Nowhere,
    /// In the transaction's first blobs.
    Blobs,
    /// In calldata, as the first elements of one row.
    Calldata
}

/// A batch as an operator submits it.
/// @param digest The circuit's hash over all elements, operations and withdrawals: what makes
/// the points unpredictable before the data is fixed.
/// @param blobs Commitments of the L1 part's blobs, if it is in blobs.
/// @param elements The L1 part, if it is in calldata.
/// @param meta The DA blob's description, as `types::BlobMeta` encodes it; empty without one.
/// @param openings First of the L1 part's blobs, then of the DA blob's rows.
struct Submission {
    Roots roots;
    Scalar digest;
    Carrier carrier;
    KzgPoint[] blobs;
    Scalar[] elements;
    bytes meta;
    Certificate certificate;
    RowOpening[] openings;
    Operation[] onOperations;
    Operation[] offOperations;
    Withdrawal[] withdrawals;
    bytes proof;
}

/// A proved full state, with what makes escapes cheap: per tree the root of a Keccak tree over
/// all holdings that are not zero, ascending by slot, proved equal to the state. 0 for none, where
/// the circuit has no such tree: then owners leave by `escapeMany`, or somebody proves the exits
/// after the freeze.
struct Checkpoint {
    Scalar digest;
    bytes32 onExits;
    bytes32 offExits;
    bytes meta;
    Certificate certificate;
    RowOpening[] openings;
    bytes proof;
}

/// What the contract remembers of a batch.
/// @param roots After it.
/// @param blob The DA blob; 0 without one.
/// @param certificate keccak256 of the ABI encoding of its `CertifiedBlob`.
/// @param withdrawals Root of the tree over its withdrawals, see `HashTree`.
/// @param publicRows Bit i: row i of the DA blob stood on L1 since.
/// @param challengeUntil Until when its rows may be challenged, Unix seconds.
/// @param onHead The place after the last operation consumed of the queue of the tree on L1.
/// @param era How many fallbacks there were before it.
/// @param openRows How many of its rows are challenged now.
struct Batch {
    Roots roots;
    BlobId blob;
    bytes32 certificate;
    bytes32 withdrawals;
    uint256 publicRows;
    address operator;
    uint64 submittedAt;
    uint16 rows;
    uint16 openRows;
    uint64 challengeUntil;
    QueueIndex onHead;
    QueueIndex offHead;
    SettingsVersion settings;
    uint32 era;
}
