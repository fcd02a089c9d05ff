//! Files that are opened before there is anything to write.

use std::path::PathBuf;

use benches::{BenchError, OutputFile};

/// A path of this process and test alone, with nothing there.
fn path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("benches-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn what_is_written_replaces_what_was_there() {
    let path = path("replaced");
    std::fs::write(&path, "much longer than what follows").unwrap();
    OutputFile::open(&path).unwrap().write("short").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "short");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn an_old_file_outlives_a_run_that_fails() {
    let path = path("kept");
    std::fs::write(&path, "of the last run").unwrap();
    drop(OutputFile::open(&path).unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "of the last run");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_run_that_fails_leaves_no_new_file() {
    let path = path("gone");
    let file = OutputFile::open(&path).unwrap();
    assert!(path.exists());
    drop(file);
    assert!(!path.exists());
}

#[test]
fn what_cannot_be_written_is_found_out_at_once() {
    for bad in [
        std::env::temp_dir(),
        path("missing").join("folder").join("out.json"),
    ] {
        let outcome = OutputFile::open(&bad);
        assert!(
            matches!(&outcome, Err(BenchError::Output { path, .. }) if *path == bad),
            "{outcome:?}"
        );
    }
}
