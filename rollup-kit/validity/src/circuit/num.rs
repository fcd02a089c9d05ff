//! Numbers in a circuit: a value, and the linear combination of variables that has it.

use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use ark_relations::gr1cs::{ConstraintSystemRef, LinearCombination, Result, Variable};
use ledger::Fr;

/// A number. Adding and scaling cost no constraint.
#[derive(Debug, Clone)]
pub(crate) struct Num {
    pub(crate) value: Fr,
    terms: Vec<(Fr, Variable)>,
}

impl Num {
    pub(crate) fn constant(value: Fr) -> Self {
        let terms = if value == Fr::ZERO {
            Vec::new()
        } else {
            vec![(value, Variable::One)]
        };
        Self { value, terms }
    }

    pub(crate) fn zero() -> Self {
        Self::constant(Fr::ZERO)
    }

    pub(crate) fn one() -> Self {
        Self::constant(Fr::ONE)
    }

    pub(crate) const fn of(value: Fr, terms: Vec<(Fr, Variable)>) -> Self {
        Self { value, terms }
    }

    pub(crate) fn terms(&self) -> &[(Fr, Variable)] {
        &self.terms
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.terms.iter().all(|(_, variable)| variable.is_one())
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        self.plus_scaled(other, Fr::ONE)
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        self.plus_scaled(other, -Fr::ONE)
    }

    pub(crate) fn plus_constant(&self, constant: Fr) -> Self {
        self.plus(&Self::constant(constant))
    }

    pub(crate) fn plus_scaled(&self, other: &Self, factor: Fr) -> Self {
        let mut sum = self.clone();
        sum.add_scaled(other, factor);
        sum
    }

    pub(crate) fn add_scaled(&mut self, other: &Self, factor: Fr) {
        self.value += other.value * factor;
        self.terms
            .extend(other.terms.iter().map(|(c, v)| (*c * factor, *v)));
    }

    pub(crate) fn scaled(&self, factor: Fr) -> Self {
        Self::zero().plus_scaled(self, factor)
    }

    /// 1 − self: the opposite of a bit.
    pub(crate) fn not(&self) -> Self {
        Self::one().minus(self)
    }

    /// Σ 2ⁱ·bitᵢ.
    pub(crate) fn from_bits(bits: &[Self]) -> Self {
        let mut sum = Self::zero();
        let mut power = Fr::ONE;
        for bit in bits {
            sum.add_scaled(bit, power);
            power.double_in_place();
        }
        sum
    }

    fn combination(&self) -> LinearCombination<Fr> {
        let mut combination = LinearCombination(self.terms.clone());
        combination.compactify();
        combination
    }
}

/// Where constraints go.
#[derive(Debug, Clone)]
pub(crate) struct Synthesis {
    cs: ConstraintSystemRef<Fr>,
}

impl Synthesis {
    pub(crate) const fn new(cs: ConstraintSystemRef<Fr>) -> Self {
        Self { cs }
    }

    /// A public input.
    pub(crate) fn input(&self, value: Fr) -> Result<Num> {
        let variable = self.cs.new_input_variable(|| Ok(value))?;
        Ok(Num::of(value, vec![(Fr::ONE, variable)]))
    }

    /// A number that the prover chooses.
    pub(crate) fn witness(&self, value: Fr) -> Result<Num> {
        let variable = self.cs.new_witness_variable(|| Ok(value))?;
        Ok(Num::of(value, vec![(Fr::ONE, variable)]))
    }

    /// a·b = c.
    pub(crate) fn enforce(&self, a: &Num, b: &Num, c: &Num) -> Result<()> {
        self.cs
            .enforce_r1cs_constraint(|| a.combination(), || b.combination(), || c.combination())
    }

    pub(crate) fn equal(&self, a: &Num, b: &Num) -> Result<()> {
        self.enforce(&a.minus(b), &Num::one(), &Num::zero())
    }

    /// a = b if the flag is not 0.
    pub(crate) fn equal_if(&self, flag: &Num, a: &Num, b: &Num) -> Result<()> {
        self.enforce(flag, &a.minus(b), &Num::zero())
    }

    /// a = 0 if the flag is not 0.
    pub(crate) fn zero_if(&self, flag: &Num, a: &Num) -> Result<()> {
        self.enforce(flag, a, &Num::zero())
    }

    pub(crate) fn product(&self, a: &Num, b: &Num) -> Result<Num> {
        if a.is_constant() {
            return Ok(b.scaled(a.value));
        }
        if b.is_constant() {
            return Ok(a.scaled(b.value));
        }
        let product = self.witness(a.value * b.value)?;
        self.enforce(a, b, &product)?;
        Ok(product)
    }

    /// b where the bit is 1, a where it is 0.
    pub(crate) fn select(&self, bit: &Num, a: &Num, b: &Num) -> Result<Num> {
        Ok(a.plus(&self.product(bit, &b.minus(a))?))
    }

    /// a / b; b is not 0 for any assignment that its own constraints allow.
    pub(crate) fn quotient(&self, a: &Num, b: &Num) -> Result<Num> {
        let inverse = b.value.inverse().unwrap_or_default();
        let quotient = self.witness(a.value * inverse)?;
        self.enforce(&quotient, b, a)?;
        Ok(quotient)
    }

    pub(crate) fn bit(&self, value: bool) -> Result<Num> {
        self.boolean(Fr::from(value))
    }

    /// A number that the prover chooses, which must be 0 or 1.
    pub(crate) fn boolean(&self, value: Fr) -> Result<Num> {
        let bit = self.witness(value)?;
        self.enforce(&bit, &bit.not(), &Num::zero())?;
        Ok(bit)
    }

    /// The bits of a number below 2ᵏ, the lowest first.
    pub(crate) fn bits(&self, number: &Num, count: usize) -> Result<Vec<Num>> {
        let integer = number.value.into_bigint();
        let bits: Result<Vec<Num>> = (0..count).map(|i| self.bit(integer.get_bit(i))).collect();
        let bits = bits?;
        self.equal(&Num::from_bits(&bits), number)?;
        Ok(bits)
    }

    /// The 255 bits of a number, as an integer below the field's order: two integers below 2²⁵⁵
    /// may stand for one number.
    pub(crate) fn canonical_bits(&self, number: &Num) -> Result<Vec<Num>> {
        let count = Fr::MODULUS_BIT_SIZE as usize;
        let bits = self.bits(number, count)?;
        let mut most = Fr::MODULUS;
        most.sub_with_borrow(&1u64.into());
        // Whether all bits so far are those of the greatest integer; from the first that is lower
        // on, anything goes.
        let mut tied = Num::one();
        let mut must_be_zero = Num::zero();
        for i in (0..count).rev() {
            if most.get_bit(i) {
                if !must_be_zero.terms().is_empty() {
                    self.zero_if(&tied, &must_be_zero)?;
                    must_be_zero = Num::zero();
                }
                tied = self.product(&tied, &bits[i])?;
            } else {
                must_be_zero = must_be_zero.plus(&bits[i]);
            }
        }
        self.zero_if(&tied, &must_be_zero)?;
        Ok(bits)
    }
}
