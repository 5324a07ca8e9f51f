//! The window opens, shows its page and keeps to its policy.

use crate::harness::{Hearth, Home, Theme};

#[tokio::test]
async fn the_window_follows_the_desktop_into_the_dark() {
    for (theme, dark) in [(Theme::Light, false), (Theme::Dark, true)] {
        let home = Home::new(theme);
        let hearth = Hearth::open(&home).await;
        let script = "return matchMedia('(prefers-color-scheme: dark)').matches";
        assert_eq!(hearth.script(script).await, dark, "{theme:?}");
        hearth.picture("smoke", theme).await;
        hearth.close().await;
    }
}
