//! The gates, and what each costs.

use super::{Bit, Gates, Int, Payload, Result};
use crate::Error;
use crate::circuit::num::Num;
use ark_ff::{BigInteger, Field, PrimeField};
use ledger::Fr;
use ledger::rules::PAYLOAD_BITS;

/// Bits of the widest number: sums and differences of two still stay far below the field's order.
pub const MAX_BITS: usize = 250;

impl Int {
    /// Below which power of two the number is.
    #[must_use]
    pub const fn bits(&self) -> usize {
        self.bits
    }

    fn new(num: Num, bits: usize) -> Result<Self> {
        if bits > MAX_BITS {
            return Err(Error::TooWide {
                got: bits,
                max: MAX_BITS,
            });
        }
        Ok(Self { num, bits })
    }
}

fn power(bits: usize) -> Fr {
    Fr::from(2u64).pow([bits as u64])
}

impl Gates<'_> {
    /// A number that is always the same. Costs nothing.
    #[must_use]
    pub fn constant(&self, number: u128) -> Int {
        Int {
            num: Num::constant(Fr::from(number)),
            bits: (u128::BITS - number.leading_zeros()) as usize,
        }
    }

    /// a + b, a bit wider than both. Costs nothing.
    ///
    /// # Errors
    /// [`Error::TooWide`].
    pub fn add(&self, a: &Int, b: &Int) -> Result<Int> {
        Int::new(a.num.plus(&b.num), a.bits.max(b.bits) + 1)
    }

    /// a − b; refuses the call where b is greater. Costs a constraint per bit of a, and one.
    ///
    /// # Errors
    /// [`Error::TooWide`].
    pub fn subtract(&self, a: &Int, b: &Int) -> Result<Int> {
        let left = a.num.minus(&b.num);
        self.decomposed(&left, a.bits)?;
        Int::new(left, a.bits)
    }

    /// a · b, as wide as both together. Costs a constraint, or nothing where one is constant.
    ///
    /// # Errors
    /// [`Error::TooWide`].
    pub fn multiply(&self, a: &Int, b: &Int) -> Result<Int> {
        Int::new(self.synthesis.product(&a.num, &b.num)?, a.bits + b.bits)
    }

    /// How often a number that is not 0 goes into a, and what remains. Costs a constraint per bit
    /// of a, and two per bit of the divisor.
    ///
    /// # Errors
    /// [`Error::TooWide`] for a dividend of more than 128 bits, a divisor that is 0, or both
    /// together wider than [`MAX_BITS`].
    pub fn divide(&self, a: &Int, divisor: u128) -> Result<(Int, Int)> {
        let max = 128;
        if a.bits > max || divisor == 0 {
            return Err(Error::TooWide { got: a.bits, max });
        }
        let bits = self.constant(divisor).bits;
        // Else another quotient could come to the same, beyond the field's order.
        if a.bits + bits > MAX_BITS {
            return Err(Error::TooWide {
                got: a.bits + bits,
                max: MAX_BITS,
            });
        }
        let [low, high, ..] = a.num.value.into_bigint().0;
        let value = u128::from(high) << 64 | u128::from(low);
        let quotient = self.chosen(value / divisor, a.bits)?;
        let rest = self.chosen(value % divisor, bits)?;
        let most = Num::constant(Fr::from(divisor - 1));
        self.decomposed(&most.minus(&rest.num), bits)?;
        let sum = rest.num.plus_scaled(&quotient.num, Fr::from(divisor));
        self.synthesis.equal_if(self.called, &sum, &a.num)?;
        Ok((quotient, rest))
    }

    /// `yes` where the bit is 1, `no` where it is 0. Costs a constraint.
    ///
    /// # Errors
    /// None but the circuit's own.
    pub fn select(&self, bit: &Bit, yes: &Int, no: &Int) -> Result<Int> {
        let num = self.synthesis.select(&bit.0, &no.num, &yes.num)?;
        Int::new(num, yes.bits.max(no.bits))
    }

    /// Whether a < b. Costs a constraint per bit of the wider one, and two.
    ///
    /// # Errors
    /// None but the circuit's own.
    pub fn is_less(&self, a: &Int, b: &Int) -> Result<Bit> {
        let bits = a.bits.max(b.bits);
        let raised = a.num.minus(&b.num).plus_constant(power(bits));
        let bits = self.decomposed(&raised, bits + 1)?;
        let top = bits.last().cloned().unwrap_or_else(Num::zero);
        Ok(Bit(top.not()))
    }

    /// Whether a = b. Costs two constraints.
    ///
    /// # Errors
    /// None but the circuit's own.
    pub fn is_equal(&self, a: &Int, b: &Int) -> Result<Bit> {
        Ok(Bit(self.synthesis.is_zero(&a.num.minus(&b.num))?))
    }

    /// Whether both are. Costs a constraint.
    ///
    /// # Errors
    /// None but the circuit's own.
    pub fn and(&self, a: &Bit, b: &Bit) -> Result<Bit> {
        Ok(Bit(self.synthesis.product(&a.0, &b.0)?))
    }

    /// Whether one is, or both. Costs a constraint.
    ///
    /// # Errors
    /// None but the circuit's own.
    pub fn or(&self, a: &Bit, b: &Bit) -> Result<Bit> {
        let both = self.synthesis.product(&a.0, &b.0)?;
        Ok(Bit(a.0.plus(&b.0).minus(&both)))
    }

    /// Whether it is not. Costs nothing.
    #[must_use]
    pub fn not(&self, bit: &Bit) -> Bit {
        Bit(bit.0.not())
    }

    /// Refuses the call unless the bit is 1. Costs a constraint.
    ///
    /// # Errors
    /// None but the circuit's own.
    pub fn require(&self, bit: &Bit) -> Result<()> {
        Ok(self.synthesis.zero_if(self.called, &bit.0.not())?)
    }

    /// Refuses the call unless a = b. Costs a constraint.
    ///
    /// # Errors
    /// None but the circuit's own.
    pub fn require_equal(&self, a: &Int, b: &Int) -> Result<()> {
        Ok(self.synthesis.equal_if(self.called, &a.num, &b.num)?)
    }

    /// Refuses the call unless a ≤ b. Costs a constraint per bit of the wider one, and one.
    ///
    /// # Errors
    /// None but the circuit's own.
    pub fn require_at_most(&self, a: &Int, b: &Int) -> Result<()> {
        let left = b.num.minus(&a.num);
        self.decomposed(&left, a.bits.max(b.bits)).map(|_| ())
    }

    /// The payload's fields of so many bits each, the lowest first; refuses the call where the
    /// payload has more bits than they do together. Costs a constraint per bit, and one.
    ///
    /// # Errors
    /// [`Error::TooWide`] for more than [`PAYLOAD_BITS`] together.
    pub fn fields<const N: usize>(&self, payload: &Payload, bits: [usize; N]) -> Result<[Int; N]> {
        let max = PAYLOAD_BITS;
        let all: usize = bits.iter().sum();
        if all > max {
            return Err(Error::TooWide { got: all, max });
        }
        let decomposed = self.decomposed(&payload.0, all)?;
        let mut at = 0;
        Ok(bits.map(|bits| {
            let field = &decomposed[at..at + bits];
            at += bits;
            Int {
                num: Num::from_bits(field),
                bits,
            }
        }))
    }

    /// A number's fields of so many bits each, the lowest first; refuses the call where the number
    /// has more bits than they do together. Costs a constraint per bit of the fields, and one.
    ///
    /// # Errors
    /// [`Error::TooWide`] for fields of more than [`MAX_BITS`] together.
    pub fn split<const N: usize>(&self, number: &Int, bits: [usize; N]) -> Result<[Int; N]> {
        self.fields(&Payload(number.num.clone()), bits)
    }

    /// Bits that make up the number, where the operation is a call; the lowest first.
    fn decomposed(&self, number: &Num, count: usize) -> Result<Vec<Num>> {
        let integer = number.value.into_bigint();
        let bits = (0..count).map(|i| self.synthesis.bit(integer.get_bit(i)));
        let bits = bits.collect::<ark_relations::gr1cs::Result<Vec<Num>>>()?;
        self.synthesis
            .equal_if(self.called, &Num::from_bits(&bits), number)?;
        Ok(bits)
    }

    /// A number of so many bits that the prover chooses.
    fn chosen(&self, number: u128, bits: usize) -> Result<Int> {
        let num = self.synthesis.witness(Fr::from(number))?;
        self.decomposed(&num, bits)?;
        Int::new(num, bits)
    }
}
