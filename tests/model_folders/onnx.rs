//! Writes tiny ONNX classifiers, so that a test can have a model folder of any shape without a download.
//!
//! The graph looks up a row of numbers for each token, adds the rows of the tokens that the mask keeps, and calls the
//! sum `logits`: a bag of words. Field numbers are those of `onnx.proto` (ONNX IR version 8, opset 13). What exporters do
//! differently is a field of [`Graph`].

/// What the graph looks like.
pub struct Graph {
    /// A row of numbers a token id, one number a label.
    pub table: Vec<Vec<f32>>,
    /// Whether it asks for `token_type_ids` (which it ignores, but for adding zero times their sum).
    pub token_type_ids: bool,
    /// The name of its first input; `input_ids` unless a test wants it wrong.
    pub ids_name: &'static str,
    /// The name of its output.
    pub output_name: &'static str,
    /// Whether it leaves out the tokens that the mask does; if not, padding counts.
    pub masked: bool,
    /// The type of its inputs.
    pub input_type: u64,
    /// The type of its output.
    pub output_type: u64,
    /// The dimensions of its inputs that are not free: how many texts, how many tokens.
    pub fixed: [Option<u64>; 2],
    /// The file beside it that holds the table.
    pub table_file: Option<&'static str>,
}

impl Default for Graph {
    fn default() -> Graph {
        Graph {
            table: Vec::new(),
            token_type_ids: false,
            ids_name: "input_ids",
            output_name: "logits",
            masked: true,
            input_type: INT64,
            output_type: FLOAT,
            fixed: [None, None],
            table_file: None,
        }
    }
}

const FLOAT: u64 = 1;
pub const INT32: u64 = 6;
const INT64: u64 = 7;
pub const FLOAT16: u64 = 10;

/// The bytes of its table.
pub fn table(graph: &Graph) -> Vec<u8> {
    graph.table.iter().flatten().flat_map(|x| x.to_le_bytes()).collect()
}

/// The bytes of `model.onnx`.
pub fn model(graph: &Graph) -> Vec<u8> {
    let labels = graph.table[0].len();
    let mut g = Message::default();
    g.message(1, node("Gather", &["table", graph.ids_name], "rows", &[]));
    g.message(1, node("Cast", &["attention_mask"], "kept", &[("to", FLOAT)]));
    g.message(1, node("Unsqueeze", &["kept", "last_axis"], "kept_rows", &[]));
    g.message(1, node("Mul", &["rows", "kept_rows"], "masked", &[]));
    let counted = if graph.masked { "masked" } else { "rows" };
    g.message(1, node("ReduceSum", &[counted, "token_axis"], "sum", &[("keepdims", 0)]));
    let last = if graph.token_type_ids {
        g.message(1, node("Cast", &["token_type_ids"], "types", &[("to", FLOAT)]));
        g.message(1, node("Mul", &["types", "zero"], "no_types", &[]));
        g.message(1, node("ReduceSum", &["no_types", "token_axis"], "nothing", &[("keepdims", 1)]));
        g.message(1, node("Add", &["sum", "nothing"], "typed", &[]));
        g.message(5, tensor("zero", &[1], FLOAT, &0_f32.to_le_bytes()));
        "typed"
    } else {
        "sum"
    };
    g.message(1, node("Cast", &[last], graph.output_name, &[("to", graph.output_type)]));
    g.text(2, "bag of words");
    let shape = [graph.table.len() as u64, labels as u64];
    g.message(
        5,
        match graph.table_file {
            Some(file) => tensor_elsewhere("table", &shape, FLOAT, file),
            None => tensor("table", &shape, FLOAT, &table(graph)),
        },
    );
    g.message(5, tensor("last_axis", &[1], INT64, &2_i64.to_le_bytes()));
    g.message(5, tensor("token_axis", &[1], INT64, &1_i64.to_le_bytes()));
    g.message(11, value(graph.ids_name, graph.input_type, graph.fixed));
    g.message(11, value("attention_mask", graph.input_type, graph.fixed));
    if graph.token_type_ids {
        g.message(11, value("token_type_ids", graph.input_type, graph.fixed));
    }
    g.message(12, value(graph.output_name, graph.output_type, [graph.fixed[0], None]));
    let mut opset = Message::default();
    opset.text(1, "");
    opset.number(2, 13);
    let mut model = Message::default();
    model.number(1, 8);
    model.message(8, opset);
    model.message(7, g);
    model.0
}

fn node(op: &str, inputs: &[&str], output: &str, attributes: &[(&str, u64)]) -> Message {
    let mut node = Message::default();
    inputs.iter().for_each(|input| node.text(1, input));
    node.text(2, output);
    node.text(4, op);
    for (name, value) in attributes {
        let mut attribute = Message::default();
        attribute.text(1, name);
        attribute.number(3, *value);
        attribute.number(20, 2);
        node.message(5, attribute);
    }
    node
}

fn tensor(name: &str, shape: &[u64], kind: u64, raw: &[u8]) -> Message {
    let mut tensor = Message::default();
    shape.iter().for_each(|d| tensor.number(1, *d));
    tensor.number(2, kind);
    tensor.text(8, name);
    tensor.bytes(9, raw);
    tensor
}

/// A tensor whose numbers are all of a file beside the model.
fn tensor_elsewhere(name: &str, shape: &[u64], kind: u64, file: &str) -> Message {
    let mut tensor = Message::default();
    shape.iter().for_each(|d| tensor.number(1, *d));
    tensor.number(2, kind);
    tensor.text(8, name);
    let mut location = Message::default();
    location.text(1, "location");
    location.text(2, file);
    tensor.message(13, location);
    tensor.number(14, 1);
    tensor
}

/// A value of two dimensions, free where they are not fixed.
fn value(name: &str, kind: u64, fixed: [Option<u64>; 2]) -> Message {
    let mut shape = Message::default();
    for (dimension, fixed) in ["batch", "other"].into_iter().zip(fixed) {
        let mut d = Message::default();
        match fixed {
            Some(size) => d.number(1, size),
            None => d.text(2, dimension),
        }
        shape.message(1, d);
    }
    let mut tensor = Message::default();
    tensor.number(1, kind);
    tensor.message(2, shape);
    let mut kind = Message::default();
    kind.message(1, tensor);
    let mut value = Message::default();
    value.text(1, name);
    value.message(2, kind);
    value
}

/// A protobuf message under construction.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }

    fn number(&mut self, field: u64, n: u64) {
        self.varint(field << 3);
        self.varint(n);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    fn message(&mut self, field: u64, message: Message) {
        self.bytes(field, &message.0);
    }
}
