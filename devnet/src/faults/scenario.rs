//! What can go wrong between four validators, of whom one may fail: what is done to them, what is
//! expected of them meanwhile, and how it is undone.

use super::switch::Line;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Validators of every scenario: 3f + 1, with f = 1.
pub(crate) const VALIDATORS: usize = 4;
/// Who lies, where one does.
pub(crate) const LIAR: usize = 3;

/// Skew of a clock that is wrong: ten minutes.
const SKEW_MS: i64 = 600_000;

/// How a validator behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Role {
    /// As the protocol says: `da-node start`.
    #[default]
    Honest,
    /// Signs two votes and two proposals for one.
    Equivocates,
    /// Keeps its votes to itself.
    DropsVotes,
    /// Refuses every cell that it has.
    Withholds,
    /// Proposes, disperses and signs for what fits no commitment.
    EncodesWrongly,
    /// Has a clock that is off by so many milliseconds.
    Clock(i64),
}

impl Role {
    /// What `devnet validator` is told; none for an honest one, which is the real program.
    pub(crate) fn arguments(self) -> Option<Vec<String>> {
        let flag = |flag: &str| Some(vec![flag.to_owned()]);
        match self {
            Self::Honest => None,
            Self::Equivocates => flag("--equivocate"),
            Self::DropsVotes => flag("--drop-votes"),
            Self::Withholds => Some(vec!["--withhold".to_owned(), "1".to_owned()]),
            Self::EncodesWrongly => flag("--wrong-encoding"),
            Self::Clock(ms) => Some(vec![format!("--clock-ms={ms}")]),
        }
    }
}

/// One thing that is done to a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Deed {
    /// Changes the way from one validator to another.
    Line(usize, usize, Line),
    /// SIGSTOP.
    Pause(usize),
    /// SIGCONT.
    Resume(usize),
    /// SIGKILL.
    Kill(usize),
    /// Ends in order, if it runs, and starts again in another role.
    Start(usize, Role),
}

/// What is expected while something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// Blocks are decided.
    GoesOn,
    /// None is.
    Stalls,
    /// Either: more validators are faulty than may be, and not so that none could be.
    Either,
}

/// What a scenario does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Script {
    pub(crate) expected: Expected,
    /// The validators that must come on meanwhile, where it goes on.
    pub(crate) going: Vec<usize>,
    pub(crate) inject: Vec<Deed>,
    pub(crate) heal: Vec<Deed>,
    /// Whether the network is of no use to another scenario afterwards.
    pub(crate) spoils: bool,
}

macro_rules! scenarios {
    ($($(#[$doc:meta])* $scenario:ident = $name:literal,)*) => {
        /// A fault of the network or of its validators.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Scenario {
            $($(#[$doc])* $scenario,)*
        }

        impl Scenario {
            /// All of them, in the order in which they are run.
            pub const ALL: &'static [Self] = &[$(Self::$scenario,)*];

            /// Its name on the command line and in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$scenario => $name,)* }
            }
        }
    };
}

scenarios! {
    /// Every packet takes 100 ms, give or take 30.
    Delay = "delay",
    /// One packet in twenty is lost, everywhere.
    Loss = "loss",
    /// Two and two cannot hear one another.
    PartitionTwoTwo = "partition-2-2",
    /// One hears nobody.
    PartitionThreeOne = "partition-3-1",
    /// The first hears the second, which does not hear it.
    Asymmetric = "asymmetric",
    /// One has 8 KB/s to and from everybody.
    SlowPeer = "slow-peer",
    /// One says nothing any more, and its connections stay open.
    SilentPeer = "silent-peer",
    /// One is killed.
    StopF = "stop-f",
    /// Two say nothing any more.
    StopFPlusOne = "stop-f-plus-1",
    /// The clock of one is ten minutes ahead, that of another ten minutes behind.
    ClockSkew = "clock-skew",
    /// One keeps its votes to itself.
    DropVotes = "drop-votes",
    /// Two keep their votes to themselves.
    DropVotesFPlusOne = "drop-votes-f-plus-1",
    /// One refuses every cell that it has.
    Withhold = "withhold",
    /// One proposes blocks and disperses cells that fit no commitment, and signs for what it has
    /// not seen.
    WrongEncoding = "wrong-encoding",
    /// One signs two votes and two proposals for one.
    Equivocate = "equivocate",
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Scenario {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|scenario| scenario.name() == text);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|scenario| scenario.name()).collect();
            format!("expected one of {}", names.join(", "))
        })
    }
}

