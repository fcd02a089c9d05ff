// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { BlsSignature } from "../bls/BlsSignature.sol";
import { ICertificates } from "../interfaces/ICertificates.sol";
import { Certificate, CertifiedBlob, Finality } from "../types/Certificates.sol";
import { ChainId, Digest, SetHash } from "../types/Hashes.sol";
import { G1Point } from "../types/Points.sol";
import { Timestamp, l1Timestamp } from "../types/Timestamp.sol";
import { Weight } from "../types/Weight.sol";
import { Digests } from "./Digests.sol";
import { Header, Headers } from "./Header.sol";
import { Parameters } from "./Parameters.sol";
import { Sets } from "./Sets.sol";

/// @title Which set to trust, and what it certifies
/// @notice Trust begins with the genesis set and moves on by final headers alone: nobody
/// appoints a set.
abstract contract Certificates is Sets {
    /// A header of another chain.
    error WrongChain(ChainId got, ChainId expected);
    /// A header by another set than the current one.
    error WrongSet(SetHash got, SetHash expected);
    /// A header that is not newer than the last one taken.
    error StaleHeader(uint64 height, uint64 last);
    /// A header from later than clocks may differ.
    error HeaderFromFuture(Timestamp time, Timestamp newest);

    uint64 private immutable RETENTION;
    uint64 private immutable CERTIFICATE_AGE;
    uint64 private immutable CLOCK_DRIFT;
    uint64 private immutable TRUSTING_PERIOD;

    /// @inheritdoc ICertificates
    SetHash public currentSet;
    /// @inheritdoc ICertificates
    SetHash public previousSet;
    /// Until when certificates of the previous set count, Unix seconds: one certificate's age
    /// after the change. Its members may have their stake back later.
    uint64 public previousUntil;
    /// The height of the last header taken.
    uint64 public height;
    /// When the current set was last known to be the chain's, Unix seconds.
    uint64 public confirmedAt;

    constructor(Parameters memory parameters) {
        currentSet = parameters.genesisSet;
        RETENTION = parameters.retention;
        CERTIFICATE_AGE = parameters.certificateAge;
        CLOCK_DRIFT = parameters.clockDrift;
        TRUSTING_PERIOD = parameters.trustingPeriod;
        confirmedAt = uint64(block.timestamp);
    }

    /// @inheritdoc ICertificates
    function verifyCertificate(Certificate calldata certificate)
        external
        view
        returns (CertifiedBlob memory)
    {
        _requireTrust();
        _requireTrusted(certificate.set);
        _checkTimes(certificate.acceptedAt, certificate.expiresAt);
        (G1Point memory key, Weight signed, Weight total) =
            _quorum(certificate.set, certificate.signers);

        Digest digest = Digests.receipt(
            CHAIN, certificate.set, certificate.blob, certificate.acceptedAt, certificate.expiresAt
        );
        BlsSignature.verify(key, digest, certificate.signature);

        return CertifiedBlob({
            blob: certificate.blob,
            set: certificate.set,
            acceptedAt: certificate.acceptedAt,
            expiresAt: certificate.expiresAt,
            digest: digest,
            signers: keccak256(certificate.signers),
            signedWeight: signed,
            totalWeight: total
        });
    }

    /// @inheritdoc ICertificates
    function advanceSet(Finality calldata finality) external {
        _requireTrust();
        Header memory header = Headers.decode(finality.header);
        SetHash current = currentSet;
        if (header.chainId != CHAIN) revert WrongChain(header.chainId, CHAIN);
        if (header.validators != current) revert WrongSet(header.validators, current);
        if (header.height <= height) revert StaleHeader(header.height, height);
        Timestamp newest = l1Timestamp().plusSeconds(CLOCK_DRIFT);
        if (header.time > newest) revert HeaderFromFuture(header.time, newest);
        _known(header.nextValidators);

        (G1Point memory key,,) = _quorum(current, finality.signers);
        Digest digest =
            Digests.precommit(CHAIN, current, header.height, finality.round, header.hash);
        BlsSignature.verify(key, digest, finality.signature);

        height = header.height;
        // Never earlier than it was: the genesis may be younger here than the chain's clock.
        uint64 headerAt = header.time.toSeconds();
        if (headerAt > confirmedAt) confirmedAt = headerAt;
        if (header.nextValidators != current) {
            previousSet = current;
            previousUntil = uint64(block.timestamp) + CERTIFICATE_AGE;
            currentSet = header.nextValidators;
        }
        emit SetAdvanced(current, header.nextValidators, header.height, header.time);
    }

    /// @inheritdoc ICertificates
    function chainId() external view returns (ChainId) {
        return CHAIN;
    }

    function _requireTrust() private view {
        if (block.timestamp > confirmedAt + TRUSTING_PERIOD) {
            revert TrustExpired(confirmedAt, uint64(block.timestamp), TRUSTING_PERIOD);
        }
    }

    function _requireTrusted(SetHash set) private view {
        if (set == currentSet) return;
        if (set != previousSet || block.timestamp > previousUntil) {
            revert UntrustedSet(set, currentSet, previousSet);
        }
    }

    function _checkTimes(Timestamp acceptedAt, Timestamp expiresAt) private view {
        Timestamp nowAt = l1Timestamp();
        Timestamp newest = nowAt.plusSeconds(CLOCK_DRIFT);
        if (acceptedAt > newest) revert CertificateFromFuture(acceptedAt, newest);
        if (acceptedAt.plusSeconds(CERTIFICATE_AGE) < nowAt) {
            revert CertificateTooOld(acceptedAt, nowAt, CERTIFICATE_AGE);
        }
        Timestamp expected = acceptedAt.plusSeconds(RETENTION);
        if (!(expiresAt == expected)) revert WrongExpiry(expiresAt, expected);
    }
}
