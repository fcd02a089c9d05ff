// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Casts } from "../types/Casts.sol";
import { Shares, TicketId } from "../types/Stake.sol";
import { ValidatorId } from "../types/ValidatorId.sol";
import { Parameters } from "./Parameters.sol";
import { Validators } from "./Validators.sol";

/// @title Stake coming in, unbonding, and earning
/// @notice Owners and delegators hold shares of one pool and bear a slash alike.
abstract contract Delegations is Validators {
    using Casts for uint256;

    event Delegated(
        ValidatorId indexed validator, address indexed holder, uint256 amount, Shares shares
    );
    event Unbonding(
        ValidatorId indexed validator,
        address indexed holder,
        TicketId ticket,
        Shares shares,
        uint64 claimableAt
    );
    event Claimed(TicketId indexed ticket, uint256 amount);

    /// The owner takes no delegations.
    error PoolClosed(ValidatorId validator);
    /// The allocations are no longer those that the delegator read.
    error AllocationsChanged(uint64 revision, uint64 expected);
    error NotEnoughShares(Shares got, Shares held);
    error NotTicketHolder(address got, address expected);
    error StillUnbonding(uint64 nowAt, uint64 claimableAt);

    /// What a holder has in a pool.
    /// @param shares Those that earn; none that unbond.
    /// @param rewardPerShare The pool's when the holder's rewards were last settled.
    struct Holding {
        Shares shares;
        uint256 rewardPerShare;
    }

    /// Shares on their way out.
    /// @param claimableAt Unix seconds.
    struct Ticket {
        address holder;
        uint64 claimableAt;
        Shares shares;
        ValidatorId validator;
    }

    uint64 internal immutable UNBONDING;

    mapping(ValidatorId validator => mapping(address holder => Holding)) public holdings;
    mapping(TicketId => Ticket) public tickets;
    uint64 private _lastTicket;

    constructor(Parameters memory parameters) Validators(parameters) {
        UNBONDING = parameters.unbonding;
    }

    /// Adds the call's value to a validator's pool.
    /// @param revision The validator's, as the caller read it with the allocations it agrees to:
    /// an owner cannot slip in another one before the delegation.
    function delegate(ValidatorId validator, uint64 revision) external payable nonReentrant {
        Validator storage entry = _registered(validator);
        if (!entry.open && msg.sender != entry.owner) revert PoolClosed(validator);
        if (entry.revision != revision) revert AllocationsChanged(entry.revision, revision);
        _deposit(validator, entry);
    }

    /// Asks for stake back. It earns nothing more, and can be slashed until it is claimed.
    function unbond(ValidatorId validator, Shares shares) external returns (TicketId ticket) {
        Validator storage entry = _registered(validator);
        Holding storage holding = _settle(validator, entry, msg.sender);
        uint128 mine = Shares.unwrap(holding.shares);
        uint128 going = Shares.unwrap(shares);
        if (going == 0 || going > mine) revert NotEnoughShares(shares, holding.shares);

        holding.shares = Shares.wrap(mine - going);
        entry.pool.startUnbonding(shares);
        uint64 claimableAt = uint64(block.timestamp) + UNBONDING;
        ticket = TicketId.wrap(++_lastTicket);
        tickets[ticket] = Ticket(msg.sender, claimableAt, shares, validator);
        emit Unbonding(validator, msg.sender, ticket, shares, claimableAt);
    }

    /// Pays out what unbonded shares are worth by now.
    function claim(TicketId ticket, address to) external nonReentrant returns (uint256 amount) {
        Ticket memory claimed = tickets[ticket];
        if (msg.sender != claimed.holder) revert NotTicketHolder(msg.sender, claimed.holder);
        if (block.timestamp < claimed.claimableAt) {
            revert StillUnbonding(uint64(block.timestamp), claimed.claimableAt);
        }
        delete tickets[ticket];
        amount = _validators[claimed.validator].pool.withdraw(claimed.shares);
        emit Claimed(ticket, amount);
        _pay(to, amount);
    }

    /// Settles a holder's rewards, to be fetched.
    function settle(ValidatorId validator, address holder) external returns (uint256 owed) {
        _settle(validator, _registered(validator), holder);
        return _owed[holder];
    }

    function _deposit(ValidatorId validator, Validator storage entry) internal override {
        _recordDeposit();
        Holding storage holding = _settle(validator, entry, msg.sender);
        Shares bought = entry.pool.deposit(msg.value);
        holding.shares = Shares.wrap(Shares.unwrap(holding.shares) + Shares.unwrap(bought));
        emit Delegated(validator, msg.sender, msg.value, bought);
    }

    /// Shares the call's value out to those whose shares earn.
    function _distribute(Validator storage entry) internal {
        _recordDeposit();
        uint256 earning = Shares.unwrap(entry.pool.shares) - Shares.unwrap(entry.pool.unbonding);
        uint256 cut = earning == 0 ? msg.value : _cut(entry, msg.value);
        _owed[entry.owner] += cut;
        if (earning > 0) entry.rewardPerShare += ((msg.value - cut) << 64) / earning;
    }

    function _settle(ValidatorId validator, Validator storage entry, address holder)
        private
        returns (Holding storage holding)
    {
        holding = holdings[validator][holder];
        uint256 grown = entry.rewardPerShare - holding.rewardPerShare;
        holding.rewardPerShare = entry.rewardPerShare;
        _owed[holder] += (Shares.unwrap(holding.shares) * grown) >> 64;
    }
}
