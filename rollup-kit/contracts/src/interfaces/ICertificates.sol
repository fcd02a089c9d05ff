// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Certificate, CertifiedBlob, Finality } from "../types/Certificates.sol";
import { ChainId, SetHash } from "../types/Hashes.sol";
import { Timestamp } from "../types/Timestamp.sol";
import { ValidatorId, ValidatorIndex } from "../types/ValidatorId.sol";
import { Weight } from "../types/Weight.sol";

/// @title What the DA network says, as far as L1 can check it
/// @notice The network's validator sets, and certificates by them.
interface ICertificates {
    /// The certified set moved on; `height` and `time` are those of the header that says so.
    event SetAdvanced(SetHash indexed from, SetHash indexed to, uint64 height, Timestamp time);

    /// Nobody has shown this set's members yet, see `Sets.assemble`.
    error UnknownSet(SetHash got);
    /// Neither the current set nor the one before it.
    error UntrustedSet(SetHash got, SetHash current, SetHash previous);
    /// The trusted set was last confirmed so long ago that its stake may be gone.
    error TrustExpired(uint64 confirmedAt, uint64 nowAt, uint64 period);
    /// Two thirds of the weight or less.
    error NoQuorum(Weight signed, Weight total);
    /// Accepted longer ago than certificates count for, seconds.
    error CertificateTooOld(Timestamp acceptedAt, Timestamp nowAt, uint64 age);
    /// Accepted later than clocks may differ.
    error CertificateFromFuture(Timestamp acceptedAt, Timestamp newest);
    /// The promise ends at another time than the chain demands.
    error WrongExpiry(Timestamp got, Timestamp expected);

    /// Checks that more than two thirds of the weight of the current or the previous set have
    /// signed, not longer ago than a certificate counts for.
    /// @dev Says nothing about who may use the certificate: a blob's id binds its namespace, and
    /// a rollup refuses others' namespaces and what it has taken already.
    function verifyCertificate(Certificate calldata certificate)
        external
        view
        returns (CertifiedBlob memory);

    /// Moves on to the set that a final header of the current set names, or confirms the current
    /// one. Anybody may call it, and somebody must within every trusting period: a set that was
    /// not confirmed for so long is trusted no more, and no other can follow it.
    function advanceSet(Finality calldata finality) external;

    /// The DA chain.
    function chainId() external view returns (ChainId);

    /// The set whose certificates count.
    function currentSet() external view returns (SetHash);

    /// The set before it, whose certificates count as well: they may be on their way. Zero
    /// before the first change.
    function previousSet() external view returns (SetHash);

    /// How many members a known set has. Any set that was ever assembled stays known, so that a
    /// certificate's signers can be named as long as they may be slashed.
    function memberCount(SetHash set) external view returns (uint256);

    /// The member at a place.
    function member(SetHash set, ValidatorIndex index)
        external
        view
        returns (ValidatorId validator, Weight weight);

    /// The members that a bitmap names, in the set's order.
    function members(SetHash set, bytes calldata bitmap)
        external
        view
        returns (ValidatorId[] memory);
}
