//! The chain as clients see it, through alloy over HTTP. Every body in `on_both!` also runs against
//! anvil, as an ignored test that `./assay rollup-test --l1 anvil` runs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod accounts;
mod blobs;
mod calls;
mod deploy;
mod door;
mod gas;
mod logs;
mod node;
mod pool;
mod refusals;
mod reorg;
mod saved;
mod time;
mod transfers;
mod vectors;

/// Runs each body on the embedded chain, and on anvil.
macro_rules! on_both {
    ($($body:ident),+ $(,)?) => {
        mod embedded {
            $(
                #[tokio::test]
                async fn $body() {
                    super::$body(&crate::node::Node::embedded().await).await;
                }
            )+
        }
        mod anvil {
            $(
                #[tokio::test]
                #[ignore = "starts the anvil that ASSAY_ANVIL names: ./assay rollup-test --l1 anvil"]
                async fn $body() {
                    super::$body(&crate::node::Node::anvil().await).await;
                }
            )+
        }
    };
}
use on_both;
