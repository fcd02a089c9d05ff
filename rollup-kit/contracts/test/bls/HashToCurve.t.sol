// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { HashToCurve } from "../../src/bls/HashToCurve.sol";
import { Fp } from "../../src/types/Points.sol";
import { Test } from "../lib/Test.sol";

contract HashToCurveTest is Test {
    bytes private constant DOMAIN = "QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_";

    /// RFC 9380 §J.10.1: P.x and P.y of each message, the coefficient of 1 first.
    function test_vectorsOfTheRfc() public view {
        _check(
            "",
            hex"0141ebfbdca40eb85b87142e130ab689c673cf60f1a3e98d69335266f30d9b8d4ac44c1038e9dcdd5393faf5c41fb78a",
            hex"05cb8437535e20ecffaef7752baddf98034139c38452458baeefab379ba13dff5bf5dd71b72418717047f5b0f37da03d",
            hex"0503921d7f6a12805e72940b963c0cf3471c7b2a524950ca195d11062ee75ec076daf2d4bc358c4b190c0c98064fdd92",
            hex"12424ac32561493f3fe3c260708a12b7c620e7be00099a974e259ddc7d1f6395c3c811cdd19f1e8dbf3e9ecfdcbab8d6"
        );
        _check(
            "abc",
            hex"02c2d18e033b960562aae3cab37a27ce00d80ccd5ba4b7fe0e7a210245129dbec7780ccc7954725f4168aff2787776e6",
            hex"139cddbccdc5e91b9623efd38c49f81a6f83f175e80b06fc374de9eb4b41dfe4ca3a230ed250fbe3a2acf73a41177fd8",
            hex"1787327b68159716a37440985269cf584bcb1e621d3a7202be6ea05c4cfe244aeb197642555a0645fb87bf7466b2ba48",
            hex"00aa65dae3c8d732d10ecd2c50f8a1baf3001578f71c694e03866e9f3d49ac1e1ce70dd94a733534f106d4cec0eddd16"
        );
    }

    /// What has 376 bits at most is below p, which has 381.
    function testFuzz_keepsWhatIsBelowThePrime(uint256 low, uint128 high) public view {
        Fp memory small = HashToCurve.reduce(bytes32(uint256(high) >> 8), bytes32(low));
        vm.assertEq(small.hi, uint256(high) >> 8);
        vm.assertEq(small.lo, low);
    }

    function test_reducesThePrimeToZero() public view {
        uint256 hi = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
        uint256 lo = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
        Fp memory zero = HashToCurve.reduce(bytes32(hi), bytes32(lo));
        vm.assertEq(zero.hi | zero.lo, 0);
        Fp memory one = HashToCurve.reduce(bytes32(hi), bytes32(lo + 1));
        vm.assertEq(one.hi, 0);
        vm.assertEq(one.lo, 1);
    }

    function _check(
        bytes memory message,
        bytes memory x0,
        bytes memory x1,
        bytes memory y0,
        bytes memory y1
    ) private view {
        bytes memory expected = abi.encodePacked(
            bytes16(0), x0, bytes16(0), x1, bytes16(0), y0, bytes16(0), y1
        );
        vm.assertEq(abi.encode(HashToCurve.toG2(message, DOMAIN)), expected);
    }
}
