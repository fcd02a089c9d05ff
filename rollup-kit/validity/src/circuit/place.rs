//! One operation of a batch, whatever it is: every place has the same constraints, and flags say
//! which of them bind.
//!
//! Two accounts are touched, the one that pays and then the one that is paid. Where an operation
//! has only one of them, or none, the sentinel is touched and stays as it is.

mod call;
mod effects;

use super::jubjub::RESPONSE_BITS;
use super::num::{Num, Synthesis};
use super::touch::LeafNum;
use crate::gadget::Gadget;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::Result;
use ledger::keys::CHALLENGE_BITS;
use ledger::poseidon::Domain;
use ledger::{ACCOUNT_DEPTH, Fr, Identity, Kind, Refusal, Settled, TOKEN_DEPTH, Tree, empty_root};

const AMOUNT_BITS: usize = 128;
const FEE_BITS: usize = 64;

/// What goes from one operation to the next.
#[derive(Debug, Clone)]
pub(super) struct Carried {
    pub(super) rollup: Num,
    /// Roots over the accounts of both trees.
    pub(super) accounts: [Num; 2],
    /// Fees that wait.
    pub(super) waiting: Num,
    /// In which token and tree: token plus 2¹⁶ times the tree.
    lane: Num,
}

impl Carried {
    pub(super) fn new(synthesis: &Synthesis, rollup: Num, [on, off]: [Fr; 2]) -> Result<Self> {
        Ok(Self {
            rollup,
            accounts: [synthesis.witness(on)?, synthesis.witness(off)?],
            waiting: Num::zero(),
            lane: Num::zero(),
        })
    }
}

/// What L1 sees of an operation.
#[derive(Debug, Clone)]
pub(super) struct Visible {
    head: Num,
    value: Num,
    /// The same, if the operation is of the tree off L1; else 0.
    off: [Num; 2],
    pub(super) owner: Num,
    pub(super) account: Num,
    pub(super) authority: Num,
    contract_kind: Num,
    tree: Num,
    token: Num,
    amount: Num,
    /// Whether either tree's queue gave it.
    given: [Num; 2],
    pub(super) withdraws: Num,
    pub(super) withdrawn_to: Num,
}

impl Visible {
    /// What the digest absorbs.
    pub(super) fn digested(&self) -> [Num; 5] {
        [
            self.head.clone(),
            self.value.clone(),
            self.owner.clone(),
            self.account.clone(),
            self.authority.clone(),
        ]
    }

    /// Its two elements of a tree's row.
    pub(super) fn elements_in(&self, tree: Tree) -> [Num; 2] {
        let [head, value] = self.off.clone();
        match tree {
            Tree::OnL1 => [self.head.minus(&head), self.value.minus(&value)],
            Tree::OffL1 => [head, value],
        }
    }

    pub(super) const fn given(&self, tree: Tree) -> &Num {
        match tree {
            Tree::OnL1 => &self.given[0],
            Tree::OffL1 => &self.given[1],
        }
    }

    /// kind + token·2⁸ + amount·2²⁴, as the contracts write an operation.
    pub(super) fn operation_word(&self) -> Num {
        self.word(&self.contract_kind)
    }

    /// tree + token·2⁸ + amount·2²⁴, as the contracts write a withdrawal.
    pub(super) fn withdrawal_word(&self) -> Num {
        self.word(&self.tree)
    }

    fn word(&self, low: &Num) -> Num {
        low.plus_scaled(&self.token, shifted(8))
            .plus_scaled(&self.amount, shifted(24))
    }
}

pub(super) fn shifted(bits: u64) -> Fr {
    Fr::from(2u64).pow([bits])
}

/// Which operation it is: one flag at most is set.
struct Flags {
    deposit: Num,
    forced: Num,
    refused: Num,
    transfer: Num,
    withdraw: Num,
    change: Num,
    collect: Num,
    /// No variable where there are no rules.
    call: Num,
    /// A deposit that opens an account.
    opened: Num,
    /// A withdrawal refused because there is no account, the authority is another's, or the
    /// account holds less.
    absent: Num,
    wrong: Num,
    lacking: Num,
}

