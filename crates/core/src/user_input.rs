//! What a person enters, as message parts for the model (`exec.md §2 -i`). Reads image files; never fails a turn.

use std::path::Path;

use codex_protocol::{ContentPart, UserInput};
use codex_tools::{ImageDetail, load_image};

/// The parts of one user message.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// Kind (`content_item_kinds`) and part, in order.
    pub(crate) parts: Vec<(&'static str, ContentPart)>,
    /// One sentence for each image that could not be used.
    pub(crate) warnings: Vec<String>,
}

/// Renders input. Images keep their place; each is numbered and named for the model.
pub(crate) async fn parts(input: &[UserInput], original_detail: bool) -> Told {
    let detail = if original_detail { ImageDetail::Original } else { ImageDetail::High };
    let mut told = Told::default();
    let mut images = 0;
    for piece in input {
        match piece {
            UserInput::Text { text, .. } => {
                told.parts.push(("user.text", ContentPart::input_text(text.clone())))
            }
            UserInput::Image { image_url } => {
                let image = ContentPart::InputImage { image_url: image_url.clone(), detail: None };
                told.parts.push(("user.image", image));
            }
            UserInput::LocalImage { path } => {
                images += 1;
                local_image(&mut told, path, images, detail).await;
            }
            UserInput::Other => {}
        }
    }
    told
}

async fn local_image(told: &mut Told, path: &Path, number: usize, detail: ImageDetail) {
    match load_image(path, detail).await {
        Ok(image) => {
            let open = format!("<image name=[Image #{number}] path=\"{}\">", path.display());
            told.parts.push(("user.text", ContentPart::input_text(open)));
            told.parts.push(("user.image", image));
            told.parts.push(("user.text", ContentPart::input_text("</image>")));
        }
        Err(error) => told.warnings.push(format!("Image #{number} was left out: {error}")),
    }
}
