//! Where shards are missing, as a polynomial.

use algebra::{Domain, Engine, Fr, batch_invert};

use super::super::received::Received;
use super::FieldCode;
use crate::ErasureError;

/// What a pattern of losses takes, computed once for all elements of the shards.
#[derive(Debug)]
pub(super) struct Losses {
    /// The degree of Z, the polynomial that vanishes at the missing positions.
    pub(super) degree: usize,
    /// Z at the position of each given shard, in order of the shards.
    pub(super) at_given: Vec<Fr>,
    /// The missing data shards, in order, each with the inverse of Z's derivative at its position.
    pub(super) missing_data: Vec<(usize, Fr)>,
}

impl Losses {
    pub(super) fn new(code: &FieldCode, received: &Received<'_>) -> Result<Self, ErasureError> {
        let (k, size) = (code.parameters.data_shards(), code.half.size());
        let mut known = vec![false; code.whole.size()];
        // Zero by agreement.
        known[k..size].fill(true);
        for (shard, _) in received.given() {
            known[code.position(shard)] = true;
        }
        let missing = (0..known.len()).filter(|position| !known[*position]);
        let roots: Vec<Fr> = missing.map(|position| code.point(position)).collect();
        let mut z = vanishing(code.engine, &roots)?;

        let mut slopes = vec![Fr::ZERO; size];
        for (r, coefficient) in z.iter().enumerate().skip(1) {
            slopes[(r - 1) % size] += *coefficient * Fr::from_u64(r as u64);
        }
        code.engine.fft(&code.half, &mut slopes)?;
        let missing_data: Vec<usize> = (0..k).filter(|i| !known[*i]).collect();
        let mut inverses: Vec<Fr> = missing_data.iter().map(|i| slopes[*i]).collect();
        batch_invert(&mut inverses)?;

        // At most N − P positions are missing, so that the coefficients fit.
        z.resize(code.whole.size(), Fr::ZERO);
        code.engine.fft(&code.whole, &mut z)?;
        Ok(Self {
            degree: roots.len(),
            at_given: received
                .given()
                .map(|(shard, _)| z[code.position(shard)])
                .collect(),
            missing_data: missing_data.into_iter().zip(inverses).collect(),
        })
    }
}

/// Roots up to which multiplying out beats transforms.
const FEW: usize = 32;

/// The coefficients, in natural order, of the product of x − root over the roots: halves are
/// multiplied by transforms, O(n log² n) in all.
pub(super) fn vanishing(engine: Engine, roots: &[Fr]) -> Result<Vec<Fr>, ErasureError> {
    // One for each power of two, since many products share a size and its tables.
    let domains = (0..=roots.len().next_power_of_two().trailing_zeros())
        .map(|bits| Domain::new(1 << bits))
        .collect::<Result<Vec<_>, _>>()?;
    product_of(engine, &domains, roots)
}

fn product_of(engine: Engine, domains: &[Domain], roots: &[Fr]) -> Result<Vec<Fr>, ErasureError> {
    if roots.len() <= FEW {
        return Ok(multiplied_out(roots));
    }
    let (low, high) = roots.split_at(roots.len() / 2);
    let low = product_of(engine, domains, low)?;
    let high = product_of(engine, domains, high)?;

    let size = roots.len().next_power_of_two();
    let domain = &domains[size.trailing_zeros() as usize];
    let mut both = vec![Fr::ZERO; 2 * size];
    both[..low.len()].copy_from_slice(&low);
    both[size..size + high.len()].copy_from_slice(&high);
    engine.fft(domain, &mut both)?;
    let (product, high) = both.split_at_mut(size);
    engine.mul_each(product, high)?;
    engine.ifft(domain, product)?;

    let mut product = product.to_vec();
    if roots.len() == size {
        // The leading coefficient, which is one, has come round to the constant.
        product[0] -= Fr::ONE;
        product.push(Fr::ONE);
    }
    product.truncate(roots.len() + 1);
    Ok(product)
}

/// The same, root by root.
pub(super) fn multiplied_out(roots: &[Fr]) -> Vec<Fr> {
    let mut product = vec![Fr::ONE];
    for root in roots {
        product.push(Fr::ONE);
        for i in (0..product.len() - 1).rev() {
            let below = if i == 0 { Fr::ZERO } else { product[i - 1] };
            product[i] = below - *root * product[i];
        }
    }
    product
}
