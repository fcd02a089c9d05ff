//! Validators, and a chain that they sign as they are told to.

use crate::fixture::Grid;
use chain::{
    ChainParams, CheckedGenesis, Checkpoint, FinalHeader, FinalityCertificate, Genesis,
    GenesisValidator, SigningKey, UnverifiedHeader, ValidatorSet, VoteKind, Weight, vote_digest,
};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::time::{SystemTime, UNIX_EPOCH};
use types::{
    CommitmentsRoot, GridDimensions, Header, HeaderHash, Height, IndexRoot, Round, SetHash,
    Timestamp,
};

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::new(since.as_millis() as u64)
}

/// Four validators of equal weight.
struct Validators {
    keys: Vec<SigningKey>,
    genesis: CheckedGenesis,
}

impl Validators {
    fn new(time: Timestamp) -> Self {
        let mut rng = StdRng::try_from_rng(&mut SysRng).unwrap();
        let keys: Vec<_> = (0..4).map(|_| SigningKey::generate(&mut rng)).collect();
        let genesis = Genesis {
            name: "light".to_owned(),
            time,
            validators: keys
                .iter()
                .map(|key| GenesisValidator::new(key, Weight::new(1)))
                .collect(),
            params: ChainParams::devnet(),
        };
        let genesis = genesis.check().unwrap();
        Self { keys, genesis }
    }

    fn set(&self) -> &ValidatorSet {
        self.genesis.validators()
    }
}

/// What validators have signed: four of equal weight at a time.
pub(crate) struct Chain {
    genesis: CheckedGenesis,
    /// Those of the past, of the present and, before a change, of the future; the present ones
    /// are named by the number.
    validators: Vec<Validators>,
    present: usize,
    blocks: Vec<(FinalHeader, Option<&'static Grid>)>,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self::begun_at(now())
    }

    pub(crate) fn begun_at(time: Timestamp) -> Self {
        let validators = Validators::new(time);
        Self {
            genesis: validators.genesis.clone(),
            validators: vec![validators],
            present: 0,
            blocks: Vec::new(),
        }
    }

    pub(crate) fn genesis(&self) -> &CheckedGenesis {
        &self.genesis
    }

    /// Those who sign the next block.
    pub(crate) fn set(&self) -> &ValidatorSet {
        self.validators[self.present].set()
    }

    /// Those whom the next block names as those of the block after it.
    fn next_set(&self) -> &ValidatorSet {
        self.validators[self.validators.len() - 1].set()
    }

    /// From the block after the next on, others sign.
    pub(crate) fn change_validators(&mut self) {
        self.validators.push(Validators::new(self.genesis.time()));
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::genesis(&self.genesis.chain_id())
    }

    pub(crate) fn header(&self, height: u64) -> &FinalHeader {
        &self.blocks[height as usize - 1].0
    }

    /// The header that comes next, for a block with this grid.
    pub(crate) fn draft(&self, grid: Option<&Grid>) -> Header {
        let set = self.set().hash();
        let parent = self.blocks.last().map(|(header, _)| header);
        let (hash, time) = parent.map_or_else(
            || {
                (
                    HeaderHash::new(self.genesis.chain_id().to_bytes()),
                    self.genesis.time(),
                )
            },
            |parent| (parent.hash(), parent.header().time),
        );
        Header {
            chain_id: self.genesis.chain_id(),
            height: Height::new(self.blocks.len() as u64 + 1),
            time: time.plus_millis(1),
            parent: hash,
            dimensions: grid.map_or(GridDimensions::default(), Grid::dimensions),
            commitments_root: grid.map_or(CommitmentsRoot::new([0; 32]), Grid::root),
            index_root: IndexRoot::new([0; 32]),
            validators: set,
            next_validators: self.next_set().hash(),
        }
    }

    /// All validators sign the header.
    pub(crate) fn sign(&self, header: Header) -> FinalHeader {
        self.certify(header, Round::new(0), 0..4)
            .verify(&header.chain_id, self.set())
            .unwrap()
    }

    /// These validators precommit to a header in this round; they name themselves, whomever the
    /// header names.
    pub(crate) fn certify(
        &self,
        header: Header,
        round: Round,
        signers: std::ops::Range<usize>,
    ) -> UnverifiedHeader {
        let (chain, set, hash) = (header.chain_id, self.set().hash(), header.hash());
        let (height, kind) = (header.height, VoteKind::Precommit);
        let digest = vote_digest(&chain, &set, height, round, kind, Some(&hash));
        let votes = self.validators[self.present].keys[signers]
            .iter()
            .map(|key| (key.public_key().address(), key.sign_digest(&digest)));
        let set = self.set();
        let certificate =
            FinalityCertificate::aggregate(&chain, set, height, round, &hash, votes).unwrap();
        UnverifiedHeader {
            header,
            finality: certificate.to_unverified(),
        }
    }

    /// The next block.
    pub(crate) fn extend(&mut self, grid: Option<&'static Grid>) -> FinalHeader {
        let header = self.sign(self.draft(grid));
        self.blocks.push((header.clone(), grid));
        self.present = self.validators.len() - 1;
        header
    }

    /// The block of a height with its grid, if there is such a block and it has one.
    pub(crate) fn block(&self, height: Height) -> Option<&(FinalHeader, Option<&'static Grid>)> {
        let place = usize::try_from(height.get()).ok()?.checked_sub(1)?;
        self.blocks.get(place)
    }

    /// The newest header.
    pub(crate) fn newest(&self) -> Option<&FinalHeader> {
        self.blocks.last().map(|(header, _)| header)
    }

    /// Any set that signed or will sign.
    pub(crate) fn set_of(&self, hash: SetHash) -> Option<&ValidatorSet> {
        let mut sets = self.validators.iter().map(Validators::set);
        sets.find(|set| set.hash() == hash)
    }
}
