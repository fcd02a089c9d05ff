// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IStakes } from "../interfaces/IStakes.sol";
import { Casts } from "../types/Casts.sol";

/// @title The money that came and went
/// @notice deposited = held + slashed + paid, all in wei. What somebody is owed waits here until
/// they fetch it, so nobody's refusal holds up anybody else.
abstract contract Ledger {
    using Casts for uint256;

    /// Somebody fetched what they were owed.
    event Paid(address indexed owner, address indexed to, uint256 amount);

    /// Called from within a payment.
    error Reentered();
    error NothingOwed(address owner);

    /// Stake and rewards that came in.
    uint128 public deposited;
    /// Stake that rollups took.
    uint128 public slashed;
    /// Stake and rewards that their owners took.
    uint128 public paid;

    /// Rewards that are settled, by owner.
    mapping(address owner => uint256) internal _owed;

    bool private transient _locked;

    modifier nonReentrant() {
        if (_locked) revert Reentered();
        _locked = true;
        _;
        _locked = false;
    }

    /// What the contract holds for others. Ether forced upon it comes on top, and is nobody's.
    function held() public view returns (uint256) {
        return deposited - slashed - paid;
    }

    /// Pays the caller what is settled of its rewards.
    function fetch(address to) external nonReentrant returns (uint256 amount) {
        amount = _owed[msg.sender];
        if (amount == 0) revert NothingOwed(msg.sender);
        _owed[msg.sender] = 0;
        _pay(to, amount);
    }

    function _recordDeposit() internal {
        deposited += msg.value.toUint128();
    }

    /// The last step of whatever pays: everything else is written by then.
    function _pay(address to, uint256 amount) internal {
        paid += amount.toUint128();
        emit Paid(msg.sender, to, amount);
        _send(to, amount);
    }

    function _recordSlash(uint256 amount) internal {
        slashed += amount.toUint128();
    }

    function _send(address to, uint256 amount) internal {
        (bool taken,) = to.call{ value: amount }("");
        if (!taken) revert IStakes.PaymentRefused(to, amount);
    }
}
