using System.Text.Json;
using Parquet;
using Parquet.Schema;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Tests.Tables;

/// <summary>Small Parquet files as Hugging Face's library writes them.</summary>
internal static class ParquetFiles
{
    /// <summary>A row: bytes and path of the struct, either of which may be missing, or no struct at all.</summary>
    public sealed record Row(byte[]? Bytes, string? Path, long? Label, bool HasStruct = true);

    /// <summary>A file of a directory as its listing names it.</summary>
    public static Blob Of(TemporaryDirectory directory, string name) => new(name, new FileInfo(directory.File(name)).Length);

    /// <summary>A struct <c>image</c> of <c>bytes</c> and <c>path</c> and a column <c>label</c>, in row groups.</summary>
    public static async Task<byte[]> PairsAsync(string[]? classNames, params Row[][] groups)
    {
        var (bytes, path) = (new DataField<byte[]>("bytes"), new DataField<string>("path"));
        var label = new DataField<long?>("label");
        var schema = new ParquetSchema(new StructField("image", bytes, path), label);
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream))
        {
            if (classNames is not null) writer.CustomMetadata = Metadata(classNames);
            foreach (var rows in groups)
            {
                using var group = writer.CreateRowGroup();
                await group.WriteAllPartsAsync<ReadOnlyMemory<byte>>(
                    bytes, rows.Where(r => r.HasStruct && r.Bytes is not null).Select(r => new ReadOnlyMemory<byte>(r.Bytes)).ToArray(),
                    rows.Select(r => !r.HasStruct ? 0 : r.Bytes is null ? 1 : 2).ToArray(), null, CancellationToken.None);
                await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(
                    path, rows.Where(r => r.HasStruct && r.Path is not null).Select(r => r.Path.AsMemory()).ToArray(),
                    rows.Select(r => !r.HasStruct ? 0 : r.Path is null ? 1 : 2).ToArray(), null, CancellationToken.None);
                await group.WriteAsync<long>(label, rows.Select(r => r.Label).ToArray().AsMemory());
            }
        }
        return stream.ToArray();
    }

    /// <summary>Bytes in a column of a name, and texts in others.</summary>
    public static async Task<byte[]> PlainAsync(string name, byte[][] pictures, params (string Name, string[] Values)[] texts)
    {
        var field = new DataField<byte[]>(name);
        var others = texts.Select(t => new DataField<string>(t.Name)).ToArray();
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema([field, .. others]), stream))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(field, pictures);
            for (var i = 0; i < texts.Length; i++) await group.WriteAsync(others[i], texts[i].Values);
        }
        return stream.ToArray();
    }

    /// <summary>Texts only.</summary>
    public static async Task<byte[]> TextsAsync(params (string Name, string[] Values)[] texts)
    {
        var fields = texts.Select(t => new DataField<string>(t.Name)).ToArray();
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema([.. fields]), stream))
        {
            using var group = writer.CreateRowGroup();
            for (var i = 0; i < texts.Length; i++) await group.WriteAsync(fields[i], texts[i].Values);
        }
        return stream.ToArray();
    }

    private static Dictionary<string, string> Metadata(string[] names) => new()
    {
        ["huggingface"] = JsonSerializer.Serialize(new
        {
            info = new
            {
                features = new Dictionary<string, object>
                {
                    ["image"] = new { _type = "Image" },
                    ["label"] = new { names, _type = "ClassLabel" },
                },
            },
        }),
    };
}
