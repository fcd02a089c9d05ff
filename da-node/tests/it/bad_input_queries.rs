//! Questions about what is not there, or cannot be.

use crate::fixture::{
    Fixture, Refusal, config, detail, genesis, namespace, packed, params, refusal,
};
use bytes::Bytes;
use chain::ChainParams;
use proto::client::{Client, ClientError, Retries, WhichHeader};
use proto::v1::{self, ErrorReason as Reason};
use std::time::Duration;
use tonic::Code;
use types::{
    BlobId, ColumnIndex, Coordinates, GridRow, Header, HeaderHash, Height, RowIndex, SetHash,
    Timestamp,
};

const UNKNOWN: Refusal = Refusal::ours(Code::NotFound, Reason::Unknown);

#[tokio::test(flavor = "multi_thread")]
async fn unknown_names() {
    let fixture = Fixture::start().await;
    let client = &fixture.client;
    let id = BlobId::new([3; 32]);
    assert_eq!(refusal(client.status(id).await), UNKNOWN);
    assert_eq!(refusal(client.watch(id).await), UNKNOWN);
    assert_eq!(refusal(client.fetch(id).await), UNKNOWN);
    assert_eq!(refusal(client.proof(id).await), UNKNOWN);
    let hash = HeaderHash::new([3; 32]);
    assert_eq!(
        refusal(client.header(WhichHeader::Hash(hash)).await),
        UNKNOWN
    );
    assert_eq!(
        refusal(client.validator_set(Some(SetHash::new([3; 32]))).await),
        UNKNOWN
    );
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heights_that_are_not_there() {
    let fixture = Fixture::start().await;
    let client = &fixture.client;
    let (submission, payload) = packed("here", 1, 100);
    let id = fixture.post(&submission, &payload).await;
    let (height, _) = client.await_final(id).await.unwrap();

    let at = Coordinates {
        row: GridRow::Data(RowIndex::new(0).unwrap()),
        column: ColumnIndex::new(0).unwrap(),
    };
    let far = Height::new(1_000_000);
    let not_yet = Refusal::ours(Code::OutOfRange, Reason::NotYet);
    assert_eq!(
        refusal(client.header(WhichHeader::Height(far)).await),
        not_yet
    );
    assert_eq!(
        refusal(client.fetch_at(far, namespace("here")).await),
        not_yet
    );
    assert_eq!(refusal(client.list(namespace("here"), far).await), not_yet);
    assert_eq!(refusal(client.cells(far, &[at]).await), not_yet);

    let none = Height::GENESIS;
    let never = Refusal::ours(Code::OutOfRange, Reason::OutOfBounds);
    assert_eq!(
        refusal(client.header(WhichHeader::Height(none)).await),
        never
    );
    assert_eq!(
        refusal(client.fetch_at(none, namespace("here")).await),
        never
    );
    assert_eq!(refusal(client.list(namespace("here"), none).await), never);
    assert_eq!(refusal(client.cells(none, &[at]).await), never);
    assert_eq!(refusal(client.headers(Some(none)).await), never);

    // A height that is there, and a namespace that is not in it.
    assert_eq!(
        refusal(client.fetch_at(height, namespace("absent")).await),
        UNKNOWN
    );
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_outside_the_grid_and_too_many() {
    let fixture = Fixture::start().await;
    let client = &fixture.client;
    let (submission, payload) = packed("cells", 1, 100);
    let id = fixture.post(&submission, &payload).await;
    let (height, _) = client.await_final(id).await.unwrap();
    let cell = |row: u64| Coordinates {
        row: GridRow::Data(RowIndex::new(row).unwrap()),
        column: ColumnIndex::new(7).unwrap(),
    };
    let outside = Refusal::ours(Code::OutOfRange, Reason::OutOfBounds);
    assert_eq!(
        refusal(client.cells(height, &[cell(0), cell(1)]).await),
        outside
    );
    let bounds = Refusal::ours(Code::InvalidArgument, Reason::OutOfBounds);
    assert_eq!(refusal(client.cells(height, &[]).await), bounds);
    assert_eq!(refusal(client.cells(height, &[cell(0); 257]).await), bounds);
    let kind = v1::GetCellsRequest {
        height: height.get(),
        coordinates: vec![v1::Coordinates {
            kind: 0,
            row: 0,
            column: 0,
        }],
    };
    let error = fixture.raw().await.get_cells(kind).await.unwrap_err();
    let code = Refusal::ours(Code::InvalidArgument, Reason::Code);
    assert_eq!(detail(&error.into()).0, code);
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_questions() {
    let fixture = Fixture::start().await;
    let mut raw = fixture.raw().await;
    let bounds = Refusal::ours(Code::InvalidArgument, Reason::OutOfBounds);
    let code = Refusal::ours(Code::InvalidArgument, Reason::Code);
    let short = Bytes::from_static(&[1; 31]);
    let read = |error: tonic::Status| detail(&ClientError::from(error)).0;

    let watch = v1::WatchBlobRequest {
        blob_id: short.clone(),
    };
    assert_eq!(read(raw.watch_blob(watch).await.unwrap_err()), bounds);
    let get = v1::GetBlobRequest { blob: None };
    assert_eq!(read(raw.get_blob(get).await.unwrap_err()), code);
    let proof = v1::GetProofRequest { blob_id: short };
    assert_eq!(read(raw.get_proof(proof).await.unwrap_err()), bounds);
    let header = v1::GetHeaderRequest { header: None };
    assert_eq!(read(raw.get_header(header).await.unwrap_err()), code);
    let list = v1::ListBlobsRequest {
        namespace: vec![0; 29].into(),
        height: 1,
    };
    let reserved = Refusal::ours(Code::InvalidArgument, Reason::Namespace);
    assert_eq!(read(raw.list_blobs(list).await.unwrap_err()), reserved);
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pruned_ids() {
    let short = ChainParams {
        // Time enough to become final on a busy machine.
        retention_ms: 15_000,
        ordering_window_ms: 15_000,
        clock_drift_ms: 1_000,
        ..params()
    };
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), genesis("test-devnet", short));
    let fixture = Fixture::run(config, folder).await;
    let (submission, payload) = packed("short", 1, 1000);
    let id = fixture.post(&submission, &payload).await;
    let (height, _) = fixture.client.await_final(id).await.unwrap();
    let client: Client = fixture.client.clone().with_retries(Retries::none());
    let pruned = Refusal::ours(Code::FailedPrecondition, Reason::Pruned);
    // A minute is many times what pruning takes; the loop ends with the first refusal.
    for _ in 0..600 {
        if client.fetch(id).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(refusal(client.fetch(id).await), pruned);
    assert_eq!(refusal(client.status(id).await), pruned);
    assert_eq!(refusal(client.proof(id).await), pruned);
    let first = Coordinates {
        row: GridRow::Data(RowIndex::FIRST),
        column: ColumnIndex::new(0).unwrap(),
    };
    let (_, said) = detail(&client.fetch(id).await.unwrap_err());
    let now = Timestamp::new(said.pruned_at_ms);
    let header = client.header(WhichHeader::Height(height)).await.unwrap();
    let time = Header::decode(&header.header).unwrap().time;
    let kept = now.millis_since(time).unwrap();
    assert!(kept >= short.retention_ms, "pruned after {kept} ms");
    let cells = client.cells(height, &[first]).await;
    assert_eq!(refusal(cells), pruned);
    // Its place in the chain remains.
    let listed = client.list(namespace("short"), height).await.unwrap();
    assert_eq!(listed.entries.len(), 1);
    fixture.stop().await;
}
