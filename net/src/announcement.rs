//! What nodes tell everyone, by gossip.

use crate::config::Role;
use crate::error::MessageError;
use crate::message::approvals;
use crate::message::wire::{certified, noun};
use bytes::Bytes;
use chain::{UnverifiedApproval, UnverifiedAvailability, UnverifiedHeader, UnverifiedSetChange};
use libp2p::gossipsub::IdentTopic;
use prost::Message;
use proto::p2p::{self, announcement::Kind};
use types::{BlobMeta, ChainId};

/// Most bytes of an announcement: the longest change of a set, with an approval.
pub(crate) const MAX_ANNOUNCEMENT_BYTES: usize = 80 << 10;

/// News for everyone. Unverified: it spreads further only once the application accepts it.
#[derive(Debug, Clone)]
pub enum Announcement {
    /// A header is final.
    Header(UnverifiedHeader),
    /// A blob is certified, and so may be ordered. Light nodes do not hear of it.
    Certified {
        /// What the blob is.
        meta: BlobMeta,
        /// The certificate, for the same blob.
        certificate: UnverifiedAvailability,
    },
    /// A validator approves a change of its set. Light nodes do not hear of it.
    Approval {
        /// The change.
        change: UnverifiedSetChange,
        /// The approval of it.
        approval: UnverifiedApproval,
    },
}

impl Announcement {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let kind = match self {
            Self::Header(header) => Kind::Header(header.encode().into()),
            Self::Certified { meta, certificate } => Kind::Certified(p2p::Certified {
                meta: meta.encode().into(),
                certificate: certificate.encode().into(),
            }),
            Self::Approval { change, approval } => Kind::Approval(approvals::encode_one(
                change,
                std::slice::from_ref(approval),
            )),
        };
        p2p::Announcement { kind: Some(kind) }.encode_to_vec()
    }

    pub(crate) fn decode(bytes: Vec<u8>) -> Result<Self, MessageError> {
        let wire = p2p::Announcement::decode(Bytes::from(bytes))
            .map_err(|error| proto::Error::encoding("announcement", &error))?;
        let kind = wire.kind.ok_or(proto::Error::Missing {
            field: "announcement.kind",
        })?;
        match kind {
            Kind::Header(bytes) => {
                noun("announcement.header", UnverifiedHeader::decode(&bytes)).map(Self::Header)
            }
            Kind::Certified(wire) => {
                certified(&wire).map(|(meta, certificate)| Self::Certified { meta, certificate })
            }
            Kind::Approval(wire) => approvals::decode_only(&wire)
                .map(|(change, approval)| Self::Approval { change, approval }),
        }
    }
}

/// Checks that the certificate is for the blob described.
pub(crate) fn meta_of_certificate(
    meta: &BlobMeta,
    certificate: &UnverifiedAvailability,
) -> Result<(), MessageError> {
    let (got, expected) = (meta.id(), certificate.terms.blob);
    if got == expected {
        Ok(())
    } else {
        Err(MessageError::Mismatch {
            field: "certified.meta",
            got: got.to_string(),
            expected: expected.to_string(),
        })
    }
}

/// The topics of one chain.
#[derive(Debug, Clone)]
pub(crate) struct Topics {
    headers: IdentTopic,
    certified: IdentTopic,
    approvals: IdentTopic,
}

impl Topics {
    pub(crate) fn new(chain: &ChainId) -> Self {
        let topic = |name| IdentTopic::new(protocol(chain, name));
        Self {
            headers: topic("headers/1"),
            certified: topic("certified/1"),
            approvals: topic("approvals/1"),
        }
    }

    pub(crate) fn of(&self, announcement: &Announcement) -> &IdentTopic {
        match announcement {
            Announcement::Header(_) => &self.headers,
            Announcement::Certified { .. } => &self.certified,
            Announcement::Approval { .. } => &self.approvals,
        }
    }

    /// What a node of this role listens to.
    pub(crate) fn for_role(&self, role: Role) -> impl Iterator<Item = &IdentTopic> {
        let full = (role == Role::Full).then_some([&self.certified, &self.approvals]);
        std::iter::once(&self.headers).chain(full.into_iter().flatten())
    }
}

/// The name of a protocol or topic on this chain.
pub(crate) fn protocol(chain: &ChainId, name: &str) -> String {
    let chain: String = chain.to_string().chars().take(16).collect();
    format!("/assay/{chain}/{name}")
}
