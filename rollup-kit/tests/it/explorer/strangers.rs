//! Sources that are silent, and such as say what they like.

use super::door::nobody;
use super::town::{Shown, Town, anywhere};
use crate::wallet::operating::world::World;
use ledger::BatchSize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server of JSON-RPC that answers each method as it likes.
pub(super) struct Stranger {
    pub(super) url: String,
    task: JoinHandle<()>,
}

impl Stranger {
    pub(super) async fn answering(
        answer: impl Fn(&str) -> Value + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::saying(move |calls| {
            let answers = calls.iter().map(|call| {
                let answer = answer(call["method"].as_str().unwrap());
                let mut answer = answer.as_object().unwrap().clone();
                answer.insert("jsonrpc".to_owned(), json!("2.0"));
                answer.insert("id".to_owned(), call["id"].clone());
                Value::Object(answer)
            });
            Value::Array(answers.collect()).to_string()
        })
        .await
    }

    pub(super) async fn saying(
        said: impl Fn(&[Value]) -> String + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(anywhere()).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let said = said.clone();
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    let calls: Vec<Value> = loop {
                        let mut part = [0; 4096];
                        let count = stream.read(&mut part).await.unwrap_or(0);
                        request.extend_from_slice(&part[..count]);
                        let text = String::from_utf8_lossy(&request);
                        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
                        if let Ok(calls) = serde_json::from_str(body) {
                            break calls;
                        }
                        if count == 0 {
                            return;
                        }
                    };
                    let body = said(&calls);
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                         connection: close\r\ncontent-length: {}\r\n\r\n",
                        body.len()
                    );
                    // Whoever has had enough hangs up.
                    let _ = stream.write_all(head.as_bytes()).await;
                    let _ = stream.write_all(body.as_bytes()).await;
                });
            }
        });
        Self { url, task }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_sources_are_named_and_the_rest_is_shown() {
    let world = World::new(BatchSize::EIGHT).await;
    let shown = Shown::asking(nobody(&world).await).await;
    let overview = shown
        .until("troubles", |o| {
            let of = |source: &Value| source["trouble"].is_string();
            of(&o["follower"]) && of(&o["l1"]) && of(&o["operators"][0]["source"])
        })
        .await;
    assert_eq!(
        (&overview["derived"], &overview["on_l1"]),
        (&Value::Null, &Value::Null)
    );
    let trouble = overview["follower"]["trouble"].as_str().unwrap();
    assert_eq!(trouble, "does not answer: nobody listens there");
    for path in ["/batch/1.json", "/batches/9.json", "/account/on_l1/1.json"] {
        let answer = shown.get(path).await;
        assert_eq!(answer.status, 502, "{path}");
        let error = answer.json()["error"].clone();
        assert_eq!(error, "the follower does not answer: nobody listens there");
    }
    shown.stop().await;

    // L1 alone is up.
    let mut sources = nobody(&world).await;
    sources.l1 = world.l1.http_url();
    let shown = Shown::asking(sources).await;
    let overview = shown
        .until("what L1 has", |o| {
            o["on_l1"].is_object() && o["follower"]["asked"] == true
        })
        .await;
    assert_eq!(
        overview["on_l1"]["bonds"]["validators"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert_eq!(overview["derived"], Value::Null);
    shown.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_last_stays() {
    let town = Town::with_two_batches().await;
    let shown = Shown::of(&town).await;
    shown
        .until("both batches", |o| {
            o["derived"]["batches"][0]["number"] == 2
        })
        .await;
    let Town {
        follower, operator, ..
    } = town;
    follower.stop().await.unwrap();
    operator.stop().await;
    let overview = shown
        .until("their silence", |o| {
            o["follower"]["trouble"].is_string()
                && o["operators"][0]["source"]["trouble"].is_string()
        })
        .await;
    assert_eq!(overview["derived"]["batches"][0]["number"], 2);
    assert!(overview["follower"]["answered_at"].is_u64());
    assert!(overview["operators"][0]["health"].is_object());
    shown.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_answers_are_none() {
    let world = World::new(BatchSize::EIGHT).await;
    let endless = Stranger::saying(|_| "[".repeat(9 << 20)).await;
    let rude = Stranger::answering(|_| {
        let message = format!("<b>\u{1b}[31m{}</b>", "x".repeat(5000));
        json!({ "error": { "code": -32603, "message": message } })
    })
    .await;
    let wrong = Stranger::answering(|_| json!({ "result": { "ok": "maybe" } })).await;
    let other = Stranger::answering(|method| match method {
        "rollup_info" => json!({ "result": {
            "rollup": settlement::Address::ZERO, "operator": settlement::Address::ZERO,
            "batch_size": 8,
        } }),
        _ => json!({ "result": {} }),
    })
    .await;
    let deaf = Stranger::saying(|_| "[]".to_owned()).await;

    let mut sources = nobody(&world).await;
    sources.l1 = deaf.url.clone();
    sources.follower = wrong.url.clone();
    sources.operators = [&endless, &rude, &other, &deaf]
        .map(|s| s.url.clone())
        .to_vec();
    let shown = Shown::asking(sources).await;
    let overview = shown
        .until("troubles", |o| {
            let operators = o["operators"].as_array().unwrap();
            let mut troubled = operators.iter().map(|o| &o["source"]).chain([&o["l1"]]);
            troubled.all(|source| source["trouble"].is_string())
        })
        .await;
    let trouble = |source: &Value| source["trouble"].as_str().unwrap().to_owned();
    assert!(trouble(&overview["follower"]).starts_with("answers what it should not"));
    let operators: Vec<String> = overview["operators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operator| trouble(&operator["source"]))
        .collect();
    assert!(operators[0].contains("bytes"), "{}", operators[0]);
    assert!(
        operators[1].starts_with("refuses: <b>[31m"),
        "{}",
        operators[1]
    );
    assert!(operators[1].len() < 300, "{}", operators[1]);
    assert!(
        operators[2].contains("it operates rollup"),
        "{}",
        operators[2]
    );
    assert!(operators[3].contains("no answer"), "{}", operators[3]);
    shown.stop().await;
}
