//! What enters by L1's queues: `deposit` and `force`.

use super::error::{Error, Result};
use super::keyfile::KeyFile;
use super::nouns::{Quantity, TreeName, account_key, l1_address, token};
use super::on_l1::L1At;
use clap::Args;
use ledger::{AccountKey, Amount, TokenId, Tree};
use operator::submission::word;
use serde_json::{Value, json};
use settlement::client::{Account, Mined};
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use settlement::{Address, U256, Wei};

alloy::sol! {
    /// What a deposit needs of a token (ERC-20).
    interface Erc20 {
        function allowance(address owner, address spender) external view returns (uint256);
        function approve(address spender, uint256 amount) external returns (bool);
    }
}

/// Deposits from L1, into the account of the key and of whoever pays; the first opens it.
#[derive(Args)]
pub(super) struct Deposit {
    /// How much: in the token's smallest unit, or such as "0.5 ETH".
    amount: Quantity,
    #[command(flatten)]
    l1: L1At,
    #[command(flatten)]
    key: KeyFile,
    /// Into which tree.
    #[arg(long, value_enum, default_value_t = TreeName::OffL1)]
    tree: TreeName,
    /// Which token, by its place in the rollup's list; 0 is ETH.
    #[arg(long, value_name = "ID", value_parser = token, default_value = "0")]
    token: TokenId,
}

/// Demands a withdrawal on L1, which no operator can ignore. It pays the account's owner.
#[derive(Args)]
pub(super) struct Force {
    /// How much: in the token's smallest unit, or such as "0.5 ETH".
    amount: Quantity,
    #[command(flatten)]
    l1: L1At,
    #[command(flatten)]
    key: KeyFile,
    /// The account's owner on L1; without it, whoever sends this.
    #[arg(long, value_name = "ADDRESS", value_parser = l1_address)]
    owner: Option<Address>,
    /// The key that the account was opened with, where it has changed since.
    #[arg(long, value_name = "KEY", value_parser = account_key)]
    opened_with: Option<AccountKey>,
    /// Out of which tree.
    #[arg(long, value_enum, default_value_t = TreeName::OffL1)]
    tree: TreeName,
    /// Which token, by its place in the rollup's list; 0 is ETH.
    #[arg(long, value_name = "ID", value_parser = token, default_value = "0")]
    token: TokenId,
}

impl Deposit {
    pub(super) async fn run(self) -> Result<Value> {
        let amount = self.amount.of(self.token)?;
        let key = self.key.open()?.account_key();
        let (account, deployment) = self.l1.open().await?;
        let mut value = Wei::ZERO;
        if self.token == TokenId::ETH {
            value = Wei::new(amount.get());
        } else {
            approve(&account, &deployment, self.token, amount).await?;
        }
        let call = abi::Rollup::depositCall {
            tree: Tree::from(self.tree).number(),
            token: self.token.get(),
            amount: amount.get(),
            account: word(key.into()),
        };
        let mined = account.pay(deployment.rollup, &call, value).await?;
        enqueued(&mined, &deployment, key)
    }
}

impl Force {
    pub(super) async fn run(self) -> Result<Value> {
        let amount = self.amount.of(self.token)?;
        let key = self.key.open()?;
        let opened_with = self.opened_with.unwrap_or_else(|| key.account_key());
        let (account, deployment) = self.l1.open().await?;
        let call = abi::Rollup::forceWithdrawalCall {
            tree: Tree::from(self.tree).number(),
            token: self.token.get(),
            amount: amount.get(),
            owner: self.owner.unwrap_or_else(|| account.address()),
            account: word(opened_with.into()),
            authority: word(key.presented().authority().into()),
        };
        let mined = account.call(deployment.rollup, &call).await?;
        enqueued(&mined, &deployment, opened_with)
    }
}

/// Lets the vault take so much of a token, unless it may.
async fn approve(
    account: &Account,
    deployment: &Deployment,
    token: TokenId,
    amount: Amount,
) -> Result<()> {
    let get = abi::TokenList::getCall { id: token.get() };
    let client = account.client();
    let token = client.view(deployment.tokens, &get).await?.token;
    let allowance = Erc20::allowanceCall {
        owner: account.address(),
        spender: deployment.vault,
    };
    let amount = U256::from(amount.get());
    if client.view(token, &allowance).await? >= amount {
        return Ok(());
    }
    let approve = Erc20::approveCall {
        spender: deployment.vault,
        amount,
    };
    account.call(token, &approve).await?;
    Ok(())
}

/// Where in its queue the transaction put what.
fn enqueued(mined: &Mined, deployment: &Deployment, key: AccountKey) -> Result<Value> {
    let event = mined.event::<abi::Rollup::Enqueued>(deployment.rollup);
    let event = event.ok_or(Error::Event {
        transaction: mined.hash,
        what: "Enqueued",
    })?;
    Ok(json!({
        "transaction": mined.hash,
        "block": mined.block,
        "place": event.place,
        "deadline": event.operation.deadline,
        "account": key.to_string(),
        "owner": event.operation.owner,
    }))
}
