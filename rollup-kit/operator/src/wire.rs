//! Operations as JSON has them: what a wallet sends, and what the journal keeps.
//!
//! Amounts, fees and nonces are decimal strings, since JSON's numbers end at 2⁵³. Scalars, keys
//! and signatures are hexadecimal.

use crate::{Error, Result};
use ledger::keys::{KEY_BYTES, Presented, PublicKey, SIGNATURE_BYTES, Signature};
use ledger::{
    AccountIndex, AccountKey, Address, Amount, Authority, Body, Draft, Fee, Fr, FromL1, Nonce,
    Roots, Signed, TokenId, Tree, scalar_bytes, scalar_from_bytes,
};
use serde::{Deserialize, Serialize};

/// Most bytes of an operation as JSON.
pub const MAX_OPERATION_BYTES: usize = 2048;

/// A tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireTree {
    /// Its data is on L1.
    OnL1,
    /// Its data is on the DA network.
    OffL1,
}

impl From<Tree> for WireTree {
    fn from(tree: Tree) -> Self {
        match tree {
            Tree::OnL1 => Self::OnL1,
            Tree::OffL1 => Self::OffL1,
        }
    }
}

impl From<WireTree> for Tree {
    fn from(tree: WireTree) -> Self {
        match tree {
            WireTree::OnL1 => Self::OnL1,
            WireTree::OffL1 => Self::OffL1,
        }
    }
}

/// What a signer wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WireBody {
    /// Gives to another account of the tree.
    Transfer {
        /// Its place.
        to: u32,
        /// How much.
        amount: String,
    },
    /// Leaves the rollup.
    Withdraw {
        /// Who is paid on L1.
        recipient: String,
        /// How much.
        amount: String,
    },
    /// Goes into the other tree.
    Move {
        /// The owner of the account there.
        owner: String,
        /// Its key.
        account: String,
        /// How much.
        amount: String,
    },
    /// Takes another key.
    ChangeKey {
        /// The new one.
        key: String,
    },
    /// Calls the rollup's rules.
    Call {
        /// The place of the account that it names.
        to: u32,
        /// What is asked: a scalar.
        payload: String,
    },
}

/// A signed operation. Nothing is believed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireOperation {
    /// In which tree.
    pub tree: WireTree,
    /// Whose: the account's place.
    pub from: u32,
    /// Which token.
    pub token: u16,
    /// What the operator gets, in the token's smallest unit.
    pub fee: String,
    /// The account's nonce.
    pub nonce: String,
    /// What is wanted.
    pub body: WireBody,
    /// The public key.
    pub public: String,
    /// Its salt.
    pub salt: String,
    /// The signature.
    pub signature: String,
}

impl From<&Signed> for WireOperation {
    fn from(signed: &Signed) -> Self {
        let draft = &signed.draft;
        let body = match draft.body {
            Body::Transfer { to, amount } => WireBody::Transfer {
                to: to.get(),
                amount: amount.to_string(),
            },
            Body::Withdraw { recipient, amount } => WireBody::Withdraw {
                recipient: recipient.to_string(),
                amount: amount.to_string(),
            },
            Body::Move {
                owner,
                account,
                amount,
            } => WireBody::Move {
                owner: owner.to_string(),
                account: scalar_hex(account.into()),
                amount: amount.to_string(),
            },
            Body::ChangeKey { key } => WireBody::ChangeKey {
                key: scalar_hex(key.into()),
            },
            Body::Call { to, payload } => WireBody::Call {
                to: to.get(),
                payload: scalar_hex(payload),
            },
        };
        Self {
            tree: draft.tree.into(),
            from: draft.from.get(),
            token: draft.token.get(),
            fee: draft.fee.to_string(),
            nonce: draft.nonce.to_string(),
            body,
            public: hex::encode(signed.key.public.to_bytes()),
            salt: scalar_hex(signed.key.salt),
            signature: hex::encode(signed.signature.to_bytes()),
        }
    }
}

