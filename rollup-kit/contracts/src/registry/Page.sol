// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Bls12381 } from "../bls/Bls12381.sol";
import { G1Sum } from "../bls/G1Sum.sol";
import { Casts } from "../types/Casts.sol";
import { Fp, G1Point } from "../types/Points.sol";
import { Weight } from "../types/Weight.sol";

/// Members of a set, 104 bytes each, in a contract that holds nothing else: to read one costs a
/// tenth of what as many storage slots would.
///
/// ```
/// | compressed key, 48 | weight, 8 | y, 48 |
/// ```
///
/// The first 56 bytes are the member's part of the set's encoding; x is within the compressed
/// key.
type Page is address;

using PageReader for Page global;

/// A member as it stands in a page.
struct Member {
    bytes compressedKey;
    Weight weight;
    G1Point key;
}

/// @title Reading pages
library PageReader {
    /// Bytes of a member, and of its part of the set's encoding.
    uint256 internal constant RECORD = 104;
    uint256 internal constant ENCODING = 56;
    /// Most members of a page: 13 KiB of the 24 that a contract may have.
    uint256 internal constant CAPACITY = 128;

    /// How many members the page has.
    function count(Page page) internal view returns (uint256) {
        // A leading zero byte, STOP, makes the data uncallable.
        return (Page.unwrap(page).code.length - 1) / RECORD;
    }

    /// All members' records.
    function records(Page page) internal view returns (bytes memory) {
        return slice(page, 0, count(page));
    }

    /// The member at a place within the page.
    function member(Page page, uint256 place) internal view returns (Member memory) {
        return parse(slice(page, place, 1), 0);
    }

    /// Adds the key of the member at a place within the page to a sum; returns its weight.
    function addKey(Page page, uint256 place, bytes memory sum)
        internal
        view
        returns (Weight weight)
    {
        address source = Page.unwrap(page);
        assembly ("memory-safe") {
            // Beyond what is allocated: the next allocation may have it.
            let record := mload(0x40)
            extcodecopy(source, record, add(1, mul(place, RECORD)), RECORD)
            let next := add(sum, 160)
            // x without the three flags above its 381 bits.
            mstore(next, shr(131, shl(3, mload(record))))
            mstore(add(next, 32), mload(add(record, 16)))
            weight := shr(192, mload(add(record, 48)))
            mstore(add(next, 64), shr(128, mload(add(record, 56))))
            mstore(add(next, 96), mload(add(record, 72)))
        }
        G1Sum.addNext(sum);
    }

    /// The n-th of the records.
    function parse(bytes memory encoded, uint256 n) internal pure returns (Member memory) {
        uint256 xHi;
        uint256 xLo;
        uint256 weight;
        Fp memory y;
        assembly ("memory-safe") {
            let at := add(add(encoded, 32), mul(n, RECORD))
            xHi := shr(128, mload(at))
            xLo := mload(add(at, 16))
            weight := shr(192, mload(add(at, 48)))
            mstore(y, shr(128, mload(add(at, 56))))
            mstore(add(y, 32), mload(add(at, 72)))
        }
        return Member({
            // forge-lint: disable-next-line(unsafe-typecast)
            compressedKey: abi.encodePacked(uint128(xHi), xLo),
            // forge-lint: disable-next-line(unsafe-typecast)
            weight: Weight.wrap(uint64(weight)),
            key: G1Point({ x: Bls12381.decompressX(xHi, xLo), y: y })
        });
    }

    function slice(Page page, uint256 from, uint256 members)
        private
        view
        returns (bytes memory encoded)
    {
        encoded = new bytes(members * RECORD);
        address source = Page.unwrap(page);
        assembly ("memory-safe") {
            extcodecopy(source, add(encoded, 32), add(1, mul(from, RECORD)), mul(members, RECORD))
        }
    }
}

/// @title Writing pages
library PageWriter {
    /// The contract for a page could not be made.
    error PageNotCreated(uint256 bytesOfRecords);

    /// One member's record. A y that does not fit is refused: cut off, it could be the other of
    /// the two that the compressed key tells apart.
    function encode(bytes memory compressedKey, Weight weight, Fp memory y)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(compressedKey, weight, Casts.toUint128(y.hi), y.lo);
    }

    /// Stores records.
    function store(bytes memory records) internal returns (Page page) {
        // Copies what follows these 11 bytes into memory and returns it as the code.
        bytes memory creation = abi.encodePacked(hex"600b5981380380925939f3", uint8(0), records);
        address created;
        assembly ("memory-safe") {
            created := create(0, add(creation, 32), mload(creation))
        }
        if (created == address(0)) revert PageNotCreated(records.length);
        return Page.wrap(created);
    }
}
