use crate::accessible::Role;
use crate::acts::*;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, resource};
use hearth_emulator::Script;

async fn alive(hearth: &Hearth<'_>) -> String {
    for _ in 0..20 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if let Err(e) = hearth.page.execute("return document.querySelector('nav').innerText", vec![]).await { return format!("DEAD {e}"); }
    }
    format!("alive {:?}", hearth.page.execute("return document.querySelector('nav .list').innerText", vec![]).await)
}

#[tokio::test]
async fn tmpcrash() {
    let resource = resource().await;
    for way in ["f2 gdb escape"] {
        let home = Home::new(Theme::Light);
        let hearth = Hearth::open(&home).await;
        hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
        resource.next(Script::reply(["One."]));
        hearth.ask("First question").await;
        hearth.answered("One.").await;
        if way.starts_with("f2") {
            let row = hearth.the_one_beginning(Role::Button, "First question").await;
            let _ = row;
            hearth.script("[...document.querySelectorAll('nav li button.row')][0].focus()").await;
            hearth.press("\u{e032}").await;
            hearth.the(Role::Textbox, "Title").await;
        } else {
            hearth.script("document.querySelector('header h1 button').click()").await;
            hearth.the(Role::Textbox, "Title").await;
        }
        let mut dbg = None;
        if way.contains("gdb") {
            let web = crate::processes::tree(&home.profile()).into_iter().find(|p| p.arguments.contains("WebKitWebProcess")).unwrap().id;
            dbg = Some(std::process::Command::new("gdb").args(["-q", "-batch", "-ex", "handle SIGUSR1 SIGPIPE SIG34 SIGPWR SIGXCPU SIG35 nostop noprint pass", "-ex", "continue", "-ex", "bt 40", "-p", &web.to_string()]).stdout(std::fs::File::create("/tmp/gdb.out").unwrap()).stderr(std::process::Stdio::null()).spawn().unwrap());
            crate::harness::patiently(async || std::fs::read_to_string("/tmp/gdb.out").unwrap().contains("Continuing").then_some(())).await;
            tokio::time::sleep(std::time::Duration::from_secs(8)).await;
        }
        if way.contains("nohas") {
            eprintln!("{}", hearth.script("let n=0; for (const sheet of document.styleSheets) { for (let i = sheet.cssRules.length - 1; i >= 0; i--) { if (sheet.cssRules[i].cssText.includes(':has(')) { sheet.deleteRule(i); n++; } } } return n").await);
        }
        if way.contains("synthetic") { hearth.script("document.querySelector('nav li input').dispatchEvent(new KeyboardEvent('keydown',{key:'Escape',bubbles:true,cancelable:true}))").await; }
        if way.contains("blurfirst") { hearth.script("document.querySelector('nav li input').blur()").await; }
        if way.contains("removeonly") { hearth.script("document.querySelector('nav li input').remove()").await; }
        if way.contains("new") || way.contains("header") { hearth.press("Herons").await; }
        if way.contains("escape") { hearth.press(ESCAPE).await; }
        if way.contains("enter") { hearth.press(ENTER).await; }
        if way.contains("blur") { hearth.click(Role::Textbox, "Message").await; }
        eprintln!("=== {way}: {}", alive(&hearth).await);
        if let Some(mut d) = dbg { tokio::time::sleep(std::time::Duration::from_secs(10)).await; let _ = d.kill(); }
        drop(hearth);
    }
}
