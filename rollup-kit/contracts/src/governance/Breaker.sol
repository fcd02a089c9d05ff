// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A token's recent volume: what flowed out, leaking away over a day.
struct Flow {
    uint128 level;
    uint64 since;
}

using Breaker for Flow global;

/// @title The circuit breaker on withdrawals
/// @notice A bucket per token. A payment that does not fit waits `DELAY`, and nothing else: it
/// cannot be refused, reordered or taken. That is the time in which users of a rollup whose
/// verifier turned out broken can see it, and challenges of the same day end.
library Breaker {
    /// Seconds that a payment waits which overflows the bucket.
    uint64 internal constant DELAY = 3 days;
    /// Seconds in which a full bucket runs empty.
    uint64 internal constant PERIOD = 1 days;
    /// The bucket's size: a fifth of what is held.
    uint256 internal constant HELD_PER_CAPACITY = 5;

    /// Counts a payment.
    /// @param held What the token's owners together hold, before the payment.
    /// @param calm What may flow out in a day at any size.
    /// @return fits Whether it may be fetched at once. One that does not fit leaves no trace in
    /// the bucket, so nobody can fill it with payments of others.
    function admit(Flow storage flow, uint256 amount, uint256 held, uint256 calm)
        internal
        returns (bool fits)
    {
        uint256 capacity = held / HELD_PER_CAPACITY;
        if (capacity < calm) capacity = calm;
        if (capacity > type(uint128).max) capacity = type(uint128).max;
        uint256 level = levelNow(flow, capacity) + amount;
        if (level > capacity) return false;
        // At most the capacity, which is below 2^128.
        // forge-lint: disable-next-line(unsafe-typecast)
        flow.level = uint128(level);
        flow.since = uint64(block.timestamp);
        return true;
    }

    function levelNow(Flow storage flow, uint256 capacity) internal view returns (uint256) {
        uint256 leaked = capacity * (block.timestamp - flow.since) / PERIOD;
        return flow.level > leaked ? flow.level - leaked : 0;
    }
}
