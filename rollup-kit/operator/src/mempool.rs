//! Operations that wait for a batch.
//!
//! An operation comes in by three steps: [`Mempool::examine`] looks at everything that is cheap
//! and says what must have been signed, [`Examined::verify`] checks the signature once, and
//! [`Mempool::admit`] takes what was verified. So nothing is believed before its signature holds,
//! and a lock on the pool is held by neither.
//!
//! Of an account, operations wait by nonce, at most [`Limits::gap`] beyond the next one. One of a
//! used nonce is a replay; one of a waiting nonce takes its place for a fee that is a tenth
//! higher. When the pool is full, the last operation of some account goes for one that pays a
//! tenth more: never one in the middle, which would leave those behind it stranded. Whatever waits
//! can be paid out of what its account holds, so that each place is backed by money.

mod operation;
mod pooled;
mod refusal;

use crate::fees::Schedule;
use crate::tokens::{TokenTerms, Tokens};
use ledger::{
    AccountIndex, AccountKey, Amount, Body, Draft, Error as Rule, Nonce, Register, Signed, State,
};
pub use operation::{Examined, OperationId, VerifiedOperation};
pub use pooled::{Admitted, Gone, Holder, Pooled};
pub use refusal::Refusal;
use serde::{Deserialize, Serialize};
use settlement::L1Time;
use std::collections::{BTreeMap, HashMap};

/// What a pool holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Operations of one account.
    pub per_account: usize,
    /// Bytes of all operations, at [`FOOTPRINT`] each.
    pub bytes: usize,
    /// How far beyond the next nonce an operation may be.
    pub gap: u64,
    /// Seconds after which an operation that no batch took is dropped.
    pub expiry: u64,
}

/// What an operation takes of memory, with the maps around it; bytes, rounded up.
pub const FOOTPRINT: usize = 1024;

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_account: 64,
            bytes: 16 << 20,
            gap: 64,
            expiry: 3600,
        }
    }
}

/// What an operation is held against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The state that the next batch begins with.
    pub state: &'a State,
    /// The tokens that the rollup lists.
    pub tokens: &'a Tokens,
    /// The least fees.
    pub fees: &'a Schedule,
    /// L1's time, or the machine's.
    pub now: L1Time,
}

impl Rules<'_> {
    /// The terms of an operation's token. A call has a register in its place, and pays nothing.
    fn terms(&self, draft: &Draft) -> Result<TokenTerms, Rule> {
        let token = draft.token;
        if !matches!(draft.body, Body::Call { .. }) {
            return self.tokens.terms(token);
        }
        if self.state.rules().is_none() {
            return Err(Rule::NoRules);
        }
        if Register::of(token).is_none() {
            return Err(Rule::NotARegister { token });
        }
        let fee = u128::from(draft.fee.get());
        if fee != 0 {
            return Err(Rule::OutOfRange {
                what: "a call's fee",
                got: fee,
                max: 0,
            });
        }
        Ok(TokenTerms {
            least: Amount::new(1),
            wei_per_million: 0,
        })
    }
}

/// Operations that wait.
#[derive(Debug, Clone, Default)]
pub struct Mempool {
    limits: Limits,
    accounts: BTreeMap<Holder, BTreeMap<Nonce, Pooled>>,
    places: HashMap<OperationId, (Holder, Nonce)>,
    arrivals: u64,
}

impl Mempool {
    /// An empty pool.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// An operation that waits.
    #[must_use]
    pub fn get(&self, id: &OperationId) -> Option<&Pooled> {
        let (holder, nonce) = self.places.get(id)?;
        self.accounts.get(holder)?.get(nonce)
    }

    /// All that wait, by account and nonce.
    pub fn iter(&self) -> impl Iterator<Item = &Pooled> {
        self.accounts.values().flat_map(BTreeMap::values)
    }

    /// An account's operation of a nonce.
    #[must_use]
    pub fn at(&self, holder: Holder, nonce: Nonce) -> Option<&Pooled> {
        self.accounts.get(&holder)?.get(&nonce)
    }

    /// Accounts with operations.
    pub fn holders(&self) -> impl Iterator<Item = Holder> {
        self.accounts.keys().copied()
    }

    /// The nonce that an account's owner signs next: after all that wait without a gap.
    #[must_use]
    pub fn next_nonce(&self, holder: Holder, from: Nonce) -> Nonce {
        let mut next = from;
        while self.at(holder, next).is_some() {
            next = after(next);
        }
        next
    }

    /// When the oldest came.
    #[must_use]
    pub fn oldest(&self) -> Option<L1Time> {
        self.iter().map(|pooled| pooled.since).min()
    }

