//! A curl command, as documentation prints it and browsers copy it.
//!
//! Only what names a connection is read: the address, the credential, the model. Nothing is
//! run, and no file that the command names is opened.

mod options;
mod printed;
mod quotes;
mod shells;

use std::sync::Arc;

use hearth_foundry::{Environment, Secret};
use serde_json::Value;

use super::found::names_a_secret;
use super::{Found, env_block, headers, unreadable};
use crate::api::{CredentialChoice, ErrorCode, ErrorReport};

/// Headers that are taken along at most; each is kept in the keyring.
const MOST_HEADERS: usize = 32;

/// Headers that say nothing about a connection.
const OF_NO_ACCOUNT: [&str; 6] = [
    "accept",
    "accept-encoding",
    "content-length",
    "content-type",
    "host",
    "user-agent",
];

/// The line on which a command begins.
pub(super) fn begins(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['$', '>', '%', '&']);
    let word = line.split_whitespace().next().unwrap_or_default();
    // Where the program lies on this system or on Windows, whose separators a reader of POSIX
    // words takes away.
    let is_path = word.starts_with('/') && word.ends_with("/curl");
    let is_drive = word.get(1..2) == Some(":") && word.ends_with("curl.exe");
    is_path || is_drive || matches!(word, "curl" | "curl.exe")
}

/// The connection that the first command of the text asks. Lines before it may set
/// variables that it uses.
///
/// # Errors
/// [`ErrorCode::ImportUnreadable`] when its quotes do not end, and
/// [`ErrorCode::ImportEmpty`] when it asks nobody.
pub(super) fn read(text: &str, environment: &Environment) -> Result<Vec<Found>, ErrorReport> {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| begins(line)).unwrap_or(0);
    let before = Environment::from_vars(env_block::variables(&lines[..first].join("\n")));
    let command = quotes::plain(&shells::one_line(&lines[first..].join("\n")));
    let words = shlex::split(first_command(&command))
        .ok_or_else(|| unreadable("a quote in the command does not end"))?;
    let reader = Reader {
        variables: Variables {
            before: &before,
            environment,
        },
        url: None,
        others: Vec::new(),
        headers: Vec::new(),
        bodies: Vec::new(),
        bearer: None,
    };
    reader.read(words)
}

/// The text up to the first line end that no quote holds together.
fn first_command(text: &str) -> &str {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, c) {
            (None | Some('"'), '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '\n') => return &text[..at],
            _ => {}
        }
    }
    text
}

/// Where `$NAME` in a command is looked up.
struct Variables<'a> {
    before: &'a Environment,
    environment: &'a Environment,
}

/// A text of the command with its variables put in.
struct Resolved {
    text: String,
    /// The variables of the environment's that were put in.
    borrowed: Vec<String>,
    /// Those that are set nowhere, or not lent.
    missing: Vec<String>,
}

struct Reader<'a> {
    variables: Variables<'a>,
    /// What `--url` names.
    url: Option<String>,
    /// The words that belong to no option.
    others: Vec<String>,
    headers: Vec<(String, String)>,
    bodies: Vec<String>,
    bearer: Option<String>,
}

