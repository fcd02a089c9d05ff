//! Compiles the schema, in pure Rust, into messages and (feature `grpc`) clients and servers.

use prost::Message as _;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=schema");
    let files = ["assay/v1/assay.proto", "assay/p2p/v1/p2p.proto"];
    let descriptors = protox::compile(files, ["schema"])?;

    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("assay.bin"), descriptors.encode_to_vec())?;

    let grpc = std::env::var_os("CARGO_FEATURE_GRPC").is_some();
    tonic_prost_build::configure()
        .bytes(".")
        .build_client(grpc)
        .build_server(grpc)
        .emit_rerun_if_changed(false)
        .compile_fds(descriptors)?;
    Ok(())
}
