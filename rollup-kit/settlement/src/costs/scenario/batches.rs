//! What goes in, and what a batch costs.

use super::super::Cost;
use super::super::network::missing;
use super::{Run, USER};
use crate::batch::Tree;
use crate::contracts::abi;
use crate::exits::ExitTree;
use crate::{Result, Wei};
use alloy::primitives::{Address, U256};

impl Run {
    pub(super) async fn batches(&mut self) -> Result<()> {
        let user = self.account(USER)?;
        let mut queued = Vec::new();
        for tree in [Tree::OnL1, Tree::OffL1] {
            let deposit = abi::Rollup::depositCall {
                tree: tree.code(),
                token: 0,
                amount: Wei::ether(40).get(),
                account: U256::from(77),
            };
            let mined = user.pay(self.d.rollup, &deposit, Wei::ether(40)).await?;
            let event = mined.event::<abi::Rollup::Enqueued>(self.d.rollup);
            queued.push(event.ok_or_else(|| missing("operation"))?.operation);
            if tree == Tree::OnL1 {
                self.costs.push(Cost::of("deposit of ETH", &mined));
            }
        }
        let withdrawal = abi::Withdrawal {
            tree: Tree::OnL1.code(),
            token: 0,
            amount: Wei::ether(1).get(),
            recipient: user.address(),
            account: U256::ZERO,
        };
        let mut submission = self.draft();
        submission.onOperations = vec![queued[0].clone()];
        submission.offOperations = vec![queued[1].clone()];
        submission.withdrawals = vec![withdrawal.clone()];
        let (number, mined) = self.submit(submission, None).await?;
        self.costs.push(Cost::of(
            "batch: two deposits, a withdrawal, no element",
            &mined,
        ));
        let path = ExitTree::new(std::slice::from_ref(&withdrawal)).path(0);
        let claim = abi::Rollup::claimCall {
            number,
            withdrawal,
            path: path.ok_or_else(|| missing("path"))?,
        };
        let mined = user.call(self.d.rollup, &claim).await?;
        self.costs.push(Cost::of("claim of a withdrawal", &mined));
        let fetch = abi::Vault::fetchCall {
            token: Address::ZERO,
            to: user.address(),
        };
        let mined = user.call(self.d.vault, &fetch).await?;
        self.costs.push(Cost::of("fetch of ETH", &mined));
        for (rows, what) in [(1, "a row"), (2, "two rows")] {
            let da = self.certified(rows).await?;
            let submission = self.draft();
            let (_, mined) = self.submit(submission, Some(&da)).await?;
            self.costs
                .push(Cost::of(format!("batch: {what} on the DA network"), &mined));
        }
        let mut submission = self.draft();
        submission.elements = (0..64_u64).map(U256::from).collect();
        let (_, mined) = self.submit(submission, None).await?;
        self.costs
            .push(Cost::of("batch: 64 elements in calldata", &mined));
        Ok(())
    }
}
