//! A chain, and the archive that is written of it.

use super::*;

pub(super) const NOW: Timestamp = Timestamp::new(1_700_000_000_000);
pub(super) const CHAIN: ChainId = ChainId::new([7; 32]);
pub(super) const FIRST: Height = Height::new(5);

pub(super) fn threads() -> &'static Threads {
    static THREADS: OnceLock<Threads> = OnceLock::new();
    THREADS.get_or_init(|| Threads::available().unwrap())
}

pub(super) fn ours() -> Namespace {
    "ours".parse().unwrap()
}

pub(super) fn key(seed: u8) -> SigningKey {
    let mut bytes = [0; 32];
    bytes[31] = seed;
    SigningKey::from_bytes(&bytes).unwrap()
}

pub(super) fn set(seeds: &[u8]) -> ValidatorSet {
    let members = seeds
        .iter()
        .map(|seed| Validator::new(key(*seed).public_key(), Weight::new(10)));
    ValidatorSet::new(members.collect()).unwrap()
}

/// A blob of one row, or of two.
pub(super) fn blob(namespace: &str, seed: u8, bytes: usize) -> (BlobMeta, Vec<u8>) {
    let payload: Vec<u8> = (0..bytes)
        .map(|i| (i as u8).wrapping_mul(seed) ^ seed)
        .collect();
    let (length, rows) = erasure::payload_to_rows(BlobMode::Packed, &payload).unwrap();
    let commitments = Setup::ceremony()
        .unwrap()
        .commit_all(&rows, threads())
        .unwrap();
    let meta = BlobMeta::new(namespace.parse().unwrap(), length, commitments).unwrap();
    (meta, payload)
}

/// A blob of ours, with its payload.
pub(super) type Payload = (Blob, Vec<u8>);

/// A chain whose set changes after a height, as it is written into archives.
pub(super) struct Chain {
    pub(super) blocks: Vec<(Block, Vec<Payload>)>,
    pub(super) change: SetChange,
}

pub(super) const OLD: &[u8] = &[1, 2, 3, 4];
pub(super) const NEW: &[u8] = &[3, 4, 5, 6];

/// The set changes after height 6.
pub(super) fn params() -> ChainParams {
    ChainParams {
        epoch_blocks: 7,
        ..ChainParams::devnet()
    }
}

/// The sets that count while the old one is in force.
pub(super) fn tenure_of_old() -> Tenure {
    let validators = OLD
        .iter()
        .map(|seed| GenesisValidator::new(&key(*seed), Weight::new(10)));
    let genesis = Genesis {
        name: "archive".into(),
        time: NOW,
        validators: validators.collect(),
        params: params(),
    };
    Tenure::genesis(&genesis.check().unwrap())
}

/// What the members of the old set approve, so that the new one follows it.
pub(super) fn approved() -> SetChangeCertificate {
    let old = set(OLD);
    let leave = |seed| SetEdit::Leave {
        key: key(seed).public_key().to_bytes(),
    };
    let join = |seed| SetEdit::Join {
        key: key(seed).public_key().to_bytes(),
        weight: Weight::new(10),
        possession: key(seed).prove_possession(),
    };
    let edits = vec![leave(1), leave(2), join(5), join(6)];
    let change = UnverifiedSetChange::new(CHAIN, old.hash(), Epoch::new(1), edits);
    let change = change.verify(&CHAIN, &old).unwrap();
    let mut collector = ApprovalCollector::new(change.clone(), old.clone()).unwrap();
    for seed in OLD {
        let approval = change.approve(&key(*seed));
        let approval = approval
            .verify(change.as_unverified(), &CHAIN, &old)
            .unwrap();
        collector.add(approval).unwrap();
    }
    collector.finish().unwrap()
}

pub(super) fn certify(meta: &BlobMeta, seeds: &[u8]) -> chain::AvailabilityCertificate {
    let set = set(seeds);
    let terms = ReceiptTerms {
        chain_id: CHAIN,
        set: set.hash(),
        blob: meta.id(),
        accepted_at: NOW,
        expires_at: NOW.plus_millis(ChainParams::devnet().retention_ms),
    };
    let mut collector = ReceiptCollector::new(terms, set.clone());
    for seed in seeds {
        let receipt = terms
            .sign(&key(*seed))
            .verify(&CHAIN, &set, &terms)
            .unwrap();
        collector.add(receipt).unwrap();
    }
    collector.finish().unwrap()
}

