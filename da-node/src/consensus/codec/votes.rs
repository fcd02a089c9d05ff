//! Votes, proposals, their parts, and certificates of votes.

use super::super::context::{
    Address, AssayContext, BlockHeight, Part, Proposal, Signature, ValueId, Vote,
};
use super::{
    MAX_SIGNATURES, MAX_STREAM_ID_BYTES, Result, Wire, code, read_all, read_bytes, write_all,
    write_bytes,
};
use bytes::Bytes;
use chain::UnverifiedBlock;
use malachite::app::consensus::{LivenessMsg, SignedConsensusMsg};
use malachite::app::streaming::StreamContent;
use malachite::app::types::core::{
    NilOrVal, PolkaCertificate, PolkaSignature, Round, RoundCertificate, RoundCertificateType,
    RoundSignature, SignedMessage, SignedProposal, SignedVote, Validity, VoteType,
};
use malachite::app::types::streaming::{StreamId, StreamMessage};
use types::{HeaderHash, Height, Reader, Writer};

macro_rules! array {
    ($type:ident) => {
        impl Wire for $type {
            fn write(&self, w: Writer) -> Writer {
                w.raw(&self.0)
            }
            fn read(r: &mut Reader<'_>) -> Result<Self> {
                Ok(Self(r.array()?))
            }
        }
    };
}

array!(Address);
array!(Signature);

impl Wire for ValueId {
    fn write(&self, w: Writer) -> Writer {
        w.raw(self.0.as_bytes())
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self(HeaderHash::new(r.array()?)))
    }
}

impl Wire for BlockHeight {
    fn write(&self, w: Writer) -> Writer {
        w.u64(self.0.get())
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self(Height::new(r.u64()?)))
    }
}

impl Wire for Round {
    fn write(&self, w: Writer) -> Writer {
        match self {
            Self::Nil => w.u8(0),
            Self::Some(round) => w.u8(1).u32(*round),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Nil),
            1 => Ok(Self::Some(r.u32()?)),
            got => Err(code("round", got, 1)),
        }
    }
}

impl Wire for NilOrVal<ValueId> {
    fn write(&self, w: Writer) -> Writer {
        match self {
            Self::Nil => w.u8(0),
            Self::Val(id) => id.write(w.u8(1)),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Nil),
            1 => Ok(Self::Val(ValueId::read(r)?)),
            got => Err(code("value of a vote", got, 1)),
        }
    }
}

impl Wire for VoteType {
    fn write(&self, w: Writer) -> Writer {
        w.u8(u8::from(*self == Self::Precommit))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Prevote),
            1 => Ok(Self::Precommit),
            got => Err(code("kind of a vote", got, 1)),
        }
    }
}

impl Wire for Validity {
    fn write(&self, w: Writer) -> Writer {
        w.u8(u8::from(self.is_valid()))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Invalid),
            1 => Ok(Self::Valid),
            got => Err(code("validity", got, 1)),
        }
    }
}

impl Wire for Vote {
    fn write(&self, w: Writer) -> Writer {
        let w = self.round.write(self.height.write(self.kind.write(w)));
        self.voter.write(self.value.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            kind: VoteType::read(r)?,
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            value: NilOrVal::read(r)?,
            voter: Address::read(r)?,
        })
    }
}

impl Wire for Proposal {
    fn write(&self, w: Writer) -> Writer {
        let w = self.value.write(self.round.write(self.height.write(w)));
        self.proposer.write(self.pol_round.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            value: ValueId::read(r)?,
            pol_round: Round::read(r)?,
            proposer: Address::read(r)?,
        })
    }
}

impl<T: Wire> Wire for SignedMessage<AssayContext, T> {
    fn write(&self, w: Writer) -> Writer {
        self.signature.write(self.message.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(T::read(r)?, Signature::read(r)?))
    }
}

impl Wire for Part {
    fn write(&self, w: Writer) -> Writer {
        let w = self
            .valid_round
            .write(self.round.write(self.height.write(w)));
        let w = write_bytes(self.proposer.write(w), &self.block);
        self.signature.write(w)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            valid_round: Round::read(r)?,
            proposer: Address::read(r)?,
            block: Bytes::copy_from_slice(read_bytes(r, "block", UnverifiedBlock::MAX_BYTES)?),
            signature: Signature::read(r)?,
        })
    }
}

impl Wire for SignedConsensusMsg<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        match self {
            Self::Vote(vote) => vote.write(w.u8(0)),
            Self::Proposal(proposal) => proposal.write(w.u8(1)),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Vote(SignedVote::<AssayContext>::read(r)?)),
            1 => Ok(Self::Proposal(SignedProposal::<AssayContext>::read(r)?)),
            got => Err(code("consensus message", got, 1)),
        }
    }
}

impl Wire for PolkaSignature<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        self.signature.write(self.address.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(Address::read(r)?, Signature::read(r)?))
    }
}

impl Wire for PolkaCertificate<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let w = self.value_id.write(self.round.write(self.height.write(w)));
        write_all(w, &self.polka_signatures)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            value_id: ValueId::read(r)?,
            polka_signatures: read_all(r, "signatures of a polka", MAX_SIGNATURES)?,
        })
    }
}

impl Wire for RoundSignature<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let w = self.value_id.write(self.vote_type.write(w));
        self.signature.write(self.address.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(
            VoteType::read(r)?,
            NilOrVal::read(r)?,
            Address::read(r)?,
            Signature::read(r)?,
        ))
    }
}

impl Wire for RoundCertificate<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let kind = u8::from(matches!(self.cert_type, RoundCertificateType::Precommit));
        let w = self.round.write(self.height.write(w)).u8(kind);
        write_all(w, &self.round_signatures)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            cert_type: match r.u8()? {
                0 => RoundCertificateType::Skip,
                1 => RoundCertificateType::Precommit,
                got => return Err(code("kind of a round certificate", got, 1)),
            },
            round_signatures: read_all(r, "signatures of a round", MAX_SIGNATURES)?,
        })
    }
}

impl Wire for LivenessMsg<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        match self {
            Self::Vote(vote) => vote.write(w.u8(0)),
            Self::PolkaCertificate(certificate) => certificate.write(w.u8(1)),
            Self::SkipRoundCertificate(certificate) => certificate.write(w.u8(2)),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Vote(SignedVote::<AssayContext>::read(r)?)),
            1 => Ok(Self::PolkaCertificate(PolkaCertificate::read(r)?)),
            2 => Ok(Self::SkipRoundCertificate(RoundCertificate::read(r)?)),
            got => Err(code("liveness message", got, 2)),
        }
    }
}

impl Wire for StreamMessage<Part> {
    fn write(&self, w: Writer) -> Writer {
        let w = write_bytes(w, &self.stream_id.to_bytes()).u64(self.sequence);
        match &self.content {
            StreamContent::Fin => w.u8(0),
            StreamContent::Data(part) => part.write(w.u8(1)),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let id = Bytes::copy_from_slice(read_bytes(r, "stream id", MAX_STREAM_ID_BYTES)?);
        let sequence = r.u64()?;
        let content = match r.u8()? {
            0 => StreamContent::Fin,
            1 => StreamContent::Data(Part::read(r)?),
            got => return Err(code("content of a stream", got, 1)),
        };
        Ok(Self::new(StreamId::new(id), sequence, content))
    }
}
