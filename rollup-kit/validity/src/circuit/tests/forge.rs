//! False statements, with the best witness that a cheat could give: it changes what it likes of an
//! honest batch, and then claims the roots, the digest and the values that follow from that.

use super::cases::*;
use crate::circuit::num::{Num, Synthesis};
use crate::circuit::place::{Carried, Visible};
use crate::{BatchCircuit, open_row};
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::ConstraintSystem;
use ledger::poseidon::{Domain, Sponge, hash};
use ledger::{
    Amount, Body, Draft, Fee, FinishedBatch, Fr, FromL1, Kind, Nonce, Operation, Record, Refusal,
    RollupDomain, Signed, TokenId, Tree,
};

/// The circuit with the inputs that follow from its witness.
pub(super) fn adapted(mut circuit: BatchCircuit) -> BatchCircuit {
    let synthesis = Synthesis::new(ConstraintSystem::new_ref());
    let rollup = synthesis.witness(circuit.rollup).unwrap();
    let mut carried = Carried::new(&synthesis, rollup, circuit.accounts).unwrap();
    let roots = |carried: &Carried| {
        Tree::BOTH.map(|tree| {
            let accounts = carried.accounts[usize::from(tree.number())].value;
            let number = Fr::from(tree.number());
            hash(Domain::Root, [accounts, circuit.rollup, number])
        })
    };
    let prior = roots(&carried);
    let places: Vec<Visible> = circuit
        .settled
        .iter()
        .map(|settled| {
            synthesis
                .place(settled, &mut carried, circuit.gadget)
                .unwrap()
        })
        .collect();
    let next = roots(&carried);

    let operations = u32::try_from(circuit.size.operations()).unwrap();
    let mut sponge = Sponge::new(Domain::Digest(operations));
    for place in &places {
        sponge.absorb(place.digested().map(|n| n.value));
    }
    let x = circuit.inputs[5];
    let mut sequence = Vec::new();
    let mut list = |flags: &dyn Fn(&Visible) -> Num, entry: &dyn Fn(&Visible) -> Vec<Num>| {
        sequence.push(places.iter().map(|p| flags(p).value).sum::<Fr>());
        for place in places.iter().filter(|p| flags(p).value == Fr::ONE) {
            sequence.extend(entry(place).iter().map(|n| n.value));
        }
    };
    for tree in Tree::BOTH {
        list(&|p| p.given(tree).clone(), &|p| {
            let rest = [&p.owner, &p.account, &p.authority].map(Clone::clone);
            [p.operation_word()].into_iter().chain(rest).collect()
        });
    }
    list(&|p| p.withdraws.clone(), &|p| {
        vec![p.withdrawal_word(), p.owner.clone(), p.withdrawn_to.clone()]
    });
    let traffic = sequence.iter().fold(Fr::ZERO, |sum, s| sum * x + s);

    let inputs = &mut circuit.inputs;
    inputs[..2].copy_from_slice(&prior);
    inputs[2..4].copy_from_slice(&next);
    (inputs[4], inputs[6]) = (sponge.squeeze(), traffic);
    for tree in Tree::BOTH {
        let elements = places.iter().flat_map(|p| p.elements_in(tree));
        let elements: Vec<Fr> = elements.map(|n| n.value).collect();
        let opening = 7 + 2 * usize::from(tree.number());
        inputs[opening + 1] = open_row(&elements, inputs[opening]).unwrap();
    }
    circuit
}

/// Changes an honest batch, and expects no proof of it.
fn refused(name: &str, honest: &FinishedBatch, change: impl FnOnce(&mut BatchCircuit)) {
    refused_of(name, circuit(honest), change);
}

/// The same of a circuit.
pub(super) fn refused_of(
    name: &str,
    mut circuit: BatchCircuit,
    change: impl FnOnce(&mut BatchCircuit),
) {
    change(&mut circuit);
    assert!(!holds(adapted(circuit)), "{name}");
}

fn one(operation: Operation) -> FinishedBatch {
    batch_of(&[operation])
}

fn draft(tree: Tree, who: u8, nonce: u64, amount: u128) -> Draft {
    Draft {
        tree,
        from: index(who.into()),
        token: TokenId::new(5).unwrap(),
        fee: Fee::new(0),
        nonce: Nonce::new(nonce),
        body: transfer(2, amount),
    }
}