impl Flags {
    /// Those that may pay a fee.
    fn pays(&self) -> Num {
        self.transfer.plus(&self.withdraw).plus(&self.change)
    }

    fn signed(&self) -> Num {
        self.pays().plus(&self.call)
    }

    fn queued(&self) -> Num {
        self.deposit.plus(&self.forced).plus(&self.refused)
    }

    fn nothing(&self) -> Num {
        self.queued().plus(&self.signed()).plus(&self.collect).not()
    }

    fn number(&self) -> Num {
        let numbered = [
            (&self.deposit, Kind::Deposit),
            (&self.forced, Kind::Forced),
            (&self.refused, Kind::Refused),
            (&self.transfer, Kind::Transfer),
            (&self.withdraw, Kind::Withdraw),
            (&self.change, Kind::ChangeKey),
            (&self.collect, Kind::Collect),
            (&self.call, Kind::Call),
        ];
        let mut number = Num::zero();
        for (flag, kind) in numbered {
            number.add_scaled(flag, Fr::from(kind.number()));
        }
        number
    }
}

/// A record's parts.
struct Parts {
    tree: Num,
    token: Vec<Num>,
    from: Vec<Num>,
    to: Vec<Num>,
    fee: Num,
    head: Num,
    value: Num,
    amount: Num,
    owner: Num,
    account: Num,
    authority: Num,
}

impl Synthesis {
    pub(super) fn place(
        &self,
        settled: &Settled,
        carried: &mut Carried,
        gadget: Option<&'static dyn Gadget>,
    ) -> Result<Visible> {
        let flags = self.flags(settled, gadget.is_some())?;
        let parts = self.parts(settled, &flags)?;
        let receipt = &settled.receipt;
        let debit = self.leaf(&receipt.debit.leaf)?;
        let credit = self.leaf(&receipt.credit.leaf)?;

        let (identity, key) = self.authorised(settled, &flags, &parts, &debit, carried)?;
        self.identities(&flags, &parts, &identity, &debit, &credit)?;
        self.wrong_authority(&flags, &key, &debit)?;
        let collected = self.collected(settled, &flags, &parts, carried)?;

        // The accounts before and after, one after the other.
        let before = self.select(&parts.tree, &carried.accounts[0], &carried.accounts[1])?;
        let held_from = self.witness(receipt.debit.balance.into())?;
        let balance_of_credit = || self.witness(receipt.credit.balance.into());
        let called = match gadget {
            Some(gadget) => {
                let held = [held_from.clone(), balance_of_credit()?];
                let changes = self.call(gadget, &flags, &parts, &held)?;
                Some((changes, held))
            }
            None => None,
        };
        let pays = flags.forced.plus(&flags.transfer).plus(&flags.withdraw);
        let mut left = held_from
            .minus(&self.product(&pays, &parts.amount)?)
            .minus(&parts.fee);
        if let Some(([change, _], _)) = &called {
            left = left.plus(change);
        }
        self.left_or_lacking(&flags, &parts, &held_from, &left)?;
        let balance = [&held_from, &left];
        let between = self.debit(settled, &flags, &parts, &debit, &identity, balance)?;
        self.equal(&between[0], &before)?;

        let credited = self
            .product(&flags.deposit.plus(&flags.transfer), &parts.amount)?
            .plus(&collected);
        let (held_to, raised) = match called {
            Some(([_, change], [_, held])) => {
                let raised = held.plus(&credited).plus(&change);
                (held, raised)
            }
            None => {
                let held = balance_of_credit()?;
                let raised = held.plus(&credited);
                (held, raised)
            }
        };
        self.bits(&raised, AMOUNT_BITS)?;
        let after = self.credit(settled, &flags, &parts, &credit, [&held_to, &raised])?;
        self.equal(&after[0], &between[1])?;

        let change = after[1].minus(&before);
        let off = self.product(&parts.tree, &change)?;
        carried.accounts[0] = self.renewed(&carried.accounts[0].plus(&change).minus(&off))?;
        carried.accounts[1] = self.renewed(&carried.accounts[1].plus(&off))?;
        self.visible(&flags, parts)
    }

