//! `start`: a validator as a process, from its start to its end.

use crate::operator::{Home, run, text};
use da_node::operator::{Ended, Exit};

#[test]
fn a_validator_runs_stops_when_asked_and_goes_on() {
    let home = Home::alone(&[]);
    let first = home.start(&[]);
    let status = first.status_at(2);
    assert_eq!(status["chain_id"], first.announced["chain_id"]);
    assert!(status["unfit"].is_null());
    assert_eq!(
        (&status["peers"], &status["waiting_blobs"]),
        (&0.into(), &0.into())
    );
    let endpoint = first.endpoint().to_owned();
    let people = run(&["status", "--node", &endpoint]);
    let people = String::from_utf8(people.stdout).unwrap();
    assert!(
        people.contains("height") && people.contains("fit"),
        "{people}"
    );
    first.signal("TERM");
    let (end, log) = first.end();
    assert_eq!(end.code(), Some(0), "{log}");
    assert!(
        log.contains("final block") && log.contains("height=1"),
        "a line per block: {log}"
    );
    assert_eq!(run(&["status", "--node", &endpoint]).status.code(), Some(1));

    let height = status["height"].as_u64().unwrap();
    let second = home.start(&[]);
    assert!(second.status_at(height + 1)["height"].as_u64() > Some(height));
    second.signal("INT");
    let (end, log) = second.end();
    assert_eq!(end.code(), Some(0), "{log}");
    assert!(
        !log.contains("height=1 "),
        "the first block is not made again: {log}"
    );
}

#[test]
fn a_key_that_is_in_no_set_and_no_key_at_all_follow() {
    let (stranger, other, full) = (Home::alone(&[]), Home::init(&[]), Home::init(&["--full"]));
    let copy = |from: &Home, to: &Home, name| std::fs::copy(from.file(name), to.file(name));
    copy(&other, &stranger, "validator.key").unwrap();
    copy(&stranger, &full, "genesis.json").unwrap();
    for home in [&stranger, &full] {
        let node = home.start(&[]);
        let status = node.status_at(0);
        assert_eq!(status["part"], "follower");
        assert!(status["unfit"].is_null());
        node.signal("TERM");
        let (end, log) = node.end();
        assert_eq!(end.code(), Some(0), "{log}");
    }
}

#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let home = Home::alone(&[]);
    let first = home.start(&[]);
    let (code, said) = home.refused(&[]);
    assert!(
        code == 1 && said.contains("in use by another process"),
        "{said}"
    );
    // Whoever has the folder is not disturbed.
    let height = first.status_at(1)["height"].as_u64().unwrap();
    first.status_at(height + 1);
    first.signal("TERM");
    assert_eq!(first.end().0.code(), Some(0));
}

#[test]
fn a_validator_that_was_killed_goes_on() {
    let home = Home::alone(&[]);
    let first = home.start(&[]);
    let height = first.status_at(3)["height"].as_u64().unwrap();
    first.signal("KILL");
    assert_eq!(first.end().0.code(), None);
    let second = home.start(&[]);
    second.status_at(height + 2);
    second.signal("TERM");
    assert_eq!(second.end().0.code(), Some(0));
}

#[test]
fn whoever_started_it_ends_it_by_going_away() {
    let home = Home::alone(&[]);
    let mut process = home.start(&["--until-stdin-ends"]);
    process.close_stdin();
    let (end, log) = process.end();
    assert_eq!(end.code(), Some(0), "{log}");
}

#[test]
fn a_halt_keeps_it_from_starting_and_says_so() {
    let home = Home::alone(&[]);
    let consensus = home.file("data/consensus");
    std::fs::create_dir_all(&consensus).unwrap();
    let marker = consensus.join("HALTED");
    std::fs::write(&marker, "two of us signed twice").unwrap();
    let (code, said) = home.refused(&[]);
    assert_eq!(code, i32::from(Exit::Halted.code()), "{said}");
    assert!(
        said.contains("two of us signed twice") && said.contains(text(&marker)),
        "{said}"
    );
    // Once an operator has looked, it starts.
    std::fs::remove_file(&marker).unwrap();
    let process = home.start(&[]);
    process.status_at(1);
    process.signal("TERM");
    assert_eq!(process.end().0.code(), Some(0));
}

#[test]
fn every_end_has_its_exit_code() {
    let codes = [
        Exit::Stopped,
        Exit::Failure,
        Exit::Configuration,
        Exit::Halted,
        Exit::Storage,
    ]
    .map(Exit::code);
    assert_eq!(codes, [0, 1, 2, 3, 4]);
    assert_eq!(Ended::Asked.exit(), Exit::Stopped);
    assert_eq!(Ended::Halted(String::new()).exit(), Exit::Halted);
    assert_eq!(Ended::GaveUp(String::new()).exit(), Exit::Failure);
    assert_eq!(Ended::StoreFailed(String::new()).exit(), Exit::Storage);
}
