//! What is asked of the rollup.

use crate::keys::{Presented, Signature, SigningKey};
use crate::{
    AccountIndex, AccountKey, Address, Amount, Authority, Fee, Fr, Kind, Nonce, Record,
    RollupDomain, TokenId, Tree,
};
use ark_ff::AdditiveGroup;

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Given by L1's queue: it must be consumed next.
    FromL1(FromL1),
    /// Signed by an account's key.
    Signed(Box<Signed>),
    /// Pays the fees that wait to an account of the sequencer's choice.
    Collect {
        /// In which tree.
        tree: Tree,
        /// Fees in which token.
        token: TokenId,
        /// Who gets them.
        to: AccountIndex,
    },
}

/// What a tree's queue on L1 gives (`Operation` in the contracts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FromL1 {
    /// Whose queue.
    pub tree: Tree,
    /// Which token.
    pub token: TokenId,
    /// How much.
    pub amount: Amount,
    /// Whom an account that is opened belongs to, or whom a withdrawal pays. With `account` it
    /// names an account: there is one of each pair.
    pub owner: Address,
    /// The key that the account was opened with.
    pub account: AccountKey,
    /// What shows a forced withdrawal to be its owner's wish; none in deposits.
    pub authority: Option<Authority>,
}

impl FromL1 {
    /// As the contracts number it: 1 for a deposit, 2 for a forced withdrawal.
    #[must_use]
    pub const fn contract_kind(&self) -> u8 {
        match self.authority {
            None => 1,
            Some(_) => 2,
        }
    }
}

/// What a signer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Gives to another account of the tree.
    Transfer {
        /// To whom.
        to: AccountIndex,
        /// How much.
        amount: Amount,
    },
    /// Leaves the rollup.
    Withdraw {
        /// Who is paid on L1.
        recipient: Address,
        /// How much.
        amount: Amount,
    },
    /// Goes into the other tree: a withdrawal that L1 deposits there.
    Move {
        /// The owner of the account there.
        owner: Address,
        /// Its key, which is not 0.
        account: AccountKey,
        /// How much.
        amount: Amount,
    },
    /// Takes another key.
    ChangeKey {
        /// The new one.
        key: AccountKey,
    },
    /// Calls the rollup's rules; the token is a register.
    Call {
        /// Whom it names; may be the signer.
        to: AccountIndex,
        /// What is asked, as the rules read it.
        payload: Fr,
    },
}

/// An operation before it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft {
    /// In which tree.
    pub tree: Tree,
    /// Whose.
    pub from: AccountIndex,
    /// Which token is moved, and the fee paid in.
    pub token: TokenId,
    /// What the sequencer gets.
    pub fee: Fee,
    /// The account's nonce.
    pub nonce: Nonce,
    /// What is wanted.
    pub body: Body,
}

/// A signed operation; nothing is believed of it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What was signed.
    pub draft: Draft,
    /// The key that signed.
    pub key: Presented,
    /// Its signature.
    pub signature: Signature,
}

impl Draft {
    /// Signs for an account of this rollup.
    #[must_use]
    pub fn sign(self, rollup: RollupDomain, owner: Address, key: &SigningKey) -> Signed {
        Signed {
            draft: self,
            key: key.presented(),
            signature: key.sign(&self.message(rollup, owner)),
        }
    }

    /// What is posted of it.
    #[must_use]
    pub fn record(&self) -> Record {
        let (kind, to, value) = match self.body {
            Body::Transfer { to, amount } => (Kind::Transfer, to, amount.into()),
            Body::Withdraw { amount, .. } | Body::Move { amount, .. } => {
                (Kind::Withdraw, AccountIndex::SENTINEL, amount.into())
            }
            Body::ChangeKey { key } => (Kind::ChangeKey, AccountIndex::SENTINEL, key.into()),
            Body::Call { to, payload } => (Kind::Call, to, payload),
        };
        Record {
            kind,
            tree: self.tree,
            token: self.token,
            from: self.from,
            to,
            fee: self.fee,
            value,
        }
    }

    /// Who is paid on L1, and the account in the other tree that gets it instead; zeros where
    /// nothing leaves the tree.
    #[must_use]
    pub fn destination(&self) -> (Address, AccountKey) {
        match self.body {
            Body::Withdraw { recipient, .. } => (recipient, AccountKey::default()),
            Body::Move { owner, account, .. } => (owner, account),
            Body::Transfer { .. } | Body::ChangeKey { .. } | Body::Call { .. } => {
                Default::default()
            }
        }
    }

    /// The amount moved, if any.
    #[must_use]
    pub const fn amount(&self) -> Option<Amount> {
        match self.body {
            Body::Transfer { amount, .. }
            | Body::Withdraw { amount, .. }
            | Body::Move { amount, .. } => Some(amount),
            Body::ChangeKey { .. } | Body::Call { .. } => None,
        }
    }

    /// What is signed: the rollup, the record, the account's owner and nonce, where value goes.
    #[must_use]
    pub fn message(&self, rollup: RollupDomain, owner: Address) -> [Fr; 6] {
        let [head, value] = self.record().elements();
        let (recipient, account) = self.destination();
        let meta = Fr::from(owner) + Fr::from(self.nonce) * crate::Leaf::nonce_unit();
        [
            rollup.into(),
            head,
            value,
            meta,
            recipient.into(),
            account.into(),
        ]
    }
}

/// An authority as the contracts have it: 0 for none.
pub(crate) fn authority_scalar(authority: Option<Authority>) -> Fr {
    authority.map_or(Fr::ZERO, Into::into)
}
