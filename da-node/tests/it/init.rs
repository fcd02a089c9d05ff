//! `init`: keys that only their owner reads, made once.

use crate::operator::{Home, refusal, succeed, text};
use da_node::operator::{Config, NetworkKeys, PassphraseFrom, Role, ValidatorFile, ValidatorKey};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

const FILES: [(&str, u32); 4] = [
    ("validator.key", 0o600),
    ("network.key", 0o600),
    ("validator.json", 0o644),
    ("config.toml", 0o644),
];

fn secret(path: &Path) -> Value {
    let key: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    key["secret"].clone()
}

fn passphrase(folder: &TempDir, text: &str) -> std::path::PathBuf {
    let path = folder.path().join("passphrase");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    path
}

#[test]
fn every_file_has_its_mode_and_belongs_to_the_same_validator() {
    let home = Home::init(&["--weight", "7", "--moniker", "alice"]);
    for (name, mode) in FILES {
        let got = home.file(name).metadata().unwrap().permissions().mode();
        // What the umask takes away is taken from what everybody may read.
        assert_eq!(got & 0o077 & !mode, 0, "{name}: {got:o}");
        assert_eq!(got & 0o700, 0o600, "{name}: {got:o}");
    }
    let key = ValidatorKey::read(&home.file("validator.key"), &PassphraseFrom::Terminal).unwrap();
    let network = NetworkKeys::read(&home.file("network.key")).unwrap();
    let announced = ValidatorFile::read(&home.file("validator.json")).unwrap();
    assert_eq!(announced.public_key, key.public_key().to_bytes());
    announced.possession.verify(&key.public_key()).unwrap();
    assert_eq!(announced.peer_id(), Some(network.peer_id()));
    assert_eq!(
        (announced.weight.get(), announced.moniker.as_str()),
        (7, "alice")
    );
    assert!(
        announced
            .consensus
            .to_string()
            .ends_with(&format!("/p2p/{}", network.consensus_peer_id().unwrap()))
    );
    assert_eq!(
        Config::read(&home.file("config.toml")).unwrap().moniker,
        "alice"
    );
}

#[test]
fn a_full_node_has_no_key_that_votes() {
    let home = Home::init(&["--full"]);
    let made = std::fs::read_dir(home.path("home")).unwrap();
    let mut made: Vec<_> = made.map(|e| e.unwrap().file_name()).collect();
    made.sort_unstable();
    assert_eq!(made, ["config.toml", "network.key"]);
    let mode = home.file("network.key").metadata().unwrap().permissions();
    assert_eq!(mode.mode() & 0o077, 0);
    let config = Config::read(&home.file("config.toml")).unwrap();
    assert_eq!((config.role, config.keep_columns), (Role::Full, 128));
}

#[test]
fn nothing_is_ever_overwritten() {
    let home = Home::init(&[]);
    let before = FILES.map(|(name, _)| std::fs::read(home.file(name)).unwrap());
    let (folder, key) = (home.path("home"), home.file("validator.key"));
    let again = ["init", "--dir", text(&folder)];
    let (code, said) = refusal(&again);
    assert_eq!(code, 2);
    assert!(said.contains("is not overwritten"), "{said}");
    assert_eq!(
        FILES.map(|(name, _)| std::fs::read(home.file(name)).unwrap()),
        before
    );

    // One file is enough, and nothing is made beside it.
    for (name, _) in &FILES[1..] {
        std::fs::remove_file(home.file(name)).unwrap();
    }
    assert_eq!(refusal(&again).0, 2);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    // A dangling link counts: what it points at may be on another disk.
    std::fs::remove_file(&key).unwrap();
    std::os::unix::fs::symlink("/nowhere/key", &key).unwrap();
    assert_eq!(refusal(&again).0, 2);
}

#[test]
fn a_passphrase_seals_the_key() {
    let folder = TempDir::new().unwrap();
    let right = passphrase(&folder, "correct horse\n");
    let home = Home::init(&["--passphrase-file", text(&right)]);
    let path = home.file("validator.key");
    let stored = secret(&path);
    assert!(stored["plain"].is_null() && stored["sealed"]["argon2id"]["memory_kib"] == 65_536);
    let from = PassphraseFrom::File(right);
    let key = ValidatorKey::read(&path, &from).unwrap();
    let bytes = std::fs::read_to_string(&path).unwrap();
    assert!(!bytes.contains(&hex::encode(*key.to_bytes())));
    let announced = ValidatorFile::read(&home.file("validator.json")).unwrap();
    assert_eq!(announced.public_key, key.public_key().to_bytes());
    // The configuration names the file, so that the node starts by itself.
    let config = Config::read(&home.file("config.toml")).unwrap();
    assert_eq!(
        PassphraseFrom::File(config.keys.passphrase_file.unwrap()),
        from
    );
}

#[test]
fn two_validators_have_nothing_in_common() {
    let (a, b) = (Home::init(&[]), Home::init(&[]));
    let announced = |home: &Home| ValidatorFile::read(&home.file("validator.json")).unwrap();
    let (a, b) = (announced(&a), announced(&b));
    assert_ne!(a.public_key, b.public_key);
    assert_ne!(a.peer_id(), b.peer_id());
    assert_ne!(a.consensus, b.consensus);
}

#[test]
fn bad_input_passphrases_and_hosts_leave_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let new = folder.path().join("new");
    for wrong in ["short\n", "", &"x".repeat(5000)] {
        let file = passphrase(&folder, wrong);
        let (code, said) = refusal(&[
            "init",
            "--dir",
            text(&new),
            "--passphrase-file",
            text(&file),
        ]);
        assert_eq!(code, 2, "{said}");
    }
    let file = passphrase(&folder, "correct horse");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let (code, said) = refusal(&[
        "init",
        "--dir",
        text(&new),
        "--passphrase-file",
        text(&file),
    ]);
    assert!(code == 2 && said.contains("644"), "{said}");
    // Nobody is at a terminal.
    assert_eq!(refusal(&["init", "--dir", text(&new), "--passphrase"]).0, 2);
    assert_eq!(
        refusal(&["init", "--dir", text(&new), "--host", "a/b"]).0,
        2
    );
    assert!(!new.exists());
    succeed(&["init", "--dir", text(&new)]);
}