    /// The same number as one variable, so that combinations do not grow along the batch.
    fn renewed(&self, number: &Num) -> Result<Num> {
        let renewed = self.witness(number.value)?;
        self.equal(number, &renewed)?;
        Ok(renewed)
    }

    fn flags(&self, settled: &Settled, has_rules: bool) -> Result<Flags> {
        let receipt = &settled.receipt;
        let is = |kind| self.bit(receipt.record.kind == kind);
        let because = |refusal| self.bit(receipt.refusal == Some(refusal));
        let flags = Flags {
            deposit: is(Kind::Deposit)?,
            forced: is(Kind::Forced)?,
            refused: is(Kind::Refused)?,
            transfer: is(Kind::Transfer)?,
            withdraw: is(Kind::Withdraw)?,
            change: is(Kind::ChangeKey)?,
            collect: is(Kind::Collect)?,
            call: if has_rules {
                is(Kind::Call)?
            } else {
                Num::zero()
            },
            opened: self.bit(receipt.opened)?,
            absent: because(Refusal::Absent)?,
            wrong: because(Refusal::WrongAuthority)?,
            lacking: because(Refusal::Lacking)?,
        };
        // One kind at most.
        let nothing = flags.nothing();
        self.enforce(&nothing, &nothing.not(), &Num::zero())?;
        self.zero_if(&flags.opened, &flags.deposit.not())?;
        let reasons = flags.absent.plus(&flags.wrong).plus(&flags.lacking);
        self.equal(&reasons, &flags.refused)?;
        Ok(flags)
    }

    fn parts(&self, settled: &Settled, flags: &Flags) -> Result<Parts> {
        let record = &settled.receipt.record;
        let bits = |number: Fr, count| self.bits(&self.witness(number)?, count);
        let tree = self.bit(record.tree == Tree::OffL1)?;
        let token = bits(Fr::from(record.token), 2 * TOKEN_DEPTH)?;
        let from = bits(Fr::from(record.from), 2 * ACCOUNT_DEPTH)?;
        let to = bits(Fr::from(record.to), 2 * ACCOUNT_DEPTH)?;
        let fee = Num::from_bits(&bits(Fr::from(record.fee), FEE_BITS)?);
        let head = flags
            .number()
            .plus_scaled(&tree, shifted(8))
            .plus_scaled(&Num::from_bits(&token), shifted(16))
            .plus_scaled(&Num::from_bits(&from), shifted(32))
            .plus_scaled(&Num::from_bits(&to), shifted(64))
            .plus_scaled(&fee, shifted(96));
        let head = self.renewed(&head)?;

        let value = self.witness(record.value)?;
        let no_amount = self.product(&flags.change.plus(&flags.call), &value)?;
        let amount = value.minus(&no_amount);
        self.bits(&amount, AMOUNT_BITS)?;
        let parts = Parts {
            tree,
            token,
            from,
            to,
            fee,
            head,
            value,
            amount,
            owner: self.witness(settled.owner().into())?,
            account: self.witness(settled.account().into())?,
            authority: self.witness(settled.authority())?,
        };

        // What an operation does not use is zero.
        let nothing = flags.nothing();
        self.zero_if(&nothing, &parts.head)?;
        self.zero_if(&nothing.plus(&flags.collect), &parts.value)?;
        self.zero_if(&flags.pays().not(), &parts.fee)?;
        let has_destination = flags.queued().plus(&flags.withdraw);
        self.zero_if(&has_destination.not(), &parts.owner)?;
        self.zero_if(&has_destination.not(), &parts.account)?;
        let has_authority = flags.forced.plus(&flags.refused);
        self.zero_if(&has_authority.not(), &parts.authority)?;
        let pays = flags.signed().plus(&has_authority).plus(&flags.opened);
        self.zero_if(&pays.not(), &Num::from_bits(&parts.from))?;
        let is_paid = flags.deposit.plus(&flags.transfer).plus(&flags.collect);
        let is_paid = is_paid.plus(&flags.call);
        self.zero_if(&is_paid.not(), &Num::from_bits(&parts.to))?;
        Ok(parts)
    }

