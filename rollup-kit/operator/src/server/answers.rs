//! Answers as JSON has them.

use super::Stage;
use crate::core::Core;
use crate::desk::Shared;
use crate::fees::Paying;
use crate::mempool::OperationId;
use crate::plan::{BatchPlan, Entry, OffRow};
use crate::rotation::Turn;
use crate::wire::{WireTree, scalar_hex};
use crate::{Error, Result};
use ledger::{Account, AccountIndex, Fr, Tree};
use serde_json::{Map, Value, json};
use settlement::BatchNumber;

/// Most operations of a queue that are told.
const QUEUE: usize = 100;

pub(super) fn standing(shared: &Shared, id: &OperationId) -> Value {
    let standing = shared.desk().core().standing(id);
    json!({
        "id": id,
        "stage": standing.stage,
        "soft": standing.stage.is_soft(),
        "batch": standing.batch,
        "place": standing.place,
        "reason": standing.gone.map(|gone| gone.reason()),
    })
}

fn balances(account: &Account) -> Value {
    let balances = account.balances();
    let balances =
        balances.map(|(token, amount)| (token.to_string(), Value::String(amount.to_string())));
    Value::Object(balances.collect::<Map<_, _>>())
}

pub(super) fn account(shared: &Shared, tree: Tree, index: AccountIndex) -> Value {
    let desk = shared.desk();
    let core = desk.core();
    let Some(answer) = core.account(tree, index) else {
        return Value::Null;
    };
    let settled = answer.settled.as_ref();
    json!({
        "tree": WireTree::from(tree),
        "index": index.get(),
        "key": scalar_hex(answer.soft.key().into()),
        "owner": answer.soft.owner().to_string(),
        "nonce": settled.map(|account| account.nonce().to_string()),
        "next_nonce": answer.next_nonce.to_string(),
        "balances": settled.map_or_else(|| json!({}), balances),
        "soft_balances": balances(&answer.soft),
        "as_of": {
            "batch": core.settled().map(|settled| settled.newest),
            "soft": settled != Some(&answer.soft),
        },
    })
}

/// From an account of the settled state to its tree's root.
pub(super) fn proof(shared: &Shared, tree: Tree, index: AccountIndex) -> Result<Value> {
    let settled = shared.desk().core().settled().cloned();
    let settled = settled.ok_or(Error::NotFound {
        what: "the rollup's state",
    })?;
    let of = settled.state.tree(tree);
    let Some(account) = of.account(index) else {
        return Ok(Value::Null);
    };
    let leaf = account.leaf();
    let path: Vec<Vec<String>> = of
        .path(index)
        .iter()
        .map(|step| step.iter().copied().map(scalar_hex).collect())
        .collect();
    let named = |scalar: Fr| scalar_hex(scalar);
    Ok(json!({
        "tree": WireTree::from(tree),
        "index": index.get(),
        "leaf": {
            "identity": named(leaf.identity),
            "next": named(leaf.next),
            "key": named(leaf.key),
            "meta": named(leaf.meta),
            "balances": named(leaf.balances),
        },
        "path": path,
        "accounts_root": named(of.accounts_root()),
        "root": named(settled.state.roots().of(tree)),
        "batch": settled.newest,
    }))
}

pub(super) fn batch(shared: &Shared, number: BatchNumber) -> Value {
    let desk = shared.desk();
    let core = desk.core();
    core.plan_of(number)
        .map_or(Value::Null, |plan| described(core, plan))
}

fn described(core: &Core, plan: &BatchPlan) -> Value {
    let number = plan.number;
    let operations = plan.entries.iter().map(|entry| match entry {
        Entry::Signed { id, .. } => json!(id),
        Entry::Queue {
            tree,
            place,
            operation,
            ..
        } => json!({
            "queue": place, "tree": tree, "cancelled": operation.is_none(),
        }),
        Entry::Collect { tree, token, to } => json!({
            "collect": to, "tree": tree, "token": token,
        }),
    });
    let in_flight = core.flight().get(&number);
    let carriage = in_flight.map_or(plan.carriage, crate::core::InFlight::carriage);
    let landed = core
        .settled()
        .and_then(|settled| settled.batches.get(&number));
    let landed = landed.filter(|_| core.stage_of(number) != Stage::Sequenced);
    json!({
        "number": number,
        "stage": core.stage_of(number),
        "size": plan.size,
        "operations": operations.collect::<Vec<_>>(),
        "withdrawals": plan.withdrawals,
        "prior": plan.prior,
        "next": plan.next,
        "carriage": carriage,
        "carrier": if carriage.off == OffRow::Blob { "blob" } else { "calldata" },
        "transaction": landed.map(|batch| batch.transaction.to_string()),
        "block": landed.map(|batch| batch.block),
        "void": landed.is_some_and(|batch| batch.is_void),
        "at": plan.at,
    })
}

