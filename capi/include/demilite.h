/* demilite for C. Made from the sources by cbindgen. */
/* MIT or Apache-2.0. */

#ifndef DEMILITE_H
#define DEMILITE_H

#include <stddef.h>
#include <stdint.h>

// The version of this interface. It grows when a function or struct changes in a way that breaks programs.
#define DEMILITE_ABI_VERSION 1

// What became of a call.
typedef enum {
  // It did what was asked.
  DEMILITE_OK = 0,
  // A pointer that must not be null is.
  DEMILITE_NULL = 1,
  // A text that is not UTF-8, a buffer of another size than its tensor, an input or output that is not there.
  DEMILITE_INVALID = 2,
  // A file that cannot be read, or is no valid model.
  DEMILITE_LOAD_FAILED = 3,
  // A delegate that there is not, such as a GPU on a machine without one.
  DEMILITE_NO_DELEGATE = 4,
  // A model that no delegate runs, or that does not work out with the shapes of its inputs.
  DEMILITE_COMPILE_FAILED = 5,
  // An invocation that failed.
  DEMILITE_RUN_FAILED = 6,
  // A fault of the library itself. The handle is good for nothing but to be freed.
  DEMILITE_PANICKED = 7,
} demilite_status;

// The type of a tensor's elements, with the codes of the `.tflite` schema.
typedef enum {
  // IEEE 754 single precision.
  DEMILITE_FLOAT32 = 0,
  // IEEE 754 half precision.
  DEMILITE_FLOAT16 = 1,
  // Signed, 32 bits.
  DEMILITE_INT32 = 2,
  // Unsigned, 8 bits.
  DEMILITE_UINT8 = 3,
  // Signed, 64 bits.
  DEMILITE_INT64 = 4,
  // Byte strings: their count, where each begins and the last one ends, 32 bits each, then the strings.
  DEMILITE_STRING = 5,
  // One byte, 0 or 1.
  DEMILITE_BOOL = 6,
  // Signed, 16 bits.
  DEMILITE_INT16 = 7,
  // Two single-precision floats.
  DEMILITE_COMPLEX64 = 8,
  // Signed, 8 bits.
  DEMILITE_INT8 = 9,
  // IEEE 754 double precision.
  DEMILITE_FLOAT64 = 10,
  // Two double-precision floats.
  DEMILITE_COMPLEX128 = 11,
  // Unsigned, 64 bits.
  DEMILITE_UINT64 = 12,
  // A handle to a variable or table of the model.
  DEMILITE_RESOURCE = 13,
  // An opaque value.
  DEMILITE_VARIANT = 14,
  // Unsigned, 32 bits.
  DEMILITE_UINT32 = 15,
  // Unsigned, 16 bits.
  DEMILITE_UINT16 = 16,
  // Signed, 4 bits: two in a byte, the low half first.
  DEMILITE_INT4 = 17,
  // The upper half of a single-precision float.
  DEMILITE_BFLOAT16 = 18,
  // Signed, 2 bits: four in a byte, the low bits first.
  DEMILITE_INT2 = 19,
  // Unsigned, 4 bits: two in a byte, the low half first.
  DEMILITE_UINT4 = 20,
  // 8 bits, 4 of exponent, no infinities.
  DEMILITE_FLOAT8_E4M3FN = 21,
  // 8 bits, 5 of exponent.
  DEMILITE_FLOAT8_E5M2 = 22,
} demilite_dtype;

// A model. It may be used by several threads at once.
typedef struct demilite_model demilite_model;

// A model made ready to run, with its inputs and outputs. It may move between threads, and is used by one at a time.
typedef struct demilite_session demilite_session;

// What is known of an input or output. Its pointers stay until the session is resized, run or freed.
typedef struct {
  // The name in the model's signature, or without one, the tensor's.
  const char *name;
  // The type of its elements.
  demilite_dtype dtype;
  // How many extents it has.
  size_t rank;
  // The extents, the outermost first.
  const size_t *shape;
  // How many bytes its elements take.
  size_t bytes;
  // What one step of a quantized integer stands for, `real = scale * (q - zero_point)`; 0 where there is no such scale.
  float scale;
  // The integer that stands for 0.
  int32_t zero_point;
} demilite_tensor;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the interface that the library has: `DEMILITE_ABI_VERSION` of the header that it was built with. A program that finds
// another one than that of its own header must not call anything else.
uint32_t demilite_abi_version(void);

// The version of the library, such as "0.1.0".
const char *demilite_version(void);

// What went wrong in the last call of this thread that failed, in words; an empty text where none did. It stays until another one fails.
const char *demilite_last_error(void);

