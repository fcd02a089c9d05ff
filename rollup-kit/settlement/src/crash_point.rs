//! What a kill test needs of a process: to die at a named step of a payment. Nothing but [`arm`]
//! turns it on; until then a step costs one relaxed load.

use std::sync::atomic::{AtomicU8, Ordering};

/// A step between two others that a crash must not tear apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It is decided what to send, and nothing is written.
    Decide,
    /// The intent is written, and not synced.
    Write,
    /// The intent is on disk, and nothing is sent.
    Sync,
    /// It is sent, and nobody knows what became of it.
    Send,
    /// It is known to be in a block for good, and that is not written.
    Settle,
}

impl Step {
    /// All steps, in the order of a payment's way.
    pub const ALL: [Self; 5] = [
        Self::Decide,
        Self::Write,
        Self::Sync,
        Self::Send,
        Self::Settle,
    ];

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Send => "send",
            Self::Settle => "settle",
        }
    }

    /// The step with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    /// Never [`NOT_ARMED`].
    const fn code(self) -> u8 {
        match self {
            Self::Decide => 1,
            Self::Write => 2,
            Self::Sync => 3,
            Self::Send => 4,
            Self::Settle => 5,
        }
    }
}

const NOT_ARMED: u8 = 0;
static ARMED: AtomicU8 = AtomicU8::new(NOT_ARMED);

/// From now on this process ends at once when it comes to `step`: nothing is flushed, nothing is
/// unwound, nobody is told.
pub fn arm(step: Step) {
    ARMED.store(step.code(), Ordering::Release);
}

/// A payment has come to a step.
pub(crate) fn reach(step: Step) {
    if ARMED.load(Ordering::Acquire) == step.code() {
        std::process::abort();
    }
}
