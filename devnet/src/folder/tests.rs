#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Folder, GENESIS, NETWORK_KEY, VALIDATOR_KEY};
use crate::Error;
use chain::ChainParams;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn params() -> ChainParams {
    ChainParams::devnet()
}

#[test]
fn a_folder_opened_again_is_the_same_chain() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("net");
    let first = Folder::open(Some(&path), 4, params()).unwrap();
    let second = Folder::open(Some(&path), 4, params()).unwrap();
    assert_eq!(first.genesis().chain_id(), second.genesis().chain_id());
    for (a, b) in first.members().iter().zip(second.members()) {
        assert_eq!(a.key.public_key(), b.key.public_key());
        assert_eq!(a.network.peer_id(), b.network.peer_id());
        assert_eq!(a.network.consensus_seed, b.network.consensus_seed);
    }
    for name in [VALIDATOR_KEY, NETWORK_KEY] {
        let file = first.node(3).join(name);
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner reads {name}");
    }
}

#[test]
fn two_new_folders_are_two_chains() {
    let a = Folder::open(None, 1, params()).unwrap();
    let b = Folder::open(None, 1, params()).unwrap();
    assert_ne!(a.genesis().chain_id(), b.genesis().chain_id());
}

#[test]
fn a_temporary_folder_is_gone_at_the_end() {
    let folder = Folder::open(None, 1, params()).unwrap();
    let path = folder.path().to_owned();
    assert!(path.join(GENESIS).exists());
    drop(folder);
    assert!(!path.exists());
}

#[test]
fn bad_input_folder_of_another_shape_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    Folder::open(Some(scratch.path()), 4, params()).unwrap();
    let more = Folder::open(Some(scratch.path()), 5, params()).unwrap_err();
    assert!(matches!(&more, Error::Folder { what: "validators", got, .. } if got == "4"));
    let other = Folder::open(Some(scratch.path()), 4, ChainParams::mainnet()).unwrap_err();
    assert!(matches!(
        other,
        Error::Folder {
            what: "parameters",
            ..
        }
    ));
    assert!(more.is_usage());
}

#[test]
fn bad_input_folder_with_something_else_is_left_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let precious = scratch.path().join("precious");
    std::fs::write(&precious, "mine").unwrap();
    let refused = Folder::open(Some(scratch.path()), 1, params()).unwrap_err();
    assert!(matches!(
        refused,
        Error::Folder {
            what: "contents",
            ..
        }
    ));
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1);
}

#[test]
fn bad_input_folder_with_keys_of_others_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let (a, b) = (scratch.path().join("a"), scratch.path().join("b"));
    Folder::open(Some(&a), 2, params()).unwrap();
    Folder::open(Some(&b), 2, params()).unwrap();
    for node in ["node-0", "node-1"] {
        let key = |folder: &Path| folder.join(node).join(VALIDATOR_KEY);
        std::fs::copy(key(&b), key(&a)).unwrap();
    }
    let refused = Folder::open(Some(&a), 2, params()).unwrap_err();
    assert!(
        matches!(&refused, Error::Folder { what: "keys of validators", got, .. } if got == "0 of 2")
    );
}

#[test]
fn bad_input_genesis_that_does_not_parse_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join(GENESIS), "{").unwrap();
    let refused = Folder::open(Some(scratch.path()), 1, params()).unwrap_err();
    assert!(matches!(refused, Error::Operator(_)), "{refused}");
}

#[test]
fn an_interrupted_first_start_is_finished_by_the_next() {
    let scratch = tempfile::tempdir().unwrap();
    let first = Folder::open(Some(scratch.path()), 2, params()).unwrap();
    std::fs::remove_file(scratch.path().join(GENESIS)).unwrap();
    std::fs::remove_file(scratch.path().join("validators.json")).unwrap();
    std::fs::remove_file(first.node(1).join(NETWORK_KEY)).unwrap();
    let second = Folder::open(Some(scratch.path()), 2, params()).unwrap();
    for (a, b) in first.members().iter().zip(second.members()) {
        assert_eq!(
            a.key.public_key(),
            b.key.public_key(),
            "no key is made twice"
        );
    }
}
