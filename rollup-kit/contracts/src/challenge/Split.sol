// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Where slashed value goes
/// @notice A tenth, capped, to the challengers; two fifths to the escape pool; the rest is burnt.
/// Who slashes itself through a challenge of its own has at most a tenth back.
library Split {
    uint256 internal constant CHALLENGER_PERCENT = 10;
    uint256 internal constant POOL_PERCENT = 40;
    address internal constant BURNT = address(0);

    error NotPaid(address to, uint256 amount);

    /// Pays pool and fire.
    /// @param left What the challengers may still earn.
    /// @return earned Their part, which stays with the caller.
    function split(uint256 amount, uint256 left, address escapePool)
        internal
        returns (uint256 earned)
    {
        earned = amount * CHALLENGER_PERCENT / 100;
        if (earned > left) earned = left;
        uint256 pooled = amount * POOL_PERCENT / 100;
        _send(escapePool, pooled);
        _send(BURNT, amount - pooled - earned);
    }

    function _send(address to, uint256 amount) private {
        (bool ok,) = to.call{ value: amount }("");
        if (!ok) revert NotPaid(to, amount);
    }
}
