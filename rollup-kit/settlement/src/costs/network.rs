//! A DA network whose keys are the measurement's own.

use super::Cost;
use crate::client::{Account, L1Client};
use crate::contracts::{Artefact, abi};
use crate::settings::RegistryParameters;
use crate::transaction::Call;
use crate::validators::{Possessions, introduce};
use crate::{Error, Result, Wei};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolConstructor as _;
use chain::{
    ChainParams, CheckedGenesis, Genesis, GenesisValidator, ReceiptCollector, ReceiptTerms,
    SigningKey, UnverifiedAvailability, Validator, ValidatorSet, Weight,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use types::{BlobId, ChainId, Row, Timestamp};

/// Seconds.
pub(super) const DAY: u64 = 24 * 60 * 60;

/// A network of equal validators, whose keys are nobody's but the measurement's.
pub(super) struct Network {
    pub(super) keys: Vec<SigningKey>,
    pub(super) genesis: CheckedGenesis,
}

impl Network {
    pub(super) fn new(members: usize) -> Result<Self> {
        let mut rng = StdRng::seed_from_u64(members as u64);
        let keys: Vec<SigningKey> = (0..members)
            .map(|_| SigningKey::generate(&mut rng))
            .collect();
        let equal = |key| GenesisValidator::new(key, Weight::new(1));
        let genesis = Genesis {
            name: "costs".to_owned(),
            time: Timestamp::new(0),
            validators: keys.iter().map(equal).collect(),
            params: ChainParams::mainnet(),
        };
        let genesis = genesis.check()?;
        Ok(Self { keys, genesis })
    }

    pub(super) const fn chain_id(&self) -> ChainId {
        self.genesis.chain_id()
    }

    pub(super) const fn set(&self) -> &ValidatorSet {
        self.genesis.validators()
    }

    pub(super) fn possessions(&self) -> Possessions {
        Possessions::of(&self.genesis.genesis().validators)
    }

    fn key(&self, member: &Validator) -> Option<&SigningKey> {
        self.keys
            .iter()
            .find(|key| key.public_key() == *member.key())
    }

    /// A certificate by the first `signers` members.
    pub(super) fn certify(
        &self,
        blob: BlobId,
        at: u64,
        signers: usize,
    ) -> Result<UnverifiedAvailability> {
        let (chain_id, set) = (self.chain_id(), self.set());
        let terms = ReceiptTerms {
            chain_id,
            set: set.hash(),
            blob,
            accepted_at: Timestamp::new(at * 1000),
            expires_at: Timestamp::new(at * 1000 + self.genesis.params().retention_ms),
        };
        let mut collector = ReceiptCollector::new(terms, set.clone());
        for (_, member) in set.iter().take(signers) {
            let Some(key) = self.key(member) else {
                continue;
            };
            collector.add(terms.sign(key).verify(&chain_id, set, &terms)?)?;
        }
        let certificate = collector.finish().ok_or_else(|| missing("quorum"))?;
        Ok(certificate.to_unverified())
    }
}

/// Certificates of sets of 4, 16 and 100, checked by the registry in a transaction of its own.
pub(super) async fn certificates(
    client: &L1Client,
    signers: &[PrivateKeySigner],
) -> Result<Vec<Cost>> {
    let account = account(client, signers, 0)?;
    let mut costs = Vec::new();
    for (members, signing) in [(4, 4), (4, 3), (16, 16), (16, 11), (100, 100), (100, 67)] {
        let network = Network::new(members)?;
        let parameters = RegistryParameters::default();
        let parameters = parameters.to_abi(network.chain_id(), network.set().hash());
        let arguments = abi::Registry::constructorCall { parameters }.abi_encode();
        let creation = Call {
            what: "a registry",
            to: None,
            value: Wei::ZERO,
            input: Artefact::Registry.creation(&arguments)?,
            blobs: None,
        };
        let made = account.execute(&creation).await?;
        let registry = made.created.ok_or_else(|| missing("registry"))?;
        introduce(&account, registry, network.set(), &network.possessions()).await?;
        let now = client.head().await?.time.get();
        let certificate = network.certify(BlobId::new([1; 32]), now, signing)?;
        let certificate: abi::Certificate = (&certificate).try_into()?;
        let call = abi::Registry::verifyCertificateCall { certificate };
        let mined = account.call(registry, &call).await?;
        costs.push(Cost::of(
            format!("certificate, {signing} of {members} signers"),
            &mined,
        ));
    }
    Ok(costs)
}

pub(super) fn account(
    client: &L1Client,
    signers: &[PrivateKeySigner],
    place: usize,
) -> Result<Account> {
    let signer = signers.get(place).ok_or_else(|| missing("account"))?;
    Ok(Account::new(client.clone(), signer.clone()))
}

/// A row of canonical elements, each different.
pub(super) fn sample_row(seed: u64) -> Result<Row> {
    let mut bytes = vec![0; Row::BYTES];
    for (element, chunk) in (0_u64..).zip(bytes.chunks_mut(32)) {
        chunk[8..16].copy_from_slice(&seed.to_be_bytes());
        chunk[24..].copy_from_slice(&element.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    }
    Ok(Row::from_slice(&bytes)?)
}

pub(super) fn missing(what: &'static str) -> Error {
    Error::View {
        what,
        reason: "there is none".to_owned(),
    }
}
