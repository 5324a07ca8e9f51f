//! The date and the time, here or anywhere. Pure: what time it is comes with the call.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{Surroundings, ToolError, ToolOutput};

pub(crate) const DESCRIPTION: &str = "Tells the current date and time. Use it whenever the answer \
    depends on what day or time it is now. Without a time zone it answers in the time zone of the \
    person.";

pub(crate) const INPUT_SCHEMA: &str = r#"{"type":"object","properties":{"time_zone":{"type":"string","description":"An IANA time zone name, such as Europe/Berlin or America/New_York. Leave it out for the time zone of the person."}},"additionalProperties":false}"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    time_zone: Option<String>,
}

/// The answer: facts with names, which models read as well as sentences.
#[derive(Serialize)]
struct Now {
    date: String,
    time: String,
    weekday: String,
    utc_offset: String,
    /// None when the system does not say which zone it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
}

pub(crate) fn run(input: &str, surroundings: &Surroundings) -> Result<ToolOutput, ToolError> {
    let input: Input =
        serde_json::from_str(input).map_err(|error| ToolError::BadInput(error.to_string()))?;
    let named = input.time_zone.as_deref().map(str::trim);
    let zone = match named.filter(|name| !name.is_empty()) {
        None => surroundings.time_zone.clone(),
        Some(name) => {
            TimeZone::get(name).map_err(|_| ToolError::UnknownTimeZone(name.to_owned()))?
        }
    };
    let now = surroundings.now.to_zoned(zone);
    let facts = Now {
        date: now.strftime("%Y-%m-%d").to_string(),
        time: now.strftime("%H:%M:%S").to_string(),
        weekday: now.strftime("%A").to_string(),
        utc_offset: now.strftime("%:z").to_string(),
        time_zone: now.time_zone().iana_name().map(str::to_owned),
    };
    let text = serde_json::to_string(&facts).expect("BUG: texts are JSON");
    Ok(ToolOutput { text })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::Offset;

    use super::*;

    /// Half a day before the year 2027 begins in Berlin.
    fn at(zone: TimeZone) -> Surroundings {
        Surroundings {
            now: "2026-12-31T11:00:00Z".parse::<Timestamp>().unwrap(),
            time_zone: zone,
        }
    }

    fn told(input: &str) -> Result<String, ToolError> {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        run(input, &at(berlin)).map(|output| output.text)
    }

    #[test]
    fn without_a_zone_it_is_the_persons() {
        let here = r#"{"date":"2026-12-31","time":"12:00:00","weekday":"Thursday","utc_offset":"+01:00","time_zone":"Europe/Berlin"}"#;
        for input in ["{}", r#"{"time_zone":null}"#, r#"{"time_zone":" "}"#] {
            assert_eq!(told(input).as_deref(), Ok(here), "{input}");
        }
    }

    #[test]
    fn with_a_zone_it_is_the_zones() {
        assert_eq!(
            told(r#"{"time_zone":"Pacific/Kiritimati"}"#).as_deref(),
            Ok(
                r#"{"date":"2027-01-01","time":"01:00:00","weekday":"Friday","utc_offset":"+14:00","time_zone":"Pacific/Kiritimati"}"#
            )
        );
        let half = told(r#"{"time_zone":"asia/kolkata"}"#).unwrap();
        assert!(half.contains(r#""utc_offset":"+05:30""#), "{half}");
    }

    #[test]
    fn a_zone_without_a_name_has_none() {
        let unnamed = at(TimeZone::fixed(Offset::constant(3)));
        let told = run("{}", &unnamed).unwrap().text;
        assert!(told.ends_with(r#""utc_offset":"+03:00"}"#), "{told}");
    }

    #[test]
    fn what_cannot_be_answered_is_said() {
        assert_eq!(
            told(r#"{"time_zone":"Atlantis"}"#),
            Err(ToolError::UnknownTimeZone("Atlantis".into()))
        );
        for input in [
            "",
            "[]",
            r#"{"time_zone":1}"#,
            r#"{"zone":"UTC"}"#,
            r#"{"INVALID_JSON":"{\"time"}"#,
        ] {
            let told = told(input);
            assert!(matches!(told, Err(ToolError::BadInput(_))), "{input}");
        }
    }

    #[tokio::test]
    async fn the_registry_runs_it() {
        let tool = crate::find("current_time").unwrap();
        let schema: serde_json::Value = serde_json::from_str(tool.input_schema()).unwrap();
        assert_eq!(schema["type"], "object");
        let output = tool.run("{}".into(), at(TimeZone::UTC)).await.unwrap();
        assert!(output.text.contains("11:00:00"), "{}", output.text);
        assert_eq!(crate::find("current_tim"), None);
    }
}
