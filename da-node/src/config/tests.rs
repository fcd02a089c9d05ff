#![allow(clippy::unwrap_used)]

use super::Keep;
use chain::ColumnSet;
use net::PeerId;

#[test]
fn a_node_keeps_as_many_columns_as_it_says_and_always_the_same() {
    let peer = PeerId::random();
    assert_eq!(Keep::All.columns(&peer), ColumnSet::full());
    assert_eq!(Keep::Columns(128).columns(&peer), ColumnSet::full());
    for count in [1, 64, 127] {
        let columns = Keep::Columns(count).columns(&peer);
        assert_eq!(columns.len(), count);
        assert_eq!(columns, Keep::Columns(count).columns(&peer));
    }
}

#[test]
fn fewer_columns_are_among_more() {
    let peer = PeerId::random();
    let (few, many) = (
        Keep::Columns(10).columns(&peer),
        Keep::Columns(90).columns(&peer),
    );
    assert!(few.difference(many).is_empty());
}

#[test]
fn nodes_differ() {
    let columns = |_| Keep::Columns(64).columns(&PeerId::random()).to_bits();
    let all: std::collections::BTreeSet<_> = (0..8).map(columns).collect();
    assert!(all.len() > 1);
}
