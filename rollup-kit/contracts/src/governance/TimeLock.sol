// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The only way to change anything
/// @notice A proposer announces a call; after `delay` anybody executes it. The delay is longer
/// than the slowest way out, so whoever dislikes a change can leave before it holds: a forced
/// operation that is ignored (7 days), what is open at the freeze (24 h and at most 7 days), the
/// proof of the exits, and the breaker's delay (3 days).
contract TimeLock {
    /// Seconds. Also longer than unbonding, so that validators can leave too.
    uint64 public constant MIN_DELAY = 30 days;
    /// Seconds for which a call stays executable: nobody has to watch for older ones.
    uint64 public constant GRACE = 14 days;

    /// Who proposes and cancels, and can do nothing else.
    address public immutable proposer;
    /// Seconds between a proposal and its execution.
    uint64 public immutable delay;

    /// When a call becomes executable, Unix seconds; 0 for calls that are not announced.
    mapping(bytes32 call => uint64) public readyAt;

    event Proposed(bytes32 indexed call, address indexed target, bytes data, uint64 readyAt);
    event Cancelled(bytes32 indexed call);
    event Executed(bytes32 indexed call);

    error NotProposer(address got, address expected);
    error DelayTooShort(uint64 got, uint64 min);
    error AlreadyProposed(bytes32 call, uint64 readyAt);
    error NotProposed(bytes32 call);
    error TooEarly(uint256 got, uint256 min);
    error TooLate(uint256 got, uint256 max);

    constructor(address proposer_, uint64 delay_) {
        if (delay_ < MIN_DELAY) revert DelayTooShort(delay_, MIN_DELAY);
        proposer = proposer_;
        delay = delay_;
    }

    modifier onlyProposer() {
        if (msg.sender != proposer) revert NotProposer(msg.sender, proposer);
        _;
    }

    /// Announces a call. `salt` tells equal calls apart.
    function propose(address target, bytes calldata data, bytes32 salt)
        external
        onlyProposer
        returns (bytes32 call)
    {
        call = idOf(target, data, salt);
        if (readyAt[call] != 0) revert AlreadyProposed(call, readyAt[call]);
        uint64 ready = uint64(block.timestamp) + delay;
        readyAt[call] = ready;
        emit Proposed(call, target, data, ready);
    }

    /// Withdraws a proposal.
    function cancel(bytes32 call) external onlyProposer {
        if (readyAt[call] == 0) revert NotProposed(call);
        delete readyAt[call];
        emit Cancelled(call);
    }

    /// Executes a call whose time has come. Reverts with whatever the call reverts with.
    function execute(address target, bytes calldata data, bytes32 salt)
        external
        returns (bytes memory)
    {
        bytes32 call = idOf(target, data, salt);
        uint64 ready = readyAt[call];
        if (ready == 0) revert NotProposed(call);
        if (block.timestamp < ready) revert TooEarly(block.timestamp, ready);
        if (block.timestamp > ready + GRACE) revert TooLate(block.timestamp, ready + GRACE);
        delete readyAt[call];
        emit Executed(call);

        (bool ok, bytes memory output) = target.call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(output, 32), mload(output))
            }
        }
        return output;
    }

    function idOf(address target, bytes calldata data, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(target, data, salt));
    }
}
