//! An application that keeps everything in memory, and outlives the consensus it serves.

use crate::consensus::codec::{Undecided, WireCodec};
use crate::consensus::context::AssayContext;
use crate::consensus::{Application, ConsensusError, Judgement};
use async_trait::async_trait;
use bytes::Bytes;
use chain::{
    ApprovalCollector, AvailabilityCertificate, Block, BlockContext, BlockError, ChainParams,
    CheckedGenesis, Equivocation, FinalHeader, FinalityCertificate, Genesis, GenesisValidator,
    Parent, ReceiptCollector, ReceiptTerms, SetChangeCertificate, SetEdit, SigningKey, Tenure,
    UnverifiedBlock, UnverifiedHeader, UnverifiedSetChange, ValidatorSet, Weight, propose,
};
use malachite::app::types::sync::RawDecidedValue;
use malachite_codec::Codec;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use types::{
    BlobId, BlobMeta, BlobMode, Commitment, Epoch, Height, Namespace, PayloadLength, Round,
    Timestamp,
};

pub(super) fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::new(elapsed.as_millis() as u64)
}

pub(super) struct Network {
    pub(super) keys: Vec<Arc<SigningKey>>,
    pub(super) genesis: CheckedGenesis,
}

impl Network {
    /// Validators of unequal weight, none above a third.
    pub(super) fn new(validators: u8) -> Self {
        let epoch_blocks = ChainParams::devnet().epoch_blocks;
        Self::with_spares(validators, 0, epoch_blocks)
    }

    /// As [`Self::new`], with keys besides that are no members at first.
    pub(super) fn with_spares(validators: u8, spares: u8, epoch_blocks: u64) -> Self {
        let key = |i| Arc::new(SigningKey::from_bytes(&[i + 1; 32]).unwrap());
        let keys: Vec<_> = (0..validators + spares).map(key).collect();
        let weight = |i: usize| Weight::new(10 + i as u64);
        let validators = keys.iter().enumerate().take(validators.into());
        let genesis = Genesis {
            name: "consensus test".into(),
            time: now(),
            validators: validators
                .map(|(i, key)| GenesisValidator::new(key, weight(i)))
                .collect(),
            params: ChainParams {
                block_interval_ms: 1_000,
                epoch_blocks,
                ..ChainParams::devnet()
            },
        };
        Self {
            keys,
            genesis: genesis.check().unwrap(),
        }
    }

    /// A change of a set, approved by all its members.
    pub(super) fn change(
        &self,
        set: &ValidatorSet,
        epoch: u64,
        edits: Vec<SetEdit>,
    ) -> SetChangeCertificate {
        let chain = self.genesis.chain_id();
        let change = UnverifiedSetChange::new(chain, set.hash(), Epoch::new(epoch), edits);
        let verified = change.clone().verify(&chain, set).unwrap();
        let mut collector = ApprovalCollector::new(verified.clone(), set.clone()).unwrap();
        for key in &self.keys {
            if let Ok(approval) = verified.approve(key).verify(&change, &chain, set) {
                collector.add(approval).unwrap();
            }
        }
        collector.finish().unwrap()
    }

    /// A blob with a certificate that all validators of the genesis signed.
    pub(super) fn blob(&self, n: u8) -> (AvailabilityCertificate, BlobMeta) {
        let mut namespace = [0; Namespace::BYTES];
        namespace[Namespace::BYTES - 1] = n + 1;
        let meta = BlobMeta::new(
            Namespace::new(namespace).unwrap(),
            PayloadLength::new(BlobMode::Packed, 1000).unwrap(),
            vec![Commitment::new([n; 48])],
        )
        .unwrap();
        let set = self.genesis.validators();
        let accepted_at = now();
        let terms = ReceiptTerms {
            chain_id: self.genesis.chain_id(),
            set: set.hash(),
            blob: meta.id(),
            accepted_at,
            expires_at: accepted_at.plus_millis(self.genesis.params().retention_ms),
        };
        let mut collector = ReceiptCollector::new(terms, set.clone());
        for key in &self.keys {
            if let Ok(receipt) = terms.sign(key).verify(&terms.chain_id, set, &terms) {
                collector.add(receipt).unwrap();
            }
        }
        (collector.finish().unwrap(), meta)
    }
}

#[derive(Default)]
struct State {
    blocks: BTreeMap<Height, (UnverifiedBlock, FinalityCertificate, Bytes)>,
    undecided: BTreeMap<(Height, Round, Bytes), Bytes>,
    ordered: HashSet<BlobId>,
    evidence: Vec<Equivocation>,
    /// Since which height which sets count, beside those of the genesis.
    tenures: BTreeMap<Height, Tenure>,
    /// Everything that was ever kept undecided.
    kept: Vec<Bytes>,
}

