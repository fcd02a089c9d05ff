// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Breaker, Flow } from "../governance/Breaker.sol";

/// A payment that the breaker delays.
struct Delayed {
    address owner;
    address token;
    uint128 amount;
    uint64 readyAt;
}

/// @title A rollup's money
/// @notice Takes deposits and pays what the rollup credits, to nobody else and in no other way.
/// Owners fetch their money themselves, so that one who refuses it holds up nobody. The zero
/// address stands for ETH.
contract Vault {
    /// Who takes deposits in and credits owners.
    address public immutable rollup;

    /// Deposited and not yet fetched.
    mapping(address token => uint256) public held;
    /// Credited and not yet fetched, delayed payments included.
    mapping(address token => uint256) public owed;
    /// What an owner may fetch.
    mapping(address owner => mapping(address token => uint256)) public ready;
    mapping(uint256 id => Delayed) public delayed;
    uint256 public delayedCount;
    mapping(address token => Flow) private _flows;

    event Taken(address indexed token, address indexed from, uint256 amount);
    event Credited(address indexed token, address indexed owner, uint256 amount);
    event DelayedUntil(uint256 indexed id, address indexed owner, uint256 amount, uint64 readyAt);
    event Fetched(address indexed token, address indexed owner, address to, uint256 amount);

    error NotRollup(address got, address expected);
    error WrongValue(uint256 got, uint256 expected);
    /// The token moved another amount than it was told to: fees on transfer are refused.
    error ShortTransfer(address token, uint256 got, uint256 expected);
    error TransferFailed(address token, address to, uint256 amount);
    error NotDelayed(uint256 id);
    error TooEarly(uint256 got, uint256 min);
    error Overdrawn(address token, uint256 got, uint256 max);

    constructor(address rollup_) {
        rollup = rollup_;
    }

    modifier onlyRollup() {
        if (msg.sender != rollup) revert NotRollup(msg.sender, rollup);
        _;
    }

    /// Takes a deposit: ETH that comes along, or tokens that `from` has approved for the vault.
    function take(address token, address from, uint128 amount) external payable onlyRollup {
        uint256 expected = token == address(0) ? amount : 0;
        if (msg.value != expected) revert WrongValue(msg.value, expected);
        held[token] += amount;
        emit Taken(token, from, amount);
        if (token == address(0)) return;

        uint256 before = _balance(token);
        _call(token, abi.encodeWithSelector(0x23b872dd, from, address(this), amount), amount);
        uint256 got = _balance(token) - before;
        if (got != amount) revert ShortTransfer(token, got, amount);
    }

    /// Credits an owner, at once or, if the token's breaker trips, after its delay.
    /// @param calm What may flow out in a day whatever is held.
    function credit(address token, address owner, uint128 amount, uint128 calm)
        external
        onlyRollup
    {
        uint256 free = held[token] - owed[token];
        if (amount > free) revert Overdrawn(token, amount, free);
        owed[token] += amount;
        if (_flows[token].admit(amount, held[token], calm)) {
            _makeReady(owner, token, amount);
        } else {
            uint64 readyAt = uint64(block.timestamp) + Breaker.DELAY;
            uint256 id = delayedCount++;
            delayed[id] = Delayed(owner, token, amount, readyAt);
            emit DelayedUntil(id, owner, amount, readyAt);
        }
    }

    /// Ends a payment's delay once it is over. Anybody may call it.
    function release(uint256 id) external {
        Delayed memory payment = delayed[id];
        if (payment.amount == 0) revert NotDelayed(id);
        if (block.timestamp < payment.readyAt) revert TooEarly(block.timestamp, payment.readyAt);
        delete delayed[id];
        _makeReady(payment.owner, payment.token, payment.amount);
    }

    /// Pays the caller what it may fetch of a token, to an address of its choice.
    function fetch(address token, address to) external returns (uint256 amount) {
        amount = ready[msg.sender][token];
        delete ready[msg.sender][token];
        owed[token] -= amount;
        held[token] -= amount;
        emit Fetched(token, msg.sender, to, amount);
        if (amount == 0) return 0;
        if (token == address(0)) {
            (bool ok,) = to.call{ value: amount }("");
            if (!ok) revert TransferFailed(token, to, amount);
        } else {
            _call(token, abi.encodeWithSelector(0xa9059cbb, to, amount), amount);
        }
    }

    function _makeReady(address owner, address token, uint256 amount) private {
        ready[owner][token] += amount;
        emit Credited(token, owner, amount);
    }

    function _balance(address token) private view returns (uint256) {
        (bool ok, bytes memory output) =
            token.staticcall(abi.encodeWithSelector(0x70a08231, address(this)));
        if (!ok || output.length < 32) revert TransferFailed(token, address(this), 0);
        return abi.decode(output, (uint256));
    }

    /// ERC-20 calls: tokens that return nothing are good, tokens that return false are not.
    function _call(address token, bytes memory data, uint256 amount) private {
        (bool ok, bytes memory output) = token.call(data);
        bool said = output.length == 0 ? token.code.length != 0 : abi.decode(output, (bool));
        if (!ok || !said) revert TransferFailed(token, address(this), amount);
    }
}