// Reads a `.tflite` file.
//
// # Safety
// `path` is a text that ends in a zero, UTF-8, and `model` is where the handle goes. Each may be NULL, which is an error.
demilite_status demilite_model_open(const char *path, demilite_model **model);

// Reads a model from the bytes of a `.tflite` file, which are copied.
//
// # Safety
// `bytes` is valid for reads of `size` bytes, and `model` is where the handle goes. Each may be NULL, which is an error.
demilite_status demilite_model_from_bytes(const void *bytes, size_t size, demilite_model **model);

// Frees a model. Sessions of it keep what they need.
//
// # Safety
// `model` is a handle that was not freed yet, or NULL, which does nothing.
void demilite_model_free(demilite_model *model);

// Makes a model ready to run.
//
// `delegate` is "auto", the GPU where there is one and the CPU otherwise; "gpu", the GPU or an error; "cpu", its fast kernels; or
// "reference", those that are the specification. NULL is "auto". `threads` are those of the CPU, 0 for one of each core.
//
// # Safety
// `model` is a handle or NULL, `delegate` a text that ends in a zero or NULL, and `session` is where the handle goes or NULL.
demilite_status demilite_session_create(const demilite_model *model, const char *delegate, size_t threads, demilite_session **session);

// Frees a session.
//
// # Safety
// `session` is a handle that was not freed yet, or NULL, which does nothing.
void demilite_session_free(demilite_session *session);

// Runs the model once.
//
// # Safety
// `session` is a handle or NULL.
demilite_status demilite_session_run(demilite_session *session);

// Who runs which node, and why not the others: a line for each node. The text stays until the session is resized or freed.
//
// # Safety
// `session` is a handle or NULL, and `plan` is where the text goes or NULL.
demilite_status demilite_session_plan(demilite_session *session, const char **plan);

// Forgets what the model keeps from one invocation to the next.
//
// # Safety
// `session` is a handle or NULL.
demilite_status demilite_session_reset(demilite_session *session);

// How many inputs a session has; 0 for NULL.
//
// # Safety
// `session` is a handle or NULL.
size_t demilite_session_input_count(const demilite_session *session);

// How many outputs a session has; 0 for NULL.
//
// # Safety
// `session` is a handle or NULL.
size_t demilite_session_output_count(const demilite_session *session);

// Describes an input.
//
// # Safety
// `session` is a handle or NULL, and `tensor` is where the description goes or NULL.
demilite_status demilite_session_input(demilite_session *session, size_t index, demilite_tensor *tensor);

// Describes an output. One whose shape only an invocation shows has an extent of 0 before.
//
// # Safety
// `session` is a handle or NULL, and `tensor` is where the description goes or NULL.
demilite_status demilite_session_output(demilite_session *session, size_t index, demilite_tensor *tensor);

// Finds an input by its name.
//
// # Safety
// `session` is a handle or NULL, `name` a text that ends in a zero or NULL, and `index` is where the input's goes or NULL.
demilite_status demilite_session_find_input(demilite_session *session, const char *name, size_t *index);

// Finds an output by its name.
//
// # Safety
// `session` is a handle or NULL, `name` a text that ends in a zero or NULL, and `index` is where the output's goes or NULL.
demilite_status demilite_session_find_output(demilite_session *session, const char *name, size_t *index);

// Makes the session ready for another shape of an input. All inputs and outputs are zeros then; where it fails, nothing changes.
//
// # Safety
// `session` is a handle or NULL, and `shape` is valid for reads of `rank` extents or NULL.
demilite_status demilite_session_resize_input(demilite_session *session, size_t index, const size_t *shape, size_t rank);

// Copies the elements of an input, row by row, from a buffer of exactly its size. Strings take any size, in the form of
// `DEMILITE_STRING`, and come to lie elsewhere.
//
// # Safety
// `session` is a handle or NULL, and `elements` is valid for reads of `bytes` bytes or NULL.
demilite_status demilite_session_set_input(demilite_session *session, size_t index, const void *elements, size_t bytes);

// Where the elements of an input lie, to be filled without a copy. The memory stays until the session is resized or freed.
//
// # Safety
// `session` is a handle or NULL, and `elements` is where the pointer goes or NULL.
demilite_status demilite_session_input_data(demilite_session *session, size_t index, void **elements);

// Copies the elements of an output, row by row, into a buffer of exactly its size.
//
// # Safety
// `session` is a handle or NULL, and `elements` is valid for writes of `bytes` bytes or NULL.
demilite_status demilite_session_get_output(demilite_session *session, size_t index, void *elements, size_t bytes);

