//! What a node says of itself, for people and for programs.
#![allow(clippy::unwrap_used)]

use crate::client::page::board::Board;
use crate::client::page::fixture::{begun, judged, status};
use crate::client::page::report::{PageStatus, Uptime, Vitals};
use std::time::Duration;

fn board() -> Board {
    let mut board = Board::default();
    board.apply(&judged(1, 2, 20, 20));
    board.apply(&begun(2, 2, &[0, 1]));
    board
}

#[test]
fn it_shows_as_a_short_table() {
    let status = PageStatus::of(Vitals::of(status()), &board());
    let (chain, tip) = ("07".repeat(32), "09".repeat(32));
    let expected = format!(
        "chain   {chain}\n\
         tip     #9  {tip}\n\
         peers   4 full, 2 light\n\
         today   69 KiB received, 900 B sent, of 5 MiB\n\
         up      1 h 2 min\n\
         blocks  1 available, 0 unavailable, 0 undecided\n\
         #2  2 rows  sampling\n\
         #1  2 rows  available  20/20 samples  4 peers  miss 1 in "
    );
    let shown = status.to_string();
    assert!(shown.starts_with(&expected), "{shown}");
}

#[test]
fn no_text_commands_the_terminal() {
    let mut status = status();
    status.stopped = Some("\u{1b}[2Jgone\r\n#1  available".to_owned());
    let shown = PageStatus::of(Vitals::of(status), &board()).to_string();
    assert!(!shown.contains(['\u{1b}', '\r']), "{shown:?}");
    assert!(shown.contains("gone\u{fffd}\u{fffd}#1"), "{shown:?}");
}

#[test]
fn its_json_reads_back_the_same() {
    let status = PageStatus::of(Vitals::of(status()), &board());
    let json = serde_json::to_string(&status).unwrap();
    assert_eq!(serde_json::from_str::<PageStatus>(&json).unwrap(), status);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["tip"]["height"], 9);
    let cells = serde_json::json!([[[0, 0], "planned"], [[0, 1], "planned"]]);
    assert_eq!(json["blocks"][0]["cells"], cells);
    assert_eq!(json["blocks"][1]["verdict"]["verdict"], "available");
}

#[test]
fn spans_show_their_two_largest_units() {
    let shown = [9, 75, 3725, 90_000].map(|s| Uptime(Duration::from_secs(s)).to_string());
    assert_eq!(shown, ["9 s", "1 min 15 s", "1 h 2 min", "1 d 1 h"]);
}
