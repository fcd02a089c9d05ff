//! What a record would do, decided before anything changes.

use super::State;
use crate::{
    Account, AccountIndex, AccountKey, Amount, Call, Error, FromL1, Holdings, Identity, Kind,
    Nonce, Record, Refusal, Register, Result, TokenId,
};

/// What changes of an account, once everything is checked.
pub(super) struct Change {
    pub(super) index: AccountIndex,
    pub(super) account: Account,
}

/// What [`State::execute`] decided before anything changes.
pub(super) struct Plan {
    pub(super) opened: bool,
    pub(super) refusal: Option<Refusal>,
    pub(super) debit: Change,
    /// Without the credit, which comes after the debit has changed the tree.
    pub(super) credit_index: AccountIndex,
    pub(super) opens: Option<Account>,
    pub(super) credited: u128,
    /// What the account that is paid holds in the end, where rules say so.
    pub(super) replaced: Option<Amount>,
}

impl State {
    pub(super) fn plan(
        &self,
        record: &Record,
        from_l1: Option<&FromL1>,
        collected: u128,
    ) -> Result<Plan> {
        let tree = self.tree(record.tree);
        let amount = record.amount();
        let mut debit = tree.existing(record.tree, record.from)?.clone();
        let mut plan = Plan {
            opened: false,
            refusal: None,
            debit: Change {
                index: record.from,
                account: debit.clone(),
            },
            credit_index: record.to,
            opens: None,
            credited: 0,
            replaced: None,
        };
        self.check_token(record)?;
        if let Some(operation) = from_l1 {
            same_as_queued(record, operation)?;
        }
        if from_l1.is_some() != record.kind.is_from_l1() {
            return Err(Error::NotQueued { what: "the kind" });
        }
        if !record.kind.pays() && record.fee.get() != 0 {
            return Err(out_of_range(
                "a fee of what pays none",
                record.fee.get().into(),
                0,
            ));
        }
        let amount = match (record.kind, amount) {
            (Kind::ChangeKey | Kind::Call, _) => 0,
            (_, Some(amount)) => amount.get(),
            (_, None) => return Err(out_of_range("an amount", u128::MAX, u128::MAX)),
        };

        match (record.kind, from_l1) {
            (Kind::Nothing, _) => {
                if *record != Record::NOTHING {
                    return Err(unused("used by an operation that is none"));
                }
            }
            (Kind::Deposit, Some(operation)) => {
                plan.credited = amount;
                let identity = Identity::of(operation.account, operation.owner);
                match tree.find(operation.account, operation.owner) {
                    Some(index) => {
                        expect_place(record, record.to, index, "paid")?;
                        expect_place(record, record.from, AccountIndex::SENTINEL, "debited")?;
                    }
                    None => {
                        let below = tree.below(identity);
                        expect_place(record, record.from, below, "below")?;
                        if tree.account(record.to).is_some() {
                            return Err(wrong_place(record, "opened"));
                        }
                        let next = debit.next;
                        debit.next = identity.into();
                        plan.opened = true;
                        plan.opens =
                            Some(Account::opened(operation.account, operation.owner, next));
                    }
                }
            }
            (Kind::Forced | Kind::Refused, Some(operation)) => {
                expect_place(record, record.to, AccountIndex::SENTINEL, "paid")?;
                plan.refusal = self.refusal_of(operation);
                let identity = Identity::of(operation.account, operation.owner);
                let found = tree.find(operation.account, operation.owner);
                let index = found.unwrap_or_else(|| tree.below(identity));
                expect_place(record, record.from, index, "debited")?;
                match (record.kind, plan.refusal) {
                    (Kind::Forced, None) => debited(&mut debit, record.token, amount)?,
                    (Kind::Refused, Some(_)) => {}
                    (Kind::Forced, Some(_)) => return Err(outcome("made", "refused")),
                    _ => return Err(outcome("refused", "made")),
                }
            }
            (Kind::Collect, _) => {
                expect_place(record, record.from, AccountIndex::SENTINEL, "debited")?;
                if amount != 0 {
                    return Err(out_of_range("an amount of fees", amount, 0));
                }
                plan.credited = collected;
            }
            (Kind::Transfer | Kind::Withdraw | Kind::ChangeKey, _) => {
                let fee = u128::from(record.fee.get());
                let needed = amount.checked_add(fee).ok_or(Error::Overflow {
                    token: record.token,
                    held: Amount::new(amount),
                    added: fee,
                })?;
                debited(&mut debit, record.token, needed)?;
                debit.nonce = next_nonce(&debit);
                match record.kind {
                    Kind::Transfer => plan.credited = amount,
                    Kind::ChangeKey => {
                        debit.key = AccountKey::new(record.value);
                        expect_place(record, record.to, AccountIndex::SENTINEL, "paid")?;
                    }
                    _ => expect_place(record, record.to, AccountIndex::SENTINEL, "paid")?,
                }
            }
            (Kind::Call, _) => {
                let after = self.outcome(record)?;
                debit.set_balance(record.token, after.from);
                debit.nonce = next_nonce(&debit);
                plan.replaced = Some(after.to);
            }
            (_, None) => return Err(Error::NotQueued { what: "the kind" }),
        }
        self.check_credit(record, &plan, &debit)?;
        plan.debit.account = debit;
        Ok(plan)
    }

