//! Waiting with a bound: on tests that hang, not a promise of speed.

use light_node::BlockVerdict;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

const LONGEST: Duration = Duration::from_secs(60);

/// The next verdict.
pub(crate) async fn next(verdicts: &mut Receiver<BlockVerdict>) -> BlockVerdict {
    patiently(verdicts.recv()).await.unwrap()
}

pub(crate) async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONGEST, future).await.expect("an end")
}

/// Until it is so.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    patiently(async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}
