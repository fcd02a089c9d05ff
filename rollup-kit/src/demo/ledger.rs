//! What L1 says of the money: all of it, to the wei, and what each transaction took.

use super::report::Gas;
use crate::{Error, Result};
use alloy::consensus::Transaction as _;
use alloy::network::TransactionResponse as _;
use alloy::primitives::Address;
use alloy::providers::Provider as _;
use alloy::sol_types::SolCall;
use settlement::Wei;
use settlement::client::L1Client;
use settlement::contracts::abi;
use std::collections::BTreeSet;

/// Reads blocks once, in order, and remembers what they burnt and what they took.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    read_to: u64,
    begun_with: Wei,
    accounts: BTreeSet<Address>,
    burnt: Wei,
    gas: Vec<Gas>,
}

impl Ledger {
    /// Begins with what these accounts own now. Everything that L1 moves must be between them,
    /// those added later, and the fire.
    pub(crate) async fn begin(client: &L1Client, accounts: &[Address]) -> Result<Self> {
        let mut ledger = Self {
            read_to: client.head().await?.number,
            accounts: accounts.iter().copied().collect(),
            ..Self::default()
        };
        // Where some L1s send tips, and where burnt bonds go.
        ledger.accounts.insert(Address::ZERO);
        ledger.begun_with = ledger.held(client).await?;
        Ok(ledger)
    }

    /// Counts contracts that have no money yet.
    pub(crate) fn add(&mut self, accounts: impl IntoIterator<Item = Address>) {
        self.accounts.extend(accounts);
    }

    /// Reads the blocks since the last time.
    pub(crate) async fn read(&mut self, client: &L1Client, act: &'static str) -> Result<()> {
        let newest = client.head().await?.number;
        let provider = client.provider();
        let failed = |error: &dyn std::fmt::Display| Error::Stage {
            what: "a block of L1",
            reason: error.to_string(),
        };
        for number in self.read_to + 1..=newest {
            let block = provider.get_block_by_number(number.into()).await;
            let block = block
                .map_err(|error| failed(&error))?
                .ok_or_else(|| failed(&format!("block {number} is not there")))?;
            self.accounts.insert(block.header.beneficiary);
            let base_fee = u128::from(block.header.base_fee_per_gas.unwrap_or(0));
            for hash in block.transactions.hashes() {
                let receipt = provider.get_transaction_receipt(hash).await;
                let sent = provider.get_transaction_by_hash(hash).await;
                let missing = || failed(&format!("transaction {hash} is not there"));
                let receipt = receipt
                    .map_err(|error| failed(&error))?
                    .ok_or_else(missing)?;
                let sent = sent.map_err(|error| failed(&error))?.ok_or_else(missing)?;
                let blob_gas = receipt.blob_gas_used.unwrap_or(0);
                let blob_price = receipt.blob_gas_price.unwrap_or(0);
                let burnt =
                    u128::from(receipt.gas_used) * base_fee + u128::from(blob_gas) * blob_price;
                self.burnt = self.burnt + Wei::new(burnt);
                self.accounts.insert(sent.from());
                self.gas.push(Gas {
                    act,
                    call: name(sent.to(), sent.input()),
                    gas: receipt.gas_used,
                    blob_gas,
                });
            }
        }
        self.read_to = newest;
        Ok(())
    }

    /// What the transactions took, in order.
    pub(crate) fn gas(&self) -> &[Gas] {
        &self.gas
    }

    /// What everybody has now and what was burnt, against what there was at first.
    pub(crate) async fn balance(&self, client: &L1Client) -> Result<(Wei, Wei)> {
        Ok((self.held(client).await? + self.burnt, self.begun_with))
    }

    async fn held(&self, client: &L1Client) -> Result<Wei> {
        let mut held = Wei::ZERO;
        for account in &self.accounts {
            held = held + client.balance(*account).await?;
        }
        Ok(held)
    }
}

/// The function that a transaction called.
fn name(to: Option<Address>, input: &[u8]) -> String {
    macro_rules! known {
        ($($call:ty),* $(,)?) => { [$((<$call>::SELECTOR, <$call>::SIGNATURE)),*] };
    }
    let known = known![
        abi::Coverage::measureCall,
        abi::Operators::bondCall,
        abi::Registry::allocateCall,
        abi::Registry::assembleCall,
        abi::Registry::provePossessionCall,
        abi::Registry::registerCall,
        abi::Registry::storePageCall,
        abi::Rollup::beginCall,
        abi::Rollup::cancelDepositCall,
        abi::Rollup::claimCall,
        abi::Rollup::depositCall,
        abi::Rollup::escapeCall,
        abi::Rollup::escapeManyCall,
        abi::Rollup::finalizeCall,
        abi::Rollup::forceWithdrawalCall,
        abi::Rollup::freezeCall,
        abi::Rollup::proveExitsCall,
        abi::Rollup::submitBatchCall,
        abi::RowChallenges::challengeCall,
        abi::RowChallenges::expireCall,
        abi::RowChallenges::fetchCall,
        abi::RowChallenges::fetchEarningsCall,
        abi::RowChallenges::publishCall,
        abi::Signers::publishBlobCall,
        abi::Signers::publishCellCall,
        abi::Signers::publishCellByMultiproofCall,
        abi::Signers::slashCall,
        abi::Vault::fetchCall,
    ];
    if to.is_none() {
        return "deploy".to_owned();
    }
    let found = known
        .iter()
        .find(|(selector, _)| input.starts_with(selector));
    let signature = found.map_or("transfer", |(_, signature)| signature);
    signature.split('(').next().unwrap_or(signature).to_owned()
}
