//! A small chain for tests.

use blst::min_pk;
use chain::{
    AvailabilityCertificate, BlockContext, ChainParams, CheckedGenesis, FinalHeader, Genesis,
    GenesisValidator, Parent, Receipt, ReceiptCollector, ReceiptTerms, SetEdit, Signature,
    SigningKey, Tenure, UnverifiedAvailability, UnverifiedFinality, UnverifiedHeader,
    UnverifiedSetChange, UnverifiedSetChangeCertificate, ValidatorSet, VoteKind, Weight,
    vote_digest,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use types::{
    BlobId, BlobMeta, BlobMode, ChainId, Commitment, CommitmentsRoot, Epoch, GridDimensions,
    Header, Height, IndexTree, Namespace, PayloadLength, Round, SetHash, Timestamp,
};

pub(crate) const NOW: Timestamp = Timestamp::new(1_700_000_000_000);
pub(crate) const ROUND: Round = Round::new(2);

/// A set, its keys in the set's order, and the chain that begins with it.
pub(crate) struct Network {
    pub(crate) keys: Vec<SigningKey>,
    pub(crate) set: ValidatorSet,
    pub(crate) tenure: Tenure,
    pub(crate) genesis: CheckedGenesis,
    pub(crate) chain_id: ChainId,
    pub(crate) params: ChainParams,
}

pub(crate) fn keys(count: usize, seed: u64) -> Vec<SigningKey> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut keys: Vec<SigningKey> = (0..count).map(|_| SigningKey::generate(&mut rng)).collect();
    keys.sort_by_key(SigningKey::public_key);
    keys
}

/// The n-th weight belongs to the n-th member of the set.
pub(crate) fn network(weights: &[u64]) -> Network {
    seeded_network(weights, 1)
}

pub(crate) fn seeded_network(weights: &[u64], seed: u64) -> Network {
    let keys = keys(weights.len(), seed);
    let validators = keys
        .iter()
        .zip(weights)
        .map(|(key, weight)| GenesisValidator::new(key, Weight::new(*weight)))
        .collect();
    let genesis = Genesis {
        name: "test".to_owned(),
        time: Timestamp::new(NOW.get() - 10_000),
        validators,
        params: ChainParams::devnet(),
    };
    let genesis = genesis.check().unwrap();
    Network {
        keys,
        set: genesis.validators().clone(),
        tenure: Tenure::genesis(&genesis),
        chain_id: genesis.chain_id(),
        params: *genesis.params(),
        genesis,
    }
}

pub(crate) fn never(_: &BlobId) -> bool {
    false
}

impl Network {
    pub(crate) fn terms(&self, blob: BlobId) -> ReceiptTerms {
        self.terms_at(blob, NOW)
    }

    pub(crate) fn terms_at(&self, blob: BlobId, accepted_at: Timestamp) -> ReceiptTerms {
        ReceiptTerms {
            chain_id: self.chain_id,
            set: self.set.hash(),
            blob,
            accepted_at,
            expires_at: accepted_at.plus_millis(self.params.retention_ms),
        }
    }

    pub(crate) fn receipt(&self, signer: usize, terms: &ReceiptTerms) -> Receipt {
        terms
            .sign(&self.keys[signer])
            .verify(&self.chain_id, &self.set, terms)
            .unwrap()
    }

    /// A certificate that claims and has these signers, however few.
    pub(crate) fn certify_by(
        &self,
        terms: &ReceiptTerms,
        signers: &[usize],
    ) -> UnverifiedAvailability {
        let signatures: Vec<Signature> = signers
            .iter()
            .map(|&signer| terms.sign(&self.keys[signer]).signature)
            .collect();
        UnverifiedAvailability {
            terms: *terms,
            signers: bitmap(self.set.len(), signers),
            signature: aggregate(&signatures),
        }
    }

