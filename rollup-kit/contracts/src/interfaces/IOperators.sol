// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Who may submit batches
interface IOperators {
    /// It is another operator's turn.
    error NotInTurn(address got, address expected);
    /// No bond, not enough of it, or leaving.
    error NotBonded(address got, uint256 bond, uint256 least);

    /// Reverts unless the operator may submit now.
    /// @param lastBatchAt When somebody last did, Unix seconds.
    function requireTurn(address operator, uint64 lastBatchAt) external view;

    /// Takes up to `amount` of the operator's bond, leaving or not, and sends it to the caller,
    /// which is the rollup's challenges.
    /// @return taken What was sent.
    function slash(address operator, uint256 amount) external returns (uint256 taken);
}
