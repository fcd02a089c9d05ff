#![allow(clippy::unwrap_used)]

use super::{Proc, kibibytes, run_time, ticks};

const STATUS: &str =
    "Name:\tlight-node\nVmPeak:\t  999 kB\nVmHWM:\t   21504 kB\nVmRSS:\t 20480 kB\n";

#[test]
fn what_the_system_says_is_read_in_bytes() {
    assert_eq!(kibibytes(STATUS, "VmHWM:"), Some(21_504 << 10));
    assert_eq!(kibibytes(STATUS, "VmRSS:"), Some(20_480 << 10));
    assert_eq!(run_time("123456789 22 7\n"), Some(123_456_789));
}

#[test]
fn bad_input_what_is_not_there_is_not_made_up() {
    assert_eq!(kibibytes("VmRSS:\tmany kB\n", "VmRSS:"), None);
    assert_eq!(kibibytes("VmRSS:\t12 pages\n", "VmRSS:"), None);
    assert_eq!(kibibytes(STATUS, "VmSwap:"), None);
    assert_eq!((run_time(""), run_time("x 1 2")), (None, None));
}

#[test]
fn a_process_with_a_strange_name_is_read_all_the_same() {
    let stat = "42 (a ) (b) c) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 7 8 20 0 9 0 100";
    assert_eq!(ticks(stat), Some(200));
    for bad in [
        "",
        "42 (x) S 1",
        "42 (x S 1 42 42 0 -1 4194560 1 2 3 4 150 50",
    ] {
        assert_eq!(ticks(bad), None, "{bad}");
    }
}

#[test]
fn this_process_is_there() {
    let here = Proc::of(std::process::id());
    let memory = here.memory().unwrap();
    assert!(memory.resident > 0 && memory.peak >= memory.resident);
    assert!(here.open_files().unwrap() >= 3);
    assert!(here.cpu_ever().is_ok() && here.cpu().is_ok());
    assert!(Proc::of(u32::MAX).memory().is_err());
}
