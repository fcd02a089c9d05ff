//! Who a node is on the network, and which validator speaks through it.

use crate::error::MessageError;
use crate::message::wire::noun;
use chain::{PublicKey, Signature, SigningKey, ValidatorAddress, peer_binding_digest};
use libp2p::PeerId;
use libp2p::identity::{Keypair, ed25519};
use types::ChainId;

/// A node's key on the network (ed25519). Not a validator's key: it signs nothing of the chain.
#[derive(Clone)]
pub struct Identity(ed25519::Keypair);

impl Identity {
    /// Draws a new one.
    pub fn generate(rng: &mut impl rand::CryptoRng) -> Self {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        Self::from_bytes(seed)
    }

    /// Takes the 32 secret bytes (RFC 8032).
    #[must_use]
    pub fn from_bytes(mut seed: [u8; 32]) -> Self {
        #[expect(clippy::expect_used, reason = "any 32 bytes are an ed25519 seed")]
        let secret = ed25519::SecretKey::try_from_bytes(&mut seed).expect("32 bytes");
        Self(secret.into())
    }

    /// The 32 secret bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        seed.copy_from_slice(self.0.secret().as_ref());
        seed
    }

    /// The name that others know the node by.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.keypair().public().to_peer_id()
    }

    pub(crate) fn keypair(&self) -> Keypair {
        self.0.clone().into()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Identity").field(&self.peer_id()).finish()
    }
}

/// A validator's claim to a peer: its signature over the chain and the peer id.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    key: PublicKey,
    signature: Signature,
}

impl Binding {
    /// Signs that the validator speaks through `peer` on this chain.
    #[must_use]
    pub fn sign(key: &SigningKey, chain: &ChainId, peer: &PeerId) -> Self {
        Self {
            key: key.public_key(),
            signature: key.sign_digest(&peer_binding_digest(chain, &peer.to_bytes())),
        }
    }

    /// Checks the signature for the peer that presented it.
    pub(crate) fn verify(
        self,
        chain: &ChainId,
        peer: &PeerId,
    ) -> Result<ValidatorAddress, chain::Error> {
        let digest = peer_binding_digest(chain, &peer.to_bytes());
        self.key.verify(&digest, &self.signature)?;
        Ok(self.key.address())
    }

    pub(crate) fn to_wire(self) -> proto::p2p::Binding {
        proto::p2p::Binding {
            public_key: self.key.to_bytes().as_bytes().to_vec().into(),
            signature: self.signature.as_bytes().to_vec().into(),
        }
    }

    pub(crate) fn from_wire(wire: &proto::p2p::Binding) -> Result<Self, MessageError> {
        let key: [u8; 48] = proto::read("binding.public_key", &wire.public_key[..], |bytes| {
            types::Reader::new("public key", bytes).array()
        })?;
        Ok(Self {
            key: noun("binding.public_key", PublicKey::from_bytes(&key))?,
            signature: proto::read(
                "binding.signature",
                &wire.signature[..],
                Signature::from_slice,
            )?,
        })
    }
}
