//! Transitions of the turn machine: inputs in, effects out, no runtime.

use codex_protocol::{Approval, ApprovalRequest, ErrorInfo, ItemId, ResponseId, TokenUsage, TurnError};
use pretty_assertions::assert_eq;
use uuid::Uuid;

use super::*;

fn turn_id() -> TurnId {
    TurnId::from_uuid(Uuid::from_u128(7))
}

fn message(text: &str) -> ResponseItem {
    ResponseItem::from_json(&format!(
        r#"{{"type":"message","id":"m_{text}","role":"assistant","content":[{{"type":"output_text","text":"{text}"}}]}}"#
    ))
    .unwrap()
}

fn call(id: &str, name: &str) -> ResponseItem {
    ResponseItem::from_json(&format!(
        r#"{{"type":"function_call","id":"fc_{id}","call_id":"{id}","name":"{name}","arguments":"{{}}"}}"#
    ))
    .unwrap()
}

fn tool_call(id: &str, name: &str) -> ToolCall {
    ToolCall {
        call_id: CallId::new(id),
        kind: CallKind::Function,
        namespace: None,
        name: name.to_owned(),
        payload: "{}".to_owned(),
    }
}

fn done(item: &ResponseItem) -> Input {
    Input::Stream(Streamed::ItemDone(item.clone()))
}

fn completed() -> Input {
    completed_with(None)
}

fn completed_with(end_turn: Option<bool>) -> Input {
    Input::Stream(Streamed::Completed {
        response_id: ResponseId::new("r"),
        usage: TokenUsage::default(),
        end_turn,
    })
}

fn tool_done(id: &str, text: &str) -> Input {
    Input::ToolDone(CallId::new(id), ToolOutput::Text(text.to_owned()))
}

fn usage() -> Effect {
    Effect::Record(Fact::Usage(ResponseId::new("r"), TokenUsage::default()))
}

fn output(id: &str, text: &str) -> Effect {
    Effect::Record(Fact::Output(ToolAnswer {
        kind: CallKind::Function,
        call_id: CallId::new(id),
        output: ToolOutput::Text(text.to_owned()),
    }))
}

fn history(item: &ResponseItem) -> Effect {
    Effect::Record(Fact::History(item.clone()))
}

fn error() -> TurnError {
    TurnError { message: "no".to_owned(), codex_error_info: ErrorInfo::Other, hint: None }
}

fn failure(retry: RetryClass) -> Input {
    Input::StreamFailed(StreamFailure {
        error: error(),
        cause: "cut".to_owned(),
        retry,
        notice: Notice::Shown,
        filtered: false,
    })
}

fn cut() -> Input {
    failure(RetryClass::Stream { after: None })
}

/// Feeds all inputs and returns the effects of the last one.
fn last(turn: &mut Turn, inputs: impl IntoIterator<Item = Input>) -> Vec<Effect> {
    inputs.into_iter().map(|input| turn.step(input)).last().unwrap_or_default()
}

fn setup() -> TurnSetup {
    TurnSetup {
        turn_id: turn_id(),
        stream_max_retries: 5,
        summariser: Summariser::Model,
        tokens_used: 0,
        compact_at: None,
        collaboration: codex_protocol::CollaborationMode::Default,
        reviewer: codex_protocol::ApprovalsReviewer::User,
        circuit_break: codex_config::CircuitBreak::AfterSeveral,
    }
}

fn begun() -> Turn {
    let mut turn = Turn::new(setup());
    assert_eq!(turn.step(Input::Begin), vec![Effect::Sample(Ask::Step)]);
    turn
}

#[test]
fn a_message_is_recorded_before_it_is_shown_and_ends_the_turn() {
    let mut turn = begun();
    let item = message("hi");
    let shown = items::turn_item(&item).unwrap();
    assert_eq!(
        turn.step(done(&item)),
        vec![
            Effect::Record(Fact::Item(shown.clone())),
            history(&item),
            Effect::Emit(Event::ItemCompleted { turn_id: turn_id(), item: shown }),
        ]
    );
    assert_eq!(
        turn.step(completed()),
        vec![
            usage(),
            Effect::Record(Fact::TokenCount),
            Effect::DropStream,
            Effect::Finish(TurnEnd::Completed { last_agent_message: Some("hi".to_owned()) }),
        ]
    );
    assert_eq!(turn.step(Input::Interrupted), vec![], "a finished turn is deaf");
}

