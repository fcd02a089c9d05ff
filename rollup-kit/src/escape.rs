//! The way out of a rollup whose operators are gone: `contracts/src/rollup/Exits.sol`.
//!
//! Nobody's consent is needed, only the state, which is derived here from L1 and the DA network,
//! or was while its data could still be had. What accounts hold under the last roots is proved by
//! the exits' circuit, some holdings at a time, and paid into the vault; deposits that no batch
//! took come back as they are.

mod keys;

pub use keys::ExitKeys;

use crate::vault::{Vault, Waiting};
use crate::{Error, Result};
use alloy::primitives::{Address, U256};
use derivation::convert::{l1_address, word};
use derivation::{Derivation, Deriver, Rows, exits};
use ledger::{AccountIndex, ExitBatch, TokenId, Tree};
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use settlement::exits::ExitTree;
use settlement::{BatchNumber, L1Time};
use std::collections::BTreeSet;
use std::sync::Arc;
use validity::{ExitStatement, ExitTerms, prove_exits, solidity};

/// Most operations of a queue that are looked at.
const QUEUED: usize = 4096;
/// Batches that one transaction has L1 call final: a third of the gas that a transaction may have
/// (EIP-7825).
pub const FINALIZED_AT_ONCE: u64 = 512;

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
    /// What is the account's own and delayed by the circuit breaker: a later run fetches it.
    pub delayed: Vec<Waiting>,
}

/// Brings out what owners hold: freezes the rollup if its operators are late, proves what was not
/// proved yet, takes deposits back, and fetches what is the account's own. What others own waits
/// in the vault for them. Goes on where an earlier run stopped. What fails once the rollup is
/// frozen keeps nothing else back.
///
/// # Errors
/// [`Error::StillRunning`] while no operation is overdue, [`Error::StillPending`] while batches
/// can be challenged; [`Error::NoSuchKeys`] and [`Error::KeysUntold`] before anything is sent.
/// [`Error::Unfinished`] with what was done when the rest failed: [`Error::StateUnknown`] when
/// data of a tree's last root is missing, or what L1 refuses.
pub async fn escape<R: Rows>(
    deriver: &mut Deriver<R>,
    account: &Account,
    who: &Who,
    keys: &ExitKeys,
) -> Result<Left> {
    deriver.catch_up().await?;
    let mut left = Left::default();
    if deriver.derivation().history().frozen().is_none() {
        // There is no way back from a freeze: nobody freezes what he cannot leave.
        keys.place(account.client(), deriver.deployment()).await?;
        left.froze = freeze(deriver.derivation(), deriver.deployment(), account).await?;
    }
    settle(deriver, account).await?;
    let mut run = Run {
        derivation: deriver.derivation(),
        deployment: deriver.deployment(),
        account,
        who,
        keys,
        tokens: BTreeSet::from([TokenId::ETH.get()]),
        left,
        reasons: Vec::new(),
    };
    for tree in Tree::BOTH {
        let left = run.leave(tree).await;
        run.note(left);
        let back = run.take_back(tree).await;
        run.note(back);
    }
    if who.has(account.address()) {
        run.fetch().await;
    }
    let Run { left, reasons, .. } = run;
    match reasons.is_empty() {
        true => Ok(left),
        false => Err(Error::Unfinished {
            left: Box::new(left),
            reasons,
        }),
    }
}

/// Freezes the rollup by an operation that waits too long; says whether it was this that did.
async fn freeze(
    derivation: &Derivation,
    deployment: &Deployment,
    account: &Account,
) -> Result<bool> {
    let history = derivation.history();
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
            let frozen = abi::Rollup::frozenCall {};
            return match account.call(deployment.rollup, &call).await {
                Ok(_) => Ok(true),
                // Anybody may, and somebody was faster.
                Err(error @ settlement::Error::Reverted { .. }) => {
                    let is_frozen = account.client().view(deployment.rollup, &frozen).await?;
                    if is_frozen {
                        Ok(false)
                    } else {
                        Err(error.into())
                    }
                }
                Err(error) => Err(error.into()),
            };
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
    let last_final = abi::Rollup::finalBatchCall {};
    let mut last = client.view(rollup, &last_final).await?;
    while last < client.view(rollup, &newest).await? {
        let most = U256::from(FINALIZED_AT_ONCE);
        let call = abi::Rollup::finalizeCall { most };
        account.call(rollup, &call).await?;
        let before = last;
        last = client.view(rollup, &last_final).await?;
        if last < before.saturating_add(FINALIZED_AT_ONCE) {
            break;
        }
    }
    let newest = client.view(rollup, &newest).await?;
    if last < newest {
        return Err(Error::StillPending {
            last: BatchNumber::new(last),
            newest: BatchNumber::new(newest),
        });
    }
    deriver.catch_up().await?;
    Ok(())
}

/// A balance, by whose and of which token.
type Place = (AccountIndex, TokenId);

/// A run through a frozen rollup.
struct Run<'a> {
    derivation: &'a Derivation,
    deployment: &'a Deployment,
    account: &'a Account,
    who: &'a Who,
    keys: &'a ExitKeys,
    /// Tokens that somebody may have been paid in.
    tokens: BTreeSet<u16>,
    left: Left,
    /// What failed on the way.
    reasons: Vec<Error>,
}

