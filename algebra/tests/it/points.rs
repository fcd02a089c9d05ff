use algebra::{AlgebraError, Engine, Fr, G1, G1_BYTES, G1Affine};

use super::{rng, scalar, scalars};

/// Points on the curve of orders 3, 11 and 10177, and their sums with the generator.
const OUTSIDE: [&str; 6] = [
    "a00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    "800b9529a7b23788075a6c33c7b77b3dcf4da4f58af5310f32e739a6c653a5a8f7cf7f19a297bd6a8f3f19ea82cf9419",
    "84c9b399d905c137a249ab983a21bdce9dfa9215dc9c2337adf46d9cd27cbc0c61675a02f6122776f5583546943553e2",
    "ae9277968cb92c78d15a2a2ed855d55061c3929db43d1e53d6d13bee755ff9a91b3f577bbb2f15c6ba8206a6a81c4afd",
    "b672761eaf71f283d7a87abefb77c0a291cff4d798a747b023ac49dcb586580fbfa968fff1b20f36828c54d294cd7280",
    "93dfaf9ba5f8c5b5f70d7163e2c7089379c7e79ee33f7c5363d4d0b2aab91b99eff639692fdb7f8950be8ef25caef627",
];

/// The base field's prime.
const PRIME: &str = "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";

fn encoding(hex: &str) -> [u8; G1_BYTES] {
    std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
}

fn points(count: usize, seed: u64) -> Vec<G1Affine> {
    let mut rng = rng(seed);
    (0..count)
        .map(|_| (G1::generator() * scalar(&mut rng)).into())
        .collect()
}

fn infinity() -> G1Affine {
    G1::infinity().into()
}

/// Encodings that are no points of the group, and infinity and the generator.
fn hostile() -> Vec<[u8; G1_BYTES]> {
    let generator = G1Affine::generator().to_compressed();
    let infinity = infinity().to_compressed();
    let flipped = |bytes: &[u8; G1_BYTES], at: usize, mask: u8| {
        let mut bytes = *bytes;
        bytes[at] ^= mask;
        bytes
    };
    let mut out = vec![[0; G1_BYTES], [0xff; G1_BYTES], infinity, generator];
    // Every combination of flags on a point, on infinity, and on small and large x.
    for flags in 0..8 {
        for bytes in [generator, infinity, encoding(PRIME), [0; G1_BYTES]] {
            out.push(flipped(&bytes, 0, flags << 5));
        }
    }
    for at in [0, 1, 47] {
        out.push(flipped(&infinity, at, 1));
        out.push(flipped(&generator, at, 1));
    }
    // p − 1, p and p + 1, and x between p and 2^381.
    for low in [0xaa, 0xab, 0xac] {
        let mut bytes = encoding(PRIME);
        bytes[0] |= 0x80;
        bytes[47] = low;
        out.push(bytes);
    }
    let mut above = generator;
    above[0] = 0x9f;
    out.push(above);
    for hex in OUTSIDE {
        let bytes = encoding(hex);
        out.extend([bytes, flipped(&bytes, 0, 0x20)]);
    }
    for x in 1..40 {
        let mut bytes = [0; G1_BYTES];
        (bytes[0], bytes[47]) = (0x80, x);
        out.push(bytes);
    }
    out
}

fn check_reading(engine: Engine, bytes: &[[u8; G1_BYTES]]) {
    let expected: Vec<_> = bytes.iter().map(G1Affine::from_compressed).collect();
    assert_eq!(engine.read_points(bytes), expected, "{engine}");
}

#[test]
fn honest_points_are_read_and_written_at_every_length() {
    let points = points(100, 1);
    for engine in Engine::all() {
        for length in (0..=17).chain([100]) {
            let points = &points[..length];
            let bytes = engine.write_points(points);
            let naive: Vec<_> = points.iter().map(G1Affine::to_compressed).collect();
            assert_eq!(bytes, naive);
            let read: Vec<_> = points.iter().map(|p| Ok(*p)).collect();
            assert_eq!(
                engine.read_points(&bytes),
                read,
                "{engine}, {length} points"
            );
        }
    }
}

#[test]
fn hostile_encodings_are_judged_as_one_at_a_time() {
    for engine in Engine::all() {
        check_reading(engine, &hostile());
    }
}

