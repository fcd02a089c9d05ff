// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { CellChallenges } from "../../src/challenge/CellChallenges.sol";
import { RowChallenges } from "../../src/challenge/RowChallenges.sol";
import { Signers } from "../../src/challenge/Signers.sol";
import { Proxy } from "../../src/governance/Proxy.sol";
import { Settings, SettingsLog } from "../../src/governance/Settings.sol";
import { TimeLock } from "../../src/governance/TimeLock.sol";
import { CellMultiproof } from "../../src/kzg/CellMultiproof.sol";
import { Scalar } from "../../src/kzg/Scalar.sol";
import { Registry } from "../../src/registry/Registry.sol";
import { Coverage } from "../../src/rollup/Coverage.sol";
import { EscapePool } from "../../src/rollup/EscapePool.sol";
import { Inputs } from "../../src/rollup/Inputs.sol";
import { Operators } from "../../src/rollup/Operators.sol";
import { Modules, Rollup } from "../../src/rollup/Rollup.sol";
import { TokenList, TokenTerms } from "../../src/rollup/TokenList.sol";
import { BatchNumber, Roots, RowIndex, TokenId } from "../../src/rollup/Types.sol";
import { Vault } from "../../src/rollup/Vault.sol";
import { G2Point } from "../../src/types/Points.sol";
import { ValidatorId } from "../../src/types/ValidatorId.sol";
import { Signer } from "../lib/Signer.sol";
import { RegistryTest } from "../registry/RegistryTest.sol";
import { Clock } from "./Clock.sol";
import { VerifierDouble } from "./Doubles.sol";

/// A rollup on the real registry, with four bonded validators and one bonded operator. Only the
/// circuits' verifier is a double.
abstract contract Deployed is RegistryTest, Clock {
    bytes29 internal constant NAMESPACE = bytes29(bytes32("\x01rollup"));
    uint256 internal constant BOND = 64 ether;
    uint96 internal constant SLASH = 32 ether;
    uint256 internal constant STAKE = 100 ether;
    TokenId internal constant ETHER = TokenId.wrap(0);
    BatchNumber internal constant FIRST = BatchNumber.wrap(1);
    BatchNumber internal constant SECOND = BatchNumber.wrap(2);
    RowIndex internal constant ROW = RowIndex.wrap(0);

    address internal lock = account("time lock");
    address internal operator = account("operator");
    address internal alice = account("alice");
    address internal bob = account("bob");
    address internal watcher = account("watcher");

    TestSet internal set;
    ValidatorId[] internal validators;
    Registry internal registry;
    SettingsLog internal settings;
    Inputs internal inputs;
    Rollup internal rollup;
    Vault internal vault;
    TokenList internal tokens;
    Coverage internal coverage;
    CellMultiproof internal multiproof;
    Operators internal operators;
    EscapePool internal escapePool;
    Signers internal signers;
    RowChallenges internal rows;
    CellChallenges internal cells;
    VerifierDouble internal verifier = new VerifierDouble();

    function setUp() public virtual {
        vm.fee(10 gwei);
        setBlobFee(1 gwei);
        TestSet memory made = equalSet(4, 7);
        registry = deploy(made.hash);
        introduce(registry, made);
        set.hash = made.hash;
        for (uint256 i = 0; i < 4; ++i) {
            set.secrets.push(made.secrets[i]);
            set.keys.push(made.keys[i]);
            set.weights.push(made.weights[i]);
        }
        _deployRollup();
        for (uint256 i = 0; i < 4; ++i) {
            address owner = ownerAt(i);
            vm.deal(owner, STAKE);
            G2Point memory wish = _registration(made.secrets[i], owner);
            vm.prank(owner);
            validators.push(registry.register{ value: STAKE }(made.keys[i], wish, owner, 0));
            vm.prank(owner);
            registry.allocate(validators[i], address(rollup), units(ALL));
        }
        coverage.measure(bitmap(4, 0, 4));
        vm.deal(operator, BOND);
        vm.prank(operator);
        operators.bond{ value: BOND }();
        vm.deal(alice, 1000 ether);
        vm.deal(bob, 1000 ether);
        vm.deal(watcher, 1000 ether);
    }

    function defaults() internal view returns (Settings memory) {
        return Settings({
            batches: verifier,
            checkpoints: verifier,
            exits: verifier,
            challengeWindow: 24 hours,
            answerWindow: 24 hours,
            exculpationWindow: 24 hours,
            queueSpacing: 120,
            answerGas: 100_000,
            cellGas: 250_000,
            dutyCells: 2,
            minBond: 0.05 ether,
            dearBlobBaseFee: 100 gwei,
            challengerCap: 10 ether,
            operatorSlash: SLASH
        });
    }

    function etherTerms() internal pure returns (TokenTerms memory) {
        return TokenTerms({
            token: address(0),
            least: 0.001 ether,
            weiPerMillion: 1e6,
            coverShare: 5_000,
            calm: 100 ether
        });
    }

    function genesis() internal pure returns (Roots memory) {
        return Roots(Scalar.wrap(11), Scalar.wrap(22));
    }

    function ownerAt(uint256 i) internal pure returns (address) {
        return account(string.concat("validator ", vm.toString(i)));
    }

    function _deployRollup() private {
        uint64 nonce = blockVm.getNonce(address(this));
        settings = new SettingsLog(lock, defaults());
        inputs = new Inputs();
        Rollup code = new Rollup(registry, settings, inputs, NAMESPACE);
        rollup = Rollup(payable(address(new Proxy(TimeLock(lock), address(code), ""))));
        vault = new Vault(address(rollup));
        coverage = new Coverage(registry, address(rollup), SLASH);
        tokens = new TokenList(lock, coverage, 256, etherTerms());
        multiproof = new CellMultiproof();
        address rowsAt = _created(nonce + 11);
        operators = new Operators(rowsAt, uint128(SLASH));
        address[] memory payers = new address[](2);
        (payers[0], payers[1]) = (address(rollup), _created(nonce + 10));
        escapePool = new EscapePool(payers);
        signers = new Signers(
            rollup, settings, registry, RowChallenges(payable(rowsAt)), multiproof, escapePool
        );
        rows = new RowChallenges(rollup, settings, operators, address(escapePool), address(signers));
        vm.assertEq(address(rows), rowsAt, "the address of the row challenges");
        vm.assertEq(address(signers), payers[1], "the address of the signers");
        cells = new CellChallenges(rollup, settings, registry, multiproof, address(escapePool));
        rollup.begin(genesis(), modules());
    }

    function modules() internal view returns (Modules memory) {
        return Modules({
            vault: vault,
            tokens: tokens,
            coverage: coverage,
            operators: operators,
            escapePool: escapePool,
            rowChallenges: address(rows),
            cellChallenges: address(cells),
            signers: address(signers)
        });
    }

    /// Where this contract's n-th creation stands: RLP of address and nonce.
    function _created(uint64 nonce) private view returns (address) {
        bytes memory rlp = nonce < 0x80
            ? abi.encodePacked(bytes2(0xd694), address(this), uint8(nonce))
            : abi.encodePacked(bytes2(0xd794), address(this), bytes1(0x81), uint8(nonce));
        return address(uint160(uint256(keccak256(rlp))));
    }

    function _registration(uint256 secret, address owner) private view returns (G2Point memory) {
        return Signer.sign(secret, registry.registrationDigest(owner));
    }
}
