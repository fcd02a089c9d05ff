//! `validator.json`: what a validator hands to the others before the chain begins.

use super::{Error, NetworkKeys, Result, files};
use chain::{GenesisValidator, PossessionProof, PublicKeyBytes, SigningKey, Weight};
use libp2p::multiaddr::Protocol;
use net::{Multiaddr, PeerId};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A validator as it presents itself. Nothing of it is proven but, in a genesis, the possession
/// of the key: take it from somebody whom you know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorFile {
    /// The version of this form: 1.
    pub version: u32,
    /// A name for people: 1 to 64 bytes.
    pub moniker: String,
    /// The key that votes.
    pub public_key: PublicKeyBytes,
    /// The proof that its secret is held.
    pub possession: PossessionProof,
    /// The weight that it suggests; the genesis decides.
    pub weight: Weight,
    /// Where peers and light nodes reach it, each address ending in `/p2p/` and the same peer.
    pub p2p: Vec<Multiaddr>,
    /// Where the other validators reach its consensus, ending in `/p2p/` and the peer there.
    pub consensus: Multiaddr,
}

impl ValidatorFile {
    /// The version of this form.
    pub const VERSION: u32 = 1;
    /// Most addresses of one validator.
    pub const MAX_ADDRESSES: usize = 8;
    const MAX_BYTES: usize = 16 << 10;
    const WHAT: &'static str = "validator's announcement";

    /// Presents a validator. The addresses are given without the peer.
    ///
    /// # Errors
    /// [`Error::Node`] when the network keys make no identity.
    pub fn new(
        moniker: String,
        key: &SigningKey,
        keys: &NetworkKeys,
        weight: Weight,
        p2p: Vec<Multiaddr>,
        consensus: Multiaddr,
    ) -> Result<Self> {
        let named = |address: Multiaddr| address.with(Protocol::P2p(keys.peer_id()));
        let peer = keys.consensus_peer_id()?;
        let peer: PeerId = peer.parse().map_err(|_| Error::Address {
            what: "the peer in consensus",
            got: peer.clone(),
            expected: "a peer id",
        })?;
        Ok(Self {
            version: Self::VERSION,
            moniker,
            public_key: key.public_key().to_bytes(),
            possession: key.prove_possession(),
            weight,
            p2p: p2p.into_iter().map(named).collect(),
            consensus: consensus.with(Protocol::P2p(peer)),
        })
    }

    /// Reads a file and checks its shape; possession is checked in the genesis.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::TooLarge`], [`Error::Malformed`].
    pub fn read(path: &Path) -> Result<Self> {
        let file: Self = files::read_json(path, Self::WHAT, Self::MAX_BYTES)?;
        file.check()
            .map_err(|problem| Error::malformed(path, Self::WHAT, problem))?;
        Ok(file)
    }

    /// Creates the file.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::File`].
    pub fn create(&self, path: &Path) -> Result<()> {
        files::create_json(path, self, files::Access::Everybody)
    }

    fn check(&self) -> Result<(), String> {
        if self.version != Self::VERSION {
            return Err(format!(
                "version: got {}, expected {}",
                self.version,
                Self::VERSION
            ));
        }
        if !(1..=super::config::MAX_MONIKER_BYTES).contains(&self.moniker.len()) {
            return Err(format!("moniker: got {} bytes", self.moniker.len()));
        }
        if self.p2p.len() > Self::MAX_ADDRESSES {
            return Err(format!(
                "p2p: got {} addresses, expected at most {}",
                self.p2p.len(),
                Self::MAX_ADDRESSES
            ));
        }
        let first = self.p2p.first().and_then(named_peer);
        for address in &self.p2p {
            if named_peer(address).is_none() || named_peer(address) != first {
                return Err(format!(
                    "p2p: got {address}, expected an address ending in /p2p/ and one peer"
                ));
            }
        }
        match named_peer(&self.consensus) {
            Some(_) => Ok(()),
            None => Err(format!(
                "consensus: got {}, expected an address ending in /p2p/ and the peer",
                self.consensus
            )),
        }
    }

    /// Its entry in a genesis, with the weight that the genesis gives it.
    #[must_use]
    pub const fn entry(&self, weight: Weight) -> GenesisValidator {
        GenesisValidator {
            key: self.public_key,
            weight,
            possession: self.possession,
        }
    }

    /// The peer that its addresses name.
    #[must_use]
    pub fn peer_id(&self) -> Option<PeerId> {
        self.p2p.first().and_then(named_peer)
    }
}

/// The peer that an address names with its last part, if it does.
pub(super) fn named_peer(address: &Multiaddr) -> Option<PeerId> {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}
