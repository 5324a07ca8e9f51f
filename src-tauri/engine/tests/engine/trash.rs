//! What is thrown away, and what comes back.

use hearth_engine::Engine;
use hearth_engine::api::{DraftKey, ErrorCode, HearthEvent, NewFile};
use hearth_store::{ConversationId as Stored, Store};

use crate::support::*;

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn what_was_thrown_away_can_come_back_for_thirty_days() {
    let house = House::new().await;
    let (first, _) = house.ask(None, "First").await;
    let (second, _) = house.ask(None, "Second").await;
    house
        .engine
        .trash(first.conversation.clone())
        .await
        .unwrap();
    house
        .engine
        .trash(second.conversation.clone())
        .await
        .unwrap();
    let trash = house.engine.trashed().await.unwrap();
    let titles: Vec<_> = trash.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["Second", "First"]);
    for thrown in &trash {
        assert_eq!(thrown.deleted_at - thrown.trashed_at, 30 * DAY);
    }
    house
        .engine
        .restore(first.conversation.clone())
        .await
        .unwrap();
    assert_eq!(house.view(&first.conversation).await.messages.len(), 2);
    assert_eq!(house.engine.trashed().await.unwrap().len(), 1);
}

#[tokio::test]
async fn deleting_for_good_frees_the_room_and_tells_every_window() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Remember cucumber").await;
    let key = DraftKey::Conversation {
        id: sent.conversation.clone(),
    };
    let noise: String = (0..200_000)
        .map(|n: u32| char::from(b'a' + (n % 23) as u8))
        .collect();
    let big = NewFile {
        name: "big.txt".into(),
        bytes: noise.into_bytes(),
    };
    house.engine.attach(key, big).await.unwrap();
    house.engine.trash(sent.conversation.clone()).await.unwrap();
    let freed = house
        .engine
        .delete_forever(sent.conversation.clone())
        .await
        .unwrap();
    assert!(freed >= 190_000, "{freed}");
    let gone = house.engine.conversation(sent.conversation.clone()).await;
    assert_eq!(gone.unwrap_err().code, ErrorCode::ConversationNotFound);
    assert_eq!(house.engine.search("cucumber".into()).await.unwrap(), []);
    let again = house.engine.delete_forever(sent.conversation.clone()).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::ConversationNotFound);
    let (other, _) = house.ask(None, "Another").await;
    house.engine.trash(other.conversation).await.unwrap();
    house.engine.empty_trash().await.unwrap();
    assert_eq!(house.engine.trashed().await.unwrap(), []);
    let (events, _) = house.close().await;
    let removed = HearthEvent::ConversationRemoved {
        id: sent.conversation,
    };
    assert!(events.iter().filter(|it| **it == removed).count() >= 2);
}

#[tokio::test]
async fn a_start_deletes_what_is_older_than_thirty_days_and_nothing_else() {
    let house = House::new().await;
    let (old, _) = house.ask(None, "Old").await;
    let (young, _) = house.ask(None, "Young").await;
    let folder = copy_of(house.folder.path());
    let store = Store::open(folder.path()).unwrap();
    let now = house.view(&young.conversation).await.summary.created_at;
    let id = |id: &str| Stored::from(id);
    store
        .trash(&id(&old.conversation.0), now - 31 * DAY)
        .unwrap();
    store
        .trash(&id(&young.conversation.0), now - 29 * DAY)
        .unwrap();
    drop(store);

    let later = Engine::open(profile(folder.path()), no_environment())
        .await
        .unwrap();
    within(async {
        while later.trashed().await.unwrap().len() > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let kept = later.trashed().await.unwrap();
    assert_eq!(kept[0].id, young.conversation);
    let gone = later.conversation(old.conversation).await;
    assert_eq!(gone.unwrap_err().code, ErrorCode::ConversationNotFound);
}

#[tokio::test]
async fn pinned_conversations_say_so() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Hello").await;
    let pinned = async || house.engine.conversations().await.unwrap()[0].pinned;
    assert!(!pinned().await);
    house
        .engine
        .pin(sent.conversation.clone(), true)
        .await
        .unwrap();
    assert!(pinned().await);
    house.engine.pin(sent.conversation, false).await.unwrap();
    assert!(!pinned().await);
}
