//! Reading a deployment back.

use super::{Deployment, Terms, Verifier};
use crate::client::L1Client;
use crate::contracts::abi;
use crate::{Error, Result};
use alloy::primitives::{Address, Bytes, FixedBytes, U256};
use alloy::sol_types::SolCall;
use std::fmt::Debug;

/// Asks L1 for every address and setting of a deployment, and compares.
///
/// # Errors
/// [`Error::Deployed`] naming the first that differs, [`Error::WrongL1`], [`Error::Transport`].
pub async fn check(client: &L1Client, d: &Deployment, terms: &Terms) -> Result<()> {
    client.require_chain(d.l1_chain)?;
    let asked = Asked { client };
    check_rollup(&asked, d, terms).await?;
    check_challenges(&asked, d).await?;
    check_money(&asked, d, terms).await
}

/// Asks and compares.
struct Asked<'a> {
    client: &'a L1Client,
}

impl Asked<'_> {
    async fn same<C: SolCall>(&self, at: Address, call: C, expected: C::Return) -> Result<()>
    where
        C::Return: PartialEq + Debug,
    {
        let got = self.client.view(at, &call).await?;
        if got == expected {
            return Ok(());
        }
        Err(Error::Deployed {
            what: format!("{} of {at}", C::SIGNATURE),
            got: format!("{got:?}"),
            expected: format!("{expected:?}"),
        })
    }
}

async fn check_rollup(asked: &Asked<'_>, d: &Deployment, terms: &Terms) -> Result<()> {
    use abi::{Registry, Rollup};
    let chain = FixedBytes(terms.chain.to_bytes());
    asked
        .same(d.registry, Registry::chainIdCall {}, chain)
        .await?;
    let namespace = FixedBytes(*terms.namespace.as_bytes());
    asked
        .same(d.rollup, Rollup::namespaceCall {}, namespace)
        .await?;
    asked.same(d.rollup, Rollup::begunCall {}, true).await?;
    asked
        .same(d.rollup, Rollup::registryCall {}, d.registry)
        .await?;
    asked
        .same(d.rollup, Rollup::settingsCall {}, d.settings)
        .await?;
    asked
        .same(d.rollup, Rollup::inputsCall {}, d.inputs)
        .await?;
    asked.same(d.rollup, Rollup::vaultCall {}, d.vault).await?;
    asked
        .same(d.rollup, Rollup::tokensCall {}, d.tokens)
        .await?;
    asked
        .same(d.rollup, Rollup::coverageCall {}, d.coverage)
        .await?;
    asked
        .same(d.rollup, Rollup::operatorsCall {}, d.operators)
        .await?;
    asked
        .same(d.rollup, Rollup::escapePoolCall {}, d.escape_pool)
        .await?;
    asked
        .same(d.rollup, Rollup::rowChallengesCall {}, d.row_challenges)
        .await?;
    for challenges in [d.signers, d.cell_challenges] {
        asked
            .same(d.rollup, Rollup::maySlashCall { challenges }, true)
            .await?;
    }
    let first = asked
        .client
        .view(d.rollup, &Rollup::batchAtCall { number: 0 })
        .await?;
    if first.roots == terms.genesis {
        return Ok(());
    }
    Err(Error::Deployed {
        what: "genesis".to_owned(),
        got: format!("{:?}", first.roots),
        expected: format!("{:?}", terms.genesis),
    })
}

