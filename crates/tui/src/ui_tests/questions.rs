//! Forms of questions: every key, what leaves the screen, and what is left in the transcript.

use codex_protocol::{
    CallId, Event, NONE_OF_THE_ABOVE, Op, QuestionAnswer, QuestionForm, QuestionOption, QuestionsId,
    UserQuestion,
};
use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::bench::{Bench, turn_id};
use super::pickers::SIZES;
use crate::state::Mode;

fn form() -> QuestionForm {
    let option = |label: &str, description: &str| QuestionOption {
        label: label.to_owned(),
        description: description.to_owned(),
    };
    let question = |id: &str, text: &str| UserQuestion {
        id: id.to_owned(),
        header: "Look".to_owned(),
        question: text.to_owned(),
        options: vec![option("Crimson (Recommended)", "warm"), option("Azure", "cold")],
    };
    QuestionForm {
        id: QuestionsId::new("f"),
        call_id: CallId::new("c"),
        questions: vec![
            question("colour", "Which colour?"),
            question("second", "And which one for the borders?"),
        ],
    }
}

fn ask(bench: &mut Bench) {
    bench.event(Event::QuestionsAsked { turn_id: turn_id(), form: Box::new(form()) });
}

fn answer(id: &str, choice: Option<&str>, note: Option<&str>) -> QuestionAnswer {
    QuestionAnswer {
        question: id.to_owned(),
        choice: choice.map(str::to_owned),
        note: note.map(str::to_owned),
    }
}

// covers: tui 54
#[test]
fn all_questions_are_answered_together_with_their_notes() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        bench.say("go");
        bench.type_text("a draft");
        ask(&mut bench);
        assert_snapshot!(format!("form_{width}x{height}"), bench.screen());
        bench.at(60);
        bench.press("down");
        bench.press("tab");
        bench.type_text("darker please");
        assert_snapshot!(format!("form_note_{width}x{height}"), bench.screen());
        bench.press("enter");
        bench.press("left");
        assert!(bench.screen().contains("✔ Azure"));
        bench.press("right");
        bench.press("3");
        let answers = vec![
            answer("colour", Some("Azure"), Some("darker please")),
            answer("second", Some(NONE_OF_THE_ABOVE), None),
        ];
        let id = QuestionsId::new("f");
        assert_eq!(bench.ops().last(), Some(&&Op::Answer { id: id.clone(), answers: answers.clone() }));
        bench.event(Event::QuestionsResolved { id, answers: Some(answers) });
        assert_snapshot!(format!("form_answered_{width}x{height}"), bench.screen());
        assert_eq!(bench.draft(), "a draft");
    }
}

#[test]
fn skipped_questions_stay_open_and_escape_stops_the_turn() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    ask(&mut bench);
    // Too early: someone was typing.
    bench.press("enter");
    assert!(bench.screen().contains("Question 1/2 (2 unanswered)"));
    bench.at(60);
    bench.press("ctrl-]");
    bench.press("enter");
    let answers = vec![answer("colour", None, None), answer("second", Some("Crimson (Recommended)"), None)];
    assert_eq!(bench.ops().last(), Some(&&Op::Answer { id: QuestionsId::new("f"), answers }));
    bench.press("tab");
    bench.type_text("note");
    bench.press("esc");
    assert!(!bench.screen().contains("note drop"));
    bench.press("esc");
    assert_eq!(bench.ops().last(), Some(&&Op::Interrupt));
    bench.event(Event::QuestionsResolved { id: QuestionsId::new("f"), answers: None });
    assert!(!bench.screen().contains("Which colour?"));
}

#[test]
fn a_form_fits_every_screen() {
    for (width, height) in [(20, 6), (10, 3), (5, 2), (1, 1)] {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        bench.say("go");
        ask(&mut bench);
        bench.at(60);
        for key in ["down", "down", "tab", "x", "enter", "up", "left", "1"] {
            bench.press(key);
            bench.screen();
        }
    }
}
