//! Frames, questions, answers and announcements between nodes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((which, bytes)) = input.split_first() else {
        return;
    };
    match which {
        0 => net_doors::ask(bytes),
        1 => net_doors::answer(bytes),
        2 => net_doors::announcement(bytes),
        3 => net_doors::frame(bytes, 1 << 12),
        _ => {
            if let Some((length, rest)) = bytes.split_first()
                && let Some((ask, answer)) = rest.split_at_checked(usize::from(*length))
            {
                net_doors::exchange(ask, answer);
            }
        }
    }
});
