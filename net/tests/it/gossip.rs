//! Announcements: they go as far as verdicts let them.

use crate::nodes::{Node, approval, certificate, header, meta};
use net::{Announcement, Event, Verdict};
use std::time::Duration;

fn height(announcement: &Announcement) -> u64 {
    match announcement {
        Announcement::Header(header) => header.header.height.get(),
        Announcement::Certified { .. } | Announcement::Approval { .. } => panic!("not a header"),
    }
}

async fn heard(node: &mut Node) -> (Announcement, Verdict) {
    node.next_with(|event| match event {
        Event::Announcement {
            announcement,
            verdict,
            ..
        } => Some((announcement, verdict)),
        _ => None,
    })
    .await
}

/// Announces ever higher headers, so that one is heard once subscriptions have spread.
fn announce(node: &Node) -> tokio::task::JoinHandle<()> {
    let network = node.network.clone();
    tokio::spawn(async move {
        for height in 1.. {
            let said = network.announce(Announcement::Header(header(height))).await;
            if said.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
}

/// A light node that speaks, a full node that judges, a light node that hears: the light nodes
/// know nobody but the full node.
async fn line() -> (Node, Node, Node) {
    let (from, judge, to) = (Node::light().await, Node::full().await, Node::light().await);
    from.dial(&judge).await;
    to.dial(&judge).await;
    (from, judge, to)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_goes_on_and_what_is_ignored_does_not() {
    let (from, mut judge, mut to) = line().await;
    let speaking = announce(&from);
    let judging = tokio::spawn(async move {
        loop {
            let (announcement, verdict) = heard(&mut judge).await;
            match height(&announcement) % 3 {
                0 => verdict.accept(),
                1 => verdict.ignore(),
                _ => drop(verdict),
            }
        }
    });
    for _ in 0..5 {
        let (announcement, _) = heard(&mut to).await;
        assert_eq!(height(&announcement) % 3, 0);
    }
    speaking.abort();
    judging.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_what_is_rejected_stops_and_its_sender_is_banned_in_the_end() {
    let (from, mut judge, mut to) = line().await;
    let speaking = announce(&from);
    let mut rejected = 0;
    while !judge.network.is_banned(&from.peer()) {
        // The last verdict bans, and nothing is heard after it.
        let next = tokio::time::timeout(Duration::from_millis(200), heard(&mut judge));
        if let Ok((_, verdict)) = next.await {
            verdict.reject();
            rejected += 1;
        }
        assert!(rejected < 100, "no end of it");
    }
    speaking.abort();
    assert!(rejected >= 5, "banned after {rejected}");
    while let Ok(event) = to.events.try_recv() {
        assert!(!matches!(event, Event::Announcement { .. }), "{event:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_reach_full_nodes() {
    let (from, mut to) = (Node::full().await, Node::full().await);
    from.dial(&to).await;
    let network = from.network.clone();
    let speaking = tokio::spawn(async move {
        for rows in (1..=128).cycle() {
            let meta = meta(rows);
            let certificate = certificate(meta.id());
            let said = Announcement::Certified { meta, certificate };
            if network.announce(said).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let (announcement, verdict) = heard(&mut to).await;
    verdict.accept();
    speaking.abort();
    let Announcement::Certified { meta, certificate } = announcement else {
        panic!("not a certificate");
    };
    assert_eq!(meta.id(), certificate.terms.blob);
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_reach_full_nodes_and_no_light_ones() {
    let (from, mut to, mut light) = (Node::full().await, Node::full().await, Node::light().await);
    from.dial(&to).await;
    light.dial(&from).await;
    let network = from.network.clone();
    let speaking = tokio::spawn(async move {
        for epoch in 1.. {
            let (change, approval) = approval(epoch);
            let said = Announcement::Approval { change, approval };
            if network.announce(said).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    for _ in 0..3 {
        let (announcement, verdict) = heard(&mut to).await;
        verdict.accept();
        let Announcement::Approval {
            change,
            approval: got,
        } = announcement
        else {
            panic!("not an approval");
        };
        assert_eq!((change.clone(), got), approval(change.epoch.get()));
    }
    speaking.abort();
    while let Ok(event) = light.events.try_recv() {
        assert!(!matches!(event, Event::Announcement { .. }), "{event:?}");
    }
}
