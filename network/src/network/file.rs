//! What `scripts/train/export.py` wrote into an ONNX file, as a [`Network`].
//!
//! The graph itself is not interpreted. `export.py` writes the version of the network and a hash of the graph's nodes into the
//! file's metadata, and the tensors are found by the names that it gives them. A file without that metadata, of another
//! version, with other nodes, or with a tensor that is missing or of another shape is for ONNX Runtime.

use std::{collections::HashMap, thread};

use sha2::{Digest, Sha256};

use super::{
    INNER, Layer, Network, Norm, WIDTH,
    exit::{EXIT_HIDDEN, Exit, SENTIMENTS, VIEWS},
    lanes::Scale,
    processor::Kernel,
    product::{Weights, sparse::WINDOW},
};
use crate::protobuf::{Field, Fields, numbers};

/// The version of the graph that is computed here, as files state it; that of the arithmetic is [`crate::VERSION`].
const GRAPH: &str = "1";

/// Numbers of `onnx.proto`: kinds of tensors.
mod kind {
    pub const FLOAT: u64 = 1;
    pub const UINT8: u64 = 2;
    pub const INT8: u64 = 3;
    pub const INT64: u64 = 7;
}

/// A tensor as it lies in the file.
struct Tensor<'a> {
    kind: u64,
    dims: Vec<usize>,
    raw: &'a [u8],
}

impl<'a> Tensor<'a> {
    fn read(message: &'a [u8]) -> (&'a [u8], Tensor<'a>) {
        let (mut name, mut tensor) = (&b""[..], Tensor { kind: 0, dims: Vec::new(), raw: &[] });
        for (number, field) in Fields(message) {
            match (number, field) {
                (1, field) => tensor.dims.extend(numbers(field).map(|n| n as usize)),
                (2, Field::Number(kind)) => tensor.kind = kind,
                (8, Field::Bytes(bytes)) => name = bytes,
                (9, Field::Bytes(bytes)) => tensor.raw = bytes,
                _ => {}
            }
        }
        (name, tensor)
    }
}

/// The tensors of a file by name, its metadata, and the hash of its nodes.
struct File<'a> {
    tensors: HashMap<&'a [u8], Tensor<'a>>,
    metadata: HashMap<&'a [u8], &'a [u8]>,
    nodes: Sha256,
}

impl<'a> File<'a> {
    fn read(model: &'a [u8]) -> File<'a> {
        let mut file = File { tensors: HashMap::new(), metadata: HashMap::new(), nodes: Sha256::new() };
        for (number, field) in Fields(model) {
            match (number, field) {
                (7, Field::Bytes(graph)) => {
                    for (number, field) in Fields(graph) {
                        match (number, field) {
                            (1, Field::Bytes(node)) => file.nodes.update(node),
                            (5, Field::Bytes(tensor)) => file.tensors.extend([Tensor::read(tensor)]),
                            _ => {}
                        }
                    }
                }
                (14, Field::Bytes(entry)) => {
                    let mut pair = (&b""[..], &b""[..]);
                    for (number, field) in Fields(entry) {
                        match (number, field) {
                            (1, Field::Bytes(key)) => pair.0 = key,
                            (2, Field::Bytes(value)) => pair.1 = value,
                            _ => {}
                        }
                    }
                    file.metadata.insert(pair.0, pair.1);
                }
                _ => {}
            }
        }
        file
    }

    fn entry(&self, name: &str) -> Result<&'a str, String> {
        let value = self.metadata.get(name.as_bytes()).and_then(|value| std::str::from_utf8(value).ok());
        value.ok_or_else(|| format!("its metadata has no {name}"))
    }

    fn count(&self, name: &str) -> Result<usize, String> {
        self.entry(name)?.parse().map_err(|_| format!("{name} of its metadata is no number"))
    }

