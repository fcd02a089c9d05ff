#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use chain::SigningKey;
use types::ChainId;

fn key(seed: u8) -> PublicKeyBytes {
    SigningKey::from_bytes(&[seed; 32])
        .unwrap()
        .public_key()
        .to_bytes()
}

#[test]
fn a_weight_follows_the_last_colon_if_it_is_a_number() {
    let of = |text: &str| text.parse::<Joining>().map(|j| (j.file, j.weight)).unwrap();
    assert_eq!(of("v.json"), ("v.json".into(), None));
    assert_eq!(of("v.json:7"), ("v.json".into(), Some(Weight::new(7))));
    assert_eq!(of("a:b/v.json"), ("a:b/v.json".into(), None));
    assert_eq!(of("a:9:8"), ("a:9".into(), Some(Weight::new(8))));
}

#[test]
fn keys_with_weights_are_read() {
    let text = format!("{}:12", key(1));
    assert_eq!(weighed(&text), Ok((key(1), Weight::new(12))));
}

#[test]
fn bad_input_keys_without_weights_or_the_other_way_round() {
    for text in [
        String::new(),
        key(1).to_string(),
        format!("{}:", key(1)),
        format!("{}:-1", key(1)),
        "00:1".into(),
    ] {
        assert!(weighed(&text).is_err(), "{text}");
    }
}

#[test]
fn a_change_is_read_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("change.json");
    let edits = vec![
        SetEdit::Leave { key: key(1) },
        SetEdit::Leave { key: key(2) },
    ];
    let (chain, set) = (ChainId::new([1; 32]), SetHash::new([2; 32]));
    let change = UnverifiedSetChange::new(chain, set, Epoch::new(3), edits);
    std::fs::write(&path, serde_json::to_string(&change).unwrap()).unwrap();
    assert_eq!(read_change(&path).unwrap(), change);
}

#[test]
fn bad_input_files_that_are_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("change.json");
    let (chain, set) = (ChainId::new([1; 32]), SetHash::new([2; 32]));
    let of = |edits| UnverifiedSetChange {
        edits,
        ..UnverifiedSetChange::new(chain, set, Epoch::new(3), Vec::new())
    };
    let twice = vec![SetEdit::Leave { key: key(1) }; 2];
    for text in [
        String::new(),
        "{}".into(),
        serde_json::to_string(&of(Vec::new())).unwrap(),
        serde_json::to_string(&of(twice)).unwrap(),
    ] {
        std::fs::write(&path, text).unwrap();
        assert!(matches!(
            read_change(&path),
            Err(CliError::ChangeFile { .. })
        ));
    }
    std::fs::write(&path, vec![b' '; MAX_CHANGE_BYTES + 1]).unwrap();
    assert!(matches!(read_change(&path), Err(CliError::TooLarge { .. })));
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(read_change(&nowhere), Err(CliError::File { .. })));
}
