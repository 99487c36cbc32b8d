"""Writes the network as an ONNX graph, node by node, in float or in static int8.

Why by hand: today's exporters leave attention in a dozen small nodes that ONNX Runtime does not fuse; one
`com.microsoft::MultiHeadAttention` node is exact and lighter. Int8 products are written as the node that ONNX Runtime would fuse them
into (`MatMulIntegerToFloat`), because that takes the bias along, and the activation by its tanh form, which training uses too: both
together 1.05 times as fast. And the places where int8 begins and ends are then in plain sight:

- each MatMul of the encoder reads a quantised activation (uint8, one fixed scale a tensor, from `quantise.py`) and weights of int8
  with a scale for each output channel; its result stays float, as do attention, layer norms, pooling and the head;
- the word table is int8 with a scale for each row, looked up first and widened after, so the file stays small.

Why a score never depends on its batch-mates: no scale is computed at run time; integer sums are exact in any order; padding adds
exact zeros; and the pooling and the head are sums over an axis of fixed meaning, not matrix products whose kernel (and so whose
rounding) changes with the number of rows.
"""
import hashlib

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper

import exits
from labels import LABELS, SENTIMENTS
from model import HEADS, SEP, WIDTH

MICROSOFT = "com.microsoft"
S = len(SENTIMENTS)


class Graph:
    def __init__(self):
        self.nodes, self.weights = [], []

    def const(self, name, value):
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind, inputs, name, domain="", **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name


# The version of what `build` writes: the program's own arithmetic (network/) knows graphs of this one by it.
NETWORK = 1
# What processors without a dot product of int8 add in 16 bits: by twos of four inputs, over 16 of them. The positive weights behind
# such a sum never sum to more than this, nor do the negative ones: 255 times it still fits.
MOST = 128


def symmetric(weight, coarser=0.0):
    """int8 numbers [in, out] and one scale for each column, at least as coarse as `coarser`."""
    scale = np.maximum(np.maximum(np.abs(weight).max(0) / 127, coarser), 1e-8)
    return np.clip(np.rint(weight / scale), -127, 127).astype(np.int8), scale.astype(np.float32)


def per_channel(weight):
    """int8 weights [in, out] of a product and one scale for each output channel.

    The scale is as coarse as it takes for the sums of 16 bits to be exact (MOST): every processor then sums the same, and network/ can
    add eight products before it widens them.
    """
    eight = weight.reshape(-1, 4, 2, 2, weight.shape[1]).transpose(0, 2, 1, 3, 4).reshape(-1, 8, weight.shape[1])
    most = np.maximum(np.maximum(eight, 0).sum(1), -np.minimum(eight, 0).sum(1)).max(0)
    # Rounding may add half a unit to each of the eight.
    return symmetric(weight, most / (MOST - 4))


