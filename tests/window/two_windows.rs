//! Two windows of one program, on one conversation.

use fantoccini::wd::WindowHandle;
use hearth_emulator::Script;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, resource};

#[tokio::test]
async fn two_windows_show_one_conversation_word_for_word() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let first = hearth.page.window().await.expect("a window");
    let (script, gate) = Script::reply(["One, ", "two, ", "three."]).gate();
    resource.next(script);
    hearth.ask("Count").await;
    gate.release(1);
    hearth.last_says("One,").await;

    // The second opens in the middle of the answer.
    hearth.shortcut('N').await;
    let second = hearth.another_window(&first).await;
    hearth.go_to(&second).await;
    hearth.open_conversation("Count").await;
    hearth.last_says("One,").await;
    gate.release(1);
    hearth.last_says("One, two,").await;
    hearth.go_to(&first).await;
    hearth.last_says("One, two,").await;
    gate.open();
    hearth.answered("One, two, three.").await;
    hearth.go_to(&second).await;
    hearth.answered("One, two, three.").await;

    // What is asked and stopped in one is asked and stopped in the other.
    let (script, gate) = Script::reply(["Half of it", " and the rest."]).gate();
    resource.next(script);
    hearth.ask("Once more").await;
    gate.release(1);
    hearth.last_says("Half of it").await;
    hearth.go_to(&first).await;
    hearth.last_says("Half of it").await;
    hearth.click(Role::Button, "Stop").await;
    hearth.last_says("Stopped.").await;
    hearth.go_to(&second).await;
    hearth.last_says("Stopped.").await;
    gate.open();

    // The program lives for as long as one of its windows does.
    hearth.page.close_window().await.expect("a window closes");
    hearth.go_to(&first).await;
    hearth.last_says("Half of it").await;
    hearth.close().await;
}

impl Hearth<'_> {
    async fn another_window(&self, known: &WindowHandle) -> WindowHandle {
        self.until("another window", async || {
            let windows = self.page.windows().await.ok()?;
            windows.into_iter().find(|window| window != known)
        })
        .await
    }

    async fn go_to(&self, window: &WindowHandle) {
        self.page
            .switch_to_window(window.clone())
            .await
            .expect("a window can be looked at");
    }
}
