// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IProofVerifier } from "../interfaces/IProofVerifier.sol";
import { Scalar } from "../kzg/Scalar.sol";

/// @title Statements that named attestors have signed: NO VALIDITY PROOF
/// @notice FOR DEVELOPMENT. Where a circuit's verifier belongs, this takes the word of named
/// attestors: as many as the threshold can move the state to whatever they like, and take
/// everything that is in the rollup. It stands for a circuit that does not exist yet, so that
/// everything around it runs; no value that matters belongs behind it. The time lock replaces it
/// by a new version of the settings.
///
/// Data availability does not rest on it: openings, certificates and challenges are checked as
/// they are with any verifier.
/// @dev One contract per circuit: what is signed names the contract, so a batch's statement is
/// never taken for a checkpoint's.
contract AttestedStatements is IProofVerifier {
    /// What a signature is hashed under.
    bytes32 public constant DOMAIN = "assay/attested-statement/v1";
    /// More signatures than these are no threshold but a denial of service.
    uint256 public constant MAX_ATTESTORS = 32;
    /// r, s and v.
    uint256 internal constant SIGNATURE_BYTES = 65;

    /// How many signatures a statement needs.
    uint256 public immutable threshold;

    address[] private _attestors;
    mapping(address => bool) public isAttestor;

    error AttestorCount(uint256 got, uint256 least, uint256 most);
    /// Attestors and signatures ascend by address, so that nobody counts twice.
    error NotAscending(address got, address previous);

    /// @param attestors_ Who may attest, ascending.
    /// @param threshold_ How many of them must: 1 up to all.
    constructor(address[] memory attestors_, uint256 threshold_) {
        uint256 count = attestors_.length;
        if (count > MAX_ATTESTORS) revert AttestorCount(count, 1, MAX_ATTESTORS);
        if (threshold_ == 0 || threshold_ > count) revert AttestorCount(threshold_, 1, count);
        address previous;
        for (uint256 i; i < count; ++i) {
            if (attestors_[i] <= previous) revert NotAscending(attestors_[i], previous);
            previous = attestors_[i];
            isAttestor[previous] = true;
        }
        _attestors = attestors_;
        threshold = threshold_;
    }

    /// @inheritdoc IProofVerifier
    /// @param proof Exactly `threshold` signatures, `r ‖ s ‖ v`, ascending by signer.
    function verify(bytes calldata proof, Scalar[] calldata publicInputs) external view {
        if (proof.length != threshold * SIGNATURE_BYTES) revert ProofRefused();
        bytes32 digest = digestOf(msg.sender, publicInputs);
        address previous;
        for (uint256 from; from < proof.length; from += SIGNATURE_BYTES) {
            bytes32 r = bytes32(proof[from:from + 32]);
            bytes32 s = bytes32(proof[from + 32:from + 64]);
            address signer = ecrecover(digest, uint8(proof[from + 64]), r, s);
            // The zero address, which is what no signature gives, is no attestor.
            if (!isAttestor[signer]) revert ProofRefused();
            if (signer <= previous) revert NotAscending(signer, previous);
            previous = signer;
        }
    }

    /// What attestors sign for a rollup: it names the L1 chain, this contract and the rollup.
    function digestOf(address rollup, Scalar[] calldata publicInputs)
        public
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(DOMAIN, block.chainid, address(this), rollup, publicInputs));
    }

    /// Who may attest.
    function attestors() external view returns (address[] memory) {
        return _attestors;
    }
}
