//! Reads L1, asks for rows, keeps snapshots; where rows are gone, goes on from a checkpoint.

mod checkpoints;

mod saving;

use crate::source::{ReadBlock, Source};
use crate::store::Owner;
use crate::{
    Applied, Derivation, Error, Fetched, L1Block, Limits, Result, RowRequest, Rows, Store,
};
use checkpoints::Tried;
use commitments::Setup;
use ledger::{Fr, Rules, State, scalar_from_bytes};
use saving::Saving;
use settlement::client::L1Client;
use settlement::deploy::Deployment;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use types::{Commitment, Row};

/// How a follower goes about it.
#[derive(Debug, Clone)]
pub struct Config {
    /// How many blocks behind L1's newest it stays. What L1 takes back later is undone anyhow.
    pub confirmations: u64,
    /// Most blocks of L1 in one query for logs.
    pub range: u64,
    /// How much is remembered.
    pub limits: Limits,
    /// Where snapshots are kept; none keeps none.
    pub store: Option<PathBuf>,
    /// After how many parts of batches a snapshot is written, if they can be read from L1 again.
    /// What came as rows is saved at once, or within a minute: nodes keep rows for some days only.
    pub save_every: usize,
    /// How long a row is waited for.
    pub row_timeout: Duration,
    /// Most rows of a tree asked for at once.
    pub rows_at_once: usize,
    /// The state that the rollup began with; without it, no accounts.
    pub genesis: Option<Arc<State>>,
    /// The rollup's own rules; without them, its operations move money alone.
    pub rules: Option<&'static dyn Rules>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            confirmations: 2,
            range: 2000,
            limits: Limits::default(),
            store: None,
            save_every: 64,
            row_timeout: Duration::from_secs(20),
            rows_at_once: 4,
            genesis: None,
            rules: None,
        }
    }
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The last block of L1 that was read.
    pub tip: L1Block,
    /// The block that was gone back to, if L1 took blocks back.
    pub rewound: Option<u64>,
    /// Facts that were read.
    pub facts: usize,
    /// What became of batches, in order.
    pub applied: Vec<Applied>,
    /// Rows that were sampled and can be had, though nobody fetched them.
    pub available: Vec<RowRequest>,
    /// Rows that nobody gave.
    pub missing: Vec<RowRequest>,
    /// The checkpoint that was gone on from, rows before it being gone.
    pub adopted: Option<settlement::BatchNumber>,
    /// Whether L1 had nothing more.
    pub at_head: bool,
}

/// What was read of L1 and is not derived yet.
#[derive(Debug)]
pub struct Seen {
    fork: Fork,
    blocks: Vec<ReadBlock>,
    target: u64,
}

/// Whether L1 took blocks back.
#[derive(Debug)]
enum Fork {
    None,
    /// To this block.
    To(u64),
    /// Behind all that is remembered: everything begins anew after this block.
    Lost(L1Block),
}

/// Rows that came, and those that did not, with a checkpoint's state in their place.
#[derive(Debug, Default)]
pub struct Gathered {
    adopted: Option<(settlement::BatchNumber, Box<State>)>,
    rows: Vec<(RowRequest, Vec<Fr>)>,
    available: Vec<RowRequest>,
    missing: Vec<RowRequest>,
}

/// Derives a rollup from L1's node and a source of rows.
#[derive(Debug)]
pub struct Deriver<R> {
    source: Source,
    rows: R,
    config: Config,
    setup: &'static Setup,
    store: Option<Store>,
    derivation: Derivation,
    /// Whether L1 had nothing more when it was last read: what is behind it can be told then.
    at_head: bool,
    /// Whether a row that was asked for last was missing: what comes next is of no use without.
    is_starved: bool,
    tried: Tried,
    saving: Saving,
}

impl<R: Rows> Deriver<R> {
    /// Goes on from the snapshot, or begins anew if there is none that holds.
    ///
    /// # Errors
    /// [`Error::L1`] for a node of another chain or one that does not answer, [`Error::File`].
    pub async fn open(
        client: L1Client,
        deployment: Arc<Deployment>,
        rows: R,
        config: Config,
    ) -> Result<Self> {
        let source = Source::new(client, deployment, config.range)?;
        let store = config.store.as_deref().map(Store::open).transpose()?;
        let saved = match &store {
            None => None,
            Some(store) => match store.load(owner(&source), config.limits, config.rules) {
                Ok(saved) => saved,
                Err(error @ (Error::Snapshot { .. } | Error::Ledger(_))) => {
                    tracing::warn!(%error, "derived anew");
                    None
                }
                Err(error) => return Err(error),
            },
        };
        let derivation = match saved {
            Some(saved) => saved,
            None => begin(base(&source).await?, &source, &config),
        };
        Ok(Self {
            source,
            rows,
            config,
            setup: Setup::ceremony()?,
            store,
            derivation,
            at_head: false,
            is_starved: false,
            tried: Tried::default(),
            saving: Saving::default(),
        })
    }

