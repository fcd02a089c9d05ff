//! The rollup freezes, and everybody leaves with what the last final roots say.

use super::super::books::Books;
use super::super::stage::Stage;
use super::{Collusion, Honest, fetch};
use crate::{Error, Result};
use settlement::Wei;
use settlement::batch::Tree;
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::exits::ExitTree;

/// How long an operation may wait before anybody freezes the rollup, and an hour.
const DEADLINE: u64 = 7 * 24 * 60 * 60 + 60 * 60;

/// What the act came to.
pub(in super::super) struct Escape {
    /// What Alice left with.
    pub(in super::super) escaped: Wei,
    /// What was hers.
    pub(in super::super) expected: Wei,
    /// Whether the tree on L1 stands as the last batch left it, and paid its owners.
    pub(in super::super) onchain_untouched: bool,
}

/// Plays it.
pub(in super::super) async fn escape(
    stage: &mut Stage<'_>,
    honest: &Honest,
    collusion: &Collusion,
) -> Result<Escape> {
    stage.tell("6  The way out");
    let d = stage.deployment()?;
    let alice = stage.cast.alice.clone();
    stage.pass(DEADLINE).await?;
    let (place, operation) = collusion.requeued.clone();
    let freeze = abi::Rollup::freezeCall {
        tree: Tree::OffL1.code(),
        place,
        operation: operation.clone(),
    };
    alice.call(d.rollup, &freeze).await?;
    stage.tell("      a week passes, Alice's second deposit still waits: the rollup is frozen");

    let after = stage.books.clone();
    let frozen_root = abi::Rollup::frozenRootCall {
        tree: Tree::OnL1.code(),
    };
    let on = stage.client.view(d.rollup, &frozen_root).await?;
    prove_exits(stage, Tree::OffL1, &honest.books).await?;
    prove_exits(stage, Tree::OnL1, &after).await?;
    leave(stage, Tree::OffL1, &honest.books, &alice).await?;
    let cancel = abi::Rollup::cancelDepositCall {
        tree: Tree::OffL1.code(),
        place,
        operation: operation.clone(),
    };
    alice.call(d.rollup, &cancel).await?;
    let escaped = fetch(stage, &alice).await?;
    let held = honest.books.balance(Tree::OffL1, alice.address());
    let expected = held + Wei::new(operation.amount);
    stage.tell(format!(
        "      Alice leaves with {escaped}: {held} by the escape hatch, the rest her deposit"
    ));

    let mut onchain_untouched = on == collusion.roots.onL1;
    for owner in [stage.cast.bob.clone(), stage.cast.dora.clone()] {
        leave(stage, Tree::OnL1, &after, &owner).await?;
        let got = fetch(stage, &owner).await?;
        onchain_untouched &= got == after.balance(Tree::OnL1, owner.address());
    }
    stage.tell("      Bob and Dora leave with what the last batch says: their data is on L1");
    stage.ledger.read(&stage.client, "escape").await?;
    Ok(Escape {
        escaped,
        expected,
        onchain_untouched,
    })
}

async fn prove_exits(stage: &Stage<'_>, tree: Tree, books: &Books) -> Result<()> {
    let d = stage.deployment()?;
    let exits = ExitTree::new(&books.holdings(tree)).root();
    let roots = books.roots();
    let root = match tree {
        Tree::OnL1 => roots.onL1,
        Tree::OffL1 => roots.offL1,
    };
    let proof = stage
        .attestors
        .prove_exits(&stage.client, &d, tree, root, exits)
        .await?;
    let call = abi::Rollup::proveExitsCall {
        tree: tree.code(),
        exits,
        proof,
    };
    stage.cast.deployer.call(d.rollup, &call).await?;
    Ok(())
}

/// An owner takes what it holds out of a frozen tree.
async fn leave(stage: &Stage<'_>, tree: Tree, books: &Books, owner: &Account) -> Result<()> {
    let holdings = books.holdings(tree);
    let found = holdings
        .iter()
        .enumerate()
        .find(|(_, holding)| holding.owner == owner.address());
    let path = found.and_then(|(index, _)| ExitTree::new(&holdings).path(index));
    let (Some((_, holding)), Some(path)) = (found, path) else {
        return Err(Error::Stage {
            what: "an escape",
            reason: format!("{} holds nothing", owner.address()),
        });
    };
    let call = abi::Rollup::escapeCall {
        tree: tree.code(),
        holding: holding.clone(),
        path,
    };
    owner.call(stage.deployment()?.rollup, &call).await?;
    Ok(())
}
