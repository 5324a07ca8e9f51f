//! The items of a JSON list, read one after the other.

use serde_json::Deserializer;
use serde_json::value::RawValue;

/// The texts of a list's items.
///
/// Nothing is kept of them, so a list of any length costs no memory.
pub(crate) struct Items<'a> {
    /// What follows the bracket or an item of valid JSON.
    rest: &'a str,
}

impl<'a> Items<'a> {
    /// The items of a valid value; none when it is not a list.
    pub(crate) fn of(json: &'a str) -> Option<Self> {
        let rest = json.strip_prefix('[')?;
        Some(Self { rest })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n', ',']);
        if rest.starts_with(']') {
            return None;
        }
        let mut values = Deserializer::from_str(rest).into_iter::<&RawValue>();
        let item = values.next()?.ok()?;
        self.rest = &rest[values.byte_offset()..];
        Some(item.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_comes_as_it_is_written() {
        let list = "[ 1,-2.50 ,\"a,]\\\"\" , [ 2 ,3],\n{\"b\": [ ] },true,null\t]";
        let items: Vec<&str> = Items::of(list).expect("what the test put there").collect();
        let expected = [
            "1",
            "-2.50",
            r#""a,]\"""#,
            "[ 2 ,3]",
            r#"{"b": [ ] }"#,
            "true",
            "null",
        ];
        assert_eq!(items, expected);
        for none in ["[]", "[ \n ]"] {
            assert_eq!(Items::of(none).map(Iterator::count), Some(0), "{none}");
        }
        for other in ["{}", "1", r#""[""#] {
            assert!(Items::of(other).is_none(), "{other}");
        }
    }
}