fn signature_of(draft: Draft, rollup: RollupDomain, who: u8, owner: u8) -> Option<Signed> {
    Some(draft.sign(rollup, address(owner), &key(who)))
}

#[test]
fn an_honest_batch_claims_what_l1_sees() {
    for tree in Tree::BOTH {
        for (name, batch) in every(tree) {
            let circuit = circuit(&batch);
            assert_eq!(adapted(circuit.clone()).inputs, circuit.inputs, "{name}");
        }
    }
}

#[test]
fn forged_signatures() {
    let tree = Tree::OffL1;
    let honest = one(signed(tree, 1, 0, transfer(2, 70)));
    let wanted = draft(tree, 1, 0, 70);
    assert_eq!(
        signature_of(wanted, rollup(), 1, 1),
        honest.settled[0].signed
    );
    let elsewhere = RollupDomain::of(1, address(0xcc));
    let others = [
        ("another's key", signature_of(wanted, rollup(), 2, 1)),
        ("another rollup", signature_of(wanted, elsewhere, 1, 1)),
        (
            "another amount",
            signature_of(draft(tree, 1, 0, 71), rollup(), 1, 1),
        ),
        (
            "another tree",
            signature_of(draft(Tree::OnL1, 1, 0, 70), rollup(), 1, 1),
        ),
        (
            "another nonce",
            signature_of(draft(tree, 1, 1, 70), rollup(), 1, 1),
        ),
        ("another owner", signature_of(wanted, rollup(), 1, 2)),
        ("no signature", None),
    ];
    for (name, signed) in others {
        refused(name, &honest, |c| c.settled[0].signed = signed);
    }
    let mut salted = honest.settled[0].signed.clone().unwrap();
    salted.key.salt += Fr::ONE;
    refused("another salt", &honest, |c| {
        c.settled[0].signed = Some(salted)
    });
}

#[test]
fn a_signature_is_used_once() {
    let tree = Tree::OnL1;
    let again = draft(tree, 1, 1, 70).sign(rollup(), address(1), &key(1));
    let honest = batch_of(&[
        signed(tree, 1, 0, transfer(2, 70)),
        Operation::Signed(Box::new(again)),
    ]);
    refused("replay", &honest, |c| {
        c.settled[1].signed = c.settled[0].signed.clone();
    });
}

#[test]
fn nobody_pays_more_than_it_has() {
    for tree in Tree::BOTH {
        let honest = one(signed(tree, 1, 0, transfer(2, 70)));
        for amount in [1001u128, u128::MAX] {
            let overdrawn = draft(tree, 1, 0, amount);
            refused("overdraft", &honest, |c| {
                c.settled[0].receipt.record = overdrawn.record();
                c.settled[0].signed = signature_of(overdrawn, rollup(), 1, 1);
            });
        }
        let mut with_fee = draft(tree, 1, 0, 1000);
        with_fee.fee = Fee::new(1);
        refused("fee beyond the balance", &honest, |c| {
            c.settled[0].receipt.record = with_fee.record();
            c.settled[0].signed = signature_of(with_fee, rollup(), 1, 1);
        });
    }
}

#[test]
fn balances_and_paths_are_the_states() {
    let honest = one(signed(Tree::OffL1, 1, 0, transfer(2, 70)));
    refused("a payer's balance", &honest, |c| {
        c.settled[0].receipt.debit.balance = Amount::new(2000);
    });
    refused("a receiver's balance", &honest, |c| {
        c.settled[0].receipt.credit.balance = Amount::new(2000);
    });
    refused("a payer's leaf", &honest, |c| {
        c.settled[0].receipt.debit.leaf.meta += Fr::ONE;
    });
    refused("a receiver's leaf", &honest, |c| {
        c.settled[0].receipt.credit.leaf.key += Fr::ONE;
    });
    for level in 0..12 {
        refused("a payer's path", &honest, |c| {
            c.settled[0].receipt.debit.path[level][3] += Fr::ONE;
        });
        refused("a receiver's path", &honest, |c| {
            c.settled[0].receipt.credit.path[level][3] += Fr::ONE;
        });
    }
    for level in 0..4 {
        refused("a balance's path", &honest, |c| {
            c.settled[0].receipt.credit.balance_path[level][3] += Fr::ONE;
        });
    }
    refused("another receiver", &honest, |c| {
        c.settled[0].receipt.record.to = index(3);
    });
    refused("another tree", &honest, |c| {
        c.settled[0].receipt.record.tree = Tree::OnL1;
    });
    refused("another token", &honest, |c| {
        c.settled[0].receipt.record.token = TokenId::ETH;
    });
}

