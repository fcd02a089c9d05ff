#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::ClientEntry;
use crate::grpc::TokenHash;
use crate::operator::{Config, Error};
use std::net::SocketAddr;

fn entry(name: &str) -> ClientEntry {
    ClientEntry {
        name: name.into(),
        token_sha256: TokenHash::of(name.as_bytes()),
        bytes_per_second: 1,
        bytes_per_day: 2,
        blobs_in_flight: 3,
    }
}

fn with(change: impl FnOnce(&mut Config)) -> Result<(), Error> {
    let mut config = Config::default();
    change(&mut config);
    config.check()
}

fn elsewhere() -> SocketAddr {
    "192.0.2.1:1".parse().unwrap()
}

fn what(result: Result<(), Error>) -> &'static str {
    match result.unwrap_err() {
        Error::Address { what, .. }
        | Error::OutOfRange { what, .. }
        | Error::Twice { what, .. } => what,
        other => panic!("{other}"),
    }
}

#[test]
fn the_line_of_a_client_stands_in_the_list() {
    let (one, other) = (entry("one"), entry("o.t-h_er2"));
    let text = format!(
        "[grpc]\nclients = [\n  {}\n  {}\n]\n",
        one.line().unwrap(),
        other.line().unwrap()
    );
    let mut config: Config = toml::from_str(&text).unwrap();
    assert_eq!(config.grpc.clients, [one, other]);
    config.check().unwrap();
    // And a configuration with clients is written and read back.
    config.grpc.open_reads = false;
    let rendered = config.render().unwrap();
    assert_eq!(toml::from_str::<Config>(&rendered).unwrap(), config);
}

#[test]
fn bad_input_other_machines_are_not_served_in_the_clear() {
    for listen in ["0.0.0.0:1", "192.0.2.1:1", "[::]:1"] {
        let listen = listen.parse().unwrap();
        let refused = with(|config| config.grpc.listen = listen);
        assert_eq!(what(refused), "grpc.listen");
    }
    with(|config| config.grpc.listen = "[::1]:1".parse().unwrap()).unwrap();
    with(|config| {
        config.grpc.listen = elsewhere();
        config.grpc.insecure = true;
    })
    .unwrap();
    with(|config| {
        config.grpc.listen = elsewhere();
        config.grpc.tls_certificate = Some("tls.crt".into());
        config.grpc.tls_key = Some("tls.key".into());
    })
    .unwrap();
}

#[test]
fn bad_input_metrics_are_for_this_machine_alone() {
    for listen in ["0.0.0.0:1", "192.0.2.1:1", "[::]:1"] {
        let listen = Some(listen.parse().unwrap());
        let refused = with(|config| config.metrics.listen = listen);
        assert_eq!(what(refused), "metrics.listen");
    }
    with(|config| config.metrics.listen = Some("[::1]:1".parse().unwrap())).unwrap();
}

#[test]
fn bad_input_options_that_need_another() {
    let alone = with(|config| config.grpc.tls_certificate = Some("tls.crt".into()));
    assert_eq!(what(alone), "grpc.tls_certificate");
    let alone = with(|config| config.grpc.tls_key = Some("tls.key".into()));
    assert_eq!(what(alone), "grpc.tls_certificate");
    let alone = with(|config| config.grpc.tls_client_ca = Some("ca.crt".into()));
    assert_eq!(what(alone), "grpc.tls_client_ca");
    let alone = with(|config| config.grpc.open_reads = false);
    assert_eq!(what(alone), "grpc.open_reads = false");
}

#[test]
fn bad_input_clients() {
    type Change = fn(&mut ClientEntry);
    let changes: [(Change, &str); 7] = [
        (|c| c.name.clear(), "bytes of a client's name"),
        (|c| c.name = "x".repeat(65), "bytes of a client's name"),
        (|c| c.name = "a b".into(), "a client's name"),
        (|c| c.name = "a\"".into(), "a client's name"),
        (|c| c.bytes_per_second = 0, "bytes_per_second"),
        (|c| c.bytes_per_day = u64::MAX, "bytes_per_day"),
        (|c| c.blobs_in_flight = 0, "blobs_in_flight"),
    ];
    for (change, word) in changes {
        let mut client = entry("client");
        change(&mut client);
        assert_eq!(
            what(with(|config| config.grpc.clients = vec![client])),
            word
        );
    }
    let twice = |one, other| with(|config| config.grpc.clients = vec![one, other]);
    let same_token = ClientEntry {
        name: "other".into(),
        ..entry("one")
    };
    assert_eq!(what(twice(entry("one"), same_token)), "grpc.clients");
    assert_eq!(what(twice(entry("one"), entry("one"))), "grpc.clients");
    let many = (0..1025).map(|n| entry(&n.to_string())).collect();
    let crowd = with(|config| config.grpc.clients = many);
    assert_eq!(what(crowd), "clients of grpc.clients");

    for hash in ["", "00", "zz", &"0".repeat(63), &"g".repeat(64)] {
        let line = entry("x").line().unwrap();
        let digits = entry("x").token_sha256.to_string();
        let text = format!("[grpc]\nclients = [{}]", line.replace(&digits, hash));
        assert!(toml::from_str::<Config>(&text).is_err(), "{hash}");
    }
}
