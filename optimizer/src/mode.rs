//! The forms that a float model can take.

use std::fmt;
use std::str::FromStr;

use demilite_core::DataType;
use serde::{Serialize, Serializer};

/// A form of a float model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Constants are float16 and become float32 where they are used: half the size.
    Float16,
    /// Weights are int8, and activations are quantized within an op at run time: a quarter of the size, no samples needed.
    Dynamic,
    /// Weights and activations are int8; what has no integer form stays float32. Needs samples.
    Int8,
    /// As [`Mode::Int8`], with integers alone, at the inputs and outputs too.
    Int8Only,
    /// Weights are int8 and activations int16; what has no such form stays float32. Needs samples.
    Int16x8,
    /// As [`Mode::Int16x8`], with integers alone, at the inputs and outputs too.
    Int16x8Only,
}

impl Mode {
    /// Every mode.
    pub const ALL: &'static [Mode] = &[
        Mode::Float16,
        Mode::Dynamic,
        Mode::Int8,
        Mode::Int8Only,
        Mode::Int16x8,
        Mode::Int16x8Only,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Float16 => "float16",
            Mode::Dynamic => "dynamic",
            Mode::Int8 => "int8",
            Mode::Int8Only => "int8-only",
            Mode::Int16x8 => "int16x8",
            Mode::Int16x8Only => "int16x8-only",
        }
    }

    /// The type of integer activations; `None` where activations stay float, and no samples are needed.
    pub fn activations(self) -> Option<DataType> {
        match self {
            Mode::Float16 | Mode::Dynamic => None,
            Mode::Int8 | Mode::Int8Only => Some(DataType::Int8),
            Mode::Int16x8 | Mode::Int16x8Only => Some(DataType::Int16),
        }
    }

    /// Whether nothing may stay float.
    pub fn is_integer_only(self) -> bool {
        matches!(self, Mode::Int8Only | Mode::Int16x8Only)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Mode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A name that no mode has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no mode {name:?}; there is {}", names())]
pub struct UnknownMode {
    /// The name.
    pub name: String,
}

fn names() -> String {
    let names: Vec<&str> = Mode::ALL.iter().map(|mode| mode.name()).collect();
    names.join(", ")
}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        let mut modes = Mode::ALL.iter().copied();
        modes
            .find(|mode| mode.name() == name)
            .ok_or_else(|| UnknownMode {
                name: name.to_owned(),
            })
    }
}