#[test]
fn a_tool_starts_while_the_response_still_streams() {
    let mut turn = begun();
    assert_eq!(
        turn.step(done(&call("a", "exec_command"))),
        vec![history(&call("a", "exec_command")), Effect::RunTool(tool_call("a", "exec_command"))]
    );
}

// covers: responses-wire 6
#[test]
fn outputs_follow_in_call_order_when_tools_end_out_of_order() {
    let mut turn = begun();
    let effects = last(
        &mut turn,
        [
            done(&call("a", "x")),
            done(&call("b", "y")),
            tool_done("b", "two"),
            completed(),
            tool_done("a", "one"),
        ],
    );
    assert_eq!(
        effects,
        vec![
            output("a", "one"),
            output("b", "two"),
            Effect::Record(Fact::TokenCount),
            Effect::Sample(Ask::Step)
        ]
    );
}

// covers: responses-wire 18
#[test]
fn end_turn_false_asks_again() {
    let mut turn = begun();
    let effects = last(&mut turn, [done(&message("hi")), completed_with(Some(false))]);
    assert_eq!(effects.last(), Some(&Effect::Sample(Ask::Step)));
}

#[test]
fn end_turn_true_does_not_swallow_outputs() {
    let mut turn = begun();
    let effects = last(&mut turn, [done(&call("a", "x")), tool_done("a", "one"), completed_with(Some(true))]);
    assert_eq!(
        effects,
        vec![usage(), output("a", "one"), Effect::Record(Fact::TokenCount), Effect::Sample(Ask::Step)]
    );
}

#[test]
fn a_cut_stream_waits_for_its_tools_and_keeps_their_outputs() {
    let mut turn = begun();
    assert_eq!(last(&mut turn, [done(&call("a", "x")), cut()]), vec![]);
    let delay = Duration::from_millis(200);
    assert_eq!(
        turn.step(tool_done("a", "one")),
        vec![
            output("a", "one"),
            Effect::DropStream,
            Effect::Emit(Event::Reconnecting {
                attempt: Reconnect::Attempt { n: 1, max: 5 },
                reason: "cut".to_owned(),
                delay
            }),
            Effect::Arm(TimerId(1), delay),
        ]
    );
    assert_eq!(turn.step(Input::Elapsed(TimerId(9))), vec![], "a late timer is ignored");
    assert_eq!(turn.step(Input::Elapsed(TimerId(1))), vec![Effect::Sample(Ask::Step)]);
}

#[test]
fn retries_are_counted_doubled_and_limited() {
    let mut turn = begun();
    let mut delays = Vec::new();
    for timer in 1..=5 {
        let effects = turn.step(cut());
        let Some(Effect::Arm(_, delay)) = effects.last() else { panic!("no timer in {effects:?}") };
        delays.push(delay.as_millis());
        turn.step(Input::Elapsed(TimerId(timer)));
    }
    assert_eq!(delays, [200, 400, 800, 1600, 3200]);
    assert_eq!(turn.step(cut()), vec![Effect::DropStream, Effect::Finish(TurnEnd::Failed(error()))]);
}

#[test]
fn a_whole_response_resets_the_retry_count() {
    let mut turn = begun();
    last(
        &mut turn,
        [cut(), Input::Elapsed(TimerId(1)), done(&call("a", "x")), tool_done("a", "1"), completed()],
    );
    let effects = turn.step(cut());
    assert!(matches!(
        effects[1],
        Effect::Emit(Event::Reconnecting { attempt: Reconnect::Attempt { n: 1, .. }, .. })
    ));
}

#[test]
fn the_servers_delay_beats_the_backoff() {
    let mut turn = begun();
    let after = Some(Duration::from_secs(3));
    let effects = turn.step(failure(RetryClass::Stream { after }));
    assert_eq!(effects.last(), Some(&Effect::Arm(TimerId(1), Duration::from_secs(3))));
}

#[test]
fn a_final_failure_ends_the_turn_without_retry() {
    let mut turn = begun();
    assert_eq!(
        turn.step(failure(RetryClass::Final)),
        vec![Effect::DropStream, Effect::Finish(TurnEnd::Failed(error()))]
    );
}

