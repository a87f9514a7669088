//! `view_image`: gives the model an image file. Reads only; the file's bytes are handed on unchanged.

use std::path::PathBuf;

use codex_protocol::{CallKind, ImageViewItem, ItemId, ToolOutput, TurnItem};
use serde::Deserialize;
use serde_json::Value;

use crate::arguments::parse_arguments;
use crate::image_file::{ImageDetail, load_image};
use crate::spec::{Param, function, plain};
use crate::{CallEnd, OfferCx, Parallel, ToolCall, ToolCx, ToolDef, ToolOutcome, ToolProgress};

pub(crate) const TOOL: ToolDef = ToolDef {
    name: "view_image",
    kind: CallKind::Function,
    parallel: Parallel::Yes,
    offered: |offer| offer.view_image,
    spec,
    run: |call, cx| Box::pin(async move { run(&call, &cx).await.unwrap_or_else(|refused| refused) }),
};

#[derive(Deserialize)]
struct Input {
    path: PathBuf,
}

fn spec(_: &OfferCx) -> Value {
    function(
        "view_image",
        "Shows you an image file from the user's machine (PNG, JPEG, GIF or WebP).",
        vec![Param::required(
            "path",
            plain("string", "The file's path; relative paths start at the working directory."),
        )],
    )
}

async fn run(call: &ToolCall, cx: &ToolCx) -> Result<ToolOutcome, ToolOutcome> {
    let input: Input = parse_arguments(call)?;
    let path = cx.turn.cwd.join(input.path);
    cx.refuse_denied(&path).await?;
    let detail = if cx.turn.image_detail_original { ImageDetail::Original } else { ImageDetail::Automatic };
    let part = tokio::select! {
        part = load_image(&path, detail) => part.map_err(ToolOutcome::failed)?,
        () = cx.cancel.cancelled() => return Err(ToolOutcome::interrupted("aborted")),
    };
    let item = TurnItem::ImageView(ImageViewItem { id: ItemId::new(call.call_id.as_str()), path });
    cx.report(ToolProgress::ItemStarted(item.clone())).await;
    cx.report(ToolProgress::ItemCompleted(item)).await;
    Ok(ToolOutcome { output: ToolOutput::Parts(vec![part]), end: CallEnd::Done })
}
