// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Digest } from "../types/Hashes.sol";
import { G1Point, G2Point } from "../types/Points.sol";
import { Bls12381 } from "./Bls12381.sol";
import { HashToCurve } from "./HashToCurve.sol";

/// @title BLS signatures: keys in G1, signatures in G2
/// @notice draft-irtf-cfrg-bls-signature, the proof-of-possession scheme. A sum of keys is as
/// good as a key, provided that somebody has proven to hold the secret of each.
library BlsSignature {
    /// §4.2.3, for all digests.
    bytes internal constant SIGNATURE_DOMAIN = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
    /// §4.2.3, for proofs of possession.
    bytes internal constant POSSESSION_DOMAIN = "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

    /// A key or sum of keys at infinity "signs" everything.
    error KeyAtInfinity();
    /// No signature of a key is infinity.
    error SignatureAtInfinity();
    /// The key did not sign the digest.
    error WrongSignature(Digest digest);
    /// The key did not sign itself.
    error WrongPossession(bytes compressedKey);

    /// Checks a signature, or an aggregate against the sum of its signers' keys.
    function verify(G1Point memory key, Digest digest, G2Point memory signature) internal view {
        bytes memory message = abi.encode(digest);
        if (!pairs(key, message, SIGNATURE_DOMAIN, signature)) revert WrongSignature(digest);
    }

    /// Checks that whoever made the proof holds the key's secret, and with it that the key is a
    /// point of the subgroup.
    function verifyPossession(G1Point memory key, G2Point memory proof) internal view {
        bytes memory message = Bls12381.compress(key);
        if (!pairs(key, message, POSSESSION_DOMAIN, proof)) revert WrongPossession(message);
    }

    /// e(key, H(message)) = e(generator, signature). The pairing refuses points outside their
    /// subgroups.
    function pairs(
        G1Point memory key,
        bytes memory message,
        bytes memory domain,
        G2Point memory signature
    ) private view returns (bool) {
        if (Bls12381.isInfinity(key)) revert KeyAtInfinity();
        if (Bls12381.isInfinity(signature)) revert SignatureAtInfinity();
        G2Point memory hash = HashToCurve.toG2(message, domain);
        return Bls12381.pairsToOne(key, hash, Bls12381.negatedGenerator(), signature);
    }
}