    pub(crate) fn certify(&self, terms: &ReceiptTerms) -> AvailabilityCertificate {
        let mut collector = ReceiptCollector::new(*terms, self.set.clone());
        for signer in 0..self.keys.len() {
            collector.add(self.receipt(signer, terms)).unwrap();
        }
        collector.finish().unwrap()
    }

    pub(crate) fn candidate(&self, meta: &BlobMeta) -> (AvailabilityCertificate, BlobMeta) {
        (self.certify(&self.terms(meta.id())), meta.clone())
    }

    /// A change of this set from an epoch on.
    pub(crate) fn change(&self, epoch: u64, edits: Vec<SetEdit>) -> UnverifiedSetChange {
        UnverifiedSetChange::new(self.chain_id, self.set.hash(), Epoch::new(epoch), edits)
    }

    /// Somebody joins, the first member leaves, the second gets another weight.
    pub(crate) fn every_kind_of_edit(&self) -> Vec<SetEdit> {
        let second = &self.keys[1];
        let (_, member) = self.set.find_key(&second.public_key()).unwrap();
        vec![
            join(&keys(1, 77)[0], 7),
            leave(&self.keys[0]),
            reweigh(second, member.weight().get() + 1),
        ]
    }

    /// A certificate that claims and has these signers, however few.
    pub(crate) fn approve_by(
        &self,
        change: &UnverifiedSetChange,
        signers: &[usize],
    ) -> UnverifiedSetChangeCertificate {
        let signatures: Vec<Signature> = signers
            .iter()
            .map(|&signer| self.keys[signer].sign_digest(&change.digest()))
            .collect();
        UnverifiedSetChangeCertificate {
            change: change.clone(),
            signers: bitmap(self.set.len(), signers),
            signature: aggregate(&signatures),
        }
    }

    /// This chain's parameters with epochs of so many heights.
    pub(crate) const fn short_epochs(&self, epoch_blocks: u64) -> ChainParams {
        ChainParams {
            epoch_blocks,
            ..self.params
        }
    }

    /// The network after a change, whose keys are found among these.
    pub(crate) fn changed(&self, next: &ValidatorSet, among: &[SigningKey]) -> Self {
        let key_of = |member: &chain::Validator| {
            let mut known = self.keys.iter().chain(among);
            known.find(|key| key.public_key() == *member.key()).cloned()
        };
        Self {
            keys: next.iter().map(|(_, m)| key_of(m).unwrap()).collect(),
            set: next.clone(),
            tenure: {
                let parent = Parent::genesis(&self.genesis);
                let last = Header {
                    validators: next.hash(),
                    ..self.header(1, &parent, next.hash())
                };
                Tenure::since(&last, next, next).unwrap()
            },
            genesis: self.genesis.clone(),
            ..*self
        }
    }

    pub(crate) fn context(&self) -> BlockContext<'_> {
        BlockContext {
            chain_id: self.chain_id,
            tenure: &self.tenure,
            parent: Parent::genesis(&self.genesis),
            params: &self.params,
            now: Some(NOW),
            is_ordered: &never,
        }
    }

    /// An empty block's header.
    pub(crate) fn header(&self, height: u64, parent: &Parent, next: SetHash) -> Header {
        let empty = IndexTree::new(Vec::new()).unwrap();
        Header {
            chain_id: self.chain_id,
            height: Height::new(height),
            time: parent.time.plus_millis(2_000),
            parent: parent.hash,
            dimensions: GridDimensions::default(),
            commitments_root: CommitmentsRoot::new([0; 32]),
            index_root: empty.root(),
            validators: self.set.hash(),
            next_validators: next,
        }
    }

    pub(crate) fn first_header(&self) -> Header {
        self.header(1, &Parent::genesis(&self.genesis), self.set.hash())
    }

    pub(crate) fn precommit(&self, header: &Header, round: Round, signer: usize) -> Signature {
        let digest = vote_digest(
            &self.chain_id,
            &self.set.hash(),
            header.height,
            round,
            VoteKind::Precommit,
            Some(&header.hash()),
        );
        self.keys[signer].sign_digest(&digest)
    }

    /// A certificate that claims and has these signers, however few.
    pub(crate) fn finality_by(&self, header: &Header, signers: &[usize]) -> UnverifiedFinality {
        let signatures: Vec<Signature> = signers
            .iter()
            .map(|&signer| self.precommit(header, ROUND, signer))
            .collect();
        UnverifiedFinality {
            height: header.height,
            round: ROUND,
            header: header.hash(),
            set: self.set.hash(),
            signers: bitmap(self.set.len(), signers),
            signature: aggregate(&signatures),
        }
    }

    pub(crate) fn finalize(&self, header: &Header) -> UnverifiedHeader {
        let everyone: Vec<usize> = (0..self.keys.len()).collect();
        UnverifiedHeader {
            header: *header,
            finality: self.finality_by(header, &everyone),
        }
    }

    pub(crate) fn final_header(&self, header: &Header) -> FinalHeader {
        self.finalize(header)
            .verify(&self.chain_id, &self.set)
            .unwrap()
    }
}

