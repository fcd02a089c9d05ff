//! The few operations of BLS12-381 signatures that the nouns stand on.
//!
//! Pairings run on the calling thread: `blst`'s own verifiers would start a pool of theirs.

use crate::{Digest, Error, PublicKey, Result, Signature, ValidatorAddress};
use blst::min_pk::{AggregatePublicKey, AggregateSignature};
use blst::{BLST_ERROR, Pairing, blst_p1_affine, blst_p2_affine};

/// Domain of all signatures over digests (draft-irtf-cfrg-bls-signature §4.2.3).
pub(crate) const SIGNATURE_DST: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
/// Domain of proofs of possession (§4.2.3).
pub(crate) const POSSESSION_DST: &[u8] = b"BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// A decoded signature: a point of the subgroup, not infinity. Who signed what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignaturePoint(blst::min_pk::Signature);

/// What `blst` found wrong with a point, in words.
pub(crate) const fn problem(error: BLST_ERROR) -> &'static str {
    match error {
        BLST_ERROR::BLST_POINT_NOT_ON_CURVE => "is not on the curve",
        BLST_ERROR::BLST_POINT_NOT_IN_GROUP => "is outside the subgroup",
        BLST_ERROR::BLST_PK_IS_INFINITY => "is the point at infinity",
        _ => "is not a compressed point",
    }
}

impl SignaturePoint {
    /// Decodes 96 bytes.
    pub(crate) fn decode(what: &'static str, bytes: &[u8; Signature::BYTES]) -> Result<Self> {
        blst::min_pk::Signature::sig_validate(bytes, true)
            .map(Self)
            .map_err(|error| Error::SignaturePoint {
                what,
                problem: problem(error),
            })
    }

    /// The sum of signatures; none of no signatures.
    pub(crate) fn aggregate(points: &[Self]) -> Option<Signature> {
        let points: Vec<_> = points.iter().map(|point| &point.0).collect();
        let sum = AggregateSignature::aggregate(&points, false).ok()?;
        Some(Signature::new(sum.to_signature().to_bytes()))
    }

    pub(crate) fn to_bytes(self) -> [u8; Signature::BYTES] {
        self.0.to_bytes()
    }

    /// Uncompressed: x and y, of each the coefficient of u first.
    pub(crate) fn serialize(self) -> [u8; 2 * Signature::BYTES] {
        self.0.serialize()
    }

    pub(crate) fn affine(self) -> blst_p2_affine {
        self.0.into()
    }
}

/// Whether the key signed the message.
fn pairs(key: blst_p1_affine, signature: SignaturePoint, message: &[u8], dst: &[u8]) -> bool {
    let mut pairing = Pairing::new(true, dst);
    let added = pairing.aggregate(&key, false, &signature.affine(), false, message, &[]);
    pairing.commit();
    added == BLST_ERROR::BLST_SUCCESS && pairing.finalverify(None)
}

/// Checks one validator's signature.
pub(crate) fn verify_one(
    what: &'static str,
    signer: ValidatorAddress,
    key: &PublicKey,
    digest: &Digest,
    signature: SignaturePoint,
) -> Result<()> {
    if pairs(
        key.point().into(),
        signature,
        digest.as_bytes(),
        SIGNATURE_DST,
    ) {
        Ok(())
    } else {
        Err(Error::Signature { what, signer })
    }
}

/// Checks that a key's owner holds its secret.
pub(crate) fn verify_possession(key: &PublicKey, signature: SignaturePoint) -> Result<()> {
    let message = key.to_bytes();
    if pairs(
        key.point().into(),
        signature,
        message.as_bytes(),
        POSSESSION_DST,
    ) {
        Ok(())
    } else {
        Err(Error::Possession { key: message })
    }
}

/// The sum of keys. Sound to verify against only for keys whose possession is proven.
pub(crate) fn aggregate_keys<'a>(
    what: &'static str,
    keys: impl Iterator<Item = &'a PublicKey>,
) -> Result<(blst_p1_affine, usize)> {
    let points: Vec<_> = keys.map(PublicKey::point).collect();
    let references: Vec<_> = points.iter().collect();
    let signers = points.len();
    AggregatePublicKey::aggregate(&references, false)
        .map(|sum| (sum.to_public_key().into(), signers))
        .map_err(|_| Error::Aggregate { what, signers })
}

/// Checks that the aggregate is that of all these keys over one digest.
pub(crate) fn verify_aggregate<'a>(
    what: &'static str,
    keys: impl Iterator<Item = &'a PublicKey>,
    digest: &Digest,
    signature: SignaturePoint,
) -> Result<()> {
    let (key, signers) = aggregate_keys(what, keys)?;
    if pairs(key, signature, digest.as_bytes(), SIGNATURE_DST) {
        Ok(())
    } else {
        Err(Error::Aggregate { what, signers })
    }
}
