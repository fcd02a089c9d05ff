// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { BadParameter, Parameters } from "../../src/registry/Parameters.sol";
import { SetHash } from "../../src/types/Hashes.sol";
import { RegistryTest } from "./RegistryTest.sol";

contract ParametersTest is RegistryTest {
    function check(Parameters memory p) external pure {
        p.check();
    }

    function test_takesTheNetworksOwn() public view {
        this.check(_good());
    }

    function test_holdsEveryParameterToItsPurpose() public {
        Parameters memory p = _good();
        p.clockDrift = 24 hours + 1;
        _expect("clockDrift", p.clockDrift, 1, 24 hours);
        this.check(p);

        p = _good();
        p.certificateAge = 14 days + 1;
        _expect("certificateAge", p.certificateAge, 1, 14 days);
        this.check(p);

        p = _good();
        p.retention = 28 days + 1;
        _expect("retention", p.retention, 24 hours, 28 days);
        this.check(p);

        p = _good();
        p.trustingPeriod = 28 days + 1;
        _expect("trustingPeriod", p.trustingPeriod, 1, 28 days);
        this.check(p);

        p = _good();
        p.notice = 28 days;
        _expect("notice", p.notice, 28 days + 1, 36_525 days);
        this.check(p);

        p = _good();
        p.unbonding = type(uint64).max;
        _expect("unbonding", p.unbonding, 1, 36_525 days);
        this.check(p);

        p = _good();
        p.rescuesToJail = 0;
        _expect("rescuesToJail", 0, 1, type(uint32).max);
        this.check(p);

        p = _good();
        p.minimumStake = 0;
        _expect("minimumStake", 0, 1, type(uint96).max);
        this.check(p);
    }

    function _good() private pure returns (Parameters memory) {
        return parameters(CHAIN, SetHash.wrap(bytes32(uint256(1))));
    }

    function _expect(bytes32 what, uint256 got, uint256 least, uint256 most) private {
        vm.expectRevert(abi.encodeWithSelector(BadParameter.selector, what, got, least, most));
    }
}
