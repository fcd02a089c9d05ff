use super::{kibibytes, run_time};

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
