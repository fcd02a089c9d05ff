// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Bls12381 } from "../../src/bls/Bls12381.sol";
import { BlsSignature } from "../../src/bls/BlsSignature.sol";
import { HashToCurve } from "../../src/bls/HashToCurve.sol";
import { Precompiles } from "../../src/bls/Precompiles.sol";
import { Digest } from "../../src/types/Hashes.sol";
import { G1Point, G2Point } from "../../src/types/Points.sol";

/// @title The signers' side of BLS signatures, by EIP-2537's sums of multiples
library Signer {
    /// The order of both groups.
    uint256 internal constant ORDER =
        0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;

    address private constant G2_MSM = address(0x0e);

    function key(uint256 secret) internal view returns (G1Point memory) {
        return multiply(Bls12381.negate(Bls12381.negatedGenerator()), secret);
    }

    function sign(uint256 secret, Digest digest) internal view returns (G2Point memory) {
        return _sign(secret, abi.encode(digest), BlsSignature.SIGNATURE_DOMAIN);
    }

    function provePossession(uint256 secret) internal view returns (G2Point memory) {
        return possessionOver(secret, key(secret));
    }

    /// What `secret` signs to claim `claimed`, whosever it is.
    function possessionOver(uint256 secret, G1Point memory claimed)
        internal
        view
        returns (G2Point memory)
    {
        return _sign(secret, Bls12381.compress(claimed), BlsSignature.POSSESSION_DOMAIN);
    }

    function multiply(G1Point memory point, uint256 scalar) internal view returns (G1Point memory) {
        bytes memory input = abi.encode(point, scalar);
        return abi.decode(Precompiles.ask(Precompiles.G1_MSM, input, 128), (G1Point));
    }

    function _sign(uint256 secret, bytes memory message, bytes memory domain)
        private
        view
        returns (G2Point memory)
    {
        bytes memory input = abi.encode(HashToCurve.toG2(message, domain), secret);
        return abi.decode(Precompiles.ask(G2_MSM, input, 256), (G2Point));
    }
}

/// @title Points that no contract may take
library BadPoints {
    /// On the curve, outside the subgroup (go-ethereum's vectors for EIP-2537).
    function g1OutsideSubgroup() internal pure returns (G1Point memory) {
        return abi.decode(
            hex"000000000000000000000000000000000123456789abcdef0123456789abcdef"
            hex"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            hex"00000000000000000000000000000000193fb7cedb32b2c3adc06ec11a96bc0d"
            hex"661869316f5e4a577a9f7c179593987beb4fb2ee424dbb2f5dd891e228b46c4a",
            (G1Point)
        );
    }

    /// As for G1.
    function g2OutsideSubgroup() internal pure returns (G2Point memory) {
        return abi.decode(
            hex"00000000000000000000000000000000197bfd0342bbc8bee2beced2f173e1a8"
            hex"7be576379b343e93232d6cef98d84b1d696e5612ff283ce2cfdccb2cfb65fa0c"
            hex"00000000000000000000000000000000184e811f55e6f9d84d77d2f79102fd7e"
            hex"a7422f4759df5bf7f6331d550245e3f1bcf6a30e3b29110d85e0ca16f9f6ae7a"
            hex"000000000000000000000000000000000f10e1eb3c1e53d2ad9cf2d398b2dc22"
            hex"c5842fab0a74b174f691a7e914975da3564d835cd7d2982815b8ac57f507348f"
            hex"000000000000000000000000000000000767d1c453890f1b9110fda82f5815c2"
            hex"7281aba3f026ee868e4176a0654feea41a96575e0c4d58a14dbfbcc05b5010b1",
            (G2Point)
        );
    }

    /// Off the curve.
    function g1OffCurve() internal view returns (G1Point memory point) {
        point = Signer.key(1);
        point.y.lo ^= 1;
    }
}
