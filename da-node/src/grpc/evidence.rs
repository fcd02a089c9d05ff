//! `GetEvidence`: what convicts validators of contradicting themselves.

use crate::Result;
use crate::state::State;
use bytes::Bytes;
use chain::{UnverifiedEquivocation, ValidatorAddress};
use proto::{MAX_GET_EVIDENCE, read, v1};

/// The evidence of one validator or of all.
pub(super) fn get(
    state: &State,
    request: &v1::GetEvidenceRequest,
) -> Result<v1::GetEvidenceResponse> {
    let of = match &request.validator {
        None => None,
        Some(address) => {
            let address = &address[..];
            Some(read("validator", address, ValidatorAddress::from_slice)?)
        }
    };
    let found = state.store.evidence(of, MAX_GET_EVIDENCE)?;
    Ok(v1::GetEvidenceResponse {
        equivocations: found.iter().map(describe).collect(),
    })
}

fn describe(equivocation: &UnverifiedEquivocation) -> v1::Equivocation {
    v1::Equivocation {
        evidence: equivocation.encode().into(),
        validator: Bytes::copy_from_slice(equivocation.validator.as_bytes()),
        height: equivocation.at.height.get(),
        round: equivocation.at.round.get(),
        what: equivocation.contradiction.name().into(),
    }
}
