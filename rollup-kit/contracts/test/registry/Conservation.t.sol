// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Registry } from "../../src/registry/Registry.sol";
import { SetHash } from "../../src/types/Hashes.sol";
import { Shares, TicketId, Units } from "../../src/types/Stake.sol";
import { ValidatorId } from "../../src/types/ValidatorId.sol";
import { Test } from "../lib/Test.sol";
import { Slasher } from "./Slasher.sol";
import { RegistryTest } from "./RegistryTest.sol";

/// Plays owners, delegators and rollups against one registry, and keeps books of its own.
contract Players is Test {
    Registry private immutable REGISTRY;
    ValidatorId[] public validators;
    Slasher[] public rollups;
    address[] public holders;
    TicketId[] private _tickets;

    /// Wei, as the players count them.
    uint256 public putIn;
    uint256 public takenByRollups;
    uint256 public takenOut;

    constructor(
        Registry registry,
        ValidatorId[] memory validators_,
        address[] memory owners,
        uint256 staked
    ) {
        REGISTRY = registry;
        validators = validators_;
        holders = owners;
        holders.push(account("alice"));
        holders.push(account("bob"));
        rollups.push(new Slasher(registry));
        rollups.push(new Slasher(registry));
        putIn = staked;
    }

    function delegate(uint256 who, uint256 which, uint256 amount) external {
        ValidatorId validator = _validator(which);
        address holder = _holder(who);
        amount = bound(amount, 1, 100 ether);
        uint64 revision = REGISTRY.validatorInfo(validator).revision;
        vm.deal(holder, amount);
        vm.prank(holder);
        try REGISTRY.delegate{ value: amount }(validator, revision) {
            putIn += amount;
        } catch { }
    }

    function unbond(uint256 who, uint256 which, uint256 part) external {
        ValidatorId validator = _validator(which);
        address holder = _holder(who);
        (Shares shares,) = REGISTRY.holdings(validator, holder);
        if (Shares.unwrap(shares) == 0) return;
        uint256 some = bound(part, 1, Shares.unwrap(shares));
        vm.prank(holder);
        _tickets.push(REGISTRY.unbond(validator, Shares.wrap(uint128(some))));
    }

    function claim(uint256 which) external {
        if (_tickets.length == 0) return;
        TicketId ticket = _tickets[which % _tickets.length];
        (address holder, uint64 claimableAt,,) = REGISTRY.tickets(ticket);
        if (holder == address(0)) return;
        vm.prank(holder);
        try REGISTRY.claim(ticket, account("purse")) returns (uint256 amount) {
            vm.assertGe(block.timestamp, claimableAt, "paid before its last possible slash");
            takenOut += amount;
        } catch {
            vm.assertLt(block.timestamp, claimableAt);
        }
    }

    function allocate(uint256 which, uint256 to, uint256 part) external {
        ValidatorId validator = _validator(which);
        Registry.Validator memory entry = REGISTRY.validatorInfo(validator);
        uint256 free = Units.unwrap(entry.pool.units) - Units.unwrap(entry.pool.allocated);
        if (free == 0) return;
        vm.prank(entry.owner);
        REGISTRY.allocate(
            validator, address(_rollup(to)), Units.wrap(uint128(bound(part, 1, free)))
        );
    }

    function deallocate(uint256 which, uint256 from, uint256 part) external {
        ValidatorId validator = _validator(which);
        address rollup = address(_rollup(from));
        uint256 staying = Units.unwrap(REGISTRY.allocationOf(validator, rollup).units)
            - Units.unwrap(REGISTRY.allocationOf(validator, rollup).leaving);
        if (staying == 0) return;
        vm.prank(REGISTRY.ownerOf(validator));
        REGISTRY.deallocate(validator, rollup, Units.wrap(uint128(bound(part, 1, staying))));
    }

    function slash(uint256 which, uint256 by, uint256 amount) external {
        ValidatorId validator = _validator(which);
        Slasher rollup = _rollup(by);
        Slasher other = _rollup(by ^ 1);
        if (Units.unwrap(REGISTRY.allocationOf(validator, address(rollup)).units) == 0) return;
        uint256 most = REGISTRY.slashable(validator, address(rollup));
        uint256 others = REGISTRY.slashable(validator, address(other));
        uint256 taken = rollup.slash(validator, bound(amount, 0, 20 ether));
        vm.assertLe(taken, most, "took what is not its own");
        vm.assertGe(REGISTRY.slashable(validator, address(other)), others, "took another's");
        takenByRollups += taken;
    }

    function reward(uint256 which, uint256 by, uint256 amount) external {
        amount = bound(amount, 0, 1 ether);
        vm.deal(address(this), amount);
        try _rollup(by).reward{ value: amount }(_validator(which)) {
            putIn += amount;
        } catch { }
    }

    function fetch(uint256 who, uint256 which) external {
        address holder = _holder(who);
        if (REGISTRY.settle(_validator(which), holder) == 0) return;
        vm.prank(holder);
        takenOut += REGISTRY.fetch(account("purse"));
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 hours, 15 days));
    }

    /// What everybody could still take, were everything unbonded and claimed now.
    function claimable() external returns (uint256 sum) {
        for (uint256 v = 0; v < validators.length; ++v) {
            for (uint256 h = 0; h < holders.length; ++h) {
                (Shares shares,) = REGISTRY.holdings(validators[v], holders[h]);
                sum += _worth(validators[v], Shares.unwrap(shares));
                REGISTRY.settle(validators[v], holders[h]);
            }
        }
        for (uint256 t = 0; t < _tickets.length; ++t) {
            (,, Shares shares, ValidatorId validator) = REGISTRY.tickets(_tickets[t]);
            sum += _worth(validator, Shares.unwrap(shares));
        }
        for (uint256 h = 0; h < holders.length; ++h) {
            sum += REGISTRY.settle(validators[0], holders[h]);
        }
    }

    function rollupsBalance() external view returns (uint256) {
        return address(rollups[0]).balance + address(rollups[1]).balance;
    }

    function _worth(ValidatorId validator, uint256 shares) private view returns (uint256) {
        Registry.Validator memory entry = REGISTRY.validatorInfo(validator);
        uint256 all = Shares.unwrap(entry.pool.shares);
        return all == 0 ? 0 : uint256(entry.pool.assets) * shares / all;
    }

    function _validator(uint256 which) private view returns (ValidatorId) {
        return validators[which % validators.length];
    }

    function _holder(uint256 who) private view returns (address) {
        return holders[who % holders.length];
    }

    function _rollup(uint256 which) private view returns (Slasher) {
        return rollups[which % 2];
    }
}

