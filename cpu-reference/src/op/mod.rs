//! The ops, one a file; a family shares a file or a folder. The name is that of the row of
//! [`for_each_op`], and so that of the attributes in core.

use demilite_core::for_each_op;

macro_rules! declare_modules {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        $(pub mod $file;)+
    };
}

for_each_op!(declare_modules);
