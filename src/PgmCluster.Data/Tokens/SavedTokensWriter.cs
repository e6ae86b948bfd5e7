using System.Security.Cryptography;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tables;

namespace PgmCluster.Data.Tokens;

/// <summary>
/// Writes token shards as Hugging Face's <c>load_from_disk</c> and the public code read them: a directory of a split, a file for each
/// shard, the columns <c>input_ids</c> (list of U16: a beginning token, then the codes row by row), <c>attention_mask</c> (ones) and <c>label</c>
/// (I64). Equal shards give equal bytes.
/// </summary>
/// <param name="directory">Of all splits; made where it is missing.</param>
/// <param name="split">Such as "train" or "eval", which the public code asks for.</param>
/// <param name="codebook">
/// The token at a row's beginning is <paramref name="codebook"/> + 1, as in the public code (models/vq_model.py, <c>bos_token_id</c>).
/// </param>
public sealed class SavedTokensWriter(string directory, string split, int codebook)
{
    private const int RowsAtOnce = 1_000;
    private static readonly string[] Columns = ["input_ids", "attention_mask", "label"];
    private readonly List<ArtifactInfo> _files = [];

    /// <summary>The split's directory.</summary>
    public string Place { get; } = Path.Combine(directory, split);

    /// <summary>Writes a shard.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="index">From 0.</param>
    /// <param name="count">Shards in all.</param>
    public void Add(TokenShard shard, int index, int count)
    {
        if (codebook + 1 > ushort.MaxValue)
            throw new BadInputException(
                $"Writing tokens to {Place}: with a codebook of {codebook} a row's beginning is no number of 16 bits. "
                + "Such tokens are not exported.");
        Directory.CreateDirectory(Place);
        var name = $"data-{index:00000}-of-{count:00000}.arrow";
        AtomicFile.Write(Path.Combine(Place, name), stream =>
        {
            using var hashing = new HashingStream(stream);
            Write(hashing, shard);
            _files.Add(hashing.Finish(name));
        });
    }

    /// <summary>Writes what describes the shards: with it the directory is whole.</summary>
    public void Finish()
    {
        WriteJson(Path.Combine(Place, "dataset_info.json"), new
        {
            citation = "",
            description = "",
            features = Features(),
            homepage = "",
            license = "",
        });
        WriteJson(Path.Combine(Place, "state.json"), new Dictionary<string, object?>
        {
            ["_data_files"] = _files.Select(f => new { filename = f.Name }),
            ["_fingerprint"] = Fingerprint(),
            ["_format_columns"] = Columns,
            ["_format_kwargs"] = new { },
            ["_format_type"] = "torch",
            ["_output_all_columns"] = false,
            ["_split"] = null,
        });
        var splits = Directory.GetDirectories(directory).Where(d => File.Exists(Path.Combine(d, "state.json")))
            .Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal);
        WriteJson(Path.Combine(directory, "dataset_dict.json"), new { splits });
    }

    private void Write(Stream stream, TokenShard shard)
    {
        var tokens = new ListType(new Field("item", UInt16Type.Default, nullable: true));
        var schema = new Schema(
            [new Field(Columns[0], tokens, true), new Field(Columns[1], tokens, true), new Field(Columns[2], Int64Type.Default, true)],
            new Dictionary<string, string>
            {
                [HuggingFaceFeatures.Key] = JsonSerializer.Serialize(new { info = new { features = Features() } }),
                [TokenTableMetadata.Key] = TokenTableMetadata.Write(shard.Metadata),
            });
        using var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true);
        writer.WriteStart();
        var width = shard.Height * shard.Width + 1;
        for (var first = 0; first < shard.Count; first += RowsAtOnce)
        {
            var rows = Math.Min(RowsAtOnce, shard.Count - first);
            var (codes, ones, labels) = (new ushort[rows * width], new ushort[rows * width], new long[rows]);
            ones.AsSpan().Fill(1);
            for (var row = 0; row < rows; row++)
            {
                codes[row * width] = (ushort)(codebook + 1);
                shard.Read(first + row, codes.AsSpan(row * width + 1, width - 1));
                labels[row] = shard.Label(first + row);
            }
            var offsets = Enumerable.Range(0, rows + 1).Select(r => r * width).ToArray();
            using var batch = new RecordBatch(
                schema, [Lists(codes), Lists(ones), new Int64Array(Buffer(labels), ArrowBuffer.Empty, rows, 0, 0)], rows);
            writer.WriteRecordBatch(batch);

            ListArray Lists(ushort[] values) => new(
                tokens, rows, Buffer(offsets), new UInt16Array(Buffer(values), ArrowBuffer.Empty, values.Length, 0, 0), ArrowBuffer.Empty);
        }
        writer.WriteEnd();
    }

    private static ArrowBuffer Buffer<T>(T[] values) where T : struct => new ArrowBuffer.Builder<T>(values.Length).Append(values).Build();

    private static Dictionary<string, object> Features()
    {
        object list = new { feature = new { dtype = "uint16", _type = "Value" }, _type = "Sequence" };
        return new() { [Columns[0]] = list, [Columns[1]] = list, [Columns[2]] = new { dtype = "int64", _type = "Value" } };
    }

    /// <summary>Of the library's cache; it depends on the content alone.</summary>
    private string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in _files) hash.AppendData(Convert.FromHexString(file.Sha256));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static void WriteJson<T>(string path, T document) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, document, new JsonSerializerOptions { WriteIndented = true }));
}
