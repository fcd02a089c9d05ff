//! The chain as clients see it, through alloy over HTTP. Every body in `on_both!` also runs against
//! anvil, as an ignored test that `./assay l1-test` names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod blobs;
mod deploy;
mod node;
mod transfers;

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
                #[ignore = "starts the anvil that ASSAY_ANVIL names: ./assay l1-test"]
                async fn $body() {
                    super::$body(&crate::node::Node::anvil().await).await;
                }
            )+
        }
    };
}
use on_both;
