using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace PgmCluster.Data.Tables;

/// <summary>
/// Tokens in an Arrow stream file, as Hugging Face's <c>save_to_disk</c> writes it: a column of lists of numbers (<c>input_ids</c>) and one
/// of numbers (<c>label</c>). Read from front to back.
/// </summary>
internal sealed class TokenTable : ITable
{
    private const int RowsAtOnce = 256, Widest = 1 << 16;
    private static readonly string[] TokenNames = ["input_ids", "code", "codes", "tokens"], LabelNames = ["label", "labels", "y"];

    private readonly ArrowStreamReader _reader;
    private readonly int _tokens, _labels;

    private TokenTable(ArrowStreamReader reader, int tokens, int labels, TableLayout layout) =>
        (_reader, _tokens, _labels, Layout) = (reader, tokens, labels, layout);

    public TableLayout Layout { get; }

    /// <exception cref="FormatException">It holds no tokens.</exception>
    public static async Task<TokenTable> OpenAsync(Stream file)
    {
        var reader = new ArrowStreamReader(file, leaveOpen: true);
        var schema = await reader.GetSchema();
        var (tokens, labels) = (Find(schema, TokenNames), Find(schema, LabelNames));
        if (tokens < 0)
            throw new FormatException(
                $"none of its columns ({Names.FewOf.List([.. schema.FieldsList.Select(f => $"'{f.Name}'")], 8)}) is called "
                + $"{string.Join(", ", TokenNames)}");
        return new TokenTable(reader, tokens, labels, new TableLayout([])
        {
            Columns = string.Join(", ", new[] { tokens, labels }.Where(c => c >= 0).Select(c => schema.FieldsList[c].Name)),
            Metadata = schema.Metadata is { } metadata && metadata.TryGetValue(TokenTableMetadata.Key, out var json)
                ? TokenTableMetadata.Read(json)
                : null,
        });
    }

    public async IAsyncEnumerable<byte[]> ReadAsync(ReadRows asked)
    {
        var width = -1;
        while (await _reader.ReadNextRecordBatchAsync() is { } batch)
        {
            using (batch)
            {
                var labels = _labels < 0 ? Enumerable.Repeat(-1, batch.Length).ToArray() : Numbers(batch.Column(_labels));
                if (labels.Length != batch.Length) throw new FormatException($"a batch of {batch.Length} rows has {labels.Length} labels");
                for (var first = 0; first < batch.Length; first += RowsAtOnce)
                {
                    var rows = Math.Min(RowsAtOnce, batch.Length - first);
                    var tokens = new List<int>();
                    for (var row = first; row < first + rows; row++)
                    {
                        var numbers = Numbers(Row(batch.Column(_tokens), row));
                        width = width < 0 ? numbers.Length : width;
                        if (numbers.Length != width || width is 0 or > Widest)
                            throw new FormatException($"a row has {numbers.Length} tokens, and those before {width}");
                        tokens.AddRange(numbers);
                    }
                    yield return new TokenRows(labels[first..(first + rows)], [.. tokens]).ToContent();
                }
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }

    private static int Find(Schema schema, string[] names) =>
        names.Select(n => schema.FieldsList.ToList().FindIndex(f => f.Name == n)).FirstOrDefault(i => i >= 0, -1);

    private static IArrowArray Row(IArrowArray lists, int row) => lists switch
    {
        ListArray list => list.GetSlicedValues(row),
        LargeListArray list => list.GetSlicedValues(row),
        FixedSizeListArray list => list.GetSlicedValues(row),
        _ => throw new FormatException($"its tokens are no lists but {lists.Data.DataType.Name}"),
    } ?? throw new FormatException("a row has no tokens");

    private static int[] Numbers(IArrowArray array)
    {
        if (array.NullCount > 0) throw new FormatException("a number is missing in it");
        return array switch
        {
            Int8Array a => [.. a.Values],
            UInt8Array a => [.. a.Values],
            Int16Array a => [.. a.Values],
            UInt16Array a => [.. a.Values],
            Int32Array a => [.. a.Values],
            UInt32Array a => [.. a.Values.ToArray().Select(v => checked((int)v))],
            Int64Array a => [.. a.Values.ToArray().Select(v => checked((int)v))],
            _ => throw new FormatException($"numbers of it are {array.Data.DataType.Name}"),
        };
    }
}
