// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Columns, Custody } from "../../src/challenge/Custody.sol";
import { ChainId, SetHash } from "../../src/types/Hashes.sol";
import { Test } from "../lib/Test.sol";

contract CustodyDoor {
    function draw(ChainId chain, SetHash set, uint64 epoch, bytes calldata key, uint256 count)
        external
        pure
        returns (Columns)
    {
        return Custody.draw(chain, set, epoch, key, count);
    }
}

/// The draws of `chain::custody` over 20 validators, from the crate's golden file. The keys are
/// those of the set whose hash it names.
contract CustodyTest is Test {
    CustodyDoor internal door = new CustodyDoor();
    string internal golden = vm.readFile("../../chain/golden/custody.json");
    string internal set = vm.readFile("test/fixtures/custody_keys.json");

    function test_draws_are_the_chains() public view {
        bytes[] memory columns = vm.parseJsonBytesArray(golden, ".columns");
        bytes[] memory keys = vm.parseJsonBytesArray(set, ".keys");
        vm.assertEq(keys.length, 20);
        vm.assertEq(columns.length, 20);
        for (uint256 i = 0; i < columns.length; ++i) {
            uint128 expected = uint128(bytes16(columns[i]));
            vm.assertEq(_draw(keys[i], _count(expected)), expected);
        }
    }

    /// Fewer columns are the first ones of more.
    function test_fewer_are_among_more() public view {
        bytes[] memory keys = vm.parseJsonBytesArray(set, ".keys");
        uint256 before;
        for (uint256 count = 0; count <= 128; ++count) {
            uint256 drawn = _draw(keys[0], count);
            vm.assertEq(_count(uint128(drawn)), count);
            vm.assertEq(drawn & before, before);
            before = drawn;
        }
        vm.assertEq(before, type(uint128).max);
    }

    function _draw(bytes memory key, uint256 count) private view returns (uint256) {
        return Columns.unwrap(
            door.draw(
                ChainId.wrap(vm.parseJsonBytes32(golden, ".chainId")),
                SetHash.wrap(vm.parseJsonBytes32(golden, ".setHash")),
                uint64(vm.parseJsonUint(golden, ".epoch")),
                key,
                count
            )
        );
    }

    function _count(uint128 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) {
            ++count;
        }
    }
}
