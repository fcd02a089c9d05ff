//! Encodings, bounds, and whether answers answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::rows;
use super::*;
use crate::announcement::Announcement;
use crate::codec::{MAX_LARGE_BYTES, MAX_SMALL_BYTES};
use crate::error::MessageError;
use bytes::Bytes;
use chain::{SigningKey, UnverifiedAvailability, Validator, Weight};
use libp2p::PeerId;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use types::limits::COLUMNS;
use types::{
    BlobMode, Cell, ChainId, ColumnIndex, CommitmentsRoot, GridDimensions, GridRow, Header,
    IndexTree, Namespace, PayloadLength, Proof, Round, Timestamp,
};

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut StdRng::seed_from_u64(seed))
}

fn meta(rows: u64) -> BlobMeta {
    let length = PayloadLength::new(BlobMode::Raw, rows * 131_072).unwrap();
    let commitments = (0..rows)
        .map(|row| Commitment::new([row.to_le_bytes()[0]; 48]))
        .collect();
    BlobMeta::new("net".parse::<Namespace>().unwrap(), length, commitments).unwrap()
}

fn terms(blob: BlobId) -> ReceiptTerms {
    ReceiptTerms {
        chain_id: ChainId::new([1; 32]),
        set: SetHash::new([2; 32]),
        blob,
        accepted_at: Timestamp::new(3),
        expires_at: Timestamp::new(4),
    }
}

fn certificate(blob: BlobId) -> UnverifiedAvailability {
    let signature = terms(blob).sign(&key(1)).signature;
    UnverifiedAvailability {
        terms: terms(blob),
        signers: vec![1],
        signature,
    }
}

fn header(height: u64) -> UnverifiedHeader {
    let header = Header {
        chain_id: ChainId::new([1; 32]),
        height: Height::new(height),
        time: Timestamp::new(9),
        parent: types::HeaderHash::new([3; 32]),
        dimensions: GridDimensions::default(),
        commitments_root: CommitmentsRoot::new([0; 32]),
        index_root: IndexTree::new(vec![]).unwrap().root(),
        validators: SetHash::new([2; 32]),
        next_validators: SetHash::new([2; 32]),
    };
    UnverifiedHeader {
        header,
        finality: finality(&header),
    }
}

fn finality(header: &Header) -> UnverifiedFinality {
    UnverifiedFinality {
        height: header.height,
        round: Round::new(0),
        header: header.hash(),
        set: header.validators,
        signers: vec![1],
        signature: terms(BlobId::new([0; 32])).sign(&key(1)).signature,
    }
}

fn cell(rng: &mut StdRng) -> (Cell, Proof) {
    let mut bytes = [0; Cell::BYTES];
    rng.fill(&mut bytes[..]);
    // Each element's topmost byte zero: canonical.
    bytes.chunks_mut(32).for_each(|element| element[0] = 0);
    (
        Cell::from_slice(&bytes).unwrap(),
        Proof::new(rng.random::<[u8; 32]>().repeat(2)[..48].try_into().unwrap()),
    )
}

fn row_cells(rows: std::ops::Range<u64>, step: usize) -> Vec<RowCells> {
    let mut rng = rng();
    rows.map(|row| RowCells {
        row: RowIndex::new(row).unwrap(),
        cells: ColumnIndex::all()
            .step_by(step)
            .map(|column| {
                let (cell, proof) = cell(&mut rng);
                RowCell {
                    column,
                    cell,
                    proof,
                }
            })
            .collect(),
    })
    .collect()
}

fn coordinates(n: u64) -> Vec<Coordinates> {
    (0..n)
        .map(|i| Coordinates {
            row: GridRow::Parity(RowIndex::new(i).unwrap()),
            column: ColumnIndex::new(i).unwrap(),
        })
        .collect()
}

fn sample(at: Coordinates) -> UnverifiedCell {
    let (cell, proof) = cell(&mut rng());
    UnverifiedCell { at, cell, proof }
}

fn disperse(rows: std::ops::Range<u64>) -> Disperse {
    let meta = meta(16);
    Disperse {
        terms: terms(meta.id()),
        meta,
        rows: row_cells(rows, 1),
    }
}

