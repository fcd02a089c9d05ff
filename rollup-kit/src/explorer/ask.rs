//! JSON-RPC 2.0 over HTTP, to servers of which nothing is believed: an answer has a bound and a
//! time, and a stranger's words are cut.

use crate::{Error, Result};
use alloy::transports::http::reqwest::{Client, Response, Url, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// Most bytes of an answer: a hundred batches of the largest size.
const ANSWER_BYTES: usize = 8 << 20;
/// Most calls of a request: as many as followers and operators take.
const CALLS: usize = 16;
/// Most characters of a server's words that are repeated.
const WORDS: usize = 200;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// What was asked for does not exist (EIP-1474).
const NOT_FOUND: i64 = -32001;

/// Why there is no answer, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// Nothing came.
    #[error("does not answer: {0}")]
    Silent(String),
    /// What came is no answer to what was asked.
    #[error("answers what it should not: {0}")]
    Strange(String),
    /// It refuses.
    #[error("refuses: {message}")]
    Refused {
        /// The error's code.
        code: i64,
        /// Its message.
        message: String,
    },
}

impl From<settlement::Error> for Trouble {
    fn from(error: settlement::Error) -> Self {
        let said = words(&error.to_string());
        match error {
            settlement::Error::Transport { .. } => Self::Silent(said),
            _ => Self::Strange(said),
        }
    }
}

/// A server.
#[derive(Debug, Clone)]
pub(super) struct Rpc {
    url: Url,
    client: Client,
}

/// A method with its parameters.
pub(super) type Call = (&'static str, Value);

#[derive(Deserialize)]
struct Answer {
    id: usize,
    #[serde(default)]
    result: Value,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    code: i64,
    message: String,
}

impl Rpc {
    /// A client of the server. Nothing is sent yet.
    pub(super) fn new(what: &'static str, url: &str) -> Result<Self> {
        let wrong = || Error::Source {
            what,
            got: words(url),
            expected: "http://HOST:PORT",
        };
        let url: Url = url.parse().map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong());
        }
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|_| wrong())?;
        Ok(Self { url, client })
    }

    /// Where it is, for people: without a password that the URL may have.
    pub(super) fn name(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default();
        words(&port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    }

    /// Asks one thing.
    pub(super) async fn call<T: DeserializeOwned>(&self, call: Call) -> Result<T, Trouble> {
        let mut answers = self.calls(&[call]).await?.into_iter();
        read(answers.next())
    }

    /// Asks several things. There is an outcome for each, in their order.
    pub(super) async fn calls(
        &self,
        calls: &[Call],
    ) -> Result<Vec<Result<Value, Trouble>>, Trouble> {
        let mut outcomes = Vec::with_capacity(calls.len());
        for calls in calls.chunks(CALLS) {
            self.some(calls, &mut outcomes).await?;
        }
        Ok(outcomes)
    }

    async fn some(
        &self,
        calls: &[Call],
        outcomes: &mut Vec<Result<Value, Trouble>>,
    ) -> Result<(), Trouble> {
        let request: Vec<Value> = calls
            .iter()
            .enumerate()
            .map(|(id, (method, params))| {
                json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
            })
            .collect();
        let sent = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .body(Value::Array(request).to_string());
        let response = sent.send().await.map_err(|error| silent(&error))?;
        let status = response.status();
        let bytes = body(response).await?;
        let answers: Vec<Answer> = serde_json::from_slice(&bytes)
            .map_err(|_| Trouble::Strange(format!("HTTP status {status}, and no JSON-RPC")))?;
        let mut found: Vec<Option<Answer>> = calls.iter().map(|_| None).collect();
        for answer in answers {
            if let Some(place) = found.get_mut(answer.id) {
                *place = Some(answer);
            }
        }
        outcomes.extend(found.into_iter().map(|answer| match answer {
            None => Err(Trouble::Strange("one call has no answer".to_owned())),
            Some(Answer {
                error: Some(fault), ..
            }) => Err(Trouble::Refused {
                code: fault.code,
                message: words(&fault.message),
            }),
            Some(Answer { result, .. }) => Ok(result),
        }));
        Ok(())
    }
}

/// Reads an outcome as what it should be.
pub(super) fn read<T: DeserializeOwned>(
    outcome: Option<Result<Value, Trouble>>,
) -> Result<T, Trouble> {
    let missing = || Err(Trouble::Strange("one call has no answer".to_owned()));
    let value = outcome.unwrap_or_else(missing)?;
    serde_json::from_value(value).map_err(|error| Trouble::Strange(words(&error.to_string())))
}

/// As [`read`]; none for what does not exist, which an operator answers with null and a follower
/// with an error.
pub(super) fn find<T: DeserializeOwned>(
    outcome: Option<Result<Value, Trouble>>,
) -> Result<Option<T>, Trouble> {
    match outcome {
        Some(Err(Trouble::Refused {
            code: NOT_FOUND, ..
        })) => Ok(None),
        other => read(other),
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| silent(&error))? {
        if bytes.len() + chunk.len() > ANSWER_BYTES {
            return Err(Trouble::Strange(format!("more than {ANSWER_BYTES} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn silent(error: &alloy::transports::http::reqwest::Error) -> Trouble {
    Trouble::Silent(
        if error.is_timeout() {
            "no answer in time"
        } else if error.is_connect() {
            "nobody listens there"
        } else {
            "the connection broke"
        }
        .to_owned(),
    )
}

/// A stranger's words without control characters, and not many of them.
pub(super) fn words(text: &str) -> String {
    let printable = text.chars().filter(|character| !character.is_control());
    printable.take(WORDS).collect()
}
