//! What accounts hold, as the contracts pay it out of a frozen rollup.

use crate::poseidon::{Domain, Sponge};
use crate::{
    AccountIndex, Address, Amount, Error, Fr, Register, Result, RollupDomain, Roots, State,
    TokenId, Touch, Tree,
};
use ark_ff::{AdditiveGroup, Field};

/// A balance's place in its tree: the account's index times 2¹⁶, plus the token. L1 pays each
/// once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u64);

impl Slot {
    /// Bits below the account's index.
    pub const INDEX_SHIFT: u64 = 16;

    /// Of an account's balance of a token.
    #[must_use]
    pub fn of(account: AccountIndex, token: TokenId) -> Self {
        Self(u64::from(account.get()) << Self::INDEX_SHIFT | u64::from(token.get()))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// What an account holds of a token (`Holding` in the contracts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Whose.
    pub account: AccountIndex,
    /// The account's owner on L1, who is paid.
    pub owner: Address,
    /// Which token.
    pub token: TokenId,
    /// How much.
    pub amount: Amount,
}

impl Holding {
    /// Its place.
    #[must_use]
    pub fn slot(&self) -> Slot {
        Slot::of(self.account, self.token)
    }

    /// The two scalars that the contracts fold (`Statements.holdings`): `slot + token 2⁶⁴ +
    /// amount 2⁸⁰`, which is below 2²⁰⁸, and the owner.
    #[must_use]
    pub fn scalars(&self) -> [Fr; 2] {
        let low = u128::from(self.slot().get()) | u128::from(self.token.get()) << 64;
        let word = Fr::from(low) + Fr::from(self.amount) * Fr::from(1u128 << 80);
        [word, self.owner.into()]
    }
}

/// How many holdings one proof pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExitsSize(usize);

impl ExitsSize {
    /// What a laptop proves: fewer than 2¹⁷ constraints.
    pub const SIXTEEN: Self = Self(16);
    /// The most: L1 pays them in one transaction.
    pub const MAX: usize = 128;

    /// Names a size.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless it is 1 to 128.
    pub const fn new(holdings: usize) -> Result<Self> {
        if holdings == 0 || holdings > Self::MAX {
            return Err(Error::OutOfRange {
                what: "holdings in a proof",
                got: holdings as u128,
                max: Self::MAX as u128,
            });
        }
        Ok(Self(holdings))
    }

    /// The number.
    #[must_use]
    pub const fn holdings(self) -> usize {
        self.0
    }
}

/// A place of a proof of exits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Which token.
    pub token: TokenId,
    /// The account, its balance, and their way to the root. An unused place shows the sentinel.
    pub touch: Touch,
    /// Whether anything is paid.
    pub used: bool,
}

/// Some of what a tree's accounts hold, with what a proof of it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExitBatch {
    /// How many places the proof has.
    pub size: ExitsSize,
    /// Which rollup.
    pub rollup: RollupDomain,
    /// Which tree.
    pub tree: Tree,
    /// The roots of both trees.
    pub roots: Roots,
    /// The root over the tree's accounts alone.
    pub accounts: Fr,
    /// What is paid, in order.
    pub holdings: Vec<Holding>,
    /// Every place, those of the holdings first.
    pub exits: Vec<Exit>,
}

impl ExitBatch {
    /// The circuit's hash of the holdings.
    #[must_use]
    pub fn digest(&self) -> Fr {
        exits_digest(self.size, &self.holdings)
    }

    /// The sequence that the contracts fold at a point: the number of holdings, then each one's
    /// scalars. Σ sᵢ·xⁿ⁻ⁱ.
    #[must_use]
    pub fn folded(&self, x: Fr) -> Fr {
        let scalars = self.holdings.iter().flat_map(Holding::scalars);
        let count = Fr::from(self.holdings.len() as u64);
        scalars.fold(count, |sum, s| sum * x + s)
    }
}

/// 2²⁰⁸: what a used place's word is raised by in the digest, so that the digest says which places
/// are used.
#[must_use]
pub fn used_unit() -> Fr {
    Fr::from(2u64).pow([208])
}

