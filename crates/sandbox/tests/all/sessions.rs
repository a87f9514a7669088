//! The table of live sessions.

use std::collections::HashSet;
use std::sync::Arc;

use codex_protocol::SandboxPolicy;
use codex_sandbox::{ExecSessions, LIVE_SESSIONS_MAX, Process, SessionId, spawn};
use pretty_assertions::assert_eq;

use super::harness::{Site, is_running, marker, until};

async fn sleeper(site: &Site, marker: &str) -> Arc<Process> {
    let mut spec = site.spec(SandboxPolicy::DangerFullAccess, "");
    spec.program = "/bin/sleep".into();
    spec.args = vec![marker.into()];
    Arc::new(spawn(spec).await.unwrap())
}

// covers: tools T19
#[tokio::test]
async fn the_65th_session_kills_the_least_recently_used() {
    let site = Site::new();
    let marker = marker(70);
    let sessions = ExecSessions::new();
    let mut ids = Vec::new();
    for _ in 0..LIVE_SESSIONS_MAX {
        let (id, pruned) = sessions.insert(sleeper(&site, &marker).await);
        assert!(pruned.is_none());
        assert!((1..=99_999).contains(&id.number()));
        ids.push(id);
    }
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), LIVE_SESSIONS_MAX);
    // The first was just used, so the second is the oldest.
    assert!(sessions.get(ids[0]).is_some());
    let (_, pruned) = sessions.insert(sleeper(&site, &marker).await);
    let pruned = pruned.unwrap();
    assert_eq!(pruned.id, ids[1]);
    assert_eq!(pruned.process.wait().await, 137);
    assert!(sessions.get(ids[1]).is_none());

    // One that has ended goes before any that lives.
    let ended = sessions.get(ids[40]).unwrap();
    ended.shutdown().await;
    for id in &ids[41..] {
        assert!(sessions.get(*id).is_some());
    }
    let (last, pruned) = sessions.insert(sleeper(&site, &marker).await);
    assert_eq!(pruned.unwrap().id, ids[40]);
    assert_eq!(sessions.len(), LIVE_SESSIONS_MAX);

    assert!(sessions.remove(last).is_some());
    assert!(sessions.get(last).is_none());
    assert!(sessions.get(SessionId::new(-5)).is_none());
    sessions.kill_all().await;
    assert!(sessions.is_empty());
    until("all are gone", || !is_running(&marker)).await;
}
