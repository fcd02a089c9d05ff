#![allow(clippy::unwrap_used)]

use algebra::{Engine, Fr};

use super::locator::{multiplied_out, vanishing};

/// The value at x of the polynomial with these coefficients.
fn evaluate(coefficients: &[Fr], x: Fr) -> Fr {
    coefficients
        .iter()
        .rev()
        .fold(Fr::ZERO, |value, coefficient| value * x + *coefficient)
}

#[test]
fn products_by_transforms_are_those_multiplied_out() {
    for count in [0, 1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 256, 300] {
        let roots: Vec<Fr> = (0..count).map(|i| Fr::from_u64(3 * i + 1)).collect();
        let expected = multiplied_out(&roots);
        assert_eq!(expected.len(), roots.len() + 1);
        for engine in Engine::all() {
            assert_eq!(vanishing(engine, &roots).unwrap(), expected, "{count}");
        }
    }
}

#[test]
fn a_product_vanishes_at_its_roots_and_nowhere_else() {
    let roots: Vec<Fr> = (0..40).map(|i| Fr::from_u64(i * i)).collect();
    let product = vanishing(Engine::scalar(), &roots).unwrap();
    for root in roots {
        assert!(evaluate(&product, root).is_zero());
    }
    assert!(!evaluate(&product, Fr::from_u64(2)).is_zero());
    assert_eq!(*product.last().unwrap(), Fr::ONE);
}
