//! A validator set that its operator changes, with the commands alone.

use crate::operator::{Home, Process, refusal, run, text};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

const EPOCH_BLOCKS: &str = "15";

/// Runs a command that has to succeed and reads its one object.
fn object(arguments: &[&str]) -> Value {
    let output = run(&[&["--json"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn announcement(home: &Home) -> Value {
    let bytes = std::fs::read(home.file("validator.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The header at a height.
fn header(process: &Process, height: u64) -> Value {
    let (node, from) = (process.endpoint(), height.to_string());
    process.status_at(height);
    let output = run(&["--json", "headers", "--from", &from, "--node", node]);
    let lines = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(lines.lines().next().unwrap()).unwrap()
}

/// Writes a change for the epoch after the next one, so that no border comes in between.
fn propose(process: &Process, edits: &[&str], file: &Path) -> Value {
    let node = process.endpoint();
    let next = object(&["set", "pending", "--node", node])["next_epoch"]
        .as_u64()
        .unwrap();
    let epoch = (next + 1).to_string();
    let common = ["--epoch", &epoch, "-o", text(file), "--node", node];
    object(&[&["set", "propose"], edits, &common].concat())
}

#[test]
fn an_operator_proposes_approves_and_the_set_changes() {
    let (home, newcomer) = (Home::init(&[]), Home::init(&[]));
    home.make_genesis(&["--epoch-blocks", EPOCH_BLOCKS]);
    let process = home.start(&[]);
    let node = process.endpoint().to_owned();
    process.status_at(1);
    let waits = object(&["set", "pending", "--node", &node]);
    assert_eq!(waits["changes"], Value::Array(Vec::new()));

    let key = announcement(&home)["public_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let (file, other) = (home.path("change.json"), home.path("other.json"));
    let join = format!("{}:1", text(&newcomer.file("validator.json")));
    let weigh = format!("{key}:1000");
    let proposed = propose(&process, &["--join", &join, "--weigh", &weigh], &file);
    assert_eq!(proposed["next_validators"], 2);
    assert_eq!(proposed["next_weight"], 1001);
    let shown = object(&["set", "show", text(&file)]);
    assert_eq!(shown["digest"], proposed["digest"]);
    assert_eq!(shown["edits"].as_array().unwrap().len(), 2);

    let approved = object(&["set", "approve", text(&file), "--node", &node]);
    assert_eq!(approved["certified"], true);
    assert_eq!(approved["next_set"], proposed["next_set"]);
    // Once approved, it is approved; another one for the same epoch is refused.
    object(&["set", "approve", text(&file), "--node", &node]);
    let weigh = format!("{key}:2000");
    let epoch = proposed["epoch"].to_string();
    let common = ["--epoch", &epoch, "-o", text(&other), "--node", &node];
    object(&[&["set", "propose", "--weigh", &weigh], &common[..]].concat());
    let (code, said) = refusal(&["set", "approve", text(&other), "--node", &node]);
    assert!(code == 1 && said.contains("already"), "{code}: {said}");
    let people = run(&["set", "pending", "--node", &node]);
    let people = String::from_utf8(people.stdout).unwrap();
    assert!(people.contains("that suffices"), "{people}");

    // The last header before the epoch names the new set, and the first one is by it.
    let first = proposed["epoch"].as_u64().unwrap() * EPOCH_BLOCKS.parse::<u64>().unwrap();
    let (last, first) = (header(&process, first - 1), header(&process, first));
    assert_eq!(last["validators"], proposed["set"]);
    assert_eq!(last["next_validators"], proposed["next_set"]);
    assert_eq!(first["validators"], proposed["next_set"]);
    let waits = object(&["set", "pending", "--node", &node]);
    assert_eq!(waits["set"], proposed["next_set"]);
    assert_eq!(waits["changes"], Value::Array(Vec::new()));
}

#[test]
fn what_is_approved_outlives_the_process() {
    let home = Home::init(&[]);
    // So many blocks that no epoch ends meanwhile.
    home.make_genesis(&["--epoch-blocks", "100000"]);
    let process = home.start(&[]);
    process.status_at(1);
    let key = announcement(&home)["public_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let file = home.path("change.json");
    let weigh = format!("{key}:7");
    let proposed = propose(&process, &["--weigh", &weigh], &file);
    object(&["set", "approve", text(&file), "--node", process.endpoint()]);
    process.signal("KILL");
    process.end();

    let process = home.start(&[]);
    let started = Instant::now();
    let waits = loop {
        let waits = object(&["set", "pending", "--node", process.endpoint()]);
        if waits["changes"][0]["own"] == true {
            break waits;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{waits}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(waits["changes"][0]["digest"], proposed["digest"]);
}

#[test]
fn bad_input_changes_that_the_set_cannot_undergo() {
    let home = Home::alone(&[]);
    let process = home.start(&[]);
    process.status_at(1);
    let node = process.endpoint().to_owned();
    let key = announcement(&home)["public_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let weight = announcement(&home)["weight"].to_string();
    let file = home.path("change.json");
    let own = home.file("validator.json");
    let (same, stranger) = (format!("{key}:{weight}"), "ab".repeat(48));
    let end = ["-o", text(&file), "--node", &node];
    for (edits, expected) in [
        (&[][..], "edits"),
        (&["--leave", &key][..], "validators of a set"),
        (&["--leave", &stranger][..], "no member"),
        (&["--weigh", &same][..], "already"),
        (&["--join", text(&own)][..], "already"),
        (&["--epoch", "0", "--weigh", &same][..], "epoch"),
    ] {
        let arguments = [&["set", "propose"], edits, &end].concat();
        let (code, said) = refusal(&arguments);
        assert!(code == 1 && said.contains(expected), "{edits:?}: {said}");
        assert!(!file.exists());
    }
    std::fs::write(&file, "{}").unwrap();
    let (code, said) = refusal(&["set", "approve", text(&file), "--node", &node]);
    assert!(code == 1 && said.contains("not a change"), "{said}");
    // The set itself is still kept with the command of old.
    let kept = home.path("set.json");
    let set = object(&["set", "-o", text(&kept), "--node", &node]);
    assert_eq!(set["validators"], 1);
    assert_eq!(run(&["set", "--node", &node]).status.code(), Some(2));
}
