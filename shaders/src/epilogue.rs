//! Elementwise steps between a kernel's values and its output.

use crate::binding::{Binding, Role, Tunable};
use crate::element::Epilogue;

/// Steps that a kernel goes through at most.
pub const MAX_STEPS: usize = 8;
/// Steps that a short epilogue has at most.
pub const FEW_STEPS: usize = 2;
/// Tensors that they read at most, tables apart.
pub const MAX_OPERANDS: usize = 3;

/// What a step computes of its arguments `a` and `b`. The numbers are those of `wgsl/prelude/steps.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[allow(missing_docs, reason = "each function has the name of its op")]
pub enum StepFunction {
    /// `a`, for a clamp.
    Identity = 1,
    Add,
    Sub,
    Mul,
    Div,
    Maximum,
    Minimum,
    /// `(a - b) * (a - b)`.
    SquaredDifference,
    /// `a` from 0 up, `a * b` below.
    Prelu,
    /// `a` to the power of `b`, a whole number from 1 up that is the same for all elements.
    Power,
    HardSwish,
    Logistic,
    Tanh,
    Abs,
    Ceil,
    Cos,
    Elu,
    Exp,
    Floor,
    Gelu,
    /// GELU with the distribution from a hyperbolic tangent.
    GeluApproximate,
    Log,
    Neg,
    Round,
    Rsqrt,
    Sign,
    Sin,
    Sqrt,
    Square,
}

impl StepFunction {
    /// All functions.
    pub const ALL: &'static [StepFunction] = &[
        StepFunction::Identity,
        StepFunction::Add,
        StepFunction::Sub,
        StepFunction::Mul,
        StepFunction::Div,
        StepFunction::Maximum,
        StepFunction::Minimum,
        StepFunction::SquaredDifference,
        StepFunction::Prelu,
        StepFunction::Power,
        StepFunction::HardSwish,
        StepFunction::Logistic,
        StepFunction::Tanh,
        StepFunction::Abs,
        StepFunction::Ceil,
        StepFunction::Cos,
        StepFunction::Elu,
        StepFunction::Exp,
        StepFunction::Floor,
        StepFunction::Gelu,
        StepFunction::GeluApproximate,
        StepFunction::Log,
        StepFunction::Neg,
        StepFunction::Round,
        StepFunction::Rsqrt,
        StepFunction::Sign,
        StepFunction::Sin,
        StepFunction::Sqrt,
        StepFunction::Square,
    ];

    /// Whether there is a second argument.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        matches!(
            self,
            StepFunction::Add
                | StepFunction::Sub
                | StepFunction::Mul
                | StepFunction::Div
                | StepFunction::Maximum
                | StepFunction::Minimum
                | StepFunction::SquaredDifference
                | StepFunction::Prelu
                | StepFunction::Power
        )
    }
}

/// Where an argument comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepArgument {
    /// 0: the value that the steps begin with; N: what step N - 1 gave. Below [`MAX_STEPS`].
    Value(usize),
    /// The step's constant.
    Constant,
    /// The step's operand.
    Operand,
}

impl StepArgument {
    const fn code(self) -> u32 {
        match self {
            StepArgument::Value(value) => value as u32,
            StepArgument::Constant => 8,
            StepArgument::Operand => 9,
        }
    }
}

/// Another tensor that a step reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StepOperand {
    /// The number of its [`Role::Operand`]; none for 32-bit floats behind the rows of [`Role::Steps`].
    pub binding: Option<u32>,
    /// Whether its quads belong to quads of the output.
    pub quads: bool,
    /// Whether these quads repeat.
    pub repeats: bool,
}

/// A step as its pipeline has it compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StepCode {
    /// What is computed.
    pub function: StepFunction,
    /// Of what; the second one counts for functions of two arguments. One at most is not a value.
    pub arguments: [StepArgument; 2],
    /// The operand, if there is one.
    pub operand: Option<StepOperand>,
    /// Whether the result is clamped.
    pub clamps: bool,
}

impl StepCode {
    /// The value of the step's `override` constant.
    #[must_use]
    pub const fn code(self) -> u32 {
        let operand = match self.operand {
            Some(operand) => {
                let binding = match operand.binding {
                    Some(binding) => binding,
                    None => MAX_OPERANDS as u32,
                };
                binding | (operand.quads as u32) << 2 | (operand.repeats as u32) << 3
            }
            None => 0,
        };
        self.function as u32
            | self.arguments[0].code() << 8
            | self.arguments[1].code() << 12
            | operand << 16
            | (self.clamps as u32) << 20
    }
}

impl Epilogue {
    /// The epilogue that has room for this many steps, [`MAX_STEPS`] at most.
    #[must_use]
    pub const fn of(steps: usize) -> Self {
        match steps {
            0 => Epilogue::None,
            1..=FEW_STEPS => Epilogue::Short,
            _ => Epilogue::Long,
        }
    }

    /// Its `override` constants.
    pub(crate) fn tunables(self) -> &'static [Tunable] {
        match self {
            Epilogue::None => &[],
            Epilogue::Short => &STEPS[..FEW_STEPS],
            Epilogue::Long => &STEPS,
            Epilogue::Sum => &SUM,
        }
    }

    /// The bindings that it adds to a kernel's.
    pub(crate) fn bindings(self) -> &'static [Binding] {
        match self {
            Epilogue::None => &[],
            Epilogue::Short | Epilogue::Long => &BINDINGS,
            Epilogue::Sum => &BINDINGS[..2],
        }
    }
}

/// The `override` constants of steps; 0 is not a step.
pub const STEPS: [Tunable; MAX_STEPS] = {
    const fn step(name: &'static str) -> Tunable {
        Tunable { name, values: &[0] }
    }
    [
        step("step_0"),
        step("step_1"),
        step("step_2"),
        step("step_3"),
        step("step_4"),
        step("step_5"),
        step("step_6"),
        step("step_7"),
    ]
};

/// The `override` constants of [`Epilogue::Sum`].
pub const SUM: [Tunable; 2] = [
    Tunable {
        name: "power_of_two",
        values: &[0, 1],
    },
    Tunable {
        name: "addend_quads",
        values: &[1, 0],
    },
];

const BINDINGS: [Binding; 1 + MAX_OPERANDS] = [
    Binding { role: Role::Steps },
    Binding {
        role: Role::Operand(0),
    },
    Binding {
        role: Role::Operand(1),
    },
    Binding {
        role: Role::Operand(2),
    },
];
