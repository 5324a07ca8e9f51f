//! Tools that a turn may call: the host of MCP servers and the built-in tools.
//!
//! The boundary stands before its contents: a tool sees the arguments of one call
//! and answers with text. Deliberately absent: Foundry, conversations on disk,
//! windows. Nothing is offered to a model yet.
