//! The tokens that a rollup lists, and what they are worth to an operator.

use ledger::{Amount, Error as Rule, TokenId};

/// A token's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenTerms {
    /// Less than this is dust, in its smallest unit.
    pub least: Amount,
    /// What a million of its smallest units are worth, in wei. 0: fees in it count for nothing.
    pub wei_per_million: u128,
}

impl TokenTerms {
    /// What an amount is worth, in wei; saturates.
    #[must_use]
    pub const fn worth(&self, amount: u64) -> u128 {
        (amount as u128).saturating_mul(self.wei_per_million) / 1_000_000
    }
}

/// The tokens of a rollup, by id. The first is ETH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens(Vec<TokenTerms>);

impl Tokens {
    /// ETH alone: a wei is worth a wei, and nothing but 0 is dust.
    #[must_use]
    pub fn ether() -> Self {
        Self(vec![TokenTerms {
            least: Amount::new(1),
            wei_per_million: 1_000_000,
        }])
    }

    /// ETH and others.
    #[must_use]
    pub const fn new(terms: Vec<TokenTerms>) -> Self {
        Self(terms)
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// A token's terms.
    ///
    /// # Errors
    /// [`Rule::UnknownToken`].
    pub fn terms(&self, token: TokenId) -> Result<TokenTerms, Rule> {
        let found = self.0.get(usize::from(token.get()));
        found.copied().ok_or(Rule::UnknownToken {
            got: token.get().into(),
            tokens: self.0.len() as u64,
        })
    }
}
