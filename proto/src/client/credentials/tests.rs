#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Credentials, Token};
use crate::client::ClientError;
use tonic::transport::Endpoint;

fn fits(endpoint: &'static str, credentials: &Credentials) -> bool {
    credentials.secure(Endpoint::from_static(endpoint)).is_ok()
}

#[test]
fn bad_input_text_that_is_no_token() {
    let long = "x".repeat(Token::MAX_BYTES + 1);
    for text in ["", " ", "a b", "a\nb", "ä", &long] {
        let error = Token::new(text).unwrap_err();
        assert!(matches!(error, ClientError::Token { .. }), "{text:?}");
    }
    Token::new(&long[1..]).unwrap();
    Token::new(" of-a-file\n").unwrap();
}

#[test]
fn a_token_is_never_shown() {
    let credentials = Credentials::default().with_token(Token::new("secret").unwrap());
    assert!(!format!("{credentials:?}").contains("secret"));
    let shown = format!("{:?}", credentials.bearer().0);
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn a_token_leaves_this_machine_under_tls_alone() {
    let token = Credentials::default().with_token(Token::new("secret").unwrap());
    for local in [
        "http://127.0.0.1:1",
        "http://127.9.9.9:1",
        "http://localhost:1",
        "http://[::1]:1",
    ] {
        assert!(fits(local, &token), "{local}");
    }
    for remote in [
        "http://192.0.2.1:1",
        "http://example.org:1",
        "http://localhost.example.org:1",
        "http://[2001:db8::1]:1",
    ] {
        assert!(!fits(remote, &token), "{remote}");
        assert!(fits(remote, &Credentials::default()), "{remote}");
    }
}

#[test]
fn bad_input_credentials_that_do_not_fit_the_endpoint() {
    let none = Credentials::default();
    assert!(!fits("https://127.0.0.1:1", &none), "nobody to trust");
    assert!(!fits("ftp://127.0.0.1:1", &none));
    let trusting = none.clone().with_authority("not a certificate");
    assert!(!fits("http://127.0.0.1:1", &trusting), "TLS without https");
    let showing = none.with_identity("chain", "key");
    assert!(!fits("http://127.0.0.1:1", &showing), "TLS without https");
}
