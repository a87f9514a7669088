//! What keys can do outside the composer, with the name and the default keys of each, as in tui.md's keymap.tsv.
//! Flat tables: adding an action means adding a row and its arm where the context is handled.

use super::bindings::Row;

/// Actions of the contexts `global` and `chat`: the whole program, and the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    ToggleDetail,
    ExternalEditor,
    Copy,
    ClearScreen,
    Find,
    FocusActivity,
    Warnings,
    RawOutput,
    ToggleVim,
    PasteImage,
    Suspend,
    PageUp,
    PageDown,
    RowUp,
    RowDown,
    Top,
    Bottom,
    Shortcuts,
    Interrupt,
    /// Fixed: clear, interrupt, quit.
    CtrlC,
    /// Fixed: quit when nothing is typed.
    CtrlD,
    LessEffort,
    MoreEffort,
    CycleMode,
    EditQueued,
}

pub(super) const GLOBAL: &[Row<Action>] = &[
    (Action::ToggleDetail, "open_transcript", &["ctrl-t"]),
    (Action::ExternalEditor, "open_external_editor", &["ctrl-g"]),
    (Action::Copy, "copy", &["ctrl-o"]),
    (Action::ClearScreen, "clear_terminal", &["ctrl-l"]),
    (Action::Find, "find_transcript", &["f3"]),
    (Action::FocusActivity, "focus_activity", &["f4"]),
    (Action::RawOutput, "toggle_raw_output", &["alt-r"]),
    (Action::ToggleVim, "toggle_vim_mode", &[]),
    // The rest are ours: the reference has fixed keys for them.
    (Action::Warnings, "show_warnings", &["f2"]),
    (Action::PasteImage, "paste_image", &["ctrl-v", "alt-v"]),
    (Action::Suspend, "suspend", &["ctrl-z"]),
    (Action::PageUp, "page_up", &["page-up"]),
    (Action::PageDown, "page_down", &["page-down"]),
    (Action::RowUp, "row_up", &["ctrl-up"]),
    (Action::RowDown, "row_down", &["ctrl-down"]),
    (Action::Top, "jump_top", &["ctrl-home"]),
    (Action::Bottom, "jump_bottom", &["ctrl-end"]),
    (Action::Shortcuts, "show_keys", &["f1"]),
];

pub(super) const CHAT: &[Row<Action>] = &[
    (Action::Interrupt, "interrupt_turn", &["esc"]),
    (Action::LessEffort, "decrease_reasoning_effort", &["alt-,", "shift-down"]),
    (Action::MoreEffort, "increase_reasoning_effort", &["alt-.", "shift-up"]),
    (Action::EditQueued, "edit_queued_message", &["shift-left", "alt-up"]),
    (Action::CycleMode, "cycle_mode", &["shift-tab"]),
];

/// Scrolling over the whole screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PagerAction {
    ScrollUp,
    ScrollDown,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    JumpTop,
    JumpBottom,
    Close,
    CloseTranscript,
    Find,
    NextMatch,
    PreviousMatch,
    NextTurn,
    PreviousTurn,
    CopyReply,
    CopyAll,
}

pub(super) const PAGER: &[Row<PagerAction>] = &[
    (PagerAction::ScrollUp, "scroll_up", &["up", "k"]),
    (PagerAction::ScrollDown, "scroll_down", &["down", "j"]),
    (PagerAction::PageUp, "page_up", &["page-up", "ctrl-b"]),
    (PagerAction::PageDown, "page_down", &["page-down", "space", "ctrl-f"]),
    (PagerAction::HalfPageUp, "half_page_up", &["ctrl-u"]),
    (PagerAction::HalfPageDown, "half_page_down", &["ctrl-d"]),
    (PagerAction::JumpTop, "jump_top", &["home", "g"]),
    (PagerAction::JumpBottom, "jump_bottom", &["end", "shift-g"]),
    // Escape too: a page that only `q` closes is a trap (tui.md §20).
    (PagerAction::Close, "close", &["q", "ctrl-c", "esc"]),
    (PagerAction::CloseTranscript, "close_transcript", &["ctrl-t"]),
    (PagerAction::Find, "find", &["f3", "/"]),
    // The rest are ours. Matches go from the newest to the oldest, as the row of the search does.
    (PagerAction::NextMatch, "next_match", &["n"]),
    (PagerAction::PreviousMatch, "previous_match", &["shift-n"]),
    (PagerAction::NextTurn, "next_turn", &["]", "l", "right"]),
    (PagerAction::PreviousTurn, "previous_turn", &["[", "h", "left"]),
    (PagerAction::CopyReply, "copy_reply", &["y", "ctrl-o"]),
    (PagerAction::CopyAll, "copy_all", &["shift-y"]),
];

/// Choosing from a list. Where letters filter the list, keys that type a letter do that instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListAction {
    MoveUp,
    MoveDown,
    MoveLeft,
    MoveRight,
    PageUp,
    PageDown,
    JumpTop,
    JumpBottom,
    Accept,
    Cancel,
}

pub(super) const LIST: &[Row<ListAction>] = &[
    (ListAction::MoveUp, "move_up", &["up", "ctrl-p", "ctrl-k", "k"]),
    (ListAction::MoveDown, "move_down", &["down", "ctrl-n", "ctrl-j", "j"]),
    (ListAction::MoveLeft, "move_left", &["left", "ctrl-h"]),
    (ListAction::MoveRight, "move_right", &["right", "ctrl-l"]),
    (ListAction::PageUp, "page_up", &["page-up", "ctrl-b"]),
    (ListAction::PageDown, "page_down", &["page-down", "ctrl-f"]),
    (ListAction::JumpTop, "jump_top", &["home"]),
    (ListAction::JumpBottom, "jump_bottom", &["end"]),
    (ListAction::Accept, "accept", &["enter"]),
    (ListAction::Cancel, "cancel", &["esc"]),
];

/// Answering a question about a command or a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApprovalAction {
    Approve,
    ApproveForPrefix,
    ApproveForSession,
    Deny,
    Decline,
    Cancel,
    OpenFullscreen,
}

pub(super) const APPROVAL: &[Row<ApprovalAction>] = &[
    (ApprovalAction::Approve, "approve", &["y"]),
    (ApprovalAction::ApproveForPrefix, "approve_for_prefix", &["p"]),
    (ApprovalAction::ApproveForSession, "approve_for_session", &["a"]),
    (ApprovalAction::Deny, "deny", &["d"]),
    (ApprovalAction::Decline, "decline", &["esc", "n"]),
    (ApprovalAction::Cancel, "cancel", &["c"]),
    (ApprovalAction::OpenFullscreen, "open_fullscreen", &["ctrl-a"]),
];

/// Actions of the reference that belong to systems we do not have: a change of their keys is no mistake.
pub(super) const ELSEWHERE: &[(&str, &[&str])] = &[
    ("global", &["open_agents", "toggle_fast_mode", "toggle_side_conversation"]),
    (
        "chat",
        &[
            "previous_permission_mode",
            "next_permission_mode",
            "prompt_stack_back",
            "skip_question",
            "toggle_voice",
            "open_presets",
            "toggle_voice_mute",
        ],
    ),
    (
        "agents",
        &[
            "resume",
            "search",
            "new_task",
            "new_worktree",
            "fork",
            "rename",
            "stop",
            "archive",
            "delete",
            "hide",
            "toggle_grouping",
        ],
    ),
    ("approval", &["open_thread"]),
];
