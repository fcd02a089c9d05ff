//! Every message type: what is written reads back, and nothing else reads.

use crate::consensus::codec::{CodecError, Undecided, WireCodec};
use crate::consensus::context::{
    Address, AssayContext, BlockHeight, Part, Proposal, Signature, ValueId, Vote,
};
use bytes::Bytes;
use chain::UnverifiedBlock;
use malachite::app::consensus::{LivenessMsg, SignedConsensusMsg};
use malachite::app::streaming::StreamContent;
use malachite::app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal, PolkaCertificate, PolkaSignature,
    Round, RoundCertificate, RoundCertificateType, RoundSignature, SignedMessage, ValidatorProof,
    Validity, VoteType,
};
use malachite::app::types::streaming::{StreamId, StreamMessage};
use malachite::app::types::sync::{RawDecidedValue, Request, Response, Status};
use malachite::app::types::{Keypair, PeerId, ProposedValue};
use malachite_codec::{Codec, HasEncodedLen};
use malachite_sync::{ValueRequest, ValueResponse};
use proptest::prelude::*;
use std::fmt::Debug;
use types::{HeaderHash, Height};

const ADDRESS: Address = Address([7; 20]);
const SIGNATURE: Signature = Signature([9; 96]);
const VALUE: ValueId = ValueId(HeaderHash::new([3; 32]));

fn height(h: u64) -> BlockHeight {
    BlockHeight(Height::new(h))
}

fn vote(kind: VoteType, value: NilOrVal<ValueId>) -> SignedMessage<AssayContext, Vote> {
    let (height, round) = (height(5), Round::new(2));
    SignedMessage::new(
        Vote {
            kind,
            height,
            round,
            value,
            voter: ADDRESS,
        },
        SIGNATURE,
    )
}

fn proposal(pol_round: Round) -> SignedMessage<AssayContext, Proposal> {
    let (height, round) = (height(5), Round::new(2));
    let (value, proposer) = (VALUE, ADDRESS);
    SignedMessage::new(
        Proposal {
            height,
            round,
            value,
            pol_round,
            proposer,
        },
        SIGNATURE,
    )
}

fn part() -> Part {
    Part {
        height: height(5),
        round: Round::new(2),
        valid_round: Round::new(1),
        proposer: ADDRESS,
        block: Bytes::from_static(b"block"),
        signature: SIGNATURE,
    }
}

fn polka() -> PolkaCertificate<AssayContext> {
    PolkaCertificate {
        height: height(5),
        round: Round::new(2),
        value_id: VALUE,
        polka_signatures: vec![PolkaSignature::new(ADDRESS, SIGNATURE); 3],
    }
}

fn round_certificate(cert_type: RoundCertificateType) -> RoundCertificate<AssayContext> {
    let nil = RoundSignature::new(VoteType::Prevote, NilOrVal::Nil, ADDRESS, SIGNATURE);
    let val = RoundSignature::new(
        VoteType::Precommit,
        NilOrVal::Val(VALUE),
        ADDRESS,
        SIGNATURE,
    );
    RoundCertificate {
        height: height(5),
        round: Round::new(2),
        cert_type,
        round_signatures: vec![nil, val],
    }
}

fn decided() -> RawDecidedValue<AssayContext> {
    let certificate = ExtendedCommitCertificate {
        height: height(5),
        round: Round::new(2),
        value_id: VALUE,
        commit_signatures: vec![ExtendedCommitSignature::new(ADDRESS, SIGNATURE, None); 3],
    };
    RawDecidedValue::new(Bytes::from_static(b"block"), certificate)
}

fn proposed(validity: Validity) -> ProposedValue<AssayContext> {
    ProposedValue {
        height: height(5),
        round: Round::new(2),
        valid_round: Round::Nil,
        proposer: ADDRESS,
        value: VALUE,
        validity,
    }
}

fn status() -> Status<AssayContext> {
    let key = Keypair::ed25519_from_bytes([1; 32]).unwrap();
    Status {
        peer_id: PeerId::from_bytes(&key.public().to_peer_id().to_bytes()).unwrap(),
        tip_height: height(5),
        history_min_height: height(1),
    }
}

/// Reads back what it wrote; refuses every truncation and one byte too many.
fn strict<T: PartialEq + Debug>(message: &T)
where
    WireCodec: Codec<T, Error = CodecError>,
{
    let bytes = WireCodec.encode(message).unwrap();
    assert_eq!(WireCodec.decode(bytes.clone()).unwrap(), *message);
    for n in 0..bytes.len() {
        let cut: Result<T, _> = WireCodec.decode(bytes.slice(..n));
        assert!(
            matches!(cut, Err(CodecError::Field(_))),
            "{n} of {} bytes read",
            bytes.len()
        );
    }
    let longer: Bytes = [&bytes[..], &[0]].concat().into();
    let read: Result<T, _> = WireCodec.decode(longer);
    let trailing = matches!(
        read,
        Err(CodecError::Field(types::Error::TrailingBytes {
            got: 1,
            ..
        }))
    );
    assert!(trailing, "{read:?}");
}

#[test]
fn votes_and_proposals() {
    for kind in [VoteType::Prevote, VoteType::Precommit] {
        for value in [NilOrVal::Nil, NilOrVal::Val(VALUE)] {
            strict(&SignedConsensusMsg::Vote(vote(kind, value)));
            strict(&LivenessMsg::Vote(vote(kind, value)));
        }
    }
    strict(&SignedConsensusMsg::Proposal(proposal(Round::Nil)));
    strict(&SignedConsensusMsg::Proposal(proposal(Round::new(1))));
}

