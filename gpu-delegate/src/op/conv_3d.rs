//! CONV_3D and CONV_3D_TRANSPOSE, without a kernel.

absent!(Conv3d);
