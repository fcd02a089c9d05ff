//! The first thing that two nodes tell each other.

use crate::config::Role;
use crate::error::MessageError;
use crate::identity::Binding;
use crate::score::Offence;
use chain::ValidatorAddress;
use libp2p::PeerId;
use proto::p2p;
use types::{ChainId, Height};

/// Who a node says it is. Unverified until [`Hello::verify`] consumes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hello {
    pub(crate) chain_id: ChainId,
    pub(crate) role: Role,
    pub(crate) binding: Option<Binding>,
    pub(crate) tip: Height,
}

/// A Hello that was made for this chain, by the validator that it names if it names one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Greeted {
    role: Role,
    validator: Option<ValidatorAddress>,
    tip: Height,
}

impl Greeted {
    pub(crate) const fn role(&self) -> Role {
        self.role
    }

    pub(crate) const fn validator(&self) -> Option<ValidatorAddress> {
        self.validator
    }

    pub(crate) const fn tip(&self) -> Height {
        self.tip
    }
}

impl Hello {
    /// Checks the chain, and the binding for the peer that presents it. Whether the validator
    /// is in any set is the application's question.
    pub(crate) fn verify(
        self,
        chain: &ChainId,
        peer: &PeerId,
    ) -> Result<Greeted, (Offence, String)> {
        if self.chain_id != *chain {
            let reason = format!("chain {}, expected {chain}", self.chain_id);
            return Err((Offence::WrongChain, reason));
        }
        let validator = self
            .binding
            .map(|binding| binding.verify(chain, peer))
            .transpose()
            .map_err(|error| (Offence::ForgedBinding, format!("binding: {error}")))?;
        Ok(Greeted {
            role: self.role,
            validator,
            tip: self.tip,
        })
    }

    pub(crate) fn to_wire(self) -> p2p::Hello {
        let role = match self.role {
            Role::Full => p2p::Role::Full,
            Role::Light => p2p::Role::Light,
        };
        p2p::Hello {
            chain_id: self.chain_id.to_bytes().to_vec().into(),
            role: role.into(),
            binding: self.binding.map(Binding::to_wire),
            tip: self.tip.get(),
        }
    }

    pub(crate) fn from_wire(wire: &p2p::Hello) -> Result<Self, MessageError> {
        let role = match p2p::Role::try_from(wire.role) {
            Ok(p2p::Role::Full) => Role::Full,
            Ok(p2p::Role::Light) => Role::Light,
            Ok(p2p::Role::Unspecified) | Err(_) => {
                return Err(MessageError::Wire(proto::Error::Code {
                    field: "hello.role",
                    got: wire.role,
                    expected: "1 (full) or 2 (light)",
                }));
            }
        };
        Ok(Self {
            chain_id: proto::read("hello.chain_id", &wire.chain_id[..], ChainId::from_slice)?,
            role,
            binding: wire.binding.as_ref().map(Binding::from_wire).transpose()?,
            tip: Height::new(wire.tip),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use chain::SigningKey;
    use rand::SeedableRng;

    fn key(seed: u64) -> SigningKey {
        SigningKey::generate(&mut rand::rngs::StdRng::seed_from_u64(seed))
    }

    fn hello(binding: Option<Binding>) -> Hello {
        Hello {
            chain_id: ChainId::new([1; 32]),
            role: Role::Full,
            binding,
            tip: Height::new(7),
        }
    }

    #[test]
    fn survives_the_wire_and_names_the_validator() {
        let (key, peer, chain) = (key(1), PeerId::random(), ChainId::new([1; 32]));
        let sent = hello(Some(Binding::sign(&key, &chain, &peer)));
        let greeted = Hello::from_wire(&sent.to_wire())
            .unwrap()
            .verify(&chain, &peer)
            .unwrap();
        assert_eq!(greeted.validator(), Some(key.public_key().address()));
        assert_eq!(
            (greeted.role(), greeted.tip()),
            (Role::Full, Height::new(7))
        );
    }

    #[test]
    fn bad_input_another_chain() {
        let (peer, ours) = (PeerId::random(), ChainId::new([2; 32]));
        let (offence, _) = hello(None).verify(&ours, &peer).unwrap_err();
        assert_eq!(offence, Offence::WrongChain);
    }

    #[test]
    fn bad_input_bindings_made_for_another_peer_or_chain_or_by_another_key() {
        let (peer, chain) = (PeerId::random(), ChainId::new([1; 32]));
        let other_peer = Binding::sign(&key(1), &chain, &PeerId::random());
        let other_chain = Binding::sign(&key(1), &ChainId::new([2; 32]), &peer);
        let mut wire = hello(Some(Binding::sign(&key(1), &chain, &peer))).to_wire();
        wire.binding.as_mut().unwrap().public_key =
            key(2).public_key().to_bytes().as_bytes().to_vec().into();
        let other_key = Hello::from_wire(&wire).unwrap();

        for forged in [hello(Some(other_peer)), hello(Some(other_chain)), other_key] {
            let (offence, _) = forged.verify(&chain, &peer).unwrap_err();
            assert_eq!(offence, Offence::ForgedBinding);
        }
    }

    #[test]
    fn bad_input_fields_of_wrong_length_and_roles_that_name_nothing() {
        let good = hello(Some(Binding::sign(
            &key(1),
            &ChainId::new([1; 32]),
            &PeerId::random(),
        )))
        .to_wire();
        let mut short = good.clone();
        short.chain_id.truncate(31);
        let mut role = good.clone();
        role.role = 0;
        let mut key = good.clone();
        key.binding.as_mut().unwrap().public_key.truncate(47);
        let mut point = good.clone();
        point.binding.as_mut().unwrap().public_key = vec![0xff; 48].into();
        let mut signature = good;
        signature.binding.as_mut().unwrap().signature.truncate(95);
        for wire in [short, role, key, point, signature] {
            assert!(Hello::from_wire(&wire).is_err(), "{wire:?}");
        }
    }
}
