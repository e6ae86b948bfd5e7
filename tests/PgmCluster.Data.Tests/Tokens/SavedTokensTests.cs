using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using PgmCluster.Data.Tokens;

namespace PgmCluster.Data.Tests.Tokens;

/// <summary>Tokens as Hugging Face's save_to_disk writes them, there and back.</summary>
public class SavedTokensTests
{
    private const int Codebook = 16384;

    private static readonly Dictionary<string, string> Origin = new() { ["dataset"] = "d1", ["tokenizer"] = "t1" };

    [Fact]
    public async Task Read_WhatWasExported_IsTheSameBytes()
    {
        using var directory = new TemporaryDirectory();
        string[] shards = [Shard(directory, "0", 3, Origin), Shard(directory, "1", 1201, Origin)];
        var writer = new SavedTokensWriter(directory.File("out"), "train", Codebook);
        for (var i = 0; i < shards.Length; i++)
        {
            using var shard = TokenShard.Open(shards[i]);
            writer.Add(shard, i, shards.Length);
        }
        writer.Finish();

        var (place, files) = SavedTokens.Find(directory.File("out"), "train");

        Assert.Equal(["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"], files);
        for (var i = 0; i < shards.Length; i++) Assert.Equal(File.ReadAllBytes(shards[i]), await Bytes(place, files[i], Origin));
    }

