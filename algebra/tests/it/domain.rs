use std::cell::Cell;

use algebra::{
    AlgebraError, Domain, Engine, Fr, G1, G1Affine, G1Domain, Products, bit_reverse_permute,
};

use super::{rng, scalar};

fn infinity() -> G1Affine {
    G1::infinity().into()
}

fn points(count: usize, seed: u64) -> Vec<G1Affine> {
    let mut rng = rng(seed);
    (0..count)
        .map(|_| (G1::generator() * scalar(&mut rng)).into())
        .collect()
}

/// Σ pointsⱼ·ω^(ij) for every i, in bit-reversed order.
fn naive(points: &[G1Affine]) -> Vec<G1Affine> {
    let domain = Domain::new(points.len()).unwrap();
    let mut out: Vec<G1Affine> = (0..points.len())
        .map(|i| {
            let terms = points.iter().enumerate();
            terms
                .filter(|(_, point)| !point.is_infinity())
                .fold(G1::infinity(), |sum, (j, point)| {
                    sum + G1::from(*point) * domain.point(i * j)
                })
                .into()
        })
        .collect();
    bit_reverse_permute(&mut out).unwrap();
    out
}

/// Blocks of `size` that an attacker may choose: infinities, equal, opposite and sparse points.
fn blocks(size: usize) -> Vec<Vec<G1Affine>> {
    let random = points(size, size as u64);
    let point = random[0];
    let opposite = G1Affine::from(-G1::from(point));
    let mut sparse = vec![infinity(); size];
    sparse[size - 1] = point;
    let mut holes = random.clone();
    holes.iter_mut().step_by(3).for_each(|p| *p = infinity());
    let signs = [point, opposite, opposite, point];
    vec![
        vec![infinity(); size],
        vec![point; size],
        (0..size).map(|i| signs[i % 4]).collect(),
        (0..size).map(|i| signs[i % 2]).collect(),
        sparse,
        holes,
        random,
    ]
}

#[test]
fn transforms_equal_the_naive_one_at_every_small_size() {
    for size in [1, 2, 4, 8, 16] {
        let domain = G1Domain::new(size).unwrap();
        assert_eq!(domain.size(), size);
        let blocks = blocks(size);
        let expected: Vec<G1Affine> = blocks.iter().flat_map(|block| naive(block)).collect();
        for engine in Engine::all() {
            // All blocks at once, then alone.
            let mut together = blocks.concat();
            domain.fft(engine, &mut together).unwrap();
            assert_eq!(together, expected, "{engine}, size {size}");
            domain.ifft(engine, &mut together).unwrap();
            assert_eq!(together, blocks.concat(), "{engine}, size {size}");
            for (block, expected) in blocks.iter().zip(expected.chunks(size)) {
                let mut alone = block.clone();
                domain.fft(engine, &mut alone).unwrap();
                assert_eq!(alone, expected, "{engine}, size {size}");
            }
        }
    }
}

#[test]
fn the_transform_of_a_cell_row_equals_the_naive_one() {
    let domain = G1Domain::new(128).unwrap();
    let coefficients = points(128, 9);
    let mut sparse = vec![infinity(); 128];
    sparse[5] = coefficients[0];
    let both = [coefficients, sparse].concat();
    let expected: Vec<G1Affine> = both.chunks(128).flat_map(naive).collect();
    for engine in Engine::all() {
        let mut got = both.clone();
        domain.fft(engine, &mut got).unwrap();
        assert_eq!(got, expected, "{engine}");
        domain.ifft(engine, &mut got).unwrap();
        assert_eq!(got, both, "{engine}");
    }
}

#[test]
fn halves_equal_whole_transforms() {
    for size in [2, 4, 8, 64] {
        let domain = G1Domain::new(size).unwrap();
        let half = size / 2;
        let evaluations = [blocks(size)[6].clone(), blocks(size)[5].clone()].concat();
        for engine in Engine::all() {
            let mut coefficients = evaluations.clone();
            domain.ifft(engine, &mut coefficients).unwrap();
            let low: Vec<G1Affine> = coefficients
                .chunks(size)
                .flat_map(|block| &block[..half])
                .copied()
                .collect();

            let unscaled = domain.ifft_low_unscaled(engine, &evaluations).unwrap();
            let factors = vec![domain.size_inverse(); unscaled.len()];
            assert_eq!(engine.mul_points(&unscaled, &factors).unwrap(), low);
            assert_eq!(domain.size_inverse() * Fr::from_u64(size as u64), Fr::ONE);

            let mut padded: Vec<G1Affine> = low
                .chunks(half)
                .flat_map(|block| [block, &vec![infinity(); half]].concat())
                .collect();
            domain.fft(engine, &mut padded).unwrap();
            assert_eq!(domain.fft_padded(engine, &low).unwrap(), padded);
        }
    }
}

#[test]
fn the_transforms_of_a_rows_proofs_take_so_many_multiplications() {
    let domain = G1Domain::new(128).unwrap();
    let count = Cell::new(0);
    let share = |products: usize, make: &Products<'_>| {
        count.set(count.get() + products);
        make(0..products)
    };
    let low = domain
        .ifft_low_unscaled_shared(Engine::detect(), &points(128, 12), &share)
        .unwrap();
    // Of 7 · 64 butterflies 127 are by one.
    assert_eq!(count.take(), 321);
    domain
        .fft_padded_shared(Engine::detect(), &low, &share)
        .unwrap();
    assert_eq!(count.take(), 321);
}

#[test]
fn wrong_sizes_are_refused() {
    for size in [0, 3, 12] {
        assert_eq!(
            G1Domain::new(size).err(),
            Some(AlgebraError::DomainSize { got: size })
        );
    }
    let refused = Err(AlgebraError::Length {
        got: 6,
        expected: 8,
    });
    let domain = G1Domain::new(8).unwrap();
    let one = G1Domain::new(1).unwrap();
    for engine in Engine::all() {
        let mut few = points(6, 10);
        assert_eq!(domain.fft(engine, &mut few), refused);
        assert_eq!(domain.ifft(engine, &mut few), refused);
        assert_eq!(domain.fft_padded(engine, &few).err(), refused.clone().err());
        let low = domain.ifft_low_unscaled(engine, &few);
        assert_eq!(low.err(), refused.clone().err());
        let no_half = Some(AlgebraError::NoHalf);
        assert_eq!(one.fft_padded(engine, &few).err(), no_half);
        assert_eq!(one.ifft_low_unscaled(engine, &few).err(), no_half);
        assert_eq!(domain.fft(engine, &mut []), Ok(()));
    }
}

#[test]
fn shared_transforms_are_the_same() {
    let domain = G1Domain::new(16).unwrap();
    let share = |count: usize, make: &Products<'_>| {
        let middle = count / 2;
        [make(0..middle), make(middle..count)].concat()
    };
    for engine in Engine::all() {
        let mut alone = points(32, 13);
        let mut shared = alone.clone();
        domain.ifft(engine, &mut alone).unwrap();
        domain.ifft_shared(engine, &mut shared, &share).unwrap();
        assert_eq!(alone, shared);
    }
}