    /// The bytes of a tensor of that kind and shape, of which each number has `size` bytes.
    fn raw(&self, name: &str, kind: u64, dims: &[usize], size: usize) -> Result<&'a [u8], String> {
        let tensor = self.tensors.get(name.as_bytes()).ok_or_else(|| format!("it has no tensor {name}"))?;
        let bytes = dims.iter().try_fold(size, |bytes, dim| bytes.checked_mul(*dim));
        if tensor.kind != kind || tensor.dims != dims || bytes != Some(tensor.raw.len()) {
            return Err(format!("its tensor {name} has another kind or shape"));
        }
        Ok(tensor.raw)
    }

    /// How many rows a table has.
    fn rows(&self, name: &str) -> Result<usize, String> {
        let tensor = self.tensors.get(name.as_bytes()).ok_or_else(|| format!("it has no tensor {name}"))?;
        match tensor.dims.first() {
            Some(rows) if *rows > 0 => Ok(*rows),
            _ => Err(format!("its tensor {name} is empty")),
        }
    }

    fn floats(&self, name: &str, dims: &[usize]) -> Result<Vec<f32>, String> {
        let raw = self.raw(name, kind::FLOAT, dims, 4)?;
        Ok(raw.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect())
    }

    fn float(&self, name: &str) -> Result<f32, String> {
        Ok(self.floats(name, &[1])?[0])
    }

    fn int8(&self, name: &str, dims: &[usize]) -> Result<Vec<i8>, String> {
        Ok(self.raw(name, kind::INT8, dims, 1)?.iter().map(|byte| byte.cast_signed()).collect())
    }

    fn row(&self, name: &str) -> Result<Box<[f32; WIDTH]>, String> {
        Ok(self.floats(name, &[WIDTH])?.try_into().expect("as many as were asked for"))
    }

    fn scale(&self, name: &str) -> Result<Scale, String> {
        let scale = self.float(&format!("{name}.scale"))?;
        let zero = self.raw(&format!("{name}.zero"), kind::UINT8, &[1], 1)?[0];
        Ok(Scale { scale, zero })
    }

    fn weights(&self, name: &str, bias: &[f32], inputs: usize, from: Scale, kernel: Kernel) -> Result<Weights, String> {
        let values = self.int8(&format!("{name}.w8"), &[inputs, bias.len()])?;
        let scales = self.floats(&format!("{name}.ws"), &[bias.len()])?;
        Weights::new(&values, &scales, bias, inputs, from, kernel).map_err(|what| format!("{name}.w8: {what}"))
    }

    /// The weights of a linear layer whose bias stands beside them.
    fn linear(
        &self,
        name: &str,
        inputs: usize,
        outputs: usize,
        from: Scale,
        kernel: Kernel,
    ) -> Result<Weights, String> {
        self.weights(name, &self.floats(&format!("{name}.bias"), &[outputs])?, inputs, from, kernel)
    }

    /// The two linear layers of a layer's inside, up and down, without the numbers between them that nothing reads.
    fn inside(&self, at: &str, upwards: Scale, inner: Scale, kernel: Kernel) -> Result<(Weights, Weights), String> {
        let (up, down) = (format!("{at}.up"), format!("{at}.down"));
        let values = self.int8(&format!("{down}.w8"), &[INNER, WIDTH])?;
        let kept = read_of(&values, WIDTH);
        let of = |numbers: &[f32]| -> Vec<f32> { kept.iter().map(|n| numbers[*n]).collect() };
        let rows: Vec<i8> = kept.iter().flat_map(|n| &values[n * WIDTH..][..WIDTH]).copied().collect();
        let scales = self.floats(&format!("{down}.ws"), &[WIDTH])?;
        let bias = self.floats(&format!("{down}.bias"), &[WIDTH])?;
        let refuse = |name: String| move |what: String| format!("{name}.w8: {what}");
        let below = Weights::new(&rows, &scales, &bias, kept.len(), inner, kernel).map_err(refuse(down))?;
        let values = self.int8(&format!("{up}.w8"), &[WIDTH, INNER])?;
        let columns: Vec<i8> = values.chunks(INNER).flat_map(|row| kept.iter().map(|n| row[*n])).collect();
        let scales = of(&self.floats(&format!("{up}.ws"), &[INNER])?);
        let bias = of(&self.floats(&format!("{up}.bias"), &[INNER])?);
        Ok((Weights::new(&columns, &scales, &bias, WIDTH, upwards, kernel).map_err(refuse(up))?, below))
    }

    fn norm(&self, name: &str) -> Result<Norm, String> {
        Ok(Norm { scale: self.row(&format!("{name}.scale"))?, shift: self.row(&format!("{name}.shift"))? })
    }

    fn layer(&self, at: &str, kernel: Kernel) -> Result<Layer, String> {
        let linear =
            |name: &str, inputs, outputs, from| self.linear(&format!("{at}.{name}"), inputs, outputs, from, kernel);
        let scale = |name: &str| self.scale(&format!("{at}.{name}"));
        let into = scale("at_in")?;
        // The three that attention starts with have one bias, in this order.
        let biases = self.floats(&format!("{at}.qkv.bias"), &[3 * WIDTH])?;
        let mut biases = biases.chunks(WIDTH);
        let mut starts = |name: &str| {
            let bias = biases.next().expect("three were asked for");
            self.weights(&format!("{at}.{name}"), bias, WIDTH, into, kernel)
        };
        let (attended, upwards, inner) = (scale("at_o")?, scale("at_up")?, scale("at_down")?);
        let (up, down) = self.inside(at, upwards, inner, kernel)?;
        Ok(Layer {
            into,
            q: starts("q")?,
            k: starts("k")?,
            v: starts("v")?,
            attended,
            o: linear("o", WIDTH, WIDTH, attended)?,
            norm1: self.norm(&format!("{at}.norm1"))?,
            upwards,
            up,
            inner,
            down,
            norm2: self.norm(&format!("{at}.norm2"))?,
        })
    }

    /// So many layers. Packing them is most of what a start takes, so every other one is packed beside the rest.
    fn layers(&self, count: usize, kernel: Kernel) -> Result<Vec<Layer>, String> {
        let every_other = |first: usize| -> Vec<Result<Layer, String>> {
            (first..count).step_by(2).map(|n| self.layer(&format!("layers.{n}"), kernel)).collect()
        };
        let [mut even, mut odd] = thread::scope(|scope| {
            let odd = scope.spawn(|| every_other(1));
            let even = every_other(0);
            [even, odd.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))].map(Vec::into_iter)
        });
        (0..count).map_while(|n| if n % 2 == 0 { even.next() } else { odd.next() }).collect()
    }

    /// The head after so many layers, where there is one.
    fn exit(&self, after: usize, labels: usize, kernel: Kernel) -> Result<Option<Exit>, String> {
        let exit = format!("exit{after}");
        let at = |name: &str| format!("{exit}.{name}");
        if !self.tensors.contains_key(at("w8").as_bytes()) {
            return Ok(None);
        }
        let into = self.scale(&exit)?;
        Ok(Some(Exit {
            by: self.floats(&at("by"), &[VIEWS])?,
            centre: self.floats(&at("centre"), &[VIEWS])?,
            into,
            up: self.weights(&exit, &self.floats(&at("up.bias"), &[EXIT_HIDDEN])?, VIEWS, into, kernel)?,
            out: self.floats(&at("head.w"), &[labels, EXIT_HIDDEN])?,
            out_bias: self.floats(&at("head.bias"), &[labels])?,
            sure: self.float(&at("sure"))?,
            middle: self.float(&at("middle"))?,
            half: self.float(&at("half"))?,
        }))
    }
}

