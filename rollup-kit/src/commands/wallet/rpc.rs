//! JSON-RPC 2.0 over HTTP, to a server that nothing is believed of: answers have a bound and a
//! time, and their words reach a terminal without control characters.

use super::error::{Error, Result};
use alloy::transports::http::reqwest::{Client, Response, Url, redirect};
use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// Most bytes of an answer.
const ANSWER_BYTES: usize = 4 << 20;
/// Most characters of a server's words that are told.
const WORDS: usize = 300;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What was asked for does not exist (EIP-1474).
const NOT_FOUND: i64 = -32001;

/// Where the server is.
#[derive(Debug, Clone, Args)]
pub(super) struct ServerAt {
    /// The operator's JSON-RPC; a follower's does for `balance` and `claim`.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8645")]
    operator: String,
}

impl ServerAt {
    pub(super) fn client(&self) -> Result<Rpc> {
        Rpc::new(&self.operator)
    }
}

/// A client.
#[derive(Debug, Clone)]
pub(super) struct Rpc {
    url: Url,
    client: Client,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    code: i64,
    message: String,
    #[serde(default)]
    data: Value,
}

impl Rpc {
    /// A client of this server. Nothing is sent yet.
    pub(super) fn new(url: &str) -> Result<Self> {
        let wrong = || Error::Given {
            what: "the server's URL",
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

    /// Calls a method.
    ///
    /// # Errors
    /// [`Error::Silent`] when no answer comes, [`Error::Refused`], [`Error::Answer`].
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let sent = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .body(request.to_string());
        let response = sent
            .send()
            .await
            .map_err(|error| self.silent(method, &error))?;
        let status = response.status();
        let bytes = self.body(method, response).await?;
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| {
            self.silent(
                method,
                &format_args!("HTTP status {status}, and no JSON-RPC"),
            )
        })?;
        if let Some(fault) = answer.error {
            let refusal = fault.data.get("refusal").and_then(Value::as_str);
            return Err(Error::Refused {
                method,
                code: fault.code,
                refusal: refusal.map(words),
                message: words(&fault.message),
            });
        }
        serde_json::from_value(answer.result).map_err(|error| Error::Answer {
            method,
            what: words(&error.to_string()),
        })
    }

    /// As [`Self::call`]; none for what does not exist, which an operator answers with null and a
    /// follower refuses by this name. An operator that has not read L1 yet gives no name.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<Option<T>> {
        match self.call(method, params).await {
            Err(Error::Refused { code, refusal, .. })
                if code == NOT_FOUND && refusal.as_deref() == Some("not_found") =>
            {
                Ok(None)
            }
            other => other,
        }
    }

    /// Reads a body as far as its bound.
    async fn body(&self, method: &'static str, mut response: Response) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| self.silent(method, &error))? else {
                return Ok(bytes);
            };
            if bytes.len() + chunk.len() > ANSWER_BYTES {
                return Err(Error::Answer {
                    method,
                    what: format!("more than {ANSWER_BYTES} bytes"),
                });
            }
            bytes.extend_from_slice(&chunk);
        }
    }

    fn silent(&self, method: &'static str, reason: &impl std::fmt::Display) -> Error {
        Error::Silent {
            url: words(self.url.as_str()),
            method,
            reason: words(&reason.to_string()),
        }
    }
}

/// A stranger's words, fit for a terminal.
pub(super) fn words(text: &str) -> String {
    let printable = text.chars().filter(|character| !character.is_control());
    printable.take(WORDS).collect()
}
