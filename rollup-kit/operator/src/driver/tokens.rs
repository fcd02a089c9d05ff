//! The tokens that the rollup lists, read from L1.

use crate::Result;
use crate::tokens::{TokenTerms, Tokens};
use alloy::primitives::Address;
use ledger::Amount;
use settlement::Error;
use settlement::client::L1Client;
use settlement::contracts::abi;
use settlement::deploy::Terms;

/// Reads them by id, until there are no more.
///
/// # Errors
/// [`crate::Error::Settlement`] when L1 does not answer.
pub async fn read(client: &L1Client, list: Address) -> Result<Tokens> {
    let mut tokens = Vec::new();
    for id in 0..Terms::MOST_TOKENS {
        match client.view(list, &abi::TokenList::getCall { id }).await {
            Ok(terms) => tokens.push(TokenTerms {
                least: Amount::new(terms.least.to()),
                wei_per_million: terms.weiPerMillion,
            }),
            Err(Error::Reverted { .. }) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Tokens::new(tokens))
}
