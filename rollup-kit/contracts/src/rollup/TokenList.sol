// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Coverage } from "./Coverage.sol";
import { TokenId } from "./Types.sol";

/// A token that the rollup takes. Amounts are in its smallest unit.
/// @param token The zero address for ETH.
/// @param least Least deposit: a smaller one is not worth its place in a circuit.
/// @param weiPerMillion What a million units are worth in wei, for the cap, judged with care: it
/// changes by the time lock alone. 0 for what needs no cap.
/// @param coverShare Of what the bonds cover, how much stands behind this token; 1/10,000.
/// @param calm What may flow out in a day without the breaker looking at it.
struct TokenTerms {
    address token;
    uint96 least;
    uint128 weiPerMillion;
    uint16 coverShare;
    uint128 calm;
}

/// @title The tokens that a rollup takes, and how much of each the bonds cover
contract TokenList {
    uint256 internal constant WHOLE = 10_000;
    uint256 internal constant MILLION = 1e6;
    /// As many as the circuit has places for in an account.
    uint256 internal constant PLACES = 256;

    /// Who lists tokens and changes their terms.
    address public immutable lock;
    Coverage public immutable coverage;
    /// Most tokens. A rollup with rules of its own keeps its registers in the places above.
    uint256 public immutable maxTokens;

    TokenTerms[] private _tokens;
    /// Sum of all shares of the cover.
    uint256 private _shares;

    event TokenListed(TokenId indexed id, TokenTerms terms);
    event TermsChanged(TokenId indexed id, TokenTerms terms);

    error NotTimeLock(address got, address expected);
    error NoSuchToken(TokenId got, uint256 tokens);
    error TooManyTokens(uint256 max);
    error SharesExceeded(uint256 got, uint256 max);
    error TokenIsFixed(address got, address expected);

    /// @param maxTokens_ At least 1 and at most 256.
    /// @param ether_ The terms of token 0.
    constructor(address lock_, Coverage coverage_, uint256 maxTokens_, TokenTerms memory ether_) {
        if (maxTokens_ > PLACES) revert TooManyTokens(PLACES);
        (lock, coverage, maxTokens) = (lock_, coverage_, maxTokens_);
        if (ether_.token != address(0)) revert TokenIsFixed(ether_.token, address(0));
        _list(ether_);
    }

    modifier onlyLock() {
        if (msg.sender != lock) revert NotTimeLock(msg.sender, lock);
        _;
    }

    /// Lists a token.
    function list(TokenTerms calldata terms) external onlyLock {
        _list(terms);
    }

    /// Changes a token's terms, but not which token it is. What is in the rollup already stays
    /// and leaves as before.
    function change(TokenId id, TokenTerms calldata terms) external onlyLock {
        TokenTerms memory old = get(id);
        if (terms.token != old.token) revert TokenIsFixed(terms.token, old.token);
        _share(_shares - old.coverShare + terms.coverShare);
        _tokens[TokenId.unwrap(id)] = terms;
        emit TermsChanged(id, terms);
    }

    /// How much of a token the off-chain tree may hold, in the token's units.
    function capOf(TokenId id) external view returns (uint256) {
        TokenTerms memory terms = get(id);
        if (terms.weiPerMillion == 0) return type(uint256).max;
        uint256 share = coverage.covered() * terms.coverShare / WHOLE;
        return share * MILLION / terms.weiPerMillion;
    }

    /// A token's terms.
    function get(TokenId id) public view returns (TokenTerms memory) {
        uint256 index = TokenId.unwrap(id);
        if (index >= _tokens.length) revert NoSuchToken(id, _tokens.length);
        return _tokens[index];
    }

    function _list(TokenTerms memory terms) private {
        if (_tokens.length >= maxTokens) revert TooManyTokens(maxTokens);
        _share(_shares + terms.coverShare);
        TokenId id = TokenId.wrap(uint16(_tokens.length));
        _tokens.push(terms);
        emit TokenListed(id, terms);
    }

    function _share(uint256 shares) private {
        if (shares > WHOLE) revert SharesExceeded(shares, WHOLE);
        _shares = shares;
    }
}