#[test]
fn a_forced_withdrawal_that_can_be_made_is_made() {
    let honest = one(Operation::FromL1(forced(Tree::OffL1, 2, 70)));
    for refusal in [Refusal::Absent, Refusal::WrongAuthority, Refusal::Lacking] {
        refused("censored", &honest, |c| {
            c.settled[0].receipt.record.kind = Kind::Refused;
            c.settled[0].receipt.refusal = Some(refusal);
        });
    }
    refused("censored without a reason", &honest, |c| {
        c.settled[0].receipt.record.kind = Kind::Refused;
    });
    // Another account is shown in place of the one meant.
    let other = one(Operation::FromL1(forced(Tree::OffL1, 3, 70)));
    for refusal in [Refusal::Absent, Refusal::WrongAuthority, Refusal::Lacking] {
        refused("censored by another's account", &honest, |c| {
            c.settled[0].receipt.record.kind = Kind::Refused;
            c.settled[0].receipt.refusal = Some(refusal);
            c.settled[0].receipt.record.from = index(3);
            c.settled[0].receipt.debit = other.settled[0].receipt.debit.clone();
        });
    }
    refused("paid by another", &honest, |c| {
        c.settled[0].receipt.record.from = index(3);
        c.settled[0].receipt.debit = other.settled[0].receipt.debit.clone();
    });
}

#[test]
fn a_forced_withdrawal_that_cannot_be_made_is_refused() {
    let stranger = FromL1 {
        authority: Some(key(3).presented().authority()),
        ..forced(Tree::OffL1, 2, 70)
    };
    for operation in [stranger, forced(Tree::OffL1, 2, 1001)] {
        refused(
            "made all the same",
            &one(Operation::FromL1(operation)),
            |c| {
                c.settled[0].receipt.record.kind = Kind::Forced;
                c.settled[0].receipt.refusal = None;
            },
        );
    }
    refused(
        "made from the account below",
        &one(Operation::FromL1(forced(Tree::OffL1, 9, 70))),
        |c| {
            c.settled[0].receipt.record.kind = Kind::Forced;
            c.settled[0].receipt.refusal = None;
        },
    );
}

#[test]
fn there_is_one_account_of_an_identity() {
    let tree = Tree::OffL1;
    let honest = one(Operation::FromL1(deposit(tree, 4, 70)));
    for who in 1..=3 {
        let known = deposit(tree, who, 70);
        let target = one(Operation::FromL1(known));
        refused("opened twice", &honest, |c| {
            let settled = &mut c.settled[0];
            settled.from_l1 = Some(known);
            let next = settled.receipt.debit.leaf.next;
            let theirs = target.settled[0].receipt.credit.leaf;
            settled.receipt.credit.leaf.identity = theirs.identity;
            settled.receipt.credit.leaf.key = Fr::from(known.account);
            settled.receipt.credit.leaf.meta = Fr::from(known.owner);
            settled.receipt.credit.leaf.next = next;
        });
    }
    refused("opened in a taken place", &honest, |c| {
        let taken = one(Operation::FromL1(deposit(tree, 2, 70)));
        c.settled[0].receipt.record.to = index(2);
        c.settled[0].receipt.credit.path = taken.settled[0].receipt.credit.path;
    });
    refused("opened with a balance", &honest, |c| {
        c.settled[0].receipt.credit.balance = Amount::new(5);
    });
    refused("opened for another owner", &honest, |c| {
        c.settled[0].receipt.credit.leaf.meta += Fr::ONE;
    });
    refused("opened with another key", &honest, |c| {
        c.settled[0].receipt.credit.leaf.key += Fr::ONE;
    });
    refused("opened out of order", &honest, |c| {
        c.settled[0].receipt.credit.leaf.next += Fr::ONE;
    });
    let paid = one(Operation::FromL1(deposit(tree, 2, 70)));
    let other = one(Operation::FromL1(deposit(tree, 3, 70)));
    refused("deposited to another", &paid, |c| {
        c.settled[0].receipt.record.to = index(3);
        c.settled[0].receipt.credit = other.settled[0].receipt.credit.clone();
    });
}

