//! What keys can do in the composer, with the name and the default keys of each, as in tui.md's keymap.tsv.
//! Flat tables: adding an action means adding a row and its arm where the context is handled.

use super::bindings::Row;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ComposerAction {
    Submit,
    Queue,
    ToggleShortcuts,
    HistorySearchPrevious,
    HistorySearchNext,
}

pub(super) const COMPOSER: &[Row<ComposerAction>] = &[
    (ComposerAction::Submit, "submit", &["enter"]),
    (ComposerAction::Queue, "queue", &["tab"]),
    (ComposerAction::ToggleShortcuts, "toggle_shortcuts", &["?"]),
    (ComposerAction::HistorySearchPrevious, "history_search_previous", &["ctrl-r"]),
    (ComposerAction::HistorySearchNext, "history_search_next", &["ctrl-s"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EditorAction {
    InsertNewline,
    MoveLeft,
    MoveRight,
    MoveUp,
    MoveDown,
    MoveWordLeft,
    MoveWordRight,
    MoveLineStart,
    MoveLineEnd,
    DeleteBackward,
    DeleteForward,
    DeleteBackwardWord,
    DeleteForwardWord,
    KillLineStart,
    KillWholeLine,
    KillLineEnd,
    Yank,
    YankOlder,
    Undo,
    Redo,
}

pub(super) const EDITOR: &[Row<EditorAction>] = &[
    (
        EditorAction::InsertNewline,
        "insert_newline",
        &["ctrl-j", "ctrl-m", "enter", "shift-enter", "alt-enter"],
    ),
    (EditorAction::MoveLeft, "move_left", &["left", "ctrl-b"]),
    (EditorAction::MoveRight, "move_right", &["right", "ctrl-f"]),
    (EditorAction::MoveUp, "move_up", &["up", "ctrl-p"]),
    (EditorAction::MoveDown, "move_down", &["down", "ctrl-n"]),
    (EditorAction::MoveWordLeft, "move_word_left", &["alt-b", "alt-left", "ctrl-left"]),
    (EditorAction::MoveWordRight, "move_word_right", &["alt-f", "alt-right", "ctrl-right"]),
    (EditorAction::MoveLineStart, "move_line_start", &["home", "ctrl-a", "super-left"]),
    (EditorAction::MoveLineEnd, "move_line_end", &["end", "ctrl-e", "super-right"]),
    (EditorAction::DeleteBackward, "delete_backward", &["backspace", "shift-backspace", "ctrl-h"]),
    (EditorAction::DeleteForward, "delete_forward", &["delete", "shift-delete", "ctrl-d"]),
    (
        EditorAction::DeleteBackwardWord,
        "delete_backward_word",
        &["alt-backspace", "ctrl-backspace", "ctrl-shift-backspace", "ctrl-w", "ctrl-alt-h"],
    ),
    (
        EditorAction::DeleteForwardWord,
        "delete_forward_word",
        &["alt-delete", "ctrl-delete", "ctrl-shift-delete", "alt-d"],
    ),
    (EditorAction::KillLineStart, "kill_line_start", &["ctrl-u", "super-backspace"]),
    (EditorAction::KillWholeLine, "kill_whole_line", &[]),
    (EditorAction::KillLineEnd, "kill_line_end", &["ctrl-k"]),
    (EditorAction::Yank, "yank", &["ctrl-y"]),
    // The next three are ours: the reference has no keys for them.
    (EditorAction::YankOlder, "yank_older", &["alt-y"]),
    (EditorAction::Undo, "undo", &["alt-z", "super-z"]),
    (EditorAction::Redo, "redo", &["alt-shift-z", "super-shift-z"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NormalAction {
    EnterInsert,
    AppendAfterCursor,
    AppendLineEnd,
    InsertLineStart,
    OpenLineBelow,
    OpenLineAbove,
    EnterReplaceMode,
    Motion(MotionAction),
    DeleteChar,
    ReplaceChar,
    RepeatLastChange,
    SubstituteChar,
    DeleteToLineEnd,
    ChangeToLineEnd,
    YankLine,
    PasteAfter,
    PasteBefore,
    StartDeleteOperator,
    StartYankOperator,
    StartChangeOperator,
    Undo,
    Redo,
    CancelOperator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MotionAction {
    Left,
    Right,
    Up,
    Down,
    WordForward,
    WordBackward,
    WordEnd,
    LineStart,
    LineEnd,
    FindForward,
    FindBackward,
    TillForward,
    TillBackward,
    JumpTop,
    JumpBottom,
}

pub(super) const VIM_NORMAL: &[Row<NormalAction>] = &[
    (NormalAction::EnterInsert, "enter_insert", &["i"]),
    (NormalAction::AppendAfterCursor, "append_after_cursor", &["a"]),
    (NormalAction::AppendLineEnd, "append_line_end", &["shift-a"]),
    (NormalAction::InsertLineStart, "insert_line_start", &["shift-i"]),
    (NormalAction::OpenLineBelow, "open_line_below", &["o"]),
    (NormalAction::OpenLineAbove, "open_line_above", &["shift-o"]),
    (NormalAction::EnterReplaceMode, "enter_replace_mode", &["shift-r"]),
    (NormalAction::Motion(MotionAction::Left), "move_left", &["h", "left", "backspace"]),
    (NormalAction::Motion(MotionAction::Right), "move_right", &["l", "right", "space"]),
    (NormalAction::Motion(MotionAction::Up), "move_up", &["k", "up", "ctrl-p"]),
    (NormalAction::Motion(MotionAction::Down), "move_down", &["j", "down", "ctrl-n"]),
    (NormalAction::Motion(MotionAction::WordForward), "move_word_forward", &["w"]),
    (NormalAction::Motion(MotionAction::WordBackward), "move_word_backward", &["b"]),
    (NormalAction::Motion(MotionAction::WordEnd), "move_word_end", &["e"]),
    (NormalAction::Motion(MotionAction::LineStart), "move_line_start", &["0", "home"]),
    (NormalAction::Motion(MotionAction::LineEnd), "move_line_end", &["$", "end"]),
    (NormalAction::Motion(MotionAction::FindForward), "find_forward", &["f"]),
    (NormalAction::Motion(MotionAction::FindBackward), "find_backward", &["shift-f"]),
    (NormalAction::Motion(MotionAction::TillForward), "till_forward", &["t"]),
    (NormalAction::Motion(MotionAction::TillBackward), "till_backward", &["shift-t"]),
    (NormalAction::Motion(MotionAction::JumpTop), "jump_top", &["g g"]),
    (NormalAction::Motion(MotionAction::JumpBottom), "jump_bottom", &["shift-g"]),
    (NormalAction::DeleteChar, "delete_char", &["x", "delete"]),
    (NormalAction::ReplaceChar, "replace_char", &["r"]),
    (NormalAction::RepeatLastChange, "repeat_last_change", &["."]),
    (NormalAction::SubstituteChar, "substitute_char", &["s"]),
    (NormalAction::DeleteToLineEnd, "delete_to_line_end", &["shift-d"]),
    (NormalAction::ChangeToLineEnd, "change_to_line_end", &["shift-c"]),
    (NormalAction::YankLine, "yank_line", &["shift-y"]),
    (NormalAction::PasteAfter, "paste_after", &["p"]),
    (NormalAction::PasteBefore, "paste_before", &["shift-p"]),
    (NormalAction::StartDeleteOperator, "start_delete_operator", &["d"]),
    (NormalAction::StartYankOperator, "start_yank_operator", &["y"]),
    (NormalAction::StartChangeOperator, "start_change_operator", &["c"]),
    (NormalAction::Undo, "undo", &["u"]),
    (NormalAction::Redo, "redo", &["ctrl-r"]),
    (NormalAction::CancelOperator, "cancel_operator", &["esc"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperatorAction {
    DeleteLine,
    YankLine,
    ChangeLine,
    Motion(MotionAction),
    SelectInner,
    SelectAround,
    Cancel,
}

pub(super) const VIM_OPERATOR: &[Row<OperatorAction>] = &[
    (OperatorAction::DeleteLine, "delete_line", &["d"]),
    (OperatorAction::YankLine, "yank_line", &["y"]),
    (OperatorAction::ChangeLine, "change_line", &["c"]),
    (OperatorAction::Motion(MotionAction::Left), "motion_left", &["h"]),
    (OperatorAction::Motion(MotionAction::Right), "motion_right", &["l"]),
    (OperatorAction::Motion(MotionAction::Up), "motion_up", &["k"]),
    (OperatorAction::Motion(MotionAction::Down), "motion_down", &["j"]),
    (OperatorAction::Motion(MotionAction::WordForward), "motion_word_forward", &["w"]),
    (OperatorAction::Motion(MotionAction::WordBackward), "motion_word_backward", &["b"]),
    (OperatorAction::Motion(MotionAction::WordEnd), "motion_word_end", &["e"]),
    (OperatorAction::Motion(MotionAction::LineStart), "motion_line_start", &["0"]),
    (OperatorAction::Motion(MotionAction::LineEnd), "motion_line_end", &["$"]),
    (OperatorAction::Motion(MotionAction::FindForward), "motion_find_forward", &["f"]),
    (OperatorAction::Motion(MotionAction::FindBackward), "motion_find_backward", &["shift-f"]),
    (OperatorAction::Motion(MotionAction::TillForward), "motion_till_forward", &["t"]),
    (OperatorAction::Motion(MotionAction::TillBackward), "motion_till_backward", &["shift-t"]),
    (OperatorAction::Motion(MotionAction::JumpTop), "motion_jump_top", &["g g"]),
    (OperatorAction::Motion(MotionAction::JumpBottom), "motion_jump_bottom", &["shift-g"]),
    (OperatorAction::SelectInner, "select_inner_text_object", &["i"]),
    (OperatorAction::SelectAround, "select_around_text_object", &["a"]),
    (OperatorAction::Cancel, "cancel", &["esc"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectAction {
    Word,
    BigWord,
    Parentheses,
    Brackets,
    Braces,
    DoubleQuote,
    SingleQuote,
    Backtick,
    Cancel,
}

pub(super) const VIM_TEXT_OBJECT: &[Row<ObjectAction>] = &[
    (ObjectAction::Word, "word", &["w"]),
    (ObjectAction::BigWord, "big_word", &["shift-w"]),
    (ObjectAction::Parentheses, "parentheses", &["(", ")", "b"]),
    (ObjectAction::Brackets, "brackets", &["[", "]"]),
    (ObjectAction::Braces, "braces", &["{", "}", "shift-b"]),
    (ObjectAction::DoubleQuote, "double_quote", &["\""]),
    (ObjectAction::SingleQuote, "single_quote", &["'"]),
    (ObjectAction::Backtick, "backtick", &["`"]),
    (ObjectAction::Cancel, "cancel", &["esc"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FindAction {
    Forward,
    Backward,
    Next,
    Previous,
}

pub(super) const VIM_SEARCH: &[Row<FindAction>] = &[
    (FindAction::Forward, "forward", &["/"]),
    (FindAction::Backward, "backward", &["?"]),
    (FindAction::Next, "next", &["n"]),
    (FindAction::Previous, "previous", &["shift-n"]),
];
