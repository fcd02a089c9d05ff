//! What the node answers to consensus.

use crate::consensus::{Application, ConsensusError, Judgement};
use crate::crash_point::{self, Step};
use crate::disk::Need;
use crate::faults::spoil_block;
use crate::metrics::{Stage, names};
use crate::pool::Certified;
use crate::state::State;
use crate::store::Filed;
use crate::work::Work;
use crate::{Error, Result};
use bytes::Bytes;
use chain::{
    BlockContext, BlockError, ColumnSet, Equivocation, FinalityCertificate, Parent,
    UnverifiedBlock, ValidatorSet,
};
use net::Announcement;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use types::{BlobId, Height, Round, Timestamp, limits};

/// How often a node that waits for its next height looks at the clock.
const TICK: Duration = Duration::from_millis(50);

/// The node as consensus sees it.
#[derive(Clone)]
pub(crate) struct App(pub(crate) Arc<State>);

impl App {
    fn context<T>(
        &self,
        height: Height,
        time: Timestamp,
        now: Option<Timestamp>,
        work: impl FnOnce(&BlockContext<'_>) -> T,
    ) -> Result<T> {
        let parent = self.parent_of(height)?;
        let is_ordered = |blob: &BlobId| self.0.is_ordered(blob, time);
        let in_force = self.0.sets.at(height)?;
        Ok(work(&BlockContext {
            chain_id: self.0.chain_id(),
            tenure: &in_force.tenure,
            parent,
            params: self.0.params(),
            now,
            is_ordered: &is_ordered,
        }))
    }

    fn parent_of(&self, height: Height) -> Result<Parent> {
        let last = *self.0.tip.borrow();
        let parent = height
            .previous()
            .ok_or(Error::UnknownHeight { got: height, last })?;
        self.0.parent(parent)
    }

    fn meta(&self, blob: &BlobId) -> Option<types::BlobMeta> {
        self.0
            .store
            .meta(blob)
            .inspect_err(|error| tracing::error!(%error, "store"))
            .ok()?
    }

    fn build(&self, height: Height) -> Result<UnverifiedBlock> {
        self.0.disk.check(Need::Vote)?;
        let parent = self.parent_of(height)?;
        let time = self.0.now().max(parent.time.plus_millis(1));
        let candidates = self.held_candidates()?;
        let block = self.context(height, time, None, |context| {
            let change = self.0.membership.certificate_for(height, context.tenure);
            chain::propose(context, candidates, change, time)
        })??;
        Ok(block.to_unverified())
    }

    /// Certified blobs whose custody is complete here: who proposes votes for its own block,
    /// and must not for rows that it does not hold.
    fn held_candidates(&self) -> Result<Vec<Certified>> {
        let mut held = Vec::new();
        for (certificate, meta) in self.0.pool.waiting() {
            let blob = certificate.blob();
            let columns = self.0.columns_under(&certificate.terms().set)?;
            if self.0.store.held(&blob, &meta)?.covers(columns) {
                held.push((certificate, meta));
            } else {
                self.0.wanted.add(blob, columns);
            }
        }
        Ok(held)
    }

    /// Blobs of the block that are still kept and of which this node lacks columns that it is to
    /// have; with these columns.
    pub(crate) fn lacking(&self, block: &UnverifiedBlock) -> Result<Vec<(BlobId, ColumnSet)>> {
        let mut lacking = Vec::new();
        for reference in &block.references {
            let (blob, terms) = (reference.entry.id(), &reference.certificate.terms);
            if !self.0.is_retained(terms) {
                continue;
            }
            let columns = self.0.columns_under(&terms.set)?;
            let held = self.0.store.held_of(&blob)?;
            if !held.is_some_and(|held| held.covers(columns)) {
                lacking.push((blob, columns));
            }
        }
        Ok(lacking)
    }

    fn judge_now(&self, block: &UnverifiedBlock) -> Result<Judgement> {
        if let Err(error) = self.0.disk.check(Need::Vote) {
            tracing::warn!(%error, "no vote");
            return Ok(Judgement::NotYet);
        }
        let header = block.header;
        let now = Some(self.0.now());
        let verified = self.context(header.height, header.time, now, |context| {
            block.clone().verify(context, &|blob| self.meta(blob))
        })?;
        match verified {
            Ok(_) => {}
            Err(BlockError::MissingMeta(_)) => {}
            Err(BlockError::Invalid(error)) => return Ok(Judgement::Invalid(error.to_string())),
        }
        let lacking = self.lacking(block)?;
        if lacking.is_empty() && verified.is_ok() {
            return Ok(Judgement::Valid);
        }
        self.want(lacking);
        Ok(Judgement::NotYet)
    }

    /// A block that a finality certificate covers: its body must be the one that the header
    /// commits to, but its data may still be missing here.
    pub(crate) fn check_decided(&self, block: &UnverifiedBlock) -> Result<Judgement> {
        let header = block.header;
        let tip = *self.0.tip.borrow();
        if header.height <= tip {
            let stored = self.0.store.block(header.height)?;
            let same = stored.is_some_and(|stored| stored.block.header == header);
            return Ok(if same {
                Judgement::Valid
            } else {
                Judgement::Invalid(format!("height {} is decided otherwise", header.height))
            });
        }
        if tip.next() != Some(header.height) {
            return Ok(Judgement::NotYet);
        }
        let verified = self.context(header.height, header.time, None, |context| {
            block.clone().verify(context, &|blob| self.meta(blob))
        })?;
        Ok(match verified {
            Ok(_) => Judgement::Valid,
            Err(BlockError::MissingMeta(_)) => {
                self.want(self.lacking(block)?);
                Judgement::Valid
            }
            Err(BlockError::Invalid(error)) => Judgement::Invalid(error.to_string()),
        })
    }

    fn want(&self, lacking: Vec<(BlobId, ColumnSet)>) {
        for (blob, columns) in lacking {
            self.0.wanted.add(blob, columns);
        }
    }

    /// Stores a final block and tells of it. The engine's own record of it is there when this
    /// node's engine decided it.
    pub(crate) async fn store_block(
        &self,
        block: UnverifiedBlock,
        certificate: FinalityCertificate,
        raw: Option<Bytes>,
    ) -> Result<()> {
        let state = &self.0;
        let (height, rows) = (block.header.height, block.header.dimensions.rows());
        let blobs = block.references.len();
        let header = chain::UnverifiedHeader {
            header: block.header,
            finality: certificate.to_unverified(),
        };
        let since_parent = self
            .parent_of(height)
            .ok()
            .and_then(|parent| header.header.time.millis_since(parent.time));
        let (round, signed) = (certificate.round(), certificate.signed_weight());
        let (app, is_ours) = (self.clone(), raw.is_some());
        let started = Instant::now();
        state
            .compute_as(Work::Order, move || {
                app.write_block(&block, &certificate, raw.as_ref())
            })
            .await??;
        let stored_in = started.elapsed();
        state.metrics.took(Stage::Finality, stored_in);
        state.network.set_tip(height);
        // What a follower stores has been announced by those who decided it.
        if is_ours && let Err(error) = state.network.announce(Announcement::Header(header)).await {
            tracing::debug!(%error, "header not announced");
        }
        for (metric, by) in [
            (&names::BLOCKS, 1),
            (&names::BLOCK_ROWS, rows.into()),
            (&names::ORDERED_BLOBS, blobs as u64),
        ] {
            state.metrics.count(metric, &[], by);
        }
        // A follower that catches up tells of many at a time.
        if !is_ours && height < *state.horizon.borrow() {
            return Ok(());
        }
        tracing::info!(
            %height,
            %round,
            blobs,
            rows,
            %signed,
            interval_ms = since_parent,
            stored_ms = stored_in.as_millis(),
            waiting_rows = state.pool.rows(),
            "final block"
        );
        Ok(())
    }

    fn write_block(
        &self,
        block: &UnverifiedBlock,
        certificate: &FinalityCertificate,
        raw: Option<&Bytes>,
    ) -> Result<()> {
        let state = &self.0;
        let height = block.header.height;
        let tenure = state.sets.at(height)?.tenure;
        let next = block.next_tenure(&tenure, &state.chain_id(), state.params())?;
        if next.set() != tenure.set() {
            // Before the block: a chain whose newest set is not here could not go on.
            state.store.put_set(next.set())?;
        }
        let ordered = state
            .store
            .put_block(block, certificate, raw, state.kept(), state.now())?;
        crash_point::reach(Step::Commit);
        let now = state.now();
        for (blob, record) in ordered {
            // Zero for a blob that somebody else accepted and this node never saw certified.
            if record.accepted_at != Timestamp::default()
                && let Some(ms) = now.millis_since(record.accepted_at)
            {
                let took = Duration::from_millis(ms);
                state.metrics.took(Stage::Order, took);
            }
            state.pool.remove(&blob);
            state.board.tell(blob, record);
        }
        // Whoever hears of the new tip finds the set of the next height.
        state.sets.advance(height)?;
        // And what the block lacks here is known to be wanted.
        self.want(self.lacking(block)?);
        state.tip.send_replace(height);
        state.seen.send_modify(|seen| *seen = height.max(*seen));
        state.heard_of(height);
        let after = height.next().unwrap_or(height);
        state.membership.moved_on(after, next.set())?;
        Ok(())
    }
}

/// What cannot be judged now may be judged later.
fn judged(judged: Result<Result<Judgement>>) -> Judgement {
    judged.and_then(|judged| judged).unwrap_or_else(|error| {
        tracing::error!(%error, "a block cannot be judged");
        Judgement::NotYet
    })
}

fn application(error: impl std::fmt::Display) -> ConsensusError {
    ConsensusError::Application(error.to_string())
}

#[async_trait::async_trait]
impl Application for App {
    fn tip(&self) -> Height {
        *self.0.tip.borrow()
    }

