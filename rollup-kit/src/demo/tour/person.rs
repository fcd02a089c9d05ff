//! A user of the rollup, by the wallet's commands.

use super::programs::{Programs, secret};
use crate::{Error, Result};
use alloy::primitives::Address;
use ledger::TokenId;
use serde_json::Value;
use settlement::Wei;
use settlement::client::Account;

/// Somebody with an account on L1 and a key of the rollup.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) l1: Account,
    programs: Programs,
    /// The account's key, as the wallet says it.
    pub(crate) account: String,
}

/// Which of the rollup's trees, as commands name them.
pub(crate) const ON_L1: &str = "on-l1";
pub(crate) const OFF_L1: &str = "off-l1";

impl Person {
    /// Makes a key in the common folder.
    pub(crate) async fn new(name: &'static str, l1: Account, programs: &Programs) -> Result<Self> {
        let file = |what: &str| programs.folder.join(format!("{name}.{what}"));
        secret(&file("passphrase"), &format!("{name} alone knows this\n"))?;
        let key = alloy::hex::encode(l1.signer().to_bytes());
        secret(&file("l1"), &key)?;
        let mut person = Self {
            name,
            l1,
            programs: programs.clone(),
            account: String::new(),
        };
        let key = person.file("key");
        let passphrase = person.file("passphrase");
        let made = [
            "wallet",
            "new",
            "-o",
            &key,
            "--passphrase-file",
            &passphrase,
        ];
        let made = programs.told(&made).await?;
        person.account = text(&made, "account")?;
        Ok(person)
    }

    /// The name of one of the person's files in the common folder.
    pub(crate) fn file(&self, what: &str) -> String {
        format!("{}.{what}", self.name)
    }

    pub(crate) fn address(&self) -> Address {
        self.l1.address()
    }

    /// Puts ETH into a tree.
    pub(crate) async fn deposit(&self, amount: Wei, tree: &str) -> Result<Value> {
        let amount = amount.to_string();
        self.on_l1(&["wallet", "deposit", &amount, "--tree", tree])
            .await
    }

    /// Demands a withdrawal on L1.
    pub(crate) async fn force(&self, amount: Wei, tree: &str) -> Result<Value> {
        let amount = amount.to_string();
        self.on_l1(&["wallet", "force", &amount, "--tree", tree])
            .await
    }

    async fn on_l1(&self, what: &[&str]) -> Result<Value> {
        let (key, passphrase, l1_key) =
            (self.file("key"), self.file("passphrase"), self.file("l1"));
        let how = [
            "--key",
            &key,
            "--passphrase-file",
            &passphrase,
            "--l1",
            &self.programs.l1,
            "--l1-key",
            &l1_key,
        ];
        self.programs.told(&[what, &how].concat()).await
    }

    /// Has an operator take something that this person signs; says its id.
    pub(crate) async fn sign(&self, operator: &str, what: &[&str]) -> Result<String> {
        let (key, passphrase) = (self.file("key"), self.file("passphrase"));
        let owner = self.address().to_string();
        let how = [
            "--key",
            &key,
            "--passphrase-file",
            &passphrase,
            "--owner",
            &owner,
            "--operator",
            operator,
        ];
        let arguments = [&["wallet"], what, &how].concat();
        let told = self.programs.told(&arguments).await?;
        text(&told, "id")
    }

    /// Claims what leaves by a batch; says what was fetched, in wei.
    pub(crate) async fn claim(&self, server: &str, batch: u64) -> Result<Wei> {
        let (l1_key, batch) = (self.file("l1"), batch.to_string());
        let how = [
            "wallet",
            "claim",
            &batch,
            "--l1",
            &self.programs.l1,
            "--l1-key",
            &l1_key,
            "--operator",
            server,
        ];
        let told = self.programs.told(&how).await?;
        let mut sum = 0;
        for fetched in told["fetched"].as_array().into_iter().flatten() {
            sum += number(fetched, "amount")?;
        }
        Ok(Wei::new(sum))
    }

    /// Where the account is in a tree and what ether it holds there, as a server has it.
    pub(crate) async fn holds(&self, server: &str, tree: &str) -> Result<Option<(String, Wei)>> {
        let found = self.balance(server, tree, TokenId::ETH).await?;
        Ok(found.map(|(place, amount)| (place, Wei::new(amount))))
    }

    /// The same of any token.
    pub(crate) async fn balance(
        &self,
        server: &str,
        tree: &str,
        token: TokenId,
    ) -> Result<Option<(String, u128)>> {
        let owner = self.address().to_string();
        let ask = [
            "wallet",
            "balance",
            "--operator",
            server,
            "--account",
            &self.account,
            "--owner",
            &owner,
        ];
        let told = self.programs.told(&ask).await?;
        let account = &told[tree.replace('-', "_")];
        if account.is_null() {
            return Ok(None);
        }
        let token = token.to_string();
        let amount = match account["balances"].get(&token) {
            Some(_) => number(&account["balances"], &token)?,
            None => 0,
        };
        Ok(Some((account["index"].to_string(), amount)))
    }

    /// Leaves a rollup whose operators are gone, with what a follower's folder has of it.
    pub(crate) async fn escape(&self, keys: &str, store: &str, more: &[&str]) -> Result<Value> {
        let l1_key = self.file("l1");
        let how = [
            "escape",
            "--l1",
            &self.programs.l1,
            "--key",
            &l1_key,
            "--keys",
            keys,
            "--development",
            "--store",
            store,
        ];
        self.programs.told(&[&how[..], more].concat()).await
    }
}

fn text(told: &Value, field: &str) -> Result<String> {
    let found = told[field].as_str();
    found.map(str::to_owned).ok_or_else(|| unreadable(told))
}

/// An amount, which JSON has as text.
pub(crate) fn number(told: &Value, field: &str) -> Result<u128> {
    let found = told[field].as_str().and_then(|text| text.parse().ok());
    found.ok_or_else(|| unreadable(told))
}

fn unreadable(told: &Value) -> Error {
    Error::Stage {
        what: "a command's answer",
        reason: told.to_string(),
    }
}