def leaving(g, exit_, bars, x, weight3, mean, head, at):
    """The logits of a head for all rows, and the places, [rows that stay, 1], of those that it does not answer."""
    w = {k: v.detach().float().numpy() for k, v in exit_.state_dict().items()}
    far = g.const(f"{at}far", np.float32(-1e4))
    outside = g.op("Equal", [weight3, g.const(f"{at}none", np.float32(0))], f"{at}outside")
    top = g.op("ReduceMax", [g.op("Where", [outside, far, x], f"{at}inside"), g.const(f"{at}axis1m", np.array([1]))], f"{at}max", keepdims=1)
    views = g.op("Concat", [mean(x, weight3, at), top], f"{at}views", axis=2)
    # (views - centre) / spread, cut off at CLIP by the int8 form itself, whose sums are exact in any batch.
    scaled = g.op("Mul", [views, g.const(f"{at}by", 1 / w["spread"])], f"{at}scaled")
    z = g.op("Sub", [scaled, g.const(f"{at}centre", w["centre"] / w["spread"])], f"{at}standard")
    scale, zero = g.const(f"{at}scale", np.float32(2 * exits.CLIP / 254)), g.const(f"{at}zero", np.uint8(127))
    q = g.op("QuantizeLinear", [z, scale, zero], f"{at}q")
    values, by = per_channel(w["up.weight"].T)
    a = g.op("MatMulIntegerToFloat", [q, g.const(f"{at}w8", values), scale, g.const(f"{at}ws", by), zero,
                                      g.const(f"{at}w0", np.zeros(len(by), np.int8)), g.const(f"{at}up.bias", w["up.bias"])], f"{at}up", MICROSOFT)
    logits = head(g.op("FastGelu", [a], f"{at}gelu", MICROSOFT), w["out.weight"], w["out.bias"], at)
    tone, intents = (g.op("Slice", [logits, g.const(f"{at}{n}.from", np.array([b])), g.const(f"{at}{n}.to", np.array([e])), g.const(f"{at}{n}.axis", np.array([1]))], f"{at}{n}")
                     for n, b, e in (("tone", 0, S), ("intents", S, len(LABELS))))
    surest = g.op("ReduceMax", [g.op("Softmax", [tone], f"{at}p", axis=1), g.const(f"{at}axis1s", np.array([1]))], f"{at}surest", keepdims=0)
    unsure = g.op("Less", [surest, g.const(f"{at}sure", np.float32(bars.sure))], f"{at}unsure")
    # An intent is in doubt where its logit lies within the band: nearer to the middle of it than its half width.
    low, high = (np.float32(np.log(p / (1 - p))) for p in bars.doubt)
    from_middle = g.op("Abs", [g.op("Sub", [intents, g.const(f"{at}middle", (low + high) / 2)], f"{at}off")], f"{at}from_middle")
    nearest = g.op("ReduceMin", [from_middle, g.const(f"{at}axis1i", np.array([1]))], f"{at}nearest", keepdims=0)
    in_doubt = g.op("Less", [nearest, g.const(f"{at}half", (high - low) / 2)], f"{at}in_doubt")
    stay = g.op("Or", [unsure, in_doubt], f"{at}stay")
    return logits, g.op("Transpose", [g.op("NonZero", [stay], f"{at}nonzero")], f"{at}places", perm=[1, 0])


