//! The methods. Parameters come in order; refusals have a code, and their name as `data.refusal`.

use crate::escapes::Prepared;
use crate::process::Shared;
use crate::{Error, Result, limits, views};
use derivation::{Derivation, Rows};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::params::ParamsSequence;
use jsonrpsee::types::{ErrorObjectOwned, Params};
use ledger::{AccountIndex, Tree};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use settlement::BatchNumber;
use std::sync::{Arc, PoisonError};

/// Exit trees by tree, of the roots that they were made of.
pub(crate) type PreparedTrees = [Option<Arc<Prepared>>; 2];

pub(crate) fn methods<R: Rows + 'static>(
    shared: Arc<Shared<R>>,
) -> Result<RpcModule<Shared<R>>, RegisterMethodError> {
    let mut module = RpcModule::from_arc(shared);
    method(&mut module, "rollup_account", |shared, derivation, args| {
        shared.has_balances()?;
        let tree = args.tree()?;
        let index = args.account(derivation, tree)?;
        told(views::account(derivation, tree, index)?)
    })?;
    method(&mut module, "rollup_proof", |shared, derivation, args| {
        shared.has_balances()?;
        let tree = args.tree()?;
        let index = args.account(derivation, tree)?;
        told(views::proof(derivation, tree, index)?)
    })?;
    method(&mut module, "rollup_escape", |shared, derivation, args| {
        shared.has_balances()?;
        let tree = args.tree()?;
        let index = args.account(derivation, tree)?;
        if derivation.history().frozen().is_none() {
            return Err(Error::NotFrozen);
        }
        let prepared = shared.prepared(derivation, tree)?;
        told(prepared.view(derivation, Some(index.get())))
    })?;
    method(&mut module, "rollup_batch", |_, derivation, args| {
        let number = BatchNumber::new(args.number("batch")?);
        told(views::batch(derivation, number)?)
    })?;
    method(&mut module, "rollup_batches", |_, derivation, args| {
        let from: Option<u64> = args.optional("from", "a batch's number or null")?;
        let most: Option<usize> = args.optional("count", "a number")?;
        let from = from.map(BatchNumber::new);
        let most = most.unwrap_or(limits::BATCHES);
        told(views::batches(derivation, from, most))
    })?;
    method(&mut module, "rollup_claim", |_, derivation, args| {
        let number = BatchNumber::new(args.number("batch")?);
        let index = args.number("index")?;
        told(views::claim(derivation, number, index)?)
    })?;
    method(&mut module, "rollup_queue", |_, derivation, args| {
        told(views::queue(derivation, args.tree()?)?)
    })?;
    method(&mut module, "rollup_roots", |_, derivation, _| {
        told(views::roots(derivation))
    })?;
    method(&mut module, "rollup_verdicts", |shared, _, _| {
        told(shared.condition().verdicts)
    })?;
    method(&mut module, "rollup_health", |shared, derivation, _| {
        let condition = shared.condition();
        let history = derivation.history();
        let tip = derivation.tip();
        told(json!({
            "ok": condition.last_error.is_none() && condition.at_head && history.has_begun(),
            "mode": if shared.is_light { "light" } else { "full" },
            "l1_block": tip.number,
            "l1_hash": tip.hash,
            "l1_time": tip.time.get(),
            "at_head": condition.at_head,
            "newest_batch": history.newest(),
            "final_batch": history.last_final(),
            "frozen": history.frozen().is_some(),
            "missing_rows": condition.missing,
            "last_error": condition.last_error,
        }))
    })?;
    Ok(module)
}

impl<R> Shared<R> {
    const fn has_balances(&self) -> Result<()> {
        if self.is_light {
            Err(Error::Light)
        } else {
            Ok(())
        }
    }

    fn prepared(&self, derivation: &Derivation, tree: Tree) -> Result<Arc<Prepared>> {
        let root = views::current_root(derivation, tree)?;
        let kept = self.prepared.lock();
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        let kept = &mut kept[usize::from(tree.number())];
        if let Some(prepared) = kept.as_ref().filter(|prepared| prepared.root() == root) {
            return Ok(prepared.clone());
        }
        let prepared = Arc::new(Prepared::new(derivation, tree)?);
        *kept = Some(prepared.clone());
        Ok(prepared)
    }
}

/// Registers a method that reads what is derived.
fn method<R, F>(
    module: &mut RpcModule<Shared<R>>,
    name: &'static str,
    answer: F,
) -> Result<(), RegisterMethodError>
where
    R: Rows + 'static,
    F: Fn(&Shared<R>, &Derivation, &mut Arguments<'_>) -> Result<Value>
        + Clone
        + Send
        + Sync
        + 'static,
{
    module.register_blocking_method(
        name,
        move |params: Params<'_>, shared: Arc<Shared<R>>, _| -> Result<Value, ErrorObjectOwned> {
            let deriver = shared.deriver.blocking_read();
            let mut arguments = Arguments(params.sequence());
            Ok(answer(&shared, deriver.derivation(), &mut arguments)?)
        },
    )?;
    Ok(())
}

fn told(view: impl Serialize) -> Result<Value> {
    serde_json::to_value(view).map_err(|error| Error::Internal(error.to_string()))
}

/// Parameters, one after the other.
struct Arguments<'a>(ParamsSequence<'a>);

/// An account's key, or its place.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Account {
    Place(u64),
    Key(String),
}

impl Arguments<'_> {
    fn next<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        expected: &'static str,
    ) -> Result<T> {
        self.0
            .next()
            .map_err(|error: ErrorObjectOwned| unreadable(what, expected, &error))
    }

    fn optional<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>> {
        self.0
            .optional_next()
            .map_err(|error: ErrorObjectOwned| unreadable(what, expected, &error))
    }

    fn number(&mut self, what: &'static str) -> Result<u64> {
        self.next(what, "a number")
    }

    fn tree(&mut self) -> Result<Tree> {
        let text: String = self.next("tree", "\"on_l1\" or \"off_l1\"")?;
        views::tree(&text)
    }

    /// A place, or a key and an owner.
    fn account(&mut self, derivation: &Derivation, tree: Tree) -> Result<AccountIndex> {
        match self.next("account", "a place, or a key and an owner")? {
            Account::Place(place) => AccountIndex::new(place)
                .map_err(|_| views::parameter("account", &place.to_string(), "below 4^12")),
            Account::Key(key) => {
                let key = views::account_key(&key)?;
                let owner: String = self.next("owner", "an address of L1")?;
                views::find(derivation, tree, key, views::owner(&owner)?)
            }
        }
    }
}

fn unreadable(what: &'static str, expected: &'static str, error: &ErrorObjectOwned) -> Error {
    views::parameter(what, error.message(), expected)
}
