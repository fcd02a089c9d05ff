// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Casts } from "../types/Casts.sol";
import { Shares, Units } from "../types/Stake.sol";

/// One validator's stake: its own and its delegators', told apart by shares; what it backs, told
/// apart by units.
/// @param assets Wei. Counted, not read from the balance, so that nobody raises the price of a
/// share by a gift.
/// @param shares All shares, those that unbond included.
/// @param unbonding Shares of those who asked for their stake back: slashable like all others.
/// @param units All units.
/// @param allocated Units that belong to rollups, those that arrive or leave included.
struct Pool {
    uint128 assets;
    Shares shares;
    Shares unbonding;
    Units units;
    Units allocated;
}

using PoolMath for Pool global;

/// @title The arithmetic of pools
/// @notice All roundings are in favour of what stays in the pool.
library PoolMath {
    using Casts for uint256;

    /// The units of a pool that was never slashed.
    uint128 internal constant ALL_UNITS = 1e18;
    /// A pool takes no more stake once a share is worth less than a millionth of a wei: shares
    /// bought for almost nothing must not overflow.
    uint256 internal constant MOST_SHARES_PER_WEI = 1e6;

    /// The pool has been slashed to nothing, or almost.
    error PoolWiped(uint256 assets, uint256 shares);
    /// Less wei than a share costs.
    error TooLittle(uint256 amount);

    /// Adds wei; returns the shares that they buy.
    function deposit(Pool storage pool, uint256 amount) internal returns (Shares bought) {
        uint256 assets = pool.assets;
        uint256 shares = Shares.unwrap(pool.shares);
        bool wiped = shares > assets * MOST_SHARES_PER_WEI || Units.unwrap(pool.units) == 0;
        if (wiped) revert PoolWiped(assets, shares);

        uint256 minted = shares == 0 ? amount : amount * shares / assets;
        if (minted == 0) revert TooLittle(amount);
        pool.assets = (assets + amount).toUint128();
        pool.shares = Shares.wrap((shares + minted).toUint128());
        return Shares.wrap(minted.toUint128());
    }

    /// Marks shares as unbonding.
    function startUnbonding(Pool storage pool, Shares shares) internal {
        pool.unbonding = Shares.wrap(Shares.unwrap(pool.unbonding) + Shares.unwrap(shares));
    }

    /// Burns unbonding shares; returns the wei that they are worth.
    function withdraw(Pool storage pool, Shares shares) internal returns (uint256 amount) {
        amount = pool.worth(shares);
        pool.assets -= amount.toUint128();
        pool.shares = Shares.wrap(Shares.unwrap(pool.shares) - Shares.unwrap(shares));
        pool.unbonding = Shares.wrap(Shares.unwrap(pool.unbonding) - Shares.unwrap(shares));
    }

    /// Takes up to `most` wei out of what `units` back.
    /// @return taken Wei.
    /// @return burnt The units that went with them. What is left of `units` backs no less than
    /// before, but for what was taken.
    function slash(Pool storage pool, Units units, uint256 most)
        internal
        returns (uint256 taken, Units burnt)
    {
        uint256 backed = pool.backing(units);
        if (most >= backed) {
            (taken, burnt) = (backed, units);
        } else {
            taken = most;
            uint256 all = Units.unwrap(pool.units);
            // Rounded up: the others' units never lose.
            burnt = Units.wrap(((taken * all + pool.assets - 1) / pool.assets).toUint128());
        }
        pool.assets -= taken.toUint128();
        pool.units = Units.wrap(Units.unwrap(pool.units) - Units.unwrap(burnt));
        pool.allocated = Units.wrap(Units.unwrap(pool.allocated) - Units.unwrap(burnt));
    }

    /// Wei that shares are worth.
    function worth(Pool storage pool, Shares shares) internal view returns (uint256) {
        uint256 all = Shares.unwrap(pool.shares);
        return all == 0 ? 0 : uint256(pool.assets) * Shares.unwrap(shares) / all;
    }

    /// Wei that units back.
    function backing(Pool storage pool, Units units) internal view returns (uint256) {
        uint256 all = Units.unwrap(pool.units);
        return all == 0 ? 0 : uint256(pool.assets) * Units.unwrap(units) / all;
    }

    /// Wei that units go on backing if everybody who unbonds leaves.
    function lastingBacking(Pool storage pool, Units units) internal view returns (uint256) {
        uint256 all = Shares.unwrap(pool.shares);
        if (all == 0) return 0;
        return pool.backing(units) * (all - Shares.unwrap(pool.unbonding)) / all;
    }
}
