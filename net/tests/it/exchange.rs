//! Requests and answers: what passes, what is bounded, what fails how.

use crate::nodes::{
    Node, PATIENCE, QUIC, TCP, config, disperse, header, identity, key, meta, terms, until,
};
use net::{Error, Event, MAX_CELLS, NetConfig, Quota, Request, Response, Role};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use types::{Height, SetHash};

async fn ask_for_the_latest(asker: &mut Node, asked: &mut Node) {
    let peer = asked.peer();
    let answer = async {
        let request = |event| match event {
            Event::Request {
                peer,
                request,
                reply,
            } => Some((peer, request, reply)),
            _ => None,
        };
        let (from, request, reply) = asked.next_with(request).await;
        assert!(matches!(request, Request::LatestHeader));
        reply.send(Response::LatestHeader(header(7)));
        from
    };
    let question = asker.network.request(peer, Request::LatestHeader, PATIENCE);
    let (response, from) = tokio::join!(question, answer);
    assert_eq!(from, asker.peer());
    let Response::LatestHeader(got) = response.unwrap() else {
        panic!("another answer");
    };
    assert_eq!(got.header, header(7).header);
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_in_both_directions() {
    let (mut full, mut light) = (Node::full().await, Node::light().await);
    light.dial(&full).await;
    full.connected().await;
    ask_for_the_latest(&mut light, &mut full).await;
    ask_for_the_latest(&mut full, &mut light).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispersal_of_four_mebibytes_arrives_whole() {
    for listen in [QUIC, TCP] {
        let server = Node::start(config(Role::Full, listen)).await;
        let client = Node::validator(1).await;
        client.dial(&server).await;
        let (peer, got) = (server.peer(), Arc::new(Mutex::new(None)));
        let slot = Arc::clone(&got);
        let _serving = server.serve(move |_, request| {
            if let Request::Disperse(disperse) = request {
                *slot.lock().unwrap() = Some(disperse);
            }
            Some(Response::Dispersed { receipt: None })
        });
        let sent = disperse((MAX_CELLS / 128) as u64, 128);
        let before = client.network.traffic();
        let response = client
            .network
            .request(
                peer,
                Request::Disperse(sent.clone()),
                Duration::from_secs(30),
            )
            .await
            .unwrap();
        assert!(matches!(response, Response::Dispersed { receipt: None }));
        let got = got.lock().unwrap().take().unwrap();
        assert_eq!((got.rows, got.meta), (sent.rows, sent.meta));
        let after = client.network.traffic();
        assert!(after.sent - before.sent > 4 << 20);
        assert!(after.received > before.received);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_each_answered_with_their_own() {
    let server = Node::full().await;
    let client = Node::full().await;
    client.dial(&server).await;
    let peer = server.peer();
    let _serving = server.serve(|_, request| match request {
        Request::Headers { from, count } => {
            let heights = from.get()..from.get() + u64::from(count);
            Some(Response::Headers(heights.map(header).collect()))
        }
        _ => Some(Response::NotFound),
    });
    let asked = (1..=40_u64).map(|from| {
        let network = client.network.clone();
        async move {
            let request = Request::Headers {
                from: Height::new(from),
                count: 3,
            };
            let response = network
                .request(peer, request, Duration::from_secs(30))
                .await;
            let Response::Headers(headers) = response.unwrap() else {
                panic!("another answer");
            };
            assert_eq!(headers[0].header.height, Height::new(from));
        }
    });
    futures::future::join_all(asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_dropped_answers_busy() {
    let server = Node::full().await;
    let client = Node::light().await;
    client.dial(&server).await;
    let peer = server.peer();
    let _serving = server.serve(|_, _| None);
    let response = client
        .network
        .request(peer, Request::Certificates, Duration::from_secs(10))
        .await
        .unwrap();
    assert!(matches!(
        response,
        Response::Busy {
            retry_after_ms: 1..
        }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_nobody_receives_answer_busy_and_are_bounded() {
    let mut limits = config(Role::Full, QUIC);
    limits.limits.event_queue = 1;
    let server = Node::start(limits).await;
    let client = Node::full().await;
    client.dial(&server).await;
    // The queue's one place is taken by the client's own arrival.
    let response = client.ask(&server, Request::Genesis).await.unwrap();
    assert!(matches!(response, Response::Busy { .. }), "{response:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_with_the_deadline() {
    let mut server = Node::full().await;
    let client = Node::light().await;
    client.dial(&server).await;
    let deadline = Duration::from_millis(300);
    let error = client
        .network
        .request(server.peer(), Request::Genesis, deadline)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Timeout { after, .. } if after == deadline));
    assert!(!error.is_peer_fault());
    // The reply was held all the while.
    server.connected().await;
    assert!(matches!(server.next().await, Event::Request { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_peers_that_left_are_typed_errors() {
    let (client, server) = (Node::light().await, Node::full().await);
    let error = client.ask(&server, Request::Genesis).await.unwrap_err();
    assert!(matches!(error, Error::NotConnected { .. }));

    client.dial(&server).await;
    let (peer, network) = (server.peer(), client.network.clone());
    let asking = tokio::spawn(async move {
        network
            .request(peer, Request::Genesis, Duration::from_secs(30))
            .await
    });
    let mut server = server;
    let reply = server
        .next_with(|event| match event {
            Event::Request { reply, .. } => Some(reply),
            _ => None,
        })
        .await;
    server.network.shutdown().await;
    let error = asking.await.unwrap().unwrap_err();
    assert!(
        matches!(error, Error::Disconnected { .. } | Error::Transport { .. }),
        "{error}"
    );
    reply.send(Response::NotFound);
    let error = server.ask(&client, Request::Genesis).await.unwrap_err();
    assert!(matches!(error, Error::Stopped));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_request_outside_its_bounds_is_not_sent() {
    let (client, server) = (Node::light().await, Node::full().await);
    client.dial(&server).await;
    let request = Request::Headers {
        from: Height::FIRST,
        count: 65,
    };
    let error = client.ask(&server, request).await.unwrap_err();
    assert!(matches!(
        error,
        Error::OutOfBounds {
            got: 65,
            max: 64,
            ..
        }
    ));
    assert!(!error.is_peer_fault());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_large_frames_from_light_nodes_are_not_read() {
    let (client, server) = (Node::light().await, Node::full().await);
    client.dial(&server).await;
    let (peer, network) = (server.peer(), server.network.clone());
    let before = network.traffic().received;
    let _serving = server.serve(|_, _| panic!("it reached the application"));
    let error = client
        .network
        .request(
            peer,
            Request::Disperse(disperse(16, 128)),
            Duration::from_secs(30),
        )
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Transport { .. } | Error::Disconnected { .. }),
        "{error}"
    );
    assert_eq!(network.traffic().received, before);

    // A small one is read, and refused.
    let response = client
        .network
        .request(
            peer,
            Request::Disperse(disperse(1, 1)),
            Duration::from_secs(30),
        )
        .await
        .unwrap();
    assert!(matches!(response, Response::Refused { .. }), "{response:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dispersals_are_for_validators_that_were_named() {
    let (server, client) = (Node::full().await, Node::validator(1).await);
    let stranger = Node::full().await;
    server
        .network
        .set_validators([key(2).public_key().address()]);
    client.dial(&server).await;
    stranger.dial(&server).await;
    let peer = server.peer();
    let server = server.serve(|_, _| Some(Response::Dispersed { receipt: None }));
    let large = || Request::Disperse(disperse(2, 128));
    let deadline = Duration::from_secs(30);
    // More often than a fault would be forgiven: neither has to know our list.
    for node in [&client, &stranger] {
        for _ in 0..5 {
            let asked = node.network.request(peer, large(), deadline).await;
            assert!(matches!(asked, Err(Error::Transport { .. })), "{asked:?}");
        }
        let small = Request::Disperse(disperse(1, 1));
        let response = node.network.request(peer, small, deadline).await.unwrap();
        assert!(matches!(response, Response::Refused { .. }), "{response:?}");
        assert!(!server.is_banned(&node.peer()));
    }

    server.set_validators([1, 2].map(|seed| key(seed).public_key().address()));
    let response = client.network.request(peer, large(), deadline).await;
    assert!(matches!(response, Ok(Response::Dispersed { .. })));
    let asked = stranger.network.request(peer, large(), deadline).await;
    assert!(matches!(asked, Err(Error::Transport { .. })), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn impatience_is_nobodys_fault() {
    let (client, server) = (Node::full().await, Node::full().await);
    client.dial(&server).await;
    let (network, peer) = (&client.network, server.peer());
    let deadline = Duration::from_millis(20);
    let asked = (0..60).map(|_| network.request(peer, Request::Genesis, deadline));
    for asked in futures::future::join_all(asked).await {
        assert!(matches!(asked, Err(Error::Timeout { .. })), "{asked:?}");
    }
    assert!(!client.network.is_banned(&server.peer()));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_answers_beside_the_question_are_errors_and_lead_to_a_ban() {
    let (client, server) = (Node::light().await, Node::full().await);
    client.dial(&server).await;
    let peer = server.peer();
    let _serving = server.serve(|_, _| Some(Response::BlobMeta(meta(2))));
    let questions = [
        Request::LatestHeader,
        Request::BlobMeta { id: meta(1).id() },
        Request::ValidatorSet {
            hash: SetHash::new([0; 32]),
        },
        Request::Receipt {
            terms: terms(meta(2).id()),
        },
    ];
    for question in questions {
        let error = client
            .network
            .request(peer, question, Duration::from_secs(10))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::WrongAnswer { .. }), "{error}");
        assert!(error.is_peer_fault());
    }
    assert!(client.network.is_banned(&peer));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_more_than_the_quota_is_answered_busy_with_a_time() {
    let mut stingy: NetConfig = config(Role::Full, QUIC);
    stingy.limits.light = Quota {
        requests_per_second: 1,
        request_burst: 3,
        bytes_per_second: 1 << 20,
        byte_burst: 1 << 20,
    };
    let server = Node::start(stingy).await;
    let client = Node::light().await;
    client.dial(&server).await;
    let peer = server.peer();
    let _serving = server.serve(|_, _| Some(Response::NotFound));
    let mut answers = Vec::new();
    for _ in 0..5 {
        let request = client
            .network
            .request(peer, Request::Genesis, Duration::from_secs(10));
        answers.push(request.await.unwrap());
    }
    assert!(matches!(
        answers[..3],
        [Response::NotFound, Response::NotFound, Response::NotFound]
    ));
    let Some(Response::Busy { retry_after_ms }) = answers
        .iter()
        .find(|answer| matches!(answer, Response::Busy { .. }))
    else {
        panic!("never busy: {answers:?}");
    };
    assert!((1..=1_000).contains(retry_after_ms), "{retry_after_ms}");
}

/// Little to spend, and next to nothing coming in.
fn stingy(byte_burst: u64) -> NetConfig {
    let mut config = config(Role::Full, QUIC);
    config.limits.light = Quota {
        requests_per_second: 1_000,
        request_burst: 1_000,
        bytes_per_second: 1,
        byte_burst,
    };
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_coming_back_does_not_renew_the_quota() {
    let server = Node::start(stingy(10_000)).await;
    let (peer, addr) = (server.peer(), server.addr());
    let server = server.serve(|_, _| Some(Response::Genesis(vec![0; 50_000].into())));
    let identity = identity();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let client = Node::start_as(identity.clone(), config(Role::Light, QUIC), None).await;
        client.network.dial(addr.clone()).await.unwrap();
        let request = client.network.request(peer, Request::Genesis, PATIENCE);
        answers.push(request.await.unwrap());
        client.network.shutdown().await;
        until("the client is gone", || server.connected_peers().is_empty()).await;
    }
    assert!(
        matches!(answers[..], [Response::Genesis(_), Response::Busy { .. }]),
        "{answers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_parity_cells_use_up_a_quota_that_data_cells_do_not() {
    let server = Node::start(stingy(1 << 20)).await;
    let client = Node::light().await;
    client.dial(&server).await;
    let peer = server.peer();
    let _serving = server.serve(|_, _| Some(Response::NotFound));
    let ask = |row| {
        let at = types::Coordinates {
            row,
            column: types::ColumnIndex::new(5).unwrap(),
        };
        let request = Request::Samples {
            height: Height::FIRST,
            coordinates: vec![at; 64],
        };
        client.network.request(peer, request, PATIENCE)
    };
    let first = types::RowIndex::FIRST;
    for _ in 0..10 {
        let answer = ask(types::GridRow::Data(first)).await.unwrap();
        assert!(matches!(answer, Response::NotFound), "{answer:?}");
    }
    // 64 of them are charged 2 MiB.
    let _ = ask(types::GridRow::Parity(first)).await.unwrap();
    let answer = ask(types::GridRow::Parity(first)).await.unwrap();
    assert!(matches!(answer, Response::Busy { .. }), "{answer:?}");
}