/// The numbers that some weight reads, of weights that lie as `[numbers, outputs]`: by whole windows of a tile, so that no tile and no
/// sum of 16 bits holds others than before, and the first window where nothing is read.
fn read_of(weights: &[i8], outputs: usize) -> Vec<usize> {
    let read = |window: &[i8]| window.iter().any(|weight| *weight != 0);
    let windows = weights.chunks(WINDOW * outputs).enumerate().filter(|(n, window)| *n == 0 || read(window));
    windows.flat_map(|(n, window)| n * WINDOW..n * WINDOW + window.len() / outputs).collect()
}

/// The network in an ONNX file.
///
/// # Errors
/// Where the file is not of this version, with what differs: then ONNX Runtime can still run it.
pub fn read(model: &[u8], kernel: Kernel) -> Result<Network, String> {
    let file = File::read(model);
    let version = file.entry("dealtone.network")?;
    if version != GRAPH {
        return Err(format!("its network has the version {version:?}, and {GRAPH:?} is computed here"));
    }
    if format!("{:x}", file.nodes.clone().finalize()) != file.entry("dealtone.nodes")? {
        return Err("the nodes of its graph are not those that were written into it".into());
    }
    let (layers, context_layers) = (file.count("dealtone.layers")?, file.count("dealtone.context_layers")?);
    if file.tensors.contains_key(format!("layers.{layers}.q.w8").as_bytes()) {
        return Err(format!("it has more than the {layers} layers of its metadata"));
    }
    let (words, positions, labels) = (file.rows("words.w8")?, file.rows("positions.w")?, file.rows("last.head.w")?);
    if labels <= SENTIMENTS {
        return Err(format!("it has {labels} outputs, too few for sentiment and intents"));
    }
    let separator = file.raw("sep", kind::INT64, &[1], 8)?;
    Ok(Network {
        kernel,
        words: file.int8("words.w8", &[words, WIDTH])?,
        word_scales: file.floats("words.ws", &[words, 1])?,
        positions: file.floats("positions.w", &[positions, WIDTH])?,
        norm: file.norm("norm")?,
        separator: i64::from_le_bytes(separator.try_into().expect("eight bytes were asked for")),
        layers: file.layers(layers, kernel)?,
        context_layers,
        exits: (1..=layers).map(|after| file.exit(after, labels, kernel)).collect::<Result<_, _>>()?,
        classifier: file.floats("last.head.w", &[labels, WIDTH])?,
        classifier_bias: file.floats("last.head.bias", &[labels])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field with a length below 128.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, content.len() as u8], content].concat()
    }

    fn file(dims: &[u8], raw: &[u8]) -> Vec<u8> {
        let tensor = [field(1, dims), vec![2 << 3, kind::FLOAT as u8], field(8, b"t"), field(9, raw)].concat();
        field(7, &field(5, &tensor))
    }

    #[test]
    fn numbers_that_no_weight_reads_are_left_out_by_windows() {
        let mut weights = vec![0; 320 * 2];
        assert_eq!(read_of(&weights, 2), (0..64).collect::<Vec<_>>(), "nothing is read");
        (weights[2 * 130 + 1], weights[2 * 319]) = (-1, 1);
        assert_eq!(read_of(&weights, 2), (0..64).chain(128..192).chain(256..320).collect::<Vec<_>>());
        weights.fill(3);
        assert_eq!(read_of(&weights, 2), (0..320).collect::<Vec<_>>(), "all are");
        assert_eq!(read_of(&weights[..2 * 80], 2), (0..80).collect::<Vec<_>>(), "a window and a part of one");
    }

    #[test]
    fn a_tensor_is_taken_where_kind_shape_and_size_are_as_asked() {
        let good = file(&[2, 1], &[0, 0, 128, 63, 0, 0, 0, 64]);
        assert_eq!(File::read(&good).floats("t", &[2, 1]), Ok(vec![1.0, 2.0]));
        assert!(File::read(&good).floats("t", &[1, 2]).is_err());
        assert!(File::read(&good).int8("t", &[2, 1]).is_err());
        assert!(File::read(&good).floats("u", &[2, 1]).is_err());
        let short = file(&[2, 1], &[0, 0, 128, 63]);
        assert!(File::read(&short).floats("t", &[2, 1]).is_err());
        // 2^62 rows of four bytes are 2^64 bytes, which is 0 where it overflows.
        let huge = file(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40], &[]);
        assert_eq!(File::read(&huge).rows("t"), Ok(1 << 62));
        assert!(File::read(&huge).floats("t", &[1 << 62]).is_err());
        assert!(File::read(&file(&[0], &[])).rows("t").is_err());
    }
}
