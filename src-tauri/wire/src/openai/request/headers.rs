//! Headers that a client asks for in the body of its request.

use crate::headers::stays_here;
use crate::literal::Literal;
use crate::openai::dropped::Why;
use crate::openai::refusal::Refusal;
use crate::version::ApiVersion;

use super::case::Case;

/// What says how the body is to be read, which a request cannot choose, beside all that stays
/// here anyway.
const OF_BODIES: [&str; 4] = ["accept", "content-encoding", "content-type", "via"];

/// The longest value of a header, in bytes, which is more than most servers take.
const LONGEST: usize = 16 * 1024;

/// Takes `sent`, `extra_headers` and `betas`. What the body says counts more than what was
/// sent beside it.
pub(super) fn take(case: &mut Case<'_>, sent: &[(&str, &str)]) -> Result<(), Refusal> {
    for (name, value) in sent {
        if !is_value(value) {
            return Err(Refusal::invalid(name, format!("`{name}` is not a header")));
        }
        take_one(case, name, (*value).to_owned(), (*name).to_owned())?;
    }
    for beta in case.list("betas")?.unwrap_or_default().iter() {
        let beta = Literal::in_quotes(beta).map(|beta| beta.decode());
        match beta.filter(|beta| is_value(beta)) {
            Some(beta) => case.beta(&beta),
            None => return Err(Refusal::invalid("betas", "`betas` must be a list of names")),
        }
    }
    let Some(headers) = case.object("extra_headers")? else {
        return Ok(());
    };
    for (name, value) in headers.iter() {
        let param = format!("extra_headers.{name}");
        if value.is_null() {
            continue;
        }
        let value = Literal::of(value).map(|value| value.decode());
        let Some(value) = value.filter(|value| is_name(&name) && is_value(value)) else {
            return Err(Refusal::invalid(
                &param,
                format!("`{param}` is not a header"),
            ));
        };
        take_one(case, &name.to_ascii_lowercase(), value, param)?;
    }
    Ok(())
}

fn take_one(case: &mut Case<'_>, name: &str, value: String, param: String) -> Result<(), Refusal> {
    match name {
        "anthropic-beta" => value.split(',').for_each(|beta| case.beta(beta)),
        "anthropic-version" => {
            let known = [ApiVersion::V2026_10_21, ApiVersion::V2023_06_01];
            let version = known
                .into_iter()
                .find(|known| known.as_str() == value.trim());
            if version.is_none() {
                let message = "`anthropic-version` must be 2026-10-21 or 2023-06-01";
                return Err(Refusal::invalid(&param, message));
            }
            case.version = version;
        }
        name if OF_BODIES.contains(&name) || stays_here(name) => case.drop(param, Why::RefusedHere),
        name => case.headers.push((name.to_owned(), value)),
    }
    Ok(())
}

/// A token of RFC 9110, section 5.6.2.
fn is_name(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(token)
}

fn is_value(value: &str) -> bool {
    let fits = value.len() <= LONGEST;
    fits && value
        .chars()
        .all(|c| c == ' ' || c == '\t' || c.is_ascii_graphic())
}