/// Every way between two validators for which this holds.
fn lines(line: Line, holds: impl Fn(usize, usize) -> bool) -> Vec<Deed> {
    let all = (0..VALIDATORS).flat_map(|from| (0..VALIDATORS).map(move |to| (from, to)));
    all.filter(|(from, to)| from != to && holds(*from, *to))
        .map(|(from, to)| Deed::Line(from, to, line))
        .collect()
}

impl Scenario {
    /// What it does.
    pub(crate) fn script(self) -> Script {
        let perfect = || lines(Line::default(), |_, _| true);
        let everybody = || (0..VALIDATORS).collect::<Vec<_>>();
        let all_but_last = || (0..LIAR).collect::<Vec<_>>();
        let goes_on = |going, inject, heal| Script {
            expected: Expected::GoesOn,
            going,
            inject,
            heal,
            spoils: false,
        };
        let stalls = |inject, heal| Script {
            expected: Expected::Stalls,
            going: Vec::new(),
            inject,
            heal,
            spoils: false,
        };
        let lies = |role| {
            let going = all_but_last();
            let heal = vec![Deed::Start(LIAR, Role::Honest)];
            goes_on(going, vec![Deed::Start(LIAR, role)], heal)
        };
        match self {
            Self::Delay => {
                let line = Line {
                    delay: Duration::from_millis(100),
                    jitter: Duration::from_millis(30),
                    ..Line::default()
                };
                goes_on(everybody(), lines(line, |_, _| true), perfect())
            }
            Self::Loss => {
                let line = Line {
                    loss: 0.05,
                    ..Line::default()
                };
                goes_on(everybody(), lines(line, |_, _| true), perfect())
            }
            Self::PartitionTwoTwo => stalls(
                lines(Line::CUT, |from, to| (from < 2) != (to < 2)),
                perfect(),
            ),
            Self::PartitionThreeOne => {
                let cut = lines(Line::CUT, |from, to| from == LIAR || to == LIAR);
                goes_on(all_but_last(), cut, perfect())
            }
            Self::Asymmetric => {
                let cut = vec![Deed::Line(0, 1, Line::CUT)];
                goes_on(everybody(), cut, perfect())
            }
            Self::SlowPeer => {
                let line = Line {
                    rate: Some(8_000),
                    ..Line::default()
                };
                let slow = lines(line, |from, to| from == LIAR || to == LIAR);
                goes_on(all_but_last(), slow, perfect())
            }
            Self::SilentPeer => goes_on(
                all_but_last(),
                vec![Deed::Pause(LIAR)],
                vec![Deed::Resume(LIAR)],
            ),
            Self::StopF => goes_on(
                all_but_last(),
                vec![Deed::Kill(LIAR)],
                vec![Deed::Start(LIAR, Role::Honest)],
            ),
            Self::StopFPlusOne => stalls(
                vec![Deed::Pause(2), Deed::Pause(3)],
                vec![Deed::Resume(2), Deed::Resume(3)],
            ),
            // Right clocks make no quorum, and no two wrong ones agree.
            Self::ClockSkew => Script {
                expected: Expected::Either,
                ..stalls(
                    vec![
                        Deed::Start(2, Role::Clock(SKEW_MS)),
                        Deed::Start(3, Role::Clock(-SKEW_MS)),
                    ],
                    vec![Deed::Start(2, Role::Honest), Deed::Start(3, Role::Honest)],
                )
            },
            Self::DropVotes => lies(Role::DropsVotes),
            Self::DropVotesFPlusOne => stalls(
                vec![
                    Deed::Start(2, Role::DropsVotes),
                    Deed::Start(3, Role::DropsVotes),
                ],
                vec![Deed::Start(2, Role::Honest), Deed::Start(3, Role::Honest)],
            ),
            Self::Withhold => lies(Role::Withholds),
            Self::WrongEncoding => lies(Role::EncodesWrongly),
            // Its key has signed what its record of signed steps does not know: it stays a liar.
            Self::Equivocate => Script {
                heal: Vec::new(),
                spoils: true,
                ..lies(Role::Equivocates)
            },
        }
    }
}

#[cfg(test)]
mod tests;
