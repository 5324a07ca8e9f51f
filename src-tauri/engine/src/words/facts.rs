//! The facts that the sentences of failures may name, as the window passes them too
//! (`ui/src/state/failure.ts`): what is not known is the word `none`.

use super::Words;
use crate::api::{CertificateFacts, ErrorReport, Fix, TokenFacts};

impl Words {
    /// Every fact of a failure, by the name that sentences know it by.
    pub(crate) fn facts(&self, report: &ErrorReport) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("subject", known(report.subject.as_ref())),
            ("message", known(report.message.as_ref())),
            ("status", known(report.status)),
            ("seconds", known(report.retry_after)),
            (
                "wait",
                known(report.retry_after.map(|it| self.duration(it))),
            ),
            ("attempts", report.attempts.to_string()),
            ("kept", known(report.kept)),
            ("aadsts", known(report.aadsts)),
            ("deployment", known(report.deployment.as_ref())),
            ("fix", known(report.fix.as_ref().and_then(names))),
            ("way", way(report.fix.as_ref()).to_owned()),
        ];
        let lacks = report.lacks.map(|lacks| self.capability(lacks));
        facts.push(("lacks", known(lacks)));
        facts.extend(token(report.token.as_ref()));
        facts.extend(chain(&report.chain));
        facts
    }

    /// How long something takes, in the unit that people would choose; as the window says it
    /// (`ui/src/state/durations.ts`).
    pub(crate) fn duration(&self, seconds: u64) -> String {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        let counted = |key, unit: u64| {
            let count = seconds.saturating_add(unit / 2) / unit;
            self.say(key, &[("count", count.to_string())])
        };
        match seconds {
            0..120 => counted("duration-seconds", 1),
            120..7_200 => {
                let parts = [
                    ("minutes", (seconds / MINUTE).to_string()),
                    ("seconds", (seconds % MINUTE).to_string()),
                ];
                self.say("duration-minutes", &parts)
            }
            7_200..172_800 => counted("duration-hours", HOUR),
            _ => counted("duration-days", DAY),
        }
    }

    /// What a deployment may be able to do, as a noun.
    pub(crate) fn capability(&self, capability: crate::api::Capability) -> String {
        let name = serde_json::to_value(capability).ok();
        let name = name.as_ref().and_then(serde_json::Value::as_str);
        let name = name.expect("BUG: a capability is not a string");
        self.say(&format!("capability-{name}"), &[])
    }
}

fn known<T: ToString>(fact: Option<T>) -> String {
    fact.map_or_else(|| "none".to_owned(), |fact| fact.to_string())
}

/// What a fix would put in the place of what is there.
fn names(fix: &Fix) -> Option<&str> {
    match fix {
        Fix::UseEndpoint { endpoint } => Some(endpoint),
        Fix::UseScope { scope } => Some(scope),
        Fix::UseTenant { tenant } => Some(tenant),
        Fix::TrustCertificate
        | Fix::ChooseClientCertificate
        | Fix::ProxyPassword
        | Fix::OpenNetwork
        | Fix::ReplaceSecret
        | Fix::SignIn
        | Fix::AgreeToCommand
        | Fix::ChooseDeployment
        | Fix::EditConnection => None,
    }
}

/// How what was refused is renewed, where that makes another sentence.
fn way(fix: Option<&Fix>) -> &'static str {
    match fix {
        Some(Fix::ReplaceSecret) => "replace",
        _ => "none",
    }
}

fn token(token: Option<&TokenFacts>) -> [(&'static str, String); 5] {
    let roles = token.map(|token| token.roles.join(", "));
    [
        ("audience", known(token.and_then(|it| it.audience.as_ref()))),
        ("tenant", known(token.and_then(|it| it.tenant.as_ref()))),
        (
            "account",
            known(token.and_then(|it| it.account.as_ref().or(it.application.as_ref()))),
        ),
        (
            "expires",
            known(token.and_then(|it| it.expires_at).and_then(moment)),
        ),
        ("roles", known(roles.filter(|roles| !roles.is_empty()))),
    ]
}

fn chain(chain: &[CertificateFacts]) -> [(&'static str, String); 4] {
    let (first, last) = (chain.first(), chain.last());
    [
        ("issuer", known(last.map(|it| common_name(&it.issuer)))),
        (
            "certificate",
            known(first.map(|it| common_name(&it.subject))),
        ),
        ("notBefore", known(first.and_then(|it| day(it.not_before)))),
        ("notAfter", known(first.and_then(|it| day(it.not_after)))),
    ]
}

/// What people know a certificate's name by: its `CN`, or all of it where there is none.
pub(crate) fn common_name(name: &str) -> &str {
    let mut parts = name.split(',').map(str::trim);
    let found = parts.find_map(|part| part.strip_prefix("CN="));
    found.unwrap_or(name)
}

/// A moment in this machine's time zone.
pub(crate) fn moment(milliseconds: i64) -> Option<String> {
    written(milliseconds, "%Y-%m-%d %H:%M")
}

fn day(milliseconds: i64) -> Option<String> {
    written(milliseconds, "%Y-%m-%d")
}

fn written(milliseconds: i64, form: &str) -> Option<String> {
    let moment = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    let local = moment.to_zoned(jiff::tz::TimeZone::system());
    Some(local.strftime(form).to_string())
}