/// Heights 5 to 8: ours and another's blobs, nothing of ours, nothing at all, ours again.
pub(super) fn chain() -> &'static Chain {
    static CHAIN_OF_FOUR: OnceLock<Chain> = OnceLock::new();
    CHAIN_OF_FOUR.get_or_init(|| {
        let blobs = [
            vec![
                blob("ours", 1, 100),
                blob("ours", 2, 130_000),
                blob("other", 3, 10),
            ],
            vec![blob("other", 4, 10)],
            vec![],
            vec![blob("ours", 5, 1)],
        ];
        let mut parent = Parent {
            hash: HeaderHash::new([1; 32]),
            height: Height::new(4),
            time: NOW,
        };
        let mut tenure = tenure_of_old();
        let mut blocks = Vec::new();
        let mut change = None;
        for (place, blobs) in blobs.into_iter().enumerate() {
            let seeds = if place < 2 { OLD } else { NEW };
            let (header, finality, index, next) = block(&blobs, parent, seeds, &tenure);
            tenure = next;
            if place == 1 {
                change = Some(SetChange {
                    header: UnverifiedHeader {
                        header,
                        finality: finality.to_unverified(),
                    },
                    set: set(NEW),
                });
            }
            let has_ours = blobs.iter().any(|(meta, _)| meta.namespace() == ours());
            let mut kept: Vec<_> = index.entries().iter().map(|entry| entry.id()).collect();
            let mut of_ours = Vec::new();
            for id in kept.drain(..) {
                let (meta, payload) = blobs.iter().find(|(meta, _)| meta.id() == id).unwrap();
                if meta.namespace() == ours() {
                    let availability = certify(meta, seeds).to_unverified();
                    let meta = meta.clone();
                    of_ours.push((Blob { meta, availability }, payload.clone()));
                }
            }
            parent = Parent {
                hash: header.hash(),
                height: header.height,
                time: header.time,
            };
            blocks.push((
                Block {
                    header,
                    finality: has_ours.then(|| finality.to_unverified()),
                    proof: index.prove_namespace(ours()).unwrap(),
                },
                of_ours,
            ));
        }
        Chain {
            blocks,
            change: change.unwrap(),
        }
    })
}

pub(super) fn block(
    blobs: &[(BlobMeta, Vec<u8>)],
    parent: Parent,
    seeds: &[u8],
    tenure: &Tenure,
) -> (types::Header, FinalityCertificate, types::IndexTree, Tenure) {
    let set = set(seeds);
    let context = BlockContext {
        chain_id: CHAIN,
        tenure,
        parent,
        params: &params(),
        now: None,
        is_ordered: &|_| false,
    };
    let candidates = blobs
        .iter()
        .map(|(meta, _)| (certify(meta, seeds), meta.clone()));
    let time = parent.time.plus_millis(1);
    // In another block than the last of the epoch it is left out.
    let block = propose(&context, candidates.collect(), Some(approved()), time).unwrap();
    let next = block.to_unverified().next_tenure(tenure, &CHAIN, &params());
    let (hash, height) = (block.id(), block.header().height);
    let digest = vote_digest(
        &CHAIN,
        &set.hash(),
        height,
        Round::new(0),
        VoteKind::Precommit,
        Some(&hash),
    );
    let votes = seeds.iter().map(|seed| {
        let key = key(*seed);
        (key.public_key().address(), key.sign_digest(&digest))
    });
    let finality =
        FinalityCertificate::aggregate(&CHAIN, &set, height, Round::new(0), &hash, votes).unwrap();
    let (header, index) = (*block.header(), block.index().clone());
    (header, finality, index, next.unwrap())
}

pub(super) type Records = Vec<(Kind, Vec<u8>)>;

pub(super) fn head() -> Head {
    Head {
        chain_id: CHAIN,
        namespace: ours(),
        from: FIRST,
    }
}

/// The whole archive, record by record.
pub(super) fn records() -> Records {
    let chain = chain();
    let mut records = vec![(Head::KIND, head().encode())];
    let (mut blobs, mut bytes) = (0, 0);
    for (place, (block, of_ours)) in chain.blocks.iter().enumerate() {
        if place == 2 {
            records.push((SetChange::KIND, chain.change.encode()));
        }
        records.push((Block::KIND, block.encode()));
        for (blob, payload) in of_ours {
            records.push((Blob::KIND, blob.encode()));
            for chunk in payload.chunks(50_000) {
                records.push((Kind::Chunk, chunk.to_vec()));
            }
            blobs += 1;
            bytes += payload.len() as u64;
        }
    }
    let to = Height::new(8);
    records.push((End::KIND, End { to, blobs, bytes }.encode()));
    records
}

/// The file with these records: each check is right, whoever forged them.
pub(super) fn file_of(records: &Records) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let mut check = first_check();
    for (kind, body) in records {
        check = append(&mut bytes, check, *kind, body).unwrap();
    }
    bytes
}

pub(super) fn trust(seeds: &[u8]) -> Trust {
    Trust {
        set: TrustedSet {
            chain_id: CHAIN,
            validators: set(seeds),
        },
        checkpoint: None,
    }
}

pub(super) fn write(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.assay");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

pub(super) fn verified(bytes: &[u8], trust: &Trust) -> Result<VerifiedArchive> {
    let (_folder, path) = write(bytes);
    verify(&path, trust, threads())
}

pub(super) fn refused(records: &Records) -> Error {
    verified(&file_of(records), &trust(OLD)).unwrap_err()
}