pub(super) struct Memory {
    genesis: CheckedGenesis,
    /// Candidates, one ordered per height.
    blobs: Vec<(AvailabilityCertificate, BlobMeta)>,
    metas: HashMap<BlobId, BlobMeta>,
    /// Changes that are approved; each goes into the block that may carry it.
    changes: Mutex<Vec<SetChangeCertificate>>,
    /// How many judgements are still answered "not yet".
    pub(super) not_yet: AtomicU32,
    /// Judgements that were answered "not yet".
    pub(super) deferred: AtomicU32,
    pub(super) synced: AtomicU32,
    /// Synced blocks that were refused.
    pub(super) refused: AtomicU32,
    /// Answers peers that catch up with blocks without their references.
    pub(super) spoils: AtomicBool,
    /// The first height that this node signs at.
    pub(super) joins: AtomicU64,
    state: Mutex<State>,
    tip: watch::Sender<Height>,
    pub(super) seen: watch::Sender<Height>,
    /// Heights above this one are held back.
    pub(super) wanted: watch::Sender<Height>,
}

impl Memory {
    pub(super) fn new(
        network: &Network,
        blobs: &[(AvailabilityCertificate, BlobMeta)],
    ) -> Arc<Self> {
        let metas = blobs.iter().map(|(_, meta)| (meta.id(), meta.clone()));
        Arc::new(Self {
            genesis: network.genesis.clone(),
            metas: metas.collect(),
            blobs: blobs.to_vec(),
            changes: Mutex::default(),
            not_yet: AtomicU32::new(0),
            deferred: AtomicU32::new(0),
            synced: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            spoils: AtomicBool::new(false),
            joins: AtomicU64::new(Height::FIRST.get()),
            state: Mutex::default(),
            tip: watch::Sender::new(Height::GENESIS),
            seen: watch::Sender::new(Height::GENESIS),
            wanted: watch::Sender::new(Height::GENESIS),
        })
    }

    pub(super) fn expect_changes(&self, changes: &[SetChangeCertificate]) {
        *self.changes.lock().unwrap() = changes.to_vec();
    }

    /// Lets heights up to this one start.
    pub(super) fn want(&self, height: u64) {
        self.wanted.send_replace(Height::new(height));
    }

    pub(super) async fn reach(&self, height: u64) {
        let mut tip = self.tip.subscribe();
        tip.wait_for(|tip| tip.get() >= height).await.unwrap();
    }

    /// A decided block's header, verified by `chain` alone.
    pub(super) fn final_header(&self, height: u64) -> FinalHeader {
        let set = self.validators(Height::new(height));
        let state = self.state.lock().unwrap();
        let (block, certificate, _) = &state.blocks[&Height::new(height)];
        let header = UnverifiedHeader {
            header: block.header,
            finality: certificate.to_unverified(),
        };
        header.verify(&self.genesis.chain_id(), &set).unwrap()
    }

    pub(super) fn block(&self, height: u64) -> UnverifiedBlock {
        self.state.lock().unwrap().blocks[&Height::new(height)]
            .0
            .clone()
    }

    pub(super) fn evidence(&self) -> Vec<Equivocation> {
        self.state.lock().unwrap().evidence.clone()
    }

    /// Every value that was ever kept, decided by now or not.
    pub(super) fn kept(&self) -> Vec<Undecided> {
        let kept = self.state.lock().unwrap().kept.clone();
        let read = |bytes| WireCodec.decode(bytes).unwrap();
        kept.into_iter().map(read).collect()
    }

    /// Moves the tip without blocks, for what asks for nothing else.
    pub(super) fn pass(&self, height: u64) {
        self.tip.send_replace(Height::new(height));
    }

    pub(super) fn undecided_below(&self, height: u64) -> usize {
        let state = self.state.lock().unwrap();
        state
            .undecided
            .keys()
            .filter(|(h, _, _)| h.get() < height)
            .count()
    }

    fn with_context<T>(&self, f: impl FnOnce(&BlockContext<'_>) -> T) -> T {
        let state = self.state.lock().unwrap();
        let last = state.blocks.last_key_value();
        let parent = match last {
            Some((_, (block, _, _))) => Parent::of(&block.header),
            None => Parent::genesis(&self.genesis),
        };
        let is_ordered = |id: &BlobId| state.ordered.contains(id);
        let tenure = self.tenure(&state, parent.height.next().unwrap());
        f(&BlockContext {
            chain_id: self.genesis.chain_id(),
            tenure: &tenure,
            parent,
            params: self.genesis.params(),
            now: Some(now()),
            is_ordered: &is_ordered,
        })
    }

    fn tenure(&self, state: &State, height: Height) -> Tenure {
        let newest = state.tenures.range(..=height).next_back();
        newest.map_or_else(
            || Tenure::genesis(&self.genesis),
            |(_, tenure)| tenure.clone(),
        )
    }

    fn verify(&self, block: &UnverifiedBlock) -> Result<Block, BlockError> {
        let metas = |id: &BlobId| self.metas.get(id).cloned();
        self.with_context(|context| block.clone().verify(context, &metas))
    }
}

#[async_trait]
impl Application for Memory {
    fn tip(&self) -> Height {
        *self.tip.borrow()
    }

