//! What is not believed.

use super::*;

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