impl WireOperation {
    /// Reads the operation. Its signature is not checked.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no operation.
    pub fn decode(&self) -> Result<Signed> {
        let body = match &self.body {
            WireBody::Transfer { to, amount } => Body::Transfer {
                to: index(*to)?,
                amount: amount_of(amount)?,
            },
            WireBody::Withdraw { recipient, amount } => Body::Withdraw {
                recipient: address(recipient)?,
                amount: amount_of(amount)?,
            },
            WireBody::Move {
                owner,
                account,
                amount,
            } => {
                let account = AccountKey::new(scalar(account)?);
                if account == AccountKey::default() {
                    return Err(malformed("the account of a move"));
                }
                Body::Move {
                    owner: address(owner)?,
                    account,
                    amount: amount_of(amount)?,
                }
            }
            WireBody::ChangeKey { key } => Body::ChangeKey {
                key: AccountKey::new(scalar(key)?),
            },
            WireBody::Call { to, payload } => Body::Call {
                to: index(*to)?,
                payload: scalar(payload)?,
            },
        };
        let public: [u8; KEY_BYTES] = bytes("the public key", &self.public)?;
        let signature: [u8; SIGNATURE_BYTES] = bytes("the signature", &self.signature)?;
        Ok(Signed {
            draft: Draft {
                tree: self.tree.into(),
                from: index(self.from)?,
                token: TokenId::new(self.token.into()).map_err(|_| malformed("the token"))?,
                fee: Fee::new(number("the fee", &self.fee)?),
                nonce: Nonce::new(number("the nonce", &self.nonce)?),
                body,
            },
            key: Presented {
                public: PublicKey::from_bytes(&public).map_err(|_| malformed("the public key"))?,
                salt: scalar(&self.salt)?,
            },
            signature: Signature::from_bytes(&signature).map_err(|_| malformed("the signature"))?,
        })
    }
}

/// The roots of both trees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireRoots {
    /// Of the tree whose data is on L1.
    pub on_l1: String,
    /// Of the other.
    pub off_l1: String,
}

impl From<Roots> for WireRoots {
    fn from(roots: Roots) -> Self {
        Self {
            on_l1: scalar_hex(roots.on_l1),
            off_l1: scalar_hex(roots.off_l1),
        }
    }
}

impl WireRoots {
    /// Reads the roots.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn decode(&self) -> Result<Roots> {
        Ok(Roots {
            on_l1: scalar(&self.on_l1)?,
            off_l1: scalar(&self.off_l1)?,
        })
    }
}

/// An operation of L1's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireQueued {
    /// Which token.
    pub token: u16,
    /// How much.
    pub amount: String,
    /// Whose account, or whom it pays.
    pub owner: String,
    /// The key that the account was opened with.
    pub account: String,
    /// What a forced withdrawal shows; none in deposits.
    pub authority: Option<String>,
}

impl From<&FromL1> for WireQueued {
    fn from(operation: &FromL1) -> Self {
        Self {
            token: operation.token.get(),
            amount: operation.amount.to_string(),
            owner: operation.owner.to_string(),
            account: scalar_hex(operation.account.into()),
            authority: operation.authority.map(|a| scalar_hex(a.into())),
        }
    }
}

impl WireQueued {
    /// Reads the operation, which stands in this tree's queue.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn decode(&self, tree: Tree) -> Result<FromL1> {
        let authority = self.authority.as_deref().map(scalar).transpose()?;
        Ok(FromL1 {
            tree,
            token: TokenId::new(self.token.into()).map_err(|_| malformed("the token"))?,
            amount: amount_of(&self.amount)?,
            owner: address(&self.owner)?,
            account: AccountKey::new(scalar(&self.account)?),
            authority: authority.map(Authority::new),
        })
    }
}

/// 64 hexadecimal digits.
#[must_use]
pub fn scalar_hex(scalar: Fr) -> String {
    hex::encode(scalar_bytes(scalar))
}

/// Reads 64 hexadecimal digits of a canonical scalar.
///
/// # Errors
/// [`Error::Malformed`].
pub fn scalar(text: &str) -> Result<Fr> {
    let bytes: [u8; 32] = bytes("a scalar", text)?;
    scalar_from_bytes(&bytes).map_err(|_| malformed("a scalar"))
}

/// Reads an address of L1, with or without `0x`.
///
/// # Errors
/// [`Error::Malformed`].
pub fn address(text: &str) -> Result<Address> {
    bytes("an address", text.strip_prefix("0x").unwrap_or(text)).map(Address::new)
}

/// Reads a place in a tree.
///
/// # Errors
/// [`Error::Malformed`] beyond the tree.
pub fn index(place: u32) -> Result<AccountIndex> {
    AccountIndex::new(place.into()).map_err(|_| malformed("an account's place"))
}

fn amount_of(text: &str) -> Result<Amount> {
    number("an amount", text).map(Amount::new)
}

/// Decimal digits without sign, blank or leading zero: one text for each number.
fn number<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T> {
    let is_plain = text == "0" || !text.starts_with('0');
    if !is_plain || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(malformed(what));
    }
    text.parse().map_err(|_| malformed(what))
}

fn bytes<const N: usize>(what: &'static str, text: &str) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| malformed(what))?;
    Ok(bytes)
}

const fn malformed(what: &'static str) -> Error {
    Error::Malformed { what }
}

#[cfg(test)]
mod tests;
