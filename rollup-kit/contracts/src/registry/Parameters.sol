// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { ChainId, SetHash } from "../types/Hashes.sol";

/// What a registry is made with; nothing of it ever changes. Durations are seconds.
/// @param chainId The DA chain.
/// @param genesisSet The set that the chain begins with.
/// @param retention For how long a blob is kept after its acceptance, as the chain's genesis
/// says; 14 days.
/// @param certificateAge For how long a certificate counts after the blob's acceptance, 24 h.
/// Retention must outlast it and every window of a challenge.
/// @param clockDrift How far the clocks of L1 and of validators may differ, 1 minute: blocks of
/// L1 come every 12 s, and may be missed.
/// @param trustingPeriod For how long a set is trusted after the last header that confirmed it,
/// 21 days: shorter than unbonding, so that whoever could still speak for it can be slashed.
/// @param unbonding For how long stake stays slashable after its owner wants it back, 28 days:
/// longer than a certificate's age, both windows of a challenge at their longest and the time
/// for exculpation together.
/// @param notice For how long a new allocation waits while others have stake in the pool, 29
/// days: longer than unbonding, so that a delegator who disagrees has left before.
/// @param jailTerm For how long a validator earns nothing from a rollup that jailed it, 7 days.
/// @param rescueWindow In how much time rescues add up, 7 days.
/// @param rescuesToJail How many rescues within the window jail, 3.
/// @param minimumStake Wei of its owner that a validator begins with: it makes identities cost
/// something.
struct Parameters {
    ChainId chainId;
    SetHash genesisSet;
    uint64 retention;
    uint64 certificateAge;
    uint64 clockDrift;
    uint64 trustingPeriod;
    uint64 unbonding;
    uint64 notice;
    uint64 jailTerm;
    uint64 rescueWindow;
    uint32 rescuesToJail;
    uint128 minimumStake;
}

/// A parameter that undoes what another one is for; `what` is its name.
error BadParameter(bytes32 what, uint256 got, uint256 least, uint256 most);

using { check } for Parameters global;

/// Holds the parameters to the relations that their descriptions state.
function check(Parameters memory p) pure {
    // A hundred years: no sum of a time and a duration overflows.
    uint256 most = 36_525 days;
    requireWithin("clockDrift", p.clockDrift, 1, p.certificateAge);
    requireWithin("certificateAge", p.certificateAge, 1, p.retention);
    requireWithin("retention", p.retention, p.certificateAge, p.unbonding);
    requireWithin("trustingPeriod", p.trustingPeriod, 1, p.unbonding);
    requireWithin("unbonding", p.unbonding, 1, most);
    requireWithin("notice", p.notice, p.unbonding + 1, most);
    requireWithin("jailTerm", p.jailTerm, 1, most);
    requireWithin("rescueWindow", p.rescueWindow, 1, most);
    requireWithin("rescuesToJail", p.rescuesToJail, 1, type(uint32).max);
    requireWithin("minimumStake", p.minimumStake, 1, type(uint96).max);
}

function requireWithin(bytes32 what, uint256 got, uint256 least, uint256 most) pure {
    if (got < least || got > most) revert BadParameter(what, got, least, most);
}
