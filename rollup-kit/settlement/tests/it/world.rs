//! An L1, a rollup on it, four bonded validators and an operator.

use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider as _;
use alloy::signers::local::PrivateKeySigner;
use chain::{
    AvailabilityCertificate, ChainParams, CheckedGenesis, GenesisValidator, ReceiptCollector,
    ReceiptTerms, SigningKey, Validator, ValidatorSet, Weight,
};
use commitments::Setup;
use l1::accounts::{TEST_PHRASE, derive};
use l1::server::{L1, Options, now};
use l1::{Chain, Genesis};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use settlement::Wei;
use settlement::batch::{Attestors, CertifiedRows, Place, Tree, attach, checkpoint, draft};
use settlement::client::{Account, L1Client, Mined};
use settlement::contracts::{abi, validator_id};
use settlement::deploy::{self, Deployment, Proofs, Terms};
use settlement::validators::{Possessions, Registration, bond, introduce, measure};
use std::sync::Arc;
use tempfile::TempDir;
use types::{BlobMeta, BlobMode, Commitment, Namespace, PayloadLength, Row, Timestamp};

pub(crate) const STAKE: Wei = Wei::ether(100);
pub(crate) const BOND: Wei = Wei::ether(64);

pub(crate) fn setup() -> &'static Setup {
    Setup::ceremony().unwrap()
}

pub(crate) struct World {
    // Dropped last: it is what everything else talks to.
    pub(crate) client: L1Client,
    pub(crate) signers: Vec<PrivateKeySigner>,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) terms: Terms,
    pub(crate) keys: Vec<SigningKey>,
    pub(crate) genesis: CheckedGenesis,
    pub(crate) set: ValidatorSet,
    pub(crate) folder: TempDir,
    _l1: L1,
}

/// Who is who among the test accounts.
pub(crate) mod who {
    pub(crate) const DEPLOYER: usize = 0;
    pub(crate) const OPERATOR: usize = 1;
    pub(crate) const WATCHER: usize = 2;
    pub(crate) const USER: usize = 3;
    pub(crate) const OTHER: usize = 4;
    pub(crate) const VALIDATORS: usize = 5;
}

pub(crate) async fn l1() -> (L1, L1Client, Vec<PrivateKeySigner>) {
    let signers = derive(TEST_PHRASE, 10).unwrap();
    let accounts: Vec<Address> = signers.iter().map(PrivateKeySigner::address).collect();
    let genesis =
        Genesis::new(now()).with_balances(&accounts, U256::from(Wei::ether(100_000).get()));
    let l1 = L1::serve(Chain::new(&genesis).unwrap(), Options::default())
        .await
        .unwrap();
    let client = L1Client::connect(&l1.http_url()).await.unwrap();
    (l1, client, signers)
}

/// Equal validators, the first of them the same for every count.
pub(crate) fn keys(count: usize) -> Vec<SigningKey> {
    let mut rng = StdRng::seed_from_u64(7);
    (0..count).map(|_| SigningKey::generate(&mut rng)).collect()
}

/// A DA network's genesis with these validators, a weight each.
pub(crate) fn genesis(keys: &[SigningKey], weights: &[u64]) -> CheckedGenesis {
    let members = keys.iter().zip(weights);
    let genesis = chain::Genesis {
        name: "settlement".to_owned(),
        time: Timestamp::new(0),
        validators: members
            .map(|(key, weight)| GenesisValidator::new(key, Weight::new(*weight)))
            .collect(),
        params: ChainParams::mainnet(),
    };
    genesis.check().unwrap()
}

pub(crate) fn possessions(genesis: &CheckedGenesis) -> Possessions {
    Possessions::of(&genesis.genesis().validators)
}

pub(crate) fn terms(genesis: &CheckedGenesis, signers: &[PrivateKeySigner]) -> Terms {
    let mut namespace = [0; 29];
    namespace[..7].copy_from_slice(b"\x01rollup");
    let deployer = signers[who::DEPLOYER].address();
    let proofs = Proofs::Attested {
        attestors: vec![deployer],
        threshold: 1,
    };
    let namespace = Namespace::new(namespace).unwrap();
    Terms::new(genesis, namespace, roots(0), proofs, deployer)
}

