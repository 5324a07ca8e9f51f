//! The translation between OpenAI's Chat Completions and the Messages API.
//!
//! Three tables say what is expected, each row with its reason: `requests`, `responses`
//! and `streams`, beside this file.

#[path = "openai/any.rs"]
mod any;
#[path = "openai/limits.rs"]
mod limits;
#[path = "openai/properties.rs"]
mod properties;
#[path = "openai/requests.rs"]
mod requests;
#[path = "openai/responses.rs"]
mod responses;
#[path = "openai/rest.rs"]
mod rest;
#[path = "openai/rows.rs"]
mod rows;
#[path = "openai/spoiled.rs"]
mod spoiled;
#[path = "openai/streams.rs"]
mod streams;