// Where the elements of an output lie. The memory stays until the session is resized, run or freed.
//
// # Safety
// `session` is a handle or NULL, and `elements` is where the pointer goes or NULL.
demilite_status demilite_session_output_data(demilite_session *session, size_t index, const void **elements);

// What went wrong in the last call of this thread that failed, in words; an empty text where none did. It stays until another one fails.
const char *demilite_last_error(void);

// Reads a `.tflite` file.
//
// # Safety
// `path` is a text that ends in a zero, UTF-8, and `model` is where the handle goes. Each may be NULL, which is an error.
demilite_status demilite_model_open(const char *path, demilite_model **model);

// Reads a model from the bytes of a `.tflite` file, which are copied.
//
// # Safety
// `bytes` is valid for reads of `size` bytes, and `model` is where the handle goes. Each may be NULL, which is an error.
demilite_status demilite_model_from_bytes(const void *bytes, size_t size, demilite_model **model);

// Frees a model. Sessions of it keep what they need.
//
// # Safety
// `model` is a handle that was not freed yet, or NULL, which does nothing.
void demilite_model_free(demilite_model *model);

// Makes a model ready to run.
//
// `delegate` is "auto", the GPU where there is one and the CPU otherwise; "gpu", the GPU or an error; "cpu", its fast kernels; or
// "reference", those that are the specification. NULL is "auto". `threads` are those of the CPU, 0 for one of each core.
//
// # Safety
// `model` is a handle or NULL, `delegate` a text that ends in a zero or NULL, and `session` is where the handle goes or NULL.
demilite_status demilite_session_create(const demilite_model *model, const char *delegate, size_t threads, demilite_session **session);

// Frees a session.
//
// # Safety
// `session` is a handle that was not freed yet, or NULL, which does nothing.
void demilite_session_free(demilite_session *session);

// Runs the model once.
//
// # Safety
// `session` is a handle or NULL.
demilite_status demilite_session_run(demilite_session *session);

// Who runs which node, and why not the others: a line for each node. The text stays until the session is resized or freed.
//
// # Safety
// `session` is a handle or NULL, and `plan` is where the text goes or NULL.
demilite_status demilite_session_plan(demilite_session *session, const char **plan);

// Forgets what the model keeps from one invocation to the next.
//
// # Safety
// `session` is a handle or NULL.
demilite_status demilite_session_reset(demilite_session *session);

// How many inputs a session has; 0 for NULL.
//
// # Safety
// `session` is a handle or NULL.
size_t demilite_session_input_count(const demilite_session *session);

// How many outputs a session has; 0 for NULL.
//
// # Safety
// `session` is a handle or NULL.
size_t demilite_session_output_count(const demilite_session *session);

// Describes an input.
//
// # Safety
// `session` is a handle or NULL, and `tensor` is where the description goes or NULL.
demilite_status demilite_session_input(demilite_session *session, size_t index, demilite_tensor *tensor);

// Describes an output. One whose shape only an invocation shows has an extent of 0 before.
//
// # Safety
// `session` is a handle or NULL, and `tensor` is where the description goes or NULL.
demilite_status demilite_session_output(demilite_session *session, size_t index, demilite_tensor *tensor);

// Finds an input by its name.
//
// # Safety
// `session` is a handle or NULL, `name` a text that ends in a zero or NULL, and `index` is where the input's goes or NULL.
demilite_status demilite_session_find_input(demilite_session *session, const char *name, size_t *index);

// Finds an output by its name.
//
// # Safety
// `session` is a handle or NULL, `name` a text that ends in a zero or NULL, and `index` is where the output's goes or NULL.
demilite_status demilite_session_find_output(demilite_session *session, const char *name, size_t *index);

// Makes the session ready for another shape of an input. All inputs and outputs are zeros then; where it fails, nothing changes.
//
// # Safety
// `session` is a handle or NULL, and `shape` is valid for reads of `rank` extents or NULL.
demilite_status demilite_session_resize_input(demilite_session *session, size_t index, const size_t *shape, size_t rank);

// Copies the elements of an input, row by row, from a buffer of exactly its size. Strings take any size, in the form of
// `DEMILITE_STRING`, and come to lie elsewhere.
//
// # Safety
// `session` is a handle or NULL, and `elements` is valid for reads of `bytes` bytes or NULL.
demilite_status demilite_session_set_input(demilite_session *session, size_t index, const void *elements, size_t bytes);

// Where the elements of an input lie, to be filled without a copy. The memory stays until the session is resized or freed.
//
// # Safety
// `session` is a handle or NULL, and `elements` is where the pointer goes or NULL.
demilite_status demilite_session_input_data(demilite_session *session, size_t index, void **elements);

