//! What no form is made of, and what it says.

use demilite_optimizer::{Mode, Quantizer, Recipe};

use crate::toy::{calibrated, two_layers, weights};

fn refusal(quantizer: Quantizer) -> String {
    quantizer.finish().unwrap_err().to_string()
}

#[test]
fn constants_that_are_not_finite() {
    for (real, words) in [(f32::NAN, "NaN"), (f32::NEG_INFINITY, "-inf")] {
        let mut reals = weights();
        reals[3] = real;
        for &mode in Mode::ALL {
            assert_eq!(
                refusal(Quantizer::new(two_layers(&reals)).mode(mode)),
                format!(
                    "tensor t3 \"weights\" holds {words} at element 3: the model is damaged, export it again"
                )
            );
        }
    }
}

#[test]
fn models_that_are_quantized_already() {
    let model = |mode| {
        Quantizer::new(two_layers(&weights()))
            .mode(mode)
            .finish()
            .unwrap()
            .model
    };
    assert_eq!(
        refusal(Quantizer::new(model(Mode::Dynamic))),
        "tensor t3 \"weights\" is quantized int8: the model is quantized already, and a float32 model is needed"
    );
    assert_eq!(
        refusal(Quantizer::new(model(Mode::Float16)).mode(Mode::Dynamic)),
        "tensor t3 \"weights\" is a constant of float16: the model is quantized already, and a float32 model is needed"
    );
}

#[test]
fn patterns_that_name_nothing() {
    let quantizer = Quantizer::new(two_layers(&weights())).keep_float("third*".parse().unwrap());
    assert_eq!(
        refusal(quantizer),
        "\"third*\" names no node; ops here are FULLY_CONNECTED"
    );
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    for &mode in Mode::ALL {
        let bytes = || {
            let quantized = calibrated(two_layers(&weights()), Recipe::new(mode)).unwrap();
            quantized.model.to_bytes().unwrap()
        };
        assert_eq!(bytes(), bytes(), "{mode}");
    }
}