/// Poseidon over the places of a proof of exits, two at a time.
#[must_use]
pub fn exits_digest(size: ExitsSize, holdings: &[Holding]) -> Fr {
    let places = u32::try_from(size.holdings()).unwrap_or(u32::MAX);
    let mut said: Vec<[Fr; 2]> = holdings.iter().map(Holding::scalars).collect();
    for [word, _] in &mut said {
        *word += used_unit();
    }
    said.resize(size.holdings(), [Fr::ZERO; 2]);
    let mut sponge = Sponge::new(Domain::Exits(places));
    for pair in said.chunks(2) {
        let [first, second] = pair.get(1).map_or([Fr::ZERO; 2], |second| *second);
        let [word, owner] = pair[0];
        sponge.absorb([word, owner, first, second, Fr::ZERO]);
    }
    sponge.squeeze()
}

impl State {
    /// Whether L1 has what stands under a token: not where it is a register.
    #[must_use]
    pub fn is_backed(&self, token: TokenId) -> bool {
        self.rules().is_none() || Register::of(token).is_none()
    }

    /// All money that a tree's accounts hold, ascending by slot: what a full set of exits pays.
    pub fn holdings(&self, tree: Tree) -> impl Iterator<Item = Holding> {
        self.tree(tree)
            .accounts()
            .flat_map(move |(index, account)| {
                let balances = account.balances();
                let backed = balances.filter(|(token, _)| self.is_backed(*token));
                backed.map(move |(token, amount)| Holding {
                    account: index,
                    owner: account.owner(),
                    token,
                    amount,
                })
            })
    }

    /// What a proof of some holdings needs.
    ///
    /// # Errors
    /// [`Error::BatchFull`] for more than there are places; [`Error::UnknownAccount`],
    /// [`Error::NothingHeld`], [`Error::NotBacked`], and [`Error::PaidTwice`] for what L1 would not
    /// pay.
    pub fn exits(
        &self,
        tree: Tree,
        size: ExitsSize,
        wanted: &[(AccountIndex, TokenId)],
    ) -> Result<ExitBatch> {
        if wanted.len() > size.holdings() {
            return Err(Error::BatchFull {
                size: size.holdings(),
            });
        }
        let accounts = self.tree(tree);
        let shown = |index, token, used| -> Result<Exit> {
            let unknown = Error::UnknownAccount { tree, index };
            let account = accounts.account(index).ok_or(unknown)?;
            let touch = accounts.touch(index, account, token);
            Ok(Exit { token, touch, used })
        };
        let mut holdings: Vec<Holding> = Vec::with_capacity(wanted.len());
        let mut exits = Vec::with_capacity(size.holdings());
        for (index, token) in wanted {
            let unknown = Error::UnknownAccount {
                tree,
                index: *index,
            };
            let account = accounts.account(*index);
            let account = account.filter(|_| *index != AccountIndex::SENTINEL);
            let account = account.ok_or(unknown)?;
            if !self.is_backed(*token) {
                return Err(Error::NotBacked { token: *token });
            }
            let holding = Holding {
                account: *index,
                owner: account.owner(),
                token: *token,
                amount: account.balance(*token),
            };
            if holding.amount == Amount::default() {
                return Err(Error::NothingHeld {
                    index: *index,
                    token: *token,
                });
            }
            if holdings.iter().any(|h| h.slot() == holding.slot()) {
                return Err(Error::PaidTwice {
                    index: *index,
                    token: *token,
                });
            }
            holdings.push(holding);
            exits.push(shown(*index, *token, true)?);
        }
        while exits.len() < size.holdings() {
            exits.push(shown(AccountIndex::SENTINEL, TokenId::ETH, false)?);
        }
        Ok(ExitBatch {
            size,
            rollup: self.rollup(),
            tree,
            roots: self.roots(),
            accounts: accounts.accounts_root(),
            holdings,
            exits,
        })
    }
}
