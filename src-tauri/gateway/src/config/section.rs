//! One mapping of a configuration, whose members are taken out one by one: what is left at the
//! end is not understood.

use super::yaml::{Name, Node, Value};
use super::{BadConfig, Reason, naming};

/// How a value says that it stands in the environment.
const REFERENCE: &str = "os.environ/";

/// The members of a mapping that nobody has taken yet.
pub(super) struct Section {
    line: u64,
    members: Vec<(Name, Node)>,
}

/// A text as it is meant.
pub(super) enum Meant {
    Written(String),
    /// It stands in the variable of this name.
    Variable(String),
}

/// Something with the line that it stands on.
pub(super) struct At<T> {
    pub(super) line: u64,
    pub(super) value: T,
}

impl<T> At<T> {
    pub(super) fn refuse(&self, reason: Reason) -> BadConfig {
        BadConfig {
            line: self.line,
            reason,
            name: None,
        }
    }
}

impl Section {
    /// # Errors
    /// When the node is no mapping. Nothing at all is an empty one.
    pub(super) fn of(node: Node) -> Result<Self, BadConfig> {
        let line = node.line;
        match node.value {
            Value::Map(members) => Ok(Self { line, members }),
            Value::Nothing => Ok(Self {
                line,
                members: Vec::new(),
            }),
            _ => Err(BadConfig {
                line,
                reason: Reason::NotAMapping,
                name: None,
            }),
        }
    }

    /// A refusal of the whole mapping.
    pub(super) fn refuse(&self, reason: Reason, name: &str) -> BadConfig {
        BadConfig {
            line: self.line,
            reason,
            name: Some(name.to_owned()),
        }
    }

    /// Where the mapping stands.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// There is such a member, whatever it says.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(it, _)| it.text == name)
    }

    /// A member; none when it is absent or says nothing.
    pub(super) fn take(&mut self, name: &str) -> Option<Node> {
        let at = self.members.iter().position(|(it, _)| it.text == name)?;
        let (_, node) = self.members.remove(at);
        match node.value {
            Value::Nothing => None,
            _ => Some(node),
        }
    }

    /// A mapping within; an absent one is empty.
    pub(super) fn section(&mut self, name: &str) -> Result<Self, BadConfig> {
        match self.take(name) {
            Some(node) => Self::of(node),
            None => Ok(Self {
                line: self.line,
                members: Vec::new(),
            }),
        }
    }

    /// A list within; an absent one is empty.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Node>, BadConfig> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Node {
                value: Value::List(nodes),
                ..
            }) => Ok(nodes),
            Some(node) => Err(wrong(&node, Reason::NotAList, name)),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<At<String>>, BadConfig> {
        let nodes = self.list(name)?.into_iter();
        let text = |node: Node| match node.value {
            Value::Text(value) if !value.is_empty() => Ok(At {
                line: node.line,
                value,
            }),
            _ => Err(wrong(&node, Reason::NotText, name)),
        };
        nodes.map(text).collect()
    }

    /// A text, written or in a variable; an empty one is absent. A number is refused: read as
    /// one, a key would not be the same any more.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<At<Meant>>, BadConfig> {
        let Some(node) = self.take(name) else {
            return Ok(None);
        };
        let line = node.line;
        let Value::Text(text) = node.value else {
            return Err(wrong(&node, Reason::NotText, name));
        };
        if text.is_empty() {
            return Ok(None);
        }
        let value = match text.strip_prefix(REFERENCE) {
            Some(variable) => Meant::Variable(variable.trim().to_owned()),
            None => Meant::Written(text),
        };
        Ok(Some(At { line, value }))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, BadConfig> {
        match self.take(name) {
            None => Ok(None),
            Some(Node {
                value: Value::Flag(flag),
                ..
            }) => Ok(Some(flag)),
            Some(node) => Err(wrong(&node, Reason::NotAFlag, name)),
        }
    }

    /// A number from a thousandth to a billion.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<f64>, BadConfig> {
        match self.take(name) {
            None => Ok(None),
            Some(Node {
                value: Value::Number(number),
                ..
            }) if (0.001..=1e9).contains(&number) => Ok(Some(number)),
            Some(node) => Err(wrong(&node, Reason::NotANumber, name)),
        }
    }

    /// A whole number from 1, at most a billion.
    pub(super) fn whole(&mut self, name: &str) -> Result<Option<u32>, BadConfig> {
        match self.take(name) {
            None => Ok(None),
            Some(Node {
                value: Value::Number(number),
                ..
            }) if (1.0..=1e9).contains(&number) && number.fract() == 0.0 => Ok(Some(number as u32)),
            Some(node) => Err(wrong(&node, Reason::NotAWholeNumber, name)),
        }
    }

    /// # Errors
    /// [`Reason::Unknown`] when something is left, or [`Reason::NoSpace`].
    pub(super) fn end(self) -> Result<(), BadConfig> {
        let Some((name, _)) = self.members.into_iter().next() else {
            return Ok(());
        };
        let refused = At {
            line: name.line,
            value: (),
        };
        Err(match naming::shown_before_value(&name.text) {
            Some(before) => refused.refuse(Reason::NoSpace).naming(before),
            None => refused
                .refuse(Reason::Unknown)
                .naming_what_is_written(&name.text),
        })
    }
}

fn wrong(node: &Node, reason: Reason, name: &str) -> BadConfig {
    BadConfig {
        line: node.line,
        reason,
        name: Some(name.to_owned()),
    }
}
