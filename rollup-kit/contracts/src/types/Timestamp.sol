// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A time of the DA network: Unix milliseconds. Times of L1 are plain Unix seconds.
type Timestamp is uint64;

using {
    timestampEq as ==,
    timestampLt as <,
    timestampGt as >,
    plusSeconds,
    toSeconds
} for Timestamp global;

function timestampEq(Timestamp a, Timestamp b) pure returns (bool) {
    return Timestamp.unwrap(a) == Timestamp.unwrap(b);
}

function timestampLt(Timestamp a, Timestamp b) pure returns (bool) {
    return Timestamp.unwrap(a) < Timestamp.unwrap(b);
}

function timestampGt(Timestamp a, Timestamp b) pure returns (bool) {
    return Timestamp.unwrap(a) > Timestamp.unwrap(b);
}

/// Later by whole seconds; reverts beyond the last millisecond that has a number.
function plusSeconds(Timestamp time, uint64 duration) pure returns (Timestamp) {
    return Timestamp.wrap(Timestamp.unwrap(time) + duration * 1000);
}

/// Unix seconds, rounded down.
function toSeconds(Timestamp time) pure returns (uint64) {
    return Timestamp.unwrap(time) / 1000;
}

/// The time of the L1 block that this runs in.
function l1Timestamp() view returns (Timestamp) {
    return Timestamp.wrap(uint64(block.timestamp) * 1000);
}
