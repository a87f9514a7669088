//! Synthetic saved threads of any size, as a long working day would leave them: turns with tool calls and their
//! output, and a compaction every forty turns (`rollouts.md §4, §10`). Written as a stream, so that a file of any
//! size costs no memory. Knows the line format, not the crate that reads it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Turns between two compactions.
const TURNS_PER_WINDOW: u64 = 40;
/// Turns after the last compaction, whatever the size: the live context is the same for every file.
const TURNS_LIVE: u64 = 20;
const CALLS_PER_TURN: u64 = 3;
/// Output of one tool call; with both forms it is stored in, a turn is about 24 kB.
const OUTPUT_BYTES: usize = 1450;

/// What the thread claims about itself.
#[derive(Debug, Clone)]
pub(crate) struct ThreadSpec<'a> {
    /// Below which `sessions/` is written.
    pub(crate) home: &'a Path,
    /// The directory the thread worked in.
    pub(crate) cwd: &'a Path,
    pub(crate) model: &'a str,
    pub(crate) model_provider: &'a str,
    /// The file becomes at least this large, by less than two windows.
    pub(crate) bytes_min: u64,
}

/// A thread on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SavedThread {
    pub(crate) id: String,
    pub(crate) file: PathBuf,
    pub(crate) turns: u64,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
}

/// Writes one paginated thread.
pub(crate) fn write(spec: &ThreadSpec<'_>) -> io::Result<SavedThread> {
    let id = uuid(1, spec.bytes_min);
    let folder = spec.home.join("sessions/2026/11/21");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("rollout-2026-11-21T08-00-00-{id}.jsonl"));
    let out = BufWriter::with_capacity(1 << 20, File::create(&file)?);
    let cwd = spec.cwd.to_string_lossy().into_owned();
    let mut writer = Writer { out, spec, cwd, id, lines: 0, bytes: 0, ids: 0, window: 0 };
    writer.meta()?;
    let mut turns = 0;
    loop {
        if turns > 0 && turns % TURNS_PER_WINDOW == 0 {
            writer.compacted()?;
        }
        turns += 1;
        writer.turn(turns)?;
        if turns % TURNS_PER_WINDOW == TURNS_LIVE && writer.bytes >= spec.bytes_min {
            break;
        }
    }
    writer.out.flush()?;
    Ok(SavedThread { id: writer.id, file, turns, lines: writer.lines, bytes: writer.bytes })
}

/// Response items after the last compaction, which a resumed turn must send.
pub(crate) fn items_live() -> usize {
    // Prompt and answer; reasoning, call and output of each call.
    usize::try_from(TURNS_LIVE * (2 + 3 * CALLS_PER_TURN)).unwrap_or(usize::MAX)
}

/// A UUIDv7 of a fixed day, told apart by `kind` and `number`.
fn uuid(kind: u64, number: u64) -> String {
    let low = number & 0xffff_ffff_ffff;
    format!("01a1fcb1-{:04x}-7{:03x}-8{:03x}-{low:012x}", (number >> 48) & 0xffff, kind & 0xfff, kind >> 12)
}

struct Writer<'a> {
    out: BufWriter<File>,
    spec: &'a ThreadSpec<'a>,
    cwd: String,
    id: String,
    lines: u64,
    bytes: u64,
    ids: u64,
    window: u64,
}

