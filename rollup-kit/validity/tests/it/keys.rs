//! `Keys`: kept in files with checksums.

use crate::common::*;
use ledger::BatchSize;
use validity::{Error, Keys, SetupKind};

struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("assay-validity-keys-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn keys_are_kept_and_damage_is_noticed() {
    let folder = Folder::new();
    let made = Keys::development_in(&folder.0, size(), own_sums()).unwrap();
    assert_eq!(made.verifying(), keys().verifying());
    assert_eq!(made.kind(), SetupKind::Development);
    let file = folder.0.join("development-batch-1.keys");
    let read = Keys::read(&file, size(), own_sums()).unwrap();
    let (batch, statement) = two_rows();
    assert_eq!(proved(&read, &batch, &statement), proofs()[0]);

    let wrong_size = Keys::read(&file, BatchSize::EIGHT, own_sums());
    assert!(matches!(wrong_size, Err(Error::Keys { .. })));
    let bytes = std::fs::read(&file).unwrap();
    for at in [0, 23, 55, 56, 1000, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(&file, &damaged).unwrap();
        let result = Keys::read(&file, size(), own_sums());
        assert!(matches!(result, Err(Error::Keys { .. })), "byte {at}");
    }
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let cut = Keys::read(&file, size(), own_sums());
    assert!(matches!(cut, Err(Error::Keys { .. })));
}