// Copies the elements of an output, row by row, into a buffer of exactly its size.
//
// # Safety
// `session` is a handle or NULL, and `elements` is valid for writes of `bytes` bytes or NULL.
demilite_status demilite_session_get_output(demilite_session *session, size_t index, void *elements, size_t bytes);

// Where the elements of an output lie. The memory stays until the session is resized, run or freed.
//
// # Safety
// `session` is a handle or NULL, and `elements` is where the pointer goes or NULL.
demilite_status demilite_session_output_data(demilite_session *session, size_t index, const void **elements);

// Makes a model ready to run.
//
// `delegate` is "auto", the GPU where there is one and the CPU otherwise; "gpu", the GPU or an error; "cpu", its fast kernels; or
// "reference", those that are the specification. NULL is "auto". `threads` are those of the CPU, 0 for one of each core.
//
// # Safety
// `model` is a handle or NULL, `delegate` a text that ends in a zero or NULL, and `session` is where the handle goes or NULL.
demilite_status demilite_session_create(const demilite_model *model, const char *delegate, size_t threads, demilite_session **session);

// Frees a session.
//
// # Safety
// `session` is a handle that was not freed yet, or NULL, which does nothing.
void demilite_session_free(demilite_session *session);

// Runs the model once.
//
// # Safety
// `session` is a handle or NULL.
demilite_status demilite_session_run(demilite_session *session);

// Who runs which node, and why not the others: a line for each node. The text stays until the session is resized or freed.
//
// # Safety
// `session` is a handle or NULL, and `plan` is where the text goes or NULL.
demilite_status demilite_session_plan(demilite_session *session, const char **plan);

// Forgets what the model keeps from one invocation to the next.
//
// # Safety
// `session` is a handle or NULL.
demilite_status demilite_session_reset(demilite_session *session);

// How many inputs a session has; 0 for NULL.
//
// # Safety
// `session` is a handle or NULL.
size_t demilite_session_input_count(const demilite_session *session);

// How many outputs a session has; 0 for NULL.
//
// # Safety
// `session` is a handle or NULL.
size_t demilite_session_output_count(const demilite_session *session);

// Describes an input.
//
// # Safety
// `session` is a handle or NULL, and `tensor` is where the description goes or NULL.
demilite_status demilite_session_input(demilite_session *session, size_t index, demilite_tensor *tensor);

// Describes an output. One whose shape only an invocation shows has an extent of 0 before.
//
// # Safety
// `session` is a handle or NULL, and `tensor` is where the description goes or NULL.
demilite_status demilite_session_output(demilite_session *session, size_t index, demilite_tensor *tensor);

// Finds an input by its name.
//
// # Safety
// `session` is a handle or NULL, `name` a text that ends in a zero or NULL, and `index` is where the input's goes or NULL.
demilite_status demilite_session_find_input(demilite_session *session, const char *name, size_t *index);

// Finds an output by its name.
//
// # Safety
// `session` is a handle or NULL, `name` a text that ends in a zero or NULL, and `index` is where the output's goes or NULL.
demilite_status demilite_session_find_output(demilite_session *session, const char *name, size_t *index);

// Makes the session ready for another shape of an input. All inputs and outputs are zeros then; where it fails, nothing changes.
//
// # Safety
// `session` is a handle or NULL, and `shape` is valid for reads of `rank` extents or NULL.
demilite_status demilite_session_resize_input(demilite_session *session, size_t index, const size_t *shape, size_t rank);

// Copies the elements of an input, row by row, from a buffer of exactly its size. Strings take any size, in the form of
// `DEMILITE_STRING`, and come to lie elsewhere.
//
// # Safety
// `session` is a handle or NULL, and `elements` is valid for reads of `bytes` bytes or NULL.
demilite_status demilite_session_set_input(demilite_session *session, size_t index, const void *elements, size_t bytes);

// Where the elements of an input lie, to be filled without a copy. The memory stays until the session is resized or freed.
//
// # Safety
// `session` is a handle or NULL, and `elements` is where the pointer goes or NULL.
demilite_status demilite_session_input_data(demilite_session *session, size_t index, void **elements);

// Copies the elements of an output, row by row, into a buffer of exactly its size.
//
// # Safety
// `session` is a handle or NULL, and `elements` is valid for writes of `bytes` bytes or NULL.
demilite_status demilite_session_get_output(demilite_session *session, size_t index, void *elements, size_t bytes);

// Where the elements of an output lie. The memory stays until the session is resized, run or freed.
//
// # Safety
// `session` is a handle or NULL, and `elements` is where the pointer goes or NULL.
demilite_status demilite_session_output_data(demilite_session *session, size_t index, const void **elements);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DEMILITE_H */
