//! Custody: which columns a validator keeps.
//!
//! In small sets everyone keeps everything. In larger ones a validator of weight w keeps
//! c(w) = ⌈κ w / W⌉ of the 128 columns, at least 1 and at most all, drawn without replacement
//! from the hash of chain, set, number of the draw and key. The factor κ is the least that
//! makes the failure bound below 2^-60:
//!
//! ```text
//!   C(128, 63) · Σ_T Π_{v ∈ T} C(63, c_v) / C(128, c_v)  <  2^-60
//! ```
//!
//! T runs over the least sets of validators with more than a third of the weight. Such a set
//! fails when its members hold at most 63 distinct columns, hence when all their draws lie
//! within some 63 columns; a union bound over the C(128, 63) choices of these and over all T
//! gives the sum. Of any certificate's signers (more than two thirds) more than a third is
//! honest as long as less than a third of the weight is not, and these recover every row.
//!
//! The sum is taken by a dynamic programme over weights in units of their greatest common
//! divisor or, where that makes more than 12288 units, rounded up to W / 12288, which can only
//! add sets to it; a set is counted when, going through validators in order, its weight first
//! exceeds a third. Everything is computed with the four basic operations of IEEE 754,
//! which give the same bits on every machine: 28 columns each at 17 validators of equal
//! weight, 17 at 32, 8 at 100.
//!
//! What a receipt promises has to be the same for everybody who reads its terms, and the terms
//! name a set and no height. So custody is drawn once per set ([`Custody::of_set`]): whoever
//! knows the terms' set knows the columns, a validator that is a height behind as well, and a
//! blob keeps its custodians for as long as it is kept, whichever set is in force by then. A
//! set that returns draws what it drew before. Drawing again each epoch would buy nothing: the
//! bound is over all thirds of the weight at once, those an adversary would choose after the
//! draw included, and each draw more is one more chance to fail.

use crate::{ColumnSet, Error, Result, Validator, ValidatorIndex, ValidatorSet};
use types::limits::{COLUMNS, DATA_COLUMNS};
use types::{ChainId, ColumnIndex, Epoch, Tag, tagged_hash};

/// Up to so many validators everyone keeps all columns.
const FULL_CUSTODY_MEMBERS: usize = 16;
/// The most units into which the total weight is divided for the bound: a multiple of 3.
const MAX_UNITS: usize = 3 * 4096;
/// 2^-60.
const MAX_FAILURE: f64 = 1.0 / (1_u64 << 60) as f64;
/// The most distinct columns that do not recover a row.
const TOO_FEW: usize = DATA_COLUMNS - 1;

/// Which columns each member of a set keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custody {
    columns: Vec<ColumnSet>,
}

impl Custody {
    /// The custody of every blob whose receipts name this set.
    ///
    /// # Errors
    /// None that a well-formed set gives.
    pub fn of_set(set: &ValidatorSet, chain: &ChainId) -> Result<Self> {
        Self::assign(set, chain, Epoch::new(0))
    }

    /// Assigns columns to a set's members by the draw with this number; the chain uses draw 0,
    /// simulations look at others. Deterministic; at a thousand members of different weights it
    /// takes a fraction of a second, so keep the result.
    ///
    /// # Errors
    /// None that a well-formed set gives.
    pub fn assign(set: &ValidatorSet, chain: &ChainId, epoch: Epoch) -> Result<Self> {
        if set.len() <= FULL_CUSTODY_MEMBERS {
            return Ok(Self {
                columns: vec![ColumnSet::full(); set.len()],
            });
        }
        let factor = least_factor(set);
        let columns = set
            .iter()
            .map(|(_, member)| {
                let count = column_count(factor, member, set);
                draw(count, set, chain, epoch, member)
            })
            .collect::<Result<_>>()?;
        Ok(Self { columns })
    }

    /// The member's columns; none for an index that the set does not have.
    #[must_use]
    pub fn columns(&self, validator: ValidatorIndex) -> ColumnSet {
        self.columns
            .get(validator.as_usize())
            .copied()
            .unwrap_or_default()
    }
}

/// c(w) for a factor.
fn column_count(factor: u64, member: &Validator, set: &ValidatorSet) -> usize {
    let scaled = u128::from(factor) * u128::from(member.weight().get());
    let count = scaled.div_ceil(u128::from(set.total_weight().get()));
    usize::try_from(count).unwrap_or(COLUMNS).clamp(1, COLUMNS)
}