    /// Looks at all of an operation but its signature.
    ///
    /// # Errors
    /// Why the pool does not take it.
    pub fn examine(&self, signed: Signed, rules: &Rules<'_>) -> Result<Examined, Refusal> {
        let draft = &signed.draft;
        let holder = (draft.tree, draft.from);
        let unknown = |index| Rule::UnknownAccount {
            tree: draft.tree,
            index,
        };
        let tree = rules.state.tree(draft.tree);
        let account = tree
            .account(draft.from)
            .filter(|_| draft.from != AccountIndex::SENTINEL)
            .ok_or(unknown(draft.from))?;
        let message = draft.message(rules.state.rollup(), account.owner());
        let id = OperationId::of(&message, &signed);
        // Before it is held against itself, as if it were to replace what waits.
        if self.places.contains_key(&id) {
            return Err(Refusal::Known { id });
        }
        let terms = rules.terms(draft)?;
        if let Body::Transfer { to, .. } | Body::Call { to, .. } = draft.body
            && (to == AccountIndex::SENTINEL || tree.account(to).is_none())
        {
            return Err(unknown(to).into());
        }
        let amount = draft.amount();
        if let Some(got) = amount
            && (got < terms.least || got.get() == 0)
        {
            return Err(Rule::Dust {
                token: draft.token,
                got,
                least: terms.least,
            }
            .into());
        }

        let (got, expected) = (draft.nonce, account.nonce());
        if got < expected {
            return Err(Rule::Replayed { got, expected }.into());
        }
        if got.get() - expected.get() > self.limits.gap {
            return Err(Rule::NonceGap { got, expected }.into());
        }
        let key = self.key_at(holder, got, account.key());
        let shown = signed.key.account_key();
        if shown != key {
            return Err(Rule::WrongKey {
                got: shown.to_string(),
                expected: key.to_string(),
            }
            .into());
        }
        let held = account.balance(draft.token);
        let (value, fee) = (amount.unwrap_or_default().get(), draft.fee.get());
        let needed = value.checked_add(fee.into()).ok_or(Rule::Overflow {
            token: draft.token,
            held: amount.unwrap_or_default(),
            added: fee.into(),
        })?;
        if got == expected && matches!(draft.body, Body::Call { .. }) {
            rules.state.outcome(&draft.record())?;
        }
        // What comes before it is paid first. What others may yet pay in does not count: places in
        // the pool would cost nothing.
        let needed = needed.saturating_add(self.spent_before(holder, draft));
        if needed > held.get() {
            return Err(Rule::Insufficient {
                token: draft.token,
                needed,
                held,
            }
            .into());
        }
        let worth = terms.worth(fee);
        let least = rules.fees.least(draft);
        if worth < least {
            return Err(Refusal::FeeTooLow { got: worth, least });
        }
        self.check_room(holder, got, worth)?;

        Ok(Examined {
            id,
            message,
            signed,
        })
    }

    /// The key that an account will have when it comes to a nonce.
    fn key_at(&self, holder: Holder, nonce: Nonce, now: AccountKey) -> AccountKey {
        let waiting = self.accounts.get(&holder).into_iter();
        let before = waiting.flat_map(|of| of.range(..nonce));
        before.fold(now, |key, (_, pooled)| match pooled.signed.draft.body {
            Body::ChangeKey { key } => key,
            _ => key,
        })
    }

    /// What an account's operations that wait with earlier nonces spend of a token.
    fn spent_before(&self, holder: Holder, draft: &Draft) -> u128 {
        let waiting = self.accounts.get(&holder).into_iter();
        let before = waiting.flat_map(|of| of.range(..draft.nonce));
        let drafts = before.map(|(_, pooled)| &pooled.signed.draft);
        let of_token = drafts.filter(|before| before.token == draft.token);
        of_token.fold(0, |sum: u128, before| {
            let amount = before.amount().unwrap_or_default().get();
            sum.saturating_add(amount)
                .saturating_add(before.fee.get().into())
        })
    }

