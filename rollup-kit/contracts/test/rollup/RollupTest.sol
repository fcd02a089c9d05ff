// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Signer as CertificateSigner } from "../../src/challenge/Custody.sol";
import { KzgPoint } from "../../src/kzg/KzgPoint.sol";
import { reduced, Scalar } from "../../src/kzg/Scalar.sol";
import { HashTree, Path } from "../../src/rollup/HashTree.sol";
import {
    BatchNumber,
    Carrier,
    Checkpoint,
    Holding,
    Kind,
    Operation,
    QueueIndex,
    Roots,
    RowIndex,
    RowOpening,
    Submission,
    Tree,
    Withdrawal
} from "../../src/rollup/Types.sol";
import { Certificate, CertifiedBlob } from "../../src/types/Certificates.sol";
import { BlobId } from "../../src/types/Hashes.sol";
import { Timestamp } from "../../src/types/Timestamp.sol";
import { ValidatorIndex } from "../../src/types/ValidatorId.sol";
import { Bls12381 } from "../../src/bls/Bls12381.sol";
import { Kzg, SparseRow } from "../kzg/Kzg.sol";
import { Deployed } from "./Deployed.sol";

/// Rows, openings, certificates and blobs that are real, and the ways to a batch and a challenge.
abstract contract RollupTest is Deployed {
    // Batches.

    /// A batch that does nothing but move the roots, with one element in calldata and so many rows
    /// on the DA network.
    function draft(uint256 seed, uint256 daRows) internal view returns (Submission memory s) {
        s.roots = Roots(Scalar.wrap(1000 + seed), Scalar.wrap(2000 + seed));
        s.digest = Scalar.wrap(uint256(keccak256(abi.encode(seed))) >> 2);
        (s.carrier, s.elements) = (Carrier.Calldata, new Scalar[](1));
        s.elements[0] = Scalar.wrap(3000 + seed);
        s.proof = "holds";
        if (daRows != 0) s.meta = metaOf(seed, daRows);
    }

    function metaOf(uint256 seed, uint256 daRows) internal view returns (bytes memory meta) {
        // Packed, and as long as its rows.
        uint32 length = uint32(daRows * 126_976 - 4);
        meta = abi.encodePacked(NAMESPACE, uint8(0), length, uint16(daRows));
        for (uint256 i = 0; i < daRows; ++i) {
            KzgPoint memory commitment = Kzg.commit(rowAt(seed, i));
            meta = abi.encodePacked(meta, commitment.head, commitment.tail);
        }
    }

    function rowAt(uint256 seed, uint256 i) internal pure returns (SparseRow memory) {
        return Kzg.sparse(uint256(keccak256(abi.encode(seed, i))));
    }

    function idOf(bytes memory meta) internal pure returns (BlobId) {
        return BlobId.wrap(sha256(abi.encodePacked(bytes32("assay/blob-id/v1"), meta)));
    }

    /// Fills in certificate and openings for the batch that comes next.
    function complete(Submission memory s, uint256 seed) internal view {
        uint256 carried = s.carrier == Carrier.Blobs ? s.blobs.length : 0;
        uint256 daRows = s.meta.length == 0 ? 0 : (s.meta.length - 36) / 48;
        s.openings = new RowOpening[](carried + daRows);
        bytes32 where = contextOf("assay/rollup-batch/v1", s.digest, newestRoots(), s.roots);
        for (uint256 i = 0; i < carried; ++i) {
            s.openings[i] = openAt(where, rowAt((seed + 1) << 64, i));
        }
        for (uint256 i = 0; i < daRows; ++i) {
            s.openings[carried + i] = openAt(where, rowAt(seed, i));
        }
        if (daRows != 0) s.certificate = certificateOf(s.meta);
    }

    function certificateOf(bytes memory meta) internal view returns (Certificate memory) {
        return certify(set, idOf(meta), daNow(), bitmap(4, 0, 3));
    }

    function daNow() internal view returns (Timestamp) {
        return Timestamp.wrap(uint64(time()) * 1000);
    }

    function contextOf(string memory tag, Scalar digest, Roots memory prior, Roots memory next)
        internal
        view
        returns (bytes32)
    {
        return sha256(
            abi.encodePacked(
                bytes32(bytes(tag)),
                block.chainid,
                address(rollup),
                BatchNumber.unwrap(rollup.newestBatch()) + 1,
                digest,
                prior.onL1,
                prior.offL1,
                next.onL1,
                next.offL1
            )
        );
    }

    function openAt(bytes32 where, SparseRow memory row)
        internal
        view
        returns (RowOpening memory opening)
    {
        (opening.value, opening.proof) = Kzg.open(row, pointOf(where, Kzg.commit(row)));
    }

    function pointOf(bytes32 where, KzgPoint memory commitment) internal pure returns (Scalar) {
        return reduced(sha256(abi.encodePacked(where, commitment.head, commitment.tail)));
    }

    function newestRoots() internal view returns (Roots memory) {
        return rollup.batchAt(rollup.newestBatch()).roots;
    }

    function submit(Submission memory s) internal returns (BatchNumber) {
        vm.prank(operator, operator);
        return rollup.submitBatch(s);
    }

    /// Submits a batch with so many rows on the DA network.
    function submitRows(uint256 seed, uint256 daRows) internal returns (BatchNumber) {
        Submission memory s = draft(seed, daRows);
        complete(s, seed);
        return submit(s);
    }

    function makeFinal(BatchNumber number) internal {
        vm.warp(rollup.batchAt(number).challengeUntil + 1);
        rollup.finalize(type(uint256).max);
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), BatchNumber.unwrap(number), "final");
    }

    function checkpointNow(uint256 seed, bytes32 onExits, bytes32 offExits)
        internal
        returns (BatchNumber)
    {
        Checkpoint memory c = checkpointOf(seed, onExits, offExits);
        vm.prank(operator, operator);
        return rollup.submitCheckpoint(c);
    }

    /// A checkpoint of the newest roots; an exit root of 0 is none.
    function checkpointOf(uint256 seed, bytes32 onExits, bytes32 offExits)
        internal
        view
        returns (Checkpoint memory c)
    {
        c.digest = Scalar.wrap(seed);
        (c.onExits, c.offExits) = (onExits, offExits);
        c.meta = metaOf(seed, 1);
        c.certificate = certificateOf(c.meta);
        bytes32 where =
            contextOf("assay/rollup-checkpoint/v1", c.digest, newestRoots(), newestRoots());
        c.openings = new RowOpening[](1);
        c.openings[0] = openAt(where, rowAt(seed, 0));
        c.proof = "holds";
    }

    // Money.

    function deposit(address from, Tree tree, uint128 amount) internal returns (QueueIndex) {
        vm.prank(from);
        return rollup.deposit{ value: amount }(tree, ETHER, amount, Scalar.wrap(77));
    }

    /// The operation that such a deposit makes when nothing else is queued close to it.
    function depositOf(address from, uint128 amount) internal view returns (Operation memory) {
        return Operation({
            kind: Kind.Deposit,
            token: ETHER,
            amount: amount,
            owner: from,
            account: Scalar.wrap(77),
            authority: Scalar.wrap(0),
            enqueuedAt: uint64(time()),
            deadline: uint64(time()) + 7 days
        });
    }

    function withdrawalOf(address to, Tree tree, uint128 amount)
        internal
        pure
        returns (Withdrawal memory)
    {
        return Withdrawal(tree, ETHER, amount, to, Scalar.wrap(0));
    }

    /// The path of a leaf among a power of two or fewer, by the naive way.
    function pathOf(bytes32[] memory leaves, uint64 index) internal pure returns (Path memory p) {
        p.index = index;
        p.leaves = uint64(leaves.length);
        uint256 height = HashTree.heightOf(leaves.length);
        p.siblings = new bytes32[](height);
        uint256 width = leaves.length;
        for (uint256 h = 0; h < height; ++h) {
            uint64 sibling = index ^ 1;
            p.siblings[h] = sibling < width ? leaves[sibling] : bytes32(0);
            bytes32[] memory up = new bytes32[]((width + 1) / 2);
            for (uint256 i = 0; i < width; i += 2) {
                up[i / 2] = HashTree.node(leaves[i], i + 1 < width ? leaves[i + 1] : bytes32(0));
            }
            (leaves, width, index) = (up, up.length, index / 2);
        }
    }

    function onlyPath() internal pure returns (Path memory p) {
        p.leaves = 1;
    }

    function leafOf(Withdrawal memory w) internal pure returns (bytes32) {
        return HashTree.leaf(abi.encode(w));
    }

    function leafOf(Holding memory h) internal pure returns (bytes32) {
        return HashTree.leaf(abi.encode(h));
    }

    // Challenges.

    /// Opens a challenge with the bond of now.
    function challenge(BatchNumber number, RowIndex row) internal {
        uint256 bond = rows.bondOf(number);
        vm.prank(watcher);
        rows.challenge{ value: bond }(number, row);
    }

    function blobOf(SparseRow memory row) internal view returns (bytes32) {
        return Kzg.commit(row).versionedHash();
    }

    function carry(bytes32 hash) internal {
        bytes32[] memory hashes = new bytes32[](1);
        hashes[0] = hash;
        vm.blobhashes(hashes);
    }

    /// What the certificate of a submission said.
    function certifiedBy(Certificate memory c) internal view returns (CertifiedBlob memory) {
        return registry.verifyCertificate(c);
    }

    function signerAt(uint256 i, Certificate memory c, CertifiedBlob memory said)
        internal
        view
        returns (CertificateSigner memory)
    {
        return CertificateSigner(
            said, c.signers, ValidatorIndex.wrap(uint16(i)), Bls12381.compress(set.keys[i])
        );
    }
}
