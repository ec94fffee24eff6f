//! Calls that ask for what there is not, and what they answer.

use std::ffi::{CStr, CString, c_void};
use std::ptr::{null, null_mut};

use demilite_c::{
    DEMILITE_ABI_VERSION, demilite_abi_version, demilite_dtype, demilite_last_error,
    demilite_model, demilite_model_free, demilite_model_from_bytes, demilite_model_open,
    demilite_session, demilite_session_create, demilite_session_find_input, demilite_session_free,
    demilite_session_get_output, demilite_session_input, demilite_session_input_count,
    demilite_session_output, demilite_session_output_count, demilite_session_plan,
    demilite_session_resize_input, demilite_session_run, demilite_session_set_input,
    demilite_status as Status, demilite_tensor, demilite_version,
};

const MODEL: &[u8] = include_bytes!("../../../models/shapes/shapes_int8.tflite");

/// The words for the last error of this thread.
fn words() -> String {
    // SAFETY: it is a text until the next call that fails.
    let words = unsafe { CStr::from_ptr(demilite_last_error()) };
    words.to_str().expect("UTF-8").to_owned()
}

fn refused(status: Status, expected: Status, said: &str) {
    assert_eq!(status, expected, "{}", words());
    assert!(
        words().contains(said),
        "{:?} does not say {said:?}",
        words()
    );
}

fn session() -> *mut demilite_session {
    let (mut model, mut session) = (null_mut::<demilite_model>(), null_mut());
    // SAFETY: the bytes and the handles are valid.
    unsafe {
        let status = demilite_model_from_bytes(MODEL.as_ptr().cast(), MODEL.len(), &raw mut model);
        assert_eq!(status, Status::DEMILITE_OK);
        let status = demilite_session_create(model, c"cpu".as_ptr(), 1, &raw mut session);
        assert_eq!(status, Status::DEMILITE_OK, "{}", words());
        demilite_model_free(model);
    }
    session
}

#[test]
fn versions_are_stated() {
    assert_eq!(demilite_abi_version(), DEMILITE_ABI_VERSION);
    // SAFETY: it is a text of the library.
    let version = unsafe { CStr::from_ptr(demilite_version()) };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
}

#[test]
fn null_is_an_error() {
    let (mut model, mut made) = (null_mut(), null_mut());
    // SAFETY: null is allowed everywhere.
    unsafe {
        refused(
            demilite_model_open(null(), &raw mut model),
            Status::DEMILITE_NULL,
            "path",
        );
        refused(
            demilite_model_open(c"x".as_ptr(), null_mut()),
            Status::DEMILITE_NULL,
            "model",
        );
        refused(
            demilite_model_from_bytes(null(), 4, &raw mut model),
            Status::DEMILITE_NULL,
            "bytes",
        );
        refused(
            demilite_session_create(null(), null(), 0, &raw mut made),
            Status::DEMILITE_NULL,
            "model",
        );
        refused(
            demilite_session_run(null_mut()),
            Status::DEMILITE_NULL,
            "session",
        );
        refused(
            demilite_session_plan(null_mut(), null_mut()),
            Status::DEMILITE_NULL,
            "session",
        );
        assert_eq!(
            demilite_session_input_count(null()) + demilite_session_output_count(null()),
            0
        );
        demilite_model_free(null_mut());
        demilite_session_free(null_mut());
        let session = session();
        refused(
            demilite_session_input(session, 0, null_mut()),
            Status::DEMILITE_NULL,
            "tensor",
        );
        refused(
            demilite_session_find_input(session, null(), null_mut()),
            Status::DEMILITE_NULL,
            "name",
        );
        refused(
            demilite_session_resize_input(session, 0, null(), 4),
            Status::DEMILITE_NULL,
            "shape",
        );
        demilite_session_free(session);
    }
    assert!(model.is_null() && made.is_null());
}

