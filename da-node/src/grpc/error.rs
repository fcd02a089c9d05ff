//! From the node's errors to statuses with a typed half.

use crate::Error;
use bytes::Bytes;
use prost::Message as _;
use proto::v1::{ErrorDetail, ErrorReason as Reason};
use tonic::{Code, Status};

/// When to try again what fails only for the moment.
const SOON_MS: u64 = 1_000;
/// When a disk that is full may have room again: it takes an operator, or blobs that expire.
const ROOM_MS: u64 = 60_000;

/// The status that tells a caller of an error.
pub(super) fn status(error: &Error) -> Status {
    let (code, reason, retry_after_ms) = classify(error);
    if code == Code::Internal {
        tracing::error!(%error, "call failed");
    }
    let (got, expected) = got_expected(error);
    with_detail(
        code,
        error.to_string(),
        &ErrorDetail {
            reason: reason.into(),
            got,
            expected,
            peer_fault: matches!(
                code,
                Code::InvalidArgument
                    | Code::NotFound
                    | Code::OutOfRange
                    | Code::Unauthenticated
                    | Code::PermissionDenied
            ) || matches!(error, Error::Quota { .. } | Error::PrunedBlob { .. }),
            retry_after_ms,
            pruned_at_ms: match error {
                Error::PrunedBlob { at, .. } => at.get(),
                _ => 0,
            },
        },
    )
}

/// The status for a request stream that broke: cut off, or with a message that is none or too
/// large.
pub(super) fn broken_stream(problem: &Status) -> Status {
    let too_large = problem.code() == Code::OutOfRange;
    let (reason, expected) = if too_large {
        (Reason::OutOfBounds, "messages of at most 2 MiB")
    } else {
        (Reason::Stream, "a header and as many bytes as it announces")
    };
    with_detail(
        if too_large {
            Code::OutOfRange
        } else {
            Code::InvalidArgument
        },
        format!("stream: {}", problem.message()),
        &ErrorDetail {
            reason: reason.into(),
            got: problem.message().into(),
            expected: expected.into(),
            peer_fault: true,
            retry_after_ms: 0,
            pruned_at_ms: 0,
        },
    )
}

fn with_detail(code: Code, message: String, detail: &ErrorDetail) -> Status {
    Status::with_details(code, message, Bytes::from(detail.encode_to_vec()))
}

fn classify(error: &Error) -> (Code, Reason, u64) {
    match error {
        Error::Busy { retry_after_ms, .. } => {
            (Code::ResourceExhausted, Reason::Busy, *retry_after_ms)
        }
        Error::Quota { retry_after_ms, .. } => {
            (Code::ResourceExhausted, Reason::Quota, *retry_after_ms)
        }
        Error::Unauthenticated { .. } => (Code::Unauthenticated, Reason::Unauthenticated, 0),
        Error::Forbidden { .. } => (Code::PermissionDenied, Reason::Forbidden, 0),
        Error::Stream { .. } => (Code::InvalidArgument, Reason::Stream, 0),
        Error::PayloadLength { .. } => (Code::InvalidArgument, Reason::LengthMismatch, 0),
        Error::BlobId { .. } => (Code::InvalidArgument, Reason::BlobIdMismatch, 0),
        Error::UnknownBlob(_)
        | Error::NoSuchBlob { .. }
        | Error::UnknownHeader(_)
        | Error::UnknownSet(_) => (Code::NotFound, Reason::Unknown, 0),
        // It was there: whoever asks must not take it for a mistyped id.
        Error::PrunedBlob { .. } => (Code::FailedPrecondition, Reason::Pruned, 0),
        Error::NoRoom { .. } => (Code::ResourceExhausted, Reason::NoRoom, ROOM_MS),
        Error::UnknownHeight { .. } => (Code::OutOfRange, Reason::NotYet, 0),
        Error::NotFinal { state, .. } => {
            let over = matches!(*state, "expired" | "failed");
            let retry = if over { 0 } else { SOON_MS };
            (Code::FailedPrecondition, Reason::NotYet, retry)
        }
        Error::IncompleteBlob { .. } | Error::LackingCells { .. } => {
            (Code::Unavailable, Reason::Unavailable, SOON_MS)
        }
        Error::Stopping => (Code::Unavailable, Reason::Stopping, SOON_MS),
        Error::Unfit { .. } | Error::StoreFailed { .. } => {
            (Code::Unavailable, Reason::Unavailable, 0)
        }
        Error::OtherApproval { .. } => (Code::FailedPrecondition, Reason::Conflict, 0),
        Error::Chain(error) => of_rule(error),
        Error::Types(error) => of_noun(error),
        Error::Proto(error) => of_message(error),
        Error::Erasure(error) => of_payload(error),
        Error::Commitments(error) if error.is_peer_fault() => {
            (Code::InvalidArgument, Reason::Proofs, 0)
        }
        _ => (Code::Internal, Reason::Internal, 0),
    }
}

fn of_noun(error: &types::Error) -> (Code, Reason, u64) {
    use types::Error as Noun;
    let reason = match error {
        Noun::NonCanonicalElement { .. } => Reason::NonCanonical,
        Noun::ReservedNamespace { .. } => Reason::Namespace,
        Noun::Length { what, .. } if *what == "namespace" => Reason::Namespace,
        Noun::Code { .. } => Reason::Code,
        Noun::Length { .. }
        | Noun::OutOfRange { .. }
        | Noun::RawLength { .. }
        | Noun::OutsideGrid { .. } => Reason::OutOfBounds,
        // Nothing that callers send is read into the other nouns.
        _ => return (Code::Internal, Reason::Internal, 0),
    };
    let height = matches!(error, Noun::OutOfRange { what, .. } if *what == super::headers::HEIGHT);
    let code = if height || matches!(error, Noun::OutsideGrid { .. }) {
        Code::OutOfRange
    } else {
        Code::InvalidArgument
    };
    (code, reason, 0)
}

