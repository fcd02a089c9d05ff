//! `GetHeader`, `SubscribeHeaders` and `GetValidatorSet`: what is final, and by whom.

use super::outbox::{Gone, Outbox};
use super::{Answers, Service};
use crate::state::State;
use crate::store::StoredBlock;
use crate::{Error, Result};
use bytes::Bytes;
use proto::v1::get_header_request::Header as Wanted;
use proto::{read, v1};
use std::sync::Arc;
use types::{HeaderHash, Height, SetHash};

/// What is out of range when a height is zero.
pub(super) const HEIGHT: &str = "height";

/// Reads a height that a block can have.
pub(super) fn height(field: &'static str, value: u64) -> Result<Height> {
    let height = read(field, &value, |value| match *value {
        0 => Err(types::Error::OutOfRange {
            what: HEIGHT,
            got: 0,
            min: 1,
            max: u64::MAX,
        }),
        height => Ok(Height::new(height)),
    })?;
    Ok(height)
}

/// The final block at a height.
pub(super) fn block(state: &State, height: Height) -> Result<StoredBlock> {
    let last = *state.tip.borrow();
    let block = state.store.block(height)?;
    block.ok_or(Error::UnknownHeight { got: height, last })
}

/// One header.
pub(super) fn get(state: &State, request: v1::GetHeaderRequest) -> Result<v1::HeaderResponse> {
    let wanted = request
        .header
        .ok_or(proto::Error::Missing { field: "header" })?;
    let height = match wanted {
        Wanted::Height(value) => height("height", value)?,
        // Before the first block the newest header is the one to come.
        Wanted::Latest(_) => (*state.tip.borrow()).max(Height::FIRST),
        Wanted::Hash(hash) => {
            let hash = read("hash", &hash[..], HeaderHash::from_slice)?;
            let found = state.store.height_of(&hash)?;
            found.ok_or(Error::UnknownHeader(hash))?
        }
    };
    Ok(answer(&block(state, height)?))
}

fn answer(block: &StoredBlock) -> v1::HeaderResponse {
    let header = block.block.header;
    v1::HeaderResponse {
        header: header.encode().into(),
        finality: block.finality.encode().into(),
        hash: Bytes::copy_from_slice(header.hash().as_bytes()),
        fields: Some((&header).into()),
    }
}

/// Follows headers, from a height or from the next one to become final.
pub(super) fn subscribe(
    service: &Service,
    request: v1::SubscribeHeadersRequest,
) -> Result<Answers<v1::HeaderResponse>> {
    let from = request.from_height;
    let from = from.map(|from| height("from_height", from)).transpose()?;
    let permit = service.subscribe()?;

    let tip = service.state.tip.subscribe();
    let next = from.or_else(|| tip.borrow().next());
    let (outbox, answers) = Outbox::open();
    let state = Arc::clone(&service.state);
    service.state.tasks.spawn(async move {
        match follow(&state, next, tip, &outbox).await {
            Ok(()) => {}
            Err(error) => outbox.fail(&error).await,
        }
        drop(permit);
    });
    Ok(answers)
}

/// Sends headers until the subscriber leaves.
async fn follow(
    state: &State,
    mut next: Option<Height>,
    mut tip: tokio::sync::watch::Receiver<Height>,
    outbox: &Outbox<v1::HeaderResponse>,
) -> Result<()> {
    while let Some(height) = next {
        let reached = tokio::select! {
            () = outbox.closed() => return Ok(()),
            () = state.stop.cancelled() => return Err(Error::Stopping),
            reached = tip.wait_for(|tip| *tip >= height) => reached.is_ok(),
        };
        if !reached {
            return Err(Error::Stopping);
        }
        if let Err(Gone) = outbox.send(answer(&block(state, height)?)).await {
            return Ok(());
        }
        next = height.next();
    }
    Ok(())
}

/// A validator set: the one with a hash, or that of the next block.
pub(super) fn validator_set(
    state: &State,
    request: &v1::GetValidatorSetRequest,
) -> Result<v1::GetValidatorSetResponse> {
    let set = match &request.hash {
        None => state.validators(),
        Some(hash) => {
            let hash = read("hash", &hash[..], SetHash::from_slice)?;
            state.store.set(&hash)?.ok_or(Error::UnknownSet(hash))?
        }
    };
    Ok(v1::GetValidatorSetResponse {
        set: set.encode().into(),
        hash: Bytes::copy_from_slice(set.hash().as_bytes()),
        validators: set
            .iter()
            .map(|(_, validator)| v1::ValidatorFields {
                address: Bytes::copy_from_slice(validator.address().as_bytes()),
                public_key: Bytes::copy_from_slice(validator.key().to_bytes().as_bytes()),
                weight: validator.weight().get(),
            })
            .collect(),
        total_weight: set.total_weight().get(),
    })
}