pub(crate) fn join(key: &SigningKey, weight: u64) -> SetEdit {
    SetEdit::Join {
        key: key.public_key().to_bytes(),
        weight: Weight::new(weight),
        possession: key.prove_possession(),
    }
}

pub(crate) fn leave(key: &SigningKey) -> SetEdit {
    SetEdit::Leave {
        key: key.public_key().to_bytes(),
    }
}

pub(crate) fn reweigh(key: &SigningKey, weight: u64) -> SetEdit {
    SetEdit::Reweigh {
        key: key.public_key().to_bytes(),
        weight: Weight::new(weight),
    }
}

pub(crate) fn bitmap(members: usize, signers: &[usize]) -> Vec<u8> {
    let mut bytes = vec![0; members.div_ceil(8)];
    for signer in signers {
        bytes[signer / 8] |= 1 << (signer % 8);
    }
    bytes
}

pub(crate) fn aggregate(signatures: &[Signature]) -> Signature {
    let points: Vec<min_pk::Signature> = signatures
        .iter()
        .map(|signature| min_pk::Signature::from_bytes(signature.as_bytes()).unwrap())
        .collect();
    let points: Vec<&min_pk::Signature> = points.iter().collect();
    let sum = min_pk::AggregateSignature::aggregate(&points, false).unwrap();
    Signature::new(sum.to_signature().to_bytes())
}

pub(crate) fn namespace(n: u8) -> Namespace {
    let mut bytes = [0; 29];
    bytes[0] = 1;
    bytes[28] = n;
    Namespace::new(bytes).unwrap()
}

/// A packed blob of this many rows; `salt` makes it differ from others.
pub(crate) fn meta(n: u8, rows: u8, salt: u8) -> BlobMeta {
    let length = PayloadLength::new(BlobMode::Packed, 126_976 * u64::from(rows) - 4).unwrap();
    let commitments = (0..rows)
        .map(|row| {
            let mut bytes = [salt; 48];
            bytes[0] = row;
            Commitment::new(bytes)
        })
        .collect();
    BlobMeta::new(namespace(n), length, commitments).unwrap()
}

/// 96 bytes of a point of the twist that lies outside the subgroup.
pub(crate) fn signature_outside_subgroup() -> Signature {
    (0..=u8::MAX)
        .map(|x| {
            let mut bytes = [0; 96];
            bytes[0] = 0x80;
            bytes[95] = x;
            bytes
        })
        .find(|bytes| {
            min_pk::Signature::from_bytes(bytes).is_ok_and(|point| !point.subgroup_check())
        })
        .map(Signature::new)
        .unwrap()
}

/// 96 bytes of infinity.
pub(crate) fn signature_at_infinity() -> Signature {
    let mut bytes = [0; 96];
    bytes[0] = 0xc0;
    Signature::new(bytes)
}
