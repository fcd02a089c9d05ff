//! A light node's trust under headers in any order, signed by any of four validators: nothing
//! without a quorum is trusted, and no two headers of a height.
#![no_main]

use arbitrary::Arbitrary;
use chain::{
    ChainParams, CheckedGenesis, Checkpoint, FinalityCertificate, Genesis, GenesisValidator,
    SigningKey, TrustingPeriod, UnverifiedFinality, UnverifiedHeader, VoteKind, Weight,
    vote_digest,
};
use libfuzzer_sys::fuzz_target;
use light_node::core::{Anchor, Step, Trust};
use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex};
use types::{
    CommitmentsRoot, GridDimensions, Header, HeaderHash, Height, IndexRoot, Round, SetHash,
    Timestamp,
};

#[derive(Arbitrary, Debug)]
struct Offer {
    height: u8,
    /// Two headers of one height differ in this.
    variant: bool,
    /// Whether the parent's hash is that of the other variant.
    other_parent: bool,
    /// Which of the four sign.
    signers: u8,
    /// A bit of the encoding to flip.
    flip: Option<u16>,
    foreign_set: bool,
}

static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let key = |n| SigningKey::from_bytes(&[n; 32]).unwrap();
    let mut keys: Vec<SigningKey> = (1..=4).map(key).collect();
    // In the set's order.
    keys.sort_by_key(SigningKey::public_key);
    keys
});

/// What was signed before: the same few headers come again and again.
static SIGNED: LazyLock<Mutex<HashMap<(HeaderHash, u8), UnverifiedHeader>>> =
    LazyLock::new(Mutex::default);

static GENESIS: LazyLock<CheckedGenesis> = LazyLock::new(|| {
    let validators = KEYS
        .iter()
        .map(|key| GenesisValidator::new(key, Weight::new(1)));
    Genesis {
        name: "fuzz".into(),
        time: Timestamp::new(0),
        validators: validators.collect(),
        params: ChainParams::mainnet(),
    }
    .check()
    .unwrap()
});

static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let chain = GENESIS.chain_id();
    let period = TrustingPeriod { millis: 1 << 30 };
    let anchor = Anchor::new(chain, Checkpoint::genesis(&chain), period);
    anchor.genesis(&GENESIS.encode()).unwrap()
});

fn header(height: u64, variant: bool, other_parent: bool) -> Header {
    let set = GENESIS.validators().hash();
    let parent = match height {
        1 => HeaderHash::new(GENESIS.chain_id().to_bytes()),
        _ => {
            let mut parent = [0; 32];
            parent[0] = u8::try_from(height).unwrap();
            parent[1] = u8::from(variant != other_parent);
            HeaderHash::new(parent)
        }
    };
    Header {
        chain_id: GENESIS.chain_id(),
        height: Height::new(height),
        time: Timestamp::new(1000 * height),
        parent,
        dimensions: GridDimensions::new(0).unwrap(),
        commitments_root: CommitmentsRoot::new([u8::from(variant); 32]),
        index_root: IndexRoot::new([0; 32]),
        validators: set,
        next_validators: set,
    }
}

fn sign(header: Header, mask: u8) -> UnverifiedHeader {
    let (chain, set) = (GENESIS.chain_id(), GENESIS.validators());
    let (round, hash) = (Round::new(0), header.hash());
    let kind = VoteKind::Precommit;
    let digest = vote_digest(&chain, &set.hash(), header.height, round, kind, Some(&hash));
    let votes = KEYS
        .iter()
        .enumerate()
        .filter(|(k, _)| mask >> k & 1 == 1)
        .map(|(_, key)| (key.public_key().address(), key.sign_digest(&digest)));
    // Too few for a quorum don't aggregate: one of them must do.
    let height = header.height;
    let signature = FinalityCertificate::aggregate(&chain, set, height, round, &hash, votes)
        .map_or_else(
            |_| KEYS[0].sign_digest(&digest),
            |certificate| certificate.to_unverified().signature,
        );
    let finality = UnverifiedFinality {
        height: header.height,
        round,
        header: hash,
        set: set.hash(),
        signers: vec![mask & 0xf],
        signature,
    };
    UnverifiedHeader { header, finality }
}

fuzz_target!(|offers: Vec<Offer>| {
    let mut trust = TRUST.clone();
    let mut trusted: BTreeMap<u64, HeaderHash> = BTreeMap::new();
    for offer in offers.iter().take(6) {
        let height = u64::from(offer.height % 8) + 1;
        let mut header = header(height, offer.variant, offer.other_parent);
        if offer.foreign_set {
            header.validators = SetHash::new([9; 32]);
        }
        let mut bytes = SIGNED
            .lock()
            .unwrap()
            .entry((header.hash(), offer.signers & 0xf))
            .or_insert_with(|| sign(header, offer.signers))
            .encode();
        if let Some(bit) = offer.flip {
            let bit = usize::from(bit) % (8 * bytes.len());
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        let Ok(received) = UnverifiedHeader::decode(&bytes) else {
            continue;
        };
        let (was, hash) = (trust.tip().height, received.header.hash());
        if let Ok(Step::Trusted(header)) = trust.accept(received, Timestamp::new(1 << 20)) {
            assert!((offer.signers & 0xf).count_ones() >= 3);
            assert!(offer.flip.is_none() && !offer.foreign_set);
            assert_eq!(header.hash(), hash);
            let height = header.header().height.get();
            assert_eq!(*trusted.entry(height).or_insert(hash), hash);
        }
        assert!(trust.tip().height >= was);
    }
});
