//! Numbers of LiteRT as those of the schema.

use crate::graph::dtype;

/// An activation function: both count alike.
pub(super) fn activation(code: i32) -> Result<i8, String> {
    narrow(code, "activation")
}

/// A padding: LiteRT counts from 1 on, and keeps 0 for none.
pub(super) fn padding(code: i32) -> Result<i8, String> {
    match code {
        1 | 2 => Ok((code - 1) as i8),
        _ => Err(format!("its padding has the code {code}, which is none")),
    }
}

/// A type of elements; none is the schema's 0.
pub(super) fn element_type(code: i32) -> Result<i8, String> {
    match code {
        0 => Ok(0),
        _ => dtype::from_code(code).map(|dtype| dtype as i8),
    }
}

/// Any other enumeration that both count alike.
pub(super) fn narrow(code: i32, what: &str) -> Result<i8, String> {
    i8::try_from(code).map_err(|_| format!("its {what} has the code {code}, which is none"))
}
