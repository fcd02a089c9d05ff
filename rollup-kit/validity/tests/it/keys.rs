//! `Keys`: kept in files with checksums.

use crate::common::*;
use ledger::{BatchSize, ExitsSize};
use sha2::{Digest, Sha256};
use validity::{Error, Keys, SetupKind, Shape};

struct Folder(std::path::PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("assay-validity-keys-{test}-{}", std::process::id());
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
    let folder = Folder::new("kept");
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

/// The circuit and the kind stand before what they are of: no damage makes keys for development
/// look like a ceremony's, or like another circuit's.
#[test]
fn a_changed_head_is_refused() {
    const HEAD: usize = 8 + 8 + 8 + 32;
    let folder = Folder::new("head");
    let shape = Shape::from(ExitsSize::new(1).unwrap());
    Keys::development_in(&folder.0, shape, own_sums()).unwrap();
    let file = folder.0.join("development-exits-1.keys");
    let (named, kind, _) = Keys::read_verifying(&file, None).unwrap();
    assert_eq!((named, kind), (shape, SetupKind::Development));
    let whole = std::fs::read(&file).unwrap();
    for at in 0..HEAD {
        // Of the circuit and the kind every bit.
        let bits: &[u8] = if (8..24).contains(&at) {
            &[0, 1, 2, 3, 4, 5, 6, 7]
        } else {
            &[0, 7]
        };
        for bit in bits {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            std::fs::write(&file, &changed).unwrap();
            // Sizes that no circuit has are refused by name.
            let result = Keys::read_verifying(&file, None);
            assert!(
                matches!(result, Err(Error::Keys { .. } | Error::Ledger(_))),
                "byte {at}, bit {bit}"
            );
            let result = Keys::read(&file, shape, own_sums());
            assert!(
                matches!(result, Err(Error::Keys { .. })),
                "byte {at}, bit {bit}"
            );
        }
    }
}

/// The format before this one said nothing of the head in its checksum.
#[test]
fn keys_of_an_older_format_are_made_anew_if_anybody_can() {
    let folder = Folder::new("older");
    let shape = Shape::from(ExitsSize::new(1).unwrap());
    let made = Keys::development_in(&folder.0, shape, own_sums()).unwrap();
    let file = folder.0.join("development-exits-1.keys");
    let whole = std::fs::read(&file).unwrap();
    let mut older = whole.clone();
    older[..8].copy_from_slice(b"assayk02");
    older[24..56].copy_from_slice(&Sha256::digest(&whole[56..]));
    std::fs::write(&file, &older).unwrap();
    match Keys::read(&file, shape, own_sums()) {
        Err(Error::Keys { what, got, .. }) => {
            assert_eq!((what, got.as_str()), ("the format", "assayk02"));
        }
        other => panic!("{:?}", other.map(|keys| keys.kind())),
    }
    let again = Keys::development_in(&folder.0, shape, own_sums()).unwrap();
    assert_eq!(again.verifying(), made.verifying());
    assert_eq!(std::fs::read(&file).unwrap(), whole);
}
