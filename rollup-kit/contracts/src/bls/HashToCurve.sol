// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Fp, Fp2, G2Point } from "../types/Points.sol";
import { Bls12381 } from "./Bls12381.sol";
import { Precompiles } from "./Precompiles.sol";

/// @title Hashing to G2
/// @notice RFC 9380, suite BLS12381G2_XMD:SHA-256_SSWU_RO_.
library HashToCurve {
    /// Bytes hashed per field element, L of RFC 9380 §8.8.2: two elements of Fp2 need four.
    uint16 private constant UNIFORM_BYTES = 4 * 64;

    /// The message as a point of G2's subgroup under a domain of at most 255 bytes.
    function toG2(bytes memory message, bytes memory domain)
        internal
        view
        returns (G2Point memory)
    {
        bytes32[8] memory uniform = expand(message, domain);
        Fp2 memory u0 = Fp2(reduce(uniform[0], uniform[1]), reduce(uniform[2], uniform[3]));
        Fp2 memory u1 = Fp2(reduce(uniform[4], uniform[5]), reduce(uniform[6], uniform[7]));
        return Bls12381.add(map(u0), map(u1));
    }

    /// expand_message_xmd of §5.3.1 for 256 bytes.
    function expand(bytes memory message, bytes memory domain)
        internal
        pure
        returns (bytes32[8] memory uniform)
    {
        bytes memory suffix = abi.encodePacked(domain, uint8(domain.length));
        bytes32 first = sha256(
            abi.encodePacked(bytes32(0), bytes32(0), message, UNIFORM_BYTES, uint8(0), suffix)
        );
        bytes32 last = 0;
        for (uint8 i = 0; i < 8; ++i) {
            last = sha256(abi.encodePacked(first ^ last, i + 1, suffix));
            uniform[i] = last;
        }
    }

    /// 512 bits, big-endian, as an element of the field.
    function reduce(bytes32 high, bytes32 low) internal view returns (Fp memory) {
        // Lengths of base, exponent and modulus, then these: (high ‖ low)^1 mod p.
        bytes memory input = abi.encodePacked(
            uint256(64), uint256(1), uint256(64), high, low, uint8(1), Bls12381.P_HI, Bls12381.P_LO
        );
        return abi.decode(Precompiles.ask(Precompiles.MODEXP, input, 64), (Fp));
    }

    /// The precompile maps to the curve and clears the cofactor.
    function map(Fp2 memory u) private view returns (G2Point memory) {
        return abi.decode(Precompiles.ask(Precompiles.MAP_FP2_TO_G2, abi.encode(u), 256), (G2Point));
    }
}