#[test]
fn certificates() {
    strict(&polka());
    strict(&LivenessMsg::PolkaCertificate(polka()));
    for kind in [RoundCertificateType::Skip, RoundCertificateType::Precommit] {
        strict(&LivenessMsg::SkipRoundCertificate(round_certificate(kind)));
    }
}

#[test]
fn parts_and_streams() {
    strict(&part());
    let id = StreamId::new(Bytes::from_static(b"stream"));
    strict(&StreamMessage::new(
        id.clone(),
        3,
        StreamContent::Data(part()),
    ));
    strict(&StreamMessage::<Part>::new(id, 4, StreamContent::Fin));
}

#[test]
fn stored_values() {
    for validity in [Validity::Valid, Validity::Invalid] {
        strict(&proposed(validity));
        for signature in [None, Some(SIGNATURE)] {
            strict(&Undecided {
                proposed: proposed(validity),
                block: Bytes::from_static(b"block"),
                signature,
            });
        }
    }
    strict(&decided());
}

#[test]
fn sync_messages_and_identities() {
    strict(&status());
    strict(&Request::<AssayContext>::ValueRequest(ValueRequest::new(
        height(2)..=height(9),
    )));
    let response =
        Response::ValueResponse(ValueResponse::new(height(5), vec![decided(), decided()]));
    strict(&response);
    let length = WireCodec.encoded_len(&response).unwrap();
    assert_eq!(length, WireCodec.encode(&response).unwrap().len());
    strict(&ValidatorProof::<AssayContext>::new(
        vec![1; 48],
        vec![2; 38],
        SIGNATURE,
    ));
}

#[test]
fn counts_beyond_the_bound_are_refused_before_they_are_read() {
    let mut bytes = WireCodec.encode(&polka()).unwrap().to_vec();
    let count = bytes.len() - 3 * (20 + 96) - 4;
    bytes[count..count + 4].copy_from_slice(&u32::MAX.to_be_bytes());
    let read: Result<PolkaCertificate<AssayContext>, _> = WireCodec.decode(bytes.into());
    let expected = CodecError::TooMany {
        what: "signatures of a polka",
        got: u32::MAX as usize,
        max: 2048,
    };
    assert_eq!(read.unwrap_err(), expected);
}

#[test]
fn blocks_beyond_the_bound_are_refused() {
    let block = vec![0; UnverifiedBlock::MAX_BYTES + 1].into();
    let bytes = WireCodec.encode(&Part { block, ..part() }).unwrap();
    let read: Result<Part, _> = WireCodec.decode(bytes);
    let expected = CodecError::TooMany {
        what: "block",
        got: UnverifiedBlock::MAX_BYTES + 1,
        max: UnverifiedBlock::MAX_BYTES,
    };
    assert_eq!(read.unwrap_err(), expected);
}

#[test]
fn messages_beyond_the_bound_are_refused_unread() {
    let read: Result<SignedConsensusMsg<AssayContext>, _> = WireCodec.decode(vec![0; 4096].into());
    let expected = CodecError::TooMany {
        what: "consensus message",
        got: 4096,
        max: 512,
    };
    assert_eq!(read.unwrap_err(), expected);
}

#[test]
fn unknown_codes_are_refused() {
    let mut bytes = WireCodec
        .encode(&SignedConsensusMsg::Proposal(proposal(Round::Nil)))
        .unwrap()
        .to_vec();
    bytes[0] = 2;
    let read: Result<SignedConsensusMsg<AssayContext>, _> = WireCodec.decode(bytes.into());
    let expected = types::Error::Code {
        what: "consensus message",
        got: 2,
        max: 1,
    };
    assert_eq!(read.unwrap_err(), CodecError::Field(expected));
}

#[test]
fn a_peer_id_that_is_none_is_refused() {
    let mut bytes = WireCodec.encode(&status()).unwrap().to_vec();
    bytes[4] = 0xff;
    let read: Result<Status<AssayContext>, _> = WireCodec.decode(bytes.into());
    assert_eq!(read.unwrap_err(), CodecError::PeerId { got: 38 });
}

/// Whatever reads at all must be exactly what would have been written.
fn canonical<T>(bytes: &[u8])
where
    WireCodec: Codec<T, Error = CodecError>,
{
    let bytes = Bytes::copy_from_slice(bytes);
    if let Ok(message) = <WireCodec as Codec<T>>::decode(&WireCodec, bytes.clone()) {
        assert_eq!(WireCodec.encode(&message).unwrap(), bytes);
    }
}

proptest! {
    #[test]
    fn garbage_never_panics_and_never_reads_as_something_else(
        bytes in proptest::collection::vec(any::<u8>(), 0..600)
    ) {
        canonical::<Part>(&bytes);
        canonical::<SignedConsensusMsg<AssayContext>>(&bytes);
        canonical::<PolkaCertificate<AssayContext>>(&bytes);
        canonical::<LivenessMsg<AssayContext>>(&bytes);
        canonical::<StreamMessage<Part>>(&bytes);
        canonical::<ValidatorProof<AssayContext>>(&bytes);
        canonical::<Request<AssayContext>>(&bytes);
        canonical::<Response<AssayContext>>(&bytes);
        canonical::<ProposedValue<AssayContext>>(&bytes);
        canonical::<RawDecidedValue<AssayContext>>(&bytes);
        canonical::<Undecided>(&bytes);
    }

    #[test]
    fn flipped_bytes_never_panic_and_never_read_as_the_original(
        at in any::<prop::sample::Index>(), flip in 1..=u8::MAX
    ) {
        let response = Response::ValueResponse(ValueResponse::new(height(5), vec![decided()]));
        let mut bytes = WireCodec.encode(&response).unwrap().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let read: Result<Response<AssayContext>, _> = WireCodec.decode(bytes.into());
        prop_assert_ne!(read.ok(), Some(response));
    }
}
