//! Codes and names of the built-in operators.

use std::collections::HashSet;

use super::*;

#[test]
fn codes_are_dense_and_names_are_unique() {
    assert_eq!(BuiltinOperator::ALL.len(), 210);
    for (code, &operator) in BuiltinOperator::ALL.iter().enumerate() {
        assert_eq!(operator.code(), code as i32);
        assert_eq!(BuiltinOperator::from_code(code as i32), Some(operator));
    }
    let names: HashSet<_> = BuiltinOperator::ALL
        .iter()
        .map(|operator| operator.name())
        .collect();
    assert_eq!(names.len(), 210);
    assert_eq!(BuiltinOperator::Conv2d.name(), "CONV_2D");
    assert_eq!(BuiltinOperator::from_code(210), None);
    assert_eq!(BuiltinOperator::from_code(-1), None);
}

#[test]
fn the_greater_code_of_an_operator_counts() {
    let code = |deprecated_builtin_code, builtin_code| {
        OperatorCode {
            deprecated_builtin_code,
            builtin_code,
            ..Default::default()
        }
        .code()
    };
    assert_eq!(code(3, 0), 3, "files from before the wide field");
    assert_eq!(code(127, 150), 150, "operators beyond the narrow field");
    assert_eq!(code(0, 3), 3);
}

#[test]
fn operator_codes_fill_both_fields() {
    for &operator in BuiltinOperator::ALL {
        let code = OperatorCode::builtin(operator, 4);
        assert_eq!(code.operator(), Some(operator));
        assert_eq!(
            i32::from(code.deprecated_builtin_code),
            operator.code().min(127)
        );
    }
    let custom = OperatorCode::custom("Detect", 1);
    assert_eq!(custom.operator(), Some(BuiltinOperator::Custom));
    assert_eq!(custom.custom_code.as_deref(), Some("Detect"));
}
