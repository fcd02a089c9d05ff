//! What an account's key signs: `transfer`, `withdraw`, `move`, `change-key`.
//!
//! The rollup is the deployment's, whatever the operator says, so that what is signed means
//! nothing elsewhere. The operator names the account's place, its nonce and the least fee; none of
//! them can make more of a signature than its owner asked for, with the fee held to a bound.

use super::super::on_l1::deployment;
use super::account::{Found, Whose, signing};
use super::error::{Error, Result};
use super::keyfile::{PassphraseFrom, open};
use super::nouns::{Quantity, TreeName, account_key, l1_address, ledger_address, token};
use super::rpc::{Rpc, ServerAt, words};
use super::status::Waiting;
use clap::Args;
use ledger::keys::SigningKey;
use ledger::{
    AccountIndex, AccountKey, Body, Draft, Fee, Nonce, Register, RollupDomain, Signed, TokenId,
};
use operator::mempool::OperationId;
use operator::wire::{self, WireOperation};
use serde::Deserialize;
use serde_json::{Value, json};
use settlement::Address;
use settlement::deploy::Deployment;
use std::path::PathBuf;

/// Gives to another account of the tree.
#[derive(Args)]
pub(super) struct Transfer {
    /// How much: in the token's smallest unit, or such as "0.5 ETH".
    amount: Quantity,
    /// To whom: the account's place in the tree.
    #[arg(long, value_name = "PLACE")]
    to: u32,
    #[command(flatten)]
    how: Signing,
}

/// Leaves the rollup: once its batch is settled, `claim` pays it out on L1.
#[derive(Args)]
pub(super) struct Withdraw {
    /// How much: in the token's smallest unit, or such as "0.5 ETH".
    amount: Quantity,
    /// Who is paid on L1; without it, the account's owner.
    #[arg(long, value_name = "ADDRESS", value_parser = l1_address)]
    recipient: Option<Address>,
    #[command(flatten)]
    how: Signing,
}

/// Goes into the other tree: a withdrawal that `claim` makes a deposit there.
#[derive(Args)]
pub(super) struct Move {
    /// How much: in the token's smallest unit, or such as "0.5 ETH".
    amount: Quantity,
    /// The owner of the account there; without it, the owner here.
    #[arg(long, value_name = "ADDRESS", value_parser = l1_address)]
    to_owner: Option<Address>,
    /// The key of the account there; without it, the one that signs.
    #[arg(long, value_name = "KEY", value_parser = account_key)]
    to_account: Option<AccountKey>,
    #[command(flatten)]
    how: Signing,
}

/// Takes another key for the account. The account is still named by the one that it was opened
/// with.
#[derive(Args)]
pub(super) struct ChangeKey {
    /// The file with the new key. It is opened first: who changes to a key that does not open
    /// loses the account.
    #[arg(long, value_name = "FILE")]
    new_key: PathBuf,
    /// The file with its passphrase; without it, a line of the standard input, before the other's.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    how: Signing,
}

/// Who signs, and at what price.
#[derive(Debug, Clone, Args)]
pub(super) struct Signing {
    #[command(flatten)]
    server: ServerAt,
    #[command(flatten)]
    whose: Whose,
    /// What stands where on L1, as `deploy` wrote it: which rollup is signed for.
    #[arg(long, value_name = "FILE", default_value = "deployment.json")]
    deployment: PathBuf,
    /// Which token, by its place in the rollup's list; 0 is ETH.
    #[arg(long, value_name = "ID", value_parser = token, default_value = "0")]
    token: TokenId,
    /// What the operator gets, in the token; without it, the least that the operator takes in ETH.
    #[arg(long, value_name = "AMOUNT")]
    fee: Option<Quantity>,
    /// The most that the operator may ask for.
    #[arg(long, value_name = "AMOUNT", default_value = "0.01 ETH")]
    most_fee: Quantity,
    /// The operation's nonce; without it, the account's next. Of one nonce one operation is done
    /// at most: with it the same command can be given again, and never pays twice.
    #[arg(long, value_name = "N")]
    nonce: Option<u64>,
    #[command(flatten)]
    waiting: Waiting,
}

#[derive(Deserialize)]
struct Info {
    chain_id: u64,
    rollup: Address,
}

#[derive(Deserialize)]
struct Fees {
    on_l1: TreeFees,
    off_l1: TreeFees,
    token: u16,
}

#[derive(Deserialize)]
struct TreeFees {
    transfer: String,
    withdraw: String,
    #[serde(rename = "move")]
    moving: String,
    change_key: String,
}

#[derive(Deserialize)]
struct Submitted {
    id: OperationId,
    /// Whether it was taken before.
    #[serde(default)]
    known: bool,
}

impl Transfer {
    pub(super) async fn run(self) -> Result<Value> {
        let amount = self.amount.of(self.how.token)?;
        let to = wire::index(self.to)
            .ok()
            .filter(|to| *to != AccountIndex::SENTINEL);
        let to = to.ok_or_else(|| Error::Given {
            what: "an account's place",
            got: self.to.to_string(),
            expected: "a place of the tree but the first",
        })?;
        let key = self.how.whose.key.open()?;
        self.how.submit(&key, Body::Transfer { to, amount }).await
    }
}