#[test]
fn waiting_for_the_network_is_limited() {
    let mut turn = begun();
    let mut waits = Vec::new();
    loop {
        let effects = turn.step(failure(RetryClass::Network));
        match effects.last() {
            Some(Effect::Arm(timer, delay)) => {
                waits.push(delay.as_secs());
                turn.step(Input::Elapsed(*timer));
            }
            other => {
                assert_eq!(other, Some(&Effect::Finish(TurnEnd::Failed(error()))));
                break;
            }
        }
    }
    assert_eq!(waits, [5, 10, 20, 40]);
}

#[test]
fn interrupt_while_a_tool_runs_keeps_its_output_and_marks_the_history() {
    let mut turn = begun();
    let effects = last(&mut turn, [done(&call("a", "x")), completed(), Input::Interrupted]);
    assert_eq!(effects, vec![Effect::DropStream, Effect::CancelTools]);
    assert_eq!(
        turn.step(tool_done("a", "aborted by user")),
        vec![
            output("a", "aborted by user"),
            Effect::Record(Fact::TokenCount),
            Effect::Record(Fact::AbortedMarker),
            Effect::DropStream,
            Effect::Finish(TurnEnd::Aborted),
        ]
    );
}

#[test]
fn interrupt_while_waiting_to_retry_ends_at_once() {
    let mut turn = begun();
    let effects = last(&mut turn, [cut(), Input::Interrupted]);
    assert_eq!(effects.last(), Some(&Effect::Finish(TurnEnd::Aborted)));
}

#[test]
fn steering_extends_the_turn_by_one_request() {
    let mut turn = begun();
    let item = message("u");
    let shown = items::turn_item(&item).unwrap();
    let steer = Steer { response_items: vec![item.clone()], item: shown.clone() };
    assert_eq!(turn.step(Input::Steered(steer)), vec![]);
    assert_eq!(
        turn.step(completed()),
        vec![
            usage(),
            Effect::Record(Fact::TokenCount),
            history(&item),
            Effect::Record(Fact::Item(shown.clone())),
            Effect::Emit(Event::ItemCompleted { turn_id: turn_id(), item: shown }),
            Effect::Sample(Ask::Step),
        ]
    );
}

// covers: responses-wire 16
#[test]
fn unknown_items_are_dropped() {
    let mut turn = begun();
    let item = ResponseItem::from_json(r#"{"type":"hologram","id":"h"}"#).unwrap();
    assert_eq!(turn.step(done(&item)), vec![]);
}

#[test]
fn a_repeated_call_id_runs_once() {
    let mut turn = begun();
    let effects = last(&mut turn, [done(&call("a", "x")), done(&call("a", "x"))]);
    assert!(matches!(effects.as_slice(), [Effect::Emit(Event::Warning { .. })]));
}

#[test]
fn deltas_are_only_emitted() {
    let mut turn = begun();
    let delta = Input::Stream(Streamed::TextDelta(ItemId::new("m"), "hel".to_owned()));
    assert_eq!(
        turn.step(delta),
        vec![Effect::Emit(Event::AgentMessageDelta { item_id: ItemId::new("m"), delta: "hel".to_owned() })]
    );
}

fn due() -> Turn {
    Turn::new(TurnSetup { tokens_used: 10, compact_at: Some(10), ..setup() })
}

fn summary_ask(dropped: usize) -> SummaryAsk {
    SummaryAsk { phase: CompactionPhase::PreTurn, trigger: CompactionTrigger::Auto, dropped }
}

#[test]
fn a_long_history_is_summarised_before_the_first_step() {
    let mut turn = due();
    assert_eq!(turn.step(Input::Begin), vec![Effect::Sample(Ask::Summary(summary_ask(0)))]);
    assert_eq!(turn.step(done(&message("S"))), vec![Effect::Record(Fact::SummaryItem(message("S")))]);
    let delta = Input::Stream(Streamed::TextDelta(ItemId::new("m"), "x".to_owned()));
    assert_eq!(turn.step(delta), vec![], "nothing of a summary is shown");
    assert_eq!(
        turn.step(completed()),
        vec![
            usage(),
            Effect::Record(Fact::TokenCount),
            Effect::Record(Fact::Compaction(Summary::Text("S".to_owned()), ResponseId::new("r"))),
            Effect::Sample(Ask::Step),
        ]
    );
}

#[test]
fn a_cut_summary_is_asked_for_again() {
    let mut turn = due();
    let effects = last(&mut turn, [Input::Begin, done(&message("S")), cut()]);
    assert!(matches!(effects.last(), Some(Effect::Arm(TimerId(1), _))), "{effects:?}");
    assert_eq!(turn.step(Input::Elapsed(TimerId(1))), vec![Effect::Sample(Ask::Summary(summary_ask(0)))]);
}

#[test]
fn a_summary_that_does_not_fit_is_shortened_at_once() {
    let mut turn = due();
    turn.step(Input::Begin);
    let error = TurnError { codex_error_info: ErrorInfo::ContextWindowExceeded, ..error() };
    let failure = StreamFailure {
        error,
        cause: "long".to_owned(),
        retry: RetryClass::Final,
        notice: Notice::Shown,
        filtered: false,
    };
    assert_eq!(
        turn.step(Input::StreamFailed(failure)),
        vec![Effect::DropStream, Effect::Sample(Ask::Summary(summary_ask(1)))]
    );
}

#[test]
fn an_interrupt_during_a_summary_ends_the_turn_and_keeps_the_history() {
    let mut turn = due();
    let effects = last(&mut turn, [Input::Begin, done(&message("S")), Input::Interrupted]);
    assert_eq!(effects.last(), Some(&Effect::Finish(TurnEnd::Aborted)));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Record(Fact::Compaction(..)))));
}

