//! The page that the browser shows when it has come back.

/// The words of the two pages; they are shown to the person as plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// When somebody is signed in.
    pub done: Page,
    /// When it came to nothing; the program says why.
    pub failed: Page,
}

/// One page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Its language, such as `en`.
    pub language: String,
    /// Its title and heading.
    pub title: String,
    /// What there is to do now.
    pub text: String,
}

impl Page {
    /// The page as HTML that fetches nothing and runs nothing.
    pub(super) fn html(&self) -> String {
        let (language, title, text) = (
            escaped(&self.language),
            escaped(&self.title),
            escaped(&self.text),
        );
        format!(
            "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>\
             :root{{color-scheme:light dark}}\
             body{{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}}\
             h1{{font-size:1.4rem}}</style></head>\
             <body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
        )
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        let page = Page {
            language: "en\" onload=\"x".into(),
            title: "A & B".into(),
            text: "<script>'".into(),
        };
        let html = page.html();
        assert!(html.contains("<p>&lt;script&gt;&#39;</p>"), "{html}");
        assert!(html.contains("lang=\"en&quot; onload=&quot;x\""), "{html}");
        assert!(html.contains("<title>A &amp; B</title>"), "{html}");
    }
}
