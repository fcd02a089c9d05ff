//! What the records say.

use super::Result;
use super::frame::Kind;
use chain::{UnverifiedAvailability, UnverifiedFinality, UnverifiedHeader, ValidatorSet};
use types::{BlobMeta, ChainId, Header, Height, Namespace, NamespaceProof, Reader, Writer, limits};

/// Of what an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) chain_id: ChainId,
    pub(super) namespace: Namespace,
    pub(super) from: Height,
}

/// A header that hands over to another set, and that set.
#[derive(Debug, Clone)]
pub(super) struct SetChange {
    pub(super) header: UnverifiedHeader,
    pub(super) set: ValidatorSet,
}

/// A block, as far as the namespace is concerned.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) header: Header,
    pub(super) finality: Option<UnverifiedFinality>,
    pub(super) proof: NamespaceProof,
}

/// A blob whose payload follows.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    pub(super) meta: BlobMeta,
    pub(super) availability: UnverifiedAvailability,
}

/// What an archive has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub(super) to: Height,
    pub(super) blobs: u64,
    pub(super) bytes: u64,
}

/// A length that fits, as none of these encodings is near 64 KiB; cut, it is malformed and not
/// misread.
fn prefixed(writer: Writer, part: &[u8]) -> Writer {
    let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
    writer.u16(length).raw(part)
}

fn part<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8]> {
    let length = usize::from(reader.u16()?);
    Ok(reader.raw(length)?)
}

impl Head {
    pub(super) const KIND: Kind = Kind::Head;

    pub(super) fn encode(&self) -> Vec<u8> {
        Writer::new()
            .raw(self.chain_id.as_bytes())
            .raw(self.namespace.as_bytes())
            .u64(self.from.get())
            .finish()
    }

    pub(super) fn decode(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("head of an archive", body);
        let head = Self {
            chain_id: ChainId::new(reader.array()?),
            namespace: Namespace::from_slice(reader.raw(limits::NAMESPACE_BYTES)?)?,
            from: Height::new(reader.u64()?),
        };
        reader.finish()?;
        Ok(head)
    }
}

impl SetChange {
    pub(super) const KIND: Kind = Kind::SetChange;

    pub(super) fn encode(&self) -> Vec<u8> {
        prefixed(Writer::new(), &self.header.encode())
            .raw(&self.set.encode())
            .finish()
    }

    pub(super) fn decode(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("set change", body);
        let header = UnverifiedHeader::decode(part(&mut reader)?)?;
        let set = ValidatorSet::decode(reader.raw(reader.remaining())?)?;
        Ok(Self { header, set })
    }
}

impl Block {
    pub(super) const KIND: Kind = Kind::Block;

    pub(super) fn encode(&self) -> Vec<u8> {
        let finality = self.finality.as_ref().map(UnverifiedFinality::encode);
        let head = Writer::new().raw(&self.header.encode());
        prefixed(head, finality.as_deref().unwrap_or_default())
            .raw(&self.proof.encode())
            .finish()
    }

    pub(super) fn decode(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("archived block", body);
        let header = Header::decode(reader.raw(Header::BYTES)?)?;
        let finality = match part(&mut reader)? {
            [] => None,
            bytes => Some(UnverifiedFinality::decode(bytes)?),
        };
        let proof = NamespaceProof::decode(reader.raw(reader.remaining())?)?;
        Ok(Self {
            header,
            finality,
            proof,
        })
    }
}

impl Blob {
    pub(super) const KIND: Kind = Kind::Blob;

    pub(super) fn encode(&self) -> Vec<u8> {
        prefixed(Writer::new(), &self.meta.encode())
            .raw(&self.availability.encode())
            .finish()
    }

    pub(super) fn decode(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("archived blob", body);
        let meta = BlobMeta::decode(part(&mut reader)?)?;
        let availability = UnverifiedAvailability::decode(reader.raw(reader.remaining())?)?;
        Ok(Self { meta, availability })
    }
}

impl End {
    pub(super) const KIND: Kind = Kind::End;

    pub(super) fn encode(&self) -> Vec<u8> {
        Writer::new()
            .u64(self.to.get())
            .u64(self.blobs)
            .u64(self.bytes)
            .finish()
    }

    pub(super) fn decode(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("end of an archive", body);
        let end = Self {
            to: Height::new(reader.u64()?),
            blobs: reader.u64()?,
            bytes: reader.u64()?,
        };
        reader.finish()?;
        Ok(end)
    }
}
