use super::{KIB, LightBenchReport, MIB, PEERS};
use light_node::core::Verdict;

fn report() -> LightBenchReport {
    LightBenchReport {
        verdict: Verdict::Available,
        rows: 256,
        samples: 24,
        peers: PEERS,
        miss_probability: 0.000_8,
        bytes_received: 62 * KIB,
        rss: 30 * MIB,
        peak_rss: 35 * MIB,
        cpu_ms: 25.0,
        first_verdict_ms: 700,
    }
}

#[test]
fn a_report_within_all_goals_holds() {
    assert!(report().held());
    assert!(report().goals().iter().all(|goal| goal.met));
}

#[test]
fn each_goal_that_is_missed_is_told_and_time_alone_is_excused() {
    let missed = |report: LightBenchReport| {
        let missed: Vec<_> = report
            .goals()
            .into_iter()
            .filter(|goal| !goal.met)
            .collect();
        assert_eq!(missed.len(), 1, "{missed:?}");
        report.held()
    };
    let of = |change: fn(&mut LightBenchReport)| {
        let mut report = report();
        change(&mut report);
        report
    };
    assert!(!missed(of(|r| r.verdict = Verdict::Undecided)));
    assert!(!missed(of(|r| r.peers = 7)));
    assert!(!missed(of(|r| r.rss = 41 * MIB)));
    assert!(!missed(of(|r| r.peak_rss = 65 * MIB)));
    assert!(!missed(of(|r| r.bytes_received = 65 * KIB)));
    assert!(missed(of(|r| r.cpu_ms = 31.0)));
    assert!(missed(of(|r| (r.rows, r.cpu_ms) = (64, 16.0))));
    assert!(missed(of(|r| r.first_verdict_ms = 2_001)));
}

#[test]
fn bytes_are_bounded_for_the_default_confidence_only() {
    let mut more = report();
    (more.samples, more.bytes_received) = (48, 113 * KIB);
    assert!(more.goals().iter().all(|goal| goal.met));
}
