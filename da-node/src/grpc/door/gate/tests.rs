#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::{Access, Caller, ClientIndex, Gate};
use crate::Error;
use crate::grpc::{Client, Quotas, Token};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::net::SocketAddr;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};

fn token(seed: u64) -> Token {
    let Ok(token) = Token::generate(&mut StdRng::seed_from_u64(seed));
    token
}

fn gate(clients: u64, open_reads: bool) -> Gate {
    let clients: Vec<Client> = (0..clients)
        .map(|seed| Client {
            name: format!("client-{seed}"),
            token: token(seed).hash(),
            quotas: Quotas {
                bytes_per_second: 1,
                bytes_per_day: 1,
                blobs_in_flight: 1,
            },
        })
        .collect();
    Gate::new(&clients, open_reads)
}

fn headers(of: &[(&str, &str)]) -> HeaderMap {
    of.iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_str(value).unwrap())
        })
        .collect()
}

fn bearer(token: &Token) -> HeaderMap {
    headers(&[("authorization", &format!("Bearer {}", token.text()))])
}

fn local() -> Option<SocketAddr> {
    Some("127.0.0.1:9".parse().unwrap())
}

fn client(result: Result<Caller, Error>) -> Option<usize> {
    result.unwrap().client.map(|ClientIndex(index)| index)
}

fn is_unauthenticated(result: &Result<Caller, Error>) -> bool {
    matches!(result, Err(Error::Unauthenticated { .. }))
}

#[test]
fn every_client_is_found_by_its_own_token() {
    let gate = gate(5, false);
    for seed in 0..5 {
        for access in [Access::Read, Access::Submit] {
            let admitted = gate.admit(access, local(), &bearer(&token(seed)));
            assert_eq!(client(admitted), Some(seed as usize));
        }
    }
    let stranger = gate.admit(Access::Submit, local(), &bearer(&token(5)));
    assert!(is_unauthenticated(&stranger));
}

#[test]
fn a_token_is_256_random_bits_in_text() {
    let (one, other) = (token(1), token(2));
    assert_ne!(one.text(), other.text());
    let digits = one.text().strip_prefix("assay_").unwrap();
    assert_eq!(hex::decode(digits).unwrap().len(), 32);
    assert!(!format!("{one:?}").contains(digits));
    assert_eq!(one.hash(), one.hash().to_string().parse().unwrap());
    assert!(one.text().len() <= Token::MAX_BYTES);
}

#[test]
fn what_needs_a_token_and_what_does_not() {
    let none = HeaderMap::new();
    let (open, closed) = (gate(1, true), gate(1, false));
    for gate in [&open, &closed] {
        assert!(is_unauthenticated(&gate.admit(
            Access::Submit,
            local(),
            &none
        )));
        assert_eq!(client(gate.admit(Access::Open, local(), &none)), None);
        assert_eq!(client(gate.admit(Access::Admin, local(), &none)), None);
    }
    assert_eq!(client(open.admit(Access::Read, local(), &none)), None);
    assert!(is_unauthenticated(&closed.admit(
        Access::Read,
        local(),
        &none
    )));
    // A wrong token is a mistake even where none is needed.
    let wrong = bearer(&token(9));
    assert!(is_unauthenticated(&open.admit(
        Access::Read,
        local(),
        &wrong
    )));
    // Without clients everybody may submit, and tokens mean nothing.
    let free = gate(0, true);
    assert_eq!(client(free.admit(Access::Submit, local(), &wrong)), None);
}

#[test]
fn bad_input_authorizations() {
    let gate = gate(1, true);
    let right = token(0);
    let text = right.text();
    let long = format!("Bearer {}", "x".repeat(Token::MAX_BYTES + 1));
    let hash = format!("Bearer {}", right.hash());
    let half = format!("Bearer {}", &text[..text.len() - 1]);
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        text,
        &format!("Basic {text}"),
        &format!("Bearer  {text}"),
        &long,
        &hash,
        &half,
        &format!("Bearer {text}x"),
        &format!("Bearer {}", text.to_uppercase()),
    ] {
        let refused = gate.admit(
            Access::Submit,
            local(),
            &headers(&[("authorization", wrong)]),
        );
        assert!(is_unauthenticated(&refused), "{wrong:?}");
    }
    let mut twice = bearer(&right);
    twice.append("authorization", "Bearer x".parse().unwrap());
    assert!(is_unauthenticated(&gate.admit(
        Access::Submit,
        local(),
        &twice
    )));
    let any_case = headers(&[("authorization", &format!("bEARER {text}"))]);
    assert_eq!(
        client(gate.admit(Access::Submit, local(), &any_case)),
        Some(0)
    );
}

#[test]
fn how_the_node_fares_is_told_on_its_own_machine_alone() {
    let refused = |from: Option<SocketAddr>, with: &HeaderMap| {
        let result = gate(1, true).admit(Access::Admin, from, with);
        matches!(result, Err(Error::Forbidden { .. }))
    };
    let none = HeaderMap::new();
    for from in [
        "192.0.2.1:9",
        "[2001:db8::1]:9",
        "[::ffff:192.0.2.1]:9",
        "10.0.0.1:9",
    ] {
        assert!(refused(Some(from.parse().unwrap()), &none), "{from}");
        // Not even with a token.
        assert!(refused(Some(from.parse().unwrap()), &bearer(&token(0))));
    }
    assert!(refused(None, &none), "nobody knows from where");
    for from in ["127.0.0.1:9", "[::1]:9", "[::ffff:127.0.0.1]:9"] {
        assert!(!refused(Some(from.parse().unwrap()), &none), "{from}");
    }
    for proxied in ["forwarded", "x-forwarded-for", "X-Real-IP"] {
        assert!(refused(local(), &headers(&[(proxied, "192.0.2.1")])));
    }
}
