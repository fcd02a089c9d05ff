//! Operations in order, between two roots.

use crate::operation::authority_scalar;
use crate::poseidon::{Domain, Sponge};
use crate::{
    AccountIndex, AccountKey, Address, Amount, Body, Error, Fr, FromL1, Kind, Operation, Receipt,
    Record, Result, RollupDomain, Roots, Signed, State, TokenId, Traffic, Tree, WithdrawalNote,
};

/// How many operations a batch has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchSize(usize);

impl BatchSize {
    /// What a laptop proves.
    pub const EIGHT: Self = Self(8);
    /// What a workstation proves.
    pub const THIRTY_TWO: Self = Self(32);
    /// What a server proves.
    pub const HUNDRED_TWENTY_EIGHT: Self = Self(128);
    /// The most: its records fill what L1 takes as calldata.
    pub const MAX: usize = 512;

    /// Names a size.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless it is 1 to 512.
    pub const fn new(operations: usize) -> Result<Self> {
        if operations == 0 || operations > Self::MAX {
            return Err(Error::OutOfRange {
                what: "a batch's size",
                got: operations as u128,
                max: Self::MAX as u128,
            });
        }
        Ok(Self(operations))
    }

    /// The number.
    #[must_use]
    pub const fn operations(self) -> usize {
        self.0
    }
}

/// Fees that wait to be collected, all of one token in one tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeePot {
    /// In which tree.
    pub tree: Tree,
    /// In which token.
    pub token: TokenId,
    /// How much; at most 512 fees of 64 bits.
    pub waiting: u128,
}

impl FeePot {
    /// Nothing waits.
    pub const EMPTY: Self = Self {
        tree: Tree::OnL1,
        token: TokenId::ETH,
        waiting: 0,
    };

    /// The pot before a record, after the lane has been chosen: it changes only while nothing
    /// waits.
    pub(crate) fn for_record(self, record: &Record) -> Result<Self> {
        let concerned = record.fee.get() != 0 || record.kind == Kind::Collect;
        let same = (self.tree, self.token) == (record.tree, record.token);
        if !concerned || same {
            return Ok(self);
        }
        if self.waiting != 0 {
            return Err(Error::FeesWait {
                tree: self.tree,
                token: self.token,
                waiting: self.waiting,
            });
        }
        Ok(Self {
            tree: record.tree,
            token: record.token,
            waiting: 0,
        })
    }
}

/// One operation of a batch: what it did, who asked for it, what L1 sees of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What it did.
    pub receipt: Receipt,
    /// What L1's queue gave, if it did.
    pub from_l1: Option<FromL1>,
    /// What was signed, if it was.
    pub signed: Option<Signed>,
    /// The pot that it found, in the lane that it needs.
    pub pot: FeePot,
}

impl Settled {
    /// Who is paid on L1, or whose account L1 means.
    #[must_use]
    pub fn owner(&self) -> Address {
        self.destination().0
    }

    /// The account that L1 means, or that it deposits into.
    #[must_use]
    pub fn account(&self) -> AccountKey {
        self.destination().1
    }

    fn destination(&self) -> (Address, AccountKey) {
        match (&self.from_l1, &self.signed) {
            (Some(operation), _) => (operation.owner, operation.account),
            (None, Some(signed)) => signed.draft.destination(),
            (None, None) => Default::default(),
        }
    }

    /// The authority that L1's queue gave; 0 without.
    #[must_use]
    pub fn authority(&self) -> Fr {
        authority_scalar(self.from_l1.and_then(|operation| operation.authority))
    }

    /// What leaves the tree, if anything does.
    #[must_use]
    pub fn withdrawal(&self) -> Option<WithdrawalNote> {
        let record = &self.receipt.record;
        let account = match record.kind {
            Kind::Forced => AccountKey::default(),
            Kind::Withdraw => self.account(),
            _ => return None,
        };
        Some(WithdrawalNote {
            tree: record.tree,
            token: record.token,
            amount: record.amount()?,
            recipient: self.owner(),
            account,
        })
    }
}

/// Operations being applied to a state.
#[derive(Debug)]
pub struct Batch<'a> {
    state: &'a mut State,
    size: BatchSize,
    least: Amount,
    prior: Roots,
    prior_accounts: [Fr; 2],
    pot: FeePot,
    settled: Vec<Settled>,
}

/// A batch with every place used or empty, and all its fees collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedBatch {
    /// How many places it has.
    pub size: BatchSize,
    /// Which rollup.
    pub rollup: RollupDomain,
    /// The roots before it.
    pub prior: Roots,
    /// The roots after it.
    pub next: Roots,
    /// The roots over accounts alone before it, the tree's on L1 first.
    pub prior_accounts: [Fr; 2],
    /// Its operations, as many as the size says.
    pub settled: Vec<Settled>,
}

impl<'a> Batch<'a> {
    /// Begins a batch on a state. Transfers and withdrawals below `least` are dust.
    #[must_use]
    pub fn new(state: &'a mut State, size: BatchSize, least: Amount) -> Self {
        Self {
            prior: state.roots(),
            prior_accounts: Tree::BOTH.map(|tree| state.tree(tree).accounts_root()),
            state,
            size,
            least,
            pot: FeePot::EMPTY,
            settled: Vec::with_capacity(size.operations()),
        }
    }

    /// The state after what was applied so far.
    #[must_use]
    pub const fn state(&self) -> &State {
        self.state
    }

    /// Fees that wait.
    #[must_use]
    pub const fn pot(&self) -> FeePot {
        self.pot
    }

    /// Places that are left.
    #[must_use]
    pub const fn room(&self) -> usize {
        self.size.operations() - self.settled.len()
    }