contract ConservationTest is RegistryTest {
    Registry private registry;
    Players private players;

    function setUp() public {
        registry = deploy(SetHash.wrap(bytes32(uint256(1))));
        ValidatorId[] memory validators = new ValidatorId[](2);
        address[] memory owners = new address[](2);
        (owners[0], owners[1]) = (account("first owner"), account("second owner"));
        validators[0] = register(registry, 5, owners[0], 10 ether, 0);
        validators[1] = register(registry, 6, owners[1], 1 ether, 500);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(owners[i]);
            registry.setOpen(validators[i], true);
        }
        players = new Players(registry, validators, owners, 11 ether);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(players);
    }

    function invariant_slashedHeldAndPaidAreWhatWasDeposited() public view {
        vm.assertEq(registry.deposited(), players.putIn());
        vm.assertEq(registry.slashed(), players.takenByRollups());
        vm.assertEq(registry.paid(), players.takenOut());
        vm.assertEq(
            registry.held(), players.putIn() - players.takenByRollups() - players.takenOut()
        );
        vm.assertEq(address(registry).balance, registry.held());
        vm.assertEq(players.rollupsBalance(), registry.slashed());
        vm.assertEq(account("purse").balance, registry.paid());
    }

    /// Nobody is owed what is not there, and only what was rounded off is there for nobody.
    function invariant_everybodyCanBePaid() public {
        uint256 owed = players.claimable();
        vm.assertLe(owed, registry.held());
        vm.assertLe(registry.held() - owed, 100_000);
    }

    function invariant_unitsAreNamedOnce() public view {
        for (uint256 v = 0; v < 2; ++v) {
            ValidatorId validator = players.validators(v);
            Registry.Validator memory entry = registry.validatorInfo(validator);
            uint256 named = 0;
            for (uint256 r = 0; r < 2; ++r) {
                address rollup = address(players.rollups(r));
                named += Units.unwrap(registry.allocationOf(validator, rollup).units)
                + Units.unwrap(registry.allocationOf(validator, rollup).arriving);
                vm.assertLe(
                    registry.coverage(validator, rollup), registry.slashable(validator, rollup)
                );
            }
            vm.assertLe(named, Units.unwrap(entry.pool.allocated));
            vm.assertLe(Units.unwrap(entry.pool.allocated), Units.unwrap(entry.pool.units));
            vm.assertLe(Shares.unwrap(entry.pool.unbonding), Shares.unwrap(entry.pool.shares));
        }
    }
}