#[test]
fn what_is_not_there_is_named() {
    let mut model = null_mut();
    // SAFETY: texts end in zeros, and buffers have the sizes that are stated.
    unsafe {
        let status = demilite_model_open(c"none.tflite".as_ptr(), &raw mut model);
        refused(status, Status::DEMILITE_LOAD_FAILED, "none.tflite");
        let status = demilite_model_from_bytes(b"no model".as_ptr().cast(), 8, &raw mut model);
        refused(status, Status::DEMILITE_LOAD_FAILED, "model");
        let not_utf8 = CString::new([0xff, b'x']).expect("no zero");
        let status = demilite_model_open(not_utf8.as_ptr(), &raw mut model);
        refused(status, Status::DEMILITE_INVALID, "path is not UTF-8");

        let status = demilite_model_from_bytes(MODEL.as_ptr().cast(), MODEL.len(), &raw mut model);
        assert_eq!(status, Status::DEMILITE_OK);
        let mut made = null_mut();
        let status = demilite_session_create(model, c"tpu".as_ptr(), 0, &raw mut made);
        refused(
            status,
            Status::DEMILITE_NO_DELEGATE,
            "auto, gpu, cpu or reference",
        );
        demilite_model_free(model);

        let session = session();
        let mut tensor = std::mem::MaybeUninit::<demilite_tensor>::uninit();
        let status = demilite_session_input(session, 7, tensor.as_mut_ptr());
        refused(
            status,
            Status::DEMILITE_INVALID,
            "no input 7: the session has 1",
        );
        let mut index = 9;
        let status = demilite_session_find_input(session, c"image".as_ptr(), &raw mut index);
        refused(status, Status::DEMILITE_INVALID, "pixels");
        let status = demilite_session_find_input(session, c"pixels".as_ptr(), &raw mut index);
        assert_eq!((status, index), (Status::DEMILITE_OK, 0));
        let few = [0_u8; 3];
        let status = demilite_session_set_input(session, 0, few.as_ptr().cast(), few.len());
        refused(status, Status::DEMILITE_INVALID, "takes 27648 bytes, not 3");
        let shape = [7_usize];
        let status = demilite_session_resize_input(session, 0, shape.as_ptr(), shape.len());
        refused(status, Status::DEMILITE_COMPILE_FAILED, "[7]");
        assert_eq!(
            demilite_session_run(session),
            Status::DEMILITE_OK,
            "{}",
            words()
        );
        demilite_session_free(session);
    }
}

#[test]
fn a_batch_gives_what_single_inputs_give() {
    let input: Vec<u8> = (0..96 * 96 * 3).map(|place| (place % 251) as u8).collect();
    let (mut single, mut batch) = ([0_u8; 10], [0_u8; 20]);
    let session = session();
    // SAFETY: buffers have the sizes that are stated.
    unsafe {
        let set = |elements: &[u8]| {
            demilite_session_set_input(session, 0, elements.as_ptr().cast(), elements.len())
        };
        let get = |elements: &mut [u8]| {
            let start = elements.as_mut_ptr().cast::<c_void>();
            demilite_session_get_output(session, 0, start, elements.len())
        };
        assert_eq!(set(&input), Status::DEMILITE_OK);
        assert_eq!(demilite_session_run(session), Status::DEMILITE_OK);
        assert_eq!(get(&mut single), Status::DEMILITE_OK);
        let shape = [2_usize, 96, 96, 3];
        let status = demilite_session_resize_input(session, 0, shape.as_ptr(), shape.len());
        assert_eq!(status, Status::DEMILITE_OK, "{}", words());
        assert_eq!(set(&input.repeat(2)), Status::DEMILITE_OK, "{}", words());
        assert_eq!(demilite_session_run(session), Status::DEMILITE_OK);
        assert_eq!(get(&mut batch), Status::DEMILITE_OK);
        let mut tensor = std::mem::MaybeUninit::<demilite_tensor>::uninit();
        assert_eq!(
            demilite_session_output(session, 0, tensor.as_mut_ptr()),
            Status::DEMILITE_OK
        );
        let tensor = tensor.assume_init();
        assert_eq!(
            (tensor.dtype, tensor.rank, tensor.bytes),
            (demilite_dtype::DEMILITE_INT8, 2, 20)
        );
        assert_eq!((tensor.scale, tensor.zero_point), (1.0 / 256.0, -128));
        demilite_session_free(session);
    }
    assert_eq!(batch.to_vec(), single.repeat(2));
    assert_ne!(single, [0; 10]);
}
