use algebra::{Engine, TableSize};
use commitments::{CommitmentError, Setup, Verifier};
use types::limits::{CELL_ELEMENTS, ROW_ELEMENTS};

use super::setup;

const CEREMONY: &[u8] = include_bytes!("../../assets/trusted_setup.txt");
const EXTRACT: &[u8] = include_bytes!("../../assets/verifier.bin");

#[test]
fn wrong_or_truncated_bytes_are_refused() {
    let engine = Engine::scalar();
    let spoilt = |bytes: &[u8]| {
        let mut flipped = bytes.to_vec();
        flipped[1000] ^= 1;
        let longer = [bytes, &[0]].concat();
        [
            Vec::new(),
            bytes[..bytes.len() - 1].to_vec(),
            longer,
            flipped,
        ]
    };
    let ceremony =
        spoilt(CEREMONY).map(|bytes| Setup::new(&bytes, engine, TableSize::Small).map(|_| ()));
    let extract = spoilt(EXTRACT).map(|bytes| Verifier::new(&bytes, engine).map(|_| ()));
    for refused in ceremony.into_iter().chain(extract) {
        let error = refused.unwrap_err();
        assert!(matches!(error, CommitmentError::SetupHash { .. }));
        assert!(!error.is_peer_fault());
    }
}

/// The verifier's points are the ceremony's: the first 64 monomial ones, and [1]₂, [τ]₂, [τ⁶⁴]₂.
#[test]
fn the_verifiers_extract_is_the_ceremonys() {
    let text = std::str::from_utf8(CEREMONY).unwrap();
    let points: Vec<_> = text.split_whitespace().skip(2).collect();
    let (g2, monomial) = points[ROW_ELEMENTS..].split_at(CELL_ELEMENTS + 1);
    let mut expected: Vec<_> = monomial[..CELL_ELEMENTS].to_vec();
    expected.extend([g2[0], g2[1], g2[CELL_ELEMENTS]]);
    assert_eq!(hex::encode(EXTRACT), expected.concat());
}

#[test]
fn the_ceremony_is_loaded_once() {
    assert!(std::ptr::eq(setup(), Setup::ceremony().unwrap()));
    let verifier = Verifier::ceremony().unwrap();
    assert!(std::ptr::eq(verifier, Verifier::ceremony().unwrap()));
    assert_eq!(verifier.engine(), setup().engine());
}