    fn check_room(&self, holder: Holder, nonce: Nonce, worth: u128) -> Result<(), Refusal> {
        let own = self.accounts.get(&holder);
        if let Some(waiting) = own.and_then(|own| own.get(&nonce)) {
            let least = dearer(waiting.worth);
            if worth < least {
                return Err(Refusal::Underpriced { got: worth, least });
            }
            return Ok(());
        }
        if own.is_some_and(|own| own.len() >= self.limits.per_account) {
            return Err(Refusal::AccountFull {
                most: self.limits.per_account,
            });
        }
        if self.is_full()
            && self
                .cheapest(holder)
                .is_none_or(|(cheapest, ..)| worth < dearer(cheapest))
        {
            return Err(Refusal::PoolFull {
                most: self.limits.bytes / FOOTPRINT,
            });
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        (self.places.len() + 1).saturating_mul(FOOTPRINT) > self.limits.bytes
    }

    /// The cheapest of all accounts' last operations but this one's, and of those the newest.
    fn cheapest(&self, but: Holder) -> Option<(u128, std::cmp::Reverse<u64>, OperationId)> {
        self.accounts
            .iter()
            .filter(|(holder, _)| **holder != but)
            .filter_map(|(_, of)| of.last_key_value())
            .map(|(_, last)| (last.worth, std::cmp::Reverse(last.arrival), last.id))
            .min()
    }

    /// Takes an operation. The rules are held against it again: the state may have moved on.
    ///
    /// # Errors
    /// Why not, as [`Self::examine`].
    pub fn admit(
        &mut self,
        operation: VerifiedOperation,
        rules: &Rules<'_>,
    ) -> Result<Admitted, Refusal> {
        let examined = self.examine(operation.into_signed(), rules)?;
        let mut gone = Vec::new();
        let draft = &examined.signed.draft;
        let holder = (draft.tree, draft.from);
        if self.at(holder, draft.nonce).is_none()
            && self.is_full()
            && let Some((.., id)) = self.cheapest(holder)
        {
            self.take(&id);
            gone.push((id, Gone::Evicted));
        }
        let worth = rules.terms(draft)?.worth(draft.fee.get());
        let replaced = self.put(examined.id, examined.signed, worth, rules.now);
        gone.extend(replaced.map(|id| (id, Gone::Replaced)));
        Ok(Admitted {
            id: examined.id,
            gone,
        })
    }

    /// Takes an operation back that was verified before: a batch that had it was given up. One
    /// whose nonce waits already stays out.
    pub fn restore(
        &mut self,
        operation: VerifiedOperation,
        tokens: &Tokens,
        since: L1Time,
    ) -> bool {
        let draft = &operation.signed().draft;
        if self.at((draft.tree, draft.from), draft.nonce).is_some() {
            return false;
        }
        self.replace(operation, tokens, since);
        true
    }

    /// Takes an operation that was taken before, as the journal says.
    pub(crate) fn replace(&mut self, operation: VerifiedOperation, tokens: &Tokens, since: L1Time) {
        let draft = &operation.signed().draft;
        let terms = tokens.terms(draft.token);
        let worth = terms.map_or(0, |terms| terms.worth(draft.fee.get()));
        self.put(operation.id(), operation.into_signed(), worth, since);
    }

    fn put(
        &mut self,
        id: OperationId,
        signed: Signed,
        worth: u128,
        since: L1Time,
    ) -> Option<OperationId> {
        let (holder, nonce) = ((signed.draft.tree, signed.draft.from), signed.draft.nonce);
        let pooled = Pooled {
            id,
            signed,
            worth,
            arrival: self.arrivals,
            since,
        };
        self.arrivals += 1;
        self.places.insert(id, (holder, nonce));
        let replaced = self
            .accounts
            .entry(holder)
            .or_default()
            .insert(nonce, pooled);
        let replaced = replaced.map(|pooled| pooled.id).filter(|old| *old != id);
        if let Some(old) = &replaced {
            self.places.remove(old);
        }
        replaced
    }

    /// Takes an operation out.
    pub fn take(&mut self, id: &OperationId) -> Option<Pooled> {
        let (holder, nonce) = self.places.remove(id)?;
        let of = self.accounts.get_mut(&holder)?;
        let pooled = of.remove(&nonce);
        if of.is_empty() {
            self.accounts.remove(&holder);
        }
        pooled
    }

    /// Drops what waited for too long and what the state has overtaken, and says what.
    pub fn sweep(&mut self, state: &State, now: L1Time) -> Vec<(OperationId, Gone)> {
        let mut gone = Vec::new();
        for pooled in self.iter() {
            let draft = &pooled.signed.draft;
            let account = state.tree(draft.tree).account(draft.from);
            let why = match account {
                None => Some(Gone::Invalid),
                Some(account) if draft.nonce < account.nonce() => Some(Gone::Overtaken),
                Some(_) if now.since(pooled.since) >= self.limits.expiry => Some(Gone::Expired),
                Some(_) => None,
            };
            gone.extend(why.map(|why| (pooled.id, why)));
        }
        for (id, _) in &gone {
            self.take(id);
        }
        gone
    }
}

/// What another must be worth to take the place of one: a tenth more.
fn dearer(worth: u128) -> u128 {
    worth.saturating_add((worth / 10).max(1))
}

/// The nonce after one; the last has none, and no account comes to it.
pub(crate) const fn after(nonce: Nonce) -> Nonce {
    Nonce::new(nonce.get().saturating_add(1))
}

#[cfg(test)]
mod tests;
