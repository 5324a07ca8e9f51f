//! Finding controls the way a screen reader does: by what they are and what they are called.

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use url::{ParseError, Url};

/// What a control is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Article,
    Button,
    Checkbox,
    Dialog,
    Log,
    MenuItem,
    Navigation,
    Radio,
    Searchbox,
    Textbox,
}

impl Role {
    /// The elements that can have this role. What they are called is then asked
    /// of the browser, which follows labels as assistive technology does.
    fn candidates(self) -> &'static str {
        match self {
            Self::Article => "article, [role=article]",
            Self::Button => "button, [role=button], summary",
            Self::Checkbox => "input[type=checkbox], [role=checkbox], [role=switch]",
            Self::Dialog => "dialog, [role=dialog], [role=alertdialog]",
            Self::Log => "[role=log]",
            Self::MenuItem => {
                "[role=menuitem], [role=menuitemradio], [role=menuitemcheckbox], [role=option]"
            }
            Self::Navigation => "nav, [role=navigation]",
            Self::Radio => "input[type=radio], [role=radio]",
            Self::Searchbox => "input[type=search], [role=searchbox]",
            Self::Textbox => {
                "textarea, [role=textbox], input:is(:not([type]), [type=text], [type=password], [type=url], [type=number])"
            }
        }
    }
}

/// The first visible element of this role with a fitting name, if there is one now.
pub(crate) async fn find(
    page: &Client,
    role: Role,
    fits: impl Fn(&str) -> bool,
) -> Option<Element> {
    let candidates = page.find_all(Locator::Css(role.candidates())).await.ok()?;
    first(page, candidates, fits).await
}

/// Likewise the last one.
pub(crate) async fn find_last(
    page: &Client,
    role: Role,
    fits: impl Fn(&str) -> bool,
) -> Option<Element> {
    let mut candidates = page.find_all(Locator::Css(role.candidates())).await.ok()?;
    candidates.reverse();
    first(page, candidates, fits).await
}

async fn first(
    page: &Client,
    candidates: Vec<Element>,
    fits: impl Fn(&str) -> bool,
) -> Option<Element> {
    for candidate in candidates {
        let named = name(page, &candidate).await.is_some_and(|name| fits(&name));
        if named && candidate.is_displayed().await.unwrap_or(false) {
            return Some(candidate);
        }
    }
    None
}

/// What can be operated and is visible, but has no name to be found by.
pub(crate) async fn nameless(page: &Client) -> Vec<String> {
    let controls = "button, a[href], input, select, textarea, summary, \
        [role^=menuitem], [role=button], [role=dialog], [role=alertdialog], [role=log], nav";
    let mut found = Vec::new();
    for control in page
        .find_all(Locator::Css(controls))
        .await
        .unwrap_or_default()
    {
        let unnamed = name(page, &control)
            .await
            .is_some_and(|name| name.is_empty());
        if unnamed && control.is_displayed().await.unwrap_or(false) {
            found.push(control.html(false).await.unwrap_or_default());
        }
    }
    found
}

/// The name that assistive technology reads out; none when the element is gone.
pub(crate) async fn name(page: &Client, element: &Element) -> Option<String> {
    let asked = page
        .issue_cmd(ComputedLabel(element.element_id().to_string()))
        .await
        .ok()?;
    asked.as_str().map(|name| name.trim().to_owned())
}

/// What assistive technology says that the element is; none when it is gone.
pub(crate) async fn role(page: &Client, element: &Element) -> Option<String> {
    let asked = page
        .issue_cmd(ComputedRole(element.element_id().to_string()))
        .await
        .ok()?;
    asked.as_str().map(str::to_owned)
}

/// `GET /session/{id}/element/{id}/computedrole` (w3.org/TR/webdriver2, Get Computed Role).
#[derive(Debug)]
struct ComputedRole(String);

impl WebDriverCompatibleCommand for ComputedRole {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!(
            "session/{session}/element/{}/computedrole",
            self.0
        ))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::GET, None)
    }
}

/// `GET /session/{id}/element/{id}/computedlabel` (w3.org/TR/webdriver2, Get Computed Label).
#[derive(Debug)]
struct ComputedLabel(String);

impl WebDriverCompatibleCommand for ComputedLabel {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!(
            "session/{session}/element/{}/computedlabel",
            self.0
        ))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::GET, None)
    }
}
