//! The contract that checks proofs on L1, written from verifying keys.
//!
//! The cryptography is in `contracts/src/proofs/Groth16.sol`; what is generated holds the keys of
//! one kind of circuit.
//! A proof on L1 is one byte, the place of its key in the contract, and three points as EIP-2537
//! encodes them.

use crate::{Error, Proof, Result, Shape, VerifyingKey};
use ark_bls12_381::{Fq, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField};
use std::fmt::Write as _;

/// Bytes of a proof on L1.
pub const EVM_PROOF_BYTES: usize = 1 + 128 + 256 + 128;

/// Gas of a transaction that verifies a proof, calldata and 21,000 included; an upper bound that
/// the tests hold the contract to.
pub const VERIFYING_GAS: u64 = 320_000;

/// A proof as the contract takes it.
#[must_use]
pub fn proof_bytes(key: u8, proof: &Proof) -> Vec<u8> {
    let mut bytes = vec![key];
    bytes.extend(g1(&proof.a));
    bytes.extend(g2(&proof.b));
    bytes.extend(g1(&proof.c));
    bytes
}

/// What a kind of circuit's contract builds on, what it is called, and what one of its keys is
/// for.
fn family(shape: Shape) -> (&'static str, &'static str, String) {
    match shape {
        Shape::Batch(size) => (
            "BatchGroth16",
            "The verifier of batches",
            format!("Batches of {}.", size.operations()),
        ),
        Shape::Ruled(size, ruled) => (
            "BatchGroth16",
            "The verifier of batches",
            format!("Batches of {} by the rules {ruled}.", size.operations()),
        ),
        Shape::Exits(size) => (
            "Groth16",
            "The verifier of batched exits",
            format!("{} exits at most.", size.holdings()),
        ),
        Shape::Checkpoint(size) => (
            "Groth16",
            "The verifier of checkpoints of one row",
            format!("{} places of each tree at most.", size.places()),
        ),
    }
}

/// The contract over these keys, in order; about five fit into a contract.
///
/// # Errors
/// [`Error::WrongCircuit`] for keys of several kinds of circuit, or of another circuit than they
/// are said to be; [`Error::NoKeys`].
pub fn contract(name: &str, warning: &str, keys: &[(Shape, &VerifyingKey)]) -> Result<String> {
    let (first, _) = *keys.first().ok_or(Error::NoKeys)?;
    let (base, title, _) = family(first);
    let mut cases = String::new();
    for (place, (shape, key)) in keys.iter().enumerate() {
        let fits = key.gamma_abc_g1.len() == shape.inputs() + 1;
        let is_kin = std::mem::discriminant(shape) == std::mem::discriminant(&first);
        if !fits || !is_kin || shape.ruled() != first.ruled() {
            return Err(Error::WrongCircuit {
                got: *shape,
                expected: first,
            });
        }
        let (_, _, what) = family(*shape);
        // Writing to a string cannot fail.
        let _ = write!(
            cases,
            "        // {what}\n        if (key == {place}) {{\n            \
             return (\n                hex\"{}\",\n                hex\"{}\"\n            );\n        }}\n",
            hex::encode(pairs(key)),
            hex::encode(points(key)),
        );
    }
    let import = format!("import {{ {base} }} from \"./{base}.sol\";\n");
    let imports = match base {
        "Groth16" => import,
        // The function's documentation is the base's.
        _ => import + "import { Groth16 } from \"./Groth16.sol\";\n",
    };
    Ok(format!(
        "// SPDX-License-Identifier: MIT OR Apache-2.0\n\
         // Written by crate `validity` from verifying keys; do not edit.\n\
         pragma solidity ^0.8.30;\n\n\
         {imports}\n\
         /// @title {title}\n\
         /// @notice {warning}\n\
         contract {name} is {base} {{\n    \
             /// @inheritdoc Groth16\n    \
             function _key(uint8 key)\n        \
                 internal\n        \
                 pure\n        \
                 override\n        \
                 returns (bytes memory pairs, bytes memory points)\n    {{\n\
         {cases}        revert NoSuchKey(key);\n    }}\n}}\n"
    ))
}

/// A key as `contracts/src/proofs/StoredKeys.sol` takes it: −α, β, −γ, −δ, the point without an
/// input, then one per input, as EIP-2537 encodes points.
///
/// # Errors
/// [`Error::Keys`] for a key of another circuit than it is said to be.
pub fn key_bytes(shape: Shape, key: &VerifyingKey) -> Result<Vec<u8>> {
    let (got, expected) = (key.gamma_abc_g1.len(), shape.inputs() + 1);
    if got != expected {
        return Err(Error::Keys {
            what: "the number of points",
            got: got.to_string(),
            expected: expected.to_string(),
        });
    }
    Ok([pairs(key), points(key)].concat())
}

/// −α, β, −γ, −δ.
fn pairs(key: &VerifyingKey) -> Vec<u8> {
    let mut bytes = g1(&-key.alpha_g1).to_vec();
    bytes.extend(g2(&key.beta_g2));
    bytes.extend(g2(&-key.gamma_g2));
    bytes.extend(g2(&-key.delta_g2));
    bytes
}

/// The point without an input, then one per input.
fn points(key: &VerifyingKey) -> Vec<u8> {
    key.gamma_abc_g1.iter().flat_map(g1).collect()
}

fn fq(element: Fq) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[16..].copy_from_slice(&element.into_bigint().to_bytes_be());
    bytes
}

/// EIP-2537: both coordinates, 64 bytes each; zeros for infinity.
fn g1(point: &G1Affine) -> [u8; 128] {
    let mut bytes = [0; 128];
    if let Some((x, y)) = point.xy() {
        bytes[..64].copy_from_slice(&fq(x));
        bytes[64..].copy_from_slice(&fq(y));
    }
    bytes
}

/// EIP-2537: x.c0, x.c1, y.c0, y.c1; zeros for infinity.
fn g2(point: &G2Affine) -> [u8; 256] {
    let mut bytes = [0; 256];
    if let Some((x, y)) = point.xy() {
        for (chunk, element) in bytes.chunks_exact_mut(64).zip([x.c0, x.c1, y.c0, y.c1]) {
            chunk.copy_from_slice(&fq(element));
        }
    }
    bytes
}
