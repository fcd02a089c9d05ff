//! What validators prove and ask of one another beside voting.

use super::super::context::{Address, AssayContext, BlockHeight, Signature, ValueId};
use super::{
    CodecError, MAX_KEY_BYTES, MAX_PEER_ID_BYTES, MAX_SIGNATURES, MAX_SYNC_VALUES, Result, Wire,
    read_all, read_bytes, write_all, write_bytes,
};
use bytes::Bytes;
use chain::UnverifiedBlock;
use malachite::app::types::PeerId;
use malachite::app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature, Round, ValidatorProof,
};
use malachite::app::types::sync::{RawDecidedValue, Request, Response, Status};
use malachite_sync::{ValueRequest, ValueResponse};
use types::{Reader, Writer};

impl Wire for ValidatorProof<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let w = write_bytes(write_bytes(w, &self.public_key), &self.peer_id);
        self.signature.write(w)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(
            read_bytes(r, "public key", MAX_KEY_BYTES)?.to_vec(),
            read_bytes(r, "peer id", MAX_PEER_ID_BYTES)?.to_vec(),
            Signature::read(r)?,
        ))
    }
}

impl Wire for Status<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let w = write_bytes(w, &self.peer_id.to_bytes());
        self.history_min_height.write(self.tip_height.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let id = read_bytes(r, "peer id", MAX_PEER_ID_BYTES)?;
        Ok(Self {
            peer_id: PeerId::from_bytes(id).map_err(|_| CodecError::PeerId { got: id.len() })?,
            tip_height: BlockHeight::read(r)?,
            history_min_height: BlockHeight::read(r)?,
        })
    }
}

impl Wire for Request<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let Self::ValueRequest(request) = self;
        request.range.end().write(request.range.start().write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let (start, end) = (BlockHeight::read(r)?, BlockHeight::read(r)?);
        Ok(Self::ValueRequest(ValueRequest::new(start..=end)))
    }
}

impl Wire for ExtendedCommitSignature<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        self.signature.write(self.address.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(Address::read(r)?, Signature::read(r)?, None))
    }
}

impl Wire for RawDecidedValue<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let c = &self.certificate;
        let w = write_bytes(w, &self.value_bytes);
        let w = c.value_id.write(c.round.write(c.height.write(w)));
        write_all(w, &c.commit_signatures)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let value = read_bytes(r, "block", UnverifiedBlock::MAX_BYTES)?;
        let certificate = ExtendedCommitCertificate {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            value_id: ValueId::read(r)?,
            commit_signatures: read_all(r, "signatures of a commit", MAX_SIGNATURES)?,
        };
        Ok(Self::new(Bytes::copy_from_slice(value), certificate))
    }
}

impl Wire for Response<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let Self::ValueResponse(response) = self;
        write_all(response.start_height.write(w), &response.values)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let start = BlockHeight::read(r)?;
        let values = read_all(r, "values of a response", MAX_SYNC_VALUES)?;
        Ok(Self::ValueResponse(ValueResponse::new(start, values)))
    }
}
