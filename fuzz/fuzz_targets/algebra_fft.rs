//! Transforms of scalars: every engine against the definition.
#![no_main]

use algebra::{Domain, Engine, Fr, bit_reverse};
use arbitrary::Arbitrary;
use fuzz::scalars::Sparse;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    /// log2 of the domain's size.
    size: u8,
    /// Blocks, or columns of the matrix.
    blocks: u8,
    /// Scalars too few for whole blocks.
    lacking: u8,
    columns: bool,
    values: Sparse,
    /// Where the evaluations are checked.
    at: u16,
}

fuzz_target!(|input: Input| {
    let bits = u32::from(input.size % 13);
    let size = 1_usize << bits;
    let blocks = usize::from(input.blocks) % (8192 / size).clamp(1, 20);
    let length = size * blocks;
    let values = input.values.get(length.max(1))[..length].to_vec();
    let domain = Domain::new(size).unwrap();

    let lacking = usize::from(input.lacking) % size;
    if lacking > 0 && length > 0 {
        for engine in Engine::all() {
            let mut short = values[lacking..].to_vec();
            assert!(engine.fft(&domain, &mut short).is_err());
            assert!(engine.ifft(&domain, &mut short).is_err());
            assert!(engine.fft_columns(&domain, &mut short).is_err());
            assert!(engine.ifft_columns(&domain, &mut short).is_err());
        }
    }

    let mut outcome = None;
    for engine in Engine::all() {
        let mut transformed = values.clone();
        if input.columns {
            engine.fft_columns(&domain, &mut transformed).unwrap();
        } else {
            engine.fft(&domain, &mut transformed).unwrap();
        }
        let expected = outcome.get_or_insert_with(|| transformed.clone());
        assert_eq!(transformed, *expected, "{engine}");

        if input.columns {
            engine.ifft_columns(&domain, &mut transformed).unwrap();
        } else {
            engine.ifft(&domain, &mut transformed).unwrap();
        }
        assert_eq!(transformed, values, "{engine}");
    }

    // One evaluation by Horner's rule.
    if let Some(outcome) = outcome.filter(|outcome| !outcome.is_empty()) {
        let at = usize::from(input.at) % length;
        let (block, place) = if input.columns {
            (at % blocks, at / blocks)
        } else {
            (at / size, at % size)
        };
        let x = domain.point(bit_reverse(place, bits));
        let y = (0..size).rev().fold(Fr::ZERO, |sum, k| {
            let coefficient = if input.columns {
                k * blocks + block
            } else {
                block * size + k
            };
            sum * x + values[coefficient]
        });
        assert_eq!(outcome[at], y);
    }
});
