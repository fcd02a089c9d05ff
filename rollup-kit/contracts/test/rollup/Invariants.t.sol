// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { RowChallenges } from "../../src/challenge/RowChallenges.sol";
import { Signer as CertificateSigner } from "../../src/challenge/Custody.sol";
import { RowChallenge, RowState } from "../../src/interfaces/IChallenges.sol";
import { Scalar } from "../../src/kzg/Scalar.sol";
import { Exits } from "../../src/rollup/Exits.sol";
import {
    Batch,
    BatchNumber,
    Holding,
    Operation,
    QueueIndex,
    Submission,
    Tree,
    Withdrawal
} from "../../src/rollup/Types.sol";
import { Vm } from "../lib/Vm.sol";
import { RollupTest } from "./RollupTest.sol";

/// A rollup under everything that users, operator, watchers and time do to it, beside a model of
/// what each tree holds. The model proves only what is true, as a circuit would.
contract RollupInvariants is RollupTest {
    /// What the trees hold after a batch.
    struct Model {
        uint256 onL1;
        uint256 offL1;
    }

    /// A withdrawal that a batch made.
    struct Leaving {
        uint64 batch;
        Withdrawal withdrawal;
        bool claimed;
    }

    Operation[] internal onQueue;
    Operation[] internal offQueue;
    mapping(uint64 batch => Model) internal models;
    mapping(uint64 batch => CertificateSigner) internal signerOf;
    Leaving[] internal leaving;
    uint256 internal seeds = 1;
    mapping(uint64 batch => uint256 seed) internal seedOf;

    uint256 internal deposited;
    uint256 internal fetched;
    uint256 internal contributed;
    uint256 internal returned;
    uint256 internal staked;
    uint256 internal burntBefore;
    uint64 internal challenged;
    uint256 internal fallbacks;
    uint256 internal escapes;

    function setUp() public override {
        super.setUp();
        burntBefore = address(0).balance;
        vm.deal(operator, 10_000 ether);
        vm.prank(operator);
        operators.bond{ value: 1000 ether }();
    }

    function targetSelectors() public view returns (FuzzSelector[] memory selectors) {
        bytes4[] memory names = new bytes4[](11);
        names[0] = this.deposits.selector;
        names[1] = this.submits.selector;
        names[2] = this.challenges.selector;
        names[3] = this.answers.selector;
        names[4] = this.expires.selector;
        names[5] = this.claims.selector;
        names[6] = this.cancels.selector;
        names[7] = this.slashes.selector;
        names[8] = this.passes.selector;
        names[9] = this.freezes.selector;
        names[10] = this.fetches.selector;
        selectors = new FuzzSelector[](1);
        selectors[0] = FuzzSelector(address(this), names);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(this);
    }

    // What happens.

    function deposits(bool off, uint96 amount) external {
        if (rollup.frozen()) return;
        uint128 value = uint128(bound(amount, 0.001 ether, 1 ether));
        Tree tree = off ? Tree.OffL1 : Tree.OnL1;
        Operation memory o = depositOf(alice, value);
        vm.deal(alice, value);
        vm.recordLogs();
        deposit(alice, tree, value);
        o = _queued(vm.getRecordedLogs());
        if (off) offQueue.push(o);
        else onQueue.push(o);
        deposited += value;
    }

    function submits(uint8 take, uint64 share, bool withRow) external {
        if (rollup.frozen()) return;
        uint64 newest = BatchNumber.unwrap(rollup.newestBatch());
        Batch memory prior = rollup.batchAt(rollup.newestBatch());
        uint256 checkpointAge = time() - rollup.batchAt(rollup.lastCheckpoint()).submittedAt;
        uint256 seed = seeds++;
        Submission memory s = draft(seed, withRow && checkpointAge <= 10 days ? 1 : 0);
        Model memory model = models[newest];
        uint256 sum;
        (s.onOperations, sum) = _take(onQueue, QueueIndex.unwrap(prior.onHead), take % 4);
        model.onL1 += sum;
        (s.offOperations, sum) = _take(offQueue, QueueIndex.unwrap(prior.offHead), take / 4 % 4);
        model.offL1 += sum;
        s.withdrawals = _leave(model, share);
        complete(s, seed);
        uint64 number = BatchNumber.unwrap(submit(s));
        models[number] = model;
        seedOf[number] = seed;
        for (uint256 i = 0; i < s.withdrawals.length; ++i) {
            leaving.push(Leaving(number, s.withdrawals[i], false));
        }
        if (s.meta.length != 0) {
            signerOf[number] = signerAt(0, s.certificate, certifiedBy(s.certificate));
        }
    }

    function challenges(uint64 pick) external {
        BatchNumber number = _pick(pick);
        uint256 bond = rows.bondOf(number);
        vm.deal(watcher, bond);
        vm.prank(watcher);
        try rows.challenge{ value: bond }(number, ROW) {
            contributed += bond;
            challenged = BatchNumber.unwrap(number);
        } catch { }
    }

    function answers(uint64 pick) external {
        BatchNumber number = _pick(pick);
        uint256 seed = seedOf[BatchNumber.unwrap(number)];
        if (rollup.batchAt(number).rows == 0) return;
        bytes memory meta = metaOf(seed, 1);
        carry(blobOf(rowAt(seed, 0)));
        vm.prank(bob);
        try rows.publish(number, meta, ROW, 0) { } catch { }
    }

    function expires(uint64 pick) external {
        BatchNumber number = BatchNumber.wrap(challenged);
        if (pick % 4 == 0) number = _pick(pick);
        uint64 before = BatchNumber.unwrap(rollup.newestBatch());
        try rows.expire(number, ROW) { } catch { }
        uint64 newest = BatchNumber.unwrap(rollup.newestBatch());
        if (newest == before) return;
        // What the fallback left: one tree as it was, the other as it was when last final.
        ++fallbacks;
        uint64 standing = BatchNumber.unwrap(rollup.standingAt(rollup.era() - 1));
        models[newest] = Model(models[before].onL1, models[standing].offL1);
    }

    function claims(uint256 pick) external {
        if (leaving.length == 0) return;
        Leaving storage l = leaving[pick % leaving.length];
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = leafOf(l.withdrawal);
        try rollup.claim(BatchNumber.wrap(l.batch), l.withdrawal, onlyPath()) {
            vm.assertFalse(l.claimed, "nobody is paid twice");
            l.claimed = true;
        } catch (bytes memory reason) {
            bytes4 why = bytes4(reason);
            vm.assertTrue(
                why == Exits.AlreadyClaimed.selector || why == Exits.VoidBatch.selector
                    || why == Exits.NotFinal.selector,
                "a tree is never short"
            );
        }
    }

    function cancels(bool off, uint256 pick) external {
        Operation[] storage queue = off ? offQueue : onQueue;
        if (queue.length == 0) return;
        uint64 place = uint64(pick % queue.length);
        Tree tree = off ? Tree.OffL1 : Tree.OnL1;
        try rollup.cancelDeposit(tree, QueueIndex.wrap(place), queue[place]) {
            delete queue[place];
        } catch { }
    }

    function slashes(uint64 pick) external {
        BatchNumber number = _pick(pick);
        CertificateSigner memory signer = signerOf[BatchNumber.unwrap(number)];
        if (signer.key.length == 0) return;
        try signers.slash(number, ROW, signer) returns (uint256 taken) {
            staked += taken;
        } catch { }
    }

    function passes(uint32 time) external {
        pass(bound(time, 1 minutes, 30 hours));
        rollup.finalize(100);
    }

    /// Seldom: what follows is the end.
    function freezes(bool off, uint256 pick) external {
        if (rollup.frozen() || pick % 8 != 0) return;
        Operation[] storage queue = off ? offQueue : onQueue;
        Tree tree = off ? Tree.OffL1 : Tree.OnL1;
        for (uint64 i = 0; i < queue.length; ++i) {
            try rollup.freeze(tree, QueueIndex.wrap(i), queue[i]) {
                return;
            } catch { }
        }
    }

    function fetches(uint64 pick) external {
        for (uint256 id = 0; id < vault.delayedCount(); ++id) {
            try vault.release(id) { } catch { }
        }
        vm.prank(alice);
        fetched += vault.fetch(address(0), alice);
        vm.prank(bob);
        fetched += vault.fetch(address(0), bob);
        uint256 before = watcher.balance + bob.balance;
        vm.prank(bob);
        rows.fetchEarnings(bob);
        vm.prank(watcher);
        try rows.fetch(_pick(pick), ROW) { } catch { }
        returned += watcher.balance + bob.balance - before;
    }

    // What holds throughout.

    function invariant_everything_deposited_is_here_or_was_fetched() public view {
        vm.assertEq(deposited, vault.held(address(0)) + fetched, "deposited");
        vm.assertEq(address(vault).balance, vault.held(address(0)), "held");
        uint256 trees = rollup.valueOf(Tree.OnL1, ETHER) + rollup.valueOf(Tree.OffL1, ETHER);
        vm.assertEq(vault.held(address(0)), trees + vault.owed(address(0)), "owed");
    }

    /// A tree's value is what waits in its queue, what its accounts hold, and what left them and
    /// can still be claimed.
    function invariant_each_tree_is_covered() public view {
        Batch memory newest = rollup.batchAt(rollup.newestBatch());
        Model memory model = models[BatchNumber.unwrap(rollup.newestBatch())];
        uint256 onL1 = model.onL1 + _waiting(onQueue, QueueIndex.unwrap(newest.onHead));
        uint256 offL1 = model.offL1 + _waiting(offQueue, QueueIndex.unwrap(newest.offHead));
        for (uint256 i = 0; i < leaving.length; ++i) {
            if (leaving[i].claimed) continue;
            if (leaving[i].withdrawal.tree == Tree.OnL1) {
                onL1 += leaving[i].withdrawal.amount;
            } else if (!rollup.isVoid(BatchNumber.wrap(leaving[i].batch))) {
                offL1 += leaving[i].withdrawal.amount;
            }
        }
        vm.assertEq(rollup.valueOf(Tree.OnL1, ETHER), onL1, "on L1");
        vm.assertEq(rollup.valueOf(Tree.OffL1, ETHER), offL1, "off L1");
    }

    /// Bonds, contributions and stake slashed are held, paid, pooled or burnt.
    function invariant_slashed_and_held_and_paid_is_what_was_bonded() public view {
        uint256 burnt = address(0).balance - burntBefore;
        vm.assertEq(
            BOND + 1000 ether + contributed + staked,
            address(operators).balance + address(rows).balance + address(escapePool).balance + burnt
                + returned
        );
    }

    /// Every open challenge ends: within a week, and by anybody's call once it is due.
    function invariant_every_challenge_ends() public {
        uint64 newest = BatchNumber.unwrap(rollup.newestBatch());
        for (uint64 i = 1; i <= newest; ++i) {
            RowChallenge memory c = rows.challengeOf(BatchNumber.wrap(i), ROW);
            vm.assertEq(
                rollup.batchAt(BatchNumber.wrap(i)).openRows, c.state == RowState.Open ? 1 : 0
            );
            if (c.state != RowState.Open) continue;
            vm.assertLe(c.deadline, c.openedAt + rows.LONGEST());
            uint256 snapshot = vm.snapshotState();
            vm.warp(c.deadline + 1);
            rows.expire(BatchNumber.wrap(i), ROW);
            vm.revertToState(snapshot);
        }
    }

    /// No batch is final whose row is open, and none is void that was final.
    function invariant_final_is_final() public view {
        uint64 last = BatchNumber.unwrap(rollup.finalBatch());
        Batch memory batch = rollup.batchAt(rollup.finalBatch());
        vm.assertEq(batch.openRows, 0);
        vm.assertFalse(rollup.isVoid(rollup.finalBatch()));
        vm.assertLe(last, BatchNumber.unwrap(rollup.newestBatch()));
    }

    /// However it stands: let everything pending end, freeze, and everybody has all of theirs.
    function afterInvariant() public {
        pass(8 days);
        uint64 newest = BatchNumber.unwrap(rollup.newestBatch());
        for (uint64 i = 1; i <= newest; ++i) {
            if (rows.challengeOf(BatchNumber.wrap(i), ROW).state == RowState.Open) {
                this.expireFor(i);
            }
        }
        if (!rollup.frozen()) {
            this.deposits(true, 1 ether);
            pass(15 days);
            uint64 place = uint64(offQueue.length - 1);
            rollup.freeze(Tree.OffL1, QueueIndex.wrap(place), offQueue[place]);
        }
        rollup.finalize(1000);
        for (uint256 i = 0; i < leaving.length; ++i) {
            this.claims(i);
        }
        _cancelAll(false);
        _cancelAll(true);
        _escapeAll(Tree.OnL1, models[BatchNumber.unwrap(rollup.newestBatch())].onL1);
        _escapeAll(Tree.OffL1, models[BatchNumber.unwrap(rollup.newestBatch())].offL1);
        pass(4 days);
        this.fetches(0);
        vm.assertEq(fetched, deposited, "everybody is out");
        vm.assertEq(address(vault).balance, 0);
    }

    function expireFor(uint64 number) external {
        challenged = number;
        this.expires(1);
    }

    function _cancelAll(bool off) private {
        uint256 length = off ? offQueue.length : onQueue.length;
        for (uint256 i = 0; i < length; ++i) {
            this.cancels(off, i);
        }
    }

    function _escapeAll(Tree tree, uint256 amount) private {
        if (amount == 0) return;
        Holding[] memory holdings = new Holding[](1);
        holdings[0] = Holding(1 << 16, alice, ETHER, uint128(amount));
        rollup.escapeMany(tree, holdings, Scalar.wrap(1), "holds");
    }

    /// At most so many operations from a queue's head on, and their sum.
    function _take(Operation[] storage queue, uint64 head, uint256 most)
        private
        view
        returns (Operation[] memory taken, uint256 sum)
    {
        uint256 count = queue.length - head;
        if (count > most) count = most;
        taken = new Operation[](count);
        for (uint256 i = 0; i < count; ++i) {
            taken[i] = queue[head + i];
            sum += taken[i].amount;
        }
    }

    /// One withdrawal of part of what one tree holds.
    function _leave(Model memory model, uint64 share)
        private
        view
        returns (Withdrawal[] memory list)
    {
        bool off = share % 2 == 1;
        uint256 amount = (off ? model.offL1 : model.onL1) * (share % 100) / 100;
        if (amount == 0) return list;
        list = new Withdrawal[](1);
        list[0] = withdrawalOf(bob, off ? Tree.OffL1 : Tree.OnL1, uint128(amount));
        if (off) model.offL1 -= amount;
        else model.onL1 -= amount;
    }

    function _waiting(Operation[] storage queue, uint64 head) private view returns (uint256 sum) {
        for (uint256 i = head; i < queue.length; ++i) {
            sum += queue[i].amount;
        }
    }

    /// The operation in the one event of a queue.
    function _queued(Vm.Log[] memory logs) private pure returns (Operation memory) {
        bytes32 topic = keccak256(
            "Enqueued(uint8,uint64,(uint8,uint16,uint128,address,uint256,uint256,uint64,uint64))"
        );
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic) return abi.decode(logs[i].data, (Operation));
        }
        revert();
    }

    /// A recent batch: older ones are final.
    function _pick(uint64 pick) private view returns (BatchNumber) {
        uint64 newest = BatchNumber.unwrap(rollup.newestBatch());
        uint64 back = pick % 6;
        return BatchNumber.wrap(newest > back ? newest - back : newest);
    }
}