/// One of each.
fn requests() -> Vec<Request> {
    vec![
        Request::Genesis,
        Request::LatestHeader,
        Request::Headers {
            from: Height::new(5),
            count: 64,
        },
        Request::ValidatorSet {
            hash: SetHash::new([4; 32]),
        },
        Request::Commitments {
            height: Height::new(u64::MAX),
        },
        Request::Samples {
            height: Height::new(1),
            coordinates: coordinates(64),
        },
        Request::BlobMeta {
            id: BlobId::new([5; 32]),
        },
        Request::BlobCells {
            id: BlobId::new([5; 32]),
            first: RowIndex::new(3).unwrap(),
            count: 16,
            columns: ColumnSet::full(),
        },
        Request::Disperse(disperse(0..16)),
        Request::Receipt {
            terms: terms(BlobId::new([5; 32])),
        },
        Request::Certificates,
        Request::Blocks {
            from: Height::new(5),
            count: 8,
        },
        Request::Holdings {
            height: Height::new(u64::MAX),
        },
        Request::Peers,
        Request::Contact,
        Request::Approvals,
    ]
}

/// Each with a request that it answers.
fn answered() -> Vec<(Request, Response)> {
    let set = ValidatorSet::new(vec![Validator::new(key(1).public_key(), Weight::new(1))]).unwrap();
    let id = meta(3).id();
    let receipt = terms(id).sign(&key(1));
    let block = |height| {
        let header = header(height).header;
        let block = UnverifiedBlock {
            header,
            references: vec![],
            set_change: None,
        };
        (block, finality(&header))
    };
    vec![
        (
            Request::Genesis,
            Response::Genesis(Bytes::from_static(b"genesis")),
        ),
        (Request::LatestHeader, Response::LatestHeader(header(9))),
        (
            Request::Headers {
                from: Height::new(5),
                count: 3,
            },
            Response::Headers(vec![header(5), header(6)]),
        ),
        (
            Request::ValidatorSet { hash: set.hash() },
            Response::ValidatorSet(set),
        ),
        (
            Request::Commitments {
                height: Height::new(5),
            },
            Response::Commitments(vec![Commitment::new([8; 48]); 256]),
        ),
        (
            Request::Samples {
                height: Height::new(5),
                coordinates: coordinates(64),
            },
            Response::Samples(coordinates(64).into_iter().map(sample).collect()),
        ),
        (Request::BlobMeta { id }, Response::BlobMeta(meta(3))),
        (
            Request::BlobCells {
                id,
                first: RowIndex::new(2).unwrap(),
                count: 16,
                columns: ColumnSet::full(),
            },
            Response::BlobCells(row_cells(2..18, 1)),
        ),
        (
            Request::Disperse(disperse(0..1)),
            Response::Dispersed {
                receipt: Some(receipt),
            },
        ),
        (
            Request::Receipt { terms: terms(id) },
            Response::Receipt(receipt),
        ),
        (
            Request::Certificates,
            Response::Certificates(vec![(meta(3), certificate(id)); 256]),
        ),
        (
            Request::Blocks {
                from: Height::new(5),
                count: 8,
            },
            Response::Blocks(vec![block(5), block(6)]),
        ),
        (
            Request::Holdings {
                height: Height::FIRST,
            },
            Response::Holdings(holdings::tests::every_row()),
        ),
        (
            Request::Peers,
            Response::Peers((0..MAX_PEERS).map(|_| peers::tests::address()).collect()),
        ),
        (Request::Contact, Response::Contact(peers::tests::address())),
        (
            Request::Approvals,
            Response::Approvals(vec![approvals::tests::longest(); MAX_CHANGES]),
        ),
        (Request::LatestHeader, Response::NotFound),
        (Request::LatestHeader, Response::Pruned),
        (
            Request::LatestHeader,
            Response::Busy {
                retry_after_ms: u32::MAX,
            },
        ),
        (
            Request::LatestHeader,
            Response::Refused {
                reason: "no".to_owned(),
            },
        ),
    ]
}

#[test]
fn requests_survive_the_wire_within_their_bounds() {
    for request in requests() {
        let bytes = Ask::Request(request.clone()).encode();
        let max = match request {
            Request::Disperse(_) => MAX_LARGE_BYTES,
            _ => MAX_SMALL_BYTES,
        };
        assert!(bytes.len() <= max, "{}: {}", request.name(), bytes.len());
        let Ask::Request(read) = Ask::decode(bytes.into()).unwrap() else {
            panic!("{} became a Hello", request.name());
        };
        assert_eq!(format!("{read:?}"), format!("{request:?}"));
    }
}

#[test]
fn the_largest_small_requests_are_far_below_their_bound() {
    let widest = Coordinates {
        row: GridRow::Parity(RowIndex::new(255).unwrap()),
        column: ColumnIndex::new(127).unwrap(),
    };
    let samples = Request::Samples {
        height: Height::new(u64::MAX),
        coordinates: vec![widest; MAX_SAMPLES],
    };
    let chain_id = ChainId::new([1; 32]);
    let hello = crate::hello::Hello {
        chain_id,
        role: crate::config::Role::Full,
        binding: Some(crate::identity::Binding::sign(
            &key(1),
            &chain_id,
            &PeerId::random(),
        )),
        tip: Height::new(u64::MAX),
    };
    for ask in [Ask::Request(samples), Ask::Hello(hello)] {
        let bytes = ask.encode().len();
        assert!(2 * bytes <= MAX_SMALL_BYTES, "{bytes}");
    }
}

