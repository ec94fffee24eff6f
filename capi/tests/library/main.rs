//! The C library: its header, its installation, the example as a program of C, and calls that ask for what there is not.

mod misuse;
mod program;

/// Header and sources say the same. `DEMILITE_WRITE_HEADER=1` writes the header anew.
#[test]
fn the_header_is_that_of_the_sources() {
    let package = demilite_needs::package();
    let config =
        cbindgen::Config::from_file(package.join("cbindgen.toml")).expect("a configuration");
    let mut builder = cbindgen::Builder::new().with_config(config);
    let sources = [
        "lib",
        "border",
        "error",
        "model",
        "session/mod",
        "session/invocation",
        "session/tensors",
        "tensor",
    ];
    for source in sources {
        builder = builder.with_src(package.join("src").join(source).with_extension("rs"));
    }
    let mut made = Vec::new();
    builder.generate().expect("bindings").write(&mut made);
    let header = package.join("include/demilite.h");
    if std::env::var_os("DEMILITE_WRITE_HEADER").is_some() {
        std::fs::write(&header, &made).expect("the header");
    }
    let written = std::fs::read(&header).expect("the header");
    assert!(
        written == made,
        "include/demilite.h is not what the sources are: DEMILITE_WRITE_HEADER=1 writes it anew"
    );
}
