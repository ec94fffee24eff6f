// The error function to 1.5e-7, by the fifth-degree polynomial of Abramowitz and Stegun (7.1.26).
fn error_function(x: acc) -> acc {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return sign(x) * (1.0 - p * exp(-x * x));
}

fn apply(x: acc) -> acc { return 0.5 * x * (1.0 + error_function(x * 0.7071067811865476)); }
