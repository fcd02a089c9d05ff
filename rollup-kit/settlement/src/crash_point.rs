//! What a kill test needs of a process: to die at a named step, the n-th time that it comes there.
//! Nothing but [`arm`] turns it on; until then a step costs one load.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// Where a process dies, if it is armed.
#[derive(Debug, Default)]
pub struct CrashPoint {
    /// A step's place plus one; 0 for none.
    armed: AtomicU8,
    passes: AtomicU32,
}

impl CrashPoint {
    /// One that is not armed.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            armed: AtomicU8::new(0),
            passes: AtomicU32::new(0),
        }
    }

    /// From now on this process ends at once when it comes to the step of this place after it has
    /// passed it so many times.
    pub fn arm(&self, place: u8, passes: u32) {
        self.passes.store(passes, Ordering::Release);
        self.armed.store(place + 1, Ordering::Release);
    }

    /// The process has come to the step of this place.
    pub fn reach(&self, place: u8) {
        if self.armed.load(Ordering::Acquire) != place + 1 {
            return;
        }
        let left = self
            .passes
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                left.checked_sub(1)
            });
        if left.is_err() {
            std::process::abort();
        }
    }
}

/// The steps of a crate by their names, with `arm` and `reach` for them.
#[macro_export]
macro_rules! crash_steps {
    ($($(#[$doc:meta])* $step:ident = $name:literal,)*) => {
        /// A step between two others that a crash must not tear apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Step {
            $($(#[$doc])* $step,)*
        }

        impl Step {
            /// All steps, in their order.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$step),*];

            /// Its name, in lower case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$step => $name,)*
                }
            }

            /// The step with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|step| step.name() == name)
            }
        }

        static POINT: $crate::crash_point::CrashPoint = $crate::crash_point::CrashPoint::new();

        /// From now on this process ends at once when it comes to `step` after it has passed it so
        /// many times: nothing is flushed, nothing is unwound, nobody is told.
        pub fn arm(step: Step, passes: u32) {
            POINT.arm(step as u8, passes);
        }

        /// The process has come to a step.
        pub(crate) fn reach(step: Step) {
            POINT.reach(step as u8);
        }
    };
}

crash_steps! {
    /// It is decided what to send, and nothing is written.
    Decide = "decide",
    /// The intent is written, and not synced.
    Write = "write",
    /// The intent is on disk, and nothing is sent.
    Sync = "sync",
    /// It is sent, and nobody knows what became of it.
    Send = "send",
    /// It is known to be in a block for good, and that is not written.
    Settle = "settle",
}
