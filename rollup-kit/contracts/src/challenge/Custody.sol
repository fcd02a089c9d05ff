// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IRegistry } from "../interfaces/IRegistry.sol";
import { IRollup } from "../interfaces/IRollup.sol";
import { Cells, Column } from "../kzg/Cells.sol";
import { BatchNumber } from "../rollup/Types.sol";
import { CertifiedBlob } from "../types/Certificates.sol";
import { ChainId, SetHash } from "../types/Hashes.sol";
import { ValidatorId, ValidatorIndex } from "../types/ValidatorId.sol";

/// A set of columns: bit i for column i.
type Columns is uint128;

using { contains, with } for Columns global;

function contains(Columns set, uint256 column) pure returns (bool) {
    return Columns.unwrap(set) >> column & 1 == 1;
}

function with(Columns set, uint256 column) pure returns (Columns) {
    // Columns are below 128.
    // forge-lint: disable-next-line(unsafe-typecast)
    return Columns.wrap(Columns.unwrap(set) | uint128(uint256(1) << column));
}

/// Who signed a certificate: the bitmap, a place in it, and the key of whoever is there.
/// @param key The compressed public key, 48 bytes.
struct Signer {
    CertifiedBlob certified;
    bytes bitmap;
    ValidatorIndex index;
    bytes key;
}

/// @title Which columns a validator keeps, as `chain::custody` draws them
/// @notice Up to 16 validators everyone keeps all. Of more, each keeps as many as its weight
/// demands, drawn without replacement from the hash of chain, set, epoch and key. How many takes
/// a computation that L1 cannot afford, but the first ones drawn are the same for any number; a
/// rollup's settings say how many of them count here, and validators that allocate stake to it
/// agree to that.
library Custody {
    bytes32 internal constant TAG = "assay/custody/v1";
    bytes32 internal constant ADDRESS_TAG = "assay/validator-address/v1";
    uint256 internal constant FULL_CUSTODY_MEMBERS = 16;
    /// Custody does not rotate while the set does not change.
    uint64 internal constant EPOCH = 0;

    /// Another certificate than the batch was submitted with.
    error WrongCertificate(bytes32 got, bytes32 expected);
    error WrongBitmap(bytes32 got, bytes32 expected);
    error NotASigner(ValidatorIndex index);
    error WrongKey(ValidatorId got, ValidatorId expected);

    /// The validator, which has signed the batch's certificate.
    function signerOf(
        IRegistry registry,
        IRollup rollup,
        BatchNumber number,
        Signer calldata signer
    ) internal view returns (ValidatorId validator) {
        bytes32 certificate = keccak256(abi.encode(signer.certified));
        bytes32 expected = rollup.batchAt(number).certificate;
        if (certificate != expected) revert WrongCertificate(certificate, expected);
        bytes32 got = keccak256(signer.bitmap);
        if (got != signer.certified.signers) revert WrongBitmap(got, signer.certified.signers);
        uint256 index = ValidatorIndex.unwrap(signer.index);
        bool signed = index / 8 < signer.bitmap.length
            && uint8(signer.bitmap[index / 8]) >> (index % 8) & 1 == 1;
        if (!signed) revert NotASigner(signer.index);
        (validator,) = registry.member(signer.certified.set, signer.index);
        ValidatorId claimed = ValidatorId.wrap(sha256(abi.encodePacked(ADDRESS_TAG, signer.key)));
        if (claimed != validator) revert WrongKey(claimed, validator);
    }

    /// What a signer publishes to be spared.
    function duty(IRegistry registry, Signer calldata signer, uint256 count)
        internal
        view
        returns (Columns)
    {
        return draw(registry.chainId(), signer.certified.set, EPOCH, signer.key, count);
    }

    /// Whether a signer may be asked for a column.
    function keeps(IRegistry registry, Signer calldata signer, uint256 count, Column column)
        internal
        view
        returns (bool)
    {
        SetHash set = signer.certified.set;
        if (registry.memberCount(set) <= FULL_CUSTODY_MEMBERS) return true;
        return
            draw(registry.chainId(), set, EPOCH, signer.key, count).contains(Column.unwrap(column));
    }

    /// The first columns drawn (Fisher and Yates) from
    /// `SHA-256(tag ‖ chain id ‖ set hash ‖ epoch u64 ‖ key ‖ counter u32)`, two bytes at a time.
    function draw(ChainId chain, SetHash set, uint64 epoch, bytes calldata key, uint256 count)
        internal
        pure
        returns (Columns drawn)
    {
        bytes memory left = new bytes(Cells.COLUMNS);
        for (uint256 i; i < Cells.COLUMNS; ++i) {
            // Below 128.
            // forge-lint: disable-next-line(unsafe-typecast)
            left[i] = bytes1(uint8(i));
        }
        bytes32 words;
        uint256 used;
        uint32 counter;
        uint256 remaining = Cells.COLUMNS;
        while (count != 0) {
            if (used % 16 == 0) {
                words = sha256(abi.encodePacked(TAG, chain, set, epoch, key, counter++));
            }
            uint256 word = uint256(words) >> (240 - 16 * (used++ % 16)) & 0xffff;
            // Words of the incomplete last stretch are skipped, so that each is as likely.
            if (word >= 65_536 / remaining * remaining) continue;
            uint256 place = word % remaining;
            drawn = drawn.with(uint8(left[place]));
            left[place] = left[--remaining];
            --count;
        }
    }
}
