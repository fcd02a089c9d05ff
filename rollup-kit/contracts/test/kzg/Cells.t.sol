// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Cell, CellOpenings, Cells, Column } from "../../src/kzg/Cells.sol";
import { CellMultiproof } from "../../src/kzg/CellMultiproof.sol";
import { KzgPoint, readKzgPoint } from "../../src/kzg/KzgPoint.sol";
import { PointEvaluation } from "../../src/kzg/PointEvaluation.sol";
import { FIELD, NotCanonical, Scalar } from "../../src/kzg/Scalar.sol";
import { G1Point } from "../../src/types/Points.sol";
import { Test } from "../lib/Test.sol";
import { Kzg, SparseRow } from "./Kzg.sol";

/// Libraries take calldata and revert below the test: this stands between.
contract CellDoor {
    function check(KzgPoint memory commitment, Cell calldata cell, CellOpenings calldata openings)
        external
        view
    {
        Cells.check(commitment, cell, openings);
    }

    function point(KzgPoint memory commitment, Cell calldata cell) external pure returns (Scalar) {
        return Cells.point(commitment, cell);
    }

    function read(bytes calldata encoding) external pure returns (KzgPoint memory) {
        return readKzgPoint(encoding);
    }

    function evaluate(KzgPoint memory commitment, Scalar z, Scalar y, KzgPoint memory proof)
        external
        view
    {
        PointEvaluation.check(commitment, z, y, proof);
    }
}

