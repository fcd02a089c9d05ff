//! Transforms of points: every engine against the transform of their discrete logarithms.
#![no_main]

use algebra::{Domain, Engine, Fr, G1Affine, G1Domain, bit_reverse_permute};
use arbitrary::Arbitrary;
use fuzz::points::{Point, multiple};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    /// log2 of the domain's size.
    size: u8,
    inverse: bool,
    points: Vec<(Point, u8)>,
}

fuzz_target!(|input: Input| {
    let size = 1_usize << (input.size % 6);
    let points: Vec<Point> = input
        .points
        .iter()
        .flat_map(|(point, more)| std::iter::repeat_n(*point, usize::from(*more % 32) + 1))
        .take(96)
        .collect();
    let domain = G1Domain::new(size).unwrap();
    let affine: Vec<G1Affine> = points.iter().map(|point| point.get()).collect();
    let expected: Option<Vec<G1Affine>> = points.len().is_multiple_of(size).then(|| {
        let scalars = Domain::new(size).unwrap();
        let mut logs: Vec<Fr> = points.iter().map(|point| point.log()).collect();
        for block in logs.chunks_exact_mut(size) {
            if input.inverse {
                bit_reverse_permute(block).unwrap();
                scalars.ifft(block).unwrap();
            } else {
                scalars.fft(block).unwrap();
                bit_reverse_permute(block).unwrap();
            }
        }
        logs.into_iter().map(multiple).collect()
    });
    for engine in Engine::all() {
        let mut got = affine.clone();
        let done = if input.inverse {
            domain.ifft(engine, &mut got)
        } else {
            domain.fft(engine, &mut got)
        };
        assert_eq!(done.ok().map(|()| got), expected, "{engine}");
    }
});