    /// <summary>What the public code's loader looks at, besides the rows.</summary>
    [Fact]
    public void Write_Export_DescribesItselfAsTheLibraryExpects()
    {
        using var directory = new TemporaryDirectory();
        using var shard = TokenShard.Open(Shard(directory, "0", 2, Origin));
        foreach (var split in new[] { "train", "eval" })
        {
            var writer = new SavedTokensWriter(directory.File("out"), split, Codebook);
            writer.Add(shard, 0, 1);
            writer.Finish();
        }

        using var state = JsonDocument.Parse(File.ReadAllBytes(directory.File("out/train/state.json")));
        using var info = JsonDocument.Parse(File.ReadAllBytes(directory.File("out/train/dataset_info.json")));
        using var all = JsonDocument.Parse(File.ReadAllBytes(directory.File("out/dataset_dict.json")));
        using var reader = new ArrowStreamReader(File.OpenRead(directory.File("out/train/data-00000-of-00001.arrow")));
        using var batch = reader.ReadNextRecordBatch();
        var row = (UInt16Array)((ListArray)batch.Column("input_ids")).GetSlicedValues(1);

        Assert.Equal(["eval", "train"], all.RootElement.GetProperty("splits").EnumerateArray().Select(s => s.GetString()!));
        Assert.Equal("torch", state.RootElement.GetProperty("_format_type").GetString());
        Assert.Equal(16, state.RootElement.GetProperty("_fingerprint").GetString()!.Length);
        var tokens = info.RootElement.GetProperty("features").GetProperty("input_ids");
        Assert.Equal("uint16", tokens.GetProperty("feature").GetProperty("dtype").GetString());
        Assert.Equal([(ushort)(Codebook + 1), .. shard.Codes(1).ToArray()], row.Values.ToArray());
        Assert.Equal([(long)shard.Label(0), shard.Label(1)], ((Int64Array)batch.Column("label")).Values.ToArray());
        Assert.Equal(["input_ids", "attention_mask", "label"], reader.Schema.FieldsList.Select(f => f.Name));
        Assert.Contains("\"input_ids\"", reader.Schema.Metadata["huggingface"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("int32", true)]
    [InlineData("int64", true)]
    [InlineData("int64", false)]
    [InlineData("uint16", false)]
    public async Task Read_OtherTypesWithAndWithoutABeginning_GivesTheCodes(string type, bool hasFirst)
    {
        using var directory = new TemporaryDirectory();
        int[] codes = [7, 0, 16383, 5];
        directory.Write("a.arrow", Table(type, "code", "y", [[.. hasFirst ? new[] { 16385 } : [], .. codes]], [9]));

        var shard = await Read(directory.Path, "a.arrow", Origin);

        Assert.Equal((2, 2, 1), (shard.Height, shard.Width, shard.Count));
        using var file = Open(directory, shard);
        Assert.Equal(codes.Select(c => (ushort)c), file.Codes(0).ToArray());
        Assert.Equal(9, file.Label(0));
    }

    [Theory]
    [InlineData(new[] { 1, 2, 3 }, "a row has 3 tokens, which are no square of codes")]
    [InlineData(new[] { 1, 2, 3, 4, 5 }, "a row has 5 tokens, which are no square of codes")]
    [InlineData(new[] { 16385, 2, 16384, 4, 5 }, "picture 0 has the code 16384")]
    [InlineData(new[] { 1, 2, -3, 4 }, "picture 0 has the code -3")]
    public async Task Read_RowsThatAreNoCodes_AreNamed(int[] row, string found)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.arrow", Table("int32", "input_ids", "label", [row], [0]));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Read(directory.Path, "a.arrow", Origin));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_TokensOfAnotherTokenizer_AreRefused()
    {
        using var directory = new TemporaryDirectory();
        using var shard = TokenShard.Open(Shard(directory, "0", 2, Origin));
        var writer = new SavedTokensWriter(directory.File("out"), "train", Codebook);
        writer.Add(shard, 0, 1);
        writer.Finish();

        var error = await Assert.ThrowsAsync<BadInputException>(
            () => Read(directory.File("out/train"), "data-00000-of-00001.arrow", new() { ["tokenizer"] = "t2" }));

        Assert.Contains("made with the tokenizer t1, and t2 is named", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"_data_files\": [{\"filename\": \"../a.arrow\"}]}", "lists ../a.arrow, which is not there")]
    [InlineData("{\"_data_files\": [{\"filename\": \"gone.arrow\"}]}", "lists gone.arrow, which is not there")]
    [InlineData("{\"_data_files\": 7}", "does not list the directory's files")]
    public void Find_StateThatLies_IsNamed(string state, string found)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.arrow", [1]);
        directory.Write("train/state.json", System.Text.Encoding.UTF8.GetBytes(state));

        var error = Assert.Throws<BadInputException>(() => SavedTokens.Find(directory.Path, "train"));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    private static string Shard(TemporaryDirectory directory, string name, int count, Dictionary<string, string> metadata)
    {
        var random = new Random(count);
        var writer = new TokenShardWriter(4, 4);
        foreach (var (key, value) in metadata) writer.Metadata[key] = value;
        for (var i = 0; i < count; i++)
            writer.Add([.. Enumerable.Range(0, 16).Select(_ => (ushort)random.Next(Codebook))], random.Next(-1, 1000));
        return directory.Write(name, Bytes(writer));
    }

    private static Task<TokenShardWriter> Read(string directory, string file, Dictionary<string, string> metadata) =>
        SavedTokens.ReadAsync(directory, file, Codebook, metadata, _ => { }, CancellationToken.None);

    private static async Task<byte[]> Bytes(string directory, string file, Dictionary<string, string> metadata) =>
        Bytes(await Read(directory, file, metadata));

    private static byte[] Bytes(TokenShardWriter writer)
    {
        using var bytes = new MemoryStream();
        writer.WriteTo(bytes);
        return bytes.ToArray();
    }

    private static TokenShard Open(TemporaryDirectory directory, TokenShardWriter writer) =>
        TokenShard.Open(directory.Write("shard", Bytes(writer)));

    internal static byte[] Table(string type, string tokens, string labels, int[][] rows, int[] numbers)
    {
        IArrowType element = type switch { "int32" => Int32Type.Default, "int64" => Int64Type.Default, _ => UInt16Type.Default };
        var flat = rows.SelectMany(r => r).ToArray();
        IArrowArray values = type switch
        {
            "int32" => new Int32Array.Builder().AppendRange(flat).Build(),
            "int64" => new Int64Array.Builder().AppendRange(flat.Select(v => (long)v)).Build(),
            _ => new UInt16Array.Builder().AppendRange(flat.Select(v => (ushort)v)).Build(),
        };
        var offsets = new ArrowBuffer.Builder<int>();
        var at = 0;
        offsets.Append(0);
        foreach (var row in rows) offsets.Append(at += row.Length);
        var list = new ListType(new Field("item", element, true));
        var schema = new Schema([new Field(tokens, list, true), new Field(labels, Int32Type.Default, true)], null);
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteStart();
            writer.WriteRecordBatch(new RecordBatch(
                schema,
                [new ListArray(list, rows.Length, offsets.Build(), values, ArrowBuffer.Empty),
                    new Int32Array.Builder().AppendRange(numbers).Build()],
                rows.Length));
            writer.WriteEnd();
        }
        return stream.ToArray();
    }
}
