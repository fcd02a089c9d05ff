// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Scalar } from "../kzg/Scalar.sol";

/// @title The verifier of one circuit's proofs
interface IProofVerifier {
    /// The proof is malformed, or not one of this statement.
    error ProofRefused();

    /// Checks a proof; reverts unless it holds. Inputs are canonical scalars of the circuit's
    /// field, in the order that `rollup/Statements.sol` gives.
    function verify(bytes calldata proof, Scalar[] calldata publicInputs) external view;
}
