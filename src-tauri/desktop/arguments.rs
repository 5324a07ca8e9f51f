//! The window's few arguments. The command line proper is `hearth`.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the window is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// `--profile DIR`: the one folder that everything is written under.
    pub(crate) profile: Option<PathBuf>,
}

/// What the program was started for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Invocation {
    /// To open the window.
    Open(Arguments),
    /// `--help`
    Help,
    /// `--version`
    Version,
    /// An argument that means nothing, or `--profile` without its folder.
    Refused(String),
}

/// Reads the arguments after the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Invocation {
    let mut profile = None;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if text == "--profile" {
            match arguments.next() {
                Some(folder) if !folder.is_empty() => profile = Some(folder.into()),
                Some(_) | None => return Invocation::Refused(text.into_owned()),
            }
        } else if let Some(folder) = argument
            .to_str()
            .and_then(|text| text.strip_prefix("--profile="))
        {
            profile = Some(folder.into());
        } else if text == "--help" || text == "-h" {
            return Invocation::Help;
        } else if text == "--version" || text == "-V" {
            return Invocation::Version;
        } else {
            return Invocation::Refused(text.into_owned());
        }
    }
    Invocation::Open(Arguments { profile })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Invocation {
        parse(arguments.iter().map(OsString::from))
    }

    fn opened(profile: Option<&str>) -> Invocation {
        Invocation::Open(Arguments {
            profile: profile.map(PathBuf::from),
        })
    }

    #[test]
    fn the_profile_is_named_in_either_spelling() {
        assert_eq!(parsed(&[]), opened(None));
        assert_eq!(parsed(&["--profile", "there"]), opened(Some("there")));
        assert_eq!(parsed(&["--profile=there"]), opened(Some("there")));
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        assert_eq!(
            parsed(&["--profil"]),
            Invocation::Refused("--profil".into())
        );
        assert_eq!(
            parsed(&["--profile"]),
            Invocation::Refused("--profile".into())
        );
        assert_eq!(
            parsed(&["--profile", ""]),
            Invocation::Refused("--profile".into())
        );
    }

    #[test]
    fn help_and_version_open_nothing() {
        assert_eq!(parsed(&["--profile", "there", "--help"]), Invocation::Help);
        assert_eq!(parsed(&["-V"]), Invocation::Version);
    }
}
