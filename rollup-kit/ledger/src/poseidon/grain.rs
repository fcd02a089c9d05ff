//! The Grain LFSR of the Poseidon paper, appendix F: 80 bits seeded with the parameters, every
//! second bit saying whether the next counts.

use crate::Fr;
use ark_ff::PrimeField;

const STATE_BITS: usize = 80;
const WARM_UP: usize = 160;
/// Bits of the field's order.
const FIELD_BITS: u32 = 255;
const BYTES: usize = 32;

pub(super) struct Grain {
    bits: [bool; STATE_BITS],
    head: usize,
}

impl Grain {
    /// For a prime field, the S-box x⁵, and so many elements and rounds.
    pub(super) fn new(elements: usize, full_rounds: usize, partial_rounds: usize) -> Self {
        let fields = [
            (1, 2),
            (0, 4),
            (u64::from(FIELD_BITS), 12),
            (elements as u64, 12),
            (full_rounds as u64, 10),
            (partial_rounds as u64, 10),
            ((1 << 30) - 1, 30),
        ];
        let mut bits = [false; STATE_BITS];
        let seed = fields
            .into_iter()
            .flat_map(|(value, length)| (0..length).rev().map(move |i| value >> i & 1 == 1));
        for (bit, seed) in bits.iter_mut().zip(seed) {
            *bit = seed;
        }
        let mut grain = Self { bits, head: 0 };
        for _ in 0..WARM_UP {
            grain.step();
        }
        grain
    }

    fn step(&mut self) -> bool {
        let at = |i: usize| self.bits[(self.head + i) % STATE_BITS];
        let bit = at(62) ^ at(51) ^ at(38) ^ at(23) ^ at(13) ^ at(0);
        self.bits[self.head] = bit;
        self.head = (self.head + 1) % STATE_BITS;
        bit
    }

    fn bit(&mut self) -> bool {
        while !self.step() {
            self.step();
        }
        self.step()
    }

    fn integer(&mut self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        for i in (0..FIELD_BITS as usize).rev() {
            let bit = u8::from(self.bit());
            bytes[BYTES - 1 - i / 8] |= bit << (i % 8);
        }
        bytes
    }

    /// The next integer below the order.
    pub(super) fn element(&mut self) -> Fr {
        loop {
            let bytes = self.integer();
            let element = Fr::from_be_bytes_mod_order(&bytes);
            if crate::rows::scalar_bytes(element) == bytes {
                return element;
            }
        }
    }

    /// The next integer, reduced: how the paper's script draws its matrix.
    pub(super) fn element_reduced(&mut self) -> Fr {
        Fr::from_be_bytes_mod_order(&self.integer())
    }
}
