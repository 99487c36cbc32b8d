"""The model folder that ships: `config.json`, `tokenizer.json`, `model.onnx`. This file owns the contract with the program.

`config.json` is Hugging Face's, so that other tools can read the folder; everything that only dealtone needs is under `dealtone`.
"""
import hashlib
import json

from tokenizers import Tokenizer

from labels import INTENTS, LABELS, SENTIMENTS
from model import WIDTH, HEADS, pretrained_folder

# How an utterance becomes tokens. The same table is read by training (data.py) and written into config.json.
INPUT = {
    # "pair": (context, side prefix + text), encoded as two segments where there is a context, else as one.
    "template": "pair",
    # previous | short | none; "short" gives a context only to texts of at most `context_if_words_at_most` words.
    "context": "previous",
    "context_if_words_at_most": 12,
    # A longer context is cut to its last words: what was said last is what is being answered.
    "context_max_words": 24,
    "side_prefix": {"buyer": "buyer: ", "seller": "seller: ", "unknown": ""},
    # Longer texts are windowed by the program; nothing is cut by the tokenizer.
    "max_tokens": 128,
    # Words are what white space separates. The only normalisation: trim, and runs of white space become one space.
    "normalise": ["collapse_whitespace", "trim"],
}


# The tokens of the word table, in its order; None: all of the encoder's own. Set by `use_vocabulary` before anything is encoded.
_kept = None


def use_vocabulary(kept):
    """Makes `tokenizer()` the encoder's own with these of its tokens alone, numbered as listed; other words fall into pieces."""
    global _kept
    _kept = kept


def tokenizer():
    """The encoder's own tokenizer without its padding and truncation: windows and padding are the program's work."""
    path = pretrained_folder() / "tokenizer.json"
    if _kept is None:
        tok = Tokenizer.from_file(str(path))
    else:
        table = json.loads(path.read_text(encoding="utf-8"))
        words = {i: w for w, i in table["model"]["vocab"].items()}
        table["model"]["vocab"] = {words[i]: n for n, i in enumerate(_kept)}
        tok = Tokenizer.from_str(json.dumps(table))
    tok.no_padding()
    tok.no_truncation()
    return tok


def write(folder, onnx_bytes, net, thresholds, temperature, abstain, input_=INPUT):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(onnx_bytes)
    tokenizer().save(str(folder / "tokenizer.json"))
    config = {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "hidden_size": WIDTH, "num_hidden_layers": len(net.layers), "num_attention_heads": HEADS, "intermediate_size": 4 * WIDTH,
        "max_position_embeddings": net.positions.num_embeddings, "vocab_size": net.words.num_embeddings, "pad_token_id": 0,
        "problem_type": "multi_label_classification",
        "id2label": {str(i): x for i, x in enumerate(LABELS)},
        "label2id": {x: i for i, x in enumerate(LABELS)},
        "dealtone": {
            "version": 1,
            # Of words of another language it says what they look like to somebody who knows English alone.
            "language": "en",
            "model_sha256": hashlib.sha256(onnx_bytes).hexdigest(),
            "heads": {"sentiment": list(range(len(SENTIMENTS))), "intents": list(range(len(SENTIMENTS), len(LABELS)))},
            # sentiment = softmax(logits[sentiment] / temperature); the label is the arg max,
            # and "unclear" where the greatest probability is less than `abstain.below`.
            "sentiment_temperature": round(temperature, 4),
            "abstain": {"rule": "max_probability", "below": round(abstain, 3)},
            # An intent holds where sigmoid(logit) >= its threshold.
            "thresholds": {k: round(float(thresholds[k]), 3) for k in INTENTS},
            "input": input_,
        },
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
