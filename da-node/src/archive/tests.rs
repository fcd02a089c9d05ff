#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::frame::{Frames, Kind, MAGIC, append, first_check};
use super::record::{Blob, Block, End, Head, SetChange};
use super::write::Unfinished;
use super::{Error, Result, Shelf, Trust, VerifiedArchive, verify};
use chain::{
    ApprovalCollector, BlockContext, ChainParams, Checkpoint, FinalityCertificate, Genesis,
    GenesisValidator, Parent, ReceiptCollector, ReceiptTerms, SetChangeCertificate, SetEdit,
    SigningKey, Tenure, TrustedSet, UnverifiedHeader, UnverifiedSetChange, Validator, ValidatorSet,
    VoteKind, Weight, propose, vote_digest,
};
use commitments::{Setup, Threads};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;
use types::{
    BlobId, BlobMeta, BlobMode, ChainId, Epoch, HeaderHash, Height, Namespace, Round, Timestamp,
};

const NOW: Timestamp = Timestamp::new(1_700_000_000_000);
const CHAIN: ChainId = ChainId::new([7; 32]);
const FIRST: Height = Height::new(5);

fn threads() -> &'static Threads {
    static THREADS: OnceLock<Threads> = OnceLock::new();
    THREADS.get_or_init(|| Threads::available().unwrap())
}

fn ours() -> Namespace {
    "ours".parse().unwrap()
}

fn key(seed: u8) -> SigningKey {
    let mut bytes = [0; 32];
    bytes[31] = seed;
    SigningKey::from_bytes(&bytes).unwrap()
}

fn set(seeds: &[u8]) -> ValidatorSet {
    let members = seeds
        .iter()
        .map(|seed| Validator::new(key(*seed).public_key(), Weight::new(10)));
    ValidatorSet::new(members.collect()).unwrap()
}

