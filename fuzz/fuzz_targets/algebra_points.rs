//! Compressed points: every engine, single points, and c-kzg's decoder.
#![no_main]

use algebra::{Engine, G1_BYTES, G1Affine, G2_BYTES, G2Affine};
use arbitrary::Arbitrary;
use fuzz::codec::exact;
use fuzz::kzg;
use fuzz::points::Point;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Bytes {
    Known(Point),
    /// A small x: half of them are on the curve, none in the subgroup.
    Small(u16),
    /// x = p + offset, for offsets from −128 to 127.
    NearModulus(i8),
    Any([u8; G1_BYTES]),
}

#[derive(Arbitrary, Debug)]
struct Encoding {
    bytes: Bytes,
    /// The three flags, exclusive-or.
    flags: u8,
    /// Bits to flip, counted modulo all.
    flips: Vec<u16>,
}

#[derive(Arbitrary, Debug)]
struct Input {
    encodings: Vec<Encoding>,
    g2: Option<[u8; G2_BYTES]>,
}

/// The base field's order, with the flag of a compressed point.
const MODULUS: [u8; G1_BYTES] = [
    0x9a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7,
    0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24,
    0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
];

impl Encoding {
    fn get(&self) -> [u8; G1_BYTES] {
        let mut bytes = match self.bytes {
            Bytes::Known(point) => point.get().to_compressed(),
            Bytes::Small(x) => {
                let mut bytes = [0; G1_BYTES];
                bytes[0] = 0x80;
                bytes[G1_BYTES - 2..].copy_from_slice(&x.to_be_bytes());
                bytes
            }
            Bytes::NearModulus(offset) => {
                let mut bytes = MODULUS;
                let low = i16::from_be_bytes([0, bytes[G1_BYTES - 1]]) + i16::from(offset);
                let [carry, last] = low.to_be_bytes();
                bytes[G1_BYTES - 1] = last;
                bytes[G1_BYTES - 2] = bytes[G1_BYTES - 2].wrapping_add(carry);
                bytes
            }
            Bytes::Any(bytes) => bytes,
        };
        bytes[0] ^= self.flags & 0xe0;
        for flip in self.flips.iter().take(8) {
            let bit = usize::from(*flip) % (8 * G1_BYTES);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        bytes
    }
}

fuzz_target!(init: { let _ = kzg::oracle(); }, |input: Input| {
    let bytes: Vec<[u8; G1_BYTES]> = input.encodings.iter().take(40).map(Encoding::get).collect();
    let one_by_one: Vec<_> = bytes.iter().map(G1Affine::from_compressed).collect();
    let points: Vec<G1Affine> = one_by_one.iter().flatten().copied().collect();
    let written: Vec<_> = bytes
        .iter()
        .zip(&one_by_one)
        .filter_map(|(bytes, read)| read.is_ok().then_some(*bytes))
        .collect();
    for engine in Engine::all() {
        assert_eq!(engine.read_points(&bytes), one_by_one, "{engine}");
        assert_eq!(engine.write_points(&points), written, "{engine}");
    }
    // A pairing each: one is enough.
    if let (Some(bytes), Some(read)) = (bytes.first(), one_by_one.first()) {
        assert_eq!(kzg::oracle_decodes(bytes), read.is_ok());
    }
    if let Some(bytes) = &input.g2 {
        exact(
            bytes,
            |_| G2Affine::from_compressed(bytes),
            |point| point.to_compressed().to_vec(),
        );
    }
});
