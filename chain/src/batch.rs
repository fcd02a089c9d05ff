//! Many aggregates in one pairing product.
//!
//! Claims e(key, H(digest)) = e(g₁, signature) are summed with weights that a liar could not
//! foresee: 128 bits each of a hash over all claims. A false claim slips through with
//! probability 2^-127 per attempt (Bellare, Garay and Rabin, "Fast batch verification", with
//! the randomness drawn as by Fiat and Shamir). The product needs one final exponentiation and
//! one Miller loop per claim, instead of one and two for each.

use crate::bls::{SIGNATURE_DST, SignaturePoint};
use crate::{Digest, Error, Result};
use blst::{BLST_ERROR, Pairing, blst_p1_affine, blst_p2_affine};
use sha2::{Digest as _, Sha256};

/// That the keys in a sum of `signers` keys have all signed the digest.
pub(crate) struct Claim {
    pub(crate) key: blst_p1_affine,
    pub(crate) signers: usize,
    pub(crate) digest: Digest,
    pub(crate) signature: SignaturePoint,
}

const WEIGHT_BITS: usize = 128;

/// Checks all claims at once; if they do not hold together, names the first that does not.
pub(crate) fn verify_claims(what: &'static str, claims: &[Claim]) -> Result<()> {
    let all: Vec<&Claim> = claims.iter().collect();
    if claims.is_empty() || holds(&all) {
        return Ok(());
    }
    let culprit = claims.iter().find(|claim| !holds(&[claim]));
    Err(Error::Aggregate {
        what,
        signers: culprit.map_or(0, |claim| claim.signers),
    })
}

fn holds(claims: &[&Claim]) -> bool {
    let seed = seed(claims);
    let mut pairing = Pairing::new(true, SIGNATURE_DST);
    for (i, claim) in claims.iter().enumerate() {
        let weight = weight(&seed, i as u64);
        let signature: blst_p2_affine = claim.signature.affine();
        let added = pairing.mul_n_aggregate(
            &claim.key,
            false,
            &signature,
            false,
            &weight,
            WEIGHT_BITS,
            claim.digest.as_bytes(),
            &[],
        );
        if added != BLST_ERROR::BLST_SUCCESS {
            return false;
        }
    }
    pairing.commit();
    pairing.finalverify(None)
}

/// A hash over everything that is claimed.
fn seed(claims: &[&Claim]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for claim in claims {
        hasher.update(blst::min_pk::PublicKey::from(claim.key).to_bytes());
        hasher.update(claim.digest.as_bytes());
        hasher.update(claim.signature.to_bytes());
    }
    hasher.finalize().into()
}

/// The weight of claim `i`: not zero, or the claim would not count.
fn weight(seed: &[u8; 32], i: u64) -> [u8; WEIGHT_BITS / 8] {
    let hash = Sha256::new()
        .chain_update(seed)
        .chain_update(i.to_be_bytes())
        .finalize();
    let mut weight = [0; WEIGHT_BITS / 8];
    weight.copy_from_slice(&hash[..WEIGHT_BITS / 8]);
    weight[0] |= 1;
    weight
}

#[cfg(test)]
mod tests;