/// Cells of a row of 4,096 random elements, made by crate `settlement`; see its example
/// `cell_fixture`.
contract CellsTest is Test {
    uint256 internal constant CASES = 6;

    CellDoor internal door = new CellDoor();
    CellMultiproof internal multiproof = new CellMultiproof();
    string internal json = vm.readFile("test/fixtures/cells.json");

    function test_every_cell_checks_by_two_openings() public {
        for (uint256 i = 0; i < CASES; ++i) {
            (KzgPoint memory commitment, Cell memory cell, CellOpenings memory openings) = _case(i);
            vm.assertEq(Scalar.unwrap(door.point(commitment, cell)), _word(i, ".point"));
            door.check(commitment, cell, openings);
        }
        vm.snapshotGasLastCall("kzg", "cell by two point evaluations");
    }

    function test_every_cell_checks_by_multiproof() public {
        bytes memory row = vm.parseJsonBytes(json, ".commitment");
        for (uint256 i = 0; i < CASES; ++i) {
            (KzgPoint memory commitment, Cell memory cell,) = _case(i);
            bytes memory proof = vm.parseJsonBytes(json, _key(i, ".proof"));
            multiproof.check(commitment, cell, Kzg.decompress(row), Kzg.decompress(proof));
        }
        vm.snapshotGasLastCall("kzg", "cell by multiproof");
    }

    function test_a_changed_coefficient_is_refused() public {
        (KzgPoint memory commitment, Cell memory cell, CellOpenings memory openings) = _case(1);
        G1Point memory row = Kzg.decompress(vm.parseJsonBytes(json, ".commitment"));
        G1Point memory proof = Kzg.decompress(vm.parseJsonBytes(json, _key(1, ".proof")));
        cell.coefficients[63] = cell.coefficients[63] + Scalar.wrap(1);
        vm.expectPartialRevert(Cells.WrongCell.selector);
        door.check(commitment, cell, openings);
        vm.expectRevert(CellMultiproof.MultiproofRefused.selector);
        multiproof.check(commitment, cell, row, proof);
    }

    function test_another_column_is_refused() public {
        (KzgPoint memory commitment, Cell memory cell, CellOpenings memory openings) = _case(1);
        G1Point memory row = Kzg.decompress(vm.parseJsonBytes(json, ".commitment"));
        G1Point memory proof = Kzg.decompress(vm.parseJsonBytes(json, _key(1, ".proof")));
        cell.column = Column.wrap(6);
        vm.expectPartialRevert(Cells.WrongCell.selector);
        door.check(commitment, cell, openings);
        vm.expectRevert(CellMultiproof.MultiproofRefused.selector);
        multiproof.check(commitment, cell, row, proof);
    }

    function test_there_are_128_columns() public {
        (KzgPoint memory commitment, Cell memory cell, CellOpenings memory openings) = _case(0);
        cell.column = Column.wrap(128);
        vm.expectRevert(abi.encodeWithSelector(Cells.NoSuchColumn.selector, Column.wrap(128), 128));
        door.check(commitment, cell, openings);
    }

    function test_coefficients_are_canonical() public {
        (KzgPoint memory commitment, Cell memory cell, CellOpenings memory openings) = _case(0);
        uint256 shifted = Scalar.unwrap(cell.coefficients[0]) + FIELD;
        cell.coefficients[0] = Scalar.wrap(shifted);
        vm.expectRevert(abi.encodeWithSelector(NotCanonical.selector, shifted, FIELD));
        door.check(commitment, cell, openings);
    }

    /// The identity holds for values that are no openings: only the precompile tells.
    function test_values_that_fit_but_are_not_opened_are_refused() public {
        (KzgPoint memory commitment, Cell memory cell, CellOpenings memory openings) = _case(2);
        Scalar r = door.point(commitment, cell);
        Scalar step = r.pow(64) - Cells.shiftOf(cell.column);
        openings.quotientValue = openings.quotientValue + Scalar.wrap(1);
        openings.rowValue = openings.rowValue + step;
        vm.expectPartialRevert(PointEvaluation.OpeningRefused.selector);
        door.check(commitment, cell, openings);
    }

    /// A second opening would otherwise be free: the quotient's proof of another cell.
    function test_another_cells_proof_is_refused() public {
        (KzgPoint memory commitment, Cell memory cell, CellOpenings memory openings) = _case(2);
        (, Cell memory other,) = _case(3);
        cell.proof = other.proof;
        vm.expectRevert();
        door.check(commitment, cell, openings);
    }

    function test_a_missing_precompile_refuses() public {
        (KzgPoint memory commitment, Cell memory cell, CellOpenings memory openings) = _case(0);
        for (uint256 length = 0; length < 64; length += 21) {
            vm.mockCall(address(0x0a), "", new bytes(length));
            vm.expectPartialRevert(PointEvaluation.OpeningRefused.selector);
            door.check(commitment, cell, openings);
        }
        vm.mockCall(address(0x0a), "", abi.encode(uint256(4096), FIELD + 1));
        vm.expectPartialRevert(PointEvaluation.OpeningRefused.selector);
        door.check(commitment, cell, openings);
    }

    function test_short_sums_and_pairings_are_refused() public {
        (KzgPoint memory commitment, Cell memory cell,) = _case(0);
        G1Point memory row = Kzg.decompress(vm.parseJsonBytes(json, ".commitment"));
        G1Point memory proof = Kzg.decompress(vm.parseJsonBytes(json, _key(0, ".proof")));
        vm.mockCall(address(0x0f), "", "");
        vm.expectRevert(
            abi.encodeWithSelector(CellMultiproof.PrecompileFailed.selector, address(0x0f))
        );
        multiproof.check(commitment, cell, row, proof);
        vm.mockCall(address(0x0c), "", new bytes(64));
        vm.expectRevert(
            abi.encodeWithSelector(CellMultiproof.PrecompileFailed.selector, address(0x0c))
        );
        multiproof.check(commitment, cell, row, proof);
    }

    /// The coordinates must be those of the point that the batch was proved over: not its
    /// negative, and not a coordinate beyond the field.
    function test_coordinates_of_another_point_are_refused() public {
        (KzgPoint memory commitment, Cell memory cell,) = _case(0);
        G1Point memory row = Kzg.decompress(vm.parseJsonBytes(json, ".commitment"));
        G1Point memory proof = Kzg.decompress(vm.parseJsonBytes(json, _key(0, ".proof")));
        vm.expectPartialRevert(CellMultiproof.WrongPoint.selector);
        multiproof.check(commitment, cell, proof, proof);
        vm.expectPartialRevert(CellMultiproof.WrongPoint.selector);
        multiproof.check(commitment, cell, row, row);
        row.x.hi |= 1 << 200;
        vm.expectRevert();
        multiproof.check(commitment, cell, row, proof);
    }

    function testFuzz_sparse_rows_open_and_divide(uint256 seed, uint8 column) public view {
        SparseRow memory row = Kzg.sparse(seed);
        Cell memory cell = Kzg.cell(row, Column.wrap(uint8(bound(column, 0, 127))));
        door.check(Kzg.commit(row), cell, Kzg.openings(row, cell));
        multiproof.check(Kzg.commit(row), cell, Kzg.coordinates(row), Kzg.proofCoordinates(row));
    }

    function testFuzz_compressing_undoes_decompressing(uint256 seed) public view {
        G1Point memory point = Kzg.coordinates(Kzg.sparse(seed));
        KzgPoint memory compressed = Kzg.compress(point);
        G1Point memory back = Kzg.decompress(abi.encodePacked(compressed.head, compressed.tail));
        vm.assertEq(abi.encode(back), abi.encode(point));
        KzgPoint memory again = multiproof.compress(point);
        vm.assertEq(abi.encode(again), abi.encode(compressed));
    }

    function _case(uint256 i)
        internal
        view
        returns (KzgPoint memory commitment, Cell memory cell, CellOpenings memory openings)
    {
        commitment = door.read(vm.parseJsonBytes(json, ".commitment"));
        cell.column = Column.wrap(uint8(vm.parseJsonUint(json, _key(i, ".column"))));
        bytes memory coefficients = vm.parseJsonBytes(json, _key(i, ".coefficients"));
        cell.coefficients = abi.decode(coefficients, (Scalar[64]));
        cell.proof = _point(i, ".proof");
        openings = CellOpenings({
            rowValue: Scalar.wrap(_word(i, ".rowValue")),
            rowProof: _point(i, ".rowProof"),
            quotientValue: Scalar.wrap(_word(i, ".quotientValue")),
            quotientProof: _point(i, ".quotientProof")
        });
    }

    function _point(uint256 i, string memory name) private view returns (KzgPoint memory) {
        return door.read(vm.parseJsonBytes(json, _key(i, name)));
    }

    function _word(uint256 i, string memory name) private view returns (uint256) {
        return uint256(bytes32(vm.parseJsonBytes(json, _key(i, name))));
    }

    function _key(uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".cells[", vm.toString(i), "]", name);
    }
}
