//! The way out of a frozen rollup, alone and together.

use super::super::Cost;
use super::super::network::{DAY, missing};
use super::{Run, USER};
use crate::batch::Tree;
use crate::contracts::abi;
use crate::exits::ExitTree;
use crate::{Result, Wei};
use alloy::primitives::U256;

/// Users that leave together.
const LEAVING: u64 = 32;

impl Run {
    pub(super) async fn escapes(&mut self) -> Result<()> {
        let user = self.account(USER)?;
        let rollup = self.d.rollup;
        let force = abi::Rollup::forceWithdrawalCall {
            tree: Tree::OnL1.code(),
            token: 0,
            amount: 1,
            owner: user.address(),
            account: U256::from(77),
            authority: U256::from(1),
        };
        let mined = user.call(rollup, &force).await?;
        self.costs.push(Cost::of("forced withdrawal", &mined));
        let event = mined.event::<abi::Rollup::Enqueued>(rollup);
        let queued = event.ok_or_else(|| missing("operation"))?;
        self.warp(15 * DAY).await?;
        let freeze = abi::Rollup::freezeCall {
            tree: queued.tree,
            place: queued.place,
            operation: queued.operation,
        };
        let mined = user.call(rollup, &freeze).await?;
        self.costs.push(Cost::of("freeze", &mined));
        let finalize = abi::Rollup::finalizeCall { most: U256::MAX };
        user.call(rollup, &finalize).await?;

        let amount = Wei::milliether(100).get();
        let holding = |slot: u64| abi::Holding {
            slot: slot << 16,
            owner: user.address(),
            token: 0,
            amount,
        };
        let tree = Tree::OnL1;
        let holdings: Vec<abi::Holding> = (0..=LEAVING).map(holding).collect();
        let exits = ExitTree::new(&holdings[..1]);
        let attestors = self.attestors()?;
        let proof = attestors
            .prove_exits(&self.client, &self.d, tree, self.roots.onL1, exits.root())
            .await?;
        let call = abi::Rollup::proveExitsCall {
            tree: tree.code(),
            exits: exits.root(),
            proof,
        };
        let mined = user.call(rollup, &call).await?;
        self.costs
            .push(Cost::of("proof of all holdings, attested", &mined));
        let escape = abi::Rollup::escapeCall {
            tree: tree.code(),
            holding: holdings[0].clone(),
            path: exits.path(0).ok_or_else(|| missing("path"))?,
        };
        let mined = user.call(rollup, &escape).await?;
        self.costs.push(Cost::of("escape of one by a path", &mined));

        let leaving = holdings[1..].to_vec();
        let digest = U256::from(5);
        let ask = abi::Inputs::ofHoldingsCall {
            tree: tree.code(),
            newest: self.newest().await?,
            roots: self.roots.clone(),
            holdings: leaving.clone(),
            digest,
        };
        let proof = attestors.prove_holdings(&self.client, &self.d, ask).await?;
        let many = abi::Rollup::escapeManyCall {
            tree: tree.code(),
            holdings: leaving,
            digest,
            proof,
        };
        let mined = user.call(rollup, &many).await?;
        let mut cost = Cost::of(
            format!("escape of {LEAVING} by one proof, attested"),
            &mined,
        );
        cost.times = u32::try_from(LEAVING).unwrap_or(1);
        self.costs.push(cost);
        Ok(())
    }
}
