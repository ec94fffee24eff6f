//! The steps of an epilogue are those of the source.

use demilite_shaders::epilogue::{StepArgument, StepCode, StepFunction, StepOperand};
use demilite_shaders::{Element, Epilogue, Halves, ParamsSpace, Rows, Variant, table};
use naga::back::pipeline_constants::process_overrides;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{Expression, Literal, Module};

fn variant(epilogue: Epilogue) -> Variant {
    Variant {
        activation: Element::F32,
        input: Element::F32,
        weight: Element::F32,
        bias: Element::F32,
        rows: Rows::Aligned,
        epilogue,
        halves: Halves::Builtin,
        params: ParamsSpace::Uniform,
    }
}

fn module(epilogue: Epilogue) -> Module {
    naga::front::wgsl::parse_str(&table::CHAIN.source(&variant(epilogue))).unwrap()
}

/// `SquaredDifference` as `SQUARED_DIFFERENCE`.
fn constant_name(function: StepFunction) -> String {
    let mut name = String::new();
    for letter in format!("{function:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[test]
fn functions_have_the_numbers_of_the_source() {
    let module = module(Epilogue::Long);
    for (index, &function) in StepFunction::ALL.iter().enumerate() {
        let name = constant_name(function);
        let mut constants = module.constants.iter();
        let constant = constants.find(|(_, constant)| constant.name.as_deref() == Some(&name));
        let (_, constant) = constant.unwrap_or_else(|| panic!("there is no {name}"));
        let Expression::Literal(Literal::U32(number)) = module.global_expressions[constant.init]
        else {
            panic!("{name} is not a number");
        };
        assert_eq!(number, function as u32, "{name}");
        assert_eq!(number, 1 + index as u32, "{name}");
    }
}

#[test]
fn overrides_are_those_of_the_source() {
    for epilogue in [Epilogue::None, Epilogue::Short, Epilogue::Long] {
        let module = module(epilogue);
        let mut declared: Vec<_> = table::CHAIN
            .constants(&variant(epilogue), &[])
            .into_iter()
            .map(|(name, _)| name.to_owned())
            .collect();
        let mut used: Vec<_> = module
            .overrides
            .iter()
            .filter_map(|(_, constant)| constant.name.clone())
            .collect();
        declared.sort();
        used.sort();
        assert_eq!(declared, used);
    }
}

#[test]
fn every_function_of_every_argument_is_valid() {
    let module = module(Epilogue::Long);
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    let info = validator.validate(&module).unwrap();
    let operand = |binding, quads| StepOperand {
        binding,
        quads,
        repeats: true,
    };
    let seconds = [
        (StepArgument::Value(0), None),
        (StepArgument::Constant, None),
        (StepArgument::Operand, Some(operand(Some(2), false))),
        (StepArgument::Operand, Some(operand(None, true))),
    ];
    for &function in StepFunction::ALL {
        for (second, operand) in seconds {
            let code = StepCode {
                function,
                arguments: [StepArgument::Value(0), second],
                operand,
                clamps: true,
            };
            let chosen = [("step_0", code.code())];
            let constants = table::CHAIN.constants(&variant(Epilogue::Long), &chosen);
            let named = constants
                .into_iter()
                .map(|(name, v)| (name.to_owned(), f64::from(v)))
                .collect();
            process_overrides(&module, &info, None, &named)
                .unwrap_or_else(|error| panic!("{function:?} {second:?}: {error}"));
        }
    }
}
