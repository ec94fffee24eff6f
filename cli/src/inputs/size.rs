//! `--size`: a height and a width.

use std::str::FromStr;

use demilite::image::ImageInput;
use demilite::{Graph, Shape};

use crate::failure::Failure;

/// A height and a width in pixels, as in `480x640`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) height: u32,
    pub(crate) width: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pair = text.split_once(['x', 'X', '×']);
        let extents = pair.map(|(height, width)| (height.parse(), width.parse()));
        match extents {
            Some((Ok(height), Ok(width))) if height > 0 && width > 0 => Ok(Size { height, width }),
            _ => Err("it is a height and a width in pixels, such as 480x640".to_owned()),
        }
    }
}

/// The shape of an image input whose height and width the file leaves open, in this size; nothing of other inputs without one.
pub(crate) fn image_shape(graph: &Graph, size: Option<Size>) -> Result<Option<Shape>, Failure> {
    let input = match (ImageInput::of(graph), size) {
        (Ok(input), _) => input,
        (Err(error), Some(_)) => return Err(Failure::Usage(format!("--size: {error}"))),
        (Err(_), None) => return Ok(None),
    };
    match size {
        Some(Size { height, width }) => match input.sized(height, width) {
            Ok(sized) => Ok(Some(sized.shape().clone())),
            Err(error) => Err(Failure::Usage(format!("--size: {error}"))),
        },
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn a_size_is_a_height_and_a_width() {
        let size = |text: &str| text.parse::<Size>().ok();
        let of = |height, width| Some(Size { height, width });
        assert_eq!(size("480x640"), of(480, 640));
        assert_eq!(size("1×2"), of(1, 2));
        for text in ["", "x", "480", "0x5", "5x0", "-1x5", "480x640x3", "1e3x5"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
