// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A part in a validator's pool: what its owner and its delegators hold. Worth the same
/// fraction of the pool's wei as it is of all shares; only a slash makes one worth less.
type Shares is uint128;

/// A part of what a validator's pool backs: of all its units, each belongs to one rollup or to
/// none. Deposits and withdrawals leave the units as they are, so every rollup's part grows and
/// shrinks with the pool; a slash burns units of the rollup that takes it, and nobody else's.
type Units is uint128;

/// A request to unbond.
type TicketId is uint64;
