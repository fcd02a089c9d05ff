//! Keys, announcements, geneses and configurations that cannot be: typed errors, no panic.

use crate::operator::{Home, refusal, run, text};
use da_node::operator::{Config, Error, PassphraseFrom, ValidatorFile, ValidatorKey, read_genesis};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn write(path: &Path, value: &Value) {
    std::fs::write(path, value.to_string()).unwrap();
}

/// A folder with a sealed key, and the file with its passphrase.
fn sealed() -> (Home, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let source = scratch.path().join("passphrase");
    std::fs::write(&source, "correct horse").unwrap();
    std::fs::set_permissions(&source, PermissionsExt::from_mode(0o600)).unwrap();
    let home = Home::init(&["--passphrase-file", text(&source)]);
    let kept = home.path("passphrase");
    std::fs::copy(&source, &kept).unwrap();
    (home, kept)
}

#[test]
fn keys_that_others_can_read() {
    let home = Home::alone(&[]);
    for mode in [0o640, 0o604, 0o660, 0o777] {
        for name in ["validator.key", "network.key"] {
            let path = home.file(name);
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            let (code, said) = home.refused(&[]);
            assert!(code == 2 && said.contains(&format!("{mode:o}")), "{said}");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        }
        let path = home.file("validator.key");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let error = ValidatorKey::read(&path, &PassphraseFrom::Terminal).unwrap_err();
        assert!(
            matches!(error, Error::Exposed { got, .. } if got == mode),
            "{error}"
        );
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    }
}

#[test]
fn keys_that_are_none() {
    let home = Home::init(&[]);
    let path = home.file("validator.key");
    let good = read(&path);
    let other = read(&Home::init(&[]).file("validator.key"));
    let error = |value: &Value| {
        write(&path, value);
        ValidatorKey::read(&path, &PassphraseFrom::Terminal).unwrap_err()
    };
    let mut version = good.clone();
    version["version"] = json!(2);
    let mut foreign = good.clone();
    foreign["public_key"] = other["public_key"].clone();
    let mut unknown = good.clone();
    unknown["colour"] = json!("red");
    let mut short = good.clone();
    short["secret"]["plain"] = json!("00");
    for wrong in [
        &version,
        &foreign,
        &unknown,
        &short,
        &json!([]),
        &json!(null),
    ] {
        let error = error(wrong);
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
    let mut zero = good;
    zero["secret"]["plain"] = json!("00".repeat(32));
    assert!(matches!(error(&zero), Error::Chain(_)));
    std::fs::write(&path, vec![b' '; 5000]).unwrap();
    let error = ValidatorKey::read(&path, &PassphraseFrom::Terminal).unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { max: 4096, .. }),
        "{error}"
    );
}

