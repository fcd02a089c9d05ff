// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IProofVerifier } from "../interfaces/IProofVerifier.sol";
import { Scalar } from "../kzg/Scalar.sol";
import { Batches } from "./Batches.sol";
import { EscapePool } from "./EscapePool.sol";
import { HashTree, Path } from "./HashTree.sol";
import { Batch, BatchNumber, Holding, Roots, Tree, Withdrawal } from "./Types.sol";

/// @title How value comes out
/// @notice While the rollup runs: withdrawals out of batches, those of the tree on L1 once
/// proved, the others once their data is final. After it froze: everything that accounts hold,
/// under the last roots.
///
/// An escape needs nobody's consent, only the state. Whoever has it proves once per tree what all
/// accounts hold (`proveExits`; the operator's last checkpoint may have done so if it was of these
/// roots), and from then on every owner's claim is a path of hashes. Or somebody proves many
/// claims at once (`escapeMany`). The state can be had: the tree on L1 from L1, the other from a
/// checkpoint and the batches since, all of which the DA network keeps or was slashed for.
abstract contract Exits is Batches {
    EscapePool public escapePool;

    mapping(BatchNumber batch => mapping(uint256 word => uint256 bits)) private _claimed;
    mapping(Tree tree => mapping(uint64 slot => bool)) public escaped;

    event Withdrawn(BatchNumber indexed batch, uint64 indexed index, Withdrawal withdrawal);
    event Moved(BatchNumber indexed batch, uint64 indexed index, Withdrawal withdrawal);
    event Escaped(Tree indexed tree, uint64 indexed slot, Holding holding);

    error NotFinal(BatchNumber got, BatchNumber last);
    error VoidBatch(BatchNumber got);
    error AlreadyClaimed(BatchNumber batch, uint64 index);
    error AlreadyEscaped(Tree tree, uint64 slot);
    error NothingToEscape(Tree tree, uint256 holdings);
    error StillPending(BatchNumber last, BatchNumber newest);
    error ExitsUnknown(Tree tree, Scalar root);

    /// Claims a withdrawal. Anybody may call it; only the recipient can fetch the money.
    /// @dev One to the other tree becomes a deposit there. If that tree is full, or takes nothing
    /// any more, the recipient is paid instead.
    function claim(BatchNumber number, Withdrawal calldata withdrawal, Path calldata path)
        external
    {
        Batch memory batch = batchAt(number);
        HashTree.check(HashTree.leaf(abi.encode(withdrawal)), path, batch.withdrawals);
        if (withdrawal.tree == Tree.OffL1) {
            if (number > finalBatch) revert NotFinal(number, finalBatch);
            if (isVoid(number)) revert VoidBatch(number);
        }
        _markClaimed(number, path.index);

        Tree other = withdrawal.tree == Tree.OnL1 ? Tree.OffL1 : Tree.OnL1;
        bool moves = Scalar.unwrap(withdrawal.account) != 0 && !frozen
            && _fits(other, withdrawal.token, withdrawal.amount);
        if (moves) {
            _countOut(withdrawal.tree, withdrawal.token, withdrawal.amount);
            _countIn(other, withdrawal.token, withdrawal.amount);
            _enqueueDeposit(
                other, withdrawal.token, withdrawal.amount, withdrawal.recipient, withdrawal.account
            );
            emit Moved(number, path.index, withdrawal);
        } else {
            _pay(withdrawal.tree, withdrawal.token, withdrawal.recipient, withdrawal.amount);
            emit Withdrawn(number, path.index, withdrawal);
        }
    }

    /// Proves what all accounts of a frozen tree hold. Anybody may.
    function proveExits(Tree tree, bytes32 exits, bytes calldata proof) external {
        Scalar root = frozenRoot(tree);
        _exitsVerifier().verify(proof, inputs.ofExits(tree, root, exits));
        _setExits(tree, root, exits);
    }

    /// Claims what one account held of one token when the rollup froze. Anybody may call it, and
    /// has its gas back from the escape pool as far as that goes.
    function escape(Tree tree, Holding calldata holding, Path calldata path) external {
        uint256 gasBefore = gasleft();
        Scalar root = frozenRoot(tree);
        bytes32 exits = exitsOf[tree][root];
        if (exits == 0) revert ExitsUnknown(tree, root);
        HashTree.check(HashTree.leaf(abi.encode(holding)), path, exits);
        _escape(tree, holding);
        escapePool.refund(payable(msg.sender), gasBefore - gasleft(), msg.data.length);
    }

    /// Claims many holdings by one proof. What was claimed already, by whoever was quicker, is
    /// passed over: nobody can spoil the others' way out. One proof must move something, so that
    /// the pool refunds nothing for nothing.
    /// @param digest The circuit's hash of the holdings.
    function escapeMany(Tree tree, Holding[] calldata holdings, Scalar digest, bytes calldata proof)
        external
    {
        uint256 gasBefore = gasleft();
        frozenRoot(tree);
        Roots memory roots = _batches[newestBatch].roots;
        Scalar[] memory statement = inputs.ofHoldings(tree, newestBatch, roots, holdings, digest);
        _exitsVerifier().verify(proof, statement);

        uint256 moved;
        for (uint256 i; i < holdings.length; ++i) {
            if (escaped[tree][holdings[i].slot]) continue;
            _escape(tree, holdings[i]);
            ++moved;
        }
        if (moved == 0) revert NothingToEscape(tree, holdings.length);
        escapePool.refund(payable(msg.sender), gasBefore - gasleft(), msg.data.length);
    }

    /// A tree's root once nothing can move it any more: after the freeze, when every batch is
    /// final or reverted.
    function frozenRoot(Tree tree) public returns (Scalar) {
        if (!frozen) revert NotFrozen();
        if (newestBatch > finalBatch) finalize(type(uint256).max);
        if (newestBatch > finalBatch) revert StillPending(finalBatch, newestBatch);
        Batch storage last = _batches[newestBatch];
        return tree == Tree.OnL1 ? last.roots.onL1 : last.roots.offL1;
    }

    function _exitsVerifier() private view returns (IProofVerifier) {
        return settings.get(settings.current()).exits;
    }

    function _escape(Tree tree, Holding calldata holding) private {
        if (escaped[tree][holding.slot]) revert AlreadyEscaped(tree, holding.slot);
        escaped[tree][holding.slot] = true;
        _pay(tree, holding.token, holding.owner, holding.amount);
        emit Escaped(tree, holding.slot, holding);
    }

    function _markClaimed(BatchNumber number, uint64 index) private {
        uint256 bit = uint256(1) << (index & 0xff);
        uint256 bits = _claimed[number][index >> 8];
        if (bits & bit != 0) revert AlreadyClaimed(number, index);
        _claimed[number][index >> 8] = bits | bit;
    }
}
