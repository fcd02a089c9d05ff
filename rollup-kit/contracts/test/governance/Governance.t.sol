// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Proxy } from "../../src/governance/Proxy.sol";
import { Settings, SettingsLog, SettingsVersion } from "../../src/governance/Settings.sol";
import { TimeLock } from "../../src/governance/TimeLock.sol";
import { IProofVerifier } from "../../src/interfaces/IProofVerifier.sol";
import { Clock } from "../rollup/Clock.sol";

/// Code behind a proxy, in two versions.
contract Counter {
    uint256 public count;

    error NotEven(uint256 got);

    function start(uint256 from) external {
        count = from;
    }

    function step() external virtual {
        count += 1;
    }

    function even() external view {
        if (count % 2 != 0) revert NotEven(count);
    }
}

contract FastCounter is Counter {
    function step() external override {
        count += 10;
    }
}

contract OddCounter is Counter {
    function startEven(uint256 from) external {
        if (from % 2 != 0) revert NotEven(from);
        count = from;
    }
}

contract GovernanceTest is Clock {
    address internal proposer = account("proposer");
    TimeLock internal lock = new TimeLock(proposer, 30 days);
    SettingsLog internal settings = new SettingsLog(address(lock), _settings());

    function setUp() public {
        vm.warp(1_700_000_000);
    }

    function test_a_change_waits_longer_than_an_exit() public {
        vm.expectRevert(
            abi.encodeWithSelector(TimeLock.DelayTooShort.selector, 30 days - 1, 30 days)
        );
        new TimeLock(proposer, 30 days - 1);
        // The slowest exit: an ignored operation, what is open at the freeze, the delay.
        vm.assertGt(lock.MIN_DELAY(), 7 days + 3 days + 7 days + 3 days);

        Settings memory changed = _settings();
        changed.minBond = 1 ether;
        bytes memory data = abi.encodeCall(SettingsLog.change, (changed));
        vm.expectPartialRevert(SettingsLog.NotTimeLock.selector);
        settings.change(changed);
        vm.prank(proposer);
        lock.propose(address(settings), data, 0);
        uint256 ready = time() + 30 days;
        vm.warp(ready - 1);
        vm.expectRevert(abi.encodeWithSelector(TimeLock.TooEarly.selector, ready - 1, ready));
        lock.execute(address(settings), data, 0);
        vm.warp(ready);
        lock.execute(address(settings), data, 0);
        vm.assertEq(settings.get(settings.current()).minBond, 1 ether);
        vm.assertEq(settings.get(SettingsVersion.wrap(0)).minBond, 0.05 ether);
        vm.expectPartialRevert(TimeLock.NotProposed.selector);
        lock.execute(address(settings), data, 0);
    }

    function test_only_the_proposer_proposes_and_cancels() public {
        vm.expectPartialRevert(TimeLock.NotProposer.selector);
        lock.propose(address(settings), "", 0);
        vm.prank(proposer);
        bytes32 call = lock.propose(address(settings), "", 0);
        vm.prank(proposer);
        vm.expectPartialRevert(TimeLock.AlreadyProposed.selector);
        lock.propose(address(settings), "", 0);
        vm.expectPartialRevert(TimeLock.NotProposer.selector);
        lock.cancel(call);
        vm.prank(proposer);
        lock.cancel(call);
        pass(30 days);
        vm.expectPartialRevert(TimeLock.NotProposed.selector);
        lock.execute(address(settings), "", 0);
    }

    function test_old_proposals_lapse() public {
        vm.prank(proposer);
        lock.propose(address(settings), "", 0);
        pass(44 days + 1);
        vm.expectPartialRevert(TimeLock.TooLate.selector);
        lock.execute(address(settings), "", 0);
    }

    function test_a_failed_call_says_why() public {
        Settings memory changed = _settings();
        changed.dutyCells = 65;
        bytes memory data = abi.encodeCall(SettingsLog.change, (changed));
        vm.prank(proposer);
        lock.propose(address(settings), data, 0);
        pass(30 days);
        vm.expectRevert(
            abi.encodeWithSelector(SettingsLog.SettingOutOfRange.selector, "duty cells", 65, 1, 64)
        );
        lock.execute(address(settings), data, 0);
    }

    function test_windows_have_bounds() public {
        Settings memory changed = _settings();
        changed.answerWindow = 24 hours - 1;
        vm.prank(address(lock));
        vm.expectPartialRevert(SettingsLog.SettingOutOfRange.selector);
        settings.change(changed);
        changed.answerWindow = 3 days + 1;
        vm.prank(address(lock));
        vm.expectPartialRevert(SettingsLog.SettingOutOfRange.selector);
        settings.change(changed);
        vm.expectPartialRevert(SettingsLog.NoSuchVersion.selector);
        settings.get(SettingsVersion.wrap(1));
    }

    function test_code_changes_by_the_lock_alone() public {
        Counter counter = Counter(
            address(new Proxy(lock, address(new Counter()), abi.encodeCall(Counter.start, (5))))
        );
        vm.assertEq(counter.count(), 5);
        counter.step();
        vm.assertEq(counter.count(), 6);
        counter.even();
        FastCounter fast = new FastCounter();
        // For anybody else it is a call to the code, which has no such function.
        vm.expectRevert();
        Proxy(payable(address(counter))).upgradeTo(address(fast));
        vm.prank(address(lock));
        vm.expectRevert(abi.encodeWithSelector(Proxy.NoCode.selector, proposer));
        Proxy(payable(address(counter))).upgradeTo(proposer);
        vm.prank(address(lock));
        Proxy(payable(address(counter))).upgradeTo(address(fast));
        counter.step();
        vm.assertEq(counter.count(), 16);
        vm.prank(address(lock));
        counter.step();
        vm.expectRevert();
        Proxy(payable(address(counter))).upgradeTo(address(fast));
        counter.even();
    }

    function test_a_set_up_that_fails_makes_no_proxy() public {
        OddCounter code = new OddCounter();
        vm.expectRevert(abi.encodeWithSelector(Counter.NotEven.selector, 1));
        new Proxy(lock, address(code), abi.encodeCall(OddCounter.startEven, (1)));
    }

    function _settings() private pure returns (Settings memory) {
        return Settings({
            batches: IProofVerifier(address(1)),
            checkpoints: IProofVerifier(address(1)),
            exits: IProofVerifier(address(1)),
            challengeWindow: 24 hours,
            answerWindow: 24 hours,
            exculpationWindow: 24 hours,
            queueSpacing: 120,
            answerGas: 60_000,
            cellGas: 250_000,
            dutyCells: 8,
            minBond: 0.05 ether,
            dearBlobBaseFee: 100 gwei,
            challengerCap: 10 ether,
            operatorSlash: 32 ether
        });
    }
}