#[test]
fn fees_are_paid_by_signers_and_collected_in_their_lane() {
    let tree = Tree::OffL1;
    let (_, honest) = every(tree).pop().unwrap();
    refused("collected in another tree", &honest, |c| {
        c.settled[1].receipt.record.tree = Tree::OnL1;
    });
    refused("collected in another token", &honest, |c| {
        c.settled[1].receipt.record.token = TokenId::ETH;
        c.settled[1].pot.token = TokenId::ETH;
    });
    refused("paid into another lane", &honest, |c| {
        c.settled[0].pot.token = TokenId::ETH;
    });
    refused("an amount beside the fees", &honest, |c| {
        c.settled[1].receipt.record.value = Fr::from(5u64);
    });
    refused("never collected", &honest, |c| {
        c.settled[1].receipt.record = Record::NOTHING;
    });
    let deposited = one(Operation::FromL1(deposit(tree, 2, 70)));
    refused("a fee that nobody signed", &deposited, |c| {
        c.settled[0].receipt.record.fee = Fee::new(1);
    });
}

#[test]
fn what_is_not_used_is_zero() {
    let mut state = funded();
    let size = ledger::BatchSize::new(1).unwrap();
    let empty = ledger::Batch::new(&mut state, size, Amount::new(1));
    let empty = empty.finish().unwrap();
    let records = [
        Record {
            value: Fr::from(5u64),
            ..Record::NOTHING
        },
        Record {
            token: TokenId::new(5).unwrap(),
            ..Record::NOTHING
        },
        Record {
            tree: Tree::OffL1,
            ..Record::NOTHING
        },
    ];
    for record in records {
        refused("nothing", &empty, |c| c.settled[0].receipt.record = record);
    }
    refused("nothing, for somebody", &empty, |c| {
        c.settled[0].from_l1 = Some(deposit(Tree::OnL1, 2, 70));
    });
    let honest = one(signed(Tree::OffL1, 1, 0, transfer(2, 70)));
    refused("a transfer that pays on L1", &honest, |c| {
        let mut signed = draft(Tree::OffL1, 1, 0, 70).sign(rollup(), address(1), &key(1));
        signed.draft.body = Body::Withdraw {
            recipient: address(9),
            amount: Amount::new(70),
        };
        c.settled[0].signed = Some(signed);
    });
}

/// L1 has more in its row than the batch says, less in its queue, or in another order.
#[test]
fn l1_sees_what_the_batch_says() {
    let tree = Tree::OnL1;
    let honest = batch_of(&[
        Operation::FromL1(deposit(tree, 2, 70)),
        Operation::FromL1(deposit(tree, 3, 71)),
        signed(
            tree,
            1,
            0,
            Body::Withdraw {
                recipient: address(7),
                amount: Amount::new(5),
            },
        ),
    ]);
    let circuit = circuit(&honest);
    assert!(holds(circuit.clone()));
    let claimed = |traffic: ledger::Traffic| {
        let mut circuit = circuit.clone();
        circuit.inputs[6] = traffic.folded(circuit.inputs[5]);
        holds(circuit)
    };
    let traffic = honest.traffic();
    assert!(claimed(traffic.clone()));
    let mut skipped = traffic.clone();
    skipped.on_l1.remove(0);
    assert!(!claimed(skipped));
    let mut swapped = traffic.clone();
    swapped.on_l1.swap(0, 1);
    assert!(!claimed(swapped));
    let mut moved = traffic.clone();
    moved.off_l1 = std::mem::take(&mut moved.on_l1);
    assert!(!claimed(moved));
    let mut unpaid = traffic.clone();
    unpaid.withdrawals.clear();
    assert!(!claimed(unpaid));
    let mut twice = traffic;
    twice.withdrawals.push(twice.withdrawals[0]);
    assert!(!claimed(twice));

    let [row, _] = honest.rows();
    for element in [row.len(), 4095] {
        let mut longer = row.clone();
        longer.resize(element + 1, Fr::ZERO);
        longer[element] = Fr::ONE;
        let mut circuit = circuit.clone();
        circuit.inputs[8] = open_row(&longer, circuit.inputs[7]).unwrap();
        assert!(!holds(circuit), "element {element}");
    }
}
