//! The compressed form of a body: made once, when the first attempt wants it, and shared by all.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::StreamError;

/// How hard it is tried: the level the format's authors call default.
const LEVEL: i32 = 3;

/// A place for the compressed form. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct PackedBody(Arc<OnceCell<Bytes>>);

impl PackedBody {
    /// The compressed form of `body`, which must be the same at every call. A large body costs milliseconds, which
    /// are spent beside the runtime.
    pub(crate) async fn of(&self, body: &Bytes) -> Result<Bytes, StreamError> {
        let pack = async || {
            let plain = body.clone();
            let packed = tokio::task::spawn_blocking(move || zstd::bulk::compress(&plain, LEVEL)).await;
            let failed =
                |problem: String| StreamError::Setup(format!("the body could not be compressed: {problem}"));
            let packed = packed
                .map_err(|error| failed(error.to_string()))?
                .map_err(|error| failed(error.to_string()))?;
            tracing::debug!(
                bytes = body.len(),
                packed_bytes = packed.len(),
                percent = packed.len() * 100 / body.len().max(1),
                "the request's body is compressed"
            );
            Ok(Bytes::from(packed))
        };
        self.0.get_or_try_init(pack).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use pretty_assertions::assert_eq;

    use super::PackedBody;

    #[tokio::test]
    async fn a_body_is_compressed_once_for_all_clones() {
        let body = Bytes::from("the same words again and again, ".repeat(1000));
        let packed = PackedBody::default();
        let (first, second) = (packed.of(&body).await.unwrap(), packed.clone().of(&body).await.unwrap());
        assert_eq!(first.as_ptr(), second.as_ptr());
        assert!(first.len() < body.len() / 10);
        assert_eq!(zstd::bulk::decompress(&first, body.len()).unwrap(), body);
    }
}