/// κ: the least factor whose failure bound is low enough. The bound falls as κ grows, and is
/// zero at 256 n: then whoever has at least a quarter of the mean weight holds 64 columns alone,
/// and every set that is counted has more than a quarter of the weight, its weights' rounding
/// deducted, so that it contains somebody like that.
fn least_factor(set: &ValidatorSet) -> u64 {
    let units = Units::of(set);
    let (mut low, mut high) = (0, 4 * DATA_COLUMNS as u64 * set.len() as u64);
    while high - low > 1 {
        let middle = low.midpoint(high);
        if failure_bound(set, &units, middle) < MAX_FAILURE {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// Weights in small units: a set of more than a third of the weight has more units than
/// `third`.
struct Units {
    members: Vec<usize>,
    third: usize,
}

impl Units {
    fn of(set: &ValidatorSet) -> Self {
        let weights = || {
            set.iter()
                .map(|(_, member)| u128::from(member.weight().get()))
        };
        let total = u128::from(set.total_weight().get());
        let divisor = weights().fold(total, gcd);
        let most = (total / divisor).min(MAX_UNITS as u128);
        // Exact when `most` is total / divisor, rounded up when it is MAX_UNITS.
        let units = |weight: u128| usize::try_from((weight * most).div_ceil(total));
        Self {
            members: weights().map(|w| units(w).unwrap_or(MAX_UNITS)).collect(),
            third: usize::try_from(most / 3).unwrap_or(MAX_UNITS),
        }
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The left side of the module's inequality.
fn failure_bound(set: &ValidatorSet, units: &Units, factor: u64) -> f64 {
    // sums[u]: Σ of the products over sets of u units, at most a third, among those gone
    // through.
    let mut sums = vec![0.0_f64; units.third + 1];
    sums[0] = 1.0;
    let mut exceeding = 0.0_f64;
    for ((_, member), member_units) in set.iter().zip(&units.members) {
        let within = within_too_few(column_count(factor, member, set));
        for before in (0..=units.third).rev() {
            let product = sums[before] * within;
            match sums.get_mut(before + member_units) {
                Some(sum) => *sum += product,
                None => exceeding += product,
            }
        }
    }
    exceeding * too_few_choices()
}

/// C(63, c) / C(128, c): the chance that c columns drawn without replacement lie within 63.
fn within_too_few(count: usize) -> f64 {
    (0..count)
        .map(|i| TOO_FEW.saturating_sub(i) as f64 / (COLUMNS - i) as f64)
        .product()
}

/// C(128, 63).
fn too_few_choices() -> f64 {
    (0..TOO_FEW)
        .map(|i| (COLUMNS - i) as f64 / (TOO_FEW - i) as f64)
        .product()
}

/// Draws columns without replacement (Fisher and Yates) from
/// `SHA-256(tag ‖ chain id ‖ set hash ‖ epoch u64 ‖ key ‖ counter u32)`, two bytes at a time.
fn draw(
    count: usize,
    set: &ValidatorSet,
    chain: &ChainId,
    epoch: Epoch,
    member: &Validator,
) -> Result<ColumnSet> {
    let set_hash = set.hash();
    let key = member.key().to_bytes();
    let mut words = (0_u32..).flat_map(|counter| {
        let hash = tagged_hash(
            Tag::Custody,
            &[
                chain.as_bytes(),
                set_hash.as_bytes(),
                &epoch.get().to_be_bytes(),
                key.as_bytes(),
                &counter.to_be_bytes(),
            ],
        );
        let words: [[u8; 2]; 16] = std::array::from_fn(|i| [hash[2 * i], hash[2 * i + 1]]);
        words.map(u16::from_be_bytes)
    });
    let mut left: Vec<ColumnIndex> = ColumnIndex::all().collect();
    let mut drawn = ColumnSet::empty();
    for _ in 0..count.min(COLUMNS) {
        let place = below(left.len(), &mut words)?;
        drawn = drawn.with(left.swap_remove(place));
    }
    Ok(drawn)
}

/// A number below `bound`, each as likely: words of the incomplete last stretch are skipped.
fn below(bound: usize, words: &mut impl Iterator<Item = u16>) -> Result<usize> {
    let whole = (usize::from(u16::MAX) + 1) / bound * bound;
    words
        .map(usize::from)
        .find(|&word| word < whole)
        .map(|word| word % bound)
        .ok_or(Error::OutOfRange {
            what: "words of a custody draw",
            got: 0,
            min: 1,
            max: u64::MAX,
        })
}

#[cfg(test)]
mod tests;