impl Reader<'_> {
    fn read(mut self, words: Vec<String>) -> Result<Vec<Found>, ErrorReport> {
        let mut words = words.into_iter().skip_while(|word| !begins(word)).skip(1);
        while let Some(word) = words.next() {
            // Another command begins.
            if matches!(word.as_str(), "|" | "||" | "&&" | ";" | ">" | "&") {
                break;
            }
            let (option, attached) = options::split(&word);
            let mut value = || attached.clone().or_else(|| words.next());
            match option.as_str() {
                "-H" | "--header" => self.header(value()),
                "--url" => self.url = self.url.take().or(value()),
                "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-ascii" | "--json" => {
                    self.bodies.extend(value());
                }
                "--oauth2-bearer" => self.bearer = value(),
                option if options::takes_a_value(option) => drop(value()),
                option if option.starts_with('-') && option.len() > 1 => {}
                _ => self.others.push(word),
            }
        }
        let address = options::address(&self.others).cloned();
        self.url = self.url.or(address);
        self.found()
    }

    fn header(&mut self, line: Option<String>) {
        let line = line.unwrap_or_default();
        if let Some((name, value)) = line.split_once(':') {
            let name = name.trim().to_ascii_lowercase();
            self.headers.push((name, value.trim().to_owned()));
        }
    }

    fn found(self) -> Result<Vec<Found>, ErrorReport> {
        let Some(url) = &self.url else {
            return Err(ErrorReport::new(ErrorCode::ImportEmpty));
        };
        let url = self.variables.resolve(url, |name| !names_a_secret(name));
        let mut found = Found {
            endpoint: url.text.clone(),
            ..Found::default()
        };
        found.uses("URL");
        url.note(&mut found, self.variables.environment);
        self.credential(&mut found);
        for body in &self.bodies {
            let body: Option<Value> = serde_json::from_str(body)
                // Windows' PowerShell wants quotes escaped even within single ones.
                .or_else(|_| serde_json::from_str(&body.replace("\\\"", "\"")))
                .ok();
            if let Some(model) = body.as_ref().and_then(|body| body.get("model")?.as_str()) {
                found.uses("model");
                found.deployment(model, None);
            }
        }
        self.extra_headers(&mut found);
        Ok(vec![found])
    }

    /// The headers that are neither the credential nor the request's own.
    fn extra_headers(&self, found: &mut Found) {
        for (name, written) in &self.headers {
            if OF_NO_ACCOUNT.contains(&name.as_str()) || found.used.contains(name) {
                continue;
            }
            let resolved = self.variables.resolve(written, |_| found.may_borrow());
            let value = resolved.text.trim();
            let usable = resolved.missing.is_empty()
                && !is_placeholder(value)
                && found.headers.len() < MOST_HEADERS
                && headers::belongs_to_connection(name, value);
            if !usable {
                found.leaves_out(name.clone());
                for variable in &resolved.missing {
                    found.leaves_out(format!("${variable}"));
                }
                continue;
            }
            resolved.note(found, self.variables.environment);
            found.uses(name.clone());
            let value = Arc::new(Secret::new(value.to_owned()));
            found.headers.push((name.clone(), value));
        }
    }

    /// A key, in either of its headers, goes before a token.
    fn credential(&self, found: &mut Found) {
        let header = |name: &str| {
            let all = self.headers.iter();
            let mut values = all.filter(|(known, _)| known == name);
            values.next().map(|(_, value)| value.clone())
        };
        for name in ["x-api-key", "api-key"] {
            if let Some(key) = header(name)
                && self.secret(found, name, &key)
            {
                found.credential = Some(CredentialChoice::Key);
                return;
            }
        }
        let authorization = header("authorization");
        let token = authorization.as_deref().and_then(bearer);
        let Some(token) = token.or(self.bearer.as_deref()) else {
            return;
        };
        let printed = self.variables.resolve(token, |_| false).text;
        // A token of whoever is signed in here goes where this machine's secrets go.
        let credential = printed::credential(&printed).filter(|_| found.may_borrow());
        if let Some(credential) = credential {
            found.uses("authorization");
            found.credential = Some(credential);
        } else if self.secret(found, "authorization", token) {
            found.credential = Some(CredentialChoice::Token);
        }
    }

    /// Takes a secret; false when there stands only the place for one.
    fn secret(&self, found: &mut Found, name: &str, written: &str) -> bool {
        let resolved = self.variables.resolve(written, |_| found.may_borrow());
        resolved.note(found, self.variables.environment);
        let text = &resolved.text;
        if !resolved.missing.is_empty() || is_placeholder(text) || printed::is_command(text) {
            found.leaves_out(name);
            return false;
        }
        found.uses(name);
        found.secret = Some(Arc::new(Secret::new(resolved.text)));
        true
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// What documentation writes where a secret belongs.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    text.is_empty()
        || text.starts_with('<')
        || text.starts_with("your")
        || text
            .chars()
            .all(|c| matches!(c, '*' | '.' | '•' | '…' | 'x'))
}

impl Variables<'_> {
    /// Puts in `$NAME`, `${NAME}`, `$env:NAME` and `%NAME%`; of this machine's only those that
    /// are lent.
    fn resolve(&self, written: &str, lent: impl Fn(&str) -> bool) -> Resolved {
        let mut resolved = Resolved {
            text: String::new(),
            borrowed: Vec::new(),
            missing: Vec::new(),
        };
        let mut rest = written;
        while let Some(at) = rest.find(['$', '%']) {
            resolved.text.push_str(&rest[..at]);
            rest = &rest[at..];
            match reference(rest) {
                Some((name, length)) => {
                    self.put(name, &rest[..length], &lent, &mut resolved);
                    rest = &rest[length..];
                }
                None => {
                    resolved.text.push_str(&rest[..1]);
                    rest = &rest[1..];
                }
            }
        }
        resolved.text.push_str(rest);
        resolved
    }

    fn put(&self, name: &str, written: &str, lent: impl Fn(&str) -> bool, resolved: &mut Resolved) {
        if let Some(value) = self.before.get(name) {
            resolved.text.push_str(value.expose());
        } else if let Some(value) = self.environment.get(name).filter(|_| lent(name)) {
            resolved.text.push_str(value.expose());
            resolved.borrowed.push(name.to_owned());
        } else {
            resolved.text.push_str(written);
            resolved.missing.push(name.to_owned());
        }
    }
}

impl Resolved {
    /// Says whose variables were put in, and which are set nowhere.
    fn note(&self, found: &mut Found, environment: &Environment) {
        for name in &self.borrowed {
            found.uses(format!("${name}"));
            found.borrow(name, environment);
        }
        for name in &self.missing {
            found.leaves_out(format!("${name}"));
        }
    }
}

/// The variable that the text begins with, and how long its spelling is.
fn reference(text: &str) -> Option<(&str, usize)> {
    let name_at = |from: usize| {
        let rest = &text[from..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let name = &rest[..end.unwrap_or(rest.len())];
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins.then_some(name)
    };
    let closed = |from: usize, end: char| {
        let name = name_at(from)?;
        let after = from + name.len();
        text[after..]
            .starts_with(end)
            .then_some((name, after + end.len_utf8()))
    };
    if text.starts_with("${") {
        return closed(2, '}');
    }
    if text.starts_with('%') {
        return closed(1, '%');
    }
    let from = match text.get(..5) {
        Some(start) if start.eq_ignore_ascii_case("$env:") => 5,
        _ => 1,
    };
    let name = name_at(from)?;
    Some((name, from + name.len()))
}
