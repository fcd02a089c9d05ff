//! Folders and ports that cannot be used: a typed error, and whoever has them is not disturbed.

use crate::fixture::{Fixture, config, genesis, packed, params};
use da_node::{Error, Node, NodeConfig};
use std::net::TcpListener;
use tempfile::TempDir;

async fn error_of(config: NodeConfig) -> Error {
    match Node::start(config).await {
        Ok(_) => panic!("the node has started"),
        Err(error) => error,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use() {
    let fixture = Fixture::start().await;
    let second = config(fixture.folder.path(), genesis("test", params()));
    let error = error_of(second).await;
    assert!(matches!(error, Error::FolderInUse { .. }), "{error}");
    let (submission, payload) = packed("in-use", 1, 10);
    fixture.post(&submission, &payload).await;
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_another_chain() {
    let folder = Fixture::start().await.stop().await;
    let other = config(folder.path(), genesis("another", params()));
    let expected_chain = other.genesis.chain_id();
    let error = error_of(other).await;
    assert!(
        matches!(&error, Error::FolderOfAnotherChain { expected, .. } if *expected == expected_chain),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"not a folder").unwrap();
    let error = error_of(config(&file.join("below"), genesis("test", params()))).await;
    assert!(matches!(error, Error::FolderUnusable { .. }), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), b"not a folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn ports_that_are_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let multiaddr = format!("/ip4/127.0.0.1/tcp/{}", address.port());
    let good = |folder: &TempDir| config(folder.path(), genesis("test", params()));

    let folder = TempDir::new().unwrap();
    let grpc = NodeConfig {
        grpc_listen: address,
        ..good(&folder)
    };
    let error = error_of(grpc).await;
    assert!(matches!(error, Error::Listen { .. }), "{error}");

    let p2p = NodeConfig {
        p2p_listen: vec![multiaddr.parse().unwrap()],
        ..good(&folder)
    };
    let error = error_of(p2p).await;
    assert!(
        matches!(error, Error::Net(net::Error::Listen { .. })),
        "{error}"
    );

    let consensus = NodeConfig {
        consensus_listen: multiaddr,
        ..good(&folder)
    };
    let error = error_of(consensus).await;
    assert!(matches!(error, Error::Listen { .. }), "{error}");

    // A start that failed leaves the folder free.
    let fixture = Fixture::run(good(&folder), folder).await;
    fixture.stop().await;
}
