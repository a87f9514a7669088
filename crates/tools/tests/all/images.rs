//! `view_image` with files that are images, are not, and are not there.

use codex_protocol::{CallKind, ContentPart, ImageViewItem, ItemId, SandboxPolicy, ToolOutput, TurnItem};
use codex_tools::{CallEnd, ToolOutcome, ToolProgress};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::Bench;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x02";

#[tokio::test]
async fn an_image_is_handed_on_as_it_is() {
    let mut bench = Bench::new(SandboxPolicy::ReadOnly);
    let path = bench.cwd().join("a.png");
    std::fs::write(&path, PNG).unwrap();
    let outcome = bench.run(CallKind::Function, "view_image", r#"{"path":"a.png","more":1}"#).await;
    let part = ContentPart::InputImage {
        image_url: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAI=".to_owned(),
        detail: Some("original".to_owned()),
    };
    assert_eq!(outcome, ToolOutcome { output: ToolOutput::Parts(vec![part]), end: CallEnd::Done });
    let item = TurnItem::ImageView(ImageViewItem { id: ItemId::new("c1"), path });
    assert_eq!(bench.items(), [ToolProgress::ItemStarted(item.clone()), ToolProgress::ItemCompleted(item)]);
}

#[tokio::test]
async fn what_cannot_be_shown_is_said_in_words() {
    let mut bench = Bench::new(SandboxPolicy::ReadOnly);
    let cwd = bench.cwd().to_path_buf();
    std::fs::write(cwd.join("notes.png"), "no image").unwrap();
    std::fs::File::create(cwd.join("huge.png")).unwrap().set_len(20 * 1024 * 1024 + 1).unwrap();
    let at = |name: &str| cwd.join(name).display().to_string();
    for (path, expected) in [
        ("notes.png".to_owned(), "unable to process image: invalid or unsupported image data".to_owned()),
        (
            "gone.png".to_owned(),
            format!("unable to locate image at `{}`: No such file or directory (os error 2)", at("gone.png")),
        ),
        (at("."), format!("image path `{}` is not a file", at("."))),
        ("/dev/zero".to_owned(), "image path `/dev/zero` is not a file".to_owned()),
        (
            "huge.png".to_owned(),
            format!("unable to process image: `{}` is larger than 20971520 bytes", at("huge.png")),
        ),
    ] {
        assert_eq!(bench.function("view_image", json!({"path": path})).await, expected);
    }
    assert_eq!(bench.items(), []);
}