    /// Applies an operation. When it is refused, nothing has changed.
    ///
    /// # Errors
    /// What is wrong with it; [`Error::BatchFull`], [`Error::FeesWait`] when this batch cannot
    /// take it.
    pub fn apply(&mut self, operation: &Operation) -> Result<&Receipt> {
        let (record, from_l1, signed) = match operation {
            Operation::FromL1(operation) => {
                (self.state.record_of(operation)?, Some(operation), None)
            }
            Operation::Signed(signed) => {
                self.check(signed)?;
                (signed.draft.record(), None, Some(&**signed))
            }
            Operation::Collect { tree, token, to } => {
                if *to == AccountIndex::SENTINEL {
                    return Err(Error::UnknownAccount {
                        tree: *tree,
                        index: *to,
                    });
                }
                let record = Record {
                    kind: Kind::Collect,
                    tree: *tree,
                    token: *token,
                    to: *to,
                    ..Record::NOTHING
                };
                (record, None, None)
            }
        };
        self.settle(&record, from_l1, signed)
    }

    fn settle(
        &mut self,
        record: &Record,
        from_l1: Option<&FromL1>,
        signed: Option<&Signed>,
    ) -> Result<&Receipt> {
        if self.room() == 0 {
            return Err(Error::BatchFull {
                size: self.size.operations(),
            });
        }
        let pot = self.pot.for_record(record)?;
        let receipt = self.state.execute(record, from_l1, pot.waiting)?;
        self.pot = FeePot {
            waiting: match record.kind {
                Kind::Collect => 0,
                _ => pot.waiting + u128::from(record.fee.get()),
            },
            ..pot
        };
        self.settled.push(Settled {
            receipt,
            from_l1: from_l1.copied(),
            signed: signed.cloned(),
            pot,
        });
        let last = self.settled.len() - 1;
        Ok(&self.settled[last].receipt)
    }

    /// What a sequencer asks of a signed operation before it looks at balances.
    fn check(&self, signed: &Signed) -> Result<()> {
        let draft = &signed.draft;
        let unknown = |index| Error::UnknownAccount {
            tree: draft.tree,
            index,
        };
        if draft.from == AccountIndex::SENTINEL {
            return Err(unknown(draft.from));
        }
        let tree = self.state.tree(draft.tree);
        let account = tree.account(draft.from).ok_or(unknown(draft.from))?;
        let (got, expected) = (draft.nonce, account.nonce());
        if got < expected {
            return Err(Error::Replayed { got, expected });
        }
        if got > expected {
            return Err(Error::NonceGap { got, expected });
        }
        let shown = signed.key.account_key();
        if shown != account.key() {
            return Err(Error::WrongKey {
                got: shown.to_string(),
                expected: account.key().to_string(),
            });
        }
        if let Some(got) = draft.amount()
            && (got < self.least || got == Amount::default())
        {
            return Err(Error::Dust {
                token: draft.token,
                got,
                least: self.least.max(Amount::new(1)),
            });
        }
        let names_somebody = matches!(draft.body, Body::Transfer { .. } | Body::Call { .. });
        if names_somebody && draft.record().to == AccountIndex::SENTINEL {
            return Err(unknown(AccountIndex::SENTINEL));
        }
        let message = draft.message(self.state.rollup(), account.owner());
        signed.key.verify(&message, &signed.signature)
    }

    /// Ends the batch; places that are left stay empty.
    ///
    /// # Errors
    /// [`Error::FeesWait`] while fees are not collected: they would be lost.
    pub fn finish(mut self) -> Result<FinishedBatch> {
        if self.pot.waiting != 0 {
            return Err(Error::FeesWait {
                tree: self.pot.tree,
                token: self.pot.token,
                waiting: self.pot.waiting,
            });
        }
        while self.room() != 0 {
            self.settle(&Record::NOTHING, None, None)?;
        }
        Ok(FinishedBatch {
            size: self.size,
            rollup: self.state.rollup(),
            prior: self.prior,
            next: self.state.roots(),
            prior_accounts: self.prior_accounts,
            settled: self.settled,
        })
    }
}

impl FinishedBatch {
    /// What goes in and out.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let mut traffic = Traffic::default();
        for settled in &self.settled {
            match settled.from_l1 {
                Some(operation) if operation.tree == Tree::OnL1 => traffic.on_l1.push(operation),
                Some(operation) => traffic.off_l1.push(operation),
                None => {}
            }
            traffic.withdrawals.extend(settled.withdrawal());
        }
        traffic
    }

    /// The records, one per place.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.settled.iter().map(|s| s.receipt.record).collect()
    }

    /// The used elements of both rows, the tree's on L1 first.
    #[must_use]
    pub fn rows(&self) -> [Vec<Fr>; 2] {
        crate::encode_rows(self.size, &self.records())
    }

    /// The circuit's hash of all that is posted and all that goes in and out.
    #[must_use]
    pub fn digest(&self) -> Fr {
        batch_digest(self.size, &self.settled)
    }
}

/// Poseidon over every place's two elements, owner, account and authority. Rows and traffic
/// follow from these, so whoever knows the digest has fixed both.
#[must_use]
pub fn batch_digest(size: BatchSize, settled: &[Settled]) -> Fr {
    let operations = u32::try_from(size.operations()).unwrap_or(u32::MAX);
    let mut sponge = Sponge::new(Domain::Digest(operations));
    for settled in settled {
        let [head, value] = settled.receipt.record.elements();
        sponge.absorb([
            head,
            value,
            settled.owner().into(),
            settled.account().into(),
            settled.authority(),
        ]);
    }
    sponge.squeeze()
}
