// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// The part of forge's cheatcodes that the tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 privateKey) external pure returns (address);
    function assume(bool condition) external pure;
    function blobhashes(bytes32[] calldata hashes) external;
    function getBlobhashes() external view returns (bytes32[] memory);
    function blobBaseFee(uint256 fee) external;
    function chainId(uint256 id) external;
    function coinbase(address to) external;
    function deal(address who, uint256 balance) external;
    function envOr(string calldata name, string calldata fallback_)
        external
        view
        returns (string memory);
    function etch(address target, bytes calldata code) external;
    function expectEmit() external;
    function expectEmit(address emitter) external;
    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function fee(uint256 basefee) external;
    function getBlockTimestamp() external view returns (uint256);
    function getRecordedLogs() external returns (Log[] memory);
    function label(address account, string calldata name) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
    function mockCall(address callee, bytes calldata data, bytes calldata answer) external;
    function mockCallRevert(address callee, bytes calldata data, bytes calldata answer) external;
    function clearMockedCalls() external;
    function prank(address sender) external;
    function prank(address sender, address origin) external;
    function sign(uint256 privateKey, bytes32 digest)
        external
        pure
        returns (uint8 v, bytes32 r, bytes32 s);
    function startPrank(address sender) external;
    function stopPrank() external;
    function recordLogs() external;
    function roll(uint256 number) external;
    function setEvmVersion(string calldata version) external;
    function snapshotState() external returns (uint256);
    function revertToState(uint256 snapshot) external returns (bool);
    function snapshotGasLastCall(string calldata group, string calldata name)
        external
        returns (uint256);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function store(address target, bytes32 slot, bytes32 value) external;
    function toString(uint256 value) external pure returns (string memory);
    function warp(uint256 time) external;

    function readFile(string calldata path) external view returns (string memory);
    function parseJsonAddress(string calldata json, string calldata key)
        external
        pure
        returns (address);
    function parseJsonBytes(string calldata json, string calldata key)
        external
        pure
        returns (bytes memory);
    function parseJsonBytesArray(string calldata json, string calldata key)
        external
        pure
        returns (bytes[] memory);
    function parseJsonBytes32(string calldata json, string calldata key)
        external
        pure
        returns (bytes32);
    function parseJsonBytes32Array(string calldata json, string calldata key)
        external
        pure
        returns (bytes32[] memory);
    function parseJsonString(string calldata json, string calldata key)
        external
        pure
        returns (string memory);
    function parseJsonUint(string calldata json, string calldata key)
        external
        pure
        returns (uint256);
    function parseJsonUintArray(string calldata json, string calldata key)
        external
        pure
        returns (uint256[] memory);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);

    function assertTrue(bool condition) external pure;
    function assertTrue(bool condition, string calldata what) external pure;
    function assertFalse(bool condition) external pure;
    function assertFalse(bool condition, string calldata what) external pure;
    function assertEq(bool got, bool expected) external pure;
    function assertEq(uint256 got, uint256 expected) external pure;
    function assertEq(uint256 got, uint256 expected, string calldata what) external pure;
    function assertEq(bytes32 got, bytes32 expected) external pure;
    function assertEq(bytes32 got, bytes32 expected, string calldata what) external pure;
    function assertEq(address got, address expected) external pure;
    function assertEq(address got, address expected, string calldata what) external pure;
    function assertEq(bytes calldata got, bytes calldata expected) external pure;
    function assertEq(bytes calldata got, bytes calldata expected, string calldata what)
        external
        pure;
    function assertNotEq(bytes32 got, bytes32 other) external pure;
    function assertNotEq(uint256 got, uint256 other) external pure;
    function assertLe(uint256 got, uint256 most) external pure;
    function assertLe(uint256 got, uint256 most, string calldata what) external pure;
    function assertGe(uint256 got, uint256 least) external pure;
    function assertGe(uint256 got, uint256 least, string calldata what) external pure;
    function assertLt(uint256 got, uint256 bound) external pure;
    function assertGt(uint256 got, uint256 bound) external pure;
    function assertApproxEqAbs(uint256 got, uint256 expected, uint256 delta) external pure;
}