pub(crate) fn roots(seed: u64) -> abi::Roots {
    abi::Roots {
        onL1: U256::from(1_000 + seed),
        offL1: U256::from(2_000 + seed),
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let (l1, client, signers) = l1().await;
        let keys = keys(4);
        let genesis = genesis(&keys, &[1; 4]);
        let folder = tempfile::tempdir().unwrap();
        let terms = terms(&genesis, &signers);
        let deployer = Account::new(client.clone(), signers[who::DEPLOYER].clone());
        let file = folder.path().join("deployment.json");
        let deployed = deploy::deploy(&deployer, &terms, &file).await.unwrap();
        let world = Self {
            client,
            signers,
            deployment: Arc::new(deployed.deployment),
            terms,
            keys,
            set: genesis.validators().clone(),
            genesis,
            folder,
            _l1: l1,
        };
        world.bond_everybody().await;
        world
    }

    async fn bond_everybody(&self) {
        let deployer = self.account(who::DEPLOYER);
        let registry = self.deployment.registry;
        let proofs = possessions(&self.genesis);
        introduce(&deployer, registry, &self.set, &proofs)
            .await
            .unwrap();
        for (i, key) in self.keys.iter().enumerate() {
            let owner = self.account(who::VALIDATORS + i);
            let l1_chain = self.client.chain_id();
            let chain = self.genesis.chain_id();
            let registration = Registration::sign(key, &chain, l1_chain, registry, owner.address());
            let operator = owner.address();
            bond(&owner, &self.deployment, &registration, operator, STAKE)
                .await
                .unwrap();
        }
        measure(&deployer, &self.deployment, &self.set)
            .await
            .unwrap();
        let operator = self.account(who::OPERATOR);
        let at = self.deployment.operators;
        operator
            .pay(at, &abi::Operators::bondCall {}, BOND)
            .await
            .unwrap();
    }

    pub(crate) fn account(&self, who: usize) -> Account {
        Account::new(self.client.clone(), self.signers[who].clone())
    }

    pub(crate) fn attestors(&self) -> Attestors {
        Attestors::new(vec![self.signers[who::DEPLOYER].clone()])
    }

    pub(crate) async fn warp(&self, seconds: u64) {
        let provider = self.client.provider();
        let _: serde_json::Value = provider
            .raw_request("evm_increaseTime".into(), (seconds,))
            .await
            .unwrap();
        self.mine(1).await;
    }

    pub(crate) async fn mine(&self, blocks: u64) {
        for _ in 0..blocks {
            let provider = self.client.provider();
            let _: serde_json::Value = provider.raw_request("evm_mine".into(), ()).await.unwrap();
        }
    }

    /// A blob of so many rows, certified by the first three validators of the set.
    pub(crate) async fn certified(&self, seed: u64, rows: usize) -> CertifiedRows {
        let rows: Vec<Row> = (0..rows as u64).map(|i| row(seed * 1000 + i)).collect();
        let commitments: Vec<Commitment> = rows
            .iter()
            .map(|row| setup().commit(row).unwrap())
            .collect();
        let length = PayloadLength::new(BlobMode::Raw, (rows.len() * Row::BYTES) as u64).unwrap();
        let meta = BlobMeta::new(self.terms.namespace, length, commitments).unwrap();
        let now = self.client.head().await.unwrap().time.get() * 1000;
        let terms = ReceiptTerms {
            chain_id: self.genesis.chain_id(),
            set: self.set.hash(),
            blob: meta.id(),
            accepted_at: Timestamp::new(now),
            expires_at: Timestamp::new(now + 14 * 24 * 3_600_000),
        };
        let certificate = self.certify(terms).to_unverified();
        CertifiedRows {
            meta,
            certificate,
            rows,
        }
    }

    pub(crate) fn certify(&self, terms: ReceiptTerms) -> AvailabilityCertificate {
        let mut collector = ReceiptCollector::new(terms, self.set.clone());
        for (_, member) in self.set.iter().take(3) {
            let key = self.key_of(member);
            let receipt = terms
                .sign(key)
                .verify(&terms.chain_id, &self.set, &terms)
                .unwrap();
            collector.add(receipt).unwrap();
        }
        collector.finish().unwrap()
    }

    pub(crate) fn key_of(&self, member: &Validator) -> &SigningKey {
        let same = |key: &&SigningKey| key.public_key() == *member.key();
        self.keys.iter().find(same).unwrap()
    }

    /// The account and the L1 id of a member of the set, by its place there.
    pub(crate) fn member(&self, place: usize) -> (Account, B256) {
        let (_, member) = self.set.iter().nth(place).unwrap();
        let key = self
            .keys
            .iter()
            .position(|key| key.public_key() == *member.key());
        let account = self.account(who::VALIDATORS + key.unwrap());
        (account, validator_id(member.key()))
    }

    /// The newest batch, and the roots after it.
    pub(crate) async fn newest(&self) -> (u64, abi::Roots) {
        let rollup = self.deployment.rollup;
        let call = abi::Rollup::newestBatchCall {};
        let number = self.client.view(rollup, &call).await.unwrap();
        let call = abi::Rollup::batchAtCall { number };
        (number, self.client.view(rollup, &call).await.unwrap().roots)
    }

    /// Submits the next batch, with these rows on the DA network.
    pub(crate) async fn submit(&self, seed: u64, da: &CertifiedRows) -> Mined {
        let filled = draft(roots(seed), U256::from(seed));
        self.submit_filled(filled, da).await.unwrap()
    }

    /// Submits what is filled in already as the next batch, with these rows on the DA network.
    pub(crate) async fn submit_filled(
        &self,
        mut submission: abi::Submission,
        da: &CertifiedRows,
    ) -> settlement::Result<Mined> {
        let d = &self.deployment;
        let (newest, prior) = self.newest().await;
        let next = submission.roots.clone();
        let place = Place {
            l1_chain: self.client.chain_id(),
            rollup: d.rollup,
            number: newest + 1,
            digest: submission.digest,
            prior: &prior,
            next: &next,
        };
        attach(setup(), &place, &mut submission, &[], Some(da)).unwrap();
        let rows = da.meta.rows();
        self.attestors()
            .prove_batch(&self.client, d, &place, &mut submission, rows)
            .await?;
        let operator = self.account(who::OPERATOR);
        operator
            .call(d.rollup, &abi::Rollup::submitBatchCall { submission })
            .await
    }

    /// Checkpoints the newest roots, with the state in these rows and these roots of exits.
    pub(crate) async fn submit_checkpoint(
        &self,
        seed: u64,
        exits: (B256, B256),
        da: &CertifiedRows,
    ) -> u64 {
        let d = &self.deployment;
        let (newest, roots) = self.newest().await;
        let place = Place {
            l1_chain: self.client.chain_id(),
            rollup: d.rollup,
            number: newest + 1,
            digest: U256::from(seed),
            prior: &roots,
            next: &roots,
        };
        let mut checkpoint = checkpoint(setup(), &place, exits, da).unwrap();
        self.attestors()
            .prove_checkpoint(&self.client, d, &place, &mut checkpoint, da.meta.rows())
            .await
            .unwrap();
        let operator = self.account(who::OPERATOR);
        operator
            .call(d.rollup, &abi::Rollup::submitCheckpointCall { checkpoint })
            .await
            .unwrap();
        newest + 1
    }

    /// Puts ETH into a tree; returns its place in the queue and what waits there.
    pub(crate) async fn deposit(
        &self,
        who: usize,
        tree: Tree,
        amount: Wei,
    ) -> (u64, abi::Operation) {
        let call = abi::Rollup::depositCall {
            tree: tree.code(),
            token: 0,
            amount: amount.get(),
            account: U256::from(77),
        };
        let rollup = self.deployment.rollup;
        let mined = self.account(who).pay(rollup, &call, amount).await.unwrap();
        let queued: abi::Rollup::Enqueued = mined.event(rollup).unwrap();
        (queued.place, queued.operation)
    }
}

/// A row of distinct canonical elements.
pub(crate) fn row(seed: u64) -> Row {
    let mut bytes = vec![0; Row::BYTES];
    for (i, element) in bytes.chunks_mut(32).enumerate() {
        element[8..16].copy_from_slice(&seed.to_be_bytes());
        element[24..].copy_from_slice(&(i as u64 * 0x9e37_79b9 + seed).to_be_bytes());
    }
    Row::from_slice(&bytes).unwrap()
}
