//! A table as Parquet, typed and zstd-compressed: moments are UTC timestamps, days are dates, names are lists, scores are
//! maps. Words are verbatim.

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{
        BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder, MapBuilder, StringBuilder,
        TimestampMillisecondBuilder,
    },
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

use super::table::{Cell, Column, Kind, Table};

/// The whole file.
pub fn write(table: &Table) -> Vec<u8> {
    // The columns of a table are of equal length and their cells of the column's kind, and memory does not refuse a write.
    const SURE: &str = "columns of equal length, written to memory";
    let batch =
        RecordBatch::try_from_iter_with_nullable(table.columns.iter().map(|c| (c.name, array(c), true))).expect(SURE);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("dealtone ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect(SURE);
    writer.write(&batch).expect(SURE);
    writer.into_inner().expect(SURE)
}

fn array(column: &Column) -> ArrayRef {
    let cells = column.cells.iter();
    match column.kind {
        Kind::Text => fill(StringBuilder::new(), cells, |b, c| match c {
            Cell::Text(text) => b.append_value(text),
            _ => b.append_null(),
        }),
        Kind::Whole => fill(Int64Builder::new(), cells, |b, c| match c {
            Cell::Whole(n) => b.append_value(*n),
            _ => b.append_null(),
        }),
        Kind::Number => fill(Float64Builder::new(), cells, |b, c| match c {
            Cell::Number(x) => b.append_value(*x),
            _ => b.append_null(),
        }),
        Kind::Flag => fill(BooleanBuilder::new(), cells, |b, c| match c {
            Cell::Flag(yes) => b.append_value(*yes),
            _ => b.append_null(),
        }),
        Kind::Moment => fill(TimestampMillisecondBuilder::new().with_timezone("UTC"), cells, |b, c| match c {
            Cell::Moment(at) => b.append_value(at.as_millisecond()),
            _ => b.append_null(),
        }),
        Kind::Day => fill(Date32Builder::new(), cells, |b, c| match c {
            Cell::Day(day) => b.append_value(days_since_1970(*day)),
            _ => b.append_null(),
        }),
        Kind::Names => fill(ListBuilder::new(StringBuilder::new()), cells, |b, c| match c {
            Cell::Names(names) => b.append_value(names.iter().copied().map(Some)),
            _ => b.append_null(),
        }),
        Kind::Scores => fill(MapBuilder::new(None, StringBuilder::new(), Float64Builder::new()), cells, |b, c| {
            if let Cell::Scores(all) = c {
                for (name, x) in all {
                    b.keys().append_value(name);
                    b.values().append_value(*x);
                }
            }
            b.append(matches!(c, Cell::Scores(_))).expect("as many keys as values");
        }),
    }
}

fn fill<'a, B: arrow_array::builder::ArrayBuilder>(
    mut builder: B,
    cells: impl Iterator<Item = &'a Cell<'a>>,
    mut put: impl FnMut(&mut B, &Cell),
) -> ArrayRef {
    cells.for_each(|c| put(&mut builder, c));
    builder.finish()
}

fn days_since_1970(day: jiff::civil::Date) -> i32 {
    (day - jiff::civil::date(1970, 1, 1)).get_days()
}
