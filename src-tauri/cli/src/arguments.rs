//! The command line as data. Its words come from the catalogue, so it is built rather
//! than derived: a derived one takes its help from comments in the code.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use hearth_engine::Words;
use hearth_engine::api::TranscriptFormat;

/// What the program was started for.
pub(crate) struct Invocation {
    /// `--profile DIR`
    pub(crate) profile: Option<PathBuf>,
    pub(crate) command: Command,
}

pub(crate) enum Command {
    Ask(Ask),
    Doctor(Doctor),
    Export(Export),
    Gateway(Gateway),
    Emulator(Emulator),
}

pub(crate) struct Ask {
    /// The saved connection to ask, as the person names it; none means the active one.
    pub(crate) connection: Option<String>,
    /// The deployment; none leaves it to the connection.
    pub(crate) model: Option<String>,
    /// The answer as one JSON object instead of its text as it comes.
    pub(crate) output: Output,
    pub(crate) keep: Keep,
    /// The conversation to ask in; none begins one.
    pub(crate) conversation: Option<InConversation>,
    /// The system prompt, in place of the conversation's own.
    pub(crate) system: Option<String>,
    /// Files that go with the question.
    pub(crate) attach: Vec<PathBuf>,
    /// `-` reads standard input.
    pub(crate) prompt: String,
}

pub(crate) struct Doctor {
    /// The connection's name; none looks at what questions go to now.
    pub(crate) connection: Option<String>,
    /// The deployment; none leaves it to the connection.
    pub(crate) model: Option<String>,
    /// The report as one JSON object instead of as text.
    pub(crate) output: Output,
}

