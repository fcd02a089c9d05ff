//! The DA network's validators on L1: their keys, their set, their stake.

use crate::client::{Account, Mined};
use crate::contracts::{abi, validator_id};
use crate::deploy::Deployment;
use crate::{Error, Result, Wei};
use alloy::primitives::{Address, B256, Bytes};
use chain::{
    Bitmap, GenesisValidator, L1Address, L1ChainId, PossessionProof, PublicKey, Signature,
    SigningKey, ValidatorSet, registration_digest,
};
use std::collections::BTreeMap;
use types::ChainId;

/// Members of a page, at most: `PageReader.CAPACITY`.
const PAGE: usize = 128;
/// All of a pool's units: `PoolMath.ALL_UNITS`.
pub const ALL_UNITS: u128 = 1_000_000_000_000_000_000;

/// Proofs of possession, by key: what a genesis and the changes after it make public.
#[derive(Debug, Clone, Default)]
pub struct Possessions(BTreeMap<[u8; 48], PossessionProof>);

impl Possessions {
    /// Those of a genesis.
    #[must_use]
    pub fn of(validators: &[GenesisValidator]) -> Self {
        let proofs = validators
            .iter()
            .map(|validator| (validator.key.to_bytes(), validator.possession));
        Self(proofs.collect())
    }

    /// Adds one.
    pub fn insert(&mut self, key: &PublicKey, proof: PossessionProof) {
        self.0.insert(key.to_bytes().to_bytes(), proof);
    }

    fn get(&self, key: &PublicKey) -> Option<&PossessionProof> {
        self.0.get(key.to_bytes().as_bytes())
    }
}

/// Makes a set's members known to a registry: keys that are not proven yet, the pages, the set.
/// Anybody may; what stands already is left alone. Says what it sent.
///
/// # Errors
/// [`Error::Unproven`] for a key whose proof nobody has shown here or there, and whatever sending
/// gives.
pub async fn introduce(
    account: &Account,
    registry: Address,
    set: &ValidatorSet,
    possessions: &Possessions,
) -> Result<Vec<Mined>> {
    let client = account.client();
    let hash = B256::from(set.hash().to_bytes());
    let count = client
        .view(registry, &abi::Registry::memberCountCall { set: hash })
        .await;
    match count {
        Ok(_) => return Ok(Vec::new()),
        Err(Error::Reverted { .. }) => {}
        Err(error) => return Err(error),
    }
    let mut sent = Vec::new();
    for (_, member) in set.iter() {
        let validator = validator_id(member.key());
        let known = client
            .view(registry, &abi::Registry::isProvenCall { validator })
            .await?;
        if known {
            continue;
        }
        let proof = possessions
            .get(member.key())
            .ok_or(Error::Unproven { validator })?;
        let call = abi::Registry::provePossessionCall {
            key: member.key().into(),
            proof: proof.try_into()?,
        };
        sent.push(account.call(registry, &call).await?);
    }
    let members: Vec<_> = set.iter().map(|(_, member)| *member).collect();
    let mut pages = Vec::new();
    for page in members.chunks(PAGE) {
        let call = abi::Registry::storePageCall {
            keys: page.iter().map(|member| member.key().into()).collect(),
            weights: page.iter().map(|member| member.weight().get()).collect(),
        };
        pages.push(client.view(registry, &call).await?);
        sent.push(account.call(registry, &call).await?);
    }
    let assemble = abi::Registry::assembleCall { pages };
    let got = client.view(registry, &assemble).await?;
    if got != hash {
        return Err(Error::View {
            what: "validator set",
            reason: format!("{got}, expected {hash}"),
        });
    }
    sent.push(account.call(registry, &assemble).await?);
    Ok(sent)
}

/// A key's word that an account of L1 owns its stake.
#[derive(Debug, Clone)]
pub struct Registration {
    key: PublicKey,
    signature: Signature,
}

impl Registration {
    /// Signs for an owner. The signature names chain, registry and owner, and is of no use to
    /// anybody else.
    #[must_use]
    pub fn sign(
        key: &SigningKey,
        chain: &ChainId,
        l1_chain: u64,
        registry: Address,
        owner: Address,
    ) -> Self {
        let digest = registration_digest(
            chain,
            L1ChainId::new(l1_chain),
            &L1Address::new(registry.into_array()),
            &L1Address::new(owner.into_array()),
        );
        Self {
            key: key.public_key(),
            signature: key.sign_digest(&digest),
        }
    }

    /// Takes what `da-node registration` printed. The registry checks it.
    ///
    /// # Errors
    /// [`Error::Chain`] for a key that is none.
    pub fn signed(key: chain::PublicKeyBytes, signature: Signature) -> Result<Self> {
        Ok(Self {
            key: PublicKey::try_from(key)?,
            signature,
        })
    }

    /// The validator's id on L1.
    #[must_use]
    pub fn validator(&self) -> B256 {
        validator_id(&self.key)
    }
}

/// Bonds a validator: registers it with its owner's stake and allocates all of that to a rollup.
/// Goes on where an earlier call stopped. Says what it sent.
///
/// # Errors
/// Whatever sending gives; [`Error::View`] when somebody else owns the validator.
pub async fn bond(
    owner: &Account,
    deployment: &Deployment,
    registration: &Registration,
    operator: Address,
    stake: Wei,
) -> Result<Vec<Mined>> {
    let client = owner.client();
    let registry = deployment.registry;
    let validator = registration.validator();
    let mut sent = Vec::new();
    let registered = client
        .view(registry, &abi::Registry::ownerOfCall { validator })
        .await?;
    if registered == Address::ZERO {
        let call = abi::Registry::registerCall {
            key: (&registration.key).into(),
            signature: (&registration.signature).try_into()?,
            operator,
            commission: 0,
        };
        sent.push(owner.pay(registry, &call, stake).await?);
    } else if registered != owner.address() {
        return Err(Error::View {
            what: "owner of a validator",
            reason: format!("{registered}, expected {}", owner.address()),
        });
    }
    let backing = abi::Registry::slashableCall {
        validator,
        rollup: deployment.rollup,
    };
    if client.view(registry, &backing).await?.is_zero() {
        let call = abi::Registry::allocateCall {
            validator,
            rollup: deployment.rollup,
            units: ALL_UNITS,
        };
        sent.push(owner.call(registry, &call).await?);
    }
    Ok(sent)
}

/// Has a rollup count what the current set's members have allocated to it.
///
/// # Errors
/// Whatever sending gives.
pub async fn measure(
    account: &Account,
    deployment: &Deployment,
    set: &ValidatorSet,
) -> Result<Mined> {
    let mut everybody = Bitmap::new(set.len());
    for (index, _) in set.iter() {
        everybody.set(index)?;
    }
    let call = abi::Coverage::measureCall {
        bitmap: Bytes::from(everybody.encode()),
    };
    account.call(deployment.coverage, &call).await
}
