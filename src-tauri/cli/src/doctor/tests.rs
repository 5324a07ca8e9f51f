use hearth_engine::api::{DoctorRunId, ErrorCode, Fact, RungId};

use super::*;

fn rung(id: RungId, state: RungState, facts: &[(&str, &str)]) -> RungView {
    RungView {
        id,
        state,
        took_ms: matches!(state, RungState::Passed).then_some(12),
        facts: facts
            .iter()
            .map(|(name, value)| Fact {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            })
            .collect(),
        problem: None,
    }
}

fn report() -> DoctorReport {
    let refused = RungView {
        problem: Some(ErrorReport {
            status: Some(404),
            fix: Some(Fix::UseEndpoint {
                endpoint: "https://contoso.services.ai.azure.com/anthropic".to_owned(),
            }),
            ..ErrorReport::new(ErrorCode::AddressNotFound)
        }),
        ..rung(RungId::Deployment, RungState::Failed, &[])
    };
    DoctorReport {
        run: DoctorRunId("r".to_owned()),
        connection: None,
        name: "Contoso".to_owned(),
        messages_url: None,
        deployment: None,
        started_at: 0,
        rungs: vec![
            rung(RungId::Tls, RungState::Passed, &[]),
            rung(RungId::Proxy, RungState::Skipped, &[("why", "nothing")]),
            refused,
        ],
        verdict: Verdict::Fails,
    }
}

#[test]
fn the_ladder_is_written_for_people_and_for_pipes() {
    let words = Words::english();
    let terminal = Terminal::new(&words);
    let text = written(&report(), &terminal, Marks::Signs);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "Contoso");
    assert_eq!(
        lines[1],
        "✓ Secure connection      12 ms  Secure, and trusted."
    );
    assert!(lines[2].starts_with("– Proxy ") && lines[2].ends_with("No proxy is used."));
    assert!(lines[3].starts_with("✗ Deployment ") && lines[3].contains("Nothing at this address"));
    assert!(text.contains("This would work: https://contoso.services.ai.azure.com/anthropic\n"));
    assert!(text.ends_with("Chat does not work\n"));

    let plain = written(&report(), &terminal, Marks::Letters);
    assert!(plain.is_ascii(), "{plain}");
    assert!(plain.contains("\n+ Secure connection") && plain.contains("\nx Deployment"));
}

#[test]
fn typographic_signs_have_plain_ones() {
    assert_eq!(in_ascii("“it’s” – … café"), "\"it's\" - ... caf\\u{e9}");
}
