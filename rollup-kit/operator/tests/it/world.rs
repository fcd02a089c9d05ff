//! An L1, a rollup on it, four bonded validators, two operators and some people.

mod operating;
mod signed;

pub(crate) use operating::{Taken, attested, domain, open, patience};
pub(crate) use signed::{held, signed, transfer};

use super::derived::Naive;
use super::network::Network;
use alloy::primitives::{Address, U256};
use alloy::providers::Provider as _;
use alloy::signers::local::PrivateKeySigner;
use chain::{GenesisValidator, SigningKey, Validator, ValidatorSet, Weight};
use commitments::Setup;
use derivation::{Deriver, NodeRows};
use l1::accounts::{TEST_PHRASE, derive};
use l1::server::{L1, Options as L1Options, now};
use l1::{Chain, Genesis};
use ledger::keys::SigningKey as RollupKey;
use ledger::{BatchSize, Rules, State, Tree};
use operator::carriage::Patience;
use operator::derived::Follow;
use operator::desk::Shared;
use operator::driver::Operator;
use operator::prover::{Attested, Prover, Vouching};
use operator::settled::Derived as _;
use operator::submission::abi_roots;
use operator::tokens::Tokens;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use settlement::client::{Account, L1Client};
use settlement::contracts::abi;
use settlement::deploy::{self, Deployment, Proofs, Terms};
use settlement::settings::RollupSettings;
use settlement::validators::{Possessions, Registration, bond, introduce, measure};
use settlement::{L1Time, Wei};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use types::{ChainId, Namespace};

pub(crate) const DA_CHAIN: ChainId = ChainId::new([0xc4; 32]);
pub(crate) const ETHER: u128 = 1_000_000_000_000_000_000;
/// How long something may take that ends by itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Who is who among L1's test accounts.
pub(crate) mod who {
    pub(crate) const DEPLOYER: usize = 0;
    pub(crate) const OPERATORS: [usize; 2] = [1, 2];
    pub(crate) const ALICE: usize = 3;
    pub(crate) const BOB: usize = 4;
    pub(crate) const VALIDATORS: usize = 5;
}

pub(crate) fn setup() -> &'static Setup {
    Setup::ceremony().unwrap()
}

pub(crate) fn validators() -> (Vec<SigningKey>, ValidatorSet) {
    let mut rng = StdRng::seed_from_u64(7);
    let keys: Vec<SigningKey> = (0..4).map(|_| SigningKey::generate(&mut rng)).collect();
    let members = keys
        .iter()
        .map(|key| Validator::new(key.public_key(), Weight::new(1)))
        .collect();
    (keys, ValidatorSet::new(members).unwrap())
}

pub(crate) fn signers() -> Vec<PrivateKeySigner> {
    derive(TEST_PHRASE, 10).unwrap()
}

pub(crate) fn namespace() -> Namespace {
    let mut namespace = [0; 29];
    namespace[..7].copy_from_slice(b"\x01rollup");
    Namespace::new(namespace).unwrap()
}

/// The rollup's key of an account of L1.
pub(crate) fn rollup_key(who: usize) -> RollupKey {
    RollupKey::from_seed(&[u8::try_from(who).unwrap() + 1; 32])
}

pub(crate) struct World {
    // Dropped last: it is what everything else talks to.
    pub(crate) client: L1Client,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) folder: TempDir,
    pub(crate) network: Network,
    pub(crate) size: BatchSize,
    pub(crate) tokens: Tokens,
    pub(crate) vouching: Option<Vouching>,
    /// The rollup's own rules, if it has any.
    pub(crate) rules: Option<&'static dyn Rules>,
    pub(crate) l1: L1,
}

pub(crate) type Operating<P> = Operator<Naive, Network, P>;
pub(crate) type Attesting = Operating<Attested>;

impl World {
    pub(crate) async fn new(size: BatchSize) -> Self {
        let proofs = Proofs::Attested {
            attestors: vec![signers()[who::DEPLOYER].address()],
            threshold: 1,
        };
        Self::with(size, proofs).await
    }

