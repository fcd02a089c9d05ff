// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Vm } from "./Vm.sol";

/// What every test contract stands on. Assertions are `vm.assertEq` and its like: forge makes
/// them fail the test, whoever calls.
abstract contract Test {
    /// What forge calls for an invariant test: which contracts, and which of their functions.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    bool public constant IS_TEST = true;

    /// `value` folded into `least..=most`.
    function bound(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        if (value >= least && value <= most) return value;
        uint256 span = most - least;
        return span == type(uint256).max ? value : least + value % (span + 1);
    }

    /// An account with a name and no key.
    function account(string memory name) internal pure returns (address) {
        return address(uint160(uint256(keccak256(bytes(name)))));
    }
}
