//! The way out of a rollup whose operators are gone: `contracts/src/rollup/Exits.sol`.
//!
//! Nobody's consent is needed, only the state, which is derived here from L1 and the DA network,
//! or was while its data could still be had. What accounts hold under the last roots is proved by
//! the exits' circuit, some holdings at a time, and paid into the vault; deposits that no batch
//! took come back as they are.

use crate::vault::Vault;
use crate::{Error, Result};
use alloy::primitives::{Address, U256};
use derivation::convert::{l1_address, word};
use derivation::{Derivation, Deriver, Rows, exits};
use ledger::{AccountIndex, ExitBatch, ExitsSize, TokenId, Tree};
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use settlement::exits::ExitTree;
use settlement::{BatchNumber, L1Time};
use std::collections::BTreeSet;
use std::sync::Arc;
use validity::{ExitStatement, ExitTerms, Keys, prove_exits, solidity};

/// Most operations of a queue that are looked at.
const QUEUED: usize = 4096;

/// Whoever leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Accounts of these owners on L1.
    Owners(BTreeSet<Address>),
    /// Everybody who is still there.
    Everybody,
}

impl Who {
    fn has(&self, owner: Address) -> bool {
        match self {
            Self::Owners(owners) => owners.contains(&owner),
            Self::Everybody => true,
        }
    }
}

/// The keys of the exits' circuit.
#[derive(Debug, Clone)]
pub struct ExitKeys {
    keys: Arc<Keys>,
    size: ExitsSize,
    place: u8,
}