    /// A world whose statements are proved like this.
    pub(crate) async fn with(size: BatchSize, proofs: Proofs) -> Self {
        let (l1, client) = Self::l1().await;
        let deployer = Account::new(client.clone(), signers()[who::DEPLOYER].clone());
        let (_, set) = validators();
        let folder = tempfile::tempdir().unwrap();
        let mut terms = Terms {
            chain: DA_CHAIN,
            genesis_set: set.hash(),
            registry: None,
            registry_parameters: Default::default(),
            namespace: namespace(),
            genesis: abi::Roots {
                onL1: U256::ZERO,
                offL1: U256::ZERO,
            },
            settings: RollupSettings::default(),
            most_tokens: Terms::MOST_TOKENS,
            ether: Default::default(),
            proofs,
            proposer: deployer.address(),
            lock_delay: Terms::LEAST_LOCK_DELAY,
        };
        let file = folder.path().join("deployment.json");
        let planned = deploy::plan(&deployer, &terms, &file).await.unwrap();
        let domain = domain(client.chain_id(), planned.deployment().rollup);
        terms.genesis = abi_roots(State::new(domain).roots());
        let deployed = deploy::deploy(&deployer, &terms, &file).await.unwrap();
        let deployment = deployed.deployment;
        let network = Network::new(folder.path(), client.clone());
        let world = Self {
            client,
            deployment: Arc::new(deployment),
            folder,
            network,
            size,
            tokens: Tokens::ether(),
            vouching: None,
            rules: None,
            l1,
        };
        world.bond_everybody().await;
        world
    }

    async fn l1() -> (L1, L1Client) {
        let accounts: Vec<Address> = signers().iter().map(PrivateKeySigner::address).collect();
        let balance = U256::from(Wei::ether(100_000).get());
        let genesis = Genesis::new(now()).with_balances(&accounts, balance);
        let l1 = L1::serve(Chain::new(&genesis).unwrap(), L1Options::default())
            .await
            .unwrap();
        let client = L1Client::connect(&l1.http_url()).await.unwrap();
        (l1, client)
    }

    async fn bond_everybody(&self) {
        let (keys, set) = validators();
        let deployer = self.account(who::DEPLOYER);
        let registry = self.deployment.registry;
        let of: Vec<GenesisValidator> = keys
            .iter()
            .map(|key| GenesisValidator::new(key, Weight::new(1)))
            .collect();
        introduce(&deployer, registry, &set, &Possessions::of(&of))
            .await
            .unwrap();
        for (i, key) in keys.iter().enumerate() {
            let owner = self.account(who::VALIDATORS + i);
            let l1_chain = self.client.chain_id();
            let at = owner.address();
            let registration = Registration::sign(key, &DA_CHAIN, l1_chain, registry, at);
            bond(&owner, &self.deployment, &registration, at, Wei::ether(100))
                .await
                .unwrap();
        }
        measure(&deployer, &self.deployment, &set).await.unwrap();
        self.bond_operator(who::OPERATORS[0]).await;
    }

    pub(crate) async fn bond_operator(&self, who: usize) {
        let at = self.deployment.operators;
        let call = abi::Operators::bondCall {};
        self.account(who)
            .pay(at, &call, Wei::ether(64))
            .await
            .unwrap();
    }

    pub(crate) fn account(&self, who: usize) -> Account {
        Account::new(self.client.clone(), signers()[who].clone())
    }

    pub(crate) fn attested(&self) -> Attested {
        attested(&self.client, &self.deployment)
    }

    pub(crate) async fn raw(
        &self,
        method: &'static str,
        params: impl serde::Serialize + Clone + std::fmt::Debug + Send + Sync + Unpin + 'static,
    ) {
        let provider = self.client.provider();
        let _: serde_json::Value = provider.raw_request(method.into(), params).await.unwrap();
    }

    pub(crate) async fn warp(&self, seconds: u64) {
        self.raw("evm_increaseTime", (seconds,)).await;
        self.raw("evm_mine", ()).await;
    }

