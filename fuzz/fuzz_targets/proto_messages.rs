//! Messages of the gRPC API and between nodes, and their way into nouns.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prost::Message;
use proto::{Submission, p2p, v1};
use std::fmt::Debug;
use types::{Coordinates, UnverifiedCell};

fuzz_target!(|input: &[u8]| {
    let Some((which, bytes)) = input.split_first() else {
        return;
    };
    match which {
        0 => noun::<v1::Coordinates, Coordinates>(bytes, |noun| (*noun).into()),
        1 => noun::<p2p::Coordinates, Coordinates>(bytes, |noun| (*noun).into()),
        2 => noun::<v1::Cell, UnverifiedCell>(bytes, |noun| noun.into()),
        3 => noun::<p2p::Cell, UnverifiedCell>(bytes, |noun| noun.into()),
        4 => noun::<v1::SubmitBlobHeader, Submission>(bytes, |noun| noun.into()),
        5 => {
            if let Ok(message) = v1::BlobHeader::decode(bytes)
                && let Ok(submission) = Submission::try_from(&message)
            {
                assert!(submission.expected.is_some());
            }
        }
        6 => message::<p2p::Request>(bytes),
        7 => message::<p2p::Response>(bytes),
        8 => message::<p2p::Announcement>(bytes),
        9 => message::<v1::SubmitBlobRequest>(bytes),
        10 => message::<v1::GetHeaderRequest>(bytes),
        11 => message::<v1::GetCellsRequest>(bytes),
        _ => {
            if let Ok(status) = v1::BlobStatus::decode(bytes) {
                let _ = proto::client::Status::try_from(status);
            }
        }
    }
});

/// A noun that was read from a message is read again from its own message.
fn noun<M: Message + Default, N: TryFrom<M, Error: Debug> + PartialEq + Debug>(
    bytes: &[u8],
    back: impl Fn(&N) -> M,
) {
    if let Ok(wire) = M::decode(bytes)
        && let Ok(noun) = N::try_from(wire)
    {
        let again = M::decode(&back(&noun).encode_to_vec()[..]).unwrap();
        assert_eq!(N::try_from(again).unwrap(), noun);
    }
}

fn message<M: Message + Default + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(message) = M::decode(bytes) {
        assert_eq!(M::decode(&message.encode_to_vec()[..]).unwrap(), message);
    }
}
