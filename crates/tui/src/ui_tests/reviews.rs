//! `/review`, reviews in the transcript, and what a reviewer of approvals decides.

use codex_core::CommitSummary;
use codex_protocol::{
    ApprovalId, ApprovalReview, Assessment, CallId, EnteredReviewModeItem, Event, ExitedReviewModeItem,
    ItemId, Op, ReviewOutput, ReviewTarget, ReviewVerdict, RiskLevel, TurnId, TurnItem, UserAuthorization,
};
use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::bench::Bench;
use super::pickers::run;
use crate::state::{Cmd, Done, Job, Msg};

fn reviews(bench: &Bench) -> Vec<ReviewTarget> {
    let target = |op: &&Op| match op {
        Op::Review { target } => Some(target.clone()),
        _ => None,
    };
    bench.ops().iter().filter_map(target).collect()
}

fn end(bench: &mut Bench) {
    let usage = codex_protocol::TokenUsage::default();
    bench.event(Event::TurnCompleted { turn_id: TurnId::new_v7(), last_agent_message: None, usage });
}

#[test]
fn what_is_reviewed_is_chosen_from_lists_git_fills() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/review");
    assert_snapshot!("review_80x24", bench.screen());
    bench.press("2");
    assert!(bench.cmds.iter().any(|cmd| matches!(cmd, Cmd::Job(Job::Branches { .. }))));
    assert!(bench.screen().contains("asking git"), "{}", bench.screen());
    let names = ["main", "feature/a", "x;$(touch pwn)"].map(str::to_owned);
    bench.tell(Msg::Done(Done::Branches(Ok(names.to_vec()))));
    bench.type_text("fea");
    assert_snapshot!("review_branches_80x24", bench.screen());
    bench.press("enter");
    end(&mut bench);
    run(&mut bench, "/review");
    bench.press("3");
    let commit = |sha: &str, title: &str| CommitSummary {
        sha: sha.to_owned(),
        title: title.to_owned(),
        age: "2 days ago".to_owned(),
    };
    let commits = vec![commit("0123456789abcdef", "Mend the lock"), commit("fedcba9876543210", "Begin")];
    bench.tell(Msg::Done(Done::Commits(Ok(commits))));
    assert_snapshot!("review_commits_80x24", bench.screen());
    bench.press("enter");
    end(&mut bench);
    run(&mut bench, "/review");
    bench.press("1");
    end(&mut bench);
    run(&mut bench, "/review the locks");
    assert_eq!(
        reviews(&bench),
        [
            ReviewTarget::BaseBranch { branch: "feature/a".to_owned() },
            ReviewTarget::Commit {
                sha: "0123456789abcdef".to_owned(),
                title: Some("Mend the lock".to_owned())
            },
            ReviewTarget::UncommittedChanges,
            ReviewTarget::Custom { instructions: "the locks".to_owned() },
        ]
    );
}

#[test]
fn an_answer_of_git_that_nobody_waits_for_changes_nothing() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/review");
    bench.press("2");
    bench.press("esc");
    let before = bench.screen();
    bench.tell(Msg::Done(Done::Branches(Ok(vec!["main".to_owned()]))));
    assert_eq!(bench.screen(), before);
    run(&mut bench, "/review");
    bench.press("3");
    bench.tell(Msg::Done(Done::Commits(Err("this folder is in no git repository".to_owned()))));
    assert!(bench.screen().contains("no git repository"), "{}", bench.screen());
    assert_eq!(reviews(&bench), []);
}

#[test]
fn a_review_has_a_beginning_and_an_end() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/review a\u{1b}[31mb");
    let turn_id = TurnId::new_v7();
    let entered = TurnItem::EnteredReviewMode(EnteredReviewModeItem {
        id: ItemId::new("r1"),
        target: ReviewTarget::UncommittedChanges,
        user_facing_hint: String::new(),
    });
    bench.event(Event::TurnStarted { turn_id });
    bench.event(Event::ItemStarted { turn_id, item: entered.clone() });
    bench.event(Event::ItemCompleted { turn_id, item: entered });
    assert!(bench.screen().contains("review of current changes"), "{}", bench.screen());
    let review_output = Some(ReviewOutput::default());
    let exited = TurnItem::ExitedReviewMode(ExitedReviewModeItem { id: ItemId::new("r2"), review_output });
    bench.event(Event::ItemCompleted { turn_id, item: exited });
    assert!(bench.screen().contains("the review is done"), "{}", bench.screen());
}

#[test]
fn a_line_says_what_the_reviewer_decided_and_why() {
    let mut bench = Bench::fullscreen();
    let turn_id = TurnId::new_v7();
    bench.event(Event::TurnStarted { turn_id });
    let reviewed = |verdict, rationale: &str| Event::ApprovalReviewed {
        turn_id,
        review: Box::new(ApprovalReview {
            id: ApprovalId::new("q"),
            call_id: CallId::new("c"),
            verdict,
            rationale: rationale.to_owned(),
        }),
    };
    let assessment = |risk| Assessment { risk, authorization: UserAuthorization::High };
    bench.event(reviewed(
        ReviewVerdict::Approved(assessment(RiskLevel::Low)),
        "you asked\u{1b}]52;c;x\u{7} for it",
    ));
    bench.event(reviewed(ReviewVerdict::Denied(assessment(RiskLevel::High)), "it deletes the home folder"));
    bench.event(reviewed(ReviewVerdict::TimedOut, "no answer within 90 seconds"));
    assert_snapshot!("approval_reviews_80x24", bench.screen());
}