    fn certified(&self) -> Height {
        *self.0.seen.borrow()
    }

    fn validators(&self, height: Height) -> ValidatorSet {
        // Above the next height the set may change; until it does it is the present one.
        match self.0.sets.at(height) {
            Ok(in_force) => in_force.current.set().clone(),
            Err(_) => self.0.validators(),
        }
    }

    fn joins_at(&self, height: Height) -> bool {
        let Some(key) = &self.0.key else {
            return false;
        };
        self.0
            .sets
            .joins_at(&key.public_key(), height)
            .inspect_err(|error| tracing::error!(%error, "store"))
            .unwrap_or(false)
    }

    fn contacts(&self) -> watch::Receiver<BTreeSet<String>> {
        self.0.contacts.subscribe()
    }

    /// A block closes at 256 rows, or at the block interval when there is data; an empty one
    /// comes when the empty-block interval is over. Whoever sees the network at this height
    /// already does not wait.
    async fn ready_for(&self, height: Height) {
        let state = &self.0;
        let parent_time = self
            .parent_of(height)
            .map_or_else(|_| state.now(), |p| p.time);
        let params = state.params();
        loop {
            let rows = state.pool.rows();
            let waited = state.now().millis_since(parent_time).unwrap_or_default();
            let due = if rows >= limits::MAX_BLOCK_ROWS {
                true
            } else if rows > 0 {
                waited >= params.block_interval_ms
            } else {
                waited >= params.empty_block_interval_ms
            };
            let ahead = *state.seen.borrow() >= height || *state.claimed.borrow() >= height;
            if due || ahead || state.stop.is_cancelled() {
                return;
            }
            let mut seen = state.seen.subscribe();
            let mut claimed = state.claimed.subscribe();
            tokio::select! {
                () = state.stop.cancelled() => return,
                () = state.pool.changed() => {}
                _ = seen.changed() => {}
                _ = claimed.changed() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }

    fn saw(&self, height: Height) {
        // A claim, however high, is worth starting the next height early and no more.
        let next = self.tip().next().unwrap_or_else(|| self.tip());
        if height >= next {
            self.0.claimed.send_if_modified(|claimed| {
                let higher = next > *claimed;
                *claimed = next.max(*claimed);
                higher
            });
        }
    }

    async fn propose(
        &self,
        height: Height,
        _round: Round,
    ) -> Result<UnverifiedBlock, ConsensusError> {
        let app = self.clone();
        let built = self
            .0
            .compute_as(Work::Order, move || app.build(height))
            .await;
        let block = built.and_then(|built| built).map_err(application)?;
        Ok(if self.0.faults.get().encodes_wrongly {
            spoil_block(block)
        } else {
            block
        })
    }

    async fn judge(&self, block: &UnverifiedBlock) -> Judgement {
        let (app, block) = (self.clone(), block.clone());
        let judge = move || app.judge_now(&block);
        judged(self.0.compute_as(Work::Order, judge).await)
    }

    async fn accept_decided(&self, block: &UnverifiedBlock) -> Judgement {
        let (app, block) = (self.clone(), block.clone());
        let judge = move || app.check_decided(&block);
        judged(self.0.compute_as(Work::Order, judge).await)
    }

    async fn commit(
        &self,
        block: UnverifiedBlock,
        certificate: FinalityCertificate,
        raw: Bytes,
    ) -> Result<(), ConsensusError> {
        self.store_block(block, certificate, Some(raw))
            .await
            .map_err(application)
    }

    async fn decided(&self, height: Height) -> Option<Bytes> {
        self.0
            .store
            .decided(height)
            .inspect_err(|error| tracing::error!(%error, "store"))
            .ok()?
    }

    fn history_min(&self) -> Height {
        self.0.store.first_decided().unwrap_or(Height::FIRST)
    }

    fn put_undecided(
        &self,
        height: Height,
        round: Round,
        key: Bytes,
        value: Bytes,
    ) -> Result<(), ConsensusError> {
        self.0
            .store
            .put_undecided(height, round, &key, &value)
            .map_err(application)
    }

    fn undecided(&self, height: Height) -> Result<Vec<(Round, Bytes)>, ConsensusError> {
        self.0.store.undecided(height).map_err(application)
    }

    fn prune_undecided(&self, up_to: Height) -> Result<(), ConsensusError> {
        self.0.store.prune_undecided(up_to).map_err(application)
    }

    fn evidence(&self, equivocation: &Equivocation) {
        let at = equivocation.at();
        match self.0.store.put_evidence(equivocation) {
            Ok(Filed::New) => {
                tracing::error!(
                    validator = %equivocation.validator(),
                    height = %at.height,
                    round = %at.round,
                    what = equivocation.contradiction().name(),
                    "EQUIVOCATION: a validator signed two that contradict one another"
                );
                self.0.metrics.count(&names::EVIDENCE, &[], 1);
            }
            Ok(Filed::Known | Filed::Enough) => {}
            Err(error) => tracing::error!(%error, "evidence is not kept"),
        }
    }
}
