//! The way out of a frozen rollup.

use crate::world::{World, roots, who};
use alloy::primitives::{Address, B256, U256};
use settlement::batch::{Tree, draft};
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::{Error, Wei};

const DAY: u64 = 24 * 60 * 60;

/// A rollup that is frozen, with what the accounts of its tree off L1 hold: the user 7 ETH, another
/// 3.
struct Frozen {
    world: World,
    holdings: Vec<abi::Holding>,
    /// The deposit that nobody consumed: its place, and itself.
    ignored: (u64, abi::Operation),
}

impl Frozen {
    /// The user deposits 10 ETH, of which 3 go to the other. `exits` says what the checkpoint
    /// after it proves of these holdings.
    async fn new(exits: impl FnOnce(&[abi::Holding]) -> B256) -> Self {
        let world = World::new().await;
        let ten = Wei::ether(10);
        let (_, consumed) = world.deposit(who::USER, Tree::OffL1, ten).await;
        let mut submission = draft(roots(1), U256::from(1));
        submission.offOperations = vec![consumed];
        let da = world.certified(1, 1).await;
        world.submit_filled(submission, &da).await.unwrap();
        let holding = |account: u64, who: usize, amount: Wei| abi::Holding {
            slot: account << 16,
            owner: world.account(who).address(),
            token: 0,
            amount: amount.get(),
        };
        let holdings = vec![
            holding(1, who::USER, Wei::ether(7)),
            holding(2, who::OTHER, Wei::ether(3)),
        ];
        let state = world.certified(2, 1).await;
        let exits = (B256::ZERO, exits(&holdings));
        world.submit_checkpoint(2, exits, &state).await;

        let ignored = world.deposit(who::OTHER, Tree::OffL1, Wei::ether(1)).await;
        world.warp(8 * DAY).await;
        let freeze = abi::Rollup::freezeCall {
            tree: Tree::OffL1.code(),
            place: ignored.0,
            operation: ignored.1.clone(),
        };
        let frozen = Self {
            world,
            holdings,
            ignored,
        };
        frozen.call(who::WATCHER, &freeze).await.unwrap();
        frozen
    }

    async fn call<C: alloy::sol_types::SolCall>(
        &self,
        who: usize,
        call: &C,
    ) -> settlement::Result<()> {
        let rollup = self.world.deployment.rollup;
        self.world.account(who).call(rollup, call).await.map(drop)
    }

    /// A holding's escape, with its path in the tree over all of them.
    fn escape(&self, place: usize) -> abi::Rollup::escapeCall {
        abi::Rollup::escapeCall {
            tree: Tree::OffL1.code(),
            holding: self.holdings[place].clone(),
            path: ExitTree::new(&self.holdings).path(place).unwrap(),
        }
    }

    async fn prove_exits(&self) {
        let (tree, exits) = (Tree::OffL1, ExitTree::new(&self.holdings).root());
        let world = &self.world;
        let proof = world
            .attestors()
            .prove_exits(
                &world.client,
                &world.deployment,
                tree,
                roots(1).offL1,
                exits,
            )
            .await
            .unwrap();
        let call = abi::Rollup::proveExitsCall {
            tree: tree.code(),
            exits,
            proof,
        };
        // Whoever has the state does it, for everybody.
        self.call(who::WATCHER, &call).await.unwrap();
    }

    async fn escape_many(&self, holdings: &[abi::Holding]) -> settlement::Result<()> {
        let world = &self.world;
        let (newest, roots) = world.newest().await;
        let digest = U256::from(5);
        let ask = abi::Inputs::ofHoldingsCall {
            tree: Tree::OffL1.code(),
            newest,
            roots,
            holdings: holdings.to_vec(),
            digest,
        };
        let proof = world
            .attestors()
            .prove_holdings(&world.client, &world.deployment, ask)
            .await?;
        let call = abi::Rollup::escapeManyCall {
            tree: Tree::OffL1.code(),
            holdings: holdings.to_vec(),
            digest,
            proof,
        };
        self.call(who::WATCHER, &call).await
    }

