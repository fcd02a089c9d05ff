// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IStakes } from "../../src/interfaces/IStakes.sol";
import { ValidatorId } from "../../src/types/ValidatorId.sol";

/// What the registry sees of a rollup: a caller that slashes, rewards and reports on request.
contract Slasher {
    IStakes private immutable STAKES;
    bool public refusing;

    constructor(IStakes stakes) payable {
        STAKES = stakes;
    }

    function slash(ValidatorId validator, uint256 amount) external returns (uint256) {
        return STAKES.slash(validator, amount);
    }

    function reward(ValidatorId validator) external payable {
        STAKES.reward{ value: msg.value }(validator);
    }

    function reportRescue(ValidatorId validator) external {
        STAKES.reportRescue(validator);
    }

    function refuse(bool refusing_) external {
        refusing = refusing_;
    }

    receive() external payable {
        require(!refusing);
    }
}
