using System.Globalization;
using System.Numerics;
using Parquet;
using Parquet.Schema;

namespace PgmCluster.Data.Tables;

/// <summary>Pictures in a Parquet file; a row group is read at once, as its columns are compressed so.</summary>
internal sealed class ParquetTable : ITable
{
    private const int MostGroups = 1_000_000, MostRows = 1 << 20;
    private readonly ParquetReader _reader;
    private readonly ParquetColumns _columns;

    private ParquetTable(ParquetReader reader, ParquetColumns columns, TableLayout layout) =>
        (_reader, _columns, Layout) = (reader, columns, layout);

    public TableLayout Layout { get; }

    /// <exception cref="FormatException">It holds no pictures.</exception>
    public static async Task<ParquetTable> OpenAsync(Stream file)
    {
        var reader = await ParquetReader.CreateAsync(file);
        var features = HuggingFaceFeatures.Of(reader.CustomMetadata.GetValueOrDefault(HuggingFaceFeatures.Key));
        var columns = ParquetColumns.Of(reader.Schema, features);
        if (reader.RowGroupCount > MostGroups) throw new FormatException($"it has {reader.RowGroupCount} row groups");
        // As many as Arrow writes unless told otherwise: each is a key in memory, also where it has no picture.
        var groups = reader.RowGroups.Select(g => g.RowCount is >= 0 and <= MostRows
            ? (int)g.RowCount
            : throw new FormatException($"a row group of it has {g.RowCount} rows, and one may have {MostRows}")).ToList();
        return new ParquetTable(reader, columns, new TableLayout(groups)
        {
            Columns = columns.Words,
            ClassNames = columns.ClassNames,
            HasBytes = columns.Bytes is not null,
            HasPaths = columns.Path is not null,
        });
    }

    public async IAsyncEnumerable<byte[]> ReadAsync(ReadRows asked)
    {
        var group = _reader.OpenRowGroupReader(asked.Group);
        var bytes = await TakeAsync<ReadOnlyMemory<byte>>(group, _columns.Bytes);
        var paths = await TakeAsync<ReadOnlyMemory<char>>(group, _columns.Path);
        var labels = await LabelsAsync(group);
        for (var row = asked.First; row < asked.First + asked.Count; row++)
            yield return new TableRow(labels[row], paths[row]?.ToString(), bytes[row]?.ToArray()).ToContent();
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    private async Task<string?[]> LabelsAsync(ParquetRowGroupReader group)
    {
        var field = _columns.Label;
        if (field is null) return new string?[group.RowCount];
        if (field.ClrType == typeof(long)) return await NumbersAsync<long>(group);
        if (field.ClrType == typeof(int)) return await NumbersAsync<int>(group);
        if (field.ClrType == typeof(short)) return await NumbersAsync<short>(group);
        if (field.ClrType == typeof(ushort)) return await NumbersAsync<ushort>(group);
        if (field.ClrType == typeof(sbyte)) return await NumbersAsync<sbyte>(group);
        if (field.ClrType == typeof(byte)) return await NumbersAsync<byte>(group);
        return [.. (await TakeAsync<ReadOnlyMemory<char>>(group, field)).Select(l => l is { Length: > 0 } text ? text.ToString() : null)];
    }

    // Below zero is how libraries write "not known".
    private async Task<string?[]> NumbersAsync<T>(ParquetRowGroupReader group) where T : struct, INumber<T> =>
        [.. (await TakeAsync<T>(group, _columns.Label)).Select(
            l => l is { } number && number >= T.Zero ? number.ToString(null, CultureInfo.InvariantCulture) : null)];

    /// <summary>A column, a value or null for each row; nulls where there is none.</summary>
    private static async Task<T?[]> TakeAsync<T>(ParquetRowGroupReader group, DataField? field) where T : struct
    {
        var rows = (int)group.RowCount;
        var column = new T?[rows];
        if (field is null) return column;
        var (values, levels) = (new T[rows], new int[rows]);
        await group.ReadRawAsync<T>(field, values, field.MaxDefinitionLevel > 0 ? levels : null, null, CancellationToken.None);
        var next = 0;
        for (var row = 0; row < rows; row++)
        {
            // In a struct also its own absence makes a null: only the highest level is a value.
            if (field.MaxDefinitionLevel == 0 || levels[row] == field.MaxDefinitionLevel) column[row] = values[next++];
        }
        return column;
    }
}