impl Withdraw {
    pub(super) async fn run(self) -> Result<Value> {
        let amount = self.amount.of(self.how.token)?;
        let recipient = ledger_address(self.recipient.unwrap_or(self.how.whose.owner));
        let key = self.how.whose.key.open()?;
        let body = Body::Withdraw { recipient, amount };
        self.how.submit(&key, body).await
    }
}

impl Move {
    pub(super) async fn run(self) -> Result<Value> {
        let amount = self.amount.of(self.how.token)?;
        let owner = ledger_address(self.to_owner.unwrap_or(self.how.whose.owner));
        let key = self.how.whose.key.open()?;
        let body = Body::Move {
            owner,
            account: self.to_account.unwrap_or_else(|| key.account_key()),
            amount,
        };
        self.how.submit(&key, body).await
    }
}

impl ChangeKey {
    pub(super) async fn run(self) -> Result<Value> {
        let passphrase = PassphraseFrom::file(self.new_passphrase_file).read()?;
        let new = open(&self.new_key, &passphrase)?.account_key();
        let key = self.how.whose.key.open()?;
        self.how.submit(&key, Body::ChangeKey { key: new }).await
    }
}

impl Signing {
    /// The key that signs.
    pub(super) fn signer(&self) -> Result<SigningKey> {
        self.whose.key.open()
    }

    /// A register is what the operation is about.
    pub(super) const fn names(&mut self, register: Register) {
        self.token = register.token();
    }

    /// Signs and submits, and waits as it was told to.
    pub(super) async fn submit(&self, key: &SigningKey, body: Body) -> Result<Value> {
        const METHOD: &str = "rollup_submit";
        let deployment = deployment(&self.deployment)?;
        let rpc = self.server.client()?;
        require_rollup(&rpc, &deployment).await?;
        let account = signing(&rpc, &self.whose, key.account_key()).await?;
        let fee = match self.fee {
            Some(fee) => fee.fee(self.token)?,
            None => self.asked_fee(&rpc, &body).await?,
        };
        let draft = self.draft(account, fee, body);
        let rollup = ledger_address(deployment.rollup);
        let rollup = RollupDomain::of(deployment.l1_chain, rollup);
        let signed = sign(draft, rollup, self.whose.owner, key);
        let nonce = signed.draft.nonce;
        let params = json!([WireOperation::from(&signed)]);
        let submitted: Submitted = match rpc.call(METHOD, params).await {
            Err(error @ (Error::Silent { .. } | Error::Answer { .. })) => {
                return Err(Error::Unsure {
                    nonce,
                    reason: error.to_string(),
                });
            }
            other => other?,
        };
        let standing = if submitted.known {
            self.waiting.look(&rpc, submitted.id).await?
        } else {
            self.waiting.look_after(&rpc, submitted.id).await?
        };
        let mut told = standing.told()?;
        told["nonce"] = json!(nonce.to_string());
        told["fee"] = json!(fee.to_string());
        Ok(told)
    }

    fn draft(&self, account: Found, fee: Fee, body: Body) -> Draft {
        Draft {
            tree: self.whose.tree.into(),
            from: account.index,
            token: self.token,
            fee,
            nonce: self.nonce.map_or(account.next_nonce, Nonce::new),
            body,
        }
    }

    /// The operator's least fee, as long as it is in the token and within the bound.
    async fn asked_fee(&self, rpc: &Rpc, body: &Body) -> Result<Fee> {
        const METHOD: &str = "rollup_fees";
        if matches!(body, Body::Call { .. }) {
            return Ok(Fee::new(0));
        }
        let fees: Fees = rpc.call(METHOD, json!([])).await?;
        if fees.token != self.token.get() {
            return Err(Error::Given {
                what: "the fee",
                got: format!("none, and the operator asks in token {}", fees.token),
                expected: "--fee, in the token that is moved",
            });
        }
        let of = match self.whose.tree {
            TreeName::OnL1 => &fees.on_l1,
            TreeName::OffL1 => &fees.off_l1,
        };
        let text = match body {
            Body::Transfer { .. } => &of.transfer,
            Body::Withdraw { .. } => &of.withdraw,
            Body::Move { .. } => &of.moving,
            Body::ChangeKey { .. } => &of.change_key,
            Body::Call { .. } => return Ok(Fee::new(0)),
        };
        let fee = text.parse().map(Fee::new).map_err(|_| Error::Answer {
            method: METHOD,
            what: format!("fee {:?}", words(text)),
        })?;
        let most = self.most_fee.of(self.token)?;
        if u128::from(fee.get()) > most.get() {
            return Err(Error::DearFee { got: fee, most });
        }
        Ok(fee)
    }
}

/// Signs for a rollup and an account's owner.
pub(super) fn sign(draft: Draft, rollup: RollupDomain, owner: Address, key: &SigningKey) -> Signed {
    draft.sign(rollup, ledger_address(owner), key)
}

/// An operator of another rollup would refuse the signature, and say nothing of why.
async fn require_rollup(rpc: &Rpc, deployment: &Deployment) -> Result<()> {
    let info: Info = rpc.call("rollup_info", json!([])).await?;
    if (info.chain_id, info.rollup) == (deployment.l1_chain, deployment.rollup) {
        return Ok(());
    }
    Err(Error::OtherRollup {
        got: info.rollup,
        got_chain: info.chain_id,
        expected: deployment.rollup,
        expected_chain: deployment.l1_chain,
    })
}