    /// Whose wish it is. Signed operations show a key, a salt and a signature, forced withdrawals
    /// an authority; either hashes to the account's key. Returns the identity that L1's queue
    /// means, and the hash shown.
    fn authorised(
        &self,
        settled: &Settled,
        flags: &Flags,
        parts: &Parts,
        debit: &LeafNum,
        carried: &Carried,
    ) -> Result<(Num, Num)> {
        let neutral = [Fr::ZERO, Fr::ONE];
        let signed = settled.signed.as_ref();
        let public = signed.map_or(neutral, |s| s.key.public.coordinates());
        let nonce = signed.map_or(neutral, |s| s.signature.nonce());
        let salt = signed.map_or(Fr::ZERO, |s| s.key.salt);
        let response = signed.map(|s| s.signature.response_bits());
        let response = response.unwrap_or_default();

        let public = self.point(public)?;
        let nonce = self.point(nonce)?;
        let salt = self.witness(salt)?;
        let response: Result<Vec<Num>> = (0..RESPONSE_BITS)
            .map(|i| self.bit(response.get(i).copied().unwrap_or(false)))
            .collect();

        // The key.
        let shown = [public.x.clone(), public.y.clone(), salt];
        let own_authority = self.hash(Domain::Authority, &shown)?;
        let is_signed = flags.signed();
        let authority = self.select(&is_signed, &parts.authority, &own_authority)?;
        let key = self.hash(Domain::Key, &[authority])?;
        self.equal_if(&is_signed.plus(&flags.forced), &key, &debit.key)?;

        // The challenge and the identity are cut to bits by the same constraints: no operation
        // needs both.
        let challenge = self.hash(
            Domain::Challenge,
            &[
                nonce.x.clone(),
                nonce.y.clone(),
                debit.key.clone(),
                carried.rollup.clone(),
                parts.head.clone(),
                parts.value.clone(),
                debit.meta.clone(),
                parts.owner.clone(),
                parts.account.clone(),
            ],
        )?;
        let identity = [parts.account.clone(), parts.owner.clone()];
        let identity = self.hash(Domain::Identity, &identity)?;
        let cut = self.select(&is_signed, &identity, &challenge)?;
        let bits = self.canonical_bits(&cut)?;

        let left = self.times_generator(&response?)?;
        let right = self.times(&public, &bits[..CHALLENGE_BITS])?;
        let right = self.add_points(&nonce, &right)?;
        self.equal_if(&is_signed, &left.x, &right.x)?;
        self.equal_if(&is_signed, &left.y, &right.y)?;
        Ok((Num::from_bits(&bits[..Identity::BITS]), key))
    }

    /// L1's queue means the account of one identity. That there is none is shown by the account
    /// below it, whose next is above it.
    fn identities(
        &self,
        flags: &Flags,
        parts: &Parts,
        identity: &Num,
        debit: &LeafNum,
        credit: &LeafNum,
    ) -> Result<()> {
        let debits_it = flags.forced.plus(&flags.wrong).plus(&flags.lacking);
        self.equal_if(&debits_it, &debit.identity, identity)?;
        self.equal_if(&flags.deposit, &credit.identity, identity)?;

        let between = flags.absent.plus(&flags.opened);
        let above = identity.minus(&debit.identity).minus(&Num::one());
        let below = debit.next.minus(identity).minus(&Num::one());
        for distance in [above, below] {
            let distance = self.product(&between, &distance)?;
            self.bits(&distance, Identity::BITS)?;
        }

        // What an account is opened with.
        let opened = &flags.opened;
        self.equal_if(opened, &credit.next, &debit.next)?;
        self.equal_if(opened, &credit.key, &parts.account)?;
        self.equal_if(opened, &credit.meta, &parts.owner)?;
        let empty = Num::constant(empty_root(TOKEN_DEPTH));
        self.equal_if(opened, &credit.balances, &empty)
    }
}
