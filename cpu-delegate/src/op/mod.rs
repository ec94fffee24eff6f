//! The ops, one a file.

pub(crate) mod add;
pub(crate) mod conv_2d;
pub(crate) mod depthwise_conv_2d;
pub(crate) mod dequantize;
pub(crate) mod div;
pub(crate) mod elementwise_binary;
pub(crate) mod fully_connected;
pub(crate) mod mul;
pub(crate) mod pool_2d;
pub(crate) mod prelu;
pub(crate) mod reshape;
pub(crate) mod sub;
