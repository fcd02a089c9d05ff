//! The processor's description.

use benches::{describe, describe_from};

const CPUINFO: &str = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\n\
    model\t\t: 17\nmodel name\t: AMD EPYC 9004\nstepping\t: 1\n\n\
    processor\t: 1\nmodel name\t: another\n";

#[test]
fn the_first_processor_is_described() {
    assert_eq!(
        describe_from(CPUINFO, true),
        "AMD EPYC 9004 (family 25 model 17, avx512ifma)"
    );
    assert_eq!(
        describe_from(CPUINFO, false),
        "AMD EPYC 9004 (family 25 model 17, no avx512ifma)"
    );
}

#[test]
fn what_is_missing_is_unknown() {
    for text in ["", "no colons at all\n", "flags\t: fpu\n"] {
        assert_eq!(
            describe_from(text, false),
            "unknown (family unknown model unknown, no avx512ifma)"
        );
    }
}

#[test]
fn the_engine_decides_about_ifma() {
    let lacks = describe().contains("no avx512ifma");
    assert_eq!(lacks, algebra::Engine::ifma().is_err());
}
