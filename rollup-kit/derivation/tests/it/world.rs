//! An L1 with a rollup on it, bonded validators and an operator, whose network is a map of rows.

use alloy::primitives::U256;
use alloy::providers::Provider as _;
use alloy::signers::local::PrivateKeySigner;
use chain::{
    GenesisValidator, ReceiptCollector, ReceiptTerms, SigningKey as BlsKey, Validator,
    ValidatorSet, Weight,
};
use commitments::Setup;
use derivation::convert::{abi_roots, address, withdrawal, word};
use derivation::{Config, Deriver, Fetched, History, Result, RowPlace, RowRequest, Rows};
use l1::accounts::{TEST_PHRASE, derive};
use l1::server::{L1, Options, now};
use l1::{Chain, Genesis};
use ledger::keys::SigningKey;
use ledger::{
    AccountIndex, Amount, Batch, BatchSize, Body, Draft, Fee, FinishedBatch, Operation,
    RollupDomain, State, TokenId, Tree, scalar_bytes,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use settlement::batch::{Attestors, CertifiedRows, Place, attach, carrier, draft};
use settlement::client::{Account, L1Client, Mined};
use settlement::contracts::abi;
use settlement::deploy::{self, Deployment, Proofs, Terms};
use settlement::settings::RollupSettings;
use settlement::validators::{Possessions, Registration, bond, introduce, measure};
use settlement::{Address, B256, Wei};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use types::{BlobMeta, BlobMode, ChainId, Namespace, PayloadLength, Row, Timestamp};

pub(crate) const HOURS: u64 = 3600;
/// The nonce of the rollup's contract, which its roots must name before it exists.
const ROLLUP_NONCE: u64 = 8;

/// Who is who among the test accounts.
pub(crate) mod who {
    pub(crate) const DEPLOYER: usize = 0;
    pub(crate) const OPERATOR: usize = 1;
    pub(crate) const USER: usize = 3;
    pub(crate) const OTHER: usize = 4;
    pub(crate) const VALIDATORS: usize = 5;
}

/// The DA network: rows by their commitments, unless they are withheld.
#[derive(Debug, Clone, Default)]
pub(crate) struct Network(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    rows: BTreeMap<[u8; 48], Row>,
    last: Option<[u8; 48]>,
    is_withheld: bool,
}

impl Network {
    fn post(&self, meta: &BlobMeta, rows: &[Row]) {
        let mut kept = self.0.lock().unwrap();
        for (commitment, row) in meta.commitments().iter().zip(rows) {
            kept.last = Some(commitment.to_bytes());
            kept.rows.insert(commitment.to_bytes(), row.clone());
        }
    }

    /// Withholds what was posted last, or gives it again.
    pub(crate) fn withhold(&self, is_withheld: bool) {
        self.0.lock().unwrap().is_withheld = is_withheld;
    }

    /// Forgets all rows so far, as the network does after two weeks.
    pub(crate) fn prune(&self) {
        self.0.lock().unwrap().rows.clear();
    }

    /// Gives another row for the last one from now on.
    pub(crate) fn lie(&self) {
        let mut kept = self.0.lock().unwrap();
        if let Some(last) = kept.last {
            kept.rows.insert(last, Row::zero());
        }
    }
}

impl Rows for Network {
    async fn fetch(&self, request: &RowRequest) -> Result<Fetched> {
        let RowPlace::Network { .. } = &request.place else {
            return Ok(Fetched::Missing);
        };
        let commitment = request.place.commitment().unwrap().to_bytes();
        let kept = self.0.lock().unwrap();
        if kept.is_withheld && kept.last == Some(commitment) {
            return Ok(Fetched::Missing);
        }
        let found = kept.rows.get(&commitment).cloned();
        Ok(found.map_or(Fetched::Missing, Fetched::Row))
    }
}

pub(crate) struct World {
    pub(crate) client: L1Client,
    pub(crate) signers: Vec<PrivateKeySigner>,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) network: Network,
    /// The operator's own.
    pub(crate) state: State,
    pub(crate) folder: TempDir,
    keys: Vec<BlsKey>,
    set: ValidatorSet,
    _l1: L1,
}

