// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The pool that pays for escapes and for published cells
/// @notice Two fifths of every slash come here. It refunds the gas of whoever moves somebody out
/// of a frozen rollup or publishes a cell of a withheld row: never more than the gas at the
/// block's base fee, so nothing is earned by it.
contract EscapePool {
    /// Gas of a transaction before its code runs, and of the refund itself.
    uint256 internal constant BASE_GAS = 21_000 + 40_000;
    /// Gas of a byte of calldata that is not zero.
    uint256 internal constant BYTE_GAS = 16;
    /// Most wei per refund, as a share of the pool: a hundredth, so that a spike of the base fee
    /// does not spend it all.
    uint256 internal constant LEAST_REFUNDS = 100;

    /// Who may ask for refunds.
    mapping(address payer => bool) public isPayer;

    event Funded(address indexed from, uint256 amount);
    event Refunded(address indexed to, uint256 amount);

    error NotPayer(address got);

    constructor(address[] memory payers) {
        for (uint256 i; i < payers.length; ++i) {
            isPayer[payers[i]] = true;
        }
    }

    receive() external payable {
        emit Funded(msg.sender, msg.value);
    }

    /// Pays back gas, as far as the pool goes. One who refuses the money goes without.
    function refund(address payable to, uint256 gasUsed, uint256 calldataBytes) external {
        if (!isPayer[msg.sender]) revert NotPayer(msg.sender);
        uint256 amount = (gasUsed + BASE_GAS + calldataBytes * BYTE_GAS) * block.basefee;
        uint256 most = address(this).balance / LEAST_REFUNDS;
        if (amount > most) amount = most;
        if (amount == 0) return;
        // Little gas: a refund runs no code worth the name.
        (bool ok,) = to.call{ value: amount, gas: 10_000 }("");
        if (ok) emit Refunded(to, amount);
    }
}
