// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { TokenList, TokenTerms } from "./TokenList.sol";
import { TokenId, Tree } from "./Types.sol";
import { Vault } from "./Vault.sol";

/// @title How much of each tree's value is here
/// @notice Each tree's value is counted apart. Neither can pay more than it took, so whatever
/// goes wrong in one leaves the other's owners whole.
abstract contract TreeLedger {
    TokenList public tokens;
    Vault public vault;
    /// Deposited into a tree or its queue, and not yet paid out of it.
    mapping(Tree tree => mapping(TokenId token => uint256)) public valueOf;

    /// The bonds cover no more off-chain value of this token.
    error CapExceeded(TokenId token, uint256 got, uint256 cap);
    error TreeOverdrawn(Tree tree, TokenId token, uint256 got, uint256 max);

    /// Whether a tree may take more of a token: the one on L1 always, the other up to its cap.
    function _fits(Tree tree, TokenId token, uint256 amount) internal view returns (bool) {
        return tree == Tree.OnL1 || valueOf[tree][token] + amount <= tokens.capOf(token);
    }

    function _countIn(Tree tree, TokenId token, uint128 amount) internal {
        if (!_fits(tree, token, amount)) {
            revert CapExceeded(token, valueOf[tree][token] + amount, tokens.capOf(token));
        }
        valueOf[tree][token] += amount;
    }

    function _countOut(Tree tree, TokenId token, uint128 amount) internal {
        uint256 value = valueOf[tree][token];
        if (amount > value) revert TreeOverdrawn(tree, token, amount, value);
        valueOf[tree][token] = value - amount;
    }

    /// Counts value out of a tree, and credits it to an owner.
    function _pay(Tree tree, TokenId id, address owner, uint128 amount) internal {
        _countOut(tree, id, amount);
        TokenTerms memory terms = tokens.get(id);
        vault.credit(terms.token, owner, amount, terms.calm);
    }
}
