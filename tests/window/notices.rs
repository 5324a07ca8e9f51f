//! Notices: what the window says for a few seconds only. A machine that is slow may look too
//! late, so the page keeps a list of everything that was said, and nothing is missed.

use crate::harness::Hearth;

/// Writes every notice down as it appears, from now on until the page is loaded again.
const LISTEN: &str = "\
    const place = document.querySelector('section[aria-label=Notices]'); \
    if (!place || window.heardNotices) return; \
    window.heardNotices = [...place.children].map(notice => notice.innerText); \
    new MutationObserver(changes => { \
        for (const { addedNodes } of changes) \
            for (const node of addedNodes) \
                if (node instanceof HTMLElement) window.heardNotices.push(node.innerText); \
    }).observe(place, { childList: true });";

/// Takes the oldest notice that says this from the list, and those before it.
const HEAR: &str = "\
    const at = (window.heardNotices ?? []).findIndex(notice => notice.includes(arguments[0])); \
    return at >= 0 && window.heardNotices.splice(0, at + 1).length > 0;";

impl Hearth<'_> {
    /// Begins to write down what notices say.
    pub(crate) async fn listen_to_notices(&self) {
        self.script(LISTEN).await;
    }

    /// Loads the page again, as a person does whose window looks odd.
    pub(crate) async fn reload(&self) {
        let again = self.page.refresh().await;
        again.expect("a page can be loaded again");
        self.has_drawn().await;
        self.listen_to_notices().await;
    }

    /// Waits until a notice has said this, also one that is gone again. Each counts once.
    pub(crate) async fn noticed(&self, words: &str) {
        self.until(&format!("a notice “{words}”"), async || {
            let heard = self.page.execute(HEAR, vec![words.into()]).await;
            (heard.ok()? == true).then_some(())
        })
        .await;
    }

    /// What notices say at this moment.
    pub(crate) async fn notices(&self) -> String {
        let script =
            "return document.querySelector('section[aria-label=Notices]').innerText.trim()";
        let notices = self.script(script).await;
        notices
            .as_str()
            .expect("there is a place for notices")
            .to_owned()
    }
}