def build(net, ranges=None, keep_float=(), leave=None):
    """The ONNX model of `net`; static int8 where `ranges` gives {tensor: (low, high)}, save for the tensors in `keep_float`.

    `leave` gives {number of layers: head}: rows of which that head is sure are answered by it and left out of the layers above.
    """
    w = {k: v.detach().float().numpy() for k, v in net.state_dict().items()}
    g = Graph()
    int8 = ranges is not None

    def quantised(x, at):
        if not int8 or at in keep_float:
            return x
        low, high = min(ranges[at][0], 0.0), max(ranges[at][1], 0.0)
        scale = np.float32((high - low) / 255)
        zero = np.uint8(np.clip(np.rint(-low / scale), 0, 255))
        s, z = g.const(f"{at}.scale", scale), g.const(f"{at}.zero", zero)
        return g.op("QuantizeLinear", [x, s, z], f"{at}.q"), s, z

    def linear(x, name, at, bias=True):
        weight = w[f"{name}.weight"].T
        bias = [g.const(f"{name}.bias", w[f"{name}.bias"])] if bias else []
        if int8 and at not in keep_float:
            values, scale = per_channel(weight)
            (q, s, z), zero = x, g.const(f"{name}.w0", np.zeros(len(scale), np.int8))
            return g.op("MatMulIntegerToFloat", [q, g.const(f"{name}.w8", values), s, g.const(f"{name}.ws", scale), z, zero, *bias], f"{name}.out", MICROSOFT)
        y = g.op("MatMul", [x, g.const(f"{name}.w", weight)], f"{name}.matmul")
        return g.op("Add", [y, *bias], f"{name}.out") if bias else y

    def norm(x, name):
        scale, shift = g.const(f"{name}.scale", w[f"{name}.weight"]), g.const(f"{name}.shift", w[f"{name}.bias"])
        return g.op("LayerNormalization", [x, scale, shift], f"{name}.out", axis=-1, epsilon=1e-12)

    # Words and positions.
    table = w["words.weight"]
    if int8:
        values, scale = symmetric(table.T)
        rows = g.op("Gather", [g.const("words.w8", values.T), "input_ids"], "words.rows")
        scales = g.op("Gather", [g.const("words.ws", scale[:, None]), "input_ids"], "words.scales")
        x = g.op("Mul", [g.op("Cast", [rows], "words.float", to=T.FLOAT), scales], "words.out")
    else:
        x = g.op("Gather", [g.const("words.w", table), "input_ids"], "words.out")
    length = g.op("Shape", ["input_ids"], "length", start=1, end=2)
    place = g.op("Slice", [g.const("positions.w", w["positions.weight"]), g.const("zero", np.array([0])), length, g.const("axis0", np.array([0]))], "positions.out")
    x = norm(g.op("Add", [x, place], "embeddings"), "norm")
    mask32 = g.op("Cast", ["attention_mask"], "mask32", to=T.INT32)

    # Which tokens the mean is taken over: those of the last segment (see model.py).
    sep = g.op("Cast", [g.op("Equal", ["input_ids", g.const("sep", np.int64(SEP))], "is_sep")], "sep_float", to=T.FLOAT)
    count = g.op("CumSum", [sep, g.const("axis1", np.int64(1))], "seps_so_far", exclusive=1)
    total = g.op("ReduceSum", [sep, g.const("axis1s", np.array([1]))], "seps", keepdims=1)
    last = g.op("Equal", [count, g.op("Sub", [total, g.const("one", np.float32(1))], "seps_before_last")], "in_last")
    mask = g.op("Cast", ["attention_mask"], "mask", to=T.FLOAT)
    weight = g.op("Mul", [g.op("Cast", [last], "in_last_float", to=T.FLOAT), mask], "weight")
    weight3 = g.op("Unsqueeze", [weight, g.const("axis2", np.array([2]))], "weight3")

    def mean(x, weight, at):
        """Over the tokens of the last segment, [rows, 1, width]: the last of a running sum, which is the same in every batch."""
        running = g.op("CumSum", [g.op("Mul", [x, weight], f"{at}in_last_hidden"), g.const(f"{at}axis1r", np.int64(1))], f"{at}pool_running")
        summed = g.op("Gather", [running, g.const(f"{at}last", np.array([-1]))], f"{at}pool_sum", axis=1)
        size = g.op("ReduceSum", [weight, g.const(f"{at}axis1z", np.array([1]))], f"{at}pool_size", keepdims=1)
        return g.op("Div", [summed, size], f"{at}pooled")

    def head(pooled, weight, bias, at):
        """As an element-wise product and a sum."""
        each = g.op("Mul", [pooled, g.const(f"{at}head.w", weight)], f"{at}head.each")
        out = g.op("ReduceSum", [each, g.const(f"{at}axis_last", np.array([2]))], f"{at}head.sum", keepdims=0)
        return g.op("Add", [out, g.const(f"{at}head.bias", bias)], f"{at}logits")

    def flat(x, at):
        """Rows and tokens as one axis: [rows × tokens, width]."""
        return g.op("Reshape", [x, g.const(f"{at}.shape", np.array([-1, WIDTH]))], at)

    def own_tokens(weight3, at):
        """Where the tokens of the utterances stand among all tokens of all rows, and where in rows of their own, and back.

        The tokens of an utterance stand side by side; so the place in its own row is known from how many there are.
        """
        line, axis0 = g.const(f"{at}.line", np.array([-1])), g.const(f"{at}.axis0", np.array([0]))
        first, one = g.const(f"{at}.first", np.int64(0)), g.const(f"{at}.one", np.int64(1))
        def where(x, name):
            found = g.op("NonZero", [g.op("Reshape", [x, line], f"{at}.{name}.line")], f"{at}.{name}.found")
            return found, g.op("Squeeze", [found, axis0], f"{at}.{name}")
        found, among_all = where(weight3, "among_all")
        many = g.op("Cast", [g.op("ReduceSum", [weight3, g.const(f"{at}.axes", np.array([1, 2]))], f"{at}.sum", keepdims=0)], f"{at}.many", to=T.INT64)
        before = g.op("CumSum", [many, first], f"{at}.before", exclusive=1)
        # With a 0 beside, because all rows may have left by now.
        most = g.op("ReduceMax", [g.op("Concat", [many, g.const(f"{at}.nought", np.array([0]))], f"{at}.many_or_none", axis=0)], f"{at}.most", keepdims=0)
        place = g.op("Range", [first, most, one], f"{at}.place")
        column = {n: g.op("Unsqueeze", [t, g.const(f"{at}.axis1{n}", np.array([1]))], f"{at}.{n}") for n, t in (("many2", many), ("before2", before))}
        last = g.op("Sub", [column["many2"], one], f"{at}.last")
        into_rows = g.op("Add", [g.op("Min", [place, last], f"{at}.within"), column["before2"]], f"{at}.into_rows")
        _, out_of_rows = where(g.op("Less", [place, column["many2"]], f"{at}.filled"), "out_of_rows")
        return {"among_all": among_all, "scatter": g.op("Transpose", [found], f"{at}.scatter", perm=[1, 0]), "into_rows": into_rows, "out_of_rows": out_of_rows}

    early, own = [], None
    for i in range(len(net.layers)):
        p = f"layers.{i}"
        if i >= net.context_layers and not own:
            own = own_tokens(weight3, p)
        a = quantised(x, f"{p}.at_in")
        k, v = (linear(a, f"{p}.{n}", f"{p}.at_in", bias=False) for n in "kv")
        all_ = x
        if own:
            # Only the tokens of the utterance change from here on; those of the context are read by attention as they are.
            x = g.op("Gather", [flat(x, f"{p}.flat_x"), own["among_all"]], f"{p}.own_x", axis=0)
            a = (g.op("Gather", [flat(a[0], f"{p}.flat_q"), own["among_all"]], f"{p}.own_q", axis=0), *a[1:]) if isinstance(a, tuple) else x
        q = linear(a, f"{p}.q", f"{p}.at_in", bias=False)
        if own:
            q = g.op("Gather", [q, own["into_rows"]], f"{p}.q_rows", axis=0)
        bias = g.const(f"{p}.qkv.bias", np.concatenate([w[f"{p}.{n}.bias"] for n in "qkv"]))
        a = g.op("MultiHeadAttention", [q, k, v, bias, mask32], f"{p}.attention", MICROSOFT, num_heads=HEADS)
        if own:
            a = g.op("Gather", [flat(a, f"{p}.flat_a"), own["out_of_rows"]], f"{p}.own_a", axis=0)
        a = linear(quantised(a, f"{p}.at_o"), f"{p}.o", f"{p}.at_o")
        # Two plain nodes: one SkipLayerNormalization would do the same, 1.2 times slower over the whole model (runtime 1.32).
        x = norm(g.op("Add", [a, x], f"{p}.sum1"), f"{p}.norm1")
        a = linear(quantised(x, f"{p}.at_up"), f"{p}.up", f"{p}.at_up")
        a = g.op("FastGelu", [a], f"{p}.gelu", MICROSOFT)
        a = linear(quantised(a, f"{p}.at_down"), f"{p}.down", f"{p}.at_down")
        x = norm(g.op("Add", [a, x], f"{p}.sum2"), f"{p}.norm2")
        if own:
            changed = g.op("ScatterND", [flat(all_, f"{p}.flat_all"), own["scatter"], x], f"{p}.changed")
            x = g.op("Reshape", [changed, g.op("Shape", [all_], f"{p}.rows")], f"{p}.out")
        if leave and i + 1 in leave:
            logits, places = leaving(g, leave[i + 1], exits.BARS[len(net.layers)], x, weight3, mean, head, f"exit{i + 1}.")
            early.append((logits, places))
            rows = g.op("Squeeze", [places, g.const(f"exit{i + 1}.axis1", np.array([1]))], f"exit{i + 1}.rows")
            x, mask32, weight3 = (g.op("Gather", [t, rows], f"exit{i + 1}.{n}", axis=0) for n, t in (("x", x), ("mask32", mask32), ("weight3", weight3)))
            own = None

    out = head(mean(x, weight3, ""), w["head.weight"], w["head.bias"], "last.")
    # Every row's answer in its place: those of the layers above over those of the heads below.
    for logits, places in reversed(early):
        out = g.op("ScatterND", [logits, places, out], f"{logits}.merged")
    g.op("Identity", [out], "logits")

    def io(name, kind, shape):
        return helper.make_tensor_value_info(name, kind, shape)
    graph = helper.make_graph(g.nodes, "dealtone", [io("input_ids", T.INT64, ["batch", "tokens"]), io("attention_mask", T.INT64, ["batch", "tokens"])],
                              [io("logits", T.FLOAT, ["batch", len(LABELS)])], g.weights)
    model = helper.make_model(graph, producer_name="dealtone", ir_version=10,
                              opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid(MICROSOFT, 1)])
    nodes = hashlib.sha256(b"".join(node.SerializeToString() for node in model.graph.node)).hexdigest()
    helper.set_model_props(model, {"dealtone.network": str(NETWORK), "dealtone.nodes": nodes, "dealtone.layers": str(len(net.layers)),
                                   "dealtone.context_layers": str(net.context_layers)})
    onnx.checker.check_model(model)
    return model
