// Functions that take more than a word.

// exp of a number that is never positive does not overflow.
fn logistic(x: acc) -> acc {
    let e = exp(-abs(x));
    return select(acc(1.0), e, x < acc(0.0)) / (1.0 + e);
}

// Past 15 the f32 result is 1, and drivers that compute it from exp would overflow.
fn bounded_tanh(x: acc) -> acc { return tanh(held(x, -15.0, 15.0)); }

fn hard_swish(x: acc) -> acc { return x * clamp(x + 3.0, acc(0.0), acc(6.0)) / 6.0; }

fn elu(x: acc) -> acc { return select(x, exp(min(x, acc(0.0))) - 1.0, x < acc(0.0)); }

// The error function to 1.5e-7, by the fifth-degree polynomial of Abramowitz and Stegun (7.1.26).
fn error_function(x: acc) -> acc {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return sign(x) * (1.0 - p * exp(-x * x));
}

fn gelu(x: acc) -> acc { return 0.5 * x * (1.0 + error_function(x * 0.7071067811865476)); }

fn gelu_approximate(x: acc) -> acc {
    return 0.5 * x * (1.0 + bounded_tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
}

// An infinity has neither.
fn sine(x: acc) -> acc { return select(no_number(x), sin(x), abs(x) <= acc(GREATEST)); }
fn cosine(x: acc) -> acc { return select(no_number(x), cos(x), abs(x) <= acc(GREATEST)); }

fn prelu(x: acc, slope: acc) -> acc { return select(x * slope, x, x >= acc(0.0)); }

// The exponent is a whole number from 1 up: the power of half of it, squared, and times the base where it is odd, each product held
// within finite floats.
fn power(x: acc, exponent: u32) -> acc {
    var result = x;
    if (exponent == 1u) { return x; }
    for (var bit = firstLeadingBit(exponent); bit > 0u; bit--) {
        result = held(result * result, -GREATEST, GREATEST);
        if (((exponent >> (bit - 1u)) & 1u) != 0u) { result = held(result * x, -GREATEST, GREATEST); }
    }
    return result;
}
