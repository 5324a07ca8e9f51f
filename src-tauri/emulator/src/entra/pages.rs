//! The pages that a browser shows. They need no script and no style.

use crate::desk::Fields;

/// The page at which a person signs in, or does not. The fields of the request go along.
pub(crate) fn sign_in(user: &str, app: &str, request: &Fields) -> String {
    let hidden: String = request
        .0
        .iter()
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
                escaped(name),
                escaped(value)
            )
        })
        .collect();
    page(
        "Sign in to your account",
        &format!(
            "<p>{} wants to sign in as {}.</p>\n<form method=\"post\" action=\"/signin\">\n{hidden}{BUTTONS}</form>\n",
            escaped(app),
            escaped(user)
        ),
    )
}

/// The page at which a person types a device's code.
pub(crate) fn device(code: &str, problem: Option<&str>) -> String {
    let problem = problem.map_or_else(String::new, |text| {
        format!("<p role=\"alert\">{}</p>\n", escaped(text))
    });
    page(
        "Enter code to allow access",
        &format!(
            "{problem}<form method=\"post\" action=\"/devicelogin\">\n\
             <label>Code <input name=\"user_code\" value=\"{}\" autocomplete=\"off\"></label>\n\
             {BUTTONS}</form>\n",
            escaped(code)
        ),
    )
}

/// The last page.
pub(crate) fn done(text: &str) -> String {
    page(
        text,
        &format!("<p>{} You can close this window.</p>\n", escaped(text)),
    )
}

/// What goes wrong before anybody can be sent back.
pub(crate) fn failed(text: &str) -> String {
    page(
        "Sign in",
        &format!(
            "<p>Sorry, but we’re having trouble signing you in.</p>\n<p>{}</p>\n",
            escaped(text)
        ),
    )
}

const BUTTONS: &str = "<button name=\"decision\" value=\"signin\">Sign in</button>\n\
    <button name=\"decision\" value=\"cancel\">Cancel</button>\n";

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n{body}<hr><p>Hearth’s emulator: no account is needed here.</p>\n</body></html>\n",
        title = escaped(title)
    )
}

/// Text that cannot become markup.
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
    fn nothing_of_a_request_becomes_markup() {
        let hostile = "\"><script>alert('1')</script>&";
        let fields = Fields(vec![(hostile.to_owned(), hostile.to_owned())]);
        for page in [
            sign_in(hostile, hostile, &fields),
            device(hostile, Some(hostile)),
            done(hostile),
            failed(hostile),
        ] {
            assert!(page.contains("&lt;script&gt;"), "{page}");
            assert!(!page.contains("<script"), "{page}");
        }
    }
}