#[test]
fn a_hostile_encoding_spoils_no_other_wherever_it_stands() {
    let honest: Vec<_> = points(17, 2).iter().map(G1Affine::to_compressed).collect();
    let outside = encoding(OUTSIDE[3]);
    let mut not_on_curve = honest[0];
    while G1Affine::from_compressed(&not_on_curve) != Err(AlgebraError::NotOnCurve) {
        not_on_curve[47] = not_on_curve[47].wrapping_add(1);
    }
    for engine in Engine::all() {
        for position in 0..honest.len() {
            for bad in [
                outside,
                not_on_curve,
                infinity().to_compressed(),
                [0xff; 48],
            ] {
                let mut bytes = honest.clone();
                bytes[position] = bad;
                check_reading(engine, &bytes);
            }
        }
    }
}

#[test]
fn points_outside_the_subgroup_are_named_so() {
    let outside: Vec<_> = OUTSIDE.iter().map(|hex| encoding(hex)).collect();
    for engine in Engine::all() {
        for result in engine.read_points(&outside.repeat(3)) {
            assert_eq!(result, Err(AlgebraError::NotInSubgroup), "{engine}");
        }
    }
}

/// Zero, one, their neighbours, the endomorphism's eigenvalue −z² and what makes halves extreme.
fn edge_scalars() -> Vec<Fr> {
    let square = Fr::from_u64(0xd201_0000_0001_0000).square();
    let mut out = Vec::new();
    for base in [Fr::ZERO, square, square * square, square + square] {
        for k in [0, 1, 2, 3, 15, 16, 17, 32] {
            let k = Fr::from_u64(k);
            out.extend([base + k, base - k, -base + k, -base - k]);
        }
    }
    for k in [1, 2, 31, 33] {
        out.push(square * Fr::from_u64(k));
    }
    out
}

fn check_multiples(engine: Engine, points: &[G1Affine], scalars: &[Fr]) {
    let expected: Vec<G1Affine> = points
        .iter()
        .zip(scalars)
        .map(|(point, scalar)| (G1::from(*point) * *scalar).into())
        .collect();
    let got = engine.mul_points(points, scalars).unwrap();
    assert_eq!(got, expected, "{engine}");
}

#[test]
fn multiples_equal_those_of_one_point() {
    let points = points(100, 3);
    let scalars = scalars(100, &mut rng(4));
    for engine in Engine::all() {
        for length in [0, 1, 2, 7, 8, 9, 15, 16, 17, 100] {
            check_multiples(engine, &points[..length], &scalars[..length]);
        }
        check_multiples(engine, &[points[0]; 17], &[scalars[0]; 17]);
    }
}

#[test]
fn multiples_by_edge_scalars_are_right() {
    let edges = edge_scalars();
    let points = points(edges.len(), 5);
    for engine in Engine::all() {
        check_multiples(engine, &points, &edges);
        check_multiples(engine, &vec![G1Affine::generator(); edges.len()], &edges);
        // Eight equal scalars share their steps.
        for edge in &edges {
            check_multiples(engine, &points[..9], &[*edge; 9]);
        }
    }
}

#[test]
fn multiples_of_infinity_are_infinity_in_every_lane() {
    let honest = points(17, 6);
    let scalars = scalars(17, &mut rng(7));
    for engine in Engine::all() {
        for position in 0..honest.len() {
            let mut points = honest.clone();
            points[position] = infinity();
            check_multiples(engine, &points, &scalars);
            check_multiples(engine, &points, &[scalars[0]; 17]);
        }
        check_multiples(engine, &[infinity(); 17], &scalars);
        check_multiples(engine, &[infinity(); 17], &[Fr::ZERO; 17]);
    }
}

#[test]
fn unequal_lengths_are_refused() {
    for engine in Engine::all() {
        assert_eq!(
            engine.mul_points(&points(3, 8), &[Fr::ONE; 2]),
            Err(AlgebraError::Length {
                got: 2,
                expected: 3
            })
        );
    }
}

#[test]
fn one_factor_for_all_points() {
    let mut some = points(20, 21);
    some[4] = infinity();
    let factor = scalar(&mut rng(22));
    for engine in Engine::all() {
        let expected = engine.mul_points(&some, &[factor; 20]).unwrap();
        assert_eq!(engine.scale_points(&some, &factor), expected);
    }
}

#[test]
fn both_coordinates_are_written() {
    let point = points(1, 23)[0];
    let (whole, short) = (point.to_uncompressed(), point.to_compressed());
    assert_eq!(whole[1..G1_BYTES], short[1..]);
    assert_eq!(infinity().to_uncompressed()[0], 0x40);
}
