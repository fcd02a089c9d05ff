#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;

fn example() -> Settings {
    toml::from_str(EXAMPLE).unwrap()
}

#[test]
fn the_example_is_the_defaults() {
    let settings = example();
    settings.check().unwrap();
    assert_eq!(settings.fees, Policy::default());
    assert_eq!(settings.calls, Calls::default());
    assert_eq!(settings.pool, Limits::default());
    assert_eq!(settings.network, Patience::default());
    assert_eq!(settings.payments, Payments::default());
    assert_eq!(settings.server, Bounds::default());
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (batch, in_flight, pause) in [(1, 1, 1), (513, 1, 1), (8, 0, 1), (8, 65, 1), (8, 1, 0)] {
        let settings = Settings {
            batch,
            in_flight,
            pause,
            ..example()
        };
        assert!(matches!(settings.check(), Err(Error::Config { .. })));
    }
    assert!(toml::from_str::<Settings>(&format!("surprise = 1\n{EXAMPLE}")).is_err());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("operator.toml");
    assert!(matches!(Settings::read(&file), Err(Error::File { .. })));
    std::fs::write(&file, EXAMPLE).unwrap();
    assert_eq!(Settings::read(&file).unwrap(), example());
}

#[test]
fn checkpoints_are_proved_or_attested() {
    let proved = ProvedCheckpoints {
        places: 42,
        keys: "keys".into(),
        place: 0,
        development: false,
    };
    let with = |places, checkpoints: Option<Vec<PathBuf>>| Settings {
        checkpoints,
        proved_checkpoints: Some(ProvedCheckpoints {
            places,
            ..proved.clone()
        }),
        ..example()
    };
    with(42, None).check().unwrap();
    let both = with(42, Some(Vec::new())).check();
    assert!(matches!(both, Err(Error::Config { .. })));
    for places in [0, 342] {
        let result = with(places, None).check();
        assert!(matches!(result, Err(Error::Validity(_))));
    }
}

#[test]
fn rules_have_no_proved_checkpoints() {
    let proved = Settings {
        proved_checkpoints: Some(ProvedCheckpoints {
            places: 42,
            keys: "keys".into(),
            place: 0,
            development: false,
        }),
        ..example()
    };
    proved.check_for_rules(false).unwrap();
    example().check_for_rules(true).unwrap();
    let refused = proved.check_for_rules(true);
    assert!(matches!(refused, Err(Error::Config { .. })), "{refused:?}");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "secret").unwrap();
    for (mode, is_fine) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let read = read_secret(&file);
        assert_eq!(read.is_ok(), is_fine, "{mode:o}");
        if let Err(error) = read {
            assert!(!error.to_string().contains("secret"));
        }
    }
}
