//! What goes in and out of a batch, as L1 sees it.

use crate::operation::authority_scalar;
use crate::{AccountKey, Address, Amount, Fr, FromL1, TokenId, Tree};
use ark_ff::Zero;

/// What leaves a tree (`Withdrawal` in the contracts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WithdrawalNote {
    /// Out of which tree.
    pub tree: Tree,
    /// Which token.
    pub token: TokenId,
    /// How much.
    pub amount: Amount,
    /// Who is paid on L1.
    pub recipient: Address,
    /// Not 0: nobody is paid, and this account of the other tree gets it.
    pub account: AccountKey,
}

/// What goes in and out of a batch, in the order that the contracts see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Of the queue of the tree on L1.
    pub on_l1: Vec<FromL1>,
    /// Of the other queue.
    pub off_l1: Vec<FromL1>,
    /// What leaves either tree.
    pub withdrawals: Vec<WithdrawalNote>,
}

impl Traffic {
    /// The sequence that the contracts fold (`Statements.traffic`).
    #[must_use]
    pub fn scalars(&self) -> Vec<Fr> {
        let word = |low: u8, token: TokenId, amount: Amount| {
            let low = u64::from(low) | u64::from(token.get()) << 8;
            Fr::from(low) + Fr::from(amount) * Fr::from(1u64 << 24)
        };
        let mut scalars = Vec::new();
        for queue in [&self.on_l1, &self.off_l1] {
            scalars.push(Fr::from(queue.len() as u64));
            for o in queue {
                scalars.push(word(o.contract_kind(), o.token, o.amount));
                let authority = authority_scalar(o.authority);
                scalars.extend([Fr::from(o.owner), o.account.into(), authority]);
            }
        }
        scalars.push(Fr::from(self.withdrawals.len() as u64));
        for w in &self.withdrawals {
            scalars.push(word(w.tree.number(), w.token, w.amount));
            scalars.extend([Fr::from(w.recipient), w.account.into()]);
        }
        scalars
    }

    /// The sequence folded at a point: Σ sᵢ·xⁿ⁻ⁱ.
    #[must_use]
    pub fn folded(&self, x: Fr) -> Fr {
        let scalars = self.scalars();
        scalars.iter().fold(Fr::zero(), |sum, s| sum * x + s)
    }
}
