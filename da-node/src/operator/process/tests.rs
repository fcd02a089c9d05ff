#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Ended, Exit, broken, fallen};
use crate::consensus::{Phase, Role, Status};
use tokio::sync::watch;
use types::{Height, Round};

fn status(phase: Phase) -> Status {
    Status {
        height: Height::FIRST,
        round: Round::default(),
        phase,
    }
}

#[tokio::test]
async fn a_halt_or_a_failure_of_consensus_ends_the_process() {
    for (phase, expected, exit) in [
        (
            Phase::Halted("twice".into()),
            Ended::Halted("twice".into()),
            Exit::Halted,
        ),
        (
            Phase::Failed("again".into()),
            Ended::GaveUp("again".into()),
            Exit::Failure,
        ),
    ] {
        let (tell, mut heard) = watch::channel(status(Phase::Running(Role::Validating)));
        let ended = tokio::spawn(async move { fallen(&mut heard).await });
        tell.send_modify(|status| status.round = Round::new(1));
        tokio::task::yield_now().await;
        assert!(!ended.is_finished(), "a round is no end");
        tell.send_replace(status(phase));
        let ended = ended.await.unwrap();
        assert_eq!((ended.exit(), ended), (exit, expected));
    }
}

#[tokio::test]
async fn a_consensus_that_is_gone_ends_the_process() {
    let (tell, mut heard) = watch::channel(status(Phase::Stopped));
    drop(tell);
    assert!(matches!(fallen(&mut heard).await, Ended::GaveUp(_)));
}

#[tokio::test]
async fn a_store_that_takes_no_writes_ends_the_process() {
    let (tell, heard) = watch::channel(None);
    let ended = tokio::spawn(broken(heard));
    tokio::task::yield_now().await;
    assert!(!ended.is_finished());
    tell.send_replace(Some("No space left on device".into()));
    let ended = ended.await.unwrap();
    assert_eq!(ended.exit(), Exit::Storage);
    assert_eq!(ended, Ended::StoreFailed("No space left on device".into()));
}