impl Writer<'_> {
    fn next_id(&mut self) -> String {
        self.ids += 1;
        uuid(2, self.ids)
    }

    fn line(&mut self, kind: &str, payload: Value) -> io::Result<()> {
        let second = (self.lines / 10) % 86_400;
        let timestamp =
            format!("2026-11-21T{:02}:{:02}:{:02}.000Z", second / 3600, second / 60 % 60, second % 60);
        let line = json!({"timestamp": timestamp, "ordinal": self.lines, "type": kind, "payload": payload});
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        self.out.write_all(&text)?;
        self.lines += 1;
        self.bytes += text.len() as u64;
        Ok(())
    }

    fn event(&mut self, payload: Value) -> io::Result<()> {
        self.line("event_msg", payload)
    }

    fn item(&mut self, payload: Value) -> io::Result<()> {
        self.line("response_item", payload)
    }

    fn item_completed(&mut self, turn_id: &str, item: Value) -> io::Result<()> {
        let payload = json!({
            "type": "item_completed", "thread_id": self.id, "turn_id": turn_id, "item": item,
            "started_at_ms": 1_795_248_000_000_u64, "completed_at_ms": 1_795_248_000_050_u64,
        });
        self.event(payload)
    }

    fn meta(&mut self) -> io::Result<()> {
        let payload = json!({
            "account_scoped": false, "session_id": self.id, "id": self.id, "timestamp": "2026-11-21T08:00:00.000Z",
            "cwd": self.cwd, "runtime_workspace_roots": [self.cwd], "originator": "codex_exec",
            "cli_version": "0.169.0", "source": "exec", "thread_source": "user",
            "model_provider": self.spec.model_provider,
            "base_instructions": {"text": "Work on the task in the current directory and report what you did."},
            "history_mode": "paginated", "context_window": {"window_id": uuid(3, 0)},
        });
        self.line("session_meta", payload)
    }

    fn turn(&mut self, number: u64) -> io::Result<()> {
        let turn_id = self.next_id();
        self.event(json!({
            "type": "task_started", "turn_id": turn_id, "root_turn_id": turn_id,
            "turn_attribution": {"turn_id": turn_id, "turn_trigger": "exec", "parent_turn_id": null,
                "initiating_agent_path": null, "root_turn_id": turn_id},
            "started_at": 1_795_248_000_u64, "model_context_window": 258_400, "collaboration_mode_kind": "default",
        }))?;
        if number == 1 {
            let context = self.context();
            for message in context {
                self.item(message)?;
            }
            self.world_state()?;
        }
        self.turn_context(&turn_id)?;
        if number == 1 {
            self.settings()?;
        }
        let prompt = format!("Step {number}: check the module again, fix what you find and run its tests.");
        let prompt_id = format!("msg_{}", self.next_id());
        self.item(message(&prompt_id, "user", "input_text", &prompt))?;
        let user = json!({"type": "UserMessage", "id": self.next_id(),
            "content": [{"type": "text", "text": prompt, "text_elements": []}]});
        self.item_completed(&turn_id, user)?;
        for call in 0..CALLS_PER_TURN {
            self.call(&turn_id, number * CALLS_PER_TURN + call)?;
        }
        self.answer(&turn_id, number)
    }

    fn call(&mut self, turn_id: &str, number: u64) -> io::Result<()> {
        let reasoning_id = format!("rs_{}", self.next_id());
        self.item_completed(
            turn_id,
            json!({"type": "Reasoning", "id": reasoning_id,
            "summary_text": ["Look at the next file."], "raw_content": []}),
        )?;
        self.item(json!({"type": "reasoning", "id": reasoning_id,
            "summary": [{"type": "summary_text", "text": "Look at the next file."}],
            "content": null, "encrypted_content": "q".repeat(400)}))?;
        let call_id = format!("call_{}", self.next_id());
        let command = format!("sed -n 1,60p src/part_{number}.rs");
        let function_id = format!("fc_{}", self.next_id());
        self.item(json!({"type": "function_call", "id": function_id, "name": "exec_command",
            "arguments": json!({"cmd": command}).to_string(), "call_id": call_id}))?;
        self.usage(turn_id)?;
        let output = listing(number);
        self.item_completed(
            turn_id,
            json!({
                "type": "CommandExecution", "id": call_id, "process_id": number.to_string(),
                "command": ["/bin/bash", "-lc", command], "cwd": format!("file://{}", self.cwd),
                "parsed_cmd": [{"type": "unknown", "cmd": command}], "source": "unified_exec_startup",
                "status": "completed", "aggregated_output": output, "exit_code": 0,
                "duration": {"secs": 0, "nanos": 21_000_000},
            }),
        )?;
        let output_id = format!("fco_{}", self.next_id());
        self.item(json!({
            "type": "function_call_output", "id": output_id, "call_id": call_id,
            "output": format!("Chunk ID: {:06x}\nWall time: 0.0210 seconds\nProcess exited with code 0\n\
                Original token count: {}\nOutput:\n{output}", number & 0xff_ffff, OUTPUT_BYTES / 4),
        }))?;
        self.token_count()
    }

    fn answer(&mut self, turn_id: &str, number: u64) -> io::Result<()> {
        let text = format!("Step {number} is done: the module is in order and its tests pass.");
        let message_id = format!("msg_{}", self.next_id());
        self.item_completed(
            turn_id,
            json!({"type": "AgentMessage", "id": message_id,
            "content": [{"type": "Text", "text": text}], "phase": "final_answer"}),
        )?;
        let mut answer = message(&message_id, "assistant", "output_text", &text);
        answer["phase"] = json!("final_answer");
        self.item(answer)?;
        self.usage(turn_id)?;
        self.token_count()?;
        self.event(json!({
            "type": "task_complete", "root_turn_id": turn_id, "turn_id": turn_id, "last_agent_message": text,
            "started_at": 1_795_248_000_u64, "completed_at": 1_795_248_010_u64, "duration_ms": 10_000,
            "time_to_first_token_ms": 300,
        }))
    }

    fn context(&mut self) -> Vec<Value> {
        let environment = format!(
            "<environment_context>\n  <cwd>{}</cwd>\n  <shell>bash</shell>\n</environment_context>",
            self.cwd
        );
        let (first, second) = (self.next_id(), self.next_id());
        let rules = "<permissions instructions>\nOnly reading is allowed.\n</permissions instructions>";
        vec![
            message(&format!("msg_{first}"), "developer", "input_text", rules),
            message(&format!("msg_{second}"), "user", "input_text", &environment),
        ]
    }

    fn compacted(&mut self) -> io::Result<()> {
        let previous = uuid(3, self.window);
        self.window += 1;
        let summary =
            format!("Summary of the work so far, window {}: {}", self.window, "all in order. ".repeat(60));
        let mut history = self.context();
        for kept in 0..5 {
            let id = format!("msg_{}", self.next_id());
            history.push(message(&id, "user", "input_text", &format!("An earlier request, number {kept}.")));
        }
        let summary_id = format!("msg_{}", self.next_id());
        history.push(message(&summary_id, "user", "input_text", &summary));
        let metadata: Vec<Value> = (0..history.len())
            .map(
                |at| json!({"history_sequence": at, "sampled_through_sequence": 0, "client_authored": false}),
            )
            .collect();
        self.line(
            "compacted",
            json!({
                "message": summary, "replacement_history": history, "replacement_history_metadata": metadata,
                "retained_context": {"verified_answers": [], "incomplete": false, "user_messages": [],
                    "user_messages_incomplete": false, "assistant_messages": [],
                    "assistant_messages_incomplete": false, "next_order": 0},
                "window_number": self.window, "first_window_id": uuid(3, 0), "previous_window_id": previous,
                "window_id": uuid(3, self.window), "compaction_response_id": format!("resp_{}", self.window),
            }),
        )?;
        self.world_state()
    }

    fn world_state(&mut self) -> io::Result<()> {
        let payload = json!({"full": true, "state": {
            "agents_md": {}, "environments": {"environments": {"local": {
                "cwd": self.cwd, "status": "available", "shell": "bash"}}},
            "model": self.spec.model, "multi_agent_mode": {}, "realtime": {"active": false},
        }});
        self.line("world_state", payload)
    }

    fn turn_context(&mut self, turn_id: &str) -> io::Result<()> {
        let mut payload = json!({"turn_id": turn_id, "root_turn_id": turn_id, "disabled_plugin_ids": [],
            "multi_agent_version": "v1", "realtime_active": false, "summary": "none",
            "sandbox_policy": {"type": "read-only"}});
        self.add_settings(&mut payload);
        self.line("turn_context", payload)
    }

    fn settings(&mut self) -> io::Result<()> {
        let mut settings = json!({"model_provider_id": self.spec.model_provider,
            "requested_approvals_reviewer": "user", "runtime_workspace_roots": [self.cwd],
            "disabled_plugin_ids": []});
        self.add_settings(&mut settings);
        self.event(
            json!({"type": "thread_settings_applied", "thread_id": self.id, "thread_settings": settings}),
        )
    }

    /// What `turn_context` and `thread_settings_applied` have in common.
    fn add_settings(&self, target: &mut Value) {
        target["cwd"] = json!(self.cwd);
        target["model"] = json!(self.spec.model);
        target["approval_policy"] = json!("never");
        target["approvals_reviewer"] = json!("user");
        target["permission_profile"] = json!({"type": "managed", "file_system": {"type": "restricted", "entries":
            [{"path": {"type": "special", "value": {"kind": "root"}}, "access": "read"}]}, "network": "restricted"});
        target["active_permission_profile"] = json!({"id": ":read-only"});
        target["collaboration_mode"] = json!({"mode": "default", "settings": {
            "model": self.spec.model, "reasoning_effort": null, "developer_instructions": null}});
    }

    fn usage(&mut self, turn_id: &str) -> io::Result<()> {
        let tokens = tokens();
        self.line(
            "token_usage_record",
            json!({
                "thread_id": self.id, "turn_id": turn_id, "session_id": self.id, "root_turn_id": turn_id,
                "response_id": format!("resp_{}", self.lines), "usage": tokens, "turn_token_usage": tokens,
                "thread_token_usage": tokens,
            }),
        )
    }

    fn token_count(&mut self) -> io::Result<()> {
        self.event(json!({"type": "token_count", "info": {"total_token_usage": tokens(),
            "last_token_usage": tokens(), "last_usage_includes_reasoning": false,
            "model_context_window": 258_400}, "rate_limits": null}))
    }
}

fn tokens() -> Value {
    json!({"input_tokens": 1200, "cached_input_tokens": 200, "cache_write_input_tokens": 0, "output_tokens": 60,
        "reasoning_output_tokens": 10, "total_tokens": 1260})
}

fn message(id: &str, role: &str, part: &str, text: &str) -> Value {
    json!({"type": "message", "id": id, "role": role, "content": [{"type": part, "text": text}]})
}

/// Text that looks like a piece of source code, different for each call.
fn listing(number: u64) -> String {
    let mut text = String::with_capacity(OUTPUT_BYTES + 80);
    let mut line = 0;
    while text.len() < OUTPUT_BYTES {
        line += 1;
        text.push_str(&format!(
            "    let value_{line} = table.get(\"key_{number}_{line}\").unwrap_or(&fallback);\n"
        ));
    }
    text
}

#[cfg(test)]
#[path = "thread_file_tests.rs"]
mod tests;
