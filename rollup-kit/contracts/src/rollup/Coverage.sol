// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IRegistry } from "../interfaces/IRegistry.sol";
import { SetHash } from "../types/Hashes.sol";
import { ValidatorId } from "../types/ValidatorId.sol";

/// @title What the bonds behind a rollup's data cover
/// @notice A certificate is signed by more than two thirds of the weight, and any third recovers
/// the data, so withholding burns a third of the stake at least. Value is covered one and a half
/// times: two thirds of that third may be at risk, and two thirds of an operator's slash.
contract Coverage {
    /// Seconds that a measurement counts. Stake that leaves stays slashable for 28 days, so what
    /// was measured is there for whatever is challenged meanwhile.
    uint64 public constant MEASUREMENT_AGE = 14 days;

    IRegistry public immutable registry;
    address public immutable rollup;
    /// Wei that an expired challenge takes of the operator.
    uint256 public immutable operatorSlash;

    /// Allocated to the rollup by the current set when it was measured, in wei.
    uint256 public stake;
    /// Unix seconds.
    uint64 public measuredAt;

    event Measured(SetHash indexed set, uint256 stake);

    error NotRollup(address got, address expected);

    constructor(IRegistry registry_, address rollup_, uint256 operatorSlash_) {
        registry = registry_;
        rollup = rollup_;
        operatorSlash = operatorSlash_;
    }

    /// Sums what members of the current set have allocated. Anybody may call it.
    /// @param bitmap The members to count; leaving some out makes the result smaller.
    function measure(bytes calldata bitmap) external {
        SetHash set = registry.currentSet();
        ValidatorId[] memory members = registry.members(set, bitmap);
        uint256 sum;
        for (uint256 i; i < members.length; ++i) {
            sum += registry.coverage(members[i], rollup);
        }
        // A smaller result counts once the larger one has aged, or anybody could lower it.
        if (sum >= stake || block.timestamp > measuredAt + MEASUREMENT_AGE / 2) {
            (stake, measuredAt) = (sum, uint64(block.timestamp));
            emit Measured(set, sum);
        }
    }

    /// Counts out what the rollup has slashed.
    function slashed(uint256 amount) external {
        if (msg.sender != rollup) revert NotRollup(msg.sender, rollup);
        stake = stake > amount ? stake - amount : 0;
    }

    /// Wei of off-chain value that may be at risk.
    function covered() external view returns (uint256) {
        bool fresh = block.timestamp <= measuredAt + MEASUREMENT_AGE;
        return ((fresh ? stake / 3 : 0) + operatorSlash) * 2 / 3;
    }
}
