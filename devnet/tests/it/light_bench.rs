//! The measurement of a light node, on a small block.

use crate::network::patiently;
use devnet::Error;
use devnet::light_bench::{LightBenchConfig, PEERS, light_bench};
use light_node::core::Verdict;
use std::path::{Path, PathBuf};

fn program() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_devnet")).with_file_name("light-node")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_light_node_is_measured_at_eight_peers() {
    let config = LightBenchConfig {
        rows: 2,
        samples: 24,
        program: program(),
    };
    let report = patiently(light_bench(&config, |_| {})).await.unwrap();
    assert_eq!(report.verdict, Verdict::Available);
    assert_eq!((report.rows, report.samples, report.peers), (2, 24, PEERS));
    assert!(report.miss_probability > 0.0 && report.miss_probability < 0.001);
    // 24 cells with their proofs, two commitments, and not much else.
    let least = 24 * (2_048 + 48) + 2 * 48;
    assert!(
        (least..2 * least).contains(&report.bytes_received),
        "{report:?}"
    );
    assert!(report.rss > 0 && report.peak_rss >= report.rss);
    assert!(report.cpu_ms > 0.0 && report.first_verdict_ms > 0);
}

#[tokio::test]
async fn bad_input_what_cannot_be_measured_is_refused() {
    let config = |rows, samples, program: PathBuf| LightBenchConfig {
        rows,
        samples,
        program,
    };
    for config in [config(0, 24, program()), config(257, 24, program())] {
        let refused = light_bench(&config, |_| {}).await;
        assert!(
            matches!(refused, Err(Error::OutOfRange { .. })),
            "{refused:?}"
        );
    }
    let refused = light_bench(&config(2, 0, program()), |_| {}).await;
    assert!(matches!(refused, Err(Error::Light { .. })), "{refused:?}");
    let absent = program().with_file_name("no-such-program");
    let refused = light_bench(&config(2, 24, absent), |_| {}).await;
    assert!(matches!(refused, Err(Error::File { .. })), "{refused:?}");
}
