//! What an operation's owner needs of its batch.

use crate::desk::Shared;
use crate::mempool::OperationId;
use crate::plan::WireWithdrawal;
use crate::submission::abi_withdrawal;
use crate::wire::{self, WireTree};
use crate::{Error, Result};
use ledger::{AccountKey, Amount, TokenId, Tree, WithdrawalNote};
use serde_json::{Value, json};
use settlement::B256;
use settlement::contracts::abi;
use settlement::exits::ExitTree;

pub(super) fn receipt(shared: &Shared, id: &OperationId) -> Result<Value> {
    let (standing, plan) = {
        let desk = shared.desk();
        let standing = desk.core().standing(id);
        let plan = standing
            .batch
            .and_then(|number| desk.core().plan_of(number).cloned());
        (standing, plan)
    };
    let (Some(plan), Some(place)) = (plan, standing.place) else {
        return Ok(Value::Null);
    };
    let signed = plan.signed().find(|(_, of, _)| of == id);
    let Some((_, _, operation)) = signed else {
        return Ok(Value::Null);
    };
    let tree: WireTree = operation.tree;
    let leaving = plan.leaving(id);
    let withdrawal = leaving
        .map(|index| withdrawal(&plan.withdrawals, index))
        .transpose()?;
    Ok(json!({
        "id": id,
        "batch": plan.number,
        "place": place,
        "tree": tree,
        "stage": standing.stage,
        "soft": standing.stage.is_soft(),
        "withdrawal": withdrawal,
    }))
}

/// What `Rollup.claim` takes of a batch's withdrawal.
fn withdrawal(all: &[WireWithdrawal], index: usize) -> Result<Value> {
    let list = all.iter().map(decode).collect::<Result<Vec<_>>>()?;
    let abi: Vec<abi::Withdrawal> = list.iter().map(abi_withdrawal).collect();
    let path = ExitTree::new(&abi).path(index).ok_or(Error::NotFound {
        what: "the withdrawal",
    })?;
    Ok(json!({
        "withdrawal": all.get(index),
        "index": path.index,
        "leaves": path.leaves,
        "siblings": path.siblings.iter().map(B256::to_string).collect::<Vec<_>>(),
    }))
}

fn decode(wire: &WireWithdrawal) -> Result<WithdrawalNote> {
    let malformed = |what| Error::Malformed { what };
    let amount = wire.amount.parse().map_err(|_| malformed("an amount"))?;
    Ok(WithdrawalNote {
        tree: Tree::from(wire.tree),
        token: TokenId::new(wire.token.into()).map_err(|_| malformed("the token"))?,
        amount: Amount::new(amount),
        recipient: wire::address(&wire.recipient)?,
        account: AccountKey::new(wire::scalar(&wire.account)?),
    })
}
