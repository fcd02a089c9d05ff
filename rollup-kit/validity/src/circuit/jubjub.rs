//! Points of Jubjub in a circuit. The addition law is complete, so no case is special.

use super::num::{Num, Synthesis};
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsConfig, EdwardsProjective};
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::Result;
use ledger::Fr;
use std::sync::OnceLock;

/// Bits of a response: those of Jubjub's order.
pub(crate) const RESPONSE_BITS: usize = 252;
const WINDOW: usize = 3;

#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) x: Num,
    pub(crate) y: Num,
}

/// Multiples 0 to 7 of 8ʷ·G for each window w.
fn windows() -> &'static Vec<[EdwardsAffine; 1 << WINDOW]> {
    static WINDOWS: OnceLock<Vec<[EdwardsAffine; 1 << WINDOW]>> = OnceLock::new();
    WINDOWS.get_or_init(|| {
        let mut base = EdwardsProjective::from(EdwardsConfig::GENERATOR);
        let mut windows = Vec::with_capacity(RESPONSE_BITS / WINDOW);
        for _ in 0..RESPONSE_BITS / WINDOW {
            let mut multiple = EdwardsAffine::zero().into_group();
            windows.push(std::array::from_fn(|_| {
                let affine = multiple.into_affine();
                multiple += base;
                affine
            }));
            for _ in 0..WINDOW {
                base.double_in_place();
            }
        }
        windows
    })
}

impl Synthesis {
    /// A point that the prover chooses; on the curve, not necessarily in the group of prime order.
    pub(crate) fn point(&self, [x, y]: [Fr; 2]) -> Result<Point> {
        let point = Point {
            x: self.witness(x)?,
            y: self.witness(y)?,
        };
        let xx = self.product(&point.x, &point.x)?;
        let yy = self.product(&point.y, &point.y)?;
        let right = yy.minus(&xx).minus(&Num::one());
        self.enforce(&xx.scaled(EdwardsConfig::COEFF_D), &yy, &right)?;
        Ok(point)
    }

    pub(crate) fn add_points(&self, p: &Point, q: &Point) -> Result<Point> {
        let xy = self.product(&p.x, &q.y)?;
        let yx = self.product(&p.y, &q.x)?;
        let all = self.product(&p.x.plus(&p.y), &q.x.plus(&q.y))?;
        let scale = self.product(&xy.scaled(EdwardsConfig::COEFF_D), &yx)?;
        let x = self.quotient(&xy.plus(&yx), &Num::one().plus(&scale))?;
        let y = self.quotient(&all.minus(&xy).minus(&yx), &Num::one().minus(&scale))?;
        Ok(Point { x, y })
    }

    fn double_point(&self, p: &Point) -> Result<Point> {
        let xy = self.product(&p.x, &p.y)?;
        let sum = p.x.plus(&p.y);
        let all = self.product(&sum, &sum)?;
        let scale = self.product(&xy.scaled(EdwardsConfig::COEFF_D), &xy)?;
        let twice = xy.scaled(Fr::from(2u64));
        let x = self.quotient(&twice, &Num::one().plus(&scale))?;
        let y = self.quotient(&all.minus(&twice), &Num::one().minus(&scale))?;
        Ok(Point { x, y })
    }

    /// The generator times Σ 2ⁱ·bitᵢ, of 252 bits.
    pub(crate) fn times_generator(&self, bits: &[Num]) -> Result<Point> {
        let mut sum: Option<Point> = None;
        for (bits, multiples) in bits.chunks(WINDOW).zip(windows()) {
            let both = self.product(&bits[0], &bits[1])?;
            let x = self.look_up(bits, &both, multiples.each_ref().map(|p| p.x))?;
            let y = self.look_up(bits, &both, multiples.each_ref().map(|p| p.y))?;
            let multiple = Point { x, y };
            sum = Some(match sum {
                None => multiple,
                Some(sum) => self.add_points(&sum, &multiple)?,
            });
        }
        Ok(sum.unwrap_or(Point {
            x: Num::zero(),
            y: Num::one(),
        }))
    }

    /// The entry that three bits name.
    fn look_up(&self, bits: &[Num], both: &Num, table: [Fr; 1 << WINDOW]) -> Result<Num> {
        let of_two = |t: &[Fr]| {
            let mut sum = Num::constant(t[0]);
            sum.add_scaled(&bits[0], t[1] - t[0]);
            sum.add_scaled(&bits[1], t[2] - t[0]);
            sum.add_scaled(both, t[3] - t[2] - t[1] + t[0]);
            sum
        };
        self.select(&bits[2], &of_two(&table[..4]), &of_two(&table[4..]))
    }

    /// A point times Σ 2ⁱ·bitᵢ.
    pub(crate) fn times(&self, point: &Point, bits: &[Num]) -> Result<Point> {
        let neutral = Point {
            x: Num::constant(Fr::ZERO),
            y: Num::constant(Fr::ONE),
        };
        let mut sum: Option<Point> = None;
        for bit in bits.iter().rev() {
            let term = Point {
                x: self.select(bit, &neutral.x, &point.x)?,
                y: self.select(bit, &neutral.y, &point.y)?,
            };
            sum = Some(match sum {
                None => term,
                Some(sum) => self.add_points(&self.double_point(&sum)?, &term)?,
            });
        }
        Ok(sum.unwrap_or(neutral))
    }
}
