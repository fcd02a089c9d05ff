//! A rollup and its bonds on L1: deployment, certificates, watcher, responder, costs.