impl Run<'_> {
    fn note(&mut self, done: Result<()>) {
        self.reasons.extend(done.err());
    }

    /// Pays what a tree's accounts hold into the vault.
    async fn leave(&mut self, tree: Tree) -> Result<()> {
        let wanted = self.wanted(tree)?;
        if wanted.is_empty() {
            return Ok(());
        }
        self.tokens
            .extend(wanted.iter().map(|(_, token)| token.get()));
        if !self.by_paths(tree, &wanted).await? {
            self.by_proofs(tree, &wanted).await?;
        }
        Ok(())
    }

    /// What is paid out of a tree: holdings that have not left.
    fn wanted(&self, tree: Tree) -> Result<Vec<Place>> {
        if !self.derivation.standing(tree).is_current {
            return Err(Error::StateUnknown { tree });
        }
        let holdings = self.derivation.state().holdings(tree);
        let history = self.derivation.history();
        let open = holdings.filter(|holding| {
            self.who.has(l1_address(holding.owner))
                && !history.has_escaped(tree, holding.slot().get())
        });
        Ok(open
            .map(|holding| (holding.account, holding.token))
            .collect())
    }

    /// Pays holdings by their paths, where all that a tree holds is proved already; says whether.
    async fn by_paths(&mut self, tree: Tree, wanted: &[Place]) -> Result<bool> {
        let root = word(self.derivation.state().roots().of(tree));
        let holdings = exits::holdings(self.derivation.state(), tree);
        let all = ExitTree::new(&holdings);
        if self.derivation.history().exits(tree, root) != Some(all.root()) {
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
            let slot = holding.slot;
            let call = abi::Rollup::escapeCall {
                tree: tree.number(),
                holding,
                path,
            };
            match self.account.call(self.deployment.rollup, &call).await {
                Ok(_) => self.left.holdings += 1,
                Err(settlement::Error::Reverted { .. }) if self.has_left(tree, slot).await? => {}
                Err(error) => self.note(Err(error.into())),
            }
        }
        Ok(true)
    }

    /// Pays holdings by proofs of some at a time.
    async fn by_proofs(&mut self, tree: Tree, wanted: &[Place]) -> Result<()> {
        let client = self.account.client();
        let place = self.keys.place(client, self.deployment).await?;
        for some in wanted.chunks(self.keys.size.holdings()) {
            let paid = self.by_proof(tree, place, some.to_vec()).await;
            self.note(paid);
        }
        Ok(())
    }

    /// Pays holdings by one proof.
    async fn by_proof(&mut self, tree: Tree, place: u8, mut some: Vec<Place>) -> Result<()> {
        let terms = ExitTerms {
            chain_id: self.deployment.l1_chain,
            contract: ledger::Address::new(self.deployment.rollup.into_array()),
            newest: validity::BatchNumber::new(self.derivation.history().newest().get()),
        };
        while !some.is_empty() {
            let mut batch = self.derivation.state().exits(tree, self.keys.size, &some)?;
            // The statement names both roots, and the other tree's state may be unknown.
            if let Some(roots) = self.derivation.history().roots() {
                batch.roots = roots;
            }
            let call = abi::Rollup::escapeManyCall {
                tree: tree.number(),
                holdings: batch.holdings.iter().map(on_l1).collect(),
                digest: word(batch.digest()),
                proof: proof(batch, terms, place, self.keys).await?.into(),
            };
            match self.account.call(self.deployment.rollup, &call).await {
                Ok(_) => {
                    self.left.proofs += 1;
                    self.left.holdings += some.len();
                    return Ok(());
                }
                // Anybody may bring out anybody: one who was faster must not keep the others in.
                Err(error @ settlement::Error::Reverted { .. }) => {
                    let mut there = Vec::with_capacity(some.len());
                    for place in &some {
                        if !self.has_left(tree, exits::slot(place.0, place.1)).await? {
                            there.push(*place);
                        }
                    }
                    if there.len() == some.len() {
                        return Err(error.into());
                    }
                    some = there;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn has_left(&self, tree: Tree, slot: u64) -> Result<bool> {
        let call = abi::Rollup::escapedCall {
            tree: tree.number(),
            slot,
        };
        let client = self.account.client();
        Ok(client.view(self.deployment.rollup, &call).await?)
    }

    /// Takes back deposits that no batch took.
    async fn take_back(&mut self, tree: Tree) -> Result<()> {
        for queued in self.derivation.history().next(tree, QUEUED)? {
            let is_deposit = queued.operation.is_some_and(|o| o.authority.is_none());
            if !is_deposit || !self.who.has(queued.on_l1.owner) {
                continue;
            }
            self.tokens.insert(queued.on_l1.token);
            let call = abi::Rollup::cancelDepositCall {
                tree: tree.number(),
                place: queued.place,
                operation: queued.on_l1,
            };
            match self.account.call(self.deployment.rollup, &call).await {
                Ok(_) => self.left.deposits += 1,
                Err(error) => self.note(Err(error.into())),
            }
        }
        Ok(())
    }

    /// Fetches what is the account's own, of every token, now and out of earlier runs.
    async fn fetch(&mut self) {
        let vault = Vault::new(self.account, self.deployment);
        match vault.release(self.account.address()).await {
            Ok(release) => {
                self.left.delayed = release.waiting;
                self.reasons
                    .extend(release.failed.into_iter().map(Error::from));
            }
            Err(error) => self.note(Err(error.into())),
        }
        let fetching = vault.fetch_all(&self.tokens).await;
        let fetched = fetching.fetched.into_iter();
        self.left.fetched = fetched
            .map(|(token, amount)| (token, amount.get().to_string()))
            .collect();
        self.reasons
            .extend(fetching.failed.into_iter().map(Error::from));
    }
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
async fn proof(batch: ExitBatch, terms: ExitTerms, place: u8, keys: &ExitKeys) -> Result<Vec<u8>> {
    let keys = Arc::clone(&keys.keys);
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
