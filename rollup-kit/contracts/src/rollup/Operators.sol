// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IOperators } from "../interfaces/IOperators.sol";

/// An operator's bond, in wei.
/// @param leavesAt When it may be fetched, Unix seconds; 0 for one that stays.
/// @param place Its place in the rotation, counted from 1; 0 for none.
struct OperatorBond {
    uint128 amount;
    uint64 leavesAt;
    uint32 place;
}

/// @title Bonded operators in rotation
/// @notice Anybody with a bond is an operator. Time is divided into slots that go round; who
/// lets its slot pass idle loses it to the others, so one that stops or censors is replaced.
contract Operators is IOperators {
    /// Seconds that a bond stays slashable after its operator has left: the age of a certificate
    /// (1 day), the longest challenge window (3), answer (7) and a margin for a congested L1.
    uint64 public constant UNBONDING = 28 days;
    /// Seconds of a turn.
    uint64 public constant SLOT = 1 hours;
    /// Seconds without a batch after which any operator may submit.
    uint64 public constant IDLE = 2 hours;
    /// So that a turn comes round within three days.
    uint256 public constant MAX_OPERATORS = 72;

    /// Least bond in wei.
    uint128 public immutable leastBond;
    /// Who slashes: the rollup's challenges.
    address public immutable challenges;

    mapping(address operator => OperatorBond) public bonds;
    address[] public rotation;

    event Bonded(address indexed operator, uint256 amount, uint256 total);
    event Leaving(address indexed operator, uint64 leavesAt);
    event Left(address indexed operator, uint256 amount);
    event OperatorSlashed(address indexed operator, uint256 amount, uint256 left);

    error NotChallenges(address got, address expected);
    error AlreadyLeaving(address operator, uint64 leavesAt);
    error NotLeaving(address operator);
    error TooEarly(uint256 got, uint256 min);
    error TooManyOperators(uint256 max);
    error PaymentRefused(address to, uint256 amount);

    constructor(address challenges_, uint128 leastBond_) {
        challenges = challenges_;
        leastBond = leastBond_;
    }

    /// Adds to the caller's bond, and to the rotation once it is enough.
    function bond() external payable {
        OperatorBond storage own = bonds[msg.sender];
        if (own.leavesAt != 0) revert AlreadyLeaving(msg.sender, own.leavesAt);
        own.amount += uint128(msg.value);
        if (own.amount < leastBond) revert NotBonded(msg.sender, own.amount, leastBond);
        if (own.place == 0) {
            if (rotation.length == MAX_OPERATORS) revert TooManyOperators(MAX_OPERATORS);
            rotation.push(msg.sender);
            own.place = uint32(rotation.length);
        }
        emit Bonded(msg.sender, msg.value, own.amount);
    }

    /// Leaves the rotation at once. The bond follows after `UNBONDING`.
    function resign() external {
        OperatorBond storage own = bonds[msg.sender];
        if (own.leavesAt != 0) revert AlreadyLeaving(msg.sender, own.leavesAt);
        if (own.amount == 0) revert NotBonded(msg.sender, 0, leastBond);
        own.leavesAt = uint64(block.timestamp) + UNBONDING;
        _remove(own);
        emit Leaving(msg.sender, own.leavesAt);
    }

    /// Pays what is left of the bond of an operator that has left.
    function fetch(address to) external {
        OperatorBond memory own = bonds[msg.sender];
        if (own.leavesAt == 0) revert NotLeaving(msg.sender);
        if (block.timestamp < own.leavesAt) revert TooEarly(block.timestamp, own.leavesAt);
        delete bonds[msg.sender];
        emit Left(msg.sender, own.amount);
        (bool ok,) = to.call{ value: own.amount }("");
        if (!ok) revert PaymentRefused(to, own.amount);
    }

    /// @inheritdoc IOperators
    function slash(address operator, uint256 amount) external returns (uint256 taken) {
        if (msg.sender != challenges) revert NotChallenges(msg.sender, challenges);
        OperatorBond storage own = bonds[operator];
        taken = amount < own.amount ? amount : own.amount;
        // At most the bond, which is below 2^128.
        // forge-lint: disable-next-line(unsafe-typecast)
        own.amount -= uint128(taken);
        if (own.amount < leastBond) _remove(own);
        emit OperatorSlashed(operator, taken, own.amount);
        (bool ok,) = challenges.call{ value: taken }("");
        if (!ok) revert PaymentRefused(challenges, taken);
    }

    /// @inheritdoc IOperators
    function requireTurn(address operator, uint64 lastBatchAt) external view {
        OperatorBond memory own = bonds[operator];
        if (own.place == 0) revert NotBonded(operator, own.amount, leastBond);
        if (block.timestamp > lastBatchAt + IDLE) return;
        address expected = inTurn();
        if (operator != expected) revert NotInTurn(operator, expected);
    }

    /// Whose slot it is; nobody's without operators.
    function inTurn() public view returns (address) {
        uint256 count = rotation.length;
        return count == 0 ? address(0) : rotation[block.timestamp / SLOT % count];
    }

    /// The last one takes the place that becomes free.
    function _remove(OperatorBond storage own) private {
        uint32 place = own.place;
        if (place == 0) return;
        address last = rotation[rotation.length - 1];
        rotation[place - 1] = last;
        bonds[last].place = place;
        own.place = 0;
        rotation.pop();
    }
}