pub(super) fn fees(shared: &Shared) -> Value {
    let desk = shared.desk();
    let fees = desk.core().fees();
    let of = |tree| {
        let inside = fees.of(tree, Paying::Inside).to_string();
        let leaving = fees.of(tree, Paying::Leaving).to_string();
        json!({
            "transfer": inside, "change_key": inside, "withdraw": leaving, "move": leaving,
        })
    };
    let prices = fees.prices();
    json!({
        "on_l1": of(Tree::OnL1),
        "off_l1": of(Tree::OffL1),
        "token": 0,
        "until": fees.until(),
        "prices": {
            "base_fee": prices.base_fee.get().to_string(),
            "blob_base_fee": prices.blob_base_fee.get().to_string(),
            "da_per_byte": prices.da_per_byte.get().to_string(),
        },
    })
}

pub(super) fn queue(shared: &Shared, tree: Tree) -> Result<Value> {
    let settled = shared.desk().core().settled().cloned();
    let settled = settled.ok_or(Error::NotFound {
        what: "the rollup's state",
    })?;
    let queue = settled.queue(tree);
    let waiting = queue.next.iter().take(QUEUE).map(|queued| {
        let operation = queued.operation;
        json!({
            "place": queued.place,
            "kind": operation.map_or("cancelled", |o| match o.authority {
                None => "deposit",
                Some(_) => "forced",
            }),
            "token": operation.map(|o| o.token.get()),
            "amount": operation.map(|o| o.amount.to_string()),
            "owner": operation.map(|o| o.owner.to_string()),
            "account": operation.map(|o| scalar_hex(o.account.into())),
            "enqueued_at": queued.enqueued_at,
            "deadline": queued.deadline,
        })
    });
    Ok(json!({
        "tree": WireTree::from(tree),
        "head": queue.head,
        "known": queue.head + queue.next.len() as u64,
        "waiting": waiting.collect::<Vec<_>>(),
    }))
}

pub(super) fn health(shared: &Shared) -> Value {
    let health = shared.health();
    let turn = health.turn.map(|turn| match turn {
        Turn::Ours { until } => json!({ "ours": true, "until": until }),
        Turn::Idle => json!({ "ours": true, "idle": true }),
        Turn::Theirs { operator, ours_at } => json!({
            "ours": false, "in_turn": operator.to_string(), "ours_at": ours_at,
        }),
        Turn::NotBonded => json!({ "ours": false, "bonded": false }),
    });
    let desk = shared.desk();
    let core = desk.core();
    let settled = core.settled();
    json!({
        "ok": settled.is_some() && health.last_error.is_none() && health.checkpoint.is_none(),
        "l1_block": health.l1_block,
        "newest_batch": settled.map(|settled| settled.newest),
        "final_batch": settled.map(|settled| settled.last_final),
        "frozen": settled.is_some_and(|settled| settled.is_frozen),
        "turn": turn,
        "carriage": if health.network_works { "network" } else { "l1_blobs" },
        "pooled": core.pool().len(),
        "in_flight": core.flight().values().filter(|batch| !batch.has_landed()).count(),
        "checkpoint": health.checkpoint,
        "given_up": health.given_up,
        "last_error": health.last_error,
    })
}

pub(super) fn info(shared: &Shared) -> Value {
    let site = shared.site();
    let rollup = ledger::Address::new(site.rollup.into_array());
    let domain = ledger::RollupDomain::of(site.l1_chain, rollup);
    let desk = shared.desk();
    json!({
        "chain_id": site.l1_chain,
        "rollup": site.rollup.to_string(),
        "domain": domain.to_string(),
        "namespace": hex::encode(site.namespace.as_bytes()),
        "batch_size": desk.core().config().size.operations(),
        "tokens": desk.core().tokens().count(),
        "operator": shared.operator().to_string(),
    })
}
