#![allow(clippy::unwrap_used)]

use super::*;

fn addr(port: usize) -> Multiaddr {
    format!("/ip4/10.0.0.1/tcp/{port}").parse().unwrap()
}

#[test]
fn a_book_has_one_address_of_each_peer_and_is_bounded() {
    let mut book = Book::default();
    let first = PeerId::random();
    book.note(first, addr(1));
    book.note(first, addr(2));
    assert_eq!(book.addrs, [(first, addr(2))]);
    for port in 0..2 * Book::LENGTH {
        book.note(PeerId::random(), addr(port));
    }
    assert_eq!(book.addrs.len(), Book::LENGTH);
    assert!(book.addrs.iter().all(|(peer, _)| *peer != first));
    let last = book.addrs.back().unwrap().0;
    book.strike(&last);
    assert_eq!(book.addrs.len(), Book::LENGTH - 1);
}
