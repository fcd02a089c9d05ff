#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::Config;
use super::template::{TEMPLATE, key_of};
use crate::operator::{Error, Host, METRICS_PORT};
use net::Multiaddr;
use std::collections::BTreeSet;
use types::ChainId;

fn tcp(host: &str, port: u16) -> Multiaddr {
    host.parse::<Host>().unwrap().tcp(port)
}

/// With a value for every option.
fn full() -> Config {
    let mut config = Config {
        chain_id: Some(ChainId::new([0; 32])),
        ..Config::default()
    };
    config.keys.passphrase_file = Some("passphrase".into());
    config.grpc.tls_certificate = Some("tls.crt".into());
    config.grpc.tls_key = Some("tls.key".into());
    config.grpc.tls_client_ca = Some("clients.crt".into());
    config.checkpoint = Some(format!("{}@1000", "0".repeat(64)));
    config.consensus.address = Some(tcp("node.example", 26657));
    config.metrics.listen = Some(([127, 0, 0, 1], METRICS_PORT).into());
    config
}

fn options_of(config: &Config) -> BTreeSet<String> {
    let mut options = BTreeSet::new();
    for (name, value) in toml::Table::try_from(config).unwrap() {
        match value.as_table() {
            Some(table) => options.extend(table.keys().map(|key| format!("{name}.{key}"))),
            None => drop(options.insert(name)),
        }
    }
    options
}

#[test]
fn the_template_is_the_default_configuration() {
    let parsed: Config = toml::from_str(TEMPLATE).unwrap();
    assert_eq!(parsed, Config::default());
    parsed.check().unwrap();
}

#[test]
fn the_template_has_every_option_once_each_with_its_default_in_words() {
    let (mut options, mut table) = (BTreeSet::new(), String::new());
    let mut comment = String::new();
    for line in TEMPLATE.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            table = format!("{name}.");
        } else if let Some(key) = key_of(line) {
            assert!(
                options.insert(format!("{table}{key}")),
                "{key} stands twice"
            );
            assert!(
                comment.contains("Default:"),
                "{key} does not say its default"
            );
        } else if let Some(text) = line.strip_prefix("# ") {
            comment += text;
            comment.push(' ');
            continue;
        }
        comment.clear();
    }
    assert_eq!(options, options_of(&full()));
}

#[test]
fn the_examples_in_the_template_parse() {
    let uncommented: String = TEMPLATE
        .lines()
        .map(|line| match key_of(line) {
            Some(_) => line.trim_start_matches('#').to_owned() + "\n",
            None => line.to_owned() + "\n",
        })
        .collect();
    assert_eq!(toml::from_str::<Config>(&uncommented).unwrap(), full());
}

#[test]
fn what_is_rendered_reads_back_and_keeps_its_comments() {
    let mut config = full();
    config.moniker = "a \"quoted\" name".into();
    config.p2p.listen = "::1".parse::<Host>().unwrap().p2p(7);
    config.p2p.bootstrap = vec![tcp("example.org", 1), tcp("1.2.3.4", 2)];
    config.limits.threads = 3;
    config.log.filter = "off".into();
    for config in [config, Config::default()] {
        let text = config.render().unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
        let comments = |text: &str| text.lines().filter(|l| l.starts_with("# ")).count();
        assert_eq!(comments(&text), comments(TEMPLATE));
    }
    assert_eq!(Config::default().render().unwrap(), TEMPLATE);
}

#[test]
fn an_option_left_away_is_its_default() {
    let config: Config = toml::from_str("[limits]\nsubmissions = 3\n").unwrap();
    let mut expected = Config::default();
    expected.limits.submissions = 3;
    assert_eq!(config, expected);
}

#[test]
fn bad_input_numbers_and_lists_out_of_bounds() {
    type Change = fn(&mut Config);
    let with = |change: Change| {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap_err()
    };
    let wrong: [(Change, &str); 11] = [
        (|c| c.moniker.clear(), "moniker"),
        (|c| c.moniker = "x".repeat(65), "moniker"),
        (|c| c.limits.submissions = 0, "limits.submissions"),
        (|c| c.limits.dispersals = 1025, "limits.dispersals"),
        (|c| c.limits.peer_requests = 0, "limits.peer_requests"),
        (
            |c| c.limits.dispersal_deadline_ms = 0,
            "limits.dispersal_deadline_ms",
        ),
        (|c| c.limits.reserve_mib = 0, "limits.reserve_mib"),
        (
            |c| c.limits.reserve_mib = (1 << 20) + 1,
            "limits.reserve_mib",
        ),
        (|c| c.limits.threads = usize::MAX, "limits.threads"),
        (|c| c.p2p.listen.clear(), "p2p.listen"),
        (
            |c| c.p2p.bootstrap = vec![tcp("1.2.3.4", 1); 4097],
            "p2p.bootstrap",
        ),
    ];
    for (change, word) in wrong {
        let error = with(change);
        assert!(
            matches!(error, Error::OutOfRange { what, .. } if what.contains(word)),
            "{word}: {error}"
        );
    }
}

#[test]
fn bad_input_addresses_that_cannot_serve() {
    let mut config = Config::default();
    config.consensus.peers = vec![tcp("1.2.3.4", 1)];
    let error = config.check().unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Address {
                what: "consensus.peers",
                ..
            }
        ),
        "{error}"
    );

    let peer = "12D3KooWDVSTnpHQktq3eg4MEa5pZTX4wTCNzRM2aRoYhz1KQniZ";
    let named = |ip: u8| format!("/ip4/1.2.3.{ip}/tcp/1/p2p/{peer}").parse().unwrap();
    config.consensus.peers = vec![named(1), named(2)];
    let error = config.check().unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Twice {
                what: "consensus.peers",
                ..
            }
        ),
        "{error}"
    );
    config.consensus.peers = vec![named(1)];
    config.check().unwrap();

    config.p2p.listen = vec!["/ip4/0.0.0.0/udp/1".parse().unwrap()];
    let error = config.check().unwrap_err();
    assert!(matches!(&error, Error::Address { .. }), "{error}");
}