    /// Fetches what the vault has for somebody, and says by how much that made them richer, gas
    /// left aside.
    async fn fetch(&self, who: usize) -> Wei {
        let account = self.world.account(who);
        let client = &self.world.client;
        let before = client.balance(account.address()).await.unwrap();
        let call = abi::Vault::fetchCall {
            token: Address::ZERO,
            to: account.address(),
        };
        let vault = self.world.deployment.vault;
        let mined = account.call(vault, &call).await.unwrap();
        let after = client.balance(account.address()).await.unwrap();
        after + mined.cost - before
    }

    async fn left_in_tree(&self) -> U256 {
        let call = abi::Rollup::valueOfCall {
            tree: Tree::OffL1.code(),
            token: 0,
        };
        let rollup = self.world.deployment.rollup;
        self.world.client.view(rollup, &call).await.unwrap()
    }
}

fn reason(refused: settlement::Result<()>) -> String {
    match refused {
        Err(Error::Reverted { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

/// After a freeze somebody proves what everybody holds, and each leaves with exactly that, once.
#[tokio::test]
async fn owners_leave_a_frozen_rollup_by_their_paths() {
    let frozen = Frozen::new(|_| B256::ZERO).await;
    let early = frozen.call(who::USER, &frozen.escape(0)).await;
    assert!(reason(early).starts_with("ExitsUnknown"));
    frozen.prove_exits().await;

    let mut inflated = frozen.escape(0);
    inflated.holding.amount += 1;
    let refused = frozen.call(who::USER, &inflated).await;
    assert!(reason(refused).starts_with("WrongRoot"));
    frozen.call(who::USER, &frozen.escape(0)).await.unwrap();
    let again = frozen.call(who::USER, &frozen.escape(0)).await;
    assert!(reason(again).starts_with("AlreadyEscaped"));
    // Nor is it paid again by the other way.
    let again = frozen.escape_many(&frozen.holdings[..1]).await;
    assert!(reason(again).starts_with("NothingToEscape"));
    assert_eq!(frozen.fetch(who::USER).await, Wei::ether(7));

    // The other's deposit that nobody took in comes back besides what it holds.
    let (place, operation) = frozen.ignored.clone();
    let cancel = abi::Rollup::cancelDepositCall {
        tree: Tree::OffL1.code(),
        place,
        operation,
    };
    frozen.call(who::OTHER, &cancel).await.unwrap();
    frozen.call(who::WATCHER, &frozen.escape(1)).await.unwrap();
    assert_eq!(frozen.fetch(who::OTHER).await, Wei::ether(4));
    assert_eq!(frozen.left_in_tree().await, U256::ZERO);
}

/// A checkpoint that proves no exits leaves the batched way; it pays the same, once.
#[tokio::test]
async fn owners_leave_by_one_proof_where_no_exits_are_proved() {
    let frozen = Frozen::new(|_| B256::ZERO).await;
    let twice = vec![frozen.holdings[0].clone(); 2];
    frozen.escape_many(&twice).await.unwrap();
    // Who was quicker with one of them spoils it for nobody.
    frozen.escape_many(&frozen.holdings).await.unwrap();
    let again = frozen.escape_many(&frozen.holdings[1..]).await;
    assert!(reason(again).starts_with("NothingToEscape"));
    assert_eq!(frozen.fetch(who::USER).await, Wei::ether(7));
    assert_eq!(frozen.fetch(who::OTHER).await, Wei::ether(3));
}

/// A checkpoint that proves the exits of the last roots spares everybody the proof.
#[tokio::test]
async fn a_checkpoints_exits_serve_after_the_freeze() {
    let frozen = Frozen::new(|holdings| ExitTree::new(holdings).root()).await;
    frozen.call(who::USER, &frozen.escape(0)).await.unwrap();
    assert_eq!(frozen.fetch(who::USER).await, Wei::ether(7));
}
