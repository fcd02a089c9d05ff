#![allow(clippy::unwrap_used)]

use super::{Deed, Expected, LIAR, Role, Scenario, VALIDATORS};
use crate::faults::switch::Line;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn every_name_is_its_own_and_reads_back() {
    let names: BTreeSet<_> = Scenario::ALL.iter().map(|s| s.name()).collect();
    assert_eq!(names.len(), Scenario::ALL.len());
    for scenario in Scenario::ALL {
        assert_eq!(scenario.name().parse(), Ok(*scenario));
    }
    let refused = "partition".parse::<Scenario>().unwrap_err();
    assert!(refused.contains("partition-2-2"), "{refused}");
}

/// What is wrong after these deeds.
#[derive(Debug, Default, PartialEq)]
struct Wrong {
    lines: BTreeMap<(usize, usize), String>,
    roles: BTreeMap<usize, String>,
    silent: BTreeSet<usize>,
}

fn apply(wrong: &mut Wrong, deeds: &[Deed]) {
    for deed in deeds {
        match *deed {
            Deed::Line(from, to, line) if line == Line::default() => {
                wrong.lines.remove(&(from, to));
            }
            Deed::Line(from, to, line) => {
                wrong.lines.insert((from, to), format!("{line:?}"));
            }
            Deed::Pause(node) | Deed::Kill(node) => {
                wrong.silent.insert(node);
            }
            Deed::Resume(node) => {
                wrong.silent.remove(&node);
            }
            Deed::Start(node, role) => {
                wrong.silent.remove(&node);
                match role {
                    Role::Honest => wrong.roles.remove(&node),
                    role => wrong.roles.insert(node, format!("{role:?}")),
                };
            }
        }
    }
}

#[test]
fn every_fault_is_one_and_is_undone() {
    for scenario in Scenario::ALL {
        let script = scenario.script();
        let mut wrong = Wrong::default();
        apply(&mut wrong, &script.inject);
        assert_ne!(wrong, Wrong::default(), "{scenario} does nothing");
        apply(&mut wrong, &script.heal);
        // A network with something wrong is not handed on.
        assert_eq!(wrong == Wrong::default(), !script.spoils, "{scenario}");
    }
}

#[test]
fn it_goes_on_where_more_than_two_thirds_can_and_stalls_elsewhere() {
    for scenario in Scenario::ALL {
        let script = scenario.script();
        let mut wrong = Wrong::default();
        apply(&mut wrong, &script.inject);
        let clocks = wrong
            .roles
            .values()
            .filter(|role| role.starts_with("Clock"));
        if clocks.count() > 1 {
            assert_eq!(script.expected, Expected::Either, "{scenario}");
            continue;
        }
        let mute: BTreeSet<usize> = wrong
            .roles
            .iter()
            .filter(|(_, role)| role.as_str() == "DropsVotes")
            .map(|(node, _)| *node)
            .chain(wrong.silent.iter().copied())
            .collect();
        // The most that hear one another, of those that say something.
        let hears = |a: usize, b: usize| {
            let cut = |from, to| {
                wrong
                    .lines
                    .get(&(from, to))
                    .is_some_and(|l| l.contains("cut: true"))
            };
            a == b || (!cut(a, b) && !cut(b, a))
        };
        let around = |node: usize| {
            (0..VALIDATORS)
                .filter(|other| !mute.contains(other) && hears(node, *other))
                .count()
        };
        let most = (0..VALIDATORS)
            .filter(|n| !mute.contains(n))
            .map(around)
            .max();
        let quorum = most.unwrap_or(0) * 3 > VALIDATORS * 2;
        let expected = if quorum {
            Expected::GoesOn
        } else {
            Expected::Stalls
        };
        assert_eq!(script.expected, expected, "{scenario}");
        assert_eq!(script.going.is_empty(), !quorum, "{scenario}");
        assert!(script.going.iter().all(|node| !wrong.silent.contains(node)));
    }
}

#[test]
fn only_an_honest_validator_is_the_real_program() {
    assert_eq!(Role::Honest.arguments(), None);
    for scenario in Scenario::ALL {
        for deed in scenario.script().inject {
            if let Deed::Start(node, role) = deed {
                assert!(role.arguments().is_some(), "{scenario}: {node}");
                assert!(node == LIAR || node == LIAR - 1);
            }
        }
    }
    let skewed = Role::Clock(-600_000).arguments().unwrap();
    assert_eq!(skewed, ["--clock-ms=-600000"]);
}
