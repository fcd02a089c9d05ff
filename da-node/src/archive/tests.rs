#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod built;
mod refused;

use super::frame::{Frames, Kind, MAGIC, append, first_check};
use super::record::{Blob, Block, End, Head, SetChange};
use super::write::Unfinished;
use super::{Error, Result, Shelf, Trust, VerifiedArchive, verify};
use built::*;
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