async fn check_challenges(asked: &Asked<'_>, d: &Deployment) -> Result<()> {
    use abi::{CellChallenges, EscapePool, Operators, RowChallenges, Signers};
    let rows = d.row_challenges;
    asked
        .same(rows, RowChallenges::rollupCall {}, d.rollup)
        .await?;
    asked
        .same(rows, RowChallenges::settingsCall {}, d.settings)
        .await?;
    asked
        .same(rows, RowChallenges::operatorsCall {}, d.operators)
        .await?;
    asked
        .same(rows, RowChallenges::escapePoolCall {}, d.escape_pool)
        .await?;
    asked
        .same(rows, RowChallenges::signersCall {}, d.signers)
        .await?;
    let signers = d.signers;
    asked
        .same(signers, Signers::rollupCall {}, d.rollup)
        .await?;
    asked
        .same(signers, Signers::settingsCall {}, d.settings)
        .await?;
    asked
        .same(signers, Signers::registryCall {}, d.registry)
        .await?;
    asked
        .same(signers, Signers::challengesCall {}, rows)
        .await?;
    asked
        .same(signers, Signers::multiproofCall {}, d.multiproof)
        .await?;
    asked
        .same(signers, Signers::escapePoolCall {}, d.escape_pool)
        .await?;
    let cells = d.cell_challenges;
    asked
        .same(cells, CellChallenges::rollupCall {}, d.rollup)
        .await?;
    asked
        .same(cells, CellChallenges::settingsCall {}, d.settings)
        .await?;
    asked
        .same(cells, CellChallenges::registryCall {}, d.registry)
        .await?;
    asked
        .same(cells, CellChallenges::multiproofCall {}, d.multiproof)
        .await?;
    asked
        .same(cells, CellChallenges::escapePoolCall {}, d.escape_pool)
        .await?;
    asked
        .same(d.operators, Operators::challengesCall {}, rows)
        .await?;
    for payer in [d.rollup, signers] {
        asked
            .same(d.escape_pool, EscapePool::isPayerCall { payer }, true)
            .await?;
    }
    Ok(())
}

async fn check_money(asked: &Asked<'_>, d: &Deployment, terms: &Terms) -> Result<()> {
    use abi::{Coverage, Operators, SettingsLog, TimeLock, TokenList, Vault};
    let slash = terms.settings.operator_slash.get();
    asked
        .same(d.lock, TimeLock::proposerCall {}, terms.proposer)
        .await?;
    asked
        .same(d.lock, TimeLock::delayCall {}, terms.lock_delay)
        .await?;
    asked
        .same(d.settings, SettingsLog::lockCall {}, d.lock)
        .await?;
    let settings = terms.settings.with(d.verifiers)?;
    asked
        .same(d.settings, SettingsLog::getCall { version: 0 }, settings)
        .await?;
    asked.same(d.vault, Vault::rollupCall {}, d.rollup).await?;
    asked
        .same(d.coverage, Coverage::rollupCall {}, d.rollup)
        .await?;
    asked
        .same(d.coverage, Coverage::registryCall {}, d.registry)
        .await?;
    asked
        .same(
            d.coverage,
            Coverage::operatorSlashCall {},
            U256::from(slash),
        )
        .await?;
    asked.same(d.tokens, TokenList::lockCall {}, d.lock).await?;
    asked
        .same(d.tokens, TokenList::coverageCall {}, d.coverage)
        .await?;
    let most = U256::from(terms.most_tokens);
    asked
        .same(d.tokens, TokenList::maxTokensCall {}, most)
        .await?;
    asked
        .same(
            d.tokens,
            TokenList::getCall { id: 0 },
            terms.ether.to_abi()?,
        )
        .await?;
    asked
        .same(d.operators, Operators::leastBondCall {}, slash)
        .await?;
    let verifiers = [
        d.verifiers.batches,
        d.verifiers.checkpoints,
        d.verifiers.exits,
    ];
    for (at, verifier) in verifiers.into_iter().zip(terms.proofs.each()) {
        check_verifier(asked, at, &verifier).await?;
    }
    Ok(())
}

async fn check_verifier(asked: &Asked<'_>, at: Address, verifier: &Verifier) -> Result<()> {
    use abi::{AttestedStatements, BatchVerifier};
    match verifier {
        Verifier::Stands(_) => Ok(()),
        // Asked of both kinds alike.
        Verifier::Keys(keys) => {
            let expected = Bytes::from(keys.concat());
            asked.same(at, BatchVerifier::keysCall {}, expected).await
        }
        Verifier::Attested {
            attestors,
            threshold,
        } => {
            let mut ascending = attestors.clone();
            ascending.sort_unstable();
            let count = U256::from(*threshold);
            asked
                .same(at, AttestedStatements::thresholdCall {}, count)
                .await?;
            asked
                .same(at, AttestedStatements::attestorsCall {}, ascending)
                .await
        }
    }
}
