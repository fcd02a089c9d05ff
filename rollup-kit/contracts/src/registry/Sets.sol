// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Bls12381 } from "../bls/Bls12381.sol";
import { G1Sum } from "../bls/G1Sum.sol";
import { ICertificates } from "../interfaces/ICertificates.sol";
import { Bitmap } from "../types/Bitmap.sol";
import { Casts } from "../types/Casts.sol";
import { SetHash } from "../types/Hashes.sol";
import { Fp, G1Point } from "../types/Points.sol";
import { Tags } from "../types/Tags.sol";
import { ValidatorId, ValidatorIndex } from "../types/ValidatorId.sol";
import { Weight } from "../types/Weight.sol";
import { Digests } from "./Digests.sol";
import { Keys } from "./Keys.sol";
import { Member, Page, PageReader, PageWriter } from "./Page.sol";

/// @title The members behind the hashes of validator sets
/// @notice Anybody brings a set's members, in pages that fit into a transaction; what they hash
/// to is the set that they are. Which set to trust is for `Certificates` to say.
abstract contract Sets is Keys, ICertificates {
    using Bls12381 for G1Point;

    /// A set's members are known.
    event SetAssembled(SetHash indexed set, uint256 members, Weight total);
    /// Members are stored, to be assembled into sets.
    event PageStored(bytes32 indexed page, uint256 members);

    error MemberCount(uint256 got, uint256 least, uint256 most);
    error LengthMismatch(uint256 keys, uint256 weights);
    error ZeroWeight(ValidatorId validator);
    error TotalWeight(uint256 got, uint256 most);
    /// Keys ascend by their compressed bytes, each once.
    error UnsortedKeys(uint256 place, bytes got, bytes previous);
    error UnknownPage(bytes32 got);
    /// Every page but the last is full, so that an index names its page.
    error PageNotFull(bytes32 page, uint256 got, uint256 expected);

    /// What is kept of a set. `sum` is the sum of all keys: a certificate's key is that less
    /// those of the few that did not sign.
    struct KnownSet {
        uint16 count;
        Weight total;
        Page[] pages;
        G1Point sum;
    }

    /// As in crate `chain`.
    uint256 private constant MAX_MEMBERS = 1024;
    uint256 private constant MAX_TOTAL = type(uint64).max / 4;

    /// By the hash of their records.
    mapping(bytes32 records => Page) internal _pages;
    mapping(SetHash => KnownSet) private _sets;

    /// Stores 1 to 128 members, whose possession is proven, in the order of their compressed
    /// keys.
    /// @return id Names the page.
    function storePage(G1Point[] calldata keys, Weight[] calldata weights)
        external
        returns (bytes32 id)
    {
        uint256 count = keys.length;
        if (count != weights.length) revert LengthMismatch(count, weights.length);
        if (count == 0 || count > PageReader.CAPACITY) {
            revert MemberCount(count, 1, PageReader.CAPACITY);
        }

        bytes[] memory records = new bytes[](count);
        bytes memory previous;
        for (uint256 i = 0; i < count; ++i) {
            bytes memory key = Bls12381.compress(keys[i]);
            ValidatorId validator = Digests.validatorId(key);
            _requireProven(validator);
            if (Weight.unwrap(weights[i]) == 0) revert ZeroWeight(validator);
            if (i > 0) _requireAscending(i, key, previous);
            records[i] = PageWriter.encode(key, weights[i], keys[i].y);
            previous = key;
        }

        bytes memory page = _concatenate(records);
        id = keccak256(page);
        if (Page.unwrap(_pages[id]) == address(0)) {
            _pages[id] = PageWriter.store(page);
            emit PageStored(id, count);
        }
    }

    /// Makes a set of pages known, its first members first. A proven key's name says x and which
    /// of two y there is: that a page has this y, the addition checks, which takes no point off
    /// the curve.
    function assemble(bytes32[] calldata pages) external returns (SetHash set) {
        // Validate.
        Page[] memory found = new Page[](pages.length);
        uint256 count = 0;
        for (uint256 i = 0; i < pages.length; ++i) {
            found[i] = _pages[pages[i]];
            if (Page.unwrap(found[i]) == address(0)) revert UnknownPage(pages[i]);
            uint256 members_ = found[i].count();
            if (i + 1 < pages.length && members_ != PageReader.CAPACITY) {
                revert PageNotFull(pages[i], members_, PageReader.CAPACITY);
            }
            count += members_;
            if (count > MAX_MEMBERS) revert MemberCount(count, 1, MAX_MEMBERS);
        }
        if (count == 0) revert MemberCount(0, 1, MAX_MEMBERS);

        // Compute.
        (bytes memory encoding, uint256 total, G1Point memory sum) = _gather(found, count);
        if (total > MAX_TOTAL) revert TotalWeight(total, MAX_TOTAL);
        set = SetHash.wrap(sha256(encoding));

        KnownSet storage known = _sets[set];
        if (known.count != 0) return set;
        known.count = Casts.toUint16(count);
        known.total = Weight.wrap(Casts.toUint64(total));
        known.pages = found;
        known.sum = sum;
        emit SetAssembled(set, count, known.total);
    }

    /// @inheritdoc ICertificates
    function memberCount(SetHash set) external view returns (uint256) {
        return _known(set).count;
    }

    /// @inheritdoc ICertificates
    function member(SetHash set, ValidatorIndex index)
        external
        view
        returns (ValidatorId validator, Weight weight)
    {
        KnownSet storage known = _known(set);
        uint256 place = ValidatorIndex.unwrap(index);
        if (place >= known.count) revert MemberCount(place + 1, 1, known.count);
        Member memory found = _member(known, place);
        return (Digests.validatorId(found.compressedKey), found.weight);
    }

    /// @inheritdoc ICertificates
    function members(SetHash set, bytes calldata bitmap)
        external
        view
        returns (ValidatorId[] memory validators)
    {
        KnownSet storage known = _known(set);
        uint256 count = known.count;
        Bitmap.check(bitmap, count);
        validators = new ValidatorId[](Bitmap.population(bitmap));
        uint256 next = 0;
        for (uint256 i = 0; i < count; ++i) {
            if (!Bitmap.contains(bitmap, i)) continue;
            validators[next++] = Digests.validatorId(_member(known, i).compressedKey);
        }
    }

    /// The sum of the signers' keys and their weight, which is more than two thirds.
    function _quorum(SetHash set, bytes calldata signers)
        internal
        view
        returns (G1Point memory key, Weight signed, Weight total)
    {
        KnownSet storage known = _known(set);
        uint256 count = known.count;
        Bitmap.check(signers, count);

        total = known.total;
        signed = total;
        bytes memory absent = G1Sum.zero();
        for (uint256 i = 0; i < count; ++i) {
            if (i % 8 == 0 && signers[i / 8] == 0xff) {
                i += 7;
                continue;
            }
            if (Bitmap.contains(signers, i)) continue;
            Page page = known.pages[i / PageReader.CAPACITY];
            signed = signed - page.addKey(i % PageReader.CAPACITY, absent);
        }
        if (!signed.isQuorumOf(total)) revert NoQuorum(signed, total);

        key = known.sum.add(G1Sum.total(absent).negate());
    }

    function _known(SetHash set) internal view returns (KnownSet storage known) {
        known = _sets[set];
        if (known.count == 0) revert UnknownSet(set);
    }

    function _member(KnownSet storage known, uint256 place) private view returns (Member memory) {
        return known.pages[place / PageReader.CAPACITY].member(place % PageReader.CAPACITY);
    }

    /// `tag ‖ count u16`, then per member `key ‖ weight u64`; the sums of weights and keys.
    function _gather(Page[] memory pages, uint256 count)
        private
        view
        returns (bytes memory encoding, uint256 total, G1Point memory sum)
    {
        bytes[] memory parts = new bytes[](count);
        bytes memory previous;
        uint256 place = 0;
        for (uint256 p = 0; p < pages.length; ++p) {
            bytes memory records = pages[p].records();
            for (uint256 n = 0; n * PageReader.RECORD < records.length; ++n) {
                Member memory found = PageReader.parse(records, n);
                if (place > 0) _requireAscending(place, found.compressedKey, previous);
                parts[place++] = abi.encodePacked(found.compressedKey, found.weight);
                total += Weight.unwrap(found.weight);
                sum = sum.add(found.key);
                previous = found.compressedKey;
            }
        }
        bytes memory joined = _concatenate(parts);
        encoding = abi.encodePacked(Tags.VALIDATOR_SET, Casts.toUint16(count), joined);
    }

    function _requireAscending(uint256 place, bytes memory got, bytes memory previous)
        private
        pure
    {
        if (!_less(previous, got)) revert UnsortedKeys(place, got, previous);
    }

    /// Of two compressed keys, 48 bytes.
    function _less(bytes memory a, bytes memory b) private pure returns (bool less) {
        assembly ("memory-safe") {
            let aHead := mload(add(a, 32))
            let bHead := mload(add(b, 32))
            // The last 32 bytes overlap the first: equal heads leave the tails to decide.
            less := or(
                lt(aHead, bHead),
                and(eq(aHead, bHead), lt(mload(add(a, 48)), mload(add(b, 48))))
            )
        }
    }

    /// Pieces of one length, joined.
    function _concatenate(bytes[] memory pieces) private pure returns (bytes memory joined) {
        uint256 length = pieces[0].length;
        joined = new bytes(pieces.length * length);
        for (uint256 i = 0; i < pieces.length; ++i) {
            bytes memory piece = pieces[i];
            assembly ("memory-safe") {
                mcopy(add(add(joined, 32), mul(i, length)), add(piece, 32), length)
            }
        }
    }
}