    fn certified(&self) -> Height {
        self.tip()
    }

    fn validators(&self, height: Height) -> ValidatorSet {
        self.tenure(&self.state.lock().unwrap(), height)
            .set()
            .clone()
    }

    fn joins_at(&self, height: Height) -> bool {
        height.get() == self.joins.load(Ordering::SeqCst)
    }

    async fn ready_for(&self, height: Height) {
        let (mut wanted, mut seen) = (self.wanted.subscribe(), self.seen.subscribe());
        tokio::select! {
            _ = wanted.wait_for(|wanted| *wanted >= height) => {}
            _ = seen.wait_for(|seen| *seen >= height) => {}
        }
    }

    fn saw(&self, height: Height) {
        self.seen.send_if_modified(|seen| {
            let higher = height > *seen;
            *seen = height.max(*seen);
            higher
        });
    }

    async fn propose(&self, height: Height, _: Round) -> Result<UnverifiedBlock, ConsensusError> {
        let nth = height.get() as usize - 1;
        let candidates = self.blobs.get(nth).cloned().into_iter().collect();
        let epoch = self.genesis.params().epoch(height.next().unwrap());
        let changes = self.changes.lock().unwrap().clone();
        let change = changes.into_iter().find(|c| c.change().epoch() == epoch);
        let block = self.with_context(|context| propose(context, candidates, change, now()))?;
        Ok(block.to_unverified())
    }

    async fn judge(&self, block: &UnverifiedBlock) -> Judgement {
        if block.header.height.get() != self.tip().get() + 1 {
            return Judgement::NotYet;
        }
        let missing = |n: u32| n.checked_sub(1);
        if self
            .not_yet
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, missing)
            .is_ok()
        {
            self.deferred.fetch_add(1, Ordering::SeqCst);
            return Judgement::NotYet;
        }
        match self.verify(block) {
            Ok(_) => Judgement::Valid,
            Err(BlockError::MissingMeta(_)) => Judgement::NotYet,
            Err(BlockError::Invalid(error)) => Judgement::Invalid(error.to_string()),
        }
    }

    async fn accept_decided(&self, block: &UnverifiedBlock) -> Judgement {
        self.synced.fetch_add(1, Ordering::SeqCst);
        match self.verify(block) {
            Ok(_) | Err(BlockError::MissingMeta(_)) => Judgement::Valid,
            Err(BlockError::Invalid(error)) => {
                self.refused.fetch_add(1, Ordering::SeqCst);
                Judgement::Invalid(error.to_string())
            }
        }
    }

    async fn commit(
        &self,
        block: UnverifiedBlock,
        certificate: FinalityCertificate,
        raw: Bytes,
    ) -> Result<(), ConsensusError> {
        let height = block.header.height;
        let mut state = self.state.lock().unwrap();
        assert_eq!(
            height,
            self.tip().next().unwrap(),
            "heights follow one another"
        );
        let tenure = self.tenure(&state, height);
        let (chain, params) = (self.genesis.chain_id(), self.genesis.params());
        let next = block.next_tenure(&tenure, &chain, params).unwrap();
        state.tenures.insert(height.next().unwrap(), next);
        state
            .ordered
            .extend(block.references.iter().map(|r| r.entry.id()));
        state.blocks.insert(height, (block, certificate, raw));
        drop(state);
        self.tip.send_replace(height);
        Ok(())
    }

    async fn decided(&self, height: Height) -> Option<Bytes> {
        let (block, _, raw) = self.state.lock().unwrap().blocks.get(&height)?.clone();
        if !self.spoils.load(Ordering::SeqCst) {
            return Some(raw);
        }
        let mut value: RawDecidedValue<AssayContext> = WireCodec.decode(raw).unwrap();
        let references = Vec::new();
        value.value_bytes = UnverifiedBlock {
            references,
            ..block
        }
        .encode()
        .into();
        Some(WireCodec.encode(&value).unwrap())
    }

    fn history_min(&self) -> Height {
        Height::FIRST
    }

    fn put_undecided(
        &self,
        height: Height,
        round: Round,
        key: Bytes,
        value: Bytes,
    ) -> Result<(), ConsensusError> {
        let mut state = self.state.lock().unwrap();
        state.kept.push(value.clone());
        state.undecided.insert((height, round, key), value);
        Ok(())
    }

    fn undecided(&self, height: Height) -> Result<Vec<(Round, Bytes)>, ConsensusError> {
        let state = self.state.lock().unwrap();
        let of_height = state.undecided.iter().filter(|((h, _, _), _)| *h == height);
        Ok(of_height
            .map(|((_, round, _), value)| (*round, value.clone()))
            .collect())
    }

    fn prune_undecided(&self, up_to: Height) -> Result<(), ConsensusError> {
        self.state
            .lock()
            .unwrap()
            .undecided
            .retain(|(h, _, _), _| *h > up_to);
        Ok(())
    }

    fn evidence(&self, equivocation: &Equivocation) {
        self.state.lock().unwrap().evidence.push(*equivocation);
    }
}
