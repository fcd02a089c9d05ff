// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Groth16 } from "./Groth16.sol";

/// @title Verifying keys, given when the contract is made
/// @notice Keys of one kind of circuit, so all of one length, at the places of their order. Each
/// is −α, β, −γ, −δ and the inputs' points, as EIP-2537 encodes them.
/// @dev They are the code of a contract of their own: nothing writes there again, and reading a
/// key costs less than reading two slots. Ten keys of batches fit.
abstract contract StoredKeys {
    error NoKeys();
    error KeyBytes(uint256 got, uint256 expected);
    /// The keys are longer than a contract may be.
    error TooManyKeys(uint256 got);

    uint256 private constant POINT_BYTES = 128;
    /// −α, β, −γ, −δ.
    uint256 private constant PAIRS_BYTES = 7 * POINT_BYTES;
    /// Nobody runs the keys: before them stands STOP.
    bytes private constant STOP = hex"00";
    /// Returns whatever follows these ten bytes, of the length put between its halves.
    bytes private constant INIT = hex"61";
    bytes private constant INIT_END = hex"80600a3d393df3";

    address private immutable _STORE;
    uint256 private immutable _COUNT;
    uint256 private immutable _KEY_BYTES;

    /// @param keys_ The keys, by place.
    constructor(bytes[] memory keys_) {
        if (keys_.length == 0) revert NoKeys();
        uint256 length = keys_[0].length;
        // The point without an input, and one for an input at least.
        if (length < PAIRS_BYTES + 2 * POINT_BYTES || length % POINT_BYTES != 0) {
            revert KeyBytes(length, PAIRS_BYTES + 2 * POINT_BYTES);
        }
        bytes memory code = STOP;
        for (uint256 i; i < keys_.length; ++i) {
            if (keys_[i].length != length) revert KeyBytes(keys_[i].length, length);
            code = bytes.concat(code, keys_[i]);
        }
        if (code.length > type(uint16).max) revert TooManyKeys(keys_.length);
        // casting to 'uint16' is safe: it was compared
        // forge-lint: disable-next-line(unsafe-typecast)
        code = bytes.concat(INIT, bytes2(uint16(code.length)), INIT_END, code);
        address store;
        assembly ("memory-safe") {
            store := create(0, add(code, 32), mload(code))
        }
        if (store == address(0)) revert TooManyKeys(keys_.length);
        _STORE = store;
        _COUNT = keys_.length;
        _KEY_BYTES = length;
    }

    /// How many there are.
    function count() external view returns (uint256) {
        return _COUNT;
    }

    /// All of them, one after the other.
    function keys() external view returns (bytes memory) {
        return _read(0, _COUNT * _KEY_BYTES);
    }

    function _stored(uint8 key) internal view returns (bytes memory pairs, bytes memory points) {
        if (key >= _COUNT) revert Groth16.NoSuchKey(key);
        uint256 start = key * _KEY_BYTES;
        pairs = _read(start, PAIRS_BYTES);
        points = _read(start + PAIRS_BYTES, _KEY_BYTES - PAIRS_BYTES);
    }

    function _read(uint256 start, uint256 length) private view returns (bytes memory part) {
        address store = _STORE;
        part = new bytes(length);
        assembly ("memory-safe") {
            // After STOP.
            extcodecopy(store, add(part, 32), add(start, 1), length)
        }
    }
}
