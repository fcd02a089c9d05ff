// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { KzgPoint } from "../kzg/KzgPoint.sol";
import { canonical, reduced, Scalar, toScalar } from "../kzg/Scalar.sol";
import {
    BatchNumber,
    Holding,
    Kind,
    Operation,
    Roots,
    TokenId,
    Tree,
    Withdrawal
} from "./Types.sol";

/// What a batch's points are drawn from, as one hash.
type Context is bytes32;

/// @title What the circuits prove
/// @notice The public inputs of each circuit, in order, and the points at which its data is
/// opened.
///
/// A point hashes everything that either side chose: the contract's view of the data, and
/// the circuit's own `digest` of it, which it computes from what it uses. A point that hashed the
/// contract's view alone could be met by other data that happens to agree there.
///
/// | circuit    | public inputs |
/// |------------|---|
/// | batch      | prior on, prior off, next on, next off, digest, point, traffic, then (point, value) per row: first the L1 part, never empty, then the DA blob |
/// | checkpoint | on, off, digest, on exits high, low, off exits high, low, then (point, value) per row |
/// | exit root  | tree, root, exits high, low |
/// | exits      | tree, root, digest, point, holdings |
///
/// A batch's first row is that of the tree on L1, always. A checkpoint's circuit that knows no
/// Keccak tree holds the halves of both exit roots to zero, which names none.
///
/// `traffic` and `holdings` are sequences of scalars s₀ … sₙ folded at the point as Σ sᵢ xⁿ⁻ⁱ. A
/// 256-bit hash is two inputs of 128 bits.
library Statements {
    bytes32 internal constant BATCH = "assay/rollup-batch/v1";
    bytes32 internal constant CHECKPOINT = "assay/rollup-checkpoint/v1";
    bytes32 internal constant EXITS = "assay/rollup-exits/v1";

    /// A batch's context: which rollup, namely the caller, where in its history, between which
    /// roots.
    function context(
        bytes32 tag,
        BatchNumber number,
        Scalar digest,
        Roots memory prior,
        Roots memory next
    ) internal view returns (Context) {
        return Context.wrap(
            sha256(
                abi.encodePacked(
                    tag,
                    block.chainid,
                    msg.sender,
                    number,
                    canonical(digest),
                    prior.onL1,
                    prior.offL1,
                    canonical(next.onL1),
                    canonical(next.offL1)
                )
            )
        );
    }

    /// Where a committed row is opened.
    function rowPoint(Context where, KzgPoint memory commitment) internal pure returns (Scalar) {
        return reduced(sha256(abi.encodePacked(where, commitment.encode())));
    }

    /// Where a row in calldata, or a folded sequence, is opened.
    function dataPoint(Context where, bytes memory data) internal pure returns (Scalar) {
        return reduced(sha256(abi.encodePacked(where, sha256(data))));
    }

    /// What goes in and out: how many operations of the tree on L1 and they, the same of the
    /// other tree, how many withdrawals and they. An operation is four scalars:
    /// `kind + token 2⁸ + amount 2²⁴`, owner, account, authority. A withdrawal is three:
    /// `tree + token 2⁸ + amount 2²⁴`, recipient, account. A cancelled operation is none.
    function traffic(
        Operation[] calldata onOperations,
        Operation[] calldata offOperations,
        Withdrawal[] calldata withdrawals,
        Scalar x
    ) internal pure returns (Scalar value) {
        value = _operations(value, onOperations, x);
        value = _operations(value, offOperations, x);
        value = value * x + Scalar.wrap(withdrawals.length);
        for (uint256 i; i < withdrawals.length; ++i) {
            Withdrawal calldata w = withdrawals[i];
            value = value * x + _word(uint256(w.tree), w.token, w.amount);
            value = value * x + Scalar.wrap(uint160(w.recipient));
            value = value * x + canonical(w.account);
        }
    }

    /// How many holdings, and per holding `slot + token 2⁶⁴ + amount 2⁸⁰` and its owner.
    function holdings(Holding[] calldata list, Scalar x) internal pure returns (Scalar value) {
        value = Scalar.wrap(list.length);
        for (uint256 i; i < list.length; ++i) {
            Holding calldata h = list[i];
            uint256 word =
                h.slot | (uint256(TokenId.unwrap(h.token)) << 64) | (uint256(h.amount) << 80);
            value = value * x + toScalar(word);
            value = value * x + Scalar.wrap(uint160(h.owner));
        }
    }

    /// A hash as two inputs.
    function halves(bytes32 hash) internal pure returns (Scalar high, Scalar low) {
        high = Scalar.wrap(uint256(hash) >> 128);
        low = Scalar.wrap(uint256(hash) & type(uint128).max);
    }

    function treeInput(Tree tree) internal pure returns (Scalar) {
        return Scalar.wrap(uint256(tree));
    }

    function _operations(Scalar value, Operation[] calldata list, Scalar x)
        private
        pure
        returns (Scalar)
    {
        uint256 count;
        for (uint256 i; i < list.length; ++i) {
            if (list[i].kind != Kind.Nothing) ++count;
        }
        value = value * x + Scalar.wrap(count);
        for (uint256 i; i < list.length; ++i) {
            Operation calldata o = list[i];
            if (o.kind == Kind.Nothing) continue;
            value = value * x + _word(uint256(o.kind), o.token, o.amount);
            value = value * x + Scalar.wrap(uint160(o.owner));
            value = value * x + canonical(o.account);
            value = value * x + canonical(o.authority);
        }
        return value;
    }

    function _word(uint256 low, TokenId token, uint128 amount) private pure returns (Scalar) {
        return Scalar.wrap(low | (uint256(TokenId.unwrap(token)) << 8) | (uint256(amount) << 24));
    }
}
