//! The types that cross into the web view, as TypeScript.
//!
//! `ui/src/host/types.ts` is written from here and committed. The test fails when it is
//! out of date; `HEARTH_WRITE_TYPES=1 cargo test -p hearth-engine types_are_current`
//! writes it anew.

use std::path::Path;

use ts_rs::{Config, TS};

use super::*;

fn declarations() -> String {
    let config = Config::default();
    let mut text = String::from(
        "// Generated from the engine's types. Do not edit: see src-tauri/engine/src/api/typescript.rs.\n",
    );
    macro_rules! declare {
        ($($name:ty),+ $(,)?) => {
            $(
                text.push_str("\nexport ");
                text.push_str(&<$name as TS>::decl(&config));
                text.push('\n');
            )+
        };
    }
    declare!(
        ConversationId,
        MessageId,
        TurnId,
        ConnectionId,
        ConnectionEdition,
        Effort,
        TurnSettings,
        Activity,
        ConversationSummary,
        TrashedConversation,
        ConversationView,
        LiveTurn,
        Waiting,
        Role,
        MessageView,
        Purpose,
        MessageState,
        AnswerFacts,
        BlockView,
        AttachmentId,
        AttachmentView,
        DraftKey,
        DraftView,
        ToolView,
        CallState,
        Decision,
        GrantView,
        SendRequest,
        Sent,
        SearchHit,
        TranscriptFormat,
        HearthEvent,
        TurnEvent,
        Step,
        ErrorCode,
        ErrorReport,
        AppState,
        StorageProblem,
        KeyringState,
        ConnectionView,
        CredentialView,
        SecretPlace,
        GatewaySettings,
        GatewayKeyId,
        GatewayView,
        GatewayState,
        GatewayKeyView,
        GatewayKeyDraft,
        GatewaySnippet,
        SnippetKind,
        GatewaySum,
        GatewayRequest,
        GatewayEnding,
        DeploymentView,
        Abilities,
        BaseModelView,
        ConnectionDraft,
        HeaderView,
        HeaderDraft,
        AnthropicVersion,
        ConnectionLimits,
        Hosting,
        Capability,
        Known,
        KnownLimit,
        Limit,
        RefusedEffort,
        Origin,
        CredentialChoice,
        Printed,
        EntraSettings,
        EntraPresets,
        CloudPreset,
        CredentialState,
        CredentialDraft,
        ImportedSecret,
        TokenFacts,
        SignInId,
        SignInMethod,
        SignInRequest,
        SignInView,
        SignInState,
        ImportId,
        ImportOffer,
        ImportOutcome,
        ImportSource,
        ImportedConnection,
        NetworkSettings,
        ProxySettings,
        NetworkView,
        NetworkDraft,
        CertificateFile,
        CertificateFacts,
        DoctorRunId,
        DoctorTarget,
        RungId,
        RungState,
        RungView,
        Fact,
        DoctorReport,
        Verdict,
        Fix,
        DeploymentDraft,
        EndpointPreview,
        EndpointNote,
    );
    text
}

#[test]
fn types_are_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/host/types.ts");
    let current = declarations();
    if std::env::var_os("HEARTH_WRITE_TYPES").is_some() {
        std::fs::write(&file, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == current,
        "ui/src/host/types.ts is out of date: run `HEARTH_WRITE_TYPES=1 cargo test -p hearth-engine types_are_current`"
    );
}
