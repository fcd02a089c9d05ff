//! Scalars in bulk: every engine against single elements.
#![no_main]

use algebra::{AlgebraError, Engine, FR_BYTES, Fr};
use arbitrary::Arbitrary;
use fuzz::scalars::{Run, Scalar, runs};
use libfuzzer_sys::fuzz_target;

const MOST: usize = 300;

#[derive(Arbitrary, Debug)]
struct Input {
    values: Vec<Run>,
    factors: Vec<Run>,
    factor: Scalar,
    /// Bytes of the encodings to change: where, and into what.
    damage: Vec<(u16, u8)>,
    /// Bytes to leave out at the end.
    cut: u8,
}

fuzz_target!(|input: Input| {
    let values = runs(&input.values, MOST);
    let mut factors = runs(&input.factors, MOST);
    let factor = input.factor.get();
    let mut bytes: Vec<u8> = values.iter().flat_map(Fr::to_be_bytes).collect();
    let intact = bytes.clone();
    for (at, byte) in &input.damage {
        if let Some(old) = bytes.get_mut(usize::from(*at)) {
            *old = *byte;
        }
    }
    bytes.truncate(bytes.len().saturating_sub(usize::from(input.cut % 3)));

    let read = read_one_by_one(&bytes);
    let refused = factors.len() != values.len();
    for engine in Engine::all() {
        assert_eq!(engine.read_scalars(&bytes), read, "{engine}");
        assert_eq!(engine.write_scalars(&values), intact, "{engine}");
        let mut products = values.clone();
        let mut sums = values.clone();
        assert_eq!(engine.mul_each(&mut products, &factors).is_err(), refused);
        assert_eq!(
            engine.add_scaled(&mut sums, &factors, factor).is_err(),
            refused
        );
    }

    factors.resize(values.len(), factor);
    let products: Vec<Fr> = values.iter().zip(&factors).map(|(a, b)| *a * *b).collect();
    let sums: Vec<Fr> = values
        .iter()
        .zip(&factors)
        .map(|(a, b)| *a + *b * factor)
        .collect();
    for engine in Engine::all() {
        let mut got = values.clone();
        engine.mul_each(&mut got, &factors).unwrap();
        assert_eq!(got, products, "{engine}");
        let mut got = values.clone();
        engine.add_scaled(&mut got, &factors, factor).unwrap();
        assert_eq!(got, sums, "{engine}");
    }
});

fn read_one_by_one(bytes: &[u8]) -> Result<Vec<Fr>, AlgebraError> {
    let (scalars, rest) = bytes.as_chunks::<FR_BYTES>();
    if !rest.is_empty() {
        return Err(AlgebraError::Length {
            got: bytes.len(),
            expected: bytes.len().next_multiple_of(FR_BYTES),
        });
    }
    scalars.iter().map(Fr::from_be_bytes).collect()
}
