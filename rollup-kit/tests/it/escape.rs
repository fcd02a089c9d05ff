//! Leaving a rollup whose operators have stopped, with proofs that the contracts verify.

mod others;
mod program;
mod tokens;

use crate::wallet::operating::world::{ETHER, World, signers, who};
use derivation::{Config, Deriver, NodeRows, Rows};
use ledger::{BatchSize, ExitsSize, Tree};
use rollup_kit::Error;
use rollup_kit::deploy::verifier;
use rollup_kit::escape::{ExitKeys, Left, Who, escape};
use settlement::Wei;
use settlement::contracts::abi;
use settlement::deploy::{Proofs, Verifier};
use validity::{Engine, Keys, SumEngine};

const DAY: u64 = 24 * 60 * 60;

struct Leaving {
    world: World,
    keys: ExitKeys,
}

impl Leaving {
    async fn new() -> Self {
        let (_, others) = Self::keys(1);
        let others = (others.shape(), others.verifying());
        let (size, keys) = Self::keys(2);
        let attested = Verifier::Attested {
            attestors: vec![signers()[who::DEPLOYER].address()],
            threshold: 1,
        };
        let proofs = Proofs::Each {
            batches: attested.clone(),
            checkpoints: attested,
            exits: verifier(&[others, (keys.shape(), keys.verifying())]).unwrap(),
        };
        Self {
            world: World::with(BatchSize::EIGHT, proofs).await,
            keys: ExitKeys::new(keys, size, None),
        }
    }

    /// Development keys of so many exits at a time.
    fn keys(size: usize) -> (ExitsSize, Keys) {
        let size = ExitsSize::new(size).unwrap();
        let engine = SumEngine::Own(Engine::of_process().unwrap());
        (size, Keys::development(size, engine).unwrap())
    }

    async fn leave(&self, sender: usize, who: Who) -> Result<Left, Error> {
        let rows = NodeRows::new(self.world.client.clone(), None);
        let rows = (self.world.network.clone(), rows);
        self.leave_by(sender, who, rows, 0).await
    }

    /// By this source of rows, so many blocks behind L1.
    async fn leave_by(
        &self,
        sender: usize,
        who: Who,
        rows: impl Rows,
        confirmations: u64,
    ) -> Result<Left, Error> {
        let world = &self.world;
        let config = Config {
            confirmations,
            ..Config::default()
        };
        let deployment = world.deployment.clone();
        let mut deriver = Deriver::open(world.client.clone(), deployment, rows, config).await?;
        escape(&mut deriver, &world.account(sender), &who, &self.keys).await
    }

    fn own(sender: usize) -> Who {
        Who::Owners([signers()[sender].address()].into())
    }

    /// Nobody does anything for as long as an operation may wait.
    async fn abandoned(&self) {
        // Deadlines are a little apart.
        self.world.warp(7 * DAY + 3600).await;
    }

    async fn ready(&self, who: usize) -> Wei {
        let call = abi::Vault::readyCall {
            owner: signers()[who].address(),
            token: settlement::Address::ZERO,
        };
        let vault = self.world.deployment.vault;
        self.world.client.view(vault, &call).await.unwrap().into()
    }

    async fn is_frozen(&self) -> bool {
        let call = abi::Rollup::frozenCall {};
        let rollup = self.world.deployment.rollup;
        self.world.client.view(rollup, &call).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_leave_when_operators_stop() {
    let leaving = Leaving::new().await;
    let world = &leaving.world;
    let mut operator = world.operator(who::OPERATORS[0]);
    for sender in [who::ALICE, who::OPERATORS[0], who::OPERATORS[1]] {
        world.deposit(Tree::OffL1, sender, ETHER).await;
    }
    world.deposit(Tree::OnL1, who::BOB, ETHER).await;
    world.settle(&mut operator, 1).await;
    drop(operator);

    // Nothing waits, so nobody can say that the operators are late.
    let own = Leaving::own(who::ALICE);
    let error = leaving.leave(who::ALICE, own.clone()).await.unwrap_err();
    assert!(
        matches!(error, Error::StillRunning { until: None, .. }),
        "{error}"
    );
    world.deposit(Tree::OffL1, who::ALICE, ETHER / 2).await;
    let error = leaving.leave(who::ALICE, own.clone()).await.unwrap_err();
    assert!(
        matches!(error, Error::StillRunning { until: Some(until), now } if until > now),
        "{error}"
    );

    leaving.abandoned().await;
    let left = leaving.leave(who::ALICE, own.clone()).await.unwrap();
    let expected = Left {
        froze: true,
        holdings: 1,
        proofs: 1,
        deposits: 1,
        fetched: vec![(0, (ETHER * 3 / 2).to_string())],
        delayed: Vec::new(),
    };
    assert_eq!(left, expected);
    // Once more brings nothing more.
    let again = leaving.leave(who::ALICE, own).await.unwrap();
    assert_eq!(
        (again.holdings, again.deposits, again.fetched),
        (0, 0, vec![(0, "0".to_owned())])
    );

    // Whoever has the state brings out everybody, and gets no more than its own.
    let left = leaving.leave(who::BOB, Who::Everybody).await.unwrap();
    assert_eq!((left.froze, left.holdings, left.proofs), (false, 3, 2));
    assert_eq!(left.fetched, [(0, ETHER.to_string())]);
    for sender in who::OPERATORS {
        assert_eq!(leaving.ready(sender).await, Wei::new(ETHER));
    }
}
