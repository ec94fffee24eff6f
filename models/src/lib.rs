//! The small models that demilite's examples and command line bring, as bytes in the program.

/// Bytes that start where every element type may.
#[repr(C, align(64))]
struct Aligned<Bytes: ?Sized>(Bytes);

/// The bytes of a file, aligned.
macro_rules! aligned {
    ($path:literal) => {{
        static BYTES: &crate::Aligned<[u8]> = &crate::Aligned(*include_bytes!($path));
        &BYTES.0
    }};
}

/// A classifier of ten drawn shapes. It takes an image of 96 x 96 pixels, and gives a probability for each label.
pub mod shapes {
    /// With weights and activations of float32.
    pub static F32: &[u8] = aligned!("../shapes/shapes_f32.tflite");
    /// With weights of float16.
    pub static F16: &[u8] = aligned!("../shapes/shapes_f16.tflite");
    /// With weights and activations of int8.
    pub static INT8: &[u8] = aligned!("../shapes/shapes_int8.tflite");
    /// The labels in the order of the scores, one a line.
    pub const LABELS: &[u8] = include_bytes!("../shapes/labels.txt");
    /// An image of each shape, with its label.
    pub const IMAGES: [(&str, &[u8]); 10] = [
        ("arrow", include_bytes!("../shapes/images/arrow.png")),
        ("circle", include_bytes!("../shapes/images/circle.png")),
        ("cross", include_bytes!("../shapes/images/cross.png")),
        ("heart", include_bytes!("../shapes/images/heart.png")),
        ("hexagon", include_bytes!("../shapes/images/hexagon.png")),
        ("moon", include_bytes!("../shapes/images/moon.png")),
        ("ring", include_bytes!("../shapes/images/ring.png")),
        ("square", include_bytes!("../shapes/images/square.png")),
        ("star", include_bytes!("../shapes/images/star.png")),
        ("triangle", include_bytes!("../shapes/images/triangle.png")),
    ];
    /// One of [`IMAGES`].
    pub const STAR: &[u8] = IMAGES[8].1;
}
