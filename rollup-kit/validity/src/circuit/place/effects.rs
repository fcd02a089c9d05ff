//! What an operation changes: balances, fees, leaves.

use super::{AMOUNT_BITS, Carried, Flags, Parts, Visible, shifted};
use crate::circuit::num::{Num, Synthesis};
use crate::circuit::touch::LeafNum;
use ark_ff::Field;
use ark_relations::gr1cs::Result;
use ledger::{Fr, Leaf, Settled};

impl Synthesis {
    /// An authority is wrong if it does not hash to the account's key: the difference has an
    /// inverse.
    pub(super) fn wrong_authority(&self, flags: &Flags, key: &Num, debit: &LeafNum) -> Result<()> {
        let difference = key.minus(&debit.key);
        let inverse = difference.value.inverse().unwrap_or_default();
        let inverse = self.witness(inverse)?;
        let one_or_zero = self.product(&difference, &inverse)?;
        self.zero_if(&flags.wrong, &one_or_zero.not())
    }

    /// What is left fits into 128 bits, so nothing was owed; or, for a withdrawal refused because
    /// the account holds less, what is missing does.
    pub(super) fn left_or_lacking(
        &self,
        flags: &Flags,
        parts: &Parts,
        held: &Num,
        left: &Num,
    ) -> Result<()> {
        let missing = parts.amount.minus(held).minus(&Num::one());
        let checked = self.select(&flags.lacking, left, &missing)?;
        self.bits(&checked, AMOUNT_BITS).map(|_| ())
    }

    /// Fees wait in one lane, which changes only while there are none. Returns what is paid out.
    pub(super) fn collected(
        &self,
        settled: &Settled,
        flags: &Flags,
        parts: &Parts,
        carried: &mut Carried,
    ) -> Result<Num> {
        let number =
            Fr::from(settled.pot.token) + Fr::from(settled.pot.tree.number()) * shifted(16);
        let lane = self.witness(number)?;
        if !carried.waiting.is_constant() {
            self.equal_if(&carried.waiting, &lane, &carried.lane)?;
        }
        let own = Num::from_bits(&parts.token).plus_scaled(&parts.tree, shifted(16));
        self.equal_if(&parts.fee, &lane, &own)?;
        self.equal_if(&flags.collect, &lane, &own)?;
        let collected = self.product(&flags.collect, &carried.waiting)?;
        let waiting = carried.waiting.plus(&parts.fee).minus(&collected);
        carried.waiting = self.renewed(&waiting)?;
        carried.lane = lane;
        Ok(collected)
    }

    /// The account that pays: its balance, its nonce, its key, the identity after it.
    pub(super) fn debit(
        &self,
        settled: &Settled,
        flags: &Flags,
        parts: &Parts,
        leaf: &LeafNum,
        identity: &Num,
        balance: [&Num; 2],
    ) -> Result<[Num; 2]> {
        let touch = &settled.receipt.debit;
        let after = LeafNum {
            identity: leaf.identity.clone(),
            next: self.select(&flags.opened, &leaf.next, identity)?,
            key: self.select(&flags.change, &leaf.key, &parts.value)?,
            meta: leaf.meta.plus_scaled(&flags.signed(), Leaf::nonce_unit()),
            balances: self.rebalance(touch, leaf, &parts.token, balance)?,
        };
        let before = self.leaf_hash(leaf)?;
        let after = self.leaf_hash(&after)?;
        self.climb(&touch.path, &parts.from, &before, &after)
    }

    /// The account that is paid: its balance. Where it is opened, the place was empty before.
    pub(super) fn credit(
        &self,
        settled: &Settled,
        flags: &Flags,
        parts: &Parts,
        leaf: &LeafNum,
        balance: [&Num; 2],
    ) -> Result<[Num; 2]> {
        let touch = &settled.receipt.credit;
        let after = LeafNum {
            balances: self.rebalance(touch, leaf, &parts.token, balance)?,
            ..leaf.clone()
        };
        let before = self.leaf_hash(leaf)?;
        let before = self.product(&flags.opened.not(), &before)?;
        let after = self.leaf_hash(&after)?;
        self.climb(&touch.path, &parts.to, &before, &after)
    }

    /// What L1 sees.
    pub(super) fn visible(&self, flags: &Flags, parts: Parts) -> Result<Visible> {
        let off = [
            self.product(&parts.tree, &parts.head)?,
            self.product(&parts.tree, &parts.value)?,
        ];
        let from_l1 = flags.queued();
        let given_off = self.product(&parts.tree, &from_l1)?;
        let is_withdrawal = flags.forced.plus(&flags.refused);
        Ok(Visible {
            contract_kind: flags.deposit.plus_scaled(&is_withdrawal, Fr::from(2u64)),
            withdrawn_to: self.product(&flags.withdraw, &parts.account)?,
            given: [from_l1.minus(&given_off), given_off],
            withdraws: flags.withdraw.plus(&flags.forced),
            token: Num::from_bits(&parts.token),
            off,
            head: parts.head,
            value: parts.value,
            owner: parts.owner,
            account: parts.account,
            authority: parts.authority,
            tree: parts.tree,
            amount: parts.amount,
        })
    }
}
