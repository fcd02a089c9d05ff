use algebra::{AlgebraError, Fr, batch_invert};
use proptest::prelude::*;

use super::{rng, scalars};

/// The group order r, big-endian.
const ORDER: [u8; 32] = [
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
];

fn any_fr() -> impl Strategy<Value = Fr> {
    any::<[u8; 32]>().prop_map(|bytes| Fr::from_be_bytes_reduced(&bytes))
}

#[test]
fn constants_are_what_they_say() {
    assert_eq!(Fr::from_u64(0), Fr::ZERO);
    assert_eq!(Fr::from_u64(1), Fr::ONE);
    let mut one = [0; 32];
    one[31] = 1;
    assert_eq!(Fr::ONE.to_be_bytes(), one);
}

#[test]
fn order_and_above_are_refused_and_the_largest_scalar_is_minus_one() {
    assert_eq!(
        Fr::from_be_bytes(&ORDER),
        Err(AlgebraError::NonCanonicalScalar)
    );
    assert_eq!(
        Fr::from_be_bytes(&[0xff; 32]),
        Err(AlgebraError::NonCanonicalScalar)
    );
    let mut largest = ORDER;
    largest[31] = 0;
    assert_eq!(Fr::from_be_bytes(&largest).unwrap(), -Fr::ONE);
    assert_eq!((-Fr::ONE).to_be_bytes(), largest);
    assert_eq!(Fr::from_be_bytes_reduced(&ORDER), Fr::ZERO);
}

#[test]
fn zero_has_no_inverse_alone_or_in_a_batch() {
    assert_eq!(Fr::ZERO.inverse(), Err(AlgebraError::ZeroInverse));
    let mut values = scalars(5, &mut rng(1));
    values[3] = Fr::ZERO;
    let before = values.clone();
    assert_eq!(batch_invert(&mut values), Err(AlgebraError::ZeroInverse));
    assert_eq!(values, before);
    assert_eq!(batch_invert(&mut []), Ok(()));
}

#[test]
fn batch_inversion_equals_single_inversions() {
    let values = scalars(37, &mut rng(2));
    let mut inverted = values.clone();
    batch_invert(&mut inverted).unwrap();
    for (value, inverse) in values.iter().zip(inverted) {
        assert_eq!(value.inverse().unwrap(), inverse);
    }
}

#[test]
fn roots_have_exactly_their_order() {
    assert_eq!(Fr::root_of_unity(1).unwrap(), Fr::ONE);
    for log in 1..=32 {
        let root = Fr::root_of_unity(1 << log).unwrap();
        assert_eq!(root.pow(1 << (log - 1)), -Fr::ONE, "log {log}");
    }
    for got in [0, 3, 12, 1 << 33] {
        assert_eq!(
            Fr::root_of_unity(got),
            Err(AlgebraError::DomainSize { got })
        );
    }
}

#[test]
fn powers_by_squaring_equal_powers_by_counting() {
    let base = Fr::from_u64(7);
    let mut product = Fr::ONE;
    for exponent in 0..70 {
        assert_eq!(base.pow(exponent), product);
        product *= base;
    }
}

proptest! {
    #[test]
    fn bytes_come_back(a in any_fr()) {
        prop_assert_eq!(Fr::from_be_bytes(&a.to_be_bytes()), Ok(a));
    }

    #[test]
    fn the_laws_of_a_field_hold(a in any_fr(), b in any_fr(), c in any_fr()) {
        prop_assert_eq!(a + b, b + a);
        prop_assert_eq!(a * b, b * a);
        prop_assert_eq!((a + b) * c, a * c + b * c);
        prop_assert_eq!((a * b) * c, a * (b * c));
        prop_assert_eq!(a - b, a + (-b));
        prop_assert_eq!(a.square(), a * a);
        if !a.is_zero() {
            prop_assert_eq!(a * a.inverse().unwrap(), Fr::ONE);
        }
    }

    #[test]
    fn small_integers_add_and_multiply_like_integers(a in any::<u32>(), b in any::<u32>()) {
        let (a, b) = (u64::from(a), u64::from(b));
        prop_assert_eq!(Fr::from_u64(a) * Fr::from_u64(b), Fr::from_u64(a * b));
        prop_assert_eq!(Fr::from_u64(a) + Fr::from_u64(b), Fr::from_u64(a + b));
    }
}
