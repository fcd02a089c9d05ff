// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { FIELD, NotCanonical, NotInvertible, Scalar } from "../../src/kzg/Scalar.sol";
import { ShortRow } from "../../src/kzg/ShortRow.sol";
import { Test } from "../lib/Test.sol";

contract ShortRowDoor {
    function evaluate(Scalar[] calldata elements, Scalar x) external pure returns (Scalar) {
        return ShortRow.evaluate(elements, x);
    }

    function inverse(Scalar a) external pure returns (Scalar) {
        return a.inverse();
    }
}

contract ShortRowTest is Test {
    ShortRowDoor internal door = new ShortRowDoor();

    /// EIP-4844's `evaluate_polynomial_in_evaluation_form`, one inversion per element.
    function testFuzz_it_is_the_barycentric_formula(uint256 seed, uint256 count) public view {
        count = bound(count, 0, 40);
        Scalar[] memory elements = _elements(seed, count);
        Scalar x = _scalar(seed, "x");
        Scalar sum;
        for (uint256 i = 0; i < count; ++i) {
            Scalar omega = ShortRow.ROOT.pow(_reversed(i));
            sum = sum + elements[i] * omega * (x - omega).inverse();
        }
        Scalar expected = (x.pow(4096) - Scalar.wrap(1)) * Scalar.wrap(4096).inverse() * sum;
        vm.assertEq(Scalar.unwrap(door.evaluate(elements, x)), Scalar.unwrap(expected));
    }

    function test_the_root_has_order_4096() public pure {
        vm.assertEq(Scalar.unwrap(ShortRow.ROOT.pow(4096)), 1);
        vm.assertEq(Scalar.unwrap(ShortRow.ROOT.pow(2048)), FIELD - 1);
        vm.assertEq(
            Scalar.unwrap(ShortRow.ROOT), Scalar.unwrap(Scalar.wrap(7).pow((FIELD - 1) / 4096))
        );
    }

    function test_points_of_the_row_are_refused() public {
        Scalar x = ShortRow.ROOT.pow(5);
        vm.expectRevert(abi.encodeWithSelector(ShortRow.PointOfDomain.selector, x));
        door.evaluate(_elements(1, 3), x);
    }

    function test_no_more_elements_than_pay() public {
        door.evaluate(_elements(1, 1024), Scalar.wrap(3));
        vm.expectRevert(abi.encodeWithSelector(ShortRow.TooManyElements.selector, 1025, 1024));
        door.evaluate(_elements(1, 1025), Scalar.wrap(3));
    }

    function test_elements_are_canonical() public {
        Scalar[] memory elements = _elements(1, 3);
        elements[1] = Scalar.wrap(FIELD);
        vm.expectRevert(abi.encodeWithSelector(NotCanonical.selector, FIELD, FIELD));
        door.evaluate(elements, Scalar.wrap(3));
    }

    function testFuzz_inverses_invert(uint256 seed) public view {
        Scalar a = _scalar(seed, "a");
        vm.assertEq(Scalar.unwrap(a * door.inverse(a)), 1);
    }

    function test_zero_has_no_inverse() public {
        vm.expectRevert(NotInvertible.selector);
        door.inverse(Scalar.wrap(0));
    }

    function _elements(uint256 seed, uint256 count)
        private
        pure
        returns (Scalar[] memory elements)
    {
        elements = new Scalar[](count);
        for (uint256 i = 0; i < count; ++i) {
            elements[i] = _scalar(seed, vm.toString(i));
        }
    }

    function _scalar(uint256 seed, string memory name) private pure returns (Scalar) {
        return Scalar.wrap(uint256(keccak256(abi.encode(seed, name))) % FIELD);
    }

    function _reversed(uint256 index) private pure returns (uint256 out) {
        for (uint256 bit = 0; bit < 12; ++bit) {
            out |= ((index >> bit) & 1) << (11 - bit);
        }
    }
}
