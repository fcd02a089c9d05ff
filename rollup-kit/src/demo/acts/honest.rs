//! A batch whose data is there, and a griefer who challenges it all the same.

use super::super::books::Books;
use super::super::stage::{Stage, Traffic};
use super::{BLOCK, ROW, deposit, fetch, look_until, responder, row, withdrawal};
use crate::{Error, Result};
use alloy::primitives::U256;
use settlement::Wei;
use settlement::batch::Tree;
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::responder::Identity;
use settlement::settings::RollupSettings;
use settlement::state::RowState;

/// What the act came to.
pub(in super::super) struct Honest {
    /// The roots of its batch, the last whose data is final.
    pub(in super::super) roots: abi::Roots,
    /// What everybody held after it.
    pub(in super::super) books: Books,
    /// What the griefer is short of.
    pub(in super::super) griefer_paid: Wei,
}

/// Plays it.
pub(in super::super) async fn honest(stage: &mut Stage<'_>) -> Result<Honest> {
    stage.tell("1  An honest batch");
    let (alice, bob) = (stage.cast.alice.clone(), stage.cast.bob.clone());
    let (ten, six, one) = (Wei::ether(10), Wei::ether(6), Wei::ether(1));
    let (_, of_alice) = deposit(stage, &alice, Tree::OffL1, ten).await?;
    let (_, of_bob) = deposit(stage, &bob, Tree::OnL1, six).await?;
    stage.tell("      Alice deposits 10 ETH, data off L1; Bob 6 ETH, data on L1");

    let withdrawals = vec![
        withdrawal(Tree::OffL1, alice.address(), one),
        withdrawal(Tree::OnL1, bob.address(), one),
    ];
    let books = Books::default()
        .with(Tree::OffL1, alice.address(), ten)
        .with(Tree::OnL1, bob.address(), six)
        .without(Tree::OffL1, alice.address(), one)
        .without(Tree::OnL1, bob.address(), one);
    let da = stage.post(&books).await?;
    let traffic = Traffic {
        on: vec![of_bob],
        off: vec![of_alice],
        withdrawals: withdrawals.clone(),
    };
    let (number, mined) = stage.submit(&books, &da, traffic).await?;
    stage.tell(format!(
        "      L1: batch {number}, certificate and rows checked, {} gas",
        mined.gas
    ));
    claim(stage, number, &withdrawals, 1).await?;
    let paid = fetch(stage, &bob).await?;
    stage.tell(format!(
        "      Bob's {paid} leave at once: that tree is final with its batch"
    ));
    stage.ledger.read(&stage.client, "honest batch").await?;

    stage.tell("2  A griefer challenges what is there");
    let griefer_paid = grief(stage, number).await?;
    finalize(stage, number).await?;
    claim(stage, number, &withdrawals, 0).await?;
    let paid = fetch(stage, &alice).await?;
    stage.tell(format!(
        "      the row stood on L1, so the batch is final early: Alice's {paid} leave"
    ));
    stage.ledger.read(&stage.client, "griefer").await?;
    Ok(Honest {
        roots: books.roots(),
        books,
        griefer_paid,
    })
}

/// The griefer challenges, the operator's responder answers, the griefer fetches what is left.
async fn grief(stage: &mut Stage<'_>, number: u64) -> Result<Wei> {
    let d = stage.deployment()?;
    let griefer = stage.cast.griefer.clone();
    stage.pass(BLOCK).await?;
    let head = stage.client.head().await?;
    let bond = RollupSettings::default().row_bond(head.base_fee, head.blob_base_fee);
    let call = abi::RowChallenges::challengeCall {
        number,
        row: ROW.get(),
    };
    // A margin for prices that rise; it comes back.
    griefer
        .pay(d.row_challenges, &call, bond.percent(125))
        .await?;
    stage.tell(format!("      it puts up {}", bond.percent(125)));

    let identity = Identity {
        operator: Some(stage.cast.operator.address()),
        ..Identity::default()
    };
    let answerer = stage.cast.answerer.clone();
    let mut responder = responder(stage, &answerer, "answerer.journal", identity).await?;
    let answered = async |stage: &Stage<'_>| {
        let row = row(stage, &stage.cast.griefer, number).await?;
        Ok(row.state == RowState::Answered)
    };
    let look = async || responder.step().await;
    look_until(stage, "the operator's answer", look, answered).await?;
    let left = row(stage, &griefer, number).await?;
    let call = abi::RowChallenges::fetchCall {
        number,
        row: ROW.get(),
    };
    griefer.call(d.row_challenges, &call).await?;
    let paid = left.own - left.due;
    stage.tell(format!(
        "      the operator's responder answers by a blob: the griefer is {paid} short"
    ));
    Ok(paid)
}

async fn finalize(stage: &Stage<'_>, number: u64) -> Result<()> {
    let rollup = stage.deployment()?.rollup;
    let call = abi::Rollup::finalizeCall { most: U256::MAX };
    stage.cast.operator.call(rollup, &call).await?;
    let got = stage
        .client
        .view(rollup, &abi::Rollup::finalBatchCall {})
        .await?;
    if got == number {
        Ok(())
    } else {
        Err(Error::Stage {
            what: "the last final batch",
            reason: format!("{got}, expected {number}"),
        })
    }
}

/// Claims one of a batch's withdrawals for whom it pays.
async fn claim(
    stage: &Stage<'_>,
    number: u64,
    withdrawals: &[abi::Withdrawal],
    which: usize,
) -> Result<()> {
    let path = ExitTree::new(withdrawals).path(which);
    let (Some(withdrawal), Some(path)) = (withdrawals.get(which), path) else {
        return Err(Error::Stage {
            what: "a withdrawal",
            reason: format!("number {which} of {}", withdrawals.len()),
        });
    };
    let call = abi::Rollup::claimCall {
        number,
        withdrawal: withdrawal.clone(),
        path,
    };
    let rollup = stage.deployment()?.rollup;
    stage.cast.deployer.call(rollup, &call).await?;
    Ok(())
}