/// What callers send and the chain's rules refuse: changes of the validator set.
fn of_rule(error: &chain::Error) -> (Code, Reason, u64) {
    use chain::Error as Rule;
    match error {
        Rule::Noun(noun) => of_noun(noun),
        Rule::WrongChain { .. } | Rule::WrongSet { .. } | Rule::WrongEpoch { .. } => {
            (Code::FailedPrecondition, Reason::Conflict, 0)
        }
        Rule::OutOfRange { .. } | Rule::EditOrder { .. } | Rule::SameWeight { .. } => {
            (Code::InvalidArgument, Reason::OutOfBounds, 0)
        }
        Rule::PublicKey { .. } | Rule::SignaturePoint { .. } | Rule::Possession { .. } => {
            (Code::InvalidArgument, Reason::Code, 0)
        }
        Rule::NotAMember { .. } | Rule::UnknownValidator { .. } => {
            (Code::NotFound, Reason::Unknown, 0)
        }
        Rule::AlreadyAMember { .. } => (Code::AlreadyExists, Reason::Conflict, 0),
        _ => (Code::Internal, Reason::Internal, 0),
    }
}

fn of_message(error: &proto::Error) -> (Code, Reason, u64) {
    match error {
        proto::Error::Field { source, .. } => of_noun(source),
        proto::Error::Count { .. } => (Code::InvalidArgument, Reason::OutOfBounds, 0),
        proto::Error::Code { .. } | proto::Error::Missing { .. } => {
            (Code::InvalidArgument, Reason::Code, 0)
        }
        _ => (Code::InvalidArgument, Reason::Stream, 0),
    }
}

fn of_payload(error: &erasure::ErasureError) -> (Code, Reason, u64) {
    use erasure::ErasureError as Payload;
    match error {
        Payload::RawElement { .. } => (Code::InvalidArgument, Reason::NonCanonical, 0),
        Payload::Noun(noun) => of_noun(noun),
        // Stored rows that do not read back.
        _ => (Code::Internal, Reason::Internal, 0),
    }
}

/// The two sides of the comparison that failed, where there is one.
fn got_expected(error: &Error) -> (String, String) {
    let pair =
        |got: &dyn ToString, expected: &dyn ToString| (got.to_string(), expected.to_string());
    match error {
        Error::Busy { got, max, .. } => pair(got, &format!("at most {max}")),
        Error::Quota { got, max, .. } => pair(got, &format!("at most {max}")),
        Error::NoRoom { got, expected, .. } => pair(
            &format!("{got} free bytes"),
            &format!("at least {expected}"),
        ),
        Error::PrunedBlob { at, .. } => pair(
            &format!("pruned at {at}"),
            &"a blob whose retention is not over",
        ),
        Error::Unauthenticated { got } => pair(got, &"the token of a client"),
        Error::Forbidden { got } => pair(got, &"a caller on the node's own machine"),
        Error::Stream { got, expected } => pair(got, expected),
        Error::PayloadLength { got, expected } => pair(got, expected),
        Error::BlobId { got, expected } => pair(got, expected),
        Error::UnknownHeight { got, last } => pair(got, &format!("1..={last}")),
        Error::NotFinal { state, .. } => pair(state, &"final"),
        Error::OtherApproval { got, expected, .. } => pair(got, expected),
        Error::Chain(chain::Error::WrongSet { got, expected }) => pair(got, expected),
        Error::Chain(chain::Error::WrongEpoch { got, expected }) => pair(got, expected),
        Error::IncompleteBlob { got, expected, .. } | Error::LackingCells { got, expected, .. } => {
            pair(got, expected)
        }
        Error::Types(noun) | Error::Proto(proto::Error::Field { source: noun, .. }) => {
            of_noun_words(noun)
        }
        Error::Proto(proto::Error::Code { got, expected, .. }) => pair(got, expected),
        Error::Proto(proto::Error::Count { got, min, max, .. }) => {
            pair(got, &format!("{min}..={max}"))
        }
        Error::Proto(proto::Error::Missing { field }) => pair(&"nothing", &format!("a {field}")),
        Error::Erasure(erasure::ErasureError::RawElement { row, element }) => pair(
            &format!("element {element} of row {row}"),
            &"elements below the group order",
        ),
        _ => Default::default(),
    }
}

fn of_noun_words(noun: &types::Error) -> (String, String) {
    use types::Error as Noun;
    match noun {
        Noun::Length { got, expected, .. } => (got.to_string(), expected.to_string()),
        Noun::OutOfRange { got, min, max, .. } => (got.to_string(), format!("{min}..={max}")),
        Noun::RawLength { got, row_bytes } => {
            (got.to_string(), format!("a multiple of {row_bytes}"))
        }
        Noun::ReservedNamespace { got } => {
            (got.to_string(), "neither all zeros nor all ones".into())
        }
        Noun::Code { got, max, .. } => (got.to_string(), format!("at most {max}")),
        Noun::OutsideGrid {
            row,
            column,
            dimensions,
        } => (format!("({row}, {column})"), dimensions.to_string()),
        Noun::NonCanonicalElement { got, .. } => (got.clone(), "below the group order".into()),
        _ => Default::default(),
    }
}