#[test]
fn tool_output_counts_towards_the_limit() {
    let mut turn = Turn::new(TurnSetup { compact_at: Some(100), ..setup() });
    turn.step(Input::Begin);
    let effects = last(&mut turn, [done(&call("a", "x")), completed(), tool_done("a", &"x".repeat(400))]);
    let ask = SummaryAsk { phase: CompactionPhase::MidTurn, ..summary_ask(0) };
    assert_eq!(effects.last(), Some(&Effect::Sample(Ask::Summary(ask))));
}

fn noticed(notice: Notice) -> Input {
    let retry = RetryClass::Stream { after: None };
    Input::StreamFailed(StreamFailure {
        error: error(),
        cause: "cut".to_owned(),
        retry,
        notice,
        filtered: false,
    })
}

#[test]
fn a_silent_retry_counts_and_is_not_shown() {
    let mut turn = begun();
    assert_eq!(
        turn.step(noticed(Notice::Silent)),
        vec![Effect::DropStream, Effect::Arm(TimerId(1), Duration::from_millis(200))]
    );
    turn.step(Input::Elapsed(TimerId(1)));
    let effects = turn.step(cut());
    assert!(matches!(
        effects[1],
        Effect::Emit(Event::Reconnecting { attempt: Reconnect::Attempt { n: 2, .. }, .. })
    ));
}

#[test]
fn falling_back_warns_once_and_starts_with_a_fresh_budget() {
    let mut turn = Turn::new(TurnSetup { stream_max_retries: 1, ..setup() });
    last(&mut turn, [Input::Begin, cut(), Input::Elapsed(TimerId(1))]);
    assert_eq!(
        turn.step(noticed(Notice::FallBack)),
        vec![
            Effect::DropStream,
            Effect::Emit(Event::Warning { message: "no".to_owned() }),
            Effect::Sample(Ask::Step),
        ]
    );
    let effects = turn.step(cut());
    assert!(matches!(effects.last(), Some(Effect::Arm(..))), "{effects:?}");
}

fn question(id: &str) -> Approval {
    Approval {
        id: ApprovalId::new(id),
        call_id: CallId::new("a"),
        request: ApprovalRequest::Patch { changes: std::collections::BTreeMap::new() },
        reason: None,
        losses: None,
    }
}

fn asked(id: &str) -> Input {
    Input::Asked(Box::new(question(id)))
}

fn answered(id: &str, decision: Decision) -> Vec<Effect> {
    let id = ApprovalId::new(id);
    vec![Effect::Answer(id.clone(), decision.clone()), Effect::Emit(Event::ApprovalResolved { id, decision })]
}