impl ExitKeys {
    /// Keys for so many holdings at a time, which have this place in the verifier's contract.
    #[must_use]
    pub fn new(keys: Keys, size: ExitsSize, place: u8) -> Self {
        Self {
            keys: Arc::new(keys),
            size,
            place,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Left {
    /// Whether the rollup was frozen by this.
    pub froze: bool,
    /// Holdings that were paid into the vault.
    pub holdings: usize,
    /// Proofs that this took.
    pub proofs: usize,
    /// Deposits that came back.
    pub deposits: usize,
    /// What the account itself fetched from the vault: token and amount.
    pub fetched: Vec<(u16, String)>,
}

/// Brings out what owners hold: freezes the rollup if its operators are late, proves what was not
/// proved yet, takes deposits back, and fetches what is the account's own. What others own waits
/// in the vault for them. Goes on where an earlier run stopped.
///
/// # Errors
/// [`Error::StillRunning`] while no operation is overdue, [`Error::StillPending`] while batches
/// can be challenged, [`Error::StateUnknown`] when data of the last roots is missing; what L1
/// refuses.
pub async fn escape<R: Rows>(
    deriver: &mut Deriver<R>,
    account: &Account,
    who: &Who,
    keys: &ExitKeys,
) -> Result<Left> {
    deriver.catch_up().await?;
    let mut left = Left {
        froze: freeze(deriver.derivation(), deriver.deployment(), account).await?,
        ..Left::default()
    };
    settle(deriver, account).await?;
    let derivation = deriver.derivation();
    let deployment = deriver.deployment();
    let mut tokens = BTreeSet::from([TokenId::ETH.get()]);
    for tree in Tree::BOTH {
        let wanted = wanted(derivation, tree, who)?;
        if wanted.is_empty() {
            continue;
        }
        tokens.extend(wanted.iter().map(|(_, token)| token.get()));
        left.holdings += wanted.len();
        if !by_paths(derivation, deployment, account, tree, &wanted).await? {
            left.proofs += by_proofs(derivation, deployment, account, tree, &wanted, keys).await?;
        }
    }
    left.deposits = take_back(derivation, deployment, account, who).await?;
    if who.has(account.address()) {
        let vault = Vault::new(account, deployment);
        vault.release(account.address()).await?;
        for token in tokens {
            let amount = vault.fetch(token).await?;
            left.fetched.push((token, amount.get().to_string()));
        }
    }
    Ok(left)
}

/// Freezes the rollup, if it is not yet, by an operation that waits too long.
async fn freeze(
    derivation: &Derivation,
    deployment: &Deployment,
    account: &Account,
) -> Result<bool> {
    let history = derivation.history();
    if history.frozen().is_some() {
        return Ok(false);
    }
    let now = account.client().head().await?.time.get();
    for tree in Tree::BOTH {
        let waiting = history.next(tree, QUEUED)?;
        let overdue = waiting
            .into_iter()
            .find(|queued| queued.operation.is_some() && queued.deadline < now);
        if let Some(overdue) = overdue {
            let call = abi::Rollup::freezeCall {
                tree: tree.number(),
                place: overdue.place,
                operation: overdue.on_l1,
            };
            account.call(deployment.rollup, &call).await?;
            return Ok(true);
        }
    }
    let deadlines = Tree::BOTH.map(|tree| history.oldest_deadline(tree));
    Err(Error::StillRunning {
        now: L1Time::new(now),
        until: deadlines.into_iter().flatten().min().map(L1Time::new),
    })
}

/// Waits for nothing: has L1 say that every batch is final or reverted, and reads that.
async fn settle<R: Rows>(deriver: &mut Deriver<R>, account: &Account) -> Result<()> {
    let rollup = deriver.deployment().rollup;
    let client = account.client();
    let newest = abi::Rollup::newestBatchCall {};
    let last = abi::Rollup::finalBatchCall {};
    if client.view(rollup, &last).await? < client.view(rollup, &newest).await? {
        let call = abi::Rollup::finalizeCall { most: U256::MAX };
        account.call(rollup, &call).await?;
    }
    let (last, newest) = (
        client.view(rollup, &last).await?,
        client.view(rollup, &newest).await?,
    );
    if last < newest {
        return Err(Error::StillPending {
            last: BatchNumber::new(last),
            newest: BatchNumber::new(newest),
        });
    }
    deriver.catch_up().await?;
    Ok(())
}

/// What is paid out of a tree: holdings that have not left.
fn wanted(derivation: &Derivation, tree: Tree, who: &Who) -> Result<Vec<(AccountIndex, TokenId)>> {
    if !derivation.standing(tree).is_current {
        return Err(Error::StateUnknown { tree });
    }
    let holdings = derivation.state().holdings(tree);
    let history = derivation.history();
    let open = holdings.filter(|holding| {
        who.has(l1_address(holding.owner)) && !history.has_escaped(tree, holding.slot().get())
    });
    Ok(open
        .map(|holding| (holding.account, holding.token))
        .collect())
}

/// Pays holdings by their paths, where all that a tree holds is proved already; says whether.
async fn by_paths(
    derivation: &Derivation,
    deployment: &Deployment,
    account: &Account,
    tree: Tree,
    wanted: &[(AccountIndex, TokenId)],
) -> Result<bool> {
    let root = word(derivation.state().roots().of(tree));
    let holdings = exits::holdings(derivation.state(), tree);
    let all = ExitTree::new(&holdings);
    if derivation.history().exits(tree, root) != Some(all.root()) {
        return Ok(false);
    }
    let slots: BTreeSet<u64> = wanted
        .iter()
        .map(|(account, token)| exits::slot(*account, *token))
        .collect();
    for (place, holding) in holdings.into_iter().enumerate() {
        let Some(path) = slots
            .contains(&holding.slot)
            .then(|| all.path(place))
            .flatten()
        else {
            continue;
        };
        let call = abi::Rollup::escapeCall {
            tree: tree.number(),
            holding,
            path,
        };
        account.call(deployment.rollup, &call).await?;
    }
    Ok(true)
}

/// Pays holdings by proofs of some at a time; says how many proofs.
async fn by_proofs(
    derivation: &Derivation,
    deployment: &Deployment,
    account: &Account,
    tree: Tree,
    wanted: &[(AccountIndex, TokenId)],
    keys: &ExitKeys,
) -> Result<usize> {
    let terms = ExitTerms {
        chain_id: deployment.l1_chain,
        contract: ledger::Address::new(deployment.rollup.into_array()),
        newest: validity::BatchNumber::new(derivation.history().newest().get()),
    };
    let mut proofs = 0;
    for some in wanted.chunks(keys.size.holdings()) {
        let batch = derivation.state().exits(tree, keys.size, some)?;
        let call = abi::Rollup::escapeManyCall {
            tree: tree.number(),
            holdings: batch.holdings.iter().map(on_l1).collect(),
            digest: word(batch.digest()),
            proof: proof(batch, terms, keys).await?.into(),
        };
        account.call(deployment.rollup, &call).await?;
        proofs += 1;
    }
    Ok(proofs)
}

fn on_l1(holding: &ledger::Holding) -> abi::Holding {
    abi::Holding {
        slot: holding.slot().get(),
        owner: l1_address(holding.owner),
        token: holding.token.get(),
        amount: holding.amount.get(),
    }
}

/// Seconds of computing.
async fn proof(batch: ExitBatch, terms: ExitTerms, keys: &ExitKeys) -> Result<Vec<u8>> {
    let (place, keys) = (keys.place, Arc::clone(&keys.keys));
    let proving = tokio::task::spawn_blocking(move || {
        let statement = ExitStatement::new(&batch, &terms);
        let mut rng = rand::rng();
        let proof = prove_exits(&keys, &batch, &statement, &mut rng, &mut |_| {})?;
        Ok(solidity::proof_bytes(place, &proof))
    });
    proving
        .await
        .map_err(|error| Error::Cancelled(error.to_string()))?
}

/// Takes back deposits that no batch took; says how many.
async fn take_back(
    derivation: &Derivation,
    deployment: &Deployment,
    account: &Account,
    who: &Who,
) -> Result<usize> {
    let mut taken = 0;
    for tree in Tree::BOTH {
        for queued in derivation.history().next(tree, QUEUED)? {
            let is_deposit = queued.operation.is_some_and(|o| o.authority.is_none());
            if !is_deposit || !who.has(queued.on_l1.owner) {
                continue;
            }
            let call = abi::Rollup::cancelDepositCall {
                tree: tree.number(),
                place: queued.place,
                operation: queued.on_l1,
            };
            account.call(deployment.rollup, &call).await?;
            taken += 1;
        }
    }
    Ok(taken)
}