/// A blob of one row, or of two.
fn blob(namespace: &str, seed: u8, bytes: usize) -> (BlobMeta, Vec<u8>) {
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
type Payload = (Blob, Vec<u8>);

/// A chain whose set changes after a height, as it is written into archives.
struct Chain {
    blocks: Vec<(Block, Vec<Payload>)>,
    change: SetChange,
}

const OLD: &[u8] = &[1, 2, 3, 4];
const NEW: &[u8] = &[3, 4, 5, 6];

/// The set changes after height 6.
fn params() -> ChainParams {
    ChainParams {
        epoch_blocks: 7,
        ..ChainParams::devnet()
    }
}

/// The sets that count while the old one is in force.
fn tenure_of_old() -> Tenure {
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
fn approved() -> SetChangeCertificate {
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

fn certify(meta: &BlobMeta, seeds: &[u8]) -> chain::AvailabilityCertificate {
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
fn chain() -> &'static Chain {
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

fn block(
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

type Records = Vec<(Kind, Vec<u8>)>;

fn head() -> Head {
    Head {
        chain_id: CHAIN,
        namespace: ours(),
        from: FIRST,
    }
}

/// The whole archive, record by record.
fn records() -> Records {
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
fn file_of(records: &Records) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let mut check = first_check();
    for (kind, body) in records {
        check = append(&mut bytes, check, *kind, body).unwrap();
    }
    bytes
}

fn trust(seeds: &[u8]) -> Trust {
    Trust {
        set: TrustedSet {
            chain_id: CHAIN,
            validators: set(seeds),
        },
        checkpoint: None,
    }
}

fn write(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.assay");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn verified(bytes: &[u8], trust: &Trust) -> Result<VerifiedArchive> {
    let (_folder, path) = write(bytes);
    verify(&path, trust, threads())
}

fn refused(records: &Records) -> Error {
    verified(&file_of(records), &trust(OLD)).unwrap_err()
}

#[test]
fn a_whole_archive_is_believed_and_gives_its_blobs_back() {
    let (folder, path) = write(&file_of(&records()));
    let archive = verify(&path, &trust(OLD), threads()).unwrap();
    assert_eq!((archive.from(), archive.to()), (FIRST, Height::new(8)));
    assert_eq!((archive.chain_id(), archive.namespace()), (CHAIN, ours()));
    assert_eq!(archive.blobs().len(), 3);
    assert_eq!(archive.bytes(), 130_101);

    let shelf = Shelf::new(&folder.path().join("shelf"));
    assert!(shelf.list().unwrap().is_empty());
    let kept = shelf.keep(&archive).unwrap();
    assert_eq!(shelf.keep(&archive).unwrap(), kept, "twice is once");
    let listed = shelf.list().unwrap();
    assert_eq!(listed.len(), 1);
    let ids: Vec<BlobId> = listed[0].blobs.iter().map(|(_, meta)| meta.id()).collect();
    assert_eq!(ids, archive.blobs());
    for (block, of_ours) in &chain().blocks {
        for (blob, payload) in of_ours {
            let back = shelf.get(blob.meta.id(), threads()).unwrap();
            assert_eq!((&back.payload, &back.meta), (payload, &blob.meta));
            assert_eq!(back.height, block.header.height);
        }
    }
    let none = shelf.get(BlobId::new([9; 32]), threads()).unwrap_err();
    assert!(matches!(none, Error::NotKept { .. }), "{none}");
}

#[test]
fn trust_may_begin_at_a_later_set_for_what_comes_after() {
    let archive = records();
    // From the new set alone the old blocks are not believed.
    let error = verified(&file_of(&archive), &trust(NEW)).unwrap_err();
    assert!(
        matches!(error, Error::UntrustedSet { height, .. } if height == FIRST),
        "{error}"
    );
    // An archive of what the new set decided is, and the change before it is not needed.
    let later: Records = [
        vec![
            (
                Head::KIND,
                Head {
                    from: Height::new(7),
                    ..head()
                }
                .encode(),
            ),
            (SetChange::KIND, chain().change.encode()),
        ],
        archive[archive.len() - 5..archive.len() - 1].to_vec(),
        vec![(
            End::KIND,
            End {
                to: Height::new(8),
                blobs: 1,
                bytes: 1,
            }
            .encode(),
        )],
    ]
    .concat();
    let block = (Block::KIND, chain().blocks[2].0.encode());
    assert!(later.contains(&block), "it begins at height 7");
    for seeds in [NEW, OLD] {
        assert_eq!(
            verified(&file_of(&later), &trust(seeds))
                .unwrap()
                .blobs()
                .len(),
            1
        );
    }
}

#[test]
fn a_checkpoint_has_to_be_met() {
    let bytes = file_of(&records());
    let at = |height: u64, hash: HeaderHash| Trust {
        checkpoint: Some(Checkpoint {
            height: Height::new(height),
            hash,
        }),
        ..trust(OLD)
    };
    let header = chain().blocks[1].0.header;
    assert!(verified(&bytes, &at(6, header.hash())).is_ok());
    let other = verified(&bytes, &at(6, HeaderHash::new([1; 32]))).unwrap_err();
    assert!(matches!(other, Error::Checkpoint { .. }), "{other}");
    let elsewhere = verified(&bytes, &at(9, header.hash())).unwrap_err();
    assert!(
        matches!(elsewhere, Error::CheckpointElsewhere { .. }),
        "{elsewhere}"
    );
}

#[test]
fn bad_input_every_cut() {
    let good = file_of(&records());
    // At every byte of the first records, and at many of the rest.
    for length in (0..2_000).chain((2_000..good.len()).step_by(997)) {
        let error = verified(&good[..length], &trust(OLD)).unwrap_err();
        let expected = matches!(error, Error::CutOff { .. } | Error::Magic { .. });
        assert!(expected, "{length} bytes: {error}");
    }
    let longer = [&good[..], &[0]].concat();
    assert!(verified(&longer, &trust(OLD)).is_err());
}

#[test]
fn bad_input_every_flipped_byte() {
    let good = file_of(&records());
    for place in (0..2_000).chain((2_000..good.len()).step_by(1_499)) {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        assert!(verified(&bytes, &trust(OLD)).is_err(), "byte {place}");
    }
}

#[test]
fn bad_input_flips_under_a_right_check() {
    let good = records();
    for (number, (_, body)) in good.iter().enumerate() {
        for place in (0..body.len()).step_by(body.len().div_ceil(40).max(1)) {
            let mut forged = good.clone();
            forged[number].1[place] ^= 1;
            let error = verified(&file_of(&forged), &trust(OLD));
            assert!(error.is_err(), "record {number}, byte {place}");
        }
    }
}

#[test]
fn bad_input_records_left_out_repeated_or_exchanged() {
    let good = records();
    for number in 0..good.len() {
        let mut without = good.clone();
        without.remove(number);
        assert!(
            verified(&file_of(&without), &trust(OLD)).is_err(),
            "without {number}"
        );
        let mut twice = good.clone();
        twice.insert(number, good[number].clone());
        let twice = verified(&file_of(&twice), &trust(OLD));
        // The same change of sets twice changes nothing.
        let harmless = good[number].0 == Kind::SetChange;
        assert_eq!(twice.is_ok(), harmless, "{number} twice");
        for other in number + 1..good.len() {
            if good[number] == good[other] {
                continue;
            }
            let mut exchanged = good.clone();
            exchanged.swap(number, other);
            let swapped = verified(&file_of(&exchanged), &trust(OLD));
            // A change of sets may stand before the block that it is in, and after the next one,
            // which brings no certificate.
            let moves = |record: usize| good[record].0 == Kind::SetChange;
            let harmless = other == number + 1 && (moves(number) || moves(other));
            assert_eq!(swapped.is_ok(), harmless, "{number} and {other}");
        }
    }
}

#[test]
fn bad_input_a_blob_that_is_kept_back() {
    let mut archive = records();
    let first = archive
        .iter()
        .position(|(kind, _)| *kind == Blob::KIND)
        .unwrap();
    let next = archive[first + 1..]
        .iter()
        .position(|(kind, _)| *kind != Kind::Chunk)
        .unwrap();
    archive.drain(first..first + 1 + next);
    let expected = chain().blocks[0].1[0].0.meta.id();
    let error = refused(&archive);
    assert!(
        matches!(error, Error::WrongBlob { expected: e, .. } if e == expected),
        "{error}"
    );
    // The last of its block: another block stands in its place.
    let mut archive = records();
    let second = archive
        .iter()
        .enumerate()
        .filter(|(_, (kind, _))| *kind == Blob::KIND)
        .nth(1)
        .unwrap()
        .0;
    archive.drain(second..second + 4);
    let error = refused(&archive);
    assert!(
        matches!(error, Error::MissingBlob { height, .. } if height == FIRST),
        "{error}"
    );
}

#[test]
fn bad_input_of_another_chain_or_another_payload() {
    let bytes = file_of(&records());
    let mut other = trust(OLD);
    other.set.chain_id = ChainId::new([8; 32]);
    let error = verified(&bytes, &other).unwrap_err();
    assert!(matches!(error, Error::WrongChain { .. }), "{error}");

    let mut archive = records();
    let chunk = archive
        .iter()
        .position(|(kind, _)| *kind == Kind::Chunk)
        .unwrap();
    archive[chunk].1[3] ^= 1;
    let error = refused(&archive);
    assert!(matches!(error, Error::WrongPayload { .. }), "{error}");
    let mut archive = records();
    archive[chunk].1.push(0);
    let error = refused(&archive);
    assert!(matches!(error, Error::PayloadLength { .. }), "{error}");
}

#[test]
fn bad_input_headers_that_nothing_certifies() {
    // Cut after a block without a certificate.
    let mut archive = records();
    let end = archive
        .iter()
        .position(|(kind, _)| *kind == SetChange::KIND)
        .unwrap();
    archive.truncate(end);
    let whole = End {
        to: Height::new(6),
        blobs: 2,
        bytes: 130_100,
    };
    archive.push((End::KIND, whole.encode()));
    let error = refused(&archive);
    assert!(matches!(error, Error::Uncertified { .. }), "{error}");
    // Without the change, nothing leads to the new set.
    let mut archive = records();
    archive.remove(end);
    let error = refused(&archive);
    assert!(matches!(error, Error::UntrustedSet { .. }), "{error}");
    // Another set than the header names.
    let mut archive = records();
    let change = SetChange {
        set: set(&[7, 8, 9]),
        ..chain().change.clone()
    };
    archive[end].1 = change.encode();
    let error = refused(&archive);
    assert!(matches!(error, Error::WrongSet { .. }), "{error}");
}

#[test]
fn bad_input_records_of_no_kind_or_too_long() {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([9, 0, 0, 0, 0]);
    let error = verified(&bytes, &trust(OLD)).unwrap_err();
    assert!(matches!(error, Error::Kind { got: 9, .. }), "{error}");
    let mut bytes = MAGIC.to_vec();
    // Refused before any memory is taken for it.
    bytes.extend([5, 0xff, 0xff, 0xff, 0xff]);
    let error = verified(&bytes, &trust(OLD)).unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
}

#[test]
fn a_file_that_changes_after_its_verification_is_not_kept() {
    let (folder, path) = write(&file_of(&records()));
    let archive = verify(&path, &trust(OLD), threads()).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let shelf = Shelf::new(&folder.path().join("shelf"));
    let error = shelf.keep(&archive).unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
    assert!(shelf.list().unwrap().is_empty());
}

/// Writes blocks from what is next up to a height.
fn write_up_to(file: &mut Unfinished, to: usize) {
    let chain = chain();
    while file.next <= Height::new(to as u64) {
        let place = (file.next.get() - FIRST.get()) as usize;
        if place == 2 {
            file.set_change(&chain.change).unwrap();
        }
        let (block, of_ours) = &chain.blocks[place];
        file.block(block).unwrap();
        for (blob, payload) in of_ours {
            file.blob(blob, payload).unwrap();
        }
    }
}

fn part(path: &Path) -> PathBuf {
    path.with_extension("assay.part")
}

#[test]
fn an_export_cut_off_anywhere_goes_on_and_ends_the_same() {
    let folder = TempDir::new().unwrap();
    let whole = folder.path().join("whole.assay");
    let mut file = Unfinished::open(&whole, &head()).unwrap();
    write_up_to(&mut file, 8);
    file.finish().unwrap();
    let expected = std::fs::read(&whole).unwrap();
    assert_eq!(verified(&expected, &trust(OLD)).unwrap().blobs().len(), 3);
    let again = Unfinished::open(&whole, &head());
    assert!(matches!(again, Err(Error::Exists { .. })));

    let path = folder.path().join("cut.assay");
    for length in (0..1_500)
        .step_by(7)
        .chain((1_500..expected.len()).step_by(4_999))
    {
        std::fs::write(part(&path), &expected[..length]).unwrap();
        let mut file = Unfinished::open(&path, &head()).unwrap();
        write_up_to(&mut file, 8);
        file.finish().unwrap();
        let archive = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        if archive != expected {
            // A change of sets that was written already may stand there twice.
            assert_eq!(
                verified(&archive, &trust(OLD)).unwrap().blobs().len(),
                3,
                "{length}"
            );
        }
    }
}

#[test]
fn an_unfinished_export_of_something_else_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.assay");
    let file = Unfinished::open(&path, &head()).unwrap();
    drop(file);
    for other in [
        Head {
            chain_id: ChainId::new([1; 32]),
            ..head()
        },
        Head {
            namespace: "other".parse().unwrap(),
            ..head()
        },
        Head {
            from: Height::new(6),
            ..head()
        },
    ] {
        let error = Unfinished::open(&path, &other);
        assert!(matches!(error, Err(Error::OtherExport { .. })));
    }
    assert_eq!(Unfinished::begun(&path).unwrap(), Some(head()));
}

#[test]
fn records_read_back_as_they_were_written() {
    let bytes = file_of(&records());
    let mut frames = Frames::open(Path::new("memory"), &bytes[..]).unwrap();
    for (kind, body) in records() {
        let frame = frames.next().unwrap().unwrap();
        assert_eq!((frame.kind, frame.body), (kind, body));
    }
    assert!(frames.next().unwrap().is_none());
}
