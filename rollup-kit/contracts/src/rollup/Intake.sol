// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { canonical, Scalar } from "../kzg/Scalar.sol";
import { TokenTerms } from "./TokenList.sol";
import { TreeLedger } from "./TreeLedger.sol";
import { Kind, Operation, QueueIndex, TokenId, Tree } from "./Types.sol";

/// A tree's queue of operations out of L1.
/// @param tail The next operation's place.
/// @param lastDeadline The latest deadline given.
/// @param floor No deadline counts before this: operations that a fallback queued again have
/// their time anew.
/// @param hashes Of operations; zero for a cancelled one.
struct Queue {
    uint64 tail;
    uint64 lastDeadline;
    uint64 floor;
    mapping(uint64 place => bytes32) hashes;
}

/// @title What L1 asks of the rollup
/// @notice Deposits and forced withdrawals of a tree form one queue, consumed in order. One that
/// waits beyond its deadline freezes the rollup.
abstract contract Intake is TreeLedger {
    /// Seconds in which an operation must be consumed: as long as an operator may be down.
    uint64 public constant DEADLINE = 7 days;
    /// Seconds between the deadlines of operations, so that a flood of them gives the operator
    /// time in proportion and freezes nothing.
    uint64 public constant SPACING = 30;
    /// No flood moves a deadline further than this.
    uint64 public constant LATEST_DEADLINE = 14 days;
    /// Seconds after which a deposit that nobody consumed may be taken back. An operator never
    /// prepares a batch over a deposit that may vanish from under it unless it is that late.
    uint64 public constant CANCEL_AFTER = 3 days;

    mapping(Tree tree => Queue) internal _queues;
    /// Once set, nothing goes in any more and everything goes out.
    bool public frozen;

    event Enqueued(Tree indexed tree, QueueIndex indexed place, Operation operation);
    event Cancelled(Tree indexed tree, QueueIndex indexed place);
    event Frozen(Tree indexed tree, QueueIndex indexed place);

    error IsFrozen();
    error BelowLeast(uint256 got, uint256 least);
    error NotFrozen();
    error NotADeposit(Kind got);
    error NothingWaits(QueueIndex place);
    error WrongOperation(QueueIndex place, bytes32 got, bytes32 expected);
    error AlreadyConsumed(QueueIndex place, QueueIndex head);
    error NotQueued(QueueIndex place, QueueIndex tail);
    error TooEarly(uint256 got, uint256 min);

    modifier whileRunning() {
        if (frozen) revert IsFrozen();
        _;
    }

    /// Deposits. Tokens must be approved for the vault, which takes exactly `amount` or nothing.
    /// @param account The account in the tree, which is opened if there is none.
    function deposit(Tree tree, TokenId token, uint128 amount, Scalar account)
        external
        payable
        whileRunning
        returns (QueueIndex)
    {
        TokenTerms memory terms = tokens.get(token);
        if (amount == 0 || amount < terms.least) revert BelowLeast(amount, terms.least);
        _countIn(tree, token, amount);
        QueueIndex place = _enqueueDeposit(tree, token, amount, msg.sender, account);
        vault.take{ value: msg.value }(terms.token, msg.sender, amount);
        return place;
    }

    /// Demands a withdrawal that no operator can ignore.
    /// @param owner Whom it pays on L1.
    /// @param authority The circuit's hash of the owner's signed wish.
    function forceWithdrawal(
        Tree tree,
        TokenId token,
        uint128 amount,
        address owner,
        Scalar account,
        Scalar authority
    ) external whileRunning returns (QueueIndex) {
        tokens.get(token);
        return _enqueue(
            tree,
            Operation({
                kind: Kind.ForcedWithdrawal,
                token: token,
                amount: amount,
                owner: owner,
                account: canonical(account),
                authority: canonical(authority),
                enqueuedAt: 0,
                deadline: 0
            })
        );
    }

    /// Gives a deposit back that nobody has consumed: once it is `CANCEL_AFTER` old, or the
    /// rollup has frozen. Anybody may call it; the deposit's owner is paid.
    function cancelDeposit(Tree tree, QueueIndex place, Operation calldata operation) external {
        if (operation.kind != Kind.Deposit) revert NotADeposit(operation.kind);
        _requireQueued(tree, place, operation);
        uint256 min = operation.enqueuedAt + CANCEL_AFTER;
        if (!frozen && block.timestamp < min) revert TooEarly(block.timestamp, min);
        delete _queues[tree].hashes[QueueIndex.unwrap(place)];
        emit Cancelled(tree, place);
        _pay(tree, operation.token, operation.owner, operation.amount);
    }

    /// Freezes the rollup when a queued operation has waited beyond its deadline. Anybody may call
    /// it. There is no way back: owners leave by the escape hatch.
    function freeze(Tree tree, QueueIndex place, Operation calldata operation)
        external
        whileRunning
    {
        // A cancelled operation waits for nothing.
        if (operation.kind == Kind.Nothing) revert NothingWaits(place);
        _requireQueued(tree, place, operation);
        uint64 deadline = operation.deadline;
        if (deadline < _queues[tree].floor) deadline = _queues[tree].floor;
        if (block.timestamp <= deadline) revert TooEarly(block.timestamp, uint256(deadline) + 1);
        frozen = true;
        emit Frozen(tree, place);
    }

    /// The next operation's place in a queue.
    function tailOf(Tree tree) external view returns (QueueIndex) {
        return QueueIndex.wrap(_queues[tree].tail);
    }

    /// The place of the oldest operation that the newest batch has not consumed.
    function _headOf(Tree tree) internal view virtual returns (QueueIndex);

    /// Checks that these are a queue's operations from `head` on, and returns the place after
    /// them. `Kind.Nothing` stands for cancelled ones.
    function _consume(Tree tree, QueueIndex head, Operation[] calldata operations)
        internal
        view
        returns (QueueIndex)
    {
        Queue storage queue = _queues[tree];
        uint64 place = QueueIndex.unwrap(head);
        for (uint256 i; i < operations.length; ++i) {
            if (place >= queue.tail) {
                revert NotQueued(QueueIndex.wrap(place), QueueIndex.wrap(queue.tail));
            }
            _requireHash(queue.hashes[place], QueueIndex.wrap(place), operations[i]);
            ++place;
        }
        return QueueIndex.wrap(place);
    }

    function _enqueueDeposit(
        Tree tree,
        TokenId token,
        uint128 amount,
        address owner,
        Scalar account
    ) internal returns (QueueIndex) {
        return _enqueue(
            tree,
            Operation({
                kind: Kind.Deposit,
                token: token,
                amount: amount,
                owner: owner,
                account: canonical(account),
                authority: Scalar.wrap(0),
                enqueuedAt: 0,
                deadline: 0
            })
        );
    }

    function _enqueue(Tree tree, Operation memory operation) private returns (QueueIndex) {
        Queue storage queue = _queues[tree];
        uint64 nowAt = uint64(block.timestamp);
        uint64 deadline = nowAt + DEADLINE;
        if (queue.lastDeadline + SPACING > deadline) deadline = queue.lastDeadline + SPACING;
        if (deadline > nowAt + LATEST_DEADLINE) deadline = nowAt + LATEST_DEADLINE;
        (operation.enqueuedAt, operation.deadline) = (nowAt, deadline);

        QueueIndex place = QueueIndex.wrap(queue.tail);
        queue.hashes[queue.tail] = keccak256(abi.encode(operation));
        ++queue.tail;
        queue.lastDeadline = deadline;
        emit Enqueued(tree, place, operation);
        return place;
    }

    function _requireQueued(Tree tree, QueueIndex place, Operation calldata operation)
        private
        view
    {
        Queue storage queue = _queues[tree];
        QueueIndex head = _headOf(tree);
        uint64 index = QueueIndex.unwrap(place);
        if (index < QueueIndex.unwrap(head)) revert AlreadyConsumed(place, head);
        if (index >= queue.tail) revert NotQueued(place, QueueIndex.wrap(queue.tail));
        _requireHash(queue.hashes[index], place, operation);
    }

    function _requireHash(bytes32 expected, QueueIndex place, Operation calldata operation)
        private
        pure
    {
        bytes32 got = operation.kind == Kind.Nothing ? bytes32(0) : keccak256(abi.encode(operation));
        if (got != expected) revert WrongOperation(place, got, expected);
    }
}
