//! Rows and cells whose elements are not canonical.

use types::{Cell, Error, Row, first_noncanonical};

const MODULUS: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";

fn modulus() -> [u8; 32] {
    hex::decode(MODULUS).unwrap().try_into().unwrap()
}

fn with_element(bytes: usize, element: usize, value: &[u8; 32]) -> Vec<u8> {
    let mut all = vec![0; bytes];
    all[32 * element..][..32].copy_from_slice(value);
    all
}

#[test]
fn the_modulus_is_the_least_element_that_is_refused() {
    let mut below = modulus();
    below[31] = 0;
    let mut above = modulus();
    above[31] = 2;
    assert!(Row::from_slice(&with_element(Row::BYTES, 4095, &below)).is_ok());
    for value in [modulus(), above, [0xff; 32]] {
        for element in [0, 1, 2048, 4095] {
            assert_eq!(
                Row::from_slice(&with_element(Row::BYTES, element, &value)).unwrap_err(),
                Error::NonCanonicalElement {
                    element,
                    got: hex::encode(value)
                }
            );
        }
    }
}

#[test]
fn the_first_of_several_is_named() {
    let mut bytes = with_element(Cell::BYTES, 63, &modulus());
    bytes[32 * 9..][..32].copy_from_slice(&[0xff; 32]);
    assert_eq!(first_noncanonical(&bytes), Some(9));
    assert!(matches!(
        Cell::from_slice(&bytes).unwrap_err(),
        Error::NonCanonicalElement { element: 9, .. }
    ));
}

#[test]
fn other_lengths_are_refused() {
    for got in [0, 1, Row::BYTES - 1, Row::BYTES + 1, Cell::BYTES] {
        assert_eq!(
            Row::from_slice(&vec![0; got]).unwrap_err(),
            Error::Length {
                what: "row",
                got,
                expected: 131_072
            }
        );
    }
    for got in [0, Cell::BYTES - 1, Cell::BYTES + 1] {
        assert_eq!(
            Cell::from_slice(&vec![0; got]).unwrap_err(),
            Error::Length {
                what: "cell",
                got,
                expected: 2_048
            }
        );
    }
}
