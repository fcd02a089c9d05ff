//! Accounts, as a server has them: `balance`.

use super::error::{Error, Result};
use super::keyfile::KeyFile;
use super::nouns::{TreeName, account_key, l1_address, ledger_address};
use super::rpc::{Rpc, ServerAt, words};
use clap::{Args, ValueEnum as _};
use ledger::{AccountIndex, AccountKey, Nonce, Tree};
use operator::wire;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use settlement::Address;
use std::collections::BTreeMap;

/// Says what an account holds in both trees, as the server has it.
#[derive(Args)]
pub(super) struct Balance {
    #[command(flatten)]
    server: ServerAt,
    /// The key that the account was opened with, as `address` says it.
    #[arg(long, value_name = "KEY", value_parser = account_key)]
    account: AccountKey,
    /// The account's owner on L1: whoever deposited.
    #[arg(long, value_name = "ADDRESS", value_parser = l1_address)]
    owner: Address,
}

/// Whose account signs.
#[derive(Debug, Clone, Args)]
pub(super) struct Whose {
    #[command(flatten)]
    pub(super) key: KeyFile,
    /// The account's owner on L1: whoever deposited.
    #[arg(long, value_name = "ADDRESS", value_parser = l1_address)]
    pub(super) owner: Address,
    /// The key that the account was opened with, where it has changed since.
    #[arg(long, value_name = "KEY", value_parser = account_key)]
    pub(super) opened_with: Option<AccountKey>,
    /// In which tree.
    #[arg(long, value_enum, default_value_t = TreeName::OffL1)]
    pub(super) tree: TreeName,
}

/// An account in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WireAccount {
    index: u32,
    key: String,
    owner: String,
    /// An operator's: after all that waits.
    next_nonce: Option<String>,
    nonce: Option<String>,
    balances: BTreeMap<u16, String>,
    /// An operator's: after all that waits.
    soft_balances: Option<BTreeMap<u16, String>>,
}

/// An account, its parts read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) index: AccountIndex,
    pub(super) key: AccountKey,
    pub(super) next_nonce: Nonce,
}

impl Balance {
    pub(super) async fn run(self, as_json: bool) -> Result<Option<Value>> {
        let rpc = self.server.client()?;
        let owner = ledger_address(self.owner);
        let mut told = Map::new();
        for tree in TreeName::value_variants() {
            let found = ask(&rpc, *tree, self.account, owner).await?;
            if !as_json {
                tell(*tree, found.as_ref());
            }
            told.insert(tree.name().to_owned(), json!(found));
        }
        Ok(as_json.then_some(Value::Object(told)))
    }
}

fn tell(tree: TreeName, account: Option<&WireAccount>) {
    let tree = Tree::from(tree);
    let Some(account) = account else {
        println!("{tree}: no account");
        return;
    };
    println!("{tree}: account {}", account.index);
    for (token, amount) in &account.balances {
        println!("  token {token}: {}", words(amount));
    }
    let soft = account.soft_balances.as_ref();
    for (token, amount) in soft
        .filter(|soft| **soft != account.balances)
        .into_iter()
        .flatten()
    {
        println!(
            "  token {token}: {} soft, by the operator's word",
            words(amount)
        );
    }
}

/// Asks for the account that was opened with a key for an owner.
async fn ask(
    rpc: &Rpc,
    tree: TreeName,
    key: AccountKey,
    owner: ledger::Address,
) -> Result<Option<WireAccount>> {
    const METHOD: &str = "rollup_account";
    let params = json!([tree.name(), key.to_string(), owner.to_string()]);
    let found: Option<Option<WireAccount>> = rpc.find(METHOD, params).await?;
    let Some(account) = found.flatten() else {
        return Ok(None);
    };
    let told = wire::address(&account.owner).map_err(|error| answer(METHOD, &error))?;
    if told != owner {
        return Err(answer(
            METHOD,
            &format_args!("owner {told}, expected {owner}"),
        ));
    }
    Ok(Some(account))
}

/// The account that a key signs for.
///
/// # Errors
/// [`Error::NoAccount`], [`Error::OtherKey`], those of the call.
pub(super) async fn signing(rpc: &Rpc, whose: &Whose, key: AccountKey) -> Result<Found> {
    const METHOD: &str = "rollup_account";
    let opened_with = whose.opened_with.unwrap_or(key);
    let owner = ledger_address(whose.owner);
    let account = ask(rpc, whose.tree, opened_with, owner).await?;
    let account = account.ok_or(Error::NoAccount {
        tree: whose.tree,
        key: opened_with,
        owner,
    })?;
    let found = account.read(METHOD)?;
    if found.key != key {
        return Err(Error::OtherKey {
            got: key,
            expected: found.key,
        });
    }
    Ok(found)
}

impl WireAccount {
    fn read(&self, method: &'static str) -> Result<Found> {
        let index = wire::index(self.index).map_err(|error| answer(method, &error))?;
        let key = wire::scalar(&self.key).map_err(|error| answer(method, &error))?;
        let nonce = self.next_nonce.as_ref().or(self.nonce.as_ref());
        let nonce = nonce.and_then(|nonce| nonce.parse().ok());
        Ok(Found {
            index,
            key: AccountKey::new(key),
            next_nonce: Nonce::new(nonce.ok_or_else(|| answer(method, &"the nonce"))?),
        })
    }
}

fn answer(method: &'static str, what: &impl std::fmt::Display) -> Error {
    Error::Answer {
        method,
        what: words(&what.to_string()),
    }
}
