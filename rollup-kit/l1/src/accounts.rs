//! Accounts from a phrase, as wallets and test chains derive them.

use alloy::primitives::{B256, U256, uint};
use alloy::signers::local::PrivateKeySigner;
use sha2::{Digest, Sha512};

use crate::error::{Error, Result};
use crate::limits;

/// The phrase that test chains share: its keys are known to everybody.
pub const TEST_PHRASE: &str = "test test test test test test test test test test test junk";

/// The order of secp256k1's group.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// So much ether in wei.
#[must_use]
pub fn wei_of_ether(ether: u64) -> U256 {
    U256::from(ether) * U256::from(1_000_000_000_000_000_000_u64)
}

/// Block of SHA-512, in bytes.
const BLOCK: usize = 128;

/// Keys of the accounts m/44'/60'/0'/0/0 to n-1 of a phrase without password (BIP-39, BIP-32,
/// BIP-44). The phrase is taken as it is: its words and checksum are not looked at.
///
/// # Errors
/// [`Error::TooMany`] beyond [`limits::ACCOUNTS`].
pub fn derive(phrase: &str, count: usize) -> Result<Vec<PrivateKeySigner>> {
    if count > limits::ACCOUNTS {
        return Err(Error::TooMany {
            what: "accounts",
            got: count as u64,
            most: limits::ACCOUNTS as u64,
        });
    }
    const HARDENED: u32 = 1 << 31;
    let mut node = Node::master(&seed(phrase))?;
    for index in [44 | HARDENED, 60 | HARDENED, HARDENED, 0] {
        node = node.child(index)?;
    }
    (0..count)
        .map(|index| {
            let index = u32::try_from(index).map_err(|error| Error::Internal(error.to_string()))?;
            node.child(index).map(|child| child.key)
        })
        .collect()
}

/// A key, and what its children follow from.
struct Node {
    key: PrivateKeySigner,
    chain: [u8; 32],
}

impl Node {
    fn master(seed: &[u8]) -> Result<Self> {
        Self::new(U256::ZERO, hmac(b"Bitcoin seed", &[seed]))
    }

    fn new(parent: U256, derived: [u8; 64]) -> Result<Self> {
        let (left, right) = derived.split_at(32);
        let left = U256::from_be_slice(left);
        let secret = left.add_mod(parent, ORDER);
        if left >= ORDER {
            return Err(Error::Internal("a phrase without this account".to_owned()));
        }
        let key = PrivateKeySigner::from_bytes(&B256::from(secret))
            .map_err(|error| Error::Internal(error.to_string()))?;
        let mut chain = [0; 32];
        chain.copy_from_slice(right);
        Ok(Self { key, chain })
    }

    fn child(&self, index: u32) -> Result<Self> {
        let secret = self.key.to_bytes();
        let mut parent = [0; 33];
        if index >> 31 == 1 {
            parent[1..].copy_from_slice(secret.as_slice());
        } else {
            let point = self.key.public_key();
            parent[0] = 2 | (point[63] & 1);
            parent[1..].copy_from_slice(&point[..32]);
        }
        let derived = hmac(&self.chain, &[&parent, &index.to_be_bytes()]);
        Self::new(U256::from_be_bytes(secret.0), derived)
    }
}

/// The seed of a phrase: PBKDF2 with 2048 rounds and the salt `mnemonic` (BIP-39).
fn seed(phrase: &str) -> [u8; 64] {
    let mut round = hmac(phrase.as_bytes(), &[b"mnemonic", &1_u32.to_be_bytes()]);
    let mut sum = round;
    for _ in 1..2048 {
        round = hmac(phrase.as_bytes(), &[&round]);
        for (byte, other) in sum.iter_mut().zip(round) {
            *byte ^= other;
        }
    }
    sum
}

/// HMAC-SHA-512 of the joined parts (RFC 2104).
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 64] {
    let mut padded = [0; BLOCK];
    if key.len() > BLOCK {
        padded[..64].copy_from_slice(&Sha512::digest(key));
    } else {
        padded[..key.len()].copy_from_slice(key);
    }
    let mut inner = Sha512::new_with_prefix(padded.map(|byte| byte ^ 0x36));
    for part in parts {
        inner.update(part);
    }
    let outer =
        Sha512::new_with_prefix(padded.map(|byte| byte ^ 0x5c)).chain_update(inner.finalize());
    outer.finalize().into()
}
