use super::*;

fn output(text: &str) -> ToolOutput {
    ToolOutput { text: text.into() }
}

#[tokio::test(start_paused = true)]
async fn a_tool_has_its_time_and_no_more() {
    let in_time = limited(async {
        tokio::time::sleep(TIME_LIMIT - Duration::from_secs(1)).await;
        Ok(output("late"))
    });
    assert_eq!(in_time.await, Ok(output("late")));
    let never = limited(std::future::pending());
    assert_eq!(never.await, Err(Broke::TooSlow));
}

#[tokio::test]
async fn a_tool_that_breaks_breaks_alone() {
    let broken = limited(async { panic!("planted") });
    assert_eq!(broken.await, Err(Broke::Panicked));
    let error = ToolError::BadInput("no".into());
    let failed = error.clone();
    let failed = limited(async move { Err(failed) });
    assert_eq!(failed.await, Err(Broke::Tool(error)));
}

#[tokio::test]
async fn a_tool_ends_with_whoever_waits_for_it() {
    let (alive, ended) = tokio::sync::oneshot::channel::<()>();
    let (started, begun) = tokio::sync::oneshot::channel();
    let waiting = limited(async move {
        let _alive = alive;
        started.send(()).unwrap();
        std::future::pending().await
    });
    tokio::select! {
        _ = waiting => panic!("it never ends by itself"),
        begun = begun => begun.unwrap(),
    }
    // Its sender is dropped with it, which is all that is ever heard of it.
    assert!(ended.await.is_err());
}