    /// Money and registers stay apart, where there are registers.
    fn check_token(&self, record: &Record) -> Result<()> {
        let token = record.token;
        let register = Register::of(token);
        match (record.kind, self.rules()) {
            (Kind::Call, None) => Err(Error::NoRules),
            (Kind::Call, Some(_)) if register.is_none() => Err(Error::NotARegister { token }),
            (Kind::Call, _) | (_, None) => Ok(()),
            (_, Some(_)) if register.is_some() => Err(Error::NotBacked { token }),
            _ => Ok(()),
        }
    }

    /// What both accounts of a call would hold after it. The sentinel takes part in none.
    ///
    /// # Errors
    /// [`Error::NoRules`], [`Error::NotARegister`], [`Error::UnknownAccount`], and
    /// [`Error::Refused`] by the rules.
    pub fn outcome(&self, record: &Record) -> Result<Holdings> {
        let rules = self.rules().ok_or(Error::NoRules)?;
        let call = self.call(record)?;
        let after = rules.apply(&call)?;
        if call.is_own() && after.from != after.to {
            return Err(Error::Refused {
                reason: "one account cannot hold two amounts",
            });
        }
        Ok(after)
    }

    /// A call as the rules are asked it.
    ///
    /// # Errors
    /// [`Error::NotARegister`], [`Error::UnknownAccount`].
    pub fn call(&self, record: &Record) -> Result<Call> {
        let (tree, token) = (record.tree, record.token);
        let register = Register::of(token).ok_or(Error::NotARegister { token })?;
        for index in [record.from, record.to] {
            if index == AccountIndex::SENTINEL {
                return Err(Error::UnknownAccount { tree, index });
            }
        }
        let held = |index| -> Result<Amount> {
            let account = self.tree(tree).existing(tree, index)?;
            Ok(account.balance(token))
        };
        Ok(Call {
            from: record.from,
            to: record.to,
            register,
            payload: record.value,
            held: Holdings {
                from: held(record.from)?,
                to: held(record.to)?,
            },
        })
    }

    pub(super) fn refusal_of(&self, operation: &FromL1) -> Option<Refusal> {
        let tree = self.tree(operation.tree);
        let index = tree.find(operation.account, operation.owner);
        let Some(account) = index.and_then(|index| tree.account(index)) else {
            return Some(Refusal::Absent);
        };
        let shown = operation.authority.map(AccountKey::of);
        if shown != Some(account.key()) {
            return Some(Refusal::WrongAuthority);
        }
        (account.balance(operation.token) < operation.amount).then_some(Refusal::Lacking)
    }

    /// Who is paid exists or is opened, and its balance stays within 128 bits.
    fn check_credit(&self, record: &Record, plan: &Plan, debit: &Account) -> Result<()> {
        let held = if plan.opens.is_some() {
            Amount::default()
        } else if plan.credit_index == record.from {
            debit.balance(record.token)
        } else {
            let tree = self.tree(record.tree);
            tree.existing(record.tree, plan.credit_index)?
                .balance(record.token)
        };
        let sum = held.get().checked_add(plan.credited);
        sum.map(|_| ()).ok_or(Error::Overflow {
            token: record.token,
            held,
            added: plan.credited,
        })
    }
}

const fn next_nonce(account: &Account) -> Nonce {
    Nonce::new(account.nonce.get().saturating_add(1))
}

fn expect_place(
    record: &Record,
    got: AccountIndex,
    expected: AccountIndex,
    what: &'static str,
) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    Err(Error::WrongPlace {
        tree: record.tree,
        index: got,
        what,
    })
}

fn same_as_queued(record: &Record, operation: &FromL1) -> Result<()> {
    let is_deposit = operation.authority.is_none();
    let checks = [
        ("the tree", record.tree == operation.tree),
        ("the token", record.token == operation.token),
        ("the amount", record.amount() == Some(operation.amount)),
        ("the kind", (record.kind == Kind::Deposit) == is_deposit),
    ];
    let differs = checks.into_iter().find(|(_, same)| !same);
    differs.map_or(Ok(()), |(what, _)| Err(Error::NotQueued { what }))
}

fn debited(account: &mut Account, token: TokenId, needed: u128) -> Result<()> {
    let held = account.balance(token);
    let left = held.get().checked_sub(needed).ok_or(Error::Insufficient {
        token,
        needed,
        held,
    })?;
    account.set_balance(token, Amount::new(left));
    Ok(())
}

const fn wrong_place(record: &Record, what: &'static str) -> Error {
    Error::WrongPlace {
        tree: record.tree,
        index: record.to,
        what,
    }
}

const fn unused(what: &'static str) -> Error {
    Error::MalformedElement { element: 0, what }
}

const fn outcome(got: &'static str, expected: &'static str) -> Error {
    Error::WrongOutcome { got, expected }
}

const fn out_of_range(what: &'static str, got: u128, max: u128) -> Error {
    Error::OutOfRange { what, got, max }
}
