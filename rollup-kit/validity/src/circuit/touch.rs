//! An account before and after, with its way to the root.

use super::num::{Num, Synthesis};
use ark_relations::gr1cs::Result;
use ledger::poseidon::Domain;
use ledger::{ARITY, Leaf, Step, Touch};

/// What is hashed of an account.
#[derive(Debug, Clone)]
pub(super) struct LeafNum {
    pub(super) identity: Num,
    pub(super) next: Num,
    pub(super) key: Num,
    pub(super) meta: Num,
    pub(super) balances: Num,
}

impl Synthesis {
    pub(super) fn leaf(&self, leaf: &Leaf) -> Result<LeafNum> {
        Ok(LeafNum {
            identity: self.witness(leaf.identity)?,
            next: self.witness(leaf.next)?,
            key: self.witness(leaf.key)?,
            meta: self.witness(leaf.meta)?,
            balances: self.witness(leaf.balances)?,
        })
    }

    pub(super) fn leaf_hash(&self, leaf: &LeafNum) -> Result<Num> {
        let LeafNum {
            identity,
            next,
            key,
            meta,
            balances,
        } = leaf.clone();
        self.hash(Domain::Leaf, &[identity, next, key, meta, balances])
    }

    /// The balances' root after one balance has changed; before, it was the leaf's.
    pub(super) fn rebalance(
        &self,
        touch: &Touch,
        leaf: &LeafNum,
        token: &[Num],
        [before, after]: [&Num; 2],
    ) -> Result<Num> {
        let [root, next] = self.climb(&touch.balance_path, token, before, after)?;
        self.equal(&root, &leaf.balances)?;
        Ok(next)
    }

    /// From a leaf to the root, before and after it has changed; nothing else on the way has.
    /// A place's bits come in pairs, the lowest first.
    pub(super) fn climb(
        &self,
        path: &[Step],
        place: &[Num],
        before: &Num,
        after: &Num,
    ) -> Result<[Num; 2]> {
        let (mut before, mut after) = (before.clone(), after.clone());
        for (step, bits) in path.iter().zip(place.chunks(2)) {
            let children: Result<Vec<Num>> = step.iter().map(|c| self.witness(*c)).collect();
            let children = children?;
            let (low, high) = (&bits[0], &bits[1]);
            self.stands_at([low, high], &children, &before)?;

            let change = after.minus(&before);
            let both = self.product(low, high)?;
            let places = [low.minus(&both), high.minus(&both), both];
            let mut changed = children.clone();
            let mut rest = change.clone();
            for (child, here) in changed[1..].iter_mut().zip(&places) {
                let part = self.product(here, &change)?;
                *child = child.plus(&part);
                rest = rest.minus(&part);
            }
            changed[0] = changed[0].plus(&rest);
            debug_assert_eq!(changed.len(), ARITY);
            before = self.hash(Domain::Node, &children)?;
            after = self.hash(Domain::Node, &changed)?;
        }
        Ok([before, after])
    }

    /// From a leaf to the root.
    pub(super) fn ascend(&self, path: &[Step], place: &[Num], leaf: &Num) -> Result<Num> {
        let mut node = leaf.clone();
        for (step, bits) in path.iter().zip(place.chunks(2)) {
            let children: Result<Vec<Num>> = step.iter().map(|c| self.witness(*c)).collect();
            let children = children?;
            self.stands_at([&bits[0], &bits[1]], &children, &node)?;
            node = self.hash(Domain::Node, &children)?;
        }
        Ok(node)
    }

    /// The child that two bits name is this one.
    fn stands_at(&self, [low, high]: [&Num; 2], children: &[Num], child: &Num) -> Result<()> {
        let of_low = self.select(low, &children[0], &children[1])?;
        let of_high = self.select(low, &children[2], &children[3])?;
        self.enforce(high, &of_high.minus(&of_low), &child.minus(&of_low))
    }
}
