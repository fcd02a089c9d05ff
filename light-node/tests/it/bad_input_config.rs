//! What a light node refuses to be told.

use light_node::core::{Confidence, MAX_SAMPLES, SampleCount};
use light_node::{ChainId, Checkpoint, Config, Error, LightNode};
use net::Multiaddr;

fn address() -> Multiaddr {
    "/ip4/127.0.0.1/tcp/1".parse().unwrap()
}

fn checkpoint(byte: u8, height: u64) -> Checkpoint {
    let hash = types::HeaderHash::new([byte; 32]);
    format!("{hash}@{height}").parse().unwrap()
}

#[test]
fn confidences_that_are_no_miss_probabilities() {
    for got in [0.0, -0.1, 1.0, 2.0, 1e-14, f64::NAN, f64::INFINITY] {
        let error = Confidence::new(got).unwrap_err();
        assert!(matches!(error, Error::Confidence { .. }), "{got}");
    }
}

#[test]
fn no_samples_and_too_many() {
    for count in [0, MAX_SAMPLES + 1, u32::MAX] {
        let error = SampleCount::new(count).unwrap_err();
        assert!(matches!(error, Error::SampleCount { got, .. } if got == count));
    }
}

#[test]
fn a_checkpoint_above_the_genesis_needs_the_chain() {
    let error = Config::new(checkpoint(1, 7), vec![address()]).check();
    assert!(matches!(error, Err(Error::ChainRequired { .. })));
}

#[test]
fn a_genesis_of_another_chain() {
    let mut config = Config::new(checkpoint(1, 0), vec![address()]);
    config.chain = Some(ChainId::new([2; 32]));
    assert!(matches!(config.check(), Err(Error::OtherChain { .. })));
    config.chain = None;
    assert_eq!(config.check().unwrap(), ChainId::new([1; 32]));
}

#[tokio::test]
async fn nobody_to_join() {
    let error = LightNode::start(Config::new(checkpoint(1, 0), Vec::new())).await;
    assert!(matches!(error, Err(Error::NoBootstrap)));
}

#[tokio::test]
async fn a_folder_that_is_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut config = Config::new(checkpoint(1, 0), vec![address()]);
    config.data_dir = Some(file.path().to_owned());
    let error = LightNode::start(config).await;
    assert!(matches!(error, Err(Error::DataDir { .. })));
}

#[tokio::test]
async fn a_folder_of_another_chain() {
    let folder = tempfile::tempdir().unwrap();
    let state = format!("{} {}\n", ChainId::new([2; 32]), checkpoint(3, 9));
    std::fs::write(folder.path().join("trusted"), state).unwrap();
    let mut config = Config::new(checkpoint(1, 0), vec![address()]);
    config.data_dir = Some(folder.path().to_owned());
    let error = LightNode::start(config).await;
    assert!(matches!(error, Err(Error::State { .. })));
}

#[tokio::test]
async fn a_checkpoint_that_former_runs_contradict() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, trusted) = (ChainId::new([1; 32]), checkpoint(3, 9));
    let state = format!("{chain} {trusted}\n");
    std::fs::write(folder.path().join("trusted"), state).unwrap();
    let start = async |given: Checkpoint| {
        let mut config = Config::new(given, vec![address()]);
        config.chain = Some(chain);
        config.data_dir = Some(folder.path().to_owned());
        LightNode::start(config).await
    };
    let given = checkpoint(4, 9);
    let error = start(given).await;
    assert!(
        matches!(error, Err(Error::OtherCheckpoint { got, expected, .. })
        if got == trusted && expected == given)
    );
    for given in [trusted, checkpoint(4, 8), checkpoint(4, 10)] {
        assert!(start(given).await.is_ok(), "{given}");
    }
}

#[tokio::test]
async fn a_folder_with_the_record_of_a_fork() {
    let folder = tempfile::tempdir().unwrap();
    // Whatever it says: a file that a crash cut short counts as well.
    std::fs::write(folder.path().join("fork.json"), "").unwrap();
    let mut config = Config::new(checkpoint(1, 0), vec![address()]);
    config.data_dir = Some(folder.path().to_owned());
    let error = LightNode::start(config).await;
    assert!(matches!(error, Err(Error::ForkOnRecord { .. })));
}
