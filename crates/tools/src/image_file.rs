//! An image file as a part of a message: checked, bounded, encoded. Used by `view_image` and by people's own images.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use codex_protocol::ContentPart;
use codex_protocol::limits::IMAGE_BYTES_MAX;
use codex_stdx::read_regular;

use crate::image_header::ImageHeader;

/// How closely the model may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageDetail {
    /// Every pixel, where the model supports it.
    Original,
    /// Closely, for what a person shows to a model that does not take every pixel.
    High,
    /// The server decides.
    Automatic,
}

impl ImageDetail {
    /// The value of `detail`; `None` leaves it out.
    fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Original => Some("original"),
            Self::High => Some("high"),
            Self::Automatic => None,
        }
    }
}

/// Reads a PNG, JPEG, GIF or WebP file. The bytes are handed on unchanged, as a `data:` URL.
///
/// # Errors
/// One sentence for the model or the person, with the path.
pub async fn load_image(path: &Path, detail: ImageDetail) -> Result<ContentPart, String> {
    let bytes = read_image(path).await?;
    let header = ImageHeader::parse(&bytes)
        .ok_or_else(|| "unable to process image: invalid or unsupported image data".to_owned())?;
    tracing::debug!(path = %path.display(), width = header.width, height = header.height, "image loaded");
    Ok(ContentPart::InputImage {
        image_url: format!("data:{};base64,{}", header.media_type, BASE64_STANDARD.encode(&bytes)),
        detail: detail.as_str().map(str::to_owned),
    })
}

/// The file's bytes. Pipes and devices are refused before they are opened: reading one might never end.
async fn read_image(path: &Path) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let unable = |error: std::io::Error| format!("unable to locate image at `{shown}`: {error}");
    let metadata = tokio::fs::metadata(path).await.map_err(unable)?;
    if !metadata.is_file() {
        return Err(format!("image path `{shown}` is not a file"));
    }
    let too_large = || format!("unable to process image: `{shown}` is larger than {IMAGE_BYTES_MAX} bytes");
    if metadata.len() > IMAGE_BYTES_MAX {
        return Err(too_large());
    }
    let owned = path.to_owned();
    // Looked at again when it is open: a command in the background may have put a pipe in its place.
    let read = tokio::task::spawn_blocking(move || read_regular(&owned, IMAGE_BYTES_MAX));
    match read.await.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => Err(too_large()),
        read => read.map_err(unable),
    }
}
