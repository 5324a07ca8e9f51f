//! What a caller leaves behind who goes away while work is done for it.

use std::sync::mpsc;
use std::time::Duration;

use futures_util::poll;
use hearth_foundry::{
    ApiVersion, Client, ClientOptions, Credential, Endpoint, Secret, Skip, Target,
};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::runtime;

use super::*;
use crate::catalogue::Known;

/// A site whose whole room is this, before a resource at which nobody is.
fn site(room: usize) -> Arc<Site> {
    let key = Secret::new("canary-routes".to_owned());
    let target = Target {
        endpoint: Endpoint::parse("http://127.0.0.1:1").unwrap().endpoint,
        credential: Credential::Key(Arc::new(key)),
        anthropic_version: ApiVersion::V2023_06_01,
        headers: Vec::new(),
        skip: Skip::new(),
    };
    let client = Client::new(ClientOptions::default()).unwrap();
    let lent = Lent {
        catalogue: Catalogue::of_connection(&target, &client, Vec::<Known>::new()),
        ..Lent::default()
    };
    let open = Open {
        lent: Arc::new(lent),
        keys: None,
        door: Door::default(),
    };
    Arc::new(Site {
        open: RwLock::new(Arc::new(open)),
        recorder: None,
        listening: SocketAddr::from(([127, 0, 0, 1], 80)),
        most_body: room,
        body_idle: Duration::from_secs(60),
        room: Room::new(room),
    })
}

fn chat(stream: bool, length: usize) -> Request {
    let said = "x".repeat(length);
    let messages = json!([{"role": "user", "content": said}]);
    let body = json!({"model": "m", "stream": stream, "messages": messages});
    let request = Request::post("/v1/chat/completions");
    let request = request.header("host", "localhost");
    let request = request.header("content-type", "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

/// Holds the only thread on which work is done aside; it says so when it has it.
struct Held {
    has_it: mpsc::Receiver<()>,
    release: mpsc::Sender<()>,
}

impl Held {
    fn queue() -> Self {
        let (says, has_it) = mpsc::channel();
        let (release, released) = mpsc::channel();
        tokio::task::spawn_blocking(move || {
            says.send(()).unwrap();
            released.recv().unwrap();
        });
        Self { has_it, release }
    }

    /// The thread is this one's: all that was queued before it is done.
    fn wait(&self) {
        self.has_it.recv().unwrap();
    }
}

/// Leaves while the work of this stage, from 0, waits for its turn.
async fn left_at(stage: usize, stream: bool) {
    let site = site(8 * 1024 * 1024);
    let whole = site.room.free();
    let routes = TowerToHyperService::new(router(site.clone()));
    let mut held = Held::queue();
    held.wait();
    let mut asking = Box::pin(routes.call(chat(stream, 300 * 1024)));
    for _ in 0..stage {
        assert!(poll!(&mut asking).is_pending());
        let next = Held::queue();
        held.release.send(()).unwrap();
        next.wait();
        held = next;
    }
    assert!(poll!(&mut asking).is_pending());
    drop(asking);
    let free = site.room.free();
    assert!(free + 8 * 300 * 1024 <= whole, "{stage} {stream}: {free}");
    let next = Held::queue();
    held.release.send(()).unwrap();
    next.wait();
    // What was made is let go of by now, and nothing else is worked on.
    assert_eq!(site.room.free(), whole, "{stage} {stream}");
    next.release.send(()).unwrap();
}

#[test]
fn who_leaves_gives_no_room_back_that_is_still_worked_in() {
    let runtime = runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    for stage in 0..3 {
        for stream in [false, true] {
            runtime.block_on(left_at(stage, stream));
        }
    }
}