fn chain_id() -> ChainId {
    ChainId::new([0xc4; 32])
}

fn namespace() -> Namespace {
    let mut namespace = [0; 29];
    namespace[..7].copy_from_slice(b"\x01rollup");
    Namespace::new(namespace).unwrap()
}

pub(crate) fn setup() -> &'static Setup {
    Setup::ceremony().unwrap()
}

pub(crate) fn key(who: usize) -> SigningKey {
    SigningKey::from_seed(&[who as u8; 32])
}

impl World {
    pub(crate) async fn new() -> Self {
        let signers = derive(TEST_PHRASE, 10).unwrap();
        let accounts: Vec<Address> = signers.iter().map(PrivateKeySigner::address).collect();
        let wealth = U256::from(Wei::ether(100_000).get());
        let genesis = Genesis::new(now()).with_balances(&accounts, wealth);
        let l1 = L1::serve(Chain::new(&genesis).unwrap(), Options::default())
            .await
            .unwrap();
        let client = L1Client::connect(&l1.http_url()).await.unwrap();
        let mut rng = StdRng::seed_from_u64(7);
        let keys: Vec<BlsKey> = (0..4).map(|_| BlsKey::generate(&mut rng)).collect();
        let members = keys
            .iter()
            .map(|key| Validator::new(key.public_key(), Weight::new(1)));
        let set = ValidatorSet::new(members.collect()).unwrap();

        let deployer = Account::new(client.clone(), signers[who::DEPLOYER].clone());
        let rollup = deployer.address().create(ROLLUP_NONCE);
        let state = State::new(RollupDomain::of(client.chain_id(), address(rollup)));
        let terms = Terms {
            chain: chain_id(),
            genesis_set: set.hash(),
            registry: None,
            registry_parameters: Default::default(),
            namespace: namespace(),
            genesis: abi_roots(&state.roots()),
            settings: RollupSettings::default(),
            most_tokens: Terms::MOST_TOKENS,
            ether: Default::default(),
            proofs: Proofs::Attested {
                attestors: vec![deployer.address()],
                threshold: 1,
            },
            proposer: deployer.address(),
            lock_delay: Terms::LEAST_LOCK_DELAY,
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deployment.json");
        let deployed = deploy::deploy(&deployer, &terms, &file).await.unwrap();
        assert_eq!(deployed.deployment.rollup, rollup);
        let world = Self {
            client,
            signers,
            deployment: Arc::new(deployed.deployment),
            network: Network::default(),
            state,
            folder,
            keys,
            set,
            _l1: l1,
        };
        world.bond_everybody().await;
        world
    }

    async fn bond_everybody(&self) {
        let deployer = self.account(who::DEPLOYER);
        let d = &self.deployment;
        let genesis: Vec<GenesisValidator> = self
            .keys
            .iter()
            .map(|key| GenesisValidator::new(key, Weight::new(1)))
            .collect();
        let proofs = Possessions::of(&genesis);
        introduce(&deployer, d.registry, &self.set, &proofs)
            .await
            .unwrap();
        for (i, key) in self.keys.iter().enumerate() {
            let owner = self.account(who::VALIDATORS + i);
            let at = owner.address();
            let registration =
                Registration::sign(key, &chain_id(), self.client.chain_id(), d.registry, at);
            bond(&owner, d, &registration, at, Wei::ether(100))
                .await
                .unwrap();
        }
        measure(&deployer, d, &self.set).await.unwrap();
        let operator = self.account(who::OPERATOR);
        let bond = abi::Operators::bondCall {};
        operator
            .pay(d.operators, &bond, Wei::ether(64))
            .await
            .unwrap();
    }

    pub(crate) fn account(&self, who: usize) -> Account {
        Account::new(self.client.clone(), self.signers[who].clone())
    }

    pub(crate) async fn deriver(&self) -> Deriver<Network> {
        self.deriver_with(Config::default()).await
    }

    pub(crate) async fn deriver_with(&self, config: Config) -> Deriver<Network> {
        let config = Config {
            confirmations: 0,
            ..config
        };
        let rows = self.network.clone();
        Deriver::open(self.client.clone(), self.deployment.clone(), rows, config)
            .await
            .unwrap()
    }

    pub(crate) async fn ask(&self, method: &'static str, params: impl serde::Serialize) {
        let params = serde_json::to_value(params).unwrap();
        let provider = self.client.provider();
        let _: serde_json::Value = provider.raw_request(method.into(), params).await.unwrap();
    }

    pub(crate) async fn warp(&self, seconds: u64) {
        self.ask("evm_increaseTime", [seconds]).await;
        self.ask("evm_mine", [(); 0]).await;
    }

    /// Takes back so many blocks with all that is in them.
    pub(crate) async fn reorganise(&self, depth: u64) {
        let params = (depth, "drop");
        self.ask("assay_reorg", params).await;
    }

    pub(crate) async fn deposit(&self, who: usize, tree: Tree, wei: u128) -> Mined {
        let call = abi::Rollup::depositCall {
            tree: tree.number(),
            token: 0,
            amount: wei,
            account: word(key(who).account_key().into()),
        };
        let at = self.deployment.rollup;
        self.account(who)
            .pay(at, &call, Wei::new(wei))
            .await
            .unwrap()
    }

    pub(crate) fn index(&self, who: usize, tree: Tree) -> Option<AccountIndex> {
        let owner = address(self.signers[who].address());
        self.state.tree(tree).find(key(who).account_key(), owner)
    }

    pub(crate) fn signed(&self, who: usize, tree: Tree, body: Body) -> Operation {
        let from = self.index(who, tree).unwrap();
        let draft = Draft {
            tree,
            from,
            token: TokenId::ETH,
            fee: Fee::new(0),
            nonce: self.state.tree(tree).account(from).unwrap().nonce(),
            body,
        };
        let owner = address(self.signers[who].address());
        let signed = draft.sign(self.state.rollup(), owner, &key(who));
        Operation::Signed(Box::new(signed))
    }

    /// Submits a batch of what L1 queues and of these operations, as the operator does it.
    pub(crate) async fn submit(&mut self, history: &History, operations: &[Operation]) -> Mined {
        let mut state = self.state.clone();
        let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
        let queued = Tree::BOTH.map(|tree| history.next(tree, 3).unwrap());
        for queued in queued.iter().flatten() {
            if let Some(operation) = queued.operation {
                batch.apply(&Operation::FromL1(operation)).unwrap();
            }
        }
        for operation in operations {
            batch.apply(operation).unwrap();
        }
        let finished = batch.finish().unwrap();
        self.state = state;
        let queued = queued.map(|queued| queued.into_iter().map(|q| q.on_l1).collect());
        self.post(history, &finished, queued).await
    }

    async fn post(
        &self,
        history: &History,
        finished: &FinishedBatch,
        [on_queue, off_queue]: [Vec<abi::Operation>; 2],
    ) -> Mined {
        let d = &self.deployment;
        let (prior, next) = (abi_roots(&finished.prior), abi_roots(&finished.next));
        let [on, off] = finished.rows();
        let da = self.certified(&off).await;
        self.network.post(&da.meta, &da.rows);
        let mut submission = draft(next.clone(), word(finished.digest()));
        submission.carrier = carrier::CALLDATA;
        submission.elements = on.into_iter().map(word).collect();
        submission.onOperations = on_queue;
        submission.offOperations = off_queue;
        let withdrawals = finished.traffic().withdrawals;
        submission.withdrawals = withdrawals.iter().map(withdrawal).collect();
        let place = Place {
            l1_chain: self.client.chain_id(),
            rollup: d.rollup,
            number: history.newest().get() + 1,
            digest: submission.digest,
            prior: &prior,
            next: &next,
        };
        attach(setup(), &place, &mut submission, &[], Some(&da)).unwrap();
        let attestors = Attestors::new(vec![self.signers[who::DEPLOYER].clone()]);
        attestors
            .prove_batch(&self.client, d, &place, &mut submission, 1)
            .await
            .unwrap();
        let operator = self.account(who::OPERATOR);
        let call = abi::Rollup::submitBatchCall { submission };
        operator.call(d.rollup, &call).await.unwrap()
    }

    /// Submits a checkpoint with whatever payload, and waits until it is final.
    pub(crate) async fn checkpoint(&self, number: u64, length: PayloadLength, rows: Vec<Row>) {
        self.submit_checkpoint(number, length, rows).await;
        self.finalize().await;
    }

    /// Submits a checkpoint with whatever payload: nobody proves what is in it. Its blob's
    /// description.
    pub(crate) async fn submit_checkpoint(
        &self,
        number: u64,
        length: PayloadLength,
        rows: Vec<Row>,
    ) -> BlobMeta {
        let d = &self.deployment;
        let da = self.certified_blob(length, rows).await;
        self.network.post(&da.meta, &da.rows);
        let roots = abi_roots(&self.state.roots());
        let place = Place {
            l1_chain: self.client.chain_id(),
            rollup: d.rollup,
            number,
            digest: U256::from(number),
            prior: &roots,
            next: &roots,
        };
        let exits = (B256::ZERO, B256::ZERO);
        let mut checkpoint = settlement::batch::checkpoint(setup(), &place, exits, &da).unwrap();
        let attestors = Attestors::new(vec![self.signers[who::DEPLOYER].clone()]);
        let rows = da.meta.rows();
        attestors
            .prove_checkpoint(&self.client, d, &place, &mut checkpoint, rows)
            .await
            .unwrap();
        let call = abi::Rollup::submitCheckpointCall { checkpoint };
        let operator = self.account(who::OPERATOR);
        operator.call(d.rollup, &call).await.unwrap();
        da.meta
    }

    /// Nobody has challenged for a day.
    pub(crate) async fn finalize(&self) {
        self.warp(25 * HOURS).await;
        let most = U256::from(9);
        let call = abi::Rollup::finalizeCall { most };
        let user = self.account(who::USER);
        user.call(self.deployment.rollup, &call).await.unwrap();
    }

    async fn certified(&self, elements: &[ledger::Fr]) -> CertifiedRows {
        let mut bytes: Vec<u8> = elements.iter().flat_map(|e| scalar_bytes(*e)).collect();
        bytes.resize(Row::BYTES, 0);
        let length = PayloadLength::new(BlobMode::Raw, Row::BYTES as u64).unwrap();
        let row = Row::from_slice(&bytes).unwrap();
        self.certified_blob(length, vec![row]).await
    }

    async fn certified_blob(&self, length: PayloadLength, rows: Vec<Row>) -> CertifiedRows {
        let commitments = rows.iter().map(|row| setup().commit(row).unwrap());
        let meta = BlobMeta::new(namespace(), length, commitments.collect()).unwrap();
        let now = self.client.head().await.unwrap().time.get() * 1000;
        let terms = ReceiptTerms {
            chain_id: chain_id(),
            set: self.set.hash(),
            blob: meta.id(),
            accepted_at: Timestamp::new(now),
            expires_at: Timestamp::new(now + 14 * 24 * 3_600_000),
        };
        let mut collector = ReceiptCollector::new(terms, self.set.clone());
        for (_, member) in self.set.iter().take(3) {
            let same = |key: &&BlsKey| key.public_key() == *member.key();
            let key = self.keys.iter().find(same).unwrap();
            let receipt = terms.sign(key).verify(&chain_id(), &self.set, &terms);
            collector.add(receipt.unwrap()).unwrap();
        }
        CertifiedRows {
            meta,
            certificate: collector.finish().unwrap().to_unverified(),
            rows,
        }
    }

    pub(crate) fn held(state: &State, tree: Tree, index: AccountIndex) -> u128 {
        let account = state.tree(tree).account(index);
        account.map_or(0, |account| account.balance(TokenId::ETH).get())
    }
}
