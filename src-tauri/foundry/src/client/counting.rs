//! Counting a request's tokens, which is free and has a limit of its own
//! (<https://platform.claude.com/docs/en/build-with-claude/token-counting>).

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use hearth_wire::{ApiError, MessagesRequest};
use reqwest::Request;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use serde_json::value::RawValue;

use super::asking::{SentWith, post};
use super::body::{self, BodyError};
use super::{Client, Target, answer};
use crate::failure::{Failure, Oddity};

/// Most bytes of an answer, which is one number.
const LONGEST: usize = 64 * 1024;
/// Longest time for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a count depends on. Counting refuses what it does not know, and a request says more.
const COUNTED: [&str; 9] = [
    "cache_control",
    "context_management",
    "messages",
    "model",
    "output_config",
    "system",
    "thinking",
    "tool_choice",
    "tools",
];

impl Client {
    /// Counts the input tokens of a request. Asked once: nobody waits long for a number. A token
    /// that was refused is renewed once, as with [`Client::stream`].
    ///
    /// # Errors
    ///
    /// As with [`Client::stream`].
    pub async fn count_tokens(
        &self,
        target: &Target,
        request: &MessagesRequest,
    ) -> Result<u64, Failure> {
        let body = counted(request);
        let counting = async {
            let (failure, with) = match self.count(target, body.clone()).await {
                Ok(count) => return Ok(count),
                Err(failed) => failed,
            };
            if !with.renewed(&failure, target) {
                return Err(failure);
            }
            self.count(target, body)
                .await
                .map_err(|(failure, _)| failure)
        };
        let counted = tokio::time::timeout(PATIENCE, counting).await;
        counted.unwrap_or(Err(Failure::Stalled))
    }

    async fn count(&self, target: &Target, body: Bytes) -> Result<u64, (Failure, SentWith)> {
        let url = target.endpoint.count_tokens();
        let posted = post(self, target, url, "application/json", body).await;
        let (request, with) = posted.map_err(|failure| (failure, SentWith::default()))?;
        match self.counted(target, request).await {
            Ok(count) => Ok(count),
            Err(failure) => {
                let failure = with.explain(failure, target);
                Err((with.veiled(failure, target), with))
            }
        }
    }

    async fn counted(&self, target: &Target, request: Request) -> Result<u64, Failure> {
        let loopback = target.endpoint.is_loopback();
        let response = self.send(request, loopback, PATIENCE).await?;
        let (response, ids) = answer::judge(response).await?.unread();
        let content_type = response.headers().get(CONTENT_TYPE).cloned();
        let odd = |what| Failure::Unexpected {
            what,
            ids: ids.clone(),
        };
        let bytes = body::whole(body::chunks(response, PATIENCE), LONGEST).await;
        let bytes = bytes.map_err(|error| match error {
            BodyError::Stalled => Failure::Stalled,
            BodyError::Broken(_) => Failure::Cut,
            BodyError::TooLong => odd(Oddity::TooLong),
        })?;
        if bytes.is_empty() {
            return Err(odd(Oddity::Empty));
        }
        let read: Option<Value> = serde_json::from_slice(&bytes).ok();
        let count = read.and_then(|read| read.get("input_tokens")?.as_u64());
        count.ok_or_else(|| {
            let text = String::from_utf8_lossy(&bytes);
            match ApiError::parse(&text).filter(|error| error.kind.is_some()) {
                Some(error) => Failure::StreamError {
                    error: Box::new(error),
                    ids: ids.clone(),
                },
                None => odd(Oddity::OtherContent {
                    content_type: content_type
                        .map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned())
                        .unwrap_or_default(),
                    beginning: answer::shortened(&text),
                }),
            }
        })
    }
}

/// What is counted of a request, each member as it would go to be answered.
fn counted(request: &MessagesRequest) -> Bytes {
    let mut members: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(&request.json()).expect("BUG: a request is an object");
    members.retain(|name, _| COUNTED.contains(&name.as_str()));
    let bytes = serde_json::to_vec(&members).expect("BUG: members are valid JSON");
    Bytes::from(bytes)
}