    /// What is derived.
    #[must_use]
    pub const fn derivation(&self) -> &Derivation {
        &self.derivation
    }

    /// Where the rollup stands.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        self.source.deployment()
    }

    /// L1's node.
    #[must_use]
    pub const fn client(&self) -> &L1Client {
        self.source.client()
    }

    /// The source of rows.
    #[must_use]
    pub const fn rows(&self) -> &R {
        &self.rows
    }

    /// Takes a state for what it is after a batch; see [`Derivation::adopt`].
    ///
    /// # Errors
    /// As [`Derivation::adopt`].
    pub fn adopt(&mut self, number: settlement::BatchNumber, state: State) -> Result<Vec<Applied>> {
        self.derivation.adopt(number, state)
    }

    /// Steps until L1 has nothing more and no row comes.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub async fn catch_up(&mut self) -> Result<Progress> {
        let mut all = self.step().await?;
        loop {
            let step = self.step().await?;
            let idle = step.at_head
                && step.applied.is_empty()
                && step.adopted.is_none()
                && step.rewound.is_none();
            all.tip = step.tip;
            all.rewound = match (all.rewound, step.rewound) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            all.facts += step.facts;
            all.applied.extend(step.applied);
            all.available = step.available;
            all.missing = step.missing;
            all.adopted = step.adopted.or(all.adopted);
            all.at_head = step.at_head;
            if idle {
                return Ok(all);
            }
        }
    }

    /// Goes back if L1 did, reads on by one range of blocks, and asks for the rows that are
    /// missing: [`Self::look`], [`Self::take`], [`Self::gather`] and [`Self::give`].
    ///
    /// # Errors
    /// [`Error::L1`] when the node does not answer: a later step goes on. Whatever
    /// [`Derivation::apply`] gives.
    pub async fn step(&mut self) -> Result<Progress> {
        let seen = self.look().await?;
        let taken = self.take(seen)?;
        let gathered = self.gather().await?;
        self.give(taken, gathered)
    }

    /// Reads L1: whether it took blocks back, and one range of new ones. Changes nothing, so that
    /// whoever shares what is derived need not keep others out meanwhile.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub async fn look(&self) -> Result<Seen> {
        let (fork, tip) = self.fork().await?;
        let head = self.source.head().await?;
        let target = head.saturating_sub(self.config.confirmations);
        let blocks = match target <= tip.number {
            true => Some(Vec::new()),
            false => self.source.after(tip, target).await?,
        };
        Ok(Seen {
            fork,
            blocks: blocks.unwrap_or_default(),
            target,
        })
    }

    /// Derives what [`Self::look`] saw.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn take(&mut self, seen: Seen) -> Result<Progress> {
        let rewound = match seen.fork {
            Fork::None => None,
            Fork::To(number) => Some(self.derivation.rewind(number)?),
            Fork::Lost(base) => {
                tracing::warn!("L1 went back behind all that is remembered: derived anew");
                self.derivation = begin(base, &self.source, &self.config);
                self.tried.forget();
                Some(base.number)
            }
        };
        let mut progress = Progress {
            tip: self.derivation.tip(),
            rewound,
            facts: 0,
            applied: Vec::new(),
            available: Vec::new(),
            missing: Vec::new(),
            adopted: None,
            at_head: false,
        };
        for (block, facts) in seen.blocks {
            progress.facts += facts.len();
            progress
                .applied
                .extend(self.derivation.apply(block, facts)?);
        }
        progress.tip = self.derivation.tip();
        progress.at_head = progress.tip.number >= seen.target;
        self.at_head = progress.at_head;
        Ok(progress)
    }

    /// Asks for the rows that are missing, and holds what comes against their commitments. Where
    /// nobody has one, and all of L1 is read, the newest final checkpoint behind it is asked for
    /// and held to L1's roots.
    ///
    /// # Errors
    /// When our own computation fails. A row that nobody gives is no error.
    pub async fn gather(&self) -> Result<Gathered> {
        let mut gathered = Gathered::default();
        if self.is_starved && !self.at_head {
            // A newcomer's first rows are gone for long: it reads on to the checkpoints.
            return Ok(gathered);
        }
        for request in self.derivation.wanted(self.config.rows_at_once) {
            let wait = tokio::time::timeout(self.config.row_timeout, self.rows.fetch(&request));
            match wait.await {
                Ok(Ok(Fetched::Row(row))) => match self.checked(&request, row).await? {
                    Some(row) => gathered.rows.push((request, row)),
                    None => gathered.missing.push(request),
                },
                Ok(Ok(Fetched::Available)) => gathered.available.push(request),
                Ok(Ok(Fetched::Missing)) | Err(_) => gathered.missing.push(request),
                Ok(Err(error)) => {
                    tracing::warn!(batch = %request.number, %error, "a row is not to be had");
                    gathered.missing.push(request);
                }
            }
        }
        if self.at_head && !gathered.missing.is_empty() {
            gathered.adopted = self.beyond(&gathered.missing).await;
        }
        Ok(gathered)
    }

    /// Derives what [`Self::gather`] got, and saves if it is time to.
    ///
    /// # Errors
    /// As [`Self::step`]; [`Error::NotAsked`] when something else was derived in between.
    pub fn give(&mut self, taken: Progress, gathered: Gathered) -> Result<Progress> {
        let mut progress = taken;
        let came = !gathered.rows.is_empty();
        for (request, row) in gathered.rows {
            let applied = self.derivation.supply(request.number, request.tree, row)?;
            progress.applied.extend(applied);
        }
        self.is_starved |= !gathered.missing.is_empty();
        self.is_starved &= !self.at_head;
        if let Some((number, state)) = gathered.adopted {
            let applied = self.derivation.adopt(number, *state)?;
            progress.applied.extend(applied);
            progress.adopted = Some(number);
            // Nobody may have it tomorrow.
            self.saving.applied(self.config.save_every.max(1), true);
        }
        progress.available = gathered.available;
        progress.missing = gathered.missing;
        self.saving.applied(progress.applied.len(), came);
        if self.saving.is_due(self.config.save_every, Instant::now()) {
            self.save()?;
        }
        Ok(progress)
    }

    /// Writes a snapshot, if there is a store.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn save(&mut self) -> Result<()> {
        let begun = Instant::now();
        if let Some(store) = &self.store {
            store.save(owner(&self.source), &self.derivation)?;
        }
        self.saving.done(begun, Instant::now());
        Ok(())
    }

    /// Whether L1 took back the last block that was read, and from which block on it is read then.
    async fn fork(&self) -> Result<(Fork, L1Block)> {
        for (place, block) in self.derivation.known().enumerate() {
            let found = self.source.block(block.number).await?;
            if found.is_some_and(|found| found.hash == block.hash) {
                let fork = match place {
                    0 => Fork::None,
                    _ => Fork::To(block.number),
                };
                return Ok((fork, block));
            }
        }
        let base = base(&self.source).await?;
        Ok((Fork::Lost(base), base))
    }

    /// The row's scalars, if it has the commitment.
    async fn checked(&self, request: &RowRequest, row: Row) -> Result<Option<Vec<Fr>>> {
        let setup = self.setup;
        let expected = request.place.commitment();
        let checked = tokio::task::spawn_blocking(move || scalars(setup, expected, &row));
        let checked = checked.await;
        let row = checked.map_err(|error| Error::Cancelled(error.to_string()))??;
        if row.is_none() {
            tracing::warn!(batch = %request.number, "a source gave another row");
        }
        Ok(row)
    }
}

fn scalars(setup: &Setup, expected: Option<Commitment>, row: &Row) -> Result<Option<Vec<Fr>>> {
    if Some(setup.commit(row)?) != expected {
        return Ok(None);
    }
    let scalars = row.elements().map(scalar_from_bytes);
    Ok(Some(scalars.collect::<Result<_, _>>()?))
}

fn owner(source: &Source) -> Owner {
    let deployment = source.deployment();
    Owner {
        l1_chain: deployment.l1_chain,
        rollup: deployment.rollup,
    }
}

/// The block before the rollup's first.
async fn base(source: &Source) -> Result<L1Block> {
    let first = source.deployment().first_block;
    let base = source.block(first).await?;
    base.ok_or_else(|| crate::error::contradiction("the rollup's first block", "none", first))
}

fn begin(base: L1Block, source: &Source, config: &Config) -> Derivation {
    let genesis = match &config.genesis {
        Some(genesis) => State::clone(genesis),
        None => State::new(owner(source).domain()),
    };
    Derivation::new(genesis.with_rules(config.rules), base, config.limits)
}
