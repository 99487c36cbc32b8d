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
    /// A token that every batch must hold: without it the run fails, as where a model reads a row at its end token.
    pub needs_token: Option<i64>,
    /// How many positions it has: a longer row fails.
    pub positions: Option<usize>,
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
            needs_token: None,
            positions: None,
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
    let mut rows = "rows";
    if let Some(count) = graph.positions {
        // Added to every token, as models do: the runtime may make a slice of the look-up, which alone would not fail.
        g.message(5, tensor("positions", &[count as u64, 1], FLOAT, &vec![0; 4 * count]));
        g.message(1, node("Shape", &[graph.ids_name], "shape", &[]));
        g.message(1, node("Gather", &["shape", "index_1"], "length", &[]));
        g.message(1, node("Range", &["index_0", "length", "index_1"], "range", &[]));
        g.message(1, node("Gather", &["positions", "range"], "position", &[]));
        g.message(1, node("Add", &["rows", "position"], "placed_rows", &[]));
        rows = "placed_rows";
    }
    g.message(1, node("Mul", &[rows, "kept_rows"], "masked", &[]));
    let counted = if graph.masked { "masked" } else { rows };
    g.message(1, node("ReduceSum", &[counted, "token_axis"], "sum", &[("keepdims", 0)]));
    let mut last = "sum";
    g.message(5, tensor("zero", &[1], FLOAT, &0_f32.to_le_bytes()));
    for (name, number) in [("index_0", 0_i64), ("index_1", 1)] {
        g.message(5, tensor(name, &[], INT64, &number.to_le_bytes()));
    }
    g.message(5, tensor("first_axis", &[1], INT64, &0_i64.to_le_bytes()));
    if graph.token_type_ids {
        g.message(1, node("Cast", &["token_type_ids"], "types", &[("to", FLOAT)]));
        g.message(1, node("Mul", &["types", "zero"], "no_types", &[]));
        g.message(1, node("ReduceSum", &["no_types", "token_axis"], "nothing", &[("keepdims", 1)]));
        g.message(1, node("Add", &["sum", "nothing"], "typed", &[]));
        last = "typed";
    }
    if let Some(token) = graph.needs_token {
        g.message(5, tensor("needed", &[], INT64, &token.to_le_bytes()));
        g.message(1, node("Equal", &[graph.ids_name, "needed"], "is_needed", &[]));
        g.message(1, node("NonZero", &["is_needed"], "places", &[]));
        g.message(1, node("Gather", &["places", "index_0"], "first_place", &[("axis", 1)]));
        g.message(1, node("Cast", &["first_place"], "place", &[("to", FLOAT)]));
        g.message(1, node("Mul", &["place", "zero"], "no_place", &[]));
        g.message(1, node("ReduceSum", &["no_place", "first_axis"], "nowhere", &[("keepdims", 1)]));
        g.message(1, node("Add", &[last, "nowhere"], "placed", &[]));
        last = "placed";
    }
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