    pub(crate) async fn deposit(&self, tree: Tree, who: usize, amount: u128) {
        let call = abi::Rollup::depositCall {
            tree: tree.number(),
            token: 0,
            amount,
            account: operator::submission::word(rollup_key(who).account_key().into()),
        };
        let account = self.account(who);
        let at = self.deployment.rollup;
        account.pay(at, &call, Wei::new(amount)).await.unwrap();
    }

    pub(crate) async fn newest(&self) -> u64 {
        let call = abi::Rollup::newestBatchCall {};
        self.client
            .view(self.deployment.rollup, &call)
            .await
            .unwrap()
    }

    pub(crate) async fn batch(&self, number: u64) -> abi::Batch {
        let call = abi::Rollup::batchAtCall { number };
        self.client
            .view(self.deployment.rollup, &call)
            .await
            .unwrap()
    }

    pub(crate) fn operator(&self, who: usize) -> Attesting {
        self.operator_with(who, self.attested(), patience())
    }

    pub(crate) fn operator_with<P: Prover>(
        &self,
        who: usize,
        prover: P,
        patience: Patience,
    ) -> Operator<Naive, Network, P> {
        open(
            &self.client,
            &self.deployment,
            self.folder.path(),
            Taken {
                size: self.size,
                tokens: self.tokens.clone(),
                vouching: self.vouching.clone(),
                rules: self.rules,
            },
            who,
            prover,
            patience,
        )
    }

    /// Crate `derivation` says the same of this rollup as whoever replays all of it.
    pub(crate) async fn check_derived(&self) {
        let rows = NodeRows::new(self.client.clone(), None);
        let config = derivation::Config {
            confirmations: 0,
            rules: self.rules,
            ..derivation::Config::default()
        };
        let rows = (self.network.clone(), rows);
        let deployment = self.deployment.clone();
        let deriver = Deriver::open(self.client.clone(), deployment, rows, config)
            .await
            .unwrap();
        let got = Follow::new(deriver).refresh().await.unwrap().unwrap();
        let mut naive = Naive {
            client: self.client.clone(),
            deployment: self.deployment.clone(),
            network: self.network.clone(),
            size: self.size,
            rules: self.rules,
        };
        let expected = naive.refresh().await.unwrap().unwrap();
        assert_eq!(got.state.roots(), expected.state.roots());
        assert_eq!(got.queues, expected.queues);
        // The beginning has no transaction of its own in the twin.
        let begun = settlement::BatchNumber::new(1);
        let submitted = |of: &operator::settled::Settled| -> Vec<_> {
            of.batches.range(begun..).map(|(n, b)| (*n, *b)).collect()
        };
        assert_eq!(submitted(&got), submitted(&expected));
        assert_eq!(
            (got.newest, got.last_final),
            (expected.newest, expected.last_final)
        );
        assert_eq!(got.block, expected.block);
    }

    /// Steps until something holds.
    pub(crate) async fn until<P: Prover>(
        &self,
        operator: &mut Operator<Naive, Network, P>,
        what: &str,
        holds: impl Fn(&Shared) -> bool,
    ) {
        // L1's clock is ahead of the machine's, and stands still without blocks.
        let head = self.client.head().await.unwrap().time.get();
        let ahead = head.saturating_sub(now());
        let mut last = None;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let clock = L1Time::new(now() + ahead);
            last = Some(operator.step(clock).await.unwrap());
            if holds(operator.shared()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{what}: {last:?} {:?}", operator.shared().health());
    }

    /// Steps until L1 has so many batches, and the operator knows.
    pub(crate) async fn settle<P: Prover>(
        &self,
        operator: &mut Operator<Naive, Network, P>,
        batches: u64,
    ) {
        self.until(operator, "batches", |shared| {
            let desk = shared.desk();
            let settled = desk.core().settled();
            settled.is_some_and(|settled| settled.newest.get() >= batches)
        })
        .await;
    }
}