#[test]
fn parity_cells_are_charged_for_their_work_and_data_cells_are_not() {
    let samples = |coordinates| Request::Samples {
        height: Height::FIRST,
        coordinates,
    };
    let data = Coordinates {
        row: GridRow::Data(RowIndex::FIRST),
        column: ColumnIndex::new(3).unwrap(),
    };
    assert_eq!(samples(vec![data; 64]).work(), 0);
    assert_eq!(Request::Genesis.work(), 0);
    let mut mixed = coordinates(2);
    mixed.push(data);
    assert_eq!(samples(mixed).work(), 2 * 16 * (2_048 + 48));
}

#[test]
fn answers_survive_the_wire_within_the_bounds_of_their_questions() {
    for (request, response) in answered() {
        let question = Question::of(&Ask::Request(request));
        let bytes = Answer::Response(response.clone()).encode();
        let max = question.max_answer_bytes();
        assert!(bytes.len() <= max, "{}: {}", response.name(), bytes.len());
        let read = Answer::decode(bytes.into()).unwrap();
        question.check(PeerId::random(), &read).unwrap();
        let Answer::Response(read) = read else {
            panic!("{} became a Hello", response.name());
        };
        assert_eq!(format!("{read:?}"), format!("{response:?}"));
    }
}

#[test]
fn bad_input_answers_of_another_kind_are_wrong() {
    // Whoever is asked may decline, so the answers after these fit any question.
    const KINDS: usize = 16;
    for (i, (request, _)) in answered().into_iter().take(KINDS).enumerate() {
        let question = Question::of(&Ask::Request(request));
        for (j, (_, response)) in answered().into_iter().enumerate() {
            let is_right = i == j || j >= KINDS;
            let result = question.check(PeerId::random(), &Answer::Response(response));
            assert_eq!(result.is_ok(), is_right, "{question:?} answered by {j}");
        }
    }
}

fn is_wrong(request: Request, response: Response) -> bool {
    let question = Question::of(&Ask::Request(request));
    let result = question.check(PeerId::random(), &Answer::Response(response));
    matches!(result, Err(error) if error.is_peer_fault())
}

#[test]
fn bad_input_answers_beside_the_question_are_wrong() {
    let headers = |heights: &[u64]| {
        let request = Request::Headers {
            from: Height::new(5),
            count: 2,
        };
        let headers = heights.iter().copied().map(header).collect();
        is_wrong(request, Response::Headers(headers))
    };
    assert!(!headers(&[5]) && !headers(&[5, 6]));
    assert!(headers(&[]) && headers(&[6]) && headers(&[5, 7]) && headers(&[5, 6, 7]));

    let samples = |asked: u64, got: Vec<Coordinates>| {
        let request = Request::Samples {
            height: Height::new(1),
            coordinates: coordinates(asked),
        };
        let cells = got.into_iter().map(sample).collect();
        is_wrong(request, Response::Samples(cells))
    };
    assert!(!samples(3, vec![]) && !samples(3, coordinates(2)));
    assert!(samples(2, coordinates(3)));
    assert!(samples(2, [coordinates(1), coordinates(1)].concat()));

    let cells = |rows| {
        let columns = ColumnIndex::all()
            .step_by(2)
            .fold(ColumnSet::empty(), ColumnSet::with);
        let request = Request::BlobCells {
            id: BlobId::new([0; 32]),
            first: RowIndex::new(2).unwrap(),
            count: 2,
            columns,
        };
        is_wrong(request, Response::BlobCells(rows))
    };
    assert!(!cells(row_cells(2..4, 2)) && !cells(row_cells(3..4, 4)));
    assert!(cells(row_cells(1..3, 2)) && cells(row_cells(4..5, 2)) && cells(row_cells(2..3, 1)));

    let id = meta(2).id();
    assert!(is_wrong(
        Request::BlobMeta { id },
        Response::BlobMeta(meta(3))
    ));
    let set = ValidatorSet::new(vec![Validator::new(key(1).public_key(), Weight::new(1))]).unwrap();
    let hash = SetHash::new([0; 32]);
    assert!(is_wrong(
        Request::ValidatorSet { hash },
        Response::ValidatorSet(set)
    ));
}