#[test]
fn several_questions_are_answered_in_any_order_and_once() {
    let mut turn = begun();
    let effects = last(&mut turn, [done(&call("a", "x")), asked("q1"), asked("q2")]);
    let approval = Box::new(question("q2"));
    assert_eq!(effects, vec![Effect::Emit(Event::ApprovalRequested { turn_id: turn_id(), approval })]);
    let decide = |id, decision| Input::Decided(ApprovalId::new(id), decision);
    assert_eq!(turn.step(decide("q2", Decision::Approve)), answered("q2", Decision::Approve));
    assert_eq!(turn.step(decide("q2", Decision::Decline)), vec![], "the first answer counts");
    assert_eq!(turn.step(decide("q1", Decision::Decline)), answered("q1", Decision::Decline));
}

#[test]
fn cancelling_a_question_ends_the_turn() {
    let mut turn = begun();
    last(&mut turn, [done(&call("a", "x")), asked("q1"), asked("q2")]);
    let effects = turn.step(Input::Decided(ApprovalId::new("q1"), Decision::Cancel));
    let mut expected = answered("q1", Decision::Cancel);
    expected.extend([Effect::DropStream, Effect::CancelTools]);
    expected.extend(answered("q2", Decision::Cancel));
    assert_eq!(effects, expected);
    let effects = turn.step(tool_done("a", "aborted"));
    assert_eq!(effects.last(), Some(&Effect::Finish(TurnEnd::Aborted)));
}

#[test]
fn a_question_that_comes_too_late_is_answered_at_once() {
    let mut turn = begun();
    last(&mut turn, [done(&call("a", "x")), Input::Interrupted]);
    assert_eq!(turn.step(asked("q")), vec![Effect::Answer(ApprovalId::new("q"), Decision::Cancel)]);
}

#[test]
fn a_proposed_plan_is_an_item_of_its_own() {
    let mut turn = Turn::new(TurnSetup { collaboration: CollaborationMode::Plan, ..setup() });
    turn.step(Input::Begin);
    let text = "So:\n<proposed_plan>\n- a\n</proposed_plan>\n";
    let item = message(&text.replace('\n', "\\n"));
    let id = items::turn_item(&item).unwrap().id().clone();
    let plan_id = ItemId::new(format!("{}-plan", turn_id()));
    let plan = |text: &str| TurnItem::Plan(PlanItem { id: plan_id.clone(), text: text.to_owned() });
    assert_eq!(
        turn.step(Input::Stream(Streamed::TextDelta(id.clone(), text.to_owned()))),
        vec![
            Effect::Emit(Event::AgentMessageDelta { item_id: id.clone(), delta: "So:\n".to_owned() }),
            Effect::Emit(Event::ItemStarted { turn_id: turn_id(), item: plan("") }),
            Effect::Emit(Event::PlanDelta { item_id: plan_id.clone(), delta: "- a\n".to_owned() }),
        ]
    );
    let said = TurnItem::AgentMessage(AgentMessageItem {
        id,
        content: vec![AgentMessagePart::Text { text: "So:\n".to_owned() }],
        phase: None,
    });
    assert_eq!(
        turn.step(done(&item)),
        vec![
            Effect::Record(Fact::Item(said.clone())),
            Effect::Record(Fact::Item(plan("- a\n"))),
            Effect::Record(Fact::History(item)),
            Effect::Emit(Event::ItemCompleted { turn_id: turn_id(), item: said }),
            Effect::Emit(Event::ItemCompleted { turn_id: turn_id(), item: plan("- a\n") }),
        ]
    );
}

#[test]
fn what_is_told_beside_a_turn_waits_for_the_next_request_or_the_end() {
    let mut turn = begun();
    let told = message("a person ran something");
    assert_eq!(turn.step(Input::Told(told.clone())), vec![]);
    let effects = turn.step(Input::Stream(Streamed::Completed {
        response_id: codex_protocol::ResponseId::new("r"),
        usage: TokenUsage::default(),
        end_turn: None,
    }));
    let requests = effects.iter().filter(|effect| matches!(effect, Effect::Sample(_))).count();
    assert_eq!((requests, effects.contains(&Effect::Record(Fact::History(told)))), (0, true));
}
