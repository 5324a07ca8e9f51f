//! What is typed of a key, before it is saved: its name, its models, and its last day.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::api::{ErrorCode, ErrorReport, GatewayKeyDraft};
use crate::settings::SavedGatewayKey;

/// Most characters of a key's name.
const LONGEST_NAME: usize = 80;

/// A draft that can be saved.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) models: Option<Vec<String>>,
    pub(super) expires: Option<String>,
}

/// A draft as it would be saved at this moment.
pub(super) fn checked(
    draft: &GatewayKeyDraft,
    keys: &[SavedGatewayKey],
    now: Timestamp,
) -> Result<Checked, ErrorReport> {
    let invalid = |member: &str| ErrorReport::new(ErrorCode::GatewayKeyInvalid).about(member);
    let name = draft.name.trim();
    let lower = name.to_lowercase();
    let mut others = keys.iter().filter(|key| Some(&key.id) != draft.id.as_ref());
    let taken = others.any(|key| key.name.to_lowercase() == lower);
    // Names stand in logs, each in its line.
    let odd = name.is_empty() || name.chars().any(char::is_control);
    if odd || taken || name.chars().count() > LONGEST_NAME {
        return Err(invalid("name"));
    }
    let models = match &draft.models {
        None => None,
        Some(named) => {
            let mut models: Vec<String> = Vec::with_capacity(named.len());
            for model in named.iter().map(|model| model.trim()) {
                if !model.is_empty() && !models.iter().any(|known| known == model) {
                    models.push(model.to_owned());
                }
            }
            if models.is_empty() {
                return Err(invalid("models"));
            }
            Some(models)
        }
    };
    let typed = draft.expires.as_deref().map(str::trim);
    let expires = typed.filter(|day| !day.is_empty());
    if let Some(day) = expires {
        last_day(day).ok_or_else(|| invalid("expires"))?;
        if !kept_until(draft, keys, day) && is_over(Some(day), now) {
            return Err(invalid("expires-over"));
        }
    }
    Ok(Checked {
        name: name.to_owned(),
        models,
        expires: expires.map(str::to_owned),
    })
}

/// The key that is changed ends on this day already. It may be over by now, which is no reason
/// not to give it another name.
fn kept_until(draft: &GatewayKeyDraft, keys: &[SavedGatewayKey], day: &str) -> bool {
    let mut keys = keys.iter();
    let known = keys.find(|key| Some(&key.id) == draft.id.as_ref());
    known.is_some_and(|key| key.expires.as_deref() == Some(day))
}

/// A day that another follows; none for everything that is written otherwise.
fn last_day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (day.to_string() == text && day.tomorrow().is_ok()).then_some(day)
}

/// The last day is over in UTC, or is none.
pub(super) fn is_over(expires: Option<&str>, now: Timestamp) -> bool {
    let today = now.to_zoned(TimeZone::UTC).date();
    expires.is_some_and(|day| last_day(day).is_none_or(|day| today > day))
}

#[cfg(test)]
mod tests {
    use crate::gateway::keys::nameless;

    use super::*;

