// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Precompiles } from "../bls/Precompiles.sol";
import { IProofVerifier } from "../interfaces/IProofVerifier.sol";
import { canonical, Scalar } from "../kzg/Scalar.sol";

/// @title Groth16 over BLS12-381, by EIP-2537
/// @notice A proof is one byte, the place of its key, and A, B, C as EIP-2537 encodes points. It
/// holds when e(A, B) · e(−α, β) · e(L, −γ) · e(C, −δ) = 1, where L is the key's first point plus
/// its other points times the inputs (eprint 2016/260). The precompile checks that every point is
/// in its subgroup.
abstract contract Groth16 is IProofVerifier {
    error NoSuchKey(uint8 got);
    /// The statement is another circuit's.
    error InputCount(uint256 got, uint256 expected);

    uint256 internal constant G1_BYTES = 128;
    uint256 internal constant G2_BYTES = 256;
    uint256 internal constant PROOF_BYTES = 1 + 2 * G1_BYTES + G2_BYTES;
    /// A point of G1 and what it is multiplied by.
    uint256 internal constant TERM_BYTES = 160;

    /// @inheritdoc IProofVerifier
    function verify(bytes calldata proof, Scalar[] calldata publicInputs) external view {
        if (proof.length != PROOF_BYTES) revert ProofRefused();

        (bytes memory pairs, bytes memory points) = _key(uint8(proof[0]));
        bytes memory sum = _sum(points, _completed(publicInputs));
        bytes calldata a = proof[1:1 + G1_BYTES];
        bytes calldata b = proof[1 + G1_BYTES:1 + G1_BYTES + G2_BYTES];
        bytes calldata c = proof[1 + G1_BYTES + G2_BYTES:];
        uint256 first = G1_BYTES + G2_BYTES;
        bytes memory product = bytes.concat(
            a,
            b,
            _slice(pairs, 0, first),
            sum,
            _slice(pairs, first, G2_BYTES),
            c,
            _slice(pairs, first + G2_BYTES, G2_BYTES)
        );
        (bool ok, bytes memory output) = Precompiles.PAIRING.staticcall(product);
        // An address without code succeeds with nothing, so the answer is read.
        if (!ok || output.length != 32 || bytes32(output) != bytes32(uint256(1))) {
            revert ProofRefused();
        }
    }

    /// A key: −α, β, −γ, −δ; and the points of the inputs, after the one that has none.
    function _key(uint8 key) internal view virtual returns (bytes memory pairs, bytes memory points);

    /// The inputs of the circuit, of those that L1 has.
    function _completed(Scalar[] calldata publicInputs)
        internal
        pure
        virtual
        returns (Scalar[] memory)
    {
        return publicInputs;
    }

    /// The key's first point, plus the others times the inputs.
    function _sum(bytes memory points, Scalar[] memory inputs) private view returns (bytes memory) {
        uint256 expected = points.length / G1_BYTES - 1;
        if (inputs.length != expected) revert InputCount(inputs.length, expected);
        bytes memory terms = new bytes((expected + 1) * TERM_BYTES);
        _term(terms, points, 0, Scalar.wrap(1));
        for (uint256 i; i < expected; ++i) {
            _term(terms, points, i + 1, canonical(inputs[i]));
        }
        return Precompiles.ask(Precompiles.G1_MSM, terms, G1_BYTES);
    }

    function _term(bytes memory terms, bytes memory points, uint256 i, Scalar factor) private pure {
        assembly ("memory-safe") {
            let to := add(add(terms, 32), mul(i, TERM_BYTES))
            mcopy(to, add(add(points, 32), mul(i, G1_BYTES)), G1_BYTES)
            mstore(add(to, G1_BYTES), factor)
        }
    }

    function _slice(bytes memory from, uint256 start, uint256 length)
        private
        pure
        returns (bytes memory part)
    {
        part = new bytes(length);
        assembly ("memory-safe") {
            mcopy(add(part, 32), add(add(from, 32), start), length)
        }
    }
}
