//! What a kill test needs of a process: to die at a named step, the n-th time that it comes there.
//! Nothing but [`arm`] turns it on; until then a step costs one relaxed load.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// A step between two others that a crash must not tear apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It is decided what to write, and nothing is written.
    Decide,
    /// A record is written, and not synced.
    Write,
    /// A record is on disk, and nothing is done about it.
    Sync,
    /// A row was handed to the DA network, and nobody knows what became of it.
    Post,
    /// A submission was handed to the outbox, and that is not written.
    Submit,
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 5] = [
        Self::Decide,
        Self::Write,
        Self::Sync,
        Self::Post,
        Self::Submit,
    ];

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Post => "post",
            Self::Submit => "submit",
        }
    }

    /// The step with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    /// Never [`NOT_ARMED`].
    const fn code(self) -> u8 {
        self as u8 + 1
    }
}

const NOT_ARMED: u8 = 0;
static ARMED: AtomicU8 = AtomicU8::new(NOT_ARMED);
static TIMES: AtomicU32 = AtomicU32::new(0);

/// From now on this process ends at once when it comes to `step` after it has passed it so many
/// times: nothing is flushed, nothing is unwound, nobody is told.
pub fn arm(step: Step, passes: u32) {
    TIMES.store(passes, Ordering::Release);
    ARMED.store(step.code(), Ordering::Release);
}

/// The process has come to a step.
pub(crate) fn reach(step: Step) {
    if ARMED.load(Ordering::Acquire) == step.code() {
        let left = TIMES.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
            left.checked_sub(1)
        });
        if left.is_err() {
            std::process::abort();
        }
    }
}
