#!/usr/bin/env python3
"""Load what `dealtone analyze` wrote into the tools that people use, and check types and numbers.

    python3 tables.py OUT          OUT holds the .jsonl files, and .csv and .parquet where they were asked for

Needs pandas, pyarrow, duckdb, openpyxl and jsonschema. With `--schemas DIR` (one `NAME.json` each, as printed by
`dealtone schema NAME`) every line of the .jsonl files is validated too. Exits 1 where something does not hold.
"""
import json
import pathlib
import sys
import tempfile

import duckdb
import openpyxl
import pandas as pd
import pyarrow.parquet as pq

# What each tool should make of some columns: table, column, pandas kind, DuckDB type in Parquet.
TYPES = [
    ("utterances", "started_at", "M", "TIMESTAMP WITH TIME ZONE"),
    ("utterances", "turn", "i", "BIGINT"),
    ("utterances", "negative", "f", "DOUBLE"),
    ("utterances", "unclear", "b", "BOOLEAN"),
    ("utterances", "text", "O", "VARCHAR"),
    ("utterances", "intents", "O", "MAP(VARCHAR, DOUBLE)"),
    ("conversations", "buyer_tone", "f", "DOUBLE"),
    ("conversations", "people", "O", "VARCHAR[]"),
    ("deals", "health", "if", "BIGINT"),
    ("deals", "as_of", "M", "TIMESTAMP WITH TIME ZONE"),
    ("deals", "close_date", "OM", "DATE"),
    ("deals", "risks", "O", "VARCHAR[]"),
    ("findings", "confidence", "f", "DOUBLE"),
    ("findings", "turn", "if", "BIGINT"),
    ("readings", "value", "f", "DOUBLE"),
]
TABLES = ["utterances", "conversations", "deals", "findings", "readings"]
failed = 0


def check(what, ok, detail=""):
    global failed
    failed += not ok
    print(f"{'ok  ' if ok else 'FAIL'} {what}{': ' + str(detail) if detail != '' else ''}")


def lines(path):
    return [json.loads(x) for x in open(path, encoding="utf-8")]


def kind(column):
    code = column.dtype.kind
    return "O" if code in "OTU" or str(column.dtype) in ("str", "string") else code


def main(argv):
    schemas = pathlib.Path(argv.pop(argv.index("--schemas") + 1)) if "--schemas" in argv else None
    out = pathlib.Path([x for x in argv if x != "--schemas"][0])
    spoken = {name: lines(out / f"{name}.jsonl") for name in ("utterances", "deals", "skipped")}
    rows = {"utterances": len(spoken["utterances"]), "deals": len(spoken["deals"]),
            "findings": sum(len(d["risks"]) + len(d["coaching"]) for d in spoken["deals"]),
            "readings": sum(len(d["readings"]) for d in spoken["deals"]),
            "conversations": None}
    check("pandas reads the lines", len(pd.read_json(out / "utterances.jsonl", lines=True)) == rows["utterances"])
    for name in TABLES:
        for ending in ("csv", "parquet"):
            path = out / f"{name}.{ending}"
            if not path.exists():
                print(f"     no {path.name}")
                continue
            frame = pd.read_csv(path) if ending == "csv" else pd.read_parquet(path)
            duck = duckdb.sql(f"select * from read_{'csv' if ending == 'csv' else 'parquet'}('{path}'"
                              + (", quote='\"', escape='\"', strict_mode=true, sample_size=-1" if ending == "csv" else "") + ")")
            count = duck.aggregate("count(*)").fetchall()[0][0]
            wanted = rows[name] if rows[name] is not None else len(frame)
            check(f"{path.name}: rows in pandas and DuckDB", len(frame) == count == wanted, f"{len(frame)}, {count}, expected {wanted}")
            types = dict(zip(duck.columns, map(str, duck.types)))
            for table, column, pandas_kind, duck_type in TYPES:
                if table != name or not len(frame) or frame[column].isna().all():
                    continue
                if ending == "parquet":
                    check(f"{path.name}: {column}", kind(frame[column]) in pandas_kind and types[column] == duck_type, f"{frame[column].dtype}, {types[column]}")
                elif pandas_kind in ("f", "i", "if", "b"):
                    check(f"{path.name}: {column} is a number", kind(frame[column]) in "ifb", frame[column].dtype)
        if (out / f"{name}.parquet").exists():
            codec = {pq.ParquetFile(out / f"{name}.parquet").metadata.row_group(0).column(0).compression} if rows[name] != 0 else {"ZSTD"}
            check(f"{name}.parquet is zstd", codec == {"ZSTD"}, codec)
    if (out / "utterances.parquet").exists():
        said = pd.read_parquet(out / "utterances.parquet")
        check("utterances.parquet holds the words verbatim, in order", list(said["text"]) == [x["text"] for x in spoken["utterances"]])
        check("and the probabilities to the millionth", list(said["negative"]) == [x["sentiment"]["negative"] for x in spoken["utterances"]])
        query = f"select count(*) from '{out}/utterances.parquet' where intents['price_objection'] is not null and side = 'buyer'"
        mine = sum("price_objection" in x["intents"] and x["side"] == "buyer" for x in spoken["utterances"])
        check("DuckDB counts the buyer's price objections", duckdb.sql(query).fetchall()[0][0] == mine, mine)
    for name in TABLES + ["salesforce", "hubspot"]:
        if (out / f"{name}.csv").exists():
            formulas(out / f"{name}.csv")
    if schemas:
        import jsonschema
        for name, all_lines in spoken.items():
            schema = json.loads((schemas / f"{name}.json").read_text())
            validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
            jsonschema.Draft202012Validator.check_schema(schema)
            wrong = next((e for x in all_lines for e in validator.iter_errors(x)), None)
            check(f"{name}.jsonl fits its schema", wrong is None, "" if wrong is None else wrong.message[:200])
    print(f"{failed} failed" if failed else "all well")
    return failed > 0


def formulas(path):
    """The file as a workbook: no cell may be taken for a formula, and numbers stay numbers."""
    frame = pd.read_csv(path, keep_default_na=False, dtype=str)
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in frame.itertuples(index=False):
            sheet.append([x[:32767] for x in row])
        book.save(file.name)
        cells = [c for row in openpyxl.load_workbook(file.name).active.iter_rows() for c in row]
    check(f"{path.name}: no formula in a workbook", not any(c.data_type == "f" for c in cells), f"{len(cells)} cells")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
