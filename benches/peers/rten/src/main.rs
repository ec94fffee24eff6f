//! Runs an ONNX network in rten and times it.
//!
//! `rten-peer MODEL.onnx INPUT f32|u8 EXTENT…` reads the input as raw little-endian numbers, runs the network once and writes its first
//! output as raw floats to `INPUT.out`. Then each line `RUNS MILLISECONDS` on standard input has it run so often, or for about so long but
//! three times at least, and it answers with the milliseconds of each inference on a line. `RTEN_NUM_THREADS` says how many threads it has.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

use rten::{Model, ModelOptions, Value, ValueOrView};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

/// The input as the network takes it.
enum Input {
    Floats(Tensor<f32>),
    Bytes(Tensor<u8>),
}

impl Input {
    fn read(path: &str, element: &str, shape: &[usize]) -> Result<Self, Box<dyn Error>> {
        let bytes = std::fs::read(path)?;
        let size = if element == "u8" { 1 } else { 4 };
        if bytes.len() != size * shape.iter().product::<usize>() {
            return Err(format!("{path} does not hold {shape:?} of {element}").into());
        }
        Ok(match element {
            "u8" => Input::Bytes(Tensor::from_data(shape, bytes)),
            "f32" => {
                let floats = bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes);
                Input::Floats(Tensor::from_data(shape, floats.collect::<Vec<_>>()))
            }
            _ => return Err(format!("{element} is neither f32 nor u8").into()),
        })
    }

    fn view(&self) -> ValueOrView<'_> {
        match self {
            Input::Floats(tensor) => tensor.view().into(),
            Input::Bytes(tensor) => tensor.view().into(),
        }
    }
}

fn run(model: &Model, input: &Input) -> Result<Value, Box<dyn Error>> {
    Ok(model.run_one(input.view(), None)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, path, element, shape @ ..] = &arguments[..] else {
        return Err("usage: rten-peer MODEL.onnx INPUT f32|u8 EXTENT…".into());
    };
    let shape = shape.iter().map(|extent| extent.parse());
    let input = Input::read(path, element, &shape.collect::<Result<Vec<_>, _>>()?)?;
    let model = ModelOptions::with_all_ops()
        .prepack_weights(true)
        .load_file(model)?;
    let output: Tensor<f32> = run(&model, &input)?.try_into()?;
    let floats: Vec<u8> = output.iter().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::write(format!("{path}.out"), floats)?;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let Some((runs, budget)) = line.split_once(' ') else {
            return Err(format!("{line:?} is not RUNS MILLISECONDS").into());
        };
        let (runs, budget): (usize, f64) = (runs.parse()?, budget.parse()?);
        let begin = Instant::now();
        let mut times = Vec::new();
        while times.len() < runs
            && (times.len() < 3 || begin.elapsed().as_secs_f64() * 1e3 < budget)
        {
            let start = Instant::now();
            run(&model, &input)?;
            times.push((start.elapsed().as_secs_f64() * 1e3).to_string());
        }
        println!("{}", times.join(" "));
        std::io::stdout().flush()?;
    }
    Ok(())
}
