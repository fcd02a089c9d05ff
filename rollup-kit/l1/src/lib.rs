//! An Ethereum in one process: revm behind JSON-RPC, with blobs and time travel.
