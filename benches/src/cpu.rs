//! Which processor the figures are of.

/// The processor's name as `/proc/cpuinfo` has it, with its family and model, and whether this
/// process has AVX-512 IFMA. Under an emulator the name is still the host's.
#[must_use]
pub fn describe() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    describe_from(&text, algebra::Engine::ifma().is_ok())
}

/// As [`describe`], given the file's text.
#[must_use]
pub fn describe_from(cpuinfo: &str, ifma: bool) -> String {
    let field = |name: &str| {
        cpuinfo
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.trim() == name)
            .map_or("unknown", |(_, value)| value.trim())
    };
    format!(
        "{} (family {} model {}, {})",
        field("model name"),
        field("cpu family"),
        field("model"),
        if ifma { "avx512ifma" } else { "no avx512ifma" }
    )
}
