#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Full, Room, network_of};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

fn room(most: usize, most_per_address: usize) -> Arc<Room> {
    Arc::new(Room {
        open: Arc::default(),
        most,
        most_per_address,
        by_address: std::sync::Mutex::default(),
    })
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn there_is_room_for_as_many_as_were_named() {
    let room = room(3, 2);
    let first = room.take(ip("192.0.2.1")).unwrap();
    let _second = room.take(ip("192.0.2.1")).unwrap();
    let full = |address| room.take(ip(address)).err();
    assert_eq!(full("192.0.2.1"), Some(Full::Address));
    let _third = room.take(ip("192.0.2.2")).unwrap();
    assert_eq!(full("192.0.2.3"), Some(Full::All));
    drop(first);
    assert_eq!(full("192.0.2.1"), None);
}

#[test]
fn nobody_is_remembered_who_has_left() {
    let room = room(10, 1);
    for last in 0..=255_u8 {
        drop(room.take(IpAddr::from([192, 0, 2, last])).unwrap());
    }
    assert!(room.lock().is_empty());
    assert_eq!(room.open.load(Ordering::Relaxed), 0);
}

#[test]
fn an_ipv6_network_counts_as_one() {
    let same = |one, other| network_of(ip(one)) == network_of(ip(other));
    assert!(same("2001:db8::1", "2001:db8::ffff:1"));
    assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
    assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
    assert!(!same("192.0.2.1", "192.0.2.2"));
}