pub(crate) enum InConversation {
    /// The one last added to.
    Last,
    /// The beginning of one identifier.
    One(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Like any conversation.
    Saved,
    /// Gone when the program ends.
    Forgotten,
}

pub(crate) struct Export {
    pub(crate) format: TranscriptFormat,
    pub(crate) which: Which,
    /// A file or a folder; none is standard output.
    pub(crate) out: Option<PathBuf>,
}

pub(crate) enum Which {
    All,
    /// The beginning of one identifier.
    One(String),
    /// Nobody said: the list is shown.
    Unsaid,
}

pub(crate) struct Gateway {
    /// Read in place of the saved connections.
    pub(crate) config: Option<PathBuf>,
    /// The saved connection to lend; none means the active one.
    pub(crate) connection: Option<String>,
    pub(crate) listen: SocketAddr,
    pub(crate) callers: Callers,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callers {
    /// Who has a key.
    WithKey,
    /// Whoever is on this machine.
    Anybody,
}

pub(crate) struct Emulator {
    pub(crate) listen: SocketAddr,
    pub(crate) key: String,
    pub(crate) seed: u64,
    /// Tokens a second; 0 is as fast as it goes.
    pub(crate) pace: f64,
    /// Over TLS, with an Entra tenant beside.
    pub(crate) tls: bool,
    /// Where the authority's certificate is written; none is a temporary file.
    pub(crate) ca_out: Option<PathBuf>,
}

/// Reads the process's arguments. A wrong one, `--help` and `--version` end the program.
pub(crate) fn read(words: &Words) -> Invocation {
    let matches = command(words).get_matches();
    let profile = matches.get_one::<PathBuf>("profile").cloned();
    let command = match matches.subcommand() {
        Some(("ask", matches)) => Command::Ask(ask(matches)),
        Some(("doctor", matches)) => Command::Doctor(doctor(matches)),
        Some(("export", matches)) => Command::Export(export(matches)),
        Some(("gateway", matches)) => Command::Gateway(gateway(matches)),
        Some(("emulator", matches)) => Command::Emulator(emulator(matches)),
        Some(_) | None => unreachable!("BUG: clap requires a command that it knows"),
    };
    Invocation { profile, command }
}

/// The whole command line, as clap and the manual know it.
pub(crate) fn command(words: &Words) -> clap::Command {
    let say = |key: &str| words.say(key, &[]);
    clap::Command::new("hearth")
        .version(env!("CARGO_PKG_VERSION"))
        .about(say("cli-about"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("profile")
                .long("profile")
                .value_name("DIR")
                .global(true)
                .env("HEARTH_PROFILE")
                .value_parser(value_parser!(PathBuf))
                .help(say("cli-profile")),
        )
        .subcommand(ask_command(&say))
        .subcommand(doctor_command(&say))
        .subcommand(export_command(&say))
        .subcommand(gateway_command(&say))
        .subcommand(emulator_command(&say))
}

fn ask_command(say: &impl Fn(&str) -> String) -> clap::Command {
    clap::Command::new("ask")
        .about(say("cli-ask"))
        .arg(
            Arg::new("connection")
                .long("connection")
                .value_name("NAME")
                .help(say("cli-doctor-connection")),
        )
        .arg(
            Arg::new("model")
                .long("model")
                .value_name("DEPLOYMENT")
                .help(say("cli-ask-model")),
        )
        .arg(
            Arg::new("conversation")
                .long("conversation")
                .value_name("ID")
                .conflicts_with("no-save")
                .help(say("cli-ask-conversation")),
        )
        .arg(
            Arg::new("system")
                .long("system")
                .value_name("TEXT")
                .help(say("cli-ask-system")),
        )
        .arg(
            Arg::new("attach")
                .long("attach")
                .value_name("FILE")
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help(say("cli-ask-attach")),
        )
        .arg(flag("json").help(say("cli-ask-json")))
        .arg(flag("no-save").help(say("cli-ask-no-save")))
        .arg(
            Arg::new("prompt")
                .value_name("PROMPT")
                .required(true)
                .help(say("cli-ask-prompt")),
        )
}

fn doctor_command(say: &impl Fn(&str) -> String) -> clap::Command {
    clap::Command::new("doctor")
        .about(say("cli-doctor"))
        .after_help(say("cli-doctor-status"))
        .arg(
            Arg::new("connection")
                .long("connection")
                .value_name("NAME")
                .help(say("cli-doctor-connection")),
        )
        .arg(
            Arg::new("model")
                .long("model")
                .value_name("DEPLOYMENT")
                .help(say("cli-ask-model")),
        )
        .arg(flag("json").help(say("cli-doctor-json")))
}

fn export_command(say: &impl Fn(&str) -> String) -> clap::Command {
    clap::Command::new("export")
        .about(say("cli-export"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_parser(PossibleValuesParser::new(["md", "json"]))
                .default_value("md")
                .help(say("cli-export-format")),
        )
        .arg(flag("all").help(say("cli-export-all")).conflicts_with("id"))
        .arg(Arg::new("id").value_name("ID").help(say("cli-export-id")))
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("PATH")
                .value_parser(value_parser!(PathBuf))
                .help(say("cli-export-out")),
        )
}

fn gateway_command(say: &impl Fn(&str) -> String) -> clap::Command {
    clap::Command::new("gateway")
        .about(say("gateway-about"))
        .after_long_help(say("gateway-more"))
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .conflicts_with("connection")
                .value_parser(value_parser!(PathBuf))
                .help(say("gateway-config")),
        )
        .arg(
            Arg::new("connection")
                .long("connection")
                .value_name("NAME")
                .help(say("cli-doctor-connection")),
        )
        .arg(
            Arg::new("listen")
                .long("listen")
                .value_name("ADDR:PORT")
                .value_parser(value_parser!(SocketAddr))
                .default_value("127.0.0.1:4000")
                .help(say("gateway-listen")),
        )
        .arg(flag("no-key").help(say("gateway-no-key")))
}

fn emulator_command(say: &impl Fn(&str) -> String) -> clap::Command {
    clap::Command::new("emulator")
        .about(say("cli-emulator"))
        .after_long_help(format!(
            "{}\n\n{}\n\n{}\n\n{}",
            say("cli-emulator-faults"),
            listed(hearth_emulator::fault_modes()),
            say("cli-emulator-limits"),
            listed(hearth_emulator::limited_modes()),
        ))
        .arg(
            Arg::new("listen")
                .long("listen")
                .value_name("ADDR:PORT")
                .value_parser(value_parser!(SocketAddr))
                .default_value("127.0.0.1:0")
                .help(say("cli-emulator-listen")),
        )
        .arg(
            Arg::new("key")
                .long("key")
                .default_value(hearth_emulator::DEMO_KEY)
                .help(say("cli-emulator-key")),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("N")
                .value_parser(value_parser!(u64))
                .default_value("1")
                .help(say("cli-emulator-seed")),
        )
        .arg(
            Arg::new("pace")
                .long("pace")
                .value_name("TOKENS")
                .value_parser(pace)
                .default_value("60")
                .help(say("cli-emulator-pace")),
        )
        .arg(flag("tls").help(say("cli-emulator-tls")))
        .arg(
            Arg::new("ca-out")
                .long("ca-out")
                .value_name("PATH")
                .requires("tls")
                .value_parser(value_parser!(PathBuf))
                .help(say("cli-emulator-ca-out")),
        )
}

/// Deployments of the emulator, a line for each.
fn listed(modes: impl Iterator<Item = hearth_emulator::FaultMode>) -> String {
    let line = |mode: hearth_emulator::FaultMode| {
        // A place is a number, which the name leaves open.
        let place = if mode.name.ends_with('-') { "N" } else { "" };
        format!("  {}{place}", mode.name)
    };
    let lines: Vec<String> = modes.map(line).collect();
    lines.join("\n")
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

fn pace(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(pace) if pace.is_finite() && pace >= 0.0 => Ok(pace),
        Ok(_) | Err(_) => Err("not a number of tokens a second".to_owned()),
    }
}

fn ask(matches: &ArgMatches) -> Ask {
    Ask {
        connection: matches.get_one::<String>("connection").cloned(),
        model: matches.get_one::<String>("model").cloned(),
        output: output(matches),
        keep: if matches.get_flag("no-save") {
            Keep::Forgotten
        } else {
            Keep::Saved
        },
        conversation: matches
            .get_one::<String>("conversation")
            .map(|id| match id.as_str() {
                "last" => InConversation::Last,
                id => InConversation::One(id.to_owned()),
            }),
        system: matches.get_one::<String>("system").cloned(),
        attach: matches
            .get_many::<PathBuf>("attach")
            .map(|paths| paths.cloned().collect())
            .unwrap_or_default(),
        prompt: required(matches, "prompt"),
    }
}

fn doctor(matches: &ArgMatches) -> Doctor {
    Doctor {
        connection: matches.get_one::<String>("connection").cloned(),
        model: matches.get_one::<String>("model").cloned(),
        output: output(matches),
    }
}

fn output(matches: &ArgMatches) -> Output {
    if matches.get_flag("json") {
        Output::Json
    } else {
        Output::Text
    }
}

fn export(matches: &ArgMatches) -> Export {
    Export {
        format: match required::<String>(matches, "format").as_str() {
            "json" => TranscriptFormat::Json,
            _ => TranscriptFormat::Markdown,
        },
        which: match matches.get_one::<String>("id") {
            Some(id) => Which::One(id.clone()),
            None if matches.get_flag("all") => Which::All,
            None => Which::Unsaid,
        },
        out: matches.get_one::<PathBuf>("out").cloned(),
    }
}

fn gateway(matches: &ArgMatches) -> Gateway {
    Gateway {
        config: matches.get_one::<PathBuf>("config").cloned(),
        connection: matches.get_one::<String>("connection").cloned(),
        listen: required(matches, "listen"),
        callers: if matches.get_flag("no-key") {
            Callers::Anybody
        } else {
            Callers::WithKey
        },
    }
}

fn emulator(matches: &ArgMatches) -> Emulator {
    Emulator {
        listen: required(matches, "listen"),
        key: required(matches, "key"),
        seed: required(matches, "seed"),
        pace: required(matches, "pace"),
        tls: matches.get_flag("tls"),
        ca_out: matches.get_one::<PathBuf>("ca-out").cloned(),
    }
}

fn required<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> T {
    let value = matches.get_one::<T>(name).cloned();
    value.expect("BUG: clap lets no required argument be absent")
}