#[test]
fn bad_input_requests_outside_their_bounds() {
    let height = Height::new(1);
    let blob_cells = |count, columns| Request::BlobCells {
        id: BlobId::new([0; 32]),
        first: RowIndex::FIRST,
        count,
        columns,
    };
    let of_another_blob = Disperse {
        terms: terms(meta(3).id()),
        ..disperse(0..1)
    };
    let mut backwards = disperse(0..2);
    backwards.rows.reverse();
    let mut twice = disperse(0..1);
    twice.rows[0].cells[1].column = twice.rows[0].cells[0].column;
    let bad = [
        Request::Headers {
            from: height,
            count: 0,
        },
        Request::Headers {
            from: height,
            count: 65,
        },
        Request::Blocks {
            from: height,
            count: 0,
        },
        Request::Blocks {
            from: height,
            count: 9,
        },
        Request::Samples {
            height,
            coordinates: vec![],
        },
        Request::Samples {
            height,
            coordinates: coordinates(65),
        },
        blob_cells(0, ColumnSet::full()),
        blob_cells(1, ColumnSet::empty()),
        blob_cells(17, ColumnSet::full()),
        blob_cells(u16::MAX, ColumnSet::full()),
        Request::Disperse(disperse(0..0)),
        Request::Disperse(disperse(0..17)),
        Request::Disperse(disperse(16..17)),
        Request::Disperse(of_another_blob),
        Request::Disperse(backwards),
        Request::Disperse(twice),
    ];
    for request in bad {
        assert!(request.check().is_err(), "{}", request.name());
        // The fixed layout has no way to say a column twice: it reads as another length.
        let read = Ask::decode(Ask::Request(request.clone()).encode().into());
        assert!(read.is_err(), "{} passed the wire", request.name());
    }
}

#[test]
fn bad_input_rows_cut_short_or_with_cells_to_spare() {
    let bytes = rows::encode(&row_cells(0..2, 64));
    assert_eq!(rows::decode("rows", &bytes).unwrap(), row_cells(0..2, 64));
    for end in [1, 2, 17, 18, 19, bytes.len() / 2 + 1, bytes.len() - 1] {
        let error = rows::decode("rows", &bytes[..end]).unwrap_err();
        assert!(
            matches!(
                error,
                MessageError::Wire(proto::Error::Field { field: "rows", .. })
            ),
            "cut at {end}: {error}"
        );
    }
    let too_many = rows::encode(&row_cells(0..17, 1));
    assert_eq!(17 * COLUMNS, MAX_CELLS + COLUMNS);
    assert!(matches!(
        rows::decode("rows", &too_many),
        Err(MessageError::Wire(proto::Error::Count { got: 2176, .. }))
    ));
}

#[test]
fn bad_input_certificates_of_another_blob() {
    let (one, two) = (meta(1), meta(2));
    let response = Response::Certificates(vec![(one.clone(), certificate(two.id()))]);
    let read = Answer::decode(Answer::Response(response).encode().into());
    assert!(matches!(read, Err(MessageError::Mismatch { .. })));

    let announcement = |meta: &BlobMeta, blob: &BlobMeta| Announcement::Certified {
        meta: meta.clone(),
        certificate: certificate(blob.id()),
    };
    assert!(Announcement::decode(announcement(&one, &one).encode()).is_ok());
    assert!(Announcement::decode(announcement(&one, &two).encode()).is_err());
}

#[test]
fn bad_input_frames_of_garbage_never_panic() {
    let mut rng = rng();
    let samples: Vec<Vec<u8>> = requests()
        .into_iter()
        .map(|request| Ask::Request(request).encode())
        .chain(
            answered()
                .into_iter()
                .map(|(_, r)| Answer::Response(r).encode()),
        )
        .collect();
    let mut refused = 0;
    for round in 0..4_000 {
        let mut bytes = samples[round % samples.len()].clone();
        bytes.truncate(4_096);
        for _ in 0..rng.random_range(1..8) {
            let at = rng.random_range(0..bytes.len().clamp(1, 64));
            if let Some(byte) = bytes.get_mut(at) {
                *byte = rng.random();
            }
        }
        bytes.truncate(rng.random_range(0..=bytes.len()));
        let bytes = Bytes::from(bytes);
        refused += usize::from(Ask::decode(bytes.clone()).is_err());
        refused += usize::from(Answer::decode(bytes.clone()).is_err());
        refused += usize::from(Announcement::decode(bytes.to_vec()).is_err());
    }
    assert!(refused > 8_000, "{refused}");
}

#[test]
fn reasons_are_cut_between_characters() {
    let reason = "é".repeat(150);
    let bytes = Answer::Response(Response::Refused { reason }).encode();
    let Answer::Response(Response::Refused { reason }) = Answer::decode(bytes.into()).unwrap()
    else {
        panic!("not a refusal");
    };
    assert_eq!(reason, "é".repeat(100));
}
