//! `bond`: what an operator and a validator stand to lose.

use super::on_l1::AccountOnL1;
use super::{Context, Outcome, failed};
use clap::{Args, Subcommand};
use rollup_kit::Error;
use serde::Deserialize;
use serde_json::json;
use settlement::client::Mined;
use settlement::contracts::abi;
use settlement::validators::{self, Registration};
use settlement::{Address, Wei};
use std::path::{Path, PathBuf};

/// Bonds an operator or a validator on L1, or takes an operator's bond back.
#[derive(Args)]
pub(crate) struct Bond {
    #[command(subcommand)]
    whose: Whose,
}

#[derive(Subcommand)]
enum Whose {
    /// Adds to the account's bond as an operator; with enough of it, it has its turns.
    Operator {
        /// How much, such as "64 ETH".
        amount: Wei,
        #[command(flatten)]
        account: AccountOnL1,
    },
    /// Leaves the operators' rotation. The bond stays slashable for 28 days.
    Resign {
        #[command(flatten)]
        account: AccountOnL1,
    },
    /// Fetches the bond of an operator that resigned 28 days ago.
    Fetch {
        #[command(flatten)]
        account: AccountOnL1,
        /// Who is paid; the account itself unless named.
        #[arg(long, value_name = "ADDRESS")]
        to: Option<Address>,
    },
    /// Registers a validator of the DA network with the account's stake, and puts all of that
    /// behind the rollup. Goes on where an earlier run stopped.
    Validator {
        /// How much, such as "100 ETH".
        amount: Wei,
        #[command(flatten)]
        account: AccountOnL1,
        /// What `da-node --json registration` printed for this account.
        #[arg(long, value_name = "FILE")]
        registration: PathBuf,
        /// Who may act for the validator on L1; the account itself unless named.
        #[arg(long, value_name = "ADDRESS")]
        operator: Option<Address>,
    },
}

/// What `da-node registration` prints.
#[derive(Deserialize)]
struct Signed {
    key: chain::PublicKeyBytes,
    signature: chain::Signature,
}

impl Bond {
    pub(super) async fn run(self, _: &Context) -> Outcome {
        match self.whose {
            Whose::Operator { amount, account } => {
                let (account, d) = account.open().await?;
                let call = abi::Operators::bondCall {};
                let mined = account.pay(d.operators, &call, amount).await?;
                Ok(Some(said(account.address(), &[mined])))
            }
            Whose::Resign { account } => {
                let (account, d) = account.open().await?;
                let call = abi::Operators::resignCall {};
                let mined = account.call(d.operators, &call).await?;
                Ok(Some(said(account.address(), &[mined])))
            }
            Whose::Fetch { account, to } => {
                let (account, d) = account.open().await?;
                let to = to.unwrap_or(account.address());
                let call = abi::Operators::fetchCall { to };
                let mined = account.call(d.operators, &call).await?;
                Ok(Some(said(to, &[mined])))
            }
            Whose::Validator {
                amount,
                account,
                registration,
                operator,
            } => {
                let registration = read(&registration)?;
                let (account, d) = account.open().await?;
                let operator = operator.unwrap_or(account.address());
                let sent = validators::bond(&account, &d, &registration, operator, amount).await?;
                let mut said = said(account.address(), &sent);
                said["validator"] = json!(registration.validator());
                Ok(Some(said))
            }
        }
    }
}

fn said(account: Address, sent: &[Mined]) -> serde_json::Value {
    let gas: u64 = sent.iter().map(|mined| mined.gas.get()).sum();
    json!({ "account": account, "transactions": sent.len(), "gas": gas })
}

fn read(file: &Path) -> Result<Registration, Error> {
    let bytes = std::fs::read(file).map_err(|error| failed(file, &error))?;
    let signed: Signed = serde_json::from_slice(&bytes).map_err(|error| failed(file, &error))?;
    Registration::signed(signed.key, signed.signature).map_err(|error| failed(file, &error))
}
