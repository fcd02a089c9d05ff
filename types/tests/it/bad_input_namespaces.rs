//! Namespaces that cannot be.

use types::{Error, Namespace};

#[test]
fn all_zeros_and_all_ones_are_reserved() {
    for byte in [0, 0xff] {
        let error = Namespace::new([byte; 29]).unwrap_err();
        assert!(matches!(error, Error::ReservedNamespace { got } if got.as_bytes() == &[byte; 29]));
        let error = hex::encode([byte; 29]).parse::<Namespace>().unwrap_err();
        assert!(matches!(error, Error::ReservedNamespace { .. }));
    }
    let mut next = [0; 29];
    next[28] = 1;
    assert!(Namespace::new(next).is_ok());
}

#[test]
fn other_lengths_than_29_bytes() {
    for got in [0, 1, 28, 30, 64] {
        assert_eq!(
            Namespace::from_slice(&vec![7; got]).unwrap_err(),
            Error::Length {
                what: "namespace",
                got,
                expected: 29
            }
        );
    }
}

#[test]
fn names_that_are_empty_or_too_long() {
    for got in ["", "a name of twenty-nine bytes.."] {
        assert_eq!(
            got.parse::<Namespace>().unwrap_err(),
            Error::OutOfRange {
                what: "bytes of a namespace's name",
                got: got.len() as u64,
                min: 1,
                max: 28
            }
        );
    }
    assert!("a name of twenty-eight bytes".parse::<Namespace>().is_ok());
}

#[test]
fn reserved_ones_cannot_come_through_serde() {
    let text = format!("\"{}\"", hex::encode([0xff; 29]));
    assert!(serde_json::from_str::<Namespace>(&text).is_err());
    let text = format!("\"{}\"", hex::encode([0xfe; 29]));
    assert!(serde_json::from_str::<Namespace>(&text).is_ok());
}
