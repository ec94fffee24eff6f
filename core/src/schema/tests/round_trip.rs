//! What is written is what is read.

use super::*;

#[test]
fn every_table_survives_with_all_fields_set() {
    let model = sample_model();
    assert_eq!(read(&written(&model)).as_ref(), Ok(&model));
}

#[test]
fn tables_without_fields_have_the_defaults_of_the_schema() {
    let defaults = Model::default();
    assert_eq!(read(&written(&defaults)).as_ref(), Ok(&defaults));

    assert_eq!(Conv2DOptions::default().dilation_w_factor, 1);
    assert_eq!(Conv2DOptions::default().stride_w, 0);
    assert!(AddOptions::default().pot_scale_int16);
    assert!(BidirectionalSequenceLSTMOptions::default().time_major);
    assert_eq!(UniqueOptions::default().idx_out_type, 2);
    assert_eq!(OperatorCode::default().version, 1);
    assert_eq!(Operator::default().debug_metadata_index, -1);
}

#[test]
fn absent_and_empty_vectors_and_strings_stay_apart() {
    let shapes = [None, Some(vec![]), Some(vec![2, 3])];
    let names = [None, Some(String::new()), Some("näme".to_owned())];
    let tensors = shapes.into_iter().zip(names);
    let tensors = tensors.map(|(shape, name)| Tensor {
        shape,
        name,
        ..Default::default()
    });
    let subgraph = SubGraph {
        tensors: Some(tensors.collect()),
        ..Default::default()
    };
    let data = [None, Some(&[][..]), Some(&[7][..])];
    let buffers = data.map(|data| Buffer {
        data,
        ..Default::default()
    });
    let model = Model {
        subgraphs: Some(vec![
            subgraph,
            SubGraph {
                tensors: Some(vec![]),
                ..Default::default()
            },
        ]),
        buffers: Some(buffers.to_vec()),
        ..Default::default()
    };
    assert_eq!(read(&written(&model)).as_ref(), Ok(&model));
}

#[test]
fn data_of_buffers_is_aligned_to_16_bytes() {
    let bytes = [9; 50];
    let buffers = (0..50).map(|n| Buffer {
        data: Some(&bytes[..n]),
        ..Default::default()
    });
    let model = Model {
        buffers: Some(buffers.collect()),
        ..Default::default()
    };
    let file = written(&model);
    for buffer in read(&file).unwrap().buffers.unwrap() {
        let data = buffer.data.unwrap();
        assert_eq!(
            (data.as_ptr().addr() - file.as_ptr().addr()) % 16,
            0,
            "{} bytes",
            data.len()
        );
    }
}

/// The layout of the format, spelled out byte by byte.
#[test]
fn a_file_laid_out_by_hand_is_read() {
    #[rustfmt::skip]
    let file = [
        &[24, 0, 0, 0][..], b"TFL3",              // 0: root at 24, identifier
        &[14, 0, 16, 0],                          // 8: vtable of 14 bytes for a table of 16
        &[4, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0],   // 12: version at 4, description at 8, buffers at 12
        &[16, 0, 0, 0],                           // 24: the table, 16 bytes after its vtable
        &[3, 0, 0, 0],                            // 28: version
        &[8, 0, 0, 0],                            // 32: description at 40
        &[12, 0, 0, 0],                           // 36: buffers at 48
        &[2, 0, 0, 0], b"hi\0\0",                 // 40: a string of 2 bytes
        &[1, 0, 0, 0], &[12, 0, 0, 0],            // 48: one buffer, at 64
        &[6, 0, 8, 0, 4, 0, 0, 0],                // 56: vtable of a buffer with data alone
        &[8, 0, 0, 0], &[4, 0, 0, 0],             // 64: the buffer, with data at 72
        &[3, 0, 0, 0], &[5, 6, 7],                // 72: three bytes
    ].concat();
    let expected = Model {
        version: 3,
        description: Some("hi".to_owned()),
        buffers: Some(vec![Buffer {
            data: Some(&[5, 6, 7]),
            ..Default::default()
        }]),
        ..Default::default()
    };
    assert_eq!(read(&file), Ok(expected));
}

#[test]
fn union_members_from_later_schemas_are_read_but_not_written() {
    let mut model = small_model();
    let add = written(&model);
    operator(&mut model).builtin_options = MulOptions {
        fused_activation_function: 1,
    }
    .into();
    let mul = written(&model);
    let differing = |(at, (a, b)): (usize, (&u8, &u8))| (a != b).then_some(at);
    let codes: Vec<usize> = add
        .iter()
        .zip(&mul)
        .enumerate()
        .filter_map(differing)
        .collect();
    assert_eq!(
        codes.len(),
        1,
        "the files differ in the code of the union member alone"
    );

    let mut later = add;
    later[codes[0]] = 250;
    let mut read_back = read(&later).unwrap();
    assert_eq!(
        operator(&mut read_back).builtin_options,
        BuiltinOptions::Unknown(250)
    );
    assert_eq!(
        write(&read_back),
        Err(SchemaError::UnknownUnionMember {
            path: "Model.subgraphs[0].operators[0].builtin_options".to_owned(),
            union_name: "BuiltinOptions",
            code: 250,
        })
    );
}

#[test]
fn models_beyond_the_limit_of_the_format_are_refused() {
    let bytes = vec![0; 64 << 20];
    let buffer = Buffer {
        data: Some(&bytes),
        ..Default::default()
    };
    let model = Model {
        buffers: Some(vec![buffer; 33]),
        ..Default::default()
    };
    assert_eq!(
        write(&model),
        Err(SchemaError::TooLarge {
            path: "Model.buffers".to_owned()
        })
    );
}

#[test]
fn bytes_beyond_the_flatbuffer_are_not_lost_silently() {
    let detached = |path: &str| {
        let path = path.to_owned();
        Err(SchemaError::DetachedBytes { path })
    };
    let mut model = small_model();
    operator(&mut model).large_custom_options_offset = 4096;
    let expected = detached("Model.subgraphs[0].operators[0].large_custom_options_offset");
    assert_eq!(write(&model), expected);

    let mut model = small_model();
    model.buffers.as_mut().unwrap()[1].offset = 2048;
    assert_eq!(write(&model), detached("Model.buffers[1].offset"));
}