    fn draft(name: &str) -> GatewayKeyDraft {
        GatewayKeyDraft {
            id: None,
            name: name.to_owned(),
            models: None,
            expires: None,
            this_run_only: true,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn read(draft: &GatewayKeyDraft, keys: &[SavedGatewayKey]) -> Result<Checked, ErrorReport> {
        checked(draft, keys, at("2027-01-31T12:00:00Z"))
    }

    fn refused(draft: &GatewayKeyDraft, keys: &[SavedGatewayKey]) -> Option<String> {
        let error = read(draft, keys).err()?;
        assert_eq!(error.code, ErrorCode::GatewayKeyInvalid);
        error.subject
    }

    #[test]
    fn a_name_is_there_short_printable_and_nobody_else_s() {
        let known = SavedGatewayKey {
            name: "Editor".to_owned(),
            ..nameless()
        };
        let keys = [known.clone()];
        for bad in ["", "  ", "editor", " EDITOR ", "a\nb", "a\u{1b}b"] {
            assert_eq!(
                refused(&draft(bad), &keys).as_deref(),
                Some("name"),
                "{bad:?}"
            );
        }
        let long = "ü".repeat(LONGEST_NAME);
        assert_eq!(refused(&draft(&long), &keys), None);
        assert!(refused(&draft(&format!("{long}u")), &keys).is_some());
        let same = GatewayKeyDraft {
            id: Some(known.id),
            ..draft(" editor ")
        };
        assert_eq!(read(&same, &keys).unwrap().name, "editor");
    }

    #[test]
    fn models_and_days_are_read_strictly() {
        let mut key = draft("a");
        key.models = Some(vec![
            " sonnet ".to_owned(),
            "sonnet".to_owned(),
            String::new(),
        ]);
        assert_eq!(read(&key, &[]).unwrap().models.unwrap(), ["sonnet"]);
        key.models = Some(vec![" ".to_owned()]);
        assert_eq!(refused(&key, &[]).as_deref(), Some("models"));
        key.models = None;
        for bad in [
            "soon",
            "2027-02-29",
            "20270131",
            "2027-1-31",
            "31.01.2027",
            "9999-12-31",
            "2027-01-31T10:00",
        ] {
            key.expires = Some(bad.to_owned());
            assert_eq!(refused(&key, &[]).as_deref(), Some("expires"), "{bad}");
        }
        for (typed, expected) in [(" 2027-01-31 ", Some("2027-01-31")), ("", None)] {
            key.expires = Some(typed.to_owned());
            assert_eq!(read(&key, &[]).unwrap().expires.as_deref(), expected);
        }
    }

    #[test]
    fn a_last_day_that_is_over_is_refused_unless_the_key_has_it_already() {
        let noon = at("2027-01-31T12:00:00Z");
        let ending = |day: &str| GatewayKeyDraft {
            expires: Some(day.to_owned()),
            ..draft("Editor")
        };
        let refused = |draft: &GatewayKeyDraft, keys: &[SavedGatewayKey], now| {
            let error = checked(draft, keys, now).err()?;
            assert_eq!(error.code, ErrorCode::GatewayKeyInvalid);
            error.subject
        };
        let over = Some("expires-over".to_owned());
        assert_eq!(refused(&ending("2027-01-30"), &[], noon), over);
        assert_eq!(refused(&ending(" 1999-12-31 "), &[], noon), over);
        assert_eq!(refused(&ending("2027-01-31"), &[], noon), None);
        // The day is over when it is so in UTC, and not before.
        let last = at("2027-01-31T23:59:59Z");
        assert_eq!(refused(&ending("2027-01-31"), &[], last), None);
        let next = at("2027-02-01T00:00:00Z");
        assert_eq!(refused(&ending("2027-01-31"), &[], next), over);
        // A key that has ended keeps its day while something else of it changes.
        let ended = SavedGatewayKey {
            name: "Old".to_owned(),
            expires: Some("2027-01-30".to_owned()),
            ..nameless()
        };
        let changing = |day: &str| GatewayKeyDraft {
            id: Some(ended.id.clone()),
            ..ending(day)
        };
        let keys = [ended.clone()];
        assert_eq!(refused(&changing("2027-01-30"), &keys, noon), None);
        assert_eq!(refused(&changing("2027-01-29"), &keys, noon), over);
        assert_eq!(refused(&ending("2027-01-30"), &keys, noon), over);
    }

    #[test]
    fn a_key_ends_when_its_last_day_is_over() {
        let day = Some("2027-01-31");
        assert!(!is_over(day, at("2027-01-31T23:59:59Z")));
        assert!(is_over(day, at("2027-02-01T00:00:00Z")));
        assert!(!is_over(None, at("2027-02-01T00:00:00Z")));
        // What somebody wrote into the file by hand lets nobody in.
        assert!(is_over(Some("whenever"), at("2027-01-01T00:00:00Z")));
    }
}
