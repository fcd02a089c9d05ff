//! Which machine code does the work.

use std::sync::OnceLock;

use crate::AlgebraError;

/// The variable that names the engine of a process: `scalar` or `ifma`.
pub const ENGINE_VARIABLE: &str = "ASSAY_ENGINE";

/// The machine code behind every operation in bulk. All engines give the same bytes.
///
/// An `Engine` that names AVX-512 exists only where the processor and the system have it: this is
/// what makes the calls into that code sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Engine(Kind);

/// The engines there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// blst, one element at a time: runs on every platform.
    Scalar,
    /// AVX-512 IFMA: eight elements at a time, in limbs of 52 bits.
    #[cfg(target_arch = "x86_64")]
    Ifma,
}

impl Engine {
    /// The engine that runs everywhere.
    #[must_use]
    pub fn scalar() -> Self {
        Self(Kind::Scalar)
    }

    /// The engine over AVX-512 IFMA.
    ///
    /// # Errors
    /// [`AlgebraError::NoSuchEngine`] when this machine cannot run it.
    pub fn ifma() -> Result<Self, AlgebraError> {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512ifma")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512bw")
        {
            return Ok(Self(Kind::Ifma));
        }
        Err(AlgebraError::NoSuchEngine {
            got: "ifma".to_owned(),
            reason: "this machine has no AVX-512 IFMA",
        })
    }

    /// The fastest engine that this machine runs.
    #[must_use]
    pub fn detect() -> Self {
        Self::ifma().unwrap_or_else(|_| Self::scalar())
    }

    /// Every engine that this machine runs.
    #[must_use]
    pub fn all() -> Vec<Self> {
        std::iter::once(Self::scalar())
            .chain(Self::ifma())
            .collect()
    }

    /// The engine of this name; it is never replaced by another one.
    ///
    /// # Errors
    /// [`AlgebraError::NoSuchEngine`] when there is none, or this machine cannot run it.
    pub fn from_name(name: &str) -> Result<Self, AlgebraError> {
        match name {
            "scalar" => Ok(Self::scalar()),
            "ifma" => Self::ifma(),
            other => Err(AlgebraError::NoSuchEngine {
                got: other.to_owned(),
                reason: "expected scalar or ifma",
            }),
        }
    }

    /// The engine that [`ENGINE_VARIABLE`] names, or the fastest when it names none; read once per
    /// process.
    ///
    /// # Errors
    /// [`AlgebraError::NoSuchEngine`] when the one it names is not to be had.
    pub fn of_process() -> Result<Self, AlgebraError> {
        static CHOICE: OnceLock<Result<Engine, AlgebraError>> = OnceLock::new();
        CHOICE
            .get_or_init(|| match std::env::var_os(ENGINE_VARIABLE) {
                None => Ok(Self::detect()),
                Some(name) => Self::from_name(&name.to_string_lossy()),
            })
            .clone()
    }

    /// Its name, as [`Engine::from_name`] takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => "ifma",
        }
    }

    /// For the doors of the operations, which alone look at it.
    pub(crate) fn kind(self) -> Kind {
        self.0
    }
}

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