#[test]
fn a_wrong_passphrase_or_none() {
    let (home, right) = sealed();
    let path = home.file("validator.key");
    let wrong = home.path("wrong");
    std::fs::write(&wrong, "correct house").unwrap();
    std::fs::set_permissions(&wrong, PermissionsExt::from_mode(0o600)).unwrap();
    let read = |from| ValidatorKey::read(&path, &from);
    let error = read(PassphraseFrom::File(wrong)).unwrap_err();
    assert!(matches!(error, Error::WrongPassphrase { .. }), "{error}");
    read(PassphraseFrom::File(right)).unwrap();
    // The test's standard error may be a terminal, a child's is not.
    let config = home.file("config.toml");
    let without: String = std::fs::read_to_string(&config)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with("passphrase_file"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    std::fs::write(&config, without).unwrap();
    let announcement = home.file("validator.json");
    let genesis = home.file("genesis.json");
    let made = run(&[
        "genesis",
        "--chain-name",
        "x",
        "--validator",
        text(&announcement),
        "-o",
        text(&genesis),
    ]);
    assert!(made.status.success(), "{made:?}");
    let (code, said) = home.refused(&[]);
    assert!(code == 2 && said.contains("needs a passphrase"), "{said}");
}

#[test]
fn a_sealed_key_that_asks_for_the_whole_machine() {
    let (home, right) = sealed();
    let path = home.file("validator.key");
    let mut key = read(&path);
    key["secret"]["sealed"]["argon2id"]["memory_kib"] = json!(u32::MAX);
    write(&path, &key);
    let error = ValidatorKey::read(&path, &PassphraseFrom::File(right)).unwrap_err();
    assert!(
        matches!(error, Error::OutOfRange { max: 1_048_576, .. }),
        "{error}"
    );
}

#[test]
fn options_that_nobody_knows() {
    let home = Home::alone(&[]);
    let config = home.file("config.toml");
    let good = std::fs::read_to_string(&config).unwrap();
    for (text, word) in [
        (format!("colour = \"red\"\n{good}"), "colour"),
        (format!("{good}\n[colours]\n"), "colours"),
        (good.replace("submissions =", "submisions ="), "submisions"),
        (
            good.replace("submissions = 8", "submissions = \"8\""),
            "submissions",
        ),
        (
            good.replace("submissions = 8", "submissions = -8"),
            "submissions",
        ),
        (good.replace("127.0.0.1:0", "localhost"), "listen"),
        (good.replace("[grpc]", "[grpc"), "TOML"),
        ("\u{fffd}".repeat(400_000), "more than"),
    ] {
        assert_ne!(text, good);
        std::fs::write(&config, text).unwrap();
        let (code, said) = home.refused(&[]);
        assert!(code == 2 && said.contains(word), "{word}: {code} {said}");
    }
    std::fs::write(&config, [0xff, 0xfe]).unwrap();
    assert_eq!(home.refused(&[]).0, 2);
    std::fs::remove_file(&config).unwrap();
    assert_eq!(home.refused(&[]).0, 1);
}

#[test]
fn a_chain_other_than_the_one_configured() {
    let home = Home::alone(&[]);
    let config = home.file("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("#chain_id", "chain_id")).unwrap();
    let error = Config::read(&config).unwrap().load(None).err().unwrap();
    assert!(matches!(error, Error::OtherChain { .. }), "{error}");
    assert_eq!(home.refused(&[]).0, 2);
}

#[test]
fn several_validators_and_no_address_of_the_others() {
    let (home, other) = (Home::init(&[]), Home::init(&[]));
    let (a, b) = (home.file("validator.json"), other.file("validator.json"));
    let genesis = home.file("genesis.json");
    let arguments = [
        "--validator",
        text(&a),
        "--validator",
        text(&b),
        "-o",
        text(&genesis),
    ];
    let made = run(&[&["genesis", "--chain-name", "x"], &arguments[..]].concat());
    assert!(made.status.success(), "{made:?}");
    let (code, said) = home.refused(&[]);
    assert!(code == 2 && said.contains("consensus.peers"), "{said}");
}

#[test]
fn announcements_that_make_no_genesis() {
    let (home, other) = (Home::init(&[]), Home::init(&[]));
    let (mine, theirs) = (home.file("validator.json"), other.file("validator.json"));
    let (good, foreign) = (read(&mine), read(&theirs));
    let out = home.path("genesis.json");
    let genesis = |validators: &[&str]| {
        let named: Vec<&str> = validators.iter().flat_map(|v| ["--validator", v]).collect();
        let head = ["genesis", "--chain-name", "x", "-o", text(&out)];
        let refused = refusal(&[&head, &named[..]].concat());
        assert!(!out.exists());
        refused
    };
    let file = text(&mine);
    assert!(genesis(&[file, file]).1.contains("twice"));
    assert!(genesis(&[&format!("{file}:0")]).1.contains("weight"));
    assert!(
        genesis(&[&format!("{file}:{}", u64::MAX)])
            .1
            .contains("weight")
    );
    assert_eq!(genesis(&[&format!("{file}:{}0", u64::MAX)]).0, 2);

    let wrong = |field: &str, value: Value| {
        let mut changed = good.clone();
        changed[field] = value;
        write(&mine, &changed);
        let refused = genesis(&[file]);
        assert_eq!(refused.0, 2, "{field}: {}", refused.1);
        refused.1
    };
    let possession = wrong("possession", foreign["possession"].clone());
    assert!(possession.contains("possession"), "{possession}");
    // A point of the curve outside the subgroup, and no point at all.
    let mut outside = vec![0x80_u8; 1];
    outside.extend([0; 46]);
    outside.push(4);
    wrong("public_key", json!(hex::encode(&outside)));
    wrong("public_key", json!(format!("c0{}", "00".repeat(47))));
    wrong("public_key", json!("ff".repeat(48)));
    wrong("version", json!(9));
    wrong("moniker", json!(""));
    wrong("consensus", json!("/ip4/1.2.3.4/tcp/1"));
    wrong("p2p", json!(["/ip4/1.2.3.4/tcp/1"]));
    wrong("p2p", json!([good["p2p"][0], foreign["p2p"][0]]));
    wrong("colour", json!("red"));
    // The same key under another peer is still the same key.
    let mut disguised = foreign;
    for field in ["public_key", "possession"] {
        disguised[field] = good[field].clone();
    }
    write(&mine, &good);
    write(&theirs, &disguised);
    ValidatorFile::read(&theirs).unwrap();
    let (code, said) = genesis(&[file, text(&theirs)]);
    assert!(code == 2 && said.contains("twice"), "{said}");
}

#[test]
fn geneses_that_do_not_hold() {
    let home = Home::alone(&[]);
    let path = home.file("genesis.json");
    let good = read(&path);
    let mut forged = good.clone();
    forged["validators"][0]["possession"] = json!("00".repeat(96));
    let mut weightless = good.clone();
    weightless["validators"][0]["weight"] = json!(0);
    let mut nobody = good.clone();
    nobody["validators"] = json!([]);
    let mut hasty = good.clone();
    hasty["params"]["block_interval_ms"] = json!(0);
    for wrong in [&forged, &weightless, &nobody, &hasty] {
        write(&path, wrong);
        assert!(
            matches!(read_genesis(&path).unwrap_err(), Error::Chain(_)),
            "{wrong}"
        );
        assert_eq!(home.refused(&[]).0, 2);
    }
    let mut unknown = good;
    unknown["colour"] = json!("red");
    write(&path, &unknown);
    assert!(matches!(
        read_genesis(&path).unwrap_err(),
        Error::Malformed { .. }
    ));
    std::fs::write(&path, vec![b'['; 2 << 20]).unwrap();
    assert!(matches!(
        read_genesis(&path).unwrap_err(),
        Error::TooLarge { .. }
    ));
    std::fs::write(&path, vec![b'['; 1 << 20]).unwrap();
    assert!(matches!(
        read_genesis(&path).unwrap_err(),
        Error::Malformed { .. }
    ));
}
