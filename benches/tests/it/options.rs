//! Which command lines make a plan.

use benches::{BenchError, Options, Plan, Shards, Subject, kzg};
use clap::Parser;

fn plan(arguments: &str) -> Result<Plan, BenchError> {
    let arguments = std::iter::once("compare").chain(arguments.split_whitespace());
    Plan::try_from(Options::try_parse_from(arguments).unwrap())
}

#[test]
fn the_defaults() {
    let full = plan("").unwrap();
    assert_eq!(full.subject, Subject::All);
    assert_eq!((full.threads, full.rows, full.verify_rows), (1, 8, 16));
    assert_eq!(full.shards, Shards::default());
    assert!(!full.quick && full.json.is_none() && full.chart.is_none());
    let quick = plan("kzg --quick").unwrap();
    assert!(quick.rows < full.rows && quick.verify_rows < full.verify_rows);
    for operation in kzg::Operation::ALL {
        assert!(operation.budget(&quick).time < operation.budget(&full).time);
    }
}

#[test]
fn every_argument_is_heard() {
    let plan = plan(
        "all --threads 3 --quick --rows 5 --k 10 --n 15 --shard-bytes 96 --json a --chart b.svg",
    )
    .unwrap();
    assert_eq!((plan.threads, plan.rows, plan.quick), (3, 5, true));
    let (k, n, bytes) = (10, 15, 96);
    assert_eq!(plan.shards, Shards { k, n, bytes });
    assert_eq!(plan.json.unwrap().to_str(), Some("a"));
    assert_eq!(plan.chart.unwrap().to_str(), Some("b.svg"));
}

#[test]
fn n_is_twice_k_unless_it_is_given() {
    assert_eq!(plan("erasure --k 100").unwrap().shards.n, 200);
    assert_eq!(plan("erasure --k 100 --n 101").unwrap().shards.n, 101);
}

#[test]
fn numbers_out_of_range() {
    for (arguments, name) in [
        ("--threads 0", "threads"),
        ("--threads 1025", "threads"),
        ("--rows 0", "rows"),
        ("--rows 257", "rows"),
        ("--k 0", "k"),
        ("--k 65536", "k"),
        ("--k 65535", "n"),
        ("--n 65537", "n"),
        ("--shard-bytes 0", "shard-bytes"),
        ("--shard-bytes 1073741825", "shard-bytes"),
        ("--k 18446744073709551615", "k"),
    ] {
        match plan(arguments) {
            Err(BenchError::OutOfRange { argument, .. }) => assert_eq!(argument, name),
            other => panic!("{arguments}: {other:?}"),
        }
    }
}

#[test]
fn the_limits_themselves_are_allowed() {
    for arguments in [
        "--threads 1",
        "--threads 1024",
        "--rows 1",
        "--rows 256",
        "--k 1",
        "--k 65535 --n 65536 --shard-bytes 16384",
        "--k 1 --n 2 --shard-bytes 536870912",
    ] {
        assert!(plan(arguments).is_ok(), "{arguments}");
    }
}

#[test]
fn a_code_needs_parity() {
    for (k, n) in [(64, 64), (64, 1), (65535, 2)] {
        match plan(&format!("erasure --k {k} --n {n}")) {
            Err(BenchError::NoParity { k: got_k, n: got_n }) => assert_eq!((got_k, got_n), (k, n)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn shards_that_no_memory_holds() {
    for arguments in [
        "--k 1 --n 2 --shard-bytes 536870913",
        "--k 32768 --shard-bytes 1073741824",
    ] {
        let outcome = plan(arguments);
        assert!(
            matches!(outcome, Err(BenchError::TooManyBytes { got, max }) if got > max),
            "{arguments}: {outcome:?}"
        );
    }
}

#[test]
fn arguments_of_the_other_subject() {
    for (arguments, name) in [
        ("kzg --k 64", "k"),
        ("kzg --n 64", "n"),
        ("kzg --shard-bytes 64", "shard-bytes"),
        ("erasure --rows 4", "rows"),
    ] {
        match plan(arguments) {
            Err(BenchError::Foreign { argument, .. }) => assert_eq!(argument, name),
            other => panic!("{arguments}: {other:?}"),
        }
    }
}

#[test]
fn two_outputs_need_two_files() {
    assert!(matches!(
        plan("--json out --chart out"),
        Err(BenchError::SameFile(_))
    ));
}

#[test]
fn what_clap_itself_refuses() {
    for arguments in [
        "both",
        "kzg erasure",
        "--threads many",
        "--threads -1",
        "--threads",
        "--json",
        "--slow",
    ] {
        let arguments = std::iter::once("compare").chain(arguments.split_whitespace());
        assert!(Options::try_parse_from(arguments).is_err());
    }
}
