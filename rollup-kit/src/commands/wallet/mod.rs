//! `wallet`: what a rollup's user does.

mod account;
mod call;
mod claim;
mod error;
mod keyfile;
mod nouns;
mod on_l1;
mod queue;
mod rpc;
mod signed;
mod status;
#[cfg(test)]
mod tests;

use super::{Context, Outcome};
use clap::{Args, Subcommand};

/// Keeps a key of the rollup, deposits from L1, signs, follows and claims. Signatures are made
/// here, for the rollup of the deployment's file; the operator sees no key.
#[derive(Args)]
pub(crate) struct Wallet {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    New(keyfile::New),
    Address(keyfile::Shown),
    Balance(account::Balance),
    Deposit(queue::Deposit),
    Transfer(signed::Transfer),
    Withdraw(signed::Withdraw),
    Move(signed::Move),
    ChangeKey(signed::ChangeKey),
    Call(call::Call),
    Status(status::Status),
    Claim(claim::Claim),
    Force(queue::Force),
}

impl Wallet {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let done = match self.what {
            What::New(command) => command.run()?,
            What::Address(command) => command.run()?,
            What::Balance(command) => return Ok(command.run(context.json).await?),
            What::Deposit(command) => command.run().await?,
            What::Transfer(command) => command.run().await?,
            What::Withdraw(command) => command.run().await?,
            What::Move(command) => command.run().await?,
            What::ChangeKey(command) => command.run().await?,
            What::Call(command) => command.run().await?,
            What::Status(command) => command.run().await?,
            What::Claim(command) => return command.run().await,
            What::Force(command) => command.run().await?,
        };
        Ok(Some(done))
    }
}
