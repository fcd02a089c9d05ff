// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// Voting weight in a validator set. A set's total is at most 2^62 - 1, so sums never overflow.
type Weight is uint64;

using { weightAdd as +, weightSub as -, weightEq as ==, isQuorumOf } for Weight global;

function weightAdd(Weight a, Weight b) pure returns (Weight) {
    return Weight.wrap(Weight.unwrap(a) + Weight.unwrap(b));
}

function weightSub(Weight a, Weight b) pure returns (Weight) {
    return Weight.wrap(Weight.unwrap(a) - Weight.unwrap(b));
}

function weightEq(Weight a, Weight b) pure returns (bool) {
    return Weight.unwrap(a) == Weight.unwrap(b);
}

/// Whether this is more than two thirds of `total`: exactly two thirds are not enough.
function isQuorumOf(Weight signed, Weight total) pure returns (bool) {
    return uint256(Weight.unwrap(signed)) * 3 > uint256(Weight.unwrap(total)) * 2;
}
